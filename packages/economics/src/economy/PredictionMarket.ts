/**
 * A prediction market with an automatic market maker: the logarithmic market scoring rule (Hanson, "Combinatorial
 * Information Market Design", 2003; bounded loss as in Chen & Pennock, "A Utility Framework for Bounded-Loss Market Makers",
 * 2007). A share of an outcome pays one minor unit if it comes true.
 *
 * **Guarantees** The market maker never loses more than `b·ln n`, in whole units too, under any trades. All trades so far
 * have cost `cost(q)`, which is the real cost `b·ln Σ exp(qᵢ/b) − b·ln n` rounded up, and a trade costs the difference: so
 * prices do not depend on the path, a round trip costs exactly nothing, and rounding favours the market maker. The sum of
 * exponentials is taken around its largest term, which is a whole number and stays one: no overflow for any quantities,
 * and errors of doubles are bounded (`margin`) and added before rounding up.
 *
 * **Does not guarantee** That one small trade costs at least its real price: only the sum of all trades does, to less than
 * one unit more. Use minor units that are small beside what is traded.
 *
 * **Example**
 *
 * ```ts
 * import { Machine, PredictionMarket } from "@mabeam/economics"
 *
 * const { state } = Machine.run(PredictionMarket.machine, [
 *   { _tag: "Open", id: "rain", at: 0, outcomes: ["yes", "no"], b: 1000 },
 *   { _tag: "Trade", id: "rain", at: 1, trader: "ada", outcome: "yes", shares: 500n, costMax: 300n },
 *   { _tag: "Resolve", id: "rain", at: 2, outcome: "yes" }
 * ])
 * const rain = PredictionMarket.lookup(state, "rain")
 * if (rain) console.log(PredictionMarket.result(rain)) // => { collected: 281n, paidOut: 500n, gain: -219n }
 * PredictionMarket.lossMax(1000, 2) // => 693n
 * ```
 *
 * @since 0.1.0
 */
import { HashMap, Option, Result, Schema } from "effect"
import { DuplicateName, InvalidFormat, TooLarge, UnknownName, decode, duplicateOf, show } from "../input/Refusal.ts"
import type { InvalidAmount } from "../input/Refusal.ts"
import * as Accounts from "./Accounts.ts"
import type * as Ledger from "./Ledger.ts"
import { InvalidMoney, OutOfOrder } from "./Machine.ts"
import type { Insufficient, Machine } from "./Machine.ts"
import { short } from "./internal/short.ts"
import * as Money from "./Money.ts"

/** The most outcomes. */
export const outcomesMax = 1000

/** Most markets of a state, resolved ones included; the next `Open` is refused. See `unfinished`. */
export const marketsMax = 10_000

/** Most traders of a market; the first trade of another is refused. */
export const tradersMax = 100_000

/** The largest `b`, so that errors of doubles stay far below one unit. */
export const bMax = 1_000_000_000

/** What cannot be a double's rounding error in a cost, in units: a few hundred ulps of terms below `b·(1 + ln n)`. */
const margin = (b: number, n: number): number => b * (1 + Math.log(n)) * n * 2 ** -50

/**
 * What all trades so far have cost, in whole units, for the quantities sold of each outcome; 0 when nothing was sold. Never
 * below the real cost, and above it by less than one unit and the margin.
 */
export const cost = (quantities: ReadonlyArray<bigint>, b: number): bigint => {
  const n = quantities.length
  const most = quantities.reduce((a, c) => (c > a ? c : a), quantities[0] ?? 0n)
  if (quantities.every((quantity) => quantity === most)) return most
  let sum = 0
  for (const quantity of quantities) sum += Math.exp(-Number(most - quantity) / b)
  const rest = b * (Math.log(sum) - Math.log(n))
  // The rest is below 0 as quantities differ, so rounding up cannot give more than 0.
  return most + BigInt(Math.min(0, Math.ceil(rest + margin(b, n))))
}

/** The price of each outcome: what a small share costs; they sum up to 1. */
export const prices = (quantities: ReadonlyArray<bigint>, b: number): ReadonlyArray<number> => {
  const most = quantities.reduce((a, c) => (c > a ? c : a), quantities[0] ?? 0n)
  const terms = quantities.map((quantity) => Math.exp(-Number(most - quantity) / b))
  const sum = terms.reduce((total, term) => total + term, 0)
  return terms.map((term) => term / sum)
}

/** The most that the market maker can lose: `b·ln n`, rounded down. */
export const lossMax = (b: number, outcomes: number): bigint => BigInt(Math.floor(b * Math.log(outcomes)))

const Signed = Schema.declare<string>(
  (input): input is string => typeof input === "string" && /^-?\d{1,31}$/.test(input),
  {
    expected: "whole shares, as text of digits, with a minus sign to sell"
  }
).pipe(Schema.decodeTo(Schema.BigInt, { decode: Money.fromDigits, encode: Money.toDigits }))

