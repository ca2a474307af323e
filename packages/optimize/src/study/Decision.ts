/**
 * Deciding commands: the events that one causes, or the one reason why it is refused. Nothing is changed.
 *
 * @since 0.1.0
 */
import { Option, Result, Schema } from "effect"
import * as Random from "../internal/random.ts"
import { streams } from "../sampler/Sampler.ts"
import * as SearchSpace from "../space/SearchSpace.ts"
import * as SpaceJson from "../space/SpaceJson.ts"
import type { Declaration } from "../space/SearchSpace.ts"
import {
  ARTIFACTS_MAX,
  ATTRIBUTES_MAX,
  InvalidCommand,
  InvalidValue,
  LeaseLost,
  REPORTS_MAX,
  StudyPaused,
  StudyStopped,
  TooManyEntries,
  TrialAlreadyTold,
  TrialLimitReached,
  TrialNotFound,
  TrialTimedOut,
  WORD_LENGTH_MAX,
  WrongTrialState,
  WrongValueCount
} from "./Command.ts"
import type {
  AskOptions,
  AskRefusal,
  By,
  Command,
  EndRefusal,
  SuggestCommand,
  SuggestRefusal,
  TrialCommand,
  Value
} from "./Command.ts"
import { isExhausted, suggest } from "./Evidence.ts"
import { Artifact, FailureKind, StudyEvent } from "./StudyEvent.ts"
import type { Lease } from "./StudyEvent.ts"
import { evolve, firstWaiting, running } from "./StudyState.ts"
import type { State } from "./StudyState.ts"
import { hasEnded } from "./Trial.ts"
import type { RunningTrial, Trial } from "./Trial.ts"

const { cases } = StudyEvent

/** The events of a command, none when it changes nothing. */
export type Decision = Result.Result<ReadonlyArray<StudyEvent>, AskRefusal | EndRefusal>

type Checked = Result.Result<void, InvalidCommand>

const timed = (at: number | undefined) => (at === undefined ? {} : { at })

// --- what was said -------------------------------------------------------------------------------------------------

const refuse = (field: string, problem: string) => Result.fail(new InvalidCommand({ field, problem }))

const isWord = (word: string) => word.length > 0 && word.length <= WORD_LENGTH_MAX && word.isWellFormed()

const checkTime = (field: string, time: number | undefined): Checked =>
  time === undefined || Number.isFinite(time) ? Result.void : refuse(field, `${time} is not a time`)

const checkLease = (lease: Lease | undefined): Checked => {
  if (lease === undefined) return Result.void
  if (!isWord(lease.owner)) return refuse("lease.owner", `is not a text of 1 to ${WORD_LENGTH_MAX} characters`)
  return checkTime("lease.until", lease.until)
}

const isJson = Schema.is(Schema.Json)
const isArtifact = Schema.is(Artifact)
const isKind = Schema.is(FailureKind)

const checkCommand = (command: TrialCommand): Checked => {
  switch (command._tag) {
    case "SetAttribute":
      if (command.key === "__proto__") return refuse("key", `"__proto__" cannot be used`)
      if (!isWord(command.key)) return refuse("key", `is not a text of 1 to ${WORD_LENGTH_MAX} characters`)
      return isJson(command.value) ? Result.void : refuse("value", "is not JSON")
    case "AddArtifact":
      return isArtifact(command.artifact) ? Result.void : refuse("artifact", "needs a name, uri, mediaType and bytes")
    case "Renew":
      return Result.flatMap(checkTime("at", command.at), () => checkLease(command.lease))
    case "Fail":
      if (command.kind !== undefined && !isKind(command.kind)) return refuse("kind", `there is no "${command.kind}"`)
      return checkTime("at", command.at)
    case "Pause":
    case "Resume":
      return Result.void
    default:
      return checkTime("at", command.at)
  }
}

// --- asking --------------------------------------------------------------------------------------------------------

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

/** When an attempt has had its time. */
const deadline = (state: State, { startedAt }: Trial): number => {
  const { trialTimeoutMillis } = state.definition
  return trialTimeoutMillis === undefined || startedAt === undefined
    ? Number.POSITIVE_INFINITY
    : startedAt + trialTimeoutMillis
}

