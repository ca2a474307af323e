/** The real command as a child process. */
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A command at work. */
export interface Running {
  readonly ended: Effect.Effect<Ended>
  /** Waits until so many lines are on stdout. */
  readonly awaitLines: (count: number) => Effect.Effect<void>
  /** Waits until something is on stderr. */
  readonly awaitWords: Effect.Effect<void>
  /** Waits until a text is on stderr. */
  readonly awaitText: (text: string) => Effect.Effect<void>
  readonly kill: (signal: NodeJS.Signals) => void
  /** Reads no more of stdout. */
  readonly hangUp: () => void
}

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

/** Starts `mabeam` with a text as its standard input; it is killed with the scope. */
export const start = (args: ReadonlyArray<string>, cwd: string, input?: string) =>
  Effect.acquireRelease(
    Effect.sync((): Running => {
      const child = spawn(process.execPath, [main, ...args], { cwd, stdio: ["pipe", "pipe", "pipe"] })
      // Who does not read its input may end before it is written.
      child.stdin.on("error", () => undefined)
      child.stdin.end(input ?? "")
      let stdout = ""
      let stderr = ""
      let end: Ended | undefined
      const listeners = new Set<() => void>()
      const changed = () => {
        for (const listener of listeners) listener()
      }
      child.stdout.on("data", (chunk) => {
        stdout += String(chunk)
        changed()
      })
      child.stderr.on("data", (chunk) => {
        stderr += String(chunk)
        changed()
      })
      child.on("close", (code) => {
        end = { code, stdout, stderr }
        changed()
      })
      const until = <A>(get: () => A | undefined) =>
        Effect.callback<A>((resume) => {
          const look = () => {
            const value = get()
            if (value === undefined) return
            listeners.delete(look)
            resume(Effect.succeed(value))
          }
          listeners.add(look)
          look()
          return Effect.sync(() => listeners.delete(look))
        })
      return {
        ended: until(() => end),
        awaitLines: (count) =>
          Effect.asVoid(until(() => (stdout.split("\n").length > count || end !== undefined ? true : undefined))),
        awaitWords: Effect.asVoid(until(() => (stderr !== "" || end !== undefined ? true : undefined))),
        awaitText: (text) =>
          Effect.asVoid(until(() => (stderr.includes(text) || end !== undefined ? true : undefined))),
        kill: (signal) => child.kill(signal),
        hangUp: () => void child.stdout.destroy()
      }
    }),
    (running) => Effect.sync(() => running.kill("SIGKILL"))
  )

/** Runs `mabeam` to its end. */
export const mabeam = (args: ReadonlyArray<string>, cwd: string, input?: string): Effect.Effect<Ended> =>
  Effect.scoped(Effect.flatMap(start(args, cwd, input), ({ ended }) => ended))
