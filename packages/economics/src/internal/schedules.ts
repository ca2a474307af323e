/**
 * Supply and demand as schedules: at which price each further unit is wanted or offered, in straight pieces.
 *
 * **Guarantees** Exact rationals throughout. Demand falls or stays, supply rises or stays, whatever order steps came in.
 */
import { Fraction } from "fraction.js"
import type { Rational } from "../input/Amount.ts"

/** A straight piece of a schedule. */
export interface Piece {
  /** How many units; `undefined`: without end. */
  readonly width: Rational | undefined
  /** The price of its first unit; `undefined`: at any price (only demand). */
  readonly price: Rational | undefined
  /** How much the price changes from unit to unit. */
  readonly slope: Rational
}

export type Schedule = ReadonlyArray<Piece>

const zero = new Fraction(0)

/** Demand a − b·p, by quantity: (a − x)/b. */
export const linearDemand = (a: Rational, b: Rational): Schedule => {
  if (a.n === 0n) return []
  return b.n === 0n
    ? [{ width: a, price: undefined, slope: zero }]
    : [{ width: a, price: a.div(b), slope: b.inverse().neg() }]
}

/** Supply c + d·p, by quantity: (x − c)/d, but no price is negative. */
export const linearSupply = (c: Rational, d: Rational): Schedule => {
  const free = c.s > 0n && c.n > 0n ? [{ width: c, price: zero, slope: zero }] : []
  if (d.n === 0n) return free
  const first = free.length > 0 ? zero : c.neg().div(d)
  return [...free, { width: undefined, price: first, slope: d.inverse() }]
}

/** Steps by the better price: `sense` 1 for supply (ascending), -1 for demand. */
export const stepped = (
  steps: ReadonlyArray<{ readonly price: Rational; readonly qty: Rational }>,
  sense: 1 | -1
): Schedule =>
  steps
    .filter(({ qty }) => qty.n > 0n)
    .sort((a, b) => sense * a.price.compare(b.price))
    .map(({ price, qty }) => ({ width: qty, price, slope: zero }))

/** Where the schedules part. */
export interface Crossing {
  /** The most units for which the buyers' price is not below the sellers'. */
  readonly quantity: Rational
  /** Prices at which exactly these units are wanted and offered; `undefined` ends are not bounded. */
  readonly low: Rational | undefined
  readonly high: Rational | undefined
  /** Whether buyers who take any price are left without. */
  readonly insatiable: boolean
  /** What the units are worth to their buyers (`undefined`: beyond any sum), and what they cost their sellers. */
  readonly worth: Rational | undefined
  readonly cost: Rational
}

interface Cursor {
  index: number
  /** Units of the present piece that are used up. */
  used: Rational
}

const priceAt = ({ price, slope }: Piece, used: Rational): Rational | undefined => price?.add(slope.mul(used))

const restOf = ({ width }: Piece, used: Rational): Rational | undefined => width?.sub(used)

const least = (a: Rational | undefined, b: Rational | undefined): Rational | undefined =>
  a === undefined ? b : b === undefined ? a : a.compare(b) <= 0 ? a : b

/** The area under a piece from `used` over `width` units. */
const area = (piece: Piece, used: Rational, width: Rational): Rational | undefined => {
  const from = priceAt(piece, used)
  const to = priceAt(piece, used.add(width))
  return from === undefined || to === undefined ? undefined : from.add(to).div(2).mul(width)
}

/** Walks both schedules from the first unit to where buyers no longer pay what sellers ask. */
export const cross = (demand: Schedule, supply: Schedule): Crossing => {
  const d: Cursor = { index: 0, used: zero }
  const s: Cursor = { index: 0, used: zero }
  let quantity = zero
  let worth: Rational | undefined = zero
  let cost = zero
  // The prices of the last unit that was traded.
  let paid: Rational | undefined
  let asked: Rational | undefined
  for (;;) {
    const buying = demand[d.index]
    const selling = supply[s.index]
    if (buying === undefined || selling === undefined) break
    const width = common(buying, d.used, selling, s.used)
    if (width === undefined || width.n === 0n) break
    worth = plus(worth, area(buying, d.used, width))
    cost = cost.add(area(selling, s.used, width) ?? zero)
    quantity = quantity.add(width)
    advance(d, buying, width)
    advance(s, selling, width)
    paid = priceAt(buying, d.used.n === 0n ? (buying.width ?? zero) : d.used)
    asked = priceAt(selling, s.used.n === 0n ? (selling.width ?? zero) : s.used)
  }
  const nextBuyer = demand[d.index]
  const nextSeller = supply[s.index]
  const wanted = nextBuyer === undefined ? undefined : priceAt(nextBuyer, d.used)
  const offered = nextSeller === undefined ? undefined : priceAt(nextSeller, s.used)
  return {
    quantity,
    low: asked === undefined || (wanted !== undefined && wanted.compare(asked) > 0) ? wanted : asked,
    high: least(paid, offered),
    insatiable: nextBuyer !== undefined && nextBuyer.price === undefined,
    worth,
    cost
  }
}

const plus = (a: Rational | undefined, b: Rational | undefined): Rational | undefined =>
  a === undefined || b === undefined ? undefined : a.add(b)

const advance = (cursor: Cursor, piece: Piece, width: Rational): void => {
  cursor.used = cursor.used.add(width)
  if (piece.width !== undefined && cursor.used.compare(piece.width) >= 0) {
    cursor.index++
    cursor.used = zero
  }
}

/** How far both pieces go together before they cross; `undefined` if not at all. */
const common = (buying: Piece, bought: Rational, selling: Piece, sold: Rational): Rational | undefined => {
  const both = least(restOf(buying, bought), restOf(selling, sold))
  const pays = priceAt(buying, bought)
  const asks = priceAt(selling, sold)
  if (pays === undefined || asks === undefined) return both
  const gap = pays.sub(asks)
  if (gap.s < 0n && gap.n > 0n) return undefined
  const closing = selling.slope.sub(buying.slope)
  return closing.n === 0n ? both : least(both, gap.div(closing))
}

/** How many units a schedule has at prices strictly better than `price`, and how many at least as good. */
export const countAt = (
  schedule: Schedule,
  price: Rational,
  sense: 1 | -1
): { readonly better: Rational; readonly accepting: Rational } => {
  let better = zero
  let accepting = zero
  for (const piece of schedule) {
    const distance = piece.price === undefined ? 1 : -sense * piece.price.compare(price)
    if (piece.slope.n === 0n || piece.price === undefined) {
      // A flat piece has a width, since only rising supply goes on without end.
      const width = piece.width ?? zero
      if (distance > 0) better = better.add(width)
      if (distance >= 0) accepting = accepting.add(width)
    } else if (distance >= 0) {
      const reached = least(price.sub(piece.price).div(piece.slope), piece.width) ?? zero
      better = better.add(reached)
      accepting = accepting.add(reached)
    }
  }
  return { better, accepting }
}
