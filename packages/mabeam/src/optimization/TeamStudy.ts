/**
 * A study that a team of supervised agents works on together, each with its own sampler.
 *
 * Each evaluation slot is sold to the agents in a first-price auction, for credits that their trials have earned (`Credits`); the
 * winner asks the shared study for its trial; `StudyRun` has it evaluated; and when a trial beats all before, the team votes on it
 * as the new incumbent, a variable that changes by consensus only.
 *
 * ```text
 * auction ──▶ winner suggests ──▶ evaluation ──▶ credits by regret
 *    ▲                                │              │
 *    └────────────────────────────────┼──────────────┘
 *                                     └─ better than all before ──▶ vote on the incumbent
 * ```
 *
 * **Guarantees** All is decided by message: a dead or silent agent buys nothing, and its slots go to others; a trial that it has
 * asked for all the same is evaluated. While all are stopped, the team waits for one to be started. A crashed agent is restarted and goes on from the study; so does the team when it runs
 * again with the same study, in this program or another, with the same accounts. A trial that is tried again stays the slot that
 * it was sold as; enqueued ones are not sold. Evaluation is that of `StudyRun`: leases, timeouts, pruning, typed failures. The
 * agents stop with the scope.
 *
 * **Does not guarantee** The same trials for the same seed when agents crash or trials run side by side. The best sampler's
 * result: a fifth of the credits always goes to all. That a trial has a price which was asked for in the instant before the program
 * was killed: it is evaluated, and nobody has paid.
 *
 * **Details** An auction and a vote cost a few messages for each agent, some 100 µs; for each slot the accounts are reckoned
 * from all trials, some 4 ms after 1,000 of them with three agents and 20 ms with ten; a suggestion costs what its sampler
 * takes, within this process. One trial at a time learns most from each; more workers evaluate side by side.
 *
 * **Example**
 *
 * ```ts
 * import { ProcessRegistry } from "@foundation/core"
 * import { Mabeam, TeamStudy } from "@mabeam/core"
 * import { FunctionObjective, GaussianProcess, Problems, Studies, Study, Tpe } from "@mabeam/optimize"
 * import { Effect, Layer, Option } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const { evaluate, space } = Problems.branin
 *   const [gp, tpe] = [yield* Effect.fromResult(GaussianProcess.make()), yield* Effect.fromResult(Tpe.make())]
 *   const definition = yield* Effect.fromResult(Study.define({ space, sampler: tpe, seed: 1 }))
 *   const study = yield* (yield* Studies.Studies).open("branin", definition)
 *   const { accounts, incumbent, state } = yield* TeamStudy.run(study, FunctionObjective.make(evaluate), {
 *     members: [{ id: "gp", sampler: gp }, { id: "tpe", sampler: tpe }],
 *     trials: 40
 *   })
 *   const best = Option.getOrThrow(state.best)
 *   console.log(best.values[0]! < 0.5, best.number === incumbent) // => true true
 *   console.log(accounts.reduce((sum, { trials }) => sum + trials, 0)) // => 40
 * })
 * const Live = Layer.merge(Mabeam.layer(), Studies.layerMemory).pipe(Layer.provideMerge(ProcessRegistry.layerMemory))
 * await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(Live)))
 * ```
 *
 * @since 0.1.0
 */
import { type BackendError, ProcessRegistry } from "@foundation/core"
import { type Objective, type Sampler, type SearchSpace, type Studies, Study, StudyRun } from "@mabeam/optimize"
import { type Duration, Effect, Option, Schema, type Scope, Semaphore } from "effect"
import * as AgentRegistry from "../agents/AgentRegistry.ts"
import * as AgentSupervisor from "../agents/AgentSupervisor.ts"
import * as Coordination from "../coordination/Coordination.ts"
import * as Variables from "../variables/Variables.ts"
import * as Credits from "./Credits.ts"
import {
  accountsOf,
  nextSale,
  type NoTrial,
  type Protocol,
  SamplerAgent,
  type SharedStudy,
  type Sold,
  soldOf
} from "./SamplerAgent.ts"

// --- models ----------------------------------------------------------------------------------------------------------

