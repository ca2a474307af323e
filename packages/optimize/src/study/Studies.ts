/**
 * Studies that are kept: each is a stream of the `EventStore`, `study/<name>`.
 *
 * Commands are decided on the state in memory and appended under the version that it has. If another process was
 * faster, its events are read and the command is decided again, on what is then known. So any number of processes may work on one study.
 *
 * **Guarantees** Over all processes, each trial has its own number and ends once. What a method has answered is stored. A study that is
 * opened again, anywhere, goes on as if it had never stopped. A call that is interrupted or fails half-way leaves the
 * state in memory right: it is read again before the next command.
 *
 * A trial of a process that died is free after its lease: the next `ask` anywhere takes it up, as its next attempt, or ends it as
 * failed when it was lost more than `lossesMax` times.
 *
 * **Does not guarantee** That an `ask` which fails with `BackendError` or is interrupted has left no trial running until its lease
 * ends. Leases compare the clocks of processes: keep them closer together than a lease is long.
 *
 * **Example**
 *
 * ```ts
 * import { EventStore } from "@foundation/core"
 * import { SearchSpace, Studies, Study, Tpe } from "@mabeam/optimize"
 * import { Console, Effect, Layer, Result } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const studies = yield* Studies.Studies
 *   const space = yield* Effect.fromResult(SearchSpace.make({ x: SearchSpace.float(-1, 1) }))
 *   const sampler = yield* Effect.fromResult(Tpe.make())
 *   const study = yield* studies.open("parabola", yield* Effect.fromResult(Study.define({ space, sampler })))
 *   for (let i = 0; i < 50; i++) {
 *     const { number, params } = yield* study.ask()
 *     yield* study.tell(number, params.x ** 2)
 *   }
 *   const again = yield* studies.get("parabola")
 *   yield* Console.log(again.trials.length) // => 50
 * })
 *
 * await Effect.runPromise(Effect.provide(program, Layer.provide(Studies.layer, EventStore.layerMemory)))
 * ```
 *
 * @since 0.1.0
 */
import { EventStore } from "@foundation/core"
import type { BackendError } from "@foundation/core"
import { Clock, Context, Duration, Effect, Layer, Option, Random, Result, Schema, Semaphore, Stream } from "effect"
import type { Sampler } from "../sampler/Sampler.ts"
import type { Declaration, Params, Value, Variable } from "../space/SearchSpace.ts"
import type { By } from "./Command.ts"
import type { Makers } from "./Definition.ts"
import { goOn } from "./Replay.ts"
import type { ReplayFailure } from "./Replay.ts"
import * as Study from "./Study.ts"
import { StudyEvent } from "./StudyEvent.ts"
import type { Artifact, FailureKind } from "./StudyEvent.ts"

type StoreFailure = BackendError.BackendError

/** A name is empty, too long for a stream, or not a well-formed text. */
export class InvalidStudyName extends Schema.TaggedError<InvalidStudyName>("@mabeam/optimize/Studies/InvalidStudyName")(
  "InvalidStudyName",
  { name: Schema.String, problem: Schema.String }
) {
  override get message() {
    return `${JSON.stringify(this.name)} cannot name a study: ${this.problem}`
  }
}

/** No study of this name is stored. */
export class StudyNotFound extends Schema.TaggedError<StudyNotFound>("@mabeam/optimize/Studies/StudyNotFound")(
  "StudyNotFound",
  { name: Schema.String }
) {
  override get message() {
    return `there is no study "${this.name}"`
  }
}

/** There is a study of this name already. */
export class StudyExists extends Schema.TaggedError<StudyExists>("@mabeam/optimize/Studies/StudyExists")(
  "StudyExists",
  { name: Schema.String }
) {
  override get message() {
    return `there is a study "${this.name}" already`
  }
}

/** Other processes were faster this many times in a row; try again later. */
export class StudyContended extends Schema.TaggedError<StudyContended>("@mabeam/optimize/Studies/StudyContended")(
  "StudyContended",
  { name: Schema.String, attempts: Schema.Int }
) {
  override get message() {
    return `study "${this.name}": other writers were faster ${this.attempts} times`
  }
}

