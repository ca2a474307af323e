/** Who voted what on every proposed change: agents by decisions. */
import type { ReportDecision, ReportModel, ReportVote } from "../ReportModel.ts"
import { agentIndex, agentLanes, card, clip, colourOf, drawing } from "./frame.ts"
import { html, type Markup } from "../../chart/Markup.ts"
import { linear } from "../../chart/Scale.ts"
import { shown } from "./scale.ts"

const WIDTH = 528
const LEFT = 96
const TOP = 44

/** The sign beside a decision's outcome. */
export const outcomeSign = (outcome: ReportDecision["outcome"]): string =>
  outcome === "accepted" ? "✓" : outcome === "rejected" ? "✗" : "?"

/** A decision in a few lines, for a tip. */
export const decisionTip = (decision: ReportDecision): string =>
  [
    `round ${decision.round}, proposed by ${decision.proposer} after ${decision.trialId}: ${decision.outcome}`,
    ...decision.changes.map(({ from, to, variable }) => `${variable}: ${shown(from)} → ${shown(to)}`)
  ].join("\n")

export const votesChart = (model: ReportModel): Markup => {
  const { agents, decisions } = model
  const hint = "one column per proposal, marked by its outcome; each agent votes from its own evidence"
  if (decisions.length === 0) {
    const body = html`<p class="empty">No change of a shared variable was proposed.</p>`
    return card({ id: "votes", title: "Votes", hint, body })
  }
  const colour = colourOf(model)
  const index = agentIndex(model)
  const right = WIDTH - 8
  const cell = Math.min(40, (right - LEFT) / decisions.length)
  const x = linear(0, 1, LEFT, LEFT + cell)
  const size = Math.min(20, cell - 2)
  const { height, lane } = agentLanes(agents.length)
  const labelEvery = Math.ceil(24 / cell)
  const columns = decisions.map((decision, at) => {
    const centre = x(at + 0.5)
    const votes = new Map(decision.votes.map((vote) => [vote.agent, vote]))
    const cells = agents.map(({ id }, row) => {
      const vote: ReportVote = votes.get(id) ?? { agent: id, vote: "silent", why: "no answer" }
      return voteCell(vote, centre, TOP + row * lane + lane / 2, size, index(id))
    })
    const label =
      at % labelEvery === 0 ? html`<text x="${centre}" y="16" text-anchor="middle">r${decision.round}</text>` : html``
    return html`<g class="decision"
      >${label}<text
        class="outcome ${decision.outcome.replace(" ", "-")}"
        x="${centre}"
        y="34"
        text-anchor="middle"
        data-tip="${decisionTip(decision)}"
        >${outcomeSign(decision.outcome)}</text
      >${cells}</g
    >`
  })
  return card({
    id: "votes",
    title: "Votes",
    hint,
    body: drawing("Votes of every agent on every decision", WIDTH, height, [
      html`<g class="axis"><text x="8" y="16">round</text><text x="8" y="34">outcome</text></g>`,
      html`${agents.map(({ id }, row) => {
        const y = TOP + row * lane + lane / 2
        return html`<g class="${colour(id)}" data-agent="${index(id)}"
          ><circle class="key-dot" cx="12" cy="${y}" r="5" /><text class="lane" x="24" y="${y + 4}"
            >${clip(id, 10)}</text
          ></g
        >`
      })}`,
      ...columns
    ])
  })
}

const voteCell = (vote: ReportVote, x: number, y: number, size: number, agent: number): Markup => {
  const half = size / 2
  const arm = size * 0.24
  const sign =
    vote.vote === "accept"
      ? html`<path d="M${x - arm} ${y}L${x - arm * 0.2} ${y + arm * 0.8}L${x + arm} ${y - arm * 0.8}" />`
      : vote.vote === "reject"
        ? html`<path d="M${x - arm} ${y - arm}L${x + arm} ${y + arm}M${x + arm} ${y - arm}L${x - arm} ${y + arm}" />`
        : html`<path d="M${x - arm} ${y}H${x + arm}" />`
  const tip = `${vote.agent}: ${vote.vote}\n${vote.why}`
  return html`<g class="vote ${vote.vote}" data-agent="${agent}" data-tip="${tip}"
    ><rect x="${x - half}" y="${y - half}" width="${size}" height="${size}" rx="4" />${sign}</g
  >`
}
