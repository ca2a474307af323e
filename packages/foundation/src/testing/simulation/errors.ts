/** How simulations fail, beside what their scripts fail with. */
import { Schema } from "effect"

/** The node is down, or went down while something ran on it. */
export class NodeDown extends Schema.TaggedError<NodeDown>("@foundation/core/testing/Simulation/NodeDown")("NodeDown", {
  node: Schema.String
}) {
  override get message() {
    return `node "${this.node}" is down`
  }
}

/** A condition did not come to hold in its virtual time. */
export class NotInTime extends Schema.TaggedError<NotInTime>("@foundation/core/testing/Simulation/NotInTime")(
  "NotInTime",
  { what: Schema.String, millis: Schema.Finite }
) {
  override get message() {
    return `${this.what}: not within ${this.millis} ms of virtual time`
  }
}

/** The run cannot end: nothing is left to do, or it is over one of its limits. */
export class SimulationStuck extends Schema.TaggedError<SimulationStuck>(
  "@foundation/core/testing/Simulation/SimulationStuck"
)("SimulationStuck", {
  seed: Schema.Int,
  /** `"idle"`: the script waits for something that no task or timer of the simulation will bring about. */
  reason: Schema.Literals(["idle", "virtual time", "steps"]),
  /** Milliseconds of virtual time. */
  at: Schema.Finite,
  steps: Schema.Int
}) {
  override get message() {
    const because =
      this.reason === "idle"
        ? "nothing is left to do and the script still waits (promises and I/O do not exist here)"
        : `it is over its limit of ${this.reason}`
    return `the simulation of seed ${this.seed} is stuck at ${this.at} ms after ${this.steps} steps: ${because}`
  }
}

/** Something that is always to hold did not. */
export class InvariantBroken extends Schema.TaggedError<InvariantBroken>(
  "@foundation/core/testing/Simulation/InvariantBroken"
)("InvariantBroken", {
  what: Schema.String,
  /** Milliseconds of virtual time. */
  at: Schema.Finite
}) {
  override get message() {
    return `broken at ${this.at} ms: ${this.what}`
  }
}

/** Nodes that were stopped in order left something behind. */
export class SimulationLeaked extends Schema.TaggedError<SimulationLeaked>(
  "@foundation/core/testing/Simulation/SimulationLeaked"
)("SimulationLeaked", {
  nodes: Schema.Array(Schema.Struct({ node: Schema.String, fibers: Schema.Int, timers: Schema.Int }))
}) {
  override get message() {
    const each = this.nodes.map(({ fibers, node, timers }) => `"${node}" ${fibers} fibers and ${timers} timers`)
    return `left behind on nodes: ${each.join(", ")}`
  }
}

/** How a run fails, beside what its script fails with. */
export type RunError = SimulationStuck | SimulationLeaked | InvariantBroken

/** A property does not hold for this seed. The message says how to see it again. */
export class PropertyFailed extends Schema.TaggedError<PropertyFailed>(
  "@foundation/core/testing/Simulation/PropertyFailed"
)("PropertyFailed", {
  seed: Schema.Int,
  /** How many seeds held before this one. */
  passed: Schema.Int,
  /** The command that runs this seed alone. */
  command: Schema.String,
  /** Why it failed, and the last events. */
  report: Schema.String
}) {
  override get message() {
    return `seed ${this.seed} fails after ${this.passed} that hold. Replay with:\n  ${this.command}\n${this.report}`
  }
}
