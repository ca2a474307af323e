/** The share of trials up to each value, for studies side by side. */
import { steps } from "@apps/demo/chart/Axes"
import { html } from "@apps/demo/chart/Markup"
import { EdfPlot, type Plot, PlotAxis } from "@mabeam/optimize"
import { Result } from "effect"
import { seriesMax } from "../../plot/chart.ts"
import { across, counted, type Drawing, HEIGHT, panel, up, whole } from "./figure.ts"
import { precise } from "./ticks.ts"

const shares: PlotAxis.NumberAxis = { type: "linear", title: "share of trials", from: 0, to: 1, whole: false }

/** The distributions of studies. */
export const edf = (
  studies: ReadonlyArray<EdfPlot.Named>,
  options: Plot.Options
): Result.Result<Drawing, Plot.Refusal> =>
  Result.map(EdfPlot.make(studies, options), ({ beyond, curves, empty, x }): Drawing => {
    const toX = across(x, whole)
    const toY = up(shares, whole)
    const total = curves.reduce((sum, { trials }) => sum + trials, 0)
    const without = empty.length === 0 ? "" : ` · nothing complete in ${empty.join(", ")}`
    const outside = beyond === 0 ? "" : ` · ${beyond} beyond the axis`
    return {
      says: `share of ${counted(total, "complete trial")} that are at most a value${without}${outside}`,
      legend: curves
        .slice(0, 5)
        .map(({ name }, index) => ({ name, colour: `series${index % seriesMax}`, mark: "line" }) as const),
      height: HEIGHT,
      body: [
        panel(whole, x, shares),
        ...curves.map(({ name, steps: found, trials }, index) => {
          const corners = [
            [whole.left, toY(0)] as const,
            ...found.map(([value, share]) => [toX(value), toY(share)] as const),
            [whole.right, toY(1)] as const
          ]
          const median = found.find(([, share]) => share >= 0.5)!
          const words = `${name}: ${counted(trials)}, median ${precise(median[0])}`
          return html`<g class="${`series${index % seriesMax}`}"
            ><path class="${index < seriesMax ? "line" : "dash"}" d="${steps(corners)}"
              ><title>${words}</title></path
            ></g
          >`
        })
      ]
    }
  })
