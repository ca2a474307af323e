import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Result, Schema } from "effect"
import type { Pruner } from "../../src/pruner/Pruner.ts"
import * as Pruners from "../../src/pruner/Pruners.ts"
import type { Genes } from "./requests.ts"
import { genes, requestOf, shuffled, withValues } from "./requests.ts"

const runs = campaign(10_000, 100_000)

const made = (name: string, options: Pruner["options"] = {}): Pruner =>
  Result.getOrThrow(Pruners.decode({ name, options }))

/** Small startups and factors, so that each of them prunes about as often as not. */
const ranking = [
  made("none"),
  made("median", { startupTrials: 0 }),
  made("median", { startupTrials: 2, warmupSteps: 1, intervalSteps: 2, minimumTrials: 2 }),
  made("percentile", { startupTrials: 0, percentile: 10 }),
  made("patient", { patience: 0 }),
  made("patient", { patience: 1, pruner: "asha", "pruner.reductionFactor": 2 }),
  made("sha", { trials: 4, reductionFactor: 2 }),
  made("sha", { trials: 9, reductionFactor: 3, minResource: 2 }),
  made("asha", { reductionFactor: 2, keepLeader: false }),
  made("asha", { reductionFactor: 3, minEarlyStoppingRate: 1, maxResource: 8 }),
  made("hyperband", { maxResource: 8, reductionFactor: 2 }),
  made("hyperband", { maxResource: 9, reductionFactor: 3, synchronous: true })
]
const measuring = [
  made("wilcoxon", { pThreshold: 0.4 }),
  made("patient", { patience: 0, tolerance: 1.5, pruner: "percentile", "pruner.startupTrials": 0 })
]
const all = [...ranking, ...measuring, made("threshold", { lower: -3, upper: "0: 3, 4: 2", intervalSteps: 2 })]

const forThese = ({ objectives }: Genes, pruners: ReadonlyArray<Pruner>) =>
  objectives === 1 ? pruners : pruners.filter((pruner) => pruner.objectives === "many")

