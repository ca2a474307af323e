/** What holds of the plots of every study, whatever has happened in it. */
import { describe } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Result, Schema } from "effect"
import * as ContourPlot from "../../src/plot/ContourPlot.ts"
import * as EdfPlot from "../../src/plot/EdfPlot.ts"
import * as HistoryPlot from "../../src/plot/HistoryPlot.ts"
import * as IntermediatePlot from "../../src/plot/IntermediatePlot.ts"
import * as ParallelPlot from "../../src/plot/ParallelPlot.ts"
import * as ParetoPlot from "../../src/plot/ParetoPlot.ts"
import * as Plot from "../../src/plot/Plot.ts"
import * as PlotAxis from "../../src/plot/PlotAxis.ts"
import * as PlotCloud from "../../src/plot/PlotCloud.ts"
import * as SlicePlot from "../../src/plot/SlicePlot.ts"
import * as TimelinePlot from "../../src/plot/TimelinePlot.ts"
import * as Study from "../../src/study/Study.ts"
import { cases } from "../spaces.ts"
import { begin, tell } from "../study/story.ts"

const runs = campaign(400, 10_000)

/** Studies over generated spaces in which everything happens. */
const stories = Arbitrary.map(cases, ({ seed, space }) => tell(begin(space, seed, ["random"]), seed, 80))

/** Holds of the plot, or there is none and a sentence says why. */
const holds = <A>(plot: Result.Result<A, Plot.Refusal>, check: (plot: A) => boolean): boolean =>
  Result.match(plot, { onFailure: ({ message }) => message.length > 0, onSuccess: check })

const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, each) => total + each, 0)

