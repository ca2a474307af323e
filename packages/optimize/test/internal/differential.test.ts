import { assert, describe, it } from "@effect/vitest"
import * as Differential from "../../src/internal/differential.ts"
import * as Random from "../../src/internal/random.ts"
import { streams } from "../../src/sampler/Sampler.ts"
import type { Observation } from "../../src/sampler/Sampler.ts"

const setting: Differential.Setting = { directions: ["minimize"], seed: 3, population: 4 }

const at = (number: number, value: number): Observation => ({
  state: "complete",
  number,
  params: { x: number },
  values: [value]
})

const after = (trials: ReadonlyArray<Observation>) =>
  trials.reduce((state, trial) => Differential.compete(state, trial, setting), Differential.begin(4))

const numbers = (trials: ReadonlyArray<Observation | undefined>) => trials.map((trial) => trial?.number)

describe("differential evolution's state", () => {
  it("holds the best of each slot, whoever it was; the archive holds what was replaced, newest last", () => {
    const state = after([at(0, 5), at(1, 5), at(3, 5), at(4, 9), at(5, 4), at(6, 1), at(9, 3), at(8, 5)])
    assert.deepStrictEqual(numbers(state.members), [0, 9, 6, 3])
    assert.deepStrictEqual(numbers(state.archive), [1, 5])
  })

  it("ranks a trial that keeps constraints before one that breaks them, before a pruned one, before a failed one", () => {
    const broken: Observation = { state: "complete", number: 4, params: { x: 4 }, values: [-9], constraints: [1] }
    const pruned: Observation = { state: "pruned", number: 5, params: { x: 5 }, step: 3, value: -99 }
    const failed: Observation = { state: "failed", number: 6, params: { x: 6 } }
    const nothing: Observation = { state: "complete", number: 7, params: { x: 7 }, values: [Number.NaN] }
    const state = after([at(0, 5), at(1, 5), failed, nothing, broken, pruned])
    assert.deepStrictEqual(numbers(state.members), [0, 1, undefined, undefined])
    const worst = after([{ ...pruned, number: 0 }, { ...broken, number: 4 }, at(8, 100)])
    assert.deepStrictEqual(numbers(worst.members), [8, undefined, undefined, undefined])
  })

  it("keeps an archive no larger than the population", () => {
    const state = after(Array.from({ length: 40 }, (_, number) => at(number, -number)))
    assert.deepStrictEqual(numbers(state.archive), [32, 33, 34, 35])
  })

  it("learns the mean crossover and the Lehmer mean of the scales of what has won, by hand", () => {
    const successes = [
      { scale: 0.2, crossover: 0.1 },
      { scale: 0.8, crossover: 0.5 }
    ]
    const first = Differential.close({ ...Differential.begin(4), successes })
    // (0.04 + 0.64) / (0.2 + 0.8) and (0.1 + 0.5) / 2.
    assert.closeTo(first.memories[0]!.scale, 0.68, 1e-12)
    assert.closeTo(first.memories[0]!.crossover, 0.3, 1e-12)
    assert.deepStrictEqual(first.memories.slice(1), Differential.begin(4).memories.slice(1))
    assert.deepStrictEqual(first.successes, [])
    const second = Differential.close({ ...first, successes: successes.slice(0, 1) })
    assert.closeTo(second.memories[1]!.scale, 0.2, 1e-12)
    assert.closeTo(second.memories[0]!.scale, 0.68, 1e-12)
    assert.strictEqual(Differential.close(second), second)
    const round = [1, 2, 3, 4].reduce((state) => Differential.close({ ...state, successes }), second)
    assert.closeTo(round.memories[0]!.scale, 0.68, 1e-12)
    assert.strictEqual(round.next, 1)
  })

  it("a success counts with the controls that the trial was made with", () => {
    const state = after([at(0, 5), at(4, 4)])
    const [won] = state.successes
    assert.deepStrictEqual(won, Differential.controlOf(Differential.begin(4), Random.stream(3, 4, streams.de)))
    assert.lengthOf(after([at(0, 5), at(4, 6)]).successes, 0)
    assert.lengthOf(after([at(4, 6)]).successes, 0)
  })

  it("draws controls around the memories: scales by Cauchy in [0.1, 1], crossover by normal in [0, 1]", () => {
    const begun = Differential.begin(4)
    const memories = begun.memories.map(() => ({ scale: 0.5, crossover: 0.7 }))
    const controls = Array.from({ length: 20_000 }, (_, i) =>
      Differential.controlOf({ ...begun, memories }, Random.stream(1, i))
    )
    const share = (holds: (control: Differential.Control) => boolean) => controls.filter(holds).length / controls.length
    assert.isTrue(
      controls.every(({ crossover, scale }) => scale >= 0.1 && scale <= 1 && crossover >= 0 && crossover <= 1)
    )
    // Half of a Cauchy lies within its scale of 0.1; 68.27 % of a normal within its deviation of 0.1.
    assert.closeTo(
      share(({ scale }) => Math.abs(scale - 0.5) < 0.1),
      0.5,
      0.015
    )
    assert.closeTo(
      share(({ crossover }) => Math.abs(crossover - 0.7) < 0.1),
      0.6827,
      0.015
    )
  })
})
