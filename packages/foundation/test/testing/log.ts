import { Effect, Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import * as Process from "../../src/process/Process.ts"
import * as Simulation from "../../src/testing/Simulation.ts"

/** A process that writes down what it gets. Its log belongs to the test, like a disk. */
export const Log = Process.make({
  name: "log",
  protocol: RpcGroup.make(
    Rpc.make("Write", { payload: { n: Schema.Int }, success: Schema.Int }),
    Rpc.make("Slow", { payload: { millis: Schema.Int } }),
    Rpc.make("Refuse", { error: Schema.String }),
    Rpc.make("Crash"),
    Rpc.make("Keep", { payload: { values: Schema.Array(Schema.Int) }, success: Schema.Array(Schema.Int) })
  ),
  init: (log: Array<number>) => Effect.succeed({ log }),
  handlers: {
    Write: ({ n }, { log }) => Effect.sync(() => log.push(n)),
    Slow: ({ millis }, { log }) =>
      Effect.sleep(millis).pipe(
        Effect.onInterrupt(() => Effect.sync(() => log.push(-1))),
        Effect.andThen(Effect.sync(() => void log.push(millis)))
      ),
    Refuse: () => Effect.fail("no"),
    Crash: () => Effect.die(new Error("boom")),
    Keep: ({ values }) => Effect.succeed(values)
  }
})

export type LogAddress = Process.Address<RpcGroup.Rpcs<typeof Log.protocol>>

export interface Parts {
  readonly sim: Simulation.Simulation
  /** What the log process on node a has handled. */
  readonly written: Array<number>
  readonly ref: Process.ProcessRef<RpcGroup.Rpcs<typeof Log.protocol>>
  /** That process, as node b reaches it. */
  readonly remote: LogAddress
  readonly write: (n: number) => Effect.Effect<number, Process.CallError | Simulation.NodeDown>
  /** Casts numbers from node b, one straight after the other. */
  readonly castAll: (numbers: ReadonlyArray<number>) => Effect.Effect<void, Process.MailboxFull | Simulation.NodeDown>
}

/** Runs a script on nodes a, b and c, where a holds a log process that b reaches. Seed 1 unless told otherwise. */
export const withLog = <A, E>(options: Partial<Simulation.Options>, script: (parts: Parts) => Effect.Effect<A, E>) =>
  Simulation.run({ seed: 1, nodes: ["a", "b", "c"], ...options }, (sim) =>
    Effect.gen(function* () {
      const written: Array<number> = []
      const ref = yield* sim.node("a").run(Process.start(Log, written))
      const remote = sim.node("a").address(ref, "b")
      return yield* script({
        sim,
        written,
        ref,
        remote,
        write: (n) => sim.node("b").run(remote.call("Write", { n })),
        castAll: (numbers) =>
          sim.node("b").run(Effect.forEach(numbers, (n) => remote.cast("Write", { n }), { discard: true }))
      })
    })
  )

export const ten: ReadonlyArray<number> = Array.from({ length: 10 }, (_, n) => n)
export const hundred: ReadonlyArray<number> = Array.from({ length: 100 }, (_, n) => n)
