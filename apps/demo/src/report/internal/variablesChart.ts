/** How each shared variable moved: a small chart per variable, with the proposals that were refused. */
import type { ParameterValue, ReportDecision, ReportModel, ReportParameter } from "../ReportModel.ts"
import { steps } from "../../chart/Axes.ts"
import { card, clip, drawing } from "./frame.ts"
import { html, type Markup } from "../../chart/Markup.ts"
import { linear, ticks } from "../../chart/Scale.ts"
import { parameterScale, parameterTicks, shown } from "./scale.ts"
import { decisionTip } from "./votesChart.ts"

const WIDTH = 262
const HEIGHT = 138
const LEFT = 46
const RIGHT = WIDTH - 12
const TOP = 10
const BOTTOM = HEIGHT - 36

export const variablesChart = (model: ReportModel): Markup => {
  const end = Math.max(model.seconds, 0.001)
  return card({
    id: "variables",
    title: "Shared variables",
    hint: "the value all agents agreed on; a filled mark is a change the team accepted, a hollow one a proposal it refused",
    body: html`<div class="grid4">${model.parameters.map((parameter) => variable(model, parameter, end))}</div>`
  })
}

interface Move {
  readonly decision: ReportDecision
  readonly to: ParameterValue
}

const variable = (model: ReportModel, parameter: ReportParameter, end: number): Markup => {
  const moves = model.decisions.flatMap((decision): ReadonlyArray<Move> => {
    const change = decision.changes.find(({ variable: name }) => name === parameter.name)
    return change === undefined ? [] : [{ decision, to: change.to }]
  })
  const first = model.decisions.flatMap(({ changes }) => changes).find(({ variable: name }) => name === parameter.name)
  const initial = first?.from ?? model.summary.defaultParams[parameter.name]
  const scale = parameterScale(parameter, BOTTOM, TOP)
  const x = linear(0, end, LEFT, RIGHT)
  const y = (value: ParameterValue | undefined) => scale(value) ?? BOTTOM
  const accepted = moves.filter(({ decision }) => decision.outcome === "accepted")
  const now = accepted.at(-1)?.to ?? initial
  const line = steps([
    [x(0), y(initial)],
    ...accepted.map(({ decision, to }) => [x(decision.at), y(to)] as const),
    [x(end), y(now)]
  ])
  const marks = moves.map(({ decision, to }) => {
    const kind = decision.outcome === "accepted" ? "accepted" : "refused"
    const votes = decision.votes.map(({ agent, vote }) => `${agent}: ${vote}`)
    const tip = [decisionTip(decision), ...votes].join("\n")
    return html`<circle class="move ${kind}" cx="${x(decision.at)}" cy="${y(to)}" r="4" data-tip="${tip}" />`
  })
  return html`<figure class="variable">
    <figcaption>
      <b>${parameter.name}</b><span>${shown(initial)} → <strong>${shown(now)}</strong></span>
    </figcaption>
    ${drawing(`History of ${parameter.name}`, WIDTH, HEIGHT, [
      html`<g class="axis"
        >${parameterTicks(parameter, 3).map((value) => {
          const at = y(value)
          return html`<line x1="${LEFT}" x2="${RIGHT}" y1="${at}" y2="${at}" /><text
              x="${LEFT - 6}"
              y="${at + 4}"
              text-anchor="end"
              >${clip(shown(value), 6)}</text
            >`
        })}${ticks(0, end, 4).map(
          (time) => html`<text x="${x(time)}" y="${BOTTOM + 20}" text-anchor="middle">${shown(time)} s</text>`
        )}</g
      >`,
      html`<path class="history" d="${line}" />`,
      ...marks
    ])}
  </figure>`
}
