/** The values along each variable alone: a small panel for each. */
import { html } from "@apps/demo/chart/Markup"
import { type Plot, type PlotAxis, type PlotCloud, SlicePlot, type Study } from "@mabeam/optimize"
import { Result } from "effect"
import {
  across,
  type Box,
  cloudOf,
  counted,
  type Drawing,
  grouped,
  markOf,
  panel,
  signs,
  up,
  WIDTH,
  worthLegend
} from "./figure.ts"
import { nameOf, precise, wordOf } from "./ticks.ts"

/** Most panels. */
export const PANELS_MAX = 24
const ROW = 232

const boxOf = (index: number, columns: number): Box => {
  const width = WIDTH / columns
  const left = (index % columns) * width + 70
  const top = Math.floor(index / columns) * ROW + 150
  return { left, right: left + width - 92, top, bottom: top + ROW - 64 }
}

/** How far a point is moved aside, so that trials with the same name do not lie upon each other. */
const jitter = (axis: PlotAxis.PlotAxis, { left, right }: Box, number: number): number =>
  // Multiples of the golden ratio are spread evenly, however many there are.
  axis.type === "names" ? (((number * 0.6180339887) % 1) - 0.5) * 0.5 * ((right - left) / axis.names.length) : 0

/** Short, because a trial is drawn once for each variable. */
const tipOf = ({ name, x }: SlicePlot.Slice, point: PlotCloud.Point): string =>
  `trial ${point.number}: ${precise(point.y)}\n${nameOf(name, 40)} = ${wordOf(x, point.x)}`

/** The slices of variables. */
export const slice = (state: Study.State, options: SlicePlot.SliceOptions): Result.Result<Drawing, Plot.Refusal> =>
  Result.map(SlicePlot.make(state, options), ({ beyond, objective, slices, y }): Drawing => {
    const shown = slices.slice(0, PANELS_MAX)
    const columns = Math.min(3, shown.length)
    const panels = shown.map((it, index) => {
      const box = boxOf(index, columns)
      const toX = across(it.x, box)
      const toY = up(y, box)
      const isDense = Object.values(it.clouds).some(({ _tag }) => _tag === "Density")
      const at = (point: PlotCloud.Point) => toX(point.x) + (isDense ? 0 : jitter(it.x, box, point.number))
      const cloud = (key: "complete" | "infeasible" | "pruned") =>
        cloudOf(it.clouds[key], box, it.x, y, { ...signs[key], size: 0.75, at }, (point) => tipOf(it, point))
      const lacking =
        it.missing === 0
          ? undefined
          : html`<text class="soft small" x="${box.right}" y="${box.top - 8}" text-anchor="end"
              >${`in ${grouped(it.trials)} of ${grouped(it.trials + it.missing)}`}</text
            >`
      const star =
        it.best === undefined
          ? undefined
          : html`<g class="${signs.best.colour}">${markOf("star", at(it.best), toY(it.best.y), tipOf(it, it.best))}</g>`
      return html`${panel(box, it.x, y, {
        head: `${it.name}${it.x.type === "log" ? " (log)" : ""}`,
        headRoom: it.missing === 0 ? 0 : 110,
        isSmall: true,
        hasXTitle: false,
        hasYTitle: false
      })}${lacking}${cloud("infeasible")}${cloud("pruned")}${cloud("complete")}${star}`
    })
    const omitted = slices.length - shown.length
    const dense = slices.find((it) => Object.values(it.clouds).some(({ _tag }) => _tag === "Density"))
    const first = dense ?? slices[0]
    return {
      says: [
        `${objective.title}${y.type === "log" ? ", log scale" : ""}, along each variable`,
        ...(omitted > 0 ? [`${omitted} more variables are not shown`] : []),
        ...(beyond > 0
          ? [`${counted(beyond)} beyond ${precise(objective.direction === "minimize" ? y.to : y.from)} at the edge`]
          : [])
      ].join(" · "),
      legend: [
        ...(first === undefined ? [] : worthLegend(first.clouds)),
        ...(shown.some(({ best }) => best !== undefined) ? [{ name: "best", ...signs.best }] : [])
      ],
      height: 150 + Math.ceil(shown.length / columns) * ROW - 20,
      body: panels
    }
  })
