/** Each mechanism as a live session, under every order of arrival and every loss of what three participants submit. */
import {
  AllPay,
  AllRules,
  BundleCalculator,
  CallMarket,
  Calculators,
  CombinatorialFirstPrice,
  CommitReveal,
  CoreSelecting,
  DoubleVcg,
  FirstPrice,
  KDouble,
  KUnitUniform,
  KUnitVickrey,
  McAfee,
  Sbba,
  SealedMechanism,
  SealedSession,
  SecondPrice,
  Vcg
} from "@mabeam/economics"
import type { Calculator } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { campaign } from "@foundation/core/testing/law"
import { Result } from "effect"
import { createHash } from "node:crypto"
import { conserves, deliveries, long, offence, paid, runner, settled } from "./harness.ts"
import { close, died, submit, withdraw } from "./sealed.ts"

type Input = SealedSession.Input
type Decide = (inputs: Calculator.JsonObject) => Calculator.JsonObject
type Offers = ReadonlyMap<string, Calculator.Json>

/** A mechanism and who submits what; `inputs` is how the calculator would be asked for those who came, in their order. */
interface Case {
  readonly name: string
  readonly decide: Decide
  readonly rules: Calculator.JsonObject
  readonly offers: Offers
  readonly inputs: (came: Offers) => Calculator.JsonObject
  /** The most that each would pay; sellers nothing. */
  readonly most: Readonly<Record<string, number>>
  /** Runs a session; what it asks for is answered in the end. */
  readonly play: (inputs: ReadonlyArray<Input>) => {
    readonly wrong: string | undefined
    readonly outputs: ReadonlyArray<SealedSession.Output>
  }
}

const decided = (solved: Result.Result<Calculator.Answer, unknown>) => Result.getOrThrow(solved).decision

/** Asks only once for the same inputs: few different ones come of many orders. */
const remembering = (decide: Decide): Decide => {
  const known = new Map<string, Calculator.JsonObject>()
  return (inputs) => {
    const key = JSON.stringify(inputs)
    const decision = known.get(key) ?? decide(inputs)
    known.set(key, decision)
    return decision
  }
}

const caseOf = <R extends Calculator.Json, S extends Calculator.Json>(
  mechanism: SealedMechanism.SealedMechanism<R, S>,
  ask: Decide,
  more: Omit<Case, "name" | "decide" | "play">
): Case => {
  const { initial, step } = SealedSession.make(mechanism)
  const run = runner(initial, step)
  const decide = remembering(ask)
  return {
    ...more,
    name: mechanism.name,
    decide,
    play: (given) => {
      const { outputs } = run(given)
      const question = outputs.find((output) => output._tag === "Solve")
      if (question === undefined) return { wrong: offence(initial, step, given), outputs }
      const all: ReadonlyArray<Input> = [...given, { _tag: "Solved", decision: decide(question.inputs) }]
      return { wrong: offence(initial, step, all), outputs: run(all).outputs }
    }
  }
}

const entries = (all: Readonly<Record<string, Calculator.Json>>): Offers => new Map(Object.entries(all))
const bids = (came: Offers) => [...came].map(([bidder, amount]) => ({ bidder, amount }))

const items = [FirstPrice, SecondPrice, AllPay].map(({ calculator }) =>
  caseOf(SealedMechanism.oneItem(calculator), (inputs) => decided(calculator.solve(inputs)), {
    rules: { item: "vase", reserve: 4 },
    offers: entries({ a: 7, b: 4, c: 7 }),
    inputs: (came) => ({ bids: bids(came), reserve: 4 }),
    most: { a: 7, b: 4, c: 7 }
  })
)

const units = [KUnitUniform, KUnitVickrey].map(({ calculator }) =>
  caseOf(SealedMechanism.units(calculator), (inputs) => decided(calculator.solve(inputs)), {
    rules: { item: "slot", units: 2 },
    offers: entries({ a: 5, b: 5, c: "15/2" }),
    inputs: (came) => ({ units: 2, bids: bids(came) }),
    most: { a: 5, b: 5, c: 7.5 }
  })
)

const sides = (came: Offers, side: string) =>
  [...came].flatMap(([id, it]) => {
    const order = it as { readonly side: string; readonly amount: number }
    return order.side === side ? [{ id, amount: order.amount }] : []
  })

const doubles = [KDouble, McAfee, Sbba, DoubleVcg].map(({ calculator }) => {
  const k = calculator === KDouble.calculator ? { k: 0.25 } : {}
  return caseOf(SealedMechanism.double(calculator), (inputs) => decided(calculator.solve(inputs)), {
    rules: { item: "hour", ...k },
    offers: entries({
      a: { side: "buy", amount: 9 },
      b: { side: "sell", amount: 3 },
      c: { side: "sell", amount: 3 }
    }),
    inputs: (came) => ({ buyers: sides(came, "buy"), sellers: sides(came, "sell"), ...k }),
    most: { a: 9, b: 0, c: 0 }
  })
})

