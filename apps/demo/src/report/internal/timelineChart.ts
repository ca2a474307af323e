/** Who did what when: the coordinator's terms, the trainings on each worker, the agents, and where faults struck. */
import type { ReportFault, ReportModel } from "../ReportModel.ts"
import { xAxis } from "../../chart/Axes.ts"
import { agentIndex, card, clip, colourOf, drawing } from "./frame.ts"
import { html, type Markup } from "../../chart/Markup.ts"
import { linear, spread, ticks, type Scale } from "../../chart/Scale.ts"
import { lasting, seconds } from "./scale.ts"

const WIDTH = 1112
const LEFT = 104
const RIGHT = WIDTH - 16
const TOP = 34
const LANE = 26

export const timelineChart = (model: ReportModel): Markup => {
  const { agents, workers } = model
  const names = ["coordinator", ...workers, ...agents.map(({ id }) => id)]
  const bottom = TOP + names.length * LANE
  const x = linear(0, Math.max(model.seconds, 0.001), LEFT, RIGHT)
  const centre = (row: number) => TOP + row * LANE + LANE / 2
  const rows = new Map(names.map((name, row) => [name, row]))
  const laneOf = (name: string) => {
    const row = rows.get(name)
    return row === undefined ? undefined : centre(row)
  }
  return card({
    id: "timeline",
    title: "Timeline",
    hint: "bars are trainings in the colour of the agent that asked for them; a hatched bar died; red marks are faults, with the time until they were healed",
    body: html`${drawing("Trainings, terms and faults over time", WIDTH, bottom + 46, [
      html`<defs
        ><pattern id="died" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"
          ><rect class="died-back" width="6" height="6" /><rect class="died-line" width="2.5" height="6" /></pattern
      ></defs>`,
      html`<g class="lanes"
        >${names.map(
          (name, row) =>
            html`<rect
                class="${row % 2 === 0 ? "even" : "odd"}"
                x="0"
                y="${TOP + row * LANE}"
                width="${WIDTH}"
                height="${LANE}"
              /><text x="8" y="${centre(row) + 4}">${clip(name, 13)}</text>`
        )}</g
      >`,
      xAxis({
        y: bottom,
        left: LEFT,
        right: RIGHT,
        title: "seconds since the start",
        ticks: ticks(0, model.seconds, 12),
        scale: x
      }),
      terms(model, x, centre(0)),
      attempts(model, x, laneOf),
      faultMarks(model, x, bottom, laneOf)
    ])}${faultList(model)}`
  })
}

/** The coordinator's lane: one block per term. */
const terms = (model: ReportModel, x: Scale, y: number): Markup => {
  const { elections, seconds: end } = model
  const colour = colourOf(model)
  const index = agentIndex(model)
  return html`<g class="terms"
    >${elections.map(({ at, leader, term, why }, position) => {
      const from = x(at)
      const width = Math.max(2, x(elections[position + 1]?.at ?? end) - from - 1)
      const tip = `term ${term}: ${leader} elected at ${seconds(at)}\n${why}`
      const label = `${leader}, term ${term}`
      const shown = width > label.length * 7 + 10 ? label : width > leader.length * 7 + 10 ? leader : ""
      return html`<g class="${colour(leader)}" data-agent="${index(leader)}" data-tip="${tip}"
        ><rect x="${from}" y="${y - 9}" width="${width}" height="18" rx="3" /><text x="${from + 7}" y="${y + 4}"
          >${shown}</text
        ></g
      >`
    })}</g
  >`
}

/** Trainings, once in the lane of their worker and once, thinner, in that of their agent. */
const attempts = (model: ReportModel, x: Scale, laneOf: (name: string) => number | undefined): Markup => {
  const colour = colourOf(model)
  const index = agentIndex(model)
  const results = new Map(model.trials.map((trial) => [trial.id, trial]))
  return html`<g class="attempts"
    >${model.attempts.flatMap(({ agent, from, outcome, to, trialId, worker }) => {
      const died = outcome === "died"
      const trial = results.get(trialId)
      const result = died
        ? "the worker died before it was done"
        : trial === undefined
          ? "no result"
          : `${(trial.accuracy * 100).toFixed(2)} %`
      const tip = `${trialId} of ${agent} on ${worker}\n${seconds(from)} to ${seconds(to)}: ${result}`
      const bar = (lane: string, thickness: number) => {
        const y = laneOf(lane)
        if (y === undefined) return []
        const width = Math.max(1.5, x(to) - x(from) - 0.8)
        return [
          html`<rect
            class="${colour(agent)}${died ? " died" : ""}"
            data-agent="${index(agent)}"
            data-trial="${trialId}"
            x="${x(from)}"
            y="${y - thickness / 2}"
            width="${width}"
            height="${thickness}"
            rx="2"
            data-tip="${tip}"
          />`
        ]
      }
      return [...bar(worker, 16), ...bar(agent, 6)]
    })}</g
  >`
}

const faultTip = ({ at, detail, healedAt, kind, target }: ReportFault): string => {
  const healed = healedAt === undefined ? "not healed" : `healed after ${lasting(healedAt - at)}`
  return `${kind} → ${target} at ${seconds(at)}, ${healed}\n${detail}`
}

/** Numbered flags above, a line down to the lane that was struck, and the time it was away. */
const faultMarks = (
  model: ReportModel,
  x: Scale,
  bottom: number,
  laneOf: (target: string) => number | undefined
): Markup => {
  const { faults } = model
  const flags = spread(
    faults.map(({ at }) => x(at)),
    22,
    LEFT,
    RIGHT
  )
  return html`<g class="faults"
    >${faults.map((fault, position) => {
      const at = x(fault.at)
      const lane = laneOf(fault.target)
      const flag = flags[position]!
      const until = x(fault.healedAt ?? model.seconds)
      const away =
        lane === undefined
          ? html``
          : html`<rect class="away" x="${at}" y="${lane - 11}" width="${Math.max(2, until - at)}" height="22" /><path
                class="strike"
                d="M${at} ${lane - 8}L${at + 7} ${lane}L${at} ${lane + 8}L${at - 7} ${lane}Z"
              />`
      return html`<g class="fault" data-tip="${faultTip(fault)}"
        ><path class="drop" d="M${flag} 24L${at} ${TOP}V${lane ?? bottom}" />${away}<circle
          cx="${flag}"
          cy="14"
          r="10"
        /><text x="${flag}" y="18" text-anchor="middle">${position + 1}</text></g
      >`
    })}</g
  >`
}

/** The same faults in words. */
const faultList = ({ faults }: ReportModel): Markup =>
  faults.length === 0
    ? html`<p class="empty">No fault struck this run.</p>`
    : html`<ol class="fault-list">
        ${faults.map(
          ({ at, detail, healedAt, kind, target }) =>
            html`<li>
              <b>${kind}</b> → ${target} at ${seconds(at)}: ${detail}
              <span class="${healedAt === undefined ? "bad" : "good"}"
                >${healedAt === undefined ? "not healed" : `healed after ${lasting(healedAt - at)}`}</span
              >
            </li>`
        )}
      </ol>`
