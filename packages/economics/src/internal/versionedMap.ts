/**
 * A persistent map that is as fast as a mutable one along one line of versions (Baker, "Shallow Binding Makes Functional
 * Arrays Fast", 1991): the version used last holds the real map, every other one what differs from its neighbour towards it.
 *
 * **Guarantees** Values are persistent: a change gives a new version and the old one reads as before. Reading and changing
 * the version used last takes constant time, amortized; another one first takes as many steps as there are changes between
 * the two. After as many changes as there are entries, the next one starts a new line with a copy: so a version that is
 * kept holds the changes of its own line only, never all that came after it. Versions with the same entries are `Equal`.
 *
 * **Does not guarantee** Cheap turns between distant versions.
 */
import { Equal, Hash } from "effect"

const absent: unique symbol = Symbol("absent")

/** The changes after which a line ends, whatever the size. */
const changesMin = 1024

/** Where the version is: the real map of its line, or a change to the version `next`. */
type Place<K, V> =
  | { readonly map: Map<K, V>; readonly changes: number }
  | { readonly next: VersionedMap<K, V>; readonly key: K; readonly value: V | typeof absent }

/** A version of the map. */
export class VersionedMap<K, V> implements Equal.Equal {
  #place: Place<K, V>

  private constructor(map: Map<K, V>, changes: number) {
    this.#place = { map, changes }
  }

  static empty<K, V>(): VersionedMap<K, V> {
    return new VersionedMap(new Map<K, V>(), 0)
  }

  /** The real map, brought here. Never changed by the caller. */
  #here(): { readonly map: Map<K, V>; readonly changes: number } {
    if ("map" in this.#place) return this.#place
    const path: Array<VersionedMap<K, V>> = [this]
    let last = this.#place.next
    while (!("map" in last.#place)) {
      path.push(last)
      last = last.#place.next
    }
    const { changes, map } = last.#place
    for (let version = path.pop(); version !== undefined; version = path.pop()) {
      if ("map" in version.#place) break
      const { key, value } = version.#place
      // The map has the key, so what it gives is a value, be it undefined.
      last.#place = { next: version, key, value: map.has(key) ? (map.get(key) as V) : absent }
      if (value === absent) map.delete(key)
      else map.set(key, value)
      last = version
    }
    const here = { map, changes }
    this.#place = here
    return here
  }

  /** The map of a new line, if this one has come to its end. */
  #copied(): VersionedMap<K, V> | undefined {
    const { changes, map } = this.#here()
    return changes < changesMin || changes < map.size ? undefined : new VersionedMap(new Map(map), 0)
  }

  get size(): number {
    return this.#here().map.size
  }

  get(key: K): V | undefined {
    return this.#here().map.get(key)
  }

  has(key: K): boolean {
    return this.#here().map.has(key)
  }

  set(key: K, value: V): VersionedMap<K, V> {
    const copy = this.#copied()
    if (copy !== undefined) return copy.set(key, value)
    const { changes, map } = this.#here()
    const found = map.get(key)
    const before = found !== undefined || map.has(key) ? (found as V) : absent
    map.set(key, value)
    const next = new VersionedMap(map, changes + 1)
    this.#place = { next, key, value: before }
    return next
  }

  delete(key: K): VersionedMap<K, V> {
    if (!this.has(key)) return this
    const copy = this.#copied()
    if (copy !== undefined) return copy.delete(key)
    const { changes, map } = this.#here()
    const before = map.get(key) as V
    map.delete(key)
    const next = new VersionedMap(map, changes + 1)
    this.#place = { next, key, value: before }
    return next
  }

  /** The entries of this version, in no particular order. */
  entries(): ReadonlyArray<readonly [K, V]> {
    return [...this.#here().map]
  }

  [Equal.symbol](that: Equal.Equal): boolean {
    if (!(that instanceof VersionedMap) || that.size !== this.size) return false
    // Taken out first: two versions of one line share one map.
    const entries = this.entries()
    return entries.every(([key, value]) => that.has(key) && Equal.equals(that.get(key), value))
  }

  [Hash.symbol](): number {
    return Hash.number(this.size)
  }
}
