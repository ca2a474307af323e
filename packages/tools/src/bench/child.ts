/**
 * Measures one setting of one case and prints its line: `node --expose-gc child.ts '{"case": …, "n": …, …}'`. The bench runs
 * each setting in such a process, so that no figure depends on what was measured before it.
 *
 * @since 0.1.0
 */
import { Effect, Schema, References } from "effect"
import { cases } from "./catalog.ts"
import { measure } from "./measure.ts"
import { kinds } from "./worker.ts"

/** What the bench hands to the process, as JSON. */
const Assignment = Schema.fromJsonString(
  Schema.Struct({
    case: Schema.String,
    n: Schema.Int,
    handlers: Schema.Literals(kinds),
    effort: Schema.Struct({
      reps: Schema.Int,
      warm: Schema.Int,
      capMillis: Schema.Finite,
      shrink: Schema.Finite
    })
  })
)

const program = Effect.gen(function* () {
  const { case: name, effort, handlers, n } = yield* Schema.decodeUnknownEffect(Assignment)(process.argv[2])
  const found = cases.find((each) => each.name === name)
  if (found === undefined) return yield* Effect.die(new Error(`no case is called "${name}"`))
  const line = yield* measure(name, n, effort, found.body({ n, handlers, effort }))
  const { case: _, n: __, ...figures } = line
  const handled = {
    ...(found.everyHandlers === true ? { handlers } : {}),
    // Not the case as it stands: for trials of the bench.
    ...(effort.shrink === 1 ? {} : { shrunk_by: effort.shrink })
  }
  process.stdout.write(`${JSON.stringify({ case: name, n, ...handled, ...figures })}\n`)
})

// Restarts that a case provokes are not logged: neither are those of the peers.
await Effect.runPromise(Effect.provideService(program, References.MinimumLogLevel, "None"))
