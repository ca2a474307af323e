/**
 * A study: ask for parameters, tell what they were worth, as often as you like. Pure: a state and its events.
 *
 * A command is decided (`decide`) into the events that it causes or one refusal, and an event makes the next state (`evolve`). `ask`,
 * `tell`, `fail` and the others do both. Any number of trials may be running; samplers see them as pending. A trial that was asked with
 * a lease is free again when the lease has ended: the next `ask` after that takes it up, as its next attempt.
 *
 * **Guarantees** The next suggestion depends only on the definition and on the trials so far: a study replayed from its events goes
 * on exactly as one that never stopped, whatever the order in which running trials ended. Each trial ends once. Numbers run from 0
 * without gaps. `best` never names a trial that is not complete or that breaks constraints. No trial has more than `attemptsMax`
 * attempts.
 *
 * **Does not guarantee** That a trial asked without a lease is ever told. Exclusion: a worker that outlives its lease may
 * work on beside the next one; only its `owner` keeps it from ending the other's attempt. Suggestions of another version of this
 * package may differ; the trials so far do not, since events hold the parameters.
 *
 * **Example**
 *
 * ```ts
 * import { Random, SearchSpace, Study } from "@mabeam/optimize"
 * import { Result } from "effect"
 *
 * const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) })
 * const study = Result.getOrThrow(Study.make({ space, sampler: Random.make(), attemptsMax: 2 }))
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
import { Option, Result } from "effect"
import * as Dominance from "../internal/dominance.ts"
import { minimized, violation } from "../internal/ranking.ts"
import type { Observation, Pending, Sampler } from "../sampler/Sampler.ts"
import * as SearchSpace from "../space/SearchSpace.ts"
import type { Declaration, Params } from "../space/SearchSpace.ts"
import {
  InvalidValue,
  LeaseLost,
  StudyPaused,
  StudyStopped,
  TrialAlreadyTold,
  TrialLimitReached,
  TrialNotFound,
  WrongTrialState,
  WrongValueCount
} from "./Command.ts"
import type { AskOptions, AskRefusal, By, Command, EndRefusal, FailOptions, TellOptions, Value } from "./Command.ts"
import { define } from "./Definition.ts"
import type { InvalidSetting, Settings } from "./Definition.ts"
import { StudyEvent } from "./StudyEvent.ts"
import { evolve, start } from "./StudyState.ts"
import type { State } from "./StudyState.ts"
import { hasEnded } from "./Trial.ts"
import type { CompleteTrial, Trial } from "./Trial.ts"

export {
  InvalidValue,
  LeaseLost,
  StudyPaused,
  StudyStopped,
  TrialAlreadyTold,
  TrialLimitReached,
  TrialNotFound,
  WrongTrialState,
  WrongValueCount
} from "./Command.ts"
export type { AskOptions, AskRefusal, By, Command, EndRefusal, FailOptions, TellOptions, Value } from "./Command.ts"
export { created, define, InvalidSetting, OBJECTIVES_MAX, TRIALS_MAX_DEFAULT } from "./Definition.ts"
export type { Definition, Settings } from "./Definition.ts"
export { CorruptStudy, replay, resume, StudyMismatch } from "./Replay.ts"
export { evolve, start, UnfitEvent } from "./StudyState.ts"
export type { State } from "./StudyState.ts"
export { hasEnded } from "./Trial.ts"
export type { CompleteTrial, FailedTrial, Failure, PrunedTrial, RunningTrial, Trial } from "./Trial.ts"

// --- what samplers see ---------------------------------------------------------------------------------------------

const observationOf = <D extends Declaration>(trial: Trial<D>): Observation<D> | undefined => {
  const { number, params } = trial
  if (trial.state === "complete") {
    return { state: "complete", number, params, values: trial.values, constraints: trial.constraints }
  }
  if (trial.state === "failed") return { state: "failed", number, params }
  if (trial.state !== "pruned") return undefined
  const last = trial.reports.at(-1)
  return { state: "pruned", number, params, step: last?.step, value: last?.values[0] }
}

/** What is known of the trials, as samplers want it: all that has not ended is pending. */
export const evidence = <D extends Declaration>(
  state: State<D>
): { readonly history: ReadonlyArray<Observation<D>>; readonly pending: ReadonlyArray<Pending<D>> } => {
  const history: Array<Observation<D>> = []
  const pending: Array<Pending<D>> = []
  for (const trial of state.trials) {
    const observation = observationOf(trial)
    if (observation === undefined) pending.push({ number: trial.number, params: trial.params })
    else history.push(observation)
  }
  return { history, pending }
}

