/**
 * Supply and demand: the price at which one market is in equilibrium (Marshall 1890). Either side is a straight line, demand
 * `Q = a − b·p` or supply `Q = c + d·p`, or a list of steps, each a quantity at a price.
 *
 * The quantity is the largest in equilibrium. Where a range of prices balances the market, the price is its midpoint; an end
 * that nothing bounds is ignored, as in the call market. Neither price nor quantity is ever negative: supply that exceeds
 * all demand at price 0 gives price 0.
 *
 * **Guarantees** Exact rationals inside; numbers are rounded once, at the end. At the price, buyers who value a unit higher have
 * one and sellers who ask less have sold.
 *
 * **Does not guarantee** A finite `consumerSurplus`: buyers who pay any price (`b` = 0) gain beyond any sum, said by `null`. If
 * such buyers are more than can be served, no price balances the market and it is refused as `NoEquilibrium`.
 *
 * **Example**
 *
 * ```ts
 * import { SupplyDemand } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const solve = (input: unknown) => Result.getOrThrow(SupplyDemand.calculator.solve(input)).decision
 * solve({ demand: { a: 10, b: 1 }, supply: { c: -2, d: 2 } })
 * // => { price: 4, quantity: 6, consumerSurplus: 18, producerSurplus: 9 }
 * solve({ demand: { steps: [{ price: "2", qty: "5" }] }, supply: { steps: [{ price: "3", qty: "5" }] } })
 * // => { price: null, quantity: "0", consumerSurplus: "0", producerSurplus: "0" }
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import type { Calculator } from "../calculator/Calculator.ts"
import { Amount, type Given, isExact, type Rational, rationals, SignedAmount } from "../input/Amount.ts"
import * as Refusal from "../input/Refusal.ts"
import { written } from "../internal/doubleAuction.ts"
import { exactly, isTame } from "../internal/exactly.ts"
import * as Schedules from "../internal/schedules.ts"
import { type OutOfRange, unwieldy } from "./Exchange.ts"

/** The name of this kind of market. */
export const name = "supply-demand"

const Steps = Schema.Struct({ steps: Schema.Array(Schema.Struct({ price: Amount, qty: Amount })) })

const DemandLine = Schema.Struct({ a: Amount, b: Amount })
const SupplyLine = Schema.Struct({ c: SignedAmount, d: Amount })

/** A straight line or steps on either side. Steps come in any order; one of quantity 0 is nobody. */
export const Inputs = Schema.Struct({
  demand: Schema.Union([DemandLine, Steps]),
  supply: Schema.Union([SupplyLine, Steps])
})
export type Inputs = typeof Inputs.Type

/** Buyers who take any price want more than there is, so that no price is high enough. */
export class NoEquilibrium extends Schema.TaggedError<NoEquilibrium>("@mabeam/economics/SupplyDemand/NoEquilibrium")(
  "NoEquilibrium",
  { path: Schema.Array(Schema.Union([Schema.String, Schema.Int])) }
) {
  override get message() {
    return `${Refusal.show(this.path)}: buyers who pay any price want more than is offered at any; let demand fall with the price`
  }
}

/** An equilibrium. */
export interface Settled {
  /** `no-participants`: a side is empty. `no-trade`: nobody pays what the cheapest seller asks. */
  readonly status: "cleared" | "no-trade" | "no-participants"
  readonly quantity: Rational
  readonly clearing: { readonly low: Rational; readonly high: Rational } | undefined
  readonly price: Rational | undefined
  /** `undefined`: beyond any sum. */
  readonly consumerSurplus: Rational | undefined
  readonly producerSurplus: Rational
}

/** Both sides by price. */
export const schedulesOf = ({ demand, supply }: Inputs) => {
  const lifted = (steps: ReadonlyArray<{ readonly price: Given; readonly qty: Given }>) =>
    steps.map(({ price, qty }) => ({ price: exactly(price), qty: exactly(qty) }))
  return {
    demand:
      "steps" in demand
        ? Schedules.stepped(lifted(demand.steps), -1)
        : Schedules.linearDemand(exactly(demand.a), exactly(demand.b)),
    supply:
      "steps" in supply
        ? Schedules.stepped(lifted(supply.steps), 1)
        : Schedules.linearSupply(exactly(supply.c), exactly(supply.d))
  }
}

