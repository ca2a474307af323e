/** Many names and many hands at once. */
import { assert } from "@effect/vitest"
import { Effect, Fiber, Option, Result, Schema, Scope } from "effect"
import * as Process from "../../process/Process.ts"
import { named, start, startMany, range, keys, using } from "./shared.ts"
import type { It } from "./shared.ts"

/** A step of a mixed load; only its refusal matters. */
type Step = Effect.Effect<Result.Result<unknown, { readonly _tag: string }>, never, Scope.Scope>

/** How many watchers a process has: what a registry must give back. */
const watchersOf = (ref: Process.AnyRef): number => Process.cellOf(ref).watcherCount

export const load = (it: It): void => {
  it.effect("A11, A13: 1000 registrations of 50 fibers are all there, and all found by as many", () =>
    using((registry, space) =>
      Effect.gen(function* () {
        const ref = yield* start
        const batches = range(50).map((task) => range(20).map((index) => named(space, `${task}-${index}`)))
        yield* Effect.forEach(batches, (names) => Effect.forEach(names, (name) => registry.register(name, ref)), {
          concurrency: "unbounded"
        })
        assert.strictEqual(yield* registry.count({ namespace: space }), 1000)
        const found = yield* Effect.forEach(batches, (names) => Effect.forEach(names, registry.get), {
          concurrency: "unbounded"
        })
        assert.isTrue(found.flat().every((it) => it === ref))
      })
    )
  )

  it.effect("A15: each entry of a bulk has its own answer; the good ones are registered, the bad ones not", () =>
    using((registry, space) =>
      Effect.gen(function* () {
        const [ref, other, dead] = [yield* start, yield* start, yield* start]
        yield* registry.register(named(space, "taken"), other)
        yield* Process.kill(dead)
        const good = range(46).map((index) => ({ name: named(space, `good-${index}`), ref }))
        const answers = yield* registry.registerAll([
          ...good,
          { name: named(space, ""), ref },
          { name: named(space, "taken"), ref },
          { name: named(space, "good-0"), ref: other },
          { name: named(space, "dead"), ref: dead }
        ])
        assert.isTrue(answers.slice(0, 46).every(Result.isSuccess))
        const failures = answers.slice(46).map((answer) => (Result.isFailure(answer) ? answer.failure._tag : "ok"))
        assert.deepStrictEqual(failures, ["InvalidName", "NameTaken", "NameTaken", "ProcessDead"])
        assert.strictEqual(yield* registry.count({ namespace: space }), 47)
        const many = range(1001).map((index) => ({ name: named(space, `x${index}`), ref }))
        assert.strictEqual((yield* Effect.flip(registry.registerAll(many)))._tag, "LimitExceeded")
      })
    )
  )

  it.effect.prop(
    "A18, A19, A20: distinct names registered at once are all found, by all alike; half unregistered, the other half stays",
    [
      Schema.UniqueArray(Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(20))).check(
        Schema.isMinLength(2),
        Schema.isMaxLength(20)
      )
    ],
    ([texts]) =>
      using((registry, space) =>
        Effect.gen(function* () {
          const distinct = [...new Set(texts.map((text) => encodeURIComponent(text.toWellFormed())))]
          const ref = yield* start
          const names = distinct.map((text) => named(space, text.slice(0, 255)))
          yield* Effect.forEach(names, (name) => registry.register(name, ref), { concurrency: "unbounded" })
          assert.strictEqual(yield* registry.count({ namespace: space }), new Set(names.map((name) => name.key)).size)
          const same = yield* Effect.forEach(range(10), () => registry.get(names[0]!), { concurrency: "unbounded" })
          assert.isTrue(same.every((it) => it === ref))
          const [gone, kept] = [
            names.filter((_, index) => index % 2 === 0),
            names.filter((_, index) => index % 2 === 1)
          ]
          yield* Effect.forEach(gone, registry.unregister, { concurrency: "unbounded" })
          const found = yield* Effect.forEach([...gone, ...kept], registry.lookup)
          assert.deepStrictEqual(found.map(Option.isSome), [...gone.map(() => false), ...kept.map(() => true)])
          yield* Effect.forEach(kept, registry.unregister)
        })
      ),
    { arbitrary: { runs: 20 } }
  )

  it.effect("A21: in each of 50 rounds of 20 contenders exactly one gets the name, and all others are told who", () =>
    using((registry, space) =>
      Effect.gen(function* () {
        const refs = yield* startMany(20)
        for (const round of range(50)) {
          const answers = yield* Effect.forEach(
            refs,
            (ref) => Effect.result(registry.register(named(space, `${round}`), ref)),
            { concurrency: "unbounded" }
          )
          const winners = answers.filter(Result.isSuccess)
          assert.strictEqual(winners.length, 1)
          const holder = yield* registry.get(named(space, `${round}`))
          for (const answer of answers) {
            if (Result.isFailure(answer))
              assert.deepInclude(answer.failure, { _tag: "NameTaken", holder: holder.label })
          }
        }
      })
    )
  )

  it.effect(
    "A22, A28: 10 fibers mix 100 steps each beside 100 look-ups: nothing fails but for a taken name, nothing is stale",
    () =>
      using((registry, space) =>
        Effect.gen(function* () {
          const refs = yield* startMany(10)
          const stable = yield* start
          yield* registry.register(named(space, "stable"), stable)
          const work = (task: number) =>
            Effect.forEach(range(100), (step): Step => {
              const name = named(space, `${(task * 7 + step) % 15}`)
              if (step % 3 === 0) return Effect.result(registry.register(name, refs[task]!))
              if (step % 3 === 1) return Effect.result(registry.lookup(name))
              return Effect.result(registry.unregister(name))
            })
          const looks = Effect.forEach(range(100), () => registry.get(named(space, "stable")), {
            concurrency: "unbounded"
          })
          const fiber = yield* Effect.forkChild(looks)
          const results = (yield* Effect.forEach(range(10), work, { concurrency: "unbounded" })).flat()
          for (const result of results) {
            if (Result.isFailure(result)) assert.strictEqual(result.failure._tag, "NameTaken")
          }
          assert.isTrue((yield* Fiber.join(fiber)).every((it) => it === stable))
          yield* Effect.forEach(refs, Process.kill)
          assert.strictEqual(yield* registry.count({ namespace: space }), 1)
        })
      )
  )

  it.effect("A24: 50 rounds of register and kill leave as much as there was: no name, no watcher", () =>
    using((registry, space) =>
      Effect.gen(function* () {
        const before = yield* registry.stats
        const survivor = yield* start
        yield* Effect.forEach(range(50), (round) =>
          Effect.gen(function* () {
            const ref = yield* start
            yield* registry.register(named(space, `${round}`), ref)
            yield* ref.call("Register", { key: `own-${round}`, namespace: space })
            yield* Effect.scoped(registry.register(named(space, `scoped-${round}`), survivor))
            yield* Process.kill(ref)
          })
        )
        const after = yield* registry.stats
        assert.strictEqual(after.local, before.local)
        assert.strictEqual(after.namespaces.get(space), undefined)
        assert.strictEqual(watchersOf(survivor), 0)
      })
    )
  )

  it.effect("B32: 1000 entries are listed, whole and in pages", () =>
    using((registry, space) =>
      Effect.gen(function* () {
        const ref = yield* start
        yield* registry.registerAll(range(1000).map((index) => ({ name: named(space, `${index}`), ref })))
        const all = yield* registry.list({ namespace: space })
        assert.strictEqual(all.length, 1000)
        const first = yield* registry.list({ namespace: space, limit: 600 })
        const second = yield* registry.list({ namespace: space, limit: 600, after: first.at(-1)!.key })
        assert.deepStrictEqual(keys([...first, ...second]), keys(all))
        assert.strictEqual((yield* Effect.flip(registry.list({ limit: 1e6 })))._tag, "LimitExceeded")
      })
    )
  )
}
