/** Test accuracy of the three candidates, each with one standard error to both sides. */
import type { ReportModel } from "../ReportModel.ts"
import { card, drawing } from "./frame.ts"
import { html, type Markup } from "../../chart/Markup.ts"
import { linear, ticks } from "../../chart/Scale.ts"
import { percent } from "./scale.ts"

const WIDTH = 339
const HEIGHT = 330
const LEFT = 14
const RIGHT = WIDTH - 14

/** The standard error of a share seen in `rows` rows. */
export const standardError = (share: number, rows: number): number =>
  Math.sqrt((share * (1 - share)) / Math.max(1, rows))

export const comparisonChart = (model: ReportModel): Markup => {
  const { defaultTestAccuracy, randomSearchTestAccuracy, testAccuracy } = model.summary
  const rows = model.data.test
  const candidates = [
    { name: "Team of agents", accuracy: testAccuracy, kind: "team" },
    { name: "Random search", accuracy: randomSearchTestAccuracy, kind: "random" },
    { name: "Default parameters", accuracy: defaultTestAccuracy, kind: "default" }
  ].flatMap(({ accuracy, kind, name }) =>
    accuracy === undefined ? [] : [{ name, kind, accuracy, error: standardError(accuracy, rows) }]
  )
  const hint = `trained again on train + validation, then scored once on ${rows} unseen rows; bars are ± 1 standard error`
  if (candidates.length === 0) {
    const body = html`<p class="empty">The run was stopped before the test part was looked at.</p>`
    return card({ id: "comparison", title: "On unseen rows", hint, body })
  }
  const low = Math.max(0, Math.min(...candidates.map(({ accuracy, error }) => accuracy - error)) - 0.004)
  const high = Math.min(1, Math.max(...candidates.map(({ accuracy, error }) => accuracy + error)) + 0.004)
  const x = linear(low, high, LEFT + 8, RIGHT - 8)
  const bottom = HEIGHT - 48
  const lane = (bottom - 10) / candidates.length
  const marks = ticks(low, high, 4)
  const digits = high - low > 0.04 ? 0 : 1
  return card({
    id: "comparison",
    title: "On unseen rows",
    hint,
    body: drawing("Test accuracy of the found, the random and the default parameters", WIDTH, HEIGHT, [
      html`<g class="axis"
        >${marks.map(
          (mark) =>
            html`<line x1="${x(mark)}" x2="${x(mark)}" y1="10" y2="${bottom}" /><text
                x="${x(mark)}"
                y="${bottom + 18}"
                text-anchor="middle"
                >${percent(mark, digits)}</text
              >`
        )}<text class="unit" x="${(LEFT + RIGHT) / 2}" y="${bottom + 38}" text-anchor="middle">test accuracy</text></g
      >`,
      ...candidates.map(({ accuracy, error, kind, name }, index) => {
        const y = 10 + lane * index + lane * 0.62
        const tip = `${name}\n${percent(accuracy)} ± ${percent(error)} of ${rows} rows`
        return html`<g class="candidate ${kind}" data-tip="${tip}"
          ><rect class="hit" x="${LEFT}" y="${y - lane * 0.5}" width="${RIGHT - LEFT}" height="${lane * 0.9}" /><text
            class="name"
            x="${LEFT}"
            y="${y - 20}"
            >${name}</text
          ><text class="figure" x="${RIGHT}" y="${y - 20}" text-anchor="end">${percent(accuracy)}</text
          ><line x1="${x(accuracy - error)}" x2="${x(Math.min(1, accuracy + error))}" y1="${y}" y2="${y}" /><circle
            cx="${x(accuracy)}"
            cy="${y}"
            r="7"
        /></g>`
      })
    ])
  })
}