/** An agent of the team. */
export interface Member {
  /** 1 to 255 characters, otherwise `InvalidAgent`; its process is registered under it. */
  readonly id: string
  readonly sampler: Sampler.Sampler
}

/** How a team works; what concerns the evaluation is as in `StudyRun`. */
export interface Options<D extends SearchSpace.Declaration = SearchSpace.Declaration> extends StudyRun.RunOptions<D> {
  /** At least one; distinct ids. */
  readonly members: ReadonlyArray<Member>
  /** How long agents have for an answer. Default `30 seconds`. */
  readonly patience?: Duration.Input | undefined
}

/** What a team has found. */
export interface Found<D extends SearchSpace.Declaration> extends StudyRun.Ran<D> {
  /** The trial that the team has agreed on as the best; -1 if it has agreed on none. */
  readonly incumbent: number
  readonly accounts: ReadonlyArray<Credits.Account & { readonly agent: string }>
}

/** The team cannot work on these terms. */
export class InvalidTeam extends Schema.TaggedError<InvalidTeam>("@mabeam/core/TeamStudy/InvalidTeam")("InvalidTeam", {
  field: Schema.Literals(["members", "study"]),
  because: Schema.String
}) {
  override get message() {
    return `${this.field}: ${this.because}`
  }
}

/** No agent of the team is left to buy a slot: all were given up. */
export class TeamLost extends Schema.TaggedError<TeamLost>("@mabeam/core/TeamStudy/TeamLost")("TeamLost", {
  sale: Schema.Int,
  agents: Schema.Array(Schema.String)
}) {
  override get message() {
    return `no agent is left for sale ${this.sale}: ${this.agents.join(", ")} were given up`
  }
}

/** A slot could not be sold, however often it was tried. */
export class SaleFailed extends Schema.TaggedError<SaleFailed>("@mabeam/core/TeamStudy/SaleFailed")("SaleFailed", {
  because: Schema.String
}) {
  override get message() {
    return `a slot could not be sold: ${this.because}`
  }
}

/** Attempts at a sale, for each agent. */
const ATTEMPTS_MAX = 20

// --- the team --------------------------------------------------------------------------------------------------------

const problemOf = (members: ReadonlyArray<Member>, { definition }: Study.State): InvalidTeam | undefined => {
  const refuse = (field: InvalidTeam["field"], because: string) => new InvalidTeam({ field, because })
  const ids = members.map(({ id }) => id)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (members.length === 0) return refuse("members", "there are none")
  if (twice !== undefined) return refuse("members", `"${twice}" is there twice`)
  for (const { id, sampler } of members) {
    const refusal = sampler.refusal?.(definition.space)
    if (refusal !== undefined) return refuse("members", `"${id}" cannot search this space: ${refusal.message}`)
  }
  return definition.directions.length === 1 ? undefined : refuse("study", "it has several objectives")
}

/** Registers and starts the agents, and stops and forgets them with the scope. */
const hire = Effect.fnUntraced(function* <D extends SearchSpace.Declaration>(
  study: SharedStudy,
  { members, trials }: Options<D>
) {
  const registry = yield* AgentRegistry.AgentRegistry
  const supervisor = yield* AgentSupervisor.AgentSupervisor
  const agents = members.map(({ id }) => id)
  return yield* Effect.forEach(members, ({ id, sampler }) =>
    Effect.acquireRelease(
      registry.register({
        id,
        type: "sampler",
        capabilities: ["optimize", "vote"],
        process: SamplerAgent,
        args: { id, sampler, study, agents, trials }
      }),
      () => supervisor.unregister(id)
    ).pipe(Effect.tap((agent) => supervisor.start(agent)))
  )
})

type Hired = AgentRegistry.Registered<Protocol, never>

/** The agents that have a process now. */
const alive = Effect.fnUntraced(function* (hired: ReadonlyArray<Hired>) {
  const names = yield* ProcessRegistry.ProcessRegistry
  const found = yield* Effect.forEach(hired, ({ id, name }) =>
    Effect.map(
      names.lookup(name),
      Option.map((ref) => ({ id, ref }))
    )
  )
  return found.flatMap(Option.toArray)
})

/** How long is waited for agents that are being restarted, before they are looked for again. */
const BREATH = "20 millis"

