/**
 * An optimizer agent: it bids for evaluation slots, proposes parameters, judges findings from its own evidence, and stands
 * for coordinator.
 *
 * **Guarantees** It answers for itself: bids, proposals and votes follow from its technique, its temperament and what it has seen.
 * After a crash it knows again what the log says of it, and goes on.
 *
 * @since 0.1.0
 */
import { LeaderElection, Process } from "@foundation/core"
import { Agent, type Coordination, type Variables } from "@mabeam/core"
import { Deferred, Effect, Schema } from "effect"
import { Rpc, type RpcGroup } from "effect/rpc"
import { HyperParameters } from "../training/HyperParameters.ts"
import * as Bidding from "./Bidding.ts"
import { Crew } from "./Crew.ts"
import { type Evidence, Finding, judge } from "./Judgement.ts"
import { drive } from "./Rounds.ts"
import { Result } from "./RunEvent.ts"
import { RunLog } from "./RunLog.ts"
import { techniqueOf } from "./Techniques.ts"

export const Protocol = Agent.Protocol.add(
  /** Asks a winner for the parameters of its trial of this number. */
  Rpc.make("Propose", { payload: { number: Schema.Int, seed: Schema.Int }, success: HyperParameters }),
  /** Tells what a training of the team has given. */
  Rpc.make("Observe", {
    payload: { job: Schema.String, agent: Schema.String, params: HyperParameters, result: Result }
  })
)
export type OptimizerRef = Process.ProcessRef<RpcGroup.Rpcs<typeof Protocol>>

interface State {
  readonly id: string
  readonly technique: ReturnType<typeof techniqueOf>
  /** The agent's own trials, by job. */
  readonly evidence: Map<string, Evidence>
}

/** How long a coordinator that is not heard of stays in office. */
const lease = "2 seconds"

/** What a proposal of variables gives as its grounds. */
const decodeGrounds = Schema.decodeUnknownEffect(Schema.Struct({ given: Schema.Struct({ finding: Finding }) }))

/** Specifies an optimizer agent by its place in the team, counted from 0. */
export const Optimizer: Process.Process<
  RpcGroup.Rpcs<typeof Protocol>,
  { readonly index: number },
  never,
  RunLog | Crew | LeaderElection.LeaderElection | Coordination.Coordination | Variables.Variables
> = Process.make({
  name: "optimizer",
  protocol: Protocol,
  init: ({ index }: { readonly index: number }) =>
    Effect.gen(function* () {
      const technique = techniqueOf(index)
      const { id } = technique
      yield* Process.forkLinked(standForCoordinator(id, index))
      return { id, technique, evidence: yield* evidenceOf(id) }
    }),
  handlers: {
    ...Agent.defaults,
    Bid: (_, { id, technique }) => Effect.map(stateOfRun, (run) => Bidding.bid(run, id, technique.temperament)),
    Vote: ({ proposal }, state) => vote(proposal, state),
    Propose: ({ number, seed }, { technique }) =>
      Effect.map(stateOfRun, (run) => technique.suggest({ number, seed, state: run })),
    Observe: ({ agent, job, result }, state) =>
      Effect.sync(() => {
        if (!Number.isFinite(result.accuracy)) throw new TypeError(`${job} was told without an accuracy`)
        if (agent === state.id) state.evidence.set(job, { job, result })
      })
  }
})

const stateOfRun = Effect.flatMap(RunLog, (log) => log.state)

/** What the log holds of an agent's own trials. */
const evidenceOf = (id: string) =>
  Effect.map(
    stateOfRun,
    (run) =>
      new Map(
        [...run.trials.values()].flatMap(({ agent, job }) => {
          const finished = run.finished.get(job)
          return agent === id && finished !== undefined ? [[job, { job, result: finished.result }] as const] : []
        })
      )
  )

const vote = (proposal: Agent.Proposal, { evidence, technique }: State): Effect.Effect<Agent.Ballot> =>
  decodeGrounds(proposal.evidence).pipe(
    Effect.map(({ given }) => judge(given.finding, [...evidence.values()], technique.temperament)),
    Effect.catchTag("SchemaError", () =>
      Effect.succeed({ vote: "reject", because: "the proposal shows no finding" } as const)
    )
  )

/** Stands for coordinator as long as the agent lives, and drives the run whenever elected. */
const standForCoordinator = Effect.fnUntraced(function* (candidate: string, index: number) {
  const log = yield* RunLog
  const { stalled } = yield* Crew
  const elections = yield* LeaderElection.LeaderElection
  const campaign = yield* elections.campaign({
    election: log.run,
    candidate,
    score: -index,
    lease,
    standing: "50 millis"
  })
  const inOffice = Effect.fnUntraced(function* (office: LeaderElection.Office) {
    const before = yield* log.state
    const last = before.elections.at(-1)
    const because =
      last === undefined
        ? "first election"
        : last.resumptions < before.resumptions
          ? "the run was resumed"
          : `"${last.leader}" no longer leads`
    // Terms begin anew with each program, those of the log go on.
    const term = (last?.term ?? 0) + 1
    yield* log.append({ _tag: "LeaderElected", term, leader: office.candidate, because })
    yield* drive(office.candidate)
  })
  // Deposed: stand again. Whatever else goes wrong is a defect of this agent, and its supervisor's business.
  yield* campaign.lead(inOffice).pipe(
    Effect.retry({ while: (error) => error._tag === "Deposed" || error._tag === "AlreadyRecorded" }),
    Effect.catchTags({
      CampaignEnded: () => Effect.void,
      RunStalled: (error) => Effect.asVoid(Deferred.fail(stalled, error))
    }),
    Effect.orDie
  )
})
