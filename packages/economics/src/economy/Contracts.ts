/**
 * Contracts with milestones: the whole price is funded at the start, each milestone is delivered, judged and settled on its
 * own (after Smith, "The Contract Net Protocol", 1980, with payment on proof).
 *
 * **Guarantees** Of every milestone, what went to the provider, what went back to the client and what is still kept is
 * exactly its amount. A milestone is settled once. What is delivered in time and not judged within `reviewMillis` counts
 * as accepted; what is not delivered by its due time goes back. After `rejectionsMax` rejections the next one is a
 * dispute, which the arbiter alone ends. On a ledger (`Backed`), the contract's account holds exactly what is kept.
 *
 * **Does not guarantee** An end without a driver: `Expire` has to be sent. Time for a provider whose work is rejected past
 * its due time: the next `Expire` gives the money back, unless a dispute comes before it.
 *
 * **Example**
 *
 * ```ts
 * import { Contracts, Machine } from "@mabeam/economics"
 *
 * const milestones = [
 *   { id: "draft", amount: 40n, due: 10 },
 *   { id: "final", amount: 60n, due: 20 }
 * ]
 * const terms = { client: "ada", provider: "bob", arbiter: "eve", milestones, reviewMillis: 5, rejectionsMax: 1 }
 * const { state } = Machine.run(Contracts.machine, [
 *   { _tag: "Fund", id: "c", at: 0, ...terms },
 *   { _tag: "Deliver", id: "c", at: 8, by: "bob", milestone: "draft" },
 *   { _tag: "Accept", id: "c", at: 9, by: "ada", milestone: "draft", amount: 30n },
 *   { _tag: "Expire", id: "c", at: 20, milestone: "final" }
 * ])
 * Contracts.totals(state, "c") // => { kept: 0n, toProvider: 30n, toClient: 70n }
 * ```
 *
 * @since 0.1.0
 */
import { HashMap, Option, Result, Schema } from "effect"
import { DuplicateName, InvalidFormat, TooLarge, UnknownName, decode, duplicateOf } from "../input/Refusal.ts"
import type { InvalidAmount } from "../input/Refusal.ts"
import * as Accounts from "./Accounts.ts"
import type * as Ledger from "./Ledger.ts"
import { NotAllowed, OutOfOrder, TooEarly, TooLate } from "./Machine.ts"
import type { Insufficient, InvalidMoney, Machine } from "./Machine.ts"
import { short } from "./internal/short.ts"
import * as Money from "./Money.ts"

/** Most milestones of a contract. */
export const milestonesMax = 1000

/** Most contracts of a state, settled ones included; the next `Fund` is refused. See `unfinished`. */
export const contractsMax = 100_000

const head = { id: Money.Name, at: Money.Time }
const part = { ...head, milestone: Money.Name }
const by = { ...part, by: Money.Name }
const fund = {
  ...head,
  client: Money.Name,
  provider: Money.Name,
  arbiter: Money.Name,
  /** Each with its price and the time before which it has to be delivered. */
  milestones: Schema.Array(Schema.Struct({ id: Money.Name, amount: Money.Money, due: Money.Time })),
  /** How long the client may take to judge a delivery. */
  reviewMillis: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
  rejectionsMax: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
}

/** What can be asked. `id` names the contract, `by` who asks. */
export const Command = Schema.TaggedUnion({
  Fund: fund,
  /** By the provider, before the milestone is due. */
  Deliver: by,
  /** By the client: `amount` goes to the provider (the whole, or a part for a partial success), the rest back. */
  Accept: { ...by, amount: Money.Money },
  /** By the client: the provider may deliver again. */
  Reject: by,
  /** By either, about what is delivered, in the time to judge it, or what was rejected and has not expired. */
  Dispute: by,
  /** By the arbiter: so much to the provider, the rest to the client. */
  Resolve: { ...by, toProvider: Money.Money },
  /** By anyone, once the milestone's due time or the time to judge it has passed. */
  Expire: part
})
export type Command = typeof Command.Type

