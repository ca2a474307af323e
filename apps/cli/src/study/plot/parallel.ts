/** All variables side by side: a line for each trial, or how many go from where to where when they are many. */
import { path } from "@apps/demo/chart/Axes"
import { html, type Markup } from "@apps/demo/chart/Markup"
import { ParallelPlot, type Plot, PlotAxis, type Study } from "@mabeam/optimize"
import { Result } from "effect"
import { counted, type Drawing, HEIGHT, type Sign, WIDTH } from "./figure.ts"
import { tipOf } from "./history.ts"
import { nameOf, precise, ticksOf } from "./ticks.ts"

/** Up to so many trials each have a line. */
export const LINES_MAX = 300
/** So many of the best have one otherwise. */
const BEST_LINES = 20
/** Where the axes run; what has no value stands below them. */
export const frame = { left: 64, right: 836, top: 150, bottom: 454, missing: 482 } as const

const xOf = (data: ParallelPlot.Parallel) => (index: number) =>
  data.columns.length === 1
    ? (frame.left + frame.right) / 2
    : frame.left + (index / (data.columns.length - 1)) * (frame.right - frame.left)

const yOf = (place: number): number =>
  Number.isNaN(place) ? frame.missing : frame.bottom - place * (frame.bottom - frame.top)

/** The axes with their names and marks. */
const axesOf = (data: ParallelPlot.Parallel): Markup => {
  const toX = xOf(data)
  const gap = (frame.right - frame.left) / Math.max(1, data.columns.length - 1)
  const hasMissing = data.columns.some(({ places }) => places.some(Number.isNaN))
  const axes = data.columns.map(({ axis, objective }, index) => {
    const x = toX(index)
    const isLast = index === data.columns.length - 1
    const marks = ticksOf(axis, frame.bottom - frame.top, 5).map(
      ({ label, value }) =>
        html`<text
          x="${isLast ? x + 7 : x - 7}"
          y="${yOf(PlotAxis.place(axis, value)) + 4}"
          text-anchor="${isLast ? "start" : "end"}"
          >${nameOf(label, Math.max(3, Math.min(9, Math.floor(gap / 8))))}</text
        >`
    )
    // Names of neighbours stand on two levels, so that each has twice the room.
    const room = Math.max(4, Math.floor((Math.min(gap, 140) * 2 - 10) / 7.2))
    const title = `${axis.title}${axis.type === "log" ? " (log)" : ""}`
    const anchor = index === 0 ? "start" : isLast ? "end" : "middle"
    const at = index === 0 ? 24 : isLast ? WIDTH - 24 : x
    return html`<line class="base" x1="${x}" x2="${x}" y1="${frame.top}" y2="${frame.bottom}" />${marks}<text
        class="${objective ? "name value" : "name"}"
        x="${at}"
        y="${index % 2 === 0 ? frame.top - 14 : frame.top - 30}"
        text-anchor="${anchor}"
        >${nameOf(title, room)}</text
      >`
  })
  const missing = hasMissing
    ? html`<text class="unit" x="${WIDTH / 2}" y="${frame.missing + 24}" text-anchor="middle"
        >lowest level: the trial does not have this variable or value</text
      >`
    : undefined
  return html`<g class="axis small halo">${axes}${missing}</g>`
}

/** From the best to the worst, into which of ten shades a rank falls. */
const shadeOf = (rank: number, count: number): number => Math.min(9, Math.floor((rank * 10) / Math.max(1, count)))

const lineOf = (data: ParallelPlot.Parallel, line: number): string => {
  const toX = xOf(data)
  return path(data.columns.map(({ places }, index) => [toX(index), yOf(places[line]!)] as const))
}

const lines = (
  data: ParallelPlot.Parallel,
  chosen: ReadonlyArray<number>,
  state: Study.State
): ReadonlyArray<Markup> => {
  const tip = tipOf(state)
  const objective = data.columns.findLast((column) => column.objective)
  const known = data.worths.filter((worth) => worth === "complete").length
  const rankOf = new Map(data.ranking.map((line, rank) => [line, rank]))
  return chosen
    .map((line) => {
      const rank = rankOf.get(line)!
      const value = objective === undefined ? Number.NaN : objective.values[line]!
      const worth = data.worths[line]!
      const words = tip(data.numbers[line]!, Number.isNaN(value) ? worth : `${precise(value)}, ${worth}`)
      const look = worth === "complete" ? `way s${shadeOf(rank, known)}` : `way ${worth}`
      return html`<path class="${look}" d="${lineOf(data, line)}"><title>${words}</title></path>`
    })
    .reverse()
}

