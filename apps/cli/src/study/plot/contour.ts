/** The best values over two variables, as a map. */
import { html, type Markup } from "@apps/demo/chart/Markup"
import { ContourPlot, type Plot, type Study } from "@mabeam/optimize"
import { Result } from "effect"
import { across, type Box, counted, type Drawing, markOf, panel, up } from "./figure.ts"
import { tipOf } from "./history.ts"
import { precise } from "./ticks.ts"

const box: Box = { left: 84, right: 740, top: 134, bottom: 530 }
const HEIGHT = 590
// Green would drown in the map.
const star = { colour: "limit", mark: "star" } as const

const fixed = (value: number): string => String(Math.round(value * 10) / 10)

/** A shade for values that so many of the levels are below, from the best (0) to the worst (9). */
const shadeOf = (level: number, levels: number, isLowGood: boolean): number => {
  const rank = isLowGood ? level : levels - level
  return levels === 0 ? 0 : Math.round((rank * 9) / levels)
}

const fieldOf = (data: ContourPlot.Contour): Markup => {
  const isLowGood = data.objective.direction === "minimize"
  const { length } = data.levels
  const shade = (level: number) => `m${shadeOf(level, length, isLowGood)}`
  const toX = (x: number) => fixed(box.left + x * (box.right - box.left))
  const toY = (y: number) => fixed(box.bottom - y * (box.bottom - box.top))
  const bands = data.bands.map(({ rings }, index) => {
    const d = rings
      .map((ring) => `${ring.map(([x, y], i) => `${i === 0 ? "M" : "L"}${toX(x)} ${toY(y)}`).join("")}z`)
      .join("")
    return html`<path class="${`band ${shade(length - 1 - index)}`}" fill-rule="evenodd" d="${d}" />`
  })
  return html`<rect
      class="${shade(length)}"
      x="${box.left}"
      y="${box.top}"
      width="${box.right - box.left}"
      height="${box.bottom - box.top}"
    />${bands}`
}

const cellsOf = (data: ContourPlot.Contour): Markup => {
  const isLowGood = data.objective.direction === "minimize"
  const [columns, rows] = data.grid
  const width = (box.right - box.left) / columns
  const height = (box.bottom - box.top) / rows
  const hasNumbers = width > 46 && height > 20
  const cells = data.cells.map(({ column, count, level, row, value }) => {
    const x = box.left + column * width
    const y = box.bottom - (row + 1) * height
    const shade = shadeOf(level, data.levels.length, isLowGood)
    const number = hasNumbers
      ? html`<text class="${`on o${shade}`}" x="${x + width / 2}" y="${y + height / 2 + 4}" text-anchor="middle"
          >${precise(Number(value.toPrecision(3)))}</text
        >`
      : undefined
    return html`<rect class="${`m${shade} cell`}" x="${x}" y="${y}" width="${width}" height="${height}"
        ><title>${`best of ${counted(count)}: ${precise(value)}`}</title></rect
      >${number}`
  })
  return html`${cells}`
}

/** The shades at the right, with the values that part them, the best below. */
const scale = ({ levels, objective }: ContourPlot.Contour): Markup => {
  const isLowGood = objective.direction === "minimize"
  const steps = levels.length + 1
  const height = Math.min(30, 300 / steps)
  const bottom = 470
  const boxes = Array.from({ length: steps }, (_, step) => {
    // From below: the best first.
    const level = isLowGood ? step : steps - 1 - step
    const border = isLowGood ? levels[step] : levels[levels.length - 1 - step]
    const y = bottom - (step + 1) * height
    const label =
      border === undefined
        ? undefined
        : html`<text x="802" y="${y + 4}">${precise(Number(border.toPrecision(3)))}</text>`
    return html`<rect
        class="m${shadeOf(level, levels.length, isLowGood)}"
        x="770"
        y="${y}"
        width="22"
        height="${height}"
      />${label}`
  })
  return html`<g class="axis small"
    >${boxes}<text x="770" y="${bottom + 18}">best</text
    ><text x="770" y="${bottom - steps * height - 8}">worst</text></g
  >`
}

/** The map of two variables. */
export const contour = (
  state: Study.State,
  options: ContourPlot.ContourOptions
): Result.Result<Drawing, Plot.Refusal> =>
  Result.map(ContourPlot.make(state, options), (data): Drawing => {
    const { best, missing, objective, points, trials, x, y } = data
    const isField = data.bands.length > 0 || data.cells.length === 0
    const toX = across(x, box)
    const toY = up(y, box)
    const tip = tipOf(state)
    const others = missing === 0 ? "" : ` · ${missing} lack one of the two`
    const shown = points.length < trials ? `, ${points.length} drawn` : ""
    return {
      title: `Contour of ${x.title} and ${y.title}`,
      says: `${objective.title} of ${counted(trials)}${isField ? `${shown}, interpolated between the best of each place` : ": the best of each cell"}${others}`,
      legend: [
        ...(isField ? [{ name: "trial", colour: "rest", mark: "dot" } as const] : []),
        ...(best === undefined ? [] : [{ name: `best, ${precise(best.value)}`, ...star }])
      ],
      height: HEIGHT,
      body: [
        isField ? fieldOf(data) : cellsOf(data),
        panel(box, x, y, { hasGrid: false }),
        ...(isField
          ? [
              html`<g class="spots"
                >${points.map(
                  (point) =>
                    html`<circle cx="${toX(point.x)}" cy="${toY(point.y)}" r="2.2"
                      ><title>${tip(point.number)}</title></circle
                    >`
                )}</g
              >`
            ]
          : []),
        ...(best === undefined
          ? []
          : [
              html`<g class="${star.colour}"
                >${markOf("star", toX(best.x), toY(best.y), tip(best.number, precise(best.value)))}</g
              >`
            ]),
        scale(data)
      ]
    }
  })
