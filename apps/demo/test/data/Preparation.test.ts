import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as Preparation from "../../src/data/Preparation.ts"
import type { Dataset } from "../../src/data/Dataset.ts"
import * as SeededRandom from "../../src/data/SeededRandom.ts"
import { digits } from "./load.ts"

const SeedAndSizes = {
  seed: Schema.Int,
  sizes: Schema.NonEmptyArray(Schema.Int.check(Schema.isBetween({ minimum: 5, maximum: 60 })))
}

const labels = (sizes: ReadonlyArray<number>) =>
  Int32Array.from(sizes.flatMap((size, label) => Array.from({ length: size }, () => label)))

describe("split", () => {
  it.effect("cuts the digits into 1078, 360 and 359 rows", () =>
    Effect.map(digits, ({ y }) => {
      const { test, train, validation } = Preparation.split(y, 10, 1)
      assert.deepStrictEqual([train.length, validation.length, test.length], [1078, 360, 359])
    })
  )

  it.prop("gives each row to exactly one part", SeedAndSizes, ({ seed, sizes }) => {
    const y = labels(sizes)
    const { test, train, validation } = Preparation.split(y, sizes.length, seed)
    const all = [...train, ...validation, ...test].sort((a, b) => a - b)
    assert.deepStrictEqual(all, [...y.keys()])
  })

  it.prop(
    "gives each class 60, 20 and 20 % of its rows, within one row, and one row at least",
    SeedAndSizes,
    ({ seed, sizes }) => {
      const y = labels(sizes)
      const parts = Preparation.split(y, sizes.length, seed)
      sizes.forEach((size, label) => {
        const count = (rows: Int32Array) => rows.filter((row) => y[row] === label).length
        for (const [rows, share] of [
          [parts.train, 0.6],
          [parts.validation, 0.2],
          [parts.test, 0.2]
        ] as const) {
          assert.isAtLeast(count(rows), 1)
          assert.isAtMost(Math.abs(count(rows) - share * size), 1)
        }
      })
    }
  )

  it("draws the same parts from the same seed and others from another", () => {
    const y = labels([30, 30])
    assert.deepStrictEqual(Preparation.split(y, 2, 7), Preparation.split(y, 2, 7))
    assert.notDeepEqual([...Preparation.split(y, 2, 7).test], [...Preparation.split(y, 2, 8).test])
  })
})

/** Ten rows, classes in turn, from one function per column. */
const table = (columns: ReadonlyArray<(row: number) => number>, rows = 40): Dataset => ({
  features: columns.map((_, index) => `c${index}`),
  target: "t",
  classes: ["0", "1"],
  rows,
  x: Float64Array.from({ length: rows * columns.length }, (_, i) =>
    columns[i % columns.length]!(Math.floor(i / columns.length))
  ),
  y: Int32Array.from({ length: rows }, (_, row) => row % 2)
})

describe("prepare", () => {
  it("brings the training part to mean 0 and deviation 1", () => {
    const { stride, train, x } = Preparation.prepare(table([(row) => 1000 + 7 * row, (row) => -row / 1000]), 3)
    for (const column of [0, 1]) {
      const values = [...train].map((row) => x[row * stride + column]!)
      const mean = values.reduce((a, b) => a + b) / values.length
      assert.closeTo(mean, 0, 1e-9)
      assert.closeTo(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length, 1, 1e-9)
    }
  })

  it("computes the scale from the training part alone", () => {
    const dataset = table([(row) => row])
    const before = Preparation.prepare(dataset, 3)
    const x = dataset.x.slice()
    for (const row of [...before.validation, ...before.test]) x[row] = 1e6 + row
    const after = Preparation.prepare({ ...dataset, x }, 3)
    for (const row of before.train) assert.strictEqual(after.x[row * after.stride], before.x[row * before.stride])
    for (const row of before.test) assert.strictEqual(after.x[row * after.stride], Preparation.CLIP)
  })

  it("turns constant columns into 0, also where they vary outside the training part, and pads rows with 0", () => {
    const dataset = table([(row) => row, () => 0.1, () => 1e300, (row) => 1e308 * (row % 2 === 0 ? 1 : -1), () => -5])
    const { inputs, stride, train, x } = Preparation.prepare(dataset, 1)
    assert.deepStrictEqual([inputs, stride], [5, 8])
    for (const row of train) {
      for (const column of [1, 2, 4, 5, 6, 7]) assert.strictEqual(x[row * stride + column], 0)
    }
    assert.isTrue(x.every((value) => Math.abs(value) <= Preparation.CLIP))
  })
})

describe("SeededRandom", () => {
  it("repeats itself from a seed, and forks do not move their parent", () => {
    const draw = (random: SeededRandom.SeededRandom) => Array.from({ length: 5 }, () => random.uint32())
    assert.deepStrictEqual(draw(SeededRandom.make(5)), draw(SeededRandom.make(5)))
    const parent = SeededRandom.make(5)
    const child = parent.fork("a")
    assert.deepStrictEqual(draw(parent), draw(SeededRandom.make(5)))
    assert.notDeepEqual(draw(child), draw(SeededRandom.make(5).fork("b")))
    assert.notDeepEqual(draw(SeededRandom.make(5)), draw(SeededRandom.make(5 + 2 ** 32)))
    assert.notDeepEqual(draw(SeededRandom.make(1)), draw(SeededRandom.make(-1)))
  })

  it("has the moments of its distributions", () => {
    const random = SeededRandom.make(11)
    const n = 20000
    const normals = Array.from({ length: n }, random.normal)
    assert.closeTo(normals.reduce((a, b) => a + b) / n, 0, 0.03)
    assert.closeTo(normals.reduce((a, b) => a + b * b, 0) / n, 1, 0.04)
    const dice = [0, 0, 0, 0, 0, 0]
    for (let i = 0; i < n; i++) dice[random.below(6)]!++
    for (const count of dice) assert.closeTo(count / n, 1 / 6, 0.015)
  })
})
