import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Result } from "effect"
import * as RandomStream from "../../src/internal/random.ts"
import { wholeLog } from "../../src/internal/rungs.ts"
import * as Asha from "../../src/pruner/Asha.ts"
import * as Hyperband from "../../src/pruner/Hyperband.ts"
import type { Progress, Pruner, PruneRequest } from "../../src/pruner/Pruner.ts"
import * as SuccessiveHalving from "../../src/pruner/SuccessiveHalving.ts"
import { survivors } from "./reference/halving.ts"
import type { Genes } from "./requests.ts"
import { genes, shuffled } from "./requests.ts"

const at = (number: number, values: ReadonlyArray<number>, first = 1): Progress => ({
  number,
  state: "running",
  reports: values.map((value, i) => ({ step: first + i, values: [value] }))
})

const asked = (pruner: Pruner, trials: ReadonlyArray<Progress>, number: number, more: Partial<PruneRequest> = {}) =>
  pruner.shouldPrune({
    directions: ["minimize"],
    seed: 0,
    trial: trials.find((trial) => trial.number === number)!,
    others: trials.filter((trial) => trial.number !== number),
    ...more
  })

describe("Asha", () => {
  const asha = Result.getOrThrow(Asha.make({ minResource: 1, reductionFactor: 3, keepLeader: false }))

  it("judges in the order of coming, by hand: of n in the rung the best ⌊n / 3⌋ pass", () => {
    // Ranks on coming: 1 of 1, 1 of 2, 3 of 3, 1 of 4, 3 of 5, 2 of 6, 4 of 7, 8 of 8, 3 of 9.
    const losses = [0.5, 0.4, 0.6, 0.1, 0.45, 0.3, 0.42, 0.9, 0.35]
    const answers = losses.map((_, n) =>
      asked(
        asha,
        losses.slice(0, n + 1).map((loss, i) => at(i, [loss])),
        n
      )
    )
    assert.deepStrictEqual(answers, [true, true, true, false, true, false, true, true, false])
  })

  it("asked again later, promotes who is now among the best: the paper's promotion", () => {
    const early = [at(0, [0.5]), at(1, [0.4])]
    assert.isTrue(asked(asha, early, 1))
    assert.isFalse(asked(asha, [...early, at(2, [0.6])], 1))
    assert.isTrue(asked(asha, [...early, at(2, [0.3])], 1))
  })

  it("unless told otherwise, the best so far passes while fewer than the factor have come, nobody else", () => {
    const kind = Result.getOrThrow(Asha.make({ reductionFactor: 3 }))
    const trials = [at(0, [0.5]), at(1, [0.4])]
    assert.isFalse(asked(kind, trials.slice(0, 1), 0))
    assert.deepStrictEqual([asked(kind, trials, 0), asked(kind, trials, 1)], [true, false])
  })

  it("has rungs at r · η^(s + k): between them nobody is judged, and those at the end are not", () => {
    const made = Result.getOrThrow(
      Asha.make({ minResource: 2, reductionFactor: 2, minEarlyStoppingRate: 1, maxResource: 16, keepLeader: false })
    )
    const judged = Array.from({ length: 20 }, (_, i) => i + 1).filter((step) =>
      asked(
        made,
        [
          at(
            0,
            Array.from({ length: step }, () => 1)
          )
        ],
        0
      )
    )
    assert.deepStrictEqual(judged, [4, 8])
  })

  it("judges a report that jumps over rungs at each of them", () => {
    const trials = [at(0, [0.1]), at(1, [0.2]), at(2, [0.3])]
    const jumping = (value: number) =>
      ({ number: 3, state: "running", reports: [{ step: 5, values: [value] }] }) as const
    // Best of four in the first rung, but alone in the second.
    assert.isTrue(asked(asha, [...trials, jumping(0)], 3))
    const far = [...trials, at(4, [1, 1, 1]), at(5, [1, 1, 1])]
    assert.isFalse(asked(asha, [...far, jumping(0)], 3))
    assert.isTrue(asked(asha, [...far, jumping(0.5)], 3))
  })

  law(
    "of n in a rung exactly ⌊n / η⌋ pass, ties or not, one objective or more",
    campaign(10_000, 100_000),
    genes,
    (given) => {
      const random = RandomStream.stream(given.seed, 3)
      const factor = 2 + RandomStream.below(random, 4)
      const made = [true, false].map((keepLeader) =>
        Result.getOrThrow(Asha.make({ reductionFactor: factor, keepLeader }))
      )
      const directions = Array.from({ length: given.objectives }, () => "minimize" as const)
      const values = () => Array.from({ length: given.objectives }, () => RandomStream.below(random, 5))
      const trials = Array.from({ length: given.trials }, (_, number) => {
        return { number, state: "running", reports: [{ step: 1, values: values() }] } as const
      })
      const [kept, exact] = made.map(
        (pruner) => trials.filter(({ number }) => !asked(pruner, trials, number, { directions })).length
      )
      const best = Math.floor(trials.length / factor)
      return exact === best && kept === Math.max(best, Math.min(1, trials.length))
    }
  )
})

