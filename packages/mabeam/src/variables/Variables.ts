/**
 * Shared variables: typed values that a program's agents read all the time, and change by their owner or by consensus.
 *
 * **Guarantees** A value is always of its variable's type. Every change counts the version up by one, counts the writer's
 * entry of the vector clock up by one, and says who made it and why. Under the policy `"owner"` only the owner changes a
 * variable; under `"consensus"` a value changes by nothing but an accepted proposal, which this program's `Coordination`
 * has held, whose receipt verifies, which was made for the versions that the variables still have, and which is used
 * once. The variables of one proposal change together or not at all. Reading waits for nobody.
 *
 * **Does not guarantee** That names are who they say: `by` is believed. That a team member has heard of a change, unless
 * it is among the `acknowledged`. Values outlive the layer only if somebody writes them down and gives them back as
 * `restored`. Whoever changes the object of a proposal while it is voted on changes what is decided.
 *
 * **Details** The state is kept in memory, with a bounded history for each variable. Subscribers are told without being
 * waited for; one that is 1,024 changes behind misses the oldest.
 *
 * **Example** (Three agents agree on a learning rate)
 *
 * ```ts
 * import { Process } from "@foundation/core"
 * import { Agent, Coordination, Team, Variables, VariableType } from "@mabeam/core"
 * import { Effect, Layer } from "effect"
 *
 * const Yes = Process.make({
 *   name: "yes",
 *   protocol: Agent.Protocol,
 *   init: () => Effect.succeed({}),
 *   handlers: { ...Agent.defaults, Vote: () => Effect.succeed({ vote: "accept" } as const) }
 * })
 *
 * const program = Effect.gen(function* () {
 *   const variables = yield* Variables.Variables
 *   const rate = yield* variables.define({
 *     name: "learning_rate",
 *     type: VariableType.logFloat({ min: 1e-5, max: 1 }),
 *     initial: 0.01,
 *     owner: "trainer",
 *     policy: "consensus"
 *   })
 *   const members = yield* Effect.forEach(["a", "b", "c"], (id) =>
 *     Effect.map(Process.start(Yes), (ref) => ({ id, ref }))
 *   )
 *   const team = yield* Team.make(members)
 *   const { committed } = yield* variables.propose({ changes: { learning_rate: 0.1 }, team, by: "a" })
 *   console.log(committed) // => true
 *   console.log(yield* rate.get) // => 0.1
 *   console.log((yield* variables.info("learning_rate")).version) // => 2
 * })
 * const Live = Variables.layer().pipe(Layer.provideMerge(Coordination.layer()))
 * await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(Live)))
 * ```
 *
 * @since 0.1.0
 */
import type { VectorClock } from "@foundation/core"
import { Consensus } from "@mabeam/economics"
import { Context, type Duration, Effect, Layer, type Option, type Stream } from "effect"
import type { Team } from "../agents/Team.ts"
import * as Coordination from "../coordination/Coordination.ts"
import type { ConsensusReceipt } from "../coordination/Receipts.ts"
import { makeVariables } from "./internal/service.ts"
import type { Change, Trial, Why } from "./VariableChange.ts"
import type {
  InvalidDefinition,
  InvalidReceipt,
  InvalidValue,
  NotAccepted,
  NotPermitted,
  NotShared,
  ReceiptUsed,
  TooManyVariables,
  UnknownReceipt,
  VariableExists,
  VariableNotFound,
  VersionConflict,
  VersionNotFound
} from "./VariablesError.ts"
import type { Kind, Type } from "./VariableType.ts"

export * from "./VariableChange.ts"
export * from "./VariablesError.ts"
export { boolean, choice, float, int, logFloat, probability } from "./VariableType.ts"

// --- models ----------------------------------------------------------------------------------------------------------

/** Who can change a variable: its owner, or only an accepted proposal. */
export type Policy = "owner" | "consensus"

/** Whom a variable concerns: its owner alone, or every agent of this program. */
export type VariableScope = "local" | "global"

/** A variable as a log of changes has left it. */
export interface Restored<out T> {
  readonly value: T
  readonly version: number
  readonly clock: VectorClock.VectorClock
  readonly why: Why
}

/** What a variable is. */
export interface Definition<out T> {
  /** 1 to 255 characters. */
  readonly name: string
  readonly type: Type<T>
  /** The value of version 1. */
  readonly initial: T
  /** Who may change it under the policy `"owner"`, roll it back and delete it. 1 to 255 characters. */
  readonly owner: string
  /** Default `"owner"`. */
  readonly policy?: Policy | undefined
  /** A `"local"` variable is its owner's: no team is told of it or votes on it. Default `"global"`. */
  readonly scope?: VariableScope | undefined
  /** How many changes are kept, at least 1; the oldest is forgotten. Default 100. */
  readonly historyMax?: number | undefined
  /** Where a resumed run goes on, instead of `initial` in version 1. */
  readonly restored?: Restored<T> | undefined
}

/** What is known of a variable. */
export interface Info {
  readonly name: string
  readonly kind: Kind
  readonly value: unknown
  readonly version: number
  readonly clock: VectorClock.VectorClock
  readonly why: Why
  readonly owner: string
  readonly policy: Policy
  readonly scope: VariableScope
}

/** A defined variable, with the type of its values. */
export interface Variable<in out T> {
  readonly name: string
  readonly type: Type<T>
  /** The present value; fails once the variable is deleted. */
  readonly get: Effect.Effect<T, VariableNotFound>
  /** The present value, or the last one if the variable is deleted. For loops that count nanoseconds. */
  readonly getUnsafe: () => T
  readonly set: (value: T, options: SetOptions) => Effect.Effect<Change, SetError>
}

