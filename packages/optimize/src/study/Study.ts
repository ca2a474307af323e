/**
 * A study: ask for parameters, tell what they were worth, as often as you like. Pure: a state and its events.
 *
 * A command is decided (`decide`) into the events that it causes or one refusal, and an event makes the next state (`evolve`). `ask`,
 * `tell`, `fail` and the others do both. Any number of trials may be running; samplers see them as pending. A trial that was asked with
 * a lease is free again when the lease has ended: the next `ask` after that takes it up, as its next attempt.
 *
 * **Guarantees** The next suggestion depends only on the definition and on the trials so far: a study replayed from its events goes
 * on exactly as one that never stopped, whatever the order in which running trials ended. Each trial ends once. Numbers run from 0
 * without gaps. `best` never names a trial that is not complete or that breaks constraints. No trial fails or is lost more than
 * `attemptsMax` + `lossesMax` times, each with its cause; an attempt that was paused or released has not failed. An attempt that has had
 * `trialTimeoutMillis` tells nothing any more, but why it failed. Never are there more than `trialsMax` trials.
 *
 * **Does not guarantee** That a trial asked without a lease is ever told. Exclusion: a worker that outlives its lease may
 * work on beside the next one; `owner` and `attempt` keep it from ending the other's attempt. Suggestions of another version of this
 * package may differ; the trials so far do not, since events hold the parameters.
 *
 * **Example**
 *
 * ```ts
 * import { Random, SearchSpace, Study } from "@mabeam/optimize"
 * import { Result } from "effect"
 *
 * const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) })
 * const study = Result.getOrThrow(Study.make({ space, sampler: Random.make() }))
 *
 * // Worker a takes a trial for ten seconds and is never heard of again.
 * const [lost] = Result.getOrThrow(Study.ask(study, { at: 0, lease: { owner: "a", until: 10_000 } }))
 * const [found, trial] = Result.getOrThrow(Study.ask(lost, { at: 10_000, lease: { owner: "b", until: 20_000 } }))
 * trial.number // => 0
 * trial.failures // => [{ attempt: 1, kind: "lease-expired", reason: "a did not renew its lease" }]
 *
 * const late = Study.tell(found, 0, 0.5, { owner: "a" })
 * console.log(Result.isFailure(late) && late.failure.message) // => trial 0 is now worked on by b, not by a
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import type * as SearchSpace from "../space/SearchSpace.ts"
import type { Declaration } from "../space/SearchSpace.ts"
import type { AskOptions, AskRefusal, By, EndRefusal, FailOptions, InvalidCommand } from "./Command.ts"
import type { SuggestRefusal, TellOptions, TrialCommand, Value } from "./Command.ts"
import { decideAsk, decideRecover, decideRelease, decideSuggest, decideTrial } from "./Decision.ts"
import { define } from "./Definition.ts"
import type { InvalidSetting, Settings } from "./Definition.ts"
import type { Lease, StudyEvent } from "./StudyEvent.ts"
import { evolve, start } from "./StudyState.ts"
import type { State } from "./StudyState.ts"
import type { Trial } from "./Trial.ts"

export {
  InvalidCommand,
  InvalidValue,
  LeaseLost,
  StudyPaused,
  StudyStopped,
  TooManyEntries,
  TrialAlreadyTold,
  TrialLimitReached,
  TrialNotFound,
  TrialTimedOut,
  WrongTrialState,
  WrongValueCount
} from "./Command.ts"
export type {
  AskOptions,
  AskRefusal,
  By,
  Command,
  EndRefusal,
  FailOptions,
  SuggestRefusal,
  TellOptions
} from "./Command.ts"
export type { TrialCommand, Value } from "./Command.ts"
export { decide, decideAsk, decideRecover, decideRelease, decideSuggest, decideTrial, stoppedBy } from "./Decision.ts"
export type { Decision } from "./Decision.ts"
export {
  created,
  define,
  InvalidSetting,
  LOSSES_MAX_DEFAULT,
  OBJECTIVES_MAX,
  TRIALS_MAX_DEFAULT
} from "./Definition.ts"
export type { Definition, Settings } from "./Definition.ts"
export { evidence, front, hypervolume, shouldPrune, suggest } from "./Evidence.ts"
export { CorruptStudy, replay, resume, StudyMismatch } from "./Replay.ts"
export { evolve, start, UnfitEvent } from "./StudyState.ts"
export type { State } from "./StudyState.ts"
export { hasEnded } from "./Trial.ts"
export type { CompleteTrial, FailedTrial, Failure, PrunedTrial, RunningTrial, Trial } from "./Trial.ts"

/** Defines a study and starts it. */
export const make = <D extends Declaration>(settings: Settings<D>): Result.Result<State<D>, InvalidSetting> =>
  Result.map(define(settings), (definition) => start(definition))

