/**
 * Who works on a run: the optimizer agents and the evaluators, as they are addressed now.
 *
 * @since 0.1.0
 */
import type { Team } from "@mabeam/core"
import { Context, type Deferred, type Effect } from "effect"
import type { EvaluatorRef } from "./Evaluator.ts"
import type { OptimizerRef } from "./Optimizer.ts"
import type { RunStalled } from "./Rounds.ts"

/** An agent under its name. */
export interface Member<out Ref> {
  readonly id: string
  readonly ref: Ref
}

/** Finds the agents that are alive. */
export class Crew extends Context.Service<
  Crew,
  {
    /** The optimizers that have not been given up, in the order of the team. */
    readonly optimizers: Effect.Effect<ReadonlyArray<Member<OptimizerRef>>>
    readonly evaluators: Effect.Effect<ReadonlyArray<Member<EvaluatorRef>>>
    /** The optimizers as a team, for votes, auctions and barriers. */
    readonly team: Effect.Effect<Team.Team>
    /** Failed by a coordinator that sees no way on. */
    readonly stalled: Deferred.Deferred<never, RunStalled>
  }
>()("@apps/demo/Crew") {}
