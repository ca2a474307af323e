import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { varianceOf } from "../../src/importance/Fanova.ts"
import * as Importance from "../../src/importance/Importance.ts"
import * as Forest from "../../src/internal/regressionForest.ts"
import * as RandomStream from "../../src/internal/random.ts"
import * as Random from "../../src/sampler/Random.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import type { Value } from "../../src/space/SearchSpace.ts"
import * as Study from "../../src/study/Study.ts"

const { PI } = Math

/** Trials spread evenly over a space. */
const samples = <D extends SearchSpace.Declaration>(
  space: SearchSpace.SearchSpace<D>,
  trials: number,
  value: (params: SearchSpace.Params<D>) => number
): ReadonlyArray<Importance.Sample<D>> =>
  Array.from({ length: trials }, (_, number) => {
    const params = SearchSpace.sample(space, { seed: 5, number })
    return { number, params, value: value(params) }
  })

const sharesOf = (measured: Result.Result<Importance.Importances, Importance.Refusal>) => {
  const { fractions } = Result.getOrThrow(measured)
  assert.closeTo(
    fractions.reduce((sum, { fraction }) => sum + fraction, 0),
    1,
    1e-12
  )
  assert(fractions.every(({ fraction }, i) => fraction >= 0 && fraction <= (fractions[i - 1]?.fraction ?? 1)))
  return new Map(fractions.map(({ fraction, name }) => [name, fraction]))
}

const refusal = (measured: Result.Result<unknown, Importance.Refusal>) => {
  assert(Result.isFailure(measured))
  return measured.failure
}

const cube = SearchSpace.makeUnsafe({
  a: SearchSpace.float(-PI, PI),
  b: SearchSpace.float(-PI, PI),
  c: SearchSpace.float(-PI, PI)
})
/** T. Ishigami, T. Homma, 1990, with the usual 7 and 0.1: first-order Sobol indices 0.3139, 0.4424 and 0. */
const ishigami = ({ a, b, c }: { readonly a: number; readonly b: number; readonly c: number }) =>
  Math.sin(a) + 7 * Math.sin(b) ** 2 + 0.1 * c ** 4 * Math.sin(a)

const mixed = SearchSpace.makeUnsafe({
  kind: SearchSpace.categorical(["x", "y", "z"]),
  size: SearchSpace.int(1, 5),
  momentum: SearchSpace.when("kind = x", SearchSpace.float(0, 1)),
  flag: SearchSpace.boolean()
})