/** The parameters that a sampler suggests next. The study is not changed. */
export const suggest = <D extends Declaration>(
  state: State<D>,
  sampler: Sampler = state.definition.sampler
): Params<D> => {
  const { space, directions, seed } = state.definition
  let known: ReturnType<typeof evidence<D>> | undefined
  // Samplers that do not look at the trials do not pay for gathering them.
  return sampler.suggest({
    space,
    directions,
    seed,
    number: state.count,
    get history() {
      return (known ??= evidence(state)).history
    },
    get pending() {
      return (known ??= evidence(state)).pending
    }
  })
}

/** The complete trials that keep the constraints and that no other such trial dominates, by number. */
export const front = <D extends Declaration>(state: State<D>): ReadonlyArray<CompleteTrial<D>> => {
  const kept = state.trials.filter((trial) => trial.state === "complete").filter((trial) => violation(trial) === 0)
  const points = kept.map(({ values }) => minimized(values, state.definition.directions))
  return (Dominance.fronts(points)[0] ?? []).map((index) => kept[index]!)
}

/** Whether the study's pruner would end a running trial now. */
export const shouldPrune = <D extends Declaration>(state: State<D>, number: number): boolean => {
  const { directions, pruner, seed } = state.definition
  const trial = state.trial(number)
  if (trial?.state !== "running" || trial.reports.length === 0) return false
  return pruner.shouldPrune({ directions, seed, trial, others: state.trials.filter((other) => other !== trial) })
}

// --- decisions -----------------------------------------------------------------------------------------------------

const timed = (at: number | undefined) => (at === undefined ? {} : { at })

/** The rule that has ended the study, if any. */
export const stoppedBy = <D extends Declaration>(
  { best, createdAt, definition, sinceBest }: State<D>,
  at?: number | undefined
): StudyStopped | undefined => {
  const { directions, stop } = definition
  const { patience, target, timeoutMillis } = stop
  const value = Option.isSome(best) ? best.value.values[0] : undefined
  if (target !== undefined && value !== undefined) {
    const reached = directions[0] === "minimize" ? value <= target : value >= target
    if (reached) return new StudyStopped({ rule: "target", limit: target })
  }
  if (patience !== undefined && sinceBest >= patience) return new StudyStopped({ rule: "patience", limit: patience })
  if (timeoutMillis !== undefined && createdAt !== undefined && at !== undefined && at - createdAt >= timeoutMillis) {
    return new StudyStopped({ rule: "timeoutMillis", limit: timeoutMillis })
  }
  return undefined
}

/** What is lost: a running trial whose lease has ended. */
const isLost = (trial: Trial, at: number | undefined): boolean =>
  trial.state === "running" && trial.lease !== undefined && at !== undefined && trial.lease.until <= at

/** The failures of all lost trials, and the first trial that may be taken up again. */
const recovered = <D extends Declaration>(state: State<D>, at: number | undefined) => {
  const events: Array<StudyEvent> = []
  let free: number | undefined
  for (const number of state.open) {
    const trial = state.trial(number)!
    const lost = trial.state === "running" && isLost(trial, at)
    if (lost) {
      const retry = trial.attempt < state.definition.attemptsMax
      const reason = `${trial.lease?.owner} did not renew its lease`
      events.push(StudyEvent.cases.Failed.make({ number, kind: "lease-expired", reason, retry, ...timed(at) }))
      if (retry) free ??= number
    } else if (trial.state === "waiting") free ??= number
  }
  return { events, free }
}

