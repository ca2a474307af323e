/**
 * The contract net as a pure protocol: announce a task, bid, award, execute, deliver, pay on proof (Smith, "The Contract Net
 * Protocol", 1980; FIPA Contract Net Interaction Protocol, SC00029H, 2002).
 *
 * A bid names price, duration and confidence. When bidding ends the bid with the lowest score is awarded, the earliest
 * among equals: `price·p/priceMax + duration·d/durationMax + confidence·(1 - c)`, with the weights of the announcement.
 * The contractor accepts in time or is passed over; once at work he delivers a proof, gives up, falls silent, dies or runs
 * out of time. Whoever fails loses his penalty and the task goes to the next best, `awardsMax` times at most.
 *
 * **Guarantees** `step` is total for any number of tasks, which do not touch each other; what is refused changes nothing
 * but what its time alone would change. A task settles once. The manager pays one price, at most `priceMax`, and only for
 * a proof that holds (or a compensation, at most the price, if he cancels during the work). A contractor pays at most his
 * `deposit`. Time is `[start, end)`: at a deadline it is too late. A verifier who is silent has accepted. A contractor who
 * dies at work has failed; one who has delivered is paid. The receipt holds what was accepted; `calculator` runs it again.
 *
 * **Does not guarantee** That deposit and price are there: hold both when the award is accepted. Honest confidence: weigh it
 * with a reputation. Detection of death: a death that nobody reports is found out by the deadlines.
 *
 * **Example**
 *
 * ```ts
 * import { ContractNet } from "@mabeam/economics"
 *
 * const terms: ContractNet.Terms = {
 *   task: "t1", manager: "lab", spec: "train", requires: ["gpu"], priceMax: 100, durationMax: 1000, bidsUntil: 10,
 *   answerWithin: 5, grace: 100, deposit: 20, penalty: { late: 5, failed: 20 }, compensation: 10, awardsMax: 3,
 *   scoring: { price: 1, duration: 0, confidence: 0 },
 *   proof: { _tag: "Conditions", conditions: [{ path: ["accuracy"], op: "at-least", value: 0.9 }] }
 * }
 * let [state] = ContractNet.step(ContractNet.initial, { _tag: "Announce", terms })
 * const send = (input: ContractNet.Input) => {
 *   const [next, outputs] = ContractNet.step(state, input)
 *   state = next
 *   return outputs
 * }
 *
 * const offer = { task: "t1", duration: 500, confidence: 1, capabilities: ["gpu"], at: 1 }
 * send({ _tag: "Bid", bidder: "ada", price: 80, ...offer })
 * send({ _tag: "Bid", bidder: "bob", price: 60, ...offer })
 * send({ _tag: "Tick", at: 10 }) // => [{ _tag: "Awarded", task: "t1", bidder: "bob", price: 60, until: 15 }]
 * send({ _tag: "Accept", task: "t1", bidder: "bob", at: 12 }) // => [{ _tag: "Started", task: "t1", bidder: "bob", dueAt: 512, lostAt: 612 }]
 * for (const output of send({ _tag: "Deliver", task: "t1", bidder: "bob", proof: { accuracy: 0.93 }, at: 550 })) {
 *   if (output._tag === "Settled") console.log(output.receipt.decision)
 *   // => { outcome: "late", contractor: "bob", price: 60, awards: ["bob"], penalties: [{ bidder: "bob", amount: 5 }] }
 * }
 * ```
 *
 * @since 0.1.0
 */
import { HashMap, HashSet, Option, Schema } from "effect"
import type { Json } from "../calculator/Calculator.ts"
import { decode, type Place } from "../input/Refusal.ts"
import { offenceIn, type Offence } from "../internal/announcement.ts"
import * as GrowingList from "../internal/growingList.ts"
import * as GrowingMap from "../internal/growingMap.ts"
import { calculatorOf } from "../internal/replay.ts"
import { hashOf } from "../receipt/SealedReceipt.ts"
import * as Settlement from "./Settlement.ts"

