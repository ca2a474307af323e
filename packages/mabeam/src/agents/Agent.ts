/**
 * What every agent understands, and answers for itself.
 *
 * An agent is a process whose protocol contains {@link Protocol}. Spread {@link defaults} into its handlers and say what it
 * does differently: an agent that says nothing abstains from votes, bids nothing, and is ready at every barrier.
 *
 * **Example** (An agent that likes small learning rates)
 *
 * ```ts
 * import { Process } from "@foundation/core"
 * import { Agent } from "@mabeam/core"
 * import { Effect } from "effect"
 *
 * const Cautious = Process.make({
 *   name: "cautious",
 *   protocol: Agent.Protocol,
 *   init: () => Effect.succeed({ limit: 0.01 }),
 *   handlers: {
 *     ...Agent.defaults,
 *     Vote: ({ proposal }, state) =>
 *       Effect.sync(() => ({ vote: Number(proposal.value) <= state.limit ? "accept" : "reject" }) as const)
 *   }
 * })
 *
 * const program = Effect.gen(function* () {
 *   const agent = yield* Process.start(Cautious)
 *   const proposal = { subject: "learning_rate", value: 0.5 }
 *   console.log((yield* agent.call("Vote", { session: "s-1", proposal })).vote) // => reject
 * })
 * await Effect.runPromise(Effect.scoped(program))
 * ```
 *
 * @since 0.1.0
 */
import type { Process } from "@foundation/core"
import { Effect, Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"

/** What a vote is about: a subject, such as a variable's name, the value it is to have, and why. */
export const Proposal = Schema.Struct({
  subject: Schema.String,
  value: Schema.Unknown,
  /** What speaks for it: whatever the voters can judge by. */
  evidence: Schema.optionalKey(Schema.Unknown)
})
export type Proposal = typeof Proposal.Type

/** An agent's vote, with its reason. */
export const Ballot = Schema.Struct({
  vote: Schema.Literals(["accept", "reject", "abstain"]),
  because: Schema.optionalKey(Schema.String)
})
export type Ballot = typeof Ballot.Type

/** What an auction sells. */
export const Lot = Schema.Struct({
  name: Schema.String,
  /** How many identical units are sold; each bidder gets at most one. */
  units: Schema.Int,
  /** The lowest price of a unit, in credits. */
  reserve: Schema.Finite
})
export type Lot = typeof Lot.Type

const session = Schema.String

/** What every agent understands. */
export const Protocol = RpcGroup.make(
  /** Asks for a vote on a proposal. */
  Rpc.make("Vote", { payload: { session, proposal: Proposal }, success: Ballot }),
  /** Asks for a sealed bid, in credits; `null` bids nothing. */
  Rpc.make("Bid", { payload: { session, lot: Lot }, success: Schema.NullOr(Schema.Finite) }),
  /** Tells a winner what it has won and what it pays. */
  Rpc.make("Won", { payload: { session, lot: Lot, price: Schema.Finite } }),
  /** Asks to come to a barrier: the answer says that the agent is there. */
  Rpc.make("Arrive", { payload: { session, round: Schema.Int } }),
  /** Tells that a shared variable has changed; the answer acknowledges it. */
  Rpc.make("Changed", { payload: { variable: Schema.String, value: Schema.Unknown, version: Schema.Int } })
)
export type Protocol = RpcGroup.Rpcs<typeof Protocol>

/** An agent, whatever else it understands. */
export type AgentRef = Process.ProcessRef<Protocol>

/** The handlers of an agent that has no opinion. */
export const defaults = {
  Vote: (): Effect.Effect<Ballot> => Effect.succeed({ vote: "abstain" }),
  Bid: (): Effect.Effect<number | null> => Effect.succeed(null),
  Won: (): Effect.Effect<void> => Effect.void,
  Arrive: (): Effect.Effect<void> => Effect.void,
  Changed: (): Effect.Effect<void> => Effect.void
}
