/** Following names: streams, and addresses that look a name up for every message. */
import { assert } from "@effect/vitest"
import { Effect, Fiber, Option, Stream } from "effect"
import * as Process from "../../process/Process.ts"
import { named, start, keys, using } from "./shared.ts"
import type { It } from "./shared.ts"

export const watching = (it: It): void => {
  it.effect("watch starts with the present state and follows it to the end", () =>
    using((registry, space) =>
      Effect.gen(function* () {
        const name = named(space, "a")
        const ref = yield* start
        const seen: Array<string> = []
        const awaited = (count: number) =>
          Effect.gen(function* () {
            while (seen.length < count) yield* Effect.yieldNow
          })
        const watching = yield* Effect.forkScoped(
          Stream.runForEach(registry.watch(name), (state) =>
            Effect.sync(
              () =>
                void seen.push(Option.match(state, { onNone: () => "-", onSome: (it) => `${it.label}@${it.revision}` }))
            )
          )
        )
        yield* awaited(1)
        yield* registry.register(name, ref)
        yield* awaited(2)
        yield* registry.setMetadata(name, { a: 1 })
        yield* awaited(3)
        yield* Process.kill(ref)
        yield* awaited(4)
        assert.deepStrictEqual(seen, ["-", `${ref.label}@1`, `${ref.label}@2`, "-"])
        yield* Fiber.interrupt(watching)
      })
    )
  )

  it.effect("watchAll starts with a snapshot and tells what is new", () =>
    using((registry, space) =>
      Effect.gen(function* () {
        const [a, b] = [yield* start, yield* start]
        yield* registry.register(named(space, "a"), a)
        const seen: Array<string> = []
        const awaited = (count: number) =>
          Effect.gen(function* () {
            while (seen.length < count) yield* Effect.yieldNow
          })
        yield* Effect.forkScoped(
          Stream.runForEach(registry.watchAll({ namespace: space }), (change) =>
            Effect.sync(() => {
              if (change._tag === "Snapshot") seen.push(`Snapshot ${keys(change.registrations).join()}`)
              else seen.push(`${change._tag} ${change._tag === "Unregistered" ? change.key : change.registration.key}`)
            })
          )
        )
        yield* awaited(1)
        yield* registry.register(named(space, "b"), b)
        yield* awaited(2)
        yield* registry.setMetadata(named(space, "a"), {})
        yield* awaited(3)
        yield* Process.kill(b)
        yield* awaited(4)
        assert.deepStrictEqual(seen, ["Snapshot a", "Registered b", "Updated a", "Unregistered b"])
      })
    )
  )

  it.effect("an address by name finds the process anew for each message", () =>
    using((registry, space) =>
      Effect.gen(function* () {
        const name = named(space, "a")
        const via = yield* registry.via(name)
        const absent = yield* Effect.flip(via.call("Add", { by: 1 }))
        assert.strictEqual(absent._tag, "Unreachable")
        yield* via.cast("Add", { by: 1 })
        const [a, b] = [yield* start, yield* start]
        yield* registry.register(name, a)
        assert.strictEqual(yield* via.call("Add", { by: 2 }), 2)
        yield* Process.kill(a)
        yield* registry.register(name, b)
        yield* via.cast("Add", { by: 3 })
        assert.strictEqual(yield* via.call("Add", { by: 3 }), 6)
        const { failures, replies } = yield* Process.gather([via, b], "Add", { by: 1 })
        assert.deepStrictEqual([replies.length, failures.length], [2, 0])
      })
    )
  )
}
