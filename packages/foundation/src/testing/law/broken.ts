/** How a law is tried, and what is said about one that is broken. */
import { Arbitrary, Effect, Hash, Logger } from "effect"

/** What a law says of a value: a failed assertion or a failure breaks it like `false` does. */
export type Holds<A> = (value: A) => boolean | Effect.Effect<boolean, unknown>

/** Where a law stands, for the command that replays it. */
export interface Place {
  /** The end of the test's full name. */
  readonly name: string
  readonly project?: string | undefined
  readonly file?: string | undefined
}

/** Which values are tried. */
export interface Chance {
  /** The token of one value that is to be tried again, instead of `runs` values. */
  readonly replay?: string | undefined
  /** Without one, each run tries other values. */
  readonly seed?: number | undefined
}

/** Crashes are part of many laws; a thousand of them need not be read. */
const silence = Logger.layer([])

/** Tries a law on `runs` values, or on the one of `replay`; gives the shrunk value that breaks it, with the command that replays it. */
export const broken = <A>(
  place: Place,
  runs: number,
  values: Arbitrary.Arbitrary<A>,
  holds: Holds<A>,
  chance: Chance = chanceOf(place)
): Effect.Effect<string | undefined> =>
  Arbitrary.checkEffect(values, (value) => judged(holds, value), { runs, ...chance }).pipe(
    Effect.provide(silence),
    Effect.map((result) => {
      // What was broken holds by now: that is what a replay is to find out.
      if (result._tag === "ReplayMismatch" && result.reason === "PropertyPassed") return undefined
      const failure = Arbitrary.formatCheckFailure(result)
      if (failure === undefined || result._tag !== "Falsified") return failure
      return `${failure}\nReplay with: ${command(place, result.replay)}`
    })
  )

/** What refuses a change is what the change did: only nightly runs, and those that ask for it, try other values. */
const chanceOf = ({ name }: Place): Chance => {
  const { CAMPAIGN, LAW_SEED, REPLAY } = process.env
  const isNew = CAMPAIGN === "nightly" && LAW_SEED === undefined
  return { replay: REPLAY, seed: isNew ? undefined : Hash.string(`${name} ${LAW_SEED ?? ""}`) }
}

/** A defect is not shrunk by itself, and a failed assertion is one: it becomes a failure. */
const judged = <A>(holds: Holds<A>, value: A): Effect.Effect<boolean, unknown> =>
  Effect.suspend(() => {
    const held = holds(value)
    return typeof held === "boolean" ? Effect.succeed(held) : held
  }).pipe(Effect.catchCause((cause) => Effect.fail(cause)))

/** The runner takes the name for a pattern and the shell takes quotes for its own: a point stands for what either would misread. */
const command = ({ file, name, project }: Place, token: string): string =>
  [
    `REPLAY='${token}' npx vitest run`,
    ...(project === undefined ? [] : [`--project ${project}`]),
    ...(file === undefined ? [] : [file]),
    `-t '${name.replaceAll(/[\\^$.*+?()[\]{}|'\n]/g, ".")}'`
  ].join(" ")
