import { assert, describe, it } from "@effect/vitest"
import { campaign } from "@foundation/core/testing/law"
import { Schema } from "effect"
import * as Report from "../../src/report/Report.ts"
import { reportOf } from "../../src/run/reportOf.ts"
import { RunEvent } from "../../src/run/RunEvent.ts"
import { frame } from "../../src/view/Frame.ts"
import { widthOf } from "../../src/view/Text.ts"
import { lineOf } from "../../src/view/Lines.ts"
import * as Summary from "../../src/view/Summary.ts"
import { after, at, begin, start, story } from "./story.ts"

const runs = { runs: campaign(500, 5_000) }
const Events = Schema.Array(RunEvent).check(Schema.isMaxLength(12))
// oxlint-disable-next-line no-control-regex -- what must not be there
const steering = /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]|\u001b(?!\[\d+m)/
const places = { store: "s", report: "r", resume: "c" }

/** A run cut anywhere, then whatever may come. */
const stateOf = (cut: number, events: ReadonlyArray<RunEvent>) =>
  after(events, cut === 0 ? undefined : at(story[cut % story.length]?.[0] ?? 0))

describe("whatever happens in a run", () => {
  it.prop(
    "the frame keeps to its width and rows, and nothing in it steers the terminal",
    [
      Events,
      Schema.Natural,
      Schema.Int.check(Schema.isBetween({ minimum: 20, maximum: 150 })),
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 60 }))
    ],
    ([events, cut, width, rows]) => {
      const state = stateOf(cut, [begin, ...events])
      const lines = frame(state, start + 5_000, width, { rows, colour: true })
      assert.isAtMost(lines.length, rows)
      for (const line of lines) {
        assert.isAtMost(widthOf(line), width)
        assert.notMatch(line, steering)
      }
    },
    { arbitrary: runs }
  )

  it.prop(
    "an event is at most one line",
    [Events],
    ([events]) => {
      let state = after([begin])
      for (const event of events) {
        state = after([event], state)
        const line = lineOf(event, state) ?? ""
        assert.notMatch(line, steering)
        assert.notInclude(line, "\n")
      }
    },
    { arbitrary: runs }
  )

  it.prop(
    "there is a summary, its JSON reads back, and there is a report",
    [Events, Schema.Natural],
    ([events, cut]) => {
      const state = stateOf(cut, [begin, ...events])
      assert.isNotEmpty(Summary.text(state, places))
      const json = JSON.stringify(Summary.json(state, places))
      assert.strictEqual(JSON.stringify(JSON.parse(json)), json)
      assert.lengthOf(Object.keys(JSON.parse(json)), 12)
      const model = reportOf(state, { store: "s" })
      assert.isDefined(model)
      if (model !== undefined) assert.include(Report.render(model), "</html>")
    },
    { arbitrary: { runs: campaign(100, 1_000) } }
  )
})
