/**
 * The prices that a clock calls, `start`, `start + step`, `start + 2 step`, …, without calling them one by one.
 *
 * A price is `start ± tick · step`, computed exactly from the numbers as they are written and, on doubles, rounded once:
 * what is compared with an amount is the price that people see, and the third step of 0.1 shows 0.3. Where the step is finer
 * than doubles tell apart, many ticks show the same price.
 *
 * **Guarantees** Constant time, however many ticks lie between: the tick is found by an exact division.
 *
 * **Does not guarantee** A price that a double holds: above the largest double it is `Infinity`.
 */
import * as Amount from "../input/Amount.ts"
import { exactly } from "./exactly.ts"
import { placesOf, powerOf } from "./shortDecimal.ts"

/** A clock; ticks are counted from 0. */
export interface Clock<A> {
  /** The price at a tick. */
  readonly priceAt: (tick: bigint) => A
  /** The first tick at which a rising price is above `amount`, a falling one no longer above it. */
  readonly reaches: (amount: A) => bigint
}

/** Where a clock has stopped. */
export interface Hammer<A> {
  /** The winner's position. */
  readonly winner: number
  readonly price: A
  /** Whether another bidder could have had it at this price. */
  readonly tie: boolean
  /** How many prices were called. */
  readonly rounds: bigint
}

const { add, divide, fromNumber, multiply, subtract } = Amount.rationals

/** A clock whose price rises (`direction` 1) or falls (-1) by `step` each tick. `step` is positive. */
export const make = <A>(
  arithmetic: Amount.Arithmetic<A>,
  { direction, start, step }: { readonly direction: 1 | -1; readonly start: A; readonly step: A }
): Clock<A> => {
  const near = arithmetic.isExact
    ? undefined
    : decimalClock(arithmetic.toNumber(start), direction * arithmetic.toNumber(step))
  const exact = (amount: A) => exactly(arithmetic.encode(amount))
  const exactPriceAt = (tick: bigint): A => {
    const by = multiply(exact(step), fromNumber(direction))
    const moved = multiply(by, Amount.toRational(tick.toString()))
    return arithmetic.lift(Amount.rationals.encode(add(exact(start), moved)))
  }
  const priceAt = (tick: bigint): A => {
    const price = near?.priceAt(Number(tick))
    return price === undefined ? exactPriceAt(tick) : arithmetic.fromNumber(price)
  }
  const isPast = (price: A, amount: A): boolean => {
    const order = arithmetic.compare(price, amount)
    return direction === 1 ? order > 0 : order <= 0
  }
  const reaches = (amount: A): bigint => {
    if (isPast(start, amount)) return 0n
    const found = near?.reaches(arithmetic.toNumber(amount))
    if (found !== undefined) return BigInt(found)
    // Beyond the limit a price is past the amount for certain, before it for certain not; on it, rounding decides.
    const limit = arithmetic.isExact ? exact(amount) : middleAbove(arithmetic.toNumber(amount))
    const { d, n } = divide(subtract(limit, exact(start)), multiply(exact(step), fromNumber(direction)))
    const tick = n / d
    return isPast(exactPriceAt(tick), amount) ? tick : tick + 1n
  }
  return { priceAt, reaches }
}

interface DecimalClock {
  /** `undefined` where whole numbers of the smallest place are no longer exact. */
  readonly priceAt: (tick: number) => number | undefined
  readonly reaches: (amount: number) => number | undefined
}

/**
 * A clock whose start and step are short decimals, in whole numbers of their smallest place: one division rounds the price.
 * Answers what it can; the rest is for exact fractions, which take twenty times longer.
 */
const decimalClock = (start: number, step: number): DecimalClock | undefined => {
  const places = placesOf(step, placesOf(start) ?? Infinity)
  if (places === undefined || placesOf(start, places) !== places) return undefined
  const power = powerOf(places)
  const from = Math.round(start * power)
  const by = Math.round(step * power)
  const priceAt = (tick: number): number | undefined => {
    const moved = tick * by
    return Number.isSafeInteger(moved) && Number.isSafeInteger(from + moved) ? (from + moved) / power : undefined
  }
  const isPast = (price: number, amount: number) => (step > 0 ? price > amount : price <= amount)
  /** The division may be off by one. */
  const reaches = (amount: number): number | undefined => {
    const guess = Math.max(0, Math.floor((amount - start) / step))
    for (let tick = Math.max(0, guess - 1); tick <= guess + 2; tick++) {
      const price = priceAt(tick)
      if (price === undefined) return undefined
      // The first that is past, unless the guess was past it already.
      if (isPast(price, amount)) return tick > guess - 1 || tick === 0 ? tick : undefined
    }
    return undefined
  }
  return { priceAt, reaches }
}

/** Half-way between a double that is not negative and the next one above. */
const middleAbove = (amount: number): Amount.Rational => {
  const bits = new BigUint64Array(Float64Array.of(amount).buffer)
  const bitsOfAmount = bits[0] ?? 0n
  const neighbour = (offset: bigint) => new Float64Array(BigUint64Array.of(bitsOfAmount + offset).buffer)[0] ?? 0
  const above = neighbour(1n)
  // The largest double's gap upwards is as wide as the one downwards.
  const gap = above < Infinity ? above - amount : amount - neighbour(-1n)
  return add(fromNumber(amount), divide(fromNumber(gap), fromNumber(2)))
}
