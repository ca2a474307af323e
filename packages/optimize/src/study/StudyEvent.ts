/**
 * What happens to a study, as it is written down. A study is nothing but its events in their order.
 *
 * **Guarantees** Every event is plain JSON.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { Direction } from "../sampler/Sampler.ts"
import { SamplerJson } from "../sampler/Samplers.ts"
import { SpaceJson } from "../space/SpaceJson.ts"

const TrialNumber = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** Parameters as JSON. */
export const ParamsJson = Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Finite, Schema.Boolean]))

/** `Created` comes first and once; then any number of trials, each `Asked` once and ended once. */
export const StudyEvent = Schema.TaggedUnion({
  Created: {
    space: SpaceJson,
    sampler: SamplerJson,
    direction: Direction,
    seed: Schema.Int,
    trialsMax: Schema.Int.check(Schema.isGreaterThan(0))
  },
  /** Trials are numbered from 0 without gaps. `sampler` is the name of what suggested the parameters, or "given". */
  Asked: { number: TrialNumber, params: ParamsJson, sampler: Schema.String },
  Told: { number: TrialNumber, value: Schema.Finite },
  Failed: { number: TrialNumber, reason: Schema.String },
  Pruned: {
    number: TrialNumber,
    step: Schema.optionalKey(Schema.Finite),
    value: Schema.optionalKey(Schema.Finite)
  }
})
export type StudyEvent = typeof StudyEvent.Type