/** The agents that have a process, as a team, as soon as there is one; fails if none will have one again. */
const gather = Effect.fnUntraced(function* (hired: ReadonlyArray<Hired>, sale: number) {
  const registry = yield* AgentRegistry.AgentRegistry
  for (;;) {
    const members = yield* alive(hired)
    const team = yield* Effect.option(registry.team(members.map(({ id }) => id)))
    if (members.length > 0 && Option.isSome(team)) return { members, team: team.value }
    const infos = yield* Effect.forEach(hired, ({ id }) => registry.lookup(id))
    const mayReturn = infos.some((info) => Option.isSome(info) && !info.value.gaveUp)
    if (!mayReturn) return yield* new TeamLost({ sale, agents: hired.map(({ id }) => id) })
    yield* Effect.sleep(BREATH)
  }
})

// --- trials that were asked for ----------------------------------------------------------------------------------------

/** The trials that agents have asked for. Whose agent died before it could say so, or said so too late, is not lost. */
interface Desk {
  /** The study as agents see it. */
  readonly study: SharedStudy
  /** Strikes a trial off that was handed over. */
  readonly handOver: (number: number) => void
  /** A trial that is ours and that nobody was told of. */
  readonly leftover: Effect.Effect<number | undefined>
}

const openDesk = Effect.fnUntraced(function* <D extends SearchSpace.Declaration>(study: Studies.OpenStudy<D>) {
  const asked = new Set<number>()
  const leftover = Effect.map(study.state, (state) => {
    for (const number of asked) {
      const trial = state.trial(number)
      if (trial?.state === "running" && trial.lease?.owner === study.owner) return number
      asked.delete(number)
    }
    return undefined
  })
  const shared: SharedStudy = {
    state: study.state,
    setAttribute: study.setAttribute,
    ask: (options) =>
      Effect.uninterruptible(
        Effect.tap(study.ask(options), ({ number }) =>
          Effect.sync(() => {
            asked.add(number)
          })
        )
      )
  }
  const handOver = (number: number) => void asked.delete(number)
  const giveBack = (number: number) =>
    Effect.suspend(() => {
      handOver(number)
      return Effect.ignore(study.release(number), { log: "Warn" })
    })
  // What came too late for this run waits for the next. Runs after the agents have stopped.
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      for (let number = yield* leftover; number !== undefined; number = yield* leftover) yield* giveBack(number)
    })
  )
  const desk: Desk = { study: shared, leftover, handOver }
  return desk
})

// --- a sale ----------------------------------------------------------------------------------------------------------

/** A team at work. */
interface Shop {
  readonly hired: ReadonlyArray<Hired>
  readonly desk: Desk
  readonly study: Pick<Studies.OpenStudy, "name"> & { readonly state: Effect.Effect<Study.State> }
  readonly patience: Duration.Input
}

/** Why a slot is not sold. */
type SaleError =
  | TeamLost
  | SaleFailed
  | NoTrial
  | Study.StudyStopped
  | BackendError.BackendError
  | Coordination.InvalidLot
  | Coordination.SessionCancelled
  | Coordination.TooManySessions

/** The agents that had no trial to offer for a slot, and why; the others bid for it. */
type Passed = Map<string, NoTrial>

/** Nobody of a team is left to bid: because all samplers have suggested all that they would, or for other reasons. */
const nobodyLeft = (passed: Passed, { count }: Study.State): Study.StudyStopped | SaleFailed => {
  const reasons = [...passed.values()]
  if (reasons.every(({ kind }) => kind === "exhausted")) {
    return new Study.StudyStopped({ rule: "exhausted", limit: count })
  }
  return new SaleFailed({ because: reasons.find(({ kind }) => kind !== "exhausted")?.because ?? "nobody bids" })
}

/** The agents that may bid. Who has passed may be all that is left of the team. */
const bidders = Effect.fnUntraced(function* ({ hired, study }: Shop, passed: Passed, sale: number) {
  const others = hired.filter(({ id }) => !passed.has(id))
  const left = others.length === 0 ? Effect.void : gather(others, sale)
  const found = yield* passed.size === 0 ? left : Effect.catchTag(left, "TeamLost", () => Effect.void)
  if (found !== undefined) return found
  const reason = nobodyLeft(passed, yield* study.state)
  passed.clear()
  return yield* reason
})

