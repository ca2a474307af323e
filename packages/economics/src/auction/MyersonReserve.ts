/**
 * The reserve price that earns the seller most when the bidders' values are independent draws from one distribution
 * (Myerson, "Optimal Auction Design", 1981; Bulow and Roberts 1989).
 *
 * The virtual value `v - (1 - F(v)) / f(v)` is the revenue that a unit of probability at `v` adds. The best reserve is where
 * it reaches what the item is worth to the seller, and does not depend on the number of bidders. Where the virtual value
 * falls (an irregular distribution), ironing replaces it by the slope of the concave hull of the revenue curve.
 *
 * **Guarantees** `reserve` finds the highest point of the revenue `(v - seller) · (1 - F(v))` over 4,096 quantiles, then
 * refines it to the precision of doubles; that is right for irregular distributions, too.
 *
 * It ends for any functions, and `judge` says what is wrong with them.
 *
 * **Does not guarantee** Sense from a distribution that is none: `cdf` has to grow from 0 at `low` to 1 at `high`, with `pdf`
 * as its derivative. A reserve above what all but a billionth of the values reach is off by what `1 - cdf` loses. For asymmetric bidders each would need a reserve of his own. A second-price auction with this reserve
 * is optimal for regular distributions; for irregular ones the optimal auction also pools bidders.
 *
 * **Example**
 *
 * ```ts
 * import { MyersonReserve } from "@mabeam/economics"
 *
 * const values = MyersonReserve.uniform(0, 100)
 * MyersonReserve.reserve(values) // => 50
 * MyersonReserve.reserve(values, 20) // => 60
 * Math.round(MyersonReserve.expectedRevenue(values, 2, 0) * 1000) // => 33333
 * Math.round(MyersonReserve.expectedRevenue(values, 2, 50) * 1000) // => 41667
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import * as Refusal from "../input/Refusal.ts"

/** How a bidder's value is distributed. */
export interface Distribution {
  /** The smallest value, not negative. */
  readonly low: number
  /** The largest value; may be `Infinity`. */
  readonly high: number
  /** The probability of a value of at most `value`. */
  readonly cdf: (value: number) => number
  /** The derivative of `cdf`. */
  readonly pdf: (value: number) => number
}

/** All values from `low` to `high`, which is more, equally likely. */
export const uniform = (low: number, high: number): Distribution => ({
  low,
  high,
  cdf: (value) => Math.min(1, Math.max(0, (value - low) / (high - low))),
  pdf: (value) => (value < low || value > high ? 0 : 1 / (high - low))
})

/** Exponential with mean `1 / rate`; `rate` is positive. */
export const exponential = (rate: number): Distribution => ({
  low: 0,
  high: Infinity,
  cdf: (value) => (value <= 0 ? 0 : -Math.expm1(-rate * value)),
  pdf: (value) => (value < 0 ? 0 : rate * Math.exp(-rate * value))
})

const Finite = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Positive = Schema.Finite.check(Schema.isGreaterThan(0))

/** A distribution as it comes from outside. */
export const Specification = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("uniform"), low: Finite, high: Positive }),
  Schema.Struct({ kind: Schema.Literal("exponential"), rate: Positive })
])
export type Specification = typeof Specification.Type

const decodeKind = Refusal.decode(
  Schema.StructWithRest(Schema.Struct({ kind: Schema.Literals(["uniform", "exponential"]) }), [
    Schema.Record(Schema.String, Schema.Unknown)
  ])
)
const decodeSpecification = Refusal.decode(Specification)

/** Makes a distribution from outside, or says which field is wrong. */
export const decode = (input: unknown): Result.Result<Distribution, Refusal.InvalidFormat | Refusal.InvalidAmount> =>
  Result.gen(function* () {
    yield* decodeKind(input)
    const specification = yield* decodeSpecification(input)
    if (specification.kind === "exponential") return exponential(specification.rate)
    const { high, low } = specification
    if (high > low) return uniform(low, high)
    return yield* Result.fail(new Refusal.InvalidFormat({ path: ["high"], because: `expected more than ${low}` }))
  })

/** What is wrong with a distribution of one's own, as far as 256 points between its ends, or from its low end on, show it. */
export const judge = ({ cdf, high, low, pdf }: Distribution): Refusal.InvalidFormat | undefined => {
  const wrong = (path: string, because: string) => new Refusal.InvalidFormat({ path: [path], because })
  if (!(low >= 0 && low < Infinity)) return wrong("low", "expected a finite number that is not negative")
  if (!(high > low)) return wrong("high", `expected more than ${low}`)
  const shown = 256
  let before = 0
  for (let index = 0; index <= shown; index++) {
    // Without an end the points double, from as close to the low end as doubles are at 1.
    const value = high < Infinity ? low + (high - low) * (index / shown) : low + 2 ** (index / 2 - 52)
    const share = cdf(value)
    if (!(share >= 0 && share <= 1)) return wrong("cdf", `expected a share from 0 to 1 at ${value}`)
    if (share < before) return wrong("cdf", `falls before ${value}`)
    if (!(pdf(value) >= 0)) return wrong("pdf", `expected no negative density at ${value}`)
    before = share
  }
  return before < 1 - 1e-9 ? wrong("cdf", `expected 1 at the upper end, not ${before}`) : undefined
}

