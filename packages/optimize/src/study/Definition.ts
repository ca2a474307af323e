/**
 * What a study is about: its space, sampler, pruner, objectives and limits.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import type { Pruner } from "../pruner/Pruner.ts"
import { none } from "../pruner/Pruner.ts"
import type { UnknownPruner } from "../pruner/Pruners.ts"
import * as Pruners from "../pruner/Pruners.ts"
import type { InvalidOptions, Sampler } from "../sampler/Sampler.ts"
import { Direction } from "../sampler/Sampler.ts"
import * as Samplers from "../sampler/Samplers.ts"
import type { UnknownSampler } from "../sampler/Samplers.ts"
import type { Declaration, InvalidSpace, SearchSpace } from "../space/SearchSpace.ts"
import * as SpaceJson from "../space/SpaceJson.ts"
import { StopRules, StudyEvent } from "./StudyEvent.ts"

/** What a study is about. */
export interface Definition<D extends Declaration = Declaration> {
  readonly space: SearchSpace<D>
  readonly sampler: Sampler
  readonly pruner: Pruner
  /** One for each objective. */
  readonly directions: readonly [Direction, ...ReadonlyArray<Direction>]
  /** A safe integer. */
  readonly seed: number
  /** Most trials of the study; more are refused. */
  readonly trialsMax: number
  /** How often a trial may fail before it has failed for good. */
  readonly attemptsMax: number
  /** How often a trial may be lost with its worker, beyond that. */
  readonly lossesMax: number
  /** How long an attempt may take. */
  readonly trialTimeoutMillis: number | undefined
  readonly stop: StopRules
}

/** A setting of the study is out of its range. */
export class InvalidSetting extends Schema.TaggedError<InvalidSetting>("@mabeam/optimize/Definition/InvalidSetting")(
  "InvalidSetting",
  { setting: Schema.String, problem: Schema.String }
) {
  override get message() {
    return `${this.setting}: ${this.problem}`
  }
}

/** Most trials of a study unless told otherwise. */
export const TRIALS_MAX_DEFAULT = 100_000
/** How often a trial may be lost with its worker unless told otherwise. */
export const LOSSES_MAX_DEFAULT = 3
/** Most objectives of a study. */
export const OBJECTIVES_MAX = 10

/** What `define` takes. */
export interface Settings<D extends Declaration> {
  readonly space: SearchSpace<D>
  readonly sampler: Sampler
  /** Default: `none`. */
  readonly pruner?: Pruner | undefined
  /** Of the only objective. Default `minimize`. */
  readonly direction?: Direction | undefined
  /** Of several objectives, in place of `direction`; 1 … 10. */
  readonly directions?: ReadonlyArray<Direction> | undefined
  /** A safe integer. Default 0. */
  readonly seed?: number | undefined
  /** 1 … 2^32. Default 100,000. */
  readonly trialsMax?: number | undefined
  /** How often a trial may fail before it has failed for good: 1 … 100. Default 1: what fails has failed. */
  readonly attemptsMax?: number | undefined
  /**
   * How often a trial is taken up again because its worker has let the lease end, beyond `attemptsMax`: 0 … 100. Default 3, so
   * that a trial which kills its workers does not do so for ever.
   */
  readonly lossesMax?: number | undefined
  /** How many milliseconds an attempt may take, where times are told: at least 1. Default: any. */
  readonly trialTimeoutMillis?: number | undefined
  /** Default: only the number of trials ends the study. */
  readonly stop?: StopRules | undefined
}

const decodeStop = Schema.decodeResult(StopRules, { onExcessProperty: "error" })

const isDirection = Schema.is(Direction)

const isWhole = (value: number, from: number, to: number) => Number.isSafeInteger(value) && value >= from && value <= to

