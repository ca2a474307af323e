/** P5: at most one leader per term, and a new one within two leases and one election; its writes are fenced (P4). */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Random, Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import type { Campaign, Office } from "../../src/coordination/LeaderElection.ts"
import * as Process from "../../src/process/Process.ts"
import * as Simulation from "../../src/testing/Simulation.ts"
import { type Disk, Leases, stand } from "./leases.ts"
import { holds } from "./seeds.ts"

const leaseMillis = 1000
const quiet = { delay: { min: 1, max: 20 }, loss: 0, duplicate: 0, reorder: 0 }
const rough = { delay: { min: 1, max: 60 }, loss: 0.05, duplicate: 0.05, reorder: 0.1 }
/** The slowest clock of a candidate counts so much longer than the world's. */
const slow = 1 / 0.87
/** Between two claims, the way to the store and back, on the slowest clock. */
const electionMillis = (leaseMillis / 4) * slow + 2 * 20
const untilNextLeader = 2 * leaseMillis * slow + electionMillis

/** Pauses make two leaders most easily; in between the election needs some quiet. */
const chaos: Omit<Simulation.ChaosOptions, "lasting"> = {
  gap: { min: 200, max: 2000 },
  length: { min: 100, max: 2500 },
  faults: ["pause", "pause", "crash", "isolate", "partition", "one-way"]
}
const candidates = ["a", "b", "c", "d", "e"]
const world: Simulation.WorldOptions = {
  nodes: ["store", ...candidates],
  network: rough,
  clocks: { store: { rate: 1.01 }, a: { offset: 5000, rate: 0.98 }, b: { offset: -700, rate: 1.02 }, c: { rate: 0.87 } }
}

interface Writes {
  fence: number
  readonly accepted: Array<{ readonly term: number; readonly by: string }>
  refused: number
  /** Lets a test leave the fence open. */
  readonly fenced: boolean
}

/** What the leader works on: it takes writes with the greatest term it has seen, and refuses smaller ones. */
const Resource = Process.make({
  name: "resource",
  protocol: RpcGroup.make(
    Rpc.make("Write", { payload: { term: Schema.Int, by: Schema.String }, success: Schema.Boolean })
  ),
  init: (disk: Writes) => Effect.succeed(disk),
  handlers: {
    Write: ({ by, term }, disk) =>
      Effect.sync(() => {
        if (disk.fenced && term < disk.fence) {
          disk.refused++
          return false
        }
        disk.fence = term
        disk.accepted.push({ term, by })
        return true
      })
  }
})

interface Bugs {
  readonly change?: Disk["change"]
  readonly fenced?: boolean
}

const leadersOf = (campaigns: ReadonlyMap<string, Campaign>, isUp: (name: string) => boolean): ReadonlyArray<string> =>
  [...campaigns].filter(([name, campaign]) => isUp(name) && Effect.runSync(campaign.isLeader)).map(([name]) => name)

