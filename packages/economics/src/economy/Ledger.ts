/**
 * A double-entry ledger: every movement is a debit of one account and a credit of another, in exact whole minor units
 * (Pacioli 1494; Ellerman, "The Mathematical Formulation of the Double Entry Bookkeeping System", 1985).
 *
 * **Guarantees** Money is created by `Mint` and destroyed by `Burn` only: under any sequence of commands, junk included, the
 * sum of all balances is what was minted less what was burned. The legs of a transfer happen together or not at all, and
 * only their net effect has to be covered. No account goes below its overdraft, held money cannot be spent, and commands from
 * outside do not reach what belongs to machines (`Accounts`). A command given again as it was (same id, same content, same
 * `at`) has no effect, ever: once its id is forgotten it is too old. The state holds open accounts, open holds and the last
 * ids, nothing else; the events are the history.
 *
 * **Does not guarantee** Several currencies: one ledger, one unit. Honest clocks: an `at` far in the future makes the
 * commands before it too old once `idsMax` others have followed, and so does a clock that stands still: of one moment at
 * least `idsMax` commands are taken, not any number.
 *
 * **Example**
 *
 * ```ts
 * import { Ledger, Machine } from "@mabeam/economics"
 *
 * const { state } = Machine.run(Ledger.make(), [
 *   { _tag: "Open", id: "1", at: 0, account: "ada", overdraft: 0n },
 *   { _tag: "Open", id: "2", at: 0, account: "bob", overdraft: 5n },
 *   { _tag: "Mint", id: "3", at: 1, to: "ada", amount: 100n },
 *   { _tag: "Hold", id: "4", at: 2, account: "ada", amount: 30n, until: 9 },
 *   { _tag: "Transfer", id: "5", at: 3, legs: [{ from: "ada", to: "bob", amount: 60n }] },
 *   { _tag: "Capture", id: "6", at: 4, hold: "4", legs: [{ to: "bob", amount: 20n }] }
 * ])
 * Ledger.balance(state, "ada") // => 20n
 * Ledger.available(state, "bob") // => 85n
 * const { credits, debits } = Ledger.trialBalance(state)
 * debits === credits // => true
 * ```
 *
 * @since 0.1.0
 */
import { Equal, Result, Schema } from "effect"
import { DuplicateName, InvalidFormat, TooLarge, UnknownName, decode, show } from "../input/Refusal.ts"
import type { InvalidAmount, Place } from "../input/Refusal.ts"
import { VersionedMap } from "../internal/versionedMap.ts"
import { post } from "./internal/ledgerBooks.ts"
import { TooEarly, TooLate } from "./Machine.ts"
import type { Insufficient, InvalidMoney, Machine } from "./Machine.ts"
import * as Accounts from "./Accounts.ts"
import { short } from "./internal/short.ts"
import * as Money from "./Money.ts"

/** A part of a transfer. */
export const Leg = Schema.Struct({ from: Accounts.Name, to: Accounts.Name, amount: Money.Money })
export type Leg = typeof Leg.Type

/** A part of a captured hold. */
export const Share = Schema.Struct({ to: Accounts.Name, amount: Money.Money })
export type Share = typeof Share.Type

const head = { id: Accounts.Name, at: Money.Time }
const open = { ...head, account: Accounts.Name, overdraft: Money.Money }
const legs = { ...head, legs: Schema.Array(Leg) }
const hold = { ...head, account: Accounts.Name, amount: Money.Money, until: Money.Time }
const capture = { ...head, hold: Accounts.Name, legs: Schema.Array(Share) }

