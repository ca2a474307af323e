/**
 * The life of one task of a contract net: bids come in, the best is awarded, works, delivers and is paid, or fails and the
 * next best is asked. What is asked of a task is in order of time: `advance` to the moment of an entry, then `act`.
 */
import * as GrowingList from "../../internal/growingList.ts"
import * as GrowingMap from "../../internal/growingMap.ts"
import type { Entry, Outcome, Output, Reason, Terms } from "../ContractNet.ts"
import * as Settlement from "../Settlement.ts"
import { holds } from "./contractProof.ts"

/** The most bids for a task; the next is refused as `full`. */
export const bidsMax = 10_000

type Bid = Extract<Entry, { _tag: "Bid" }>

type Phase =
  | { readonly _tag: "Bidding" }
  | { readonly _tag: "Offered"; readonly bid: Bid; readonly until: number }
  | {
      readonly _tag: "Working"
      readonly bid: Bid
      readonly dueAt: number
      readonly lostAt: number
      readonly startedAt: number
      /** Signs of life, those left out without which no silence would have been too long. */
      readonly signs: ReadonlyArray<number>
    }
  | { readonly _tag: "Verifying"; readonly bid: Bid; readonly isLate: boolean; readonly until: number }

/** A task that has not settled. */
export interface Task {
  readonly terms: Terms
  readonly now: number
  readonly phase: Phase
  readonly bids: GrowingMap.GrowingMap<string, Bid>
  /** Bidders who will not be awarded the task (again). */
  readonly out: GrowingMap.GrowingMap<string, true>
  readonly awards: ReadonlyArray<string>
  readonly failures: ReadonlyArray<string>
  readonly log: GrowingList.GrowingList<Entry>
}

/** What becomes of a task: `undefined` when it has settled. */
export type Change = readonly [next: Task | undefined, outputs: ReadonlyArray<Output>]

/** What can be asked of one task by name. */
export type TaskEntry = Exclude<Entry, { _tag: "Tick" | "Died" }>

/** A task that has just been announced. */
export const begin = (terms: Terms): Task => ({
  terms,
  now: 0,
  phase: { _tag: "Bidding" },
  bids: GrowingMap.empty(),
  out: GrowingMap.empty(),
  awards: [],
  failures: [],
  log: GrowingList.empty()
})

/** What an entry does to its task, or why it is refused. */
export const act = (task: Task, entry: TaskEntry): Change | Reason => {
  const { phase } = task
  switch (entry._tag) {
    case "Bid":
      return takeBid(task, entry)
    case "Accept":
      if (phase._tag !== "Offered" || phase.bid.bidder !== entry.bidder) return "not awarded"
      return start(logged(task, entry), phase.bid, entry.at)
    case "Decline":
      if (phase._tag !== "Offered" || phase.bid.bidder !== entry.bidder) return "not awarded"
      return award(leaving(logged(task, entry), entry.bidder), entry.at)
    case "Progress":
      return phase._tag === "Working" && phase.bid.bidder === entry.bidder
        ? [{ ...task, now: entry.at, phase: heard(task.terms, phase, entry.at) }, []]
        : "not at work"
    case "Deliver":
      return phase._tag === "Working" && phase.bid.bidder === entry.bidder ? deliver(task, phase, entry) : "not at work"
    case "GiveUp":
      if (phase._tag !== "Working" || phase.bid.bidder !== entry.bidder) return "not at work"
      return failed(logged(task, entry), phase.bid, entry.at)
    case "Verified":
      if (phase._tag !== "Verifying" || phase.bid.bidder !== entry.bidder) return "not delivered"
      return settle(logged(task, entry), phase.isLate ? "late" : "done", phase.bid)
    case "Rejected":
      if (phase._tag !== "Verifying" || phase.bid.bidder !== entry.bidder) return "not delivered"
      return failed(logged(task, entry), phase.bid, entry.at)
    case "Cancel":
      // Else a manager could keep the proof and pay the compensation in place of the price.
      if (phase._tag === "Verifying") return "already delivered"
      return settle(logged(task, entry), "cancelled", phase._tag === "Working" ? phase.bid : undefined)
  }
}

