/**
 * New parameters near given ones, inside a space: for population based training.
 *
 * A number is multiplied, an ordinal choice moves to a neighbour, other choices stay; each may be drawn anew instead. A variable that
 * its parents' values have just made active is drawn. Where a product would not move, since the number is 0 or its domain goes below 0, it
 * moves by the same share of the domain's width.
 *
 * **Guarantees** Legal parameters that keep the space's constraints. Numbers stay on their steps; a whole number moves by a step at least,
 * unless it is at the end of its domain.
 *
 * @since 0.1.0
 */
import { stepCount } from "../space/Domain.ts"
import type { FloatDomain, IntDomain } from "../space/Domain.ts"
import { build, violated } from "../space/SearchSpace.ts"
import type { Declaration, Params, SearchSpace, SpaceVariable, Value } from "../space/SearchSpace.ts"
import * as RandomStream from "./random.ts"

/** How parameters are changed. */
export interface Change {
  /** How likely a variable is drawn anew. */
  readonly resample: number
  /** A number is multiplied by either, as likely. */
  readonly shrink: number
  readonly grow: number
}

/** Tries to keep the constraints before the parameters are left as they are. */
const TRIES = 100

const clamp = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x))

/** The value of a grid next to a number; at least a step away from where it was, in the direction of the move. */
const onGrid = (domain: FloatDomain | IntDomain, step: number, from: number, to: number): number => {
  const { high, low } = domain
  const last = stepCount(low, high, step) - 1
  const before = Math.round((from - low) / step)
  const nearest = Math.round((to - low) / step)
  const index = nearest === before ? before + Math.sign(to - from) : nearest
  return clamp(low + clamp(index, 0, last) * step, low, high)
}

const moved = (domain: FloatDomain | IntDomain, value: number, factor: number): number => {
  const { high, low } = domain
  const to = low >= 0 && value > 0 ? value * factor : value + (factor - 1) * (high - low)
  return domain.step === undefined ? clamp(to, low, high) : onGrid(domain, domain.step, value, to)
}

const neighbour = (choices: ReadonlyArray<Value>, value: Value, direction: number): Value =>
  choices[clamp(choices.indexOf(value) + direction, 0, choices.length - 1)]!

const perturbed = ({ domain }: SpaceVariable, value: Value, { grow, shrink }: Change, grows: boolean): Value => {
  if (domain.type === "ordinal") return neighbour(domain.choices, value, grows ? 1 : -1)
  if (domain.type === "float" || domain.type === "int") return moved(domain, Number(value), grows ? grow : shrink)
  return value
}

/** Parameters near `params`. */
export const explore = <D extends Declaration>(
  space: SearchSpace<D>,
  params: Params<D>,
  change: Change,
  random: RandomStream.Stream
): Params<D> => {
  const given = new Map<string, Value | undefined>(Object.entries(params))
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const next = build(space, (variable) => {
      // Three draws for each, used or not: what one variable does does not shift the luck of the next.
      const [draws, grows, place] = [
        RandomStream.uniform(random) < change.resample,
        RandomStream.uniform(random) < 0.5,
        RandomStream.uniform(random)
      ]
      const value = given.get(variable.name)
      return value === undefined || draws ? variable.axis.fromUnit(place) : perturbed(variable, value, change, grows)
    })
    if (violated(space, next) === undefined) return next
  }
  return params
}