describe("fanova", () => {
  it("finds the Sobol indices of Ishigami's function", () => {
    const measured = Importance.measure(cube, samples(cube, 2_000, ishigami), { trees: 32 })
    const shares = sharesOf(measured)
    assert.closeTo(shares.get("a")!, 0.3139 / 0.7563, 0.05)
    assert.closeTo(shares.get("b")!, 0.4424 / 0.7563, 0.05)
    assert.isBelow(shares.get("c")!, 0.03)
    const { interactions, r2, trials } = Result.getOrThrow(measured)
    assert.closeTo(interactions ?? 0, 0.2437, 0.15)
    assert.isAbove(r2, 0.9)
    assert.strictEqual(trials, 2_000)
  })

  it("finds the shares of a sum: squares of the slopes; what does not matter has none", () => {
    const space = SearchSpace.makeUnsafe({
      x: SearchSpace.float(0, 1),
      y: SearchSpace.logFloat(1e-3, 1),
      z: SearchSpace.float(10, 20),
      idle: SearchSpace.float(0, 1)
    })
    const value = ({ x, y, z }: { readonly x: number; readonly y: number; readonly z: number }) =>
      3 * x + 2 * (Math.log10(y) / 3) + (z - 10) / 10
    const shares = sharesOf(Importance.measure(space, samples(space, 1_500, value), { trees: 32 }))
    assert.closeTo(shares.get("x")!, 9 / 14, 0.05)
    assert.closeTo(shares.get("y")!, 4 / 14, 0.05)
    assert.closeTo(shares.get("z")!, 1 / 14, 0.03)
    assert.isBelow(shares.get("idle")!, 0.002)
  })

  it("knows choices, whole numbers and conditional variables, along which the value is constant where they are inactive", () => {
    const value = ({
      kind,
      momentum = 0,
      size
    }: {
      readonly kind: Value
      readonly momentum?: number
      readonly size: number
    }) => (kind === "x" ? momentum : kind === "y" ? 0.5 : 1) + size / 10
    const shares = sharesOf(Importance.measure(mixed, samples(mixed, 1_500, value), { trees: 32 }))
    // Means of the kinds are ½, ½, 1: variance 1/18. Size: 2/100. Momentum counts in a third of the space: (1/12)/9.
    const total = 1 / 18 + 0.02 + 1 / 108
    assert.closeTo(shares.get("kind")!, 1 / 18 / total, 0.03)
    assert.closeTo(shares.get("size")!, 0.02 / total, 0.03)
    assert.closeTo(shares.get("momentum")!, 1 / 108 / total, 0.03)
    assert.isBelow(shares.get("flag")!, 0.005)
  })

  it("is exact on a tree: held against the mean squares of its marginals on a grid", () => {
    const random = RandomStream.stream(9)
    const rows = 40
    const places = () => Float64Array.from({ length: rows }, () => RandomStream.below(random, 8) / 8 + 1 / 16)
    const choices = Float64Array.from({ length: rows }, () => (RandomStream.below(random, 4) + 0.5) / 4)
    const columns = [
      { salt: 1, categories: 0, places: places() },
      { salt: 2, categories: 4, places: choices },
      { salt: 3, categories: 0, places: places() }
    ]
    const values = Float64Array.from({ length: rows }, () => RandomStream.uniform(random))
    const [tree] = Forest.grow({ columns, values }, { seed: 3, trees: 1, leafMin: 1 })
    // Cuts lie between places, so on multiples of 1/8 or 1/16: the middles of sixteenths find every box.
    const axis = Array.from({ length: 16 }, (_, i) => (i + 0.5) / 16)
    const at = (a: number, b: number, c: number) => {
      let node = tree!.root
      while (node.split !== undefined) {
        const { column, goesLeft, left, right, threshold } = node.split
        const place = [a, b, c][column]!
        node = (goesLeft === undefined ? place < threshold : goesLeft[Math.floor(place * 4)] === 1) ? left : right
      }
      return node.value
    }
    const mean = (list: ReadonlyArray<number>) => list.reduce((sum, it) => sum + it, 0) / list.length
    const variance = (list: ReadonlyArray<number>) => mean(list.map((it) => it * it)) - mean(list) ** 2
    const all = axis.map((a) => axis.map((b) => axis.map((c) => at(a, b, c))))
    const found = varianceOf(tree!.root, tree!.columns)
    assert.closeTo(found.total, variance(all.flat(2)), 1e-12)
    const marginals = [
      axis.map((_, i) => mean(all[i]!.flat())),
      axis.map((_, i) => mean(all.flatMap((plane) => plane[i]!))),
      axis.map((_, i) => mean(all.flatMap((plane) => plane.map((line) => line[i]!))))
    ]
    for (const [column, marginal] of marginals.entries()) {
      assert.closeTo(found.main[column]!, variance(marginal), 1e-12)
    }
  })
})

describe("permutation", () => {
  it("finds the shares of a sum, and of what does not matter none", () => {
    const value = ({ a, b }: { readonly a: number; readonly b: number }) => 2 * a + b
    const options = { method: "permutation", trees: 32 } as const
    const measured = Importance.measure(cube, samples(cube, 1_000, value), options)
    const shares = sharesOf(measured)
    assert.closeTo(shares.get("a")!, 0.8, 0.05)
    assert.closeTo(shares.get("b")!, 0.2, 0.05)
    assert.isBelow(shares.get("c")!, 0.005)
    assert.strictEqual(Result.getOrThrow(measured).interactions, undefined)
  })
})