/** Decides an `Ask`. The last of the events is the one that gives the trial. */
export const decideAsk = <D extends Declaration>(
  state: State<D>,
  options: AskOptions<D> = {}
): Result.Result<readonly [StudyEvent, ...ReadonlyArray<StudyEvent>], AskRefusal> => {
  const { at, lease } = options
  const { sampler, space, trialsMax } = state.definition
  if (state.isPaused) return Result.fail(new StudyPaused({}))
  const stopped = stoppedBy(state, at)
  if (stopped !== undefined) return Result.fail(stopped)
  const leased = lease === undefined ? {} : { lease }
  const { events, free } = recovered(state, at)
  const giving = (event: StudyEvent): readonly [StudyEvent, ...ReadonlyArray<StudyEvent>] => {
    const [first = event, ...rest] = [...events, event]
    return [first, ...rest]
  }
  if (free !== undefined && options.params === undefined) {
    return Result.succeed(giving(StudyEvent.cases.Started.make({ number: free, ...leased, ...timed(at) })))
  }
  const number = state.count
  if (number >= trialsMax) return Result.fail(new TrialLimitReached({ trialsMax }))
  const suggested = options.params ?? suggest(state, options.sampler)
  const by = options.params === undefined ? (options.sampler ?? sampler).name : "given"
  return Result.map(SearchSpace.validate(space, suggested), (params) =>
    giving(StudyEvent.cases.Asked.make({ number, params: { ...params }, sampler: by, ...leased, ...timed(at) }))
  )
}

/** The trial if it has not ended. */
const openTrial = <D extends Declaration>(
  state: State<D>,
  number: number
): Result.Result<Trial<D>, TrialNotFound | TrialAlreadyTold> => {
  const trial = state.trial(number)
  if (trial === undefined) return Result.fail(new TrialNotFound({ number, trials: state.count }))
  return hasEnded(trial) ? Result.fail(new TrialAlreadyTold({ number, state: trial.state })) : Result.succeed(trial)
}

/** The trial if it is running, and not somebody else's. */
const runningTrial = <D extends Declaration>(
  state: State<D>,
  number: number,
  owner: string | undefined
): Result.Result<Trial<D>, EndRefusal> =>
  Result.flatMap(openTrial(state, number), (trial): Result.Result<Trial<D>, EndRefusal> => {
    if (trial.state !== "running") {
      return Result.fail(new WrongTrialState({ number, state: stateName(trial), needed: "running" }))
    }
    const holder = trial.lease?.owner
    return owner === undefined || holder === undefined || owner === holder
      ? Result.succeed(trial)
      : Result.fail(new LeaseLost({ number, owner, holder }))
  })

const stateName = (trial: Trial): "waiting" | "running" | "paused" =>
  trial.state === "waiting" || trial.state === "paused" ? trial.state : "running"

const isStep = (step: number) => Number.isSafeInteger(step) && step >= 0

/** Values that are finite, as many as there are objectives. */
const checkedValues = (
  { definition }: State,
  number: number,
  value: Value
): Result.Result<readonly [number, ...ReadonlyArray<number>], InvalidValue | WrongValueCount> => {
  const [first, ...rest] = typeof value === "number" ? [value] : value
  const objectives = definition.directions.length
  if (first === undefined || rest.length + 1 !== objectives) {
    const values = first === undefined ? 0 : rest.length + 1
    return Result.fail(new WrongValueCount({ number, values, objectives }))
  }
  const wrong = [first, ...rest].find((it) => !Number.isFinite(it))
  return wrong === undefined
    ? Result.succeed([first, ...rest])
    : Result.fail(new InvalidValue({ number, field: "value", value: wrong }))
}

const decideTell = (state: State, command: Extract<Command, { readonly _tag: "Tell" }>) =>
  Result.gen(function* () {
    const { at, constraints, number, owner, value } = command
    yield* runningTrial(state, number, owner)
    const values = yield* checkedValues(state, number, value)
    const wrong = constraints?.find((it) => !Number.isFinite(it))
    if (wrong !== undefined) {
      return yield* Result.fail(new InvalidValue({ number, field: "constraint", value: wrong }))
    }
    return StudyEvent.cases.Told.make({
      number,
      values,
      ...(constraints === undefined ? {} : { constraints }),
      ...timed(at)
    })
  })

