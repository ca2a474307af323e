/** A run made up from a seed, plausible enough to look at and strange enough, if asked, to break a careless page. */
import * as SeededRandom from "../../src/data/SeededRandom.ts"
import type {
  ParameterValue,
  ParameterValues,
  ReportAttempt,
  ReportDecision,
  ReportModel,
  ReportRound,
  ReportTrial
} from "../../src/report/ReportModel.ts"
import { defaults, searchSpace } from "../../src/training/HyperParameters.ts"

const temperaments = ["bold", "cautious", "steady", "curious", "thrifty", "stubborn"]
const samplers = ["TPE", "Sobol", "random", "local search", "TPE, wide", "annealing"]
const names = [
  "ada",
  "blaise",
  "carl",
  "dora",
  "emmy",
  "felix",
  "grace",
  "henri",
  "ida",
  "john",
  "karen",
  "leo",
  "mary"
]

const draw = (random: SeededRandom.SeededRandom): ParameterValues =>
  Object.fromEntries(
    searchSpace.map((dimension): [string, ParameterValue] => {
      const u = random.float()
      if (dimension.kind === "categorical") {
        return [dimension.name, dimension.choices[Math.floor(u * dimension.choices.length)]!]
      }
      const { kind, max, min, name } = dimension
      if (kind === "int") return [name, Math.round(min + u * (max - min))]
      return [name, kind === "float" ? min + u * (max - min) : Math.exp(Math.log(min) + u * Math.log(max / min))]
    })
  )

export interface SampleOptions {
  readonly seed?: number
  readonly agents?: number
  readonly workers?: number
  readonly rounds?: number
  readonly slots?: number
  readonly interrupted?: boolean
  /** Put around every text, to see whether it is escaped. */
  readonly taint?: (text: string) => string
}