/** What can be asked of a ledger. Every command has an id of its own. */
export const Command = Schema.TaggedUnion({
  /** Opens an account; its balance may go down to `-overdraft`. */
  Open: open,
  /** Changes how far an account may be overdrawn. */
  SetOverdraft: open,
  /** Ends an account that is empty and has no holds. */
  Close: { ...head, account: Accounts.Name },
  Transfer: legs,
  Mint: { ...head, to: Accounts.Name, amount: Money.Money },
  Burn: { ...head, from: Accounts.Name, amount: Money.Money },
  /** Sets money aside; the id of this command names the hold. It can be captured before `until`. */
  Hold: hold,
  /** Moves held money; what is left of the hold is free again. */
  Capture: capture,
  /** Frees held money: by its owner at any time. */
  Release: { ...head, hold: Accounts.Name },
  /** Frees held money because its time has come. */
  Expire: { ...head, hold: Accounts.Name }
})
export type Command = typeof Command.Type

/** What has happened to a ledger: the accepted commands. */
export const Event = Schema.TaggedUnion({
  Opened: open,
  OverdraftSet: open,
  Closed: { ...head, account: Accounts.Name },
  Transferred: legs,
  Minted: { ...head, to: Accounts.Name, amount: Money.Money },
  Burned: { ...head, from: Accounts.Name, amount: Money.Money },
  Held: hold,
  Captured: capture,
  Released: { ...head, hold: Accounts.Name },
  Expired: { ...head, hold: Accounts.Name }
})
export type Event = typeof Event.Type

/** A command from outside. */
export const decodeCommand: (input: unknown) => Result.Result<Command, InvalidFormat | InvalidAmount> = decode(Command)

/** An id comes a second time with other content. */
export class IdReused extends Schema.TaggedError<IdReused>("@mabeam/economics/Ledger/IdReused")("IdReused", {
  path: Schema.Array(Schema.String),
  id: Schema.String
}) {
  override get message() {
    return `${show(this.path)}: ${JSON.stringify(this.id)} names another command already`
  }
}

/** A command is from a time of which the ids are forgotten, so it could be there already. */
export class TooOld extends Schema.TaggedError<TooOld>("@mabeam/economics/Ledger/TooOld")("TooOld", {
  path: Schema.Array(Schema.String),
  at: Schema.Finite,
  after: Schema.Finite
}) {
  override get message() {
    return `${show(this.path)}: ${this.at} is too old; ids are remembered after ${this.after} only`
  }
}

/** An account that is not empty cannot be closed. */
export class NotEmpty extends Schema.TaggedError<NotEmpty>("@mabeam/economics/Ledger/NotEmpty")("NotEmpty", {
  path: Schema.Array(Schema.String),
  account: Schema.String,
  balance: Schema.String,
  held: Schema.String
}) {
  override get message() {
    return `${show(this.path)}: ${this.account} has a balance of ${this.balance} and holds of ${this.held}`
  }
}

/** Why a ledger refuses. */
export type Refused =
  | DuplicateName
  | IdReused
  | Insufficient
  | InvalidFormat
  | InvalidMoney
  | NotEmpty
  | Accounts.ReservedName
  | TooEarly
  | TooLarge
  | TooLate
  | TooOld
  | UnknownName

/** What a ledger may hold. */
export interface Options {
  /** How many ids are remembered at least; up to twice as many are. Default 100,000. The oldest are forgotten. */
  readonly idsMax?: number | undefined
  /** Default 1,000,000; the next `Open` is refused as `TooLarge`. */
  readonly accountsMax?: number | undefined
  /** Default 1,000,000; the next `Hold` is refused as `TooLarge`. */
  readonly holdsMax?: number | undefined
  /** Of one transfer or capture. Default 1,000; a longer one is refused as `TooLarge`. */
  readonly legsMax?: number | undefined
}

/** An account: all that ever left it, all that ever came, what is set aside and how far it may be overdrawn. */
export interface Account {
  readonly debits: bigint
  readonly credits: bigint
  readonly held: bigint
  readonly overdraft: bigint
}

