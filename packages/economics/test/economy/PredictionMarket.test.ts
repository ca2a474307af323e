import { assert, describe, it } from "@effect/vitest"
import { Backed, Ledger, Machine, PredictionMarket } from "@mabeam/economics"
import { HashMap } from "effect"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { dice, plans, sequence } from "./dice.ts"
import type { Dice } from "./dice.ts"
import { junk, refusalOf, refuses, replays } from "./machines.ts"
import { isRoundedUp, realCost } from "./reference/scoringRule.ts"

const outcomes = ["x", "y", "z"] as const
const command = (dice: Dice, index: number): PredictionMarket.Command => {
  const head = { id: "m", at: index }
  if (index === 0) return { _tag: "Open", ...head, outcomes, b: 1 + dice.below(60) }
  if (dice.share() < 0.02) return { _tag: "Resolve", ...head, outcome: dice.pick(outcomes) }
  const size = BigInt(dice.below(80)) * (dice.share() < 0.2 ? 10n : 1n)
  const shares = dice.share() < 0.4 ? -size : size
  return {
    _tag: "Trade",
    ...head,
    trader: `t${dice.below(3)}`,
    outcome: dice.pick(outcomes),
    shares,
    costMax: 10n ** 12n
  }
}

const quantitiesOf = (source: Dice, n: number): ReadonlyArray<bigint> => {
  const scale = source.pick([3, 50, 1e4, 1e9, 1e15])
  return Array.from({ length: n }, () => BigInt(Math.floor((source.share() - 0.3) * scale)))
}