/** Losses that cross: step by step, at most 12 values, so that many are equal. */
const lossesOf = (trials: number, seed: number) =>
  Array.from(
    { length: trials },
    (_, trial) => (step: number) => RandomStream.below(RandomStream.stream(seed, trial, step), 12)
  )

/** Runs the trials of a cohort one step at a time in any order until all are pruned or at `last`; how far each comes. */
const drive = (
  pruner: Pruner,
  numbers: ReadonlyArray<number>,
  losses: ReadonlyArray<(step: number) => number>,
  last: number,
  seed: number
): ReadonlyArray<number> => {
  const trials = new Map<number, Progress>()
  const reached = numbers.map(() => 0)
  for (let step = 1; step <= last; step++) {
    const order = shuffled(
      numbers.map((_, i) => i),
      seed + step
    )
    for (const i of order) {
      const number = numbers[i]!
      const before = trials.get(number)
      if (before?.state === "pruned") continue
      const report = { step, values: [losses[i]!(step)] }
      trials.set(number, { number, state: "running", reports: [...(before?.reports ?? []), report] })
      reached[i] = step
    }
    // Everybody has come to this step: now all may be judged.
    for (const i of order) {
      const number = numbers[i]!
      const trial = trials.get(number)!
      if (trial.state === "running" && asked(pruner, [...trials.values()], number)) {
        trials.set(number, { ...trial, state: "pruned" })
      }
    }
  }
  return reached
}

