/**
 * An objective that is a program of any language, which reads and writes lines of JSON.
 *
 * ```text
 * program reads                    program writes
 * {"x":0.5,"units":8}
 *                                  {"step":0,"intermediate":0.9}     any number of these
 * {"prune":false}                                                    only if the study has a pruner
 *                                  {"value":0.7}    or {"values":[0.7,12]}, or {"error":"..."}
 * {"x":0.1,"units":4}              …
 * ```
 *
 * Each worker has one process for all its trials, in a process group of its own. Beside `value` or `values` there may be
 * `constraints`, a list of numbers that are kept where they are not above 0; other keys are not looked at. After `{"prune":true}`
 * the trial is over: whatever line comes next ends it, and a program that says nothing more of it is started anew.
 *
 * **Guarantees** Crash, early exit, garbage, a line too long, values that are no numbers or too many fail the trial, with what
 * the process said last on standard error, and the next trial has a process that works. When the run ends, whatever the exit, the process
 * group is sent SIGTERM and, after `killAfter`, SIGKILL.
 *
 * **Does not guarantee** That a process which hangs is noticed: give the run a `timeout`. That processes which leave their group end. That
 * the group ends when this program itself is killed: the process then reads the end of its input.
 *
 * **Details** From outside, a process that starts looks like one that calculates, so the first trial of each has its `timeout` and the
 * time for a start: five seconds as long as nothing is known, then three times as long as the last first trial took, 1 to 60 seconds.
 *
 * A process that ends with 0 and has said nothing about its second or a later trial is taken for one that serves a single
 * trial: the next one gets the trial. An answer that comes unasked makes the process useless, since nobody can tell which
 * trial it belongs to. One that comes when the next trial has been given is taken for its answer.
 *
 * **Example** With the services of Node in the app: `NodeServices.layer` of `@effect/platform-node`.
 *
 * ```ts
 * import { ProgramObjective } from "@mabeam/optimize"
 *
 * const objective = ProgramObjective.make({ command: "python3", args: ["train.py"] })
 * objective.name // => "python3 train.py"
 * ```
 *
 * @since 0.1.0
 */
import { Clock, Duration, Effect, Exit, Queue } from "effect"
import type { ChildProcessSpawner } from "effect/process"
import * as LineProtocol from "../internal/lineProtocol.ts"
import * as ProgramProcess from "../internal/programProcess.ts"
import * as Seat from "../internal/seat.ts"
import { EarlyExit, ObjectiveCrashed } from "./Objective.ts"
import type { Evaluated, Objective, RunningTrial, TrialFailure } from "./Objective.ts"

/** How a program is started and spoken with. */
export interface Options {
  /** A program, or with `shell` a line for the shell. */
  readonly command: string
  readonly args?: ReadonlyArray<string> | undefined
  /** Runs the command by `/bin/sh`. Default `false`. */
  readonly shell?: boolean | undefined
  readonly cwd?: string | undefined
  /** Added to the environment of this program. */
  readonly env?: Record<string, string> | undefined
  /** Hears each line of standard error, cut at 8 KiB. Default: the log, at `Info`. */
  readonly onStderr?: ((worker: string, line: string) => Effect.Effect<void>) | undefined
  /** Hears of each process that is started. */
  readonly onStart?: ((worker: string, pid: number) => Effect.Effect<void>) | undefined
  /** Most bytes of a line; more is an `InvalidAnswer`. Default 1 MiB. */
  readonly lineBytesMax?: number | undefined
  /** How long a process may take to end after SIGTERM. Default `2 seconds`. */
  readonly killAfter?: Duration.Input | undefined
  /** How long a program may take to end a trial that was pruned before it is started anew. Default `1 second`. */
  readonly pruneGrace?: Duration.Input | undefined
}

/** Most blank lines between others. */
const BLANKS_MAX = 1_000

/** An objective that a program evaluates. */
export const make = (options: Options): Objective<unknown, ChildProcessSpawner.ChildProcessSpawner> => {
  const name = [options.command, ...(options.args ?? [])].join(" ")
  return {
    name,
    open: (worker) =>
      Effect.suspend(() => {
        const manners: Manners = { isSilent: false, startMillis: START_MILLIS_UNKNOWN }
        return Seat.make<unknown, ChildProcessSpawner.ChildProcessSpawner>({
          name,
          worker,
          sit: Effect.map(ProgramProcess.start({ ...options, name, worker }), (process) =>
            sitter(process, Duration.fromInputUnsafe(options.pruneGrace ?? "1 second"), manners)
          )
        })
      })
  }
}

/** What is learned of a program from its processes. */
interface Manners {
  /** It ends a pruned trial without a word. */
  isSilent: boolean
  /** How long the start of a process may take. */
  startMillis: number
}

/** A start that nothing is known about may take so long, and one that something is known about from so long to so long. */
const START_MILLIS_UNKNOWN = 5_000
const START_MILLIS_MIN = 1_000
const START_MILLIS_MAX = 60_000
/** A start may take so many times as long as the last one, with its first trial. */
const START_FACTOR = 3