const countFailures = ({ failures }: Trial, isLoss: boolean): number =>
  failures.reduce((count, { kind }) => ((kind === "lease-expired") === isLoss ? count + 1 : count), 0)

/** Whether a trial whose attempt now comes to nothing may be tried again. */
const mayRetry = ({ definition }: State, trial: Trial, isLoss: boolean): boolean =>
  countFailures(trial, isLoss) + 1 < (isLoss ? definition.lossesMax + 1 : definition.attemptsMax)

/** The failure of a running trial that was lost with its worker or has had its time: what happened first is the cause. */
const overdue = (state: State, trial: RunningTrial, at: number) => {
  const { lease, number } = trial
  const [end, until] = [deadline(state, trial), lease?.until ?? Number.POSITIVE_INFINITY]
  if (Math.min(end, until) > at) return undefined
  const isLoss = until < end
  const reason = isLoss
    ? `${lease?.owner} did not renew its lease`
    : `it took longer than ${state.definition.trialTimeoutMillis} ms`
  const kind = isLoss ? "lease-expired" : "timeout"
  return cases.Failed.make({ number, kind, reason, retry: mayRetry(state, trial, isLoss), at })
}

/** Most failures that one decision finds, so that they fit one append; the next decision finds the rest. */
export const RECOVERED_MAX = 500

/** The failures of overdue trials, and the first trial that may be taken up again. */
const recovered = (state: State, at: number | undefined) => {
  const events: Array<StudyEvent> = []
  let free = firstWaiting(state)
  for (const number of at === undefined ? [] : running(state)) {
    const trial = state.trial(number)
    const failed = at === undefined || trial?.state !== "running" ? undefined : overdue(state, trial, at)
    if (failed === undefined) continue
    if (events.length === RECOVERED_MAX) break
    events.push(failed)
    if (failed.retry) free = Math.min(free ?? number, number)
  }
  return { events, free }
}

/** What a suggestion is made on: the failures come before it, so that it is the same whenever they are written. */
const afterFailures = <D extends Declaration>(state: State<D>, events: ReadonlyArray<StudyEvent>): State<D> =>
  events.reduce((now, event) => Result.getOrThrowWith(evolve(now, event), (error) => error), state)

/** Decides a `Recover`: the failures of trials that were lost or have had their time, `RECOVERED_MAX` at once. */
export const decideRecover = (state: State, at: number): Result.Result<ReadonlyArray<StudyEvent>, InvalidCommand> =>
  Result.map(checkTime("at", at), () => recovered(state, at).events)

/** Decides an `Ask`. The last of the events is the one that gives the trial. */
export const decideAsk = <D extends Declaration>(
  state: State<D>,
  options: AskOptions<D> = {}
): Result.Result<readonly [StudyEvent, ...ReadonlyArray<StudyEvent>], AskRefusal> =>
  Result.gen(function* () {
    const { at, lease } = options
    const { sampler, space } = state.definition
    const trialsMax = Math.min(state.definition.trialsMax, options.trialsMax ?? Infinity)
    yield* checkTime("at", at)
    yield* checkLease(lease)
    if (lease !== undefined && at === undefined) return yield* refuse("at", "a lease needs the time")
    if (state.isPaused) return yield* Result.fail(new StudyPaused({}))
    const stopped = stoppedBy(state, at)
    if (stopped !== undefined) return yield* Result.fail(stopped)
    const leased = { ...(lease === undefined ? {} : { lease }), ...timed(at) }
    const { events, free } = recovered(state, at)
    const giving = (event: StudyEvent): readonly [StudyEvent, ...ReadonlyArray<StudyEvent>] => {
      const [first = event, ...rest] = [...events, event]
      return [first, ...rest]
    }
    if (free !== undefined && options.params === undefined) {
      return giving(cases.Started.make({ number: free, ...leased }))
    }
    const number = state.count
    if (number >= trialsMax) return yield* Result.fail(new TrialLimitReached({ trialsMax }))
    const now = afterFailures(state, events)
    if (options.params === undefined && isExhausted(now, options.sampler)) {
      return yield* Result.fail(new StudyStopped({ rule: "exhausted", limit: number }))
    }
    const suggested = options.params ?? (yield* suggest(now, options.sampler))
    const by = options.params === undefined ? (options.sampler ?? sampler).name : "given"
    const params = yield* SearchSpace.validate(space, suggested)
    return giving(cases.Asked.make({ number, params: { ...params }, sampler: by, ...leased }))
  })

