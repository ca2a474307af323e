/**
 * Patience around another pruner: it is asked only once a trial has got worse for a while, as in early stopping (L. Prechelt, "Early
 * stopping, but when?", in: Neural Networks: Tricks of the Trade, 1998), with the rule of Optuna.
 *
 * A trial's patience is over when each of its last `patience + 1` reports is worse than the best of those before, by more than
 * `tolerance`. With several objectives: when each is dominated, with that tolerance in every objective, by one of those before.
 *
 * **Guarantees** Prunes only what the wrapped pruner prunes. Without a wrapped one, prunes when patience is over.
 *
 * **Details** As options, the wrapped pruner is `pruner`, its name, and its options are written `pruner.startupTrials` and so on.
 *
 * **Example**
 *
 * ```ts
 * import { Patient, Pruner } from "@mabeam/optimize"
 * import { Result } from "effect"
 *
 * const alone = Result.getOrThrow(Patient.make({ patience: 2 }))
 * const reports = [0.5, 0.3, 0.4, 0.5, 0.6].map((value, step) => ({ step, values: [value] }))
 * const at = (length: number) => ({
 *   directions: ["minimize"] as const,
 *   seed: 0,
 *   trial: { number: 0, state: "running" as const, reports: reports.slice(0, length) },
 *   others: []
 * })
 * alone.shouldPrune(at(4)) // => false
 * alone.shouldPrune(at(5)) // => true
 * Result.getOrThrow(Patient.make({ patience: 2 }, Pruner.none)).shouldPrune(at(5)) // => false
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import * as Dominance from "../internal/dominance.ts"
import { real, whole, withDefault } from "../internal/optionSchema.ts"
import { pointOf } from "../internal/standing.ts"
import { InvalidOptions, parseOptions } from "../sampler/Sampler.ts"
import type { OptionsJson } from "../sampler/Sampler.ts"
import type { Pruner, PruneRequest } from "./Pruner.ts"

/** The options with their defaults; those of the wrapped pruner are its own. */
export const Options = Schema.Struct({
  /** Reports without improvement that are forgiven. 0 … 1,000,000, default 3. */
  patience: withDefault(whole(0, 1_000_000), 3),
  /** How much worse is no worse, in the unit of the objective. From 0 on, default 0. */
  tolerance: withDefault(real(0, Number.MAX_VALUE), 0)
})
export type Options = typeof Options.Type

const isOver = ({ directions, trial }: PruneRequest, { patience, tolerance }: Options): boolean => {
  const points = trial.reports.map(({ values }) => pointOf(values, directions))
  const before = points.slice(0, Math.max(0, points.length - patience - 1))
  if (before.length === 0) return false
  const [best = []] = before
  if (best.length === 1) {
    const lowest = before.reduce((least, [value]) => Math.min(least, value!), Number.POSITIVE_INFINITY)
    return points.slice(before.length).every(([value]) => lowest + tolerance < value!)
  }
  const bounds = before.map((point) => point.map((value) => value + tolerance))
  return points.slice(before.length).every((point) => bounds.some((bound) => Dominance.dominates(bound, point)))
}

const WRAPPED = "pruner"

const written = (options: Options, wrapped: Pruner | undefined): OptionsJson =>
  wrapped === undefined
    ? { ...options }
    : {
        ...options,
        [WRAPPED]: wrapped.name,
        ...Object.fromEntries(Object.entries(wrapped.options).map(([key, value]) => [`${WRAPPED}.${key}`, value]))
      }

/** The pruner, around another one or alone. Options left out take their defaults. */
export const make = (options?: Partial<Options>, wrapped?: Pruner | undefined): Result.Result<Pruner, InvalidOptions> =>
  Result.map(parseOptions("patient", Options, options ?? {}), (settings) => ({
    name: "patient",
    options: written(settings, wrapped),
    objectives: wrapped?.objectives ?? "many",
    shouldPrune: (request) => isOver(request, settings) && (wrapped === undefined || wrapped.shouldPrune(request))
  }))

/** Reads the options as they are written down; `decode` makes the wrapped pruner. */
export const decode = (
  options: OptionsJson,
  decode: (json: { readonly name: string; readonly options: OptionsJson }) => Result.Result<Pruner, Error>
): Result.Result<Pruner, InvalidOptions> => {
  const prefix = `${WRAPPED}.`
  const entries = Object.entries(options)
  const own = Object.fromEntries(entries.filter(([key]) => key !== WRAPPED && !key.startsWith(prefix)))
  const inner = entries.filter(([key]) => key.startsWith(prefix))
  const name = options[WRAPPED]
  const refuse = (path: string, problem: string) =>
    Result.fail(new InvalidOptions({ owner: "patient", path: [path], problem }))
  if (name === undefined) {
    const [extra] = inner
    return extra === undefined ? make(own) : refuse(extra[0], `there is no wrapped pruner: "${WRAPPED}" is not given`)
  }
  if (typeof name !== "string") return refuse(WRAPPED, "is not the name of a pruner")
  const innerOptions = Object.fromEntries(inner.map(([key, value]) => [key.slice(prefix.length), value]))
  const wrapped = decode({ name, options: innerOptions })
  return Result.isFailure(wrapped) ? refuse(WRAPPED, wrapped.failure.message) : make(own, wrapped.success)
}
