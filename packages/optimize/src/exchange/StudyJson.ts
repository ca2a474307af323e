/**
 * A study as one JSON document: what it is about, and all its trials.
 *
 * **Guarantees** `decode(encode(study))` has the same definition, trials, attributes and best, also after the document went through
 * `JSON.stringify`. Whatever is decoded is a study or one typed error with the place of the fault.
 *
 * @since 0.1.0
 */
import { Result, Schema, SchemaParser } from "effect"
import * as Pruners from "../pruner/Pruners.ts"
import { Direction } from "../sampler/Sampler.ts"
import * as Samplers from "../sampler/Samplers.ts"
import * as SpaceJson from "../space/SpaceJson.ts"
import { read, write } from "../study/Definition.ts"
import type { Makers, ReadRefusal } from "../study/Definition.ts"
import { StopRules } from "../study/StudyEvent.ts"
import type { State } from "../study/StudyState.ts"
import { faultOf, InvalidRecord, make, ofTrial, parseTrial } from "./StudyRecord.ts"
import type { Made, TrialRecord } from "./StudyRecord.ts"

/** What a document says of itself. */
export const FORMAT = "mabeam-study"
/** The version of the format that is written, and the only one that is read. */
export const VERSION = 1

/** The settings of a study in a document. */
export const SettingsJson = Schema.Struct({
  space: SpaceJson.SpaceJson,
  sampler: Samplers.SamplerJson,
  pruner: Pruners.PrunerJson,
  directions: Schema.NonEmptyArray(Direction),
  seed: Schema.Int,
  trialsMax: Schema.Int,
  attemptsMax: Schema.Int,
  lossesMax: Schema.Int,
  trialTimeoutMillis: Schema.optionalKey(Schema.Int),
  stop: StopRules
})

/** A document whose trials are looked at one by one. */
export const StudyJson = Schema.Struct({
  format: Schema.Literal(FORMAT),
  version: Schema.Literal(VERSION),
  settings: SettingsJson,
  createdAt: Schema.optionalKey(Schema.Finite),
  isPaused: Schema.Boolean,
  attributes: Schema.Record(Schema.String, Schema.Json),
  trials: Schema.Array(Schema.Unknown)
})

/** A study written down. */
export type StudyJson = Omit<typeof StudyJson.Type, "trials"> & { readonly trials: ReadonlyArray<TrialRecord> }

/** Writes a study. */
export const encode = (state: State): StudyJson => ({
  format: FORMAT,
  version: VERSION,
  settings: write(state.definition),
  ...(state.createdAt === undefined ? {} : { createdAt: state.createdAt }),
  isPaused: state.isPaused,
  attributes: Object.fromEntries(state.attributes),
  trials: state.trials.map((trial) => ofTrial(trial, state.definition.space.open))
})

/** Why a document is refused. */
export type Refusal = InvalidRecord | ReadRefusal

const parse = SchemaParser.decodeUnknownResult(StudyJson, { onExcessProperty: "error" })

/** Reads a parsed JSON document. */
export const decode = (json: unknown, makers?: Makers): Result.Result<Made, Refusal> =>
  Result.gen(function* () {
    const document = yield* Result.mapError(parse(json), (issue) => new InvalidRecord(faultOf(issue)))
    const { attributes, createdAt, isPaused, settings } = document
    const trials: Array<TrialRecord> = []
    for (const [index, trial] of document.trials.entries()) trials.push(yield* parseTrial(trial, index))
    const definition = yield* read(settings, makers)
    return yield* make(definition, { attributes, createdAt, isPaused, trials })
  })

/** Reads the text of a document. */
export const parseText = (text: string, makers?: Makers): Result.Result<Made, Refusal> => {
  const json = Result.try({
    try: (): unknown => JSON.parse(text),
    catch: (thrown) => new InvalidRecord({ field: "", problem: `is not JSON: ${String(thrown)}` })
  })
  return Result.flatMap(json, (value) => decode(value, makers))
}
