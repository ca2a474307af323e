import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Result } from "effect"
import * as Grid from "../../src/sampler/Grid.ts"
import type { OptionsJson } from "../../src/sampler/Sampler.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import type { Value } from "../../src/space/SearchSpace.ts"
import * as Study from "../../src/study/Study.ts"
import { cases } from "../spaces.ts"

const gridOf = <D extends SearchSpace.Declaration>(space: SearchSpace.SearchSpace<D>, options: OptionsJson = {}) =>
  Result.getOrThrow(Grid.of(space, { points: 5, ...options }))

const allOf = <D extends SearchSpace.Declaration>({ at, size }: Grid.Grid<D>) =>
  Array.from({ length: size }, (_, i) => at(i))

const tree = SearchSpace.makeUnsafe({
  branch: SearchSpace.categorical(["a", "b"]),
  depth: SearchSpace.when("branch = b", SearchSpace.int(1, 3)),
  rate: SearchSpace.when("branch = b and depth >= 3", SearchSpace.logFloat(0.01, 1)),
  flag: SearchSpace.boolean()
})

const refusalOf = (space: SearchSpace.SearchSpace, options: OptionsJson) => {
  const grid = Grid.of(space, { points: 5, ...options })
  assert(Result.isFailure(grid))
  return grid.failure
}

/** All combinations, by trying every value of every active variable: no sharing, no counting. */
const listed = (space: SearchSpace.SearchSpace, values: ReadonlyArray<ReadonlyArray<Value>>, max: number) => {
  const found: Array<ReadonlyArray<Value | undefined>> = []
  const extend = (chosen: ReadonlyArray<Value | undefined>): void => {
    if (found.length > max) return
    const variable = space.variables[chosen.length]
    if (variable === undefined) found.push(chosen)
    else if (variable.isActive(chosen)) for (const value of values[chosen.length]!) extend([...chosen, value])
    else extend([...chosen, undefined])
  }
  extend([])
  return found
}

