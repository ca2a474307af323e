/**
 * Following the state of names: a watcher remembers which names may have changed, reads them when it is asked, and tells
 * what is different. It holds at most one note per name, however slow its reader is.
 */
import { Effect, Latch, Stream } from "effect"
import type { BackendError } from "../../BackendError.ts"
import type { RegistryStore, Row } from "../RegistryStore.ts"
import type { Registrar } from "./registrar.ts"

/** What is new of one name: its row, or that nobody holds it. */
export interface Difference {
  readonly key: string
  readonly row: Row | undefined
}

/** Reads what a watcher follows: the rows of these names, or of all that it follows. */
export type Read = (keys: ReadonlySet<string> | undefined) => Effect.Effect<ReadonlyMap<string, Row>, BackendError>

const same = (one: Row | undefined, other: Row | undefined): boolean =>
  one === other ||
  (one !== undefined &&
    other !== undefined &&
    one.session === other.session &&
    one.claim === other.claim &&
    one.revision === other.revision)

class Watcher {
  private readonly store: RegistryStore["Service"]
  private readonly read: Read
  private readonly latch = Latch.makeUnsafe(false)
  private readonly dirty = new Set<string>()
  private known: Map<string, Row> | undefined = undefined

  constructor(store: RegistryStore["Service"], read: Read) {
    this.store = store
    this.read = read
  }

  note(key: string): void {
    this.dirty.add(key)
    this.latch.openUnsafe()
  }

  /** Waits for a change; in a shared store also looks by itself from time to time. Gives the names, if they are known. */
  private readonly changed: Effect.Effect<ReadonlySet<string> | undefined> = Effect.suspend(() => {
    const awaited = this.latch.await
    const told = Effect.as(
      this.store.pollMillis === undefined
        ? awaited
        : Effect.timeoutOrElse(awaited, { duration: this.store.pollMillis, orElse: () => Effect.void }),
      undefined
    )
    return Effect.map(told, () => {
      this.latch.closeUnsafe()
      const keys = new Set(this.dirty)
      this.dirty.clear()
      return keys.size === 0 ? undefined : keys
    })
  })

  /** The present state first, later what is different; empty when nothing is. */
  readonly next: Effect.Effect<ReadonlyArray<Difference>, BackendError> = Effect.suspend(() =>
    this.known === undefined
      ? Effect.map(this.read(undefined), (rows) => this.compare(rows, undefined))
      : Effect.flatMap(this.changed, (keys) => Effect.map(this.read(keys), (rows) => this.compare(rows, keys)))
  )

  private compare(rows: ReadonlyMap<string, Row>, keys: ReadonlySet<string> | undefined): ReadonlyArray<Difference> {
    const known = (this.known ??= new Map())
    const differences: Array<Difference> = []
    for (const key of keys ?? new Set([...known.keys(), ...rows.keys()])) {
      const row = rows.get(key)
      if (same(known.get(key), row)) continue
      if (row === undefined) known.delete(key)
      else known.set(key, row)
      differences.push({ key, row })
    }
    return differences
  }
}

/** The present state as the first element, maybe empty; then each time what is different. */
export const follow = (
  registrar: Registrar,
  concerns: (namespace: string, key: string) => boolean,
  read: Read
): Stream.Stream<ReadonlyArray<Difference>, BackendError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const watcher = new Watcher(registrar.store, read)
      yield* Effect.acquireRelease(
        Effect.sync(() =>
          registrar.listen((namespace, key) => {
            if (concerns(namespace, key)) watcher.note(key)
          })
        ),
        (silence) => Effect.sync(silence)
      )
      const first = yield* watcher.next
      const later = Stream.filter(Stream.fromEffectRepeat(watcher.next), (differences) => differences.length > 0)
      return Stream.concat(Stream.succeed(first), later)
    })
  )