/** The state after events that were just decided on it. */
export const applyUnsafe = <D extends Declaration>(state: State<D>, events: ReadonlyArray<StudyEvent>): State<D> =>
  events.reduce((now, event) => Result.getOrThrowWith(evolve(now, event), (error) => error), state)

/** The trial that the last event of an `Ask` gives. */
export const givenBy = (events: ReadonlyArray<StudyEvent>): number => {
  const last = events.at(-1)
  return last?._tag === "Asked" || last?._tag === "Started" ? last.number : -1
}

/** Asks for a trial: one that is free again or waits, or the given parameters, or a suggestion. */
export const ask = <D extends Declaration>(
  state: State<D>,
  options?: AskOptions<D>
): Result.Result<readonly [next: State<D>, trial: Trial<D>], AskRefusal> =>
  Result.map(decideAsk(state, options), (events) => {
    const next = applyUnsafe(state, events)
    return [next, next.trial(givenBy(events))!]
  })

/**
 * The value of a variable in a running trial, and the study after it was given. In an open space this declares the variable, so
 * that a program may decide while it runs what it asks for next; a variable stays what it was declared as. In any other space
 * it reads what the trial has: the same program runs on both.
 */
export const suggestValue = <D extends Declaration, A extends SearchSpace.Value>(
  state: State<D>,
  number: number,
  name: string,
  variable: SearchSpace.Variable<A>,
  options?: By
): Result.Result<readonly [next: State<D>, value: A], SuggestRefusal> =>
  Result.map(decideSuggest(state, { _tag: "Suggest", number, name, variable, ...options }), (events) => {
    const next = applyUnsafe(state, events)
    return [next, valueOf(next, number, name, variable)]
  })

/** The value of a variable that a trial was just given. */
export const valueOf = <D extends Declaration, A extends SearchSpace.Value>(
  state: State<D>,
  number: number,
  name: string,
  _variable: SearchSpace.Variable<A>
): A =>
  // The value was checked against this very variable, whose values are of type A.
  new Map(Object.entries(state.trial(number)?.params ?? {})).get(name) as A

/** Ends the attempts that were lost with their worker or have had their time; nothing else is changed. */
export const recover = <D extends Declaration>(state: State<D>, at: number): Result.Result<State<D>, InvalidCommand> =>
  Result.flatMap(decideRecover(state, at), (events) =>
    events.length === 0 ? Result.succeed(state) : recover(applyUnsafe(state, events), at)
  )

const end = <D extends Declaration>(state: State<D>, command: TrialCommand): Result.Result<State<D>, EndRefusal> =>
  Result.map(decideTrial(state, command), (event) => applyUnsafe(state, [event]))

/** Tells the value of a running trial, or its values. */
export const tell = <D extends Declaration>(
  state: State<D>,
  number: number,
  value: Value,
  options?: TellOptions
): Result.Result<State<D>, EndRefusal> => end(state, { _tag: "Tell", number, value, ...options })

/** Ends the attempt at a running trial without a value. */
export const fail = <D extends Declaration>(
  state: State<D>,
  number: number,
  reason: string,
  options?: FailOptions
): Result.Result<State<D>, EndRefusal> => end(state, { _tag: "Fail", number, reason, ...options })

/** Ends a running trial early; its last report tells how far it came and what it was worth then. */
export const prune = <D extends Declaration>(
  state: State<D>,
  number: number,
  options?: By
): Result.Result<State<D>, EndRefusal> => end(state, { _tag: "Prune", number, ...options })

/** Tells what a running trial is worth at a step; of two words on one step the last counts. */
export const report = <D extends Declaration>(
  state: State<D>,
  number: number,
  step: number,
  value: Value,
  options?: By
): Result.Result<State<D>, EndRefusal> => end(state, { _tag: "Report", number, step, value, ...options })

/** Gives a running trial back, for whoever asks next: its attempt does not count as a failed one. */
export const release = <D extends Declaration>(
  state: State<D>,
  number: number,
  options?: By
): Result.Result<State<D>, EndRefusal> =>
  Result.map(decideRelease(state, { number, ...options }), (events) => applyUnsafe(state, events))

/** Says that the worker is alive: the lease lasts longer, never shorter. */
export const renew = <D extends Declaration>(
  state: State<D>,
  number: number,
  lease: Lease,
  options?: Omit<By, "owner">
): Result.Result<State<D>, EndRefusal> => end(state, { _tag: "Renew", number, lease, ...options })
