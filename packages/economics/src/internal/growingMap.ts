/**
 * A map that only grows and keeps the order of insertion: the state of a protocol that remembers who has said what.
 *
 * **Guarantees** Values are persistent: adding gives a new map and the old one reads as before. Adding to the newest
 * version takes constant time, because versions share one store of which each sees a prefix.
 *
 * **Does not guarantee** Cheap forks: adding to an older version copies it once.
 */

/** A version of the map. */
export interface GrowingMap<K, V> {
  readonly size: number
  readonly store: Store<K, V>
}

interface Store<K, V> {
  readonly keys: Array<K>
  readonly values: Array<V>
  readonly positions: Map<K, number>
}

/** The empty map, with a store of its own. */
export const empty = <K, V>(): GrowingMap<K, V> => ({
  size: 0,
  store: { keys: [], values: [], positions: new Map() }
})

/** Whether `key` is present in this version. */
export const has = <K, V>({ size, store }: GrowingMap<K, V>, key: K): boolean => {
  const position = store.positions.get(key)
  return position !== undefined && position < size
}

/** The value of `key` in this version. */
export const get = <K, V>({ size, store }: GrowingMap<K, V>, key: K): V | undefined => {
  const position = store.positions.get(key)
  return position !== undefined && position < size ? store.values[position] : undefined
}

/** This version with `key` added. The key must be absent: the caller asks `has` first. */
export const add = <K, V>(map: GrowingMap<K, V>, key: K, value: V): GrowingMap<K, V> => {
  const store = map.store.keys.length === map.size ? map.store : fork(map)
  store.keys.push(key)
  store.values.push(value)
  store.positions.set(key, map.size)
  return { size: map.size + 1, store }
}

/** The values in order of insertion. */
export const values = <K, V>({ size, store }: GrowingMap<K, V>): ReadonlyArray<V> => store.values.slice(0, size)

/** The keys with their values in order of insertion. */
export const entries = <K, V>({ size, store }: GrowingMap<K, V>): ReadonlyArray<readonly [key: K, value: V]> => {
  const all: Array<readonly [K, V]> = []
  for (const [key, position] of store.positions) {
    const value = store.values[position]
    // Both arrays are as long as the map; only `V` itself may hold `undefined`.
    if (position < size) all.push([key, value as V])
  }
  return all
}

const fork = <K, V>({ size, store }: GrowingMap<K, V>): Store<K, V> => {
  const keys = store.keys.slice(0, size)
  return { keys, values: store.values.slice(0, size), positions: new Map(keys.map((key, index) => [key, index])) }
}