const BINS = 30

/** Beside each axis, how many trials cross it where. */
const histograms = (data: ParallelPlot.Parallel): Markup => {
  const toX = xOf(data)
  const gap = (frame.right - frame.left) / Math.max(1, data.columns.length - 1)
  const height = (frame.bottom - frame.top) / BINS
  const longest = Math.min(26, gap * 0.4)
  const bars = data.columns.map((column, index) => {
    const { counts, missing } = ParallelPlot.histogram(column, BINS)
    const most = Math.max(...counts, missing, 1)
    const bar = (count: number, y: number) =>
      count === 0
        ? ""
        : `M${Math.round(toX(index))} ${Math.round(y * 10) / 10}h${Math.max(1, Math.round((count / most) * longest))}v${Math.round((height - 1) * 10) / 10}H${Math.round(toX(index))}z`
    return (
      counts.map((count, bin) => bar(count, frame.bottom - (bin + 1) * height)).join("") +
      bar(missing, frame.missing - height / 2)
    )
  })
  return html`<g class="demand"><path class="tally" d="${bars.join("")}" /></g>`
}

/** Lines of an even choice of trials, and of the best ones. */
const someLines = (data: ParallelPlot.Parallel): ReadonlyArray<number> => {
  const { ranking } = data
  const rest = ranking.slice(BEST_LINES)
  const evenly = Array.from(
    { length: LINES_MAX - BEST_LINES },
    (_, k) => rest[Math.floor((k * rest.length) / (LINES_MAX - BEST_LINES))]!
  )
  return [...ranking.slice(0, BEST_LINES), ...evenly]
}

const legendOf = (data: ParallelPlot.Parallel, isDense: boolean): ReadonlyArray<Sign> => {
  const has = (wanted: string) => data.worths.some((worth) => worth === wanted)
  return [
    ...(isDense ? [{ name: "how many, of all", colour: "demand", mark: "box" } as const] : []),
    ...(has("infeasible") ? [{ name: "constraint broken", colour: "series3", mark: "dash" } as const] : []),
    ...(has("pruned") ? [{ name: "pruned", colour: "supply", mark: "dash" } as const] : []),
    ...(has("failed") ? [{ name: "failed", colour: "limit", mark: "dash" } as const] : [])
  ]
}

/** "best ▇▇▇▇ worst": the shades from the best to the worst. */
export const scaleOf = (x: number, y: number, words: readonly [string, string]): Markup =>
  html`<g class="scale"
    ><text class="soft" x="${x - 8}" y="${y + 10}" text-anchor="end">${words[0]}</text>${Array.from(
      { length: 10 },
      (_, shade) => html`<rect class="m${shade}" x="${x + shade * 16}" y="${y}" width="16" height="12" />`
    )}<text class="soft" x="${x + 168}" y="${y + 10}">${words[1]}</text></g
  >`

/** The lines, from their data. */
const drawingOf = (state: Study.State, data: ParallelPlot.Parallel): Drawing => {
  const isDense = data.numbers.length > LINES_MAX
  const chosen = isDense ? someLines(data) : data.ranking
  const omitted = data.omitted > 0 ? ` · ${data.omitted} more variables are not shown` : ""
  const some = data.numbers.length < data.trials ? `${data.numbers.length} of ` : ""
  return {
    says: `${some}${counted(data.trials)}${isDense ? `: the best ${BEST_LINES} and an even choice as lines` : ", coloured from the best to the worst"}${omitted}`,
    legend: legendOf(data, isDense),
    height: HEIGHT,
    body: [
      ...lines(data, chosen, state),
      ...(isDense ? [histograms(data)] : []),
      axesOf(data),
      scaleOf(650, 77, ["best", "worst"])
    ]
  }
}

/** The lines of all trials. */
export const parallel = (
  state: Study.State,
  options: ParallelPlot.ParallelOptions
): Result.Result<Drawing, Plot.Refusal> =>
  Result.map(ParallelPlot.make(state, options), (data) => drawingOf(state, data))
