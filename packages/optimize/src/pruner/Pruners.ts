/**
 * The pruners of this package by name, as files and stored studies write them.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { InvalidOptions, OptionsJson } from "../sampler/Sampler.ts"
import type { Pruner } from "./Pruner.ts"
import { none } from "./Pruner.ts"

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

/** Makes a pruner from its options. */
export type Maker = (options: OptionsJson) => Result.Result<Pruner, InvalidOptions>

const noPruner: Maker = (options) => {
  const [extra] = Object.keys(options)
  return extra === undefined
    ? Result.succeed(none)
    : Result.fail(new InvalidOptions({ owner: "none", path: [extra], problem: "this pruner has no options" }))
}

/** The pruners of this package. */
export const makers: ReadonlyMap<string, Maker> = new Map<string, Maker>([["none", noPruner]])

/** Makes the pruner that is written down. `more` adds pruners of one's own, or replaces these. */
export const decode = (
  json: PrunerJson,
  more: ReadonlyMap<string, Maker> = new Map()
): Result.Result<Pruner, UnknownPruner | InvalidOptions> => {
  const maker = more.get(json.name) ?? makers.get(json.name)
  if (maker !== undefined) return maker(json.options)
  return Result.fail(new UnknownPruner({ name: json.name, known: [...makers.keys(), ...more.keys()] }))
}

/** Writes a pruner down. */
export const encode = ({ name, options }: Pruner): PrunerJson => ({ name, options })
