/**
 * Optuna in a process of its own, which asks for parameters while the functions stay here.
 *
 * @since 0.1.0
 */
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { Entry } from "./problems.ts"

const script = fileURLToPath(new URL("optuna_tpe.py", import.meta.url))

/** The name of Optuna's TPE in the tables. */
export const NAME = "optuna-tpe"

/** A Python that has Optuna, and Optuna's version. */
export interface Python {
  readonly command: string
  readonly version: string
}

/** The first Python on the machine that has Optuna, if any. */
export const findPython = (): Python | undefined => {
  for (const command of ["python3", "/usr/bin/python3"]) {
    const { status, stdout } = spawnSync(command, ["-c", "import optuna; print(optuna.__version__)"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"]
    })
    if (status === 0) return { command, version: stdout.trim() }
  }
  return undefined
}

/** A running Optuna. */
export interface Optuna {
  readonly regrets: (
    entry: Entry,
    seed: number,
    budgets: ReadonlyArray<number>
  ) => Promise<{ readonly figures: ReadonlyArray<number>; readonly millis: ReadonlyArray<number> }>
  readonly stop: () => void
}

type Line = Readonly<Record<string, unknown>>

/** Starts Optuna; what it says on its standard error goes to ours. */
export const start = ({ command }: Python): Optuna => {
  const running = spawn(command, [script], { stdio: ["pipe", "pipe", "inherit"] })
  // A broken pipe shows as the end of its answers.
  running.stdin.on("error", () => undefined)
  const lines = createInterface({ input: running.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<Line> => {
    const { done, value } = await lines.next()
    if (done === true) throw new Error("Optuna ended before its answer")
    return JSON.parse(value)
  }
  const say = async (message: unknown) => {
    if (!running.stdin.write(`${JSON.stringify(message)}\n`)) await once(running.stdin, "drain")
  }
  const greeting = next()
  return {
    regrets: async (entry, seed, budgets) => {
      await greeting
      await say({ variables: entry.space.variables, seed, trials: Math.max(...budgets) })
      const best: Array<number> = []
      for (;;) {
        const line = await next()
        if (Array.isArray(line["millis"])) {
          return { figures: budgets.map((budget) => best[budget - 1]!), millis: line["millis"].map(Number) }
        }
        const distance = entry.distance(line["params"])
        best.push(Math.min(best.at(-1) ?? Number.POSITIVE_INFINITY, distance))
        await say({ value: distance })
      }
    },
    stop: () => {
      running.kill()
    }
  }
}
