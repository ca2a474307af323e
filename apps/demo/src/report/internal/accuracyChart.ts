/** Validation accuracy of every training by agent, and the best so far beside that of the random search. */
import type { ReportModel } from "../ReportModel.ts"
import { path, steps, xAxis, yAxis } from "../../chart/Axes.ts"
import { agentIndex, card, colourOf, drawing } from "./frame.ts"
import { html, type Markup } from "../../chart/Markup.ts"
import { linear, logarithmic, short, ticks, type Scale } from "../../chart/Scale.ts"
import { percent } from "./scale.ts"

const WIDTH = 717
const HEIGHT = 348
const LEFT = 58
const RIGHT = WIDTH - 14
const TOP = 30
const BOTTOM = HEIGHT - 48

/** Accuracies worth a line; which of them are drawn depends on the data. */
const marks = [0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999]

/** Accuracy on a scale where halving the error is the same distance everywhere, and the lines that fit in it. */
const accuracyScale = (accuracies: ReadonlyArray<number>, rows: number) => {
  const errorLeast = 0.5 / Math.max(1, rows)
  const worst = 1 - Math.min(...accuracies, 0.9)
  const best = Math.max(errorLeast, 1 - Math.max(...accuracies, 0.95))
  const bottom = 1 - (marks.findLast((mark) => 1 - mark >= worst) ?? 0)
  const error = logarithmic(bottom, best * 0.8, BOTTOM, TOP)
  // A diverged training stands on the ground: its accuracy of 0 would only squeeze the others.
  const scale: Scale = (accuracy) => error(Math.min(bottom, Math.max(1 - accuracy, best * 0.8)))
  const lines = marks.filter((mark) => 1 - mark <= bottom + 1e-12 && 1 - mark > best * 0.8)
  return { lines, scale }
}

const bestSoFar = (accuracies: ReadonlyArray<number>): ReadonlyArray<number> => {
  let best = 0
  return accuracies.map((accuracy) => (best = Math.max(best, accuracy)))
}

export const accuracyChart = (model: ReportModel): Markup => {
  const { randomSearch, trials } = model
  const accuracies = trials.map(({ accuracy }) => accuracy)
  const count = Math.max(trials.length, randomSearch.length, 2)
  const x = linear(1, count, LEFT + 10, RIGHT - 8)
  const { lines, scale: y } = accuracyScale(
    trials.filter(({ outcome }) => outcome === "trained").map(({ accuracy }) => accuracy),
    model.data.validation
  )
  const colour = colourOf(model)
  const index = agentIndex(model)
  const best = bestSoFar(accuracies).map((accuracy, at) => [x(at + 1), y(accuracy)] as const)
  const baseline = bestSoFar(randomSearch).map((accuracy, at) => [x(at + 1), y(accuracy)] as const)
  const points = trials.map((trial, at) => {
    const { accuracy, agent, id, loss, outcome, params, round } = trial
    const values = model.parameters.map(({ name }) => `${name} ${shortValue(params[name])}`)
    const result = outcome === "diverged" ? "diverged" : `${percent(accuracy)}, loss ${short(loss)}`
    const tip = [`${id} · ${agent} · round ${round}`, result, ...values].join("\n")
    const cx = x(at + 1)
    const cy = y(accuracy)
    const classes = `mark ${colour(agent)}${outcome === "diverged" ? " diverged" : ""}${id === model.summary.bestTrialId ? " best" : ""}`
    return html`<circle
      class="${classes}"
      data-agent="${index(agent)}"
      data-trial="${id}"
      cx="${cx}"
      cy="${cy}"
      r="${id === model.summary.bestTrialId ? 6 : 4}"
      data-tip="${tip}"
    />`
  })
  const last = best.at(-1)
  return card({
    id: "accuracy",
    title: "Accuracy over trainings",
    hint: "validation part; the scale widens towards 100 %, so that halving the error is the same distance everywhere",
    body: drawing("Validation accuracy of every training, by agent", WIDTH, HEIGHT, [
      yAxis({
        left: LEFT,
        right: RIGHT,
        title: "validation accuracy",
        titleAt: [8, 14],
        ticks: lines.map((mark) => ({ y: y(mark), label: percent(mark, mark > 0.99 ? 1 : 0) }))
      }),
      roundLines(model, x),
      xAxis({
        y: BOTTOM + 4,
        left: LEFT,
        right: RIGHT,
        title: "training, in order of its result",
        ticks: [...new Set(ticks(0, count, 10).map((tick) => Math.max(1, Math.round(tick))))],
        scale: x
      }),
      html`<path class="baseline" d="${path(stepPoints(baseline))}" />`,
      html`<path class="bestline" d="${steps(best)}" />`,
      ...points,
      last === undefined
        ? html``
        : html`<text class="note" x="${Math.min(last[0], RIGHT)}" y="${last[1] + 18}" text-anchor="end"
            >best so far ${percent(Math.max(...accuracies))}</text
          >`,
      html`<g class="key" transform="translate(${RIGHT - 262} 10)"
        ><line class="bestline" x1="0" x2="22" y1="0" y2="0" /><text x="28" y="4">team, best so far</text
        ><line class="baseline" x1="146" x2="168" y1="0" y2="0" /><text x="174" y="4">random search</text></g
      >`
    ])
  })
}

const shortValue = (value: number | string | boolean | undefined): string =>
  typeof value === "number" ? short(value) : String(value ?? "–")

/** The corners of a stepped line, so that it can be dashed evenly. */
const stepPoints = (points: ReadonlyArray<readonly [number, number]>): ReadonlyArray<readonly [number, number]> =>
  points.flatMap((point, index) => (index === 0 ? [point] : [[point[0], points[index - 1]![1]] as const, point]))

/** A thin line where a new round begins. */
const roundLines = (model: ReportModel, x: Scale): Markup => {
  const { trials } = model
  const starts = trials.flatMap((trial, at) => (at > 0 && trial.round > trials[at - 1]!.round ? [at] : []))
  return html`<g class="rounds"
    >${starts.map((at) => html`<line x1="${x(at + 0.5)}" x2="${x(at + 0.5)}" y1="${TOP}" y2="${BOTTOM + 4}" />`)}</g
  >`
}