const problemOf = <D extends Declaration>(
  settings: Settings<D>,
  wanted: ReadonlyArray<Direction>
): InvalidSetting | undefined => {
  const objectives = wanted.length
  const { direction, directions, stop = {}, trialTimeoutMillis = 1 } = settings
  const { attemptsMax = 1, lossesMax = LOSSES_MAX_DEFAULT, seed = 0, trialsMax = TRIALS_MAX_DEFAULT } = settings
  const refuse = (setting: string, problem: string) => new InvalidSetting({ setting, problem })
  if (direction !== undefined && directions !== undefined) return refuse("directions", "is given beside direction")
  if (!isWhole(objectives, 1, OBJECTIVES_MAX)) {
    return refuse("directions", `a study has 1 to ${OBJECTIVES_MAX} objectives, not ${objectives}`)
  }
  // The types say so; what comes out of a configuration does not hear them, and would be maximized.
  const unknown = wanted.findIndex((it) => !isDirection(it))
  if (unknown !== -1) return refuse("directions", `"${String(wanted[unknown])}" is neither minimize nor maximize`)
  if (!Number.isSafeInteger(seed)) return refuse("seed", `${seed} is not a safe integer`)
  if (!isWhole(trialsMax, 1, 2 ** 32)) return refuse("trialsMax", `${trialsMax} is not a whole number from 1 to 2^32`)
  if (!isWhole(attemptsMax, 1, 100)) return refuse("attemptsMax", `${attemptsMax} is not a whole number from 1 to 100`)
  if (!isWhole(lossesMax, 0, 100)) return refuse("lossesMax", `${lossesMax} is not a whole number from 0 to 100`)
  if (!isWhole(trialTimeoutMillis, 1, Number.MAX_SAFE_INTEGER)) {
    return refuse("trialTimeoutMillis", `${trialTimeoutMillis} is not a whole number from 1`)
  }
  const checked = decodeStop(stop)
  if (Result.isFailure(checked)) return refuse("stop", checked.failure.message)
  if (objectives > 1 && (stop.target !== undefined || stop.patience !== undefined)) {
    return refuse("stop", "a target or patience needs a single objective")
  }
  return undefined
}

/** Defines a study. */
export const define = <D extends Declaration>(settings: Settings<D>): Result.Result<Definition<D>, InvalidSetting> => {
  const { attemptsMax = 1, direction, lossesMax = LOSSES_MAX_DEFAULT, pruner = none, sampler } = settings
  const { seed = 0, space, stop = {}, trialTimeoutMillis, trialsMax = TRIALS_MAX_DEFAULT } = settings
  const directions = settings.directions ?? [direction ?? "minimize"]
  const problem = problemOf(settings, directions)
  const [first, ...rest] = directions
  if (problem !== undefined || first === undefined) {
    return Result.fail(problem ?? new InvalidSetting({ setting: "directions", problem: "there are none" }))
  }
  if (rest.length > 0 && sampler.objectives === "one") {
    const why = `the sampler "${sampler.name}" takes a single objective, the study has ${directions.length}`
    return Result.fail(new InvalidSetting({ setting: "sampler", problem: why }))
  }
  if (space.open && sampler.isExhausted !== undefined) {
    const problem = `the sampler "${sampler.name}" must know all variables beforehand; the space is open`
    return Result.fail(new InvalidSetting({ setting: "sampler", problem }))
  }
  const refusal = sampler.refusal?.(space)
  if (refusal !== undefined) {
    return Result.fail(new InvalidSetting({ setting: "sampler", problem: refusal.message }))
  }
  if (rest.length > 0 && pruner.objectives === "one") {
    const why = `the pruner "${pruner.name}" takes a single objective, the study has ${directions.length}`
    return Result.fail(new InvalidSetting({ setting: "pruner", problem: why }))
  }
  const limits = { trialsMax, attemptsMax, lossesMax, trialTimeoutMillis }
  return Result.succeed({ space, sampler, pruner, directions: [first, ...rest], seed, ...limits, stop })
}

/** The settings of a study as they are written down. */
export type Written = Omit<typeof StudyEvent.cases.Created.Type, "_tag" | "at">

/** Writes a definition down. */
export const write = <D extends Declaration>(definition: Definition<D>): Written => {
  const { attemptsMax, directions, lossesMax, pruner, sampler, seed, space, stop, trialsMax } = definition
  const { trialTimeoutMillis } = definition
  return {
    space: SpaceJson.encode(space),
    sampler: Samplers.encode(sampler),
    pruner: Pruners.encode(pruner),
    directions,
    seed,
    trialsMax,
    attemptsMax,
    lossesMax,
    ...(trialTimeoutMillis === undefined ? {} : { trialTimeoutMillis }),
    stop
  }
}

/** What makes samplers and pruners that are not of this package. */
export interface Makers {
  readonly samplers?: ReadonlyMap<string, Samplers.Maker> | undefined
  readonly pruners?: ReadonlyMap<string, Pruners.Maker> | undefined
}

/** Why what is written down defines no study. */
export type ReadRefusal = InvalidSpace | UnknownSampler | UnknownPruner | InvalidOptions | InvalidSetting

/** Reads what was written down. */
export const read = (written: Written, makers: Makers = {}): Result.Result<Definition, ReadRefusal> =>
  Result.gen(function* () {
    return yield* define({
      ...written,
      space: yield* SpaceJson.decode(written.space),
      sampler: yield* Samplers.decode(written.sampler, makers.samplers),
      pruner: yield* Pruners.decode(written.pruner, makers.pruners)
    })
  })

/** The event that begins a study, at a time if anybody tells it. */
export const created = <D extends Declaration>(definition: Definition<D>, at?: number | undefined) =>
  StudyEvent.cases.Created.make({ ...write(definition), ...(at === undefined ? {} : { at }) })