/** Sells a slot, and has the winner ask for the trial: its number, or why there is none. */
const sell: (
  shop: Shop,
  passed: Passed
) => Effect.Effect<
  number,
  SaleError,
  Coordination.Coordination | AgentRegistry.AgentRegistry | ProcessRegistry.ProcessRegistry
> = Effect.fnUntraced(function* (shop, passed) {
  const { desk, hired, patience, study } = shop
  const before = yield* desk.leftover
  if (before !== undefined) return before
  const coordination = yield* Coordination.Coordination
  const state = yield* study.state
  const sale = nextSale(state)
  const { members, team } = yield* bidders(shop, passed, sale)
  const accounts = accountsOf(
    state,
    hired.map(({ id }) => id)
  )
  const { price, winners } = yield* coordination.auction({
    team,
    lot: { name: `slot ${sale} of ${study.name}`, units: 1, reserve: 0 },
    rule: "first-price",
    budgetOf: (id) => Credits.bid(accounts, id),
    deadline: patience
  })
  const winner = members.find(({ id }) => id === winners[0])
  if (winner === undefined) return yield* new SaleFailed({ because: "nobody bids" })
  const sold: Sold = { sale, agent: winner.id, price: Credits.priceOf(price) }
  const number = yield* winner.ref.call("Try", { sold }, { timeout: patience }).pipe(
    Effect.mapError((error) => {
      if (error._tag !== "NoTrial") return new SaleFailed({ because: error.message })
      passed.set(winner.id, error)
      return error
    })
  )
  return number
})

/** Sells until an agent has a trial: its number, or `undefined` if the study has none for anybody. */
const sellOne = (shop: Shop) =>
  Effect.suspend(() => {
    const passed: Passed = new Map()
    return Effect.retry(
      Effect.suspend(() => sell(shop, passed)),
      {
        times: ATTEMPTS_MAX * shop.hired.length,
        while: (error) => error._tag === "SaleFailed" || (error._tag === "NoTrial" && error.kind !== "over")
      }
    )
  }).pipe(
    Effect.catchIf(
      (error) => error._tag === "NoTrial" && error.kind === "over",
      () => shop.desk.leftover
    ),
    Effect.mapError((error) =>
      error._tag === "TeamLost" || error._tag === "SaleFailed" || error._tag === "StudyStopped"
        ? error
        : new SaleFailed({ because: error.message })
    )
  )

/** Sells a slot and hands its trial over. A run may be interrupted while it waits for agents: the trial is at the desk until then. */
const buy = (shop: Shop) =>
  Effect.uninterruptible(
    Effect.tap(Effect.interruptible(sellOne(shop)), (number) =>
      Effect.sync(() => {
        if (number !== undefined) shop.desk.handOver(number)
      })
    )
  )

// --- the incumbent ---------------------------------------------------------------------------------------------------

/** Puts the best trial to the vote if it is another than the incumbent. */
const agree = Effect.fnUntraced(function* ({ hired, patience, study }: Shop, name: string) {
  const variables = yield* Variables.Variables
  const state = yield* study.state
  if (Option.isNone(state.best)) return
  const { number: trial, values } = state.best.value
  if ((yield* variables.get(name)) === trial) return
  const { team } = yield* gather(hired, nextSale(state))
  const proposal = variables.propose({
    changes: { [name]: trial },
    team,
    by: soldOf(state.best.value)?.agent ?? "team",
    evidence: { trial, value: values[0] },
    trial,
    deadline: patience
  })
  // What is put to the vote comes to its end; only the wait for somebody to vote may be interrupted.
  yield* Effect.uninterruptible(proposal)
})

// --- the study -------------------------------------------------------------------------------------------------------

/** What a team needs while it works. */
type Services =
  | Coordination.Coordination
  | AgentRegistry.AgentRegistry
  | ProcessRegistry.ProcessRegistry
  | Variables.Variables