/** The parameters are too large for one event. */
export class TrialTooLarge extends Schema.TaggedError<TrialTooLarge>("@mabeam/optimize/Studies/TrialTooLarge")(
  "TrialTooLarge",
  { name: Schema.String, bytes: Schema.Int, bytesMax: Schema.Int }
) {
  override get message() {
    return `study "${this.name}": an event of ${this.bytes} bytes, the limit is ${this.bytesMax}`
  }
}

/** How often a command is decided again before it fails with `StudyContended`. */
export const ATTEMPTS_MAX = 100
/** Most characters of a study's name. */
export const NAME_LENGTH_MAX = 240

/** Why a stored study cannot be used or written. */
export type StudyFailure = Study.CorruptStudy | StudyContended | TrialTooLarge | StoreFailure

/** How this process works on a study. */
export interface OpenOptions {
  /** Who works: distinct for each worker that may take up what another has lost. Default: a random name. */
  readonly owner?: string | undefined
  /** How long a trial stays with a worker that is not heard of. Default 5 minutes. At 0, whoever asks next takes it over. */
  readonly lease?: Duration.Input | undefined
}

type Ending = Effect.Effect<void, Study.EndRefusal | StudyFailure>

/** Which attempt is meant: `attempt` of the trial as it was given. Tells workers of one owner apart. */
export type OfAttempt = Pick<By, "attempt">

/** A study that is open in this process. Its methods wait for each other. */
export interface OpenStudy<D extends Declaration = Declaration> {
  readonly name: string
  readonly owner: string
  /** What is known here: all that this process did, and what it has read of others. */
  readonly state: Effect.Effect<Study.State<D>>
  /** Reads what other processes did. */
  readonly refresh: Effect.Effect<Study.State<D>, StudyFailure>
  /** A trial to work on, leased to this owner: one that another has lost, or one that waits, or a new one. */
  readonly ask: (options?: {
    readonly params?: Params<D> | undefined
    readonly sampler?: Sampler | undefined
    readonly trialsMax?: number | undefined
  }) => Effect.Effect<Study.Trial<D>, Study.AskRefusal | StudyFailure>
  /** The value of a variable in a running trial; in an open space, this declares the variable. See `Study.suggestValue`. */
  readonly suggest: <A extends Value>(
    number: number,
    name: string,
    variable: Variable<A>,
    options?: OfAttempt
  ) => Effect.Effect<A, Study.SuggestRefusal | StudyFailure>
  /** Adds a trial that waits for whoever asks next; gives its number. */
  readonly enqueue: (params: Params<D>) => Effect.Effect<number, Study.AskRefusal | Study.EndRefusal | StudyFailure>
  /**
   * Ends the attempts that were lost with their workers or have had their time. `ask` does so, too, even if it is refused because the
   * study has ended, but not while the study is paused.
   */
  readonly recover: Effect.Effect<void, Study.InvalidCommand | StudyFailure>
  /** Says that the worker is alive: the lease begins anew. */
  readonly renew: (number: number, options?: OfAttempt) => Ending
  readonly report: (number: number, step: number, value: Study.Value, options?: OfAttempt) => Ending
  /** Whether the study's pruner would end the trial now, from what is known here. */
  readonly shouldPrune: (number: number) => Effect.Effect<boolean>
  readonly tell: (
    number: number,
    value: Study.Value,
    options?: OfAttempt & { readonly constraints?: ReadonlyArray<number> | undefined }
  ) => Ending
  readonly fail: (
    number: number,
    reason: string,
    options?: OfAttempt & { readonly kind?: FailureKind | undefined; readonly retry?: boolean | undefined }
  ) => Ending
  readonly prune: (number: number, options?: OfAttempt) => Ending
  /** Gives a trial back, for whoever asks next, as if this attempt had not been: a shutdown, not a failure. */
  readonly release: (number: number, options?: OfAttempt) => Ending
  /** Of a trial, or of the whole study. */
  readonly pause: (number?: number) => Effect.Effect<void, Study.AskRefusal | Study.EndRefusal | StudyFailure>
  readonly resume: (number?: number) => Effect.Effect<void, Study.AskRefusal | Study.EndRefusal | StudyFailure>
  /** Of a trial, or of the study when there is no number. */
  readonly setAttribute: (key: string, value: Schema.Json, number?: number) => Ending
  readonly addArtifact: (number: number, artifact: Artifact) => Ending
}

