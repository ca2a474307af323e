/** Studies whose trials are given one by one, as a test needs them. */
import { Result } from "effect"
import * as Random from "../../src/sampler/Random.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import type { Declaration } from "../../src/space/SearchSpace.ts"
import * as Study from "../../src/study/Study.ts"
import type { StudyEvent } from "../../src/study/StudyEvent.ts"

export interface Given {
  readonly params?: Readonly<Record<string, SearchSpace.Value | undefined>> | undefined
  readonly reports?: ReadonlyArray<number> | undefined
  readonly owner?: string | undefined
  /** When it began and ended. */
  readonly times?: readonly [number, number] | undefined
  /** Default: it is left running. */
  readonly end?: ReadonlyArray<number> | "pruned" | "failed" | "broken" | undefined
}

const x = { x: SearchSpace.float(0, 1) }

/** The events of a study. `broken` trials have the value 0 and break a constraint. */
export const eventsOf = (
  trials: ReadonlyArray<Given>,
  {
    declaration = x,
    directions = ["minimize"],
    target
  }: {
    readonly declaration?: Declaration | undefined
    readonly directions?: ReadonlyArray<"minimize" | "maximize"> | undefined
    readonly target?: number | undefined
  } = {}
): ReadonlyArray<StudyEvent> => {
  const space = SearchSpace.makeUnsafe(declaration)
  const definition = Result.getOrThrow(
    Study.define({ space, sampler: Random.make(), directions, stop: target === undefined ? {} : { target } })
  )
  const events: Array<StudyEvent> = [Study.created(definition)]
  for (const [number, { end, owner, params, reports = [], times }] of trials.entries()) {
    const at = (index: 0 | 1) => (times === undefined ? {} : { at: times[index] })
    const lease = owner === undefined ? {} : { lease: { owner, until: 1e15 } }
    // `undefined` takes away what the sample has.
    const given = Object.entries({ ...SearchSpace.sample(space, { seed: 1, number }), ...params })
    const known = Object.fromEntries(given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
    events.push({ _tag: "Asked", number, params: known, sampler: "random", ...lease, ...at(0) })
    for (const [step, value] of reports.entries()) {
      const rest = directions.slice(1).map(() => value)
      events.push({ _tag: "Reported", number, step, values: [value, ...rest] })
    }
    if (end === "pruned") events.push({ _tag: "Pruned", number, ...at(1) })
    else if (end === "failed") {
      events.push({ _tag: "Failed", number, kind: "error", reason: "it broke", retry: false, ...at(1) })
    } else if (end === "broken") {
      const zeros = directions.slice(1).map(() => 0)
      events.push({ _tag: "Told", number, values: [0, ...zeros], constraints: [1], ...at(1) })
    } else if (end !== undefined) {
      const [first = 0, ...rest] = end
      events.push({ _tag: "Told", number, values: [first, ...rest], ...at(1) })
    }
  }
  return events
}

/** The study of these trials. */
export const studyOf = (...given: Parameters<typeof eventsOf>): Study.State =>
  Result.getOrThrowWith(Study.replay(eventsOf(...given)), (error) => error)
