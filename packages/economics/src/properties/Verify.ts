/**
 * Judges an outcome that somebody states: who got what and paid what, against what it is worth to them; or a receipt.
 *
 * Utility is quasilinear: the value of what an agent got minus what it paid. Items may stay unsold; payments may be negative.
 *
 * **Guarantees** `maxWelfare` is the best of all allocations, found independently of the one stated. If all amounts are
 * text, every figure and judgement is exact, but for envy, where differences up to `envyMin` do not count. On doubles,
 * judgements ignore what rounding can do: a share of 1e-12 of the amounts that each weighs.
 *
 * **Does not guarantee** That the values are the true ones; and an outcome can be efficient and fair by chance: to judge a
 * mechanism see `Declarations`.
 *
 * **Example**
 *
 * ```ts
 * import { Verify } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const { decision } = Result.getOrThrow(
 *   Verify.outcome({
 *     valuationKind: "additive",
 *     items: ["x"],
 *     valuations: { a: { x: "0.3" }, b: { x: "0.5" } },
 *     allocation: { b: ["x"] },
 *     payments: { b: "0.2" }
 *   })
 * )
 * decision["efficient"] // => true
 * decision["envyPairs"] // => [["a", "b", "0.1"]]
 * ```
 *
 * @since 0.1.0
 */
import { Effect, Result, Schema } from "effect"
import * as Bids from "../auction/Bids.ts"
import type { Answer, SlowCalculator } from "../calculator/Calculator.ts"
import { overflow, unwieldy } from "../exchange/Exchange.ts"
import * as Amount from "../input/Amount.ts"
import * as Refusal from "../input/Refusal.ts"
import { isTame } from "../internal/exactly.ts"
import * as ReceiptVerification from "../receipt/ReceiptVerification.ts"
import * as Valuations from "./Valuations.ts"

/** Envy of no more than this does not count. */
export const envyMin = "0.000000001"

/** The most agents: everyone is compared with everyone. */
export const agentsMax = 2_000

/** The most items. */
export const itemsMax = 10_000

/** An item is given out twice. */
export class AllocatedTwice extends Schema.TaggedError<AllocatedTwice>("@mabeam/economics/Verify/AllocatedTwice")(
  "AllocatedTwice",
  { path: Schema.Array(Schema.Union([Schema.String, Schema.Int])), item: Schema.String, holder: Schema.String }
) {
  override get message() {
    return `${Refusal.show(this.path)}: ${Refusal.quoted(this.item)} was given to ${Refusal.quoted(this.holder)} before`
  }
}

const Name = Bids.Bidder
const byAgent = <S extends Schema.Constraint>(schema: S) => Schema.Record(Schema.String, schema)
const shared = {
  items: Schema.Array(Name),
  allocation: byAgent(Schema.Array(Name)),
  payments: byAgent(Amount.SignedAmount)
}
const byItem = byAgent(byAgent(Amount.Amount))
const Outcome = {
  additive: Schema.Struct({ valuationKind: Schema.Literal("additive"), valuations: byItem, ...shared }),
  "unit-demand": Schema.Struct({ valuationKind: Schema.Literal("unit-demand"), valuations: byItem, ...shared }),
  "single-minded": Schema.Struct({
    valuationKind: Schema.Literal("single-minded"),
    valuations: byAgent(Schema.Struct({ bundle: Schema.Array(Name), value: Amount.Amount })),
    ...shared
  })
}

const decodeKind = Refusal.decode(
  Schema.StructWithRest(Schema.Struct({ valuationKind: Schema.Literals(Valuations.kinds) }), [
    Schema.Record(Schema.String, Schema.Unknown)
  ])
)
const decoders = {
  additive: Refusal.decode(Outcome.additive),
  "unit-demand": Refusal.decode(Outcome["unit-demand"]),
  "single-minded": Refusal.decode(Outcome["single-minded"])
}
type Inputs = { readonly [K in Valuations.Kind]: (typeof Outcome)[K]["Type"] }[Valuations.Kind]

/** Decodes the statement of an outcome and judges it; the properties are fields of the decision. */
export const outcome = (input: unknown): Result.Result<Answer, Refusal.Refusal> =>
  Result.gen(function* () {
    const { valuationKind } = yield* decodeKind(input)
    const inputs: Inputs = yield* decoders[valuationKind](input)
    const offence = offenceOf(inputs)
    if (offence !== undefined) return yield* Result.fail(offence)
    const amounts = [...amountsOf(inputs)]
    if (Amount.isExact(amounts) && !isTame(amounts.map(Amount.toRational))) return yield* Result.fail(unwieldy())
    return yield* Amount.reckon(amounts, (arithmetic, lift) => judge(inputs, arithmetic, lift))
  })

