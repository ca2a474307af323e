/**
 * Starts the crew of a run under supervision: optimizers and evaluators, each with a restart budget of its own.
 *
 * @since 0.1.0
 */
import { Process, ProcessRegistry, Supervisor } from "@foundation/core"
import { Agent, Team } from "@mabeam/core"
import { type Deferred, Effect, Stream } from "effect"
import type { Rpc } from "effect/rpc"
import type { Prepared } from "../data/Preparation.ts"
import type * as TrainerWorker from "../training/TrainerWorker.ts"
import { Crew } from "./Crew.ts"
import { Evaluator, Laboratory } from "./Evaluator.ts"
import { Optimizer } from "./Optimizer.ts"
import type { RunStalled } from "./Rounds.ts"
import type { RunEvent } from "./RunEvent.ts"
import { RunLog } from "./RunLog.ts"

type Started = Extract<RunEvent, { readonly _tag: "RunStarted" }>

/** Starts everybody; the crew ends with the surrounding scope. */
export const hire = Effect.fnUntraced(function* (
  started: Started,
  stalled: Deferred.Deferred<never, RunStalled>,
  onProgressFor: (crew: Crew["Service"]) => Laboratory["Service"]["onProgress"],
  data: { readonly prepared: Prepared; readonly tally: TrainerWorker.Tally }
) {
  const log = yield* RunLog
  const supervisor = yield* Supervisor.start(Supervisor.make({ name: "crew" }))
  const budget = { restarts: 5, within: "10 seconds", onExceeded: "give-up" } as const
  const optimizers = started.agents.map((agent, index) =>
    Supervisor.child(Optimizer, { id: agent.id, args: { index }, budget, name: ProcessRegistry.name(Optimizer, agent.id) })
  )
  const evaluators = Array.from({ length: started.workers }, (_, i) => `w${i + 1}`).map((id) =>
    Supervisor.child(Evaluator, { id, args: { id }, budget, name: ProcessRegistry.name(Evaluator, id) })
  )
  const crew = Crew.of({
    optimizers: alive(supervisor, optimizers),
    evaluators: alive(supervisor, evaluators),
    team: Effect.flatMap(alive(supervisor, optimizers), (members) =>
      Effect.orDie(Team.make(members.map(({ id, ref }) => ({ id, ref: Process.narrow(ref, Agent.Protocol) }))))
    ),
    stalled
  })
  const laboratory = Laboratory.of({ data: data.prepared, tally: data.tally, onProgress: onProgressFor(crew) })
  const start = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(Effect.provideService(Crew, crew), Effect.provideService(Laboratory, laboratory))
  yield* Supervisor.changes(supervisor).pipe(
    Stream.runForEach((event) => {
      if (event._tag !== "ChildStarted" || event.incarnation === 1) return Effect.void
      return log.append({ _tag: "Restarted", target: event.path.at(-1) ?? event.label, because: "its process ended" })
    }),
    Effect.ignore({ log: "Warn" }),
    Effect.forkScoped({ startImmediately: true })
  )
  yield* Effect.forEach(evaluators, (child) => start(Supervisor.startChild(supervisor, child)), { discard: true })
  yield* Effect.forEach(optimizers, (child) => start(Supervisor.startChild(supervisor, child)), { discard: true })
  return crew
})

const alive = <R extends Rpc.Any, Env>(
  supervisor: Supervisor.SupervisorRef,
  specs: ReadonlyArray<Supervisor.ChildSpec<R, Env>>
) =>
  Effect.forEach(specs, (spec) =>
    Effect.map(Supervisor.lookupChild(supervisor, spec), (ref) => (ref === undefined ? [] : [{ id: spec.id, ref }]))
  ).pipe(Effect.map((found) => found.flat()))
