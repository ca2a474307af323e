/**
 * Where elections are kept: one small record per election, changed in atomic steps.
 *
 * **Guarantees** The terms of an election only grow, and a term is granted to one session. While a lease runs nobody else
 * is granted a term, whatever the score. When no lease runs, only the best of those who stand is granted one.
 *
 * **Does not guarantee** That the holder knows how long its lease still runs: an answer may take a while. The holder
 * counts from the moment it asked, see `LeaderElection`.
 *
 * @since 0.1.0
 */
import { Clock, Context, Effect, Layer, Schema } from "effect"
import { BackendError, Full } from "../BackendError.ts"
import * as Rules from "./internal/lease.ts"

/** One who asks for an office. */
export interface Claim {
  /** Tells two campaigns of one candidate apart: unique for each campaign. */
  readonly session: string
  readonly candidate: string
  /** The higher score comes first, then the greater name. */
  readonly score: number
  /** How long a grant, or the announcement of the candidacy, is good for. */
  readonly leaseMillis: number
  /** The last term this session has held, 0 if none: a grant is always a later one. */
  readonly after: number
}

/** Who leads. */
export interface Leader {
  readonly candidate: string
  readonly term: number
  /** How long the lease still runs. */
  readonly remainingMillis: number
}

/** What is known of an election at one moment. */
export interface View {
  /** The last term that was granted, 0 before the first. */
  readonly term: number
  readonly leader: Leader | undefined
}

/** A view, and the term if one was granted by this very step. */
export interface Answer extends View {
  readonly granted: number | undefined
}

const Millis = Schema.Finite
const Standing = { session: Schema.String, candidate: Schema.String, score: Schema.Finite, until: Millis }

/** What a backend keeps of one election. Its JSON is the format of the SQL stores. */
export const LeaseRecord = Schema.Struct({
  term: Schema.Natural,
  holder: Schema.NullOr(Schema.Struct({ session: Schema.String, candidate: Schema.String, until: Millis })),
  /** Those who stand, each until its announcement runs out; at most `candidatesMax`. */
  standing: Schema.Array(Schema.Struct(Standing))
})
export type LeaseRecord = typeof LeaseRecord.Type

/** An election nobody has stood in. */
export const emptyRecord: LeaseRecord = { term: 0, holder: null, standing: [] }

/** How many may stand in one election at a time: 1,000. */
export const candidatesMax = 1_000

/** So many stand that no other can: `candidatesMax`. */
export class TooManyCandidates extends Schema.TaggedError<TooManyCandidates>(
  "@foundation/core/LeaseStore/TooManyCandidates"
)("TooManyCandidates", { election: Schema.String, candidatesMax: Schema.Int }) {
  override get message() {
    return `${this.candidatesMax} candidates stand in election "${this.election}" already, which is the limit`
  }
}

/** The atomic steps of an election. Time is the store's own clock. Build one from a transaction with {@link make}. */
export class LeaseStore extends Context.Service<
  LeaseStore,
  {
    /** Announces a candidacy without asking for the office. */
    readonly stand: (election: string, claim: Claim) => Effect.Effect<Answer, BackendError | TooManyCandidates>
    /**
     * Announces a candidacy and asks for the office. Granted if no lease of another runs and nobody better stands.
     *
     * A claim that is repeated because its answer was lost is granted the same term again.
     */
    readonly take: (election: string, claim: Claim) => Effect.Effect<Answer, BackendError | TooManyCandidates>
    /** Extends a lease that still runs. `granted` is empty if it has run out or another term was granted. */
    readonly renew: (
      election: string,
      lease: { readonly session: string; readonly term: number; readonly leaseMillis: number }
    ) => Effect.Effect<Answer, BackendError>
    /** Gives up candidacy and lease. Idempotent. */
    readonly release: (election: string, session: string) => Effect.Effect<void, BackendError>
    readonly read: (election: string) => Effect.Effect<View, BackendError>
  }
>()("@foundation/core/LeaseStore") {}

/**
 * One transaction on the record of an election: reads it (or takes the empty one), applies `change` at the store's time
 * and stores what comes out, alone with that record. `change` is pure and may be run again; if it returns the record it
 * was given, nothing needs to be written.
 */
export type Transact = <A>(
  election: string,
  change: (record: LeaseRecord, nowMillis: number) => readonly [answer: A, next: LeaseRecord]
) => Effect.Effect<A, BackendError>

/** Makes a store from a transaction: all that a backend has to bring. */
export const make = (transact: Transact): LeaseStore["Service"] => {
  const claim = (rule: typeof Rules.take) => (election: string, asked: Claim) =>
    Effect.filterOrFail(
      transact(election, (record, now) => rule(record, asked, now, candidatesMax)),
      (answer) => answer !== "full",
      () => new TooManyCandidates({ election, candidatesMax })
    )
  return LeaseStore.of({
    stand: claim(Rules.stand),
    take: claim(Rules.take),
    renew: (election, lease) => transact(election, (record, now) => Rules.renew(record, lease, now)),
    release: (election, session) => transact(election, (record) => [undefined, Rules.release(record, session)]),
    read: (election) => transact(election, (record, now) => [Rules.view(record, now), record])
  })
}

/** How many elections the memory keeps: 10,000; one more fails with `BackendError`, reason `Full`. */
export const electionsMax = 10_000

/** `LeaseStore` in this process's memory; exact under `TestClock`. */
export const layerMemory: Layer.Layer<LeaseStore> = Layer.sync(LeaseStore, () => {
  const records = new Map<string, LeaseRecord>()
  return make((election, change) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const record = records.get(election) ?? emptyRecord
      const [answer, next] = change(record, now)
      if (record === next) return Effect.succeed(answer)
      if (!records.has(election) && records.size >= electionsMax) return Effect.fail(full(election))
      records.set(election, next)
      return Effect.succeed(answer)
    })
  )
})

// An election is never forgotten: its terms must go on growing.
const full = (election: string) =>
  new BackendError({
    reason: new Full({ operation: "LeaseStore", detail: `no room for "${election}" beside ${electionsMax} elections` })
  })
