import { assert, describe, it } from "@effect/vitest"
import { AllPay, FirstPrice, Ledger, SecondPrice, WhatIf } from "@mabeam/economics"
import { Result } from "effect"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { plans, sequence } from "./dice.ts"
import type { Dice } from "./dice.ts"

const bidders = ["ada", "bob", "cleo"] as const

const opening: ReadonlyArray<WhatIf.Entry> = [
  ...["shop", ...bidders].map(
    (account) => ({ _tag: "Open", id: `open ${account}`, at: 0, account, overdraft: 0n }) as const
  ),
  ...bidders.map((to) => ({ _tag: "Mint", id: `mint ${to}`, at: 0, to, amount: 60n }) as const)
].map((command) => ({ _tag: "Ledger", command }))

/** First-price auctions with their settlements, decided here and not by the package. */
const auction = (dice: Dice, index: number): WhatIf.Entry => {
  const bids = bidders.slice(0, dice.below(4)).map((bidder) => ({ bidder, amount: BigInt(dice.below(30)) }))
  const reserve = BigInt(dice.below(12))
  let best: (typeof bids)[number] | undefined
  for (const bid of bids) if (bid.amount >= reserve && (best === undefined || bid.amount > best.amount)) best = bid
  const payments = best === undefined || best.amount === 0n ? [] : [best]
  return {
    _tag: "Auction",
    id: `lot ${index}`,
    at: 1 + index,
    seller: "shop",
    reserve,
    bids,
    outcome: { winner: best?.bidder ?? null, payments }
  }
}

const moneyOf = (run: WhatIf.Run) => ["shop", ...bidders].map((name) => Ledger.balance(run.ledger, name))

describe("WhatIf", () => {
  law("under the rule by which the log was made, nothing differs", p13 / 5, plans(20), (plan) => {
    const log = [...opening, ...sequence(plan, auction)]
    const { actual, alternative, differences } = WhatIf.compare(log, FirstPrice.calculator)
    if (moneyOf(actual).join() !== moneyOf(alternative).join() || actual.refused.length !== alternative.refused.length)
      return false
    return [...differences.values()].every(({ lost, money, won }) => money === 0n && won.length + lost.length === 0)
  })

  law(
    "what if second price had been used: what each winner saves is what the shop loses, and all differences sum up to 0",
    p13 / 5,
    plans(20),
    (plan) => {
      const log = [...opening, ...sequence(plan, auction)]
      const { actual, alternative, differences } = WhatIf.compare(log, SecondPrice.calculator)
      if ([...differences.values()].reduce((sum, { money }) => sum + money, 0n) !== 0n) return false
      if (Ledger.supply(alternative.ledger) !== 180n || moneyOf(alternative).some((money) => money < 0n)) return false
      if (actual.refused.length > 0 || alternative.refused.length > 0) return true
      // With everything settled, by hand: the price is the second bid or the reserve.
      let saved = 0n
      for (const entry of log) {
        if (entry._tag !== "Auction" || entry.outcome.winner === null) continue
        const others = entry.bids.filter(({ bidder }) => bidder !== entry.outcome.winner).map(({ amount }) => amount)
        const price = others.reduce((most, amount) => (amount > most ? amount : most), entry.reserve)
        saved += (entry.outcome.payments[0]?.amount ?? 0n) - price
      }
      return differences.get("shop")?.money === -saved
    }
  )

  const lot = (
    id: string,
    at: number,
    bids: ReadonlyArray<readonly [string, bigint]>,
    winner: string,
    amount: bigint
  ): WhatIf.Auction => ({
    _tag: "Auction",
    id,
    at,
    seller: "shop",
    reserve: 0n,
    bids: bids.map(([bidder, amount]) => ({ bidder, amount })),
    outcome: { winner, payments: [{ bidder: winner, amount }] }
  })

  it("who saved money can win what was out of reach, and who has less cannot pay: refused, and nothing of it happens", () => {
    const log = [
      ...opening,
      lot(
        "a",
        1,
        [
          ["ada", 50n],
          ["bob", 20n]
        ],
        "ada",
        50n
      ),
      lot(
        "b",
        2,
        [
          ["ada", 40n],
          ["bob", 35n]
        ],
        "ada",
        40n
      )
    ]
    const { actual, alternative, differences } = WhatIf.compare(log, SecondPrice.calculator)
    assert.deepStrictEqual(
      actual.refused.map(({ index, refusal }) => [index, refusal._tag, refusal.path]),
      [[8, "Insufficient", ["legs", 0, "from"]]]
    )
    assert.deepStrictEqual(alternative.refused, [])
    assert.deepStrictEqual(differences.get("ada"), { money: -5n, won: ["b"], lost: [] })
    assert.deepStrictEqual(Ledger.balance(alternative.ledger, "shop"), 55n)
  })

  it("an id is of one auction: another that nobody wins does not take the place of the first, the same again is no other", () => {
    const first: WhatIf.Auction = {
      _tag: "Auction",
      id: "lot",
      at: 1,
      seller: "shop",
      reserve: 0n,
      bids: [{ bidder: "ada", amount: 20n }],
      outcome: { winner: "ada", payments: [{ bidder: "ada", amount: 20n }] }
    }
    const other: WhatIf.Auction = { ...first, at: 2, bids: [], outcome: { winner: null, payments: [] } }
    const run = WhatIf.replay([...opening, first, other, { ...first }])
    assert.deepStrictEqual(run.outcomes.get("lot"), first.outcome)
    assert.deepStrictEqual(
      run.refused.map(({ index, refusal }) => [index, refusal._tag]),
      [[opening.length + 1, "DuplicateName"]]
    )
    assert.strictEqual(Ledger.balance(run.ledger, "ada"), 40n)
    // Where the first costs nothing, the second is not the first either.
    const { alternative } = WhatIf.compare([...opening, first, other], SecondPrice.calculator)
    assert.strictEqual(alternative.outcomes.get("lot")?.winner, "ada")
    assert.strictEqual(alternative.refused.length, 1)
  })

  it("all-pay: losers pay too", () => {
    const { alternative } = WhatIf.compare(
      [
        ...opening,
        lot(
          "a",
          1,
          [
            ["ada", 50n],
            ["bob", 20n]
          ],
          "ada",
          50n
        )
      ],
      AllPay.calculator
    )
    assert.deepStrictEqual(moneyOf(alternative), [70n, 10n, 40n, 60n])
  })

  it("a rule that names no single winner is refused for each auction, bids that nobody can make too", () => {
    const auction = lot(
      "a",
      1,
      [
        ["ada", 5n],
        ["ada", 2n]
      ],
      "ada",
      5n
    )
    const decided = WhatIf.decide(auction, SecondPrice.calculator)
    assert.deepStrictEqual(Result.isFailure(decided) && decided.failure._tag, "DuplicateName")
    const other = {
      name: "other",
      version: 1,
      solve: () => Result.succeed({ decision: { winners: ["ada"], price: "1" } })
    }
    const strange = WhatIf.rerun([...opening, auction], other)
    assert.deepStrictEqual(
      strange.refused.map(({ index, refusal }) => [index, refusal._tag]),
      [[7, "InvalidFormat"]]
    )
    assert.strictEqual(strange.outcomes.size, 0)
  })
})
