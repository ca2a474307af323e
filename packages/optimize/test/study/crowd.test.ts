/** Many workers on one study: how often two are given the same parameters. */
import { assert, describe, it } from "@effect/vitest"
import { EventStore } from "@foundation/core"
import { campaign } from "@foundation/core/testing/law"
import { Effect, Layer, Result } from "effect"
import * as RandomStream from "../../src/internal/random.ts"
import * as Problems from "../../src/problem/Problems.ts"
import * as Samplers from "../../src/sampler/Samplers.ts"
import type { AnyParams, Declaration } from "../../src/space/SearchSpace.ts"
import * as Studies from "../../src/study/Studies.ts"
import * as Study from "../../src/study/Study.ts"

const WORKERS = 32

const duplicates = (all: ReadonlyArray<AnyParams>): number =>
  (all.length - new Set(all.map((params) => JSON.stringify(params))).size) / all.length

/** 32 workers ask before any tells; then whoever is done, by chance, tells and asks again. */
const crowd = <D extends Declaration>(
  { evaluate, space }: Problems.Problem<D>,
  name: string,
  trials: number,
  seed: number
): ReadonlyArray<AnyParams> => {
  const sampler = Result.getOrThrow(Samplers.decode({ name, options: {} }))
  let state = Result.getOrThrow(Study.make<D>({ space, sampler, seed, trialsMax: trials }))
  const random = RandomStream.stream(seed, 81)
  const working: Array<number> = []
  while (state.counts.complete < trials) {
    if (working.length < WORKERS && state.count < trials) {
      const [next, { number }] = Result.getOrThrow(Study.ask(state))
      state = next
      working.push(number)
      continue
    }
    const [number] = working.splice(RandomStream.below(random, working.length), 1)
    state = Result.getOrThrow(Study.tell(state, number!, evaluate(state.trial(number!)!.params)))
  }
  return state.trials.map(({ params }) => params)
}

describe("32 workers on one study", () => {
  // Independent draws and designs know nothing of each other: they are tried where points are many.
  const apart = ["random", "lhs"]
  // Gaussian processes take their time: fewer trials, of which half are suggested by the model.
  for (const [name, trials] of [
    ["random", 1_000],
    ["lhs", 1_000],
    ["tpe", 200],
    ["tpe-multivariate", 200],
    ["cmaes", 200],
    ["de", 400],
    ["nsga2", 400],
    ["gp", 64],
    ["auto", 64]
  ] as const) {
    it(`are given the same parameters in less than 1 % of the trials (${name})`, { timeout: 120_000 }, () => {
      for (const seed of Array.from({ length: campaign(1, 10) }, (_, i) => i)) {
        const crowds = [crowd(Problems.hartmann3, name, trials, seed), crowd(Problems.mixed, name, trials, seed)]
        if (!apart.includes(name)) crowds.push(crowd(Problems.conditional, name, trials, seed))
        for (const all of crowds) assert.isBelow(duplicates(all), 0.01)
      }
    })
  }

  it.effect(
    "with handles of their own on one store: every number once, less than 1 % the same",
    () =>
      Effect.gen(function* () {
        const studies = yield* Studies.Studies
        const sampler = Result.getOrThrow(Samplers.decode({ name: "tpe", options: {} }))
        const { evaluate, space } = Problems.hartmann3
        const definition = Result.getOrThrow(Study.define({ space, sampler, trialsMax: 64 }))
        const work = (worker: number) =>
          Effect.gen(function* () {
            const study = yield* studies.open("crowd", definition, { owner: `worker ${worker}` })
            for (let i = 0; i < 2; i++) {
              const { number, params } = yield* study.ask()
              yield* Effect.yieldNow
              yield* study.tell(number, evaluate(params))
            }
          })
        yield* Effect.forEach(
          Array.from({ length: WORKERS }, (_, i) => i),
          work,
          { concurrency: "unbounded" }
        )
        const { counts, trials } = yield* studies.get("crowd")
        assert.strictEqual(counts.complete, 64)
        assert.isBelow(duplicates(trials.map(({ params }) => params)), 0.01)
      }).pipe(
        Effect.provide(
          Layer.provide(
            Studies.layer,
            Layer.effect(
              EventStore.EventStore,
              // Others get a turn at each access, as they do where the store is a database.
              Effect.map(EventStore.EventStore, (real) =>
                EventStore.EventStore.of({
                  ...real,
                  append: (...args) => Effect.tap(real.append(...args), () => Effect.yieldNow),
                  read: (...args) => Effect.tap(real.read(...args), () => Effect.yieldNow)
                })
              )
            ).pipe(Layer.provide(EventStore.layerMemory))
          )
        )
      ),
    60_000
  )
})
