/**
 * A list that only grows: the log of a protocol.
 *
 * **Guarantees** Values are persistent: adding gives a new list and the old one reads as before. Adding to the newest
 * version takes constant time, because versions share one array of which each sees a prefix.
 *
 * **Does not guarantee** Cheap forks: adding to an older version copies it once.
 */

/** A version of the list. */
export interface GrowingList<A> {
  readonly size: number
  readonly items: Array<A>
}

/** The empty list, with an array of its own. */
export const empty = <A>(): GrowingList<A> => ({ size: 0, items: [] })

/** This version with `item` at its end. */
export const add = <A>({ items, size }: GrowingList<A>, item: A): GrowingList<A> => {
  const own = items.length === size ? items : items.slice(0, size)
  own.push(item)
  return { size: size + 1, items: own }
}

/** The items in order of insertion. */
export const values = <A>({ items, size }: GrowingList<A>): ReadonlyArray<A> => items.slice(0, size)
