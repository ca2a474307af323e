/** A program at work: lines in, lines out, and how it ended. */
import { Deferred, Duration, Effect, Exit, Fiber, Queue, Stream } from "effect"
import type { PlatformError, Scope } from "effect"
import { ChildProcess } from "effect/process"
import type { ChildProcessSpawner } from "effect/process"
import { ObjectiveUnavailable } from "../objective/Objective.ts"
import type { Options as ProgramOptions } from "../objective/ProgramObjective.ts"
import { LineSplitter } from "./lineSplitter.ts"
import type { Line } from "./lineSplitter.ts"

/** Which program is started, and for whom. */
export interface Options extends Omit<ProgramOptions, "pruneGrace"> {
  readonly name: string
  readonly worker: string
}

/** What comes from a program. */
export type Event = { readonly _tag: "Line"; readonly line: Line } | { readonly _tag: "End" }

/** How a program ended. */
export interface Ended {
  /** With 0. */
  readonly isClean: boolean
  readonly how: string
}

/** A program that was started. */
export interface Running {
  readonly events: Queue.Dequeue<Event>
  /** Writes a line; false if nobody reads any more. */
  readonly write: (json: unknown) => Effect.Effect<boolean>
  readonly ended: Effect.Effect<Ended>
  /** What it said last on standard error. */
  readonly lastWords: () => string
}

/** Most bytes of a line unless told otherwise. */
const LINE_BYTES_MAX_DEFAULT = 1024 * 1024
/** Most bytes of a line of standard error that are kept. */
const STDERR_LINE_BYTES_MAX = 8 * 1024
/** Lines that wait to be read; then the program waits. */
const LINES_MAX = 64
/** How long the last words of a process that has ended may take to arrive, if another one still holds its pipes. */
const LAST_WORDS_PAUSE = Duration.millis(250)
/** Most characters of the last words. */
const LAST_WORDS_LENGTH_MAX = 400

const encoder = new TextEncoder()

type Bytes = Stream.Stream<Uint8Array, PlatformError.PlatformError>

/** Starts a program; its process group ends with the scope. */
export const start = (
  options: Options
): Effect.Effect<Running, ObjectiveUnavailable, ChildProcessSpawner.ChildProcessSpawner | Scope.Scope> =>
  Effect.gen(function* () {
    const { name, worker } = options
    const handle = yield* Effect.mapError(
      ChildProcess.make(options.command, options.args ?? [], {
        ...(options.shell === true ? { shell: "/bin/sh" } : {}),
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        ...(options.env === undefined ? {} : { env: options.env, extendEnv: true }),
        stdin: { stream: "pipe", endOnDone: false },
        killSignal: "SIGTERM",
        forceKillAfter: options.killAfter ?? "2 seconds"
      }),
      ({ message }) => new ObjectiveUnavailable({ objective: name, problem: message })
    )
    if (options.onStart !== undefined) yield* options.onStart(worker, handle.pid)
    const events = yield* Queue.bounded<Event>(LINES_MAX)
    const end = Queue.offer(events, { _tag: "End" })
    const lines = linesOf(handle.stdout, options.lineBytesMax ?? LINE_BYTES_MAX_DEFAULT, (line) =>
      Queue.offer(events, { _tag: "Line", line })
    )
    let words: ReadonlyArray<string> = []
    const onStderr = options.onStderr ?? ((_, line) => Effect.logInfo(line).pipe(Effect.annotateLogs({ worker })))
    const errors = linesOf(handle.stderr, STDERR_LINE_BYTES_MAX, ({ text }) => {
      if (text.trim() !== "") words = [...words.slice(-1), text.trim()]
      return onStderr(worker, text)
    })
    const readings = [yield* Effect.forkScoped(Effect.andThen(lines, end)), yield* Effect.forkScoped(errors)]
    const ended = Deferred.makeUnsafe<Ended>()
    const watching = Effect.gen(function* () {
      const exit = yield* Effect.exit(handle.exitCode)
      yield* Effect.timeoutOption(Fiber.awaitAll(readings), LAST_WORDS_PAUSE)
      yield* Deferred.succeed(ended, endOf(exit))
      yield* end
    })
    yield* Effect.forkScoped(watching)
    return {
      events,
      write: (json) =>
        Stream.run(Stream.succeed(encoder.encode(`${JSON.stringify(json)}\n`)), handle.stdin).pipe(
          Effect.as(true),
          Effect.orElseSucceed(() => false)
        ),
      ended: Deferred.await(ended),
      lastWords: () => words.join(" | ").slice(-LAST_WORDS_LENGTH_MAX)
    }
  })

/** Reads lines to the end. A pipe that breaks has ended. */
const linesOf = <A>(bytes: Bytes, bytesMax: number, hear: (line: Line) => Effect.Effect<A>): Effect.Effect<void> =>
  Effect.suspend(() => {
    const splitter = new LineSplitter(bytesMax)
    return Stream.runForEach(bytes, (piece) => Effect.forEach(splitter.push(piece), hear, { discard: true })).pipe(
      Effect.ignore,
      Effect.andThen(Effect.suspend(() => Effect.forEach(splitter.end(), hear, { discard: true })))
    )
  })

const endOf = (exit: Exit.Exit<ChildProcessSpawner.ExitCode, PlatformError.PlatformError>): Ended => {
  if (Exit.isSuccess(exit)) return { isClean: exit.value === 0, how: `the program ended with ${exit.value}` }
  const [signal] = /SIG[A-Z0-9]+/.exec(String(exit.cause)) ?? []
  return { isClean: false, how: `the program was ended by ${signal ?? "a signal"}` }
}
