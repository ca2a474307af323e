/**
 * The application tree of MABEAM: everything that a team of agents needs, as one layer.
 *
 * **Guarantees** All services share one registry of names, one coordination and one set of variables. Closing the layer
 * stops all agents, then ends the open sessions.
 *
 * **Does not guarantee** That names lead anywhere beyond this program: that is up to the `ProcessRegistry` it is given.
 *
 * **Example**
 *
 * ```ts
 * import { ProcessRegistry } from "@foundation/core"
 * import { Coordination, Mabeam, Team } from "@mabeam/core"
 * import { Effect, Layer } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const coordination = yield* Coordination.Coordination
 *   const team = yield* Team.make([])
 *   const receipt = yield* coordination.decide({ team, proposal: { subject: "anything", value: 1 } })
 *   console.log(receipt.outcome) // => insufficient-votes
 * })
 * const Live = Mabeam.layer().pipe(Layer.provide(ProcessRegistry.layerMemory))
 * await Effect.runPromise(Effect.provide(program, Live))
 * ```
 *
 * @since 0.1.0
 */
import type { ProcessRegistry } from "@foundation/core"
import { Layer } from "effect"
import * as AgentRegistry from "./agents/AgentRegistry.ts"
import * as AgentSupervisor from "./agents/AgentSupervisor.ts"
import * as Coordination from "./coordination/Coordination.ts"
import * as Variables from "./variables/Variables.ts"

/** What each part can be told. */
export interface Options {
  readonly coordination?: Coordination.Options | undefined
  readonly variables?: Variables.Options | undefined
  readonly agents?: (AgentRegistry.Options & AgentSupervisor.Options) | undefined
}

/** The services of the tree. */
export type Services =
  | AgentRegistry.AgentRegistry
  | AgentSupervisor.AgentSupervisor
  | Coordination.Coordination
  | Variables.Variables

/** The whole tree, on the names of the `ProcessRegistry`. */
export const layer = (options: Options = {}): Layer.Layer<Services, never, ProcessRegistry.ProcessRegistry> =>
  Layer.mergeAll(
    AgentSupervisor.layer(options.agents).pipe(Layer.provideMerge(AgentRegistry.layer(options.agents))),
    Variables.layer(options.variables)
  ).pipe(Layer.provideMerge(Coordination.layer(options.coordination)))
