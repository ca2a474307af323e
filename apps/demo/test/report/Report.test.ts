import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { escape, html } from "../../src/chart/Markup.ts"
import * as Scale from "../../src/chart/Scale.ts"
import { standardError } from "../../src/report/internal/comparisonChart.ts"
import * as Report from "../../src/report/Report.ts"
import { sampleModel } from "./sampleModel.ts"

const hostile = `"><script>alert(1)</script><img src=x onerror='alert(2)'>\`\${1}&amp;--></style></svg>\u0000`
const withoutScript = (page: string) => page.slice(0, page.lastIndexOf("<script"))
const count = (text: string, piece: string) => text.split(piece).length - 1

describe("Report", () => {
  it("is the same text for the same model", () => {
    assert.strictEqual(Report.render(sampleModel()), Report.render(sampleModel()))
  })

  it("tells the accuracies, the parameters found, every agent, fault and decision", () => {
    const model = sampleModel()
    const page = Report.render(model)
    const text = page.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ")
    for (const piece of [
      "98.05 %",
      "97.77 %",
      "96.94 %",
      "+1.11 points to the defaults",
      "60 trainings",
      "3 of 3 healed"
    ]) {
      assert.include(text, piece)
    }
    for (const { id } of model.agents) assert.include(text, id)
    for (const { detail, kind } of model.faults) {
      assert.include(text, kind)
      assert.include(text, detail)
    }
    for (const { name } of model.parameters) assert.include(text, name)
    assert.strictEqual(count(page, 'class="decision"'), model.decisions.length)
  })

  it("draws each training once over time, once across its parameters, and its attempts by worker and by agent", () => {
    const model = sampleModel()
    const page = Report.render(model)
    assert.strictEqual(page.match(/<circle\s+class="mark/g)?.length, model.trials.length)
    assert.strictEqual(page.match(/<path\s+class="line/g)?.length, model.trials.length)
    assert.strictEqual(page.match(/<rect\s+class="c\d+( died)?"/g)?.length, 2 * model.attempts.length)
  })

  it("lets no text from the run become markup, wherever it stands", () => {
    const page = Report.render(sampleModel({ taint: (text) => hostile + text }))
    const clean = Report.render(sampleModel())
    assert.notInclude(page, "<img")
    assert.notInclude(page, "\u0000")
    for (const piece of ["<script", "</script", "</style", "</svg", "<svg", "-->"]) {
      assert.strictEqual(count(page, piece), count(clean, piece), piece)
    }
    // What is left without the quoted values is the markup itself.
    assert.notMatch(page.replaceAll(/"[^"]*"/g, '""'), /<[^>]*\sonerror\s*=/)
  })

  it("asks no network for anything and forbids the page to", () => {
    const page = Report.render(sampleModel())
    assert.notMatch(page, /(src|href)="(?!data:)/)
    assert.notMatch(page, /url\((?!#)|@import/)
    assert.include(page, "default-src &#39;none&#39;")
  })

  it("has a page for runs without trainings, rounds, faults, decisions or results", () => {
    const cut = Report.render(sampleModel({ interrupted: true }))
    assert.include(cut, "stopped before the end")
    assert.include(cut, "before the test part was looked at")
    const sample = sampleModel()
    const empty = Report.render({
      ...sample,
      seconds: 0,
      interrupted: true,
      agents: [],
      workers: [],
      trials: [],
      attempts: [],
      rounds: [],
      decisions: [],
      faults: [],
      elections: [],
      restarts: [],
      randomSearch: [],
      summary: { ...sample.summary, bestTrialId: undefined, bestParams: {}, testAccuracy: undefined }
    })
    for (const page of [cut, empty]) assert.notMatch(withoutScript(page), /NaN|Infinity|undefined/)
    assert.include(empty, "No change of a shared variable was proposed.")
  })

  it("writes only finite places for runs of any size", () => {
    for (const [agents, workers, rounds, slots] of [
      [1, 1, 1, 1],
      [13, 8, 3, 12],
      [6, 2, 40, 6]
    ] as const) {
      const page = Report.render(sampleModel({ agents, workers, rounds, slots, seed: agents }))
      assert.notMatch(withoutScript(page), /NaN|Infinity|undefined/)
    }
  })
})

describe("markup", () => {
  it.prop("gives back any text, read as a browser reads it", [Schema.String], ([text]) => {
    const decoded = escape(text)
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&quot;", '"')
      .replaceAll("&#39;", "'")
      .replaceAll("&amp;", "&")
    // oxlint-disable-next-line no-control-regex -- they are what is replaced
    assert.strictEqual(decoded, text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, "\ufffd"))
    assert.notMatch(escape(text), /[<>"']/)
  })

  it("escapes strings, keeps its own markup and leaves out what is undefined", () => {
    const inner = html`<b>${"<&"}</b>`
    assert.strictEqual(html`${inner}${[inner]}${undefined}${1.23456}`.text, "<b>&lt;&amp;</b><b>&lt;&amp;</b>1.23")
  })
})

describe("scale", () => {
  it("prints numbers in at most three digits that count", () => {
    const printed = [0, 1, 0.0123456, 0.00001234, 1e-6, 0.001, 12345, 999.9, 1e9, -0.5].map(Scale.short)
    assert.deepStrictEqual(printed, ["0", "1", "0.0123", "1.2e-5", "1e-6", "0.001", "12,345", "1000", "1e9", "-0.5"])
  })

  it("gives round ticks inside the range", () => {
    assert.deepStrictEqual(Scale.ticks(0, 10, 5), [0, 2, 4, 6, 8, 10])
    assert.deepStrictEqual(Scale.ticks(5, 5, 4), [5])
    assert.deepStrictEqual(
      Scale.powerTicks(1e-3, 0.3).map((tick) => tick.toExponential()),
      ["1e-3", "1e-2", "1e-1"]
    )
  })

  it.prop(
    "moves labels apart, inside their range and in their order, if there is room",
    [Schema.Array(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 300 }))).check(Schema.isMaxLength(20))],
    ([positions]) => {
      const placed = Scale.spread(positions, 15, 0, 300)
      const sorted = [...placed].sort((a, b) => a - b)
      sorted.forEach((place, i) => {
        assert.isAtLeast(place, -1e-6)
        assert.isAtMost(place, 300 + 1e-6)
        if (i > 0) assert.isAtLeast(place - sorted[i - 1]!, 15 - 1e-6)
      })
      positions.forEach((a, i) =>
        positions.forEach((b, j) => {
          if (a < b) assert.isBelow(placed[i]!, placed[j]!)
        })
      )
    }
  )

  it("has a standard error of 0.8 points at 97.5 % of 359 rows", () => {
    assert.closeTo(standardError(0.975, 359), 0.0082, 0.0001)
  })
})
