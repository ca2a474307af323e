/**
 * The setting of double auctions: buyers who want one unit, sellers who have one, a value each.
 *
 * With buyers' values descending and sellers' values ascending, `q` is the number of ranks at which the buyer's is not below
 * the seller's: the largest number of trades without loss. Every price in the clearing interval
 * `[max(s_q, b_q+1), min(b_q, s_q+1)]` makes exactly these trades wanted; missing neighbours do not bound it.
 *
 * **Guarantees** A rule of trade sees only the four values at the margin, so what else a trader states does not move the
 * price. Among equal values the earlier goes first. Accepted buyers and sellers are matched in order of arrival. Linear time
 * in doubles, a sort of each side in exact arithmetic.
 *
 * **Does not guarantee** That a name stands for one person: a name may be a buyer and a seller, who are then two traders.
 *
 * **Example**
 *
 * ```ts
 * import { Amount, UnitTrade } from "@mabeam/economics"
 *
 * const margin = UnitTrade.margin(Amount.doubles, [3, 9, 7], [4, 2, 8])
 * margin // => { volume: 2, buyer: 7, seller: 4, nextBuyer: 3, nextSeller: 8 }
 * UnitTrade.clearing(Amount.doubles, margin) // => { low: 4, high: 7 }
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { Amount, type Arithmetic, type Given, isAmount } from "../input/Amount.ts"
import * as Refusal from "../input/Refusal.ts"
import { descendingAt } from "../internal/select.ts"
import * as WholeList from "../internal/wholeList.ts"
import { isName, Name } from "./Exchange.ts"

/** A buyer or seller and the value of a unit to them. */
export const Trader = Schema.Struct({ id: Name, amount: Amount })
export type Trader = typeof Trader.Type

/** The input of a double auction, given the schema of its lists. */
export const inputsOf = (traders: WholeList.List<Trader>) => Schema.Struct({ buyers: traders, sellers: traders })

/** The input of a double auction: each side in order of arrival. */
export const Inputs = inputsOf(Schema.Array(Trader))
export type Inputs = typeof Inputs.Type

/** The values at the margin; a neighbour that does not exist is `undefined`. */
export interface Margin<A> {
  /** q: the most trades without loss. */
  readonly volume: number
  /** b_q and s_q, the last pair that trades. */
  readonly buyer: A | undefined
  readonly seller: A | undefined
  /** b_q+1 and s_q+1, the first that do not. */
  readonly nextBuyer: A | undefined
  readonly nextSeller: A | undefined
}

/** What a rule decides. */
export interface Terms<A> {
  /** How many units change hands. */
  readonly volume: number
  /** The sellers admitted, best first; if there are more than `volume`, the latest of them are left out. */
  readonly sellers: number
  /** What each buyer pays and each seller receives; `undefined` when nothing is traded. */
  readonly buyerPrice: A | undefined
  readonly sellerPrice: A | undefined
}

/** A double auction as a rule over the margin. */
export type Rule = <A>(arithmetic: Arithmetic<A>, margin: Margin<A>) => Terms<A>

/** The terms of no trade at all. */
export const nothing = { volume: 0, sellers: 0, buyerPrice: undefined, sellerPrice: undefined } as const

/** The values that decide, of amounts in any order. */
export const margin = <A>(
  arithmetic: Arithmetic<A>,
  buyers: ReadonlyArray<A>,
  sellers: ReadonlyArray<A>
): Margin<A> => {
  const b = ranked(arithmetic, buyers, 1)
  const s = ranked(arithmetic, sellers, -1)
  const buyer = (rank: number) => (rank >= 1 && rank <= buyers.length ? b(rank, 0, buyers.length) : undefined)
  const seller = (rank: number) => (rank >= 1 && rank <= sellers.length ? s(rank, 0, sellers.length) : undefined)
  // Wanted trades come before unwanted ones, so the border is found by halving; each half of the ranks needs only the
  // values that are ranked there.
  let volume = 0
  let above = Math.min(buyers.length, sellers.length) + 1
  let lastBuyer = buyers.length
  let lastSeller = sellers.length
  while (above - volume > 1) {
    const rank = (volume + above) >> 1
    if (arithmetic.compare(b(rank, volume, lastBuyer), s(rank, volume, lastSeller)) >= 0) volume = rank
    else {
      above = rank
      lastBuyer = rank
      lastSeller = rank
    }
  }
  return {
    volume,
    buyer: buyer(volume),
    seller: seller(volume),
    nextBuyer: buyer(volume + 1),
    nextSeller: seller(volume + 1)
  }
}

/**
 * Access by rank, 1 for the best: the highest if `sign` is 1, the lowest if it is -1. The caller says which ranks above
 * `from` and up to `to` the asked one is among, as its earlier questions have established. Doubles are selected in a typed
 * array, which takes linear time in `to - from`; others are sorted.
 */