const call = caseOf(
  SealedMechanism.call(CallMarket.calculator),
  (inputs) => decided(CallMarket.calculator.solve(inputs)),
  {
    rules: { item: "share" },
    offers: entries({
      a: { side: "buy", price: 9, qty: 3 },
      b: { side: "sell", price: 3, qty: 2 },
      c: { side: "sell", qty: 2 }
    }),
    inputs: (came) => ({ orders: [...came].map(([id, order]) => ({ id, ...(order as Calculator.JsonObject) })) }),
    most: { a: 27, b: 0, c: 0 }
  }
)

const packages = [Vcg, CoreSelecting, CombinatorialFirstPrice].map(({ calculator, mechanism }) =>
  caseOf(SealedMechanism.packages(calculator), (inputs) => decided(BundleCalculator.solveNow(mechanism, inputs)), {
    rules: { goods: ["x", "y"] },
    offers: entries({
      a: [{ items: ["x", "y"], price: 5 }],
      b: [
        { items: ["x"], price: 3 },
        { items: ["y"], price: 1 }
      ],
      c: [{ items: ["y"], price: 2 }]
    }),
    inputs: (came) => ({
      goods: ["x", "y"],
      bids: [...came]
        .flatMap(([bidder, it]) => (it as ReadonlyArray<Calculator.JsonObject>).map((bid) => ({ bidder, ...bid })))
        .map((bid, index) => ({ id: `${index}`, ...bid }))
    }),
    most: { a: 5, b: 3, c: 2 }
  })
)

const candidates = ["x", "y", "z"]
const nothing = { a: 0, b: 0, c: 0 }
const isRanked = ({ name }: Calculator.Calculator) => AllRules.ranked.some((rule) => rule.name === name)
const single = AllRules.calculators.filter(({ name }) => name !== "all")
const ranked = single.filter(isRanked).map((calculator) =>
  caseOf(SealedMechanism.rankings(calculator), (inputs) => decided(calculator.solve(inputs)), {
    rules: { candidates },
    offers: entries({ a: [["x"], ["y"], ["z"]], b: [["y"], ["z"], ["x"]], c: [["z"], ["x"], ["y"]] }),
    inputs: (came) => ({ candidates, ballots: [...came.values()].map((ranking) => ({ count: 1, ranking })) }),
    most: nothing
  })
)
const approving = single
  .filter((it) => !isRanked(it))
  .map((calculator) => {
    const seats = calculator.name === "approval" ? {} : { seats: 2 }
    return caseOf(SealedMechanism.approvals(calculator), (inputs) => decided(calculator.solve(inputs)), {
      rules: { candidates, ...seats },
      offers: entries({ a: ["x"], b: ["x", "y"], c: ["z"] }),
      inputs: (came) => ({ candidates, ...seats, approvals: [...came.values()] }),
      most: nothing
    })
  })

const cases = [...items, ...units, ...doubles, call, ...packages, ...ranked, ...approving]

/** Holds a session against the calculator asked for those who count, in their order. */
const holds = (made: Case, counted: Offers, inputs: ReadonlyArray<Input>) => {
  const { outputs, wrong } = made.play(inputs)
  assert.isUndefined(wrong)
  const settlement = settled(outputs)
  const expected = made.inputs(counted)
  assert.deepStrictEqual(settlement.receipt.inputs, expected)
  assert.deepStrictEqual(settlement.receipt.decision, made.decide(expected))
  assert.strictEqual(settlement.receipt.mechanism, made.name)
  assert.isTrue(conserves(settlement))
  for (const [name, most] of Object.entries(made.most))
    assert.isAtMost(paid(settlement, name), counted.has(name) ? most : 0)
}

/** Who counts: the first submission of each, less those withdrawn and those of the dead, if they lapse. */
const countedOf = (before: ReadonlyArray<Input>, offers: Offers, lapses: boolean): Offers => {
  const all = new Map<string, Calculator.Json>()
  const answered = new Set<string>()
  const gone = new Set<string>()
  for (const it of before) {
    if (!("participant" in it) || gone.has(it.participant)) continue
    const who = it.participant
    if (it._tag === "Submit" && !answered.has(who)) all.set(who, offers.get(who) ?? null)
    if (it._tag === "Withdraw" && !all.delete(who)) continue
    if (it._tag === "Died" && lapses) all.delete(who)
    if (it._tag !== "Submit") gone.add(who)
    answered.add(who)
  }
  return all
}

