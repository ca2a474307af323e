/**
 * Escrow: money that a third account keeps until the payer lets it go to the payee, or it goes back.
 *
 * **Guarantees** Of every escrow, released + refunded + kept is exactly what was funded, at every moment. The payer
 * releases, in parts if wanted; the payee refunds; either disputes before `until`, and then the arbiter alone divides what
 * is kept. What is not in dispute by `until` goes back to the payer with `Expire`. Nothing follows the end. On a ledger
 * (`Backed`), the escrow's account holds exactly what is kept, and is closed in the end.
 *
 * **Does not guarantee** An end without a driver: `Expire` has to be sent. A dispute lasts until the arbiter speaks.
 *
 * **Example**
 *
 * ```ts
 * import { Escrow, Machine } from "@mabeam/economics"
 *
 * const { state } = Machine.run(Escrow.machine, [
 *   { _tag: "Fund", id: "job", at: 1, payer: "ada", payee: "bob", arbiter: "eve", amount: 40n, until: 99 },
 *   { _tag: "Release", id: "job", at: 2, by: "ada", amount: 15n },
 *   { _tag: "Dispute", id: "job", at: 3, by: "bob" },
 *   { _tag: "Resolve", id: "job", at: 4, by: "eve", toPayee: 5n }
 * ])
 * const job = Escrow.lookup(state, "job")
 * if (job) console.log(job.stage, job.released, job.refunded) // => closed 20n 20n
 * ```
 *
 * @since 0.1.0
 */
import { HashMap, Option, Result, Schema } from "effect"
import { DuplicateName, InvalidFormat, TooLarge, UnknownName, decode } from "../input/Refusal.ts"
import type { InvalidAmount } from "../input/Refusal.ts"
import * as Accounts from "./Accounts.ts"
import type * as Ledger from "./Ledger.ts"
import { NotAllowed, OutOfOrder, TooEarly, TooLate } from "./Machine.ts"
import type { Insufficient, InvalidMoney, Machine } from "./Machine.ts"
import { short } from "./internal/short.ts"
import * as Money from "./Money.ts"

/** Most escrows of a state, closed ones included; the next `Fund` is refused. See `unfinished`. */
export const escrowsMax = 100_000

const head = { id: Money.Name, at: Money.Time }
const by = { ...head, by: Money.Name }
const fund = {
  ...head,
  payer: Money.Name,
  payee: Money.Name,
  arbiter: Money.Name,
  amount: Money.Money,
  until: Money.Time
}

/** What can be asked. `id` names the escrow, `by` who asks. */
export const Command = Schema.TaggedUnion({
  Fund: fund,
  /** By the payer, any part of what is kept. */
  Release: { ...by, amount: Money.Money },
  /** By the payee, any part of what is kept. */
  Refund: { ...by, amount: Money.Money },
  /** By either, before `until`. */
  Dispute: by,
  /** By the arbiter of a dispute: so much to the payee, the rest to the payer. */
  Resolve: { ...by, toPayee: Money.Money },
  /** By anyone, once `until` has come. */
  Expire: head
})
export type Command = typeof Command.Type

/** What has happened. `Paid` carries both parts, one of which may be 0. */
export const Event = Schema.TaggedUnion({
  Funded: fund,
  Disputed: by,
  Paid: {
    ...head,
    toPayee: Money.Money,
    toPayer: Money.Money,
    because: Schema.Literals(["released", "refunded", "resolved", "expired"])
  }
})
export type Event = typeof Event.Type

/** A command from outside. */
export const decodeCommand: (input: unknown) => Result.Result<Command, InvalidFormat | InvalidAmount> = decode(Command)

/** Why an escrow refuses. */
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

/** One escrow. */
export interface Entry {
  readonly stage: "open" | "disputed" | "closed"
  readonly payer: string
  readonly payee: string
  readonly arbiter: string
  readonly until: number
  readonly kept: bigint
  readonly released: bigint
  readonly refunded: bigint
}

/** All escrows by id. Closed ones stay, so that an id names one escrow as long as the state lasts. */
export type State = HashMap.HashMap<string, Entry>

/** An escrow by its id. */
export const lookup = (state: State, id: string): Entry | undefined => Option.getOrUndefined(HashMap.get(state, id))

/**
 * The escrows that are not closed: what a machine starts afresh from when there is no room left. Ids of those left out
 * should not come again; a ledger that remembers them refuses.
 */
export const unfinished = (state: State): State => HashMap.filter(state, (entry) => entry.stage !== "closed")

type Decided = Result.Result<ReadonlyArray<Event>, Refused>
type Of<Tag> = Extract<Command, { _tag: Tag }>

const fails = (refused: Refused): Decided => Result.fail(refused)

const funds = (state: State, command: Of<"Fund">): Decided => {
  const { _tag, ...terms } = command
  if (HashMap.has(state, terms.id)) return fails(new DuplicateName({ path: ["id"], name: terms.id }))
  const size = HashMap.size(state) + 1
  if (size > escrowsMax) return fails(new TooLarge({ path: ["id"], size, limit: escrowsMax }))
  const wrong = Money.offence(terms.amount, ["amount"])
  if (wrong !== undefined) return fails(wrong)
  const parties = [terms.payer, terms.payee, terms.arbiter]
  if (new Set(parties).size < 3)
    return fails(new InvalidFormat({ path: ["arbiter"], because: "payer, payee and arbiter are three" }))
  if (terms.until <= terms.at) return fails(new TooLate({ path: ["until"], at: terms.at, until: terms.until }))
  return Result.succeed([{ _tag: "Funded", ...terms }])
}

