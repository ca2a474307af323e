import { assert, describe } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Result } from "effect"
import * as RandomStream from "../../src/internal/random.ts"
import * as Auto from "../../src/sampler/Auto.ts"
import * as CmaEs from "../../src/sampler/CmaEs.ts"
import * as DifferentialEvolution from "../../src/sampler/DifferentialEvolution.ts"
import * as GaussianProcess from "../../src/sampler/GaussianProcess.ts"
import * as LatinHypercube from "../../src/sampler/LatinHypercube.ts"
import * as NsgaII from "../../src/sampler/NsgaII.ts"
import * as Random from "../../src/sampler/Random.ts"
import type { Observation, Pending, Request, Sampler } from "../../src/sampler/Sampler.ts"
import * as Samplers from "../../src/sampler/Samplers.ts"
import * as Sobol from "../../src/sampler/Sobol.ts"
import * as Tpe from "../../src/sampler/Tpe.ts"
import * as TpeMultivariate from "../../src/sampler/TpeMultivariate.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import * as SpaceJson from "../../src/space/SpaceJson.ts"
import { cases } from "../spaces.ts"
import type { Case } from "../spaces.ts"

const runs = campaign(1_000, 20_000)

/** The samplers that take microseconds. */
const samplers = [
  Random.make(),
  Result.getOrThrow(Sobol.make()),
  Result.getOrThrow(Sobol.make({ scramble: false })),
  Result.getOrThrow(LatinHypercube.make({ points: 8 })),
  Result.getOrThrow(CmaEs.make()),
  Result.getOrThrow(CmaEs.make({ population: 4, sigma: 0.5 })),
  Result.getOrThrow(DifferentialEvolution.make()),
  Result.getOrThrow(DifferentialEvolution.make({ population: 4, bestFraction: 0.5 })),
  Result.getOrThrow(NsgaII.make()),
  Result.getOrThrow(NsgaII.make({ population: 4, mutation: 0.5, mutationEta: 3 })),
  Result.getOrThrow(Tpe.make({ startup: 0 })),
  Result.getOrThrow(TpeMultivariate.make({ startup: 0, candidates: 8 })),
  Result.getOrThrow(Tpe.make({ startup: 3, goodFraction: 0.3, candidates: 5, exploration: 0.5, priorWeight: 4 }))
]

/** A history of any mixture of states, with ties among the values, and some pending trials. */
const requestOf = ({ space, seed }: Case): Request => {
  const random = RandomStream.stream(seed, 5)
  const length = RandomStream.below(random, 40)
  const history: Array<Observation> = []
  const pending: Array<Pending> = []
  for (let number = 0; number < length; number++) {
    const params = SearchSpace.sample(space, { seed, number })
    const value = RandomStream.below(random, 20) - 10
    const kind = RandomStream.below(random, 10)
    if (kind < 6) history.push({ state: "complete", number, params, values: [value] })
    else if (kind === 6) history.push({ state: "failed", number, params })
    else if (kind === 7) history.push({ state: "pruned", number, params, step: RandomStream.below(random, 3), value })
    else pending.push({ number, params })
  }
  return { space, seed, number: length, directions: [seed % 2 === 0 ? "minimize" : "maximize"], history, pending }
}

const withValues = (trial: Observation, change: (value: number) => number): Observation => {
  if (trial.state === "complete") return { ...trial, values: trial.values.map(change) }
  return trial.state === "failed" || trial.value === undefined ? trial : { ...trial, value: change(trial.value) }
}

const shuffled = <A>(values: ReadonlyArray<A>, seed: number): ReadonlyArray<A> => {
  const random = RandomStream.stream(seed, 6)
  return values
    .map((value) => ({ value, key: RandomStream.uniform(random) }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value)
}

/** Samplers whose suggestions take milliseconds. */
const costly = [Result.getOrThrow(GaussianProcess.make({ startup: 4 })), Result.getOrThrow(Auto.make({ noisy: true }))]

describe("every sampler", () => everySampler(samplers, runs))
describe("every costly sampler", () => everySampler(costly, campaign(100, 2_000)))

function everySampler(samplers: ReadonlyArray<Sampler>, runs: number) {
  law("suggests a member of the space", runs, cases, (given) => {
    const request = requestOf(given)
    return samplers.every((sampler) => SearchSpace.contains(given.space, sampler.suggest(request)))
  })

  law(
    "suggests the same for the same request, whoever made the space and whatever was asked between",
    runs,
    cases,
    (given) => {
      const request = requestOf(given)
      const first = samplers.map((sampler) => sampler.suggest(request))
      const other = { ...requestOf(given), space: Result.getOrThrow(SpaceJson.decode(given.json)) }
      for (const sampler of samplers) sampler.suggest({ ...request, number: 999 })
      assert.deepStrictEqual(
        samplers.map((sampler) => sampler.suggest(other)),
        first
      )
      return true
    }
  )

  law("does not care in which order trials are listed", runs, cases, (given) => {
    const request = requestOf(given)
    const mixed = {
      ...request,
      history: shuffled(request.history, given.seed),
      pending: shuffled(request.pending, given.seed)
    }
    assert.deepStrictEqual(
      samplers.map((sampler) => sampler.suggest(mixed)),
      samplers.map((sampler) => sampler.suggest(request))
    )
    return true
  })

  if (samplers !== costly)
    law("cares for ranks only: an increasing transform of the values changes nothing", runs, cases, (given) => {
      const request = requestOf(given)
      const transform = (value: number) => Math.exp(value / 3) * 100 - 7
      const transformed = request.history.map((trial) => withValues(trial, transform))
      assert.deepStrictEqual(
        samplers.map((sampler) => sampler.suggest({ ...request, history: transformed })),
        samplers.map((sampler) => sampler.suggest(request))
      )
      return true
    })

  law("maximizes as it minimizes the negated values", runs, cases, (given) => {
    const request = requestOf(given)
    const negated = request.history.map((trial) => withValues(trial, (value) => -value))
    const directions = request.directions.map((direction) => (direction === "minimize" ? "maximize" : "minimize"))
    assert.deepStrictEqual(
      samplers.map((sampler) => sampler.suggest({ ...request, directions, history: negated })),
      samplers.map((sampler) => sampler.suggest(request))
    )
    return true
  })

  law("suggests the same when it is made again from its name and options", runs, cases, (given) => {
    const request = requestOf(given)
    for (const sampler of samplers) {
      const json: Samplers.SamplerJson = JSON.parse(JSON.stringify(Samplers.encode(sampler)))
      const again = Result.getOrThrow(Samplers.decode(json))
      assert.deepStrictEqual(again.suggest(request), sampler.suggest(request))
    }
    return true
  })

  law("has a stream of its own for each trial and seed", runs, cases, ({ space, seed }) => {
    // Only a variable with many values can tell four streams apart.
    const telling = space.variables.some(
      ({ axis, condition, domain }) =>
        axis.cells === 0 &&
        condition === undefined &&
        domain.type === "float" &&
        domain.high - domain.low > 1e-4 * Math.max(Math.abs(domain.low), Math.abs(domain.high))
    )
    if (!telling) return true
    const request = { space, seed, directions: ["minimize"], history: [], pending: [] } as const
    return samplers
      .filter(({ options }) => options["scramble"] !== false)
      .every((sampler) => {
        const print = (seed: number, number: number) => JSON.stringify(sampler.suggest({ ...request, seed, number }))
        return new Set([print(seed, 0), print(seed, 1), print(seed + 1, 0), print(seed + 1, 1)]).size === 4
      })
  })
}