/** The task with one more entry in its log, and before it the signs of life that had been kept apart. */
const logged = (task: Task, entry: Entry): Task => {
  const { phase } = task
  let log = task.log
  if (phase._tag === "Working") {
    for (const at of phase.signs)
      log = GrowingList.add(log, { _tag: "Progress", task: task.terms.task, bidder: phase.bid.bidder, at })
  }
  return { ...task, now: entry.at, log: GrowingList.add(log, entry) }
}

const isFit = ({ bids, phase, terms }: Task, entry: Bid): Reason | undefined => {
  if (entry.bidder === terms.manager) return "own task"
  if (phase._tag !== "Bidding") return "bidding has ended"
  if (GrowingMap.has(bids, entry.bidder)) return "already bid"
  const isBid =
    Settlement.isName(entry.bidder) &&
    Settlement.isWhole(entry.price) &&
    Settlement.isWhole(entry.duration) &&
    entry.duration > 0 &&
    entry.confidence >= 0 &&
    entry.confidence <= 1
  if (!isBid) return "invalid bid"
  if (entry.price > terms.priceMax) return "too dear"
  if (entry.duration > terms.durationMax) return "too slow"
  if (!terms.requires.every((it) => entry.capabilities.includes(it))) return "not capable"
  return bids.size >= bidsMax ? "full" : undefined
}

const takeBid = (task: Task, entry: Bid): Change | Reason => {
  const reason = isFit(task, entry)
  if (reason !== undefined) return reason
  return [{ ...logged(task, entry), bids: GrowingMap.add(task.bids, entry.bidder, entry) }, []]
}

/** The score of a bid: the lower the better. */
export const scoreOf = (
  { durationMax, priceMax, scoring }: Pick<Terms, "durationMax" | "priceMax" | "scoring">,
  { confidence, duration, price }: Pick<Bid, "confidence" | "duration" | "price">
): number =>
  // Nothing can be bid above a maximum of 0 but 0.
  (priceMax === 0 ? 0 : (scoring.price * price) / priceMax) +
  (scoring.duration * duration) / durationMax +
  scoring.confidence * (1 - confidence)

const leaving = (task: Task, bidder: string): Task =>
  GrowingMap.has(task.out, bidder) ? task : { ...task, out: GrowingMap.add(task.out, bidder, true) }

/** Offers the task to the best who is left, or ends it. */
const award = (task: Task, at: number): Change => {
  const { awards, bids, failures, out, terms } = task
  let best: Bid | undefined
  let lowest = Infinity
  if (awards.length < terms.awardsMax) {
    for (const it of GrowingMap.values(bids)) {
      if (GrowingMap.has(out, it.bidder)) continue
      const score = scoreOf(terms, it)
      if (score < lowest) [best, lowest] = [it, score]
    }
  }
  if (best === undefined) return settle(task, failures.length > 0 ? "failed" : "unassigned", undefined)
  const { bidder, price } = best
  const until = at + terms.answerWithin
  const phase: Phase = { _tag: "Offered", bid: best, until }
  return [
    { ...task, now: at, phase, awards: [...awards, bidder] },
    [{ _tag: "Awarded", task: terms.task, bidder, price, until }]
  ]
}

const start = (task: Task, bid: Bid, at: number): Change => {
  const dueAt = at + bid.duration
  const lostAt = dueAt + task.terms.grace
  return [
    { ...task, phase: { _tag: "Working", bid, dueAt, lostAt, startedAt: at, signs: [] } },
    [{ _tag: "Started", task: task.terms.task, bidder: bid.bidder, dueAt, lostAt }]
  ]
}

type Working = Extract<Phase, { _tag: "Working" }>

/** Notes a sign of life and forgets the one before if it was not needed. */
const heard = ({ progressWithin = Infinity }: Terms, phase: Working, at: number): Working => {
  const { signs, startedAt } = phase
  const beforeLast = signs.at(-2) ?? startedAt
  const kept = signs.length > 0 && at - beforeLast < progressWithin ? signs.slice(0, -1) : signs
  return { ...phase, signs: [...kept, at] }
}

