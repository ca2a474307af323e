/**
 * Generators for the models of this package, for property tests of what is built on it.
 *
 * **Guarantees** Every value is one that the model's own check accepts. The values include those that break careless
 * code: keys that every object has, text outside of ASCII, equal names, the smallest and the largest that is allowed.
 *
 * **Does not guarantee** Any distribution. Generators shrink as their schemas do.
 *
 * **Example** (A law over clocks)
 *
 * ```ts
 * import { VectorClock } from "@foundation/core"
 * import { Arbitraries } from "@foundation/core/testing"
 * import { Arbitrary, Effect } from "effect"
 *
 * const pairs = Arbitrary.all([Arbitraries.vectorClocks, Arbitraries.vectorClocks])
 * const law = Arbitrary.checkEffect(pairs, ([a, b]) => Effect.succeed(VectorClock.includes(VectorClock.merge(a, b), a)))
 *
 * console.log((await Effect.runPromise(law))._tag) // => Passed
 * ```
 *
 * @since 0.1.0
 */
import { Arbitrary, Cause, Schema } from "effect"
import type { Claim } from "../coordination/LeaseStore.ts"
import * as VectorClock from "../coordination/VectorClock.ts"
import * as Event from "../events/Event.ts"
import type { ProcessExit } from "../process/Process.ts"
import type { Namespace } from "../registry/ProcessRegistry.ts"
import type { Metadata } from "../registry/RegistryStore.ts"
import type { NetworkOptions } from "./Simulation.ts"

/** A whole number from `minimum` to `maximum`. */
export const integers = (minimum: number, maximum: number): Arbitrary.Arbitrary<number> =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

/** One of some values. */
export const oneOf = <const A>(first: A, ...others: ReadonlyArray<A>): Arbitrary.Arbitrary<A> =>
  Arbitrary.map(integers(0, others.length), (at) => (at === 0 ? first : others[at - 1]!))

// --- names -----------------------------------------------------------------------------------------------------------

/** The longest name: 255 characters. */
const longest = "n".repeat(255)

const wellFormed = Arbitrary.filter(
  Arbitrary.schema(Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(40))),
  (text) => text.isWellFormed() && !text.includes("\u0000")
)

/** A name of a process, an election, a stream: 1 to 255 characters of well-formed text without NUL. */
export const names: Arbitrary.Arbitrary<string> = Arbitrary.flatMap(integers(0, 3), (kind) =>
  kind === 0 ? oneOf("constructor", "__proto__", "toString", " ", "a/b:c", "größe", "名前", "🙂", longest) : wellFormed
)

/** One of `count` names, so that several draws often meet. */
export const fewNames = (count: number): Arbitrary.Arbitrary<string> =>
  Arbitrary.map(integers(1, count), (n) => `name-${n}`)

/** A namespace of the registry. */
export const namespaces: Arbitrary.Arbitrary<Namespace> = Arbitrary.flatMap(integers(0, 1), (kind) =>
  kind === 0 ? Arbitrary.Constant<Namespace>("production") : Arbitrary.map(wellFormed, (id): Namespace => `test/${id}`)
)

// --- registry --------------------------------------------------------------------------------------------------------

const json = (depth: number): Arbitrary.Arbitrary<Schema.Json> => {
  const scalars = Arbitrary.schema(Schema.Union([Schema.String, Schema.Finite, Schema.Boolean, Schema.Null]))
  if (depth === 0) return scalars
  const inner = json(depth - 1)
  return Arbitrary.flatMap(integers(0, 3), (kind): Arbitrary.Arbitrary<Schema.Json> => {
    if (kind === 0) return Arbitrary.array(inner, { maxLength: 3 })
    return kind === 1 ? records(inner) : scalars
  })
}

/** Own keys only, whatever they are called. */
const records = <A>(values: Arbitrary.Arbitrary<A>): Arbitrary.Arbitrary<{ readonly [key: string]: A }> =>
  Arbitrary.map(Arbitrary.array(Arbitrary.all([names, values]), { maxLength: 4 }), (entries) =>
    Object.fromEntries(entries)
  )

/** Metadata of a registration: a JSON record, far below its 16 KiB. */
export const metadata: Arbitrary.Arbitrary<Metadata> = Arbitrary.map(records(json(2)), (record) => record as Metadata)

// --- events ----------------------------------------------------------------------------------------------------------

/** An event before it is appended, with or without an id. */
export const eventInputs: Arbitrary.Arbitrary<Event.Input> = Arbitrary.schema(Event.Input)

/** An event as it is stored. */
export const storedEvents: Arbitrary.Arbitrary<Event.Stored> = Arbitrary.schema(Event.Stored)

// --- processes -------------------------------------------------------------------------------------------------------

/** How an incarnation ended. */
export const processExits: Arbitrary.Arbitrary<ProcessExit> = Arbitrary.map(
  Arbitrary.all([integers(0, 3), wellFormed]),
  ([kind, text]): ProcessExit => {
    if (kind === 0) return { _tag: "Normal" }
    if (kind === 1) return { _tag: "Shutdown" }
    return kind === 2 ? { _tag: "Killed" } : { _tag: "Crashed", cause: Cause.die(new Error(text)) }
  }
)

/** When a child of a supervisor is restarted. */
export const restartTypes = oneOf("permanent", "transient", "temporary")

/** Who is restarted with a child. */
export const strategies = oneOf("one_for_one", "one_for_all", "rest_for_one")

/** At most so many restarts within so many milliseconds. */
export const intensities = Arbitrary.all({ restarts: integers(0, 5), within: integers(1, 10_000) })

// --- coordination ----------------------------------------------------------------------------------------------------

/** A clock of up to five nodes with small counters, so that all four orderings come about. */
export const vectorClocks: Arbitrary.Arbitrary<VectorClock.VectorClock> = Arbitrary.map(
  Arbitrary.all([0, 1, 2, 3, 4].map(() => integers(0, 3))),
  (counts) => VectorClock.makeUnsafe(counts.map((count, n) => [clockNodes[n]!, count] as const))
)

const clockNodes = ["a", "b", "c", "constructor", "__proto__"]

/** A claim in an election of few candidates with few scores, so that they tie. */
export const claims: Arbitrary.Arbitrary<Claim> = Arbitrary.all({
  session: fewNames(4),
  candidate: fewNames(3),
  score: integers(-1, 1),
  leaseMillis: integers(1, 86_400_000),
  after: integers(0, 3)
})

// --- simulation ------------------------------------------------------------------------------------------------------

const probabilities = Arbitrary.map(integers(0, 5), (n) => n / 10)

/** How messages travel: from perfect to hardly. */
export const networks: Arbitrary.Arbitrary<NetworkOptions> = Arbitrary.map(
  Arbitrary.all({
    min: integers(0, 50),
    spread: integers(0, 500),
    loss: probabilities,
    duplicate: probabilities,
    reorder: probabilities
  }),
  ({ duplicate, loss, min, reorder, spread }) => ({ delay: { min, max: min + spread }, loss, duplicate, reorder })
)

/** The seed of a simulation. */
export const seeds: Arbitrary.Arbitrary<number> = integers(1, Number.MAX_SAFE_INTEGER)
