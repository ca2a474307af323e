/** One real PostgreSQL server for the whole test run; each suite makes a database of its own in it (`databases.ts`). */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { TestProject } from "vitest/node"

declare module "vitest" {
  interface ProvidedContext {
    readonly postgresPort: number
  }
}

export default async (project: TestProject): Promise<() => Promise<void>> => {
  const main = fileURLToPath(new URL("./postgresMain.ts", import.meta.url))
  const child = spawn(process.execPath, [main], { stdio: ["pipe", "pipe", "pipe"] })
  let log = ""
  child.stderr.on("data", (chunk) => void (log += String(chunk)))
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()))
  const port = await new Promise<number>((resolve, reject) => {
    child.once("close", (code) => reject(new Error(`PostgreSQL does not start (${code}):\n${log}`)))
    child.stdout.on("data", (chunk) => {
      const ready = /ready (\d+)/.exec(String(chunk))
      if (ready !== null) resolve(Number(ready[1]))
    })
  })
  project.provide("postgresPort", port)
  return async () => {
    child.stdin.end()
    await closed
  }
}