/** Who changes a variable, and why. */
export interface SetOptions {
  readonly by: string
  /** Changes it only in this version. Default: in any. */
  readonly expectedVersion?: number | undefined
  readonly why?: Pick<Why, "because" | "trial"> | undefined
}

/** Why a change is refused. */
export type SetError = VariableNotFound | InvalidValue | NotPermitted | VersionConflict

/** Whom to tell of variables, and how long to wait for them. */
export interface AnnounceOptions {
  readonly team: Team
  /** Default `5 seconds`. */
  readonly deadline?: Duration.Input | undefined
}

/** A change of one or more variables, put to a team. */
export interface ProposeOptions extends AnnounceOptions {
  /** The new values by the names of the variables. */
  readonly changes: { readonly [name: string]: unknown }
  readonly by: string
  /** What speaks for it. The voters find it as `proposal.evidence.given`. */
  readonly evidence?: unknown
  readonly trial?: Trial | undefined
  readonly because?: string | undefined
  /** Default: the names of the variables. */
  readonly subject?: string | undefined
  /** Default: the rule of the layer. A weaker one is voted on, and not committed. */
  readonly rule?: Consensus.Rule | undefined
  /** Commits as soon as nothing can change the outcome, instead of waiting for all votes. Default `true`. */
  readonly early?: boolean | undefined
}

/** Who has been told. */
export interface Announced {
  /** Members that have acknowledged every change. */
  readonly acknowledged: ReadonlyArray<string>
  /** Members that have not: dead, failed, or not in time. */
  readonly silent: ReadonlyArray<string>
}

/** What came of a proposal. */
export interface Proposed extends Announced {
  readonly receipt: ConsensusReceipt
  readonly committed: boolean
  /** The changes made, in the order of the proposal. */
  readonly changes: ReadonlyArray<Change>
  /** Why an accepted proposal was not committed, or that it was not accepted. */
  readonly refused: CommitError | undefined
}

/** Why a receipt changes nothing. */
export type CommitError =
  | InvalidReceipt
  | InvalidValue
  | NotAccepted
  | NotShared
  | ReceiptUsed
  | UnknownReceipt
  | VariableNotFound
  | VersionConflict

// --- service ---------------------------------------------------------------------------------------------------------

/** Holds shared variables. */
export class Variables extends Context.Service<
  Variables,
  {
    readonly define: <T>(
      definition: Definition<T>
    ) => Effect.Effect<Variable<T>, VariableExists | InvalidDefinition | InvalidValue | TooManyVariables>
    /** The present value. */
    readonly get: (name: string) => Effect.Effect<unknown, VariableNotFound>
    readonly lookup: (name: string) => Effect.Effect<Option.Option<Info>>
    /** As `lookup`, but fails when there is no such variable. */
    readonly info: (name: string) => Effect.Effect<Info, VariableNotFound>
    /** The variables in the order of their definition. */
    readonly list: (options?: { readonly scope?: VariableScope | undefined }) => Effect.Effect<ReadonlyArray<Info>>
    /** Why the variable has its present value. */
    readonly why: (name: string) => Effect.Effect<Why, VariableNotFound>
    /** Changes a variable of the policy `"owner"`. */
    readonly set: (name: string, value: unknown, options: SetOptions) => Effect.Effect<Change, SetError>
    /** Gives a variable of the policy `"owner"` the value of an earlier version; that is a new change. */
    readonly rollback: (
      name: string,
      version: number,
      options: SetOptions
    ) => Effect.Effect<Change, Exclude<SetError, InvalidValue> | VersionNotFound>
    /** Forgets a variable of the policy `"owner"`. */
    readonly delete: (
      name: string,
      options: { readonly by: string }
    ) => Effect.Effect<void, VariableNotFound | NotPermitted>
    /** The newest changes, newest first. Default: 50 of them. */
    readonly history: (
      name: string,
      options?: { readonly limit?: number | undefined }
    ) => Effect.Effect<ReadonlyArray<Change>, VariableNotFound>
    /** The variable as it stands, and again after each change; ends when it is deleted. */
    readonly watch: (name: string) => Stream.Stream<Info, VariableNotFound>
    /** The changes from now on, of one variable until it is deleted, or of all. */
    readonly changes: (name?: string) => Stream.Stream<Change, VariableNotFound>
    /** Changes variables of the policy `"consensus"` by an accepted proposal: all that it names, or none. */
    readonly commit: (receipt: ConsensusReceipt) => Effect.Effect<ReadonlyArray<Change>, CommitError>
    /** Puts a change to a team, makes it if the team accepts, and tells the whole team. */
    readonly propose: (
      options: ProposeOptions
    ) => Effect.Effect<
      Proposed,
      | VariableNotFound
      | InvalidValue
      | NotShared
      | Coordination.InvalidRule
      | Coordination.SessionCancelled
      | Coordination.TooManySessions
    >
    /** Tells a team what values variables have now. */
    readonly announce: (
      names: ReadonlyArray<string>,
      options: AnnounceOptions
    ) => Effect.Effect<Announced, VariableNotFound | NotShared>
  }
>()("@mabeam/core/Variables") {}

/** What the layer can be told. */
export interface Options {
  /** How many variables there may be; one more is refused. Default 10,000. */
  readonly variablesMax?: number | undefined
  /** The weakest rule by which a proposal changes variables. Default `Consensus.majority`. */
  readonly rule?: Consensus.Rule | undefined
}

/** `Variables` in this program's memory. */
export const layer = (options: Options = {}): Layer.Layer<Variables, never, Coordination.Coordination> =>
  Layer.effect(
    Variables,
    Effect.map(Coordination.Coordination, (coordination) =>
      Variables.of(
        makeVariables(coordination, {
          variablesMax: options.variablesMax ?? 10_000,
          rule: options.rule ?? Consensus.majority
        })
      )
    )
  )
