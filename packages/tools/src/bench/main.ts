/**
 * The bench: `node --expose-gc main.ts --help`. Exit 0 when all was measured, 1 when a case failed, 2 for bad arguments, 130
 * when it was interrupted.
 *
 * @since 0.1.0
 */
import { spawn } from "node:child_process"
import * as os from "node:os"
import { fileURLToPath } from "node:url"
import { type Case, slugOf } from "./case.ts"
import { cases } from "./catalog.ts"
import type { Effort, Line } from "./measure.ts"
import { help, parse } from "./options.ts"
import { header, row } from "./table.ts"
import { type Handlers, kinds } from "./worker.ts"

const child = fileURLToPath(new URL("child.ts", import.meta.url))

/** How long a process may take for one setting, in milliseconds. */
const patience = 240_000

const measured = (each: Case, n: number, handlers: Handlers, effort: Effort): Promise<Line> => {
  const reps = {
    reps: Math.min(each.reps ?? effort.reps, effort.reps),
    warm: Math.min(each.warm ?? effort.warm, effort.warm)
  }
  const assignment = JSON.stringify({ case: each.name, n, handlers, effort: { ...effort, ...reps } })
  const compiler = each.interpreted === true ? [] : ["--import", "effect/schema/SchemaJITCompiler/enable"]
  const flags = ["--expose-gc", "--disable-warning=ExperimentalWarning", "--max-old-space-size=4096", ...compiler]
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, [...flags, child, assignment], {
      // Where the modules of this package are found, wherever the command was given.
      cwd: fileURLToPath(new URL(".", import.meta.url)),
      stdio: ["ignore", "pipe", "pipe"],
      timeout: patience
    })
    const out: Array<Buffer> = []
    const err: Array<Buffer> = []
    running.stdout.on("data", (chunk: Buffer) => out.push(chunk))
    running.stderr.on("data", (chunk: Buffer) => err.push(chunk))
    running.on("error", reject)
    running.on("close", (code, signal) => {
      const text = Buffer.concat(out).toString("utf8").trim()
      if (code === 0 && text !== "") return resolve(JSON.parse(text) as Line)
      const why = Buffer.concat(err).toString("utf8").trim().split("\n").slice(0, 12).join("\n")
      reject(new Error(`"${each.name}", n = ${n}, ended with ${signal ?? `exit ${code}`}\n${why}`))
    })
  })
}

/** Measures one setting after the other, and prints each line as it comes. Gives how many have failed. */
const run = async (wanted: ReadonlyArray<Case>, json: boolean, effort: Effort): Promise<number> => {
  let failed = 0
  if (!json) {
    const load = os.loadavg()[0]!.toFixed(1)
    console.log(`Node ${process.versions.node}, ${os.cpus().length} cores, load ${load} before\n\n${header}`)
  }
  for (const each of wanted) {
    for (const n of each.sizes) {
      for (const handlers of each.everyHandlers === true ? kinds : kinds.slice(0, 1)) {
        try {
          const line = await measured(each, n, handlers, effort)
          console.log(json ? JSON.stringify(line) : row(line, each.targets?.(n) ?? []))
        } catch (error) {
          failed++
          console.error(error instanceof Error ? error.message : String(error))
        }
      }
    }
  }
  return failed
}

const command = parse(process.argv.slice(2))
process.once("SIGINT", () => process.exit(130))
switch (command._tag) {
  case "Help":
    console.log(help)
    break
  case "List":
    for (const each of cases) console.log(`${slugOf(each.name).padEnd(52)} ${each.about}`)
    break
  case "Refused":
    console.error(`${command.because}; --list shows the cases, --help the options`)
    process.exitCode = 2
    break
  case "Run":
    process.exitCode = (await run(command.cases, command.json, command.effort)) > 0 ? 1 : 0
}
