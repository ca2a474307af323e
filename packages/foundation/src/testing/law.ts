/**
 * Laws: what has to hold of every value, as tests.
 *
 * **When to use** `law` instead of a test over a few chosen values; {@link campaign} for how many. A package that needs
 * nothing else of `@foundation/core/testing` imports `@foundation/core/testing/law`, which loads none of the services.
 *
 * **Guarantees** A law that is broken by `false`, by a failed assertion or by a failure is shrunk, and its failure prints
 * the command that replays it. What the code under test logs is dropped.
 *
 * A plain test run and `CAMPAIGN=ci` try the same values each time, so that a change is refused for what it did;
 * `CAMPAIGN=nightly` draws new ones, and so does any campaign with another `LAW_SEED` (any text).
 *
 * **Does not guarantee** That a token fits another law: `REPLAY` goes with the name of its law. That the values stay the
 * same when a law is renamed, or its values are described in another way.
 *
 * **Example**
 *
 * ```ts no-run
 * import { campaign, law } from "@foundation/core/testing/law"
 * import { Arbitrary, Schema } from "effect"
 *
 * const lists = Arbitrary.schema(Schema.Array(Schema.Int))
 *
 * law("reversed twice is as before", campaign(10_000, 100_000), lists, (list) => {
 *   const twice = list.toReversed().toReversed()
 *   return list.every((item, at) => Object.is(item, twice[at]))
 * })
 * ```
 *
 * @since 0.1.0
 */
import { it } from "@effect/vitest"
import type { Arbitrary } from "effect"
import { Effect } from "effect"
import { relative } from "node:path"
import { broken } from "./law/broken.ts"
import type { Holds } from "./law/broken.ts"

/**
 * Chooses the number of runs for this process: `CAMPAIGN=ci` takes the first number, `CAMPAIGN=nightly` the second, and a
 * plain test run a tenth of the first. An unknown `CAMPAIGN` throws, so that a typing error is not a small run.
 */
export const campaign = (ci: number, nightly: number): number => {
  const name = process.env["CAMPAIGN"] ?? "test"
  switch (name) {
    case "test":
      return Math.max(1, Math.ceil(ci / 10))
    case "ci":
      return ci
    case "nightly":
      return nightly
    default:
      throw new Error(`CAMPAIGN is "${name}"; use "test", "ci" or "nightly"`)
  }
}

/** Adds a test that holds a law on `runs` generated values. */
export const law = <A>(name: string, runs: number, values: Arbitrary.Arbitrary<A>, holds: Holds<A>): void =>
  // The longest campaigns take hours; what hangs is ended by the run as a whole.
  it(name, { timeout: 7_200_000 }, async ({ task }) => {
    const place = { name, project: task.file.projectName, file: relative(process.cwd(), task.file.filepath) }
    const problem = await Effect.runPromise(broken(place, runs, values, holds))
    if (problem !== undefined) throw new Error(problem)
  })
