/**
 * A study: ask for parameters, tell what they were worth, as often as you like. Pure: a state and its events.
 *
 * A command is decided (`decide`) into one event or one refusal, and an event makes the next state (`evolve`). `ask`, `tell`,
 * `fail` and `prune` do both. Any number of trials may be running; samplers see them as pending.
 *
 * **Guarantees** The next suggestion depends only on the definition and on the trials so far: a study replayed from its events goes
 * on exactly as one that never stopped, whatever the order in which running trials ended. Each trial ends once. Numbers run from 0
 * without gaps. `best` never names a trial that is not complete.
 *
 * **Does not guarantee** That a trial that was asked is ever told: who leases trials to workers must fail the lost ones. Suggestions
 * of another version of this package may differ; the trials so far do not, since events hold the parameters.
 *
 * @since 0.1.0
 */
import { Option, Result, Schema } from "effect"
import type { Direction, InvalidOptions, Observation, Pending, Sampler } from "../sampler/Sampler.ts"
import * as Samplers from "../sampler/Samplers.ts"
import type { UnknownSampler } from "../sampler/Samplers.ts"
import * as SearchSpace from "../space/SearchSpace.ts"
import type { Declaration, InvalidParams, InvalidSpace, Params, SearchSpace as Space } from "../space/SearchSpace.ts"
import * as SpaceJson from "../space/SpaceJson.ts"
import { StudyEvent } from "./StudyEvent.ts"

/** What a study is about. */
export interface Definition<D extends Declaration = Declaration> {
  readonly space: Space<D>
  readonly sampler: Sampler
  readonly direction: Direction
  /** A safe integer. */
  readonly seed: number
  /** Most trials of the study; `ask` refuses more. */
  readonly trialsMax: number
}

interface AnyTrial<D extends Declaration> extends Pending<D> {
  /** The name of the sampler that suggested the parameters, or `given`. */
  readonly sampler: string
}

/** A trial that somebody is working on. */
export interface RunningTrial<D extends Declaration = Declaration> extends AnyTrial<D> {
  readonly state: "running"
}

/** A trial with a value. */
export interface CompleteTrial<D extends Declaration = Declaration> extends AnyTrial<D> {
  readonly state: "complete"
  readonly value: number
}

/** A trial that was ended early. */
export interface PrunedTrial<D extends Declaration = Declaration> extends AnyTrial<D> {
  readonly state: "pruned"
  readonly step: number | undefined
  readonly value: number | undefined
}

/** A trial that came to nothing. */
export interface FailedTrial<D extends Declaration = Declaration> extends AnyTrial<D> {
  readonly state: "failed"
  readonly reason: string
}

/** A trial in any of its states. */
export type Trial<D extends Declaration = Declaration> =
  | RunningTrial<D>
  | CompleteTrial<D>
  | PrunedTrial<D>
  | FailedTrial<D>

/** A study after some events. The trial of number n stands at place n. */
export interface State<D extends Declaration = Declaration> {
  readonly definition: Definition<D>
  readonly trials: ReadonlyArray<Trial<D>>
  readonly best: Option.Option<CompleteTrial<D>>
}

/** A setting of the study is out of its range. */
export class InvalidSetting extends Schema.TaggedError<InvalidSetting>("@mabeam/optimize/Study/InvalidSetting")(
  "InvalidSetting",
  { setting: Schema.String, problem: Schema.String }
) {
  override get message() {
    return `${this.setting}: ${this.problem}`
  }
}

/** The study has had all its trials. */
export class TrialLimitReached extends Schema.TaggedError<TrialLimitReached>(
  "@mabeam/optimize/Study/TrialLimitReached"
)("TrialLimitReached", { trialsMax: Schema.Int }) {
  override get message() {
    return `the study has had all its ${this.trialsMax} trials`
  }
}

