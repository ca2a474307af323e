/**
 * The coordinator at work: does what `Plan.next` says, one step after the other, and writes down what came of it.
 *
 * **Guarantees** Every step may be cut off at any moment and done again by another coordinator: what is written is not done
 * twice, and a training that is under way at a worker is asked for at the same worker again, which answers from the log. The
 * coordinator asks agents and evaluators by message; none of them is waited for beyond its deadline but those that train.
 *
 * @since 0.1.0
 */
import { Process } from "@foundation/core"
import { Coordination, type Receipts, type Team, Variables } from "@mabeam/core"
import { Effect, Schema } from "effect"
import { earnings } from "./Bidding.ts"
import { Crew, type Member } from "./Crew.ts"
import type { EvaluatorRef } from "./Evaluator.ts"
import type { Finding } from "./Judgement.ts"
import * as Plan from "./Plan.ts"
import { DecisionReceipt, type RunEvent, teamJob } from "./RunEvent.ts"
import { RunLog } from "./RunLog.ts"
import { attemptsOf, type RunState } from "./RunState.ts"

/** The run cannot go on. */
export class RunStalled extends Schema.TaggedError<RunStalled>("@apps/demo/Rounds/RunStalled")("RunStalled", {
  because: Schema.String
}) {
  override get message() {
    return `the run cannot go on: ${this.because}`
  }
}

/** How long agents may take to bid, to propose, to vote and to come to the barrier. */
const patience = "3 seconds"
/** How often one training may be tried. */
const attemptsMax = 6
/** How many rounds in a row may find no bidder. */
const emptyRoundsMax = 5
/** How often a barrier is tried again with the team as it is then. */
const barriersMax = 3

/** Drives the run to its end. */
export const drive = Effect.fnUntraced(function* (coordinator: string) {
  const log = yield* RunLog
  while (true) {
    const state = yield* log.state
    const step = Plan.next(state)
    switch (step._tag) {
      case "Nothing":
        return
      case "OpenRound":
        if (state.rounds.slice(-emptyRoundsMax).filter(isEmpty).length === emptyRoundsMax) {
          return yield* new RunStalled({ because: `nobody has bid in ${emptyRoundsMax} rounds` })
        }
        yield* log.append({ _tag: "RoundOpened", round: step.round, coordinator, slots: step.slots })
        break
      case "Sell":
        yield* log.append(yield* sell(state, step.round, step.slots))
        break
      case "Propose":
        yield* log.append(yield* propose(state, step))
        break
      case "Train":
        yield* trainAll(step.tasks)
        break
      case "Decide":
        yield* log.append(yield* decide(state, coordinator, step.round, step.candidate))
        break
      case "CloseRound":
        yield* log.append(yield* close(state, step.round))
        break
      case "Finish":
        yield* log.append({ _tag: "RunFinished", seconds: state.activeMillis / 1000 })
    }
  }
})

const isEmpty = (round: RunState["rounds"][number]) => round.sold?.winners.length === 0

/** Sells the slots of a round to the highest bidders. */
const sell = Effect.fnUntraced(function* (state: RunState, round: number, slots: number) {
  const coordination = yield* Coordination.Coordination
  const crew = yield* Crew
  const receipt = yield* coordination.auction({
    team: yield* crew.team,
    lot: { name: `evaluation slots of round ${round}`, units: slots, reserve: 1 },
    rule: "k-unit-vickrey",
    budgetOf: (id) => state.agents.get(id)?.balance ?? 0,
    deadline: patience
  })
  const event: RunEvent = {
    _tag: "SlotsSold",
    round,
    session: receipt.session,
    winners: receipt.winners,
    price: receipt.price,
    bids: receipt.auction.inputs.bids.map(({ amount, bidder }) => ({ agent: bidder, amount })),
    silent: receipt.silent,
    receipt
  }
  return event
})

/** Asks a winner what to try; one that cannot say gets its price back. */
const propose = Effect.fnUntraced(function* (
  state: RunState,
  { agent, number, round }: Extract<Plan.Step, { readonly _tag: "Propose" }>
) {
  const crew = yield* Crew
  const returned = (because: string): RunEvent => ({ _tag: "SlotReturned", round, agent, because })
  const winner = (yield* crew.optimizers).find((member) => member.id === agent)
  if (winner === undefined) return returned("it is gone")
  return yield* winner.ref.call("Propose", { number, seed: state.started?.seed ?? 0 }, { timeout: patience }).pipe(
    Effect.map((params): RunEvent => ({ _tag: "TrialProposed", job: teamJob(number), round, agent, params })),
    Effect.catch((error) => Effect.succeed(returned(error.message)))
  )
})

// --- trainings -------------------------------------------------------------------------------------------------------

/** Has all tasks trained, by as many evaluators as there are, and tells the team what its trainings gave. */
const trainAll = Effect.fnUntraced(function* (tasks: ReadonlyArray<Plan.Task>) {
  const crew = yield* Crew
  let waiting = tasks
  for (let fruitless = 0; waiting.length > 0;) {
    const left = yield* trainSome(waiting, yield* crew.evaluators)
    // Evaluators may have died over their tasks, and be there again by now.
    fruitless = left.length < waiting.length ? 0 : fruitless + 1
    if (fruitless === attemptsMax) return yield* new RunStalled({ because: "no evaluator is left" })
    waiting = left
  }
})

