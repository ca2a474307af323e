/**
 * Parameters that are vectors, laid onto plain variables: a probability simplex and a box of embeddings.
 *
 * A composite gives the variables for a declaration and reads its vector out of a trial's parameters. Samplers, stores and
 * plots see nothing but numbers, named `mix.0`, `mix.1` and so on.
 *
 * - `simplex(name, size)`: weights of at least 0 whose sum is 1, from `size − 1` variables by stick breaking: each says how
 *   much of what the earlier ones have left remains after it. Drawing the variables evenly draws the weights evenly from the
 *   simplex, i.e. from Dirichlet(1, …, 1) (Devroye, "Non-Uniform Random Variate Generation", 1986, chapter XI.4).
 * - `embedding(name, bounds)`: a vector within `[low, high]` in each dimension.
 *
 * **Guarantees** `read(write(vector))` is the vector up to 1e-12 (1e-9 if the sum was not exactly 1), or `write` throws; the weights of a simplex are at least 0 and sum to 1, up to
 * rounding.
 *
 * **Example**
 *
 * ```ts
 * import { Composite, SearchSpace } from "@mabeam/optimize"
 *
 * const mix = Composite.simplex("mix", 3)
 * const space = SearchSpace.makeUnsafe({ rate: SearchSpace.logFloat(1e-5, 1), ...mix.variables })
 * const weights = mix.read(SearchSpace.sample(space, { seed: 1 }))
 * weights.length // => 3
 * Math.abs(weights.reduce((sum, weight) => sum + weight) - 1) < 1e-12 // => true
 * mix.read(mix.write([0.5, 0.25, 0.25])).map((weight) => weight.toFixed(2)) // => ["0.50", "0.25", "0.25"]
 * ```
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import type { Variable } from "./Variable.ts"
import { float } from "./Variable.ts"

/** A vector laid onto variables. */
export interface Composite<Name extends string = string> {
  readonly name: Name
  /** How many numbers the vector has. */
  readonly size: number
  /** To be spread into a declaration. */
  readonly variables: { readonly [K in `${Name}.${number}`]: Variable<number, false> }
  /** The vector of parameters that have all of the composite's variables; 0 for one that is missing. */
  readonly read: (params: { readonly [name: string]: unknown }) => Array<number>
  /** The parameters of a vector, for example to enqueue a known good one. Throws `InvalidVector`. */
  readonly write: (vector: ReadonlyArray<number>) => { readonly [K in `${Name}.${number}`]: number }
}

/** The vector has another size, does not lie in the simplex or the box, or is beyond what doubles can say of its variables. */
export class InvalidVector extends Schema.TaggedError<InvalidVector>("@mabeam/optimize/Composite/InvalidVector")(
  "InvalidVector",
  { name: Schema.String, problem: Schema.String }
) {
  override get message() {
    return `${this.name}: ${this.problem}`
  }
}

const problemOfSize = (size: number): string | undefined =>
  Number.isSafeInteger(size) && size >= 1 && size <= 1_000 ? undefined : `a vector has 1 to 1000 numbers, not ${size}`

/** How far the sum of given weights may be from 1. */
const SUM_TOLERANCE = 1e-9

const record = <Name extends string, A>(name: Name, all: ReadonlyArray<A>) =>
  // The names are built just here; TypeScript does not follow template literals through `fromEntries`.
  Object.fromEntries(all.map((each, index) => [`${name}.${index}`, each])) as { readonly [K in `${Name}.${number}`]: A }

const numberAt = (params: { readonly [name: string]: unknown }, name: string): number => {
  const value = params[name]
  return typeof value === "number" ? value : 0
}

/** The weights of a simplex, one more than there are shares. */
const weightsOf = (shares: ReadonlyArray<number>): Array<number> => {
  const weights: Array<number> = []
  let left = 1
  for (const [index, share] of shares.entries()) {
    // What remains after this part is the largest of as many even draws as are still to come.
    const rest = left * share ** (1 / (shares.length - index))
    weights.push(left - rest)
    left = rest
  }
  return [...weights, left]
}

/** `size` weights whose sum is 1; 2 … 1,000 of them. */
export const simplex = <const Name extends string>(name: Name, size: number): Composite<Name> => {
  const problem = problemOfSize(size) ?? (size < 2 ? "a simplex has at least 2 weights" : undefined)
  if (problem !== undefined) throw new InvalidVector({ name, problem })
  const breaks = size - 1
  return {
    name,
    size,
    variables: record(
      name,
      Array.from({ length: breaks }, () => float(0, 1))
    ),
    read: (params) => weightsOf(Array.from({ length: breaks }, (_, index) => numberAt(params, `${name}.${index}`))),
    write: (vector) => {
      const sum = vector.reduce((total, weight) => total + weight, 0)
      const wrong = vector.find((weight) => !(weight >= 0 && weight <= 1 + SUM_TOLERANCE))
      if (vector.length !== size)
        throw new InvalidVector({ name, problem: `has ${size} weights, not ${vector.length}` })
      if (wrong !== undefined)
        throw new InvalidVector({ name, problem: `a weight lies between 0 and 1, not at ${wrong}` })
      if (Math.abs(sum - 1) > SUM_TOLERANCE)
        throw new InvalidVector({ name, problem: `the weights sum to ${sum}, not to 1` })
      // Sums from the end, so that small remainders are exact.
      const remaining = vector.reduceRight<Array<number>>((ends, weight) => [weight + (ends[0] ?? 0), ...ends], [])
      const shares = remaining.slice(0, breaks).map((before, index) => {
        const after = remaining[index + 1] ?? 0
        return before > 0 ? Math.min(1, (after / before) ** (breaks - index)) : 0
      })
      // Powers of small shares may come to 0, and then nothing would be left for the others.
      const again = weightsOf(shares)
      if (again.some((weight, index) => !(Math.abs(weight - (vector[index] ?? 0)) <= SUM_TOLERANCE))) {
        throw new InvalidVector({ name, problem: `the weights are too uneven for ${size} of them` })
      }
      return record(name, shares)
    }
  }
}

/** A vector within its bounds, one pair for each dimension; 1 … 1,000 of them. */
export const embedding = <const Name extends string>(
  name: Name,
  bounds: ReadonlyArray<readonly [low: number, high: number]>
): Composite<Name> => {
  const problem = problemOfSize(bounds.length)
  if (problem !== undefined) throw new InvalidVector({ name, problem })
  return {
    name,
    size: bounds.length,
    variables: record(
      name,
      bounds.map(([low, high]) => float(low, high))
    ),
    read: (params) => bounds.map((_, index) => numberAt(params, `${name}.${index}`)),
    write: (vector) => {
      if (vector.length !== bounds.length) {
        throw new InvalidVector({ name, problem: `has ${bounds.length} numbers, not ${vector.length}` })
      }
      for (const [index, value] of vector.entries()) {
        const [low, high] = bounds[index] ?? [0, 0]
        if (!(value >= low && value <= high)) {
          throw new InvalidVector({ name, problem: `number ${index} lies between ${low} and ${high}, not at ${value}` })
        }
      }
      return record(name, vector)
    }
  }
}
