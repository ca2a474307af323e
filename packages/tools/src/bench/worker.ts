/**
 * The process that the bench asks: the work of every agent, the same in each case and on each platform.
 *
 * - `Add(k)`: adds to a counter and answers with it.
 * - `Update(key, value)`: puts the value under the key and answers with its own number (an acknowledgement).
 * - `Vote(value)`: `(value * 31 + id * 7) mod 10 < 8`.
 * - `Auction(item)`: bids `((item * 7919 + id * 104729) mod 1000) + 1`.
 * - `Won(item, price)`: counts it and answers with its own number.
 * - `Ping`: `"pong"`. `Crash`: a defect.
 *
 * @since 0.1.0
 */
import { Process, type ProcessRegistry, Supervisor } from "@foundation/core"
import { Effect, Schema, type Scope } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"

export const Protocol = RpcGroup.make(
  Rpc.make("Add", { payload: { k: Schema.Int }, success: Schema.Int }),
  Rpc.make("Update", { payload: { key: Schema.String, value: Schema.Int }, success: Schema.Int }),
  Rpc.make("Vote", { payload: { value: Schema.Int }, success: Schema.Boolean }),
  Rpc.make("Auction", { payload: { item: Schema.Int }, success: Schema.Int }),
  Rpc.make("Won", { payload: { item: Schema.Int, price: Schema.Int }, success: Schema.Int }),
  Rpc.make("Ping", { success: Schema.String }),
  Rpc.make("Crash")
)
export type Protocol = RpcGroup.Rpcs<typeof Protocol>
export type Ref = Process.ProcessRef<Protocol>

interface State {
  readonly id: number
  count: number
  won: number
  readonly variables: Map<string, number>
}

const initial = (id: number): State => ({ id, count: 0, won: 0, variables: new Map() })

export const voteOf = (value: number, id: number): boolean => (value * 31 + id * 7) % 10 < 8
export const bidOf = (item: number, id: number): number => ((item * 7919 + id * 104_729) % 1000) + 1

/** Which kind of handlers a worker has. */
export type Handlers = "sync" | "generator" | "value"

export const kinds: ReadonlyArray<Handlers> = ["sync", "generator", "value"]

/** Handlers that are `Effect.sync`. */
const Sync = Process.make({
  name: "worker",
  protocol: Protocol,
  init: (id: number) => Effect.sync(() => initial(id)),
  mailbox: { overflow: "wait" },
  handlers: {
    Add: ({ k }, state) => Effect.sync(() => (state.count += k)),
    Update: ({ key, value }, state) =>
      Effect.sync(() => {
        state.variables.set(key, value)
        return state.id
      }),
    Vote: ({ value }, state) => Effect.sync(() => voteOf(value, state.id)),
    Auction: ({ item }, state) => Effect.sync(() => bidOf(item, state.id)),
    Won: (_, state) =>
      Effect.sync(() => {
        state.won++
        return state.id
      }),
    Ping: () => Effect.succeed("pong"),
    Crash: () => Effect.die(new Error("boom"))
  }
})

/** The same with generators. */
const Generator = Process.make({
  name: "worker",
  protocol: Protocol,
  init: (id: number) => Effect.sync(() => initial(id)),
  mailbox: { overflow: "wait" },
  handlers: {
    Add: Effect.fnUntraced(function* ({ k }, state) {
      return (state.count += k)
    }),
    Update: Effect.fnUntraced(function* ({ key, value }, state) {
      state.variables.set(key, value)
      return state.id
    }),
    Vote: Effect.fnUntraced(function* ({ value }, state) {
      return voteOf(value, state.id)
    }),
    Auction: Effect.fnUntraced(function* ({ item }, state) {
      return bidOf(item, state.id)
    }),
    Won: Effect.fnUntraced(function* (_, state) {
      state.won++
      return state.id
    }),
    Ping: Effect.fnUntraced(function* () {
      return "pong"
    }),
    Crash: Effect.fnUntraced(function* () {
      return yield* Effect.die(new Error("boom"))
    })
  }
})

/** The same with handlers that have their answer at once. */
const Value = Process.make({
  name: "worker",
  protocol: Protocol,
  init: (id: number) => Effect.succeed(initial(id)),
  mailbox: { overflow: "wait" },
  handlers: {
    Add: ({ k }, state) => Effect.succeed((state.count += k)),
    Update: ({ key, value }, state) => {
      state.variables.set(key, value)
      return Effect.succeed(state.id)
    },
    Vote: ({ value }, state) => Effect.succeed(voteOf(value, state.id)),
    Auction: ({ item }, state) => Effect.succeed(bidOf(item, state.id)),
    Won: (_, state) => {
      state.won++
      return Effect.succeed(state.id)
    },
    Ping: () => Effect.succeed("pong"),
    Crash: () => Effect.die(new Error("boom"))
  }
})

const specs = { sync: Sync, generator: Generator, value: Value }

/** The specification with one kind of handlers. */
export const spec = (handlers: Handlers) => specs[handlers]

/** A supervisor that tolerates as many crashes as a case needs. */
export const supervisor: Effect.Effect<Supervisor.SupervisorRef, unknown, Scope.Scope> = Supervisor.start(
  Supervisor.make({ name: "bench", intensity: { restarts: 10_000_000, within: "1 second" } })
)

/** What others find beside the name of worker `i`. */
export const metadata = (i: number): ProcessRegistry.Metadata => ({ role: "worker", zone: i % 16, weight: 10 })

/** `n` supervised workers. */
export const team = Effect.fnUntraced(function* (n: number, handlers: Handlers) {
  const root = yield* supervisor
  const worker = spec(handlers)
  const refs: Array<Ref> = []
  for (let i = 0; i < n; i++) {
    refs.push(yield* Supervisor.startChild(root, Supervisor.child(worker, { id: `worker-${i}`, args: i })))
  }
  return refs
})
