/**
 * A small world for elections: several candidates and one store, joined by a network that delays, loses and repeats
 * messages, in virtual time. Candidates crash and come back, sleep, are cut off, and their clocks run unevenly. One seed
 * plays one history.
 *
 * The rules are told here once more in the simplest way, as checks on what is seen: at most one leader at any moment, terms
 * that only grow, nobody deposed while its lease runs, nobody elected while a better one stands.
 */
import * as Candidate from "../../src/coordination/internal/candidate.ts"
import * as Rules from "../../src/coordination/internal/lease.ts"
import { emptyRecord } from "../../src/coordination/LeaseStore.ts"
import type { Answer, LeaseRecord } from "../../src/coordination/LeaseStore.ts"

export const leaseMillis = 1_000
const delayMax = 400
const quietDelayMax = 20
/** One election: the pause between two claims and a question with its answer, on the slowest clock. */
const election = (leaseMillis / 4) * 1.02 + 2 * quietDelayMax + 1
const untilNext = 2 * leaseMillis * 1.02 + election

export interface Report {
  readonly violations: ReadonlyArray<string>
  readonly elections: number
  readonly deposals: number
  readonly events: number
  /** Milliseconds from the leader's last death to the next leader. */
  readonly failover: number
}

/** `mulberry32`: a small generator whose whole state is the seed. */
const generator = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
}

interface Node {
  readonly name: string
  readonly score: number
  /** Local milliseconds for each of the world's. */
  readonly rate: number
  session: string
  /** Undefined while it is down. */
  state: Candidate.State | undefined
  lives: number
  pausedUntil: number
  cutUntil: number
}

export class World {
  readonly violations: Array<string> = []
  readonly nodes: ReadonlyArray<Node>
  readonly random: () => number
  now = 0
  /** Until then the network and the nodes may fail. */
  readonly calmAt: number
  record: LeaseRecord = emptyRecord
  elections = 0
  deposals = 0
  events = 0
  lastTerm = 0
  /** When the present calm began in which nobody may be deposed. */
  noDeposalFrom = Number.POSITIVE_INFINITY
  readonly #queue: Array<{ readonly at: number; readonly order: number; readonly run: () => void }> = []
  #order = 0

  constructor(seed: number, calmAt: number) {
    this.random = generator(seed)
    this.calmAt = calmAt
    const count = 2 + this.below(4)
    this.nodes = Array.from({ length: count }, (_, i) => ({
      name: `n${i}`,
      score: this.below(3),
      rate: 0.98 + this.random() * 0.04,
      session: "",
      state: undefined,
      lives: 0,
      pausedUntil: 0,
      cutUntil: 0
    }))
    for (const node of this.nodes) this.at(this.random() * 500, () => this.start(node))
  }

  below(n: number) {
    return Math.floor(this.random() * n)
  }

  chance(p: number) {
    return this.now < this.calmAt && this.random() < p
  }