export const sampleModel = (options: SampleOptions = {}): ReportModel => {
  const {
    agents: agentCount = 6,
    interrupted = false,
    rounds: roundCount = 10,
    slots = 6,
    workers: threads = 2
  } = options
  const taint = options.taint ?? ((text: string) => text)
  const random = SeededRandom.make(options.seed ?? 1)
  const agents = Array.from({ length: agentCount }, (_, i) =>
    taint(names[i % names.length]! + (i < names.length ? "" : i))
  )
  const workers = Array.from({ length: threads }, (_, i) => taint(`worker ${i + 1}`))
  const credits = agents.map(() => [100])
  const trials: Array<ReportTrial> = []
  const attempts: Array<ReportAttempt> = []
  const rounds: Array<ReportRound> = []
  const decisions: Array<ReportDecision> = []
  let shared: ParameterValues = Object.fromEntries(searchSpace.map(({ name }) => [name, defaults[name]]))
  let now = 0.4
  let leader = 0
  for (let round = 1; round <= roundCount; round++) {
    const from = now
    const free = workers.map(() => now + 0.1)
    for (let slot = 0; slot < slots; slot++) {
      const winner = random.below(agents.length)
      const id = taint(`t${trials.length + 1}`)
      const skill = 0.35 + 0.6 * (round / roundCount)
      const error = Math.min(0.9, 0.014 + Math.exp(-1.5 - 4 * skill * random.float() - 1.5 * skill))
      const diverged = trials.length === 8
      const worker = free.indexOf(Math.min(...free))
      const start = free[worker]!
      let length = 0.15 + 0.5 * random.float()
      if (trials.length === 20) {
        attempts.push({
          trialId: id,
          agent: agents[winner]!,
          worker: workers[worker]!,
          from: start,
          to: start + 0.2,
          outcome: "died"
        })
        length += 0.35
        attempts.push({
          trialId: id,
          agent: agents[winner]!,
          worker: workers[worker]!,
          from: start + 0.35,
          to: start + length,
          outcome: "finished"
        })
      } else {
        attempts.push({
          trialId: id,
          agent: agents[winner]!,
          worker: workers[worker]!,
          from: start,
          to: start + length,
          outcome: "finished"
        })
      }
      free[worker] = start + length
      const accuracy = diverged ? 0 : Math.round((1 - error) * 360) / 360
      trials.push({
        id,
        agent: agents[winner]!,
        round,
        params: draw(random),
        outcome: diverged ? "diverged" : "trained",
        accuracy,
        loss: diverged ? 34.54 : error * 3.2
      })
    }
    now = Math.max(...free) + 0.15
    const best = trials.reduce((a, b) => (b.accuracy > a.accuracy ? b : a))
    if (round === 6) leader = 1 % agents.length
    rounds.push({
      round,
      from,
      to: now,
      coordinator: agents[leader]!,
      slots,
      price: 4 + 3 * random.float(),
      best: best.accuracy
    })
    for (const list of credits) list.push(Math.max(0, list.at(-1)! - 12 + 24 * random.float()))
    const outcome = (["accepted", "rejected", "accepted", "no majority"] as const)[random.below(4)]!
    const names = searchSpace
      .map(({ name }) => name)
      .filter((name) => random.float() < 0.45 && best.params[name] !== shared[name])
    const changes = names.map((variable) => ({
      variable: taint(variable),
      from: shared[variable]!,
      to: typeof best.params[variable] === "string" ? taint(String(best.params[variable])) : best.params[variable]!
    }))
    decisions.push({
      round,
      at: now - 0.05,
      proposer: best.agent,
      trialId: best.id,
      changes,
      outcome,
      votes: agents.map((agent, i) => {
        const vote =
          i === 3 && round === 4 ? "silent" : (outcome === "accepted") === random.float() < 0.8 ? "accept" : "reject"
        const why =
          vote === "silent"
            ? "did not answer in time"
            : `my best near this is ${(94 + 4 * random.float()).toFixed(2)} %, the proposal has ${(best.accuracy * 100).toFixed(2)} %`
        return { agent, vote, why: taint(why) }
      })
    })
    if (outcome === "accepted")
      shared = { ...shared, ...Object.fromEntries(names.map((name) => [name, best.params[name]!])) }
  }
  const best = trials.reduce((a, b) => (b.accuracy > a.accuracy ? b : a))
  const death = attempts.find(({ outcome }) => outcome === "died")
  const seconds = now + 2.2
  const search = SeededRandom.make(99)
  return {
    title: taint("A team of agents tunes a neural network"),
    startedAt: taint("2026-01-15 10:24"),
    seconds,
    seed: options.seed ?? 1,
    command: taint("npx -y pnpm@12 demo --seed 1"),
    interrupted,
    data: { name: taint("digits.csv"), features: 64, classes: 10, train: 1078, validation: 360, test: 359 },
    parameters: searchSpace.map((dimension) =>
      dimension.kind === "categorical"
        ? { name: taint(dimension.name), kind: dimension.kind, choices: dimension.choices.map(taint) }
        : { ...dimension, name: taint(dimension.name) }
    ),
    agents: agents.map((id, i) => ({
      id,
      sampler: taint(samplers[i % samplers.length]!),
      temperament: taint(temperaments[i % temperaments.length]!),
      credits: credits[i]!
    })),
    workers,
    trials: trials.map((trial) => ({
      ...trial,
      params: Object.fromEntries(
        Object.entries(trial.params).map(([name, value]) => [
          taint(name),
          typeof value === "string" ? taint(value) : value
        ])
      )
    })),
    attempts,
    rounds,
    decisions,
    faults: [
      {
        at: 3.1,
        kind: taint("poison message"),
        target: agents.at(-1)!,
        healedAt: 3.34,
        detail: taint("its supervisor restarted it; the message is in the dead letters")
      },
      ...(death === undefined
        ? []
        : [
            {
              at: death.to,
              kind: taint("thread killed"),
              target: death.worker,
              healedAt: death.to + 0.15,
              detail: taint(`${death.trialId} was given to the next thread`)
            }
          ]),
      {
        at: death === undefined ? 9 : death.to + 0.2,
        kind: taint("coordinator killed"),
        target: agents[0]!,
        healedAt: interrupted ? undefined : (death?.to ?? 9) + 1.4,
        detail: taint(`${agents[1 % agents.length]!} was elected`)
      }
    ],
    elections: [
      { at: 0.2, term: 1, leader: agents[0]!, why: taint("first election: highest score") },
      {
        at: (death?.to ?? 9) + 1.2,
        term: 2,
        leader: agents[1 % agents.length]!,
        why: taint("the lease of term 1 ran out")
      }
    ],
    restarts: [
      { at: 3.34, target: agents.at(-1)!, why: taint("poison message") },
      { at: (death?.to ?? 9) + 0.15, target: workers[0]!, why: taint("thread died") },
      { at: (death?.to ?? 9) + 1.4, target: agents[0]!, why: taint("killed") }
    ],
    randomSearch: interrupted
      ? []
      : trials.map(() => Math.round((1 - 0.018 - Math.exp(-1.2 - 4 * search.float())) * 360) / 360),
    summary: {
      bestTrialId: best.id,
      bestParams: Object.fromEntries(
        Object.entries(best.params).map(([name, value]) => [
          taint(name),
          typeof value === "string" ? taint(value) : value
        ])
      ),
      defaultParams: Object.fromEntries(
        searchSpace.map(({ name }) => [
          taint(name),
          typeof defaults[name] === "string" ? taint(defaults[name]) : defaults[name]
        ])
      ),
      testAccuracy: interrupted ? undefined : 352 / 359,
      defaultTestAccuracy: interrupted ? undefined : 348 / 359,
      randomSearchTestAccuracy: interrupted ? undefined : 351 / 359,
      events: 1432,
      store: taint("out/run-1.sqlite")
    }
  }
}
