/**
 * "What if another rule had been used": the economy is a fold over its log, so it can be folded again.
 *
 * The log holds ledger commands and auctions in order, each auction with its bids and how it was settled. `replay` folds
 * what happened; `rerun` decides every auction anew, by any calculator of a single-item auction of this package, and
 * settles it in a ledger of its own.
 *
 * **Guarantees** A pure function of the log. Under the rule by which the log was made, nothing differs. The differences of
 * all participants sum up to 0 when both runs mint and burn alike. A settlement, or a command, that the other ledger cannot
 * carry (somebody has less money there), and another auction under an id that is taken, are listed in `refused`, and nothing
 * of them happens. What machines moved is history like the rest, and may stand in the log; who takes part in auctions cannot
 * be called like their own accounts.
 *
 * **Does not guarantee** What bidders would have done: they are taken to bid as they did. Under another rule they might
 * not; a rule that is strategy-proof is the one for which the bids can be read as values.
 *
 * **Example**
 *
 * ```ts
 * import { SecondPrice, WhatIf } from "@mabeam/economics"
 *
 * const account = (name: string) =>
 *   ({ _tag: "Ledger", command: { _tag: "Open", id: `open ${name}`, at: 0, account: name, overdraft: 0n } }) as const
 * const log: ReadonlyArray<WhatIf.Entry> = [
 *   account("ada"),
 *   account("bob"),
 *   account("shop"),
 *   { _tag: "Ledger", command: { _tag: "Mint", id: "m", at: 0, to: "ada", amount: 100n } },
 *   {
 *     _tag: "Auction",
 *     id: "lot 1",
 *     at: 1,
 *     seller: "shop",
 *     reserve: 10n,
 *     bids: [{ bidder: "ada", amount: 40n }, { bidder: "bob", amount: 25n }],
 *     outcome: { winner: "ada", payments: [{ bidder: "ada", amount: 40n }] }
 *   }
 * ]
 * const { differences } = WhatIf.compare(log, SecondPrice.calculator)
 * differences.get("ada") // => { money: 15n, won: [], lost: [] }
 * differences.get("shop") // => { money: -15n, won: [], lost: [] }
 * ```
 *
 * @since 0.1.0
 */
import { Equal, Result, Schema } from "effect"
import type { Calculator, Json } from "../calculator/Calculator.ts"
import { toRational } from "../input/Amount.ts"
import { DuplicateName, InvalidFormat } from "../input/Refusal.ts"
import type { Refusal } from "../input/Refusal.ts"
import * as Accounts from "./Accounts.ts"
import * as Ledger from "./Ledger.ts"
import { handle } from "./Machine.ts"
import * as Money from "./Money.ts"

/** Who won, and who pays how much to the seller. */
export interface Outcome {
  readonly winner: string | null
  readonly payments: ReadonlyArray<{ readonly bidder: string; readonly amount: bigint }>
}

/** An auction of one item with its bids, in order of arrival, and how it was settled. */
export interface Auction {
  readonly _tag: "Auction"
  readonly id: string
  readonly at: number
  readonly seller: string
  readonly reserve: bigint
  readonly bids: ReadonlyArray<{ readonly bidder: string; readonly amount: bigint }>
  readonly outcome: Outcome
}

/** An entry of the log. */
export type Entry = { readonly _tag: "Ledger"; readonly command: Ledger.Command } | Auction

/** What a run has led to. */
export interface Run {
  readonly ledger: Ledger.State
  /** By auction; one that was refused has no entry. */
  readonly outcomes: ReadonlyMap<string, Outcome>
  readonly refused: ReadonlyArray<{ readonly index: number; readonly refusal: Refusal }>
}

/** What is otherwise for a participant: money more or less, auctions won or lost that were not before. */
export interface Difference {
  readonly money: bigint
  readonly won: ReadonlyArray<string>
  readonly lost: ReadonlyArray<string>
}

const WholeOutcome = Schema.Struct({
  winner: Schema.NullOr(Schema.String),
  price: Schema.optionalKey(Schema.NullOr(Schema.String)),
  payments: Schema.optionalKey(Schema.Record(Schema.String, Schema.String))
})

const read = Schema.decodeUnknownResult(WholeOutcome)

const whole = (amount: string): bigint => Money.floor(toRational(amount))

