/** Credits of every agent after each round. */
import type { ReportModel } from "../ReportModel.ts"
import { path, xAxis, yAxis } from "../../chart/Axes.ts"
import { agentIndex, agentLanes, card, clip, colourOf, drawing } from "./frame.ts"
import { html, type Markup } from "../../chart/Markup.ts"
import { linear, short, spread, ticks } from "../../chart/Scale.ts"

const WIDTH = 528
const LEFT = 50
const RIGHT = WIDTH - 112
const TOP = 26

export const creditsChart = (model: ReportModel): Markup => {
  const { agents } = model
  const colour = colourOf(model)
  const index = agentIndex(model)
  const { height } = agentLanes(agents.length)
  const bottom = height - 48
  const rounds = Math.max(1, ...agents.map(({ credits }) => credits.length - 1))
  const most = Math.max(1, ...agents.flatMap(({ credits }) => credits))
  const x = linear(0, rounds, LEFT, RIGHT)
  const y = linear(0, most * 1.05, bottom, TOP)
  const ends = agents.map(({ credits }) => y(credits.at(-1) ?? 0))
  const labels = spread(ends, 15, TOP, bottom)
  const series = agents.map(({ credits, id }, at) => {
    const end = credits.at(-1) ?? 0
    const points = credits.map((credit, round) => [x(round), y(credit)] as const)
    const marks = credits.map((credit, round) => {
      const tip = `${id}\n${round === 0 ? "at the start" : `after round ${round}`}: ${short(credit)} credits`
      return html`<circle class="dot" cx="${x(round)}" cy="${y(credit)}" r="3" data-tip="${tip}" />`
    })
    const edge = x(Math.max(0, credits.length - 1))
    const leader = path([
      [edge + 4, ends[at]!],
      [RIGHT + 8, labels[at]!],
      [RIGHT + 12, labels[at]!]
    ])
    return html`<g class="series ${colour(id)}" data-agent="${index(id)}"
      ><path d="${path(points)}" />${marks}<path class="leader" d="${leader}" /><text
        x="${RIGHT + 16}"
        y="${labels[at]! + 4}"
        >${clip(id, 10)} ${short(end)}</text
      ></g
    >`
  })
  return card({
    id: "credits",
    title: "Credits",
    hint: "spent in the auctions for training slots, earned by good findings",
    body: drawing("Credits of every agent by round", WIDTH, height, [
      yAxis({
        left: LEFT,
        right: RIGHT,
        title: "credits",
        titleAt: [8, 14],
        ticks: ticks(0, most * 1.05, 5).map((mark) => ({ y: y(mark), label: short(mark) }))
      }),
      xAxis({
        y: bottom,
        left: LEFT,
        right: RIGHT,
        title: "after round (0: at the start)",
        ticks: ticks(0, rounds, 8).filter(Number.isInteger),
        scale: x
      }),
      ...series
    ])
  })
}
