/**
 * Our side of a comparison with other platforms: the bench's cases under the names and with the output of the peers' programs,
 * one JSON line for each measurement.
 *
 * Settings come from the environment: `CASES` (numbers 1 to 12, separated by commas; all if empty), `REPS` (5), `WARM` (1),
 * `CAP_MS` (500). All cases of one run share this process, as those of the peers do.
 *
 * @since 0.1.0
 */
// oxlint-disable-next-line import/no-unassigned-import -- switches the compiler on before any schema is used
import "effect/schema/SchemaJITCompiler/enable"
import { Config, Effect, References } from "effect"
import { cases } from "./catalog.ts"
import { measure } from "./measure.ts"
import { kinds } from "./worker.ts"

const peers = { sync: "ours", generator: "ours, generators", value: "ours, values" }

/** A case of ours, under the peers' number, name and sizes; `bench` has it under the last. */
const rows: ReadonlyArray<readonly [number: number, name: string, sizes: ReadonlyArray<number>, bench: string]> = [
  [1, "1 register seq", [10_000, 100_000], "register, sequential"],
  [1, "1 register from 100", [10_000, 100_000], "register, from 100 fibers"],
  [2, "2 lookup hit", [10_000, 100_000], "lookup hit"],
  [2, "2 lookup miss", [10_000, 100_000], "lookup miss"],
  [2, "2 lookup hit, key built each time", [10_000, 100_000], "lookup hit, name built each time"],
  [3, "3 clean-up after kill", [10_000], "clean-up"],
  [4, "4 spawn", [10_000, 100_000], "spawn supervised"],
  [4, "4 spawn, registered", [10_000, 100_000], "spawn supervised + registered"],
  [5, "5 call, 1 client", [1], "call, 1 client"],
  [5, "5 call, 100 clients to 100 servers", [100], "call, 100 clients to 100 servers"],
  [5, "5 cast", [1, 100], "cast"],
  [6, "6 restart after crash", [1], "restart after crash, until it answers"],
  [7, "7 broadcast + acks", [10, 100, 1000], "broadcast a variable update + all acks"],
  [8, "8 consensus, all votes", [5, 10, 100, 1000], "majority consensus, all votes"],
  [8, "8 consensus, decided at 60%", [5, 10, 100, 1000], "majority consensus, decided at 60 %"],
  [9, "9 second-price auction", [10, 100, 1000], "sealed second-price auction"],
  [10, "10 barrier", [10, 100, 1000], "count barrier"],
  [11, "11 flood, closed loop", [1], "5-agent rounds, 1 in flight"],
  [11, "11 flood, closed loop", [64], "5-agent rounds, 64 in flight"],
  [11, "11 flood, open loop", [10_000], "5-agent rounds, 10000 per second offered"],
  [11, "11 flood, open loop", [20_000], "5-agent rounds, 20000 per second offered"],
  [12, "12 append, 100 per commit", [100_000], "event append, SQLite, batches of 100"],
  [12, "12 append, concurrent appenders", [100_000], "event append, SQLite, single, concurrent appenders"],
  [12, "12 append, 1 per commit", [10_000], "event append, SQLite, single, one appender"]
]

const program = Effect.gen(function* () {
  const wanted = (yield* Config.String("CASES").pipe(Config.withDefault(""))).split(",").filter((each) => each !== "")
  const effort = {
    reps: yield* Config.Int("REPS").pipe(Config.withDefault(5)),
    warm: yield* Config.Int("WARM").pipe(Config.withDefault(1)),
    capMillis: yield* Config.Int("CAP_MS").pipe(Config.withDefault(500)),
    shrink: 1
  }
  for (const [number, name, sizes, bench] of rows) {
    if (wanted.length > 0 && !wanted.includes(String(number))) continue
    const found = cases.find((each) => each.name === bench)
    if (found === undefined) return yield* Effect.die(new Error(`the bench has no case "${bench}"`))
    for (const n of sizes) {
      for (const handlers of found.everyHandlers === true ? kinds : kinds.slice(0, 1)) {
        // In flood cases the peers' n is the load, and the team has always five members.
        const size = number === 11 ? 5 : n
        const line = yield* measure(name, n, effort, found.body({ n: size, handlers, effort }))
        const peer = peers[handlers]
        process.stdout.write(`${JSON.stringify({ peer, ...line, rt: `node ${process.versions.node}` })}\n`)
      }
    }
  }
})

// Restarts that a case provokes are not logged: neither are those of the peers.
await Effect.runPromise(Effect.provideService(program, References.MinimumLogLevel, "None"))
