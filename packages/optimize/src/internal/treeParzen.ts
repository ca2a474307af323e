/**
 * The engine of the tree-structured Parzen estimators: which trials are good, which are not, and where the next one should lie.
 *
 * @since 0.1.0
 */
import * as Condition from "../space/Condition.ts"
import { build, encodeUnsafe } from "../space/SearchSpace.ts"
import type { Declaration, Params, SearchSpace, SpaceVariable, Value } from "../space/SearchSpace.ts"
import { streams } from "../sampler/Sampler.ts"
import type { Pending, Request } from "../sampler/Sampler.ts"
import type { Point } from "./dominance.ts"
import { fronts } from "./dominance.ts"
import { contributions, normalized, select } from "./hypervolumeSelection.ts"
import * as Parzen from "./parzen.ts"
import * as RandomStream from "./random.ts"
import { isTelling, minimized, rank, violation } from "./ranking.ts"
import type { Telling } from "./ranking.ts"
import { untried } from "./tried.ts"

/** What the temperament of a sampler decides. */
export interface Settings {
  readonly startup: number
  readonly goodFraction: number
  readonly goodMax: number
  readonly candidates: number
  readonly exploration: number
  readonly priorWeight: number
}

/** What is known, by row: one for each trial that tells something or is pending, in the order of their numbers. */
interface Evidence {
  readonly rows: number
  /** For each variable the places of all trials, `NaN` where it is inactive. */
  readonly columns: ReadonlyArray<Float64Array>
  /** By row: the value of a single objective, to be minimized, of those that keep the constraints; else `NaN`. */
  readonly values: Float64Array
  /** How many rows are ended trials; the others are pending. */
  readonly ended: number
  /** The rows of the ended trials, best first. */
  readonly ranking: () => Uint32Array
  /** Of several objectives, by row: the values of those that keep the constraints, to be minimized. */
  readonly points: ReadonlyMap<number, Point>
}

/** More objectives than this are told apart by fronts and loneliness alone: hypervolumes take too long. */
const VOLUME_OBJECTIVES_MAX = 4

const byNumber = <D extends Declaration>(trials: ReadonlyArray<Telling<D> | Pending<D>>) =>
  trials.every(({ number }, i) => i === 0 || trials[i - 1]!.number <= number)
    ? trials
    : trials.toSorted((a, b) => a.number - b.number)

/** The places of some parameters, one column for each variable. */
interface Placed {
  readonly params: ReadonlyArray<object>
  readonly columns: ReadonlyArray<Float64Array>
}

/** What was placed last in a space: the next request lists the same trials, and some more. */
const placed = new WeakMap<object, Placed>()

/** Apart from the loop over the rows: called that often, it is compiled well. */
const write = (columns: ReadonlyArray<Float64Array>, row: number, point: Float64Array): void => {
  for (let variable = 0; variable < columns.length; variable++) columns[variable]![row] = point[variable]!
}

/** The places of all trials, `NaN` where a variable is inactive. What was placed before is copied: to look up 10,000 points takes 3 ms. */
const columnsOf = <D extends Declaration>(
  space: SearchSpace<D>,
  trials: ReadonlyArray<Pending<D>>
): ReadonlyArray<Float64Array> => {
  const known = placed.get(space)
  const most = Math.min(known?.params.length ?? 0, trials.length)
  let same = 0
  while (same < most && known!.params[same] === trials[same]!.params) same++
  const columns = space.variables.map((_, variable) => {
    const column = new Float64Array(trials.length)
    if (same > 0) column.set(known!.columns[variable]!.subarray(0, same))
    return column
  })
  let frozen = same
  for (let row = same; row < trials.length; row++) {
    const { params } = trials[row]!
    write(columns, row, encodeUnsafe(space, params))
    if (frozen === row && Object.isFrozen(params)) frozen++
  }
  placed.set(space, { params: trials.slice(0, frozen).map(({ params }) => params), columns })
  return columns
}

const gather = <D extends Declaration>({ directions, history, pending, space }: Request<D>): Evidence => {
  const telling = history.filter(isTelling)
  const trials = byNumber([...telling, ...pending])
  const columns = columnsOf(space, trials)
  const values = new Float64Array(trials.length).fill(Number.NaN)
  const points = new Map<number, Point>()
  const hasPoints = directions.length > 1 && directions.length <= VOLUME_OBJECTIVES_MAX
  const sign = directions[0] === "maximize" ? -1 : 1
  for (let row = 0; row < trials.length; row++) {
    const trial = trials[row]!
    const complete = "values" in trial && violation(trial) === 0 ? trial.values : undefined
    if (complete === undefined) continue
    if (directions.length === 1) values[row] = sign * complete[0]!
    else if (hasPoints) points.set(row, minimized(complete, directions))
  }
  let known: Uint32Array | undefined
  const ranking = () => {
    if (known !== undefined) return known
    const rows = new Map(trials.map(({ number }, row) => [number, row]))
    known = Uint32Array.from(rank(telling, directions), ({ number }) => rows.get(number)!)
    return known
  }
  return { rows: trials.length, columns, values, ended: telling.length, ranking, points }
}

