/** What only a cluster can do to a process, and to those who talk to it. */
import { assert, describe, it } from "@effect/vitest"
import { Process, Transport } from "@foundation/core"
import { expectNoLeaks } from "@foundation/core/testing"
import { Deferred, Effect, Exit, Fiber, Layer, Schema, Scope } from "effect"
import { ClusterError, ClusterSchema, EntityAddress, EntityId, EntityType, ShardId, TestRunner } from "effect/cluster"
import { Rpc, RpcGroup } from "effect/rpc"
import { TestClock } from "effect/testing"
import { translate } from "../src/internal/failures.ts"
import { wireProtocol } from "../src/internal/wire.ts"
import * as ProcessEntity from "../src/ProcessEntity.ts"

const Protocol = RpcGroup.make(
  Rpc.make("Who", { success: Schema.String }),
  Rpc.make("Count", { success: Schema.Int }),
  Rpc.make("Short", { payload: { text: Schema.String.check(Schema.isMaxLength(3)) } }),
  Rpc.make("Hang")
)

class NoRoom extends Schema.TaggedError<NoRoom>()("NoRoom", {}) {
  override get message() {
    return "no room"
  }
}

/** Names itself after its id; `init` fails as often as it is told to. */
const named = (failures: { left: number }) =>
  Process.make({
    name: "named",
    protocol: Protocol,
    init: (id: string) => (failures.left-- > 0 ? Effect.fail(new NoRoom()) : Effect.succeed({ id, count: 0 })),
    handlers: {
      Who: (_, state) => Effect.succeed(state.id),
      Count: (_, state) => Effect.sync(() => ++state.count),
      Short: () => Effect.void,
      Hang: () => Effect.never
    }
  })

/** Runs a test against a cluster of one node that serves this process. */
const served = <E>(
  test: (named: (id: string) => Process.Address<RpcGroup.Rpcs<typeof Protocol>>) => Effect.Effect<void, E, Scope.Scope>,
  options?: { readonly initFailures?: number; readonly maxIdleTime?: number }
) => {
  const process = named({ left: options?.initFailures ?? 0 })
  const args = (id: string) => `I am ${id}`
  return Effect.gen(function* () {
    const client = yield* ProcessEntity.client(process)
    yield* TestClock.adjust(1)
    yield* test(client)
  }).pipe(
    Effect.scoped,
    Effect.provide(
      Layer.provideMerge(ProcessEntity.layer(process, { args, maxIdleTime: options?.maxIdleTime }), TestRunner.layer)
    )
  )
}