describe("Grid", () => {
  it("turns the last variable fastest, and lists each combination of active variables once", () => {
    assert.deepStrictEqual(allOf(gridOf(tree, { points: 2 })), [
      { branch: "a", flag: false },
      { branch: "a", flag: true },
      { branch: "b", depth: 1, flag: false },
      { branch: "b", depth: 1, flag: true },
      { branch: "b", depth: 2, flag: false },
      { branch: "b", depth: 2, flag: true },
      { branch: "b", depth: 3, rate: 0.01, flag: false },
      { branch: "b", depth: 3, rate: 0.01, flag: true },
      { branch: "b", depth: 3, rate: 1, flag: false },
      { branch: "b", depth: 3, rate: 1, flag: true }
    ])
  })

  it("takes all values of what has steps and some of what has none, bounds included", () => {
    const space = SearchSpace.makeUnsafe({
      step: SearchSpace.float(0, 1, { step: 0.25 }),
      rate: SearchSpace.logFloat(0.1, 10),
      count: SearchSpace.int(1, 9, { step: 2 }),
      size: SearchSpace.int(1, 100, { log: true })
    })
    const valuesOf = (name: "step" | "rate" | "count" | "size", options: OptionsJson) => [
      ...new Set(allOf(gridOf(space, options)).map((params) => params[name]))
    ]
    const few = { points: 3, "points.size": 3 }
    assert.deepStrictEqual(valuesOf("step", few), [0, 0.25, 0.5, 0.75, 1])
    assert.deepStrictEqual(valuesOf("count", few), [1, 3, 5, 7, 9])
    const [low, middle, high] = valuesOf("rate", few)
    assert.deepStrictEqual([low, high], [0.1, 10])
    assert.closeTo(middle!, 1, 1e-12)
    assert.deepStrictEqual(valuesOf("size", few), [1, 9, 100])
    assert.deepStrictEqual(valuesOf("count", { ...few, "points.count": 2 }), [1, 9])
    assert.deepStrictEqual(valuesOf("step", { ...few, "points.step": 1 }), [0.5])
    // More points than values: all of them.
    assert.deepStrictEqual(valuesOf("count", { ...few, "points.count": 7 }), [1, 3, 5, 7, 9])
  })

  it("counts what nobody could list", () => {
    const variables = Array.from({ length: 22 }, (_, i) => [`x${i}`, SearchSpace.float(0, 1)] as const)
    const space = SearchSpace.makeUnsafe(Object.fromEntries(variables))
    const grid = gridOf(space)
    assert.strictEqual(grid.size, 5 ** 22)
    assert.deepStrictEqual(Object.values(grid.at(5 ** 22 - 1)), new Array(22).fill(1))
    assert.strictEqual(grid.indexOf(grid.at(123_456_789_012_345)), 123_456_789_012_345)
  })

  law(
    "lists what brute force lists, in its order, and knows the place of each",
    campaign(300, 5_000),
    cases,
    (given) => {
      const { space } = given
      const grid = Result.getOrUndefined(Grid.of(space, { points: 3 }))
      if (grid === undefined || grid.size > 2_000) return true
      const params = allOf(grid)
      const values = space.variables.map(({ name }, variable) => {
        const seen = [...new Set(params.flatMap((each) => each[name] ?? []))]
        const { axis } = space.variables[variable]!
        // Steps below the resolution of doubles give the same value twice.
        const cells = new Set(Array.from({ length: axis.cells }, (_, cell) => axis.fromUnit(axis.middle(cell))))
        // A variable that no combination has cannot be told from the outside: nobody asks for its values.
        assert(seen.length === 0 || axis.cells === 0 || seen.length === cells.size, name)
        return axis.cells === 0 || seen.length === 0 ? seen : seen.toSorted((a, b) => axis.toUnit(a) - axis.toUnit(b))
      })
      const expected = listed(space, values, 2_000)
      assert.deepStrictEqual(
        params.map((each) => space.variables.map(({ name }) => each[name])),
        expected
      )
      return params.every((each, i) => SearchSpace.contains(space, each) && grid.indexOf(each) === i)
    }
  )

  it("leaves out what the constraints of the space forbid", () => {
    const space = SearchSpace.makeUnsafe(
      { x: SearchSpace.int(1, 4), y: SearchSpace.int(1, 4) },
      { constraints: ["x * y <= 4"] }
    )
    const grid = gridOf(space)
    const places = allOf(grid).map(({ x, y }) => [x, y])
    assert.deepStrictEqual(places, [
      [1, 1],
      [1, 2],
      [1, 3],
      [1, 4],
      [2, 1],
      [2, 2],
      [3, 1],
      [4, 1]
    ])
    assert.strictEqual(grid.indexOf({ x: 4, y: 1 }), 7)
    const never = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) }, { constraints: ["0.3 < x < 0.4"] })
    assert.match(refusalOf(never, {}).message, /^grid\.points: no combination/)
  })

  it("knows no place for what is not on the grid", () => {
    const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) })
    assert.strictEqual(gridOf(space).indexOf({ x: 0.3 }), undefined)
    assert.strictEqual(gridOf(space).indexOf({ x: 0.25 }), 1)
  })

  it("ends a study when all has been tried, each combination once, whoever asks in which order", () => {
    for (const seed of [1, 2, 3]) {
      const sampler = Result.getOrThrow(Grid.make({ points: 2 }))
      let study = Result.getOrThrow(Study.make({ space: tree, sampler, seed, attemptsMax: 2 }))
      const open: Array<number> = []
      const close = (number: number) => {
        const attempt = study.trial(number)?.attempt
        const fails = (number + seed) % 4 === 0 && attempt === 1
        study = Result.getOrThrow(fails ? Study.fail(study, number, "no") : Study.tell(study, number, number % 3))
      }
      for (let step = 0; step < 100; step++) {
        const asked = Study.ask(study)
        if (Result.isFailure(asked)) {
          const number = open.pop()
          if (number !== undefined) {
            close(number)
            continue
          }
          assert.strictEqual(asked.failure._tag, "StudyStopped")
          assert.strictEqual(asked.failure.message, "all that the sampler suggests has been tried, in 10 trials")
          break
        }
        study = asked.success[0]
        open.push(asked.success[1].number)
        if (open.length > 2 + seed) close(open.shift()!)
      }
      const prints = study.trials.map(({ params }) => JSON.stringify(params))
      assert.strictEqual(new Set(prints).size, 10)
      assert.strictEqual(prints.length, 10)
      assert(study.trials.every(({ state }) => state === "complete"))
    }
  })

  it("does not try again what was given, and goes round when asked beyond its end", () => {
    const space = SearchSpace.makeUnsafe({ x: SearchSpace.int(0, 2) })
    const sampler = Result.getOrThrow(Grid.make())
    const next = (tried: ReadonlyArray<number>, failed: ReadonlyArray<number> = []) => {
      const request = {
        space,
        directions: ["minimize"] as const,
        seed: 1,
        number: 50,
        history: [
          ...tried.map((x, number) => ({ state: "complete" as const, number, params: { x }, values: [x] })),
          ...failed.map((x, i) => ({ state: "failed" as const, number: 20 + i, params: { x } }))
        ],
        pending: []
      }
      return [sampler.suggest(request).x, sampler.isExhausted?.(request)]
    }
    assert.deepStrictEqual(next([]), [0, false])
    assert.deepStrictEqual(next([1]), [0, false])
    assert.deepStrictEqual(next([1, 0]), [2, false])
    assert.deepStrictEqual(next([1, 0], [2]), [0, true])
    assert.deepStrictEqual(next([1, 0, 0], [2]), [1, true])
    assert.deepStrictEqual(next([1, 0, 0, 1, 2, 2]), [0, true])
  })

  it("refuses parameters of another space in the history", () => {
    const space = SearchSpace.makeUnsafe({ x: SearchSpace.int(0, 2) })
    const history = [{ state: "failed" as const, number: 0, params: { x: 7 } }]
    const request = { space, directions: ["minimize"] as const, seed: 1, number: 1, history, pending: [] }
    assert.throws(() => Result.getOrThrow(Grid.make()).suggest(request), /x: 7 is not/)
  })

  it("refuses spaces and options that make no grid, and says where", () => {
    const wide = SearchSpace.makeUnsafe({
      units: SearchSpace.int(1, 1_000_000),
      kind: SearchSpace.categorical(["a", "b"])
    })
    const many = SearchSpace.makeUnsafe(
      Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`x${i}`, SearchSpace.float(0, 1)]))
    )
    const tangled = SearchSpace.makeUnsafe(
      Object.fromEntries([
        ...Array.from({ length: 30 }, (_, i) => [`x${i}`, SearchSpace.boolean()] as const),
        [
          "y",
          SearchSpace.when(Array.from({ length: 30 }, (_, i) => `x${i} = true`).join(" and "), SearchSpace.boolean())
        ]
      ])
    )
    assert.match(refusalOf(wide, {}).message, /^grid\.points\.units: is needed: "units" has 1000000 values/)
    assert.match(refusalOf(wide, { "points.units": 9, "points.kind": 2 }).message, /^grid\.points\.kind: .*categorical/)
    assert.match(refusalOf(wide, { "points.units": 9, "points.unit": 2 }).message, /^grid\.points\.unit: names no var/)
    assert.match(refusalOf(many, {}).message, /^grid\.points: .*more combinations/)
    assert.match(refusalOf(tangled, {}).message, /^grid\.points: .*more combinations/)
    assert.match(refusalOf(SearchSpace.open, {}).message, /^grid\.points: .*beforehand/)
    assert.strictEqual(gridOf(wide, { "points.units": 9 }).size, 18)
    const product = SearchSpace.makeUnsafe(
      { a: SearchSpace.float(0, 1), b: SearchSpace.float(0, 1) },
      { constraints: ["a < b"] }
    )
    assert.match(refusalOf(product, { points: 1_001 }).message, /at most 1000000 combinations, this one has 1002001/)
    const defined = Study.define({ space: wide, sampler: Result.getOrThrow(Grid.make()) })
    assert(Result.isFailure(defined))
    assert.strictEqual(defined.failure.setting, "sampler")
    assert.match(defined.failure.message, /"units" has 1000000 values/)
    const request = { space: wide, directions: ["minimize"] as const, seed: 1, number: 0, history: [], pending: [] }
    assert.throws(() => Result.getOrThrow(Grid.make()).suggest(request), /"units" has 1000000 values/)
  })

  it("refuses junk for options", () => {
    assert.deepStrictEqual<object>(Grid.defaults, { points: 5 })
    assert.deepStrictEqual(Result.getOrThrow(Grid.make()).options, Grid.defaults)
    const junk: ReadonlyArray<readonly [OptionsJson, string]> = [
      [{ points: 0 }, "points"],
      [{ points: -3 }, "points"],
      [{ points: 2.5 }, "points"],
      [{ points: Number.NaN }, "points"],
      [{ points: 10_001 }, "points"],
      [{ points: "5" }, "points"],
      [{ points: true }, "points"],
      [{ "points.x": 0 }, "points.x"],
      [{ "points.x": "many" }, "points.x"],
      [{ "points.x": 1.5 }, "points.x"],
      [{ step: 0.1 }, "step"],
      [{ pointsx: 3 }, "pointsx"]
    ]
    for (const [options, path] of junk) {
      const made = Grid.make(options)
      assert(Result.isFailure(made), path)
      assert.strictEqual(made.failure.path.join("/"), path)
    }
  })
})
