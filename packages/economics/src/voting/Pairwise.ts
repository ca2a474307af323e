/**
 * How many voters prefer one candidate to another, for every pair.
 *
 * **Guarantees** Counts are exact. A tie within a tier counts for neither.
 *
 * **Example**
 *
 * ```ts
 * import { Ballots, Pairwise } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const election = Ballots.decode({
 *   candidates: ["a", "b"],
 *   ballots: [
 *     { count: 2, ranking: [["a"], ["b"]] },
 *     { count: 1, ranking: [["b", "a"]] }
 *   ]
 * })
 * const matrix = Pairwise.count(Result.getOrThrow(election))
 * Pairwise.votes(matrix, 0, 1) // => 2
 * Pairwise.margin(matrix, 1, 0) // => -2
 * ```
 *
 * @since 0.1.0
 */
import type { JsonObject } from "../calculator/Calculator.ts"
import type { Election } from "./Ballots.ts"

/** Votes for every ordered pair: those for `a` above `b` at `a * size + b`. */
export interface Matrix {
  readonly size: number
  readonly above: Float64Array
}

/** How the strength of a majority is measured: by the votes for it, or by how many more than against it. */
export type Strength = "winning" | "margin"

/** Counts all ballots: quadratic in the candidates, linear in the ballots, no allocation beside the matrix. */
export const count = ({ candidates, counts, order, tierEnd }: Election): Matrix => {
  const size = candidates.length
  const above = new Float64Array(size * size)
  for (let ballot = 0, start = 0; ballot < counts.length; ballot++, start += size) {
    const weight = counts[ballot]!
    const end = start + size
    for (let at = start; at < end; at++) {
      const row = order[at]! * size
      for (let below = start + tierEnd[at]!; below < end; below++) above[row + order[below]!]! += weight
    }
  }
  return { size, above }
}

/** How many voters have `a` strictly above `b`. */
export const votes = ({ above, size }: Matrix, a: number, b: number): number => above[a * size + b]!

/** How many more voters have `a` above `b` than `b` above `a`. */
export const margin = ({ above, size }: Matrix, a: number, b: number): number =>
  above[a * size + b]! - above[b * size + a]!

/** The strength of the majority of `a` over `b`; 0 if there is none. */
export const strength = (matrix: Matrix, by: Strength, a: number, b: number): number => {
  const lead = margin(matrix, a, b)
  return lead <= 0 ? 0 : by === "margin" ? lead : votes(matrix, a, b)
}

/** As answers give it: by candidate, then by the other candidate. */
export const encode = (candidates: ReadonlyArray<string>, matrix: Matrix): JsonObject =>
  Object.fromEntries(
    candidates.map((name, a) => [
      name,
      Object.fromEntries(candidates.flatMap((other, b) => (a === b ? [] : [[other, votes(matrix, a, b)]])))
    ])
  )
