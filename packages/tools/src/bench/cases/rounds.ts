/**
 * Cases in which one asks many: broadcast, votes, auctions, bare of sessions, and rounds under load.
 *
 * @since 0.1.0
 */
import { Process } from "@foundation/core"
import { Deferred, Effect } from "effect"
import { beam, type Case, type Setting } from "../case.ts"
import { type Effort, loop, now, type Rep } from "../measure.ts"
import * as Worker from "../worker.ts"

/** How many rounds a repetition has at most. */
export const roundsOf = (n: number): number => (n <= 5 ? 40_000 : n <= 10 ? 20_000 : n <= 100 ? 4_000 : 600)

type Refs = ReadonlyArray<Worker.Ref>

const withTeam = (n: number, setting: Setting, work: (refs: Refs) => Effect.Effect<Rep, unknown>) =>
  Effect.flatMap(Worker.team(n, setting.handlers), work)

const broken = (what: string) => Effect.die(new Error(what))

/** Tells all of a new value and waits for all acknowledgements. */
const broadcast = (refs: Refs, value: number) =>
  Effect.flatMap(Process.gather(refs, "Update", { key: "x", value }), ({ replies }) =>
    replies.length === refs.length ? Effect.void : broken("an acknowledgement is missing")
  )

/** Asks all for their vote; accepted at 60 % of all. */
export const consensus = (refs: Refs, value: number) =>
  Effect.flatMap(Process.gather(refs, "Vote", { value }), ({ replies }) => {
    let yes = 0
    for (const reply of replies) if (reply.value) yes++
    return yes * 10 >= refs.length * 6 ? Effect.succeed(yes) : broken("rejected")
  })

/** Asks all for a sealed bid, and tells the winner the second price. */
const auction = (refs: Refs, item: number) =>
  Effect.flatMap(Process.gather(refs, "Auction", { item }), ({ replies }) => {
    let top = -1
    let price = 0
    let winner = refs[0]! as (typeof replies)[number]["from"]
    for (const { from, value } of replies) {
      if (value > top) {
        price = Math.max(price, top)
        top = value
        winner = from
      } else if (value > price) price = value
    }
    return winner.call("Won", { item, price })
  })

const broadcastCase: Case = {
  name: "broadcast a variable update + all acks",
  about: "one request to n supervised processes and their answers",
  sizes: [10, 100, 1000],
  everyHandlers: true,
  targets: beam("p50_us", { 10: 6.1, 100: 60, 1000: 714 }),
  body: (setting) =>
    withTeam(setting.n, setting, (refs) => loop(roundsOf(setting.n), setting.effort, (i) => broadcast(refs, i)))
}

const consensusCase: Case = {
  name: "majority consensus, all votes",
  about: "n processes vote, 60 % accept; bare of the session around it",
  sizes: [5, 10, 100, 1000],
  everyHandlers: true,
  targets: beam("p50_us", { 5: 3, 10: 5.6, 100: 50, 1000: 698 }),
  body: (setting) =>
    withTeam(setting.n, setting, (refs) => loop(roundsOf(setting.n), setting.effort, (i) => consensus(refs, i)))
}

const earlyCase: Case = {
  name: "majority consensus, decided at 60 %",
  about: "the time until 60 % have accepted; the round itself goes on until all have voted",
  sizes: [5, 10, 100, 1000],
  targets: beam("p50_us", { 5: 2.69, 10: 5.34, 100: 50.8, 1000: 607 }),
  body: (setting) =>
    withTeam(setting.n, setting, (refs) =>
      Effect.gen(function* () {
        const samplesUs: Array<number> = []
        const need = Math.ceil(0.6 * refs.length)
        const rep = yield* loop(roundsOf(setting.n), setting.effort, (value) =>
          Effect.suspend(() => {
            const start = now()
            let yes = 0
            const enough = (reply: { readonly value: boolean }) => {
              if (reply.value && ++yes === need) samplesUs.push((now() - start) * 1000)
              return false
            }
            return Process.gather(refs, "Vote", { value }, { until: { enough } })
          })
        )
        return { ...rep, samplesUs }
      })
    )
}