// --- one trial -----------------------------------------------------------------------------------------------------

/** The trial if it has not ended. */
const openTrial = <D extends Declaration>(
  state: State<D>,
  number: number
): Result.Result<Trial<D>, TrialNotFound | TrialAlreadyTold> => {
  const trial = state.trial(number)
  if (trial === undefined) return Result.fail(new TrialNotFound({ number, trials: state.count }))
  return hasEnded(trial) ? Result.fail(new TrialAlreadyTold({ number, state: trial.state })) : Result.succeed(trial)
}

const stateName = (trial: Trial): "waiting" | "running" | "paused" =>
  trial.state === "waiting" || trial.state === "paused" ? trial.state : "running"

/** The trial if it is running, and not somebody else's. */
const heldTrial = (
  state: State,
  number: number,
  { attempt, owner }: Pick<By, "owner" | "attempt">
): Result.Result<RunningTrial, EndRefusal> =>
  Result.flatMap(openTrial(state, number), (trial): Result.Result<RunningTrial, EndRefusal> => {
    if (trial.state !== "running") {
      return Result.fail(new WrongTrialState({ number, state: stateName(trial), needed: "running" }))
    }
    const holder = trial.lease?.owner
    const isOther = owner !== undefined && holder !== undefined && owner !== holder
    return isOther || (attempt !== undefined && attempt !== trial.attempt)
      ? Result.fail(new LeaseLost({ number, owner, attempt, holder, attempts: trial.attempt }))
      : Result.succeed(trial)
  })

/** The trial if it is running, not somebody else's, and has time left. */
const timelyTrial = (state: State, number: number, by: By): Result.Result<RunningTrial, EndRefusal> =>
  Result.flatMap(heldTrial(state, number, by), (trial) =>
    by.at !== undefined && deadline(state, trial) <= by.at
      ? Result.fail(new TrialTimedOut({ number, timeoutMillis: state.definition.trialTimeoutMillis ?? 0 }))
      : Result.succeed(trial)
  )

/** JSON, in which events are kept, has no -0. */
const withoutSign = (value: number): number => (value === 0 ? 0 : value)

const isStep = (step: number) => Number.isSafeInteger(step) && step >= 0

/** Values that are finite, as many as there are objectives. */
const checkedValues = (
  { definition }: State,
  number: number,
  value: Value
): Result.Result<readonly [number, ...ReadonlyArray<number>], InvalidValue | WrongValueCount> => {
  // Whatever it is: a program without types may tell what it has read somewhere.
  const told: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
  const objectives = definition.directions.length
  if (told.length !== objectives) return Result.fail(new WrongValueCount({ number, values: told.length, objectives }))
  const values = told.filter((it): it is number => Number.isFinite(it)).map(withoutSign)
  const [first, ...rest] = values
  if (first === undefined || values.length !== told.length) {
    const wrong = told[told.findIndex((it) => !Number.isFinite(it))]
    return Result.fail(new InvalidValue({ number, field: "value", value: wrong }))
  }
  return Result.succeed([first, ...rest])
}

const decideTell = (state: State, command: Extract<TrialCommand, { readonly _tag: "Tell" }>) =>
  Result.gen(function* () {
    const { at, constraints, number, value } = command
    yield* timelyTrial(state, number, command)
    const values = yield* checkedValues(state, number, value)
    const wrong = constraints?.find((it) => !Number.isFinite(it))
    if (wrong !== undefined) {
      return yield* Result.fail(new InvalidValue({ number, field: "constraint", value: wrong }))
    }
    return cases.Told.make({
      number,
      values,
      ...(constraints === undefined ? {} : { constraints: constraints.map(withoutSign) }),
      ...timed(at)
    })
  })

