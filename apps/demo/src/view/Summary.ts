/**
 * What a run has come to, for people and for programs. Pure.
 *
 * @since 0.1.0
 */
import { foundOf, reelectionsOf, testAccuracyOf } from "../run/reportOf.ts"
import { finishedOf, type RunState } from "../run/RunState.ts"
import { defaults, type HyperParameters } from "../training/HyperParameters.ts"
import { clean, count, duration, padEnd, padStart, type Paint, percent, plain, short } from "./Text.ts"

/** Where things are, as they shall be printed. */
export interface Places {
  readonly store: string
  /** Undefined if it could not be written. */
  readonly report: string | undefined
  /** The command that goes on with the run, should it be interrupted. */
  readonly resume: string
}

/** The one JSON document of a run. What was not measured is `null`. */
export interface Json {
  readonly seed: number
  readonly trials: number
  readonly bestParams: HyperParameters
  readonly testAccuracy: number | null
  readonly defaultTestAccuracy: number | null
  readonly randomSearchTestAccuracy: number | null
  readonly restarts: number
  readonly reelections: number
  readonly events: number
  readonly store: string
  readonly report: string | null
  /** Time in which the run was going, pauses not counted. */
  readonly seconds: number
}

/** The document of a run that has begun. `trials` are the team's trainings that have a result. */
export const json = (state: RunState, places: Places): Json => ({
  seed: state.started?.seed ?? 0,
  trials: trainingsOf(state),
  bestParams: foundOf(state).params,
  testAccuracy: testAccuracyOf(state, "found") ?? null,
  defaultTestAccuracy: testAccuracyOf(state, "default") ?? null,
  randomSearchTestAccuracy: testAccuracyOf(state, "random") ?? null,
  restarts: state.restarts.length,
  reelections: reelectionsOf(state),
  events: state.events,
  store: places.store,
  report: places.report ?? null,
  seconds: Math.round(state.activeMillis) / 1000
})

const trainingsOf = (state: RunState): number =>
  finishedOf(state, "team").length + finishedOf(state, "repetition").length

/** The lines for people. */
export const text = (state: RunState, places: Places, paint: Paint = plain): ReadonlyArray<string> => {
  if (state.started === undefined) return [`Nothing was done. Event log: ${clean(places.store)}`]
  return [
    "",
    ...title(state, paint),
    "",
    ...parameters(state, paint),
    "",
    ...comparison(state, paint),
    "",
    ...health(state, paint),
    `Event log  ${clean(places.store)} (${count(state.events, "event")})`,
    `Report     ${places.report === undefined ? paint("red", "could not be written") : clean(places.report)}`,
    ...(state.finishedRun === undefined ? ["", `Go on with it: ${clean(places.resume)}`] : [])
  ]
}

const title = (state: RunState, paint: Paint): ReadonlyArray<string> => {
  const done = `${count(trainingsOf(state), "training")} of the team in ${duration(state.activeMillis)}`
  return [
    state.finishedRun === undefined
      ? `${paint("yellow", "Stopped before the end")}, after ${done}.`
      : `${paint("bold", "Finished")}: ${done}, random search and the final tests included.`
  ]
}

const parameters = (state: RunState, paint: Paint): ReadonlyArray<string> => {
  const { job, params } = foundOf(state)
  if (job === undefined) return ["No parameters were found yet."]
  const by = state.trials.get(job)?.agent
  const before = new Map(Object.entries(defaults))
  return [
    `Best parameters (${clean(job)}${by === undefined ? "" : ` of ${clean(by)}`}):`,
    ...Object.entries(params).map(([name, value]) => {
      const initial = before.get(name)
      const note = initial === undefined || initial === value ? "" : paint("dim", `   default ${short(initial)}`)
      return `  ${padEnd(name, 15)}${padEnd(short(value), 8)}${note}`.trimEnd()
    })
  ]
}

const comparison = (state: RunState, paint: Paint): ReadonlyArray<string> => {
  const found = testAccuracyOf(state, "found")
  if (found === undefined) return ["The test part was not looked at: the run stopped before its final trainings."]
  const row = (name: string, accuracy: number | undefined) => {
    if (accuracy === undefined) return `  ${padEnd(name, 34)}${padStart("not measured", 9)}`
    const lead = (found - accuracy) * 100
    const difference = `found ${lead < 0 ? "−" : "+"}${Math.abs(lead).toFixed(2)} points`
    return `  ${padEnd(name, 34)}${padStart(percent(accuracy, 2), 9)}   ${paint("dim", difference)}`
  }
  const searches = finishedOf(state, "random search").length
  return [
    `Accuracy on the test part (${count(state.started?.data.test ?? 0, "row")}, looked at once):`,
    `  ${padEnd("found by the team", 34)}${paint("green", padStart(percent(found, 2), 9))}`,
    row(`random search, ${count(searches, "training")}`, testAccuracyOf(state, "random")),
    row("the defaults", testAccuracyOf(state, "default"))
  ]
}

const health = (state: RunState, paint: Paint): ReadonlyArray<string> => {
  const { faults, restarts } = state
  const healed = faults.filter(({ healedAt }) => healedAt !== undefined).length
  const words = faults.length === 0 ? "no faults" : `${healed} of ${count(faults.length, "fault")} healed`
  const survived = `${words}, ${count(restarts.length, "restart")}, ${count(reelectionsOf(state), "re-election")}`
  return [`Survived   ${healed < faults.length ? paint("yellow", survived) : survived}`]
}