/** Faults for ten leases, then calm; then the leader dies, and comes back. */
const history = (sim: Simulation.Simulation, bugs: Bugs = {}) =>
  Effect.gen(function* () {
    const disk: Disk = { records: new Map(), ...(bugs.change === undefined ? {} : { change: bugs.change }) }
    const writes: Writes = { fence: 0, accepted: [], refused: 0, fenced: bugs.fenced ?? true }
    const campaigns = new Map<string, Campaign>()
    const leaderOf = new Map<number, string>()
    let clash: string | undefined
    const store = sim.node("store")
    yield* store.boot(
      Effect.gen(function* () {
        yield* store.expose("leases", yield* Process.start(Leases, disk))
        yield* store.expose("resource", yield* Process.start(Resource, writes))
      })
    )
    const running = candidates.slice(0, yield* Random.nextIntBetween(3, 5))
    for (const name of running) {
      const node = sim.node(name)
      const resource = store.remote("resource", Resource, name)
      const work = ({ candidate, term }: Office) =>
        Effect.gen(function* () {
          const other = leaderOf.get(term)
          if (other !== undefined && other !== candidate) clash = `term ${term} of ${other} is ${candidate}'s too`
          leaderOf.set(term, candidate)
          // Whoever is at it does not let go: the office may be lost between the look and the write.
          const write = resource.call("Write", { term, by: candidate }, { timeout: "300 millis" })
          return yield* Effect.forever(
            Effect.uninterruptible(Effect.andThen(Effect.sleep("100 millis"), Effect.ignore(write)))
          )
        })
      const score = yield* Random.nextIntBetween(0, 2)
      yield* node.boot(
        Effect.suspend(() => {
          campaigns.delete(name)
          return stand({
            leases: store.remote("leases", Leases, name),
            candidate: name,
            score,
            leaseMillis,
            onCampaign: (campaign) => campaigns.set(name, campaign),
            work
          })
        })
      )
    }
    const leaders = () => leadersOf(campaigns, (name) => sim.node(name).isUp)
    yield* sim.always(() => {
      const now = leaders()
      return now.length > 1 ? `${now.join(" and ")} lead at the same time` : clash
    })
    yield* sim.chaos({ lasting: "10 seconds", ...chaos, nodes: ["store", ...running] })
    yield* sim.setNetwork(quiet)
    const one = () => leaders().length === 1
    // Crashed candidates have just come back, and messages from before the calm may still be on their way.
    yield* sim.until(one, { what: "a leader in the calm", within: untilNextLeader + 500 })
    yield* sim.adjust(yield* Random.nextIntBetween(0, 2 * leaseMillis))
    const leader = leaders()[0]
    assert.isDefined(leader, "a leader stays in the calm")
    yield* sim.crash(leader)
    yield* sim.until(one, { what: "another leader", within: untilNextLeader })
    yield* sim.restart(leader)
    yield* sim.adjust(leaseMillis)

    const terms = writes.accepted.map(({ term }) => term)
    assert.deepStrictEqual(
      terms,
      terms.toSorted((x, y) => x - y),
      "accepted writes never go back to an older term"
    )
    for (const { by, term } of writes.accepted) assert.strictEqual(leaderOf.get(term), by, `the writer of term ${term}`)
    return { terms: leaderOf.size, writes: writes.accepted.length, refused: writes.refused }
  })

describe("an election whose store is reached over the network (P5)", () => {
  holds(
    "Election.sim.test.ts",
    "one leader per term and instant, the next one in time, writes fenced",
    { ...world, ci: 1000, nightly: 100_000 },
    (sim) => history(sim)
  )

  it.live("its histories are worth something: offices change hands, and the fence refuses writes", () =>
    Effect.gen(function* () {
      let [terms, writes, refused] = [0, 0, 0]
      for (let seed = 1; seed <= 30; seed++) {
        const seen = yield* Simulation.run({ ...world, seed }, (sim) => history(sim))
        terms += seen.terms
        writes += seen.writes
        refused += seen.refused
      }
      assert.isAbove(terms, 90)
      assert.isAbove(writes, 800)
      assert.isAbove(refused, 2)
    })
  )

  const finds = (name: string, bugs: Bugs, shows: RegExp) =>
    it.live(`a planted bug is found: ${name}`, () =>
      Effect.gen(function* () {
        const failed = yield* Effect.flip(Simulation.check({ ...world, runs: 100 }, (sim) => history(sim, bugs)))
        assert.match(failed.command, /^SIM_SEED=\d+ npx -y pnpm@12 test$/)
        assert.match(failed.report, shows)
      })
    )

  finds(
    "the store never lets a lease run out",
    {
      change: (record, now) =>
        record.holder === null ? record : { ...record, holder: { ...record.holder, until: now + leaseMillis } }
    },
    /leader.*: not within/
  )
  finds(
    "the store forgets the second half of a lease",
    {
      change: (record, now) =>
        record.holder !== null && record.holder.until - now < leaseMillis / 2 ? { ...record, holder: null } : record
    },
    /lead at the same time/
  )
  finds(
    "the store gives the same term to the next leader",
    {
      change: (record, now) =>
        record.holder !== null && record.holder.until <= now
          ? { ...record, term: record.term - 1, holder: null }
          : record
    },
    /term \d+ of . is .'s too/
  )
  finds("the resource takes writes of any term", { fenced: false }, /never go back to an older term/)
})
