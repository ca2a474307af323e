/**
 * Which trials are the better ones.
 *
 * Trials that keep all constraints come first, then the others by the sum of what they are above (K. Deb, "An efficient
 * constraint handling method for genetic algorithms", 2000); with several objectives by their front, and in a front by
 * how lonely they are. A pruned trial comes behind every complete one, the farthest steps first.
 *
 * **Guarantees** A total order that depends on ranks only, not on how trials are listed: equals stand in the order of their numbers.
 *
 * @since 0.1.0
 */
import type { Direction, Observation } from "../sampler/Sampler.ts"
import type { Declaration } from "../space/SearchSpace.ts"
import * as Dominance from "./dominance.ts"

/** A trial that tells something about the objective. */
export type Telling<D extends Declaration> = Exclude<Observation<D>, { readonly state: "failed" }>
type Complete<D extends Declaration> = Extract<Observation<D>, { readonly state: "complete" }>
type Pruned<D extends Declaration> = Extract<Observation<D>, { readonly state: "pruned" }>

const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0)

/** Values as if all objectives were to be minimized. */
export const minimized = (values: ReadonlyArray<number>, directions: ReadonlyArray<Direction>): ReadonlyArray<number> =>
  values.map((value, k) => (directions[k] === "maximize" ? -value : value))

/** By how much constraints are broken, in all; 0 when they are kept. */
export const violation = ({ constraints }: { readonly constraints?: ReadonlyArray<number> | undefined }): number =>
  constraints?.reduce((sum, it) => sum + (it > 0 ? it : 0), 0) ?? 0

/** Whether a trial can be ranked: no value is `NaN`. */
export const isTelling = <D extends Declaration>(trial: Observation<D>): trial is Telling<D> => {
  if (trial.state === "failed") return false
  if (trial.state === "pruned") return trial.value === undefined || !Number.isNaN(trial.value)
  return !trial.values.some(Number.isNaN) && !(trial.constraints?.some(Number.isNaN) ?? false)
}

/** Complete trials that keep the constraints, best first. */
const byObjectives = <D extends Declaration>(
  trials: ReadonlyArray<Complete<D>>,
  directions: ReadonlyArray<Direction>
): ReadonlyArray<Complete<D>> => {
  if (directions.length === 1) {
    const sign = directions[0] === "maximize" ? -1 : 1
    return trials.toSorted((a, b) => sign * compare(a.values[0]!, b.values[0]!) || a.number - b.number)
  }
  const listed = trials.toSorted((a, b) => a.number - b.number)
  const points = listed.map(({ values }) => minimized(values, directions))
  return Dominance.fronts(points).flatMap((front) => {
    const distances = Dominance.crowding(front.map((i) => points[i]!))
    const order = front.map((_, i) => i).sort((a, b) => compare(distances[b]!, distances[a]!) || a - b)
    return order.map((i) => listed[front[i]!]!)
  })
}

const byStep =
  <D extends Declaration>(direction: Direction | undefined) =>
  (a: Pruned<D>, b: Pruned<D>): number => {
    const worst = direction === "maximize" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
    const sign = direction === undefined ? 0 : direction === "maximize" ? -1 : 1
    const values = sign * compare(a.value ?? worst, b.value ?? worst)
    return compare(b.step ?? -1, a.step ?? -1) || values || a.number - b.number
  }

/** The trials that tell something, best first. */
export const rank = <D extends Declaration>(
  history: ReadonlyArray<Observation<D>>,
  directions: ReadonlyArray<Direction>
): ReadonlyArray<Telling<D>> => {
  const telling = history.filter(isTelling)
  const complete = telling.filter((trial) => trial.state === "complete")
  const pruned = telling.filter((trial) => trial.state === "pruned")
  const kept = complete.filter((trial) => violation(trial) === 0)
  const broken = complete.filter((trial) => violation(trial) > 0)
  return [
    ...byObjectives<D>(kept, directions),
    ...broken.sort((a, b) => compare(violation(a), violation(b)) || a.number - b.number),
    // Intermediate values mean something for a single objective only.
    ...pruned.sort(byStep<D>(directions.length === 1 ? directions[0] : undefined))
  ]
}
