/**
 * Grid search: every combination of values once; then there is nothing more to ask for.
 *
 * Combinations come as on a counter: the variables stand in their declared order, the last one turns fastest. A variable is
 * part of a combination only where it is active, so that none comes twice; combinations that violate constraints of the space
 * are left out. Choices, whole numbers and steps take all their values; a continuous variable takes `points` of them, evenly
 * from bound to bound (in the logarithm, if it is logarithmic; as its prior has it, if there is one). `points.NAME` does the
 * same for one numeric variable of any type.
 *
 * The next trial is the first combination that nobody has tried: all trials of history count, failed ones too, and pending ones,
 * wherever they came from. When all have been tried, `isExhausted` says so and a study stops; whoever goes on asking is led
 * through the grid again.
 *
 * **When to use** Few variables with few values each, all of which must be seen.
 *
 * **Guarantees** Each of the `size` combinations is suggested once, whatever workers ask at once. The seed does not matter.
 *
 * **Does not guarantee** Anything of a grid that is not run to its end: its first trials differ in the last variables only.
 *
 * **Example**
 *
 * ```ts
 * import { Grid, SearchSpace } from "@mabeam/optimize"
 * import { Result } from "effect"
 *
 * const space = SearchSpace.makeUnsafe({
 *   depth: SearchSpace.int(1, 2),
 *   rate: SearchSpace.when("depth = 2", SearchSpace.float(0, 1))
 * })
 * const grid = Result.getOrThrow(Grid.of(space, { points: 3 }))
 * Array.from({ length: grid.size }, (_, i) => grid.at(i)) // => [{ depth: 1 }, { depth: 2, rate: 0 }, { depth: 2, rate: 0.5 }, { depth: 2, rate: 1 }]
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import * as Tree from "../internal/gridTree.ts"
import { whole, withDefault } from "../internal/optionSchema.ts"
import { build, encodeUnsafe, violated } from "../space/SearchSpace.ts"
import type { Declaration, Params, SearchSpace, Value } from "../space/SearchSpace.ts"
import { InvalidOptions, parseOptions } from "./Sampler.ts"
import type { OptionsJson, Request, Sampler } from "./Sampler.ts"

const Points = whole(1, Tree.VALUES_MAX)

/** The options with their defaults. */
export const Options = Schema.StructWithRest(
  Schema.Struct({
    /** Values of each continuous variable; 1 is the middle. 1 … 10,000, default 5. */
    points: withDefault(Points, 5)
  }),
  // `points.NAME`: at most so many values of this numeric variable.
  [Schema.Record(Schema.TemplateLiteral(["points.", Schema.String]), Points)]
)
export type Options = typeof Options.Type

/** What is used where nothing is told. */
export const defaults: Options = Schema.decodeSync(Options)({})

/** The grid over a space. */
export interface Grid<D extends Declaration = Declaration> {
  /** How many combinations there are. */
  readonly size: number
  /** The combination at a place, from 0 to `size` − 1. */
  readonly at: (index: number) => Params<D>
  /** The place of parameters of the space; `undefined` if they are not on the grid. */
  readonly indexOf: (params: Params<D>) => number | undefined
}

/** Most combinations of a space with constraints, before those that violate them are left out. */
export const CONSTRAINED_MAX = 1_000_000

/** The values of each variable, or the option at fault and the sentence for it. */
const valuesOf = (
  { variables }: SearchSpace,
  options: Options
): Result.Result<ReadonlyArray<ReadonlyArray<Value>>, InvalidOptions> => {
  const wanted = new Map(Object.entries(options))
  const refuse = (option: string, problem: string) =>
    Result.fail(new InvalidOptions({ owner: "grid", path: [option], problem }))
  const all: Array<ReadonlyArray<Value>> = []
  for (const { axis, domain, name } of variables) {
    const own = wanted.get(`points.${name}`)
    wanted.delete(`points.${name}`)
    const isNumeric = domain.type === "float" || domain.type === "int"
    if (own !== undefined && !isNumeric) return refuse(`points.${name}`, `a variable of type ${domain.type} takes all`)
    const count = own ?? (axis.cells === 0 ? options.points : Number.POSITIVE_INFINITY)
    if (axis.cells > 0 && axis.cells <= count) {
      if (axis.cells > Tree.VALUES_MAX) {
        return refuse(`points.${name}`, `is needed: "${name}" has ${axis.cells} values, more than ${Tree.VALUES_MAX}`)
      }
      // Steps below the resolution of doubles give the same value twice.
      all.push([...new Set(Array.from({ length: axis.cells }, (_, i) => axis.fromUnit(axis.middle(i))))])
      continue
    }
    const [low, high] = isNumeric ? [domain.low, domain.high] : [axis.fromUnit(0), axis.fromUnit(1)]
    const [from, to] = axis.cells === 0 ? [0, 1] : [axis.middle(0), axis.middle(axis.cells - 1)]
    const inner = Array.from({ length: Math.max(0, count - 2) }, (_, i) =>
      axis.fromUnit(from + ((to - from) * (i + 1)) / (count - 1))
    )
    all.push(count === 1 ? [axis.fromUnit(0.5)] : [...new Set([low, ...inner, high])])
  }
  wanted.delete("points")
  const [unknown] = wanted.keys()
  return unknown === undefined ? Result.succeed(all) : refuse(unknown, "names no variable of this space")
}

