/** A process for tests that does whatever its messages say, and the shapes that most tests here share. */
import { it } from "@effect/vitest"
import { Deferred, Effect, Layer, Schema, Scope } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import type { Options as MailboxOptions } from "../../src/process/Mailbox.ts"
import * as Process from "../../src/process/Process.ts"
import * as DeadLetters from "../../src/resilience/DeadLetters.ts"
import { expectNoLeaks } from "../../src/testing/expectNoLeaks.ts"

type AnyWork = Effect.Effect<unknown, string, Scope.Scope>
const Work = Schema.declare((u): u is AnyWork => Effect.isEffect(u))

export const Protocol = RpcGroup.make(
  /** Runs an effect in the process and answers with what it gives. */
  Rpc.make("Run", { payload: { work: Work }, success: Schema.Unknown, error: Schema.String }),
  /** The same for messages that nobody waits for. */
  Rpc.make("Post", { payload: { work: Work } }),
  Rpc.make("Log", { payload: { text: Schema.String } }),
  Rpc.make("Read", { success: Schema.Array(Schema.String) }),
  /** Throws before there is an effect. */
  Rpc.make("Throw", { payload: { text: Schema.String } })
)
export type Entries = RpcGroup.Rpcs<typeof Protocol>
export type Ref = Process.ProcessRef<Entries>

export const make = (options?: {
  readonly name?: string
  readonly mailbox?: MailboxOptions
  readonly redeliver?: number
}) =>
  Process.make({
    name: options?.name ?? "worker",
    protocol: Protocol,
    mailbox: options?.mailbox,
    redeliver: options?.redeliver,
    init: () => Effect.sync(() => ({ log: new Array<string>() })),
    handlers: {
      Run: ({ work }) => work,
      Post: ({ work }) => Effect.orDie(Effect.asVoid(work)),
      Log: ({ text }, state) => Effect.sync(() => void state.log.push(text)),
      Read: (_, state) => Effect.sync(() => [...state.log]),
      Throw: ({ text }): Effect.Effect<void> => {
        throw new Error(text)
      }
    }
  })

export const start = (options?: Parameters<typeof make>[0]) => Process.start(make(options))

/** Runs work in a process. */
export const run = (ref: Process.Address<Entries>, work: AnyWork, options?: Process.CallOptions) =>
  ref.call("Run", { work }, options)

/** A handler at work: it has begun when this effect succeeds, and ends when `release` is called. */
export const occupy = (ref: Ref) =>
  Effect.gen(function* () {
    const began = yield* Deferred.make<void>()
    const ends = yield* Deferred.make<void>()
    yield* ref.cast("Post", { work: Effect.andThen(Deferred.succeed(began, undefined), Deferred.await(ends)) })
    yield* Deferred.await(began)
    return { release: Deferred.succeed(ends, undefined) }
  })

/** Lets whatever is ready run: some turns of the event loop. */
export const turns: Effect.Effect<void> = Effect.repeat(
  Effect.callback<void>((resume) => {
    setImmediate(() => resume(Effect.void))
  }),
  { times: 4 }
).pipe(Effect.asVoid)

/** A behaviour, checked to leave nothing behind. */
export const clean = <E>(name: string, test: () => Effect.Effect<void, E, Scope.Scope | DeadLetters.DeadLetters>) =>
  it.effect(name, () => expectNoLeaks(Effect.scoped(Effect.provide(test(), Layer.fresh(DeadLetters.layerMemory())))))

export const letters = DeadLetters.DeadLetters.use((letters) => letters.list)
