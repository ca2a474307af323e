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
 * **Does not guarantee** That an `ask` which fails with `BackendError` or is interrupted has left no trial running. That trials
 * asked by a process which died end by themselves: whoever notices must `fail` them.
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
import { Context, Effect, Layer, Result, Schema, Semaphore } from "effect"
import type { InvalidOptions, Sampler } from "../sampler/Sampler.ts"
import type { Maker, UnknownSampler } from "../sampler/Samplers.ts"
import type { Declaration, InvalidSpace, Params } from "../space/SearchSpace.ts"
import * as Study from "./Study.ts"
import { StudyEvent } from "./StudyEvent.ts"

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

/** A study that is open in this process. Its methods wait for each other. */
export interface OpenStudy<D extends Declaration = Declaration> {
  readonly name: string
  /** What is known here: all that this process did, and what it has read of others. */
  readonly state: Effect.Effect<Study.State<D>>
  /** Reads what other processes did. */
  readonly refresh: Effect.Effect<Study.State<D>, StudyFailure>
  readonly ask: (options?: {
    readonly params?: Params<D> | undefined
    readonly sampler?: Sampler | undefined
  }) => Effect.Effect<Study.Trial<D>, Study.AskRefusal | StudyFailure>
  readonly tell: (number: number, value: number) => Effect.Effect<void, Study.EndRefusal | StudyFailure>
  readonly fail: (number: number, reason: string) => Effect.Effect<void, Study.EndRefusal | StudyFailure>
  readonly prune: (
    number: number,
    at?: { readonly step?: number | undefined; readonly value?: number | undefined }
  ) => Effect.Effect<void, Study.EndRefusal | StudyFailure>
}

/** Why a stored study cannot be read. */
export type ReadFailure =
  | Study.CorruptStudy
  | InvalidSpace
  | UnknownSampler
  | InvalidOptions
  | Study.InvalidSetting
  | InvalidStudyName
  | StudyNotFound
  | StoreFailure

/** Keeps studies. */
export class Studies extends Context.Service<
  Studies,
  {
    /** Opens the study of this name, or creates it; a stored one must have the same definition. */
    readonly open: <D extends Declaration>(
      name: string,
      definition: Study.Definition<D>
    ) => Effect.Effect<OpenStudy<D>, InvalidStudyName | Study.StudyMismatch | StudyFailure>
    /** Reads a study. `samplers` makes samplers that are not of this package. */
    readonly get: (name: string, samplers?: ReadonlyMap<string, Maker>) => Effect.Effect<Study.State, ReadFailure>
  }
>()("@mabeam/optimize/Studies") {}

type Store = EventStore.EventStore["Service"]

const PAGE = 1_000

const decodeEvent = Schema.decodeUnknownResult(StudyEvent)
const encodeEvent = Schema.encodeSync(Schema.toCodecJson(StudyEvent))

/** A request that this module built was refused. */
const asDefect = (error: { readonly message: string }) => Effect.die(error)

const makeStream = (store: Store, name: string) => {
  const stream = `study/${name}`

  /** The events behind a version. */
  const readFrom = Effect.fnUntraced(function* (version: number) {
    const events: Array<StudyEvent> = []
    for (;;) {
      const from = version + events.length + 1
      const page = yield* store.read(stream, { from, limit: PAGE }).pipe(Effect.catchTag("InvalidRequest", asDefect))
      for (const stored of page) {
        const event = decodeEvent(stored.data)
        if (stored.version !== version + events.length + 1) {
          const problem = `the events before version ${stored.version} are gone`
          return yield* new Study.CorruptStudy({ position: version + events.length, problem })
        }
        if (Result.isFailure(event)) {
          return yield* new Study.CorruptStudy({ position: stored.version - 1, problem: event.failure.message })
        }
        events.push(event.success)
      }
      if (page.length < PAGE) return events
    }
  })

  /** Appends behind a version; false if others were faster. */
  const append = (version: number, event: StudyEvent) =>
    store.append(stream, version === 0 ? "none" : version, [{ type: event._tag, data: encodeEvent(event) }]).pipe(
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

  return { readFrom, append }
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
  definition: Study.Definition<D>
) {
  yield* checkName(name)
  const { readFrom, append } = makeStream(store, name)
  const turn = yield* Semaphore.make(1)

  const begin = Study.start(definition)
  let events = yield* readFrom(0)
  if (events.length === 0) {
    const created = Study.created(begin)
    events = (yield* append(0, created)) ? [created] : yield* readFrom(0)
  }
  let state = yield* Effect.fromResult(Study.resume(definition, events))
  let version = events.length
  /** Whether the store may hold more than `state` knows. */
  let behind = false

  const catchUp = Effect.gen(function* () {
    behind = true
    for (const event of yield* readFrom(version)) {
      const next = Study.evolve(state, event)
      if (Result.isFailure(next)) {
        return yield* new Study.CorruptStudy({ position: version, problem: next.failure.problem })
      }
      state = next.success
      version += 1
    }
    behind = false
  })

  const run = <E>(decide: (state: Study.State<D>) => Result.Result<StudyEvent, E>) =>
    Effect.gen(function* () {
      for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        if (behind) yield* catchUp
        let decided = decide(state)
        if (Result.isFailure(decided)) {
          // What others did since may change the answer.
          yield* catchUp
          decided = decide(state)
        }
        const event = yield* Effect.fromResult(decided)
        behind = true
        if (!(yield* append(version, event))) continue
        state = Result.getOrThrowWith(Study.evolve(state, event), (error) => error)
        version += 1
        behind = false
        return state
      }
      return yield* new StudyContended({ name, attempts: ATTEMPTS_MAX })
    }).pipe(turn.withPermits(1))

  const study: OpenStudy<D> = {
    name,
    state: Effect.sync(() => state),
    refresh: Effect.map(turn.withPermits(1)(catchUp), () => state),
    ask: (options) =>
      Effect.map(
        run((now) => Study.decideAsk(now, { _tag: "Ask", ...options })),
        ({ trials }) => trials.at(-1)!
      ),
    tell: (number, value) => Effect.asVoid(run((now) => Study.decideEnd(now, { _tag: "Tell", number, value }))),
    fail: (number, reason) => Effect.asVoid(run((now) => Study.decideEnd(now, { _tag: "Fail", number, reason }))),
    prune: (number, at) => Effect.asVoid(run((now) => Study.decideEnd(now, { _tag: "Prune", number, ...at })))
  }
  return study
})

/** `Studies` over any `EventStore`. */
export const layer: Layer.Layer<Studies, never, EventStore.EventStore> = Layer.effect(
  Studies,
  Effect.gen(function* () {
    const store = yield* EventStore.EventStore
    return Studies.of({
      open: (name, definition) => openStudy(store, name, definition).pipe(Effect.withSpan("Studies.open")),
      get: Effect.fn("Studies.get")(function* (name, samplers) {
        yield* checkName(name)
        const events = yield* makeStream(store, name).readFrom(0)
        if (events.length === 0) return yield* new StudyNotFound({ name })
        return yield* Effect.fromResult(Study.replay(events, samplers))
      })
    })
  })
)

/** `Studies` in this process's memory: tests, development. */
export const layerMemory: Layer.Layer<Studies> = Layer.provide(layer, EventStore.layerMemory)
