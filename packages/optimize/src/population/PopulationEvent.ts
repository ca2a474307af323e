/**
 * What happens to a population, as it is written down. A population is nothing but its events in their order.
 *
 * **Guarantees** Every event is plain JSON.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { Direction } from "../sampler/Sampler.ts"
import { SpaceJson } from "../space/SpaceJson.ts"
import { ParamsJson } from "../study/StudyEvent.ts"
import { real, whole, withDefault } from "../internal/optionSchema.ts"

/** The options with their defaults. */
export const Options = Schema.Struct({
  /** Whether small or large values are wanted. Default `minimize`. */
  direction: withDefault(Direction, "minimize"),
  /** A safe integer. Default 0. */
  seed: withDefault(Schema.Int, 0),
  /** Steps after which a member may copy another one. 1 … 2^40, default 1. */
  interval: withDefault(whole(1, 2 ** 40), 1),
  /** How a member finds out whether to copy and whom. Default `truncation`. */
  exploit: withDefault(Schema.Literals(["truncation", "tournament"]), "truncation"),
  /** Of `truncation`: which share of the members, at either end, copies and is copied. Above 0 … 0.5, default 0.2. */
  fraction: withDefault(real(1e-6, 0.5), 0.2),
  /** How likely a variable is drawn anew rather than changed. 0 … 1, default 0.25. */
  resample: withDefault(real(0, 1), 0.25),
  /** A number is multiplied by this … Above 0 … 1, default 0.8. */
  shrink: withDefault(real(1e-6, 1), 0.8),
  /** … or by this. 1 … 1,000, default 1.2. */
  grow: withDefault(real(1, 1_000), 1.2)
})
export type Options = typeof Options.Type

const member = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** `Begun` comes first and once; each `Reported` of a member that is ready is followed by its `Kept` or `Copied`. */
export const PopulationEvent = Schema.TaggedUnion({
  Begun: { space: SpaceJson, options: Options, params: Schema.Array(ParamsJson) },
  /** The member has trained up to a step, is worth so much, and can be taken up from its checkpoint. */
  Reported: { member, step: Schema.Int, value: Schema.Finite, checkpoint: Schema.String },
  /** The member was ready and goes on as it is. */
  Kept: { member },
  /** The member takes the checkpoint of another one, and goes on with these parameters. */
  Copied: { member, from: member, params: ParamsJson }
})
export type PopulationEvent = typeof PopulationEvent.Type
