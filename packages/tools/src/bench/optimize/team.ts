/**
 * A team of agents with different samplers, as one more row of the comparison.
 *
 * @since 0.1.0
 */
import { ProcessRegistry } from "@foundation/core"
import { Mabeam, TeamStudy } from "@mabeam/core"
import { FunctionObjective, Problems, Samplers, type SearchSpace, Studies, Study } from "@mabeam/optimize"
import { Effect, Layer, Result } from "effect"

/** The name of the row. */
export const NAME = "team"

/** The samplers of the team, one agent for each; not `auto`, which it is compared with. */
export const MEMBERS = ["tpe", "gp", "cmaes"] as const

const samplerOf = (name: string) => Result.getOrThrow(Samplers.decode({ name, options: {} }))

const Live = Layer.merge(Mabeam.layer(), Studies.layerMemory).pipe(Layer.provideMerge(ProcessRegistry.layerMemory))

/** Distance of the best of the first trials from the minimum, after each budget. */
export const regrets = <D extends SearchSpace.Declaration>(
  { evaluate, minimum, name, space }: Problems.Problem<D>,
  seed: number,
  budgets: ReadonlyArray<number>
): Promise<ReadonlyArray<number>> =>
  Effect.gen(function* () {
    const definition = yield* Effect.fromResult(Study.define({ space, sampler: samplerOf("random"), seed }))
    const study = yield* (yield* Studies.Studies).open(name, definition)
    const { state } = yield* TeamStudy.run(study, FunctionObjective.make(evaluate), {
      members: MEMBERS.map((id) => ({ id, sampler: samplerOf(id) })),
      trials: Math.max(...budgets)
    })
    const values = state.trials.map((trial) =>
      trial.state === "complete" ? trial.values[0]! : Number.POSITIVE_INFINITY
    )
    return budgets.map((budget) => Math.min(...values.slice(0, budget)) - minimum)
  }).pipe(Effect.scoped, Effect.provide(Live), Effect.runPromise)