/** How many of the newest trials have full weight; before them it falls in a line to 1 / n. */
const RECENT = 25

const recencyWeights = (n: number): Float64Array => {
  const weights = new Float64Array(n).fill(1)
  const old = n - RECENT
  for (let i = 0; i < old; i++) weights[i] = old === 1 ? 1 / n : 1 / n + ((1 - 1 / n) * i) / (old - 1)
  return weights
}

/** Least weight of a good trial beside the one that adds most hypervolume. */
const LEAST_WEIGHT = 0.01

/** Gives the good ones of ranked rows their weights; the others keep 0. */
type Mark = (weights: Float64Array, ranked: Uint32Array, count: number) => void

const markFirst: Mark = (weights, ranked, count) => {
  for (let i = 0; i < count; i++) weights[ranked[i]!] = 1
}

/**
 * With several objectives: whole fronts while they fit, of the next one those that add most hypervolume, each weighed by
 * what it alone dominates.
 */
const markVolumes =
  (points: ReadonlyMap<number, Point>): Mark =>
  (weights, ranked, count) => {
    const told = [...ranked].filter((row) => points.has(row))
    const scaled = normalized(told.map((row) => points.get(row)!))
    const good: Array<number> = []
    for (const front of fronts(scaled)) {
      const room = count - good.length
      if (room <= 0) break
      const beside = good.map((i) => scaled[i]!)
      const of = front.map((i) => scaled[i]!)
      good.push(...(front.length <= room ? front : select(of, room, beside).map((i) => front[i]!)))
    }
    const gains = contributions(good.map((i) => scaled[i]!))
    const most = gains.reduce((a, b) => Math.max(a, b), 0)
    for (const [k, i] of good.entries()) {
      weights[told[i]!] = Math.max(LEAST_WEIGHT, most > 0 ? gains[k]! / most : 1)
    }
    // Where too few keep the constraints, the least violations are next.
    let missing = count - good.length
    for (const row of ranked) if (missing > 0 && weights[row] === 0 && missing-- > 0) weights[row] = LEAST_WEIGHT
  }

/** The value that so many of a group's values do not exceed, if there are so many; `count` is at least 1. */
const boundOf = (values: Float64Array, lead: Float64Array, count: number): number | undefined => {
  const least = new Float64Array(2 * count + 64)
  let kept = 0
  let bound = Number.NaN
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!
    if (value >= bound || Number.isNaN(value) || Number.isNaN(lead[row]!)) continue
    least[kept++] = value
    if (kept < least.length) continue
    least.sort()
    kept = count
    bound = least[count - 1]!
  }
  return kept < count ? undefined : least.subarray(0, kept).sort()[count - 1]!
}

/** Marks so many of the least values, of equals the first ones; false if there are not so many. */
const markLeast = (weights: Float64Array, values: Float64Array, lead: Float64Array, count: number): boolean => {
  if (count === 0) return true
  const bound = boundOf(values, lead, count)
  if (bound === undefined) return false
  let left = count
  for (let row = 0; row < values.length; row++) {
    if (values[row]! < bound && !Number.isNaN(lead[row]!)) weights[row] = 1
    left -= weights[row]!
  }
  for (let row = 0; left > 0; row++) {
    if (values[row] !== bound || Number.isNaN(lead[row]!)) continue
    weights[row] = 1
    left--
  }
  return true
}

/** The trials of a group, good ones and others, each in the order of their numbers. */
interface Split {
  readonly good: Uint32Array
  readonly ofGood: Float64Array
  readonly other: Uint32Array
  readonly ofOther: Float64Array
}

const split = (evidence: Evidence, lead: Float64Array, told: number, settings: Settings): Split => {
  const { points, rows, values } = evidence
  const count = Math.min(Math.ceil(settings.goodFraction * told), settings.goodMax)
  const weights = new Float64Array(rows)
  if (!markLeast(weights, values, lead, count)) {
    const mark = points.size === 0 ? markFirst : markVolumes(points)
    mark(weights, rankedOf(evidence, lead), count)
  }
  const good = new Uint32Array(count)
  const other = new Uint32Array(rows)
  let goods = 0
  let others = 0
  for (let row = 0; row < rows; row++) {
    if (Number.isNaN(lead[row]!)) continue
    if (weights[row]! > 0) good[goods++] = row
    else other[others++] = row
  }
  const ofGood = points.size === 0 ? recencyWeights(count) : Float64Array.from(good, (row) => weights[row]!)
  return { good, ofGood, other: other.subarray(0, others), ofOther: recencyWeights(others) }
}

const isEverywhere = (column: Float64Array): boolean => {
  for (let row = 0; row < column.length; row++) if (Number.isNaN(column[row]!)) return false
  return true
}

/** Splits by the variable that leads a group. What all trials have is split once: all such groups split alike. */
const splitter = (evidence: Evidence, settings: Settings): ((lead: Float64Array) => Split) => {
  let ofAll: Split | undefined
  return (lead) =>
    isEverywhere(lead)
      ? (ofAll ??= split(evidence, lead, evidence.ended, settings))
      : split(evidence, lead, rankedOf(evidence, lead).length, settings)
}

