/**
 * What the verbs of `mabeam study` do.
 *
 * **Guarantees** Nothing is written to the studies: files that are missing or hold none are refused and left as they are.
 *
 * @since 0.1.0
 */
import { BadOption } from "@apps/demo/Options"
import * as Screen from "@apps/demo/Screen"
import { Definition, Importance, Studies, Study, StudyCsv, StudyJson } from "@mabeam/optimize"
import type { Trial } from "@mabeam/optimize"
import { Effect, Option } from "effect"
import * as Files from "../calculators/Files.ts"
import * as StudyAnswers from "../optimize/StudyAnswers.ts"
import * as StudyFile from "./StudyFile.ts"

/** Which study is asked for. */
export interface Chosen {
  readonly storage: string
  readonly study: Option.Option<string>
}

interface Shown extends Chosen {
  readonly json: boolean
}

/** A study and its name. */
export interface Read {
  readonly name: string
  readonly state: Study.State
}

/** Reads the study that is asked for: the one that is named, or the only one. */
export const read = ({ storage, study }: Chosen) =>
  Effect.gen(function* () {
    const studies = yield* Studies.Studies
    const names = yield* studies.list
    const [only, ...others] = names
    const name = Option.getOrElse(study, () => only)
    const bad = (value: string, problem: string) =>
      new BadOption({ option: "--study", value, problem, fix: `${storage} holds ${listed(names)}.` })
    if (name === undefined) return yield* bad("", "there is no study")
    if (Option.isNone(study) && others.length > 0) return yield* bad("", "it is not given")
    if (!names.includes(name)) return yield* bad(name, "there is no such study")
    const read: Read = { name, state: yield* studies.get(name) }
    return read
  }).pipe(Effect.provide(StudyFile.layer(storage, true)))

/** Names that a message shows. */
const namesMax = 20

const listed = (names: ReadonlyArray<string>): string => {
  if (names.length === 0) return "none"
  const more = names.length - namesMax
  return names.slice(0, namesMax).join(", ") + (more > 0 ? ` and ${more} more` : "")
}

/** `mabeam study list`. */
export const list = Effect.fnUntraced(
  function* ({ json }: { readonly storage: string; readonly json: boolean }) {
    const studies = yield* Studies.Studies
    const all = yield* Effect.forEach(yield* studies.list, (name) =>
      Effect.map(studies.get(name), (state) => StudyAnswers.summaryOf(name, state))
    )
    if (json || all.length > 0) yield* StudyAnswers.print(json ? all : { studies: all.map(lineOf) }, json)
    else (yield* Screen.stderr).write("there are no studies\n")
  },
  (effect, { storage }) => Effect.provide(effect, StudyFile.layer(storage, true))
)

type Summary = ReturnType<typeof StudyAnswers.summaryOf>

const lineOf = (summary: Summary) => ({
  study: summary.study,
  sampler: summary.sampler,
  begun: summary.createdAt,
  trials: summary.trials,
  ...("best" in summary ? { best: summary.best?.value ?? null } : { front: summary.front })
})

/** `mabeam study show`. */
export const show = Effect.fnUntraced(function* (given: Shown) {
  const { name, state } = yield* read(given)
  const attributes = Object.fromEntries(state.attributes)
  const { seed: _, sampler: __, pruner: ___, directions: ____, ...rest } = Definition.write(state.definition)
  yield* StudyAnswers.print({ ...StudyAnswers.summaryOf(name, state), ...rest, attributes }, given.json)
})

/** `mabeam study best`. */
export const best = Effect.fnUntraced(function* (given: Shown) {
  const { name, state } = yield* read(given)
  if (state.definition.directions.length > 1) {
    const problem = `it has ${state.definition.directions.length} objectives`
    return yield* new BadOption({ option: "--study", value: name, problem, fix: "Ask for its front: study pareto." })
  }
  const best = StudyAnswers.bestOf(state)
  if (best !== null || given.json) return yield* StudyAnswers.print(best, given.json)
  ;(yield* Screen.stderr).write("no trial is complete\n")
})

/** `mabeam study trials`. */
export const trials = Effect.fnUntraced(function* (
  given: Shown & { readonly state: ReadonlyArray<Trial.Trial["state"]> }
) {
  const { state } = yield* read(given)
  const wanted = new Set(given.state)
  const trials = state.trials.filter((trial) => wanted.size === 0 || wanted.has(trial.state))
  if (given.json) {
    return yield* StudyAnswers.print(
      trials.map((trial) => StudyAnswers.trialOf(state, trial)),
      true
    )
  }
  const rows = trials.map((trial) => StudyAnswers.rowOf(state, trial))
  if (rows.length > 0) return yield* StudyAnswers.print({ trials: rows }, false)
  ;(yield* Screen.stderr).write("there are no such trials\n")
})

/** `mabeam study pareto`. */
export const pareto = Effect.fnUntraced(function* (given: Shown) {
  const { state } = yield* read(given)
  if (given.json) return yield* StudyAnswers.print(StudyAnswers.frontOf(state), true)
  const front = Study.front(state).map((trial) => StudyAnswers.rowOf(state, trial))
  if (front.length > 0) return yield* StudyAnswers.print({ front }, false)
  ;(yield* Screen.stderr).write("no trial is complete\n")
})

/** `mabeam study importance`. */
export const importance = Effect.fnUntraced(function* (
  given: Shown & { readonly method: Importance.Method; readonly objective: number }
) {
  const { name, state } = yield* read(given)
  const { method, objective } = given
  const objectives = state.definition.directions.length
  if (objective < 0 || objective >= objectives) {
    const fix = `Give one from 0 to ${objectives - 1}.`
    return yield* new BadOption({
      option: "--objective",
      value: String(objective),
      problem: "there is no such objective",
      fix
    })
  }
  const measured = yield* Effect.fromResult(Importance.ofStudy(state, { method, objective }))
  const { fractions, interactions, r2, trials } = measured
  yield* StudyAnswers.print(
    {
      study: name,
      method,
      trials,
      r2,
      ...(interactions === undefined ? {} : { interactions }),
      fractions: fractions.map(({ fraction, name }) => ({ name, fraction }))
    },
    given.json
  )
})

/** `mabeam study export`. */
export const exporting = Effect.fnUntraced(function* (
  given: Chosen & { readonly format: "csv" | "json"; readonly out: Option.Option<string> }
) {
  const out = Option.map(given.out, (file) => ({ option: "--out", file }))
  if (Option.isSome(out)) yield* Files.checkTargets(given.storage, [out.value])
  const { state } = yield* read(given)
  const text = given.format === "csv" ? StudyCsv.encode(state) : `${JSON.stringify(StudyJson.encode(state))}\n`
  if (Option.isSome(out)) return yield* Files.write(out.value, text)
  const screen = yield* Screen.stdout
  screen.write(text)
  yield* screen.flush
})