describe("every mechanism as a step", () => {
  it("none of `mabeam auction` is missing: the others are clocks, which have sessions of their own", () => {
    const here = new Set(cases.map(({ name }) => name))
    const missing = [...Calculators.auctions.keys()].filter((name) => !here.has(name))
    assert.deepStrictEqual(missing, ["english", "dutch"])
    assert.isTrue(single.every(({ name }) => here.has(name)))
  })

  it.each(cases.map((made) => [made.name, made] as const))(
    "%s: three submissions under every order and loss decide what the calculator says on those that came",
    long,
    (_, made) => {
      for (const { after, before } of deliveries([...made.offers].map(([name, it]) => submit(name, it)))) {
        const terms = { session: "s1", operator: "house" }
        const inputs: ReadonlyArray<Input> = [
          { _tag: "Announce", terms, rules: made.rules },
          ...before,
          close(),
          ...after
        ]
        holds(made, countedOf(before, made.offers, false), inputs)
      }
    }
  )

  // A part of all 6,144 orders and fates: a larger one in `ci` and `nightly`.
  const stride = campaign(10, 10) === 10 ? 6 : 60
  it.each(cases.map((made) => [made.name, made] as const))(
    "%s: who withdraws is out, the dead as the terms say, in whatever order it is heard",
    long,
    (_, made) => {
      const offers = [...made.offers].slice(0, 2).map(([name, it]) => submit(name, it))
      for (const onDeath of ["stands", "lapses"] as const) {
        const terms = { session: "s1", operator: "house", withdrawals: true, onDeath }
        for (const { after, before } of deliveries([...offers, died("a"), withdraw("b")], stride)) {
          const inputs: ReadonlyArray<Input> = [
            { _tag: "Announce", terms, rules: made.rules },
            ...before,
            close(),
            ...after
          ]
          holds(made, countedOf(before, made.offers, onDeath === "lapses"), inputs)
        }
      }
    }
  )
})

describe("every mechanism behind commitments", () => {
  const nonceOf = (bidder: string) => createHash("sha256").update(bidder).digest("hex").slice(0, 32)
  const offers = { a: 7, b: 5, c: 7 }
  const wrapped = <R extends Calculator.Json>(mechanism: SealedMechanism.Offers<R>, rules: Calculator.JsonObject) => {
    const { initial, step } = CommitReveal.make(mechanism)
    const run = runner(initial, step)
    return {
      name: mechanism.name,
      rules,
      decide: (inputs: Calculator.JsonObject) => decided(mechanism.solve(inputs)),
      play: (inputs: ReadonlyArray<CommitReveal.Input>) => {
        assert.isUndefined(offence(initial, step, inputs))
        return settled(run(inputs).outputs)
      }
    }
  }
  const sealed = [
    ...[FirstPrice, SecondPrice, AllPay].map((it) => wrapped(SealedMechanism.oneItem(it.calculator), {})),
    ...[KUnitUniform, KUnitVickrey].map((it) => wrapped(SealedMechanism.units(it.calculator), { units: 2 }))
  ]
  it.each(sealed.map((it) => [it.name, it] as const))(
    "%s: three reveals under every order and loss: those that came count, the others forfeit",
    long,
    (_, { decide, play, rules }) => {
      const terms = {
        auction: "a1",
        operator: "house",
        deposit: 3,
        commitUntil: 100,
        revealUntil: 200,
        rules: { item: "vase", ...rules }
      }
      const names = Object.entries(offers)
      const commits = names.map(([bidder, amount]): CommitReveal.Input => {
        const commitment = CommitReveal.commitmentOf({ auction: "a1", bidder, amount, nonce: nonceOf(bidder) })
        return { _tag: "Commit", bidder, commitment, at: 1 }
      })
      const reveals = names.map(([bidder, amount]): CommitReveal.Input => ({
        _tag: "Reveal",
        bidder,
        amount,
        nonce: nonceOf(bidder),
        at: 150
      }))
      const tick = (at: number): CommitReveal.Input => ({ _tag: "Tick", at })
      for (const { after, before } of deliveries(reveals)) {
        const inputs = [{ _tag: "Announce", terms } as const, ...commits, tick(100), ...before, tick(200), ...after]
        const settlement = play(inputs)
        const came = new Set(before.flatMap((it) => (it._tag === "Reveal" ? [it.bidder] : [])))
        const revealed = names.filter(([bidder]) => came.has(bidder))
        const outcome = decide({ bids: revealed.map(([bidder, amount]) => ({ bidder, amount })), ...rules })
        const excluded = names.flatMap(([bidder]) => (came.has(bidder) ? [] : [bidder]))
        assert.deepStrictEqual(settlement.receipt.decision, { outcome, excluded })
        assert.isTrue(conserves(settlement))
        assert.isTrue(excluded.every((bidder) => paid(settlement, bidder) === 3))
        assert.isTrue(revealed.every(([bidder, amount]) => paid(settlement, bidder) <= amount))
      }
    }
  )
})
