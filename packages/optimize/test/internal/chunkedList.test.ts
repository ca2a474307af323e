import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Schema } from "effect"
import * as ChunkedList from "../../src/internal/chunkedList.ts"
import * as Random from "../../src/internal/random.ts"

const seeds = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))

describe("chunkedList", () => {
  law("is an array whose versions stay as they were", campaign(300, 5_000), seeds, (seed) => {
    const random = Random.stream(seed)
    // Sizes around the chunks' borders.
    const start = [0, 1, 255, 256, 257, 511, 512, 700][Random.below(random, 8)]!
    const plain = Array.from({ length: start }, (_, i) => i)
    const versions = [{ list: ChunkedList.from(plain), array: plain }]
    for (let i = 0; i < 20; i++) {
      const { array, list } = versions[Random.below(random, versions.length)]!
      const index = Random.below(random, 3) === 0 ? array.length : Random.below(random, array.length + 1)
      const changed = array.slice()
      changed[index] = -i
      const next =
        Random.below(random, 2) === 0
          ? ChunkedList.set(list, index, -i)
          : ChunkedList.setInPlace(ChunkedList.clone(list), index, -i)
      versions.push({ list: next, array: changed })
    }
    for (const { array, list } of versions) {
      assert.strictEqual(list.size, array.length)
      assert.deepStrictEqual(ChunkedList.toArray(list), array)
      const index = Random.below(random, array.length + 2)
      assert.strictEqual(ChunkedList.get(list, index), array[index])
    }
    return true
  })

  it("has nothing outside of its indexes", () => {
    const list = ChunkedList.from(["a", "b"])
    for (const index of [-1, 2, 0.5, 256, Number.NaN]) assert.isUndefined(ChunkedList.get(list, index))
    assert.isUndefined(ChunkedList.get(ChunkedList.empty, 0))
  })

  it("shares all chunks but the changed one", () => {
    const list = ChunkedList.from(Array.from({ length: 1_000 }, (_, i) => i))
    const changed = ChunkedList.set(list, 300, -1)
    assert.deepStrictEqual(
      changed.chunks.map((chunk, i) => chunk === list.chunks[i]),
      [true, false, true, true]
    )
  })
})