/** Why a team does not work, or ends before its time. */
export type Failure =
  | InvalidTeam
  | TeamLost
  | SaleFailed
  | StudyRun.RunFailure
  | AgentRegistry.AgentExists
  | AgentRegistry.InvalidAgent
  | AgentRegistry.TooManyAgents
  | AgentRegistry.AgentNotFound
  | AgentSupervisor.AlreadyRunning
  | AgentSupervisor.AgentStartFailed
  | Variables.VariableExists
  | Variables.InvalidDefinition
  | Variables.InvalidValue
  | Variables.TooManyVariables

/** What a team fails with on its way through a run that knows no teams. */
const ours = (defect: unknown): Effect.Effect<never, TeamLost | SaleFailed> =>
  defect instanceof TeamLost || defect instanceof SaleFailed ? Effect.fail(defect) : Effect.die(defect)

/** The study with another way to ask for trials, and to hear of those that have ended: one at a time, by the team. */
const atWork = Effect.fnUntraced(function* <D extends SearchSpace.Declaration>(
  study: Studies.OpenStudy<D>,
  { onTrial, trials }: Options<D>,
  shop: Shop,
  incumbent: string
) {
  const services = yield* Effect.context<Services>()
  const turn = yield* Semaphore.make(1)
  const inTurn = <A, E>(effect: Effect.Effect<A, E, Services>) =>
    turn.withPermits(1)(Effect.provideContext(effect, services))
  const ask: Studies.OpenStudy<D>["ask"] = () =>
    Effect.gen(function* () {
      const number = yield* Effect.catchTag(inTurn(buy(shop)), ["TeamLost", "SaleFailed"], Effect.die)
      const trial = number === undefined ? undefined : (yield* study.state).trial(number)
      // Nobody will have a trial: the study says why.
      return trial ?? (yield* study.ask({ trialsMax: trials }))
    })
  const heard = (trial: Study.Trial<D>) =>
    Effect.andThen(Effect.orDie(inTurn(agree(shop, incumbent))), onTrial?.(trial) ?? Effect.void)
  return { study: { ...study, ask }, onTrial: heard, agreed: inTurn(agree(shop, incumbent)) }
})

/** The variable of a study's incumbent: the one that an earlier run has left in this program, or a new one. */
const incumbentOf = Effect.fnUntraced(function* (study: string) {
  const variables = yield* Variables.Variables
  const name = `${study}.incumbent`
  const known = yield* variables.lookup(name)
  if (Option.isNone(known) || known.value.owner !== study || known.value.policy !== "consensus") {
    yield* variables.define({
      name,
      type: Variables.int({ min: -1, max: Number.MAX_SAFE_INTEGER }),
      initial: -1,
      owner: study,
      policy: "consensus"
    })
  }
  return name
})

/** Has the team work on a study of a single objective until it has its trials, or has stopped. The study's own sampler suggests nothing. */
export const run: <D extends SearchSpace.Declaration, R>(
  study: Studies.OpenStudy<D>,
  objective: Objective.Objective<SearchSpace.Params<D>, R>,
  options: Options<D>
) => Effect.Effect<Found<D>, Failure, Services | AgentSupervisor.AgentSupervisor | Scope.Scope | R> = Effect.fn(
  "TeamStudy.run"
)(function* (study, objective, options) {
  const { members, patience = "30 seconds" } = options
  const problem = problemOf(members, yield* study.state)
  if (problem !== undefined) return yield* problem
  const desk = yield* openDesk(study)
  const hired = yield* hire(desk.study, options)
  const incumbent = yield* incumbentOf(study.name)
  const team = yield* atWork(study, options, { hired, desk, study, patience }, incumbent)
  const ran = yield* Effect.catchDefect(
    StudyRun.run(team.study, objective, { ...options, onTrial: team.onTrial }),
    ours
  )
  // No trial may have ended that would have brought it up.
  yield* Effect.catchDefect(Effect.orDie(team.agreed), ours)
  const ids = members.map(({ id }) => id)
  const accounts = [...accountsOf(ran.state, ids).accounts].map(([agent, account]) => ({ agent, ...account }))
  const agreed = yield* Effect.orDie((yield* Variables.Variables).get(incumbent))
  const found = { ...ran, incumbent: Number(agreed), accounts }
  return found
})
