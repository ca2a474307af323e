/**
 * The share of trials that are at most some value, for one study or several: the empirical distribution function, by which whole
 * searches are compared rather than their best trials (see I. Radosavovic, J. Johnson, S. Xie, W.-Y. Lo, P. Dollár, "On network
 * design spaces for visual recognition", 2019).
 *
 * **Guarantees** Of each study, values ascend and shares ascend up to 1. A share belongs to a value as it is in the study, however
 * few of them are kept.
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import type { Direction } from "../sampler/Sampler.ts"
import type { Declaration } from "../space/SearchSpace.ts"
import type { State } from "../study/StudyState.ts"
import { InvalidPlot, NothingToDraw, objectiveOf } from "./Plot.ts"
import type { Options, Refusal } from "./Plot.ts"
import * as PlotAxis from "./PlotAxis.ts"

/** A study by a name. */
export interface Named<D extends Declaration = Declaration> {
  readonly name: string
  readonly state: State<D>
}

export interface Curve {
  readonly name: string
  /** How many complete trials it shows. */
  readonly trials: number
  /** Where the share rises, and to what. */
  readonly steps: ReadonlyArray<readonly [value: number, share: number]>
}

export interface Edf {
  readonly x: PlotAxis.NumberAxis
  readonly curves: ReadonlyArray<Curve>
  /** Studies without a complete trial. */
  readonly empty: ReadonlyArray<string>
  /** How many values lie beyond the ends of the axis. */
  readonly beyond: number
}

/** Most steps of a curve that are kept. */
export const STEPS_MAX = 400
/** Most studies in one plot. */
export const STUDIES_MAX = 20

const curveOf = (name: string, values: ReadonlyArray<number>): Curve => {
  const sorted = Float64Array.from(values).sort()
  const count = sorted.length
  // Zero has two signs, which are equal.
  const isLast = (index: number) => index === count - 1 || sorted[index + 1]! > sorted[index]!
  const kept = Math.min(count, STEPS_MAX)
  const steps: Array<readonly [number, number]> = []
  for (let k = 0; k < kept; k++) {
    let index = kept === 1 ? count - 1 : Math.round((k * (count - 1)) / (kept - 1))
    while (!isLast(index)) index += 1
    const last = steps.at(-1)
    if (last === undefined || last[0] < sorted[index]!) steps.push([sorted[index]!, (index + 1) / count])
  }
  return { name, trials: count, steps }
}

/** The distributions of an objective, of its complete trials. */
export const make = (studies: ReadonlyArray<Named>, options: Options = {}): Result.Result<Edf, Refusal> =>
  Result.gen(function* () {
    if (studies.length > STUDIES_MAX) {
      const problem = `at most ${STUDIES_MAX} can be compared, there are ${studies.length}`
      return yield* Result.fail(new InvalidPlot({ option: "studies", problem }))
    }
    const found: Array<readonly [string, ReadonlyArray<number>]> = []
    let title = "value"
    let direction: Direction | undefined
    for (const { name, state } of studies) {
      const objective = yield* objectiveOf(state, options)
      title = objective.title
      if (direction !== undefined && direction !== objective.direction) {
        const problem = "some minimize and some maximize: their values cannot be compared"
        return yield* Result.fail(new InvalidPlot({ option: "studies", problem }))
      }
      direction = objective.direction
      found.push([
        name,
        state.trials.flatMap((trial) => (trial.state === "complete" ? [trial.values[objective.index]!] : []))
      ])
    }
    const known = found.filter(([, values]) => values.length > 0)
    if (known.length === 0) {
      return yield* Result.fail(new NothingToDraw({ plot: "EDF", problem: "no trial is complete yet" }))
    }
    const values = known.flatMap(([, each]) => each)
    const x = PlotAxis.ofValues(title, values, direction)
    return {
      x,
      beyond: values.filter((value) => PlotAxis.isBeyond(x, value)).length,
      curves: known.map(([name, values]) => curveOf(name, values)),
      empty: found.filter(([, values]) => values.length === 0).map(([name]) => name)
    }
  })
