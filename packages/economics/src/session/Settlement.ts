/**
 * How a session ends: a receipt from which the result can be computed again, and transfers that a ledger can post.
 *
 * A transfer moves something from one participant to another, so transfers neither create nor destroy: what all pay is what
 * all receive, for every list of them.
 *
 * **Guarantees** `net` is exact. `legs` gives whole amounts or says which payment is not whole; it never rounds.
 *
 * **Does not guarantee** That the payer has the money: hold it (`Ledger`'s `Hold`) before a binding input is passed on.
 *
 * **Example**
 *
 * ```ts
 * import { Settlement } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const transfers = [
 *   Settlement.payment("ada", "museum", 20, "price of vase"),
 *   Settlement.delivery("museum", "ada", "vase", 1)
 * ]
 * Settlement.net(transfers).get("museum") // => "20"
 * Result.getOrThrow(Settlement.legs(transfers)) // => [{ from: "ada", to: "museum", amount: 20n }]
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import * as Amount from "../input/Amount.ts"
import { show, type Place } from "../input/Refusal.ts"
import * as Names from "../internal/name.ts"
import type { Open } from "../receipt/SealedReceipt.ts"

/** The name of a participant, a session or a thing: 1 to 255 characters, and none of a machine's own account (`Accounts`). */
export const Name = Names.Name.check(
  Schema.makeFilter((name) => !Names.isReserved(name), { expected: `a name that does not begin with "${Names.mark}"` })
)

/** Whether a number is whole, not negative and exact; `-0` is not: a copy that went through JSON would differ. */
export const isWhole = (value: number): boolean => Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0)

const Whole = Schema.Int.check(
  Schema.isGreaterThanOrEqualTo(0),
  Schema.makeFilter(isWhole, { expected: "0 without a sign" })
)

/** Money of a live session: whole minor units up to 2^53 - 1, so that every comparison and difference is exact. */
export const Money = Whole

/** A moment, in milliseconds since 1970; always given, never read from a clock. */
export const Time = Whole

/** A whole number of at least 1: a step of prices, a length of time in milliseconds. */
export const Positive = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/** Whether a text is a `Name`. */
export const isName: (text: string) => boolean = Names.isParticipant

/** Something that changes hands at the end of a session. */
export const Transfer = Schema.TaggedUnion({
  Payment: { from: Name, to: Name, amount: Amount.Amount, because: Schema.String },
  Delivery: { from: Name, to: Name, item: Schema.String, quantity: Amount.Amount }
})
export type Transfer = typeof Transfer.Type

/** What a session leaves behind. The receipt can be sealed with `SealedReceipt.seal`. */
export interface Settlement {
  readonly receipt: Open
  readonly transfers: ReadonlyArray<Transfer>
}

/** A payment. */
export const payment = (from: string, to: string, amount: Amount.Given, because: string): Transfer => ({
  _tag: "Payment",
  from,
  to,
  amount,
  because
})

/** A delivery. */
export const delivery = (from: string, to: string, item: string, quantity: Amount.Given): Transfer => ({
  _tag: "Delivery",
  from,
  to,
  item,
  quantity
})

/** Without the payments of nothing and those of somebody to himself. */
export const effective = (transfers: ReadonlyArray<Transfer>): ReadonlyArray<Transfer> =>
  transfers.filter((it) => it._tag === "Delivery" || (it.from !== it.to && Amount.toNumber(it.amount) > 0))

/** What each participant has gained in money, exactly; the values add up to 0. */
export const net = (transfers: ReadonlyArray<Transfer>): ReadonlyMap<string, Amount.Given> => {
  const sums = new Map<string, Amount.Rational>()
  const add = (name: string, amount: Amount.Rational) =>
    sums.set(name, Amount.rationals.add(sums.get(name) ?? Amount.rationals.zero, amount))
  for (const it of transfers) {
    if (it._tag !== "Payment") continue
    const amount = Amount.toRational(it.amount)
    add(it.from, Amount.rationals.subtract(Amount.rationals.zero, amount))
    add(it.to, amount)
  }
  return new Map([...sums].map(([name, sum]) => [name, Amount.rationals.encode(sum)]))
}

/** A payment that is not in whole units, so that a ledger of whole units cannot post it. */
export class NotWhole extends Schema.TaggedError<NotWhole>("@mabeam/economics/Settlement/NotWhole")("NotWhole", {
  path: Schema.Array(Schema.Union([Schema.String, Schema.Int])),
  amount: Schema.Union([Schema.Finite, Schema.String])
}) {
  override get message() {
    return `${show(this.path)}: ${this.amount} is not a whole number of units; let the session have whole amounts`
  }
}

/** The payments as legs of one ledger transfer. */
export const legs = (
  transfers: ReadonlyArray<Transfer>
): Result.Result<ReadonlyArray<{ readonly from: string; readonly to: string; readonly amount: bigint }>, NotWhole> => {
  const all: Array<{ readonly from: string; readonly to: string; readonly amount: bigint }> = []
  for (const [index, it] of transfers.entries()) {
    if (it._tag !== "Payment") continue
    const { d, n } = Amount.toRational(it.amount)
    const path: Place = [index, "amount"]
    if (d !== 1n) return Result.fail(new NotWhole({ path, amount: it.amount }))
    all.push({ from: it.from, to: it.to, amount: n })
  }
  return Result.succeed(all)
}
