import { assert, describe, it } from "@effect/vitest"
import * as Random from "../../src/internal/random.ts"

describe("random", () => {
  it("gives the published first numbers of xoshiro128++", () => {
    const state = Uint32Array.of(1, 2, 3, 4)
    const published = [
      641, 1573767, 3222811527, 3517856514, 836907274, 4247214768, 3867114732, 1355841295, 495546011, 621204420
    ]
    assert.deepStrictEqual(
      published.map(() => Random.next32(state)),
      published
    )
  })

  it("derives other streams from other paths, and the same from the same", () => {
    const paths = [[0], [1], [-1], [0, 0], [0, 1], [1, 0], [2 ** 32], [2 ** 32 + 1], [2 ** 52], [-(2 ** 52)]]
    const firsts = paths.map((path) => Random.next32(Random.stream(...path)))
    assert.strictEqual(new Set(firsts).size, paths.length)
    assert.deepStrictEqual(
      firsts,
      paths.map((path) => Random.next32(Random.stream(...path)))
    )
  })

  it("is even over neighbouring streams, as over one", () => {
    const cells = new Float64Array(16)
    const n = 32_000
    for (let trial = 0; trial < n; trial++) cells[Math.floor(Random.uniform(Random.stream(7, trial)) * 16)]! += 1
    let chiSquare = 0
    for (const count of cells) chiSquare += (count - n / 16) ** 2 / (n / 16)
    // 15 degrees of freedom: above 37.7 once in a thousand.
    assert.isBelow(chiSquare, 37.7)
  })
})
