import { assert, describe, it } from "@effect/vitest"
import { VectorClock } from "@foundation/core"
import { Coordination, Receipts, Variables, VariableType } from "@mabeam/core"
import { Consensus } from "@mabeam/economics"
import { Effect, Exit, Fiber, Layer, Option, Result, Schema, type Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { crashing, Live, mute, type Script, teamOf, votes } from "../support.ts"

const service = Variables.Variables
const scoped = <A, E>(effect: Effect.Effect<A, E, Coordination.Coordination | Variables.Variables | Scope.Scope>) =>
  Effect.provide(Effect.scoped(effect), Live)

const rate = {
  name: "learning_rate",
  type: VariableType.logFloat({ min: 1e-5, max: 1 }),
  initial: 0.01,
  owner: "trainer"
} as const
const shared = { ...rate, policy: "consensus" } as const
const batch = {
  name: "batch_size",
  type: VariableType.int({ min: 1, max: 512 }),
  initial: 32,
  owner: "trainer",
  policy: "consensus"
} as const
const byTrainer = { by: "trainer" }
const yes = votes("accept", "accept", "accept")

/** What a stream gives while `during` runs, once it has been given time. */
const heard = <A, E, B, R>(stream: Stream.Stream<A, E, R>, during: Effect.Effect<B, unknown, R>) =>
  Effect.gen(function* () {
    const seen: Array<A> = []
    const fiber = yield* Effect.forkChild(
      Stream.runForEach(stream, (one) => Effect.sync(() => seen.push(one))),
      { startImmediately: true }
    )
    yield* turns
    yield* Effect.orDie(during)
    yield* turns
    yield* Fiber.interrupt(fiber)
    return seen
  })

const turns = Effect.forEach(Array.from({ length: 20 }), () => Effect.yieldNow, { discard: true })

describe("a variable of its owner", () => {
  it.effect(
    "Q146: it is defined, read, changed and deleted; a second of its name and an unknown name are refused",
    () =>
      scoped(
        Effect.gen(function* () {
          const variables = yield* service
          const handle = yield* variables.define(rate)
          assert.strictEqual(yield* handle.get, 0.01)
          assert.strictEqual(yield* variables.get("learning_rate"), 0.01)
          const again = yield* Effect.flip(variables.define(rate))
          assert.strictEqual(again.message, `variable "learning_rate" is defined already`)
          yield* handle.set(0.1, byTrainer)
          yield* variables.set("learning_rate", 0.2, byTrainer)
          assert.strictEqual(handle.getUnsafe(), 0.2)
          yield* variables.delete("learning_rate", byTrainer)
          for (const attempt of [
            variables.get("learning_rate"),
            handle.get,
            handle.set(0.1, byTrainer),
            variables.set("learning_rate", 0.1, byTrainer),
            variables.delete("learning_rate", byTrainer),
            variables.why("other"),
            variables.history("other"),
            Stream.runDrain(variables.watch("other"))
          ]) {
            const error = yield* Effect.flip(Effect.asVoid(attempt as Effect.Effect<unknown, Variables.SetError>))
            assert.strictEqual(error._tag, "VariableNotFound")
          }
          assert.isTrue(Option.isNone(yield* variables.lookup("learning_rate")))
        })
      )
  )

  it.effect("Q146: ten definitions at once of different names are all there; of one name exactly one is", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        const ten = Array.from({ length: 10 }, (_, at) => at)
        yield* Effect.forEach(ten, (at) => variables.define({ ...rate, name: `v${at}` }), { concurrency: "unbounded" })
        assert.strictEqual((yield* variables.list()).length, 10)
        const same = yield* Effect.forEach(ten, () => Effect.result(variables.define(rate)), {
          concurrency: "unbounded"
        })
        assert.strictEqual(same.filter(Result.isSuccess).length, 1)
        assert.isTrue(same.every((result) => Result.isSuccess(result) || result.failure._tag === "VariableExists"))
      })
    )
  )

  it.effect(
    "Q147: a subscriber is told the old value, the new one and who changed it; one that left hears nothing",
    () =>
      scoped(
        Effect.gen(function* () {
          const variables = yield* service
          yield* variables.define(rate)
          const set = (value: number) =>
            variables.set("learning_rate", value, { by: "trainer", why: { because: "told" } })
          const seen = yield* heard(variables.changes("learning_rate"), set(0.1))
          assert.deepStrictEqual(
            seen.map(({ from, to, version, why }) => ({ from, to, version, why })),
            [{ from: 0.01, to: 0.1, version: 2, why: { by: "trainer", at: 0, because: "told" } }]
          )
          yield* set(0.2)
          assert.strictEqual(seen.length, 1)
        })
      )
  )

  it.effect("a watcher sees it as it is, then each change, then the end when it is deleted", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        yield* variables.define(rate)
        const fiber = yield* Effect.forkChild(Stream.runCollect(variables.watch("learning_rate")), {
          startImmediately: true
        })
        yield* turns
        yield* variables.set("learning_rate", 0.1, byTrainer)
        yield* turns
        yield* variables.delete("learning_rate", byTrainer)
        const seen = yield* Fiber.join(fiber)
        assert.deepStrictEqual(
          seen.map(({ value, version }) => [value, version]),
          [
            [0.01, 1],
            [0.1, 2]
          ]
        )
      })
    )
  )

  it.effect("a subscriber of all hears of every variable; a slow one misses the oldest, and delays nobody", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        yield* variables.define({ ...rate, type: VariableType.float(), name: "a" })
        yield* variables.define({ ...rate, type: VariableType.float(), name: "b" })
        const slow: Array<number> = []
        const fiber = yield* Effect.forkChild(
          Stream.runForEach(variables.changes(), ({ version }) =>
            Effect.delay(
              Effect.sync(() => slow.push(version)),
              1
            )
          ),
          { startImmediately: true }
        )
        yield* turns
        const seen = yield* heard(
          Stream.take(variables.changes(), 2),
          Effect.andThen(variables.set("a", 1, byTrainer), variables.set("b", 2, byTrainer))
        )
        assert.deepStrictEqual(
          seen.map(({ to, variable }) => [variable, to]),
          [
            ["a", 1],
            ["b", 2]
          ]
        )
        for (let at = 0; at < 2_000; at++) yield* variables.set("a", at, byTrainer)
        for (let at = 0; at < 3_000; at++) yield* TestClock.adjust(1)
        assert.isBelow(slow.length, 2_000)
        assert.strictEqual(slow.at(-1), 2_002)
        yield* Fiber.interrupt(fiber)
      })
    )
  )

  it.effect("Q148: the last 100 changes are kept, the newest 50 are shown, and the newest is the value", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        const handle = yield* variables.define({ ...rate, type: VariableType.int(), initial: 1 })
        for (let version = 2; version <= 150; version++) yield* handle.set(version, byTrainer)
        const newest = yield* variables.history("learning_rate")
        assert.deepStrictEqual(
          newest.map(({ version }) => version),
          Array.from({ length: 50 }, (_, at) => 150 - at)
        )
        assert.strictEqual(newest[0]!.to, yield* handle.get)
        const all = yield* variables.history("learning_rate", { limit: 1_000 })
        assert.deepStrictEqual([all.length, all.at(-1)!.version], [100, 51])
        assert.deepStrictEqual(yield* variables.history("learning_rate", { limit: 0 }), [])
      })
    )
  )

  it.effect("every change counts up the version and the writer's entry of the clock, and says why", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        yield* variables.define(rate)
        yield* TestClock.adjust(5)
        const change = yield* variables.set("learning_rate", 0.1, { by: "trainer", why: { trial: 7, because: "best" } })
        assert.deepStrictEqual(change, {
          variable: "learning_rate",
          from: 0.01,
          to: 0.1,
          version: 2,
          clock: VectorClock.makeUnsafe([["trainer", 2]]),
          why: { by: "trainer", at: 5, trial: 7, because: "best" }
        })
        assert.deepStrictEqual(yield* variables.why("learning_rate"), change.why)
        const encoded = yield* Schema.encodeEffect(Variables.Change)(change)
        const decoded = yield* Schema.decodeUnknownEffect(Variables.Change)(JSON.parse(JSON.stringify(encoded)))
        assert.deepStrictEqual(decoded, change)
      })
    )
  )

  it.effect("another than the owner, and another version than the expected one, are refused", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        const handle = yield* variables.define(rate)
        const stranger = yield* Effect.flip(handle.set(0.1, { by: "mallory" }))
        assert.strictEqual(stranger.message, `"learning_rate" belongs to trainer; mallory may not change it`)
        assert.strictEqual(
          (yield* Effect.flip(variables.rollback("learning_rate", 1, { by: "mallory" })))._tag,
          "NotPermitted"
        )
        assert.strictEqual(
          (yield* Effect.flip(variables.delete("learning_rate", { by: "mallory" })))._tag,
          "NotPermitted"
        )
        yield* handle.set(0.1, { by: "trainer", expectedVersion: 1 })
        const stale = yield* Effect.flip(handle.set(0.2, { by: "trainer", expectedVersion: 1 }))
        assert.strictEqual(stale.message, `"learning_rate" is in version 2, not 1`)
        assert.strictEqual(yield* handle.get, 0.1)
      })
    )
  )

  it.effect("of 50 writers that expect one version, exactly one writes", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        const handle = yield* variables.define({ ...rate, type: VariableType.int(), initial: 0 })
        const results = yield* Effect.forEach(
          Array.from({ length: 50 }, (_, at) => at),
          (at) => Effect.result(Effect.andThen(Effect.yieldNow, handle.set(at, { by: "trainer", expectedVersion: 1 }))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(results.filter(Result.isSuccess).length, 1)
        assert.strictEqual((yield* variables.info("learning_rate")).version, 2)
      })
    )
  )

  it.effect("rolling back is a new change to an old value, as far as the history reaches", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        const handle = yield* variables.define({ ...rate, historyMax: 3 })
        for (const value of [0.1, 0.2, 0.3]) yield* handle.set(value, byTrainer)
        const back = yield* variables.rollback("learning_rate", 2, byTrainer)
        assert.deepStrictEqual([back.from, back.to, back.version, back.why.rolledBackTo], [0.3, 0.1, 5, 2])
        assert.strictEqual(yield* handle.get, 0.1)
        const gone = yield* Effect.flip(variables.rollback("learning_rate", 1, byTrainer))
        assert.strictEqual(gone.message, `the history of "learning_rate" holds the versions 3 to 5, not 1`)
      })
    )
  )

  it.effect("a resumed run goes on from the restored version, clock and reason", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        const clock = VectorClock.makeUnsafe([
          ["trainer", 3],
          ["a1", 2]
        ])
        const why = { by: "a1", at: 9, session: "s-4" }
        const handle = yield* variables.define({ ...rate, restored: { value: 0.3, version: 5, clock, why } })
        assert.strictEqual(yield* handle.get, 0.3)
        assert.deepStrictEqual(yield* variables.why("learning_rate"), why)
        const change = yield* handle.set(0.2, byTrainer)
        assert.strictEqual(change.version, 6)
        assert.strictEqual(VectorClock.compare(clock, change.clock), "before")
        const wrong = yield* Effect.flip(
          variables.define({ ...rate, name: "other", restored: { value: 7, version: 5, clock, why } })
        )
        assert.strictEqual(wrong.message, `"other" is a number from 0.00001 to 1, not 7`)
      })
    )
  )
})