/** The first thing that makes the outcome impossible, if any. */
const offenceOf = (inputs: Inputs): Refusal.Refusal | undefined => {
  const agents = Object.keys(inputs.valuations).length
  if (agents > agentsMax) return new Refusal.TooLarge({ path: ["valuations"], size: agents, limit: agentsMax })
  const { length } = inputs.items
  if (length > itemsMax) return new Refusal.TooLarge({ path: ["items"], size: length, limit: itemsMax })
  return (
    Refusal.duplicateOf(inputs.items, (index) => ["items", index]) ??
    strangerIn(inputs, "allocation") ??
    strangerIn(inputs, "payments") ??
    offenceInValuations(inputs) ??
    offenceInAllocation(inputs)
  )
}

const strangerIn = (inputs: Inputs, key: "allocation" | "payments"): Refusal.UnknownName | undefined => {
  const name = Object.keys(inputs[key]).find((agent) => !Object.hasOwn(inputs.valuations, agent))
  if (name === undefined) return undefined
  return new Refusal.UnknownName({ path: [key, name], name, known: "the agents with valuations" })
}

const unknownItem = (items: ReadonlySet<string>, name: string, path: Refusal.Place) =>
  items.has(name) ? undefined : new Refusal.UnknownName({ path, name, known: "the items" })

const offenceInValuations = (inputs: Inputs): Refusal.Refusal | undefined => {
  const items = new Set(inputs.items)
  if (inputs.valuationKind !== "single-minded") {
    for (const [agent, values] of Object.entries(inputs.valuations)) {
      for (const item of Object.keys(values)) {
        const offence = unknownItem(items, item, ["valuations", agent, item])
        if (offence !== undefined) return offence
      }
    }
    return undefined
  }
  for (const [agent, { bundle }] of Object.entries(inputs.valuations)) {
    const place = (index: number) => ["valuations", agent, "bundle", index]
    for (const [index, item] of bundle.entries()) {
      const offence = unknownItem(items, item, place(index))
      if (offence !== undefined) return offence
    }
    const doubled = Refusal.duplicateOf(bundle, place)
    if (doubled !== undefined) return doubled
  }
  return undefined
}

const offenceInAllocation = (inputs: Inputs): Refusal.Refusal | undefined => {
  const items = new Set(inputs.items)
  const holders = new Map<string, string>()
  for (const [agent, held] of Object.entries(inputs.allocation)) {
    for (const [index, item] of held.entries()) {
      const path = ["allocation", agent, index]
      const offence = unknownItem(items, item, path)
      if (offence !== undefined) return offence
      const holder = holders.get(item)
      if (holder !== undefined) return new AllocatedTwice({ path, item, holder })
      holders.set(item, agent)
    }
  }
  return undefined
}

function* amountsOf({ payments, valuationKind, valuations }: Inputs): Generator<Amount.Given> {
  yield* Object.values(payments)
  if (valuationKind === "single-minded") for (const { value } of Object.values(valuations)) yield value
  else for (const values of Object.values(valuations)) yield* Object.values(values)
}

/** An agent, what things are worth to it, what it got and what it paid. */
interface Agent<A> {
  readonly name: string
  readonly valuation: Valuations.Valuation<A>
  readonly held: ReadonlyArray<number>
  readonly paid: A
}

const agentsOf = <A>(inputs: Inputs, { zero }: Amount.Arithmetic<A>, lift: Lift<A>): ReadonlyArray<Agent<A>> => {
  const positions = new Map(inputs.items.map((item, index) => [item, index]))
  const at = (item: string) => positions.get(item) ?? -1
  const held = new Map(Object.entries(inputs.allocation).map(([agent, items]) => [agent, items.map(at)]))
  const paid = new Map(Object.entries(inputs.payments).map(([agent, amount]) => [agent, lift(amount)]))
  const agent = (name: string, valuation: Valuations.Valuation<A>): Agent<A> => ({
    name,
    valuation,
    held: held.get(name) ?? [],
    paid: paid.get(name) ?? zero
  })
  if (inputs.valuationKind === "single-minded") {
    return Object.entries(inputs.valuations).map(([name, { bundle, value }]) =>
      agent(name, { kind: "single-minded", bundle: bundle.map(at), value: lift(value) })
    )
  }
  const kind = inputs.valuationKind
  return Object.entries(inputs.valuations).map(([name, values]) =>
    agent(name, { kind, values: new Map(Object.entries(values).map(([item, value]) => [at(item), lift(value)])) })
  )
}

type Lift<A> = (given: Amount.Given) => A

