/**
 * Studies in a SQLite file.
 *
 * **Guarantees** A file that is no database, or a database of something else, is refused and left as it is. One that has to be there is not
 * made.
 *
 * @since 0.1.0
 */
import * as Options from "@apps/demo/Options"
import { SqlEventStore } from "@foundation/sql"
import { Studies } from "@mabeam/optimize"
import { Effect, FileSystem, Layer, Option, Path } from "effect"

const option = "--storage"

/** Fails unless studies can be read from the file, or made in it. */
export const check = Effect.fnUntraced(function* (file: string, mustExist: boolean) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const fix = mustExist
    ? "Give the file that was given to optimize run with --storage."
    : "Give the path of a new file, or of one with studies."
  const bad = (problem: string) => new Options.BadOption({ option, value: file, problem, fix })
  yield* Options.checkStore(file, false, option)
  const info = yield* Effect.option(fs.stat(file))
  if (Option.isNone(info)) {
    if (mustExist) return yield* bad("no such file")
    const directory = path.dirname(path.resolve(file))
    return yield* Effect.mapError(fs.access(directory, { writable: true }), (error) =>
      bad(`its directory cannot be used: ${Options.reasonOf(error)}`)
    )
  }
  if (!mustExist) {
    yield* Effect.mapError(fs.access(file, { writable: true }), (error) =>
      bad(`it cannot be written: ${Options.reasonOf(error)}`)
    )
  }
  const content = yield* Options.contentOf(option, file, fix)
  if (content === "other" || (mustExist && content === "nothing")) return yield* bad("this database holds no studies")
})

/** The studies in a file. */
export const layer = (file: string, mustExist: boolean) =>
  Layer.unwrap(
    Effect.as(check(file, mustExist), Layer.provide(Studies.layer, SqlEventStore.layerSqlite({ filename: file })))
  )
