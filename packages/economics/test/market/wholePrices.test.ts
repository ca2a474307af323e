import { assert, describe, it } from "@effect/vitest"
import { bitsMax, wholePrices } from "../../src/market/internal/wholePrices.ts"

describe("prices in whole numbers", () => {
  it("of two goods: p1 s1 = what is spent on it", () => {
    // The first spends half on each and owns the first good, the second a third and two thirds: 1/2 p1 = 1/3 p2.
    const wishes = [
      [1n, 1n],
      [1n, 2n]
    ]
    const owned = [
      [1n, 0n],
      [0n, 1n]
    ]
    const [first = 0n, second = 0n] = wholePrices({ wishes, owned })
    assert.strictEqual(first * 3n, second * 2n)
  })

  it("clear 50 markets without a remainder, and are no longer than was said", () => {
    let state = 1
    const next = () => BigInt((state = (state * 48271) % 2147483647) % 90)
    const table = () => Array.from({ length: 50 }, () => Array.from({ length: 50 }, () => next() + 1n))
    const part = { wishes: table(), owned: table() }
    const prices = wholePrices(part)
    const sum = (values: ReadonlyArray<bigint>) => values.reduce((total, value) => total + value, 0n)
    const sums = part.wishes.map(sum)
    const product = sums.reduce((total, each) => total * each, 1n)
    const incomes = part.owned.map((row) => sum(row.map((amount, k) => amount * prices[k]!)))
    for (const [j, price] of prices.entries()) {
      const spent = sum(part.wishes.map((row, i) => row[j]! * incomes[i]! * (product / sums[i]!)))
      assert.strictEqual(spent, price * sum(part.owned.map((row) => row[j]!)) * product)
      assert.isTrue(price > 0n)
      assert.isAtMost(price.toString(2).length, bitsMax(part))
    }
  })
})
