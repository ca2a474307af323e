/**
 * A study that a team of supervised agents works on together, each with its own sampler.
 *
 * Round by round, evaluation slots are sold to the agents in first-price auctions, for credits that their trials have earned
 * (`Credits`); winners ask the shared study for their trials; the objective is evaluated; and when a trial beats all before,
 * the team votes on it as the new incumbent, a variable that changes by consensus only.
 *
 * **Guarantees** All is decided by message: a dead or silent agent buys nothing, and its slots go to others. A crashed agent is
 * restarted and goes on from the study; so does the team when the program is started again with the same study. What the
 * objective fails with is a failed trial. The agents stop with the scope.
 *
 * **Does not guarantee** The same trials for the same seed when agents crash or slots run side by side, or the best sampler's
 * result: a fifth of the slots is always spent on the others.
 *
 * **Details** An auction and a vote cost a few messages for each agent, some 100 µs; a suggestion costs what its sampler takes,
 * within this process. One slot in a round learns most from each trial; more evaluate side by side.
 *
 * **Example**
 *
 * ```ts
 * import { ProcessRegistry } from "@foundation/core"
 * import { Mabeam, TeamStudy } from "@mabeam/core"
 * import { GaussianProcess, Problems, Studies, Study, Tpe } from "@mabeam/optimize"
 * import { Effect, Layer } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const { evaluate, space } = Problems.branin
 *   const [gp, tpe] = [yield* Effect.fromResult(GaussianProcess.make()), yield* Effect.fromResult(Tpe.make())]
 *   const definition = yield* Effect.fromResult(Study.define({ space, sampler: tpe, seed: 1 }))
 *   const study = yield* (yield* Studies.Studies).open("branin", definition)
 *   const found = yield* TeamStudy.run({
 *     study,
 *     members: [{ id: "gp", sampler: gp }, { id: "tpe", sampler: tpe }],
 *     objective: (params) => Effect.sync(() => evaluate(params)),
 *     trials: 40
 *   })
 *   console.log(found.best.values[0]! < 0.5) // => true
 *   console.log(found.accounts.map(({ trials }) => trials).reduce((a, b) => a + b)) // => 40
 * })
 * const Live = Layer.merge(Mabeam.layer(), Studies.layerMemory).pipe(Layer.provideMerge(ProcessRegistry.layerMemory))
 * await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(Live)))
 * ```
 *
 * @since 0.1.0
 */
import { ProcessRegistry } from "@foundation/core"
import type { Sampler, SearchSpace, Studies, Study } from "@mabeam/optimize"
import { type Duration, Effect, Option, Schema } from "effect"
import * as AgentRegistry from "../agents/AgentRegistry.ts"
import * as AgentSupervisor from "../agents/AgentSupervisor.ts"
import * as Coordination from "../coordination/Coordination.ts"
import * as Variables from "../variables/Variables.ts"
import type { Account } from "./Credits.ts"
import { accountsOf, attribute, type Protocol, SamplerAgent, type Sold } from "./SamplerAgent.ts"

// --- models ----------------------------------------------------------------------------------------------------------

/** An agent of the team. */
export interface Member {
  /** 1 to 255 characters; its process is registered under it. */
  readonly id: string
  readonly sampler: Sampler.Sampler
}

/** What a round has brought. */
export interface Round {
  /** Counted from 0. */
  readonly round: number
  readonly sold: ReadonlyArray<Sold & { readonly trial: number }>
  /** The trial that the team has agreed on as the best, if this round has changed it. */
  readonly incumbent: number | undefined
}

/** How a team works. */
export interface Options<D extends SearchSpace.Declaration, E, R> {
  /** Of a single objective. Its own sampler suggests nothing. */
  readonly study: Studies.OpenStudy<D>
  /** At least one; distinct ids. */
  readonly members: ReadonlyArray<Member>
  /** The value of parameters. */
  readonly objective: (params: SearchSpace.Params<D>, number: number) => Effect.Effect<number, E, R>
  /** How many trials the study is to have in all, those that it has already included. */
  readonly trials: number
  /** Slots in a round, which are evaluated side by side. Default 1. */
  readonly slots?: number | undefined
  /** How long agents have for an answer. Default `30 seconds`. */
  readonly patience?: Duration.Input | undefined
  readonly onRound?: ((round: Round) => Effect.Effect<void>) | undefined
}

/** What a team has found. */
export interface Found<D extends SearchSpace.Declaration> {
  readonly best: Study.CompleteTrial<D>
  /** The trial that the team has agreed on; -1 if it has agreed on none. */
  readonly incumbent: number
  readonly accounts: ReadonlyArray<Account & { readonly agent: string }>
}

/** The team cannot work on these terms. */
export class InvalidTeam extends Schema.TaggedError<InvalidTeam>("@mabeam/core/TeamStudy/InvalidTeam")("InvalidTeam", {
  field: Schema.Literals(["members", "slots", "trials", "study"]),
  because: Schema.String
}) {
  override get message() {
    return `${this.field}: ${this.because}`
  }
}

