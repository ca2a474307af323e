/**
 * Price levels in order, best first: a skip list (Pugh 1990) whose elements are queues of resting orders.
 *
 * **Guarantees** Reading the best level takes constant time; finding, adding and removing a level is logarithmic on average
 * in the number of levels. Within a level orders stand in the order in which they came, and leave in constant time. The
 * same calls always build the same list.
 */

/** An order that waits at its price. */
export interface Resting<A> {
  readonly id: string
  readonly side: "buy" | "sell"
  /** What is still wanted or offered. */
  left: A
  readonly level: Level<A>
  previous: Resting<A> | undefined
  next: Resting<A> | undefined
}

/** A price and who waits there. */
export interface Level<A> {
  readonly price: A
  first: Resting<A> | undefined
  last: Resting<A> | undefined
  readonly after: Array<Level<A> | undefined>
}

const tallest = 16

export class Ladder<A> {
  private readonly heads: Array<Level<A> | undefined> = Array.from({ length: tallest }, () => undefined)
  private chance = 0x9e3779b9
  private height = 1
  private readonly sense: (a: A, b: A) => number

  /** `sense` is negative if its first price is the better one. */
  constructor(sense: (a: A, b: A) => number) {
    this.sense = sense
  }

  get best(): Level<A> | undefined {
    return this.heads[0]
  }

  /** The level of this price, added if it was not there. */
  at(price: A): Level<A> {
    const found = this.before(price)
    const next = found[0]?.[0]
    if (next !== undefined && this.sense(next.price, price) === 0) return next
    const level: Level<A> = { price, first: undefined, last: undefined, after: [] }
    const height = this.toss()
    for (let i = 0; i < height; i++) {
      const links = found[i] ?? this.heads
      level.after[i] = links[i]
      links[i] = level
    }
    this.height = Math.max(this.height, height)
    return level
  }

  /** Takes out a level that is there. */
  remove(level: Level<A>): void {
    const found = this.before(level.price)
    for (let i = 0; i < level.after.length; i++) {
      const links = found[i]
      if (links !== undefined) links[i] = level.after[i]
    }
  }

  /** For each height the links of the last level that is better than `price`. */
  private before(price: A): Array<Array<Level<A> | undefined>> {
    const found: Array<Array<Level<A> | undefined>> = []
    let links = this.heads
    for (let i = this.height - 1; i >= 0; i--) {
      for (let next = links[i]; next !== undefined && this.sense(next.price, price) < 0; next = links[i]) {
        links = next.after
      }
      found[i] = links
    }
    return found
  }

  /** A height: each is four times rarer than the one below it (xorshift). */
  private toss(): number {
    let x = this.chance
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.chance = x
    let height = 1
    for (let bits = x >>> 0; (bits & 3) === 0 && height < tallest; bits >>>= 2) height++
    return height
  }
}

/** Puts an order at the end of its level's queue. */
export const enqueue = <A>(order: Resting<A>): void => {
  const { level } = order
  order.previous = level.last
  if (level.last === undefined) level.first = order
  else level.last.next = order
  level.last = order
}

/** Takes an order out of its level's queue. */
export const dequeue = <A>(order: Resting<A>): void => {
  const { level, next, previous } = order
  if (previous === undefined) level.first = next
  else previous.next = next
  if (next === undefined) level.last = previous
  else next.previous = previous
}