/** What has happened. */
export const Event = Schema.TaggedUnion({
  Funded: fund,
  Delivered: part,
  Rejected: part,
  Disputed: part,
  Settled: {
    ...part,
    toProvider: Money.Money,
    toClient: Money.Money,
    because: Schema.Literals(["accepted", "not judged", "not delivered", "resolved"])
  }
})
export type Event = typeof Event.Type

/** A command from outside. */
export const decodeCommand: (input: unknown) => Result.Result<Command, InvalidFormat | InvalidAmount> = decode(Command)

/** Why a contract refuses. */
export type Refused =
  | DuplicateName
  | Insufficient
  | InvalidFormat
  | InvalidMoney
  | NotAllowed
  | OutOfOrder
  | TooEarly
  | TooLarge
  | TooLate
  | UnknownName

/** A milestone. */
export interface Milestone {
  readonly id: string
  readonly amount: bigint
  readonly due: number
  readonly stage: "pending" | "delivered" | "disputed" | "settled"
  readonly deliveredAt: number
  readonly rejections: number
  readonly toProvider: bigint
  readonly toClient: bigint
}

/** A contract. */
export interface Contract {
  readonly client: string
  readonly provider: string
  readonly arbiter: string
  readonly reviewMillis: number
  readonly rejectionsMax: number
  readonly milestones: ReadonlyArray<Milestone>
}

/** All contracts by id. Settled ones stay, so that an id names one contract as long as the state lasts. */
export type State = HashMap.HashMap<string, Contract>

/** A contract by its id. */
export const lookup = (state: State, id: string): Contract | undefined => Option.getOrUndefined(HashMap.get(state, id))

/**
 * The contracts of which something is not settled: what a machine starts afresh from when there is no room left. Ids of
 * those left out should not come again; a ledger that remembers them refuses.
 */
export const unfinished = (state: State): State =>
  HashMap.filter(state, ({ milestones }) => milestones.some((milestone) => milestone.stage !== "settled"))

/** Where a contract's money is. */
export const totals = (
  state: State,
  id: string
): { readonly kept: bigint; readonly toProvider: bigint; readonly toClient: bigint } => {
  let kept = 0n
  let toProvider = 0n
  let toClient = 0n
  for (const milestone of lookup(state, id)?.milestones ?? []) {
    if (milestone.stage !== "settled") kept += milestone.amount
    toProvider += milestone.toProvider
    toClient += milestone.toClient
  }
  return { kept, toProvider, toClient }
}

type Decided = Result.Result<ReadonlyArray<Event>, Refused>
type Of<Tag> = Extract<Command, { _tag: Tag }>

const fails = (refused: Refused): Decided => Result.fail(refused)

const funds = (state: State, command: Of<"Fund">): Decided => {
  const { _tag, ...terms } = command
  if (HashMap.has(state, terms.id)) return fails(new DuplicateName({ path: ["id"], name: terms.id }))
  const size = HashMap.size(state) + 1
  if (size > contractsMax) return fails(new TooLarge({ path: ["id"], size, limit: contractsMax }))
  const count = terms.milestones.length
  if (count === 0) return fails(new InvalidFormat({ path: ["milestones"], because: "at least one is needed" }))
  if (count > milestonesMax) return fails(new TooLarge({ path: ["milestones"], size: count, limit: milestonesMax }))
  if (new Set([terms.client, terms.provider, terms.arbiter]).size < 3)
    return fails(new InvalidFormat({ path: ["arbiter"], because: "client, provider and arbiter are three" }))
  const ids = terms.milestones.map((milestone) => milestone.id)
  const twice = duplicateOf(ids, (index) => ["milestones", index, "id"])
  if (twice !== undefined) return fails(twice)
  for (const [index, { amount, due }] of terms.milestones.entries()) {
    const wrong = Money.offence(amount, ["milestones", index, "amount"])
    if (wrong !== undefined) return fails(wrong)
    if (due <= terms.at) return fails(new TooLate({ path: ["milestones", index, "due"], at: terms.at, until: due }))
  }
  return Result.succeed([{ _tag: "Funded", ...terms }])
}

