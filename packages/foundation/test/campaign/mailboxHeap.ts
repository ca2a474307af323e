/**
 * P9, the long run: a producer ten times as fast as its consumer for `SECONDS` (60 by default), after which the heap must
 * be below twice its steady size.
 *
 * Run it with `node --expose-gc packages/foundation/test/campaign/mailboxHeap.ts`; it prints one JSON line for each way
 * to overflow and ends with 1 when the promise is broken.
 */
import { Effect, Exit, Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import type { Overflow } from "../../src/process/Mailbox.ts"
import * as Process from "../../src/process/Process.ts"
import * as DeadLetters from "../../src/resilience/DeadLetters.ts"

const seconds = Number(process.env["SECONDS"] ?? 60)
const capacity = 4096

const Protocol = RpcGroup.make(Rpc.make("Work", { payload: { n: Schema.Int, bytes: Schema.String } }))

const consumer = (overflow: Overflow, done: () => void) =>
  Process.make({
    name: "consumer",
    protocol: Protocol,
    mailbox: { capacity, overflow },
    init: () => Effect.void,
    handlers: { Work: () => Effect.andThen(Effect.yieldNow, Effect.sync(done)) }
  })

const heap = (): number => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

const nextTurn: Effect.Effect<void> = Effect.callback((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** Ten messages are offered for each that is handled. */
const flood = (overflow: Overflow) =>
  Effect.gen(function* () {
    let handled = 0
    let offered = 0
    let refused = 0
    let queuedMax = 0
    const ref = yield* Process.start(consumer(overflow, () => handled++))
    const begin = performance.now()
    let steady = 0
    let peak = 0
    for (let second = 0; second < seconds; second++) {
      while (performance.now() - begin < (second + 1) * 1000) {
        const target = 10 * (handled + 100)
        while (offered < target && performance.now() - begin < (second + 1) * 1000) {
          const sent = ref.cast("Work", { n: offered++, bytes: `message ${offered}`.padEnd(200) })
          // A producer that waits is as slow as its consumer, so here it gives up after a turn of the event loop.
          const exit = yield* Effect.exit(overflow === "wait" ? Effect.raceFirst(sent, Effect.flip(nextTurn)) : sent)
          if (Exit.isFailure(exit)) refused++
          queuedMax = Math.max(queuedMax, ref.queued)
        }
        yield* nextTurn
      }
      const used = heap()
      if (second === Math.min(4, seconds - 1)) steady = used
      if (second >= 4) peak = Math.max(peak, used)
    }
    const ok = queuedMax <= capacity && peak < 2 * steady && (overflow === "wait" || offered >= 9 * handled)
    console.log(JSON.stringify({ overflow, seconds, offered, handled, refused, queuedMax, steady, peak, ok }))
    if (!ok) process.exitCode = 1
  }).pipe(Effect.scoped, Effect.provide(DeadLetters.layerMemory()))

for (const overflow of ["fail", "drop-oldest", "wait"] as const) await Effect.runPromise(flood(overflow))
