/** Streams of what names become: one name, or a namespace with a snapshot first. */
import { Effect, Option, Stream } from "effect"
import type { BackendError } from "../../BackendError.ts"
import type { Change, Registration } from "../ProcessRegistry.ts"
import type { Row } from "../RegistryStore.ts"
import type { Registrar } from "./registrar.ts"
import { type Difference, follow } from "./watch.ts"

const pageSize = 1000

export class Following {
  private readonly registrar: Registrar
  private readonly view: (row: Row) => Registration

  constructor(registrar: Registrar, view: (row: Row) => Registration) {
    this.registrar = registrar
    this.view = view
  }

  watch(namespace: string, key: string): Stream.Stream<Option.Option<Registration>, BackendError> {
    const read = () =>
      Effect.map(this.find(namespace, key), (row): ReadonlyMap<string, Row> =>
        row !== undefined && this.registrar.isLive(row) ? new Map([[key, row]]) : new Map()
      )
    const differences = follow(this.registrar, (space, changed) => space === namespace && changed === key, read)
    return Stream.map(differences, ([difference]) =>
      Option.map(Option.fromUndefinedOr(difference?.row), (row) => this.view(row))
    )
  }

  watchAll(namespace: string): Stream.Stream<Change, BackendError> {
    const differences = follow(
      this.registrar,
      (space) => space === namespace,
      (keys) => this.rows(namespace, keys)
    )
    const known = new Map<string, Row>()
    const changes = Stream.mapArray(differences, (batches) => batches)
    return Stream.flattenIterable(
      Stream.map(Stream.zipWithIndex(changes), ([batch, index]) =>
        index === 0 ? [this.snapshot(batch, known)] : batch.map((difference) => this.change(difference, known))
      )
    )
  }

  private find(namespace: string, key: string) {
    return this.registrar.settled(() => this.registrar.store.find(namespace, key))
  }

  private page(namespace: string, after: string | undefined) {
    return this.registrar.settled(() => this.registrar.store.page(namespace, after, pageSize))
  }

  private rows(namespace: string, keys: ReadonlySet<string> | undefined) {
    return Effect.gen({ self: this }, function* () {
      const rows = new Map<string, Row>()
      const note = (row: Row | undefined) => {
        if (row !== undefined && this.registrar.isLive(row)) rows.set(row.key, row)
      }
      if (keys !== undefined) {
        for (const key of keys) note(yield* this.find(namespace, key))
        return rows
      }
      let page: ReadonlyArray<Row> = yield* this.page(namespace, undefined)
      while (page.length > 0) {
        page.forEach(note)
        page = yield* this.page(namespace, page.at(-1)!.key)
      }
      return rows
    })
  }

  private snapshot(differences: ReadonlyArray<Difference>, known: Map<string, Row>): Change {
    const rows = differences.flatMap(({ row }) => (row === undefined ? [] : [row]))
    for (const row of rows) known.set(row.key, row)
    return { _tag: "Snapshot", registrations: rows.map((row) => this.view(row)) }
  }

  private change({ key, row }: Difference, known: Map<string, Row>): Change {
    const before = known.get(key)
    if (row === undefined) {
      known.delete(key)
      return { _tag: "Unregistered", key }
    }
    known.set(key, row)
    const same = before !== undefined && before.session === row.session && before.claim === row.claim
    return { _tag: same ? "Updated" : "Registered", registration: this.view(row) }
  }
}