const open = {
  id: Money.Name,
  at: Money.Time,
  outcomes: Schema.Array(Money.Name),
  /** Liquidity: how many shares move a price noticeably, and how much the market maker may lose for it. */
  b: Schema.Int
}
const trade = {
  id: Money.Name,
  at: Money.Time,
  trader: Money.Name,
  outcome: Money.Name,
  /** Bought; below 0 sold, which only holders can. */
  shares: Signed
}

/** What can be asked; `id` names the market. */
export const Command = Schema.TaggedUnion({
  Open: open,
  /** Refused if it costs more than `costMax`; for a sale `costMax` below 0 is the least that is wanted for it. */
  Trade: { ...trade, costMax: Signed },
  Resolve: { id: Money.Name, at: Money.Time, outcome: Money.Name }
})
export type Command = typeof Command.Type

/** What has happened; a negative `cost` was paid to the trader. */
export const Event = Schema.TaggedUnion({
  Opened: open,
  Traded: { ...trade, cost: Signed },
  Resolved: { id: Money.Name, at: Money.Time, outcome: Money.Name }
})
export type Event = typeof Event.Type

/** A command from outside. */
export const decodeCommand: (input: unknown) => Result.Result<Command, InvalidFormat | InvalidAmount> = decode(Command)

/** The trade costs more than the trader allows. */
export class TooDear extends Schema.TaggedError<TooDear>("@mabeam/economics/PredictionMarket/TooDear")("TooDear", {
  path: Schema.Array(Schema.String),
  cost: Schema.String,
  costMax: Schema.String
}) {
  override get message() {
    return `${show(this.path)}: the trade costs ${this.cost}, more than ${this.costMax}`
  }
}

/** Why a market refuses. */
export type Refused =
  | DuplicateName
  | Insufficient
  | InvalidFormat
  | InvalidMoney
  | OutOfOrder
  | TooDear
  | TooLarge
  | UnknownName

/** A market. */
export interface Market {
  readonly outcomes: ReadonlyArray<string>
  readonly b: number
  readonly quantities: ReadonlyArray<bigint>
  /** By trader, the shares of each outcome. */
  readonly holdings: HashMap.HashMap<string, ReadonlyArray<bigint>>
  /** What all trades have cost. */
  readonly collected: bigint
  /** How many trades there were. */
  readonly trades: number
  readonly resolved: string | undefined
}

/** All markets by id. */
export type State = HashMap.HashMap<string, Market>

/** A market by its id. */
export const lookup = (state: State, id: string): Market | undefined => Option.getOrUndefined(HashMap.get(state, id))

const holdingOf = ({ holdings, outcomes }: Market, trader: string): ReadonlyArray<bigint> =>
  Option.getOrElse(HashMap.get(holdings, trader), () => outcomes.map(() => 0n))

const changed = (list: ReadonlyArray<bigint>, index: number, by: bigint): ReadonlyArray<bigint> =>
  list.map((each, at) => (at === index ? each + by : each))

/** What a trade would cost now. */
export const quote = (market: Market, outcome: string, shares: bigint): bigint =>
  cost(changed(market.quantities, market.outcomes.indexOf(outcome), shares), market.b) -
  cost(market.quantities, market.b)

/** What a resolved market pays to each holder. */
export const payouts = (market: Market): ReadonlyMap<string, bigint> => {
  const index = market.outcomes.indexOf(market.resolved ?? "")
  const paid = [...market.holdings].map(([trader, held]) => [trader, held[index] ?? 0n] as const)
  return new Map(paid.filter(([, sum]) => sum > 0n))
}

/** What a market has brought the market maker; before it is resolved nothing is paid out. */
export const result = (market: Market) => {
  let paidOut = 0n
  for (const sum of payouts(market).values()) paidOut += sum
  return { collected: market.collected, paidOut, gain: market.collected - paidOut }
}

/**
 * The markets that are not resolved: what a machine starts afresh from when there is no room left. Ids of those left out
 * should not come again; a ledger that remembers them refuses.
 */
export const unfinished = (state: State): State => HashMap.filter(state, (market) => market.resolved === undefined)

type Decided = Result.Result<ReadonlyArray<Event>, Refused>
type Of<Tag> = Extract<Command, { _tag: Tag }>

const fails = (refused: Refused): Decided => Result.fail(refused)

const opens = (state: State, { _tag, ...terms }: Of<"Open">): Decided => {
  if (HashMap.has(state, terms.id)) return fails(new DuplicateName({ path: ["id"], name: terms.id }))
  const size = HashMap.size(state) + 1
  if (size > marketsMax) return fails(new TooLarge({ path: ["id"], size, limit: marketsMax }))
  const { b, outcomes } = terms
  if (outcomes.length < 2) return fails(new InvalidFormat({ path: ["outcomes"], because: "at least two" }))
  if (outcomes.length > outcomesMax)
    return fails(new TooLarge({ path: ["outcomes"], size: outcomes.length, limit: outcomesMax }))
  if (!(b >= 1)) return fails(new InvalidFormat({ path: ["b"], because: "at least 1" }))
  if (b > bMax) return fails(new TooLarge({ path: ["b"], size: b, limit: bMax }))
  const twice = duplicateOf(outcomes, (index) => ["outcomes", index])
  return twice === undefined ? Result.succeed([{ _tag: "Opened", ...terms }]) : fails(twice)
}