/** The name of this mechanism. */
export const name = "contract-net"

/** Among equal scores the bid that came first. */
export const tieBreak = "earliest-bid"

/** The most bids for a task; the next is refused as `full`. */
export const bidsMax = 10_000

/** The most tasks of a state, closed ones included; the next is refused as `full`. */
export const tasksMax = 100_000

/** The most signs of life that a task may ask for: `durationMax + grace` is at most so many times `progressWithin`. */
export const signsMax = 1_000

const Positive = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
const Weight = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1e6 }))
const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

/** What a proof has to fulfil. */
export const Proof = Schema.TaggedUnion({
  /** Somebody says `Verified` or `Rejected` within so many milliseconds; silence is acceptance. */
  Explicit: { within: Positive },
  /** SHA-256 of the proof's canonical JSON. */
  Hash: { hash: Schema.String },
  /** All hold. `at-least` and `at-most` want numbers, `equals` compares canonical JSON. */
  Conditions: {
    conditions: Schema.Array(
      Schema.Struct({
        path: Schema.Array(Schema.Union([Schema.String, Schema.Int])),
        op: Schema.Literals(["equals", "at-least", "at-most"]),
        value: Schema.Json
      })
    )
  }
})
export type Proof = typeof Proof.Type

/** A task and its terms. Durations are in milliseconds. */
export const Terms = Schema.Struct({
  task: Settlement.Name,
  manager: Settlement.Name,
  spec: Schema.Json,
  /** What a bidder has to be capable of. */
  requires: Schema.Array(Settlement.Name),
  priceMax: Settlement.Money,
  durationMax: Positive,
  bidsUntil: Settlement.Time,
  /** How long an award waits for its acceptance. */
  answerWithin: Positive,
  /** How long a contractor at work may be silent. Without it, as long as he likes. */
  progressWithin: Schema.optionalKey(Positive),
  /** How long after the promised end a delivery is late instead of failed. */
  grace: Settlement.Money,
  /** What a contractor can lose; no penalty is above it. */
  deposit: Settlement.Money,
  penalty: Schema.Struct({ late: Settlement.Money, failed: Settlement.Money }),
  /** What a contractor at work gets if the task is cancelled; at most his price. */
  compensation: Settlement.Money,
  /** How many contractors are tried. */
  awardsMax: Positive,
  /** The weights of the score; the lowest score wins. */
  scoring: Schema.Struct({ price: Weight, duration: Weight, confidence: Weight }),
  proof: Proof
})
export type Terms = typeof Terms.Type

const who = { task: Settlement.Name, bidder: Settlement.Name, at: Settlement.Time }
const bid = {
  ...who,
  price: Settlement.Money,
  duration: Positive,
  confidence: Share,
  capabilities: Schema.Array(Settlement.Name)
}
const entries = {
  Bid: bid,
  /** Takes the award. */
  Accept: who,
  /** Turns the award down, at no cost. */
  Decline: who,
  /** A sign of life. */
  Progress: who,
  Deliver: { ...who, proof: Schema.Json },
  /** Gives the work up: a failure. */
  GiveUp: who,
  /** The proof of `bidder` holds. */
  Verified: who,
  Rejected: who,
  /** The manager no longer wants it; too late once it is delivered. */
  Cancel: { task: Settlement.Name, at: Settlement.Time },
  /** Counts for all tasks that the bidder has a part in. */
  Died: { bidder: Settlement.Name, at: Settlement.Time },
  /** Says what time it is, to all tasks: takes time linear in the open ones. */
  Tick: { at: Settlement.Time }
}

/** What happens to announced tasks. */
export const Entry = Schema.TaggedUnion(entries)
export type Entry = typeof Entry.Type

/** What can happen. */
export const Input = Schema.TaggedUnion({ Announce: { terms: Terms }, ...entries })
export type Input = typeof Input.Type

