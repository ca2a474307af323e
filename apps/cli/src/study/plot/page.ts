/**
 * Figures of a study as one page.
 *
 * **Guarantees** The page is one file that asks no network for anything, and its content security policy forbids it to; names and texts of
 * the study are escaped wherever they stand, and no script runs but the page's own. It follows the reader's light or dark theme. At
 * most 100,000 lines of parallel coordinates with 1.5 million places come along, so that it stays below 10 MB.
 *
 * @since 0.1.0
 */
import { html, type Markup, raw } from "@apps/demo/chart/Markup"
import { ParallelPlot, type Study } from "@mabeam/optimize"
import { Option, Result } from "effect"
import { createHash } from "node:crypto"
import { brushing } from "./brushing.ts"
import { type Figure, inline, style as figureStyle } from "./figure.ts"
import type { Given } from "./figures.ts"
import { paramsOf, statesOf } from "./history.ts"
import { script } from "./script.ts"
import { nameOf, precise } from "./ticks.ts"

const scriptHash = createHash("sha256").update(script).digest("base64")
const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${scriptHash}'; img-src data:; base-uri 'none'; form-action 'none'`

// What figures say of the colours of an SVG holds for the page around them, too.
const pageStyle = `
${figureStyle.replaceAll("svg{--", ":root{--").replace("svg{", ":root{").replaceAll("{svg{", "{:root{")}
:root{color-scheme:light dark}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Open Sans",sans-serif;--page:#f3f5f9}
main{max-width:1000px;margin:0 auto;padding:28px 20px 48px}
h1{font-size:26px;margin:0 0 4px;overflow-wrap:anywhere}h2{font-size:19px;margin:0 0 2px}
.sub{color:var(--soft);margin:0 0 12px}nav{display:flex;flex-wrap:wrap;gap:6px;margin:14px 0 18px}
nav a{color:var(--text);background:var(--bg);border:1px solid var(--line);border-radius:99px;padding:3px 12px;text-decoration:none;font-size:13.5px}nav a:hover,nav a:focus-visible{border-color:var(--demand)}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px;margin:16px 0}dl div{background:var(--bg);border:1px solid var(--line);border-radius:10px;padding:10px 14px;min-width:0}dt{color:var(--soft);font-size:13px}dd{margin:0;font-size:17px;font-weight:600;overflow-wrap:anywhere}dd small{font-weight:400;font-size:13px;color:var(--soft);display:block}
.card{background:var(--bg);border:1px solid var(--line);border-radius:12px;margin:0 0 18px;overflow:hidden;scroll-margin-top:12px}
.card>svg{display:block;width:100%;height:auto}section.card{padding:18px 22px}
.tools{display:flex;flex-wrap:wrap;gap:6px 16px;align-items:center;font-size:13.5px}.tools label{border-bottom:3px solid var(--c)}.tools .gone{display:none}
button{font:inherit;color:var(--text);background:var(--bg);border:1px solid var(--strong);border-radius:7px;padding:2px 12px;cursor:pointer}.ramp{width:300px;height:16px;font-size:13px;margin-left:auto}
.stage{position:relative;margin-top:6px}.stage canvas{width:100%;display:block}.brushes{position:absolute;inset:0;width:100%;touch-action:none;user-select:none}
.grip{fill:transparent;cursor:ns-resize}.brush{fill:var(--demand);fill-opacity:.25;stroke:var(--demand)}.near{fill:none;stroke:var(--text);stroke-width:2.5;pointer-events:none}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}th,td{text-align:left;padding:4px 12px 4px 0;white-space:nowrap;max-width:220px;overflow:hidden;text-overflow:ellipsis}th{color:var(--soft);font-weight:500;border-bottom:1px solid var(--line)}
#tip{position:fixed;display:none;pointer-events:none;background:var(--text);color:var(--bg);border-radius:7px;padding:6px 10px;font-size:13px;line-height:1.4;white-space:pre-wrap;max-width:min(420px,90vw);overflow-wrap:anywhere;z-index:9}
footer{color:var(--soft);font-size:13px}
@media (prefers-color-scheme:dark){body{--page:#0f141c}}
`

const fact = (name: string, value: string, more = ""): Markup =>
  html`<div>
    <dt>${name}</dt>
    <dd>${value}${more === "" ? undefined : html`<small>${more}</small>`}</dd>
  </div>`

const factsOf = (state: Study.State): ReadonlyArray<Markup> => {
  const { directions, pruner, sampler, space } = state.definition
  const best = Option.map(state.best, (trial) =>
    fact("best", precise(trial.values[0]!), `trial ${trial.number}: ${nameOf(paramsOf(trial), 160)}`)
  )
  const conditional = space.variables.filter(({ always }) => !always).length
  return [
    ...Option.toArray(best),
    fact("trials", String(state.count), statesOf(state).split(": ")[1] ?? ""),
    fact("variables", String(space.variables.length), conditional > 0 ? `${conditional} conditional` : ""),
    fact("sampler", sampler.name, pruner.name === "none" ? "" : `pruner ${pruner.name}`),
    fact(directions.length === 1 ? "objective" : "objectives", directions.map((it) => `${it}d`).join(", "))
  ]
}

const cardOf = (figure: Figure, { objective, state, variables }: Given): Markup => {
  if (figure.kind === "parallel") {
    const data = ParallelPlot.make(state, { objective, variables })
    if (Result.isSuccess(data)) return brushing(figure, data.success)
  }
  return html`<figure class="card" id="${figure.kind}" style="margin-inline:0">${inline(figure)}</figure>`
}

/** The page of a study with its figures. */
export const page = (name: string, figures: ReadonlyArray<Figure>, given: Given): string =>
  `${
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta http-equiv="Content-Security-Policy" content="${policy}" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>${`Study ${name}`}</title>
          <link rel="icon" href="data:," />
          ${raw(`<style>${pageStyle}</style>`)}
        </head>
        <body>
          <main>
            <header>
              <h1>${`Study ${name}`}</h1>
              <dl>${factsOf(given.state)}</dl>
            </header>
            ${figures.length > 1 ? html`<nav>${figures.map(({ kind, title }) => html`<a href="#${kind}">${nameOf(title, 40)}</a>`)}</nav>` : undefined}
            ${figures.map((figure) => cardOf(figure, given))}
            <footer>A pointer over points, lines and bars shows what they are.</footer>
          </main>
          <div id="tip" role="tooltip"></div>
          ${raw(`<script>${script}</script>`)}
        </body>
      </html>`.text
  }\n`