describe("plots", () => {
  law("history: every trial that has ended is drawn once; the best so far only improves", runs, stories, ({ state }) =>
    holds(HistoryPlot.make(state), ({ best, clouds, gone, objective, summaries }) => {
      const drawn = sum(Object.values(clouds).map(PlotCloud.total)) + sum(gone.map(({ count }) => count))
      const ended = state.trials.filter(Study.hasEnded).length
      const improves = best.every(
        ([number, value], i) =>
          i === 0 || (number > best[i - 1]![0] && Plot.isBetter(objective.direction, value, best[i - 1]![1]))
      )
      const known = state.definition.directions.length > 1 || best.length === 0
      const last = best.at(-1)?.[1]
      return (
        drawn === ended &&
        improves &&
        (known || (state.best._tag === "Some" && last === state.best.value.values[0])) &&
        summaries.every(({ high, low, median }) => low <= median && median <= high)
      )
    })
  )

  law("slices: each trial with a value is on the slice of each variable that it has", runs, stories, ({ state }) =>
    holds(SlicePlot.make(state), ({ slices }) => {
      const valued = Plot.valued(state, 0).length
      return slices.every(({ clouds, missing, name, trials }) => {
        const has = Plot.valued(state, 0).filter(({ trial }) => name in trial.params).length
        const drawn = sum(Object.values(clouds).map(PlotCloud.total))
        return trials === has && drawn === has && trials + missing === valued
      })
    })
  )

  law("the counts of cells sum to the points, which lie in the same cells", runs, stories, ({ state }) =>
    holds(HistoryPlot.make(state), ({ x, y }) => {
      const points = Plot.valued(state, 0).map(({ trial, value }) => ({
        number: trial.number,
        x: trial.number,
        y: value
      }))
      const cloud = PlotCloud.make(points, x, y, { columns: 7, rows: 5, pointsMax: 0 }, true)
      if (cloud._tag !== "Density") return false
      const isIn = ({ column, row }: PlotCloud.Cell, point: PlotCloud.Point) =>
        PlotCloud.cellOf(PlotAxis.place(x, point.x), 7) === column &&
        PlotCloud.cellOf(PlotAxis.place(y, point.y), 5) === row
      return (
        PlotCloud.total(cloud) === points.length &&
        cloud.cells.every((cell) => cell.count === points.filter((point) => isIn(cell, point)).length)
      )
    })
  )

  law("EDF: values and shares ascend, each share is the part of trials at most the value", runs, stories, ({ state }) =>
    holds(EdfPlot.make([{ name: "a", state }]), ({ curves }) => {
      const values = state.trials.flatMap((trial) => (trial.state === "complete" ? [trial.values[0]!] : []))
      return curves.every(
        ({ steps }) =>
          steps.at(-1)?.[1] === 1 &&
          steps.every(
            ([value, share], i) =>
              share === values.filter((each) => each <= value).length / values.length &&
              (i === 0 || (value > steps[i - 1]![0] && share > steps[i - 1]![1]))
          )
      )
    })
  )

  law("Pareto: the front is Study.front, and each complete trial is drawn once", runs, stories, ({ state }) =>
    holds(ParetoPlot.make(state), ({ front, pairs, trials }) =>
      pairs.every(
        (pair) =>
          PlotCloud.total(pair.front) === front &&
          front === Study.front(state).length &&
          trials === state.counts.complete &&
          PlotCloud.total(pair.front) + PlotCloud.total(pair.dominated) + PlotCloud.total(pair.infeasible) === trials
      )
    )
  )

  law(
    "parallel: a line for each trial that has ended, places from 0 to 1, a ranking of all",
    runs,
    stories,
    ({ state }) =>
      holds(ParallelPlot.make(state), (data) => {
        const { columns, numbers, ranking, trials, worths } = data
        const ended = state.trials.filter(Study.hasEnded).map(({ number }) => number)
        const complete = ranking.filter((line) => worths[line] === "complete")
        const values = columns.find(({ objective }) => objective)!.values
        return (
          trials === ended.length &&
          numbers.join() === ended.join() &&
          ranking.toSorted((a, b) => a - b).every((line, i) => line === i) &&
          complete.every(
            (line, i) => i === 0 || !Plot.isBetter(data.objective.direction, values[line]!, values[complete[i - 1]!]!)
          ) &&
          columns.every((column) => {
            const { counts, missing } = ParallelPlot.histogram(column, 6)
            const inside = column.places.every((place) => Number.isNaN(place) || (place >= 0 && place <= 1))
            return inside && column.places.length === numbers.length && sum(counts) + missing === numbers.length
          }) &&
          columns.every(
            ({ axis, objective, places }) =>
              objective ||
              numbers.every((number, line) => axis.title in state.trial(number)!.params === !Number.isNaN(places[line]))
          )
        )
      })
  )

  law("intermediate: spreads are in order, lines have what was reported", runs, stories, ({ state }) =>
    holds(IntermediatePlot.make(state), ({ lines, shown, trials }) => {
      const reporting = state.trials.filter(({ reports }) => reports.length > 0)
      return (
        trials === reporting.length &&
        shown === trials &&
        lines.every(
          ({ number, reports }) =>
            reports.map(([step, value]) => `${step} ${value}`).join() ===
            state
              .trial(number)!
              .reports.map(({ step, values }) => `${step} ${values[0]}`)
              .join()
        )
      )
    })
  )

  law(
    "timeline: each trial with times is in one span, and spans of a state do not overlap",
    runs,
    stories,
    ({ state }) =>
      holds(TimelinePlot.make(state), ({ lanes, length, others, untimed }) => {
        const ran = state.trials.filter(({ state: it }) => it !== "waiting" && it !== "paused").length
        const drawn = sum(lanes.flatMap(({ spans }) => spans.map(({ count }) => count)))
        return (
          drawn + others + untimed === ran &&
          lanes.every(({ spans, trials }) => {
            const apart = spans.every((span) => {
              const before = spans.filter((each) => each.state === span.state && each.from < span.from).at(-1)
              return before === undefined || before.to <= span.from
            })
            return apart && trials === sum(spans.map(({ count }) => count))
          }) &&
          lanes.every(({ spans }) => spans.every(({ from, to }) => from >= 0 && to >= from && to <= length))
        )
      })
  )

  law("contour: the map lies between the best and the worst, levels ascend", runs, stories, ({ state }) =>
    holds(ContourPlot.make(state), ({ bands, best, cells, levels, missing, objective, trials }) => {
      const values = Plot.valued(state, 0).filter(({ worth }) => worth === "complete")
      const within = levels.every(
        (level) =>
          values.some(({ value }) => value <= level + 1e-6) && values.some(({ value }) => value >= level - 1e-6)
      )
      return (
        within &&
        levels.every((level, i) => i === 0 || level > levels[i - 1]!) &&
        bands.flatMap(({ rings }) => rings.flat(2)).every((place) => place >= 0 && place <= 1) &&
        (cells.length === 0 || sum(cells.map(({ count }) => count)) === trials) &&
        trials + missing === values.length &&
        (best === undefined || !cells.some(({ value }) => Plot.isBetter(objective.direction, value, best.value)))
      )
    })
  )
})

describe("axes", () => {
  const Numbers = Schema.Array(
    Schema.Union([Schema.Finite, Schema.Literals([0, -0, 1e308, -1e308, 5e-324, 1, 1 + 2 ** -52])])
  )
  const values = Arbitrary.schema(Numbers.check(Schema.isMaxLength(12)))

  law("place every value from 0 to 1, and greater ones not lower", campaign(20_000, 500_000), values, (numbers) =>
    ([undefined, "minimize", "maximize"] as const).every((direction) => {
      const axis = PlotAxis.ofValues("v", numbers, direction)
      const places = numbers.toSorted((a, b) => a - b).map((value) => PlotAxis.place(axis, value))
      return (
        axis.from < axis.to &&
        Number.isFinite(axis.from) &&
        Number.isFinite(axis.to) &&
        places.every((place, i) => place >= 0 && place <= 1 && (i === 0 || place >= places[i - 1]!))
      )
    })
  )
})