/** A ledger. */
export interface State {
  readonly limits: Required<{ readonly [K in keyof Options]: number }>
  readonly accounts: VersionedMap<string, Account>
  readonly holds: VersionedMap<string, { readonly account: string; readonly amount: bigint; readonly until: number }>
  /** The last ids with what they did, in two generations: the older one is dropped whole when the younger one is full. */
  readonly recent: VersionedMap<string, Event>
  readonly older: VersionedMap<string, Event>
  /** The latest `at` of the ids in each generation, and of all that are forgotten. */
  readonly recentAt: number
  readonly olderAt: number
  readonly forgottenAt: number
  readonly minted: bigint
  readonly burned: bigint
}

/** An empty ledger. */
export const empty = (options: Options = {}): State => ({
  limits: {
    idsMax: options.idsMax ?? 100_000,
    accountsMax: options.accountsMax ?? 1_000_000,
    holdsMax: options.holdsMax ?? 1_000_000,
    legsMax: options.legsMax ?? 1000
  },
  accounts: VersionedMap.empty(),
  holds: VersionedMap.empty(),
  recent: VersionedMap.empty(),
  older: VersionedMap.empty(),
  recentAt: -1,
  olderAt: -1,
  forgottenAt: -1,
  minted: 0n,
  burned: 0n
})

const accountOf = (state: State, name: string) => state.accounts.get(name)

/** What is on an account, held money included; 0 when there is no such account. */
export const balance = (state: State, name: string): bigint => {
  const account = accountOf(state, name)
  return account === undefined ? 0n : account.credits - account.debits
}

const spendable = ({ credits, debits, held, overdraft }: Account): bigint => credits - debits - held + overdraft

/** What can be spent from an account, its overdraft included; 0 when there is no such account. */
export const available = (state: State, name: string): bigint => {
  const account = accountOf(state, name)
  return account === undefined ? 0n : spendable(account)
}

/** The names of the open accounts, sorted. */
export const names = (state: State): ReadonlyArray<string> =>
  state.accounts
    .entries()
    .map(([name]) => name)
    .sort()

/** Whether there is an account of this name. */
export const isOpen = (state: State, name: string): boolean => state.accounts.has(name)

/** All money there is: minted less burned. */
export const supply = (state: State): bigint => state.minted - state.burned

/**
 * The turnover of every account by name, then of the issuer (`Accounts.issuer`), whose debits are what was minted; and the
 * sums, which agree.
 */
export const trialBalance = (
  state: State
): {
  readonly rows: ReadonlyArray<{ readonly account: string; readonly debits: bigint; readonly credits: bigint }>
  readonly debits: bigint
  readonly credits: bigint
} => {
  const rows = state.accounts
    .entries()
    .map(([account, { credits, debits }]) => ({ account, debits, credits }))
    .sort((a, b) => (a.account < b.account ? -1 : 1))
  rows.push({ account: Accounts.issuer, debits: state.minted, credits: state.burned })
  let debits = 0n
  let credits = 0n
  for (const row of rows) {
    debits += row.debits
    credits += row.credits
  }
  return { rows, debits, credits }
}

const known = "the open accounts"

const missing = (state: State, name: string, path: Place): UnknownName | undefined =>
  state.accounts.has(name) ? undefined : new UnknownName({ path, name, known })

const covered = (state: State, name: string, needed: bigint, path: Place): UnknownName | Insufficient | undefined => {
  const account = accountOf(state, name)
  if (account === undefined) return new UnknownName({ path, name, known })
  const has = spendable(account)
  return has >= needed ? undefined : short(path, name, has, needed)
}

/** The account must be there first, so that one who asks for nothing sensible is told so. */
const moves = (state: State, name: string, amount: bigint, path: "from" | "account"): Refused | undefined =>
  missing(state, name, [path]) ?? Money.offence(amount, ["amount"]) ?? covered(state, name, amount, [path])

const misshapen = (state: State, count: number): Refused | undefined => {
  if (count === 0) return new InvalidFormat({ path: ["legs"], because: "at least one leg is needed" })
  if (count <= state.limits.legsMax) return undefined
  return new TooLarge({ path: ["legs"], size: count, limit: state.limits.legsMax })
}

