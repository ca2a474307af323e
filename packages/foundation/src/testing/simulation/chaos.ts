/** Faults at random, drawn from the seed of the run; each ends by itself. */
import { Duration, Effect, Random } from "effect"
import type { Simulation } from "../Simulation.ts"

/** A kind of fault. Each ends by itself. */
export type Fault =
  /** A node freezes and goes on. */
  | "pause"
  /** A node goes down on the spot and restarts. */
  | "crash"
  /** A node is cut off from all others. */
  | "isolate"
  /** The nodes fall apart into two groups. */
  | "partition"
  /** As `partition`, in one direction. */
  | "one-way"

export const faults: ReadonlyArray<Fault> = ["pause", "crash", "isolate", "partition", "one-way"]

interface Range {
  readonly min: Duration.Input
  readonly max: Duration.Input
}

/** What strikes, and how. */
export interface ChaosOptions {
  /** When all faults are over at the latest. */
  readonly lasting: Duration.Input
  /** The time from one fault to the next; faults overlap where they last longer. Default 100 milliseconds to 2 seconds. */
  readonly gap?: Range | undefined
  /** How long a fault lasts. Default 100 milliseconds to 5 seconds. */
  readonly length?: Range | undefined
  /** The nodes that may be paused and crashed. Default all. */
  readonly nodes?: ReadonlyArray<string> | undefined
  /** What may happen. Default everything. */
  readonly faults?: ReadonlyArray<Fault> | undefined
}

const draw = ({ max, min }: Range): Effect.Effect<number> =>
  Random.nextIntBetween(Math.ceil(Duration.toMillis(min)), Math.floor(Duration.toMillis(max)))

export const chaos = (sim: Simulation, options: ChaosOptions): Effect.Effect<void> =>
  Effect.gen(function* () {
    const lasting = Duration.toMillis(options.lasting)
    const gap = options.gap ?? { min: "100 millis", max: "2 seconds" }
    const length = options.length ?? { min: "100 millis", max: "5 seconds" }
    const plan: Array<Effect.Effect<void>> = []
    for (let at = yield* draw(gap); at < lasting; at += Math.max(1, yield* draw(gap))) {
      const until = Math.min(lasting, at + (yield* draw(length)))
      const [begin, end] = yield* fault(sim, options)
      plan.push(
        Effect.sleep(at).pipe(Effect.andThen(begin), Effect.andThen(Effect.sleep(until - at)), Effect.andThen(end))
      )
    }
    plan.push(Effect.sleep(lasting))
    yield* Effect.all(plan, { concurrency: "unbounded", discard: true })
  })

/** A fault of the plan: how it begins and how it ends. */
const fault = Effect.fnUntraced(function* (sim: Simulation, options: ChaosOptions) {
  const names = sim.nodes.map((node) => node.name)
  const kind = yield* Effect.orDie(Random.choice(options.faults ?? faults))
  const node = yield* Effect.orDie(Random.choice(options.nodes ?? names))
  const order = yield* Random.shuffle(names)
  const split = yield* Random.nextIntBetween(1, Math.max(1, names.length - 1))
  const [one, other] = [order.slice(0, split), order.slice(split)]
  const part = (oneWay: boolean) => [sim.partition(one, other, { oneWay }), sim.heal(one, other)] as const
  switch (kind) {
    case "pause":
      return [sim.pause(node), sim.resume(node)] as const
    case "crash":
      return [sim.crash(node), revive(sim, node)] as const
    case "isolate": {
      const others = names.filter((name) => name !== node)
      return [sim.isolate(node), sim.heal([node], others)] as const
    }
    case "partition":
      return part(false)
    case "one-way":
      return part(true)
  }
})

/** Starts a node that is down; it may go down again meanwhile. */
const revive = (sim: Simulation, node: string): Effect.Effect<void> =>
  Effect.suspend(() => (sim.node(node).isUp ? Effect.void : Effect.ignore(sim.restart(node))))
