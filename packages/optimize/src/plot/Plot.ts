/**
 * What the plots of studies share: which trials are drawn, of which objective, and why there may be nothing to draw.
 *
 * A plot is data: axes and what stands between them, in the units of the study. Whatever draws it needs no study any more.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { violation } from "../internal/ranking.ts"
import type { Direction } from "../sampler/Sampler.ts"
import type { Declaration, SpaceVariable } from "../space/SearchSpace.ts"
import type { State } from "../study/StudyState.ts"
import type { CompleteTrial, PrunedTrial, Trial } from "../study/Trial.ts"
import * as PlotAxis from "./PlotAxis.ts"

/** There is nothing to draw, and why. */
export class NothingToDraw extends Schema.TaggedError<NothingToDraw>("@mabeam/optimize/Plot/NothingToDraw")(
  "NothingToDraw",
  { plot: Schema.String, problem: Schema.String }
) {
  override get message() {
    return `${this.plot}: ${this.problem}`
  }
}

/** A plot was asked for something that the study does not have, such as a variable or an objective. */
export class InvalidPlot extends Schema.TaggedError<InvalidPlot>("@mabeam/optimize/Plot/InvalidPlot")("InvalidPlot", {
  option: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `${this.option}: ${this.problem}`
  }
}

/** Why there is no plot. */
export type Refusal = NothingToDraw | InvalidPlot

/** Which objective is drawn. */
export interface Options {
  /** Counted from 0. Default 0. */
  readonly objective?: number | undefined
}

/** An objective as it is written on axes. */
export interface Objective {
  readonly index: number
  readonly direction: Direction
  readonly title: string
}

/** The objective that options ask for. */
export const objectiveOf = <D extends Declaration>(
  { definition }: State<D>,
  { objective = 0 }: Options
): Result.Result<Objective, InvalidPlot> => {
  const { directions } = definition
  const direction = directions[objective]
  if (direction === undefined) {
    const problem = `${objective} is not the index of one of ${directions.length} objectives`
    return Result.fail(new InvalidPlot({ option: "objective", problem }))
  }
  const name = directions.length === 1 ? "value" : `objective ${objective + 1}`
  return Result.succeed({ index: objective, direction, title: `${name} (${direction}d)` })
}

/** The variables of these names, or all of them. */
export const chosen = (
  { definition }: State,
  names: ReadonlyArray<string> | undefined
): Result.Result<ReadonlyArray<SpaceVariable>, InvalidPlot> => {
  const { variables } = definition.space
  if (names === undefined || names.length === 0) return Result.succeed(variables)
  const byName = new Map(variables.map((variable) => [variable.name, variable]))
  const unknown = names.find((name) => !byName.has(name))
  return unknown === undefined
    ? Result.succeed([...new Set(names)].map((name) => byName.get(name)!))
    : Result.fail(new InvalidPlot({ option: "variables", problem: `the study has no variable "${unknown}"` }))
}

/** The value of a variable in a trial, as a number on its axis. */
export const reader = ({
  domain,
  name
}: SpaceVariable): ((trial: { readonly params: object }) => number | undefined) => {
  const numberOf = PlotAxis.numberOf(domain)
  return ({ params }) => {
    // Parameters of a space are plain values by its names; inherited keys such as "constructor" are no parameters.
    const value = Object.hasOwn(params, name)
      ? (params as Readonly<Record<string, string | number | boolean>>)[name]
      : undefined
    return value === undefined ? undefined : numberOf(value)
  }
}

/** What a trial with a value is worth for a plot. `pruned`: the last value that it reported. */
export type Worth = "complete" | "infeasible" | "pruned"

/** A trial that has a value. */
export interface Valued<D extends Declaration = Declaration> {
  readonly trial: CompleteTrial<D> | PrunedTrial<D>
  readonly worth: Worth
  readonly value: number
}

/** The trial with its value of an objective, if it has ended with one. */
export const valuedOf = <D extends Declaration>(trial: Trial<D>, objective: number): Valued<D> | undefined => {
  if (trial.state === "complete") {
    return { trial, worth: violation(trial) === 0 ? "complete" : "infeasible", value: trial.values[objective]! }
  }
  if (trial.state !== "pruned") return undefined
  const value = trial.reports.at(-1)?.values[objective]
  return value === undefined ? undefined : { trial, worth: "pruned", value }
}

/** All trials that have ended with a value of an objective, by number. */
export const valued = <D extends Declaration>(state: State<D>, objective: number): ReadonlyArray<Valued<D>> => {
  const found: Array<Valued<D>> = []
  for (const trial of state.trials) {
    const known = valuedOf(trial, objective)
    if (known !== undefined) found.push(known)
  }
  return found
}

/** Whether one value is better than another. */
export const isBetter = (direction: Direction, value: number, than: number): boolean =>
  direction === "minimize" ? value < than : value > than

/** The best of the trials that are complete and keep the constraints; of equals the first. */
export const bestOf = <D extends Declaration>(
  trials: ReadonlyArray<Valued<D>>,
  direction: Direction
): Valued<D> | undefined => {
  let best: Valued<D> | undefined
  for (const it of trials) {
    if (it.worth === "complete" && (best === undefined || isBetter(direction, it.value, best.value))) best = it
  }
  return best
}