/** Has the evaluators train what they can; gives the tasks that are left. */
const trainSome = Effect.fnUntraced(function* (
  tasks: ReadonlyArray<Plan.Task>,
  evaluators: ReadonlyArray<Member<EvaluatorRef>>
) {
  const { attempts } = yield* Effect.flatMap(RunLog, (log) => log.state)
  const waiting = [...tasks]
  const known = new Set(evaluators.map(({ id }) => id))
  /** Who is at work on a task already, for a coordinator before this one; nobody, if it is gone. */
  const holder = (task: Plan.Task) =>
    attempts.find(({ job, outcome, worker }) => job === task.job && outcome === "running" && known.has(worker))?.worker
  /** The next task for a worker: one that it is at work on already, or one that no other is. */
  const take = (worker: string): Plan.Task | undefined => {
    const own = waiting.findIndex((task) => holder(task) === worker)
    const free = own >= 0 ? own : waiting.findIndex((task) => holder(task) === undefined)
    return free >= 0 ? waiting.splice(free, 1)[0] : undefined
  }
  const work = Effect.fnUntraced(function* (evaluator: Member<EvaluatorRef>) {
    for (let task = take(evaluator.id); task !== undefined; task = take(evaluator.id)) {
      const isDone = yield* train(evaluator, task)
      if (!isDone) waiting.unshift(task)
      if (!isDone && !(yield* Process.isAlive(evaluator.ref))) return
    }
  })
  yield* Effect.forEach(evaluators, work, { concurrency: "unbounded", discard: true })
  return waiting
})

/** Has one task trained; `false` when it has to be tried again. */
const train = Effect.fnUntraced(function* (evaluator: Member<EvaluatorRef>, task: Plan.Task) {
  const log = yield* RunLog
  const before = yield* log.state
  if (attemptsOf(before, task.job) >= attemptsMax) {
    return yield* new RunStalled({ because: `${task.job} was tried ${attemptsMax} times` })
  }
  const seed = seedOf(before.started?.seed ?? 0, task)
  const isDone = yield* evaluator.ref.call("Train", { training: { ...task, seed } }, { timeout: "Infinity" }).pipe(
    Effect.as(true),
    Effect.catch((error) => Effect.as(Effect.logDebug(error.message), false))
  )
  if (isDone) yield* tell(yield* log.state, task)
  return isDone
})

/**
 * The seed of a training: another one for each, but for the final ones, which start from the same weights, so that they differ
 * by their parameters alone.
 */
const seedOf = (seed: number, { job, purpose }: Plan.Task): number => {
  let hash = seed | 0
  const name = purpose === "final" ? "final" : job
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) | 0
  return Math.abs(hash)
}

/** Tells all optimizers what a team training has given, over its repetitions. */
const tell = Effect.fnUntraced(function* (state: RunState, task: Plan.Task) {
  if (task.purpose !== "team" && task.purpose !== "repetition") return
  const crew = yield* Crew
  const trial = [...state.trials.values()].find(({ job }) => task.job === job || task.job.startsWith(`${job}-again-`))
  const result = trial && Plan.resultOf(state, trial.job)
  if (trial === undefined || result === undefined) return
  const refs = (yield* crew.optimizers).map((member) => member.ref)
  const { agent, job, params } = trial
  yield* Process.multicast(refs, "Observe", { job, agent, params, result })
})

// --- decisions -------------------------------------------------------------------------------------------------------

/** Puts a finding to the vote. */
const decide = Effect.fnUntraced(function* (
  state: RunState,
  coordinator: string,
  round: number,
  { agreed, changes, result, trial }: Plan.Candidate
) {
  const variables = yield* Variables.Variables
  const crew = yield* Crew
  const finding: Finding = {
    job: trial.job,
    agent: trial.agent,
    result,
    ...(agreed === undefined ? {} : { agreed }),
    rows: state.started?.data.validation ?? 1
  }
  const { receipt } = yield* variables.propose({
    changes: Object.fromEntries(changes.map(({ to, variable }) => [variable, to])),
    team: yield* crew.team,
    evidence: { finding },
    subject: trial.job,
    by: coordinator,
    // Everybody's reasons are to be written down.
    early: false,
    deadline: patience
  })
  const event: RunEvent = {
    _tag: "VariablesDecided",
    round,
    session: receipt.session,
    proposer: trial.agent,
    job: trial.job,
    changes,
    outcome: receipt.outcome,
    votes: votesOf(receipt),
    // What is proposed here, and the evidence for it, are numbers and names.
    receipt: yield* Effect.orDie(writable(receipt))
  }
  return event
})

const writable = Schema.decodeUnknownEffect(DecisionReceipt)

const votesOf = ({ late, silent, votes }: Receipts.ConsensusReceipt) => [
  ...[...votes, ...late].map(({ because, vote, voter }) => ({ agent: voter, vote, because: because ?? "" })),
  ...silent.map((agent) => ({ agent, vote: "silent", because: "did not answer" }) as const)
]

/** Waits until everybody is there, and pays what the round has earned. */
const close = Effect.fnUntraced(function* (state: RunState, round: number) {
  const arrived = yield* meet(round, 1)
  const event: RunEvent = { _tag: "RoundClosed", round, arrived, earned: earnings(state, round) }
  return event
})

/** Meets at the barrier; an agent that is being restarted gets another chance. */
const meet: (
  round: number,
  attempt: number
) => Effect.Effect<
  ReadonlyArray<string>,
  Coordination.SessionCancelled | Coordination.TooManySessions,
  Coordination.Coordination | Crew
> = Effect.fnUntraced(function* (round, attempt) {
  const coordination = yield* Coordination.Coordination
  const crew = yield* Crew
  const team: Team.Team = yield* crew.team
  return yield* coordination.round({ team, round, deadline: patience }).pipe(
    Effect.map((receipt) => receipt.arrived),
    Effect.catchTag("RoundBroken", ({ arrived }) =>
      attempt < barriersMax ? meet(round, attempt + 1) : Effect.succeed(arrived)
    )
  )
})
