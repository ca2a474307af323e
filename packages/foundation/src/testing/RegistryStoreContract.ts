/**
 * What every registry store must do, as a suite that any backend can run.
 *
 * **When to use** Call `suite("my backend", layer)` in a test file of your backend. The layer is built once for the
 * suite; tests bring sessions and namespaces of their own. Stores that are shared are asked to let leases run out: the
 * suite waits for that on the store's own clock, for a few hundred milliseconds in all.
 *
 * @since 0.1.0
 */
import { assert, layer as layerBlock } from "@effect/vitest"
import { Effect, Result } from "effect"
import type { Layer } from "effect"
import { type Condition, type Metadata, type Term, RegistryStore } from "../registry/RegistryStore.ts"
import { campaign } from "./law.ts"
import { followModel } from "./registryStore/model.ts"
import {
  afterLease,
  forEver,
  fresh,
  open,
  rowOf,
  claimAll,
  claim,
  idOf,
  found,
  plain,
  keysOf,
  shortLease,
  scalarTerm,
  memberTerm
} from "./registryStore/shared.ts"

/** Runs the contract against the backend that `layer` builds. */
export const suite = <E>(name: string, layer: Layer.Layer<RegistryStore, E>): void =>
  layerBlock(layer, { timeout: "60 seconds" })(`RegistryStore contract: ${name}`, (it) => {
    // Claims

    it.effect("a claim is found as it was made, at revision 1", () =>
      Effect.gen(function* () {
        const [session, space] = [yield* open(), fresh("space")]
        const metadata: Metadata = { a: [1, "two", null, { deep: true }], text: "\u0000 \ud800 “ü”", __proto: -0.5 }
        const row = rowOf(session, space, "key", { metadata })
        assert.strictEqual(yield* claim(row), "won")
        assert.deepStrictEqual(yield* found(space, "key"), plain(row))
        assert.isUndefined(yield* found(space, "other"))
        assert.isUndefined(yield* found(fresh("space"), "key"))
      })
    )

    it.effect("B29: a second claim is told who holds the name; the holder keeps it", () =>
      Effect.gen(function* () {
        const [session, space] = [yield* open(), fresh("space")]
        const first = rowOf(session, space, "key", { label: "first" })
        yield* claim(first)
        const other = yield* open()
        for (const by of [session, other]) {
          assert.deepStrictEqual(yield* claim(rowOf(by, space, "key", { label: "second" })), idOf(first))
        }
        assert.strictEqual((yield* found(space, "key"))?.label, "first")
      })
    )

    it.effect("claims of one batch are answered each by itself, the first of a name wins", () =>
      Effect.gen(function* () {
        const [session, space] = [yield* open(), fresh("space")]
        const taken = rowOf(session, space, "taken")
        yield* claim(taken)
        const rows = ["a", "taken", "b", "a"].map((key) => rowOf(session, space, key))
        const claimed = yield* claimAll(rows)
        assert.strictEqual(claimed._tag, "Claimed")
        const holders = claimed._tag === "Claimed" ? claimed.holders : []
        assert.deepStrictEqual(
          holders.map((holder) => holder?.claim),
          [undefined, taken.claim, undefined, rows[0]!.claim]
        )
        assert.strictEqual((yield* found(space, "a"))?.claim, rows[0]!.claim)
        assert.deepStrictEqual(yield* claimAll([]), { _tag: "Claimed", holders: [] })
      })
    )

    it.effect("B32: of 50 concurrent claims of one name one wins; of 50 names each is there", () =>
      Effect.gen(function* () {
        const [session, space] = [yield* open(), fresh("space")]
        const other = yield* open()
        const rows = Array.from({ length: 50 }, (_, index) => rowOf(index % 2 === 0 ? session : other, space, "one"))
        const answers = yield* Effect.forEach(rows, claim, { concurrency: "unbounded" })
        const winners = rows.filter((_, index) => answers[index] === "won")
        assert.strictEqual(winners.length, 1)
        assert.strictEqual((yield* found(space, "one"))?.claim, winners[0]!.claim)
        yield* Effect.forEach(rows, (row, index) => claim({ ...row, key: `many-${index}` }), {
          concurrency: "unbounded"
        })
        const store = yield* RegistryStore
        assert.strictEqual((yield* store.counts).get(space), 51)
      })
    )

    // Releases

    it.effect("B29: a released name is free, and releasing what nobody holds is no failure", () =>
      Effect.gen(function* () {
        const store = yield* RegistryStore
        const [session, space] = [yield* open(), fresh("space")]
        const row = rowOf(session, space, "key")
        yield* claim(row)
        yield* store.release([row, rowOf(session, space, "unknown")])
        yield* store.release([row])
        assert.isUndefined(yield* found(space, "key"))
        assert.strictEqual(yield* claim(rowOf(session, space, "key")), "won")
      })
    )

    it.effect("a late release of an earlier claim does not touch the next holder", () =>
      Effect.gen(function* () {
        const store = yield* RegistryStore
        const [session, space] = [yield* open(), fresh("space")]
        const [first, second] = [rowOf(session, space, "key"), rowOf(session, space, "key")]
        yield* claim(first)
        yield* store.release([first])
        yield* claim(second)
        yield* store.release([first, { ...second, session: yield* open() }])
        assert.strictEqual((yield* found(space, "key"))?.claim, second.claim)
      })
    )

    it.effect("a retired session leaves nothing, and claims nothing more", () =>
      Effect.gen(function* () {
        const store = yield* RegistryStore
        const [session, other, space] = [yield* open(), yield* open(), fresh("space")]
        for (const key of ["a", "b"]) yield* claim(rowOf(session, space, key, { terms: [scalarTerm("kind", "x")] }))
        yield* claim(rowOf(other, space, "c", { terms: [scalarTerm("kind", "x")] }))
        yield* store.retire(session)
        assert.deepStrictEqual(keysOf(yield* store.page(space, undefined, 10)), ["c"])
        const conditions: ReadonlyArray<Condition> = [{ field: "kind", operator: "=", value: "x" }]
        assert.deepStrictEqual(keysOf(yield* store.query(space, conditions, 10)), ["c"])
        assert.strictEqual(yield* claim(rowOf(session, space, "a")), "lapsed")
        assert.isFalse(yield* store.renew(session, forEver))
        yield* store.retire(session)
      })
    )

    // Metadata

    it.effect("B29: metadata of an unknown name is not updated; a known one's is replaced at the next revision", () =>
      Effect.gen(function* () {
        const store = yield* RegistryStore
        const [session, space] = [yield* open(), fresh("space")]
        const missing = yield* store.update(space, "key", { metadata: { a: 1 }, terms: [] })
        assert.deepStrictEqual(missing, { _tag: "Missing" })
        const row = rowOf(session, space, "key", { metadata: { a: 1, b: 2 } })
        yield* claim(row)
        const updated = yield* store.update(space, "key", { metadata: { a: 1, d: 4 }, terms: [] })
        assert.strictEqual(updated._tag, "Updated")
        assert.deepStrictEqual(yield* found(space, "key"), plain({ ...row, metadata: { a: 1, d: 4 }, revision: 2 }))
      })
    )

    it.effect("of many changes against one revision exactly one is made", () =>
      Effect.gen(function* () {
        const store = yield* RegistryStore
        const [session, space] = [yield* open(), fresh("space")]
        yield* claim(rowOf(session, space, "key"))
        const answers = yield* Effect.forEach(
          Array.from({ length: 10 }, (_, index) => index),
          (index) => store.update(space, "key", { metadata: { index }, terms: [], revision: 1 }),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(answers.filter((answer) => answer._tag === "Updated").length, 1)
        const conflicts = answers.flatMap((answer) => (answer._tag === "Conflict" ? [answer.row.revision] : []))
        assert.deepStrictEqual(
          conflicts,
          Array.from({ length: 9 }, () => 2)
        )
      })
    )

    it.effect("a change for a claim does not touch the next holder", () =>
      Effect.gen(function* () {
        const store = yield* RegistryStore
        const [session, space] = [yield* open(), fresh("space")]
        const [first, second] = [rowOf(session, space, "key"), rowOf(session, space, "key")]
        yield* claim(first)
        yield* store.release([first])
        yield* claim(second)
        const change = { metadata: { a: 1 }, terms: [] }
        assert.deepStrictEqual(yield* store.update(space, "key", { ...change, claim: first }), { _tag: "Missing" })
        assert.strictEqual((yield* store.update(space, "key", { ...change, claim: second }))._tag, "Updated")
      })
    )

    // Queries

    it.effect("A26: queries find exactly the rows whose terms meet every condition", () =>
      Effect.gen(function* () {
        const store = yield* RegistryStore
        const [session, space] = [yield* open(), fresh("space")]
        const long = "x".repeat(3000)
        const entries: ReadonlyArray<readonly [string, ReadonlyArray<Term>]> = [
          ["a", [scalarTerm("kind", "ml"), scalarTerm("load", 0.5), memberTerm("tags", "gpu"), memberTerm("tags", 7)]],
          ["b", [scalarTerm("kind", "ml"), scalarTerm("load", -2), memberTerm("tags", "cpu")]],
          ["c", [scalarTerm("kind", "db"), scalarTerm("load", 10), scalarTerm("up", true)]],
          ["d", [scalarTerm("kind", null), scalarTerm("load", "10"), scalarTerm("tags", "gpu")]],
          ["e", [scalarTerm("kind", `${long}1`)]],
          ["f", [scalarTerm("kind", `${long}2`)]]
        ]
        yield* claimAll(entries.map(([key, terms]) => rowOf(session, space, key, { terms })))
        const query = (...conditions: ReadonlyArray<Condition>) =>
          Effect.map(store.query(space, conditions, 100), keysOf)
        const is = (field: string, value: Term["value"]): Condition => ({ field, operator: "=", value })
        assert.deepStrictEqual(yield* query(is("kind", "ml")), ["a", "b"])
        assert.deepStrictEqual(yield* query(is("kind", null)), ["d"])
        assert.deepStrictEqual(yield* query(is("kind", `${long}1`)), ["e"])
        assert.deepStrictEqual(yield* query(is("up", true)), ["c"])
        assert.deepStrictEqual(yield* query(is("tags", "gpu")), ["d"])
        assert.deepStrictEqual(yield* query(is("kind", "none")), [])
        assert.deepStrictEqual(yield* query({ field: "tags", operator: "has", value: "gpu" }), ["a"])
        assert.deepStrictEqual(yield* query({ field: "tags", operator: "has", value: 7 }), ["a"])
        assert.deepStrictEqual(yield* query({ field: "kind", operator: "in", value: ["db", null, "db"] }), ["c", "d"])
        assert.deepStrictEqual(yield* query({ field: "kind", operator: "in", value: [] }), [])
        assert.deepStrictEqual(yield* query({ field: "load", operator: ">=", value: 0.5 }), ["a", "c"])
        assert.deepStrictEqual(yield* query({ field: "load", operator: ">", value: 0.5 }), ["c"])
        assert.deepStrictEqual(yield* query({ field: "load", operator: "<=", value: 0.5 }), ["a", "b"])
        assert.deepStrictEqual(yield* query({ field: "load", operator: "<", value: 0.5 }), ["b"])
        assert.deepStrictEqual(
          yield* query(
            is("kind", "ml"),
            { field: "load", operator: ">", value: 0 },
            {
              field: "tags",
              operator: "has",
              value: "gpu"
            }
          ),
          ["a"]
        )
        assert.strictEqual((yield* store.query(space, [is("kind", "ml")], 1)).length, 1)
      })
    )

    it.effect("A27: a change of metadata moves a row between index entries, a release removes it from all", () =>
      Effect.gen(function* () {
        const store = yield* RegistryStore
        const [session, space] = [yield* open(), fresh("space")]
        const row = rowOf(session, space, "key", { terms: [scalarTerm("health", "good")] })
        const by = (value: string) => store.query(space, [{ field: "health", operator: "=", value }], 10)
        yield* claim(row)
        assert.strictEqual((yield* by("good")).length, 1)
        yield* store.update(space, "key", { metadata: { health: "bad" }, terms: [scalarTerm("health", "bad")] })
        assert.strictEqual((yield* by("good")).length, 0)
        assert.strictEqual((yield* by("bad")).length, 1)
        yield* store.release([row])
        assert.strictEqual((yield* by("bad")).length, 0)
        yield* claim(rowOf(session, space, "key"))
        assert.strictEqual((yield* by("bad")).length, 0)
      })
    )

    // Lists

    it.effect("pages hold each row once, whatever their size", () =>
      Effect.gen(function* () {
        const store = yield* RegistryStore
        const [session, space] = [yield* open(), fresh("space")]
        const keys = ["b", "a", "ä", "Z", "\u{1F600}", "\uFF5E", "aa", "a'b", "%", "constructor"]
        yield* claimAll(keys.map((key) => rowOf(session, space, key)))
        for (const size of [1, 3, 10, 100]) {
          const seen: Array<string> = []
          let page = yield* store.page(space, undefined, size)
          while (page.length > 0) {
            assert.isAtMost(page.length, size)
            seen.push(...page.map((row) => row.key))
            page = yield* store.page(space, seen.at(-1), size)
          }
          assert.deepStrictEqual(seen.toSorted(), keys.toSorted())
        }
      })
    )

    it.effect("listeners hear of claims, changes and releases, until they are silenced", () =>
      Effect.gen(function* () {
        const store = yield* RegistryStore
        const [session, space] = [yield* open(), fresh("space")]
        const heard: Array<string> = []
        const silence = store.listen((namespace, key) => {
          if (namespace === space) heard.push(key)
        })
        const row = rowOf(session, space, "key")
        yield* claim(row)
        yield* store.update(space, "key", { metadata: {}, terms: [] })
        yield* store.release([row])
        silence()
        yield* claim(rowOf(session, space, "other"))
        assert.deepStrictEqual(heard, ["key", "key", "key"])
      })
    )

    // Leases

    it.effect("the names of a session that runs out are free, for good; of one that is renewed they are not", () =>
      Effect.gen(function* () {
        const store = yield* RegistryStore
        if (!store.shared) return
        const [lost, kept, space] = [yield* open(shortLease), yield* open(shortLease), fresh("space")]
        const terms = [scalarTerm("kind", "x")]
        yield* claim(rowOf(lost, space, "lost", { terms }))
        yield* claim(rowOf(kept, space, "kept", { terms }))
        assert.isTrue(yield* store.renew(kept, forEver))
        yield* afterLease
        assert.isUndefined(yield* found(space, "lost"))
        assert.isDefined(yield* found(space, "kept"))
        assert.deepStrictEqual(keysOf(yield* store.page(space, undefined, 10)), ["kept"])
        assert.deepStrictEqual(keysOf(yield* store.query(space, [{ field: "kind", operator: "=", value: "x" }], 9)), [
          "kept"
        ])
        assert.strictEqual((yield* store.counts).get(space), 1)
        const change = { metadata: {}, terms: [] }
        assert.deepStrictEqual(yield* store.update(space, "lost", change), { _tag: "Missing" })
        assert.isFalse(yield* store.renew(lost, forEver))
        assert.strictEqual(yield* claim(rowOf(lost, space, "more")), "lapsed")
        const next = rowOf(kept, space, "lost")
        assert.strictEqual(yield* claim(next), "won")
        assert.strictEqual((yield* found(space, "lost"))?.session, kept)
      })
    )

    it.effect("B30: what sessions that ran out have left is counted, and removed once", () =>
      Effect.gen(function* () {
        const store = yield* RegistryStore
        if (!store.shared) return
        yield* store.lapsed(true)
        const [session, kept, space] = [yield* open(shortLease), yield* open(), fresh("space")]
        yield* claimAll(["a", "b", "c"].map((key) => rowOf(session, space, key)))
        yield* claim(rowOf(kept, space, "d"))
        assert.strictEqual(yield* store.lapsed(false), 0)
        yield* afterLease
        assert.strictEqual(yield* store.lapsed(false), 3)
        assert.strictEqual(yield* store.lapsed(true), 3)
        assert.strictEqual(yield* store.lapsed(true), 0)
        assert.deepStrictEqual(keysOf(yield* store.page(space, undefined, 10)), ["d"])
      })
    )

    it.effect("A23: claims after everything was removed behind a session's back say that it is over", () =>
      Effect.gen(function* () {
        const store = yield* RegistryStore
        const [session, space] = [yield* open(), fresh("space")]
        yield* claim(rowOf(session, space, "a"))
        yield* store.retire(session)
        assert.strictEqual(yield* claim(rowOf(session, space, "a")), "lapsed")
        const next = yield* open()
        assert.strictEqual(yield* claim(rowOf(next, space, "a")), "won")
      })
    )

    // Laws

    const law = "any sequence of steps answers as the model does"
    it.effect(law, () =>
      Effect.gen(function* () {
        const store = yield* RegistryStore
        const firstSeed = Number(process.env["SEED"] ?? 1)
        const runs = process.env["SEED"] === undefined ? campaign(200, 2_000) : 1
        for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
          const problem = yield* Effect.result(followModel(store, seed))
          if (Result.isFailure(problem)) {
            assert.fail(`${String(problem.failure)}; replay with: SEED=${seed} npx vitest run -t "${law}"`)
          }
        }
      })
    )
  })
