/**
 * The state of a sampler that works in generations, computed from the trials alone: a generation is the next trials by number,
 * whoever suggested them.
 *
 * What whole generations have led to is remembered for each space, so that a suggestion costs one generation and not all.
 *
 * **Guarantees** The answer is the same with and without what is remembered: it is used only if the trials that it was
 * made from are those of the request. Trials that were still running when their generation was over count as soon as they end.
 *
 * **Does not guarantee** Speed while an early trial is missing: generations from the first missing trial on are gone through again.
 *
 * @since 0.1.0
 */
import type { Observation, Request } from "../sampler/Sampler.ts"

/** How generations change a state. */
export interface Fold<S> {
  /** Tells this fold from others over the same space: options, seed, directions. */
  readonly key: string
  readonly first: S
  /** Trials of the generation that begins in this state, at least 1. */
  readonly size: (state: S) => number
  /** The state after a generation, given those of its trials that have ended, in the order of their numbers. */
  readonly next: (state: S, trials: ReadonlyArray<Observation>) => S
}

/** Where a fold is when a trial is asked for. */
export interface Standing<S> {
  readonly state: S
  /** The first trial of the present generation. */
  readonly from: number
  /** The trials of the present generation that have ended and come before the one asked for. */
  readonly present: ReadonlyArray<Observation>
}

interface Remembered<S> {
  readonly key: string
  readonly trials: ReadonlyArray<Observation>
  readonly state: S
  readonly from: number
}

/** What is remembered, for each space. */
export type Memory<S> = WeakMap<object, ReadonlyArray<Remembered<S>>>

/** Folds that are remembered for a space; the one that was used least recently is forgotten. */
const REMEMBERED = 4

/** A memory in which nothing is yet. */
export const memory = <S>(): Memory<S> => new WeakMap()

const equal = (a: ReadonlyArray<number> = [], b: ReadonlyArray<number> = []): boolean =>
  a.length === b.length && a.every((x, i) => Object.is(x, b[i]))

const isSame = (a: Observation, b: Observation): boolean => {
  if (a === b) return true
  if (a.number !== b.number || a.params !== b.params) return false
  if (a.state === "complete") {
    return b.state === "complete" && equal(a.values, b.values) && equal(a.constraints, b.constraints)
  }
  if (a.state === "pruned") return b.state === "pruned" && a.step === b.step && Object.is(a.value, b.value)
  return b.state === "failed"
}

const sorted = (history: ReadonlyArray<Observation>): ReadonlyArray<Observation> => {
  const isSorted = history.every((trial, i) => i === 0 || history[i - 1]!.number < trial.number)
  return isSorted ? history : history.toSorted((a, b) => a.number - b.number)
}

const isOf = <S>({ from, trials }: Remembered<S>, known: ReadonlyArray<Observation>, number: number): boolean =>
  from <= number &&
  trials.length <= known.length &&
  !((known[trials.length]?.number ?? from) < from) &&
  trials.every((trial, i) => isSame(trial, known[i]!))

/** Goes through the generations up to the one of the request's number. */
export const standing = <S>(
  memory: Memory<S>,
  { history, number, space }: Pick<Request, "space" | "history" | "number">,
  { first, key, next, size }: Fold<S>
): Standing<S> => {
  const known = sorted(history)
  const all = memory.get(space) ?? []
  const found = all.find((it) => it.key === key && isOf(it, known, number))
  let state = found?.state ?? first
  let from = found?.from ?? 0
  let at = found?.trials.length ?? 0
  let isWhole = true
  let whole = found
  for (let count = size(state); from + count <= number; count = size(state)) {
    const begin = at
    while (at < known.length && known[at]!.number < from + count) at++
    state = next(state, known.slice(begin, at))
    from += count
    isWhole &&= at - begin === count
    if (isWhole) whole = { key, trials: known.slice(0, at), state, from }
  }
  if (whole !== undefined && whole !== all[0]) {
    const others = all.filter((it) => it !== found && it.key !== key)
    memory.set(space, [whole, ...others].slice(0, REMEMBERED))
  }
  const present: Array<Observation> = []
  for (let i = at; i < known.length && known[i]!.number < number; i++) present.push(known[i]!)
  return { state, from, present }
}