describe("types", () => {
  const cases = [
    [VariableType.float(), [0, -1.5, 1e300], [Number.NaN, Infinity, "1", null]],
    [VariableType.float({ min: -1, max: 1 }), [-1, 0, 1], [1.01, -2]],
    [VariableType.logFloat({ min: 1e-4, max: 1 }), [1e-4, 1], [0, 2]],
    [VariableType.int(), [0, -7], [0.5, 2 ** 53, "3"]],
    [VariableType.int({ min: 1, max: 3 }), [1, 2, 3], [0, 4, 2.5]],
    [VariableType.choice(["relu", "tanh"]), ["relu", "tanh"], ["sigmoid", "", undefined]],
    [VariableType.choice([16, 32]), [16], [17, "16"]],
    [VariableType.boolean, [true, false], [0, "true", null]],
    [VariableType.probability, [0, 0.5, 1], [-0.1, 1.1, Number.NaN]]
  ] as const

  it.effect("each takes what it allows, and refuses the rest saying what is allowed", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        let at = 0
        for (const [type, right, wrong] of cases) {
          const name = `v${at++}`
          yield* variables.define<unknown>({ name, type, initial: right[0], owner: "o" })
          for (const value of right) yield* variables.set(name, value, { by: "o" })
          for (const value of wrong) {
            const error = yield* Effect.flip(variables.set(name, value, { by: "o" }))
            assert(error._tag === "InvalidValue")
            assert.strictEqual(error.allowed, type.allowed)
            assert.include(error.message, `"${name}" is ${type.allowed}, not `)
          }
        }
      })
    )
  )

  it.effect("Q150: scopes, types and owners that are none are refused, naming the field", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        for (const scope of ["local", "global"] as const) yield* variables.define({ ...rate, name: scope, scope })
        const refused = (definition: Record<string, unknown>) =>
          Effect.map(
            // As it comes from where no types are checked.
            Effect.flip(variables.define({ ...rate, ...definition } as Variables.Definition<number>)),
            (error) => (error._tag === "InvalidDefinition" ? error.field : error._tag)
          )
        assert.strictEqual(yield* refused({ scope: "galaxy" }), "scope")
        assert.strictEqual(yield* refused({ scope: "cluster" }), "scope")
        assert.strictEqual(yield* refused({ scope: "local", policy: "consensus" }), "scope")
        assert.strictEqual(yield* refused({ policy: "anarchy" }), "policy")
        assert.strictEqual(yield* refused({ type: { kind: "poem" } }), "type")
        assert.strictEqual(yield* refused({ type: undefined }), "type")
        assert.strictEqual(yield* refused({ type: VariableType.int({ min: 3, max: 1 }) }), "type")
        assert.strictEqual(yield* refused({ type: VariableType.int({ min: 1.2, max: 1.8 }) }), "type")
        assert.strictEqual(yield* refused({ type: VariableType.logFloat({ min: 0, max: 1 }) }), "type")
        assert.strictEqual(yield* refused({ type: VariableType.float({ min: 0, max: Infinity }) }), "type")
        assert.strictEqual(yield* refused({ type: VariableType.choice([]) }), "type")
        assert.strictEqual(yield* refused({ name: "" }), "name")
        assert.strictEqual(yield* refused({ name: "x".repeat(256) }), "name")
        assert.strictEqual(yield* refused({ owner: undefined }), "owner")
        assert.strictEqual(yield* refused({ historyMax: 0 }), "historyMax")
        assert.strictEqual(yield* refused({ initial: 2 }), "InvalidValue")
        const clock = VectorClock.empty
        const restored = { value: 0.1, version: 0, clock, why: { by: "o", at: 0 } }
        assert.strictEqual(yield* refused({ restored }), "restored")
        assert.deepStrictEqual(
          (yield* variables.list({ scope: "local" })).map(({ name }) => name),
          ["local"]
        )
      })
    )
  )

  it.effect("as many variables as the limit allows; one more is refused", () =>
    Effect.gen(function* () {
      const variables = yield* service
      yield* variables.define(rate)
      const error = yield* Effect.flip(variables.define({ ...rate, name: "one more" }))
      assert.strictEqual(error.message, "1 variables are defined, which is the limit")
    }).pipe(Effect.provide(Layer.provide(Variables.layer({ variablesMax: 1 }), Coordination.layer())))
  )

  it.effect("names like those of an object's own members are names like any other", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        for (const name of ["constructor", "__proto__", "toString"]) {
          assert.isTrue(Option.isNone(yield* variables.lookup(name)))
          yield* variables.define({ ...shared, name })
          const team = yield* teamOf(yes)
          const changes = Object.fromEntries([[name, 0.5]])
          assert.isTrue((yield* variables.propose({ changes, team, by: "a0" })).committed)
          assert.strictEqual(yield* variables.get(name), 0.5)
        }
      })
    )
  )
})