describe("SuccessiveHalving", () => {
  law(
    "keeps whom the paper's algorithm keeps, rung by rung, in any order",
    campaign(2_000, 20_000),
    genes,
    (given: Genes) => {
      const size = 2 + (given.trials % 20)
      const factor = 2 + (given.steps % 3)
      const losses = lossesOf(size, given.seed)
      const pruner = Result.getOrThrow(SuccessiveHalving.make({ trials: size, reductionFactor: factor }))
      const expected = survivors(losses, 1, factor)
      const last = factor ** (expected.length - 1)
      const reached = drive(
        pruner,
        losses.map((_, i) => size * 3 + i),
        losses,
        last,
        given.seed
      )
      const rungs = expected.map((_, k) => losses.map((_, i) => i).filter((i) => reached[i]! >= factor ** k))
      assert.deepStrictEqual(rungs, expected)
      return true
    }
  )

  law(
    "prunes nobody whom a full rung would keep, however much of the cohort has come",
    campaign(5_000, 50_000),
    genes,
    (given) => {
      const size = 2 + (given.trials % 12)
      const losses = lossesOf(size, given.seed)
      const pruner = Result.getOrThrow(SuccessiveHalving.make({ trials: size, reductionFactor: 2 }))
      const kept = new Set(survivors(losses, 1, 2)[1])
      const order = shuffled(
        losses.map((_, i) => i),
        given.seed
      )
      return order.every((number, came) => {
        const trials = order.slice(0, came + 1).map((i) => at(i, [losses[i]!(1)]))
        return !(kept.has(number) && asked(pruner, trials, number))
      })
    }
  )

  it("prunes as soon as enough better ones have come, whoever is still on the way", () => {
    const pruner = Result.getOrThrow(SuccessiveHalving.make({ trials: 6, reductionFactor: 3 }))
    const come = [at(4, [0.1]), at(2, [0.2]), at(3, [0.3])]
    assert.isTrue(asked(pruner, come, 3))
    assert.isFalse(asked(pruner, come, 2))
    assert.isFalse(asked(pruner, come.slice(1), 3))
    // Of equals the smaller number goes on, and so it is sure as well.
    assert.isTrue(asked(pruner, [at(0, [1]), at(1, [1]), at(2, [1])], 2))
    const both = ["minimize", "minimize"] as const
    const two = (number: number, ...values: ReadonlyArray<number>): Progress => ({
      number,
      state: "running",
      reports: [{ step: 1, values }]
    })
    const dominated = [two(0, 1, 2), two(1, 2, 1), two(2, 3, 3)]
    assert.isTrue(asked(pruner, dominated, 2, { directions: both }))
    // Not dominated by both: a newcomer may yet throw one of them back behind it.
    assert.isFalse(asked(pruner, [two(0, 1, 2), two(1, 2, 0), two(2, 3, 1.5)], 2, { directions: both }))
  })

  it("does not wait for who has failed below a rung", () => {
    const pruner = Result.getOrThrow(SuccessiveHalving.make({ trials: 4, reductionFactor: 2 }))
    const come = [at(0, [0.1, 0.1]), at(1, [0.2, 0.2]), at(2, [0.3])]
    assert.isFalse(asked(pruner, come, 1))
    const failed = { number: 3, state: "failed", reports: [] } as const
    // The rung is full without the fourth: two of four go on, and of them one goes beyond step 2.
    assert.isTrue(asked(pruner, [...come, failed], 1))
    assert.isFalse(asked(pruner, [...come, failed], 0))
    assert.isTrue(asked(pruner, [...come, failed], 2))
  })
})

