import { Arbitrary, Data, Effect } from "effect"
import { it } from "@effect/vitest"
import { relative } from "node:path"

class LawThrew extends Data.TaggedError("LawThrew")<{ readonly cause: unknown; readonly message: string }> {}

/**
 * Holds a law on `runs` generated values: `holds` answers false or throws when it is broken.
 *
 * A failure prints the shrunk value and the command that replays it. `REPLAY` carries the token of a failed run; combine
 * it with `-t`, since a token fits one law only.
 */
export const law = <A>(
  name: string,
  runs: number,
  values: Arbitrary.Arbitrary<A>,
  holds: (value: A) => boolean
): void =>
  it(name, { timeout: 1_800_000 }, async (context) => {
    const check = Arbitrary.checkEffect(
      values,
      (value) =>
        Effect.try({
          try: () => holds(value),
          catch: (thrown) => new LawThrew({ cause: thrown, message: String(thrown) })
        }),
      { runs, replay: process.env["REPLAY"] }
    )
    const result = await Effect.runPromise(check)
    const failure = Arbitrary.formatCheckFailure(result)
    if (failure === undefined) return
    const token = result._tag === "Falsified" ? result.replay : ""
    const file = relative(process.cwd(), context.task.file.filepath)
    throw new Error(
      `${failure}\nReplay with: REPLAY='${token}' npx vitest run --project @mabeam/optimize ${file} -t '${name}'`
    )
  })
