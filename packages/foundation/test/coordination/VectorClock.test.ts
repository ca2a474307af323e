import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as VectorClock from "../../src/coordination/VectorClock.ts"

const { compare, get, increment, makeUnsafe, merge, prune } = VectorClock
const clock = (entries: Record<string, number>) => makeUnsafe(Object.entries(entries))
const decode = Schema.decodeUnknownResult(VectorClock.VectorClock)
const encode = Schema.encodeSync(VectorClock.VectorClock)

describe("VectorClock", () => {
  it("106: the merge of two clocks takes the larger count of each node", () => {
    const merged = merge(clock({ n1: 2, n2: 1, n3: 0 }), clock({ n1: 1, n2: 3, n4: 2 }))
    assert.deepStrictEqual(
      ["n1", "n2", "n3", "n4"].map((node) => get(merged, node)),
      [2, 3, 0, 2]
    )
    assert.isFalse(merged.has("n3"), "a zero is not stored")
  })

  it("106: a comparison tells before, after, concurrent and equal apart", () => {
    const early = clock({ n1: 1, n2: 1 })
    const late = clock({ n1: 2, n2: 1 })
    assert.strictEqual(compare(early, late), "before")
    assert.strictEqual(compare(late, early), "after")
    assert.strictEqual(compare(late, clock({ n1: 1, n2: 2 })), "concurrent")
    assert.strictEqual(compare(early, clock({ n2: 1, n1: 1, n3: 0 })), "equal")
    assert.strictEqual(compare(VectorClock.empty, early), "before")
    assert.strictEqual(compare(clock({ a: 1 }), clock({ b: 1 })), "concurrent")
  })

  it("an increment leaves the argument alone", () => {
    const before = clock({ a: 1 })
    assert.strictEqual(get(increment(before, "a"), "a"), 2)
    assert.strictEqual(get(before, "a"), 1)
    assert.strictEqual(get(increment(before, "b"), "b"), 1)
  })

  it("nodes may be called like the members of an object", () => {
    const odd = increment(increment(VectorClock.empty, "constructor"), "__proto__")
    assert.strictEqual(get(odd, "constructor"), 1)
    assert.strictEqual(get(odd, "__proto__"), 1)
    assert.strictEqual(get(VectorClock.empty, "constructor"), 0)
    assert.strictEqual(compare(Schema.decodeSync(VectorClock.VectorClock)(encode(odd)), odd), "equal")
  })

  it("pruning forgets those who are no members", () => {
    const pruned = prune(clock({ a: 1, b: 2, c: 3 }), ["c", "a", "a", "stranger"])
    assert.deepStrictEqual([...pruned].sort(), [
      ["a", 1],
      ["c", 3]
    ])
    assert.isTrue(VectorClock.includes(clock({ a: 1, b: 2, c: 3 }), pruned))
  })

  it("a clock is encoded as pairs sorted by node", () => {
    assert.deepStrictEqual(encode(clock({ b: 2, a: 1 })), [
      ["a", 1],
      ["b", 2]
    ])
  })

  it("the codec drops zeros and refuses what is no clock", () => {
    const decoded = decode([
      ["a", 0],
      ["b", 1]
    ])
    assert.isTrue(decoded._tag === "Success" && decoded.success.size === 1)
    const junk: ReadonlyArray<unknown> = [
      [["a", -1]],
      [["a", 1.5]],
      [["a", 2 ** 50]],
      [
        ["a", 1],
        ["a", 2]
      ],
      [["", 1]],
      [["x".repeat(256), 1]],
      Array.from({ length: VectorClock.nodesMax + 1 }, (_, i) => [`n${i}`, 1]),
      { a: 1 },
      null
    ]
    for (const value of junk) assert.strictEqual(decode(value)._tag, "Failure")
  })

  it("known-good entries that are not good throw", () => {
    assert.throws(() => makeUnsafe([["a", -1]]), RangeError)
    assert.throws(() => makeUnsafe([["a", 0.5]]), RangeError)
  })

  it.effect("a clock fits into other schemas and into JSON", () =>
    Effect.gen(function* () {
      const Update = Schema.Struct({ value: Schema.String, clock: VectorClock.VectorClock })
      const codec = Schema.fromJsonString(Update)
      const text = yield* Schema.encodeEffect(codec)({ value: "v", clock: clock({ a: 1 }) })
      const update = yield* Schema.decodeEffect(codec)(text)
      assert.strictEqual(compare(update.clock, clock({ a: 1 })), "equal")
    })
  )
})
