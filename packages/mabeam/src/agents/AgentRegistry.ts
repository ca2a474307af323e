/**
 * Who the agents of a program are: what each is called and can do, how it is run, and how it is doing.
 *
 * **Guarantees** An id belongs to one agent. A status changes only as the table of legal transitions allows. A search for
 * capabilities finds exactly the agents that have all of them. An agent that runs is addressed by its id as a name in the
 * `ProcessRegistry`, over all its restarts.
 *
 * **Does not guarantee** That an agent runs: an `AgentSupervisor` starts it. That a busy agent says so: `busy` and
 * `degraded` are an agent's own account.
 *
 * **Details** `registered → starting → running ⇄ busy ⇄ degraded → draining → stopped`; any that is up can become
 * `failed`, and what has stopped or failed can be started again.
 *
 * @since 0.1.0
 */
import { type BackendError, Process, ProcessRegistry, Supervisor } from "@foundation/core"
import { Context, type Duration, Effect, Layer, Option, Schema, type Schedule } from "effect"
import type { Rpc } from "effect/rpc"
import { type AgentRef, Protocol } from "./Agent.ts"
import { type AgentStatus, isAtRest, statuses, successors } from "./internal/lifecycle.ts"
import { AgentRecord, AgentRecords, type Plan, type StartUnder } from "./internal/records.ts"
import * as Team from "./Team.ts"

export { statuses, successors } from "./internal/lifecycle.ts"
export type { AgentStatus } from "./internal/lifecycle.ts"

// --- models ----------------------------------------------------------------------------------------------------------

/** 1 to 255 characters. A symbol made by `Symbol.for(key)` is the same id as its key. */
export type AgentId = string | symbol

type Given<Args> = [Args] extends [void] ? { readonly args?: undefined } : { readonly args: NoInfer<Args> }

/** An agent understands `Agent.Protocol`, whatever else it understands. */
type Understanding<R extends Rpc.Any> = [Protocol] extends [R] ? unknown : { readonly "does not contain": Protocol }

/** What an agent is and how it is run. */
export type AgentOptions<R extends Rpc.Any, Args, E, Env> = {
  readonly id: AgentId
  /** What kind of agent it is; 1 to 255 characters. */
  readonly type: string
  /** What it can do: at most 1,000 words of 1 to 255 characters. */
  readonly capabilities: ReadonlyArray<string> | ReadonlySet<string>
  readonly process: Process.Process<R, Args, E, Env> & Understanding<R>
  /** Default `"permanent"`. */
  readonly restart?: Supervisor.Restart | undefined
  /** How many restarts are too many for it. Default: what its supervisor says. */
  readonly budget?: Supervisor.Intensity | undefined
  /** The wait before each restart. Default: none. */
  readonly backoff?: Schedule.Schedule<unknown, Process.ProcessExit> | undefined
  /** How long it may take to stop before it is killed. Default `5 seconds`. */
  readonly shutdown?: Duration.Input | undefined
} & Given<Args>

/** A registered agent, with the types of its protocol and its arguments. */
export interface Registered<in out R extends Rpc.Any, in Args> {
  readonly id: string
  /** Where it is found while it runs. */
  readonly name: ProcessRegistry.Name<R>
  /** Only in the types. */
  readonly "~args"?: (args: Args) => void
}

/** What is known of an agent. */
export interface AgentInfo {
  readonly id: string
  readonly type: string
  readonly capabilities: ReadonlyArray<string>
  readonly status: AgentStatus
  /** Counts its starts, restarts included; 0 before the first. */
  readonly incarnation: number
  /** Restarts after it ended by itself, since it was registered. */
  readonly restarts: number
  /** Whether its restart budget is spent: only a deliberate start brings it back. */
  readonly gaveUp: boolean
  /** Why it ended last, if it ended by itself. */
  readonly lastError: unknown
}

/** Which agents to find; all that is given must hold. */
export interface Search {
  /** All of these. */
  readonly capabilities?: ReadonlyArray<string> | undefined
  readonly type?: string | undefined
  /** Any of these. */
  readonly status?: ReadonlyArray<AgentStatus> | undefined
  /** Default 1,000. */
  readonly limit?: number | undefined
}

// --- errors ----------------------------------------------------------------------------------------------------------

/** An agent of this id is registered already. */
export class AgentExists extends Schema.TaggedError<AgentExists>("@mabeam/core/AgentRegistry/AgentExists")(
  "AgentExists",
  { id: Schema.String }
) {
  override get message() {
    return `agent "${this.id}" is registered already`
  }
}