describe("every pruner", () => {
  it("prunes some and lets some go on, so that the laws below are about something", () => {
    for (const pruner of all) {
      const answers = Array.from({ length: 400 }, (_, seed) =>
        pruner.shouldPrune(requestOf({ seed, trials: 4 + (seed % 30), steps: 1 + (seed % 12), objectives: 1 }))
      )
      const pruned = answers.filter(Boolean).length
      if (pruner.name === "none") assert.strictEqual(pruned, 0)
      else assert.isTrue(pruned >= 4 && pruned <= 396, `${pruner.name} pruned ${pruned} of 400`)
    }
  })

  law("P14: does not care in which order trials are listed", runs, genes, (given) => {
    const request = requestOf(given)
    const mixed = { ...request, others: shuffled(request.others, given.seed) }
    return forThese(given, all).every((pruner) => pruner.shouldPrune(mixed) === pruner.shouldPrune(request))
  })

  law(
    "P14: whatever was asked before: one that has followed a growing study answers as a new one",
    campaign(1_000, 10_000),
    genes,
    (given) => {
      const { directions, others, seed, trial } = requestOf(given)
      // Each trial is asked about at each of its reports, with those before it as they are and those after it not yet begun.
      const asked = [...others, trial]
        .sort((a, b) => a.number - b.number)
        .flatMap((one, place, trials) =>
          one.reports.map((_, report) => ({
            directions,
            seed,
            trial: { ...one, state: "running" as const, reports: one.reports.slice(0, report + 1) },
            others: trials.filter((_, i) => i < place || (i === place + 1 && report % 2 === 0))
          }))
        )
      return forThese(given, all).every((pruner) => {
        const fresh = () => Result.getOrThrow(Pruners.decode(Pruners.encode(pruner)))
        const follower = fresh()
        return asked.every((request) => follower.shouldPrune(request) === fresh().shouldPrune(request))
      })
    }
  )

  law("P14: a pruner written down and read again answers the same", runs, genes, (given) => {
    const request = requestOf(given)
    return forThese(given, all).every((pruner) => {
      const again = Result.getOrThrow(Pruners.decode(JSON.parse(JSON.stringify(Pruners.encode(pruner)))))
      return again.shouldPrune(request) === pruner.shouldPrune(request)
    })
  })

  law("maximizes as it minimizes the negated values", runs, genes, (given) => {
    const request = requestOf(given)
    const directions = request.directions.map((it) => (it === "minimize" ? "maximize" : "minimize"))
    const mirrored = { ...withValues(request, (value) => -value), directions }
    return forThese(given, [...ranking, ...measuring]).every(
      (pruner) => pruner.shouldPrune(mirrored) === pruner.shouldPrune(request)
    )
  })

  law("that ranks: an increasing transform of each objective changes nothing", runs, genes, (given) => {
    const request = requestOf(given)
    const bent = withValues(request, (value, k) => (k === 0 ? Math.exp(value * 2) * 100 - 7 : value ** 3 + value))
    return forThese(given, ranking).every((pruner) => pruner.shouldPrune(bent) === pruner.shouldPrune(request))
  })

  law("that measures: scaling and shifting all values changes nothing", runs, genes, (given) => {
    const request = requestOf({ ...given, objectives: 1 })
    // Powers of two: nothing is rounded.
    const scaled = withValues(request, (value) => value * 4 + 16)
    const [wilcoxon, patient] = measuring
    const wider = made("patient", { ...patient!.options, tolerance: 6 })
    return (
      wilcoxon!.shouldPrune(scaled) === wilcoxon!.shouldPrune(request) &&
      wider.shouldPrune(scaled) === patient!.shouldPrune(request)
    )
  })

  law("never prunes a trial without reports", runs, genes, (given) => {
    const request = requestOf(given)
    const silent = { ...request, trial: { ...request.trial, reports: [] } }
    return forThese(given, all).every((pruner) => !pruner.shouldPrune(silent))
  })

  law("a patient pruner prunes nothing that the wrapped one does not", runs, genes, (given) => {
    const request = requestOf(given)
    const [, median] = ranking
    const patient = made("patient", { patience: 0, pruner: "median", "pruner.startupTrials": 0 })
    return !patient.shouldPrune(request) || median!.shouldPrune(request)
  })

  law("with a second objective that is the first again, nothing changes", runs, genes, (given) => {
    const request = requestOf({ ...given, objectives: 1 })
    const twice = (reports: (typeof request)["trial"]["reports"]) =>
      reports.map(({ step, values }) => ({ step, values: [values[0]!, values[0]!] }))
    const doubled = {
      ...request,
      directions: [request.directions[0]!, request.directions[0]!],
      trial: { ...request.trial, reports: twice(request.trial.reports) },
      others: request.others.map((trial) => ({ ...trial, reports: twice(trial.reports) }))
    }
    return ranking.every((pruner) =>
      // An unfinished rung: dominance tells less than the values do when equals are ordered by number.
      pruner.name === "sha" || pruner.options["synchronous"] === true
        ? !pruner.shouldPrune(doubled) || pruner.shouldPrune(request)
        : pruner.shouldPrune(doubled) === pruner.shouldPrune(request)
    )
  })
})

const names = [...Pruners.makers.keys(), "bayes", ""]
const keys =
  `percentile startupTrials warmupSteps intervalSteps minimumTrials patience tolerance pruner lower upper trials minResource
  maxResource reductionFactor synchronous keepLeader minEarlyStoppingRate pThreshold startupSteps pruner.startupTrials constructor
  n_startup_trials`.split(/\s+/)
const junk = Arbitrary.schema(
  Schema.Struct({
    name: Schema.Literals(names),
    options: Schema.Array(
      Schema.Tuple([
        Schema.Literals(keys),
        Schema.Union([
          Schema.Literals([
            0,
            1,
            -1,
            0.5,
            2,
            27,
            100,
            2 ** 40,
            2 ** 53,
            1e308,
            true,
            "",
            "median",
            "patient",
            "0: 1, 5: 2"
          ]),
          Schema.Literals(["5: 1, 0: 2", "x", "none", "-1: 3", "1e400: 2"])
        ])
      ])
    ).check(Schema.isMaxLength(3))
  })
)

describe("P16", () => {
  law("P16: any options are a pruner that answers, or one error with a message", runs, junk, ({ name, options }) => {
    const decoded = Pruners.decode({ name, options: Object.fromEntries(options) })
    if (Result.isFailure(decoded)) return decoded.failure.message.length > 0
    return [3, 30].every(
      (trials) =>
        typeof decoded.success.shouldPrune(requestOf({ seed: trials, trials, steps: 6, objectives: 1 })) === "boolean"
    )
  })
})