const pays = (entry: Entry, command: Of<"Release"> | Of<"Refund">): Decided => {
  const release = command._tag === "Release"
  const needs = release ? "the payer" : "the payee"
  if (entry.stage !== "open")
    return fails(new OutOfOrder({ path: ["id"], name: command.id, state: entry.stage, needs: "open" }))
  if (command.by !== (release ? entry.payer : entry.payee))
    return fails(new NotAllowed({ path: ["by"], by: command.by, needs }))
  const wrong = Money.offence(command.amount, ["amount"]) ?? beyond(entry, command.id, command.amount, "amount")
  if (wrong !== undefined) return fails(wrong)
  const { amount, at, id } = command
  const parts = release ? { toPayee: amount, toPayer: 0n } : { toPayee: 0n, toPayer: amount }
  return Result.succeed([{ _tag: "Paid", id, at, ...parts, because: release ? "released" : "refunded" }])
}

const beyond = (entry: Entry, id: string, amount: bigint, field: string): Insufficient | undefined =>
  amount <= entry.kept ? undefined : short([field], `the escrow ${JSON.stringify(id)}`, entry.kept, amount)

const disputes = (entry: Entry, { at, by, id }: Of<"Dispute">): Decided => {
  if (entry.stage !== "open")
    return fails(new OutOfOrder({ path: ["id"], name: id, state: entry.stage, needs: "open" }))
  if (by !== entry.payer && by !== entry.payee)
    return fails(new NotAllowed({ path: ["by"], by, needs: "the payer or the payee" }))
  if (at >= entry.until) return fails(new TooLate({ path: ["at"], at, until: entry.until }))
  return Result.succeed([{ _tag: "Disputed", id, at, by }])
}

const resolves = (entry: Entry, { at, by, id, toPayee }: Of<"Resolve">): Decided => {
  if (entry.stage !== "disputed")
    return fails(new OutOfOrder({ path: ["id"], name: id, state: entry.stage, needs: "disputed" }))
  if (by !== entry.arbiter) return fails(new NotAllowed({ path: ["by"], by, needs: "the arbiter" }))
  const wrong = Money.offenceUnlessZero(toPayee, ["toPayee"]) ?? beyond(entry, id, toPayee, "toPayee")
  if (wrong !== undefined) return fails(wrong)
  return Result.succeed([{ _tag: "Paid", id, at, toPayee, toPayer: entry.kept - toPayee, because: "resolved" }])
}

const expires = (entry: Entry, { at, id }: Of<"Expire">): Decided => {
  if (entry.stage !== "open")
    return fails(new OutOfOrder({ path: ["id"], name: id, state: entry.stage, needs: "open" }))
  if (at < entry.until) return fails(new TooEarly({ path: ["at"], at, from: entry.until }))
  return Result.succeed([{ _tag: "Paid", id, at, toPayee: 0n, toPayer: entry.kept, because: "expired" }])
}

/** The event of a command, or why not. */
export const decide = (state: State, command: Command): Decided => {
  if (command._tag === "Fund") return funds(state, command)
  const entry = lookup(state, command.id)
  if (entry === undefined) return fails(new UnknownName({ path: ["id"], name: command.id, known: "the escrows" }))
  switch (command._tag) {
    case "Release":
    case "Refund":
      return pays(entry, command)
    case "Dispute":
      return disputes(entry, command)
    case "Resolve":
      return resolves(entry, command)
    case "Expire":
      return expires(entry, command)
  }
}

/** The escrows after an event. */
export const evolve = (state: State, event: Event): State => {
  if (event._tag === "Funded") {
    const { arbiter, payee, payer, until } = event
    return HashMap.set(state, event.id, {
      stage: "open",
      payer,
      payee,
      arbiter,
      until,
      kept: event.amount,
      released: 0n,
      refunded: 0n
    })
  }
  const entry = lookup(state, event.id)
  if (entry === undefined) return state
  if (event._tag === "Disputed") return HashMap.set(state, event.id, { ...entry, stage: "disputed" })
  const kept = entry.kept - event.toPayee - event.toPayer
  return HashMap.set(state, event.id, {
    ...entry,
    stage: kept === 0n ? "closed" : entry.stage,
    kept,
    released: entry.released + event.toPayee,
    refunded: entry.refunded + event.toPayer
  })
}

/** Escrows as a machine. */
export const machine: Machine<State, Command, Event, Refused> = { initial: HashMap.empty(), decide, evolve }

/** The account of an escrow in a ledger. */
export const accountOf = (id: string): string => Accounts.accountOf("escrow", id)

/** What an event asks of the ledger. Payer and payee need accounts under their names. */
export const movements = (before: State, event: Event): ReadonlyArray<Ledger.Command> => {
  const { at, id } = event
  const account = accountOf(id)
  if (event._tag === "Disputed") return []
  if (event._tag === "Funded") {
    const legs = [{ from: event.payer, to: account, amount: event.amount }]
    return [
      { _tag: "Open", id: `${account}/open`, at, account, overdraft: 0n },
      { _tag: "Transfer", id: `${account}/fund`, at, legs }
    ]
  }
  const entry = lookup(before, id)
  if (entry === undefined) return []
  const legs = [
    { from: account, to: entry.payee, amount: event.toPayee },
    { from: account, to: entry.payer, amount: event.toPayer }
  ].filter((leg) => leg.amount > 0n)
  // What is still kept never comes twice for one escrow, since every payment takes some of it.
  const transfer = { _tag: "Transfer", id: `${account}/pay/${entry.kept}`, at, legs } as const
  const isLast = event.toPayee + event.toPayer === entry.kept
  return isLast ? [transfer, { _tag: "Close", id: `${account}/close`, at, account }] : [transfer]
}