/** Why an input was refused. */
export const Reason = Schema.Literals([
  "unknown task",
  "already announced",
  "invalid announcement",
  "closed",
  "own task",
  "already bid",
  "invalid bid",
  "too dear",
  "too slow",
  "not capable",
  "bidding has ended",
  "not awarded",
  "not at work",
  "not delivered",
  "already delivered",
  "proof fails",
  "invalid time",
  "full"
])
export type Reason = typeof Reason.Type

/** How a task ended. */
export type Outcome = "done" | "late" | "failed" | "unassigned" | "cancelled"

/** What is answered. */
export type Output =
  | {
      readonly _tag: "Refused"
      readonly task?: string
      readonly bidder?: string
      readonly because: Reason
      /** With `invalid announcement`: what is wrong, and where in the terms. */
      readonly message?: string
      readonly path?: Place
    }
  | {
      readonly _tag: "Awarded"
      readonly task: string
      readonly bidder: string
      readonly price: number
      readonly until: number
    }
  /** Delivered before `dueAt` it is on time, before `lostAt` late. */
  | {
      readonly _tag: "Started"
      readonly task: string
      readonly bidder: string
      readonly dueAt: number
      readonly lostAt: number
    }
  | {
      readonly _tag: "Verify"
      readonly task: string
      readonly bidder: string
      readonly proof: Json
      readonly until: number
    }
  /** A contractor has lost the task and `penalty` of the deposit. */
  | { readonly _tag: "Failed"; readonly task: string; readonly bidder: string; readonly penalty: number }
  | ({ readonly _tag: "Settled"; readonly task: string } & Settlement.Settlement)

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

/** All tasks: open ones, and the names of those that have settled. */
export interface State {
  readonly open: HashMap.HashMap<string, Task>
  readonly closed: HashSet.HashSet<string>
}

/** A step's result: the next state and what is to be told. */
export type Move = readonly [next: State, outputs: ReadonlyArray<Output>]

/** What becomes of a task: `undefined` when it has settled. */
type Change = readonly [next: Task | undefined, outputs: ReadonlyArray<Output>]

/** Before any announcement. */
export const initial: State = { open: HashMap.empty(), closed: HashSet.empty() }

/** The whole protocol. Total: every input is legal in every state. */
export const step = (state: State, input: Input): Move => {
  switch (input._tag) {
    case "Announce":
      return announce(state, input.terms)
    case "Tick":
      return everywhere(state, input, (task) => [task, []])
    case "Died":
      return everywhere(state, input, (task, at) => die(task, input.bidder, at))
    default:
      return inTask(state, input)
  }
}

type TaskEntry = Exclude<Entry, { _tag: "Tick" | "Died" }>

const refused = (because: Reason, task?: string, bidder?: string): Output => ({
  _tag: "Refused",
  ...(task === undefined ? {} : { task }),
  ...(bidder === undefined ? {} : { bidder }),
  because
})

const decodeTerms = decode(Terms)

const offenceOf = (terms: Terms): Offence | undefined =>
  offenceIn(decodeTerms(terms), () => {
    const { deposit, durationMax, grace, penalty, progressWithin = Infinity } = terms
    return [
      [penalty.late <= deposit, ["penalty", "late"], "is above the deposit"],
      [penalty.failed <= deposit, ["penalty", "failed"], "is above the deposit"],
      [(durationMax + grace) / progressWithin <= signsMax, ["progressWithin"], `asks for more than ${signsMax} signs`]
    ]
  })

const announce = (state: State, terms: Terms): Move => {
  const { task } = terms
  if (HashMap.has(state.open, task) || HashSet.has(state.closed, task))
    return [state, [refused("already announced", task)]]
  const offence = offenceOf(terms)
  if (offence !== undefined) return [state, [{ _tag: "Refused", because: "invalid announcement", ...offence }]]
  if (HashMap.size(state.open) + HashSet.size(state.closed) >= tasksMax) return [state, [refused("full", task)]]
  const next: Task = {
    terms,
    now: 0,
    phase: { _tag: "Bidding" },
    bids: GrowingMap.empty(),
    out: GrowingMap.empty(),
    awards: [],
    failures: [],
    log: GrowingList.empty()
  }
  return [{ ...state, open: HashMap.set(state.open, task, next) }, []]
}

