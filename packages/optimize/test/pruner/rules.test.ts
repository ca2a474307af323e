import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Result, Schema } from "effect"
import * as Normal from "../../src/internal/normal.ts"
import { greaterP } from "../../src/internal/signedRank.ts"
import * as Asha from "../../src/pruner/Asha.ts"
import * as Median from "../../src/pruner/Median.ts"
import * as Patient from "../../src/pruner/Patient.ts"
import type { Progress, Pruner } from "../../src/pruner/Pruner.ts"
import * as Pruners from "../../src/pruner/Pruners.ts"
import * as Wilcoxon from "../../src/pruner/Wilcoxon.ts"
import * as Sobol from "../../src/sampler/Sobol.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import * as Study from "../../src/study/Study.ts"
import { signedRankScore, signedRankTail } from "./reference/halving.ts"
import optuna from "./reference/optunaPruners.json" with { type: "json" }

const made = (name: string, options: Pruner["options"] = {}): Pruner =>
  Result.getOrThrow(Pruners.decode({ name, options }))

const message = (name: string, options: Pruner["options"]) =>
  Result.match(Pruners.decode({ name, options }), { onFailure: (error) => error.message, onSuccess: () => "made" })

/** As in reference/optunaPruners.py. */
const value = (trial: number, step: number) =>
  1000 * (((trial * trial * 389 + trial * 613) % 1009) + 3 * ((trial * 31 + step * 17) % 97)) + trial

const reportsOf = (trial: number, steps: number, first = 0) =>
  Array.from({ length: steps }, (_, i) => ({ step: first + i, values: [value(trial, first + i)] }))

describe("beside Optuna 3.1", () => {
  const situation = (pruner: Pruner, number: number, direction: "minimize" | "maximize") => {
    const n = 1 + Math.floor(number / 4)
    const shift = 50 * number
    const others = Array.from({ length: n }, (_, t): Progress => ({
      number: t,
      state: "complete",
      reports: reportsOf(shift + t, 4),
      values: [0]
    }))
    const trial: Progress = { number: n, state: "running", reports: reportsOf(shift + n, 1 + (number % 4)) }
    return { n, answer: pruner.shouldPrune({ directions: [direction], seed: 0, trial, others }) }
  }
  const pruners = {
    median: made("median", { startupTrials: 2 }),
    late: made("median", { startupTrials: 0, warmupSteps: 1, intervalSteps: 2, minimumTrials: 3 }),
    quarter: made("percentile", { percentile: 25, startupTrials: 0 }),
    patient: made("patient", { patience: 1 }),
    tolerant: made("patient", { patience: 0, tolerance: 5000, pruner: "median", "pruner.startupTrials": 0 })
  }

  for (const direction of ["minimize", "maximize"] as const) {
    for (const [name, pruner] of Object.entries(pruners)) {
      it(`${name}, ${direction}: the same answers, but where a percentile falls between two trials`, () => {
        const expected: ReadonlyArray<number> = optuna.situations[direction][name as keyof typeof pruners]
        const percentile = name === "quarter" ? 25 : 50
        let same = 0
        for (const [number, theirs] of expected.entries()) {
          const { answer, n } = situation(pruner, number, direction)
          const isOnTrial = name === "patient" || ((n - 1) * percentile) % 100 === 0
          if (isOnTrial) assert.strictEqual(answer, theirs === 1, `situation ${number}`)
          // Between two trials Optuna prunes from their weighted mean on, and we from the worse of them on.
          else assert.isTrue(!answer || theirs === 1, `situation ${number}`)
          if (answer === (theirs === 1)) same++
        }
        assert.isAtLeast(same, 48)
      })
    }
  }

  /** `workers` run side by side, one report each in turn. */
  const lengths = (pruner: Pruner, trials: number, steps: number, workers: number) => {
    const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) })
    let study = Result.getOrThrow(Study.make({ space, sampler: Result.getOrThrow(Sobol.make()), pruner }))
    const ended = new Array<number>(trials).fill(0)
    let running: ReadonlyArray<number> = []
    while (study.count < trials || running.length > 0) {
      while (running.length < workers && study.count < trials) {
        const [next, { number }] = Result.getOrThrow(Study.ask(study))
        study = next
        running = [...running, number]
      }
      for (const number of running) {
        const step = ++ended[number]!
        study = Result.getOrThrow(Study.report(study, number, step, value(number, step)))
        if (Study.shouldPrune(study, number)) study = Result.getOrThrow(Study.prune(study, number))
        else if (step === steps) study = Result.getOrThrow(Study.tell(study, number, value(number, step)))
      }
      running = running.filter((number) => study.trial(number)?.state === "running")
    }
    return ended
  }

  for (const workers of ["1", "7"] as const) {
    it(`asha in a study of ${workers} workers: every trial ends at the same step`, () => {
      const three = Result.getOrThrow(Asha.make({ reductionFactor: 3 }))
      const late = Result.getOrThrow(Asha.make({ minResource: 2, reductionFactor: 2, minEarlyStoppingRate: 1 }))
      assert.deepStrictEqual(lengths(three, 60, 27, Number(workers)), optuna.halving.three[workers])
      assert.deepStrictEqual(lengths(late, 60, 27, Number(workers)), optuna.halving.late[workers])
    })
  }

  it("in a study, every pruner saves steps and lets somebody end", () => {
    const savings = [
      ...["median", "percentile", "sha", "asha", "hyperband"].map((name) => made(name)),
      made("patient", { patience: 20 }),
      made("threshold", { upper: 600_000 }),
      made("wilcoxon")
    ].map((pruner) => {
      const ended = lengths(pruner, 60, 27, 9)
      return [pruner.name, ended.some((steps) => steps < 27), ended.some((steps) => steps === 27)]
    })
    assert.deepStrictEqual(
      savings,
      savings.map(([name]) => [name, true, true])
    )
  })
})

