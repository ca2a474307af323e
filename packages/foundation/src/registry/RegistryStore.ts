/**
 * What a registry backend implements: the few atomic steps by which names find their holders.
 *
 * A registry opens a *session*; what it claims belongs to that session. In a shared store the session is a lease: it is
 * renewed by one heartbeat for all its names, and when it has run out its names are free and it never lives again. In a
 * store that is not shared, sessions last until they are retired.
 *
 * **Guarantees** (what each backend owes, held by the contract suite in `@foundation/core/testing`) A step is atomic. Of
 * any number of claims of one name exactly one wins while the winner's session lives. A release or an update that names
 * a claim touches that claim only. Time is the store's own clock.
 *
 * **Does not guarantee** An order of rows, except that `page` keeps to one order of its own. In a store that is not shared,
 * `claim` and `find` may take their step when they are called, not when the effect runs: call them where they run, once
 * for each run.
 *
 * @since 0.1.0
 */
import { Context, Layer } from "effect"
import type { Effect } from "effect"
import type { BackendError } from "../BackendError.ts"
import { makeMemoryStore } from "./internal/memoryStore.ts"

/** A value that can be looked for by equality. */
export type Scalar = string | number | boolean | null

/** JSON data. */
export type Json = Scalar | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** What is told of a registered process beside its name. */
export interface Metadata {
  readonly [key: string]: Json
}

/** One indexed value of an entry: of the field itself, or of one member of the array that the field holds. */
export interface Term {
  readonly field: string
  readonly member: boolean
  readonly value: Scalar
}

/** Names one claim, so that a late step never touches the next holder of the same name. */
export interface ClaimId {
  readonly namespace: string
  readonly key: string
  readonly session: string
  /** Unique within the session. */
  readonly claim: number
}

/** A name and its holder. */
export interface Row extends ClaimId {
  /** The node of the holder, for people. */
  readonly node: string
  /** The label of the process. */
  readonly label: string
  readonly metadata: Metadata
  /** Counts up from 1 with every change of the metadata. */
  readonly revision: number
  /** What queries find the entry by. A store that is shared may leave it out of the rows that it hands out. */
  readonly terms: ReadonlyArray<Term>
  /** Whatever the claiming registry attached. A store that is shared does not keep it. */
  readonly handle: unknown
}

/** Part of a query; all parts must hold. */
export type Condition =
  | { readonly field: string; readonly operator: "="; readonly value: Scalar }
  | { readonly field: string; readonly operator: "in"; readonly value: ReadonlyArray<Scalar> }
  | { readonly field: string; readonly operator: "has"; readonly value: Scalar }
  | { readonly field: string; readonly operator: "<" | "<=" | ">" | ">="; readonly value: number }

/** What became of a change of metadata. */
export type Updated =
  | { readonly _tag: "Updated"; readonly row: Row }
  | { readonly _tag: "Missing" }
  | { readonly _tag: "Conflict"; readonly row: Row }

/** What became of claims: `Lapsed` when the session is over, else for each row `undefined` (won) or the holder's row. */
export type Claimed =
  | { readonly _tag: "Claimed"; readonly holders: ReadonlyArray<Row | undefined> }
  | { readonly _tag: "Lapsed" }

/** Told of a name that may have changed. */
export type ChangeListener = (namespace: string, key: string) => void

/** Where registered names are kept. */
export class RegistryStore extends Context.Service<
  RegistryStore,
  {
    /**
     * Whether several registries, maybe of several programs, meet here: then sessions are leases, handles are not kept,
     * and steps may suspend.
     */
    readonly shared: boolean
    /** How often a watcher of a shared store looks for changes that others made. */
    readonly pollMillis: number | undefined
    /** Begins a session. */
    readonly open: (session: string, leaseMillis: number) => Effect.Effect<void, BackendError>
    /** Prolongs a session by its lease from now; `false` when it is over. */
    readonly renew: (session: string, leaseMillis: number) => Effect.Effect<boolean, BackendError>
    /** Ends a session and removes what it holds. */
    readonly retire: (session: string) => Effect.Effect<void, BackendError>
    /** Takes names for one session: each that nobody holds is won, at revision 1. */
    readonly claim: (rows: ReadonlyArray<Row>) => Effect.Effect<Claimed, BackendError>
    /** Frees names; claims that hold no longer are passed over. */
    readonly release: (claims: ReadonlyArray<ClaimId>) => Effect.Effect<void, BackendError>
    /**
     * Replaces the metadata of a held name as a whole, at the next revision. With `claim` it touches that claim only,
     * with `revision` only that revision.
     */
    readonly update: (
      namespace: string,
      key: string,
      change: {
        readonly metadata: Metadata
        readonly terms: ReadonlyArray<Term>
        readonly revision?: number | undefined
        readonly claim?: ClaimId | undefined
      }
    ) => Effect.Effect<Updated, BackendError>
    /** Who holds a name. */
    readonly find: (namespace: string, key: string) => Effect.Effect<Row | undefined, BackendError>
    /** Up to `limit` rows beyond the key `after`, in an order of keys of the store's own. */
    readonly page: (
      namespace: string,
      after: string | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Row>, BackendError>
    /** Up to `limit` rows whose terms meet all conditions; there is at least one. */
    readonly query: (
      namespace: string,
      conditions: ReadonlyArray<Condition>,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Row>, BackendError>
    /** How many names are held in each namespace that has any. */
    readonly counts: Effect.Effect<ReadonlyMap<string, number>, BackendError>
    /** How many rows of sessions that ran out are still stored; with `remove`, they are gone afterwards. */
    readonly lapsed: (remove: boolean) => Effect.Effect<number, BackendError>
    /** Tells of changes made through this store, until the returned function is called. */
    readonly listen: (listener: ChangeListener) => () => void
  }
>()("@foundation/core/ProcessRegistry/RegistryStore") {}

/** `RegistryStore` in this process's memory, for one registry or several of one program. Nothing expires. */
export const layerMemory: Layer.Layer<RegistryStore> = Layer.sync(RegistryStore, () =>
  makeMemoryStore({ shared: false })
)

/**
 * A memory store that behaves as a shared one: leases on the `Clock`, no handles. For simulated nodes that meet in one
 * store under virtual time.
 */
export const layerMemoryShared: Layer.Layer<RegistryStore> = Layer.sync(RegistryStore, () =>
  makeMemoryStore({ shared: true })
)