describe("Hyperband", () => {
  it("has the published table for R = 81, η = 3", () => {
    const table = Hyperband.brackets({ minResource: 1, maxResource: 81, reductionFactor: 3 })
    const rows = table.map(({ index, rungs }) => [index, ...rungs.map(({ step, trials }) => `${trials}@${step}`)])
    assert.deepStrictEqual(rows, [
      [4, "81@1", "27@3", "9@9", "3@27", "1@81"],
      [3, "34@3", "11@9", "3@27", "1@81"],
      [2, "15@9", "5@27", "1@81"],
      [1, "8@27", "2@81"],
      [0, "5@81"]
    ])
  })

  it("finds s_max without logarithms: 1000 is divided by 10 three times, where Math.log says 2.99…", () => {
    assert.isBelow(Math.log(1000) / Math.log(10), 3)
    assert.strictEqual(wholeLog(1, 1000, 10), 3)
    assert.strictEqual(wholeLog(1, 243, 3), 5)
    assert.strictEqual(Hyperband.brackets({ minResource: 1, maxResource: 243, reductionFactor: 3 }).length, 6)
    for (let factor = 2; factor <= 10; factor++) {
      for (let k = 0; factor ** k <= 2 ** 40; k++) {
        assert.strictEqual(wholeLog(1, factor ** k, factor), k)
        if (k > 0) assert.strictEqual(wholeLog(1, factor ** k - 1, factor), k - 1)
        assert.strictEqual(wholeLog(7, 7 * factor ** k, factor), k)
      }
    }
  })

  it("gives each bracket its trials in each round, and about its share of any hundred numbers", () => {
    const table = Hyperband.brackets({ minResource: 1, maxResource: 81, reductionFactor: 3 })
    const placeOf = Hyperband.assignment(table)
    const countsOf = (from: number, to: number) => {
      const counts = new Map(table.map((bracket) => [bracket, 0]))
      for (let n = from; n < to; n++) counts.set(placeOf(n).bracket, counts.get(placeOf(n).bracket)! + 1)
      return [...counts.values()]
    }
    for (const round of [0, 1, 5]) assert.deepStrictEqual(countsOf(round * 143, round * 143 + 143), [81, 34, 15, 8, 5])
    assert.strictEqual(placeOf(143 * 5 + 7).round, 5)
    for (let from = 0; from < 300; from += 7) {
      for (const [i, count] of countsOf(from, from + 100).entries()) {
        assert.approximately(count, (table[i]!.trials * 100) / 143, 3)
      }
    }
  })

  it("synchronous: each bracket of a round keeps whom successive halving keeps", () => {
    const pruner = Result.getOrThrow(Hyperband.make({ maxResource: 9, reductionFactor: 3, synchronous: true }))
    const table = Hyperband.brackets({ minResource: 1, maxResource: 9, reductionFactor: 3 })
    const placeOf = Hyperband.assignment(table)
    const round = table.reduce((sum, { trials }) => sum + trials, 0)
    for (let seed = 0; seed < 20; seed++) {
      const losses = lossesOf(round, seed)
      const numbers = losses.map((_, i) => round + i)
      const reached = drive(pruner, numbers, losses, 9, seed)
      for (const bracket of table) {
        const members = losses.map((_, i) => i).filter((i) => placeOf(numbers[i]!).bracket === bracket)
        const expected = survivors(
          members.map((i) => losses[i]!),
          bracket.rungs[0]!.step,
          3
        )
        for (const [k, { step, trials }] of bracket.rungs.entries()) {
          const came = members.map((i, place) => ({ i, place })).filter(({ i }) => reached[i]! >= step)
          assert.deepStrictEqual(
            came.map(({ place }) => place),
            [...expected[k]!]
          )
          assert.strictEqual(came.length, trials)
        }
      }
    }
  })

  it("asynchronous: a trial is compared with those of its bracket only", () => {
    const pruner = Result.getOrThrow(Hyperband.make({ maxResource: 9, reductionFactor: 3, keepLeader: false }))
    const placeOf = Hyperband.assignment(Hyperband.brackets({ minResource: 1, maxResource: 9, reductionFactor: 3 }))
    const inBracket = (index: number) =>
      Array.from({ length: 60 }, (_, n) => n).filter((n) => placeOf(n).bracket.index === index)
    const [first, second, third, own] = inBracket(2)
    const worse = [first!, second!, third!].map((number) => at(number, [2]))
    const strangers = [...inBracket(1), ...inBracket(0)].map((number) => at(number, [0]))
    assert.isFalse(asked(pruner, [...worse, ...strangers, at(own!, [1])], own!))
    assert.isTrue(asked(pruner, [...strangers, at(own!, [1])], own!))
    assert.isFalse(asked(pruner, [...strangers, ...worse], inBracket(0)[0]!))
  })

  it("refuses a largest step below the smallest, and rounds without end", () => {
    const message = (options: Partial<Hyperband.Options>) =>
      Result.match(Hyperband.make(options), { onFailure: (error) => error.message, onSuccess: () => "made" })
    assert.strictEqual(message({ minResource: 9, maxResource: 8 }), "hyperband.maxResource: is below minResource, 9")
    assert.match(message({ maxResource: 2 ** 40, reductionFactor: 2 }), /^hyperband.maxResource: a round would have/)
    assert.match(message({ reductionFactor: 1 }), /^hyperband.reductionFactor: /)
  })
})
