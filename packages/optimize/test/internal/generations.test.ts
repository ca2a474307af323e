import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Schema } from "effect"
import * as Generations from "../../src/internal/generations.ts"
import * as Random from "../../src/internal/random.ts"
import type { Observation } from "../../src/sampler/Sampler.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"

const space: SearchSpace.SearchSpace = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) })

/** The state is what has been seen, written out; generations grow from 2 to 5 and begin again. */
const fold: Generations.Fold<string> = {
  key: "test",
  first: "",
  size: (state) => 2 + (state.split("|").length % 4),
  next: (state, trials) =>
    `${state}|${trials.map((trial) => `${trial.number}=${trial.state === "complete" ? trial.values.join() : trial.state}${trial.params === PARAMS[trial.number] ? "" : "*"}`).join(" ")}`
}

const PARAMS = Array.from({ length: 200 }, (_, number) => SearchSpace.sample(space, { seed: 1, number }))

const complete = (number: number, value: number): Observation => ({
  state: "complete",
  number,
  params: PARAMS[number]!,
  values: [value]
})

/** Studies that grow, in which trials end late, are told anew, change their end or are asked for again. */
const requests = (seed: number): ReadonlyArray<{ history: ReadonlyArray<Observation>; number: number }> => {
  const random = Random.stream(seed)
  const known = new Map<number, Observation>()
  const found: Array<{ history: ReadonlyArray<Observation>; number: number }> = []
  let number = 0
  while (found.length < 25) {
    const count = Random.below(random, 6)
    for (let i = 0; i < count; i++, number++) {
      if (Random.below(random, 8) > 0) known.set(number, complete(number, Random.below(random, 3)))
    }
    const other = Random.below(random, number + 1)
    const chance = Random.below(random, 10)
    if (chance === 0 && other < number) known.set(other, complete(other, Random.below(random, 3)))
    // Told anew with other parameters, which its value does not show.
    if (chance === 2 && known.has(other)) known.set(other, { ...known.get(other)!, params: PARAMS[199 - other]! })
    if (chance === 1 && other < number) known.set(other, { state: "failed", number: other, params: PARAMS[other]! })
    const history = [...known.values()].map((trial) => ({ ...trial }))
    found.push({ history, number: Random.below(random, 10) === 0 ? other : number })
  }
  return found
}

describe("generations", () => {
  law(
    "gives with a memory what it gives without",
    campaign(300, 10_000),
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e9 }))),
    (seed) => {
      const kept = Generations.memory<string>()
      for (const { history, number } of requests(seed)) {
        assert.deepStrictEqual(
          Generations.standing(kept, { space, history, number }, fold),
          Generations.standing(Generations.memory<string>(), { space, history, number }, fold)
        )
      }
      return true
    }
  )

  it("takes trials by number into generations whose sizes follow from the state", () => {
    const history = [5, 0, 1, 2, 3, 4, 6, 7].map((number) => complete(number, number))
    const { from, present, state } = Generations.standing(
      Generations.memory<string>(),
      { space, history, number: 8 },
      fold
    )
    assert.strictEqual(state, "|0=0 1=1 2=2|3=3 4=4 5=5 6=6")
    assert.strictEqual(from, 7)
    assert.deepStrictEqual(present, [complete(7, 7)])
  })

  it("goes once through what is whole, and again through what a missing trial may still change", () => {
    let steps = 0
    const counted: Generations.Fold<string> = {
      ...fold,
      next: (state, trials) => (steps++, fold.next(state, trials))
    }
    const kept = Generations.memory<string>()
    const history = Array.from({ length: 50 }, (_, number) => complete(number, 0))
    const stepsFor = (known: ReadonlyArray<Observation>) => {
      steps = 0
      Generations.standing(kept, { space, history: known, number: 50 }, counted)
      return steps
    }
    const all = stepsFor(history)
    assert.isAbove(all, 10)
    assert.strictEqual(stepsFor(history.map((trial) => ({ ...trial }))), 0)
    assert.strictEqual(stepsFor(history.filter(({ number }) => number !== 1)), all)
    // Nothing was whole: what was remembered of the other history is still there.
    assert.strictEqual(stepsFor(history), 0)
  })
})
