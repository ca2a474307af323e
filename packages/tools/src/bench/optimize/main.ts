/**
 * Compares samplers: `node main.ts --help`. Exit 0 when everything ran, whatever the marks; 1 when something failed, 2 for bad
 * arguments, 130 when it was interrupted.
 *
 * @since 0.1.0
 */
import { Samplers } from "@mabeam/optimize"
import { Result } from "effect"
import type { Job } from "./child.ts"
import type { Cell, Timing } from "./marks.ts"
import { marks, meanRanks, median, quantile, timeMarks } from "./marks.ts"
import { help, parse } from "./options.ts"
import type { Plan } from "./options.ts"
import * as Optuna from "./optuna.ts"
import type { Done, Progress } from "./pool.ts"
import { work } from "./pool.ts"
import { entryOf } from "./problems.ts"
import { report } from "./report.ts"
import * as Team from "./team.ts"

const note = (text: string) => process.stderr.write(`${text}\n`)

/** The samplers that can search the space of a function; says which cannot. */
const fitting = (plan: Plan, name: string): ReadonlyArray<string> =>
  plan.samplers.filter((sampler) => {
    if (sampler === Team.NAME) return true
    const made = Result.getOrThrowWith(Samplers.decode({ name: sampler, options: {} }), (error) => error)
    const refusal = entryOf(name).refusal(made)
    if (refusal !== undefined) note(`${sampler} cannot search ${name}: ${refusal}`)
    return refusal === undefined
  })

const runsOf = (plan: Plan, python: Optuna.Python | undefined): ReadonlyArray<Job> =>
  plan.functions.flatMap((name) =>
    [...fitting(plan, name), ...(python === undefined ? [] : [Optuna.NAME])].flatMap((sampler) =>
      Array.from({ length: plan.seeds }, (_, i): Job => ({
        _tag: "Run",
        function: name,
        sampler,
        seed: i + 1,
        budgets: plan.budgets
      }))
    )
  )

const REPETITIONS = 9

const timesOf = (plan: Plan): ReadonlyArray<Job> => {
  const able = fitting(plan, "hartmann6").filter((sampler) => sampler !== Team.NAME)
  const counts = (sampler: string) => [
    ...new Set([50, 200, ...timeMarks.filter(([name]) => name === sampler).map(([, trials]) => trials)])
  ]
  return able.flatMap((sampler) =>
    counts(sampler).map((trials): Job => ({ _tag: "Time", sampler, trials, repetitions: REPETITIONS }))
  )
}

const cellsOf = (done: ReadonlyArray<Done>, plan: Plan): ReadonlyArray<Cell> => {
  const cells = new Map<string, { readonly cell: Omit<Cell, "regrets">; readonly regrets: Array<number> }>()
  for (const { figures, job } of done) {
    if (job._tag !== "Run") continue
    for (const [i, budget] of plan.budgets.entries()) {
      const key = `${job.function} ${job.sampler} ${budget}`
      const found = cells.get(key) ?? { cell: { function: job.function, sampler: job.sampler, budget }, regrets: [] }
      found.regrets.push(figures[i]!)
      cells.set(key, found)
    }
  }
  const samplers = [...plan.samplers, Optuna.NAME]
  return [...cells.values()]
    .map(({ cell, regrets }) => ({ ...cell, regrets: regrets.sort((a, b) => a - b) }))
    .sort(
      (a, b) =>
        plan.functions.indexOf(a.function) - plan.functions.indexOf(b.function) ||
        samplers.indexOf(a.sampler) - samplers.indexOf(b.sampler) ||
        a.budget - b.budget
    )
}

const timingsOf = (done: ReadonlyArray<Done>): ReadonlyArray<Timing> =>
  done.flatMap(({ figures, job }) => {
    if (job._tag !== "Time") return []
    return [
      {
        sampler: job.sampler,
        trials: job.trials,
        millis: quantile(
          figures.toSorted((a, b) => a - b),
          0.5
        )
      }
    ]
  })

const span = (millis: number): string => {
  const seconds = Math.ceil(millis / 1_000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** Says how far the work is: in one line on a terminal, otherwise a line for each twentieth. */
const progressOf = (jobs: ReadonlyArray<Job>, workers: number): Progress => {
  const left = new Map<string, number>()
  for (const { sampler } of jobs) left.set(sampler, (left.get(sampler) ?? 0) + 1)
  const spent = new Map<string, { count: number; millis: number }>()
  let twentieth = 0
  return ({ job: { sampler }, millis }, count, total) => {
    left.set(sampler, left.get(sampler)! - 1)
    const own = spent.get(sampler) ?? { count: 0, millis: 0 }
    spent.set(sampler, { count: own.count + 1, millis: own.millis + millis })
    const mean = [...spent.values()].reduce((sum, it) => sum + it.millis, 0) / count
    let remaining = 0
    for (const [name, jobsLeft] of left) {
      const seen = spent.get(name)
      remaining += jobsLeft * (seen === undefined ? mean : seen.millis / seen.count)
    }
    const text = `${count} of ${total} runs, ${Math.floor((100 * count) / total)} %, about ${span(remaining / workers)} left (${sampler})`
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}${count === total ? "\n" : ""}`)
    else if (Math.floor((20 * count) / total) > twentieth || count === total) {
      twentieth = Math.floor((20 * count) / total)
      note(text)
    }
  }
}

const compare = async (plan: Plan): Promise<void> => {
  const python = plan.optuna ? Optuna.findPython() : undefined
  if (plan.optuna) {
    note(
      python === undefined ? "no python3 has Optuna: it is left out" : `Optuna ${python.version} of ${python.command}`
    )
  }
  const runs = runsOf(plan, python)
  const done = await work(runs, plan.workers, python, progressOf(runs, plan.workers))
  const times = plan.times ? timesOf(plan) : []
  // One after the other: they would take each other's time.
  const timed = await work(times, 1, undefined, () => undefined)
  const cells = cellsOf(done, plan)
  const timings = timingsOf(timed)
  const reached = marks(cells, timings)
  if (plan.json) {
    const summary = cells.map((cell) => ({
      ...cell,
      quartiles: [quantile(cell.regrets, 0.25), median(cell), quantile(cell.regrets, 0.75)]
    }))
    const { budgets, seeds } = plan
    const meanRank = Object.fromEntries(meanRanks(cells))
    console.log(
      JSON.stringify({
        seeds,
        budgets,
        optuna: python?.version ?? null,
        cells: summary,
        meanRank,
        timings,
        marks: reached
      })
    )
    return
  }
  console.log(
    `Node ${process.versions.node}; distance of the best value from the minimum, median (quartiles) over ${plan.seeds} seeds\n`
  )
  console.log(report(cells, timings, reached, plan.budgets))
}

const command = parse(process.argv.slice(2))
// The children end with this process.
process.once("SIGINT", () => process.exit(130))
process.once("SIGTERM", () => process.exit(143))
switch (command._tag) {
  case "Help":
    console.log(help)
    break
  case "Refused":
    console.error(`${command.because}; --help shows the options`)
    process.exitCode = 2
    break
  case "Run":
    try {
      await compare(command.plan)
    } catch (error) {
      console.error(error instanceof Error ? error.message : String(error))
      process.exitCode = 1
    }
}
