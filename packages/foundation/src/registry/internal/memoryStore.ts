/** The registry store in this process's memory. Every step is one synchronous block, hence atomic. */
import { Effect, Exit } from "effect"
import { monotonicMillis } from "../../process/internal/time.ts"
import type { ChangeListener, Claimed, ClaimId, Condition, RegistryStore, Row, Updated } from "../RegistryStore.ts"
import { copyRow } from "./entry.ts"
import { meets, TermIndex } from "./terms.ts"

interface Room {
  readonly rows: Map<string, Row>
  readonly index: TermIndex
  /** The keys in order, while they have not changed. */
  sorted: ReadonlyArray<string> | undefined
}

/** No row, as an effect: misses allocate nothing. */
const nobody = Exit.succeed<Row | undefined>(undefined)
const lapsed: Claimed = { _tag: "Lapsed" }
/** A single claim won, which is the common answer. */
const won = Exit.succeed<Claimed>({ _tag: "Claimed", holders: [undefined] })

export const makeMemoryStore = (options: { readonly shared: boolean }): RegistryStore["Service"] => {
  const { shared } = options
  const rooms = new Map<string, Room>()
  /** Until when each session lives; `Infinity` in a store that is not shared. */
  const sessions = new Map<string, number>()
  const listeners = new Set<ChangeListener>()

  const lives = (row: Row, now: number): boolean => !shared || (sessions.get(row.session) ?? 0) > now

  const tell = (namespace: string, key: string): void => {
    for (const listener of listeners) listener(namespace, key)
  }

  const roomOf = (namespace: string): Room => {
    let room = rooms.get(namespace)
    if (room === undefined)
      rooms.set(namespace, (room = { rows: new Map(), index: new TermIndex(), sorted: undefined }))
    return room
  }

  const put = (room: Room, row: Row): void => {
    room.rows.set(row.key, row)
    if (row.terms.length > 0) room.index.add(row.key, row.terms)
    room.sorted = undefined
    if (listeners.size > 0) tell(row.namespace, row.key)
  }

  const remove = (room: Room, row: Row): void => {
    room.rows.delete(row.key)
    if (row.terms.length > 0) room.index.remove(row.key, row.terms)
    room.sorted = undefined
    if (room.rows.size === 0) rooms.delete(row.namespace)
    if (listeners.size > 0) tell(row.namespace, row.key)
  }

  const removeIf = (dead: (row: Row) => boolean): number => {
    let count = 0
    for (const room of rooms.values()) {
      for (const row of room.rows.values()) {
        if (!dead(row)) continue
        remove(room, row)
        count++
      }
    }
    return count
  }

  const claimOne = (row: Row, now: number): Row | undefined => {
    const room = roomOf(row.namespace)
    const holder = room.rows.get(row.key)
    if (holder !== undefined) {
      if (lives(holder, now)) return holder
      remove(room, holder)
    }
    put(roomOf(row.namespace), shared ? { ...copyRow(row, {}), handle: undefined } : row)
    return undefined
  }

  const claim = (rows: ReadonlyArray<Row>, now: number): Exit.Exit<Claimed> => {
    const first = rows[0]
    if (first === undefined) return Exit.succeed({ _tag: "Claimed", holders: [] })
    if (!((sessions.get(first.session) ?? 0) > now)) return Exit.succeed(lapsed)
    if (rows.length > 1) return Exit.succeed({ _tag: "Claimed", holders: rows.map((row) => claimOne(row, now)) })
    const holder = claimOne(first, now)
    return holder === undefined ? won : Exit.succeed({ _tag: "Claimed", holders: [holder] })
  }

  const release = (claims: ReadonlyArray<ClaimId>): void => {
    for (const claim of claims) {
      const room = rooms.get(claim.namespace)
      const row = room?.rows.get(claim.key)
      if (row !== undefined && row.claim === claim.claim && row.session === claim.session) remove(room!, row)
    }
  }

  const update = (
    namespace: string,
    key: string,
    change: Parameters<RegistryStore["Service"]["update"]>[2],
    now: number
  ): Updated => {
    const room = rooms.get(namespace)
    const row = room?.rows.get(key)
    if (room === undefined || row === undefined || !lives(row, now)) return { _tag: "Missing" }
    const { claim, metadata, revision, terms } = change
    if (claim !== undefined && (row.claim !== claim.claim || row.session !== claim.session)) return { _tag: "Missing" }
    if (revision !== undefined && row.revision !== revision) return { _tag: "Conflict", row }
    const next = copyRow(row, { metadata, terms, revision: row.revision + 1 })
    if (row.terms.length > 0) room.index.remove(key, row.terms)
    put(room, next)
    return { _tag: "Updated", row: next }
  }

  const page = (namespace: string, after: string | undefined, limit: number, now: number): ReadonlyArray<Row> => {
    const room = rooms.get(namespace)
    if (room === undefined) return []
    const keys = (room.sorted ??= [...room.rows.keys()].sort())
    const found: Array<Row> = []
    for (let at = after === undefined ? 0 : firstBeyond(keys, after); at < keys.length && found.length < limit; at++) {
      const row = room.rows.get(keys[at]!)!
      if (lives(row, now)) found.push(row)
    }
    return found
  }

  const query = (
    namespace: string,
    conditions: ReadonlyArray<Condition>,
    limit: number,
    now: number
  ): ReadonlyArray<Row> => {
    const room = rooms.get(namespace)
    if (room === undefined) return []
    const found: Array<Row> = []
    for (const key of room.index.candidates(conditions)) {
      const row = room.rows.get(key)!
      if (!lives(row, now) || !meets(row.terms, conditions)) continue
      found.push(row)
      if (found.length === limit) break
    }
    return found
  }

  const counts = (now: number): ReadonlyMap<string, number> => {
    const found = new Map<string, number>()
    for (const [namespace, { rows }] of rooms) {
      let count = rows.size
      if (shared) for (const row of rows.values()) if (!lives(row, now)) count--
      if (count > 0) found.set(namespace, count)
    }
    return found
  }

  /** The time, which only a shared store needs. */
  const timed: <A>(step: (now: number) => A) => Effect.Effect<A> = shared
    ? (step) => Effect.clockWith((clock) => Effect.sync(() => step(monotonicMillis(clock))))
    : (step) => Effect.sync(() => step(0))

  return {
    shared,
    pollMillis: shared ? 1000 : undefined,
    open: (session, leaseMillis) =>
      timed((now) => {
        sessions.set(session, shared ? now + leaseMillis : Infinity)
      }),
    renew: (session, leaseMillis) =>
      timed((now) => {
        if (!((sessions.get(session) ?? 0) > now)) return false
        if (shared) sessions.set(session, now + leaseMillis)
        return true
      }),
    retire: (session) =>
      Effect.sync(() => {
        sessions.delete(session)
        removeIf((row) => row.session === session)
      }),
    claim: (rows) => (shared ? Effect.clockWith((clock) => claim(rows, monotonicMillis(clock))) : claim(rows, 0)),
    release: (claims) => Effect.sync(() => release(claims)),
    update: (namespace, key, change) => timed((now) => update(namespace, key, change, now)),
    find: (namespace, key) => {
      if (shared) {
        return timed((now) => {
          const row = rooms.get(namespace)?.rows.get(key)
          return row !== undefined && lives(row, now) ? row : undefined
        })
      }
      const row = rooms.get(namespace)?.rows.get(key)
      return row === undefined ? nobody : Exit.succeed(row)
    },
    page: (namespace, after, limit) => timed((now) => page(namespace, after, limit, now)),
    query: (namespace, conditions, limit) => timed((now) => query(namespace, conditions, limit, now)),
    counts: timed(counts),
    lapsed: (clear) =>
      timed((now) => {
        const dead = (row: Row) => !lives(row, now)
        if (clear) {
          for (const [session, until] of sessions) if (until <= now) sessions.delete(session)
          return removeIf(dead)
        }
        let count = 0
        for (const { rows } of rooms.values()) for (const row of rows.values()) if (dead(row)) count++
        return count
      }),
    listen: (listener) => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    }
  }
}

/** The place of the first key beyond `after` among keys in order. */
const firstBeyond = (keys: ReadonlyArray<string>, after: string): number => {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (keys[middle]! > after) high = middle
    else low = middle + 1
  }
  return low
}