  at(time: number, run: () => void) {
    const event = { at: time, order: this.#order++, run }
    let i = this.#queue.length
    while (i > 0 && later(this.#queue[i - 1]!, event)) i--
    this.#queue.splice(i, 0, event)
  }

  /** Plays until a moment. The queue is sorted with the earliest event last. */
  playUntil(time: number) {
    while (this.#queue.length > 0 && this.#queue[this.#queue.length - 1]!.at <= time) {
      const event = this.#queue.pop()!
      this.now = event.at
      if (++this.events > 50_000) throw new Error("the candidates spin: more than 50,000 events in one history")
      event.run()
      const leaders = this.leaders()
      if (leaders.length > 1) this.violate(`${leaders.map((node) => node.name).join(" and ")} lead at the same time`)
    }
    this.now = time
  }

  violate(what: string) {
    this.violations.push(`at ${this.now.toFixed(1)}: ${what}`)
  }

  local(node: Node) {
    return this.now * node.rate
  }

  /** By its own clock: a paused node cannot look, and when it wakes its clock has gone on. */
  leaders() {
    return this.nodes.filter((node) => node.state !== undefined && Candidate.leads(node.state, this.local(node)))
  }

  start(node: Node) {
    node.lives++
    node.session = `${node.name}.${node.lives}`
    node.state = Candidate.make({ leaseMillis, standingMillis: 100 }, this.local(node))
    this.send(node, "stand", 0)
    this.scheduleWake(node)
  }

  crash(node: Node) {
    node.state = undefined
  }

  input(node: Node, make: (now: number) => Candidate.Input) {
    if (node.state === undefined) return
    const lives = node.lives
    if (node.pausedUntil > this.now) {
      this.at(node.pausedUntil, () => node.lives === lives && this.input(node, make))
      return
    }
    const [next, outputs] = Candidate.step(node.state, make(this.local(node)))
    node.state = next
    for (const output of outputs) {
      switch (output._tag) {
        case "Ask":
          this.send(node, output.request, output.id)
          break
        case "Elected":
          this.elections++
          if (output.term <= this.lastTerm) this.violate(`${node.name} is elected for term ${output.term} again`)
          this.lastTerm = output.term
          break
        case "Deposed":
          this.deposals++
          if (this.now >= this.noDeposalFrom) this.violate(`${node.name} is deposed (${output.reason}) without a fault`)
          break
      }
    }
    this.scheduleWake(node)
  }

  scheduleWake(node: Node) {
    const state = node.state
    if (state === undefined) return
    // A hair late, as timers are: never early by rounding.
    const at = Candidate.wakeAt(state) / node.rate + 0.001
    if (at === Number.POSITIVE_INFINITY) return
    // Whoever has acted meanwhile has scheduled another wake.
    this.at(Math.max(this.now, at), () => {
      if (node.state === state) this.input(node, (now) => ({ _tag: "Wake", now }))
    })
  }

  delay() {
    return this.now >= this.calmAt
      ? 1 + this.random() * (quietDelayMax - 1)
      : this.random() < 0.1
        ? this.random() * delayMax
        : 1 + this.random() * 40
  }

  /** Carries a message: perhaps not, perhaps twice, perhaps late. */
  carry(node: Node, deliver: () => void) {
    if (node.cutUntil > this.now || this.chance(0.05)) return
    const copies = this.chance(0.05) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      this.at(this.now + this.delay(), () => {
        if (node.cutUntil <= this.now) deliver()
      })
    }
  }

  send(node: Node, request: Candidate.Request, id: number) {
    const { lives, name: candidate, score, session } = node
    const term = node.state?.leading?.term ?? 0
    const claim = { session, candidate, score, leaseMillis, after: node.state?.lastTerm ?? 0 }
    this.carry(node, () => {
      const answer = this.serve(request, claim, term)
      this.carry(node, () => {
        if (node.lives !== lives) return
        this.input(node, (now) => ({
          _tag: "Answered",
          now,
          id,
          granted: answer.granted,
          remainingMillis: answer.leader?.remainingMillis ?? 0
        }))
      })
    })
  }

  serve(request: Candidate.Request, claim: Parameters<typeof Rules.take>[1], term: number): Answer {
    const before = this.record
    const [answer, next] =
      request === "renew"
        ? Rules.renew(before, { session: claim.session, term, leaseMillis }, this.now)
        : (request === "stand" ? Rules.stand : Rules.take)(before, claim, this.now, 100)
    if (answer === "full") throw new Error("nobody is refused for want of room")
    this.record = next
    if (next.term < before.term) this.violate("a term becomes smaller")
    const holds = before.holder?.session === claim.session && before.holder.until > this.now && before.term === term
    if (request === "renew" && answer.granted !== undefined && !holds) {
      this.violate(`${claim.session} renews a lease that is not its own`)
    }
    if (request !== "renew" && answer.granted !== undefined && before.holder?.session !== claim.session) {
      if (before.holder !== null && before.holder.until > this.now) {
        this.violate(`${claim.session} takes the office of ${before.holder.session}, whose lease runs`)
      }
      for (const other of before.standing) {
        const better = other.score > claim.score || (other.score === claim.score && other.candidate > claim.candidate)
        if (other.until > this.now && better) this.violate(`${claim.session} is elected while ${other.session} stands`)
      }
    }
    return answer
  }

  /** Strikes at random now and then, until the calm. */
  strike() {
    if (this.now >= this.calmAt) return
    const node = this.nodes[this.below(this.nodes.length)]!
    const span = this.random() * 3 * leaseMillis
    switch (this.below(4)) {
      case 0:
        if (node.state === undefined) break
        this.crash(node)
        this.at(this.now + span, () => node.state === undefined && this.start(node))
        break
      case 1:
        node.pausedUntil = Math.min(this.calmAt, this.now + span)
        break
      case 2:
        node.cutUntil = Math.min(this.calmAt, this.now + span)
        break
      case 3:
        // The leader itself, while it is busy.
        for (const leader of this.leaders()) leader.pausedUntil = Math.min(this.calmAt, this.now + span)
        break
    }
    this.at(this.now + this.random() * leaseMillis, () => this.strike())
  }
}

const later = (
  a: { readonly at: number; readonly order: number },
  b: { readonly at: number; readonly order: number }
) => a.at < b.at || (a.at === b.at && a.order < b.order)

/** Ten leases of faults, then calm; then the leader dies, and within its lease the best of the others. */
export const play = (seed: number): Report => {
  const calmAt = 10 * leaseMillis
  const world = new World(seed, calmAt)
  world.at(500, () => world.strike())
  // Messages from before the calm may still be on their way, and crashed nodes come back within three leases.
  const settled = calmAt + delayMax + untilNext
  world.playUntil(settled)
  if (world.leaders().length !== 1) world.violate("nobody leads although all is calm")
  world.noDeposalFrom = settled
  world.playUntil(settled + 3 * leaseMillis)

  const leader = world.leaders()[0]
  let failover = 0
  if (leader !== undefined && world.nodes.filter((node) => node.state !== undefined).length > 2) {
    const died = world.now
    world.crash(leader)
    const best = world.nodes
      .filter((node) => node.state !== undefined)
      .reduce((a, b) => (Rules.outranks({ ...a, candidate: a.name }, { ...b, candidate: b.name }) ? a : b))
    const elections = world.elections
    const heirsDeath = died + world.random() * leaseMillis
    world.playUntil(heirsDeath)
    world.crash(best)
    // If the heir was already in office, its death is another one.
    const from = world.elections > elections ? heirsDeath : died
    while (world.leaders().length === 0 && world.now < from + untilNext) world.playUntil(world.now + 5)
    failover = world.now - from
    if (world.leaders().length !== 1) world.violate(`nobody follows within ${untilNext.toFixed(0)} ms`)
    world.playUntil(world.now + 2 * leaseMillis)
  }
  const { deposals, elections, events, violations } = world
  return { violations, elections, deposals, events, failover }
}
