/** A run as a program, which sends itself a signal when its log has got so many events. Run by `runApart`. */
import { NodeRuntime } from "@effect/platform-node"
import { Effect } from "effect"
import * as Run from "../../src/run/Run.ts"
import { Live } from "./runs.ts"

const { options, stop } = JSON.parse(process.argv[2] ?? "{}")

const program = Run.run(options, (log) =>
  log.listen((_, { events }) => {
    if (events === stop.after) process.kill(process.pid, stop.signal)
  })
)

NodeRuntime.runMain(Effect.provide(program, Live))
