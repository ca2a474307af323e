import { Arbitrary, Effect } from "effect"
import { it } from "@effect/vitest"
import { relative } from "node:path"

/** How many generated cases: a tenth of `ci` by default, `ci` under `CAMPAIGN=ci`, `nightly` under `CAMPAIGN=nightly`. */
export const campaign = (ci: number, nightly: number): number => {
  const name = process.env["CAMPAIGN"] ?? "test"
  const sizes = new Map([
    ["test", Math.max(1, Math.ceil(ci / 10))],
    ["ci", ci],
    ["nightly", nightly]
  ])
  const size = sizes.get(name)
  if (size === undefined) throw new Error(`CAMPAIGN is "${name}"; use "test", "ci" or "nightly"`)
  return size
}

/** The size of promise P13, per mechanism. */
export const p13 = campaign(10_000, 100_000)

/**
 * Holds a law on `runs` generated values. A failure prints the shrunk value and the command that replays it: `REPLAY`
 * carries the token of a failed run, which fits this law only.
 */
export const law = <A>(
  name: string,
  runs: number,
  values: Arbitrary.Arbitrary<A>,
  holds: (value: A) => boolean
): void =>
  it(name, { timeout: 1_800_000 }, async (context) => {
    const checked = Arbitrary.checkEffect(values, (value) => Effect.sync(() => holds(value)), {
      runs,
      replay: process.env["REPLAY"]
    })
    const result = await Effect.runPromise(checked)
    const failure = Arbitrary.formatCheckFailure(result)
    if (failure === undefined) return
    const token = result._tag === "Falsified" ? result.replay : ""
    const file = relative(process.cwd(), context.task.file.filepath)
    throw new Error(
      `${failure}\nReplay with: REPLAY='${token}' npx vitest run --project @mabeam/economics ${file} -t '${name}'`
    )
  })
