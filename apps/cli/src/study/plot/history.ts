/** What each trial was worth, and the best so far. */
import { path, steps } from "@apps/demo/chart/Axes"
import { html, type Markup } from "@apps/demo/chart/Markup"
import { HistoryPlot, type Plot, PlotAxis, type Study } from "@mabeam/optimize"
import { Result } from "effect"
import {
  across,
  type Box,
  cloudOf,
  counted,
  type Drawing,
  grouped,
  HEIGHT,
  hit,
  markOf,
  panel,
  type Sign,
  signs,
  up,
  whole,
  worthLegend
} from "./figure.ts"
import { precise } from "./ticks.ts"

/** How many trials there are in which states. */
export const statesOf = ({ count, counts }: Study.State): string => {
  const found = Object.entries(counts).filter(([, each]) => each > 0)
  const parts = found.map(([state, each]) => `${grouped(each)} ${state}`).join(", ")
  return found.length === 0 ? counted(count) : `${counted(count)}: ${parts}`
}

/** The parameters of a trial in short. */
export const paramsOf = ({ params }: { readonly params: object }): string =>
  Object.entries(params)
    .map(([name, value]) => `${name} = ${typeof value === "number" ? precise(value) : String(value)}`)
    .join(", ")

/** Says of a trial what a pointer over it shows. */
export const tipOf =
  (state: Study.State) =>
  (number: number, value?: string): string => {
    const trial = state.trial(number)
    const params = trial === undefined ? "" : paramsOf(trial)
    const known = params.length > 400 ? `${params.slice(0, 400).toWellFormed()}…` : params
    return `trial ${number}${value === undefined ? "" : `: ${value}`}\n${known}`
  }

/** How many values lie beyond an axis, at the edge where they are. */
export const beyondNote = (
  beyond: number,
  direction: "minimize" | "maximize",
  axis: PlotAxis.NumberAxis,
  box: Box,
  noun = "trial"
): Markup | undefined => {
  if (beyond === 0) return undefined
  const isUp = direction === "minimize"
  const text = `${isUp ? "▲" : "▼"} ${counted(beyond, noun)} ${isUp ? "above" : "below"} ${precise(isUp ? axis.to : axis.from)}, drawn at the edge`
  return html`<text class="soft small" x="${box.right}" y="${isUp ? box.top - 6 : box.bottom - 12}" text-anchor="end"
    >${text}</text
  >`
}

const goneMarks = ({ gone, x }: HistoryPlot.History, box: Box): ReadonlyArray<Markup> => {
  const toX = across(x, box)
  return gone.map(({ count, from, state, to }) => {
    const words = count === 1 ? `trial ${from} ${state}` : `${count} of the trials ${from} to ${to} ${state}`
    return html`<g class="${signs[state].colour}"
      >${markOf("tick", (toX(from) + toX(to)) / 2, box.bottom - 6, words)}</g
    >`
  })
}

/** Invisible columns that say what is in them. */
const summaryColumns = ({ summaries, x }: HistoryPlot.History, box: Box): ReadonlyArray<Markup> => {
  const toX = across(x, box)
  return summaries.map(({ count, from, high, low, median, to }) => {
    const left = toX(from - 0.5)
    const words = `trials ${from} to ${to}: ${count} with a value\nlowest ${precise(low)}, median ${precise(median)}, highest ${precise(high)}`
    return hit(box, left, Math.max(1, toX(to + 0.5) - left), words)
  })
}

/** The line of the best so far, up to the last trial. */
const bestLine = (
  best: ReadonlyArray<HistoryPlot.Step>,
  trials: number,
  axes: { readonly x: PlotAxis.NumberAxis; readonly y: PlotAxis.NumberAxis },
  box: Box
): Markup | undefined => {
  const last = best.at(-1)
  if (last === undefined) return undefined
  const toX = across(axes.x, box)
  const toY = up(axes.y, box)
  const corners = [...best, [trials - 1, last[1]] as const].map(([x, y]) => [toX(x), toY(y)] as const)
  return html`<g class="deal"
    ><path
      class="line"
      d="${steps(corners)}"
    />${markOf("star", toX(last[0]), toY(last[1]), `best: trial ${last[0]}, ${precise(last[1])}`)}</g
  >`
}

const bestWords = (best: ReadonlyArray<HistoryPlot.Step>): string => {
  const last = best.at(-1)
  return last === undefined ? "no complete trial yet" : `best ${precise(last[1])} in trial ${last[0]}`
}

/** The values of the trials. */
export const history = (state: Study.State, options: Plot.Options): Result.Result<Drawing, Plot.Refusal> =>
  Result.map(HistoryPlot.make(state, options), (data): Drawing => {
    const tip = tipOf(state)
    const cloud = (key: "complete" | "infeasible" | "pruned") =>
      cloudOf(data.clouds[key], whole, data.x, data.y, signs[key], ({ number, y }) => tip(number, precise(y)))
    const goneOf = (wanted: "failed" | "pruned", name: string): ReadonlyArray<Sign> =>
      data.gone.some((it) => it.state === wanted) ? [{ name, colour: signs[wanted].colour, mark: "tick" }] : []
    return {
      says: `${bestWords(data.best)} · ${statesOf(state)}`,
      legend: [
        ...worthLegend(data.clouds),
        ...(data.best.length === 0 ? [] : [{ name: "best so far", colour: "deal", mark: "line" } as const]),
        ...goneOf("failed", "failed"),
        ...goneOf("pruned", "pruned, no report")
      ],
      height: HEIGHT,
      body: [
        panel(whole, data.x, data.y),
        cloud("infeasible"),
        cloud("pruned"),
        cloud("complete"),
        ...goneMarks(data, whole),
        ...summaryColumns(data, whole),
        ...[bestLine(data.best, data.trials, data, whole) ?? []].flat(),
        ...[beyondNote(data.beyond, data.objective.direction, data.y, whole) ?? []].flat()
      ]
    }
  })

/** The best so far alone. */
export const best = (state: Study.State, options: Plot.Options): Result.Result<Drawing, Plot.Refusal> =>
  Result.map(HistoryPlot.best(state, options), (data): Drawing => {
    const { steps: found, target, trials, x, y } = data
    const toX = across(x, whole)
    const toY = up(y, whole)
    const tip = tipOf(state)
    const dots = found.length > 120 ? [] : found
    const aim =
      target === undefined
        ? []
        : [
            html`<g class="limit"
              ><path
                class="dash"
                d="${path([
                  [whole.left, toY(target)],
                  [whole.right, toY(target)]
                ])}"
            /></g>`
          ]
    return {
      says: `${bestWords(found)}, after ${counted(found.length, "improvement")} in ${counted(trials)}`,
      legend: [
        { name: "best so far", colour: "deal", mark: "line" },
        ...(target === undefined ? [] : [{ name: `target ${precise(target)}`, colour: "limit", mark: "dash" } as const])
      ],
      height: HEIGHT,
      body: [
        panel(whole, x, y),
        ...aim,
        ...[bestLine(found, trials, data, whole) ?? []].flat(),
        html`<g class="deal"
          >${dots.map(([number, value]) => markOf("dot", toX(number), toY(value), tip(number, precise(value))))}</g
        >`
      ]
    }
  })