/** No trial of this number was asked for. */
export class TrialNotFound extends Schema.TaggedError<TrialNotFound>("@mabeam/optimize/Study/TrialNotFound")(
  "TrialNotFound",
  {
    // @effect-diagnostics-next-line schemaNumber:off -- it shows what was asked, which may be no number of a trial
    number: Schema.Number,
    trials: Schema.Int
  }
) {
  override get message() {
    return `there is no trial ${this.number}; ${this.trials} have been asked for`
  }
}

/** The trial has ended already; the first result stands. */
export class TrialAlreadyTold extends Schema.TaggedError<TrialAlreadyTold>("@mabeam/optimize/Study/TrialAlreadyTold")(
  "TrialAlreadyTold",
  { number: Schema.Int, state: Schema.Literals(["complete", "pruned", "failed"]) }
) {
  override get message() {
    return `trial ${this.number} has ended already (${this.state})`
  }
}

/** A value is not a finite number. `fail` the trial instead. */
export class InvalidValue extends Schema.TaggedError<InvalidValue>("@mabeam/optimize/Study/InvalidValue")(
  "InvalidValue",
  {
    number: Schema.Int,
    field: Schema.String,
    // @effect-diagnostics-next-line schemaNumber:off -- it shows the value at fault
    value: Schema.Number
  }
) {
  override get message() {
    return `the ${this.field} of trial ${this.number} is ${this.value}, not a finite number`
  }
}

/** An event does not fit the state that it is applied to. */
export class UnfitEvent extends Schema.TaggedError<UnfitEvent>("@mabeam/optimize/Study/UnfitEvent")("UnfitEvent", {
  event: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `"${this.event}" does not fit the study: ${this.problem}`
  }
}

/** Stored events do not make a study: the place of the first that does not fit, and why. */
export class CorruptStudy extends Schema.TaggedError<CorruptStudy>("@mabeam/optimize/Study/CorruptStudy")(
  "CorruptStudy",
  { position: Schema.Int, problem: Schema.String }
) {
  override get message() {
    return `event ${this.position} of the study: ${this.problem}`
  }
}

/** The events belong to a study with another definition. */
export class StudyMismatch extends Schema.TaggedError<StudyMismatch>("@mabeam/optimize/Study/StudyMismatch")(
  "StudyMismatch",
  { setting: Schema.String, stored: Schema.String, given: Schema.String }
) {
  override get message() {
    return `the stored study has another ${this.setting}: ${this.stored}, not ${this.given}`
  }
}

/** Most trials of a study unless told otherwise. */
export const TRIALS_MAX_DEFAULT = 100_000

/** Defines a study. `direction` is `minimize`, `seed` 0 and `trialsMax` 100,000 unless told otherwise. */
export const define = <D extends Declaration>(options: {
  readonly space: Space<D>
  readonly sampler: Sampler
  readonly direction?: Direction | undefined
  readonly seed?: number | undefined
  readonly trialsMax?: number | undefined
}): Result.Result<Definition<D>, InvalidSetting> => {
  const { space, sampler, direction = "minimize", seed = 0, trialsMax = TRIALS_MAX_DEFAULT } = options
  const refuse = (setting: string, problem: string) => Result.fail(new InvalidSetting({ setting, problem }))
  if (!Number.isSafeInteger(seed)) return refuse("seed", `${seed} is not a safe integer`)
  if (!Number.isSafeInteger(trialsMax) || trialsMax < 1 || trialsMax > 2 ** 32) {
    return refuse("trialsMax", `${trialsMax} is not a whole number from 1 to 2^32`)
  }
  return Result.succeed({ space, sampler, direction, seed, trialsMax })
}

/** A study without trials. */
export const start = <D extends Declaration>(definition: Definition<D>): State<D> => ({
  definition,
  trials: [],
  best: Option.none()
})

/** Defines a study and starts it. */
export const make = <D extends Declaration>(
  options: Parameters<typeof define<D>>[0]
): Result.Result<State<D>, InvalidSetting> => Result.map(define(options), start)