/** The grid over a space, or which option does not fit the space and why. */
export const of = <D extends Declaration>(
  space: SearchSpace<D>,
  options: Options = defaults
): Result.Result<Grid<D>, InvalidOptions> => {
  const refuse = (problem: string) => Result.fail(new InvalidOptions({ owner: "grid", path: ["points"], problem }))
  if (space.open) return refuse("a grid needs a space whose variables are all declared beforehand")
  return Result.flatMap(valuesOf(space, options), (values) => {
    const tree = Tree.build(space.variables, values)
    if (tree === undefined) return refuse("the grid has more combinations than can be counted; take fewer")
    const at = (index: number): Params<D> => {
      const places = Tree.placesAt(tree, index)
      return build(space, (_, variable) => values[variable]![places[variable]!]!)
    }
    const lookups = values.map((each) => new Map<unknown, number>(each.map((value, place) => [value, place])))
    const indexOf = (params: Params<D>): number | undefined => {
      const given = new Map<string, unknown>(Object.entries(params))
      return Tree.indexOf(tree, (variable) => lookups[variable]!.get(given.get(space.variables[variable]!.name)))
    }
    if (space.constraints.length === 0) return Result.succeed({ size: tree.total, at, indexOf })
    if (tree.total > CONSTRAINED_MAX) {
      return refuse(`with constraints, a grid has at most ${CONSTRAINED_MAX} combinations, this one has ${tree.total}`)
    }
    const kept: Array<number> = []
    for (let index = 0; index < tree.total; index++) if (violated(space, at(index)) === undefined) kept.push(index)
    if (kept.length === 0) return refuse("no combination keeps the constraints of the space")
    const ranks = new Map(kept.map((index, rank) => [index, rank]))
    return Result.succeed({
      size: kept.length,
      at: (index) => at(kept[index]!),
      indexOf: (params) => ranks.get(indexOf(params) ?? -1)
    })
  })
}

/** How often each place of the grid has been tried. */
const visits = <D extends Declaration>(
  { history, pending, space }: Request<D>,
  indexOf: Grid<D>["indexOf"]
): ReadonlyMap<number, number> => {
  const counts = new Map<number, number>()
  for (const { params } of [...history, ...pending]) {
    // Refuses parameters that are not of the space.
    encodeUnsafe(space, params)
    const index = indexOf(params)
    if (index !== undefined) counts.set(index, (counts.get(index) ?? 0) + 1)
  }
  return counts
}

/** The first of the places that have been tried least. */
const nextPlace = (size: number, counts: ReadonlyMap<number, number>): number => {
  let least = 0
  if (counts.size === size) {
    least = Number.POSITIVE_INFINITY
    for (const count of counts.values()) least = Math.min(least, count)
  }
  let place = 0
  while ((counts.get(place) ?? 0) > least) place++
  return place
}

/** The sampler. Options left out take their defaults; which `points.NAME` fit is seen when the space is known. */
export const make = (options: OptionsJson = {}): Result.Result<Sampler, InvalidOptions> =>
  Result.map(parseOptions("grid", Options, options), (settings): Sampler => {
    const known = new WeakMap<SearchSpace, Result.Result<Grid, InvalidOptions>>()
    const gridOf = (space: SearchSpace) => {
      const grid = known.get(space) ?? of(space, settings)
      known.set(space, grid)
      return grid
    }
    const knownOf = (request: Request) => {
      const grid = Result.getOrThrowWith(gridOf(request.space), (error) => error)
      return { grid, counts: visits(request, grid.indexOf) }
    }
    return {
      name: "grid",
      options: settings,
      objectives: "many",
      refusal: (space) => Result.match(gridOf(space), { onFailure: (error) => error, onSuccess: () => undefined }),
      isExhausted: (request) => {
        const { counts, grid } = knownOf(request)
        return counts.size === grid.size
      },
      suggest: <D extends Declaration>(request: Request<D>) => {
        const { counts, grid } = knownOf(request)
        // The grid is that of the request's space.
        return grid.at(nextPlace(grid.size, counts)) as Params<D>
      }
    }
  })
