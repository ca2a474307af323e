/**
 * How long one suggestion takes: 200 and 10,000 trials of Hartmann-6 drawn at random, then suggestions for the next numbers.
 *
 * The history holds a new object per trial, as after a resumption, so the first suggestion also computes the places of all
 * trials; it is printed as a case of its own.
 */
import { Problems, Random, Sobol, Tpe } from "@mabeam/optimize"
import type { Sampler } from "@mabeam/optimize"

const { space, evaluate } = Problems.hartmann6
const options = { scramble: true }

const historyOf = (trials: number) =>
  Array.from({ length: trials }, (_, number) => {
    const params = Random.suggest({ space, seed: 1, number })
    return { state: "complete", number, params, values: [evaluate(params)] } as const
  })

type SpaceOf<P> = P extends Problems.Problem<infer D> ? D : never
type Request = Sampler.Request<SpaceOf<typeof Problems.hartmann6>>

const print = (name: string, n: number, times: Array<number>) => {
  times.sort((a, b) => a - b)
  const at = (share: number) => Math.round(times[Math.min(times.length - 1, Math.floor(share * times.length))]! * 1_000)
  console.log(JSON.stringify({ case: name, n, p50_us: at(0.5), p95_us: at(0.95), p99_us: at(0.99) }))
}

const measure = (name: string, trials: number, repetitions: number, suggest: (request: Request) => unknown) => {
  const history = historyOf(trials)
  const first: Array<number> = []
  const times: Array<number> = []
  for (let i = 0; i < repetitions; i++) {
    const before = performance.now()
    suggest({ space, directions: ["minimize"], seed: 1, number: trials + i, history, pending: [] })
    ;(i === 0 ? first : times).push(performance.now() - before)
  }
  print(`${name}, first`, trials, first)
  print(name, trials, times)
}

for (const _ of [0, 1]) {
  measure("suggest, random", 200, 2_000, Random.suggest)
  measure("suggest, sobol", 200, 2_000, (request) => Sobol.suggest(request, options))
  measure("suggest, tpe", 200, 500, Tpe.suggest)
  measure("suggest, tpe", 10_000, 20, Tpe.suggest)
}