const decideFail = (state: State, command: Extract<TrialCommand, { readonly _tag: "Fail" }>) =>
  Result.map(heldTrial(state, command.number, command), (trial) => {
    const { at, kind = "error", number, reason, retry = true } = command
    const again = retry && mayRetry(state, trial, kind === "lease-expired")
    return cases.Failed.make({ number, kind, reason, retry: again, ...timed(at) })
  })

const decideReport = (state: State, command: Extract<TrialCommand, { readonly _tag: "Report" }>) =>
  Result.gen(function* () {
    const { number, step, value } = command
    const { reports } = yield* timelyTrial(state, number, command)
    if (!isStep(step)) return yield* Result.fail(new InvalidValue({ number, field: "step", value: step }))
    const values = yield* checkedValues(state, number, value)
    if (reports.length >= REPORTS_MAX && !reports.some((report) => report.step === step)) {
      return yield* Result.fail(new TooManyEntries({ number, entries: "reports", max: REPORTS_MAX }))
    }
    return cases.Reported.make({ number, step, values })
  })

const decideRenew = (state: State, command: Extract<TrialCommand, { readonly _tag: "Renew" }>) => {
  const { at, attempt, lease, number } = command
  return Result.map(timelyTrial(state, number, { owner: lease.owner, attempt, at }), (trial) => {
    const until = Math.max(lease.until, trial.lease?.until ?? lease.until)
    return cases.Renewed.make({ number, lease: { owner: lease.owner, until } })
  })
}

const decideRest = (state: State, { _tag, number }: { readonly _tag: "Pause" | "Resume"; readonly number: number }) =>
  Result.flatMap(openTrial(state, number), (trial): Result.Result<StudyEvent, EndRefusal> => {
    const isPause = _tag === "Pause"
    if ((trial.state === "paused") === isPause) {
      const needed = isPause ? "waiting or running" : "paused"
      return Result.fail(new WrongTrialState({ number, state: stateName(trial), needed }))
    }
    return Result.succeed(isPause ? cases.Paused.make({ number }) : cases.Resumed.make({ number }))
  })

/** Decides a `Release`: both events in one, so that no trial is left paused that nobody has paused. */
export const decideRelease = (
  state: State,
  { number, ...by }: { readonly number: number } & By
): Result.Result<ReadonlyArray<StudyEvent>, EndRefusal> =>
  Result.map(
    Result.flatMap(checkTime("at", by.at), () => timelyTrial(state, number, by)),
    () => [cases.Paused.make({ number }), cases.Resumed.make({ number })]
  )

const decideAttribute = (state: State, command: Extract<TrialCommand, { readonly _tag: "SetAttribute" }>) =>
  Result.gen(function* () {
    const { key, number, value } = command
    const owner = number === undefined ? state : state.trial(number)
    if (owner === undefined) return yield* Result.fail(new TrialNotFound({ number: number ?? -1, trials: state.count }))
    if (owner.attributes.size >= ATTRIBUTES_MAX && !owner.attributes.has(key)) {
      return yield* Result.fail(new TooManyEntries({ number, entries: "attributes", max: ATTRIBUTES_MAX }))
    }
    return cases.AttributeSet.make({ key, value, ...(number === undefined ? {} : { number }) })
  })

const decideArtifact = (state: State, command: Extract<TrialCommand, { readonly _tag: "AddArtifact" }>) =>
  Result.gen(function* () {
    const { artifact, number } = command
    const trial = state.trial(number)
    if (trial === undefined) return yield* Result.fail(new TrialNotFound({ number, trials: state.count }))
    if (trial.artifacts.length >= ARTIFACTS_MAX) {
      return yield* Result.fail(new TooManyEntries({ number, entries: "artifacts", max: ARTIFACTS_MAX }))
    }
    return cases.ArtifactAdded.make({ number, artifact })
  })

const decideChecked = (state: State, command: TrialCommand): Result.Result<StudyEvent, EndRefusal> => {
  switch (command._tag) {
    case "Tell":
      return decideTell(state, command)
    case "Fail":
      return decideFail(state, command)
    case "Report":
      return decideReport(state, command)
    case "Prune":
      return Result.map(timelyTrial(state, command.number, command), ({ number }) =>
        cases.Pruned.make({ number, ...timed(command.at) })
      )
    case "Renew":
      return decideRenew(state, command)
    case "Pause":
    case "Resume":
      return decideRest(state, command)
    case "SetAttribute":
      return decideAttribute(state, command)
    case "AddArtifact":
      return decideArtifact(state, command)
  }
}