const misguided = (state: State, leg: Leg | undefined, index: number): Refused | undefined => {
  if (leg === undefined) return undefined
  const { amount, from, to } = leg
  if (from === to) return new InvalidFormat({ path: ["legs", index, "to"], because: "money moves to another account" })
  if (amount > 0n && amount <= Money.max && state.accounts.has(from) && state.accounts.has(to)) return undefined
  return (
    Money.offence(amount, ["legs", index, "amount"]) ??
    missing(state, from, ["legs", index, "from"]) ??
    missing(state, to, ["legs", index, "to"])
  )
}

const transfers = (state: State, legs: ReadonlyArray<Leg>): Refused | undefined => {
  const shape = misshapen(state, legs.length)
  if (shape !== undefined) return shape
  for (let index = 0; index < legs.length; index++) {
    const wrong = misguided(state, legs[index], index)
    if (wrong !== undefined) return wrong
  }
  const [only] = legs
  if (legs.length === 1 && only !== undefined) return covered(state, only.from, only.amount, ["legs", 0, "from"])
  const net = new Map<string, bigint>()
  for (const { amount, from, to } of legs) {
    net.set(from, (net.get(from) ?? 0n) + amount)
    net.set(to, (net.get(to) ?? 0n) - amount)
  }
  for (const [index, { from }] of legs.entries()) {
    const uncovered = covered(state, from, net.get(from) ?? 0n, ["legs", index, "from"])
    if (uncovered !== undefined) return uncovered
  }
  return undefined
}

const captures = (state: State, { at, hold: name, legs }: { at: number; hold: string; legs: ReadonlyArray<Share> }) => {
  const found = state.holds.get(name)
  if (found === undefined) return new UnknownName({ path: ["hold"], name, known: "the open holds" })
  if (at >= found.until) return new TooLate({ path: ["at"], at, until: found.until })
  const shape = misshapen(state, legs.length)
  if (shape !== undefined) return shape
  let sum = 0n
  for (const [index, { amount, to }] of legs.entries()) {
    const wrong = Money.offence(amount, ["legs", index, "amount"]) ?? missing(state, to, ["legs", index, "to"])
    if (wrong !== undefined) return wrong
    if (to === found.account)
      return new InvalidFormat({ path: ["legs", index, "to"], because: "money moves to another account" })
    sum += amount
  }
  return sum <= found.amount ? undefined : short(["legs"], `the hold ${JSON.stringify(name)}`, found.amount, sum)
}

const opens = (state: State, account: string, overdraft: bigint): Refused | undefined => {
  if (state.accounts.has(account)) return new DuplicateName({ path: ["account"], name: account })
  const size = state.accounts.size + 1
  if (size > state.limits.accountsMax) return new TooLarge({ path: ["account"], size, limit: state.limits.accountsMax })
  return Money.offenceUnlessZero(overdraft, ["overdraft"])
}

const limits = (state: State, name: string, overdraft: bigint): Refused | undefined => {
  const account = accountOf(state, name)
  if (account === undefined) return new UnknownName({ path: ["account"], name, known })
  return (
    Money.offenceUnlessZero(overdraft, ["overdraft"]) ??
    covered(state, name, account.overdraft - overdraft, ["overdraft"])
  )
}

const closes = (state: State, name: string): Refused | undefined => {
  const account = accountOf(state, name)
  if (account === undefined) return new UnknownName({ path: ["account"], name, known })
  const left = account.credits - account.debits
  if (left === 0n && account.held === 0n) return undefined
  return new NotEmpty({
    path: ["account"],
    account: name,
    balance: left.toString(),
    held: account.held.toString()
  })
}

const holds = (state: State, command: Extract<Command, { _tag: "Hold" }>): Refused | undefined => {
  const size = state.holds.size + 1
  if (size > state.limits.holdsMax) return new TooLarge({ path: ["id"], size, limit: state.limits.holdsMax })
  if (state.holds.has(command.id)) return new IdReused({ path: ["id"], id: command.id })
  if (command.until <= command.at) return new TooLate({ path: ["until"], at: command.at, until: command.until })
  return moves(state, command.account, command.amount, "account")
}