/** The event that begins the study. */
export const created = <D extends Declaration>({ definition }: State<D>): StudyEvent => {
  const { space, sampler, direction, seed, trialsMax } = definition
  return StudyEvent.cases.Created.make({
    space: SpaceJson.encode(space),
    sampler: Samplers.encode(sampler),
    direction,
    seed,
    trialsMax
  })
}

/** What can be done to a study. */
export type Command<D extends Declaration = Declaration> =
  | {
      readonly _tag: "Ask"
      /** These instead of a suggestion. */
      readonly params?: Params<D> | undefined
      /** Suggests instead of the study's own sampler. */
      readonly sampler?: Sampler | undefined
    }
  | { readonly _tag: "Tell"; readonly number: number; readonly value: number }
  | { readonly _tag: "Fail"; readonly number: number; readonly reason: string }
  | {
      readonly _tag: "Prune"
      readonly number: number
      readonly step?: number | undefined
      readonly value?: number | undefined
    }

/** Why a trial cannot be ended. */
export type EndRefusal = TrialNotFound | TrialAlreadyTold | InvalidValue
/** Why no trial is given. */
export type AskRefusal = TrialLimitReached | InvalidParams

/** What is known of the trials, as samplers want it. */
export const evidence = <D extends Declaration>(
  state: State<D>
): { readonly history: ReadonlyArray<Observation<D>>; readonly pending: ReadonlyArray<Pending<D>> } => {
  const history: Array<Observation<D>> = []
  const pending: Array<Pending<D>> = []
  for (const trial of state.trials) {
    if (trial.state === "running") pending.push(trial)
    else if (trial.state === "complete") history.push({ ...trial, values: [trial.value] })
    else history.push(trial)
  }
  return { history, pending }
}

/** The parameters that a sampler suggests next. The study is not changed. */
export const suggest = <D extends Declaration>(
  state: State<D>,
  sampler: Sampler = state.definition.sampler
): Params<D> => {
  const { space, direction, seed } = state.definition
  return sampler.suggest({ space, directions: [direction], seed, number: state.trials.length, ...evidence(state) })
}

/** Decides an `Ask`. */
export const decideAsk = <D extends Declaration>(
  state: State<D>,
  command: Extract<Command<D>, { readonly _tag: "Ask" }>
): Result.Result<StudyEvent, AskRefusal> => {
  const { space, trialsMax, sampler } = state.definition
  const number = state.trials.length
  if (number >= trialsMax) return Result.fail(new TrialLimitReached({ trialsMax }))
  const suggested = command.params ?? suggest(state, command.sampler)
  const by = command.params === undefined ? (command.sampler ?? sampler).name : "given"
  return Result.map(SearchSpace.validate(space, suggested), (params) =>
    StudyEvent.cases.Asked.make({ number, params: { ...params }, sampler: by })
  )
}

/** Decides anything else. */
export const decideEnd = <D extends Declaration>(
  state: State<D>,
  command: Exclude<Command<D>, { readonly _tag: "Ask" }>
): Result.Result<StudyEvent, EndRefusal> => {
  const { number } = command
  const trial = state.trials[number]
  if (trial === undefined) return Result.fail(new TrialNotFound({ number, trials: state.trials.length }))
  if (trial.state !== "running") return Result.fail(new TrialAlreadyTold({ number, state: trial.state }))
  if (command._tag === "Fail") return Result.succeed(StudyEvent.cases.Failed.make({ number, reason: command.reason }))
  const { value, step } = command._tag === "Prune" ? command : { value: command.value, step: undefined }
  for (const [field, told] of [
    ["value", value],
    ["step", step]
  ] as const) {
    if (told !== undefined && !Number.isFinite(told)) {
      return Result.fail(new InvalidValue({ number, field, value: told }))
    }
  }
  if (command._tag === "Tell") return Result.succeed(StudyEvent.cases.Told.make({ number, value: command.value }))
  return Result.succeed(
    StudyEvent.cases.Pruned.make({
      number,
      ...(step === undefined ? {} : { step }),
      ...(value === undefined ? {} : { value })
    })
  )
}

