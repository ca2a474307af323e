/**
 * Counting votes: decoding, pairwise counts, and rules over them.
 *
 * @since 0.1.0
 */
import { Ballots, Pairwise, RankedPairs, Schulze } from "@mabeam/economics"
import { Result } from "effect"
import { type Case, prepared } from "../case.ts"

const size = 20

/** Ballots that rank 20 candidates strictly, each in another order, always the same for one seed. */
const inputsOf = (n: number) => {
  let state = 42
  const chance = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const candidates = Array.from({ length: size }, (_, i) => `candidate-${i}`)
  const ballots = Array.from({ length: n }, () => {
    const left = [...candidates]
    return { count: 1, ranking: candidates.map(() => left.splice(chance(left.length), 1)) }
  })
  return { candidates, ballots }
}

const electionOf = (n: number) => Result.getOrThrow(Ballots.decode(inputsOf(n)))

/** A case whose operation is prepared once and must not be optimised away. */
const counting = (
  name: string,
  about: string,
  limitUs: number | undefined,
  prepare: (n: number) => () => unknown,
  max = 200
): Case => ({
  name,
  about: `${about}; ballots of ${size} candidates, ranked strictly`,
  sizes: [10_000],
  ...(limitUs === undefined ? {} : { targets: () => [{ figure: "p50_us", value: limitUs, kind: "limit" }] }),
  body: prepared(max, prepare)
})

export const votingCases: ReadonlyArray<Case> = [
  counting("vote decoding", "n ballots, decoded from unknown and judged", undefined, (n) => {
    const inputs = inputsOf(n)
    return () => Ballots.decode(inputs)
  }),
  counting("vote pairwise", "n judged ballots, counted into all pairs", 20_000, (n) => {
    const election = electionOf(n)
    return () => Pairwise.count(election)
  }),
  counting(
    "vote schulze",
    "strongest paths and ranking from the pairwise counts",
    1_000,
    (n) => {
      const matrix = Pairwise.count(electionOf(n))
      return () => Schulze.tiers(matrix, "winning")
    },
    5_000
  ),
  counting(
    "vote ranked pairs",
    "locking all majorities from the pairwise counts",
    undefined,
    (n) => {
      const matrix = Pairwise.count(electionOf(n))
      return () => RankedPairs.run(matrix, "winning")
    },
    5_000
  )
]