/** The value that is not exceeded with probability `share`, from 0 to below 1 (to 1, if the values are bounded). */
export const quantile = (distribution: Distribution, share: number): number => {
  const { low } = distribution
  if (Number.isFinite(distribution.high))
    return bisect(low, distribution.high, (value) => distribution.cdf(value) >= share)
  let high = Math.max(1, 2 * low)
  while (distribution.cdf(high) < share && high < Number.MAX_VALUE) high = Math.min(Number.MAX_VALUE, 2 * high)
  return bisect(low, high, (value) => distribution.cdf(value) >= share)
}

/** The marginal revenue at a value: minus infinity where no values are. */
export const virtualValue = ({ cdf, pdf }: Distribution, value: number): number => {
  const beyond = 1 - cdf(value)
  return beyond <= 0 ? value : value - beyond / pdf(value)
}

const points = 4096

/**
 * The values of 4,096 steps of probability from `from` to 1; the last one is left out where values are not bounded.
 */
const grid = (distribution: Distribution, from = 0): ReadonlyArray<number> =>
  Array.from({ length: points + (Number.isFinite(distribution.high) ? 1 : 0) }, (_, index) =>
    quantile(distribution, from + ((1 - from) * index) / points)
  )

/** Whether virtual values never fall from one of the quantiles to the next, so that nothing has to be ironed. */
export const isRegular = (distribution: Distribution): boolean => {
  const virtual = grid(distribution).map((value) => virtualValue(distribution, value))
  return virtual.every((it, index) => it >= (virtual[index - 1] ?? -Infinity) - 1e-9 * Math.max(1, Math.abs(it)))
}

/** The reserve that earns most for a seller to whom the item is worth `seller`. */
export const reserve = (distribution: Distribution, seller = 0): number => {
  const start = Math.max(distribution.low, seller)
  const share = distribution.cdf(start)
  if (share >= 1) return start
  const values = grid(distribution, share)
  const revenues = values.map((value) => (value - seller) * (1 - distribution.cdf(value)))
  const best = revenues.reduce((index, revenue, at) => (revenue > (revenues[index] ?? 0) ? at : index), 0)
  // Below the best value marginal revenue is less than the seller's value, above it is more.
  const isAbove = (value: number) => virtualValue(distribution, value) >= seller
  const high = values[best + 1] ?? distribution.high
  return bisect(Math.max(start, values[best - 1] ?? start), Math.min(high, Number.MAX_VALUE), isAbove)
}

/**
 * The ironed virtual value: never falls, and is the virtual value wherever the revenue curve is concave. The hull is taken
 * over 4,096 quantiles.
 */
export const ironedVirtualValue = (distribution: Distribution): ((value: number) => number) => {
  const values = grid(distribution)
  const hull: Array<Corner> = []
  // From the rarest sale, at the highest value, to the certain one at the lowest.
  for (let index = values.length - 1; index >= 0; index--) {
    const sold = 1 - index / points
    const corner: Corner = { sold, revenue: sold * (values[index] ?? 0) }
    while (hull.length >= 2 && slope(hull.at(-2), corner) >= slope(hull.at(-2), hull.at(-1))) hull.pop()
    hull.push(corner)
  }
  return (value) => {
    const sold = 1 - distribution.cdf(value)
    const next = hull.findIndex((corner) => corner.sold > sold)
    const [from, to] = [hull[next - 1], hull[next]]
    const isIroned = from !== undefined && to !== undefined && to.sold - from.sold > 1.5 / points
    return isIroned ? slope(from, to) : virtualValue(distribution, value)
  }
}

interface Corner {
  /** The probability of a sale. */
  readonly sold: number
  /** That times the price at which it comes. */
  readonly revenue: number
}

const slope = (from: Corner | undefined, to: Corner | undefined): number =>
  from === undefined || to === undefined ? Number.NaN : (to.revenue - from.revenue) / (to.sold - from.sold)

/** What a second-price auction among `bidders` (at least 1) earns on average, by Simpson's rule over the quantiles. */
export const expectedRevenue = (distribution: Distribution, bidders: number, reserve: number): number => {
  const start = distribution.cdf(reserve)
  const alone = bidders * Math.max(reserve, 0) * (1 - start) * start ** (bidders - 1)
  if (bidders < 2) return alone
  /** The density of the second highest value's quantile, times the value. */
  const paid = (share: number): number =>
    share >= 1 ? 0 : bidders * (bidders - 1) * quantile(distribution, share) * (1 - share) * share ** (bidders - 2)
  const step = (1 - start) / points
  let sum = paid(start) + paid(1)
  for (let index = 1; index < points; index++) sum += (index % 2 === 1 ? 4 : 2) * paid(start + index * step)
  return alone + (sum * step) / 3
}

/** The smallest double between `low` and `high` at which `isReached`, which holds from some point on. */
const bisect = (low: number, high: number, isReached: (value: number) => boolean): number => {
  let below = low
  let above = high
  if (isReached(below)) return below
  for (;;) {
    const middle = below + (above - below) / 2
    // Put like this, it ends for NaN, too.
    if (!(middle > below && middle < above)) return above
    if (isReached(middle)) above = middle
    else below = middle
  }
}