describe("Median and Percentile", () => {
  const complete = (number: number, ...values: ReadonlyArray<number>): Progress => ({
    number,
    state: "complete",
    reports: values.map((it, step) => ({ step, values: [it] })),
    values: [0]
  })
  const isPruned = (pruner: Pruner, others: ReadonlyArray<Progress>, ...values: ReadonlyArray<number>) =>
    pruner.shouldPrune({
      directions: ["minimize"],
      seed: 0,
      trial: { ...complete(99, ...values), state: "running" },
      others
    })

  it("compares the best so far with the median at the step, by hand", () => {
    const pruner = Result.getOrThrow(Median.make({ startupTrials: 0 }))
    const others = [complete(0, 1, 5), complete(1, 2, 6), complete(2, 3, 7)]
    assert.deepStrictEqual(
      [2, 2.1].map((it) => isPruned(pruner, others, it)),
      [false, true]
    )
    assert.deepStrictEqual(
      [6.5, 6].map((it) => isPruned(pruner, others, it, 9)),
      [true, false]
    )
    assert.isFalse(isPruned(pruner, others, 6, 100))
  })

  it("waits for startup trials, warm-up steps, the interval and trials at the step; others than complete ones do not count", () => {
    const others = [0, 1, 2, 3].map((number) => complete(number, 1, 1, 1, 1, 1, 1))
    assert.isFalse(isPruned(made("median"), others, 2))
    assert.isTrue(isPruned(made("median", { startupTrials: 4 }), others, 2))
    const pruned = others.map((trial) => ({ ...trial, state: "pruned" as const }))
    assert.isFalse(isPruned(made("median", { startupTrials: 0 }), pruned, 2))
    const timed = made("median", { startupTrials: 0, warmupSteps: 1, intervalSteps: 3 })
    const answers = [1, 2, 3, 4, 5, 6].map((length) => isPruned(timed, others, ...Array.from({ length }, () => 2)))
    assert.deepStrictEqual(answers, [false, true, false, false, true, false])
    const more = made("median", { startupTrials: 0, minimumTrials: 5 })
    assert.isFalse(isPruned(more, others, 2))
    assert.isTrue(isPruned(more, [...others, complete(4, 1)], 2))
  })

  it("with two objectives counts who stands in an earlier front", () => {
    const pruner = made("median", { startupTrials: 0 })
    const point = (number: number, state: "complete" | "running", ...values: ReadonlyArray<number>): Progress => ({
      number,
      state,
      reports: [{ step: 0, values }],
      values
    })
    // Two in the first front, one in the second.
    const others = [point(0, "complete", 0, 4), point(1, "complete", 4, 0), point(2, "complete", 5, 5)]
    const answer = (...values: ReadonlyArray<number>) =>
      pruner.shouldPrune({
        directions: ["minimize", "minimize"],
        seed: 0,
        trial: point(9, "running", ...values),
        others
      })
    assert.deepStrictEqual([answer(2, 2), answer(9, -1), answer(1, 5)], [false, false, true])
  })
})