const auctionCase: Case = {
  name: "sealed second-price auction",
  about: "n sealed bids, the winner is told the second price and acknowledges",
  sizes: [10, 100, 1000],
  everyHandlers: true,
  targets: beam("p50_us", { 10: 6.6, 100: 52, 1000: 731 }),
  body: (setting) =>
    withTeam(setting.n, setting, (refs) => loop(roundsOf(setting.n), setting.effort, (i) => auction(refs, i)))
}

/** `clients` fibers hold rounds with the same five processes for a second. */
const closedLoop = (refs: Refs, clients: number, effort: Effort) =>
  Effect.gen(function* () {
    const samplesUs: Array<number> = []
    const start = now()
    const stop = start + 1000 / effort.shrink
    let ops = 0
    const client = Effect.gen(function* () {
      for (let k = 0; ; k++) {
        const before = now()
        yield* consensus(refs, k)
        const after = now()
        ops++
        if (k % 8 === 0) samplesUs.push((after - before) * 1000)
        if (after > stop) return
      }
    })
    const all = Array.from({ length: clients }, () => client)
    yield* Effect.all(all, { concurrency: "unbounded", discard: true })
    return { samplesUs, ops, ms: now() - start }
  })

/** Rounds that begin when they are due, whether those before have ended or not; the time counts from the due moment. */
const openLoop = (refs: Refs, rate: number, effort: Effort) =>
  Effect.gen(function* () {
    const total = (rate * 2) / effort.shrink
    const gap = 1000 / rate
    const samplesUs = new Float64Array(total)
    const all = yield* Deferred.make<void>()
    const cpu = process.cpuUsage()
    const start = now()
    let done = 0
    const one = (i: number) =>
      Effect.andThen(
        consensus(refs, i),
        Effect.suspend(() => {
          samplesUs[i] = (now() - start - i * gap) * 1000
          return ++done === total ? Deferred.succeed(all, undefined) : Effect.void
        })
      )
    for (let k = 0; k < total;) {
      const due = Math.min(total, Math.floor((now() - start) / gap) + 1)
      for (; k < due; k++) yield* Effect.forkChild(one(k), { startImmediately: true })
      if (k < total) yield* Effect.sleep(1)
    }
    yield* Deferred.await(all)
    const ms = now() - start
    const used = process.cpuUsage(cpu)
    return { samplesUs, ops: total, ms, cpuPct: (used.user + used.system) / 10 / ms }
  })

const flood = (clients: number, figures: { readonly beam: number; readonly name: string }): Case => ({
  name: figures.name,
  about: `${clients} fibers hold 5-process rounds one after the other for a second, all with the same processes`,
  sizes: [5],
  everyHandlers: true,
  targets: beam("ops_per_s", { 5: figures.beam }),
  body: (setting) => withTeam(5, setting, (refs) => closedLoop(refs, clients, setting.effort))
})

const offered = (rate: number, p95: number | undefined): Case => ({
  name: `5-agent rounds, ${rate} per second offered`,
  about: "a new fiber for each round when it is due, for 2 seconds; p95 counts from the due moment",
  sizes: [5],
  everyHandlers: true,
  targets: beam("p95_us", p95 === undefined ? {} : { 5: p95 }),
  body: (setting) => withTeam(5, setting, (refs) => openLoop(refs, rate, setting.effort))
})

export const roundCases: ReadonlyArray<Case> = [
  broadcastCase,
  consensusCase,
  earlyCase,
  auctionCase,
  flood(1, { name: "5-agent rounds, 1 in flight", beam: 300_000 }),
  flood(64, { name: "5-agent rounds, 64 in flight", beam: 476_000 }),
  offered(10_000, 2000),
  offered(20_000, undefined)
]