/** Decides a command: the event that it causes, or why it is refused. */
export const decide = <D extends Declaration>(
  state: State<D>,
  command: Command<D>
): Result.Result<StudyEvent, AskRefusal | EndRefusal> =>
  command._tag === "Ask" ? decideAsk(state, command) : decideEnd(state, command)

const isBetter = (direction: Direction, value: number, than: number) =>
  direction === "minimize" ? value < than : value > than

/** The better of the two; of equals, the one with the smaller number, so that the order of telling does not matter. */
const betterOf = <D extends Declaration>(
  direction: Direction,
  best: Option.Option<CompleteTrial<D>>,
  trial: CompleteTrial<D>
): Option.Option<CompleteTrial<D>> => {
  if (Option.isNone(best) || isBetter(direction, trial.value, best.value.value)) return Option.some(trial)
  return trial.value === best.value.value && trial.number < best.value.number ? Option.some(trial) : best
}

const ended = <D extends Declaration>(
  { params, number, sampler }: Trial<D>,
  event: Exclude<StudyEvent, { readonly _tag: "Created" | "Asked" }>
): Trial<D> => {
  switch (event._tag) {
    case "Told":
      return { state: "complete", number, params, sampler, value: event.value }
    case "Failed":
      return { state: "failed", number, params, sampler, reason: event.reason }
    case "Pruned":
      return { state: "pruned", number, params, sampler, step: event.step, value: event.value }
  }
}

/** What an event changes: the trial it makes or ends. Fails with the reason why it does not fit the state. */
const changed = <D extends Declaration>(state: State<D>, event: StudyEvent): Result.Result<Trial<D>, string> => {
  if (event._tag === "Created") return Result.fail("a study is created once")
  const { number } = event
  if (event._tag === "Asked") {
    if (number !== state.trials.length) return Result.fail(`trial ${number} does not follow ${state.trials.length - 1}`)
    if (number >= state.definition.trialsMax) return Result.fail(`trial ${number} is above the limit`)
    return Result.mapBoth(SearchSpace.validate(state.definition.space, event.params), {
      onFailure: (error) => error.message,
      onSuccess: (params) => ({ state: "running", number, params, sampler: event.sampler })
    })
  }
  const trial = state.trials[number]
  if (trial === undefined) return Result.fail(`there is no trial ${number}`)
  return trial.state === "running"
    ? Result.succeed(ended(trial, event))
    : Result.fail(`trial ${number} has ended already (${trial.state})`)
}

const bestAfter = <D extends Declaration>(state: State<D>, trial: Trial<D>): State<D>["best"] =>
  trial.state === "complete" ? betterOf(state.definition.direction, state.best, trial) : state.best

/** The state after an event. */
export const evolve = <D extends Declaration>(
  state: State<D>,
  event: StudyEvent
): Result.Result<State<D>, UnfitEvent> =>
  Result.mapBoth(changed(state, event), {
    onFailure: (problem) => new UnfitEvent({ event: event._tag, problem }),
    onSuccess: (trial) => ({
      definition: state.definition,
      trials: trial.number === state.trials.length ? [...state.trials, trial] : state.trials.with(trial.number, trial),
      best: bestAfter(state, trial)
    })
  })

const apply = <D extends Declaration>(state: State<D>, event: StudyEvent): State<D> =>
  // An event that was just decided on this state fits it.
  Result.getOrThrowWith(evolve(state, event), (error) => error)

