/**
 * Starts the crew of a run under supervision: optimizers and evaluators are registered agents, addressed by their names in the
 * `ProcessRegistry`, each with a restart budget of its own.
 *
 * @since 0.1.0
 */
import { type LeaderElection, ProcessRegistry } from "@foundation/core"
import { AgentRegistry, AgentSupervisor, type Coordination, type Variables } from "@mabeam/core"
import { type Deferred, Effect, Option, type Scope, Stream } from "effect"
import type { Rpc, RpcGroup } from "effect/rpc"
import type { Prepared } from "../data/Preparation.ts"
import type * as TrainerWorker from "../training/TrainerWorker.ts"
import { Crew } from "./Crew.ts"
import { Evaluator, Laboratory } from "./Evaluator.ts"
import { Optimizer } from "./Optimizer.ts"
import type { RunStalled } from "./Rounds.ts"
import type { RunEvent } from "./RunEvent.ts"
import { RunLog } from "./RunLog.ts"

type Started = Extract<RunEvent, { readonly _tag: "RunStarted" }>

/** More crashes than chaos makes, fewer than a loop. */
const budget = { restarts: 5, within: "10 seconds" } as const

/** What the crew is made of and works with. */
export interface Means {
  readonly started: Started
  readonly stalled: Deferred.Deferred<never, RunStalled>
  /** What is to be done after each epoch of a training. */
  readonly onProgressFor: (crew: Crew["Service"]) => Laboratory["Service"]["onProgress"]
  readonly prepared: Prepared
  readonly tally: TrainerWorker.Tally
}

/** Why the crew could not be started. */
export type HireError =
  | AgentRegistry.AgentExists
  | AgentRegistry.InvalidAgent
  | AgentRegistry.TooManyAgents
  | AgentRegistry.AgentNotFound
  | AgentSupervisor.AlreadyRunning
  | AgentSupervisor.AgentStartFailed

/** Starts everybody; the crew ends with the surrounding scope. */
export const hire: (
  means: Means
) => Effect.Effect<
  Crew["Service"],
  HireError,
  | RunLog
  | AgentRegistry.AgentRegistry
  | AgentSupervisor.AgentSupervisor
  | ProcessRegistry.ProcessRegistry
  | LeaderElection.LeaderElection
  | Coordination.Coordination
  | Variables.Variables
  | Scope.Scope
> = Effect.fnUntraced(function* ({ onProgressFor, prepared, stalled, started, tally }) {
  const agents = yield* AgentRegistry.AgentRegistry
  const supervisor = yield* AgentSupervisor.AgentSupervisor
  const names = yield* ProcessRegistry.ProcessRegistry
  const workers = Array.from({ length: started.workers }, (_, i) => `w${i + 1}`)

  const alive = <R extends Rpc.Any>(members: ReadonlyArray<AgentRegistry.Registered<R, never>>) =>
    Effect.map(
      Effect.forEach(members, ({ id, name }) =>
        Effect.map(
          Effect.orDie(names.lookup(name)),
          Option.map((ref) => ({ id, ref }))
        )
      ),
      (found) => found.flatMap(Option.toArray)
    )
  const optimizers: Array<AgentRegistry.Registered<Rpcs<typeof Optimizer>, { readonly index: number }>> = []
  const evaluators: Array<AgentRegistry.Registered<Rpcs<typeof Evaluator>, { readonly id: string }>> = []
  const crew = Crew.of({
    optimizers: Effect.suspend(() => alive(optimizers)),
    evaluators: Effect.suspend(() => alive(evaluators)),
    team: Effect.suspend(() =>
      Effect.flatMap(alive(optimizers), (members) => Effect.orDie(agents.team(members.map(({ id }) => id))))
    ),
    stalled
  })
  const laboratory = Laboratory.of({ data: prepared, tally, onProgress: onProgressFor(crew) })
  const equip = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(Effect.provideService(Crew, crew), Effect.provideService(Laboratory, laboratory))

  yield* recordRestarts
  for (const id of workers) {
    const options = { id, type: "evaluator", capabilities: ["train"], process: Evaluator, args: { id }, budget }
    evaluators.push(yield* equip(agents.register(options)))
  }
  for (const [index, { id }] of started.agents.entries()) {
    const options = {
      id,
      type: "optimizer",
      capabilities: ["propose", "vote"],
      process: Optimizer,
      args: { index },
      budget
    }
    optimizers.push(yield* equip(agents.register(options)))
  }
  // All are known before the first starts: a coordinator may be elected at once.
  yield* Effect.forEach(evaluators, supervisor.start, { discard: true })
  yield* Effect.forEach(optimizers, supervisor.start, { discard: true })
  return crew
})

type Rpcs<P> = P extends { readonly protocol: RpcGroup.RpcGroup<infer R> } ? R : never

/** Writes down every restart of an agent. */
const recordRestarts = Effect.gen(function* () {
  const log = yield* RunLog
  const supervisor = yield* AgentSupervisor.AgentSupervisor
  yield* supervisor.changes.pipe(
    Stream.runForEach((event) =>
      event._tag === "Restarted"
        ? log.append({ _tag: "Restarted", target: event.id, because: "its process ended" })
        : Effect.void
    ),
    Effect.ignore({ log: "Warn" }),
    Effect.forkScoped({ startImmediately: true })
  )
})