const decideFail = (state: State, command: Extract<Command, { readonly _tag: "Fail" }>) =>
  Result.map(runningTrial(state, command.number, command.owner), ({ attempt, number }) =>
    StudyEvent.cases.Failed.make({
      number,
      kind: command.kind ?? "error",
      reason: command.reason,
      retry: (command.retry ?? true) && attempt < state.definition.attemptsMax,
      ...timed(command.at)
    })
  )

const decideReport = (state: State, command: Extract<Command, { readonly _tag: "Report" }>) =>
  Result.gen(function* () {
    const { number, owner, step, value } = command
    yield* runningTrial(state, number, owner)
    if (!isStep(step)) return yield* Result.fail(new InvalidValue({ number, field: "step", value: step }))
    const values = yield* checkedValues(state, number, value)
    return StudyEvent.cases.Reported.make({ number, step, values })
  })

/** What concerns one trial, or an attribute. */
export type EndCommand = Exclude<Command, { readonly _tag: "Ask" | "Enqueue" | "PauseStudy" | "ResumeStudy" }>

const decideTrial = (state: State, command: EndCommand): Result.Result<StudyEvent, EndRefusal> => {
  const { cases } = StudyEvent
  switch (command._tag) {
    case "Tell":
      return decideTell(state, command)
    case "Fail":
      return decideFail(state, command)
    case "Report":
      return decideReport(state, command)
    case "Prune":
      return Result.map(runningTrial(state, command.number, command.owner), ({ number }) =>
        cases.Pruned.make({ number, ...timed(command.at) })
      )
    case "Renew":
      return Result.map(runningTrial(state, command.number, command.lease.owner), ({ number }) =>
        cases.Renewed.make({ number, lease: command.lease })
      )
    case "Pause":
    case "Resume": {
      const isPause = command._tag === "Pause"
      return Result.flatMap(openTrial(state, command.number), (trial): Result.Result<StudyEvent, EndRefusal> => {
        const { number } = trial
        if ((trial.state === "paused") === isPause) {
          const needed = isPause ? "waiting or running" : "paused"
          return Result.fail(new WrongTrialState({ number, state: stateName(trial), needed }))
        }
        return Result.succeed(isPause ? cases.Paused.make({ number }) : cases.Resumed.make({ number }))
      })
    }
    case "SetAttribute":
    case "AddArtifact": {
      const { number } = command
      if (number !== undefined && state.trial(number) === undefined) {
        return Result.fail(new TrialNotFound({ number, trials: state.count }))
      }
      if (command._tag === "AddArtifact") {
        return Result.succeed(cases.ArtifactAdded.make({ number: command.number, artifact: command.artifact }))
      }
      const { key, value } = command
      return Result.succeed(cases.AttributeSet.make({ key, value, ...(number === undefined ? {} : { number }) }))
    }
  }
}

/** The events of a command, none when it changes nothing. */
export type Decision = Result.Result<ReadonlyArray<StudyEvent>, AskRefusal | EndRefusal>

/** Decides what concerns one trial, or an attribute. */
export const decideEnd = <D extends Declaration>(
  state: State<D>,
  command: EndCommand
): Result.Result<readonly [StudyEvent], EndRefusal> =>
  Result.map(decideTrial(state, command), (event) => [event] as const)

/** Decides a command: the events that it causes, or why it is refused. */
export const decide = <D extends Declaration>(state: State<D>, command: Command<D>): Decision => {
  const { cases } = StudyEvent
  switch (command._tag) {
    case "Ask":
      return decideAsk(state, command)
    case "Enqueue": {
      const { trialsMax } = state.definition
      if (state.count >= trialsMax) return Result.fail(new TrialLimitReached({ trialsMax }))
      return Result.map(SearchSpace.validate(state.definition.space, command.params), (params) => [
        cases.Enqueued.make({ number: state.count, params: { ...params }, ...timed(command.at) })
      ])
    }
    case "PauseStudy":
      return Result.succeed(state.isPaused ? [] : [cases.StudyPaused.make({})])
    case "ResumeStudy":
      return Result.succeed(state.isPaused ? [cases.StudyResumed.make({})] : [])
    default:
      return decideEnd(state, command)
  }
}

// --- decide and evolve at once -------------------------------------------------------------------------------------

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

const end = <D extends Declaration>(state: State<D>, command: EndCommand): Result.Result<State<D>, EndRefusal> =>
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