const settles = (
  { amount, id: milestone }: Milestone,
  { at, id }: { readonly at: number; readonly id: string },
  toProvider: bigint,
  because: Extract<Event, { _tag: "Settled" }>["because"],
  field: string
): Decided => {
  const wrong = Money.offenceUnlessZero(toProvider, [field])
  if (wrong !== undefined) return fails(wrong)
  if (toProvider > amount)
    return fails(short([field], `the milestone ${JSON.stringify(milestone)}`, amount, toProvider))
  return Result.succeed([{ _tag: "Settled", id, at, milestone, toProvider, toClient: amount - toProvider, because }])
}

const outOf = (milestone: Milestone, needs: string) =>
  fails(new OutOfOrder({ path: ["milestone"], name: milestone.id, state: milestone.stage, needs }))

const expires = (contract: Contract, milestone: Milestone, command: Of<"Expire">): Decided => {
  const isPending = milestone.stage === "pending"
  if (!isPending && milestone.stage !== "delivered") return outOf(milestone, "pending or delivered")
  const from = isPending ? milestone.due : milestone.deliveredAt + contract.reviewMillis
  if (command.at < from) return fails(new TooEarly({ path: ["at"], at: command.at, from }))
  return isPending
    ? settles(milestone, command, 0n, "not delivered", "milestone")
    : settles(milestone, command, milestone.amount, "not judged", "milestone")
}

const judges = (contract: Contract, milestone: Milestone, command: Of<"Accept"> | Of<"Reject">): Decided => {
  if (milestone.stage !== "delivered") return outOf(milestone, "delivered")
  const { at, by, id } = command
  if (by !== contract.client) return fails(new NotAllowed({ path: ["by"], by, needs: "the client" }))
  const until = milestone.deliveredAt + contract.reviewMillis
  if (at >= until) return fails(new TooLate({ path: ["at"], at, until }))
  if (command._tag === "Accept") return settles(milestone, command, command.amount, "accepted", "amount")
  const _tag = milestone.rejections < contract.rejectionsMax ? "Rejected" : "Disputed"
  return Result.succeed([{ _tag, id, at, milestone: milestone.id }])
}

const delivers = (contract: Contract, milestone: Milestone, { at, by, id }: Of<"Deliver">): Decided => {
  if (milestone.stage !== "pending") return outOf(milestone, "pending")
  if (by !== contract.provider) return fails(new NotAllowed({ path: ["by"], by, needs: "the provider" }))
  if (at >= milestone.due) return fails(new TooLate({ path: ["at"], at, until: milestone.due }))
  return Result.succeed([{ _tag: "Delivered", id, at, milestone: milestone.id }])
}

const disputes = (contract: Contract, milestone: Milestone, { at, by, id }: Of<"Dispute">): Decided => {
  const wasJudged = milestone.stage === "pending" && milestone.rejections > 0
  if (milestone.stage !== "delivered" && !wasJudged) return outOf(milestone, "delivered, or rejected before")
  if (by !== contract.client && by !== contract.provider)
    return fails(new NotAllowed({ path: ["by"], by, needs: "the client or the provider" }))
  const until = milestone.deliveredAt + contract.reviewMillis
  if (!wasJudged && at >= until) return fails(new TooLate({ path: ["at"], at, until }))
  return Result.succeed([{ _tag: "Disputed", id, at, milestone: milestone.id }])
}

const resolves = (contract: Contract, milestone: Milestone, command: Of<"Resolve">): Decided => {
  if (milestone.stage !== "disputed") return outOf(milestone, "disputed")
  if (command.by !== contract.arbiter)
    return fails(new NotAllowed({ path: ["by"], by: command.by, needs: "the arbiter" }))
  return settles(milestone, command, command.toProvider, "resolved", "toProvider")
}