/** No agent of the team is left to buy a slot: all were given up. */
export class TeamLost extends Schema.TaggedError<TeamLost>("@mabeam/core/TeamStudy/TeamLost")("TeamLost", {
  round: Schema.Int,
  agents: Schema.Array(Schema.String)
}) {
  override get message() {
    return `no agent is left in round ${this.round}: ${this.agents.join(", ")} were given up`
  }
}

/** No slot of a round could be sold, however often it was tried. */
export class RoundStuck extends Schema.TaggedError<RoundStuck>("@mabeam/core/TeamStudy/RoundStuck")("RoundStuck", {
  round: Schema.Int,
  because: Schema.String
}) {
  override get message() {
    return `round ${this.round} has sold nothing: ${this.because}`
  }
}

/** All trials have ended without a value that counts. */
export class NothingFound extends Schema.TaggedError<NothingFound>("@mabeam/core/TeamStudy/NothingFound")(
  "NothingFound",
  { trials: Schema.Int }
) {
  override get message() {
    return `none of ${this.trials} trials has a value that counts`
  }
}

/** Attempts at the first slot of a round, for each agent, before the round is stuck. */
const MISSES_MAX = 20

// --- the team --------------------------------------------------------------------------------------------------------

const problemOf = <D extends SearchSpace.Declaration, E, R>(
  { members, slots = 1, trials }: Options<D, E, R>,
  state: Study.State<D>
): InvalidTeam | undefined => {
  const refuse = (field: InvalidTeam["field"], because: string) => new InvalidTeam({ field, because })
  const ids = members.map(({ id }) => id)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (members.length === 0) return refuse("members", "there are none")
  if (twice !== undefined) return refuse("members", `"${twice}" is there twice`)
  if (!Number.isSafeInteger(slots) || slots < 1) return refuse("slots", `${slots} is not a whole number from 1`)
  if (!Number.isSafeInteger(trials) || trials < 1) return refuse("trials", `${trials} is not a whole number from 1`)
  return state.definition.directions.length === 1 ? undefined : refuse("study", "it has several objectives")
}

