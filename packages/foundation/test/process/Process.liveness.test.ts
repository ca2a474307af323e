/**
 * A flood leaves the event loop alive. Each flood here goes on until the thing it must not starve has happened, so a
 * starved event loop shows as a flood that reaches its limit.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import { readFile } from "node:fs"
import * as Process from "../../src/process/Process.ts"
import { expectNoLeaks } from "../../src/testing/expectNoLeaks.ts"
import { start, turns } from "./worker.ts"

/** A flood gives up after so many messages: far more than any turn of the event loop has. */
const limit = 20_000_000

const BallProtocol = RpcGroup.make(Rpc.make("Ball", { payload: { n: Schema.Int } }))
type Ball = RpcGroup.Rpcs<typeof BallProtocol>

/** Passes each message on to whatever `next` is, until `stop` says so. */
const Player = (next: () => Process.Address<Ball>, over: () => boolean, count: (n: number) => void) =>
  Process.make({
    name: "player",
    protocol: BallProtocol,
    init: () => Effect.void,
    handlers: {
      Ball: ({ n }) => {
        count(n)
        return over() || n > limit ? Effect.void : Effect.orDie(next().cast("Ball", { n: n + 1 }))
      }
    }
  })

/** Things that a flooded event loop must still do. */
const events: ReadonlyArray<readonly [string, (happened: () => void) => void]> = [
  ["a timer", (happened) => void setTimeout(happened, 5)],
  ["an immediate", (happened) => void setImmediate(happened)],
  ["a file read", (happened) => void readFile(import.meta.filename, happened)]
]

describe("under a flood", () => {
  for (const [name, arrange] of events) {
    it.effect(`${name} fires while a process casts to itself without end`, () =>
      expectNoLeaks(
        Effect.scoped(
          Effect.gen(function* () {
            let happened = false
            let passes = 0
            let self: Process.ProcessRef<Ball>
            self = yield* Process.start(
              Player(
                () => self,
                () => happened,
                (n) => (passes = n)
              )
            )
            arrange(() => (happened = true))
            yield* self.cast("Ball", { n: 0 })
            while (!happened && passes <= limit) yield* turns
            assert.isTrue(happened)
            assert.isBelow(passes, limit)
          })
        )
      )
    )

    it.effect(`${name} fires while two processes play ping-pong without end`, () =>
      expectNoLeaks(
        Effect.scoped(
          Effect.gen(function* () {
            let happened = false
            let passes = 0
            const over = () => happened
            const count = (n: number) => (passes = n)
            let ping: Process.ProcessRef<Ball>
            let pong: Process.ProcessRef<Ball>
            ping = yield* Process.start(Player(() => pong, over, count))
            pong = yield* Process.start(Player(() => ping, over, count))
            arrange(() => (happened = true))
            yield* ping.cast("Ball", { n: 0 })
            while (!happened && passes <= limit) yield* turns
            assert.isTrue(happened)
            assert.isBelow(passes, limit)
          })
        )
      )
    )

    it.effect(`${name} fires while a caller calls without end`, () =>
      expectNoLeaks(
        Effect.scoped(
          Effect.gen(function* () {
            let happened = false
            arrange(() => (happened = true))
            const ref = yield* start()
            let calls = 0
            while (!happened && calls++ < limit)
              yield* ref.call("Log", { text: "" }).pipe(Effect.when(Effect.succeed(calls % 1000 !== 0)))
            assert.isTrue(happened)
          })
        )
      )
    )
  }

  it.effect("other processes make progress: a flooded neighbour costs a call a bounded number of its messages", () =>
    expectNoLeaks(
      Effect.scoped(
        Effect.gen(function* () {
          let over = false
          let passes = 0
          let self: Process.ProcessRef<Ball>
          self = yield* Process.start(
            Player(
              () => self,
              () => over,
              (n) => (passes = n)
            )
          )
          const neighbour = yield* start()
          yield* self.cast("Ball", { n: 0 })
          yield* turns
          const before = passes
          for (let i = 0; i < 100; i++) yield* neighbour.call("Log", { text: `${i}` })
          // An activation handles at most 64 messages before the next process in the queue has its turn.
          assert.isAtMost(passes - before, 100 * 64)
          over = true
        })
      )
    )
  )
})