const ranked = <A>(
  arithmetic: Arithmetic<A>,
  amounts: ReadonlyArray<A>,
  sign: 1 | -1
): ((rank: number, from: number, to: number) => A) => {
  const { compare, fromNumber, toNumber, zero } = arithmetic
  if (arithmetic.isExact) {
    const sorted = [...amounts].sort((x, y) => -sign * compare(x, y))
    // Read only at ranks that exist.
    return (rank) => sorted[rank - 1] ?? zero
  }
  const values = new Float64Array(amounts.length)
  for (let i = 0; i < amounts.length; i++) values[i] = sign * toNumber(amounts[i] ?? zero)
  return (rank, from, to) => fromNumber(sign * descendingAt(values.subarray(from, to), rank - 1 - from))
}

/** The margin in another arithmetic. */
export const mapMargin = <A, B>(
  { buyer, nextBuyer, nextSeller, seller, volume }: Margin<A>,
  lift: (a: A) => B
): Margin<B> => {
  const map = (a: A | undefined) => (a === undefined ? undefined : lift(a))
  return {
    volume,
    buyer: map(buyer),
    seller: map(seller),
    nextBuyer: map(nextBuyer),
    nextSeller: map(nextSeller)
  }
}

/** The prices at which exactly the trades without loss are wanted; `undefined` when there are none. */
export const clearing = <A>(
  arithmetic: Arithmetic<A>,
  { buyer, nextBuyer, nextSeller, seller }: Margin<A>
): { readonly low: A; readonly high: A } | undefined => {
  if (buyer === undefined || seller === undefined) return undefined
  return {
    low: nextBuyer !== undefined && arithmetic.compare(nextBuyer, seller) > 0 ? nextBuyer : seller,
    high: nextSeller !== undefined && arithmetic.compare(nextSeller, buyer) < 0 ? nextSeller : buyer
  }
}

/** The positions, in order of arrival, of the `count` best: the highest if `sign` is 1, the lowest if it is -1. */
export const best = <A>(
  arithmetic: Arithmetic<A>,
  amounts: ReadonlyArray<A>,
  count: number,
  sign: 1 | -1
): ReadonlyArray<number> => {
  if (count === 0) return []
  return bestOf(arithmetic, amounts, count, ranked(arithmetic, amounts, sign)(count, 0, amounts.length), sign)
}

/** As `best`, with the last accepted value known. */
export const bestOf = <A>(
  arithmetic: Arithmetic<A>,
  amounts: ReadonlyArray<A>,
  count: number,
  last: A,
  sign: 1 | -1
): ReadonlyArray<number> => {
  const { compare, zero } = arithmetic
  let better = 0
  for (let i = 0; i < amounts.length; i++) if (sign * compare(amounts[i] ?? zero, last) > 0) better++
  let equals = count - better
  const chosen: Array<number> = []
  for (let i = 0; i < amounts.length; i++) {
    const sense = sign * compare(amounts[i] ?? zero, last)
    if (sense > 0 || (sense === 0 && equals-- > 0)) chosen.push(i)
  }
  return chosen
}

/** Who trades under these terms: positions in order of arrival, the i-th buyer with the i-th seller. */
export const partners = <A>(
  arithmetic: Arithmetic<A>,
  buyers: ReadonlyArray<A>,
  sellers: ReadonlyArray<A>,
  at: Margin<A>,
  terms: Pick<Terms<A>, "volume" | "sellers">
): { readonly buyers: ReadonlyArray<number>; readonly sellers: ReadonlyArray<number> } => {
  if (terms.volume === 0 || at.buyer === undefined || at.seller === undefined) return { buyers: [], sellers: [] }
  return {
    // All rules take the best q, whose last value is known, or fewer.
    buyers:
      terms.volume === at.volume
        ? bestOf(arithmetic, buyers, terms.volume, at.buyer, 1)
        : best(arithmetic, buyers, terms.volume, 1),
    sellers: (terms.sellers === at.volume
      ? bestOf(arithmetic, sellers, terms.sellers, at.seller, -1)
      : best(arithmetic, sellers, terms.sellers, -1)
    ).slice(0, terms.volume)
  }
}

const isTrader = (input: object): boolean =>
  WholeList.hasOnly(input, "id", "amount") &&
  "id" in input &&
  "amount" in input &&
  isName(input.id) &&
  isAmount(input.amount)

/** Decodes the input of a double auction, described by the schema of its lists; a name stands once on each side. */
export const decoder = <S extends Schema.ConstraintDecoder<unknown>>(
  schema: (traders: WholeList.List<Trader>) => S & { readonly Type: Inputs }
): ((input: unknown) => Result.Result<S["Type"], Refusal.Common>) => {
  const decode = WholeList.decode(isTrader, Trader, schema)
  return (input) =>
    Result.flatMap(decode(input), (inputs): Result.Result<S["Type"], Refusal.Common> => {
      const { buyers, sellers }: Inputs = inputs
      const offence =
        Refusal.duplicateOf(buyers.map(idOf), (index) => ["buyers", index, "id"]) ??
        Refusal.duplicateOf(sellers.map(idOf), (index) => ["sellers", index, "id"])
      return offence === undefined ? Result.succeed(inputs) : Result.fail(offence)
    })
}

const idOf = (trader: Trader): string => trader.id

/** All amounts of an input, by which it is exact or not. */
export const amountsOf = ({ buyers, sellers }: Inputs): ReadonlyArray<Given> => [
  ...buyers.map((it) => it.amount),
  ...sellers.map((it) => it.amount)
]
