/** The parts of the report that are words and figures: tiles, the found parameters, decisions, trainings, restarts. */
import type { ReportModel } from "../ReportModel.ts"
import { agentIndex, card, colourOf } from "./frame.ts"
import { html, type Markup } from "../../chart/Markup.ts"
import { short } from "../../chart/Scale.ts"
import { percent, seconds, shown } from "./scale.ts"
import { outcomeSign } from "./votesChart.ts"

/** The difference in points of a per cent, with its sign. */
const points = (share: number): string => `${share < 0 ? "−" : "+"}${Math.abs(share * 100).toFixed(2)} points`

const against = (mine: number | undefined, other: number | undefined, name: string): string =>
  mine === undefined || other === undefined ? `${name}: not measured` : `${points(mine - other)} to ${name}`

export const tiles = (model: ReportModel): Markup => {
  const { elections, faults, restarts, rounds, summary, trials } = model
  const { defaultTestAccuracy, randomSearchTestAccuracy, testAccuracy } = summary
  const healed = faults.filter(({ healedAt }) => healedAt !== undefined).length
  const reelections = Math.max(0, elections.length - 1)
  const tile = (name: string, figure: string, notes: ReadonlyArray<string>, kind = "") =>
    html`<div class="tile ${kind}">
      <h3>${name}</h3>
      <p class="figure">${figure}</p>
      ${notes.map((note) => html`<p class="note">${note}</p>`)}
    </div>`
  return html`<section class="tiles">
    ${[
      tile(
        "Test accuracy",
        percent(testAccuracy),
        [
          against(testAccuracy, defaultTestAccuracy, "the defaults"),
          against(testAccuracy, randomSearchTestAccuracy, "random search")
        ],
        "lead"
      ),
      tile("Trainings", String(trials.length), [`${rounds.length} rounds`, "each with exactly one result"]),
      tile("Faults", faults.length === 0 ? "none" : `${healed} of ${faults.length} healed`, [
        `${restarts.length} restart${restarts.length === 1 ? "" : "s"}`,
        `${reelections} re-election${reelections === 1 ? "" : "s"}`
      ]),
      tile("Time", seconds(model.seconds), [
        `${model.workers.length} worker threads`,
        `${short(summary.events)} events`
      ])
    ]}
  </section>`
}

