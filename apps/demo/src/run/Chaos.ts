/**
 * Faults at seeded instants, while work is in flight: a poison message, the death of a training thread, the death of the
 * coordinator.
 *
 * **Guarantees** An instant is a training and an epoch of it, drawn from the seed; the fault strikes while that training runs. Each
 * fault strikes once in a run, also over resumptions, and is written down with the moment at which its target worked again.
 *
 * @since 0.1.0
 */
import { Process } from "@foundation/core"
import { Effect } from "effect"
import * as SeededRandom from "../data/SeededRandom.ts"
import { defaults } from "../training/HyperParameters.ts"
import type { Progress } from "../training/protocol.ts"
import type { TrainerWorker } from "../training/TrainerWorker.ts"
import type { Crew } from "./Crew.ts"
import { explorationsOf } from "./Plan.ts"
import type { RunEvent } from "./RunEvent.ts"
import type { RunLog } from "./RunLog.ts"
import { leaderOf, type RunState } from "./RunState.ts"

export const kinds = ["poison message", "worker thread killed", "coordinator killed"] as const
export type Kind = (typeof kinds)[number]

/** When a fault strikes: after so many trainings have begun, at this epoch of the training at hand. */
export interface Instant {
  readonly fault: number
  readonly kind: Kind
  readonly begun: number
  readonly epoch: number
}

/** The shares of the explorations within which the faults strike, in their order. */
const windows: ReadonlyArray<readonly [from: number, to: number]> = [
  [0.15, 0.3],
  [0.4, 0.55],
  [0.65, 0.85]
]

/** The instants of a run: equal seeds, equal instants. */
export const instants = (seed: number, trials: number): ReadonlyArray<Instant> => {
  const random = SeededRandom.make(seed).fork("chaos")
  const explorations = explorationsOf(trials)
  return kinds.map((kind, index) => {
    const [from, to] = windows[index]!
    const begun = Math.max(1, Math.round(explorations * (from + (to - from) * random.float())))
    return { fault: index + 1, kind, begun, epoch: 2 + random.below(Math.floor(defaults.epochs / 2)) }
  })
}

/** The fault that is due, if one is. */
export const due = (plan: ReadonlyArray<Instant>, state: RunState, progress: Progress): Instant | undefined => {
  const begun = state.attempts.filter((attempt) => attempt.purpose === "team").length
  return plan.find(
    ({ begun: after, epoch, fault }) =>
      begun >= after && progress.epoch >= epoch && !state.faults.some((injected) => injected.fault === fault)
  )
}

/** A message such as a broken peer would send: its result is missing. */
const poison = JSON.parse('{ "job": "team-0", "agent": "nobody", "params": {}, "result": null }')

/** Strikes when a fault is due; to be run after each epoch of every training. */
export const makeStrike = (
  log: RunLog["Service"],
  crew: Crew["Service"],
  plan: ReadonlyArray<Instant>
): ((worker: TrainerWorker, progress: Progress) => Effect.Effect<void>) => {
  /** Faults on their way: several trainings may see the same one due in the same moment. */
  const underWay = new Set<number>()
  return (worker, progress) =>
    Effect.suspend(() => {
      const instant = due(plan, log.stateUnsafe(), progress)
      if (instant === undefined || underWay.has(instant.fault)) return Effect.void
      underWay.add(instant.fault)
      return inject(log, crew, instant, worker, progress).pipe(
        Effect.catchCause((cause) => Effect.logWarning("a fault could not be injected", cause)),
        Effect.ensuring(Effect.sync(() => underWay.delete(instant.fault)))
      )
    })
}

const inject = Effect.fnUntraced(function* (
  log: RunLog["Service"],
  crew: Crew["Service"],
  { begun, fault, kind }: Instant,
  worker: TrainerWorker,
  progress: Progress
) {
  const at = `in epoch ${progress.epoch} of ${progress.trialId}`
  const members = yield* crew.optimizers
  const leader = leaderOf(log.stateUnsafe())
  const write = (target: string, detail: string) => log.append({ _tag: "FaultInjected", fault, kind, target, detail })
  switch (kind) {
    case "poison message": {
      const followers = members.filter((member) => member.id !== leader)
      const victim = followers[begun % Math.max(1, followers.length)] ?? members[0]
      if (victim === undefined) return
      yield* write(victim.id, `a result without an accuracy, ${at}`)
      return yield* victim.ref.cast("Observe", poison)
    }
    case "worker thread killed": {
      // In the middle of this very training, or not now.
      const { trialId } = yield* worker.status
      if (trialId !== progress.trialId || !(yield* worker.kill)) return
      yield* write(worker.name, `its thread was ended ${at}`)
      return
    }
    case "coordinator killed": {
      const victim = members.find((member) => member.id === leader)
      if (victim === undefined) return
      yield* write(victim.id, `the process was killed ${at}`)
      return yield* Process.kill(victim.ref)
    }
  }
})

/** The faults that an event heals: their target works again. */
export const healedBy = (event: RunEvent, state: RunState): ReadonlyArray<RunState["faults"][number]> =>
  state.faults.filter((fault) => {
    if (fault.healedAt !== undefined) return false
    switch (event._tag) {
      case "Restarted":
        return fault.kind === "poison message" && fault.target === event.target
      case "TrainingStarted":
      case "TrainingFinished":
        return fault.kind === "worker thread killed" && fault.target === event.worker
      case "LeaderElected":
        return fault.kind === "coordinator killed"
      default:
        return false
    }
  })
