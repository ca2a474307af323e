/** What all charts of the report share: colours by agent, frames. */
import type { ReportModel } from "../ReportModel.ts"
import { html, type Markup } from "../../chart/Markup.ts"

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