/** No agent has this id. */
export class AgentNotFound extends Schema.TaggedError<AgentNotFound>("@mabeam/core/AgentRegistry/AgentNotFound")(
  "AgentNotFound",
  { id: Schema.String }
) {
  override get message() {
    return `there is no agent "${this.id}"`
  }
}

/** A part of an agent's specification is missing or wrong. */
export class InvalidAgent extends Schema.TaggedError<InvalidAgent>("@mabeam/core/AgentRegistry/InvalidAgent")(
  "InvalidAgent",
  {
    id: Schema.String,
    field: Schema.Literals(["id", "type", "capabilities", "process", "restart"]),
    because: Schema.String
  }
) {
  override get message() {
    return `agent "${this.id}" has an invalid ${this.field}: ${this.because}`
  }
}

/** As many agents are registered as the limit allows. */
export class TooManyAgents extends Schema.TaggedError<TooManyAgents>("@mabeam/core/AgentRegistry/TooManyAgents")(
  "TooManyAgents",
  { agentsMax: Schema.Int }
) {
  override get message() {
    return `${this.agentsMax} agents are registered, which is the limit`
  }
}

/** The agent cannot come from its status to that one. */
export class IllegalTransition extends Schema.TaggedError<IllegalTransition>(
  "@mabeam/core/AgentRegistry/IllegalTransition"
)("IllegalTransition", { id: Schema.String, from: Schema.Literals(statuses), to: Schema.Literals(statuses) }) {
  override get message() {
    return `agent "${this.id}" is ${this.from}, after which comes ${successors(this.from).join(" or ")}, not ${this.to}`
  }
}

/** The agent has a process: stop it first. */
export class AgentInUse extends Schema.TaggedError<AgentInUse>("@mabeam/core/AgentRegistry/AgentInUse")("AgentInUse", {
  id: Schema.String,
  status: Schema.Literals(statuses)
}) {
  override get message() {
    return `agent "${this.id}" is ${this.status}`
  }
}

/** Some agents are not known, or have no process. */
export class AgentsMissing extends Schema.TaggedError<AgentsMissing>("@mabeam/core/AgentRegistry/AgentsMissing")(
  "AgentsMissing",
  { ids: Schema.Array(Schema.String) }
) {
  override get message() {
    return `no process of ${this.ids.map((id) => `"${id}"`).join(", ")}`
  }
}

// --- service ---------------------------------------------------------------------------------------------------------

/** Knows agents. */
export class AgentRegistry extends Context.Service<
  AgentRegistry,
  {
    /** Makes an agent known. It will run in the services of the caller. */
    readonly register: <R extends Rpc.Any, Args, E, Env>(
      agent: AgentOptions<R, Args, E, Env>
    ) => Effect.Effect<Registered<R, Args>, AgentExists | InvalidAgent | TooManyAgents, Env>
    /** Forgets an agent that has no process; an unknown id is no error. */
    readonly unregister: (id: AgentId) => Effect.Effect<void, AgentInUse>
    readonly lookup: (id: AgentId) => Effect.Effect<Option.Option<AgentInfo>>
    /** As `lookup`, but fails when there is no such agent. */
    readonly info: (id: AgentId) => Effect.Effect<AgentInfo, AgentNotFound>
    /** The agents for which all of the search holds, in the order of registration. */
    readonly find: (search: Search) => Effect.Effect<ReadonlyArray<AgentInfo>>
    readonly count: Effect.Effect<number>
    /**
     * Moves an agent to another status, and gives the one before. Supervised agents report `busy`, `degraded` and
     * `running`; the rest their supervisor does.
     */
    readonly transition: (id: AgentId, to: AgentStatus) => Effect.Effect<AgentStatus, AgentNotFound | IllegalTransition>
    /** The process of an agent, found under its name. */
    readonly ref: (id: AgentId) => Effect.Effect<AgentRef, AgentNotFound | AgentsMissing | BackendError.BackendError>
    /** The team of these agents, found under their names. Nobody at all is a team too. */
    readonly team: (
      ids: ReadonlyArray<AgentId>
    ) => Effect.Effect<Team.Team, AgentsMissing | Team.DuplicateMember | BackendError.BackendError>
    /** @internal */
    readonly records: AgentRecords
  }
>()("@mabeam/core/AgentRegistry") {}

/** What the layer can be told. */
export interface Options {
  /** How many agents may be registered; one more is refused. Default 100,000. */
  readonly agentsMax?: number | undefined
}

