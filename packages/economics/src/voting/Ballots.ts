/**
 * Ballots that rank candidates in tiers, decoded and judged.
 *
 * **Guarantees** Every ballot names every candidate once; counts are integers, 0 if nobody cast it. What is wrong is a typed
 * error with its place. Up to 10^12 voters all sums of the rules here are exact in doubles, halves included; more are refused.
 *
 * **Does not guarantee** That one voter stands behind one ballot: whoever collects them sees to that.
 *
 * **Example**
 *
 * ```ts
 * import { Ballots } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const refused = Ballots.decode({
 *   candidates: ["a", "b", "c"],
 *   ballots: [{ count: 3, ranking: [["a"], ["b", "d"]] }]
 * })
 * if (Result.isFailure(refused)) console.log(refused.failure.message)
 * // => ballots[0].ranking[1][1]: "d" is not among the candidates
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import * as Refusal from "../input/Refusal.ts"
import * as Names from "../internal/name.ts"

/** The most candidates of an election. */
export const candidatesMax = 500

/** The most voters of an election, counts added up. */
export const votersMax = 1e12

/** A candidate's name: 1 to 255 characters. */
export const Candidate = Names.Name

/** The candidates of an election, in the order that breaks ties. */
export const Candidates = Schema.NonEmptyArray(Candidate)

/** How often a ballot was cast. */
const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** A ranking in tiers, best first. */
export const Ranking = Schema.Array(Schema.NonEmptyArray(Candidate))

/** The input of every rule over rankings. */
export const Inputs = Schema.Struct({
  candidates: Candidates,
  ballots: Schema.Array(Schema.Struct({ count: Count, ranking: Ranking }))
})
export type Inputs = typeof Inputs.Type

/** A tier of several candidates where the rule needs one choice. */
export class WeakRanking extends Schema.TaggedError<WeakRanking>("@mabeam/economics/Ballots/WeakRanking")(
  "WeakRanking",
  { path: Schema.Array(Schema.Union([Schema.String, Schema.Int])), rule: Schema.String }
) {
  override get message() {
    return `${Refusal.show(this.path)}: the tier holds several candidates where ${this.rule} needs one`
  }
}

/** Judged ballots. Candidates are numbers from here on: their places in `candidates`. */
export interface Election {
  readonly candidates: ReadonlyArray<string>
  /** All counts added up. */
  readonly voters: number
  /** By ballot. */
  readonly counts: Float64Array
  /** Ballot after ballot, its candidates from best to worst. */
  readonly order: Uint16Array
  /** For each place in `order` the first place of its ballot, counted from 0, that belongs to a later tier. */
  readonly tierEnd: Uint16Array
}

/** Refuses too many candidates, and one that is named twice. */
export const judgeCandidates = (
  candidates: ReadonlyArray<string>
): Refusal.TooLarge | Refusal.DuplicateName | undefined =>
  candidates.length > candidatesMax
    ? new Refusal.TooLarge({ path: ["candidates"], size: candidates.length, limit: candidatesMax })
    : Refusal.duplicateOf(candidates, (index) => ["candidates", index])

const decodeInputs = Refusal.decode(Inputs)

/** Decodes `Inputs` from outside and judges them. */
export const decode = (input: unknown): Result.Result<Election, Refusal.Common> =>
  Result.flatMap(decodeInputs(input), elect)

/** Judges decoded inputs. */
export const elect = (inputs: Inputs): Result.Result<Election, Refusal.Common> => {
  const { ballots, candidates } = inputs
  const offence = judgeCandidates(candidates)
  if (offence !== undefined) return Result.fail(offence)
  const size = candidates.length
  const places = new Map(candidates.map((candidate, index) => [candidate, index]))
  const counts = Float64Array.from(ballots, (ballot) => ballot.count)
  const voters = counts.reduce((sum, count) => sum + count, 0)
  if (voters > votersMax) {
    return Result.fail(new Refusal.TooLarge({ path: ["ballots"], size: voters, limit: votersMax }))
  }
  const order = new Uint16Array(ballots.length * size)
  const tierEnd = new Uint16Array(ballots.length * size)
  // The ballot on which a candidate was seen last, so that nothing has to be cleared between ballots.
  const seenOn = new Int32Array(size).fill(-1)
  for (let ballot = 0; ballot < ballots.length; ballot++) {
    const wrong = enter(ballots[ballot]!.ranking, ballot, places, { order, tierEnd, seenOn })
    if (wrong !== undefined) return Result.fail(wrong)
  }
  return Result.succeed({ candidates, voters, counts, order, tierEnd })
}

const enter = (
  ranking: typeof Ranking.Type,
  ballot: number,
  places: ReadonlyMap<string, number>,
  { order, seenOn, tierEnd }: { order: Uint16Array; tierEnd: Uint16Array; seenOn: Int32Array }
): Refusal.Common | undefined => {
  const start = ballot * places.size
  let place = 0
  for (let tier = 0; tier < ranking.length; tier++) {
    const names = ranking[tier]!
    const end = place + names.length
    for (let index = 0; index < names.length; index++, place++) {
      const name = names[index]!
      const candidate = places.get(name)
      if (candidate === undefined || seenOn[candidate] === ballot) {
        const path = ["ballots", ballot, "ranking", tier, index]
        return candidate === undefined
          ? new Refusal.UnknownName({ path, name, known: "the candidates" })
          : new Refusal.DuplicateName({ path, name })
      }
      seenOn[candidate] = ballot
      order[start + place] = candidate
      tierEnd[start + place] = end
    }
  }
  if (place === places.size) return undefined
  const missing = [...places].find(([, candidate]) => seenOn[candidate] !== ballot)?.[0]
  const because = `${Refusal.quoted(missing ?? "")} is missing; every candidate is listed once`
  return new Refusal.InvalidFormat({ path: ["ballots", ballot, "ranking"], because })
}

/** The tier, counted from 0, in which a place of a ballot lies. */
export const tierAt = ({ candidates, tierEnd }: Election, ballot: number, place: number): number => {
  const start = ballot * candidates.length
  let tier = 0
  for (let at = 0; tierEnd[start + at]! <= place; at = tierEnd[start + at]!) tier++
  return tier
}