const deliver = (task: Task, phase: Working, entry: Extract<Entry, { _tag: "Deliver" }>): Change | Reason => {
  const { proof: rule, task: name } = task.terms
  const { bid, dueAt } = phase
  const isLate = entry.at >= dueAt
  if (rule._tag === "Explicit") {
    const until = entry.at + rule.within
    const next: Task = { ...logged(task, entry), phase: { _tag: "Verifying", bid, isLate, until } }
    return [next, [{ _tag: "Verify", task: name, bidder: bid.bidder, proof: entry.proof, until }]]
  }
  return holds(rule, entry.proof) ? settle(logged(task, entry), isLate ? "late" : "done", bid) : "proof fails"
}

/** The contractor has failed: the penalty is due and the next best is asked. */
const failed = (task: Task, { bidder }: Bid, at: number): Change => {
  const { penalty, task: name } = task.terms
  const next = leaving({ ...task, failures: [...task.failures, bidder] }, bidder)
  const [later, told] = award(next, at)
  return [later, [{ _tag: "Failed", task: name, bidder, penalty: penalty.failed }, ...told]]
}

/** What time alone does to a task. */
export const advance = (task: Task, at: number): Change => {
  const { phase, terms } = task
  const tick: Entry = { _tag: "Tick", at }
  switch (phase._tag) {
    case "Bidding":
      return at >= terms.bidsUntil ? award(logged(task, tick), at) : [task, []]
    case "Offered":
      return at >= phase.until ? award(leaving(logged(task, tick), phase.bid.bidder), at) : [task, []]
    case "Working": {
      const silentAt = (phase.signs.at(-1) ?? phase.startedAt) + (terms.progressWithin ?? Infinity)
      return at >= Math.min(phase.lostAt, silentAt) ? failed(logged(task, tick), phase.bid, at) : [task, []]
    }
    case "Verifying":
      return at >= phase.until ? settle(logged(task, tick), phase.isLate ? "late" : "done", phase.bid) : [task, []]
  }
}

/** A bidder has died. */
export const die = (task: Task, bidder: string, at: number): Change => {
  const { bids, out, phase } = task
  if (!GrowingMap.has(bids, bidder) || GrowingMap.has(out, bidder)) return [task, []]
  const gone = () => leaving(logged(task, { _tag: "Died", bidder, at }), bidder)
  if (phase._tag === "Bidding" || phase.bid.bidder !== bidder) return [gone(), []]
  switch (phase._tag) {
    case "Offered":
      return award(gone(), at)
    case "Working":
      return failed(gone(), phase.bid, at)
    case "Verifying":
      // The work is done; it is judged as if he lived.
      return [task, []]
  }
}

/** Ends a task; `bid` is of the contractor who is paid. */
const settle = (task: Task, outcome: Outcome, bid: Bid | undefined): Change => {
  const { awards, failures, log, terms } = task
  const { manager, penalty, task: name } = terms
  const isCancelled = outcome === "cancelled"
  const price = bid === undefined ? null : isCancelled ? Math.min(terms.compensation, bid.price) : bid.price
  const penalties = [
    ...failures.map((bidder) => ({ bidder, amount: penalty.failed })),
    ...(outcome === "late" && bid !== undefined ? [{ bidder: bid.bidder, amount: penalty.late }] : [])
  ].filter((it) => it.amount > 0)
  // The price is what the contractor gets, so after a cancellation it is the compensation.
  const decision = { outcome, contractor: bid?.bidder ?? null, price, awards, penalties }
  const receipt = {
    mechanism: "contract-net",
    version: 1,
    inputs: { terms, accepted: GrowingList.values(log) },
    decision
  }
  const transfers = Settlement.effective([
    ...(bid === undefined || price === null
      ? []
      : [
          Settlement.payment(manager, bid.bidder, price, isCancelled ? `compensation for ${name}` : `price of ${name}`)
        ]),
    ...penalties.map((it) => Settlement.payment(it.bidder, manager, it.amount, `penalty for ${name}`))
  ])
  return [undefined, [{ _tag: "Settled", task: name, receipt, transfers }]]
}
