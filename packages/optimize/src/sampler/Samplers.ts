/**
 * The samplers of this package by name, as files and stored studies write them.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import * as Auto from "./Auto.ts"
import * as CmaEs from "./CmaEs.ts"
import * as DifferentialEvolution from "./DifferentialEvolution.ts"
import * as GaussianProcess from "./GaussianProcess.ts"
import * as Grid from "./Grid.ts"
import * as LatinHypercube from "./LatinHypercube.ts"
import * as NsgaII from "./NsgaII.ts"
import * as Random from "./Random.ts"
import { OptionsJson, refuseOptions } from "./Sampler.ts"
import type { InvalidOptions, Sampler } from "./Sampler.ts"
import * as Sobol from "./Sobol.ts"
import * as Tpe from "./Tpe.ts"
import * as TpeMultivariate from "./TpeMultivariate.ts"

/** A sampler written down. */
export const SamplerJson = Schema.Struct({ name: Schema.String, options: OptionsJson })
export type SamplerJson = typeof SamplerJson.Type

/** No sampler of this name is known here. */
export class UnknownSampler extends Schema.TaggedError<UnknownSampler>("@mabeam/optimize/Samplers/UnknownSampler")(
  "UnknownSampler",
  { name: Schema.String, known: Schema.Array(Schema.String) }
) {
  override get message() {
    return `there is no sampler "${this.name}"; there are ${this.known.join(", ")}`
  }
}

/** Makes a sampler from its options. */
export type Maker = (options: OptionsJson) => Result.Result<Sampler, InvalidOptions>

const random: Maker = (options) => Result.map(refuseOptions("random", "sampler", options), Random.make)

/** The samplers of this package. */
export const makers: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ["auto", Auto.make],
  ["cmaes", CmaEs.make],
  ["de", DifferentialEvolution.make],
  ["gp", GaussianProcess.make],
  ["grid", Grid.make],
  ["lhs", LatinHypercube.make],
  ["nsga2", NsgaII.make],
  ["random", random],
  ["sobol", Sobol.make],
  ["tpe", Tpe.make],
  ["tpe-multivariate", TpeMultivariate.make]
])

/** Makes the sampler that is written down. `more` adds samplers of one's own, or replaces these. */
export const decode = (
  json: SamplerJson,
  more: ReadonlyMap<string, Maker> = new Map()
): Result.Result<Sampler, UnknownSampler | InvalidOptions> => {
  const maker = more.get(json.name) ?? makers.get(json.name)
  if (maker !== undefined) return maker(json.options)
  return Result.fail(new UnknownSampler({ name: json.name, known: [...makers.keys(), ...more.keys()] }))
}

/** Writes a sampler down. */
export const encode = ({ name, options }: Sampler): SamplerJson => ({ name, options })
