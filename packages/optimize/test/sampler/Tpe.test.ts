import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Result, Schema } from "effect"
import * as RandomStream from "../../src/internal/random.ts"
import * as Problems from "../../src/problem/Problems.ts"
import * as Random from "../../src/sampler/Random.ts"
import type { Observation, Request } from "../../src/sampler/Sampler.ts"
import * as Tpe from "../../src/sampler/Tpe.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import { median, regret, trialsOf } from "./run.ts"
import type { Suggest } from "./run.ts"

const seeds = Array.from({ length: 11 }, (_, i) => i + 1)

const greedy: Tpe.Options = { ...Tpe.defaults, exploration: 0 }

const line = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) })
type Line = { readonly x: SearchSpace.Variable<number, false> }

const lineRequest = (
  history: ReadonlyArray<Observation<Line>>,
  pending: Request<Line>["pending"] = [],
  number = 1_000
): Request<Line> => ({ space: line, directions: ["minimize"], seed: 1, number, history, pending })

/** Trials at x = 0, 1/19, … 1, whose values are the distance to `best`. */
const ladder = (best: number): ReadonlyArray<Observation<Line>> =>
  Array.from({ length: 20 }, (_, number) => {
    const x = number / 19
    return { state: "complete", number, params: { x }, values: [Math.abs(x - best)] }
  })

const meanOver = (count: number, suggest: (number: number) => number) =>
  Array.from({ length: count }, (_, i) => suggest(1_000 + i)).reduce((sum, x) => sum + x, 0) / count

