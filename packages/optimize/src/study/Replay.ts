/**
 * Stored events as a study again.
 *
 * **Guarantees** The state is the one that the study had when the last event was written. Linear in the events.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import * as SearchSpace from "../space/SearchSpace.ts"
import type { Declaration, InvalidSpace } from "../space/SearchSpace.ts"
import * as SpaceJson from "../space/SpaceJson.ts"
import { read, write } from "./Definition.ts"
import type { Definition, Makers, ReadRefusal } from "./Definition.ts"
import type { StudyEvent } from "./StudyEvent.ts"
import { evolveAll, start } from "./StudyState.ts"
import type { State } from "./StudyState.ts"

/** Stored events do not make a study: the place of the first that does not fit, and why. */
export class CorruptStudy extends Schema.TaggedError<CorruptStudy>("@mabeam/optimize/Replay/CorruptStudy")(
  "CorruptStudy",
  { position: Schema.Int, problem: Schema.String }
) {
  override get message() {
    return `event ${this.position} of the study: ${this.problem}`
  }
}

/** The events belong to a study with another definition. */
export class StudyMismatch extends Schema.TaggedError<StudyMismatch>("@mabeam/optimize/Replay/StudyMismatch")(
  "StudyMismatch",
  { setting: Schema.String, stored: Schema.String, given: Schema.String }
) {
  override get message() {
    return `the stored study has another ${this.setting}: ${this.stored}, not ${this.given}`
  }
}

/** Applies events, of which the first stands at a position. */
export const goOn = <D extends Declaration>(
  state: State<D>,
  events: ReadonlyArray<StudyEvent>,
  position: number
): Result.Result<State<D>, CorruptStudy> =>
  Result.mapError(
    evolveAll(state, events),
    ([index, problem]) => new CorruptStudy({ position: position + index, problem })
  )

const firstOf = (events: ReadonlyArray<StudyEvent>) => {
  const first = events[0]
  return first?._tag === "Created"
    ? Result.succeed(first)
    : Result.fail(new CorruptStudy({ position: 0, problem: `expects "Created", not ${first?._tag ?? "the end"}` }))
}

/**
 * The given definition, as it is stored: an open space may have been stored with more variables than the program declares beforehand, by
 * an import or a copy. Others than these, or another order, are another space.
 */
const known = <D extends Declaration>(
  given: Definition<D>,
  { variables, open }: SpaceJson.SpaceJson
): Result.Result<Definition<D>, InvalidSpace> =>
  Result.gen(function* () {
    let { space } = given
    if (open === true && space.open) {
      for (const variable of variables.slice(space.variables.length)) {
        space = yield* SearchSpace.extend(space, variable.name, yield* SpaceJson.decodeVariable(variable))
      }
    }
    return { ...given, space }
  })

/** Goes on with a stored study whose definition is known; the stored one must be the same. */
export const resume = <D extends Declaration>(
  given: Definition<D>,
  events: ReadonlyArray<StudyEvent>
): Result.Result<State<D>, CorruptStudy | StudyMismatch> =>
  Result.gen(function* () {
    const { _tag, at, ...stored } = yield* firstOf(events)
    // What cannot be taken over is told as another space below.
    const definition = Result.getOrElse(known(given, stored.space), () => given)
    const [before, now] = [new Map(Object.entries(stored)), new Map(Object.entries(write(definition)))]
    for (const setting of new Set([...before.keys(), ...now.keys()])) {
      const [was, is] = [canonical(before.get(setting)), canonical(now.get(setting))]
      if (was !== is) return yield* Result.fail(new StudyMismatch({ setting, stored: was, given: is }))
    }
    return yield* goOn(start(definition, at), events.slice(1), 1)
  })

/** Why events alone do not make a study. */
export type ReplayFailure = CorruptStudy | ReadRefusal

/** Goes on with a stored study from its events alone. */
export const replay = (events: ReadonlyArray<StudyEvent>, makers?: Makers): Result.Result<State, ReplayFailure> =>
  Result.gen(function* () {
    const { at, ...written } = yield* firstOf(events)
    return yield* goOn(start(yield* read(written, makers), at), events.slice(1), 1)
  })

/** JSON with the keys in order, to compare by. */
const canonical = (value: unknown): string =>
  JSON.stringify(value ?? null, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part
  )
