import { Book, CallMarket, KDouble, Refusal } from "@mabeam/economics"
import type { Calculator } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { broken } from "../junk.ts"
import { campaign } from "@foundation/core/testing/law"

type Decode = (input: unknown) => Result.Result<unknown, Refusal.Refusal>

const orders = [
  { id: "a", side: "buy", price: 10, qty: 5 },
  { id: "b", side: "sell", qty: "1/3" },
  { id: "c", side: "sell", price: "0.5", qty: 0.25 }
]
const log = [
  { t: 1, id: "a", op: "limit", side: "sell", price: "10.5", qty: 3 },
  { t: 2, id: "b", op: "market", side: "buy", qty: "1/2" },
  { t: 2, id: "a", op: "cancel" },
  { t: 3, id: "b", op: "cancel", side: "buy" }
]
const trader = (id: string, amount: number | string) => ({ id, amount })

const lists: ReadonlyArray<readonly [string, Decode, Decode, Calculator.Json]> = [
  ["orders", CallMarket.decode, Refusal.decode(CallMarket.Inputs), { orders }],
  [
    "traders",
    KDouble.decode,
    Refusal.decode(KDouble.Inputs),
    { buyers: [trader("a", 1), trader("b", "2/3")], sellers: [trader("a", 0.5)], k: "1/2" }
  ],
  ["operations", Book.decode, Refusal.decode(Book.Inputs), log]
]

/** What is judged after decoding, of which a schema knows nothing. */
const judged = ["DuplicateName", "UnknownName", "DecreasingTime", "OutOfRange"]

const judge = ([what, quick, slow]: (typeof lists)[number], input: unknown, says: string): boolean => {
  const [given, expected] = [quick(input), slow(input)]
  if (Result.isSuccess(given)) {
    assert.deepStrictEqual(expected, given, `${what}, ${says}`)
    return true
  }
  const { _tag, path } = given.failure
  if (Result.isSuccess(expected)) {
    // A cancel that names the wrong side is of a fine shape.
    assert.isTrue(judged.includes(_tag) || (what === "operations" && path[1] === "side"), `${what}, ${says}: ${_tag}`)
  } else if (what !== "operations" || path[1] !== "op") {
    assert.deepStrictEqual([_tag, path], [expected.failure._tag, expected.failure.path], `${what}, ${says}`)
  }
  return false
}

describe("lists that are decoded in one loop", () => {
  it.each(lists)("%s: exactly what the schema passes, refused at the same place", { timeout: 600_000 }, (...list) => {
    let passed = 0
    const runs = campaign(10_000, 100_000)
    for (let seed = 0; seed < runs; seed++) if (judge(list, broken(list[3], seed), `seed ${seed}`)) passed++
    assert.isAbove(passed, 0)
    assert.isBelow(passed, runs)
  })

  const inherited = (more: object) => Object.assign(Object.create(more), { t: 1, id: "a", op: "cancel" })
  it.each([
    ["a hole", Object.assign([log[0]], { length: 2 })],
    ["an inherited key", [log[0], inherited({ more: 1 })]],
    ["an inherited side", [log[0], inherited({ side: "sell" })]],
    ["a price that is there and undefined", [{ ...log[1], price: undefined }]],
    ["-0", [{ ...log[0], price: -0 }]]
  ])("%s is judged as by the schema", (what, input) => {
    judge(lists[2] ?? assert.fail(), input, what)
  })
})