/** Decides an auction anew. Prices that are not whole are rounded down. */
export const decide = (auction: Auction, rule: Calculator): Result.Result<Outcome, Refusal> => {
  const input: Json = {
    bids: auction.bids.map(({ amount, bidder }) => ({ bidder, amount: amount.toString() })),
    reserve: auction.reserve.toString()
  }
  return Result.flatMap(rule.solve(input), ({ decision }): Result.Result<Outcome, Refusal> => {
    const outcome = read(decision)
    if (Result.isFailure(outcome))
      return Result.fail(
        new InvalidFormat({ path: [], because: `${rule.name} does not say who wins and what is paid` })
      )
    const { payments, price, winner } = outcome.success
    const paid =
      payments === undefined
        ? winner === null || typeof price !== "string"
          ? []
          : [{ bidder: winner, amount: whole(price) }]
        : Object.entries(payments).map(([bidder, amount]) => ({ bidder, amount: whole(amount) }))
    return Result.succeed({ winner, payments: paid.filter(({ amount }) => amount > 0n) })
  })
}

const ledger = Ledger.make()

const transferOf = ({ at, id, seller }: Auction, { payments }: Outcome): Ledger.Command => ({
  _tag: "Transfer",
  id: `auction/${id}`,
  at,
  legs: payments.map(({ amount, bidder }) => ({ from: bidder, to: seller, amount }))
})

/** An id is of one auction, whether money has moved in it or not; the same entry again changes nothing. */
const decidedOnce = (
  settled: ReadonlyMap<string, Auction>,
  auction: Auction,
  outcomeOf: (auction: Auction) => Result.Result<Outcome, Refusal>
): Result.Result<Outcome, Refusal> => {
  const reserved = Accounts.reservedIn(auction)
  if (reserved !== undefined) return Result.fail(reserved)
  const before = settled.get(auction.id)
  return before === undefined || Equal.equals(before, auction)
    ? outcomeOf(auction)
    : Result.fail(new DuplicateName({ path: ["id"], name: auction.id }))
}

const fold = (log: Iterable<Entry>, outcomeOf: (auction: Auction) => Result.Result<Outcome, Refusal>): Run => {
  let state = ledger.initial
  const outcomes = new Map<string, Outcome>()
  const settled = new Map<string, Auction>()
  const refused: Array<{ readonly index: number; readonly refusal: Refusal }> = []
  let index = -1
  for (const entry of log) {
    index++
    const outcome = entry._tag === "Auction" ? decidedOnce(settled, entry, outcomeOf) : undefined
    if (outcome !== undefined && Result.isFailure(outcome)) {
      refused.push({ index, refusal: outcome.failure })
      continue
    }
    const command =
      entry._tag === "Ledger" ? entry.command : outcome === undefined ? undefined : transferOf(entry, outcome.success)
    if (command !== undefined && !(command._tag === "Transfer" && command.legs.length === 0)) {
      const handled = handle(entry._tag === "Ledger" ? ledger.movements : ledger, state, command)
      if (Result.isFailure(handled)) {
        refused.push({ index, refusal: handled.failure })
        continue
      }
      state = handled.success.state
    }
    if (entry._tag === "Auction" && outcome !== undefined) {
      outcomes.set(entry.id, outcome.success)
      settled.set(entry.id, entry)
    }
  }
  return { ledger: state, outcomes, refused }
}

/** What happened: every auction settled as the log says. */
export const replay = (log: Iterable<Entry>): Run => fold(log, ({ outcome }) => Result.succeed(outcome))

/** What would have happened: every auction decided by `rule`. */
export const rerun = (log: Iterable<Entry>, rule: Calculator): Run => fold(log, (auction) => decide(auction, rule))

/** The auctions that each winner has won. */
const winsOf = ({ outcomes }: Run): ReadonlyMap<string, ReadonlySet<string>> => {
  const wins = new Map<string, Set<string>>()
  for (const [id, { winner }] of outcomes) {
    if (winner !== null) wins.set(winner, (wins.get(winner) ?? new Set()).add(id))
  }
  return wins
}

const none: ReadonlySet<string> = new Set()

/** Both runs, and the difference for each participant by name: whoever has an account or has won in either. */
export const compare = (
  log: ReadonlyArray<Entry>,
  rule: Calculator
): {
  readonly actual: Run
  readonly alternative: Run
  readonly differences: ReadonlyMap<string, Difference>
} => {
  const actual = replay(log)
  const alternative = rerun(log, rule)
  const [winsBefore, winsAfter] = [winsOf(actual), winsOf(alternative)]
  const names = new Set([
    ...Ledger.names(actual.ledger),
    ...Ledger.names(alternative.ledger),
    ...winsBefore.keys(),
    ...winsAfter.keys()
  ])
  const differences = new Map(
    [...names].sort().map((name) => {
      const money = Ledger.balance(alternative.ledger, name) - Ledger.balance(actual.ledger, name)
      const before = winsBefore.get(name) ?? none
      const after = winsAfter.get(name) ?? none
      const won = [...after].filter((id) => !before.has(id))
      const lost = [...before].filter((id) => !after.has(id))
      return [name, { money, won, lost }] as const
    })
  )
  return { actual, alternative, differences }
}
