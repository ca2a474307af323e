/**
 * Ranked pairs (Tideman, "Independence of clones as a criterion for voting rules", Social Choice and Welfare, 1987):
 * majorities are locked from the strongest to the weakest, save those that would close a cycle with what is locked.
 *
 * `ranked-pairs-winning` measures a majority by the votes for it, `ranked-pairs-margin` by its lead. Among equally strong
 * ones the majority of the candidate listed first comes first, then the one over the candidate listed last (Zavist and
 * Tideman 1989, with the order of `candidates` as their ranking). Pairs without a majority come after all others, for the
 * candidate listed first.
 *
 * **Guarantees** One winner and a strict ranking. `tie` says whether that order has decided anything in the ranking: a
 * majority was passed over, or a pair placed, for no other reason.
 *
 * **Does not guarantee** All winners under all tie-breaks: to find them is NP-hard (Brill and Fischer 2012).
 *
 * **Example**
 *
 * ```ts
 * import { RankedPairs } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const ballots = [
 *   { count: 4, ranking: [["a"], ["b"], ["c"]] },
 *   { count: 3, ranking: [["b"], ["c"], ["a"]] },
 *   { count: 2, ranking: [["c"], ["a"], ["b"]] }
 * ]
 * const { decision } = Result.getOrThrow(RankedPairs.calculators[0].solve({ candidates: ["a", "b", "c"], ballots }))
 * decision["ranking"] // => [["a"], ["b"], ["c"]]
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import * as Pairwise from "./Pairwise.ts"
import * as RankedRule from "./RankedRule.ts"

interface Majority {
  readonly winner: number
  readonly loser: number
  readonly strength: number
}

const majorities = (matrix: Pairwise.Matrix, by: Pairwise.Strength): ReadonlyArray<Majority> => {
  const found: Array<Majority> = []
  for (let winner = 0; winner < matrix.size; winner++) {
    for (let loser = 0; loser < matrix.size; loser++) {
      const strength = Pairwise.strength(matrix, by, winner, loser)
      const isPlaced = strength > 0 || (winner < loser && Pairwise.margin(matrix, winner, loser) === 0)
      if (isPlaced) found.push({ winner, loser, strength })
    }
  }
  return found.sort((a, b) => b.strength - a.strength || a.winner - b.winner || b.loser - a.loser)
}

/** Who is above whom by what is locked, directly or through others. */
class Locked {
  readonly size: number
  readonly above: Uint8Array
  constructor(size: number) {
    this.size = size
    this.above = new Uint8Array(size * size)
  }
  has(a: number, b: number): boolean {
    return this.above[a * this.size + b] === 1
  }
  add(a: number, b: number): void {
    for (let x = 0; x < this.size; x++) {
      if ((x !== a && !this.has(x, a)) || this.has(x, b)) continue
      for (let y = 0; y < this.size; y++) if (y === b || this.has(b, y)) this.above[x * this.size + y] = 1
    }
  }
}

/** The strict ranking, and whether the order of the candidates has decided anything in it. */
export const run = (
  matrix: Pairwise.Matrix,
  by: Pairwise.Strength
): { readonly ranking: ReadonlyArray<number>; readonly tie: boolean } => {
  const sorted = majorities(matrix, by)
  const locked = new Locked(matrix.size)
  let tie = false
  for (let from = 0; from < sorted.length;) {
    const { strength } = sorted[from]!
    let end = from
    while (end < sorted.length && sorted[end]!.strength === strength) end++
    const group = sorted.slice(from, end).filter(({ loser, winner }) => !locked.has(loser, winner))
    // A pair without a majority that nothing stronger has placed is placed by the order of the candidates.
    if (strength === 0 && group.some(({ loser, winner }) => !locked.has(winner, loser))) tie = true
    for (const { loser, winner } of group) {
      if (locked.has(loser, winner)) tie = true
      else locked.add(winner, loser)
    }
    from = end
  }
  const below = Array.from({ length: matrix.size }, (_, a) =>
    locked.above.subarray(a * matrix.size, (a + 1) * matrix.size).reduce((sum, each) => sum + each, 0)
  )
  return { ranking: below.map((_, a) => a).sort((a, b) => below[b]! - below[a]!), tie }
}

const ruleBy = (by: Pairwise.Strength): RankedRule.RankedRule => ({
  name: `ranked-pairs-${by}`,
  tieBreak: RankedRule.tieBreak,
  decide: ({ candidates }, matrix) => {
    const { ranking, tie } = run(matrix, by)
    const names = ranking.map((candidate) => candidates[candidate]!)
    return Result.succeed({ winners: names.slice(0, 1), ranking: names.map((name) => [name]), tie })
  }
})

/** Both rules: by winning votes, by margin. */
export const rules = [ruleBy("winning"), ruleBy("margin")] as const

/** `ranked-pairs-winning` and `ranked-pairs-margin` of `mabeam vote tally`. */
export const calculators = [RankedRule.calculatorOf(rules[0]), RankedRule.calculatorOf(rules[1])] as const