describe("PredictionMarket", () => {
  replays("PredictionMarket", PredictionMarket.machine, PredictionMarket.Event, command, 3)
  junk("PredictionMarket", PredictionMarket.machine, PredictionMarket.decodeCommand, [
    { _tag: "Open", id: "m", at: 1, outcomes: ["x", "y"], b: 100 },
    { _tag: "Trade", id: "m", at: 2, trader: "t", outcome: "x", shares: "-5", costMax: "9" },
    { _tag: "Resolve", id: "m", at: 3, outcome: "x" }
  ])

  law(
    "the cost is the real one rounded up to whole units, for quantities of any size",
    p13 / 2,
    plans(6),
    ({ length, seed }) => {
      const source = dice(seed)
      const quantities = quantitiesOf(source, length + 2)
      const b = source.pick([1, 7, 100, 12_345, 1_000_000, 1_000_000_000])
      return isRoundedUp(PredictionMarket.cost(quantities, b), realCost(quantities, b), 1n << 40n)
    }
  )

  law(
    "bounded loss: whatever is traded, and whatever comes true, the market maker loses at most b·ln n, in whole units",
    p13,
    plans(80),
    (plan) => {
      const { state } = Machine.run(PredictionMarket.machine, sequence(plan, command))
      const market = PredictionMarket.lookup(state, "m")
      if (market === undefined) return plan.length === 0
      const most = Math.floor(market.b * Math.log(outcomes.length) + 1e-9)
      return outcomes.every((outcome) => {
        const { collected, gain, paidOut } = PredictionMarket.result({ ...market, resolved: outcome })
        return (
          gain === collected - paidOut &&
          -gain <= BigInt(most) &&
          BigInt(most) === PredictionMarket.lossMax(market.b, 3)
        )
      })
    }
  )

  it("an adversary who buys the outcome that comes true until it costs one each takes the whole bound, and no unit more", () => {
    for (const b of [1, 10, 1000, 1_000_000]) {
      const trade = { _tag: "Trade", id: "m", at: 1, trader: "t", outcome: "x", costMax: 10n ** 30n } as const
      const { state } = Machine.run(PredictionMarket.machine, [
        { _tag: "Open", id: "m", at: 0, outcomes, b },
        ...Array.from({ length: 60 }, () => ({ ...trade, shares: BigInt(b) })),
        { _tag: "Resolve", id: "m", at: 2, outcome: "x" }
      ])
      const market = PredictionMarket.lookup(state, "m")
      assert.isDefined(market)
      assert.strictEqual(-PredictionMarket.result(market).gain, PredictionMarket.lossMax(b, 3))
    }
  })

  law(
    "path independence: any order of the same trades, in any pieces, costs the same, and a round trip nothing",
    p13,
    plans(20),
    ({ length, seed }) => {
      const source = dice(seed)
      const b = 1 + source.below(100)
      const trades = Array.from({ length }, () => [source.below(4), BigInt(source.below(200) - 100)] as const)
      const total = (list: ReadonlyArray<readonly [number, bigint]>): bigint => {
        let quantities: ReadonlyArray<bigint> = [0n, 0n, 0n, 0n]
        let paid = 0n
        for (const [index, shares] of list) {
          const next = quantities.map((each, at) => (at === index ? each + shares : each))
          paid += PredictionMarket.cost(next, b) - PredictionMarket.cost(quantities, b)
          quantities = next
        }
        return paid
      }
      const back = trades.map(([index, shares]) => [index, -shares] as const)
      return total(trades) === total(trades.toReversed()) && total([...trades, ...back]) === 0n
    }
  )

  law("prices are shares that sum up to 1, and buying makes dearer", p13, plans(5), ({ length, seed }) => {
    const source = dice(seed)
    const quantities = quantitiesOf(source, length + 2)
    const prices = PredictionMarket.prices(quantities, 100)
    const more = PredictionMarket.prices(
      quantities.map((each, index) => (index === 0 ? each + 10n : each)),
      100
    )
    const sum = prices.reduce((total, price) => total + price, 0)
    return Math.abs(sum - 1) < 1e-12 && prices.every((price) => price >= 0) && (more[0] ?? 0) >= (prices[0] ?? 0)
  })

  law(
    "on a ledger: an overdraft of b·ln n always suffices, and the market's account holds what it has gained",
    p13 / 5,
    plans(60),
    (plan) => {
      const machine = Backed.make(PredictionMarket.machine, PredictionMarket.movements, Ledger.make())
      const ledger = ["t0", "t1", "t2"].flatMap((name): ReadonlyArray<Ledger.Command> => [
        { _tag: "Open", id: `open ${name}`, at: 0, account: name, overdraft: 0n },
        { _tag: "Mint", id: `mint ${name}`, at: 0, to: name, amount: 700n }
      ])
      const { refused, state } = Machine.run(machine, [
        ...ledger.map((command) => ({ _tag: "Ledger", command }) as const),
        ...sequence(plan, command).map((command) => ({ _tag: "Own", command }) as const)
      ])
      // Traders run out of money or of shares, the market never does.
      if (
        refused.some(
          ({ refusal }) => refusal._tag === "Insufficient" && refusal.name === PredictionMarket.accountOf("m")
        )
      )
        return false
      const market = PredictionMarket.lookup(state.own, "m")
      if (market === undefined) return true
      const balance = Ledger.balance(state.ledger, PredictionMarket.accountOf("m"))
      return balance === PredictionMarket.result(market).gain && Ledger.supply(state.ledger) === 2100n
    }
  )

  const open = { _tag: "Open", id: "m", at: 0, outcomes: ["x", "y"], b: 100 } as const
  const trade = { _tag: "Trade", id: "m", at: 1, trader: "t", outcome: "x", shares: 50n, costMax: 100n } as const
  it("refuses one market too many until resolved ones are left behind, and one trader too many", () => {
    const { machine } = PredictionMarket
    const opened = { _tag: "Open", id: "m", at: 0, outcomes, b: 10 } as const
    const resolve = { _tag: "Resolve", id: "m", at: 1, outcome: "x" } as const
    const resolved = PredictionMarket.lookup(
      Machine.run<PredictionMarket.State, PredictionMarket.Command, PredictionMarket.Event, PredictionMarket.Refused>(
        machine,
        [opened, resolve]
      ).state,
      "m"
    )
    if (resolved === undefined) throw new Error("nothing was opened")
    const markets = Array.from({ length: PredictionMarket.marketsMax }, (_, index) => [`${index}`, resolved] as const)
    const full = { ...machine, initial: HashMap.fromIterable(markets) }
    assert.deepStrictEqual(refusalOf(full, [], opened), ["TooLarge", ["id"]])
    assert.strictEqual(HashMap.size(PredictionMarket.unfinished(full.initial)), 0)

    const holdings = HashMap.fromIterable(
      Array.from({ length: PredictionMarket.tradersMax }, (_, index) => [`${index}`, [0n, 0n, 0n]] as const)
    )
    const crowded = { ...machine, initial: HashMap.make(["m", { ...resolved, holdings, resolved: undefined }]) }
    const trade = { _tag: "Trade", id: "m", at: 2, trader: "ada", outcome: "x", shares: 1n, costMax: 9n } as const
    assert.deepStrictEqual(refusalOf(crowded, [], trade), ["TooLarge", ["trader"]])
    assert.strictEqual(refusalOf(crowded, [], { ...trade, trader: "7" }), "accepted")
    assert.strictEqual(HashMap.size(PredictionMarket.unfinished(crowded.initial)), 1)
  })

  refuses<PredictionMarket.State, PredictionMarket.Command, PredictionMarket.Event, PredictionMarket.Refused>(
    PredictionMarket.machine,
    [
      ["a market that is there", [open], open, "DuplicateName", ["id"]],
      ["one outcome", [], { ...open, outcomes: ["x"] }, "InvalidFormat", ["outcomes"]],
      ["an outcome twice", [], { ...open, outcomes: ["x", "x"] }, "DuplicateName", ["outcomes", 1]],
      [
        "too many outcomes",
        [],
        { ...open, outcomes: Array.from({ length: 1001 }, (_, index) => `${index}`) },
        "TooLarge",
        ["outcomes"]
      ],
      ["no liquidity", [], { ...open, b: 0 }, "InvalidFormat", ["b"]],
      ["too much liquidity", [], { ...open, b: 1e10 }, "TooLarge", ["b"]],
      ["an unknown market", [], trade, "UnknownName", ["id"]],
      ["an unknown outcome", [open], { ...trade, outcome: "z" }, "UnknownName", ["outcome"]],
      ["an unknown truth", [open], { _tag: "Resolve", id: "m", at: 2, outcome: "z" }, "UnknownName", ["outcome"]],
      ["a trade of nothing", [open], { ...trade, shares: 0n }, "InvalidMoney", ["shares"]],
      ["a sale of what one has not", [open, trade], { ...trade, shares: -51n }, "Insufficient", ["shares"]],
      ["a price above the limit", [open], { ...trade, costMax: 28n }, "TooDear", ["costMax"]],
      ["trade after the end", [open, { _tag: "Resolve", id: "m", at: 2, outcome: "x" }], trade, "OutOfOrder", ["id"]]
    ]
  )
})