describe("Tpe", () => {
  it("beats random search on Branin and Hartmann-6, medians over 11 seeds at 60 trials", { timeout: 60_000 }, () => {
    const compare = <D extends SearchSpace.Declaration>(problem: Problems.Problem<D>, factor: number) => {
      const middle = (suggest: Suggest) => median(seeds.map((seed) => regret(problem, suggest, seed, 60)))
      const [tpe, random] = [middle(Tpe.suggest), middle(Random.suggest)]
      assert.isBelow(tpe * factor, random, problem.name)
    }
    compare(Problems.branin, 2)
    compare(Problems.hartmann6, 1.5)
  })

  it("finds the branch that looks worse at first, on most seeds", { timeout: 60_000 }, () => {
    const found = seeds.filter((seed) => regret(Problems.conditional, Tpe.suggest, seed, 200) < 0.1)
    assert.isAtLeast(found.length, 7)
  })

  it("suggests near the good trials, whichever way is good", () => {
    const low = meanOver(50, (number) => Tpe.suggest(lineRequest(ladder(0.2), [], number), greedy).x)
    const request = (number: number) => ({ ...lineRequest(ladder(0.2), [], number), directions: ["maximize"] as const })
    const high = meanOver(50, (number) => Tpe.suggest(request(number), greedy).x)
    assert.closeTo(low, 0.2, 0.1)
    assert.isAbove(high, 0.8)
  })

  it("sends workers that ask at once to other places than the pending trials", () => {
    const pending = Array.from({ length: 6 }, (_, i) => ({ number: 20 + i, params: { x: 0.19 + 0.005 * i } }))
    const near = (request: Request<Line>) => Math.abs(Tpe.suggest(request, greedy).x - 0.2) < 0.03
    const numbers = Array.from({ length: 100 }, (_, i) => 1_000 + i)
    const alone = numbers.filter((number) => near(lineRequest(ladder(0.2), [], number))).length
    const crowded = numbers.filter((number) => near(lineRequest(ladder(0.2), pending, number))).length
    assert.isBelow(crowded * 2, alone)
  })

  it("ignores failed trials and values that are not numbers", () => {
    const history = ladder(0.2)
    const junk: ReadonlyArray<Observation<Line>> = [
      { state: "failed", number: 20, params: { x: 0.9 } },
      { state: "complete", number: 21, params: { x: 0.9 }, values: [Number.NaN] }
    ]
    assert.deepStrictEqual(Tpe.suggest(lineRequest([...history, ...junk])), Tpe.suggest(lineRequest(history)))
  })

  it("ranks a pruned trial behind every complete one", () => {
    const pruned = (value: number): ReadonlyArray<Observation<Line>> =>
      Array.from({ length: 20 }, (_, i) => ({ state: "pruned", number: 20 + i, params: { x: 0.9 }, step: i, value }))
    const mean = meanOver(
      50,
      (number) => Tpe.suggest(lineRequest([...ladder(0.2), ...pruned(-5)], [], number), greedy).x
    )
    assert.isBelow(mean, 0.5)
  })

  it("gives a pruned trial that came farther the better rank", () => {
    const history: ReadonlyArray<Observation<Line>> = Array.from({ length: 20 }, (_, number) => ({
      state: "pruned",
      number,
      params: { x: number / 19 },
      step: number,
      value: number
    }))
    assert.isAbove(
      meanOver(50, (number) => Tpe.suggest(lineRequest(history, [], number), greedy).x),
      0.75
    )
  })

  it("learns a conditional variable from the trials in which it is active", () => {
    const space = SearchSpace.makeUnsafe({
      branch: SearchSpace.boolean(),
      x: SearchSpace.when("branch = true", SearchSpace.float(0, 1))
    })
    // Without the branch all goes well; within it, x = 0.8 is best.
    const history = Array.from({ length: 60 }, (_, number) => {
      const x = (number % 20) / 19
      return number % 3 === 0
        ? { state: "complete" as const, number, params: { branch: true, x }, values: [10 + Math.abs(x - 0.8)] }
        : { state: "complete" as const, number, params: { branch: false }, values: [0] }
    })
    const options: Tpe.Options = { ...greedy, priorWeight: 1 }
    const seen: Array<number> = []
    for (let number = 100; number < 1_100; number++) {
      const { x } = Tpe.suggest({ space, directions: ["minimize"], seed: 1, number, history, pending: [] }, options)
      if (x !== undefined) seen.push(x)
    }
    for (const x of seen) assert.closeTo(x, 0.8, 0.35)
  })

  it("explores as often as it is told to", () => {
    const options = (exploration: number): Tpe.Options => ({ ...Tpe.defaults, exploration })
    const differing = (exploration: number) =>
      Array.from({ length: 1_000 }, (_, i) => lineRequest(ladder(0.2), [], 1_000 + i)).filter(
        (request) => Tpe.suggest(request, options(exploration)).x !== Tpe.suggest(request, greedy).x
      ).length
    assert.strictEqual(differing(1), 1_000)
    assert.closeTo(differing(0.1), 100, 40)
  })

  it("has a temperament: each option does what it says", () => {
    const spread = (change: Partial<Tpe.Options>) =>
      meanOver(300, (number) =>
        Math.abs(Tpe.suggest(lineRequest(ladder(0.2), [], number), { ...greedy, ...change }).x - 0.2)
      )
    assert.isBelow(spread({ candidates: 24 }) * 1.5, spread({ candidates: 1 }))
    assert.isBelow(spread({ priorWeight: 0.1 }) * 1.5, spread({ priorWeight: 30 }))
    assert.isBelow(spread({ goodFraction: 0.1 }) * 1.3, spread({ goodFraction: 0.8 }))
    assert.strictEqual(spread({ goodFraction: 0.5, goodMax: 1 }), spread({ goodFraction: 0.05 }))
  })

  it("draws at random until the start-up is over, pending trials counted", () => {
    const options: Tpe.Options = { ...greedy, startup: 21 }
    const random = Tpe.suggest(lineRequest([]), options)
    assert.deepStrictEqual(Tpe.suggest(lineRequest(ladder(0.2)), options), random)
    const pending = [{ number: 20, params: { x: 0.5 } }]
    assert.notDeepEqual(Tpe.suggest(lineRequest(ladder(0.2), pending), options), random)
  })

  it("suggests from pending trials alone", () => {
    const pending = Array.from({ length: 12 }, (_, number) => ({ number, params: { x: number / 50 } }))
    assert.isAbove(
      meanOver(50, (number) => Tpe.suggest(lineRequest([], pending, number), greedy).x),
      0.5
    )
  })

  it("has one set of defaults, and refuses options out of range", () => {
    const made = Result.getOrThrow(Tpe.make())
    assert.deepStrictEqual(made.options, Tpe.defaults)
    const history = trialsOf(Problems.branin, Tpe.suggest, 3, 30)
    const request = {
      space: Problems.branin.space,
      directions: ["minimize"],
      seed: 3,
      number: 30,
      history,
      pending: []
    } as const
    assert.deepStrictEqual(made.suggest(request), Tpe.suggest(request))
    const problem = (options: object) => {
      const refused = Tpe.make(options)
      assert(Result.isFailure(refused))
      return refused.failure.path.join(".")
    }
    assert.strictEqual(problem({ goodFraction: 1 }), "goodFraction")
    assert.strictEqual(problem({ goodMax: 0 }), "goodMax")
    assert.strictEqual(problem({ candidates: 0 }), "candidates")
    assert.strictEqual(problem({ candidates: 1.5 }), "candidates")
    assert.strictEqual(problem({ exploration: -0.1 }), "exploration")
    assert.strictEqual(problem({ exploration: Number.NaN }), "exploration")
    assert.strictEqual(problem({ priorWeight: 0 }), "priorWeight")
    assert.strictEqual(problem({ startup: -1 }), "startup")
    assert.strictEqual(problem({ gamma: 0.5 }), "gamma")
  })

  law(
    "remembers nothing wrong: trials that come in between, are gone, or have changed in place are seen",
    campaign(300, 5_000),
    Arbitrary.schema(Schema.Struct({ seed: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })) })),
    ({ seed }) => {
      const random = RandomStream.stream(seed)
      const makeSpace = () =>
        SearchSpace.makeUnsafe({
          kind: SearchSpace.categorical(["a", "b"]),
          x: SearchSpace.float(0, 1),
          y: SearchSpace.when("kind = a", SearchSpace.int(1, 9))
        })
      const used = makeSpace()
      const trials: Array<Observation> = []
      const observe = (number: number): Observation => {
        const params = SearchSpace.sample(used, { seed, number })
        const isOpen = RandomStream.below(random, 4) === 0
        const values = [RandomStream.below(random, 9)]
        return { state: "complete", number, params: isOpen ? { ...params } : params, values }
      }
      for (let step = 0; step < 6; step++) {
        for (let i = RandomStream.below(random, 8); i > 0; i--) {
          const number = RandomStream.below(random, 500)
          if (trials.every((trial) => trial.number !== number)) trials.push(observe(number))
        }
        const place = RandomStream.below(random, trials.length + 1)
        const changed = trials[place]?.params
        if (changed !== undefined && !Object.isFrozen(changed))
          Object.assign(changed, { x: RandomStream.uniform(random) })
        else if (RandomStream.below(random, 2) === 0) trials.splice(place, 1)
        const suggest = (space: SearchSpace.SearchSpace) =>
          Tpe.suggest(
            { space, directions: ["minimize"], seed, number: 500 + step, history: trials, pending: [] },
            { ...greedy, startup: 0, goodFraction: 0.4 }
          )
        assert.deepStrictEqual(suggest(used), suggest(makeSpace()))
      }
      return true
    }
  )

  it("takes the least values as good ones, in whatever order many trials have them, of equals the first", () => {
    const suggestions = (valueOf: (row: number) => number) => {
      const history = Array.from({ length: 200 }, (_, number): Observation<Line> => {
        return { state: "complete", number, params: { x: number / 200 }, values: [valueOf(number)] }
      })
      return Array.from({ length: 20 }, (_, i) => Tpe.suggest(lineRequest(history, [], 1_000 + i), greedy).x)
    }
    // A tenth is good: 10 at the beginning and 10 at the end, behind more that are better than most before.
    const spread = suggestions((row) => (row < 10 ? row : row < 104 ? 90 + row : 209 - row))
    assert.deepStrictEqual(
      suggestions((row) => (row < 10 || row >= 190 ? 0 : 1)),
      spread
    )
    assert.notDeepEqual(
      suggestions((row) => (row < 20 ? 0 : 1)),
      spread
    )
    const first = suggestions((row) => (row < 20 ? 0 : 1))
    assert.deepStrictEqual(
      suggestions(() => 7),
      first
    )
    assert.deepStrictEqual(
      suggestions((row) => (row < 15 ? -Infinity : Infinity)),
      first
    )
  })
})