/** The state after a task has changed. */
const put = (state: State, name: string, before: Task, after: Task | undefined): State => {
  if (after === before) return state
  return after === undefined
    ? { open: HashMap.remove(state.open, name), closed: HashSet.add(state.closed, name) }
    : { ...state, open: HashMap.set(state.open, name, after) }
}

const everywhere = (state: State, input: { readonly at: number }, act: (task: Task, at: number) => Change): Move => {
  if (!Settlement.isWhole(input.at)) return [state, [refused("invalid time")]]
  let next = state
  const outputs: Array<Output> = []
  for (const [name, task] of state.open) {
    const at = Math.max(task.now, input.at)
    const [later, told] = chain(advance(task, at), (it) => act(it, at))
    next = put(next, name, task, later)
    outputs.push(...told)
  }
  return [next, outputs]
}

const inTask = (state: State, input: TaskEntry): Move => {
  const bidder = "bidder" in input ? input.bidder : undefined
  const refuse = (because: Reason): Output => refused(because, input.task, bidder)
  const task = Option.getOrUndefined(HashMap.get(state.open, input.task))
  if (task === undefined) return [state, [refuse(HashSet.has(state.closed, input.task) ? "closed" : "unknown task")]]
  if (!Settlement.isWhole(input.at)) return [state, [refuse("invalid time")]]
  const entry: TaskEntry = { ...input, at: Math.max(task.now, input.at) }
  const [later, told] = advance(task, entry.at)
  if (later === undefined) return [put(state, input.task, task, later), [...told, refuse("closed")]]
  const acted = act(later, entry)
  return typeof acted === "string"
    ? [put(state, input.task, task, later), [...told, refuse(acted)]]
    : [put(state, input.task, task, acted[0]), [...told, ...acted[1]]]
}

const chain = ([task, told]: Change, next: (task: Task) => Change): Change => {
  if (task === undefined) return [task, told]
  const [later, more] = next(task)
  return [later, more.length === 0 ? told : [...told, ...more]]
}

/** What an entry does to its task, or why it is refused. */
const act = (task: Task, entry: TaskEntry): Change | Reason => {
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

const at = (value: Json, path: ReadonlyArray<string | number>): Json | undefined => {
  let here: Json | undefined = value
  for (const key of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined
    // `hasOwn` has just been asked; lists and objects are both read by key.
    here = Reflect.get(here, key) as Json
  }
  return here
}

/** Whether a proof is one, by a rule given as data. */
export const holds = (rule: Exclude<Proof, { _tag: "Explicit" }>, proof: Json): boolean =>
  rule._tag === "Hash"
    ? hashOf(proof) === rule.hash
    : rule.conditions.every(({ op, path, value }) => {
        const found = at(proof, path)
        if (found === undefined) return false
        if (op === "equals") return hashOf(found) === hashOf(value)
        if (typeof found !== "number" || typeof value !== "number") return false
        return op === "at-least" ? found >= value : found <= value
      })

/** The contractor has failed: the penalty is due and the next best is asked. */
const failed = (task: Task, { bidder }: Bid, at: number): Change => {
  const { penalty, task: name } = task.terms
  const next = leaving({ ...task, failures: [...task.failures, bidder] }, bidder)
  const [later, told] = award(next, at)
  return [later, [{ _tag: "Failed", task: name, bidder, penalty: penalty.failed }, ...told]]
}

/** What time alone does to a task. */
const advance = (task: Task, at: number): Change => {
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

const die = (task: Task, bidder: string, at: number): Change => {
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

/** Computes a receipt's decision again from its inputs: the terms, and what was accepted, in order. */
export const calculator = calculatorOf<Terms, Entry, State>({
  name,
  version: 1,
  tieBreak,
  terms: Terms,
  entry: Entry,
  announce: (terms) => step(initial, { _tag: "Announce", terms }),
  step
})
