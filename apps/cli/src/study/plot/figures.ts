/** All kinds of figures of a study, by name. */
import { type EdfPlot, type Importance, ParetoPlot, type Plot, type Study } from "@mabeam/optimize"
import { Result } from "effect"
import { contour } from "./contour.ts"
import { edf } from "./edf.ts"
import { type Drawing, type Figure, nothing } from "./figure.ts"
import { best, history } from "./history.ts"
import { type KindName, kindNames } from "./kinds.ts"
import { importance } from "./importance.ts"
import { intermediate } from "./intermediate.ts"
import { parallel } from "./parallel.ts"
import { pareto } from "./pareto.ts"
import { slice } from "./slice.ts"
import { timeline } from "./timeline.ts"

/** What is drawn, and of what. */
export interface Given {
  readonly state: Study.State
  /** For the comparison: this study first. */
  readonly studies: ReadonlyArray<EdfPlot.Named>
  /** Counted from 0. */
  readonly objective: number
  /** Names of variables; none: all. */
  readonly variables: ReadonlyArray<string>
}

type Draw = (given: Given) => Result.Result<Drawing, Plot.Refusal | Importance.Refusal>

interface Kind {
  readonly title: string
  readonly draw: Draw
}

const kind = (title: string, draw: Draw): Kind => ({ title, draw })

const kinds = {
  history: kind("Optimization history", ({ objective, state }) => history(state, { objective })),
  "best-so-far": kind("Best so far", ({ objective, state }) => best(state, { objective })),
  intermediate: kind("Intermediate values", ({ objective, state }) => intermediate(state, { objective })),
  pareto: kind("Pareto front", ({ state }) => pareto(state)),
  parallel: kind("Parallel coordinates", ({ objective, state, variables }) =>
    parallel(state, { objective, variables })
  ),
  slice: kind("Slices", ({ objective, state, variables }) => slice(state, { objective, variables })),
  contour: kind("Contour", ({ objective, state, variables }) => contour(state, { objective, variables })),
  importances: kind("Importance of variables", ({ objective, state }) => importance(state, { objective })),
  edf: kind("Distribution of values (EDF)", ({ objective, studies }) => edf(studies, { objective })),
  timeline: kind("Timeline", ({ state }) => timeline(state))
} as const satisfies Readonly<Record<KindName, Kind>>

const figure = (name: KindName, drawing: Drawing): Figure => ({ kind: name, title: kinds[name].title, ...drawing })

/** Whether a kind makes sense of a study at all, so that it belongs on a page of everything. */
const belongs = (name: KindName, { definition, trials }: Study.State): boolean => {
  if (name === "pareto") return definition.directions.length > 1
  if (name === "intermediate") return trials.some(({ reports }) => reports.length > 0)
  return name !== "contour" || definition.space.variables.length > 1
}

/** One figure; what there is nothing to draw of is a figure that says so. Options that do not fit the study are refused. */
export const figureOf = (
  name: KindName,
  given: Given
): Result.Result<Figure, Plot.InvalidPlot | Importance.InvalidOption> => {
  const drawn = Result.orElse(kinds[name].draw(given), (refusal) =>
    refusal._tag === "InvalidPlot" || refusal._tag === "InvalidOption"
      ? Result.fail(refusal)
      : Result.succeed(nothing(refusal._tag === "NothingToDraw" ? refusal.problem : refusal.message))
  )
  return Result.map(drawn, (drawing) => figure(name, drawing))
}

/** The figures of all kinds that make sense of the study; of a contour the first two of the variables. */
export const all = (given: Given): Result.Result<ReadonlyArray<Figure>, Plot.InvalidPlot | Importance.InvalidOption> =>
  Result.all(
    kindNames
      .filter((name) => belongs(name, given.state))
      .map((name) => {
        if (name === "pareto" && !ParetoPlot.isOf(given.state.definition.directions.length)) {
          return Result.succeed(figure(name, nothing("it is drawn of two or three objectives")))
        }
        if (name !== "contour") return figureOf(name, given)
        const { variables } = given
        return figureOf(name, { ...given, variables: variables.length < 2 ? [] : variables.slice(0, 2) })
      })
  )
