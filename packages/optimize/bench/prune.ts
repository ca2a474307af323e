/**
 * How long a pruner takes to answer: 10,000 complete trials with 100 reports each, and a running one with 1 … 99 reports.
 * Every tenth time another trial has ended. The first time at each step the trials are read.
 */
import { Pruners } from "@mabeam/optimize"
import type { Pruner } from "@mabeam/optimize"
import { Result } from "effect"

const TRIALS = 10_000
const STEPS = 100
const ROUNDS = 400

const progressOf = (number: number, steps: number, objectives: number): Pruner.Progress => ({
  number,
  state: steps === STEPS ? "complete" : "running",
  reports: Array.from({ length: steps }, (_, i) => ({
    step: i + 1,
    values: Array.from({ length: objectives }, (_, k) => ((number * (7919 + k) + i * 104_729) % 10_007) / 10_007)
  })),
  ...(steps === STEPS ? { values: Array.from({ length: objectives }, () => number / TRIALS) } : {})
})

const optionsOf = (name: string): Pruner.Pruner["options"] => {
  if (name === "threshold") return { upper: 0.9 }
  return name === "patient" ? { pruner: "median" } : {}
}

const print = (name: string, objectives: number, times: Array<number>) => {
  times.sort((a, b) => a - b)
  const at = (share: number) => Math.round(times[Math.floor(share * times.length)]! * 1_000)
  console.log(JSON.stringify({ case: `prune, ${name}`, objectives, n: TRIALS, p50_us: at(0.5), p95_us: at(0.95) }))
}

for (const objectives of [1, 2]) {
  const others = Array.from({ length: TRIALS }, (_, number) => progressOf(number, STEPS, objectives))
  const directions = Array.from({ length: objectives }, () => "minimize" as const)
  const running = Array.from({ length: STEPS - 1 }, (_, i) => progressOf(TRIALS, i + 1, objectives))
  for (const name of Pruners.makers.keys()) {
    const pruner = Result.getOrThrow(Pruners.decode({ name, options: optionsOf(name) }))
    if (objectives > 1 && pruner.objectives === "one") continue
    const first: Array<number> = []
    const times: Array<number> = []
    let listed: ReadonlyArray<Pruner.Progress> = others
    for (let round = 0; round < (objectives === 1 ? ROUNDS : 2 * STEPS); round++) {
      const trial = running[round % running.length]!
      if (round % 10 === 9) listed = [...listed, progressOf(TRIALS + round, STEPS, objectives)]
      else listed = [...listed]
      const before = performance.now()
      pruner.shouldPrune({ directions, seed: 0, trial, others: listed })
      ;(round < running.length ? first : times).push(performance.now() - before)
    }
    print(`${name}, first at each step`, objectives, first)
    print(name, objectives, times)
  }
}
