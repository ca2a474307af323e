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
import { decode } from "../input/Refusal.ts"
import { offenceIn, type Offence } from "../internal/announcement.ts"
import { bidderOf, refuse, refused, type Refused } from "../internal/refusing.ts"
import { calculatorOf } from "../internal/replay.ts"
import { Proof } from "./internal/contractProof.ts"
import { act, advance, begin, die, type Change, type Task, type TaskEntry } from "./internal/contractTask.ts"
import * as Settlement from "./Settlement.ts"

export { holds, Proof } from "./internal/contractProof.ts"
export { bidsMax, scoreOf, type Task } from "./internal/contractTask.ts"

/** The name of this mechanism. */
export const name = "contract-net"

/** Among equal scores the bid that came first. */
export const tieBreak = "earliest-bid"

/** The most tasks of a state, closed ones included; the next is refused as `full`. */
export const tasksMax = 100_000

/** The most signs of life that a task may ask for: `durationMax + grace` is at most so many times `progressWithin`. */
export const signsMax = 1_000

const Weight = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1e6 }))
const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

/** A task and its terms. Durations are in milliseconds. */
export const Terms = Schema.Struct({
  task: Settlement.Name,
  manager: Settlement.Name,
  spec: Schema.Json,
  /** What a bidder has to be capable of. */
  requires: Schema.Array(Settlement.Name),
  priceMax: Settlement.Money,
  durationMax: Settlement.Positive,
  bidsUntil: Settlement.Time,
  /** How long an award waits for its acceptance. */
  answerWithin: Settlement.Positive,
  /** How long a contractor at work may be silent. Without it, as long as he likes. */
  progressWithin: Schema.optionalKey(Settlement.Positive),
  /** How long after the promised end a delivery is late instead of failed. */
  grace: Settlement.Money,
  /** What a contractor can lose; no penalty is above it. */
  deposit: Settlement.Money,
  penalty: Schema.Struct({ late: Settlement.Money, failed: Settlement.Money }),
  /** What a contractor at work gets if the task is cancelled; at most his price. */
  compensation: Settlement.Money,
  /** How many contractors are tried. */
  awardsMax: Settlement.Positive,
  /** The weights of the score; the lowest score wins. */
  scoring: Schema.Struct({ price: Weight, duration: Weight, confidence: Weight }),
  proof: Proof
})
export type Terms = typeof Terms.Type

const who = { task: Settlement.Name, bidder: Settlement.Name, at: Settlement.Time }
const bid = {
  ...who,
  price: Settlement.Money,
  duration: Settlement.Positive,
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
  /** With `invalid announcement` it says what is wrong, and where in the terms. */
  | Refused<Reason, "task" | "bidder">
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

/** All tasks: open ones, and the names of those that have settled. */
export interface State {
  readonly open: HashMap.HashMap<string, Task>
  readonly closed: HashSet.HashSet<string>
}

/** A step's result: the next state and what is to be told. */
export type Move = readonly [next: State, outputs: ReadonlyArray<Output>]

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

const decodeTerms = decode(Terms)

const wrongTerms = (terms: Terms): Offence | undefined =>
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
    return refuse(state, "already announced", { task })
  const offence = wrongTerms(terms)
  if (offence !== undefined) return refuse(state, "invalid announcement", undefined, offence)
  if (HashMap.size(state.open) + HashSet.size(state.closed) >= tasksMax) return refuse(state, "full", { task })
  return [{ ...state, open: HashMap.set(state.open, task, begin(terms)) }, []]
}

/** The state after a task has changed. */
const put = (state: State, name: string, before: Task, after: Task | undefined): State => {
  if (after === before) return state
  return after === undefined
    ? { open: HashMap.remove(state.open, name), closed: HashSet.add(state.closed, name) }
    : { ...state, open: HashMap.set(state.open, name, after) }
}

const everywhere = (state: State, input: { readonly at: number }, act: (task: Task, at: number) => Change): Move => {
  if (!Settlement.isWhole(input.at)) return refuse(state, "invalid time")
  let next = state
  const outputs: Array<Output> = []
  for (const [name, task] of state.open) {
    const at = Math.max(task.now, input.at)
    const [later, told] = advance(task, at)
    const [last, more] = later === undefined ? [later, []] : act(later, at)
    next = put(next, name, task, last)
    outputs.push(...told, ...more)
  }
  return [next, outputs]
}

const inTask = (state: State, input: TaskEntry): Move => {
  const { task: name } = input
  const sender = { task: name, ...bidderOf(input) }
  const task = Option.getOrUndefined(HashMap.get(state.open, name))
  if (task === undefined) return refuse(state, HashSet.has(state.closed, name) ? "closed" : "unknown task", sender)
  if (!Settlement.isWhole(input.at)) return refuse(state, "invalid time", sender)
  const entry: TaskEntry = { ...input, at: Math.max(task.now, input.at) }
  const [later, told] = advance(task, entry.at)
  const acted = later === undefined ? "closed" : act(later, entry)
  return typeof acted === "string"
    ? [put(state, name, task, later), [...told, refused(acted, sender)]]
    : [put(state, name, task, acted[0]), [...told, ...acted[1]]]
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
