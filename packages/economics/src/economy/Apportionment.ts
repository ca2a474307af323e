/**
 * Whole sums out of shares that are not whole, without losing or inventing a unit: the method of the largest remainder
 * (Hamilton 1791; Balinski & Young, "Fair Representation", 1982).
 *
 * **Guarantees** The parts sum up exactly, and each is its exact share rounded down or up (the quota rule). The units that
 * rounding down leaves go to the largest remainders, of equals to the first. Equal shares differ by one unit at most.
 *
 * **Does not guarantee** Monotony in the total (the Alabama paradox): one unit more to divide can cost somebody one.
 *
 * **Example**
 *
 * ```ts
 * import { Apportionment } from "@mabeam/economics"
 *
 * Apportionment.split(100n, [1n, 1n, 1n]) // => [34n, 33n, 33n]
 * Apportionment.split(10n, [0n, 0n]) // => [5n, 5n]
 * ```
 *
 * @since 0.1.0
 */
import { rationals, type Rational } from "../input/Amount.ts"
import * as Money from "./Money.ts"

/** Rounds shares that sum up to a whole; they may be negative. The sum of the result is the sum of the shares. */
export const round = (shares: ReadonlyArray<Rational>): ReadonlyArray<bigint> => {
  const parts = shares.map(Money.floor)
  const sum = shares.reduce((total, share) => total.add(share), rationals.zero)
  let left = Money.round(sum)
  for (const part of parts) left -= part
  const order = shares
    .map((share, index) => ({ index, remainder: share.sub(parts[index] ?? 0n) }))
    .sort((a, b) => b.remainder.compare(a.remainder) || a.index - b.index)
  for (const { index } of order.slice(0, Number(left))) parts[index] = (parts[index] ?? 0n) + 1n
  return parts
}

/** Divides `total` by weights that are not negative; if all are 0, equally. */
export const split = (total: bigint, weights: ReadonlyArray<bigint>): ReadonlyArray<bigint> => {
  const sum = weights.reduce((all, weight) => all + weight, 0n)
  const shares = weights.map((weight) =>
    sum === 0n
      ? Money.times(total, rationals.fromNumber(1).div(weights.length))
      : Money.times(total, rationals.fromNumber(1).mul(weight).div(sum))
  )
  return shares.length === 0 ? [] : round(shares)
}