describe("Patient, Threshold", () => {
  it("patient refuses a pruner that is not known, its options where none is named, and a wrong option by its path", () => {
    assert.match(
      message("patient", { pruner: "bayes" }),
      /^patient.pruner: there is no pruner "bayes"; there are asha, /
    )
    assert.match(message("patient", { "pruner.startupTrials": 1 }), /there is no wrapped pruner/)
    assert.match(message("patient", { pruner: 3 }), /is not the name of a pruner/)
    assert.match(message("patient", { pruner: "median", "pruner.x": 1 }), /^patient.pruner: median.x: /)
    assert.match(message("patient", { patience: -1 }), /^patient.patience: /)
  })

  it("patient wraps any pruner, also one of one's own and another patient one", () => {
    const never: Pruner = { name: "mine", options: {}, objectives: "one", shouldPrune: () => true }
    const more = new Map<string, Pruners.Maker>([["mine", () => Result.succeed(never)]])
    const options = { patience: 0, pruner: "patient", "pruner.patience": 2, "pruner.pruner": "mine" }
    const pruner = Result.getOrThrow(Pruners.decode({ name: "patient", options }, more))
    assert.strictEqual(pruner.objectives, "one")
    assert.deepStrictEqual(pruner.options, { ...options, tolerance: 0, "pruner.tolerance": 0 })
    const trial = (...values: ReadonlyArray<number>): Progress => ({
      number: 0,
      state: "running",
      reports: values.map((it, step) => ({ step, values: [it] }))
    })
    const isPruned = (...values: ReadonlyArray<number>) =>
      pruner.shouldPrune({ directions: ["maximize"], seed: 0, trial: trial(...values), others: [] })
    assert.deepStrictEqual([isPruned(5, 4, 4), isPruned(5, 4, 4, 4), isPruned(5, 4, 5, 4)], [false, true, false])
    assert.strictEqual(Result.getOrThrow(Patient.make({}, never)).options["pruner"], "mine")
  })

  it("threshold holds bounds that change with the step, inclusive, and refuses what is none", () => {
    const pruner = made("threshold", { lower: -1, upper: "2: 10, 4: 1.5e0" })
    const isPruned = (step: number, it: number) => {
      const trial = { number: 0, state: "running", reports: [{ step, values: [it] }] } as const
      return pruner.shouldPrune({ directions: ["minimize"], seed: 0, trial, others: [] })
    }
    assert.deepStrictEqual(
      [isPruned(1, 1e9), isPruned(2, 10), isPruned(3, 10.1), isPruned(4, 1.6)],
      [false, false, true, true]
    )
    assert.deepStrictEqual([isPruned(9, -1), isPruned(9, -1.1), isPruned(1, Number.NaN)], [false, true, true])
    assert.match(message("threshold", {}), /^threshold: needs lower or upper/)
    assert.match(message("threshold", { lower: 2, upper: 1 }), /^threshold.lower: is above upper, 1/)
    for (const upper of ["", "5", "a: 1", "1: x", "2: 1, 2: 2", "1: 1,", "-1: 2", "1.5: 2", "99999999999999999: 1"]) {
      assert.match(message("threshold", { upper }), /^threshold.upper: /, upper)
    }
    assert.match(message("threshold", { upper: true }), /^threshold/)
  })
})

const whole = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

