/**
 * The pruners of this package by name, as files and stored studies write them.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { OptionsJson, refuseOptions } from "../sampler/Sampler.ts"
import type { InvalidOptions } from "../sampler/Sampler.ts"
import * as Asha from "./Asha.ts"
import * as Hyperband from "./Hyperband.ts"
import * as Median from "./Median.ts"
import * as Patient from "./Patient.ts"
import * as Percentile from "./Percentile.ts"
import type { Pruner } from "./Pruner.ts"
import { none } from "./Pruner.ts"
import * as SuccessiveHalving from "./SuccessiveHalving.ts"
import * as Threshold from "./Threshold.ts"
import * as Wilcoxon from "./Wilcoxon.ts"

/** A pruner written down. */
export const PrunerJson = Schema.Struct({ name: Schema.String, options: OptionsJson })
export type PrunerJson = typeof PrunerJson.Type

/** No pruner of this name is known here. */
export class UnknownPruner extends Schema.TaggedError<UnknownPruner>("@mabeam/optimize/Pruners/UnknownPruner")(
  "UnknownPruner",
  { name: Schema.String, known: Schema.Array(Schema.String) }
) {
  override get message() {
    return `there is no pruner "${this.name}"; there are ${this.known.join(", ")}`
  }
}

/** Makes a pruner from its options. `decode` makes one that is named in them, for pruners around others. */
export type Maker = (
  options: OptionsJson,
  decode: (json: PrunerJson) => Result.Result<Pruner, UnknownPruner | InvalidOptions>
) => Result.Result<Pruner, InvalidOptions>

const noPruner: Maker = (options) => Result.map(refuseOptions("none", "pruner", options), () => none)

/** The pruners of this package. */
export const makers: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ["asha", Asha.make],
  ["hyperband", Hyperband.make],
  ["median", Median.make],
  ["none", noPruner],
  ["patient", Patient.decode],
  ["percentile", Percentile.make],
  ["sha", SuccessiveHalving.make],
  ["threshold", Threshold.make],
  ["wilcoxon", Wilcoxon.make]
])

/** Makes the pruner that is written down. `more` adds pruners of one's own, or replaces these. */
export const decode = (
  json: PrunerJson,
  more: ReadonlyMap<string, Maker> = new Map()
): Result.Result<Pruner, UnknownPruner | InvalidOptions> => {
  const maker = more.get(json.name) ?? makers.get(json.name)
  if (maker !== undefined) return maker(json.options, (inner) => decode(inner, more))
  return Result.fail(new UnknownPruner({ name: json.name, known: [...makers.keys(), ...more.keys()] }))
}

/** Writes a pruner down. */
export const encode = ({ name, options }: Pruner): PrunerJson => ({ name, options })
