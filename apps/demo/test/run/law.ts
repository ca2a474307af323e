import { it } from "@effect/vitest"
import { Arbitrary, Effect, Logger } from "effect"
import { relative } from "node:path"

/** Crashes are part of many laws; a thousand of them need not be read. */
const silence = Logger.layer([])

/**
 * Holds a law on `runs` generated values; a failed assertion breaks it like `false` does. A failure prints the shrunk
 * value and the command that replays it: `REPLAY` carries the token of a failed run, `-t` names the law it belongs to.
 */
export const law = <A>(
  name: string,
  runs: number,
  values: Arbitrary.Arbitrary<A>,
  holds: (value: A) => boolean | Effect.Effect<boolean, unknown>
): void =>
  it(name, { timeout: 7_200_000 }, async (context) => {
    const property = (value: A) =>
      Effect.suspend(() => {
        const held = holds(value)
        return typeof held === "boolean" ? Effect.succeed(held) : held
      }).pipe(
        Effect.catchCause((cause) => Effect.fail(cause)),
        Effect.provide(silence)
      )
    const result = await Effect.runPromise(
      Arbitrary.checkEffect(values, property, { runs, replay: process.env["REPLAY"] })
    )
    if (result._tag === "ReplayMismatch" && result.reason === "PropertyPassed") return
    const failure = Arbitrary.formatCheckFailure(result)
    if (failure === undefined) return
    const token = result._tag === "Falsified" ? result.replay : ""
    const file = relative(process.cwd(), context.task.file.filepath)
    throw new Error(
      `${failure}\nReplay with: REPLAY='${token}' npx vitest run --project @apps/demo ${file} -t '${name}'`
    )
  })
