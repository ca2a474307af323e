/**
 * A process that appends until it is killed, and says on its standard output what was acknowledged.
 *
 * `node writer.ts FILE NAME FROM COUNT`: three appenders work on streams `NAME-0` to `NAME-2`. Append `k` of a stream
 * holds `1 + k % 4` events with the ids `STREAM/k/i`; numbers go from FROM on. Each acknowledged append is one line
 * `stream k version position`. With COUNT the process ends by itself after that many appends of each stream.
 */
import { writeSync } from "node:fs"
import { EventStore } from "@foundation/core"
import { Effect } from "effect"
import { SqlEventStore } from "../../src/index.ts"

const [filename = "", name = "", from = "0", count = "1000000"] = process.argv.slice(2)

const appender = (stream: string) =>
  Effect.gen(function* () {
    const store = yield* EventStore.EventStore
    for (let k = Number(from); k < Number(from) + Number(count); k++) {
      const events = Array.from({ length: 1 + (k % 4) }, (_, i) => ({
        id: `${stream}/${k}/${i}`,
        type: "A",
        data: [k, i]
      }))
      const { events: stored } = yield* store.append(stream, "any", events)
      writeSync(1, `${stream} ${k} ${stored[0]!.version} ${stored[0]!.position}\n`)
    }
  })

const program = Effect.forEach([0, 1, 2], (index) => appender(`${name}-${index}`), {
  concurrency: "unbounded",
  discard: true
})
await Effect.runPromise(Effect.provide(program, SqlEventStore.layerSqlite({ filename })))
