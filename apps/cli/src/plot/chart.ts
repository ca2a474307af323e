/** A drawing with a title, two axes and a legend, as an SVG that stands alone and follows the reader's light or dark theme. */
import { xAxis, yAxis } from "@apps/demo/chart/Axes"
import { html, type Markup, raw } from "@apps/demo/chart/Markup"
import { linear, type Scale, short, ticks } from "@apps/demo/chart/Scale"
import { Result } from "effect"

/** One direction of a chart. `ends` are the least and the greatest value. */
export interface Axis {
  readonly title: string
  readonly ends: readonly [from: number, to: number]
  /** Names for whole numbers, in place of them. */
  readonly names?: ReadonlyArray<string> | undefined
  /** Whether fractions make no sense. */
  readonly isCount?: boolean | undefined
}

/** How a colour is called in the style sheet. */
export type Colour = "demand" | "supply" | "deal" | "limit" | "rest" | `series${number}`

export interface Chart {
  readonly title: string
  /** What was decided, in a line. */
  readonly says: string
  readonly x: Axis
  readonly y: Axis
  readonly legend: ReadonlyArray<{
    readonly name: string
    readonly colour: Colour
    readonly mark: "line" | "dash" | "dot" | "box"
  }>
  readonly body: (x: Scale, y: Scale) => ReadonlyArray<Markup>
}

const width = 900
const height = 530
/** Where the axes run. */
export const frame = { left: 78, right: 872, top: 134, bottom: 470 } as const

/** As many colours as there are for series; more series share them. */
export const seriesMax = 8

const light =
  "--bg:#fff;--text:#17202e;--soft:#5b6778;--line:#e3e8ef;--strong:#b6c0cd;--demand:#2563eb;--supply:#dd6b0d;--deal:#12895f;--limit:#c81e1e;--rest:#9fb0c6"
const dark =
  "--bg:#171e29;--text:#e7edf5;--soft:#95a3b6;--line:#273242;--strong:#4b5a6e;--demand:#6ea0ff;--supply:#ff9d4d;--deal:#3fcf9b;--limit:#ff6b6b;--rest:#5d7190"
const seriesLight = ["#2563eb", "#dd6b0d", "#12895f", "#a32bb5", "#a97e00", "#0891b2", "#d6336c", "#56657a"]
const seriesDark = ["#6ea0ff", "#ff9d4d", "#3fcf9b", "#dd7dea", "#e2b93b", "#38c7e6", "#ff7ba6", "#a3b1c4"]
const series = (colours: ReadonlyArray<string>) =>
  colours.map((colour, index) => `;--series${index}:${colour}`).join("")

const colours: ReadonlyArray<Colour> = [
  "demand",
  "supply",
  "deal",
  "limit",
  "rest",
  ...seriesLight.map((_, index): Colour => `series${index}`)
]

/** How pictures look: their colours by name, in light and in dark, and the marks of this file. */
export const style = [
  `svg{${light}${series(seriesLight)};font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Open Sans",sans-serif;font-variant-numeric:tabular-nums}`,
  `@media (prefers-color-scheme:dark){svg{${dark}${series(seriesDark)}}}`,
  ".bg{fill:var(--bg)}text{fill:var(--text)}.title{font-size:19px;font-weight:650}.says,.unit,.axis text{fill:var(--soft)}",
  ".axis line{stroke:var(--line)}.axis .base{stroke:var(--strong)}",
  ...colours.map((name) => `.${name}{--c:var(--${name})}`),
  ".line{fill:none;stroke:var(--c);stroke-width:2.25;stroke-linejoin:round}.dash{fill:none;stroke:var(--c);stroke-width:1.75;stroke-dasharray:6 4}",
  ".dot{fill:var(--c);stroke:var(--bg);stroke-width:1.25}.box{fill:var(--c)}.band{fill:var(--c);opacity:.14}.note{font-size:12.5px;font-weight:600;fill:var(--c);stroke:var(--bg);stroke-width:3px;paint-order:stroke}"
].join("")