/** The event of a command, or why not. */
export const decide = (state: State, command: Command): Decided => {
  if (command._tag === "Fund") return funds(state, command)
  const contract = lookup(state, command.id)
  if (contract === undefined) return fails(new UnknownName({ path: ["id"], name: command.id, known: "the contracts" }))
  const milestone = contract.milestones.find(({ id }) => id === command.milestone)
  if (milestone === undefined)
    return fails(new UnknownName({ path: ["milestone"], name: command.milestone, known: "the milestones" }))
  switch (command._tag) {
    case "Deliver":
      return delivers(contract, milestone, command)
    case "Accept":
    case "Reject":
      return judges(contract, milestone, command)
    case "Dispute":
      return disputes(contract, milestone, command)
    case "Resolve":
      return resolves(contract, milestone, command)
    case "Expire":
      return expires(contract, milestone, command)
  }
}

const moved = (milestone: Milestone, event: Exclude<Event, { _tag: "Funded" }>): Milestone => {
  switch (event._tag) {
    case "Delivered":
      return { ...milestone, stage: "delivered", deliveredAt: event.at }
    case "Rejected":
      return { ...milestone, stage: "pending", rejections: milestone.rejections + 1 }
    case "Disputed":
      return { ...milestone, stage: "disputed" }
    case "Settled":
      return { ...milestone, stage: "settled", toProvider: event.toProvider, toClient: event.toClient }
  }
}

/** The contracts after an event. */
export const evolve = (state: State, event: Event): State => {
  if (event._tag === "Funded") {
    const { arbiter, client, provider, rejectionsMax, reviewMillis } = event
    const fresh = { stage: "pending", deliveredAt: 0, rejections: 0, toProvider: 0n, toClient: 0n } as const
    const milestones = event.milestones.map((milestone) => ({ ...milestone, ...fresh }))
    return HashMap.set(state, event.id, { client, provider, arbiter, reviewMillis, rejectionsMax, milestones })
  }
  const contract = lookup(state, event.id)
  if (contract === undefined) return state
  const milestones = contract.milestones.map((it) => (it.id === event.milestone ? moved(it, event) : it))
  return HashMap.set(state, event.id, { ...contract, milestones })
}

/** Contracts as a machine. */
export const machine: Machine<State, Command, Event, Refused> = { initial: HashMap.empty(), decide, evolve }

/** The account of a contract in a ledger. */
export const accountOf = (id: string): string => Accounts.accountOf("contract", id)

/** What an event asks of the ledger. Client and provider need accounts under their names. */
export const movements = (before: State, event: Event): ReadonlyArray<Ledger.Command> => {
  const { at, id } = event
  const account = accountOf(id)
  if (event._tag === "Funded") {
    const legs = event.milestones.map(({ amount }) => ({ from: event.client, to: account, amount }))
    return [
      { _tag: "Open", id: `${account}/open`, at, account, overdraft: 0n },
      { _tag: "Transfer", id: `${account}/fund`, at, legs }
    ]
  }
  const contract = lookup(before, id)
  if (event._tag !== "Settled" || contract === undefined) return []
  const legs = [
    { from: account, to: contract.provider, amount: event.toProvider },
    { from: account, to: contract.client, amount: event.toClient }
  ].filter((leg) => leg.amount > 0n)
  // By its place: a name may hold anything, also what makes it look like the command of another contract.
  const place = contract.milestones.findIndex((it) => it.id === event.milestone)
  const transfer = { _tag: "Transfer", id: `${account}/settle/${place}`, at, legs } as const
  const isLast = contract.milestones.every((it) => it.id === event.milestone || it.stage === "settled")
  return isLast ? [transfer, { _tag: "Close", id: `${account}/close`, at, account }] : [transfer]
}