export const parameterCard = (model: ReportModel): Markup => {
  const { bestParams, bestTrialId, defaultParams } = model.summary
  return card({
    id: "parameters",
    title: "Parameters found",
    hint: bestTrialId === undefined ? "no training has a result yet" : `from ${bestTrialId}; below each, the default`,
    body: html`<dl class="params">
      ${model.parameters.map(
        ({ name }) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${shown(bestParams[name])}</dd>
            <dd class="default">${shown(defaultParams[name])}</dd>
          </div>`
      )}
    </dl>`
  })
}

export const legend = (model: ReportModel): Markup => {
  const colour = colourOf(model)
  const index = agentIndex(model)
  const counts = new Map<string, number>()
  for (const { agent } of model.trials) counts.set(agent, (counts.get(agent) ?? 0) + 1)
  return html`<nav class="legend" aria-label="Agents">
    ${model.agents.map(
      ({ id, sampler, temperament }) =>
        html`<button type="button" class="${colour(id)}" data-pick="${index(id)}" aria-pressed="false">
          <i></i><b>${id}</b> ${sampler}, ${temperament} · ${counts.get(id) ?? 0}
        </button>`
    )}<span class="hint">choose an agent to see it alone</span>
  </nav>`
}

export const decisionsCard = (model: ReportModel): Markup => {
  const colour = colourOf(model)
  const rows = model.decisions.map(({ at, changes, outcome, proposer, round, trialId, votes }) => {
    const count = (vote: string) => votes.filter((one) => one.vote === vote).length
    return html`<tr>
      <td class="num">${round}</td>
      <td class="num">${seconds(at)}</td>
      <td>
        <span class="agent ${colour(proposer)}"><i></i>${proposer}</span>
      </td>
      <td>${trialId}</td>
      <td class="changes">
        ${changes.map(({ from, to, variable }) => html`<span><b>${variable}</b> ${shown(from)} → ${shown(to)}</span>`)}
      </td>
      <td class="outcome ${outcome.replace(" ", "-")}">${outcomeSign(outcome)} ${outcome}</td>
      <td>
        <details>
          <summary>${count("accept")} for, ${count("reject")} against, ${count("silent")} silent</summary>
          <ul>
            ${votes.map(
              ({ agent, vote, why }) =>
                html`<li>
                  <span class="agent ${colour(agent)}"><i></i>${agent}</span> <b>${vote}</b>: ${why}
                </li>`
            )}
          </ul>
        </details>
      </td>
    </tr>`
  })
  const head = html`<thead>
    <tr>
      <th class="num">round</th>
      <th class="num">time</th>
      <th>proposer</th>
      <th>evidence</th>
      <th>change</th>
      <th>outcome</th>
      <th>votes (open for the reasons)</th>
    </tr>
  </thead>`
  const body =
    rows.length === 0
      ? html`<p class="empty">No change of a shared variable was proposed.</p>`
      : html`<div class="scroll">
          <table>
            ${head}
            <tbody>
              ${rows}
            </tbody>
          </table>
        </div>`
  return card({ id: "decisions", title: "Decisions", body })
}

export const trialsCard = (model: ReportModel): Markup => {
  const { agents: _, parameters, trials } = model
  const colour = colourOf(model)
  const attempts = new Map<string, number>()
  for (const { trialId } of model.attempts) attempts.set(trialId, (attempts.get(trialId) ?? 0) + 1)
  const sorted = [...trials].sort((a, b) => b.accuracy - a.accuracy || a.loss - b.loss)
  const row = (trial: (typeof trials)[number], place: number) =>
    html`<tr>
      <td class="num">${place + 1}</td>
      <td>${trial.id}</td>
      <td>
        <span class="agent ${colour(trial.agent)}"><i></i>${trial.agent}</span>
      </td>
      <td class="num">${trial.round}</td>
      <td class="num"><b>${trial.outcome === "diverged" ? "diverged" : percent(trial.accuracy)}</b></td>
      <td class="num">${trial.loss.toFixed(4)}</td>
      ${parameters.map(({ name }) => html`<td class="num">${shown(trial.params[name])}</td>`)}
      <td class="num">${attempts.get(trial.id) ?? 1}</td>
    </tr>`
  return card({
    id: "trials",
    title: "Trainings",
    body: html`<details class="all">
      <summary>all ${trials.length}, the best first</summary>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th class="num">#</th>
              <th>id</th>
              <th>agent</th>
              <th class="num">round</th>
              <th class="num">accuracy</th>
              <th class="num">loss</th>
              ${parameters.map(({ name }) => html`<th class="num">${name}</th>`)}
              <th class="num">tries</th>
            </tr>
          </thead>
          <tbody>
            ${sorted.map(row)}
          </tbody>
        </table>
      </div>
    </details>`
  })
}

export const roundsCard = (model: ReportModel): Markup => {
  const colour = colourOf(model)
  const rows = model.rounds.map(
    ({ best, coordinator, from, price, round, slots, to }) =>
      html`<tr>
        <td class="num">${round}</td>
        <td class="num">${seconds(from)} – ${seconds(to)}</td>
        <td>
          <span class="agent ${colour(coordinator)}"><i></i>${coordinator}</span>
        </td>
        <td class="num">${slots}</td>
        <td class="num">${short(price)}</td>
        <td class="num">${percent(best)}</td>
      </tr>`
  )
  const log = [
    ...model.elections.map(({ at, leader, term, why }) => ({ at, what: `${leader} elected for term ${term}`, why })),
    ...model.restarts.map(({ at, target, why }) => ({ at, what: `${target} restarted`, why }))
  ].sort((a, b) => a.at - b.at)
  const body = html`<div class="two">
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th class="num">round</th>
            <th class="num">time</th>
            <th>coordinator</th>
            <th class="num">slots</th>
            <th class="num">mean price</th>
            <th class="num">best so far</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    <ul class="log">
      ${log.map(({ at, what, why }) => html`<li><time>${seconds(at)}</time><b>${what}</b> ${why}</li>`)}
    </ul>
  </div>`
  return card({ id: "rounds", title: "Rounds, elections and restarts", body })
}