/** Asks for a trial: a suggestion of the study's sampler, or of the given one, or the given parameters. */
export const ask = <D extends Declaration>(
  state: State<D>,
  options?: { readonly params?: Params<D> | undefined; readonly sampler?: Sampler | undefined }
): Result.Result<readonly [next: State<D>, trial: Trial<D>], AskRefusal> =>
  Result.map(decideAsk(state, { _tag: "Ask", ...options }), (event) => {
    const next = apply(state, event)
    return [next, next.trials.at(-1)!]
  })

const end = <D extends Declaration>(
  state: State<D>,
  command: Exclude<Command<D>, { readonly _tag: "Ask" }>
): Result.Result<State<D>, EndRefusal> => Result.map(decideEnd(state, command), (event) => apply(state, event))

/** Tells the value of a running trial. */
export const tell = <D extends Declaration>(
  state: State<D>,
  number: number,
  value: number
): Result.Result<State<D>, EndRefusal> => end(state, { _tag: "Tell", number, value })

/** Ends a running trial without a value. */
export const fail = <D extends Declaration>(
  state: State<D>,
  number: number,
  reason: string
): Result.Result<State<D>, EndRefusal> => end(state, { _tag: "Fail", number, reason })

/** Ends a running trial early; `step` tells how far it came and `value` what it was worth then. */
export const prune = <D extends Declaration>(
  state: State<D>,
  number: number,
  at?: { readonly step?: number | undefined; readonly value?: number | undefined }
): Result.Result<State<D>, EndRefusal> => end(state, { _tag: "Prune", number, ...at })

/** Applies all events after `Created`; linear in their number. */
const replayTrials = <D extends Declaration>(
  definition: Definition<D>,
  events: ReadonlyArray<StudyEvent>
): Result.Result<State<D>, CorruptStudy> => {
  const trials: Array<Trial<D>> = []
  let state: State<D> = { definition, trials, best: Option.none() }
  for (let position = 1; position < events.length; position++) {
    const step = changed(state, events[position]!)
    if (Result.isFailure(step)) return Result.fail(new CorruptStudy({ position, problem: step.failure }))
    trials[step.success.number] = step.success
    state = { definition, trials, best: bestAfter(state, step.success) }
  }
  return Result.succeed(state)
}

const firstOf = (events: ReadonlyArray<StudyEvent>) => {
  const first = events[0]
  return first?._tag === "Created"
    ? Result.succeed(first)
    : Result.fail(new CorruptStudy({ position: 0, problem: `expects "Created", not ${first?._tag ?? "the end"}` }))
}

/** Goes on with a stored study whose definition is known; the stored one must be the same. */
export const resume = <D extends Declaration>(
  definition: Definition<D>,
  events: ReadonlyArray<StudyEvent>
): Result.Result<State<D>, CorruptStudy | StudyMismatch> =>
  Result.gen(function* () {
    const stored = yield* firstOf(events)
    const given = created(start(definition))
    for (const setting of ["space", "sampler", "direction", "seed", "trialsMax"] as const) {
      const [was, is] = [canonical(stored[setting]), canonical(Reflect.get(given, setting))]
      if (was !== is) return yield* Result.fail(new StudyMismatch({ setting, stored: was, given: is }))
    }
    return yield* replayTrials(definition, events)
  })

/** Goes on with a stored study from its events alone. `samplers` makes samplers that are not of this package. */
export const replay = (
  events: ReadonlyArray<StudyEvent>,
  samplers?: ReadonlyMap<string, Samplers.Maker> | undefined
): Result.Result<State, CorruptStudy | InvalidSpace | UnknownSampler | InvalidOptions | InvalidSetting> =>
  Result.gen(function* () {
    const { space, sampler, ...rest } = yield* firstOf(events)
    const definition = yield* define({
      space: yield* SpaceJson.decode(space),
      sampler: yield* Samplers.decode(sampler, samplers),
      ...rest
    })
    return yield* replayTrials(definition, events)
  })

/** JSON with the keys in order, to compare by. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part
  )
