/** Elections whose store is a process that candidates reach over the network. */
import { Clock, Context, Effect, Layer, Schedule, Schema, type Scope } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import { BackendError, Timeout, Unavailable } from "../../src/BackendError.ts"
import * as LeaderElection from "../../src/coordination/LeaderElection.ts"
import * as LeaseStore from "../../src/coordination/LeaseStore.ts"
import * as Process from "../../src/process/Process.ts"

const Claim = Schema.Struct({
  session: Schema.String,
  candidate: Schema.String,
  score: Schema.Finite,
  leaseMillis: Schema.Finite,
  after: Schema.Int
})
const Lease = Schema.Struct({ session: Schema.String, term: Schema.Int, leaseMillis: Schema.Finite })
const Leader = Schema.Struct({ candidate: Schema.String, term: Schema.Int, remainingMillis: Schema.Finite })
const View = Schema.Struct({ term: Schema.Int, leader: Schema.UndefinedOr(Leader) })
const Answer = Schema.Struct({ ...View.fields, granted: Schema.UndefinedOr(Schema.Int) })
const election = Schema.String

/** What outlives a crash of the store's node. */
export interface Disk {
  readonly records: Map<string, LeaseStore.LeaseRecord>
  /** Lets a test plant a bug between the rules and the disk. */
  readonly change?: (before: LeaseStore.LeaseRecord, now: number) => LeaseStore.LeaseRecord
}

const storeOn = ({ change = (record) => record, records }: Disk) =>
  LeaseStore.make((name, step) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      const [answer, next] = step(change(records.get(name) ?? LeaseStore.emptyRecord, now), now)
      records.set(name, next)
      return answer
    })
  )

/** A `LeaseStore` as a process. */
export const Leases = Process.make({
  name: "leases",
  protocol: RpcGroup.make(
    Rpc.make("Stand", { payload: { election, claim: Claim }, success: Answer }),
    Rpc.make("Take", { payload: { election, claim: Claim }, success: Answer }),
    Rpc.make("Renew", { payload: { election, lease: Lease }, success: Answer }),
    Rpc.make("Release", { payload: { election, session: Schema.String } }),
    Rpc.make("Read", { payload: { election }, success: View })
  ),
  init: (disk: Disk) => Effect.succeed(storeOn(disk)),
  handlers: {
    Stand: ({ claim, election }, store) => Effect.orDie(store.stand(election, claim)),
    Take: ({ claim, election }, store) => Effect.orDie(store.take(election, claim)),
    Renew: ({ election, lease }, store) => Effect.orDie(store.renew(election, lease)),
    Release: ({ election, session }, store) => Effect.orDie(store.release(election, session)),
    Read: ({ election }, store) => Effect.orDie(store.read(election))
  }
})

/** Turns the errors of a call into those of a backend. */
export const asBackend =
  (operation: string) =>
  <A, R>(call: Effect.Effect<A, Process.CallError, R>): Effect.Effect<A, BackendError, R> =>
    Effect.mapError(call, (error) => {
      const Reason = error._tag === "CallTimeout" ? Timeout : Unavailable
      return new BackendError({ reason: new Reason({ operation, detail: error.message }) })
    })

/** A `LeaseStore` that asks a process. */
const clientOf = (
  address: Process.Address<RpcGroup.Rpcs<typeof Leases.protocol>>
): LeaseStore.LeaseStore["Service"] => {
  const backend = asBackend("leases")
  const patience = { timeout: "1 second" } as const
  return LeaseStore.LeaseStore.of({
    stand: (election, claim) => backend(address.call("Stand", { election, claim }, patience)),
    take: (election, claim) => backend(address.call("Take", { election, claim }, patience)),
    renew: (election, lease) => backend(address.call("Renew", { election, lease }, patience)),
    release: (election, session) => backend(address.call("Release", { election, session }, patience)),
    read: (election) => backend(address.call("Read", { election }, patience))
  })
}

/** Stands in an election until the scope closes, and works whenever it is in office. */
export const stand = (options: {
  readonly leases: Process.Address<RpcGroup.Rpcs<typeof Leases.protocol>>
  readonly candidate: string
  readonly score: number
  readonly leaseMillis: number
  readonly onCampaign: (campaign: LeaderElection.Campaign) => void
  readonly work: (office: LeaderElection.Office) => Effect.Effect<unknown>
}): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    const store = Layer.succeed(LeaseStore.LeaseStore, clientOf(options.leases))
    const elections = Context.get(
      yield* Layer.build(Layer.provide(LeaderElection.layer, store)),
      LeaderElection.LeaderElection
    )
    const { candidate, leaseMillis, score } = options
    yield* Effect.forkScoped(
      Effect.gen(function* () {
        const campaign = yield* elections
          .campaign({ election: "boss", candidate, score, lease: leaseMillis })
          .pipe(Effect.retry(Schedule.spaced("100 millis")))
        options.onCampaign(campaign)
        // Again after each loss of the office; the end of the campaign is the end.
        yield* campaign.lead(options.work).pipe(Effect.retry({ while: (error) => error._tag === "Deposed" }))
      }).pipe(Effect.ignore)
    )
  })
