/** What trials reported on their way. */
import { path } from "@apps/demo/chart/Axes"
import { html, type Markup } from "@apps/demo/chart/Markup"
import { IntermediatePlot, type Plot, type Study } from "@mabeam/optimize"
import { Result } from "effect"
import type { Colour } from "../../plot/chart.ts"
import { across, type Box, counted, type Drawing, HEIGHT, hit, markOf, panel, type Sign, up, whole } from "./figure.ts"
import { beyondNote, tipOf } from "./history.ts"
import { precise } from "./ticks.ts"

type Data = IntermediatePlot.Intermediate

const colourOf = ({ number, state }: IntermediatePlot.Line, best: number | undefined): Colour => {
  if (number === best) return "deal"
  if (state === "pruned") return "supply"
  if (state === "failed") return "limit"
  return state === "complete" ? "demand" : "rest"
}

const linesOf = (data: Data, state: Study.State, box: Box): ReadonlyArray<Markup> => {
  const toX = across(data.x, box)
  const toY = up(data.y, box)
  const tip = tipOf(state)
  // The best one lies on top.
  return data.lines
    .toSorted((a, b) => Number(a.number === data.best) - Number(b.number === data.best))
    .map((line) => {
      const points = line.reports.map(([step, value]) => [toX(step), toY(value)] as const)
      const [first, last] = [points[0]!, line.reports.at(-1)!]
      const words = tip(line.number, `${line.state}, ${precise(last[1])} at step ${last[0]}`)
      const end =
        line.state === "pruned" || points.length === 1 ? markOf("ring", toX(last[0]), toY(last[1]), words) : undefined
      const look = line.number === data.best ? "line" : "fine faint"
      return html`<g class="${colourOf(line, data.best)}"
        >${points.length === 1 ? html`` : html`<path class="${look}" d="${path(points)}"><title>${words}</title></path>`}${
          end ?? markOf("dot", ...(points.length === 1 ? first : points.at(-1)!), words)
        }</g
      >`
    })
}

/** Areas between quantiles and the line of the medians. */
const spreadOf = (data: Data, box: Box): Markup => {
  const toX = across(data.x, box)
  const toY = up(data.y, box)
  const middleOf = ({ from, to }: IntermediatePlot.Spread) => toX((from + to) / 2)
  const area = (low: "low" | "quarter", high: "high" | "upper") =>
    `${path([
      ...data.spreads.map((it) => [middleOf(it), toY(it[low])] as const),
      ...data.spreads.map((it) => [middleOf(it), toY(it[high])] as const).reverse()
    ])}z`
  const hits = data.spreads.map((it) => {
    const steps = it.from === it.to ? `step ${it.from}` : `steps ${it.from} to ${it.to}`
    const words = `${steps}: ${counted(it.count, "report")}\nmedian ${precise(it.middle)}, half between ${precise(it.quarter)} and ${precise(it.upper)}`
    const width = Math.max(2, (box.right - box.left) / data.spreads.length)
    return hit(box, middleOf(it) - width / 2, width, words)
  })
  return html`<g class="rest"
    ><path class="band wide" d="${area("low", "high")}" /><path
      class="band wide"
      d="${area("quarter", "upper")}"
    /><path class="line" d="${path(data.spreads.map((it) => [middleOf(it), toY(it.middle)] as const))}" />${hits}</g
  >`
}

const legendOf = ({ best, lines, spreads }: Data): ReadonlyArray<Sign> => {
  const has = (wanted: string) => lines.some(({ number, state }) => state === wanted && number !== best)
  return [
    ...(best === undefined ? [] : [{ name: `best, trial ${best}`, colour: "deal", mark: "line" } as const]),
    ...(has("complete") ? [{ name: "complete", colour: "demand", mark: "line" } as const] : []),
    ...(has("pruned") ? [{ name: "pruned", colour: "supply", mark: "ring" } as const] : []),
    ...(has("failed") ? [{ name: "failed", colour: "limit", mark: "line" } as const] : []),
    ...(has("running") || has("waiting") || has("paused")
      ? [{ name: "not ended", colour: "rest", mark: "line" } as const]
      : []),
    ...(spreads.length === 0
      ? []
      : [{ name: "median; half, nine tenths of all", colour: "rest", mark: "box" } as const])
  ]
}

/** The reports of the trials. */
export const intermediate = (state: Study.State, options: Plot.Options): Result.Result<Drawing, Plot.Refusal> =>
  Result.map(IntermediatePlot.make(state, options), (data): Drawing => {
    const some = data.shown < data.trials ? `${data.shown} of ` : ""
    const few = data.spreads.length === 0
    return {
      says: `${some}${counted(data.trials)} with reports${few ? "" : `, the best ${data.lines.length} as lines`}`,
      legend: legendOf(data),
      height: HEIGHT,
      body: [
        panel(whole, data.x, data.y),
        ...(few ? [] : [spreadOf(data, whole)]),
        ...linesOf(data, state, whole),
        ...[beyondNote(data.beyond, data.objective.direction, data.y, whole, "report") ?? []].flat()
      ]
    }
  })
