/** Every training as a line through its parameters to its accuracy; axes can be brushed. */
import type { ReportModel, ReportTrial } from "../ReportModel.ts"
import { path } from "../../chart/Axes.ts"
import { agentIndex, card, clip, colourOf, drawing } from "./frame.ts"
import { html, type Markup } from "../../chart/Markup.ts"
import { linear, ticks } from "../../chart/Scale.ts"
import { parameterScale, parameterTicks, percent, shown } from "./scale.ts"

const WIDTH = 1112
const HEIGHT = 330
const TOP = 44
const BOTTOM = HEIGHT - 18
const LEFT = 56
const RIGHT = WIDTH - 70
const FAN = 28

interface Axis {
  readonly name: string
  readonly x: number
  readonly ticks: ReadonlyArray<{ readonly y: number; readonly label: string }>
}

export const parallelChart = (model: ReportModel): Markup => {
  const { parameters, summary, trials } = model
  const colour = colourOf(model)
  const index = agentIndex(model)
  const x = linear(0, parameters.length, LEFT, RIGHT)
  const scales = parameters.map((parameter) => parameterScale(parameter, BOTTOM, TOP))
  const low = Math.max(
    0,
    Math.min(
      0.95,
      quantile(
        trials.map(({ accuracy }) => accuracy),
        0.1
      )
    )
  )
  const high = Math.max(low + 0.01, ...trials.map(({ accuracy }) => accuracy))
  const accuracyAt = linear(low, high, BOTTOM, TOP)
  const axes: ReadonlyArray<Axis> = [
    ...parameters.map((parameter, at) => ({
      name: parameter.name,
      x: x(at),
      ticks: parameterTicks(parameter, 5).map((value) => ({ y: scales[at]!(value) ?? BOTTOM, label: shown(value) }))
    })),
    {
      name: "accuracy",
      x: x(parameters.length),
      ticks: ticks(low, high, 5).map((mark) => ({
        y: accuracyAt(mark),
        label: percent(mark, high - low < 0.05 ? 1 : 0)
      }))
    }
  ]
  const lineOf = ({ accuracy, params }: ReportTrial, position: number) => {
    const ys = parameters.map(({ kind, name }, at) => {
      // Lines through the same choice are fanned out a little, or nobody could follow one.
      const fan = kind === "categorical" ? ((position + 0.5) / trials.length - 0.5) * FAN : 0
      return (scales[at]!(params[name]) ?? BOTTOM) + fan
    })
    return [...ys, Math.min(BOTTOM, accuracyAt(accuracy))]
  }
  // Better trainings are drawn later, on top of worse ones.
  const lines = [...trials]
    .sort((a, b) => a.accuracy - b.accuracy)
    .map((trial, position) => {
      const ys = lineOf(trial, position)
      const best = trial.id === summary.bestTrialId
      const values = parameters.map(({ name }) => `${name} ${shown(trial.params[name])}`)
      const tip = [`${trial.id} · ${trial.agent} · ${percent(trial.accuracy)}`, ...values].join("\n")
      const strength = 0.12 + 0.7 * Math.max(0, Math.min(1, (trial.accuracy - low) / (high - low))) ** 2
      const d = path(ys.map((y, at) => [axes[at]!.x, y] as const))
      return html`<path
        class="line ${colour(trial.agent)}${best ? " best" : ""}"
        data-agent="${index(trial.agent)}"
        data-trial="${trial.id}"
        data-ys="${ys.map((y) => y.toFixed(1)).join(" ")}"
        style="--o:${strength}"
        d="${d}"
        data-tip="${tip}"
      />`
    })
  return card({
    id: "parallel",
    title: "What was tried",
    hint: "one line per training, stronger the better it did; drag along an axis to keep only the lines that pass there, click it to let go",
    body: html`${drawing("Parameters of every training as parallel coordinates", WIDTH, HEIGHT, [
        html`<g class="lines">${lines}</g>`,
        html`${axes.map((axis, at) => axisMarkup(axis, at, at === axes.length - 1))}`
      ])}
      <p class="count" id="parallel-count">${trials.length} of ${trials.length} trainings</p>`
  })
}

const axisMarkup = ({ name, ticks: marks, x }: Axis, at: number, last: boolean): Markup => {
  const side = last ? 1 : -1
  return html`<g class="paxis" data-axis="${at}"
    ><line x1="${x}" x2="${x}" y1="${TOP}" y2="${BOTTOM}" /><text
      class="name"
      x="${x}"
      y="${TOP - 20}"
      text-anchor="middle"
      >${clip(name, 15)}</text
    >${marks.map(
      ({ label, y }) =>
        html`<line x1="${x}" x2="${x + side * 4}" y1="${y}" y2="${y}" /><text
            x="${x + side * 8}"
            y="${y + 4}"
            text-anchor="${last ? "start" : "end"}"
            >${clip(label, 7)}</text
          >`
    )}<rect class="brush" x="${x - 9}" y="${TOP}" width="18" height="0" /><rect
      class="grip"
      x="${x - 14}"
      y="${TOP - 6}"
      width="28"
      height="${BOTTOM - TOP + 12}"
      data-top="${TOP}"
      data-bottom="${BOTTOM}"
  /></g>`
}

const quantile = (values: ReadonlyArray<number>, share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0
}