/** The equilibrium of judged inputs. */
export const decide = (inputs: Inputs): Result.Result<Settled, NoEquilibrium> => {
  const { demand, supply } = schedulesOf(inputs)
  const { cost, high, insatiable, low, quantity, worth } = Schedules.cross(demand, supply)
  const { zero } = rationals
  if (quantity.n === 0n) {
    const status = demand.length === 0 || supply.length === 0 ? "no-participants" : "no-trade"
    const nothing = { clearing: undefined, price: undefined, consumerSurplus: zero, producerSurplus: zero }
    return Result.succeed({ status, quantity, ...nothing })
  }
  if (insatiable) return Result.fail(new NoEquilibrium({ path: ["demand"] }))
  // Something was sold, so something was asked; an end above that nothing bounds is the lower one.
  const bound = low ?? zero
  const clearing = { low: bound, high: high ?? bound }
  const price = clearing.low.add(clearing.high).div(2)
  const spent = price.mul(quantity)
  return Result.succeed({
    status: "cleared",
    quantity,
    clearing,
    price,
    consumerSurplus: worth?.sub(spent),
    producerSurplus: spent.sub(cost)
  })
}

/** What is wanted and offered at a price: by those who gain, and with those who are indifferent. */
export interface Imbalance {
  readonly demanded: { readonly least: Rational; readonly most: Rational }
  readonly supplied: { readonly least: Rational; readonly most: Rational }
  /** The side that cannot be served at this price even by the indifferent of the other. */
  readonly excess: "demand" | "supply" | "none"
}

/** Whether a price balances the market, and if not which side is too many. */
export const imbalanceAt = (inputs: Inputs, at: Given): Imbalance => {
  const { demand, supply } = schedulesOf(inputs)
  const wanted = Schedules.countAt(demand, exactly(at), -1)
  const offered = Schedules.countAt(supply, exactly(at), 1)
  const excess =
    wanted.better.compare(offered.accepting) > 0
      ? "demand"
      : offered.better.compare(wanted.accepting) > 0
        ? "supply"
        : "none"
  return {
    demanded: { least: wanted.better, most: wanted.accepting },
    supplied: { least: offered.better, most: offered.accepting },
    excess
  }
}

const amountsOf = ({ demand, supply }: Inputs): ReadonlyArray<Given> => [
  ...("steps" in demand ? demand.steps.flatMap((it) => [it.price, it.qty]) : [demand.a, demand.b]),
  ...("steps" in supply ? supply.steps.flatMap((it) => [it.price, it.qty]) : [supply.c, supply.d])
]

/** A decoder for each pair of shapes: one that knows the shape can say where it is broken. */
const decoders = [
  Refusal.decode(Schema.Struct({ demand: DemandLine, supply: SupplyLine })),
  Refusal.decode(Schema.Struct({ demand: DemandLine, supply: Steps })),
  Refusal.decode(Schema.Struct({ demand: Steps, supply: SupplyLine })),
  Refusal.decode(Schema.Struct({ demand: Steps, supply: Steps }))
] as const

const hasSteps = (input: unknown, side: "demand" | "supply"): boolean => {
  if (typeof input !== "object" || input === null) return false
  const curve: unknown = Reflect.get(input, side)
  return typeof curve === "object" && curve !== null && "steps" in curve
}

const decodeInputs = (input: unknown): Result.Result<Inputs, Refusal.Common> => {
  const [lines, lineSteps, stepsLine, steps] = decoders
  if (hasSteps(input, "demand")) return hasSteps(input, "supply") ? steps(input) : stepsLine(input)
  return hasSteps(input, "supply") ? lineSteps(input) : lines(input)
}

/** Decodes curves from outside. */
export const decode = (input: unknown): Result.Result<Inputs, Refusal.Common | OutOfRange> =>
  Result.flatMap(decodeInputs(input), (inputs): Result.Result<Inputs, Refusal.Common | OutOfRange> => {
    const fractions = amountsOf(inputs).filter((it) => typeof it === "string" && it.includes("/"))
    return isTame(fractions.map(exactly)) ? Result.succeed(inputs) : Result.fail(unwieldy())
  })

/** `supply-demand` as a calculator. */
export const calculator: Calculator = {
  name,
  version: 1,
  solve: (input) =>
    Result.gen(function* () {
      const inputs = yield* decode(input)
      const { consumerSurplus, price, producerSurplus, quantity } = yield* decide(inputs)
      const amounts = yield* written(isExact(amountsOf(inputs)), { price, quantity, consumerSurplus, producerSurplus })
      return {
        decision: {
          price: amounts["price"] ?? null,
          quantity: amounts["quantity"] ?? null,
          consumerSurplus: amounts["consumerSurplus"] ?? null,
          producerSurplus: amounts["producerSurplus"] ?? null
        }
      }
    })
}
