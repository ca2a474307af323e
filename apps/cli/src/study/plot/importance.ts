/** How much each variable matters. */
import { html } from "@apps/demo/chart/Markup"
import { Importance, type Plot, type Study } from "@mabeam/optimize"
import { Result } from "effect"
import { type Box, counted, type Drawing, ticksOfAxis, across } from "./figure.ts"
import { nameOf, precise } from "./ticks.ts"

/** Beyond so many complete trials, a smaller forest takes a third of the time and says much the same. */
export const MANY = 2_000
/** Its trees, which the figure then names. */
export const TREES = 20

/** Most bars. */
export const BARS_MAX = 30
const BAR = 30

const isLarge = ({ counts }: Study.State) => counts.complete > MANY

/** The importances of the variables for an objective. */
export const importance = (
  state: Study.State,
  options: Plot.Options & Pick<Importance.Options, "method">
): Result.Result<Drawing, Importance.Refusal> =>
  Result.map(
    Importance.ofStudy(state, isLarge(state) ? { ...options, trees: TREES } : options),
    ({ fractions, method, r2, trials }): Drawing => {
      const shown = fractions.slice(0, BARS_MAX)
      const box: Box = { left: 204, right: 820, top: 92, bottom: 92 + shown.length * BAR + 10 }
      const top = Math.max(...shown.map(({ fraction }) => fraction), 0.01)
      const axis = { type: "linear", title: "share", from: 0, to: Math.min(1, top * 1.04), whole: false } as const
      const toX = across(axis, box)
      const more =
        fractions.length > shown.length ? ` · ${fractions.length - shown.length} lesser ones are not shown` : ""
      const fewer = isLarge(state) ? ` of ${TREES} trees` : ""
      const trust = r2 < 0.3 ? " · the model explains little: do not rely on this" : ""
      return {
        says: `${method}, ${counted(trials)}, the model${fewer} explains ${precise(Math.round(Math.max(0, r2) * 100))} %${more}${trust}`,
        legend: [],
        height: box.bottom + 56,
        body: [
          ticksOfAxis(box, axis, "share of what the variables explain alone"),
          ...shown.map(({ fraction, name }, index) => {
            const y = box.top + 10 + index * BAR
            const label =
              fraction > 0 && fraction < 0.001 ? "< 0.1 %" : `${precise(Math.round(fraction * 1000) / 10)} %`
            return html`<text x="${box.left - 10}" y="${y + 14}" text-anchor="end">${nameOf(name, 24)}</text
              ><g class="demand"
                ><rect
                  class="box"
                  x="${box.left}"
                  y="${y}"
                  width="${Math.max(1, toX(fraction) - box.left)}"
                  height="${BAR - 10}"
                  rx="2"
                  ><title>${`${name}: ${label}`}</title></rect
                ></g
              ><text class="soft" x="${toX(fraction) + 8}" y="${y + 14}">${label}</text>`
          })
        ]
      }
    }
  )