/** Why a stored study cannot be read. */
export type ReadFailure = ReplayFailure | InvalidStudyName | StudyNotFound | StoreFailure

/** Keeps studies. */
export class Studies extends Context.Service<
  Studies,
  {
    /** Opens the study of this name, or creates it; a stored one must have the same definition. */
    readonly open: <D extends Declaration>(
      name: string,
      definition: Study.Definition<D>,
      options?: OpenOptions
    ) => Effect.Effect<OpenStudy<D>, InvalidStudyName | Study.StudyMismatch | StudyFailure>
    /** The names of the stored studies, in the order in which they were begun. */
    readonly list: Effect.Effect<ReadonlyArray<string>, StoreFailure>
    /**
     * Stores a study from elsewhere, as `StudyRecord` makes them: its events must make a study. More than 500 events take several
     * appends: whoever is killed in between, or has the name opened by another, leaves a study with the first of its trials.
     */
    readonly add: (
      name: string,
      events: ReadonlyArray<StudyEvent>,
      makers?: Makers
    ) => Effect.Effect<void, InvalidStudyName | StudyExists | ReplayFailure | StudyFailure>
    /** Reads a study. `makers` makes samplers and pruners that are not of this package. */
    readonly get: (name: string, makers?: Makers) => Effect.Effect<Study.State, ReadFailure>
    /** What was written down of a study, in order. */
    readonly events: (
      name: string
    ) => Stream.Stream<StudyEvent, InvalidStudyName | StudyNotFound | Study.CorruptStudy | StoreFailure>
  }
>()("@mabeam/optimize/Studies") {}

type Store = EventStore.EventStore["Service"]

const PREFIX = "study/"

const PAGE = 5_000
/** Events in one append of `add`; every store takes so many. */
const APPEND = 500

const decodeEvent = Schema.decodeUnknownResult(StudyEvent)
const encodeEvent = Schema.encodeSync(Schema.toCodecJson(StudyEvent))

/** A request that this module built was refused. */
const asDefect = (error: { readonly message: string }) => Effect.die(error)

const makeStream = (store: Store, name: string) => {
  const stream = `${PREFIX}${name}`

  /** Some of the events behind a version, and whether these are all. */
  const readPage = Effect.fnUntraced(function* (version: number) {
    const page = yield* store
      .read(stream, { from: version + 1, limit: PAGE })
      .pipe(Effect.catchTag("InvalidRequest", asDefect))
    const events: Array<StudyEvent> = []
    for (const stored of page) {
      const position = version + events.length
      if (stored.version !== position + 1) {
        const problem = `the events before version ${stored.version} are gone`
        return yield* new Study.CorruptStudy({ position, problem })
      }
      const event = decodeEvent(stored.data)
      if (Result.isFailure(event)) {
        return yield* new Study.CorruptStudy({ position, problem: event.failure.message })
      }
      events.push(event.success)
    }
    return { events, isLast: page.length < PAGE }
  })

  /** The state after all events behind a version: page by page, so that a long study is never in memory twice. */
  const readOn = Effect.fnUntraced(function* <D extends Declaration>(state: Study.State<D>, version: number) {
    let now = { state, version }
    for (;;) {
      const { events, isLast } = yield* readPage(now.version)
      const next = yield* Effect.fromResult(goOn(now.state, events, now.version))
      now = { state: next, version: now.version + events.length }
      if (isLast) return now
    }
  })

  /** Appends behind a version; false if others were faster. */
  const append = (version: number, events: ReadonlyArray<StudyEvent>) =>
    store
      .append(
        stream,
        version === 0 ? "none" : version,
        events.map((event) => ({ type: event._tag, data: encodeEvent(event) }))
      )
      .pipe(
        Effect.as(true),
        Effect.catchTags({
          WrongExpectedVersion: () => Effect.succeed(false),
          DataTooLarge: ({ bytes, bytesMax }) => Effect.fail(new TrialTooLarge({ name, bytes, bytesMax })),
          InvalidRequest: asDefect,
          InvalidEvent: asDefect,
          EventIdReused: asDefect,
          BatchTooLarge: asDefect
        })
      )

  return { readPage, readOn, append }
}

