/**
 * An agent that looks for parameters with one sampler: it bids for slots with the credits that its trials have earned, asks the
 * shared study for its trial, and votes on the incumbent by what the study says.
 *
 * **Guarantees** It keeps nothing that does not follow from the study: after a crash it goes on where it was, and so does
 * a team after a restart of the program.
 *
 * @since 0.1.0
 */
import { Process } from "@foundation/core"
import type { Sampler, Studies, Study } from "@mabeam/optimize"
import { Effect, Option, Schema } from "effect"
import { Rpc, type RpcGroup } from "effect/rpc"
import * as Agent from "../agents/Agent.ts"
import * as Credits from "./Credits.ts"

const Whole = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 32 }))

/**
 * What the trial of a slot remembers of it, as its attribute `team`. Programs that work on one study side by side may each have a
 * sale of the same number.
 */
export const Sold = Schema.Struct({ sale: Whole, agent: Schema.String, price: Whole })
export type Sold = typeof Sold.Type

const decodeSold = Schema.decodeUnknownOption(Sold)

/** The attribute under which a trial remembers who bought its slot. */
export const attribute = "team"

/** What attributes say, which never change: all trials are looked at for each sale. */
const read = new WeakMap<Study.Trial["attributes"], Sold | undefined>()

/** Who bought the slot of a trial; `undefined` if it was not sold. */
export const soldOf = ({ attributes }: Pick<Study.Trial, "attributes">): Sold | undefined => {
  if (!attributes.has(attribute)) return undefined
  if (!read.has(attributes)) read.set(attributes, Option.getOrUndefined(decodeSold(attributes.get(attribute))))
  return read.get(attributes)
}

/** An incumbent put to the vote: the trial, and its value. */
export const Incumbent = Schema.Struct({ trial: Schema.Int, value: Schema.Finite })
export type Incumbent = typeof Incumbent.Type

/** The agent has no trial to offer. */
export class NoTrial extends Schema.TaggedError<NoTrial>("@mabeam/core/SamplerAgent/NoTrial")("NoTrial", {
  because: Schema.String,
  /** `over`: nobody else will have one either, the study has ended or is paused. `exhausted`: the agent's sampler has no more. */
  kind: Schema.Literals(["over", "exhausted", "failed"])
}) {
  override get message() {
    return this.because
  }
}

/** Beside what every agent understands: asks a winner for its trial, and gives its number. */
export const Protocol = Agent.Protocol.add(
  Rpc.make("Try", { payload: { sold: Sold }, success: Schema.Int, error: NoTrial })
)
export type Protocol = RpcGroup.Rpcs<typeof Protocol>

/** What an agent looks at of a trial that it is given. */
type Asked = Pick<Study.Trial, "number" | "attempt" | "sampler">

/** What an agent needs of the study. */
export interface SharedStudy {
  readonly state: Effect.Effect<Study.State>
  readonly ask: (options: {
    readonly sampler: Sampler.Sampler
    readonly trialsMax: number | undefined
  }) => Effect.Effect<Asked, Study.AskRefusal | Studies.StudyFailure>
  readonly setAttribute: Studies.OpenStudy["setAttribute"]
}

/** What an agent is told. */
export interface Args {
  readonly id: string
  readonly sampler: Sampler.Sampler
  readonly study: SharedStudy
  /** All agents of the team, in its order. */
  readonly agents: ReadonlyArray<string>
  /** No trial of this number or above is asked for. Default: as the study says. */
  readonly trials: number | undefined
}

const decodeGrounds = Schema.decodeUnknownEffect(Schema.Struct({ given: Incumbent }))

/** The cost of a value: less is better. */
const costOf = ({ definition }: Study.State, value: number | undefined): number | undefined =>
  value === undefined ? undefined : definition.directions[0] === "minimize" ? value : -value

