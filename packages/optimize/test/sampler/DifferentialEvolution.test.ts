import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Result } from "effect"
import * as Problems from "../../src/problem/Problems.ts"
import * as DifferentialEvolution from "../../src/sampler/DifferentialEvolution.ts"
import * as Random from "../../src/sampler/Random.ts"
import type { Observation } from "../../src/sampler/Sampler.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import { cases } from "../spaces.ts"
import { median, regret, trialsOf } from "./run.ts"
import type { Suggest } from "./run.ts"

const seeds = Array.from({ length: 11 }, (_, i) => i + 1)

const line = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) })
type Line = { readonly x: SearchSpace.Variable<number, false> }

const at = (number: number, x: number, value: number): Observation<Line> => ({
  state: "complete",
  number,
  params: { x },
  values: [value]
})

const four: DifferentialEvolution.Options = { population: 4, bestFraction: 0.2 }

const after = (history: ReadonlyArray<Observation<Line>>, number: number) =>
  DifferentialEvolution.suggest({ space: line, directions: ["minimize"], seed: 1, number, history, pending: [] }, four)
    .x

describe("DifferentialEvolution", () => {
  it("is far ahead of random search after 200 trials, medians over 11 seeds", () => {
    const compare = <D extends SearchSpace.Declaration>(problem: Problems.Problem<D>, factor: number) => {
      const middle = (suggest: Suggest) => median(seeds.map((seed) => regret(problem, suggest, seed, 200)))
      assert.isBelow(middle(DifferentialEvolution.suggest) * factor, middle(Random.suggest), problem.name)
    }
    compare(Problems.branin, 5)
    compare(Problems.hartmann6, 3)
    compare(Problems.ackley5, 2)
    compare(Problems.rosenbrock4, 10)
    compare(Problems.mixed, 20)
    compare(Problems.conditional, 5)
  })

  law("is not moved by a trial that loses to its slot", campaign(500, 10_000), cases, ({ seed, space }) => {
    const history: Array<Observation> = Array.from({ length: 20 }, (_, number) => ({
      state: "complete",
      number,
      params: SearchSpace.sample(space, { seed, number }),
      values: [Math.abs((number * 7_919 + seed) % 101)]
    }))
    const worse: Observation = {
      state: "complete",
      number: 20,
      params: SearchSpace.sample(space, { seed, number: 20 }),
      values: [1_000]
    }
    // Somebody works on the loser already, so that without it the same points have been tried.
    const pending = [{ number: 21, params: worse.params }]
    const request = { space, directions: ["minimize"], seed, number: 23, pending } as const
    const failed: Observation = { state: "failed", number: 20, params: worse.params }
    const broken: Observation = { ...worse, values: [-1_000], constraints: [0.5] }
    const suggestions = [history, [...history, worse], [...history, failed], [...history, broken]].map((history) =>
      DifferentialEvolution.suggest({ ...request, history }, four)
    )
    for (const params of suggestions) assert.deepStrictEqual(params, suggestions[0])
    return true
  })

  it("a better trial takes its slot at once, and the one it replaces stays in the archive for a while", () => {
    const first = [0.1, 0.4, 0.5, 0.9].map((x, number) => at(number, x, 10 + number))
    const before = after(first, 7)
    assert.strictEqual(after([...first, at(4, 0.2, 20)], 7), before)
    assert.notStrictEqual(after([...first, at(4, 0.2, 1)], 7), before)
  })

  it("takes no step while all members are at one place, but draws anew", () => {
    const same = [0, 1, 2, 3].map((number) => at(number, 0.25, number))
    const places = Array.from({ length: 40 }, (_, i) => after(same, 4 + i))
    assert.isAbove(new Set(places).size, 35)
    assert.isAbove(Math.max(...places) - Math.min(...places), 0.7)
  })

  it("stops half-way to a bound that a step would pass", () => {
    // From 0.5 all steps lead to the best, 0.999, and by the difference of 0.999 and 0.001 beyond.
    const history = [0.001, 0.999, 0.001, 0.5].map((x, number) => at(number, x, number === 1 ? 0 : 1 + number))
    const places = Array.from({ length: 400 }, (_, i) => after(history, 7 + 4 * i))
    assert.isTrue(places.every((x) => x >= 0 && x <= 1))
    assert.isFalse(places.some((x) => x === 0 || x === 1))
    assert.isAbove(places.filter((x) => x === 0.75 || x === 0.25).length, 10)
  })

  it("moves unordered variables to what the best have, and to anything while others differ", () => {
    const space = SearchSpace.makeUnsafe({
      kind: SearchSpace.categorical(["a", "b", "c", "d", "e"]),
      x: SearchSpace.float(0, 1)
    })
    const kinds = ["a", "a", "b", "b"] as const
    const history = kinds.map((kind, number) => ({
      state: "complete" as const,
      number,
      params: { kind, x: 0.1 + 0.2 * number },
      values: [number]
    }))
    const counts = new Map<string, number>()
    for (let i = 0; i < 400; i++) {
      const request = { space, directions: ["minimize"], seed: 2, number: 7 + 4 * i, history, pending: [] } as const
      const { kind } = DifferentialEvolution.suggest(request, four)
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
    }
    assert.isAbove(counts.get("a")!, 100)
    assert.isAbove(counts.get("b")!, 50)
    for (const rare of ["c", "d", "e"]) assert.isAbove(counts.get(rare) ?? 0, 3)
  })

  it("goes on while early trials are missing, failed or pending", () => {
    const whole = trialsOf(Problems.mixed, DifferentialEvolution.suggest, 2, 60)
    const holes = whole.filter(({ number }) => number % 3 !== 0)
    const pending = whole.filter(({ number }) => number % 3 === 0)
    const request = { space: Problems.mixed.space, directions: ["minimize"], seed: 2, number: 60 } as const
    const params = DifferentialEvolution.suggest({ ...request, history: holes, pending })
    assert.isTrue(SearchSpace.contains(Problems.mixed.space, params))
    assert.isTrue(
      SearchSpace.contains(
        Problems.mixed.space,
        DifferentialEvolution.suggest({ ...request, history: [], pending: whole })
      )
    )
  })

  it("has the defaults that it tells of, and refuses options out of range", () => {
    assert.deepStrictEqual<object>(DifferentialEvolution.defaults, { population: 10, bestFraction: 0.2 })
    assert.deepStrictEqual(Result.getOrThrow(DifferentialEvolution.make()).options, DifferentialEvolution.defaults)
    const problem = (options: object) => {
      const refused = DifferentialEvolution.make(options)
      assert(Result.isFailure(refused))
      return refused.failure.message.split(" ")[0]
    }
    assert.strictEqual(problem({ population: 3 }), "de.population:")
    assert.strictEqual(problem({ bestFraction: 0 }), "de.bestFraction:")
    assert.strictEqual(problem({ scale: 0.5 }), "de.scale:")
  })
})
