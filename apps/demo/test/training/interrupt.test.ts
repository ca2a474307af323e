import { assert, it, vi } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

// Starting a process and two threads takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 })

const program = fileURLToPath(new URL("./endless.ts", import.meta.url))

it.live("Ctrl-C in the middle of trainings closes the pool and ends the process", () =>
  Effect.callback<void>((resume) => {
    const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] })
    let said = ""
    child.stdout.on("data", (chunk) => {
      const before = said
      said += String(chunk)
      const training = (text: string) => text.includes("a\n") && text.includes("b\n")
      if (training(said) && !training(before)) child.kill("SIGINT")
    })
    child.on("exit", (code) => {
      resume(
        Effect.sync(() => {
          assert.strictEqual(code, 130)
          assert.isTrue(said.endsWith("closed\n"), said)
        })
      )
    })
    return Effect.sync(() => child.kill("SIGKILL"))
  })
)