const checkName = (name: string): Effect.Effect<void, InvalidStudyName> => {
  const refuse = (problem: string) => Effect.fail(new InvalidStudyName({ name, problem }))
  if (name.length === 0) return refuse("it is empty")
  if (name.length > NAME_LENGTH_MAX) return refuse(`it has more than ${NAME_LENGTH_MAX} characters`)
  return name.isWellFormed() && !name.includes("\u0000") ? Effect.void : refuse("it is not a well-formed text")
}

const openStudy = Effect.fnUntraced(function* <D extends Declaration>(
  store: Store,
  name: string,
  definition: Study.Definition<D>,
  given: OpenOptions = {}
) {
  yield* checkName(name)
  const lease = Duration.toMillis(Duration.fromInputUnsafe(given.lease ?? "5 minutes"))
  const owner = given.owner ?? `worker-${(yield* Random.nextInt).toString(36)}`
  const { readPage, readOn, append } = makeStream(store, name)
  const turn = yield* Semaphore.make(1)

  let page = yield* readPage(0)
  if (page.events.length === 0) {
    const created = Study.created(definition, yield* Clock.currentTimeMillis)
    page = (yield* append(0, [created])) ? { events: [created], isLast: true } : yield* readPage(0)
  }
  let state = yield* Effect.fromResult(Study.resume(definition, page.events))
  let version = page.events.length
  /** Whether the store may hold more than `state` knows. */
  let behind = false

  const catchUp = Effect.gen(function* () {
    behind = true
    const now = yield* readOn(state, version)
    state = now.state
    version = now.version
    behind = false
  })
  if (!page.isLast) yield* catchUp

  /** Decides, appends and evolves; gives the events and the state after them. */
  const run = <E>(decide: (state: Study.State<D>) => Result.Result<ReadonlyArray<StudyEvent>, E>) =>
    Effect.gen(function* () {
      for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        if (behind) yield* catchUp
        let decided = decide(state)
        if (Result.isFailure(decided)) {
          // What others did since may change the answer.
          yield* catchUp
          decided = decide(state)
        }
        const events = yield* Effect.fromResult(decided)
        if (events.length === 0) return { state, events }
        behind = true
        if (!(yield* append(version, events))) continue
        state = Study.applyUnsafe(state, events)
        version += events.length
        behind = false
        return { state, events }
      }
      return yield* new StudyContended({ name, attempts: ATTEMPTS_MAX })
    }).pipe(turn.withPermits(1))

  const does = (command: (at: number) => Study.Command<D>) =>
    Effect.flatMap(Clock.currentTimeMillis, (at) => run((now) => Study.decide(now, command(at))))
  const ends = (command: (at: number) => Study.TrialCommand) =>
    Effect.flatMap(Clock.currentTimeMillis, (at) =>
      Effect.asVoid(run((now) => Result.map(Study.decideTrial(now, command(at)), (event) => [event])))
    )
  const leaseAt = (at: number) => ({ owner, until: at + lease })
  const recover = Effect.gen(function* () {
    const at = yield* Clock.currentTimeMillis
    for (let found = 1; found > 0;) found = (yield* run((now) => Study.decideRecover(now, at))).events.length
  })

  const study: OpenStudy<D> = {
    name,
    owner,
    state: Effect.sync(() => state),
    refresh: Effect.map(turn.withPermits(1)(catchUp), () => state),
    ask: (options) =>
      Effect.flatMap(Clock.currentTimeMillis, (at) =>
        Effect.map(
          run((now) => Study.decideAsk(now, { ...options, at, lease: leaseAt(at) })),
          ({ events, state }) => state.trial(Study.givenBy(events))!
        )
      ).pipe(
        // Nobody will ask again with success: what hangs must not look as if it ran.
        Effect.tapError((error) =>
          error._tag === "TrialLimitReached" || error._tag === "StudyStopped" ? recover : Effect.void
        )
      ),
    suggest: (number, name, variable, options) =>
      Effect.flatMap(Clock.currentTimeMillis, (at) =>
        Effect.map(
          run((now) => Study.decideSuggest(now, { _tag: "Suggest", number, name, variable, ...options, owner, at })),
          ({ state }) => Study.valueOf(state, number, name, variable)
        )
      ),
    enqueue: (params) =>
      Effect.map(
        does((at) => ({ _tag: "Enqueue", params, at })),
        ({ state }) => state.count - 1
      ),
    recover,
    renew: (number, options) => ends((at) => ({ _tag: "Renew", number, ...options, lease: leaseAt(at), at })),
    report: (number, step, value, options) =>
      ends((at) => ({ _tag: "Report", number, step, value, ...options, owner, at })),
    shouldPrune: (number) => Effect.sync(() => Study.shouldPrune(state, number)),
    tell: (number, value, options) => ends((at) => ({ _tag: "Tell", number, value, ...options, owner, at })),
    fail: (number, reason, options) => ends((at) => ({ _tag: "Fail", number, reason, ...options, owner, at })),
    prune: (number, options) => ends((at) => ({ _tag: "Prune", number, ...options, owner, at })),
    release: (number, options) =>
      Effect.flatMap(Clock.currentTimeMillis, (at) =>
        Effect.asVoid(run((now) => Study.decideRelease(now, { number, ...options, owner, at })))
      ),
    pause: (number) =>
      number === undefined
        ? Effect.asVoid(does(() => ({ _tag: "PauseStudy" })))
        : ends(() => ({ _tag: "Pause", number })),
    resume: (number) =>
      number === undefined
        ? Effect.asVoid(does(() => ({ _tag: "ResumeStudy" })))
        : ends(() => ({ _tag: "Resume", number })),
    setAttribute: (key, value, number) => ends(() => ({ _tag: "SetAttribute", key, value, number })),
    addArtifact: (number, artifact) => ends(() => ({ _tag: "AddArtifact", number, artifact }))
  }
  return study
})

