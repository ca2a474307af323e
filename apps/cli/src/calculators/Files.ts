/**
 * The files of a calculation: the document that comes in, receipts and drawings that go out.
 *
 * **Guarantees** A file is written whole or not at all: it gets its name when all of it is there. What is left of an
 * interrupted writing is removed. Reading stops at `bytesMax`.
 *
 * @since 0.1.0
 */
import { BadOption, reasonOf } from "@apps/demo/Options"
import { clean } from "@apps/demo/Text"
import { Effect, FileSystem, Option, Path, Runtime, Schema } from "effect"
import { createReadStream } from "node:fs"
import type { Readable } from "node:stream"

/** The largest document: 64 MiB. */
export const bytesMax = 64 * 1024 * 1024

/** A document that cannot be answered. Its names do not steer the terminal. The program ends with 2. */
export class BadDocument extends Schema.TaggedError<BadDocument>("@apps/cli/Files/BadDocument")("BadDocument", {
  /** The file, or "standard input". */
  file: Schema.String,
  problem: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = 2
  override get message() {
    return clean(`${this.file}: ${this.problem}`)
  }
}

/** How a file is called in messages. */
export const nameOf = (file: string): string => (file === "-" ? "standard input" : file)

/** Reads a file, or standard input for `-`. */
export const read = Effect.fnUntraced(function* (file: string) {
  const bad = (problem: string) => new BadDocument({ file: nameOf(file), problem })
  if (file === "-") return yield* readAll(process.stdin, bad)
  const fs = yield* FileSystem.FileSystem
  if (file.trim() === "" || file.includes("\u0000"))
    return yield* bad("this is no path; name a file, or - for standard input")
  const info = yield* Effect.mapError(fs.stat(file), (error) =>
    bad(`${reasonOf(error)}; name a file, or - for standard input`)
  )
  if (info.type === "Directory") return yield* bad("this is a directory; name a file, or - for standard input")
  return yield* readAll(createReadStream(file), bad)
})

const readAll = (stream: Readable, bad: (problem: string) => BadDocument): Effect.Effect<Uint8Array, BadDocument> =>
  Effect.callback((resume) => {
    const chunks: Array<Buffer> = []
    let size = 0
    stream.on("data", (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size > bytesMax) {
        resume(Effect.fail(bad(`this is larger than ${bytesMax / 1024 / 1024} MiB; give less at once`)))
        stream.destroy()
      }
    })
    stream.on("error", (error) => resume(Effect.fail(bad(error.message))))
    stream.on("end", () => resume(Effect.succeed(Buffer.concat(chunks))))
    return Effect.sync(() => {
      stream.destroy()
    })
  })

/** A file to be written: the option that names it, and its path. */
export interface Target {
  readonly option: string
  readonly file: string
}

/** Refuses a place where no file can be written, or that something else of this call needs, before anything is calculated. */
export const checkTargets = Effect.fnUntraced(function* (input: string, targets: ReadonlyArray<Target>) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const taken = new Set(input === "-" ? [] : [path.resolve(input)])
  for (const { file, option } of targets) {
    const bad = (problem: string) =>
      new BadOption({ option, value: file, problem, fix: "Give the path of a file that may be written." })
    if (file === "-") return yield* bad("standard output is for the answer")
    if (file.trim() === "" || file.includes("\u0000")) return yield* bad("this is no path")
    if (taken.has(path.resolve(file))) return yield* bad("another file of this command is called so")
    taken.add(path.resolve(file))
    const there = yield* Effect.option(fs.stat(file))
    if (Option.isSome(there) && there.value.type !== "File") return yield* bad("this is not a file")
    yield* Effect.mapError(fs.access(path.dirname(path.resolve(file)), { writable: true }), (error) =>
      bad(`its directory cannot be used: ${reasonOf(error)}`)
    )
  }
})

/** Writes a text to a target. */
export const write = Effect.fnUntraced(function* ({ file, option }: Target, text: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const failed = (error: Parameters<typeof reasonOf>[0]) =>
    new BadOption({
      option,
      value: file,
      problem: `it cannot be written: ${reasonOf(error)}`,
      fix: "Give another path."
    })
  const part = path.join(path.dirname(path.resolve(file)), `.${path.basename(file)}.${process.pid}.part`)
  yield* fs.writeFileString(part, text).pipe(
    Effect.andThen(fs.rename(part, file)),
    Effect.onError(() => Effect.ignore(fs.remove(part, { force: true }))),
    Effect.mapError(failed)
  )
})
