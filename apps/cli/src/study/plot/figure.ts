/** A figure with its title, legend and panels, as an SVG that stands alone or as a part of a page. */
import { html, type Markup, raw } from "@apps/demo/chart/Markup"
import { PlotAxis, type PlotCloud } from "@mabeam/optimize"
import * as Chart from "../../plot/chart.ts"
import { nameOf, type Tick, ticksOf } from "./ticks.ts"

/** A sign in the legend, and what it stands for. */
export interface Sign {
  readonly name: string
  readonly colour: Chart.Colour
  readonly mark: "line" | "dash" | "dot" | "ring" | "cross" | "box" | "star" | "tick"
}

/** What a figure shows. */
export interface Drawing {
  /** Default: that of its kind. */
  readonly title?: string
  /** What there is to see, in a line. */
  readonly says: string
  readonly legend: ReadonlyArray<Sign>
  readonly height: number
  readonly body: ReadonlyArray<Markup>
}

export interface Figure extends Drawing {
  readonly kind: string
  readonly title: string
}

/** Invisible, over the whole height of a panel; says its words under the pointer. */
export const hit = (box: Box, left: number, width: number, words: string): Markup =>
  html`<rect class="hit" x="${left}" y="${box.top}" width="${width}" height="${box.bottom - box.top}"
    ><title>${words}</title></rect
  >`