describe("a process as an entity", () => {
  it.effect("is given its arguments by its id", () =>
    served((address) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* address("ada").call("Who"), "I am ada")
        assert.strictEqual(address("ada").label, "named/ada")
      })
    )
  )

  it.effect("begins anew after it has been idle", () =>
    served(
      (address) =>
        Effect.gen(function* () {
          assert.strictEqual(yield* address("a").call("Count"), 1)
          assert.strictEqual(yield* address("a").call("Count"), 2)
          yield* TestClock.adjust("2 minutes")
          assert.strictEqual(yield* address("a").call("Count"), 1)
        }),
      { maxIdleTime: 10_000 }
    )
  )

  it.effect("is Unreachable while its init fails, and each call tries anew", () =>
    served(
      (address) =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(address("a").call("Who"))
          assert.instanceOf(error, Process.Unreachable)
          assert.match(error.message, /^"named\/a" cannot be reached: its start failed: .*no room/)
          assert.strictEqual(yield* address("a").call("Who"), "I am a")
        }),
      { initFailures: 2 }
    )
  )

  it.effect("is Unreachable with a message that its schema refuses", () =>
    served((address) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(address("a").call("Short", { text: "too long" }))
        assert.instanceOf(error, Process.Unreachable)
        yield* address("a").call("Short", { text: "fit" })
      })
    )
  )

  it.effect("is Unreachable when the client's scope has closed, and what was under way ends with it", () =>
    served((address) =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const transport = yield* Scope.provide(Transport.make, scope)
        const began = yield* Deferred.make<void>()
        const carrier = {
          label: "elsewhere",
          capacity: 1,
          request: () => Effect.andThen(Deferred.succeed(began, undefined), Effect.never),
          deliver: () => Effect.void
        }
        const elsewhere = transport<RpcGroup.Rpcs<typeof Protocol>>(carrier)
        const caller = yield* Effect.forkChild(Effect.flip(elsewhere.call("Who")), { startImmediately: true })
        yield* Deferred.await(began)
        yield* Scope.close(scope, Exit.void)
        assert.instanceOf(yield* Fiber.join(caller), Process.Unreachable)
        const late = yield* Effect.flip(elsewhere.call("Who"))
        assert.strictEqual(late.message, `"elsewhere" cannot be reached: the transport is closed`)
        assert.strictEqual(yield* address("a").call("Who"), "I am a")
      })
    )
  )

  it.effect("refuses a protocol with streams", () =>
    Effect.sync(() => {
      const Streaming = RpcGroup.make(Rpc.make("Ticks", { success: Schema.Int, stream: true }))
      assert.throws(() => wireProtocol(Streaming), /"Ticks" answers with a stream/)
    })
  )

  it.effect("a call leaves nothing behind, whether it was answered, timed out or was interrupted", () =>
    served((address) =>
      Effect.gen(function* () {
        const team = [address("a"), address("b")]
        for (const member of team) yield* member.call("Who")
        const hang = { interruptOnTimeout: true } as const
        yield* expectNoLeaks(
          Effect.gen(function* () {
            yield* address("a").call("Who")
            yield* Process.gather(team, "Who", undefined)
            const late = yield* Effect.forkChild(address("a").call("Hang", undefined, hang), { startImmediately: true })
            yield* TestClock.adjust("5 seconds")
            assert.isTrue(Exit.isFailure(yield* Fiber.await(late)))
            const gone = yield* Effect.forkChild(address("b").call("Hang", undefined, hang), { startImmediately: true })
            yield* Fiber.interrupt(gone)
          })
        )
      })
    )
  )

  it.effect("an entry may be durable: its answers go through the store, and its poison is not replayed either", () =>
    Effect.gen(function* () {
      const handled: Array<string> = []
      const Ledger = Process.make({
        name: "ledger",
        protocol: RpcGroup.make(
          Rpc.make("Book", {
            payload: { id: Schema.String, cents: Schema.Int },
            success: Schema.Int,
            error: NoRoom,
            primaryKey: ({ id }) => id
          }).annotate(ClusterSchema.Persisted, true)
        ),
        init: () => Effect.succeed({ total: 0 }),
        handlers: {
          Book: ({ cents, id }, state) => {
            handled.push(id)
            if (cents === 0) return Effect.die(new Error("nothing to book"))
            return cents < 0 ? Effect.fail(new NoRoom()) : Effect.sync(() => (state.total += cents))
          }
        }
      })
      yield* Effect.gen(function* () {
        const ledger = (yield* ProcessEntity.client(Ledger))("a")
        yield* TestClock.adjust(1)
        const book = (id: string, cents: number) =>
          Effect.gen(function* () {
            const caller = yield* Effect.forkChild(
              Effect.exit(ledger.call("Book", { id, cents }, { timeout: "1 minute" }))
            )
            yield* TestClock.adjust("30 seconds")
            return yield* yield* Fiber.join(caller)
          })
        assert.strictEqual(yield* book("1", 5), 5)
        assert.strictEqual(yield* book("1", 5), 5)
        assert.instanceOf(yield* Effect.flip(book("2", -1)), NoRoom)
        assert.instanceOf(yield* Effect.flip(book("3", 0)), Process.ProcessCrashed)
        assert.strictEqual(yield* book("4", 7), 7)
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(handled, ["1", "2", "3", "4"])
      }).pipe(Effect.scoped, Effect.provide(Layer.provideMerge(ProcessEntity.layer(Ledger), TestRunner.layer)))
    })
  )

  it.effect("every failure of a call survives the wire: it arrives as what it was", () =>
    Effect.gen(function* () {
      const entry = wireProtocol(RpcGroup.make(Rpc.make("Get", { success: Schema.Int, error: NoRoom }))).requests.get(
        "Get"
      )!
      const codec = Schema.toCodecJson(Rpc.exitSchema(entry)) as unknown as Schema.Codec<
        Exit.Exit<unknown, Error>,
        unknown
      >
      const process = "named/a"
      const failures = [
        new NoRoom(),
        new Process.CallTimeout({ process, tag: "Get", millis: 5000 }),
        new Process.ProcessCrashed({ process, tag: "Get", cause: new Error("boom") }),
        new Process.ProcessDead({ process }),
        new Process.MailboxFull({ process, capacity: 4 }),
        new Process.CallCycle({ chain: [process, process] }),
        new Process.Unreachable({ process, reason: "cut" })
      ]
      for (const failure of failures) {
        const bytes = JSON.stringify(yield* Schema.encodeEffect(codec)(Exit.fail(failure)))
        const exit = yield* Schema.decodeUnknownEffect(codec)(JSON.parse(bytes))
        const arrived = yield* Effect.flip(exit)
        assert.strictEqual(arrived.constructor, failure.constructor)
        assert.strictEqual(arrived.message, failure.message)
      }
    })
  )

  it("the cluster's failures are told in the words of a call", () => {
    const address = EntityAddress.make({
      shardId: ShardId.make("default", 1),
      entityType: EntityType.make("named"),
      entityId: EntityId.make("a")
    })
    const failures: ReadonlyArray<readonly [unknown, string]> = [
      [new ClusterError.MailboxFull({ address }), 'the mailbox of "named/a" holds its limit of 7 messages'],
      [
        new ClusterError.EntityNotAssignedToRunner({ address }),
        '"named/a" cannot be reached: no runner holds its shard'
      ],
      [
        new ClusterError.PersistenceError({ cause: new Error("disk full") }),
        '"named/a" cannot be reached: the message store failed: disk full'
      ]
    ]
    for (const [error, message] of failures) {
      const translated = translate(error, "named/a", 7)
      assert.strictEqual(translated instanceof Error ? translated.message : "", message)
    }
  })
})
