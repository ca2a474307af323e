/**
 * The disjoint bundles of greatest total value (weighted set packing), by branch and bound.
 *
 * The bound lets every item go to the remaining bundle that pays most for each of its items.
 *
 * **Guarantees** Exact over exact numbers; the answer is the same for the same input. It gives up, without an answer, after
 * `workMax` looks at a bundle.
 *
 * **Does not guarantee** An end in time for many bundles that overlap: the problem is NP-hard.
 */
import type { Arithmetic } from "../input/Amount.ts"

/** Items, one at least and none twice, and what they are worth together. */
export interface Bundle<A> {
  readonly items: ReadonlyArray<number>
  readonly value: A
}

/** The positions of the bundles to take, or `undefined` if it took too long. Values are positive. */
export const pack = <A>(
  arithmetic: Arithmetic<A>,
  bundles: ReadonlyArray<Bundle<A>>,
  itemCount: number,
  workMax: number
): ReadonlyArray<number> | undefined => {
  const { add, compare, divide, fromNumber, zero } = arithmetic
  const shares = bundles.map(({ items, value }) => divide(value, fromNumber(items.length)))
  const order = bundles.map((_, index) => index).sort((a, b) => compare(shares[b] ?? zero, shares[a] ?? zero))
  const conflicts = conflictsOf(bundles, itemCount)
  const seen = new Int32Array(itemCount)
  let stamp = 0
  let work = 0

  /** No more than this can be had from bundles in the order of their shares. */
  const bound = (active: ReadonlyArray<number>): A => {
    stamp++
    let sum = zero
    for (const index of active) {
      const share = shares[index] ?? zero
      for (const item of bundles[index]?.items ?? []) {
        if (seen[item] === stamp) continue
        seen[item] = stamp
        sum = add(sum, share)
      }
    }
    return sum
  }

  let best = zero
  let chosen: ReadonlyArray<number> = []
  const stack: Array<{ active: ReadonlyArray<number>; value: A; taken: ReadonlyArray<number> }> = [
    { active: order, value: zero, taken: [] }
  ]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const { active, taken, value } = node
    if (compare(value, best) > 0) {
      best = value
      chosen = taken
    }
    work += active.length
    if (work > workMax) return undefined
    const [first] = active
    if (first === undefined || compare(add(value, bound(active)), best) <= 0) continue
    const others = active.slice(1)
    const blocked = conflicts[first]
    stack.push({ active: others, value, taken })
    stack.push({
      active: others.filter((index) => blocked?.has(index) !== true),
      value: add(value, bundles[first]?.value ?? zero),
      taken: [...taken, first]
    })
  }
  return chosen
}

/** For every bundle, those that share an item with it. */
const conflictsOf = <A>(bundles: ReadonlyArray<Bundle<A>>, itemCount: number): ReadonlyArray<ReadonlySet<number>> => {
  const holders: Array<Array<number>> = Array.from({ length: itemCount }, () => [])
  bundles.forEach(({ items }, index) => items.forEach((item) => holders[item]?.push(index)))
  return bundles.map(({ items }) => new Set(items.flatMap((item) => holders[item] ?? [])))
}