/** Where a panel's axes run. */
export interface Box {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

export const WIDTH = 900
/** The only panel of a figure. */
export const whole: Box = { left: 84, right: 868, top: 134, bottom: 470 }
export const HEIGHT = 530

/** What is worth a figure of one sentence. */
export const nothing = (problem: string): Drawing => ({
  says: "",
  legend: [],
  height: 190,
  body: [
    html`<rect class="none" x="24" y="62" width="${WIDTH - 48}" height="100" rx="8" /><text
        class="soft"
        x="${WIDTH / 2}"
        y="117"
        text-anchor="middle"
        >${nameOf(problem, 120)}</text
      >`
  ]
})

export const style = [
  Chart.style,
  ".soft{fill:var(--soft)}.none{fill:none;stroke:var(--strong);stroke-dasharray:4 5}",
  ".ring{fill:none;stroke:var(--c);stroke-width:1.6}.cross{fill:none;stroke:var(--c);stroke-width:1.8}.tick{fill:none;stroke:var(--c);stroke-width:1.5}",
  ".star{fill:var(--c);stroke:var(--bg);stroke-width:1}.cells{fill:var(--c);stroke:none;shape-rendering:crispEdges}.fine{fill:none;stroke:var(--c);stroke-width:1.1}",
  ".hit{fill:transparent}.hit:hover{fill:var(--soft);fill-opacity:.14}circle.dot:hover,circle.ring:hover{stroke:var(--text);stroke-width:2}.head{font-weight:600}.small text,text.small{font-size:11.5px}",
  ".m0{fill:var(--m0)}.m1{fill:var(--m1)}.m2{fill:var(--m2)}.m3{fill:var(--m3)}.m4{fill:var(--m4)}.m5{fill:var(--m5)}.m6{fill:var(--m6)}.m7{fill:var(--m7)}.m8{fill:var(--m8)}.m9{fill:var(--m9)}",
  ".way{fill:none;stroke-width:1.1;stroke-opacity:.62}.way:hover{stroke-width:3;stroke-opacity:1}.way.pruned{stroke:var(--supply);stroke-dasharray:4 3;stroke-opacity:.4}.way.infeasible{stroke:var(--series3);stroke-dasharray:4 3;stroke-opacity:.5}.way.failed{stroke:var(--limit);stroke-dasharray:2 3;stroke-opacity:.6}",
  Array.from({ length: 10 }, (_, shade) => `.s${shade}{stroke:var(--m${shade})}`).join(""),
  ".halo text{stroke:var(--bg);stroke-width:3px;paint-order:stroke}.dot{fill-opacity:.82}.tally{fill:var(--c);fill-opacity:.6;stroke:var(--bg);stroke-width:.5}.axis .name{fill:var(--text);font-weight:600}.axis .value{fill:var(--deal)}.faint{stroke-opacity:.5}.faint:hover{stroke-opacity:1;stroke-width:2.5}.wide{opacity:.3}",
  ".band[class*=m]{opacity:1}.cell{stroke:var(--bg);stroke-width:1}.on{fill:#fff;font-size:12px}.o6,.o7,.o8,.o9{fill:#17202e}.spots circle{fill:#fff;stroke:#17202e;stroke-width:.8;fill-opacity:.8}.bar{fill:var(--c)}.bar:hover{fill-opacity:.7}.lane{fill:var(--soft)}",
  "@media (prefers-color-scheme:dark){.on{fill:#17202e}.o5,.o6,.o7,.o8,.o9{fill:#fff}}",
  // From the best to the worst: viridis, whose ends differ in lightness too, so that it reads without colours.
  "svg{--m0:#440154;--m1:#482878;--m2:#3e4a89;--m3:#31688e;--m4:#26828e;--m5:#1f9e89;--m6:#35b779;--m7:#6ece58;--m8:#b5de2b;--m9:#fde725}",
  "@media (prefers-color-scheme:dark){svg{--m9:#3b1252;--m8:#482878;--m7:#3e4a89;--m6:#31688e;--m5:#26828e;--m4:#1f9e89;--m3:#35b779;--m2:#6ece58;--m1:#b5de2b;--m0:#fde725}}"
].join("")

/** The inside of a figure. */
const inside = ({ body, kind, legend, says, height, title }: Figure): Markup =>
  html`<title>${title}</title>
    <desc>${`${kind}: ${says}`}</desc>
    <rect class="bg" width="${WIDTH}" height="${height}" rx="10" />
    <text class="title" x="24" y="36">${nameOf(title, 80)}</text>
    <text class="says" x="24" y="60">${Chart.clipped(says, 128).toWellFormed()}</text>
    ${legendOf(legend)}${body}`

/** A figure as a part of a page, which has the style. */
export const inline = (figure: Figure): Markup =>
  html`<svg
    xmlns="http://www.w3.org/2000/svg"
    viewBox="0 0 ${WIDTH} ${figure.height}"
    role="img"
    aria-label="${`${figure.title}: ${figure.says}`}"
  >
    ${inside(figure)}
  </svg>`

/** Figures one below the other, as an SVG that stands alone. */
export const standalone = (figures: ReadonlyArray<Figure>): string => {
  const gap = 16
  let height = -gap
  const placed = figures.map((figure) => {
    const y = height + gap
    height = y + figure.height
    return html`<g transform="translate(0 ${y})">${inside(figure)}</g>`
  })
  const title = figures.length === 1 ? figures[0]!.title : `${figures.length} figures`
  const says = figures.map((figure) => `${figure.title}: ${figure.says}`).join("; ")
  const svg = html`<svg
    xmlns="http://www.w3.org/2000/svg"
    viewBox="0 0 ${WIDTH} ${height}"
    width="${WIDTH}"
    height="${height}"
    role="img"
    aria-label="${says}"
  >
    <title>${title}</title>
    <style>
      ${raw(style)}
    </style>
    ${placed}
  </svg>`
  return `${svg.text}\n`
}

const legendOf = (signs: ReadonlyArray<Sign>): ReadonlyArray<Markup> => {
  let left = 24
  return signs.map((sign) => {
    const name = nameOf(sign.name, 34)
    const at = left
    left += 30 + name.length * 7 + 18
    return html`<g class="${sign.colour}"
      >${markOf(sign.mark, at + 12, 84)}<text x="${at + 30}" y="88">${name}</text></g
    >`
  })
}

/** A sign at a place. */
export const markOf = (mark: Sign["mark"], x: number, y: number, tip?: string, size = 1): Markup => {
  const says = tip === undefined ? undefined : html`<title>${tip}</title>`
  switch (mark) {
    case "line":
    case "dash":
      return html`<line class="${mark}" x1="${x - 12}" x2="${x + 12}" y1="${y}" y2="${y}">${says}</line>`
    case "dot":
      return html`<circle class="dot" cx="${x}" cy="${y}" r="${4 * size}">${says}</circle>`
    case "ring":
      return html`<circle class="ring" cx="${x}" cy="${y}" r="${3.5 * size}">${says}</circle>`
    case "cross":
      return html`<path class="cross" d="M${x - 3.5} ${y - 3.5}l7 7m0 -7l-7 7">${says}</path>`
    case "box":
      return html`<rect class="box" x="${x - 8}" y="${y - 7}" width="16" height="13" rx="2">${says}</rect>`
    case "tick":
      return html`<path class="tick" d="M${x} ${y - 5}v10">${says}</path>`
    case "star":
      return html`<path
        class="star"
        d="M${x} ${y - 8.5}l2.5 5.4 5.9.7-4.4 4 1.2 5.8-5.2-2.9-5.2 2.9 1.2-5.8-4.4-4 5.9-.7z"
        >${says}</path
      >`
  }
}

/** The places of an axis in pixels. */
export const across =
  (axis: PlotAxis.PlotAxis, { left, right }: Box) =>
  (value: number): number =>
    left + PlotAxis.place(axis, value) * (right - left)
export const up =
  (axis: PlotAxis.PlotAxis, { bottom, top }: Box) =>
  (value: number): number =>
    bottom - PlotAxis.place(axis, value) * (bottom - top)

export interface PanelOptions {
  /** Title over the panel. Default: none. */
  readonly head?: string | undefined
  readonly isSmall?: boolean | undefined
  /** Default: the axis' title. */
  readonly xTitle?: string | undefined
  readonly yTitle?: string | undefined
  /** Default: `true`. */
  readonly hasXTitle?: boolean | undefined
  readonly hasYTitle?: boolean | undefined
  readonly hasGrid?: boolean | undefined
  /** Pixels over the panel that the title leaves free. Default 0. */
  readonly headRoom?: number | undefined
  readonly xTicks?: ReadonlyArray<Tick> | undefined
}

/** The lines and words of two axes. */
export const panel = (box: Box, x: PlotAxis.PlotAxis, y: PlotAxis.PlotAxis, options: PanelOptions = {}): Markup => {
  const { bottom, left, right, top } = box
  const isSmall = options.isSmall === true
  const toX = across(x, box)
  const toY = up(y, box)
  const log = (axis: PlotAxis.PlotAxis) => (axis.type === "log" ? ", log scale" : "")
  const room = Math.floor((right - left) / 7)
  const xTicks = options.xTicks ?? ticksOf(x, right - left, isSmall ? 4 : 9)
  const rows = ticksOf(y, bottom - top, isSmall ? 4 : 7).map(
    (tick) =>
      html`${
          options.hasGrid === false
            ? undefined
            : html`<line x1="${left}" x2="${right}" y1="${toY(tick.value)}" y2="${toY(tick.value)}" />`
        }<text x="${left - 8}" y="${toY(tick.value) + 4}" text-anchor="end">${nameOf(tick.label, 10)}</text>`
  )
  const columns = xTicks.map(
    (tick) =>
      html`<line class="base" x1="${toX(tick.value)}" x2="${toX(tick.value)}" y1="${bottom}" y2="${bottom + 4}" /><text
          x="${toX(tick.value)}"
          y="${bottom + 18}"
          text-anchor="middle"
          >${tick.label}</text
        >`
  )
  const head =
    options.head === undefined
      ? undefined
      : html`<text class="head" x="${left}" y="${top - 8}"
          >${nameOf(options.head, room - Math.ceil((options.headRoom ?? 0) / 7))}</text
        >`
  const titleOfY =
    options.hasYTitle === false
      ? undefined
      : html`<text class="unit" x="${left - 60}" y="${top - 16}"
          >${nameOf(`${options.yTitle ?? y.title}${log(y)}`, 60)}</text
        >`
  const titleOfX =
    options.hasXTitle === false
      ? undefined
      : html`<text class="unit" x="${(left + right) / 2}" y="${bottom + (isSmall ? 34 : 38)}" text-anchor="middle"
          >${nameOf(`${options.xTitle ?? x.title}${log(x)}`, room)}</text
        >`
  return html`<g class="${isSmall ? "axis small" : "axis"}"
      >${rows}<line
        class="base"
        x1="${left}"
        x2="${right}"
        y1="${bottom}"
        y2="${bottom}"
      />${columns}${titleOfX}${titleOfY}</g
    >${head}`
}

/** Shades of how many there are in a cell. */
const SHADES = 6

const fixed = (value: number): string => String(Math.round(value * 10) / 10)

/** Cells of a density as one path for each shade: neighbours of one shade in a row are one rectangle. */
const densityOf = (
  { cells, columns, rows }: PlotCloud.Density,
  box: Box,
  colour: Chart.Colour,
  isByName: boolean
): Markup => {
  const most = cells.reduce((top, { count }) => Math.max(top, count), 1)
  const shadeOf = (count: number) => Math.min(SHADES - 1, Math.floor((Math.log(count) / Math.log(most + 1)) * SHADES))
  const width = (box.right - box.left) / columns
  const height = (box.bottom - box.top) / rows
  const paths = Array.from({ length: SHADES }, () => "")
  for (let index = 0; index < cells.length;) {
    const first = cells[index]!
    const shade = shadeOf(first.count)
    let run = 1
    for (let next = cells[index + run]; next !== undefined && !isByName; next = cells[index + run]) {
      if (next.row !== first.row || next.column !== first.column + run || shadeOf(next.count) !== shade) break
      run += 1
    }
    // Names stand apart.
    const gap = isByName ? width * 0.14 : 0
    const x = box.left + first.column * width + gap
    const y = box.bottom - (first.row + 1) * height
    paths[shade] +=
      `M${fixed(x)} ${fixed(y)}h${fixed(run * width - 2 * gap)}v${fixed(height)}h-${fixed(run * width - 2 * gap)}z`
    index += run
  }
  return html`<g class="${colour}"
    >${paths.flatMap((d, shade) =>
      d === "" ? [] : [html`<path class="cells" fill-opacity="${0.25 + (0.75 * shade) / (SHADES - 1)}" d="${d}" />`]
    )}</g
  >`
}

/** A cloud in a panel: its points as signs with words, or its cells. */
export const cloudOf = (
  cloud: PlotCloud.PlotCloud,
  box: Box,
  x: PlotAxis.PlotAxis,
  y: PlotAxis.PlotAxis,
  sign: Pick<Sign, "colour" | "mark"> & {
    readonly size?: number | undefined
    /** Where a point stands from left to right. Default: on the axis. */
    readonly at?: ((point: PlotCloud.Point) => number) | undefined
  },
  tip: (point: PlotCloud.Point) => string
): Markup => {
  if (cloud._tag === "Density") return densityOf(cloud, box, sign.colour, x.type === "names")
  const toX = across(x, box)
  const toY = up(y, box)
  const at = sign.at ?? ((point) => toX(point.x))
  return html`<g class="${sign.colour}"
    >${cloud.points.map((point) => markOf(sign.mark, at(point), toY(point.y), tip(point), sign.size))}</g
  >`
}

/** How trials of each worth are drawn. */
export const signs = {
  complete: { colour: "demand", mark: "dot" },
  infeasible: { colour: "series3", mark: "cross" },
  pruned: { colour: "supply", mark: "ring" },
  failed: { colour: "limit", mark: "tick" },
  best: { colour: "deal", mark: "star" }
} as const

/** The signs of the clouds that have trials. */
export const worthLegend = (
  clouds: Readonly<Record<"complete" | "infeasible" | "pruned", PlotCloud.PlotCloud>>
): ReadonlyArray<Sign> => {
  const isDense = Object.values(clouds).some(({ _tag }) => _tag === "Density")
  const entry = (key: "complete" | "infeasible" | "pruned", name: string): ReadonlyArray<Sign> => {
    const cloud = clouds[key]
    const isEmpty = cloud._tag === "Points" ? cloud.points.length === 0 : cloud.cells.length === 0
    return isEmpty ? [] : [{ name, colour: signs[key].colour, mark: isDense ? "box" : signs[key].mark }]
  }
  return [
    ...entry("complete", isDense ? "trials, darker where many" : "complete"),
    ...entry("infeasible", "constraint broken"),
    ...entry("pruned", "pruned, last report")
  ]
}

/** "2,000". */
export const grouped = (count: number): string => String(count).replaceAll(/\B(?=(\d{3})+$)/g, ",")

/** "1 trial", "2,000 trials". */
export const counted = (count: number, noun = "trial"): string => `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`

/** An axis below alone, with lines up from its marks. */
export const ticksOfAxis = (box: Box, axis: PlotAxis.PlotAxis, title: string): Markup => {
  const toX = across(axis, box)
  const marks = ticksOf(axis, box.right - box.left, 8).map(
    ({ label, value }) =>
      html`<line x1="${toX(value)}" x2="${toX(value)}" y1="${box.top}" y2="${box.bottom}" /><text
          x="${toX(value)}"
          y="${box.bottom + 18}"
          text-anchor="middle"
          >${label}</text
        >`
  )
  return html`<g class="axis"
    >${marks}<line class="base" x1="${box.left}" x2="${box.right}" y1="${box.bottom}" y2="${box.bottom}" /><text
      class="unit"
      x="${(box.left + box.right) / 2}"
      y="${box.bottom + 38}"
      text-anchor="middle"
      >${title}</text
    ></g
  >`
}
