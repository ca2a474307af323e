/**
 * Tells on stderr how far a study has come.
 *
 * **Guarantees** A terminal has one line at the bottom that is redrawn and wiped away in the end; elsewhere there are plain lines: when
 * the best value improves, and every ten seconds how far it is, or whose trials it waits for. Failures are told in either case, the first ones one by one, and once that
 * a program may wait for answers which nobody gives. Nothing that comes from outside steers the terminal.
 *
 * @since 0.1.0
 */
import type { Screen } from "@apps/demo/Screen"
import * as Text from "@apps/demo/Text"
import type { Study } from "@mabeam/optimize"
import { Clock, Effect, Option } from "effect"

const wipe = "\r\u001b[K"
/** Failures that are told one by one. */
const failuresMax = 10
/** Most columns of a line of another program. */
const widthMax = 500

/** How long trials say nothing more after a report before that is told. */
const silenceMillisMax = 10_000

/** What is known of a run on the way. */
export interface Standing {
  readonly done: number
  readonly of: number
  readonly millis: number
  /** Trials that ended since the run began. */
  readonly ended: number
  readonly best: string | undefined
  /** What is waited for while nothing is done here. */
  readonly waiting?: string | undefined
}

/** `34/100 trials, best 0.398 (trial 21), 12 /s, 5 s left`. */
export const lineOf = ({ best, done, ended, millis, of, waiting }: Standing): string => {
  const rate = millis > 0 ? (ended * 1000) / millis : 0
  const left = rate > 0 ? ((of - done) / rate) * 1000 : undefined
  const parts = [
    `${done}/${of} trials`,
    ...(best === undefined ? [] : [`best ${best}`]),
    ...(rate > 0 ? [rate >= 1 ? `${Text.short(rate)} /s` : `${Text.short(rate * 60)} /min`] : []),
    ...(waiting !== undefined ? [waiting] : left === undefined || done >= of ? [] : [`${Text.duration(left)} left`])
  ]
  return parts.join(", ")
}

/** The best value and its trial, or how many trials nothing is better than. */
export const bestOf = (state: Study.State): string | undefined =>
  Option.match(state.best, {
    onNone: () => undefined,
    onSome: ({ number, values }) => `${Text.short(values[0]!)} (trial ${number})`
  })

/** A teller of one run. */
export interface Progress {
  /** Hears of a trial whose attempt is over. */
  readonly trial: (trial: Study.Trial) => Effect.Effect<void>
  /** Hears a line of the program. */
  readonly line: (worker: string, text: string) => Effect.Effect<void>
  /** Runs an effect and tells while it runs. */
  readonly during: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** Hears whether the first trials of a run report, and then wait for an answer that only a pruner would give. */
const makeListener = (workers: number) => {
  let heard = 0
  let since = 0
  return (state: Study.State, at: number): string | undefined => {
    if (state.definition.pruner.name !== "none") return undefined
    let reports = 0
    for (let number = Math.max(0, state.count - workers); number < state.count; number++) {
      const trial = state.trial(number)
      if (trial?.state === "running") reports += trial.reports.length
    }
    if (reports !== heard) {
      heard = reports
      since = at
    }
    if (reports === 0 || at - since < silenceMillisMax) return undefined
    return "trials have reported and say no more: a program that waits for an answer to its reports needs a --pruner"
  }
}

/** What keeps a run whose other trials have all ended: trials that another process has, or that had one which died. */
const waitingOf = (
  { count, trials: all }: Study.State,
  trials: number,
  owner: string,
  now: number
): string | undefined => {
  if (count < trials) return undefined
  let until = 0
  const numbers: Array<number> = []
  for (const trial of all) {
    if (trial.state === "waiting") return undefined
    if (trial.state !== "running" || trial.lease === undefined) continue
    if (trial.lease.owner === owner) return undefined
    numbers.push(trial.number)
    until = Math.max(until, trial.lease.until)
  }
  if (numbers.length === 0) return undefined
  const which = numbers.length === 1 ? `trial ${numbers[0]}` : `${numbers.length} trials`
  return `waits for ${which} of another process, ${Text.duration(Math.max(0, until - now))} unless it renews`
}

const doneOf = ({ counts }: Study.State): number => counts.complete + counts.pruned + counts.failed

/** Tells on a screen of a study that shall have so many trials. */
export const make = (options: {
  readonly screen: Pick<Screen, "write" | "isLive" | "columns">
  readonly state: Effect.Effect<Study.State>
  readonly trials: number
  readonly workers: number
  /** Whose trials are not waited for but worked on. */
  readonly owner: string
}): Effect.Effect<Progress> =>
  Effect.gen(function* () {
    const { owner, screen, state, trials, workers } = options
    const started = yield* Clock.currentTimeMillis
    let told = bestOf(yield* state)
    let ended = 0
    let failed = 0
    let listen: ReturnType<typeof makeListener> | undefined = makeListener(workers)
    const say = (line: string) => screen.write(`${screen.isLive ? wipe : ""}${line}\n`)
    const draw = Effect.gen(function* () {
      const now = yield* state
      const at = yield* Clock.currentTimeMillis
      const millis = at - started
      const waits = listen?.(now, at)
      if (waits !== undefined) {
        listen = undefined
        say(waits)
      }
      const line = lineOf({
        done: doneOf(now),
        of: Math.max(trials, now.count),
        millis,
        ended,
        best: bestOf(now),
        waiting: waitingOf(now, trials, owner, at)
      })
      screen.write(screen.isLive ? `${wipe}${Text.clip(line, screen.columns() - 1)}` : `${line}\n`)
    })
    const tellFailure = (trial: Study.Trial) => {
      const failure = trial.failures.at(-1)
      if (failure === undefined || trial.state === "complete" || trial.state === "pruned") return
      failed += 1
      if (failed > failuresMax) return
      const again = trial.state === "failed" ? "" : ", will be tried again"
      say(Text.clip(Text.clean(`trial ${trial.number} failed${again} (${failure.kind}): ${failure.reason}`), widthMax))
      if (failed === failuresMax) say("further failures are not told one by one")
    }
    return {
      trial: (trial) =>
        Effect.map(state, (now) => {
          ended += 1
          listen = undefined
          tellFailure(trial)
          const best = bestOf(now)
          if (best === told) return
          told = best
          if (!screen.isLive) say(`${doneOf(now)}/${Math.max(trials, now.count)} trials, best ${best}`)
        }),
      line: (worker, text) =>
        Effect.sync(() => {
          const whose = workers === 1 ? "" : `[${worker.slice(worker.lastIndexOf("/") + 1)}] `
          say(Text.clip(Text.clean(`${whose}${text}`), widthMax))
        }),
      during: (effect) => {
        const telling = Effect.sleep(screen.isLive ? "200 millis" : "10 seconds").pipe(
          Effect.andThen(draw),
          Effect.forever
        )
        const wiping = Effect.sync(() => {
          if (screen.isLive) screen.write(wipe)
        })
        return Effect.raceFirst(effect, Effect.ensuring(telling, wiping))
      }
    }
  })
