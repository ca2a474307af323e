/**
 * Vector clocks: who has seen how many events of whom.
 *
 * A clock maps a node to the number of its events that lie in the past of the holder. Comparing two clocks tells whether
 * one state includes the other or whether both grew apart without knowing of each other.
 *
 * **Guarantees** `merge` is associative, commutative and idempotent, so replicas that have seen the same updates hold
 * the same clock whatever the order, delay or repetition of delivery. If every event increments its node's entry, every
 * message carries the sender's clock and every receipt merges it, then `compare(a, b)` is `"before"` exactly when `a`
 * could have influenced `b`. Every function is total and leaves its arguments alone; a node that is missing counts as
 * zero, and a zero is never stored, so equal clocks have equal entries.
 *
 * **Does not guarantee** Anything about two nodes that use one name: they count each other's events as their own. A
 * pruned clock has forgotten: compare only clocks that were pruned by the same membership, and never let a removed node
 * come back under its old name.
 *
 * Fidge, "Timestamps in Message-Passing Systems That Preserve the Partial Ordering" (1988); Mattern, "Virtual Time and
 * Global States of Distributed Systems" (1989).
 *
 * @since 0.1.0
 */
import { Schema, SchemaTransformation } from "effect"

/** Largest number of nodes that the codec accepts: 10,000. */
export const nodesMax = 10_000

/**
 * Largest counter that the codec accepts: 2^48. Counters decoded from outside stay so far below the largest safe integer
 * that no node lives to overflow one.
 */
export const counterMax = 2 ** 48

const Node = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(255))
const counter = (minimum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum: counterMax }))

/** The schema of a clock as it is in memory, before any encoding. */
export const VectorClockFromSelf = Schema.ReadonlyMap(Node, counter(1)).pipe(Schema.brand("VectorClock"))

/** An immutable clock. Only this module makes one, which keeps zeros out. */
export type VectorClock = typeof VectorClockFromSelf.Type

/**
 * Encodes a clock as pairs sorted by node, `[["n1", 2], ["n2", 3]]`, so that equal clocks have equal JSON.
 *
 * Decoding drops zeros and refuses a node named twice, a counter that is negative, not an integer or above
 * {@link counterMax}, a name that is empty or longer than 255 characters, and more than {@link nodesMax} nodes.
 */
export const VectorClock = Schema.Array(Schema.Tuple([Node, counter(0)]))
  .check(
    Schema.isMaxLength(nodesMax),
    Schema.makeFilter((entries) => new Set(entries.map(([node]) => node)).size === entries.length, {
      expected: "each node at most once"
    })
  )
  .pipe(
    Schema.decodeTo(
      VectorClockFromSelf,
      SchemaTransformation.transform({
        decode: (entries): ReadonlyMap<string, number> => new Map(entries.filter(([, count]) => count > 0)),
        encode: (clock): ReadonlyArray<readonly [string, number]> =>
          [...clock].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      })
    )
  )

/** How one clock stands to another: `a` lies in the past of `b`, the reverse, neither, or they are the same. */
export type Ordering = "before" | "after" | "concurrent" | "equal"

const brand = (entries: ReadonlyMap<string, number>): VectorClock => entries as VectorClock

/** The clock of one who has seen nothing. */
export const empty: VectorClock = brand(new Map())

/**
 * Makes a clock from known-good entries: the last of a repeated node counts, zeros are left out.
 *
 * Throws a `RangeError` for a negative or fractional counter; use the codec for what comes from outside.
 */
export const makeUnsafe = (entries: Iterable<readonly [node: string, count: number]>): VectorClock => {
  const clock = new Map<string, number>()
  for (const [node, count] of entries) {
    if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`"${node}" cannot have seen ${count} events`)
    if (count === 0) clock.delete(node)
    else clock.set(node, count)
  }
  return brand(clock)
}

/** Reads how many events of `node` the clock has seen: zero if it has never heard of it. */
export const get = (clock: VectorClock, node: string): number => clock.get(node) ?? 0

/** Counts one more event of `node`. The result lies after the argument. */
export const increment = (clock: VectorClock, node: string): VectorClock =>
  brand(new Map(clock).set(node, get(clock, node) + 1))

/** Joins two pasts: the smallest clock that is not before either of the two. */
export const merge = (a: VectorClock, b: VectorClock): VectorClock => {
  if (b.size === 0 || a === b) return a
  if (a.size === 0) return b
  const joined = new Map(a)
  for (const [node, count] of b) {
    if (count > get(a, node)) joined.set(node, count)
  }
  return brand(joined)
}

/**
 * Compares two clocks.
 *
 * **Example**
 *
 * ```ts
 * import { VectorClock } from "@foundation/core"
 *
 * const a = VectorClock.increment(VectorClock.empty, "a")
 * const b = VectorClock.increment(VectorClock.empty, "b")
 * VectorClock.compare(a, b) // => "concurrent"
 * VectorClock.compare(a, VectorClock.merge(a, b)) // => "before"
 * ```
 */
export const compare = (a: VectorClock, b: VectorClock): Ordering => {
  const aHasMore = exceeds(a, b)
  const bHasMore = exceeds(b, a)
  if (aHasMore) return bHasMore ? "concurrent" : "after"
  return bHasMore ? "before" : "equal"
}

/** Tells whether everything that `past` has seen `clock` has seen too: `past` is before `clock` or equal to it. */
export const includes = (clock: VectorClock, past: VectorClock): boolean => !exceeds(past, clock)

/**
 * Forgets the nodes that are not members, so that a clock does not grow with every node that ever was.
 *
 * **Details** Order is kept as far as it can be: if `a` included `b` before, it does so afterwards.
 */
export const prune = (clock: VectorClock, members: Iterable<string>): VectorClock => {
  const kept = new Map<string, number>()
  for (const node of new Set(members)) {
    const count = clock.get(node)
    if (count !== undefined) kept.set(node, count)
  }
  return kept.size === clock.size ? clock : brand(kept)
}

/** Whether `a` has seen some node further than `b`. */
const exceeds = (a: VectorClock, b: VectorClock): boolean => {
  for (const [node, count] of a) {
    if (count > get(b, node)) return true
  }
  return false
}
