/** Parallel coordinates as a part of a page: the data of all lines, packed, for the page's script to draw. */
import { html, type Markup, raw } from "@apps/demo/chart/Markup"
import { type ParallelPlot, PlotAxis } from "@mabeam/optimize"
import { counted, type Figure, inline, signs } from "./figure.ts"
import { scaleOf } from "./parallel.ts"
import { ticksOf } from "./ticks.ts"

/** The place of what a trial does not have, in two bytes. */
const MISSING = 65_535
/** Most places that have four bytes each, from which five digits of a value can be told; more have two. */
const FINE_MAX = 500_000
const worths = ["complete", "infeasible", "pruned", "failed"] as const

const packed = (array: Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array): string =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64")

/** What the script reads: numbers in base64, two or four bytes for each place. */
export const packedOf = (data: ParallelPlot.Parallel, fineMax = FINE_MAX) => {
  // The objective by which the lines are ranked.
  const ranked = data.columns[data.columns.length - objectivesOf(data) + data.objective.index]!
  const isFine = data.numbers.length * data.columns.length <= fineMax
  return {
    isFine,
    variables: data.columns.length - objectivesOf(data),
    axes: data.columns.map(({ axis, objective }) => ({
      ...axis,
      title: axis.type === "log" ? `${axis.title} (log)` : axis.title,
      objective,
      ticks: ticksOf(axis, 330, 5).map(({ label, value }) => [PlotAxis.place(axis, value), label])
    })),
    columns: data.columns.map(({ places }) =>
      packed(
        isFine
          ? Float32Array.from(places)
          : Uint16Array.from(places, (place) => (Number.isNaN(place) ? MISSING : Math.round(place * 65_534)))
      )
    ),
    numbers: packed(Uint32Array.from(data.numbers)),
    values: packed(ranked.values),
    worths: packed(Uint8Array.from(data.worths, (worth) => worths.indexOf(worth))),
    order: packed(Uint32Array.from(data.ranking))
  }
}

const objectivesOf = ({ columns }: ParallelPlot.Parallel): number => columns.filter(({ objective }) => objective).length

/** JSON that cannot end the element in which it stands. */
const embedded = (value: unknown): Markup => raw(JSON.stringify(value).replaceAll("<", "\\u003c"))

const words = {
  complete: "complete",
  infeasible: "constraint broken",
  pruned: "pruned",
  failed: "failed"
} as const

/** The lines of a figure to choose from; without scripts, the figure itself is there. */
export const brushing = (figure: Figure, data: ParallelPlot.Parallel): Markup => {
  const { columns, numbers, objective, omitted, trials } = data
  const names = columns.filter((column) => !column.objective).map(({ axis }) => axis.title)
  const boxes = worths.map((worth) => {
    const count = data.worths.filter((it) => it === worth).length
    return html`<label class="${`${signs[worth].colour}${count === 0 ? " gone" : ""}`}"
      ><input type="checkbox" checked value="${worth}" /> ${words[worth]} (${count})</label
    >`
  })
  const some = numbers.length < trials ? `${counted(numbers.length)} of ${trials}, the best and an even choice. ` : ""
  const more = omitted > 0 ? `${omitted} more variables are not shown; choose them with --param.` : ""
  return html`<section class="card" id="parallel" data-parallel>
    <h2>${figure.title}</h2>
    <p class="sub">${some}${more} <span class="status" role="status"></span></p>
    <div class="tools">
      ${boxes}<button type="button">Reset</button
      ><svg class="ramp" viewBox="0 0 300 16" role="img" aria-label="colours from the best to the worst">
        ${scaleOf(60, 2, ["best", "worst"])}
      </svg>
    </div>
    <div class="stage">
      <canvas aria-hidden="true"></canvas
      ><svg
        class="brushes"
        role="img"
        aria-label="${`axes of ${columns.length} variables and values; drag to choose`}"
      ></svg>
    </div>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>trial</th>
            <th>state</th>
            <th>${objective.title}</th>
            ${names.map((name) => html`<th>${name}</th>`)}
          </tr>
        </thead>
        <tbody></tbody>
      </table>
    </div>
    <noscript>${inline(figure)}</noscript>
    <script type="application/json">
      ${embedded(packedOf(data))}
    </script>
  </section>`
}
