/**
 * A worker that tells three trials, takes a fourth, says so, and never comes back to it. `node worker.ts FILE`
 */
import { writeSync } from "node:fs"
import { SqlEventStore } from "@foundation/sql"
import { Effect, Layer } from "effect"
import * as Problems from "../../../src/problem/Problems.ts"
import * as Studies from "../../../src/study/Studies.ts"
import { definition, lease } from "./definition.ts"

const [filename = ""] = process.argv.slice(2)

const program = Effect.gen(function* () {
  const study = yield* Studies.Studies.use((studies) => studies.open("crash", definition, { owner: "killed", lease }))
  for (let i = 0; i < 3; i++) {
    const { number, params } = yield* study.ask()
    yield* study.tell(number, Problems.branin.evaluate(params))
  }
  const { number } = yield* study.ask()
  writeSync(1, `holds ${number}\n`)
  return yield* Effect.never
})

// Keeps the process alive until it is killed.
setInterval(() => undefined, 60_000)
await Effect.runPromise(Effect.provide(program, Layer.provide(Studies.layer, SqlEventStore.layerSqlite({ filename }))))
