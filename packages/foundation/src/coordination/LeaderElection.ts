/**
 * Elects one leader among candidates, by lease and term.
 *
 * A candidate campaigns as long as a `Scope` lives. Whoever is granted the lease leads for one *term* and renews; if it
 * dies, the lease runs out and the best of the others (higher score, then greater name) follows. A better candidate never
 * deposes a leader that lives: the score decides among candidates only.
 *
 * **Guarantees** Terms only grow and each has at most one leader. A leader that cannot renew steps down before the store
 * may grant the lease to another: it counts its lease from the moment it asked for it, on a monotonic clock, and gives it
 * up a fifth early. When a leader dies, and with it perhaps the best candidate, another follows within two leases and one
 * election (a quarter of a lease and the way to the store and back), provided that the store answers.
 *
 * **Does not guarantee** That a holder stops acting: one that is paused between a look at `isLeader` and its write is
 * still about to write when it wakes, with another leader in office. Only the term protects a resource: hand it over with
 * each write and let the resource refuse smaller ones. Nor does it survive a clock of the store that jumps ahead, or a
 * clock of the holder that runs more than a fifth too slow. A candidate whose claims reach the store while no answer
 * comes back holds the office empty for as long as that lasts.
 *
 * **Example**
 *
 * ```ts
 * import { LeaderElection } from "@foundation/core"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const elections = yield* LeaderElection.LeaderElection
 *   const election = "coordinator"
 *   const options = { election, lease: "500 millis", standing: "50 millis" } as const
 *   const modest = yield* elections.campaign({ ...options, candidate: "modest", score: 1 })
 *   const strong = yield* elections.campaign({ ...options, candidate: "strong", score: 5 })
 *   const first = yield* strong.lead(({ term }) => Effect.succeed(`strong leads in term ${term}`))
 *   yield* strong.resign
 *   const second = yield* modest.lead(({ term }) => Effect.succeed(`modest leads in term ${term}`))
 *   return [first, second]
 * }).pipe(Effect.scoped, Effect.provide(LeaderElection.layerMemory))
 *
 * await Effect.runPromise(program) // => ["strong leads in term 1", "modest leads in term 2"]
 * ```
 *
 * Gray and Cheriton, "Leases: An Efficient Fault-Tolerant Mechanism for Distributed File Cache Consistency" (1989);
 * Garcia-Molina, "Elections in a Distributed Computing System" (1982).
 *
 * @since 0.1.0
 */
import { Context, Duration, Effect, Layer, Option, Random, Schema, Stream } from "effect"
import type { Scope } from "effect"
import { BackendError, Timeout } from "../BackendError.ts"
import * as LeaseStore from "./LeaseStore.ts"
import * as Campaigner from "./internal/campaigner.ts"
import { makeNews } from "./internal/news.ts"
import type { News } from "./internal/news.ts"

/** Who leads an election at a moment. */
export interface Leadership {
  readonly election: string
  /** The last term that was granted, 0 before the first. */
  readonly term: number
  /** Empty while no lease runs. */
  readonly leader: Option.Option<string>
}

/** A term in office. */
export interface Office {
  readonly election: string
  readonly candidate: string
  /** The fencing token of this office: greater than that of every office before. */
  readonly term: number
}