const frees = (state: State, name: string, at?: number): Refused | undefined => {
  const found = state.holds.get(name)
  if (found === undefined) return new UnknownName({ path: ["hold"], name, known: "the open holds" })
  return at !== undefined && at < found.until ? new TooEarly({ path: ["at"], at, from: found.until }) : undefined
}

const offence = (state: State, command: Command): Refused | undefined => {
  switch (command._tag) {
    case "Open":
      return opens(state, command.account, command.overdraft)
    case "SetOverdraft":
      return limits(state, command.account, command.overdraft)
    case "Close":
      return closes(state, command.account)
    case "Transfer":
      return transfers(state, command.legs)
    case "Mint":
      return missing(state, command.to, ["to"]) ?? Money.offence(command.amount, ["amount"])
    case "Burn":
      return moves(state, command.from, command.amount, "from")
    case "Hold":
      return holds(state, command)
    case "Capture":
      return captures(state, command)
    case "Release":
      return frees(state, command.hold)
    case "Expire":
      return frees(state, command.hold, command.at)
  }
}

const past = {
  Open: "Opened",
  SetOverdraft: "OverdraftSet",
  Close: "Closed",
  Transfer: "Transferred",
  Mint: "Minted",
  Burn: "Burned",
  Hold: "Held",
  Capture: "Captured",
  Release: "Released",
  Expire: "Expired"
} as const

// The table pairs each command with the event of the same fields, which the compiler cannot follow through a spread.
const eventOf = (command: Command): Event => ({ ...command, _tag: past[command._tag] }) as Event

const remembered = (state: State, id: string): Event | undefined => state.recent.get(id) ?? state.older.get(id)

/** As `decide`, for what machines move: names of their own accounts are in order. Not for commands from outside. */
export const decideMovement = (state: State, command: Command): Result.Result<ReadonlyArray<Event>, Refused> => {
  const event = eventOf(command)
  const before = remembered(state, command.id)
  if (before !== undefined)
    return Equal.equals(before, event)
      ? Result.succeed([])
      : Result.fail(new IdReused({ path: ["id"], id: command.id }))
  if (command.at <= state.forgottenAt)
    return Result.fail(new TooOld({ path: ["at"], at: command.at, after: state.forgottenAt }))
  const wrong = offence(state, command)
  return wrong === undefined ? Result.succeed([event]) : Result.fail(wrong)
}

/** One event, none for a command that was there before, or the first offence. */
export const decide = (state: State, command: Command): Result.Result<ReadonlyArray<Event>, Refused> => {
  const reserved = Accounts.reservedIn(command)
  return reserved === undefined ? decideMovement(state, command) : Result.fail(reserved)
}

/** The ledger after an event. */
export const evolve = (state: State, event: Event): State => {
  const { accounts, burned, holds, minted } = post(state, event)
  const recent = state.recent.set(event.id, event)
  const recentAt = Math.max(state.recentAt, event.at)
  const books = { limits: state.limits, accounts, holds, minted, burned }
  if (recent.size < state.limits.idsMax) {
    const { forgottenAt, older, olderAt } = state
    return { ...books, recent, older, recentAt, olderAt, forgottenAt }
  }
  const forgottenAt = Math.max(state.forgottenAt, state.olderAt)
  return { ...books, recent: VersionedMap.empty(), older: recent, recentAt: -1, olderAt: recentAt, forgottenAt }
}

/** A ledger as a machine, for commands from outside; and for movements of machines. */
export interface Books extends Machine<State, Command, Event, Refused> {
  /** The same for what machines move: names of their own accounts are in order. */
  readonly movements: Machine<State, Command, Event, Refused>
}

/** A ledger as a machine. */
export const make = (options?: Options): Books => {
  const initial = empty(options)
  return { initial, decide, evolve, movements: { initial, decide: decideMovement, evolve } }
}
