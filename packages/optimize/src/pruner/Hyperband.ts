/**
 * Hyperband (L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh, A. Talwalkar, "Hyperband: a novel bandit-based approach to
 * hyperparameter optimization", JMLR 18, 2018): successive halving in brackets that begin to compare at different steps.
 *
 * Bracket `s` starts `ceil((s_max + 1) / (s + 1) * factor ** s)` trials with rungs at `maxResource / factor ** (s - k)`, rounded up to
 * whole steps; `s_max` is the largest whole number with `minResource * factor ** s_max` at most `maxResource`. All brackets together
 * are a round; then the next round begins.
 *
 * **Details** A number belongs to one bracket for good. Inside a round the brackets are mixed, so that any stretch of
 * numbers holds each bracket in about its share (the paper runs them one after the other, which a study that ends early would never
 * come to see). Rungs are asynchronous, by the rule of `Asha` over all trials of the bracket, as in section 3.3 of its paper; with
 * `synchronous` each bracket of each round is a cohort of `SuccessiveHalving`, as in the Hyperband paper.
 *
 * **Guarantees** Each round holds exactly the trials of the paper's table in each bracket. No logarithm is taken, since those are
 * rounded: `Math.log(1000) / Math.log(10)` is below 3.
 *
 * **Example**
 *
 * ```ts
 * import { Hyperband } from "@mabeam/optimize"
 *
 * const table = Hyperband.brackets({ minResource: 1, maxResource: 81, reductionFactor: 3 })
 * table.map(({ trials }) => trials) // => [81, 34, 15, 8, 5]
 * table[1]?.rungs // => [{ step: 3, trials: 34 }, { step: 9, trials: 11 }, { step: 27, trials: 3 }, { step: 81, trials: 1 }]
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { whole, withDefault } from "../internal/optionSchema.ts"
import { cohorts, isBehindNow, isOutForGood, rivalsAmong, wholeLog } from "../internal/rungs.ts"
import { InvalidOptions, parseOptions } from "../sampler/Sampler.ts"
import type { Pruner } from "./Pruner.ts"

/** The options with their defaults. */
export const Options = Schema.Struct({
  /** The smallest step at which trials are compared. 1 … 2^40, default 1. */
  minResource: withDefault(whole(1, 2 ** 40), 1),
  /** The last step of a trial; there it is not judged any more. `minResource` … 2^40, default 81. */
  maxResource: withDefault(whole(1, 2 ** 40), 81),
  /** One of so many goes on. 2 … 1,000, default 3. */
  reductionFactor: withDefault(whole(2, 1_000), 3),
  /** Whether each bracket of a round is decided as a whole. Default false. */
  synchronous: withDefault(Schema.Boolean, false),
  /** With asynchronous rungs: whether the best of a rung goes on while fewer than `reductionFactor` have come. Default true. */
  keepLeader: withDefault(Schema.Boolean, true)
})
export type Options = typeof Options.Type

/** A bracket of a round. */
export interface Bracket {
  /** The paper's `s`: how often it halves. */
  readonly index: number
  /** How many trials it starts. */
  readonly trials: number
  /** The paper's table: where trials are compared, and how many come there; the last is where they end. */
  readonly rungs: ReadonlyArray<{ readonly step: number; readonly trials: number }>
}

/** Most trials of a round. */
const ROUND_MAX = 2 ** 26

/** The brackets of a round, the most halving one first. */
export const brackets = ({
  maxResource,
  minResource,
  reductionFactor: factor
}: Pick<Options, "maxResource" | "minResource" | "reductionFactor">): ReadonlyArray<Bracket> => {
  const last = wholeLog(minResource, maxResource, factor)
  return Array.from({ length: last + 1 }, (_, i) => {
    const index = last - i
    const trials = Math.ceil(((last + 1) * factor ** index) / (index + 1))
    const rungs = Array.from({ length: index + 1 }, (_, k) => ({
      step: Math.ceil(maxResource / factor ** (index - k)),
      trials: Math.floor(trials / factor ** k)
    }))
    return { index, trials, rungs }
  })
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))

/** A whole number without a common divisor with `n`, near its golden section: its multiples modulo `n` are spread evenly. */
const stride = (n: number): number => {
  let candidate = Math.max(1, Math.round(n * 0.6180339887498949))
  while (divisor(candidate, n) > 1) candidate++
  return candidate
}

/** In which bracket of which round a trial is, by its number. */
export const assignment = (table: ReadonlyArray<Bracket>) => {
  const round = table.reduce((sum, { trials }) => sum + trials, 0)
  const step = stride(round)
  return (number: number): { readonly bracket: Bracket; readonly round: number } => {
    let place = ((number % round) * step) % round
    const bracket = table.find(({ trials }) => (place -= trials) < 0)!
    return { bracket, round: Math.floor(number / round) }
  }
}

const pruner = (settings: Options, table: ReadonlyArray<Bracket>): Pruner => {
  const { keepLeader, reductionFactor: factor, synchronous } = settings
  const placeOf = assignment(table)
  const rivals = new Map(table.map((each) => [each, rivalsAmong(({ number }) => placeOf(number).bracket === each)]))
  const cohort = cohorts((number) => {
    const { bracket, round } = placeOf(number)
    return round * table.length + bracket.index
  })
  return {
    name: "hyperband",
    options: settings,
    objectives: "many",
    shouldPrune: (request) => {
      const { bracket } = placeOf(request.trial.number)
      const ladder = { steps: bracket.rungs.slice(0, -1).map((rung) => rung.step), factor }
      return synchronous
        ? isOutForGood(request, { size: bracket.trials, others: cohort(request) }, ladder)
        : isBehindNow(request, rivals.get(bracket)!, ladder, keepLeader)
    }
  }
}

/** The pruner. Options left out take their defaults. */
export const make = (options?: Partial<Options>): Result.Result<Pruner, InvalidOptions> =>
  Result.flatMap(parseOptions("hyperband", Options, options ?? {}), (settings) => {
    const refuse = (path: string, problem: string) =>
      Result.fail(new InvalidOptions({ owner: "hyperband", path: [path], problem }))
    const { maxResource, minResource } = settings
    if (maxResource < minResource) return refuse("maxResource", `is below minResource, ${minResource}`)
    const table = brackets(settings)
    const round = table.reduce((sum, { trials }) => sum + trials, 0)
    if (round > ROUND_MAX) return refuse("maxResource", `a round would have ${round} trials, more than ${ROUND_MAX}`)
    return Result.succeed(pruner(settings, table))
  })