const findMaxDefault = 1_000

/** `AgentRegistry` in this program's memory; the names of its agents stand in the `ProcessRegistry`. */
export const layer = (options: Options = {}): Layer.Layer<AgentRegistry, never, ProcessRegistry.ProcessRegistry> =>
  Layer.effect(
    AgentRegistry,
    Effect.map(ProcessRegistry.ProcessRegistry, (names) => {
      const { agentsMax = 100_000 } = options
      const records = new AgentRecords()
      const equip = makeEquip(names)
      const get = (id: AgentId) =>
        Effect.suspend((): Effect.Effect<AgentRecord, AgentNotFound> => {
          const record = records.byId.get(keyOf(id))
          return record === undefined ? Effect.fail(new AgentNotFound({ id: keyOf(id) })) : Effect.succeed(record)
        })
      const locate = (id: AgentId) =>
        Effect.suspend(() => {
          const record = records.byId.get(keyOf(id))
          return record === undefined ? Effect.succeedNone : names.lookup(record.plan.name)
        })
      return AgentRegistry.of({
        records,
        register: (agent) => Effect.contextWith((services) => register(records, equip, agentsMax, agent, services)),
        unregister: (id) =>
          Effect.suspend(() => {
            const record = records.byId.get(keyOf(id))
            if (record === undefined) return Effect.void
            const { status } = record
            if (record.isManaged || !isAtRest(status)) {
              return Effect.fail(new AgentInUse({ id: record.plan.id, status }))
            }
            return Effect.sync(() => records.remove(record))
          }),
        lookup: (id) =>
          Effect.sync(() => Option.map(Option.fromUndefinedOr(records.byId.get(keyOf(id))), (record) => record.info())),
        info: (id) => Effect.map(get(id), (record) => record.info()),
        find: (search) => Effect.sync(() => find(records, search)),
        count: Effect.sync(() => records.byId.size),
        transition: (id, to) =>
          Effect.flatMap(get(id), (record) => {
            const from = record.status
            if (record.tryMove(to)) return Effect.succeed(from)
            return Effect.fail(new IllegalTransition({ id: record.plan.id, from, to }))
          }),
        ref: (id) =>
          Effect.flatMap(get(id), () => locate(id)).pipe(
            Effect.flatMap(
              Option.match({
                onNone: () => Effect.fail(new AgentsMissing({ ids: [keyOf(id)] })),
                onSome: (ref) => Effect.succeed(ref)
              })
            )
          ),
        team: (ids) =>
          Effect.flatMap(
            Effect.forEach(ids, (id) => Effect.map(locate(id), (ref) => ({ id: keyOf(id), ref }))),
            (located) => teamOf(located)
          )
      })
    })
  )

// --- helpers ---------------------------------------------------------------------------------------------------------

/** @internal The text of an id; a symbol that no text stands for is nobody's id. */
export const keyOf = (id: AgentId): string => (typeof id === "symbol" ? (Symbol.keyFor(id) ?? "") : id)

const find = (records: AgentRecords, search: Search): ReadonlyArray<AgentInfo> => {
  const { capabilities = [], limit = findMaxDefault, status, type } = search
  const found: Array<AgentInfo> = []
  for (const record of records.find(type, capabilities)) {
    if (found.length >= limit) break
    if (status === undefined || status.includes(record.status)) found.push(record.info())
  }
  return found
}

const teamOf = (
  located: ReadonlyArray<{ readonly id: string; readonly ref: Option.Option<AgentRef> }>
): Effect.Effect<Team.Team, AgentsMissing | Team.DuplicateMember> => {
  const missing = located.filter(({ ref }) => Option.isNone(ref)).map(({ id }) => id)
  return missing.length > 0
    ? Effect.fail(new AgentsMissing({ ids: missing }))
    : Team.make(located.flatMap(({ id, ref }) => (Option.isSome(ref) ? [{ id, ref: ref.value }] : [])))
}

/** Adds what agents are named in to the services of whoever registers them. */
type Equip = <Env>(services: Context.Context<Env>) => Context.Context<Env | ProcessRegistry.ProcessRegistry>

/** Gives agents that are registered in one context one context again: a hundred thousand of their own would weigh. */
const makeEquip = (names: ProcessRegistry.ProcessRegistry["Service"]): Equip => {
  const known = new WeakMap<object, Context.Context<never>>()
  return <Env>(services: Context.Context<Env>) => {
    const before = known.get(services) as Context.Context<Env | ProcessRegistry.ProcessRegistry> | undefined
    if (before !== undefined) return before
    const equipped = Context.add(services, ProcessRegistry.ProcessRegistry, names)
    known.set(services, equipped as Context.Context<never>)
    return equipped
  }
}

