import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Schema } from "effect"
import * as Random from "../../src/internal/random.ts"
import { isTelling, minimized, rank, violation } from "../../src/internal/ranking.ts"
import type { Direction, Observation } from "../../src/sampler/Sampler.ts"

const params = { x: 0 }

const complete = (number: number, values: ReadonlyArray<number>, constraints?: ReadonlyArray<number>): Observation => ({
  state: "complete",
  number,
  params,
  values,
  constraints
})
const pruned = (number: number, step?: number, value?: number): Observation => ({
  state: "pruned",
  number,
  params,
  step,
  value
})
const failed = (number: number): Observation => ({ state: "failed", number, params })

const order = (history: ReadonlyArray<Observation>, ...directions: ReadonlyArray<Direction>) =>
  rank(history, directions).map(({ number }) => number)

const seeds = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))

/** Trials of all states with many ties. */
const historyOf = (seed: number): ReadonlyArray<Observation> => {
  const random = Random.stream(seed)
  return Array.from({ length: Random.below(random, 15) }, (_, number) => {
    const kind = Random.below(random, 8)
    const value = Random.below(random, 5) - 2
    if (kind === 0) return failed(number)
    if (kind === 1) return pruned(number, Random.below(random, 3), value)
    if (kind === 2) return complete(number, [value], [Random.below(random, 3) - 1, Random.below(random, 3) - 1])
    return complete(number, [kind === 3 && value === 0 ? Number.NaN : value])
  })
}

/** The rules one by one, each as a number: smaller first. */
const keys = (trial: Observation, direction: Direction): ReadonlyArray<number> => {
  const sign = direction === "minimize" ? 1 : -1
  if (trial.state === "failed") return []
  if (trial.state === "pruned") return [2, -(trial.step ?? -1), sign * (trial.value ?? 0), trial.number]
  const broken = (trial.constraints ?? []).filter((it) => it > 0).reduce((a, b) => a + b, 0)
  return broken > 0 ? [1, broken, trial.number] : [0, sign * trial.values[0]!, trial.number]
}

const byKeys = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number => {
  const at = a.findIndex((x, i) => x !== b[i])
  return at === -1 ? 0 : a[at]! - b[at]!
}

describe("ranking", () => {
  law("one objective: is the order of the rules, written a second time", campaign(2_000, 50_000), seeds, (seed) => {
    const history = historyOf(seed)
    for (const direction of ["minimize", "maximize"] as const) {
      const expected = history
        .filter((trial) => trial.state !== "failed" && !(trial.state === "complete" && trial.values.some(Number.isNaN)))
        .toSorted((a, b) => byKeys(keys(a, direction), keys(b, direction)))
      const numbers = expected.map(({ number }) => number)
      assert.deepStrictEqual(order(history, direction), numbers)
      assert.deepStrictEqual(order(history.toReversed(), direction), numbers)
    }
    return true
  })

  it("several objectives: front by front, in a front the lonely first, equals by number", () => {
    // Front one is 0, 1, 2, 4; 1 and 2 lie between the ends 0 and 4, 2 is lonelier.
    const history = [
      complete(0, [0, 10]),
      complete(1, [1, 8]),
      complete(2, [4, 4]),
      complete(3, [9, 9]),
      complete(4, [8, 0])
    ]
    assert.deepStrictEqual(order(history, "minimize", "minimize"), [0, 4, 2, 1, 3])
    // Maximized, 3 dominates all but 0; of the others 1 and 4 are the ends.
    assert.deepStrictEqual(order(history, "maximize", "maximize"), [0, 3, 1, 4, 2])
  })

  it("several objectives: who keeps the constraints first, who breaks them by how much, then the pruned", () => {
    const history = [
      pruned(0, 5, 1),
      complete(1, [0, 0], [2, -5]),
      complete(2, [0, 0], [0.5, 0.5]),
      complete(3, [9, 9], [0]),
      failed(4)
    ]
    assert.deepStrictEqual(order(history, "minimize", "maximize"), [3, 2, 1, 0])
  })

  it("pruned trials: the farthest first; of equal steps the better value; none told comes last", () => {
    const history = [pruned(0), pruned(1, 3, 7), pruned(2, 3, 5), pruned(3, 9, 100), pruned(4, 3)]
    assert.deepStrictEqual(order(history, "minimize"), [3, 2, 1, 4, 0])
    assert.deepStrictEqual(order(history, "maximize"), [3, 1, 2, 4, 0])
    // With several objectives an intermediate value belongs to none of them.
    assert.deepStrictEqual(order(history, "minimize", "minimize"), [3, 1, 2, 4, 0])
  })

  it("leaves out what cannot be ranked", () => {
    assert.isFalse(isTelling(failed(0)))
    assert.isFalse(isTelling(complete(0, [1, Number.NaN])))
    assert.isFalse(isTelling(complete(0, [1], [Number.NaN])))
    assert.isFalse(isTelling(pruned(0, 1, Number.NaN)))
    assert.isTrue(isTelling(complete(0, [Number.POSITIVE_INFINITY])))
    assert.isTrue(isTelling(pruned(0)))
  })

  it("sums what constraints are above 0, and turns maximized values round", () => {
    assert.strictEqual(violation({ constraints: [-3, 0, 0.25, 0.5] }), 0.75)
    assert.strictEqual(violation({}), 0)
    assert.deepStrictEqual(minimized([1, 2, -3], ["minimize", "maximize", "maximize"]), [1, -2, 3])
  })
})
