/** What all charts share: colours by agent, axes, frames. */
import type { ReportModel } from "../ReportModel.ts"
import { html, type Markup } from "./markup.ts"
import type { Scale } from "./scale.ts"

/** As many colours as the style sheet has; more agents share them. */
export const COLOURS = 12

/** The class that gives an agent its colour, the same in every chart. */
export const colourOf = (model: ReportModel): ((agent: string) => string) => {
  const index = new Map(model.agents.map(({ id }, position) => [id, position]))
  return (agent) => {
    const position = index.get(agent)
    return position === undefined ? "c-none" : `c${position % COLOURS}`
  }
}

/** The class that lets the legend find an agent's marks. */
export const agentIndex = (model: ReportModel): ((agent: string) => number) => {
  const index = new Map(model.agents.map(({ id }, position) => [id, position]))
  return (agent) => index.get(agent) ?? -1
}

/** Height of the drawings of credits and votes, which stand side by side: a lane of 26 to 38 for each agent. */
export const agentLanes = (agents: number): { readonly lane: number; readonly height: number } => {
  const room = 226
  const lane = Math.max(26, Math.min(38, room / Math.max(1, agents)))
  return { lane, height: Math.max(280, 54 + agents * lane) }
}

/** Shortens a name for a place that has no room. */
export const clip = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text

/** A titled card. */
export const card = (options: {
  readonly id: string
  readonly title: string
  readonly hint?: string | undefined
  readonly body: Markup
}): Markup =>
  html`<section class="card" id="${options.id}">
    <header>
      <h2>${options.title}</h2>
      ${options.hint === undefined ? undefined : html`<p class="hint">${options.hint}</p>`}
    </header>
    ${options.body}
  </section>`

/** A drawing of fixed proportions that fills its card. */
export const drawing = (label: string, width: number, height: number, body: ReadonlyArray<Markup>): Markup =>
  html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${body}</svg>`

/** Lines across and their labels at the left. */
export const yAxis = (options: {
  readonly left: number
  readonly right: number
  readonly title: string
  readonly titleAt: readonly [x: number, y: number]
  readonly ticks: ReadonlyArray<{ readonly y: number; readonly label: string }>
}): Markup =>
  html`<g class="axis"
    >${options.ticks.map(
      ({ label, y }) =>
        html`<line x1="${options.left}" x2="${options.right}" y1="${y}" y2="${y}" /><text
            x="${options.left - 8}"
            y="${y + 4}"
            text-anchor="end"
            >${label}</text
          >`
    )}<text class="unit" x="${options.titleAt[0]}" y="${options.titleAt[1]}">${options.title}</text></g
  >`

/** Labels below, and what they count at the right end. */
export const xAxis = (options: {
  readonly y: number
  readonly left: number
  readonly right: number
  readonly title: string
  readonly ticks: ReadonlyArray<number>
  readonly scale: Scale
  readonly label?: ((value: number) => string) | undefined
}): Markup => {
  const label = options.label ?? String
  return html`<g class="axis"
    ><line
      class="base"
      x1="${options.left}"
      x2="${options.right}"
      y1="${options.y}"
      y2="${options.y}"
    />${options.ticks.map(
      (value) =>
        html`<line
            class="base"
            x1="${options.scale(value)}"
            x2="${options.scale(value)}"
            y1="${options.y}"
            y2="${options.y + 4}"
          /><text x="${options.scale(value)}" y="${options.y + 18}" text-anchor="middle">${label(value)}</text>`
    )}<text class="unit" x="${(options.left + options.right) / 2}" y="${options.y + 36}" text-anchor="middle"
      >${options.title}</text
    ></g
  >`
}

/** The path through some points. */
export const path = (points: ReadonlyArray<readonly [x: number, y: number]>): string =>
  points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("")

/** A path that keeps its height until the next point. */
export const steps = (points: ReadonlyArray<readonly [x: number, y: number]>): string =>
  points.map(([x, y], index) => (index === 0 ? `M${round(x)} ${round(y)}` : `H${round(x)}V${round(y)}`)).join("")

const round = (value: number): number => Math.round(value * 100) / 100
