/**
 * The population of a differential evolution and what it has learned of step lengths and crossover rates, as in JADE (J. Zhang,
 * A. C. Sanderson, IEEE Trans. Evol. Comput. 13(5), 2009) with the several memories of SHADE (R. Tanabe, A. Fukunaga, CEC 2013).
 *
 * All successes weigh the same, as in JADE, so that only ranks count.
 *
 * **Guarantees** Pure: the same trials in the same order give the same state.
 *
 * @since 0.1.0
 */
import type { Observation, Request } from "../sampler/Sampler.ts"
import { streams } from "../sampler/Sampler.ts"
import type { Declaration } from "../space/SearchSpace.ts"
import { quantile } from "./normal.ts"
import * as RandomStream from "./random.ts"
import { isTelling, rank } from "./ranking.ts"
import type { Telling } from "./ranking.ts"

/** Cells of the memory of what has succeeded. */
const MEMORIES = 5
const FIRST_SCALE = 0.5
const FIRST_CROSSOVER = 0.9

/** How long a step is, as a share of the difference, and how likely each variable takes part. */
export interface Control {
  readonly scale: number
  readonly crossover: number
}

/** A population, and what has succeeded in it. */
export interface State {
  /** The best trial of each slot. */
  readonly members: ReadonlyArray<Telling<Declaration> | undefined>
  /** Trials that were replaced, at most as many as there are slots. */
  readonly archive: ReadonlyArray<Telling<Declaration>>
  readonly memories: ReadonlyArray<Control>
  /** The memory that is written next. */
  readonly next: number
  /** The controls that have succeeded in this generation. */
  readonly successes: ReadonlyArray<Control>
}

/** The state before the first trial. */
export const begin = (population: number): State => ({
  members: Array.from({ length: population }, () => undefined),
  archive: [],
  memories: Array.from({ length: MEMORIES }, () => ({ scale: FIRST_SCALE, crossover: FIRST_CROSSOVER })),
  next: 0,
  successes: []
})

const clamp = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x))

/** The controls of a trial, drawn around one of the memories: the first draws of its stream. */
export const controlOf = ({ memories }: State, random: RandomStream.Stream): Control => {
  const memory = memories[RandomStream.below(random, MEMORIES)]!
  const normal = quantile(clamp(RandomStream.uniform(random), 2 ** -53, 1 - 2 ** -53))
  const cauchy = Math.tan(Math.PI * (RandomStream.uniform(random) - 0.5))
  return {
    scale: clamp(memory.scale + 0.1 * cauchy, 0.1, 1),
    crossover: clamp(memory.crossover + 0.1 * normal, 0, 1)
  }
}

/** What all steps of one request share. */
export interface Setting {
  readonly directions: Request["directions"]
  readonly seed: number
  readonly population: number
}

/** Lets a trial compete for its slot. */
export const compete = (state: State, trial: Observation, { directions, population, seed }: Setting): State => {
  if (!isTelling(trial)) return state
  const slot = trial.number % population
  const member = state.members[slot]
  if (member === undefined) return { ...state, members: state.members.with(slot, trial) }
  if (rank([member, trial], directions)[0] === member) return state
  const control = controlOf(state, RandomStream.stream(seed, trial.number, streams.de))
  return {
    ...state,
    members: state.members.with(slot, trial),
    archive: [...state.archive, member].slice(-population),
    successes: [...state.successes, control]
  }
}

/** Writes what has succeeded into a memory; long steps weigh more (the Lehmer mean). */
export const close = (state: State): State => {
  const { memories, next, successes } = state
  if (successes.length === 0) return state
  const sum = (of: (control: Control) => number) => successes.reduce((total, control) => total + of(control), 0)
  const learned = {
    scale: sum(({ scale }) => scale * scale) / sum(({ scale }) => scale),
    crossover: sum(({ crossover }) => crossover) / successes.length
  }
  return { ...state, memories: memories.with(next, learned), next: (next + 1) % MEMORIES, successes: [] }
}