describe("Wilcoxon", () => {
  it("has the published probabilities of the signed-rank sum (one-sided: 5, 10, 15 and 20 pairs)", () => {
    // Tables give P(W ≤ T) for the smaller sum; all but the named ranks are positive here.
    const withNegative = (n: number, ...negative: ReadonlyArray<number>) =>
      greaterP(Array.from({ length: n }, (_, i) => (negative.includes(i + 1) ? -(i + 1) : i + 1)))
    assert.strictEqual(withNegative(5), 1 / 32)
    assert.approximately(withNegative(10, 8), 0.0244, 5e-5)
    assert.approximately(withNegative(10, 10), 0.042, 5e-4)
    assert.approximately(withNegative(15, 15, 12, 3), 0.0473, 5e-5)
    assert.approximately(withNegative(20, 20, 19, 18, 3), 0.0487, 5e-5)
  })

  law(
    "counts as a list of all sign patterns does, with ties and zeros",
    campaign(3_000, 30_000),
    Arbitrary.schema(Schema.Array(whole(-5, 5)).check(Schema.isMaxLength(10))),
    (differences) => Math.abs(greaterP(differences) - signedRankTail(differences)) < 1e-12
  )

  law(
    "beyond fifty pairs is the normal tail with ties and continuity corrected, and there counting says nearly the same",
    campaign(1_000, 10_000),
    Arbitrary.schema(Schema.Struct({ n: whole(45, 70), ties: whole(1, 4), shift: whole(-10, 25) })),
    ({ n, shift, ties }) => {
      const sign = (i: number) => ((i * 7919) % 60 < 30 + shift ? 1 : -1)
      const differences = Array.from({ length: n }, (_, i) => sign(i) * (1 + Math.floor(i / ties)))
      const expected = Normal.distribution(-signedRankScore(differences))
      return Math.abs(greaterP(differences) - expected) < (n > 50 ? 1e-9 : 0.003)
    }
  )

  const reports = (values: ReadonlyArray<number>) => values.map((it, step) => ({ step, values: [it] }))
  const isPruned = (
    values: ReadonlyArray<number>,
    others: ReadonlyArray<Progress>,
    options: Partial<Wilcoxon.Options> = {}
  ) =>
    Result.getOrThrow(Wilcoxon.make(options)).shouldPrune({
      directions: ["minimize"],
      seed: 0,
      trial: { number: 9, state: "running", reports: reports(values) },
      others
    })
  const best: Progress = { number: 1, state: "complete", reports: reports([1, 2, 3, 4, 5]), values: [3] }

  it("prunes at p below the threshold: four worse of four have 1/16, three have 1/8", () => {
    assert.isFalse(isPruned([2, 4, 6], [best]))
    assert.isTrue(isPruned([2, 4, 6, 8], [best]))
    assert.isFalse(isPruned([2, 4, 6, 8], [best], { pThreshold: 1 / 16 }))
    assert.isFalse(isPruned([2, 4, 6, 8], [best], { startupSteps: 5 }))
  })

  it("does not prune a trial whose mean is as good as the best value, nor without a best trial, nor with infinite values", () => {
    const easy: Progress = { ...best, values: [5] }
    assert.isFalse(isPruned([2, 4, 6, 8], [easy]))
    assert.isFalse(isPruned([2, 4, 6, 8], []))
    assert.isFalse(isPruned([2, 4, 6, 8], [{ ...best, state: "pruned" }]))
    assert.isFalse(isPruned([2, 4, 6, 8], [{ ...best, constraints: [1] }]))
    assert.isFalse(isPruned([2, 4, 6, 8, Number.POSITIVE_INFINITY], [best]))
    assert.isFalse(isPruned([2, 4, 6, 8], [{ ...best, reports: reports([1, 2, Number.NEGATIVE_INFINITY]) }]))
  })

  it("a mean that is exactly as good as the best value is not made worse by rounding thirds", () => {
    const known: Progress = { number: 1, state: "complete", reports: reports([-3, -1, -1, -3]), values: [0] }
    assert.isFalse(isPruned([-1, 3, -2], [known], { pThreshold: 0.4 }))
    assert.isTrue(isPruned([-1, 3, -1.9], [known], { pThreshold: 0.4 }))
    const huge: Progress = { number: 1, state: "complete", reports: reports([1, 1, 1, 1]), values: [1] }
    assert.isTrue(isPruned([1e308, 1e308, 1e308, 1e308], [huge]))
  })

  it("compares with the best of several: of equals, the smallest number", () => {
    const worse: Progress = { ...best, number: 2, values: [4], reports: reports([9, 9, 9, 9, 9]) }
    const equal: Progress = { ...worse, values: [3] }
    assert.isTrue(isPruned([2, 4, 6, 8], [worse, best]))
    assert.isTrue(isPruned([2, 4, 6, 8], [equal, best]))
    assert.isFalse(isPruned([2, 4, 6, 8], [{ ...equal, number: 0 }, best]))
  })
})

describe("a study of several objectives", () => {
  const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) })
  const define = (pruner: Pruner) =>
    Study.make({ space, sampler: Result.getOrThrow(Sobol.make()), pruner, directions: ["minimize", "maximize"] })

  it("refuses the pruners that look at one, and takes the others", () => {
    const refused = [...Pruners.makers.keys()].filter((name) =>
      Result.isFailure(define(made(name, name === "threshold" ? { upper: 1 } : {})))
    )
    assert.deepStrictEqual(refused, ["threshold", "wilcoxon"])
    assert.isTrue(Result.isFailure(define(made("patient", { pruner: "wilcoxon" }))))
  })
})