const register = <R extends Rpc.Any, Args, E, Env>(
  records: AgentRecords,
  equip: Equip,
  agentsMax: number,
  agent: AgentOptions<R, Args, E, Env>,
  services: Context.Context<Env>
) =>
  Effect.suspend((): Effect.Effect<Registered<R, Args>, AgentExists | InvalidAgent | TooManyAgents> => {
    const flaw = flawOf(agent)
    if (flaw !== undefined) return Effect.fail(flaw)
    const id = keyOf(agent.id)
    if (records.byId.has(id)) return Effect.fail(new AgentExists({ id }))
    if (records.byId.size >= agentsMax) return Effect.fail(new TooManyAgents({ agentsMax }))
    const plan: Plan = {
      id,
      type: agent.type,
      capabilities: [...new Set(agent.capabilities)],
      name: ProcessRegistry.name({ protocol: Protocol }, id),
      restart: agent.restart ?? "permanent",
      args: agent.args,
      startUnder: starter(id, agent, equip(services))
    }
    records.add(new AgentRecord(plan))
    return Effect.succeed({ id, name: ProcessRegistry.name<R>(agent.process, id) })
  })

const starter =
  <R extends Rpc.Any, Args, E, Env>(
    id: string,
    { backoff, budget: own, capabilities, process, restart, shutdown, type }: AgentOptions<R, Args, E, Env>,
    services: Context.Context<Env | ProcessRegistry.ProcessRegistry>
  ): StartUnder =>
  (supervisor, args, { budget }) => {
    const options = {
      id,
      // What stands in a record is what `register` or `update` was given for this very process.
      args: args as Args,
      restart,
      backoff,
      shutdown,
      budget: { ...(own ?? budget), onExceeded: "give-up" },
      name: ProcessRegistry.name(process, id),
      metadata: { type, capabilities: [...capabilities] }
    }
    // `child` asks for `args` only if there are any, which cannot be said of an `Args` that is not known yet.
    const spec = Supervisor.child<R, Args, E, Env>(process, options as never)
    return Effect.provideContext(Supervisor.startChild(supervisor, spec), services)
  }

const wordMax = 255
const capabilitiesMax = 1_000

const isWord = (value: unknown): value is string =>
  typeof value === "string" &&
  value.length >= 1 &&
  value.length <= wordMax &&
  value.isWellFormed() &&
  !value.includes("\0")

/** What is wrong with a specification. It may come from where no types are checked, so every field is looked at. */
const flawOf = (agent: {
  readonly id?: unknown
  readonly type?: unknown
  readonly capabilities?: unknown
  readonly process?: unknown
  readonly restart?: unknown
}): InvalidAgent | undefined => {
  const id = typeof agent.id === "symbol" || typeof agent.id === "string" ? keyOf(agent.id) : String(agent.id)
  const flaw = (field: InvalidAgent["field"], because: string) => new InvalidAgent({ id, field, because })
  const text = `it is text of 1 to ${wordMax} characters`
  if ((typeof agent.id !== "string" && typeof agent.id !== "symbol") || !isWord(id)) return flaw("id", text)
  if (!isWord(agent.type)) return flaw("type", text)
  const { capabilities, restart = "permanent" } = agent
  if (!isIterable(capabilities)) return flaw("capabilities", "they are a list of words")
  const words = [...capabilities]
  if (!words.every(isWord)) return flaw("capabilities", `each is text of 1 to ${wordMax} characters`)
  if (words.length > capabilitiesMax) return flaw("capabilities", `there are more than ${capabilitiesMax}`)
  if (!isAgentProcess(agent.process)) return flaw("process", "it is a process whose protocol contains Agent.Protocol")
  if (restart === "permanent" || restart === "transient" || restart === "temporary") return undefined
  return flaw("restart", `"${String(restart)}" is none`)
}

const isIterable = (value: unknown): value is Iterable<unknown> => Array.isArray(value) || value instanceof Set

const isAgentProcess = (value: unknown): boolean => {
  if (typeof value !== "object" || value === null || !("protocol" in value)) return false
  const { protocol } = value
  if (typeof protocol !== "function" || !("requests" in protocol) || !(protocol.requests instanceof Map)) return false
  const { requests } = protocol
  return [...Protocol.requests.keys()].every((tag) => requests.has(tag))
}