describe("a variable under consensus", () => {
  it.effect("an accepted proposal changes it, says why, and the whole team is told", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        yield* variables.define(shared)
        const told: Array<unknown> = []
        const team = yield* teamOf([...votes("accept", "accept", "accept"), { vote: "reject", told }])
        const proposed = yield* variables.propose({
          changes: { learning_rate: 0.1 },
          team,
          by: "a0",
          trial: 12,
          evidence: { accuracy: 0.97 }
        })
        assert.isTrue(proposed.committed)
        assert.deepStrictEqual([proposed.acknowledged, proposed.silent], [["a0", "a1", "a2", "a3"], []])
        assert.deepStrictEqual(told, [{ variable: "learning_rate", value: 0.1, version: 2 }])
        const { clock, why } = yield* variables.info("learning_rate")
        assert.deepStrictEqual([why.by, why.trial, why.session], ["a0", 12, proposed.receipt.session])
        assert.deepStrictEqual(why.votes, proposed.receipt.votes)
        assert.deepStrictEqual(
          clock,
          VectorClock.makeUnsafe([
            ["trainer", 1],
            ["a0", 1]
          ])
        )
        assert.strictEqual(proposed.receipt.proposal.subject, "learning_rate")
      })
    )
  )

  it.effect("the voters see the evidence, and flipping one agent's own evidence flips the decision", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        const judge = (own: number): Script => ({
          vote: ({ evidence }) =>
            Effect.map(Effect.orDie(Schema.decodeUnknownEffect(Variables.Evidence)(evidence)), ({ given }) => ({
              vote: own < Number(given) ? "accept" : "reject"
            }))
        })
        const propose = (name: string, evidence: ReadonlyArray<number>) =>
          Effect.gen(function* () {
            yield* variables.define({ ...shared, name })
            const team = yield* teamOf(evidence.map(judge))
            return yield* variables.propose({ changes: { [name]: 0.1 }, team, by: "a0", evidence: 0.9 })
          })
        assert.isTrue((yield* propose("x", [0.1, 0.8, 0.8, 0.95, 0.95])).committed)
        assert.isFalse((yield* propose("y", [0.1, 0.8, 0.95, 0.95, 0.95])).committed)
        assert.strictEqual(yield* variables.get("x"), 0.1)
        assert.strictEqual(yield* variables.get("y"), 0.01)
      })
    )
  )

  it.effect("a rejected proposal changes nothing and tells nobody", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        yield* variables.define(shared)
        const told: Array<unknown> = []
        const team = yield* teamOf([...votes("accept", "reject", "reject"), { told }])
        const proposed = yield* variables.propose({ changes: { learning_rate: 0.1 }, team, by: "a0" })
        assert.isFalse(proposed.committed)
        assert.strictEqual(proposed.refused?._tag, "NotAccepted")
        assert.strictEqual(proposed.refused?.message, `session ${proposed.receipt.session} ended with "reject"`)
        assert.deepStrictEqual(told, [])
        assert.deepStrictEqual([proposed.changes, proposed.acknowledged], [[], []])
        assert.strictEqual((yield* variables.info("learning_rate")).version, 1)
      })
    )
  )

  it.effect("neither its owner nor anybody else sets it, rolls it back or deletes it", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        const handle = yield* variables.define(shared)
        for (const attempt of [
          handle.set(0.1, byTrainer),
          variables.set("learning_rate", 0.1, { by: "mallory" }),
          variables.rollback("learning_rate", 1, byTrainer),
          variables.delete("learning_rate", byTrainer)
        ]) {
          const error = yield* Effect.flip(
            Effect.asVoid<unknown, Variables.SetError | Variables.VersionNotFound, never>(attempt)
          )
          assert(error._tag === "NotPermitted")
          assert.include(error.message, "changes only by an accepted proposal")
        }
      })
    )
  )

  it.effect("one proposal changes several variables together", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        yield* variables.define(shared)
        yield* variables.define(batch)
        const team = yield* teamOf(yes)
        const { changes } = yield* variables.propose({
          changes: { learning_rate: 0.1, batch_size: 64 },
          team,
          by: "a0"
        })
        assert.deepStrictEqual(
          changes.map(({ to, variable }) => [variable, to]),
          [
            ["learning_rate", 0.1],
            ["batch_size", 64]
          ]
        )
      })
    )
  )

  it.effect("all of them change or none: one that changed meanwhile keeps the others as they are", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        yield* variables.define(shared)
        yield* variables.define(batch)
        const slow: Script = { vote: () => Effect.delay(Effect.succeed({ vote: "accept" } as const), 10) }
        const team = yield* teamOf(yes)
        const late = yield* teamOf([slow, slow, slow])
        const fiber = yield* Effect.forkChild(
          variables.propose({ changes: { learning_rate: 0.5, batch_size: 128 }, team: late, by: "late" }),
          { startImmediately: true }
        )
        yield* variables.propose({ changes: { batch_size: 64 }, team, by: "quick" })
        yield* TestClock.adjust(10)
        const proposed = yield* Fiber.join(fiber)
        assert.strictEqual(proposed.receipt.outcome, "accept")
        assert.isFalse(proposed.committed)
        assert.strictEqual(proposed.refused?.message, `"batch_size" is in version 2, not 1`)
        assert.strictEqual(yield* variables.get("learning_rate"), 0.01)
        assert.strictEqual(yield* variables.get("batch_size"), 64)
      })
    )
  )

  it.effect("a proposal that could not be made is not put to the vote", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        const { sessions } = yield* Coordination.Coordination
        yield* variables.define(shared)
        yield* variables.define({ ...rate, name: "owned" })
        const asked: Array<unknown> = []
        const team = yield* teamOf([
          {
            vote: () =>
              Effect.as(
                Effect.sync(() => asked.push(1)),
                { vote: "accept" } as const
              )
          }
        ])
        const refused = (changes: Record<string, unknown>) =>
          Effect.map(Effect.flip(variables.propose({ changes, team, by: "a0" })), ({ _tag }) => _tag)
        assert.strictEqual(yield* refused({ learning_rate: 2 }), "InvalidValue")
        assert.strictEqual(yield* refused({ other: 2 }), "VariableNotFound")
        assert.strictEqual(yield* refused({ learning_rate: 0.1, owned: 0.1 }), "NotShared")
        assert.deepStrictEqual([asked, yield* sessions], [[], []])
      })
    )
  )

  it.effect("members that do not acknowledge are named as silent, at the deadline at the latest", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        yield* variables.define(shared)
        const team = yield* teamOf([
          ...votes("accept", "accept", "accept", "accept"),
          { ...mute, vote: "accept" },
          { ...crashing, vote: "accept" }
        ])
        const fiber = yield* Effect.forkChild(
          variables.propose({ changes: { learning_rate: 0.1 }, team, by: "a0", deadline: "1 second" }),
          { startImmediately: true }
        )
        yield* TestClock.adjust("1 second")
        const { acknowledged, committed, silent } = yield* Fiber.join(fiber)
        assert.isTrue(committed)
        assert.deepStrictEqual(
          [acknowledged, silent],
          [
            ["a0", "a1", "a2", "a3"],
            ["a4", "a5"]
          ]
        )
      })
    )
  )

  it.effect("who has heard of one change but not of the other has not acknowledged", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        yield* variables.define(shared)
        yield* variables.define(batch)
        let changes = 0
        const once = Effect.suspend(() => (++changes === 2 ? Effect.die(new Error("too much")) : Effect.void))
        const team = yield* teamOf([...votes("accept", "accept"), { vote: "accept", changed: once }])
        const proposed = yield* variables.propose({
          changes: { learning_rate: 0.1, batch_size: 64 },
          team,
          by: "a0"
        })
        assert.deepStrictEqual([proposed.acknowledged, proposed.silent], [["a0", "a1"], ["a2"]])
      })
    )
  )

  it.effect("a team can be told of any variable but a local one", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        yield* variables.define(rate)
        yield* variables.define({ ...rate, name: "mine", scope: "local" })
        const told: Array<unknown> = []
        const team = yield* teamOf([{ told }])
        assert.deepStrictEqual(yield* variables.announce(["learning_rate"], { team }), {
          acknowledged: ["a0"],
          silent: []
        })
        assert.deepStrictEqual(told, [{ variable: "learning_rate", value: 0.01, version: 1 }])
        assert.strictEqual((yield* Effect.flip(variables.announce(["mine"], { team })))._tag, "NotShared")
        assert.strictEqual((yield* Effect.flip(variables.announce(["none"], { team })))._tag, "VariableNotFound")
      })
    )
  )
})