/** Draws a chart; fails when its numbers are too large to be drawn. */
export const draw = (chart: Chart): Result.Result<string, string> => {
  const ends = [...chart.x.ends, ...chart.y.ends]
  // Ten per cent are to be added on either side.
  if (!ends.every((end) => Math.abs(end) < 1e300)) return Result.fail("the numbers are too large to be drawn")
  const [xFrom, xTo] = widened(chart.x)
  const [yFrom, yTo] = widened(chart.y)
  const x = linear(xFrom, xTo, frame.left, frame.right)
  const y = linear(yFrom, yTo, frame.bottom, frame.top)
  const svg = html`<svg
    xmlns="http://www.w3.org/2000/svg"
    viewBox="0 0 ${width} ${height}"
    width="${width}"
    height="${height}"
    role="img"
    aria-label="${`${chart.title}: ${chart.says}`}"
  >
    <title>${chart.title}</title>
    <style>
      ${raw(style)}
    </style>
    <rect class="bg" width="${width}" height="${height}" rx="10" />
    <text class="title" x="24" y="36">${chart.title}</text>
    <text class="says" x="24" y="60">${clipped(chart.says, 120)}</text>
    ${legend(chart.legend)}${yAxis({
      left: frame.left,
      right: frame.right,
      title: chart.y.title,
      titleAt: [24, frame.top - 18],
      ticks: marks(chart.y, yFrom, yTo, 6).map((mark) => ({ y: y(mark), label: short(mark) }))
    })}${xAxis({
      y: frame.bottom,
      left: frame.left,
      right: frame.right,
      title: chart.x.title,
      ticks: marks(chart.x, xFrom, xTo, 10),
      scale: x,
      label: (mark) => clipped(chart.x.names?.[mark] ?? short(mark), 10)
    })}${chart.body(x, y)}
  </svg>`
  return Result.succeed(`${svg.text}\n`)
}

/** A range without width, or one that doubles hardly tell apart, gets some. */
const widened = ({ ends: [from, to] }: Axis): readonly [number, number] => {
  const size = Math.max(Math.abs(from), Math.abs(to))
  if (to - from > size * 1e-9 && size > 1e-290) return [from, to]
  const more = size > 1e-290 ? size / 10 : 1
  return [from - more, to + more]
}

const marks = ({ isCount, names }: Axis, from: number, to: number, count: number): ReadonlyArray<number> => {
  if (names !== undefined && names.length <= 16) return names.map((_, index) => index)
  const found = ticks(from, to, count)
  return isCount === true ? found.filter((mark) => Number.isInteger(mark) && mark >= 0) : found
}

/** Shortens a text for a place that has no room. */
export const clipped = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text

const legend = (entries: Chart["legend"]): ReadonlyArray<Markup> => {
  let left = 24
  return entries.map(({ colour, mark, name }) => {
    const at = left
    left += 34 + clipped(name, 30).length * 7.2 + 14
    return html`<g class="${colour}">${sample(mark, at)}<text x="${at + 30}" y="88">${clipped(name, 30)}</text></g>`
  })
}

const sample = (mark: Chart["legend"][number]["mark"], left: number): Markup => {
  switch (mark) {
    case "line":
    case "dash":
      return html`<line class="${mark}" x1="${left}" x2="${left + 24}" y1="84" y2="84" />`
    case "dot":
      return html`<circle class="dot" cx="${left + 12}" cy="84" r="5.5" />`
    case "box":
      return html`<rect class="box" x="${left + 4}" y="77" width="16" height="13" rx="2" />`
  }
}

/** A line across at a value, and what it is: above or below it, at its right or left end. */
export const level = (
  y: number,
  colour: Colour,
  text: string,
  side: "above" | "below" = "above",
  end: "left" | "right" = "right"
): Markup => {
  // Below the lowest levels stands the axis: the left end is free, where the other level has its text on the right.
  const fits = side === "above" || y + 18 <= frame.bottom
  const isRight = fits && end === "right"
  return html`<g class="${colour}"
    ><line class="dash" x1="${frame.left}" x2="${frame.right}" y1="${y}" y2="${y}" /><text
      class="note"
      x="${isRight ? frame.right - 4 : frame.left + 4}"
      y="${side === "above" || !fits ? y - 6 : y + 16}"
      text-anchor="${isRight ? "end" : "start"}"
      >${text}</text
    ></g
  >`
}

export { short }