const trades = (market: Market, { _tag, costMax, ...terms }: Of<"Trade">): Decided => {
  const index = market.outcomes.indexOf(terms.outcome)
  if (index < 0)
    return fails(new UnknownName({ path: ["outcome"], name: terms.outcome, known: "the outcomes of the market" }))
  const size = terms.shares < 0n ? -terms.shares : terms.shares
  const wrong = Money.offence(size, ["shares"])
  if (wrong !== undefined) return fails(wrong)
  const held = holdingOf(market, terms.trader)[index] ?? 0n
  if (held + terms.shares < 0n) return fails(short(["shares"], terms.trader, held, size))
  const traders = HashMap.size(market.holdings) + (HashMap.has(market.holdings, terms.trader) ? 0 : 1)
  if (traders > tradersMax) return fails(new TooLarge({ path: ["trader"], size: traders, limit: tradersMax }))
  const price = quote(market, terms.outcome, terms.shares)
  if (price > costMax)
    return fails(new TooDear({ path: ["costMax"], cost: price.toString(), costMax: costMax.toString() }))
  return Result.succeed([{ _tag: "Traded", ...terms, cost: price }])
}

/** The event of a command, or why not. */
export const decide = (state: State, command: Command): Decided => {
  if (command._tag === "Open") return opens(state, command)
  const market = lookup(state, command.id)
  if (market === undefined) return fails(new UnknownName({ path: ["id"], name: command.id, known: "the markets" }))
  if (market.resolved !== undefined)
    return fails(new OutOfOrder({ path: ["id"], name: command.id, state: "resolved", needs: "open" }))
  if (command._tag === "Trade") return trades(market, command)
  const { at, id, outcome } = command
  if (!market.outcomes.includes(outcome))
    return fails(new UnknownName({ path: ["outcome"], name: outcome, known: "the outcomes of the market" }))
  return Result.succeed([{ _tag: "Resolved", id, at, outcome }])
}

/** The markets after an event. */
export const evolve = (state: State, event: Event): State => {
  if (event._tag === "Opened") {
    const { b, id, outcomes } = event
    const market: Market = {
      outcomes,
      b,
      quantities: outcomes.map(() => 0n),
      holdings: HashMap.empty(),
      collected: 0n,
      trades: 0,
      resolved: undefined
    }
    return HashMap.set(state, id, market)
  }
  const market = lookup(state, event.id)
  if (market === undefined) return state
  if (event._tag === "Resolved") return HashMap.set(state, event.id, { ...market, resolved: event.outcome })
  const index = market.outcomes.indexOf(event.outcome)
  return HashMap.set(state, event.id, {
    ...market,
    quantities: changed(market.quantities, index, event.shares),
    holdings: HashMap.set(market.holdings, event.trader, changed(holdingOf(market, event.trader), index, event.shares)),
    collected: market.collected + event.cost,
    trades: market.trades + 1
  })
}

/** Prediction markets as a machine. */
export const machine: Machine<State, Command, Event, Refused> = { initial: HashMap.empty(), decide, evolve }

/** The account of a market in a ledger. */
export const accountOf = (id: string): string => Accounts.accountOf("market", id)

/** Payouts of one transfer; more holders are paid in several. */
const legsOfOne = 500

/**
 * What an event asks of the ledger. Traders need accounts under their names, whoever has traded for nothing by the time the
 * market is resolved: until all who are to be paid have one, `Resolve` is refused. The market's own account may be overdrawn
 * by `lossMax` and needs no more: that is its maker's risk.
 */
export const movements = (before: State, event: Event): ReadonlyArray<Ledger.Command> => {
  const { at, id } = event
  const account = accountOf(id)
  if (event._tag === "Opened") {
    const overdraft = lossMax(event.b, event.outcomes.length)
    return [{ _tag: "Open", id: `${account}/open`, at, account, overdraft }]
  }
  const market = lookup(before, id)
  if (market === undefined) return []
  if (event._tag === "Traded") {
    const { cost, trader } = event
    if (cost === 0n) return []
    const leg = cost > 0n ? { from: trader, to: account, amount: cost } : { from: account, to: trader, amount: -cost }
    return [{ _tag: "Transfer", id: `${account}/trade/${market.trades}`, at, legs: [leg] }]
  }
  const paid = [...payouts({ ...market, resolved: event.outcome })]
  const commands: Array<Ledger.Command> = []
  for (let from = 0; from < paid.length; from += legsOfOne) {
    const legs = paid.slice(from, from + legsOfOne).map(([to, amount]) => ({ from: account, to, amount }))
    commands.push({ _tag: "Transfer", id: `${account}/pay/${from}`, at, legs })
  }
  return commands
}