/** Registers and starts the agents, and stops and forgets them with the scope. */
const hire = Effect.fnUntraced(function* <D extends SearchSpace.Declaration, E, R>(options: Options<D, E, R>) {
  const registry = yield* AgentRegistry.AgentRegistry
  const supervisor = yield* AgentSupervisor.AgentSupervisor
  const { members, study, trials } = options
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
const gather = Effect.fnUntraced(function* (hired: ReadonlyArray<Hired>, round: number) {
  const registry = yield* AgentRegistry.AgentRegistry
  for (;;) {
    const members = yield* alive(hired)
    const team = yield* Effect.option(registry.team(members.map(({ id }) => id)))
    if (members.length > 0 && Option.isSome(team)) return { members, team: team.value }
    const infos = yield* Effect.forEach(hired, ({ id }) => registry.lookup(id))
    const mayReturn = infos.some((info) => Option.isSome(info) && !info.value.gaveUp)
    if (!mayReturn) return yield* new TeamLost({ round, agents: hired.map(({ id }) => id) })
    yield* Effect.sleep(BREATH)
  }
})

// --- a round ---------------------------------------------------------------------------------------------------------

/** A slot that was sold, one that came to nothing, or the end: nobody will have a trial any more. */
type Slot = { readonly _tag: "Sold"; readonly sold: Sold & { readonly trial: number } } | Missed
type Missed =
  | { readonly _tag: "Missed"; readonly because: string }
  | { readonly _tag: "Over"; readonly because: string }

/** Sells one slot, and has its winner ask for the trial. */
const sell = Effect.fnUntraced(function* (
  hired: ReadonlyArray<Hired>,
  study: { readonly state: Effect.Effect<Study.State> },
  round: number,
  patience: Duration.Input
) {
  const coordination = yield* Coordination.Coordination
  const { members, team } = yield* gather(hired, round)
  const ids = hired.map(({ id }) => id)
  const { accounts } = accountsOf(yield* study.state, ids)
  const { price, winners } = yield* coordination.auction({
    team,
    lot: { name: `slot of round ${round}`, units: 1, reserve: 1 },
    rule: "first-price",
    budgetOf: (id) => accounts.get(id)?.balance ?? 0,
    deadline: patience
  })
  const missed = (_tag: Missed["_tag"], because: string): Slot => ({ _tag, because })
  const winner = members.find(({ id }) => id === winners[0])
  if (winner === undefined) return missed("Missed", "nobody bids")
  const sold: Sold = { round, agent: winner.id, price }
  return yield* winner.ref.call("Try", { sold }, { timeout: patience }).pipe(
    Effect.map((trial): Slot => ({ _tag: "Sold", sold: { ...sold, trial } })),
    Effect.catch((error) =>
      Effect.succeed(missed(error._tag === "NoTrial" && error.final ? "Over" : "Missed", error.message))
    )
  )
})

/** Sells the slots of a round: fewer if the agents run out of credits, or the study out of trials. */
const sellAll = Effect.fnUntraced(function* (
  hired: ReadonlyArray<Hired>,
  study: { readonly state: Effect.Effect<Study.State> },
  { patience, round, slots }: { readonly patience: Duration.Input; readonly round: number; readonly slots: number }
) {
  const sold: Array<Sold & { readonly trial: number }> = []
  let misses = 0
  while (sold.length < slots) {
    const slot = yield* sell(hired, study, round, patience)
    if (slot._tag === "Over") return { sold, isOver: true }
    if (slot._tag === "Sold") {
      sold.push(slot.sold)
      misses = 0
    } else if (sold.length > 0) break
    else if (++misses === MISSES_MAX * hired.length) return yield* new RoundStuck({ round, because: slot.because })
  }
  return { sold, isOver: false }
})

/** Evaluates a trial and tells the study; what the objective fails with is a failed trial. */
const evaluate = <D extends SearchSpace.Declaration, E, R>(
  { objective, study }: Options<D, E, R>,
  number: number
): Effect.Effect<void, Study.EndRefusal | Studies.StudyFailure, R> =>
  Effect.gen(function* () {
    const trial = (yield* study.state).trial(number)
    if (trial === undefined) return
    const exit = yield* Effect.exit(objective(trial.params, number))
    if (exit._tag === "Failure") return yield* study.fail(number, String(exit.cause), { kind: "error" })
    if (Number.isFinite(exit.value)) return yield* study.tell(number, exit.value)
    yield* study.fail(number, `the objective gave ${exit.value}`, { kind: "invalid-answer" })
  })

/** Puts the best trial to the vote if it is another than the incumbent; gives it if the team has agreed. */
const agree = Effect.fnUntraced(function* <D extends SearchSpace.Declaration>(
  hired: ReadonlyArray<Hired>,
  { name, study }: { readonly name: string; readonly study: Studies.OpenStudy<D> },
  round: number,
  patience: Duration.Input
) {
  const variables = yield* Variables.Variables
  const { best, trial: trialOf } = yield* study.state
  if (Option.isNone(best)) return undefined
  const { number: trial, values } = best.value
  if ((yield* variables.get(name)) === trial) return undefined
  const sold = trialOf(trial)?.attributes.get(attribute)
  const by = typeof sold === "object" && sold !== null && "agent" in sold ? String(sold["agent"]) : "team"
  const { committed } = yield* variables.propose({
    changes: { [name]: trial },
    team: (yield* gather(hired, round)).team,
    by,
    evidence: { trial, value: values[0] },
    trial,
    deadline: patience
  })
  return committed ? trial : undefined
})

// --- the study -------------------------------------------------------------------------------------------------------

/** The rounds that the trials of a study remember are over; the next has this number. */
const nextRound = (state: Study.State): number =>
  state.trials.reduce((next, trial) => {
    const sold = trial.attributes.get(attribute)
    const round = typeof sold === "object" && sold !== null && "round" in sold ? Number(sold["round"]) : -1
    return Math.max(next, round + 1)
  }, 0)

/** Has the team work until the study has so many trials, or has stopped. */
export const run = Effect.fn("TeamStudy.run")(function* <D extends SearchSpace.Declaration, E, R>(
  options: Options<D, E, R>
) {
  const { onRound, patience = "30 seconds", slots = 1, study, trials } = options
  const variables = yield* Variables.Variables
  const problem = problemOf(options, yield* study.state)
  if (problem !== undefined) return yield* problem
  const name = `${study.name}.incumbent`
  const incumbent = yield* variables.define({
    name,
    type: Variables.int({ min: -1, max: Number.MAX_SAFE_INTEGER }),
    initial: -1,
    owner: study.name,
    policy: "consensus"
  })
  const hired = yield* hire(options)

  for (let round = nextRound(yield* study.state); ; round++) {
    const { isOver, sold } = yield* sellAll(hired, study, { patience, round, slots })
    yield* Effect.forEach(sold, ({ trial }) => evaluate(options, trial), { concurrency: "unbounded", discard: true })
    const agreed = yield* agree(hired, { name, study }, round, patience)
    if (sold.length > 0 && onRound !== undefined) yield* onRound({ round, sold, incumbent: agreed })
    if (isOver) break
  }
  const state = yield* study.state
  if (Option.isNone(state.best)) return yield* new NothingFound({ trials })
  const { accounts } = accountsOf(
    state,
    options.members.map(({ id }) => id)
  )
  const found: Found<D> = {
    best: state.best.value,
    incumbent: yield* incumbent.get,
    accounts: [...accounts].map(([agent, account]) => ({ agent, ...account }))
  }
  return found
})
