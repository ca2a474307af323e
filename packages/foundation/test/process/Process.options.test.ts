import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, References, Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import * as Process from "../../src/process/Process.ts"
import * as Supervisor from "../../src/process/Supervisor.ts"

const protocol = RpcGroup.make(Rpc.make("Ping", { success: Schema.Int }), Rpc.make("Crash"))

const specification = {
  name: "worker",
  protocol,
  init: () => Effect.succeed({ pings: 0 }),
  handlers: {
    Ping: (_: void, state: { pings: number }) => Effect.sync(() => ++state.pings),
    Crash: () => Effect.die({ reason: "boom" })
  }
}

describe("options out of their range", () => {
  for (const capacity of [Number.NaN, 0, -1, 2.5]) {
    it(`a mailbox of ${capacity} is refused, and says whose`, () => {
      assert.throws(() => Process.make({ ...specification, mailbox: { capacity } }), /capacity of process "worker"/)
    })
  }

  it("so are redeliveries, names, restarts, windows and numbers of children that are none", () => {
    const make = (options: object) => () => Process.make({ ...specification, ...options })
    assert.throws(make({ redeliver: -1 }), /redeliver of process "worker"/)
    assert.throws(make({ name: "" }), /1 to 255/)
    assert.throws(make({ name: "x".repeat(256) }), /1 to 255/)
    assert.throws(() => Supervisor.make({ name: "root", intensity: { restarts: Number.NaN } }), /restarts of "root"/)
    assert.throws(() => Supervisor.make({ name: "root", intensity: { within: 0 } }), /restart window of "root"/)
    assert.throws(() => Supervisor.make({ name: "root", childrenMax: 0 }), /childrenMax of supervisor "root"/)
  })

  it("a protocol that answers with streams is refused where it is specified", () => {
    const streaming = RpcGroup.make(Rpc.make("Tail", { success: Schema.Int, stream: true }))
    assert.throws(
      () =>
        Process.make({
          name: "tail",
          protocol: streaming,
          init: () => Effect.void,
          handlers: { Tail: () => Effect.never }
        }),
      /"Tail" of process "tail"/
    )
  })
})

describe("what people see", () => {
  it.effect("a supervisor refuses one child more than it may have, given up ones included", () =>
    Effect.gen(function* () {
      const root = yield* Supervisor.start(Supervisor.make({ name: "root", childrenMax: 2 }))
      const start = (id: string) => Supervisor.startChild(root, Supervisor.child(Process.make(specification), { id }))
      yield* start("a")
      yield* start("b")
      const refused = yield* Effect.flip(start("c"))
      assert.strictEqual(refused._tag, "TooManyChildren")
      yield* Supervisor.stopChild(root, "a")
      yield* start("c")
    })
  )

  it.effect("a restart is a warning with its reason in a line, a child that is given up an error", () => {
    const lines: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => void lines.push(`${logLevel}: ${String(message)}`))
    return Effect.gen(function* () {
      const root = yield* Supervisor.start(Supervisor.make({ name: "root" }))
      const budget = { restarts: 1, onExceeded: "give-up" } as const
      const child = Supervisor.child(Process.make(specification), { budget })
      const ref = yield* Supervisor.startChild(root, child)
      const crash = yield* Effect.flip(ref.call("Crash"))
      assert.match(crash.message, /crashed on "Crash": \{.*boom.*\}/)
      yield* Effect.flip(ref.call("Crash"))
      yield* Effect.flip(ref.call("Ping"))
      assert.match(lines[0] ?? "", /^Warn: "root#\d+" restarts "worker", which crashed: \{.*boom.*\}$/)
      assert.match(lines[1] ?? "", /^Error: "root#\d+" gives "worker" up, which crashed: .* once too often$/)
      assert.strictEqual(lines.length, 2)
    }).pipe(
      Effect.scoped,
      Effect.provideService(References.MinimumLogLevel, "Warn"),
      Effect.provide(Logger.layer([logger]))
    )
  })
})
