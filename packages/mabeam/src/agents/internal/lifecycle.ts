/** The life of an agent, as a table of what may follow what. */

export const statuses = [
  /** Known, and never started. */
  "registered",
  /** Its `init` runs. */
  "starting",
  "running",
  /** Running, and occupied: by its own account. */
  "busy",
  /** Running, and not at its best: by its own account. */
  "degraded",
  /** Running, and about to be stopped. */
  "draining",
  /** Stopped on purpose. */
  "stopped",
  /** Crashed: about to be restarted, or given up. */
  "failed"
] as const

export type AgentStatus = (typeof statuses)[number]

const table: { readonly [From in AgentStatus]: ReadonlyArray<AgentStatus> } = {
  registered: ["starting"],
  starting: ["running", "failed", "stopped"],
  running: ["busy", "degraded", "draining", "failed", "stopped"],
  busy: ["running", "degraded", "draining", "failed", "stopped"],
  degraded: ["running", "busy", "draining", "failed", "stopped"],
  draining: ["stopped", "failed"],
  stopped: ["starting"],
  failed: ["starting", "stopped"]
}

/** What may follow a status. */
export const successors = (from: AgentStatus): ReadonlyArray<AgentStatus> => table[from]

export const isLegal = (from: AgentStatus, to: AgentStatus): boolean => table[from].includes(to)

/** Whether the agent has a process that answers. */
export const isUp = (status: AgentStatus): boolean =>
  status === "running" || status === "busy" || status === "degraded" || status === "draining"

/** Whether the agent has no process and nobody is about to give it one, unless it has failed and is being restarted. */
export const isAtRest = (status: AgentStatus): boolean =>
  status === "registered" || status === "stopped" || status === "failed"