const addStudy = Effect.fnUntraced(function* (
  store: Store,
  name: string,
  events: ReadonlyArray<StudyEvent>,
  makers?: Makers
) {
  yield* checkName(name)
  yield* Effect.fromResult(Study.replay(events, makers))
  const { append } = makeStream(store, name)
  for (let version = 0; version < events.length; version += APPEND) {
    if (yield* append(version, events.slice(version, version + APPEND))) continue
    if (version === 0) return yield* new StudyExists({ name })
    return yield* new StudyContended({ name, attempts: 1 })
  }
})

const listNames = Effect.fnUntraced(function* (store: Store) {
  const names: Array<string> = []
  for (let offset = 0; ; offset += PAGE) {
    const page = yield* store
      .query({ type: "Created", offset, limit: PAGE })
      .pipe(Effect.catchTag("InvalidRequest", asDefect))
    for (const { stream, version } of page) {
      if (version === 1 && stream.startsWith(PREFIX)) names.push(stream.slice(PREFIX.length))
    }
    if (page.length < PAGE) return names
  }
})

/** `Studies` over any `EventStore`. */
export const layer: Layer.Layer<Studies, never, EventStore.EventStore> = Layer.effect(
  Studies,
  Effect.gen(function* () {
    const store = yield* EventStore.EventStore
    return Studies.of({
      open: (name, definition, options) =>
        openStudy(store, name, definition, options).pipe(Effect.withSpan("Studies.open")),
      add: Effect.fn("Studies.add")(function* (name, events, makers) {
        yield* addStudy(store, name, events, makers)
      }),
      list: Effect.withSpan(listNames(store), "Studies.list"),
      get: Effect.fn("Studies.get")(function* (name, makers) {
        yield* checkName(name)
        const { readOn, readPage } = makeStream(store, name)
        const { events, isLast } = yield* readPage(0)
        if (events.length === 0) return yield* new StudyNotFound({ name })
        const begun = yield* Effect.fromResult(Study.replay(events, makers))
        return isLast ? begun : (yield* readOn(begun, events.length)).state
      }),
      events: (name) =>
        Stream.paginate(0, (version) =>
          Effect.gen(function* () {
            yield* checkName(name)
            const { events, isLast } = yield* makeStream(store, name).readPage(version)
            if (version === 0 && events.length === 0) return yield* new StudyNotFound({ name })
            return [events, isLast ? Option.none<number>() : Option.some(version + events.length)] as const
          })
        )
    })
  })
)

/** `Studies` in this process's memory: tests, development. */
export const layerMemory: Layer.Layer<Studies> = Layer.provide(layer, EventStore.layerMemory)