/** The rows of a group's ended trials, best first. */
const rankedOf = ({ ranking }: Evidence, lead: Float64Array): Uint32Array =>
  ranking().filter((row) => !Number.isNaN(lead[row]!))

const at = (column: Float64Array, rows: Uint32Array): Float64Array => {
  const places = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) places[i] = column[rows[i]!]!
  return places
}

/** Draws candidates from the good trials' estimator and keeps the one that is likeliest to be good. */
const choose = (
  { good, ofGood, ofOther, other }: Split,
  variables: ReadonlyArray<SpaceVariable>,
  columns: ReadonlyArray<Float64Array>,
  settings: Settings,
  random: RandomStream.Stream
): Float64Array => {
  const axes = variables.map(({ axis }) => axis)
  const mixtureOf = (rows: Uint32Array, weights: Float64Array) =>
    Parzen.mixture(
      axes,
      columns.map((column) => at(column, rows)),
      weights,
      settings.priorWeight
    )
  const l = mixtureOf(good, ofGood)
  const g = mixtureOf(other, ofOther)
  const room = Parzen.room(Math.max(l.size, g.size))
  let chosen = Parzen.draw(l, random)
  let highest = Number.NEGATIVE_INFINITY
  for (let i = 0, point = chosen; i < settings.candidates; i++, point = Parzen.draw(l, random)) {
    const odds = Parzen.closeness(l, point, room) / Parzen.closeness(g, point, room)
    if (odds > highest) {
      chosen = point
      highest = odds
    }
  }
  return chosen
}

/**
 * The variables that are chosen together, by index. Jointly: those with the same condition; in an open space, those that the same
 * trials have.
 */
const groupsOf = (
  space: SearchSpace,
  { columns, rows }: Evidence,
  joint: boolean
): ReadonlyArray<ReadonlyArray<number>> => {
  if (!joint) return space.variables.map((_, index) => [index])
  const groups = new Map<string, Array<number>>()
  for (const [index, { condition }] of space.variables.entries()) {
    let key = condition === undefined ? "" : Condition.print(condition)
    if (space.open) for (let row = 0; row < rows; row++) key += Number.isNaN(columns[index]![row]!) ? "0" : "1"
    groups.set(key, [...(groups.get(key) ?? []), index])
  }
  return [...groups.values()]
}

/** The names of the variables that conditions look at. */
const forksOf = ({ variables }: SearchSpace): ReadonlySet<string> =>
  new Set(variables.flatMap(({ condition }) => condition?.map(({ name }) => name) ?? []))

/** How the next value of a variable is chosen, variables in their order; each attempt has its own luck. */
export const chooser = <D extends Declaration>(
  request: Request<D>,
  settings: Settings,
  joint: boolean,
  attempt = 0
): ((variable: SpaceVariable, index: number) => Value) => {
  const { number, seed, space } = request
  // Each variable has its own stream: whether an earlier one was active does not shift its luck.
  // Without attempts before it, a choice has the luck that it always had.
  const streamOf = (purpose: number) =>
    RandomStream.stream(seed, number, streams.tpe, purpose, ...(attempt === 0 ? [] : [attempt]))
  const evidence = gather(request)
  const isStart = evidence.rows < settings.startup
  const explores = isStart || RandomStream.uniform(streamOf(0)) < settings.exploration
  const forks = isStart ? new Set<string>() : forksOf(space)
  const groups = groupsOf(space, evidence, joint)
  const splitBy = splitter(evidence, settings)
  const chosen = new Float64Array(space.variables.length).fill(Number.NaN)
  return ({ axis, name }, index) => {
    const random = streamOf(index + 1)
    // Where there are branches, exploring means another branch, in which the others are chosen as well as can be.
    if (explores && (forks.size === 0 || forks.has(name))) return axis.fromUnit(RandomStream.uniform(random))
    if (Number.isNaN(chosen[index]!)) {
      const group = groups.find((each) => each.includes(index))!
      const columns = group.map((member) => evidence.columns[member]!)
      const variables = group.map((member) => space.variables[member]!)
      const places = choose(splitBy(columns[0]!), variables, columns, settings, random)
      for (const [k, place] of places.entries()) chosen[group[k]!] = place
    }
    return axis.fromUnit(chosen[index]!)
  }
}

/** Chooses the next parameters. What has been tried already is rejected as if it had turned out badly once more. */
export const suggest = <D extends Declaration>(request: Request<D>, settings: Settings, joint: boolean): Params<D> => {
  const choice = (attempt: number, rejected: ReadonlyArray<Pending<D>>) => {
    const pending = [...request.pending, ...rejected]
    return build(request.space, chooser({ ...request, pending }, settings, joint, attempt))
  }
  const rejected: Array<Pending<D>> = []
  return untried(request, choice(0, rejected), (attempt, params) => {
    rejected.push({ number: request.number, params })
    return choice(attempt, rejected)
  })
}
