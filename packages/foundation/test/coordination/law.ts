import { Arbitrary, Effect } from "effect"
import { it } from "@effect/vitest"
import { relative } from "node:path"

/**
 * Holds a law on `runs` generated values. A failure prints the shrunk value and the command that replays it.
 *
 * `REPLAY` carries the token of a failed run; combine it with `-t`, since a token fits one law only.
 */
export const law = <A>(
  name: string,
  runs: number,
  values: Arbitrary.Arbitrary<A>,
  holds: (value: A) => boolean | Effect.Effect<boolean>
): void =>
  it(name, { timeout: 1_800_000 }, async (context) => {
    const result = await Effect.runPromise(
      Arbitrary.checkEffect(
        values,
        (value) => {
          const held = holds(value)
          return typeof held === "boolean" ? Effect.succeed(held) : held
        },
        { runs, replay: process.env["REPLAY"] }
      )
    )
    const failure = Arbitrary.formatCheckFailure(result)
    if (failure === undefined) return
    const token = result._tag === "Falsified" ? result.replay : ""
    const file = relative(process.cwd(), context.task.file.filepath)
    throw new Error(
      `${failure}\nReplay with: REPLAY='${token}' npx vitest run --project @foundation/core ${file} -t '${name}'`
    )
  })
