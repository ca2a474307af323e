import { assert, describe, it } from "@effect/vitest"
import { Equal } from "effect"
import { VersionedMap } from "../../src/internal/versionedMap.ts"
import { dice, plans } from "../economy/dice.ts"
import { campaign, law } from "@foundation/core/testing/law"

describe("VersionedMap", () => {
  law(
    "every version, however old and in whatever order it is asked, reads as it was made",
    campaign(3000, 30_000),
    plans(60),
    ({ length, seed }) => {
      const source = dice(seed)
      const versions = [
        { map: VersionedMap.empty<string, number | undefined>(), truth: new Map<string, number | undefined>() }
      ]
      const check = ({ map, truth }: (typeof versions)[number]) =>
        map.size === truth.size &&
        ["a", "b", "c", "d"].every((key) => map.has(key) === truth.has(key) && map.get(key) === truth.get(key))
      for (let index = 0; index < length; index++) {
        // Mostly the newest, often another one: forks of forks.
        const from = versions[source.share() < 0.5 ? versions.length - 1 : source.below(versions.length)]
        if (from === undefined) return false
        const key = source.pick(["a", "b", "c", "d"])
        const truth = new Map(from.truth)
        if (source.share() < 0.3) {
          truth.delete(key)
          versions.push({ map: from.map.delete(key), truth })
        } else {
          const value = source.share() < 0.1 ? undefined : index
          truth.set(key, value)
          versions.push({ map: from.map.set(key, value), truth })
        }
        const other = versions[source.below(versions.length)]
        if (other === undefined || !check(other)) return false
      }
      return versions.every(check)
    }
  )

  it("versions with the same entries are equal, whatever their history", () => {
    const empty = VersionedMap.empty<string, { x: bigint }>()
    const one = empty.set("a", { x: 1n }).set("b", { x: 2n })
    const two = empty.set("b", { x: 3n }).set("a", { x: 1n }).set("b", { x: 2n })
    assert.isTrue(Equal.equals(one, two))
    assert.isFalse(Equal.equals(one, two.set("a", { x: 2n })))
    assert.isFalse(Equal.equals(one, empty))
    assert.isTrue(Equal.equals({ state: one }, { state: two }))
  })

  it("a long way back takes no stack; versions of every line read as they were made", () => {
    const first = VersionedMap.empty<number, number>()
    const kept = [first]
    let last = first
    for (let index = 0; index < 200_000; index++) {
      last = last.set(index % 10, index)
      if (index % 777 === 0) kept.push(last)
    }
    assert.strictEqual(first.size, 0)
    assert.strictEqual(last.get(9), 199_999)
    for (const [index, version] of kept.entries())
      if (index > 0) assert.strictEqual(version.get((777 * (index - 1)) % 10), 777 * (index - 1))
  })

  it("what is kept of a line does not grow with the lines after it", () => {
    // Forks of an old version start from its own line: as many steps as that has changes, however many followed.
    const first = VersionedMap.empty<number, number>().set(0, 0)
    let last = first
    for (let index = 1; index < 5000; index++) last = last.set(index % 7, index)
    const fork = first.set(1, -1)
    assert.deepStrictEqual(fork.entries(), [
      [0, 0],
      [1, -1]
    ])
    assert.strictEqual(last.get(1), 4999 - ((4999 - 1) % 7))
  })
})
