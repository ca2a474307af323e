/** Starts the writer as a real process and kills it without warning. */
import { spawn } from "node:child_process"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"

/** An append that the writer was told to be done. */
export interface Acknowledged {
  readonly stream: string
  readonly k: number
  readonly version: number
  readonly position: number
}

const writer = fileURLToPath(new URL("./writer.ts", import.meta.url))

const parse = (line: string): Acknowledged => {
  const [stream = "", k, version, position] = line.split(" ")
  return { stream, k: Number(k), version: Number(version), position: Number(position) }
}

/**
 * Runs a writer until it has acknowledged `killAfter` appends, then kills it at once (`SIGKILL`); without `killAfter` it
 * runs to its end. Gives what was acknowledged; a line cut short by the kill does not count.
 */
export const runWriter = (options: {
  readonly filename: string
  readonly name: string
  readonly from: number
  readonly count?: number | undefined
  readonly killAfter?: number | undefined
}): Effect.Effect<ReadonlyArray<Acknowledged>> =>
  Effect.callback((resume) => {
    const { filename, name, from, count, killAfter } = options
    const counts = count === undefined ? [] : [String(count)]
    const child = spawn(process.execPath, [writer, filename, name, String(from), ...counts], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "foundation-compile-cache") }
    })
    let output = ""
    let errors = ""
    let lines = 0
    child.stderr.on("data", (chunk) => void (errors += String(chunk)))
    child.stdout.on("data", (chunk) => {
      const text = String(chunk)
      output += text
      lines += text.split("\n").length - 1
      if (killAfter !== undefined && lines >= killAfter) child.kill("SIGKILL")
    })
    child.on("close", (code, signal) => {
      const expected = killAfter === undefined ? code === 0 : signal === "SIGKILL"
      if (!expected) return resume(Effect.die(new Error(`the writer ended with ${code ?? signal}: ${errors}`)))
      const complete = output.slice(0, output.lastIndexOf("\n") + 1)
      resume(Effect.succeed(complete.split("\n").filter(Boolean).map(parse)))
    })
    return Effect.sync(() => void child.kill("SIGKILL"))
  })
