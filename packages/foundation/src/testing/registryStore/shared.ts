/** What the parts of the contract share. */
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { type Claimed, type ClaimId, type Row, type Term, RegistryStore } from "../../registry/RegistryStore.ts"

let used = 0
/** A text that no other test of this process uses; several processes may share a store. */
export const fresh = (text: string): string => `${text}-${process.pid}-${++used}`

export const forEver = 3_600_000

export const open = Effect.fnUntraced(function* (leaseMillis: number = forEver) {
  const store = yield* RegistryStore
  const session = fresh("session")
  yield* store.open(session, leaseMillis)
  return session
})

let claims = 0
export const rowOf = (session: string, namespace: string, key: string, more: Partial<Row> = {}): Row => ({
  namespace,
  key,
  session,
  claim: ++claims,
  node: "node",
  label: `process#${claims}`,
  metadata: {},
  revision: 1,
  terms: [],
  handle: undefined,
  ...more
})

export const claimAll = (rows: ReadonlyArray<Row>): Effect.Effect<Claimed, unknown, RegistryStore> =>
  Effect.flatMap(RegistryStore, (store) => store.claim(rows))

/** Claims one row, and gives the claims that hold the name when it was not won. */
export const claim = Effect.fnUntraced(function* (row: Row) {
  const claimed = yield* claimAll([row])
  return claimed._tag === "Lapsed" ? "lapsed" : claimed.holders[0] === undefined ? "won" : idOf(claimed.holders[0])
})

export const idOf = ({ claim, key, namespace, session }: ClaimId): ClaimId => ({ namespace, key, session, claim })

/** What the store says of a name, without what only some stores keep. */
export const found = (namespace: string, key: string) =>
  Effect.flatMap(RegistryStore, (store) =>
    Effect.map(
      Effect.suspend(() => store.find(namespace, key)),
      (row) => (row === undefined ? undefined : plain(row))
    )
  )

export const plain = ({ claim, key, label, metadata, namespace, node, revision, session }: Row) => ({
  namespace,
  key,
  session,
  claim,
  node,
  label,
  metadata,
  revision
})

export const keysOf = (rows: ReadonlyArray<Row>) => rows.map((row) => row.key).toSorted()

/** The shortest lease that the suite opens, in milliseconds. */
export const shortLease = 750

/** Lets a short lease run out: a test's clock is moved by hand, a database's moves by itself. */
export const afterLease = Effect.andThen(TestClock.adjust(shortLease), TestClock.withLive(Effect.sleep(shortLease)))

export const scalarTerm = (field: string, value: Term["value"]): Term => ({ field, member: false, value })
export const memberTerm = (field: string, value: Term["value"]): Term => ({ field, member: true, value })
