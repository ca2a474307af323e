/** What is known of the agents of a program: their states, and who can do what. */
import type { Process, ProcessRegistry, Supervisor } from "@foundation/core"
import { Effect, Semaphore } from "effect"
import type { Protocol } from "../Agent.ts"
import type { AgentInfo } from "../AgentRegistry.ts"
import { type AgentStatus, isLegal } from "./lifecycle.ts"

/** How a supervisor runs an agent; the agent's own wishes go before these. */
export interface RunDefaults {
  readonly budget: Supervisor.Intensity
}

/** Starts the agent's process under a supervisor, with these arguments. */
export type StartUnder = (
  supervisor: Supervisor.SupervisorRef,
  args: unknown,
  defaults: RunDefaults
) => Effect.Effect<
  Process.AnyRef,
  Supervisor.ChildStartFailed | Supervisor.ChildExists | Supervisor.TooManyChildren | Process.CallError
>

/** An agent's specification, free of types. */
export interface Plan {
  readonly id: string
  readonly type: string
  /** Distinct. */
  readonly capabilities: ReadonlyArray<string>
  readonly name: ProcessRegistry.Name<Protocol>
  readonly restart: Supervisor.Restart
  readonly args: unknown
  readonly startUnder: StartUnder
}

export class AgentRecord {
  readonly plan: Plan
  args: unknown
  status: AgentStatus = "registered"
  incarnation = 0
  restarts = 0
  gaveUp = false
  lastError: unknown = undefined
  /** Whether a supervisor keeps it running. */
  isManaged = false
  /** What is being done to it on purpose. */
  asked: "stop" | "start" | undefined = undefined
  private lock: Semaphore.Semaphore | undefined = undefined
  private holders = 0

  constructor(plan: Plan) {
    this.plan = plan
    this.args = plan.args
  }

  /** What is done to an agent is done one after the other. Nobody who is at rest pays for a lock. */
  inTurn<A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.suspend(() => {
      this.holders++
      this.lock ??= Semaphore.makeUnsafe(1)
      return Effect.ensuring(
        Semaphore.withPermit(this.lock)(effect),
        Effect.sync(() => {
          if (--this.holders === 0) this.lock = undefined
        })
      )
    })
  }

  /** Moves on if that is legal. */
  tryMove(to: AgentStatus): boolean {
    if (!isLegal(this.status, to)) return false
    this.status = to
    return true
  }

  info(): AgentInfo {
    const { gaveUp, incarnation, lastError, plan, restarts, status } = this
    const { capabilities, id, type } = plan
    return { id, type, capabilities, status, incarnation, restarts, gaveUp, lastError }
  }
}

export class AgentRecords {
  readonly byId = new Map<string, AgentRecord>()
  private readonly byCapability = new Map<string, Set<AgentRecord>>()
  private readonly byType = new Map<string, Set<AgentRecord>>()

  add(record: AgentRecord): void {
    this.byId.set(record.plan.id, record)
    enter(this.byType, record.plan.type, record)
    for (const capability of record.plan.capabilities) enter(this.byCapability, capability, record)
  }

  remove(record: AgentRecord): void {
    this.byId.delete(record.plan.id)
    leave(this.byType, record.plan.type, record)
    for (const capability of record.plan.capabilities) leave(this.byCapability, capability, record)
  }

  /** Those of the type that have every one of the capabilities, in the order of registration. */
  find(type: string | undefined, capabilities: ReadonlyArray<string>): ReadonlyArray<AgentRecord> {
    const sets = capabilities.map((capability) => this.byCapability.get(capability) ?? nobody)
    if (type !== undefined) sets.push(this.byType.get(type) ?? nobody)
    const [smallest, ...others] = sets.sort((a, b) => a.size - b.size)
    if (smallest === undefined) return [...this.byId.values()]
    return [...smallest].filter((record) => others.every((set) => set.has(record)))
  }
}

const nobody: ReadonlySet<AgentRecord> = new Set()

const enter = (index: Map<string, Set<AgentRecord>>, key: string, record: AgentRecord): void => {
  const set = index.get(key)
  if (set === undefined) index.set(key, new Set([record]))
  else set.add(record)
}

const leave = (index: Map<string, Set<AgentRecord>>, key: string, record: AgentRecord): void => {
  const set = index.get(key)
  set?.delete(record)
  if (set?.size === 0) index.delete(key)
}
