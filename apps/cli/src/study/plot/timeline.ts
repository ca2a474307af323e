/** When trials ran, a lane for each worker. */
import { html } from "@apps/demo/chart/Markup"
import { type Plot, type PlotAxis, type Study, TimelinePlot } from "@mabeam/optimize"
import { Result } from "effect"
import type { Colour } from "../../plot/chart.ts"
import { across, type Box, counted, type Drawing, type Sign, ticksOfAxis } from "./figure.ts"
import { nameOf, precise } from "./ticks.ts"

const colours: Readonly<Record<TimelinePlot.SpanState, Colour>> = {
  complete: "demand",
  pruned: "supply",
  failed: "limit",
  running: "rest"
}

/** The unit in which a length of time is easily read. */
const unitOf = (millis: number): readonly [name: string, millis: number] => {
  const units = [
    ["days", 86_400_000],
    ["hours", 3_600_000],
    ["minutes", 60_000],
    ["seconds", 1_000]
  ] as const
  return units.find(([, size]) => millis >= size * 2) ?? ["milliseconds", 1]
}

const LANE = 26
const states = ["running", "complete", "pruned", "failed"] as const

/** When the trials ran. */
export const timeline = (state: Study.State): Result.Result<Drawing, Plot.Refusal> =>
  Result.map(TimelinePlot.make(state), ({ begins, isByOwner, lanes, length, others, untimed }): Drawing => {
    const lane = Math.max(14, Math.min(LANE, 420 / lanes.length))
    const box: Box = { left: 164, right: 868, top: 116, bottom: 116 + lanes.length * lane + 6 }
    const [unit, size] = unitOf(length)
    const x: PlotAxis.NumberAxis = {
      type: "linear",
      title: unit,
      from: 0,
      to: Math.max(length, 1) / size,
      whole: false
    }
    const toX = across(x, box)
    const has = (wanted: TimelinePlot.SpanState) =>
      lanes.some(({ spans }) => spans.some((span) => span.state === wanted))
    const bars = lanes.map(({ name, spans, trials }, index) => {
      const y = box.top + 6 + index * lane
      const bar = (span: TimelinePlot.Span) => {
        const [left, right] = [toX(span.from / size), toX(span.to / size)]
        const time = `${precise((span.to - span.from) / size)} ${unit}`
        const words =
          span.count === 1
            ? `trial ${span.number} ${span.state}, ${time}`
            : `${span.count} ${span.state}, from trial ${span.number} on`
        return html`<rect
          class="bar"
          x="${left}"
          y="${y}"
          width="${Math.max(1, right - left - 0.5)}"
          height="${lane - 6}"
          ><title>${words}</title></rect
        >`
      }
      // What is rarer lies on top.
      const drawn = states.map(
        (wanted) => html`<g class="${colours[wanted]}">${spans.filter((span) => span.state === wanted).map(bar)}</g>`
      )
      return html`<text class="lane" x="${box.left - 10}" y="${y + lane / 2 + 1}" text-anchor="end"
          >${lanes[index - 1]?.name === name ? "" : nameOf(name, 16)}<title>
            ${`${name}: ${counted(trials)}`}
          </title></text
        >${drawn}`
    })
    const words: Readonly<Record<TimelinePlot.SpanState, Sign["name"]>> = {
      complete: "complete",
      pruned: "pruned",
      failed: "failed",
      running: "still running"
    }
    const more = others === 0 ? "" : ` · ${counted(others)} of further lanes are not shown`
    const unknown = untimed === 0 ? "" : ` · no times of ${counted(untimed)}`
    const date = Math.abs(begins) <= 8.64e15 ? new Date(begins).toISOString().replace("T", " ").slice(0, 19) : "?"
    return {
      says: `since ${date} UTC, ${isByOwner ? `${counted(new Set(lanes.map(({ name }) => name)).size, "worker")}` : `${lanes.length} at once at most`}${more}${unknown}`,
      legend: states
        .filter(has)
        .map((wanted) => ({ name: words[wanted], colour: colours[wanted], mark: "box" }) as const),
      height: box.bottom + 56,
      body: [ticksOfAxis(box, x, `${unit} since the first trial began`), ...bars]
    }
  })
