import { describe, expectTypeOf, it } from "@effect/vitest"
import { Context, Effect, Layer, Schema, type Scope } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import * as Process from "../../src/process/Process.ts"

class Refused extends Schema.TaggedError<Refused>()("Refused", { why: Schema.String }) {}
class Store extends Context.Service<Store, { readonly size: number }>()("test/Store") {}
class Log extends Context.Service<Log, { readonly line: string }>()("test/Log") {}

const Protocol = RpcGroup.make(
  Rpc.make("Add", { payload: { by: Schema.Int }, success: Schema.Int }),
  Rpc.make("Buy", { payload: { item: Schema.String }, success: Schema.Boolean, error: Refused }),
  Rpc.make("Reset"),
  Rpc.make("Total", { success: Schema.Int })
)
type Entries = RpcGroup.Rpcs<typeof Protocol>

const Shop = Process.make({
  name: "shop",
  protocol: Protocol,
  init: (size: number) =>
    Effect.gen(function* () {
      if (size < 0) return yield* new Refused({ why: "negative" })
      const store = yield* Store
      yield* Effect.addFinalizer(() => Effect.void)
      return { total: store.size + size }
    }),
  handlers: {
    Add: ({ by }, state) => Effect.sync(() => (state.total += by)),
    Buy: ({ item }) => (item === "" ? Effect.fail(new Refused({ why: item })) : Effect.succeed(true)),
    Reset: (_, state) => Log.use(() => Effect.sync(() => void (state.total = 0))),
    Total: (_, state) => Effect.succeed(state.total)
  }
})

describe("types", () => {
  // These bodies are only type-checked.
  const ref = undefined as unknown as Process.ProcessRef<Entries>
  const never = (_body: () => unknown) => {}

  it("a call has the answer and the errors of its entry, and those of every call", () => {
    never(() => {
      expectTypeOf(ref.call("Add", { by: 1 })).toEqualTypeOf<Effect.Effect<number, Process.CallError>>()
      expectTypeOf(ref.call("Buy", { item: "x" })).toEqualTypeOf<Effect.Effect<boolean, Refused | Process.CallError>>()
      expectTypeOf(ref.call("Reset")).toEqualTypeOf<Effect.Effect<void, Process.CallError>>()
      expectTypeOf(ref.call("Total", undefined, { timeout: "1 second" })).toEqualTypeOf<
        Effect.Effect<number, Process.CallError>
      >()
    })
  })

  it("payloads are checked", () => {
    never(() => {
      // @ts-expect-error -- a payload is missing
      void ref.call("Add")
      // @ts-expect-error -- a wrong payload
      void ref.call("Add", { by: "1" })
      // @ts-expect-error -- an unknown entry
      void ref.call("Subtract", { by: 1 })
      // @ts-expect-error -- a wrong payload of a cast
      void ref.cast("Add", { to: 1 })
    })
  })

  it("only entries that cannot fail are cast, alone or to many", () => {
    never(() => {
      expectTypeOf(ref.cast("Add", { by: 1 })).toEqualTypeOf<Effect.Effect<void, Process.MailboxFull>>()
      expectTypeOf(ref.cast("Reset")).toEqualTypeOf<Effect.Effect<void, Process.MailboxFull>>()
      // @ts-expect-error -- nobody would hear of the refusal
      void ref.cast("Buy", { item: "x" })
      // @ts-expect-error -- nor here
      void Process.multicast([ref], "Buy", { item: "x" })
      expectTypeOf(Process.multicast([ref], "Reset")).toEqualTypeOf<
        Effect.Effect<ReadonlyArray<Process.Address<Entries>>>
      >()
    })
  })

  it("start has the errors of init and the requirements of init and handlers, without their scope", () => {
    never(() => {
      expectTypeOf(Process.start(Shop, 1)).toEqualTypeOf<
        Effect.Effect<
          Process.ProcessRef<Entries>,
          Refused | Process.InitTimeout | Process.InitCrashed,
          Store | Log | Scope.Scope
        >
      >()
      // @ts-expect-error -- the arguments of init are missing
      void Process.start(Shop)
      // @ts-expect-error -- a wrong argument
      void Process.start(Shop, "1")
    })
  })

  it("layer has them too, and provides the ref", () => {
    never(() => {
      class ShopRef extends Context.Service<ShopRef, Process.ProcessRef<Entries>>()("test/Shop") {}
      expectTypeOf(Process.layer(ShopRef, Shop, 1)).toEqualTypeOf<
        Layer.Layer<ShopRef, Refused | Process.InitTimeout | Process.InitCrashed, Store | Log>
      >()
    })
  })

  it("handlers must be complete and answer what the protocol says", () => {
    never(() => {
      const One = RpcGroup.make(Rpc.make("Get", { success: Schema.Int }))
      void Process.make({
        name: "x",
        protocol: One,
        init: () => Effect.void,
        // @ts-expect-error -- an entry has no handler
        handlers: {}
      })
      void Process.make({
        name: "x",
        protocol: One,
        init: () => Effect.void,
        // @ts-expect-error -- not an Int
        handlers: { Get: () => Effect.succeed("1") }
      })
      void Process.make({
        name: "x",
        protocol: One,
        init: () => Effect.void,
        // @ts-expect-error -- the protocol has no such failure
        // @effect-diagnostics-next-line missingEffectError:off
        handlers: { Get: () => Effect.fail("no") }
      })
    })
  })

  it("a gathering is typed by its entry", () => {
    never(() => {
      const gathered = Process.gather([ref], "Buy", { item: "x" })
      expectTypeOf<Effect.Success<typeof gathered>["replies"][number]["value"]>().toEqualTypeOf<boolean>()
      expectTypeOf<Effect.Success<typeof gathered>["failures"][number]["error"]>().toEqualTypeOf<
        Refused | Process.CallError
      >()
      expectTypeOf<Effect.Error<typeof gathered>>().toEqualTypeOf<never>()
    })
  })

  it("an address of one protocol is not an address of another", () => {
    never(() => {
      const Other = RpcGroup.make(Rpc.make("Get", { success: Schema.Int }))
      // @ts-expect-error -- they understand different things
      const other: Process.Address<RpcGroup.Rpcs<typeof Other>> = ref
      void other
    })
  })
})
