/**
 * A run as one page: charts of what the agents tried, decided, earned and survived.
 *
 * **Guarantees** Pure: the same model gives the same text. The page is one file that asks no network for anything, and its
 * content security policy forbids it to; names and texts from the run are escaped wherever they stand, and no script runs but the report's
 * own. It follows the reader's light or dark theme.
 *
 * **Does not guarantee** A light page for many thousands of trainings: each is drawn several times.
 *
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import { accuracyChart } from "./internal/accuracyChart.ts"
import { comparisonChart } from "./internal/comparisonChart.ts"
import { creditsChart } from "./internal/creditsChart.ts"
import { html, raw } from "../chart/Markup.ts"
import { parallelChart } from "./internal/parallelChart.ts"
import { script } from "./internal/script.ts"
import { style } from "./internal/style.ts"
import { decisionsCard, legend, parameterCard, roundsCard, tiles, trialsCard } from "./internal/tables.ts"
import { timelineChart } from "./internal/timelineChart.ts"
import { variablesChart } from "./internal/variablesChart.ts"
import { votesChart } from "./internal/votesChart.ts"
import type { ReportModel } from "./ReportModel.ts"

const scriptHash = createHash("sha256").update(script).digest("base64")
const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${scriptHash}'; img-src data:; base-uri 'none'; form-action 'none'`

/** The page of a run. */
export const render = (model: ReportModel): string => {
  const { data, interrupted } = model
  const rows = `${data.train} + ${data.validation} + ${data.test} rows (train, validation, test)`
  const sub = `${data.name}: ${rows}, ${data.features} features, ${data.classes} classes · seed ${model.seed} · ${model.startedAt}`
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${model.title}</title>
        <link rel="icon" href="data:," />
        ${raw(`<style>${style}</style>`)}
      </head>
      <body>
        <main>
          <header class="top">
            <div>
              <h1>${model.title}</h1>
              <p class="sub">${sub}</p>
            </div>
            <p class="chip${interrupted ? " cut" : ""}">${interrupted ? "stopped before the end" : "finished"}</p>
          </header>
          ${tiles(model)} ${parameterCard(model)} ${legend(model)}
          <div class="row wide">${accuracyChart(model)}${comparisonChart(model)}</div>
          ${timelineChart(model)} ${parallelChart(model)}
          <div class="row half">${creditsChart(model)}${votesChart(model)}</div>
          ${variablesChart(model)} ${decisionsCard(model)} ${roundsCard(model)} ${trialsCard(model)}
          <footer>
            <span>Again: <code>${model.command}</code></span
            ><span>Event log: <code>${model.summary.store}</code></span>
          </footer>
        </main>
        <div id="tip" role="tooltip"></div>
        ${raw(`<script>${script}</script>`)}
      </body>
    </html> `.text
}