/** Judges a possible outcome. */
const judge = <A>(
  inputs: Inputs,
  arithmetic: Amount.Arithmetic<A>,
  lift: Lift<A>
): Result.Result<Answer, Refusal.Refusal> => {
  const { add, compare, divide, encode, subtract, zero } = arithmetic
  const agents = agentsOf(inputs, arithmetic, lift)
  const values = agents.map((it) => Valuations.valueOf(arithmetic, it.valuation, it.held))
  const gains = agents.map((it, index) => subtract(values[index] ?? zero, it.paid))
  const sum = (amounts: ReadonlyArray<A>) => amounts.reduce(add, zero)
  const welfare = sum(values)
  const best = Valuations.maxWelfare(
    arithmetic,
    inputs.valuationKind,
    agents.map((it) => it.valuation),
    inputs.items.length
  )
  if (Result.isFailure(best)) return Result.fail(best.failure)
  // What is allocated is possible: if it seems better than the best, rounding is at work.
  const maxWelfare = compare(welfare, best.success) > 0 ? welfare : best.success
  const payments = agents.map((it) => it.paid)
  const revenue = sum(payments)
  const envies = envyIn(arithmetic, agents, values, lift(envyMin))
  const sums = [...gains, maxWelfare, revenue, ...envies.map(([, , amount]) => amount)]
  if (!sums.every((it) => Number.isFinite(arithmetic.toNumber(it)) || arithmetic.isExact)) {
    return Result.fail(overflow())
  }
  const isNegative = (amount: A, of: ReadonlyArray<A>) => compare(add(amount, roundingOf(arithmetic, of)), zero) < 0
  const irViolators = agents
    .filter((it, index) => isNegative(gains[index] ?? zero, [values[index] ?? zero, it.paid]))
    .map((it) => it.name)
  const decision = {
    utilities: Object.fromEntries(agents.map((it, index) => [it.name, encode(gains[index] ?? zero)])),
    individuallyRational: irViolators.length === 0,
    irViolators,
    welfare: encode(welfare),
    maxWelfare: encode(maxWelfare),
    efficient: !isNegative(subtract(welfare, maxWelfare), [welfare, maxWelfare]),
    efficiencyRatio: encode(compare(maxWelfare, zero) === 0 ? arithmetic.fromNumber(1) : divide(welfare, maxWelfare)),
    revenue: encode(revenue),
    weakBudgetBalance: !isNegative(revenue, payments),
    strongBudgetBalance: !isNegative(revenue, payments) && !isNegative(subtract(zero, revenue), payments),
    noPositiveTransfers: agents.every((it) => compare(it.paid, zero) >= 0),
    envyFree: envies.length === 0,
    envyPairs: envies.map(([who, whom, amount]) => [who, whom, encode(amount)] as const)
  }
  return Result.succeed({ decision })
}

/** What a sum or difference of these amounts can be off by: nothing when exact. */
const roundingOf = <A>({ fromNumber, isExact, toNumber, zero }: Amount.Arithmetic<A>, of: ReadonlyArray<A>): A =>
  isExact ? zero : fromNumber(of.reduce((sum, amount) => sum + 1e-12 * Math.abs(toNumber(amount)), 0))

/**
 * Who would rather have what another got for what the other paid, by more than `negligible` and more than rounding can do,
 * and how much better off that is.
 */
const envyIn = <A>(
  arithmetic: Amount.Arithmetic<A>,
  agents: ReadonlyArray<Agent<A>>,
  values: ReadonlyArray<A>,
  negligible: A
): ReadonlyArray<readonly [who: string, whom: string, amount: A]> => {
  const { compare, subtract, zero } = arithmetic
  return agents.flatMap((who, index) => {
    const value = values[index] ?? zero
    const gain = subtract(value, who.paid)
    return agents.flatMap((whom) => {
      if (who === whom) return []
      const there = Valuations.valueOf(arithmetic, who.valuation, whom.held)
      const envy = subtract(subtract(there, whom.paid), gain)
      if (compare(envy, negligible) <= 0) return []
      const rounding = roundingOf(arithmetic, [there, whom.paid, value, who.paid])
      return compare(envy, rounding) > 0 ? [[who.name, whom.name, envy] as const] : []
    })
  })
}

const hasReceipt = Schema.is(Schema.Struct({ receipt: Schema.Unknown }))
const decodeReceipt = Refusal.decode(Schema.Struct({ receipt: Schema.Unknown }))

/** `mabeam verify`: `{ receipt }` is recomputed, anything else is taken as the statement of an outcome. */
export const calculator: SlowCalculator = {
  name: "verify",
  version: 1,
  solve: (input) =>
    hasReceipt(input)
      ? Effect.flatMap(Effect.fromResult(decodeReceipt(input)), ({ receipt }) =>
          Effect.map(ReceiptVerification.verify(receipt, ["receipt"]), (decision) => ({ decision }))
        )
      : Effect.fromResult(outcome(input))
}