/** Evaluates trials with a process, one after the other. */
const sitter = (
  process: ProgramProcess.Running,
  pruneGrace: Duration.Duration,
  manners: Manners
): Seat.Sitter<unknown> => {
  let isBusy = false
  let trials = 0
  const evaluate: Seat.Sitter<unknown>["evaluate"] = (trial) =>
    Effect.gen(function* () {
      yield* unasked(process, trials)
      const talk: Talk = { process, trial, pruneGrace, manners, isFirst: trials++ === 0 }
      const begun = yield* Clock.currentTimeMillis
      if (!(yield* process.write(trial.params))) return yield* gone(talk, true)
      const evaluated = yield* listen(talk)
      if (talk.isFirst) {
        const took = START_FACTOR * ((yield* Clock.currentTimeMillis) - begun)
        manners.startMillis = Math.min(Math.max(took, START_MILLIS_MIN), START_MILLIS_MAX)
      }
      return evaluated
    })
  return {
    startMillis: () => (trials === 0 ? manners.startMillis : 0),
    evaluate: (trial) =>
      Effect.suspend(() => {
        isBusy = true
        return Effect.ensuring(
          evaluate(trial),
          Effect.sync(() => {
            isBusy = false
          })
        )
      }),
    watch: Effect.flatMap(process.ended, ({ how }) =>
      // In the middle of a trial, who listens tells more.
      isBusy ? Effect.never : Effect.fail(new Seat.Broken({ outcome: undefined, because: how }))
    )
  }
}

/** A trial under way. */
interface Talk {
  readonly process: ProgramProcess.Running
  readonly trial: RunningTrial
  readonly pruneGrace: Duration.Duration
  readonly manners: Manners
  /** Whether it is the first trial of this process. */
  readonly isFirst: boolean
}

type Listening = Effect.Effect<Evaluated, TrialFailure | Seat.Broken>

const broken = (outcome: Exit.Exit<Evaluated, TrialFailure> | undefined, because: string) =>
  new Seat.Broken({ outcome, because })

/** What is there before a trial was given belongs to none; `trials` have been given before. */
const unasked = (process: ProgramProcess.Running, trials: number): Effect.Effect<void, Seat.Broken> =>
  Effect.gen(function* () {
    // Who answers twice mostly does so from the beginning, and a moment apart: afterwards, what has been written by now is read.
    yield* trials === 1 ? Effect.sleep(SECOND_ANSWER_PAUSE) : Effect.repeat(Effect.yieldNow, { times: TURNS })
    const event = yield* Queue.poll(process.events)
    if (event._tag === "None") return
    if (event.value._tag === "End") return yield* broken(undefined, (yield* endOf(process)).how)
    const because = `it said something that nobody had asked for: ${event.value.line.text.slice(0, 80)}`
    yield* Effect.logWarning(because)
    return yield* broken(undefined, because)
  })

/** How long is listened after the first answer of a process whether it says more. */
const SECOND_ANSWER_PAUSE = Duration.millis(50)
/** Turns of the event loop in which a pipe is read and its lines arrive. */
const TURNS = 3

/** Hears the program until it has answered. */
const listen = (talk: Talk): Listening =>
  Effect.gen(function* () {
    const { process, trial } = talk
    let blanks = 0
    let hasSpoken = false
    for (;;) {
      const event = yield* Queue.take(process.events)
      if (event._tag === "End") return yield* gone(talk, !hasSpoken)
      if (event.line.isWhole && event.line.text.trim() === "" && ++blanks <= BLANKS_MAX) continue
      hasSpoken = true
      const said = LineProtocol.read(event.line, trial.objectives)
      switch (said._tag) {
        case "Ended":
          return yield* Effect.fromResult(said.result)
        case "Garbage":
          return yield* broken(Exit.fail(said.failure), said.failure.reason)
        case "Report": {
          const prune = yield* trial.report(said.step, said.value)
          if (trial.mayBePruned && !(yield* process.write({ prune }))) return yield* gone(talk, false)
          if (prune) return yield* pruned(talk)
        }
      }
    }
  })

/** Waits for the line that ends a pruned trial. */
const pruned = ({ manners, process, pruneGrace }: Talk): Listening =>
  Effect.gen(function* () {
    const over: Evaluated = { _tag: "Pruned" }
    const event = manners.isSilent ? undefined : yield* timeoutOf(Queue.take(process.events), pruneGrace)
    if (event?._tag === "Line") return over
    manners.isSilent ||= event === undefined
    return yield* broken(Exit.succeed(over), "it was told to end a trial and said no more")
  })

const timeoutOf = <A>(effect: Effect.Effect<A>, duration: Duration.Duration): Effect.Effect<A | void> =>
  Effect.timeoutOrElse(effect, { duration, orElse: () => Effect.void })

/** The process is gone, or hears and says no more. */
const gone = ({ isFirst, process }: Talk, isUntouched: boolean): Listening =>
  Effect.flatMap(endOf(process), ({ how, isClean }) => {
    if (isClean === true && !isFirst && isUntouched) return broken(undefined, how)
    const reason = `before it answered, ${how}`
    const failure = isClean === false ? new ObjectiveCrashed({ reason }) : new EarlyExit({ reason })
    return broken(Exit.fail(failure), reason)
  })

/** How a process ended that says no more; `isClean` is undefined if it still runs. */
const endOf = ({ ended, lastWords }: ProgramProcess.Running) =>
  Effect.map(timeoutOf(ended, GONE_MAX), (end) => {
    const words = lastWords()
    const how = end?.how ?? "the program closed its standard input or output"
    return { isClean: end?.isClean, how: words === "" ? how : `${how}; it said: ${words}` }
  })

/** How long a process that says no more may take to have ended. */
const GONE_MAX = Duration.seconds(1)