for (const method of ["fanova", "permutation"] as const) {
  describe(`${method}: invariances`, () => {
    const value = ({
      kind,
      momentum = 0,
      size
    }: {
      readonly kind: Value
      readonly momentum?: number
      readonly size: number
    }) => (kind === "x" ? momentum * 3 : 1) + size / 7
    const list = samples(mixed, 120, value)
    const options = { method, trees: 16, seed: 4 } as const
    const shares = () => Importance.measure(mixed, list, options)

    it("equal seeds give equal shares, other seeds others", () => {
      assert.deepStrictEqual(shares(), shares())
      assert.notDeepEqual(Importance.measure(mixed, list, { ...options, seed: 5 }), shares())
    })

    it("the order of trials does not matter", () => {
      assert.deepStrictEqual(Importance.measure(mixed, list.toReversed(), options), shares())
    })

    it("the order of variables does not matter", () => {
      const turned = SearchSpace.makeUnsafe({
        flag: SearchSpace.boolean(),
        size: SearchSpace.int(1, 5),
        kind: SearchSpace.categorical(["x", "y", "z"]),
        momentum: SearchSpace.when("kind = x", SearchSpace.float(0, 1))
      })
      const same = list.map(({ number, params, value }) => ({
        number,
        value,
        params: Result.getOrThrow(SearchSpace.validate(turned, params))
      }))
      assert.deepStrictEqual(Importance.measure(turned, same, options), shares())
    })

    it("the scale of the values does not matter, huge ones included", () => {
      for (const scale of [2 ** -20, 2 ** 1020]) {
        const scaled = list.map((it) => ({ ...it, value: it.value * scale }))
        const [one, other] = [sharesOf(shares()), sharesOf(Importance.measure(mixed, scaled, options))]
        for (const [name, share] of one) assert.closeTo(other.get(name)!, share, 1e-9)
      }
    })
  })
}

describe("refusals", () => {
  const few = samples(cube, 9, ishigami)

  it("needs 10 complete trials with finite values, or two leaves full", () => {
    assert.strictEqual(
      refusal(Importance.measure(cube, few)).message,
      "importances need 10 complete trials, there are 9"
    )
    const infinite = [...few, { ...few[0]!, number: 9, value: Number.POSITIVE_INFINITY }]
    assert.strictEqual(refusal(Importance.measure(cube, infinite))._tag, "TooFewTrials")
    assert.strictEqual(
      refusal(Importance.measure(cube, samples(cube, 19, ishigami), { leafMin: 10 })).message,
      "importances need 20 complete trials, there are 19"
    )
    assert(Result.isSuccess(Importance.measure(cube, samples(cube, 10, ishigami))))
  })

  it("has nothing to say where nothing differs, or where nothing follows from the variables", () => {
    const flat = refusal(
      Importance.measure(
        cube,
        samples(cube, 20, () => 3)
      )
    )
    assert.deepStrictEqual([flat._tag, flat.message], ["NothingExplained", "all values are equal"])
    const fixed = SearchSpace.makeUnsafe({ only: SearchSpace.float(1, 1) })
    let turn = 0
    const noise = refusal(
      Importance.measure(
        fixed,
        samples(fixed, 20, () => turn++ % 2)
      )
    )
    assert.strictEqual(noise.message, "the values follow no variable")
  })

  it("refuses options out of range", () => {
    const said = (options: Importance.Options) => refusal(Importance.measure(cube, few, options)).message
    assert.match(said({ trees: 0 }), /^trees: /)
    assert.match(said({ leafMin: 0.5 }), /^leafMin: /)
    assert.match(said({ seed: Number.NaN }), /^seed: /)
    // @ts-expect-error -- what a program without types may say
    assert.match(said({ method: "guess" }), /^method: /)
  })
})

describe("of a study", () => {
  it("looks at the complete trials of one objective", () => {
    const settings = { space: cube, sampler: Random.make(), directions: ["minimize", "maximize"] } as const
    let state = Result.getOrThrow(Study.make(settings))
    for (let number = 0; number < 60; number++) {
      const [next, { params }] = Result.getOrThrow(Study.ask(state))
      state =
        number % 6 === 5
          ? Result.getOrThrow(Study.fail(next, number, "lost"))
          : Result.getOrThrow(Study.tell(next, number, [params.a, params.b]))
    }
    const [first, second] = [Importance.ofStudy(state), Importance.ofStudy(state, { objective: 1 })]
    assert.strictEqual(Result.getOrThrow(first).trials, 50)
    assert.strictEqual(Result.getOrThrow(first).fractions[0]?.name, "a")
    assert.strictEqual(Result.getOrThrow(second).fractions[0]?.name, "b")
    assert.match(refusal(Importance.ofStudy(state, { objective: 2 })).message, /^objective: 2 is not the index/)
  })
})
