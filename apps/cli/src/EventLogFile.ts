/**
 * Opens the event log in a SQLite file that somebody else has made.
 *
 * **Guarantees** A file that is missing, is no database or holds no event log is refused and left as it is.
 *
 * @since 0.1.0
 */
import * as Options from "@apps/demo/Options"
import type { BackendError, EventStore } from "@foundation/core"
import { SqlEventStore } from "@foundation/sql"
import { Effect, type FileSystem, Layer } from "effect"

const fix = "Give the event log of a run: the file that was given with --store, out/demo.sqlite by default."

/** Fails unless the file is a database with an event log. */
export const check = Effect.fnUntraced(function* (file: string) {
  yield* Options.checkStore(file, true)
  const bad = (problem: string) => new Options.BadOption({ option: "--store", value: file, problem, fix })
  const content = yield* Options.contentOf("--store", file, fix)
  if (content !== "events") return yield* bad("this database holds no event log")
})

/** The event log in a file. */
export const layer = (
  file: string
): Layer.Layer<EventStore.EventStore, Options.BadOption | BackendError.BackendError, FileSystem.FileSystem> =>
  Layer.unwrap(Effect.as(check(file), SqlEventStore.layerSqlite({ filename: file })))