describe("a receipt", () => {
  /** A receipt of an accepted change of the learning rate to 0.1, and what else there is. */
  const accepted = (
    evidence: unknown = { by: "a0", baseVersions: { learning_rate: 1 } },
    value: unknown = { learning_rate: 0.1 }
  ) =>
    Effect.gen(function* () {
      const variables = yield* service
      const coordination = yield* Coordination.Coordination
      yield* variables.define(shared)
      const team = yield* teamOf(yes)
      const receipt = yield* coordination.decide({ team, proposal: { subject: "learning_rate", value, evidence } })
      const refusal = (receipt: Receipts.ConsensusReceipt) =>
        Effect.map(Effect.flip(variables.commit(receipt)), (error) => error)
      return { variables, coordination, team, receipt, refusal }
    })

  it.effect("changes what it says, once", () =>
    scoped(
      Effect.gen(function* () {
        const { receipt, refusal, variables } = yield* accepted()
        yield* turns
        const changes = yield* variables.commit(receipt)
        assert.deepStrictEqual(
          changes.map(({ to }) => to),
          [0.1]
        )
        assert.strictEqual((yield* refusal(receipt))._tag, "ReceiptUsed")
      })
    )
  )

  it.effect("that is forged in any part, or comes from elsewhere, is not known here", () =>
    scoped(
      Effect.gen(function* () {
        const { receipt, refusal, variables } = yield* accepted()
        const voters = receipt.participants.map((voter) => ({ voter, vote: "accept" }) as const)
        for (const forged of [
          { ...receipt, session: "s-99" },
          { ...receipt, proposal: { ...receipt.proposal, value: { learning_rate: 1 } } },
          { ...receipt, proposal: { ...receipt.proposal, evidence: { by: "b", baseVersions: { learning_rate: 1 } } } },
          { ...receipt, votes: voters, silent: [] },
          { ...receipt, participants: ["a0", "a1"], silent: [], votes: receipt.votes.slice(0, 2) }
        ]) {
          assert.isTrue(Receipts.verifyConsensus(forged))
          assert.strictEqual((yield* refusal(forged))._tag, "UnknownReceipt")
        }
        const tampered = yield* refusal({ ...receipt, outcome: "reject" })
        assert.include(tampered.message, "its outcome does not follow from its votes")
        assert.strictEqual((yield* variables.info("learning_rate")).version, 1)
      })
    )
  )

  it.effect("of another kind, without evidence, or of other variables than it says, changes nothing", () =>
    scoped(
      Effect.gen(function* () {
        const { coordination, refusal, team, variables } = yield* accepted()
        yield* variables.define(batch)
        const evidence = { by: "a0", baseVersions: { learning_rate: 1 } }
        for (const proposal of [
          { subject: "x", value: { learning_rate: 0.1 } },
          { subject: "x", value: 0.1, evidence },
          { subject: "x", value: [0.1], evidence },
          { subject: "x", value: {}, evidence: { by: "a0", baseVersions: {} } },
          { subject: "x", value: { batch_size: 64 }, evidence },
          { subject: "x", value: { learning_rate: 0.1, batch_size: 64 }, evidence }
        ]) {
          const error = yield* refusal(yield* coordination.decide({ team, proposal }))
          assert(error._tag === "InvalidReceipt")
          assert.include(error.message, "does not say which variables change")
        }
        const wrong = { subject: "x", value: { learning_rate: 2 }, evidence }
        assert.strictEqual((yield* refusal(yield* coordination.decide({ team, proposal: wrong })))._tag, "InvalidValue")
        const gone = { subject: "x", value: { gone: 2 }, evidence: { by: "a0", baseVersions: { gone: 1 } } }
        assert.strictEqual(
          (yield* refusal(yield* coordination.decide({ team, proposal: gone })))._tag,
          "VariableNotFound"
        )
        assert.strictEqual((yield* variables.info("learning_rate")).version, 1)
      })
    )
  )

  it.effect("by a rule weaker than that for variables changes nothing", () =>
    scoped(
      Effect.gen(function* () {
        const { coordination, receipt, refusal } = yield* accepted()
        const { proposal } = receipt
        const team = yield* teamOf(votes("accept", "reject", "reject", "reject", "reject"))
        for (const weaker of [
          { acceptAt: [1, 5] },
          { acceptAt: [1, 5], quorum: () => 1 },
          { base: "cast", acceptAt: [1, 5] }
        ] as ReadonlyArray<Partial<Consensus.Rule>>) {
          const rule = { ...Consensus.majority, ...weaker }
          const accepted = yield* coordination.decide({ team, proposal, rule, early: false })
          assert.strictEqual(accepted.outcome, "accept")
          const error = yield* refusal(accepted)
          assert.include(error.message, "weaker")
        }
        const one = yield* teamOf([...votes("accept"), ...Array.from({ length: 4 }, () => crashing)])
        const rule: Consensus.Rule = { ...Consensus.majority, quorum: () => 1, base: "cast" }
        const byOne = yield* coordination.decide({ team: one, proposal, rule, early: false })
        assert.strictEqual(byOne.outcome, "accept")
        assert.include((yield* refusal(byOne)).message, "weaker")
      })
    )
  )

  it.effect("of a layer with a stricter rule needs that rule; `propose` votes by it", () =>
    Effect.gen(function* () {
      const variables = yield* service
      yield* variables.define(shared)
      const team = yield* teamOf(votes("accept", "accept", "accept", "reject"))
      const proposed = yield* variables.propose({ changes: { learning_rate: 0.1 }, team, by: "a0" })
      assert.notStrictEqual(proposed.receipt.outcome, "accept")
      const byMajority = yield* variables.propose({
        changes: { learning_rate: 0.1 },
        team,
        by: "a0",
        rule: Consensus.majority
      })
      assert.strictEqual(byMajority.receipt.outcome, "accept")
      assert.strictEqual(byMajority.refused?._tag, "InvalidReceipt")
    }).pipe(
      Effect.scoped,
      Effect.provide(
        Variables.layer({ rule: { ...Consensus.majority, acceptAt: [1, 1] } }).pipe(
          Layer.provideMerge(Coordination.layer())
        )
      )
    )
  )

  it.effect("is unaffected by what the proposer does to its own object during the vote", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        yield* variables.define(shared)
        const changes: Record<string, number> = { learning_rate: 0.1 }
        const team = yield* teamOf([
          {
            vote: () =>
              Effect.as(
                Effect.sync(() => (changes["learning_rate"] = 1)),
                { vote: "accept" } as const
              )
          }
        ])
        yield* variables.propose({ changes, team, by: "a0" })
        assert.strictEqual(yield* variables.get("learning_rate"), 0.1)
      })
    )
  )

  it.effect("ends with the session: a cancelled proposal changes nothing", () =>
    scoped(
      Effect.gen(function* () {
        const variables = yield* service
        const coordination = yield* Coordination.Coordination
        yield* variables.define(shared)
        const team = yield* teamOf([mute])
        const fiber = yield* Effect.forkChild(variables.propose({ changes: { learning_rate: 0.1 }, team, by: "a0" }), {
          startImmediately: true
        })
        const [open] = yield* coordination.sessions
        yield* coordination.cancel(open!.id)
        const exit = yield* Fiber.await(fiber)
        assert(Exit.isFailure(exit))
        assert.strictEqual((yield* variables.info("learning_rate")).version, 1)
      })
    )
  )
})
