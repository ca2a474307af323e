/**
 * The choices that nothing beats in every respect (Pareto, "Manuale di economia politica", 1906).
 *
 * One choice dominates another if it is at least as good in every objective and better in one.
 *
 * **Guarantees** The front of a list that is not empty is not empty; no member of it is dominated; everything left out is
 * dominated by a member. Equal choices are all members. The order is kept. The comparison is exact. Time is quadratic at
 * worst, and about `n log n + n·front`.
 *
 * **Does not guarantee** A single choice: which member is best is a matter of weights.
 *
 * **Example**
 *
 * ```ts
 * import { ParetoFront } from "@mabeam/economics"
 *
 * const offers = [[10, 0.9], [12, 0.9], [8, 0.7], [10, 0.95]]
 * ParetoFront.of(offers, (offer) => offer, ["minimize", "maximize"]) // => [[8, 0.7], [10, 0.95]]
 * ```
 *
 * @since 0.1.0
 */

/** Whether less or more of an objective is better. */
export type Direction = "minimize" | "maximize"

/** Whether `a` is at least as good as `b` in every objective and better in one. */
export const dominates = (
  a: ReadonlyArray<number>,
  b: ReadonlyArray<number>,
  directions: ReadonlyArray<Direction>
): boolean => {
  let isBetter = false
  for (const [index, direction] of directions.entries()) {
    const [mine, other] = [a[index] ?? 0, b[index] ?? 0]
    if (mine === other) continue
    if (mine < other !== (direction === "minimize")) return false
    isBetter = true
  }
  return isBetter
}

/** The members of the front, in their order. Objectives are not NaN. */
export const of = <A>(
  choices: ReadonlyArray<A>,
  objectives: (choice: A) => ReadonlyArray<number>,
  directions: ReadonlyArray<Direction>
): ReadonlyArray<A> => {
  const points = choices.map((choice, index) => ({ choice, index, values: objectives(choice) }))
  // In lexicographic order, best first, nobody is dominated by one who comes later.
  const ordered = points.toSorted((a, b) => {
    for (const [index, direction] of directions.entries()) {
      const [x, y] = [a.values[index] ?? 0, b.values[index] ?? 0]
      if (x !== y) return x < y === (direction === "minimize") ? -1 : 1
    }
    return a.index - b.index
  })
  const front: Array<(typeof points)[number]> = []
  for (const point of ordered) {
    if (!front.some((member) => dominates(member.values, point.values, directions))) front.push(point)
  }
  return front.sort((a, b) => a.index - b.index).map(({ choice }) => choice)
}