/** The slots that the trials of a study remember. */
export const slotsOf = (state: Study.State): ReadonlyArray<Credits.Slot> =>
  state.trials.flatMap((trial) => {
    const sold = soldOf(trial)
    if (sold === undefined) return []
    const ended = trial.state === "complete" || trial.state === "pruned" || trial.state === "failed"
    const value = trial.state === "complete" ? trial.values[0] : undefined
    return [{ ...sold, ended, cost: costOf(state, value) }]
  })

/** The number of the next sale. */
export const nextSale = (state: Study.State): number =>
  slotsOf(state).reduce((next, { sale }) => Math.max(next, sale + 1), 0)

/** The accounts last asked for in a state, which never changes: in an auction, all agents ask for the same. */
const reckoned = new WeakMap<
  Study.State,
  { readonly agents: ReadonlyArray<string>; readonly accounts: Credits.State }
>()

/** The accounts of a team, from its study. */
export const accountsOf = (state: Study.State, agents: ReadonlyArray<string>): Credits.State => {
  const known = reckoned.get(state)
  const isSame = known?.agents.length === agents.length && known.agents.every((agent, index) => agent === agents[index])
  if (known !== undefined && isSame) return known.accounts
  const accounts = Credits.replay(agents, slotsOf(state))
  reckoned.set(state, { agents, accounts })
  return accounts
}

const judge = (state: Study.State, { trial: number, value }: Incumbent): Agent.Ballot => {
  const trial = state.trial(number)
  if (trial?.state !== "complete") return { vote: "reject", because: `trial ${number} is not complete` }
  if (trial.values[0] !== value) return { vote: "reject", because: `trial ${number} has the value ${trial.values[0]}` }
  const best = state.best._tag === "Some" ? state.best.value : undefined
  return best?.number === number
    ? { vote: "accept", because: `no trial is better than ${number}` }
    : {
        vote: "reject",
        because: best === undefined ? "no trial keeps the constraints" : `trial ${best.number} is better`
      }
}

/** Whether a trial was suggested just now: what is tried again keeps its slot, and what somebody has given is nobody's merit. */
const isNew = ({ attempt, sampler }: Asked) => attempt === 1 && sampler !== "given"

/** Asks the study for a trial, which remembers who bought its slot. A kill waits for both, so that the one is not without the other. */
const take = ({ sampler, study, trials }: Args, sold: Sold) =>
  Effect.gen(function* () {
    const trial = yield* study.ask({ sampler, trialsMax: trials })
    if (isNew(trial)) yield* study.setAttribute(attribute, sold, trial.number)
    return trial.number
  }).pipe(
    Effect.uninterruptible,
    Effect.mapError((error) => new NoTrial({ because: error.message, kind: kindOf(error) }))
  )

const kindOf = (error: Study.AskRefusal | Study.EndRefusal | Studies.StudyFailure): NoTrial["kind"] => {
  switch (error._tag) {
    case "StudyStopped":
      return error.rule === "exhausted" ? "exhausted" : "over"
    case "TrialLimitReached":
    case "StudyPaused":
      return "over"
    default:
      return "failed"
  }
}

/** Specifies the agent. */
export const SamplerAgent: Process.Process<Protocol, Args> = Process.make({
  name: "sampler-agent",
  protocol: Protocol,
  init: (args: Args) => Effect.succeed(args),
  handlers: {
    ...Agent.defaults,
    Bid: (_, { agents, id, study }) => Effect.map(study.state, (state) => Credits.bid(accountsOf(state, agents), id)),
    Try: ({ sold }, args) => take(args, sold),
    Vote: ({ proposal }, { study }) =>
      decodeGrounds(proposal.evidence).pipe(
        Effect.flatMap(({ given }) => Effect.map(study.state, (state) => judge(state, given))),
        Effect.catchTag("SchemaError", () =>
          Effect.succeed({ vote: "reject", because: "the proposal names no trial" } as const)
        )
      )
  }
})
