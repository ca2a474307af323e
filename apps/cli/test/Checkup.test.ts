import { assert, describe, it } from "@effect/vitest"
import { type Facts, examine, memoryFail, memoryWarn, orderProblem } from "../src/Checkup.ts"

const place = { path: "here", problem: undefined, bytesFree: 10 ** 12 }

const healthy: Facts = {
  node: "24.21.0",
  cores: 4,
  bytesAvailable: memoryWarn,
  sqliteProblem: undefined,
  working: place,
  out: place,
  storeFile: "s.sqlite",
  store: { _tag: "Sound", events: 1, streams: 1 }
}

const statuses = (facts: Partial<Facts>) =>
  examine({ ...healthy, ...facts }).flatMap(({ name, status }) => (status === "ok" ? [] : [`${name}: ${status}`]))

describe("the check-up", () => {
  it("finds nothing on a healthy machine", () => {
    assert.deepStrictEqual(statuses({}), [])
    assert.deepStrictEqual(statuses({ store: { _tag: "Absent" } }), [])
  })

  it("knows the oldest Node that will do", () => {
    assert.deepStrictEqual(statuses({ node: "22.18.0" }), ["node: fail"])
    assert.deepStrictEqual(statuses({ node: "22.19.0" }), [])
    assert.deepStrictEqual(statuses({ node: "20.9.0" }), ["node: fail"])
    assert.deepStrictEqual(statuses({ node: "26.0.0" }), [])
  })

  it("warns of little, and fails on too little", () => {
    assert.deepStrictEqual(statuses({ cores: 1 }), ["cores: warn"])
    assert.deepStrictEqual(statuses({ bytesAvailable: memoryWarn - 1 }), ["memory: warn"])
    assert.deepStrictEqual(statuses({ bytesAvailable: memoryFail - 1 }), ["memory: fail"])
    assert.deepStrictEqual(statuses({ out: { ...place, bytesFree: 50 * 2 ** 20 } }), ["out directory: warn"])
    assert.deepStrictEqual(statuses({ working: { ...place, bytesFree: 0 } }), ["working directory: fail"])
  })

  it("fails where the job could not work, and says what to do for everything that is not in order", () => {
    const problem = "permission denied"
    const facts: Facts = {
      ...healthy,
      cores: 1,
      sqliteProblem: "no such module",
      working: { ...place, problem },
      out: { ...place, problem },
      store: { _tag: "Inconsistent", problem: "a hole" }
    }
    const found = examine(facts).filter(({ status }) => status !== "ok")
    assert.deepStrictEqual(
      found.map(({ name, status }) => `${name}: ${status}`),
      ["sqlite: fail", "cores: warn", "working directory: fail", "out directory: fail", "store: fail"]
    )
    for (const { fix } of found) assert.isNotEmpty(fix)
  })
})

describe("the order of a log", () => {
  const problem = (...events: ReadonlyArray<readonly [number, string, number]>) =>
    orderProblem(
      { position: 0, versions: new Map() },
      events.map(([position, stream, version]) => ({ position, stream, version }))
    )

  it("is sound when positions grow and versions follow each other, also after a pruned start", () => {
    assert.isUndefined(problem([1, "a", 1], [2, "b", 1], [3, "a", 2]))
    assert.isUndefined(problem([7, "a", 4], [9, "a", 5]))
  })

  it("is broken by a gap, a repetition, or a position that steps back", () => {
    assert.include(problem([1, "a", 1], [2, "a", 3]), 'stream "a" goes from version 1 to 3')
    assert.include(problem([1, "a", 1], [2, "a", 1]), "from version 1 to 1")
    assert.include(problem([2, "a", 1], [1, "b", 1]), "position 1 comes after position 2")
  })
})