/** Decides what concerns one trial, or an attribute: the one event that it causes. */
export const decideTrial = <D extends Declaration>(
  state: State<D>,
  command: TrialCommand
): Result.Result<StudyEvent, EndRefusal> => Result.flatMap(checkCommand(command), () => decideChecked(state, command))

// --- variables asked for while a trial runs ------------------------------------------------------------------------

/** Tells apart the streams of variables with the same number of a trial (FNV-1a over the name's code units). */
const hashOf = (name: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193)
  return hash >>> 0
}

/** The value that parameters have under a name; a plain look would find what every object has, such as `constructor`. */
const ownValue = (params: SearchSpace.Params, name: string): SearchSpace.Value | undefined =>
  Object.hasOwn(params, name) ? params[name] : undefined

/** The value of a declared variable must be there: nothing is decided. */
const checkDeclared = ({ definition }: State, trial: Trial, { name, variable }: SuggestCommand) => {
  const refuseParams = (problem: string) => Result.fail(new SearchSpace.InvalidParams({ path: [name], problem }))
  if (!definition.space.variables.some((each) => each.name === name)) {
    return refuseParams("is not a variable of this space")
  }
  if (ownValue(trial.params, name) === undefined)
    return refuseParams("has no value in this trial: its condition does not hold")
  return Result.map(SearchSpace.extend(definition.space, name, variable), () => [])
}

/**
 * Decides a `Suggest`: no event if the trial has the value already; else what the sampler suggested when the trial was asked
 * for, or a draw if the variable was not known then.
 */
export const decideSuggest = <D extends Declaration>(
  state: State<D>,
  command: SuggestCommand
): Result.Result<ReadonlyArray<StudyEvent>, SuggestRefusal> =>
  Result.gen(function* () {
    const { at, name, number, variable } = command
    yield* checkTime("at", at)
    const trial = yield* timelyTrial(state, number, command)
    const { seed, space } = state.definition
    if (!space.open) return yield* checkDeclared(state, trial, command)
    const extended = yield* SearchSpace.extend<Declaration>(space, name, variable)
    const declared = extended.variables.find((each) => each.name === name)
    if (declared === undefined || ownValue(trial.params, name) !== undefined) return []
    const random = Random.stream(seed, number, streams.random, hashOf(name))
    const value = ownValue(trial.suggestion, name) ?? declared.axis.fromUnit(Random.uniform(random))
    return [cases.Suggested.make({ number, variable: SpaceJson.encodeVariable(declared), value })]
  })

// --- any command ---------------------------------------------------------------------------------------------------

const decideEnqueue = <D extends Declaration>(
  state: State<D>,
  { at, params }: Extract<Command<D>, { readonly _tag: "Enqueue" }>
) =>
  Result.gen(function* () {
    const { space, trialsMax } = state.definition
    yield* checkTime("at", at)
    if (state.count >= trialsMax) return yield* Result.fail(new TrialLimitReached({ trialsMax }))
    const checked = yield* SearchSpace.validate(space, params)
    return [cases.Enqueued.make({ number: state.count, params: { ...checked }, ...timed(at) })]
  })

/** Decides a command: the events that it causes, or why it is refused. */
export const decide = <D extends Declaration>(state: State<D>, command: Command<D>): Decision => {
  switch (command._tag) {
    case "Ask":
      return decideAsk(state, command)
    case "Enqueue":
      return decideEnqueue(state, command)
    case "Recover":
      return decideRecover(state, command.at)
    case "Release":
      return decideRelease(state, command)
    case "PauseStudy":
      return Result.succeed(state.isPaused ? [] : [cases.StudyPaused.make({})])
    case "ResumeStudy":
      return Result.succeed(state.isPaused ? [cases.StudyResumed.make({})] : [])
    default:
      return Result.map(decideTrial(state, command), (event) => [event])
  }
}