/** One candidate's part in an election. */
export interface Campaign {
  readonly election: string
  readonly candidate: string
  /** Whether this candidate may act as the leader at this moment, by its own clock. */
  readonly isLeader: Effect.Effect<boolean>
  /** The office this candidate holds at this moment. */
  readonly office: Effect.Effect<Option.Option<Office>>
  /** Waits until this candidate leads. Fails with `CampaignEnded` if it never will. */
  readonly awaitElected: Effect.Effect<Office, CampaignEnded>
  /**
   * Waits until elected, runs `work` and interrupts it as soon as the office is lost, which fails with `Deposed`. The
   * office outlives the work: call `lead` again, or `resign`.
   */
  readonly lead: <A, E, R>(
    work: (office: Office) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | CampaignEnded | Deposed, R>
  /**
   * Ends the campaign and frees the office at once. If the store fails, the campaign has ended all the same and the
   * lease runs out by itself, unless a repetition or the end of the scope succeeds. Idempotent.
   */
  readonly resign: Effect.Effect<void, BackendError>
}

/** The campaign is over: its scope is closed or the candidate has resigned. */
export class CampaignEnded extends Schema.TaggedError<CampaignEnded>("@foundation/core/LeaderElection/CampaignEnded")(
  "CampaignEnded",
  { election: Schema.String, candidate: Schema.String }
) {
  override get message() {
    return `"${this.candidate}" no longer stands in election "${this.election}"`
  }
}

/** The office was lost while it was in use. */
export class Deposed extends Schema.TaggedError<Deposed>("@foundation/core/LeaderElection/Deposed")("Deposed", {
  election: Schema.String,
  candidate: Schema.String,
  term: Schema.Int,
  /** `expired`: it could not be renewed in time. `refused`: the store gave it away. `resigned`: the campaign ended. */
  reason: Schema.Literals(["expired", "refused", "resigned"])
}) {
  override get message() {
    return `"${this.candidate}" lost election "${this.election}", term ${this.term} (${this.reason})`
  }
}

/** A name is empty or longer than 255 characters. */
export class InvalidName extends Schema.TaggedError<InvalidName>("@foundation/core/LeaderElection/InvalidName")(
  "InvalidName",
  { length: Schema.Int }
) {
  override get message() {
    return `The name of an election or candidate has 1 to ${nameLengthMax} characters, not ${this.length}`
  }
}

/** A score is a finite number; a lease is between a millisecond and a day; the time of standing is at most a lease. */
export class InvalidTerms extends Schema.TaggedError<InvalidTerms>("@foundation/core/LeaderElection/InvalidTerms")(
  "InvalidTerms",
  { option: Schema.Literals(["lease", "score", "standing"]), value: Schema.String }
) {
  override get message() {
    return `${this.value} cannot be the ${this.option} of a campaign`
  }
}

/** Holds elections. */
export class LeaderElection extends Context.Service<
  LeaderElection,
  {
    /**
     * Stands in an election until the surrounding scope closes, which frees the office like `resign`.
     *
     * Fails at once if the store cannot be reached (`BackendError`; given up after a lease) or takes no more candidates
     * (`TooManyCandidates`). Later trouble with the store is retried and shows in the loss of the office only.
     */
    readonly campaign: (options: {
      readonly election: string
      readonly candidate: string
      /** Any finite number. Default 0. */
      readonly score?: number | undefined
      /** How long a silent leader stays in office, from 1 millisecond to 1 day. Default 10 seconds. */
      readonly lease?: Duration.Input | undefined
      /** How long to stand before asking for a free office, so that better ones can stand. Default a tenth of the lease. */
      readonly standing?: Duration.Input | undefined
    }) => Effect.Effect<Campaign, BackendError | InvalidName | InvalidTerms | LeaseStore.TooManyCandidates, Scope.Scope>

    /** Reads who leads at this moment. */
    readonly lookup: (election: string) => Effect.Effect<Leadership, BackendError>

    /**
     * Follows an election, beginning with its present state. Changes by campaigns of this layer show at once, those of
     * others after at most `interval` (default 1 second), and a lease that runs out when it does.
     */
    readonly watch: (
      election: string,
      options?: { readonly interval?: Duration.Input | undefined }
    ) => Stream.Stream<Leadership, BackendError>

    /** Waits until somebody leads, as `watch` does. */
    readonly awaitLeader: (
      election: string,
      options?: { readonly interval?: Duration.Input | undefined }
    ) => Effect.Effect<Office, BackendError>
  }
>()("@foundation/core/LeaderElection") {}

/** `LeaderElection` over any `LeaseStore`. */
export const layer: Layer.Layer<LeaderElection, never, LeaseStore.LeaseStore> = Layer.effect(
  LeaderElection,
  Effect.gen(function* () {
    const store = yield* LeaseStore.LeaseStore
    const news = makeNews()

    const lookup = (election: string) =>
      Effect.map(store.read(election), ({ leader, term }): Leadership => ({
        election,
        term,
        leader: Option.map(Option.fromUndefinedOr(leader), ({ candidate }) => candidate)
      }))

    /** Waits until the leadership is another than it was. */
    const nextAfter = (election: string, interval: number) =>
      Effect.fnUntraced(function* (last: Leadership | undefined) {
        while (true) {
          const seen = news.count()
          const { leader, term } = yield* store.read(election)
          const now: Leadership = { election, term, leader: Option.fromUndefinedOr(leader?.candidate) }
          if (last?.term !== term || last.leader._tag !== now.leader._tag) return [now, now] as const
          yield* news.awaitAfter(election, seen, Math.min(interval, leader?.remainingMillis ?? interval))
        }
      })

    const watch: LeaderElection["Service"]["watch"] = (election, options) =>
      Stream.unfold(
        undefined,
        nextAfter(election, Duration.toMillis(Duration.fromInputUnsafe(options?.interval ?? "1 second")))
      )

    return LeaderElection.of({
      campaign: (options) => campaign(store, news, options),
      lookup,
      watch,
      awaitLeader: (election, options) =>
        watch(election, options).pipe(
          Stream.filter(({ leader }) => Option.isSome(leader)),
          Stream.runHead,
          Effect.map((found) => {
            const { leader, term } = Option.getOrThrow(found)
            return { election, candidate: Option.getOrThrow(leader), term }
          })
        )
    })
  })
)

/** `LeaderElection` in this process's memory: development, tests, one node. */
export const layerMemory: Layer.Layer<LeaderElection> = Layer.provide(layer, LeaseStore.layerMemory)

type CampaignOptions = Parameters<LeaderElection["Service"]["campaign"]>[0]

const nameLengthMax = 255

const validated = Effect.fnUntraced(function* (options: CampaignOptions) {
  for (const name of [options.election, options.candidate]) {
    if (name.length === 0 || name.length > nameLengthMax) return yield* new InvalidName({ length: name.length })
  }
  const score = options.score ?? 0
  const leaseMillis = Duration.toMillis(Duration.fromInputUnsafe(options.lease ?? "10 seconds"))
  const standing = Duration.fromInputUnsafe(options.standing ?? Duration.millis(leaseMillis / 10))
  const standingMillis = Duration.toMillis(standing)
  const invalid = (option: "lease" | "score" | "standing", value: number) =>
    new InvalidTerms({ option, value: String(value) })
  if (!Number.isFinite(score)) return yield* invalid("score", score)
  if (!(leaseMillis >= 1 && leaseMillis <= 86_400_000)) return yield* invalid("lease", leaseMillis)
  if (!(standingMillis >= 0 && standingMillis <= leaseMillis)) return yield* invalid("standing", standingMillis)
  return { score, leaseMillis, standingMillis }
})

/** Two candidates of one name, or two lives of one candidate, are told apart by their sessions. */
const newSession = Effect.map(Effect.all([Random.nextInt, Random.nextInt]), (parts) => parts.join(":"))

const campaign = Effect.fnUntraced(function* (
  store: LeaseStore.LeaseStore["Service"],
  news: News,
  options: CampaignOptions
) {
  const { candidate, election } = options
  const terms = yield* validated(options)
  const session = yield* newSession
  const campaigner = yield* Campaigner.make({ store, news, election, candidate, session, ...terms })
  yield* Effect.addFinalizer(() =>
    // Whoever cannot say goodbye is missed: the lease runs out.
    campaigner.end.pipe(Effect.timeoutOption(terms.leaseMillis), Effect.ignore({ log: "Warn" }))
  )
  yield* campaigner
    .ask("stand")
    .pipe(Effect.timeoutOrElse({ duration: terms.leaseMillis, orElse: () => Effect.fail(noAnswer(terms.leaseMillis)) }))
  campaigner.start()

  const office = (): Office | undefined => {
    const term = campaigner.term()
    return term === undefined ? undefined : { election, candidate, term }
  }
  const awaitElected = campaigner.until((): Effect.Effect<Office, CampaignEnded> | undefined => {
    if (campaigner.state().ended) return Effect.fail(new CampaignEnded({ election, candidate }))
    const held = office()
    return held === undefined ? undefined : Effect.succeed(held)
  })
  const awaitDeposed = (held: Office) =>
    campaigner.until(() =>
      campaigner.state().leading?.term === held.term
        ? undefined
        : Effect.fail(new Deposed({ ...held, reason: campaigner.loss() }))
    )

  return {
    election,
    candidate,
    isLeader: Effect.sync(() => office() !== undefined),
    office: Effect.sync(() => Option.fromUndefinedOr(office())),
    awaitElected,
    lead: (work) => Effect.flatMap(awaitElected, (held) => Effect.raceFirst(work(held), awaitDeposed(held))),
    resign: campaigner.end
  } satisfies Campaign as Campaign
})

const noAnswer = (leaseMillis: number) =>
  new BackendError({
    reason: new Timeout({ operation: "LeaderElection.campaign", detail: `no answer within ${leaseMillis} ms` })
  })
