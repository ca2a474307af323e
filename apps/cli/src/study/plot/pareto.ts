/** The front of several objectives. */
import { steps } from "@apps/demo/chart/Axes"
import { html, type Markup } from "@apps/demo/chart/Markup"
import { ParetoPlot, type Plot, PlotCloud, type Study } from "@mabeam/optimize"
import { Result } from "effect"
import {
  across,
  type Box,
  cloudOf,
  counted,
  type Drawing,
  grouped,
  HEIGHT,
  panel,
  type Sign,
  up,
  whole,
  WIDTH
} from "./figure.ts"
import { tipOf } from "./history.ts"
import { precise } from "./ticks.ts"

const front: Pick<Sign, "colour" | "mark"> = { colour: "deal", mark: "dot" }
const dominated: Pick<Sign, "colour" | "mark"> = { colour: "rest", mark: "dot" }
const infeasible: Pick<Sign, "colour" | "mark"> = { colour: "series3", mark: "cross" }

/** The border of what is dominated: from point to point, first along the objective that gets worse. */
const lineOf = ({ line, objectives, x, y }: ParetoPlot.Pair, box: Box): Markup | undefined => {
  if (line.length < 2) return undefined
  const toX = across(x, box)
  const toY = up(y, box)
  const corners = line.map(([a, b]) => [toX(a), toY(b)] as const)
  // Where more is better on the x axis, what is dominated lies to the left.
  const walked = objectives[0].direction === "minimize" ? corners : corners.toReversed()
  return html`<g class="deal"><path class="fine" d="${steps(walked)}" /></g>`
}

/** Many points are small. */
const MANY = 150

const drawn = (pair: ParetoPlot.Pair, box: Box, state: Study.State, isSmall: boolean): Markup => {
  const tip = tipOf(state)
  const words = ({ number, x, y }: { readonly number: number; readonly x: number; readonly y: number }) =>
    isSmall ? `trial ${number}: ${precise(x)} and ${precise(y)}` : tip(number, `${precise(x)} and ${precise(y)}`)
  const { x, y } = pair
  const isMany = PlotCloud.total(pair.front) > MANY
  return html`${panel(box, x, y, { isSmall, yTitle: y.title })}${cloudOf(pair.dominated, box, x, y, dominated, words)}${cloudOf(
    pair.infeasible,
    box,
    x,
    y,
    infeasible,
    words
  )}${lineOf(pair, box)}${cloudOf(pair.front, box, x, y, { ...front, size: isMany ? 0.7 : 1 }, words)}`
}

const boxes: ReadonlyArray<Box> = [
  { left: 84, right: WIDTH / 2 - 24, top: 134, bottom: 400 },
  { left: WIDTH / 2 + 74, right: 868, top: 134, bottom: 400 },
  { left: 84, right: WIDTH / 2 - 24, top: 500, bottom: 766 }
]

/** The front of two or three objectives. */
export const pareto = (state: Study.State): Result.Result<Drawing, Plot.Refusal> =>
  Result.map(ParetoPlot.make(state), (data): Drawing => {
    const isPlane = data.pairs.length === 1
    const beyond = data.pairs.reduce((most, pair) => Math.max(most, pair.beyond), 0)
    const rest = data.trials - data.front - data.infeasible
    return {
      says: `${counted(data.front)} that no other is better than in every objective, of ${grouped(data.trials)} complete${isPlane ? "" : " · two objectives at a time"}${beyond === 0 ? "" : ` · ${counted(beyond)} at the edge lie beyond`}`,
      legend: [
        { name: "front", ...front },
        ...(rest > 0 ? [{ name: "dominated", ...dominated }] : []),
        ...(data.infeasible > 0 ? [{ name: "constraint broken", ...infeasible }] : [])
      ],
      height: isPlane ? HEIGHT : 820,
      body: data.pairs.map((pair, index) => drawn(pair, isPlane ? whole : boxes[index]!, state, !isPlane))
    }
  })
