/** What every transport of a protocol must do. Nothing in here knows which one it is. */
import { assert, describe, it } from "@effect/vitest"
import { Process } from "@foundation/core"
import { Context, DateTime, Deferred, Effect, Exit, Fiber, Layer, Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import { TestClock } from "effect/testing"

export class Refused extends Schema.TaggedError<Refused>()("Refused", { why: Schema.String }) {}

export const Protocol = RpcGroup.make(
  Rpc.make("Add", { payload: { by: Schema.Int }, success: Schema.Int }),
  Rpc.make("Buy", { payload: { item: Schema.String }, success: Schema.String, error: Refused }),
  Rpc.make("Poison", { payload: { text: Schema.String } }),
  /** Waits until somebody opens the gate of this text, then adds 1. */
  Rpc.make("Wait", { payload: { gate: Schema.String }, success: Schema.Int }),
  Rpc.make("Since", { success: Schema.DateTimeUtc })
)
export type Entries = RpcGroup.Rpcs<typeof Protocol>

/** Where the tests reach into the process: what it has handled, and the gates its handlers wait at. */
export class Probe extends Context.Service<
  Probe,
  {
    readonly record: (event: string) => void
    readonly events: () => ReadonlyArray<string>
    readonly open: (gate: string) => void
    readonly pass: (gate: string) => Effect.Effect<void>
  }
>()("test/Probe") {}

export const layerProbe: Layer.Layer<Probe> = Layer.sync(Probe, () => {
  const events: Array<string> = []
  const gates = new Map<string, Deferred.Deferred<void>>()
  const gate = (name: string) => {
    const found = gates.get(name) ?? Deferred.makeUnsafe<void>()
    gates.set(name, found)
    return found
  }
  return Probe.of({
    record: (event) => void events.push(event),
    events: () => [...events],
    open: (name) => Deferred.doneUnsafe(gate(name), Exit.void),
    pass: (name) => Deferred.await(gate(name))
  })
})

/** Gives the address of the process of an id; the first time it is asked for, the process begins. */
export class Addresses extends Context.Service<Addresses, (id: string) => Effect.Effect<Process.Address<Entries>>>()(
  "test/Addresses"
) {}

export const Shop = Process.make({
  name: "shop",
  protocol: Protocol,
  mailbox: { capacity: 4 },
  init: () => Effect.map(Probe, (probe) => ({ probe, total: 0, since: Date.UTC(2026, 0, 1) })),
  handlers: {
    Add: ({ by }, state) =>
      Effect.sync(() => {
        state.probe.record(`add ${by}`)
        return (state.total += by)
      }),
    Buy: ({ item }, state) => {
      state.probe.record(`buy ${item}`)
      return item === "" ? Effect.fail(new Refused({ why: "nothing to buy" })) : Effect.succeed(`sold ${item}`)
    },
    Poison: ({ text }, state) =>
      Effect.sync(() => {
        state.probe.record(`poison ${text}`)
        throw new Error(text)
      }),
    Wait: ({ gate }, state) =>
      Effect.sync(() => state.probe.record(`wait ${gate}`)).pipe(
        Effect.andThen(state.probe.pass(gate)),
        Effect.andThen(Effect.sync(() => ++state.total)),
        Effect.onInterrupt(() => Effect.sync(() => state.probe.record(`interrupted ${gate}`)))
      ),
    Since: (_, state) => Effect.sync(() => DateTime.makeUnsafe(state.since))
  }
})

const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

/** Lets whatever is ready run: turns of the event loop. */
const turns: Effect.Effect<void> = Effect.asVoid(
  Effect.repeat(
    Effect.callback<void>((resume) => {
      setImmediate(() => resume(Effect.void))
    }),
    { times: 20 }
  )
)

const address = (id: string) => Effect.flatMap(Addresses, (addresses) => addresses(id))

/** The behaviour of a protocol behind its addresses. Each test has its own process and its own probe. */
export const suite = (name: string, layer: Layer.Layer<Addresses, never, Probe>): void => {
  const live = <E>(title: string, test: () => Effect.Effect<void, E, Addresses | Probe>) =>
    it.effect(title, () => Effect.provide(test(), Layer.fresh(Layer.provideMerge(layer, layerProbe))))

  describe(name, () => {
    live("a call is answered, and state survives from call to call", () =>
      Effect.gen(function* () {
        const shop = yield* address("a")
        assert.strictEqual(yield* shop.call("Add", { by: 40 }), 40)
        assert.strictEqual(yield* shop.call("Add", { by: 2 }), 42)
      })
    )

    live("each id is a process of its own", () =>
      Effect.gen(function* () {
        const [one, other] = [yield* address("one"), yield* address("other")]
        yield* one.call("Add", { by: 1 })
        assert.strictEqual(yield* other.call("Add", { by: 10 }), 10)
        assert.notStrictEqual(one.label, other.label)
      })
    )

    live("values arrive as what their schemas say", () =>
      Effect.gen(function* () {
        const since = yield* (yield* address("a")).call("Since")
        assert.strictEqual(DateTime.toEpochMillis(since), Date.UTC(2026, 0, 1))
      })
    )

    live("casts and calls of one sender are handled in the order in which they were sent", () =>
      Effect.gen(function* () {
        const shop = yield* address("a")
        for (let by = 1; by <= 20; by++) yield* by % 4 === 0 ? shop.call("Add", { by }) : shop.cast("Add", { by })
        assert.strictEqual(yield* shop.call("Add", { by: 0 }), 210)
        const events = (yield* Probe).events()
        assert.deepStrictEqual(
          events.slice(0, 20),
          Array.from({ length: 20 }, (_, i) => `add ${i + 1}`)
        )
      })
    )

    live("a typed failure answers the caller with its fields, and the process lives", () =>
      Effect.gen(function* () {
        const shop = yield* address("a")
        yield* shop.call("Add", { by: 1 })
        const error = yield* Effect.flip(shop.call("Buy", { item: "" }))
        assert.instanceOf(error, Refused)
        assert.strictEqual(error.why, "nothing to buy")
        assert.strictEqual(yield* shop.call("Buy", { item: "tea" }), "sold tea")
        assert.strictEqual(yield* shop.call("Add", { by: 1 }), 2)
      })
    )

    for (const [given, millis] of [
      [undefined, 5000],
      ["100 millis", 100]
    ] as const) {
      live(`a call without an answer fails with CallTimeout after ${millis} ms, and the handler runs on`, () =>
        Effect.gen(function* () {
          const shop = yield* address("a")
          const probe = yield* Probe
          const caller = yield* fork(Effect.flip(shop.call("Wait", { gate: "g" }, { timeout: given })))
          yield* turns
          yield* TestClock.adjust(millis - 1)
          yield* turns
          assert.isUndefined(caller.pollUnsafe())
          yield* TestClock.adjust(1)
          const error = yield* Fiber.join(caller)
          assert.instanceOf(error, Process.CallTimeout)
          assert.strictEqual(error.message, `"${shop.label}" did not answer "Wait" within ${millis} ms`)
          yield* turns
          probe.open("g")
          assert.strictEqual(yield* shop.call("Add", { by: 0 }), 1)
          assert.deepStrictEqual(probe.events(), ["wait g", "add 0"])
        })
      )
    }

    live("with interruptOnTimeout the handler is interrupted, and the process lives", () =>
      Effect.gen(function* () {
        const shop = yield* address("a")
        const options = { timeout: "100 millis", interruptOnTimeout: true } as const
        const caller = yield* fork(Effect.flip(shop.call("Wait", { gate: "g" }, options)))
        yield* turns
        yield* TestClock.adjust("100 millis")
        assert.instanceOf(yield* Fiber.join(caller), Process.CallTimeout)
        yield* turns
        assert.strictEqual(yield* shop.call("Add", { by: 0 }), 0)
        assert.deepStrictEqual((yield* Probe).events(), ["wait g", "interrupted g", "add 0"])
      })
    )

    live("a defect answers its caller with ProcessCrashed; the next message meets a fresh incarnation", () =>
      Effect.gen(function* () {
        const shop = yield* address("a")
        yield* shop.call("Add", { by: 5 })
        const error = yield* Effect.flip(shop.call("Poison", { text: "boom" }))
        assert.instanceOf(error, Process.ProcessCrashed)
        assert.strictEqual(error.message, `"${shop.label}" crashed on "Poison": boom`)
        assert.strictEqual(yield* shop.call("Add", { by: 1 }), 1)
      })
    )

    live("messages that waited behind a crash are handled by the next incarnation", () =>
      Effect.gen(function* () {
        const shop = yield* address("a")
        const probe = yield* Probe
        const busy = yield* fork(shop.call("Wait", { gate: "g" }))
        yield* turns
        const poison = yield* fork(Effect.flip(shop.call("Poison", { text: "boom" })))
        yield* turns
        const behind = yield* fork(shop.call("Add", { by: 7 }))
        yield* turns
        probe.open("g")
        yield* Fiber.join(busy)
        assert.instanceOf(yield* Fiber.join(poison), Process.ProcessCrashed)
        assert.strictEqual(yield* Fiber.join(behind), 7)
      })
    )

    live("a poison message is handled once and never replayed, called or cast", () =>
      Effect.gen(function* () {
        const shop = yield* address("a")
        yield* Effect.flip(shop.call("Poison", { text: "called" }))
        yield* shop.cast("Poison", { text: "cast" })
        yield* turns
        yield* TestClock.adjust("1 minute")
        yield* turns
        assert.strictEqual(yield* shop.call("Add", { by: 1 }), 1)
        assert.deepStrictEqual((yield* Probe).events(), ["poison called", "poison cast", "add 1"])
      })
    )

    live("a process that has crashed more often than its supervisor allows is dead", () =>
      Effect.gen(function* () {
        const shop = yield* address("a")
        for (let i = 0; i < 4; i++) {
          assert.instanceOf(yield* Effect.flip(shop.call("Poison", { text: `${i}` })), Process.ProcessCrashed)
        }
        yield* turns
        const error = yield* Effect.flip(shop.call("Add", { by: 1 }))
        assert.instanceOf(error, Process.ProcessDead)
        assert.strictEqual(error.message, `"${shop.label}" is gone for good`)
      })
    )

    live("a full mailbox is MailboxFull, for calls and for casts", () =>
      Effect.gen(function* () {
        const shop = yield* address("a")
        const probe = yield* Probe
        const busy = yield* fork(shop.call("Wait", { gate: "g" }))
        yield* turns
        for (let i = 0; i < 4; i++) yield* shop.cast("Add", { by: 1 })
        const call = yield* Effect.flip(shop.call("Add", { by: 1 }))
        const cast = yield* Effect.flip(shop.cast("Add", { by: 1 }))
        for (const error of [call, cast]) {
          assert.instanceOf(error, Process.MailboxFull)
          assert.strictEqual(error.message, `the mailbox of "${shop.label}" holds its limit of 4 messages`)
        }
        probe.open("g")
        yield* Fiber.join(busy)
        yield* turns
        assert.strictEqual(yield* shop.call("Add", { by: 0 }), 5)
      })
    )

    live("gather collects answers, failures and the silent from many", () =>
      Effect.gen(function* () {
        const probe = yield* Probe
        const [one, two, three] = [yield* address("1"), yield* address("2"), yield* address("3")]
        yield* Effect.flip(two.call("Poison", { text: "first life" }))
        const busy = yield* fork(three.call("Wait", { gate: "g" }, { timeout: "Infinity" }))
        yield* turns
        const gathering = yield* fork(Process.gather([one, two, three], "Add", { by: 3 }, { deadline: "50 millis" }))
        yield* turns
        yield* TestClock.adjust("50 millis")
        const { failures, replies, silent } = yield* Fiber.join(gathering)
        assert.deepStrictEqual(
          replies.map(({ from, value }) => [from.label, value]),
          [
            [one.label, 3],
            [two.label, 3]
          ]
        )
        assert.deepStrictEqual([failures, silent], [[], [three]])
        probe.open("g")
        yield* Fiber.join(busy)
        // It was asked, so it handles the request although nobody waits any more.
        assert.strictEqual(yield* three.call("Add", { by: 0 }), 4)
      })
    )

    live("multicast reaches everyone", () =>
      Effect.gen(function* () {
        const team = [yield* address("1"), yield* address("2"), yield* address("3")]
        assert.deepStrictEqual(yield* Process.multicast(team, "Add", { by: 2 }), [])
        yield* turns
        for (const shop of team) assert.strictEqual(yield* shop.call("Add", { by: 0 }), 2)
      })
    )
  })
}
