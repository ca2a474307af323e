/** What was written down of a kept study, event by event. */
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Result, Stream } from "effect"
import * as Random from "../../src/sampler/Random.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import * as Studies from "../../src/study/Studies.ts"
import * as Study from "../../src/study/Study.ts"

const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) })
const definition = Result.getOrThrow(Study.define({ space, sampler: Random.make() }))

describe("Studies.events", () => {
  layer(Studies.layerMemory)((it) => {
    it.effect("gives what makes the study again, in order", () =>
      Effect.gen(function* () {
        const studies = yield* Studies.Studies
        const study = yield* studies.open("told", definition, { owner: "ada" })
        for (let i = 0; i < 20; i++) {
          const { number } = yield* study.ask()
          yield* study.tell(number, i)
        }
        const events = yield* Stream.runCollect(studies.events("told"))
        assert.deepStrictEqual(
          events.slice(0, 3).map(({ _tag }) => _tag),
          ["Created", "Asked", "Told"]
        )
        const asked = events.flatMap((event) => (event._tag === "Asked" ? [event.lease?.owner] : []))
        assert.deepStrictEqual(
          asked,
          Array.from({ length: 20 }, () => "ada")
        )
        const again = Result.getOrThrow(Study.replay(events))
        assert.deepStrictEqual(again.trials, (yield* studies.get("told")).trials)
      })
    )

    it.effect("goes on page by page", () =>
      Effect.gen(function* () {
        const studies = yield* Studies.Studies
        const study = yield* studies.open("long", definition)
        const { number } = yield* study.ask()
        // More than the 5,000 events of a page.
        yield* Effect.forEach(Array.from({ length: 5_100 }), (_, i) => study.setAttribute("i", i, number), {
          discard: true
        })
        const seen = yield* Stream.runFold(
          studies.events("long"),
          () => 0,
          (next, event) => (event._tag === "AttributeSet" && event.value === next ? next + 1 : next)
        )
        assert.strictEqual(seen, 5_100)
      })
    )

    it.effect("refuses what is not there and what is no name", () =>
      Effect.gen(function* () {
        const studies = yield* Studies.Studies
        const absent = yield* Effect.flip(Stream.runDrain(studies.events("nobody")))
        assert.strictEqual(absent._tag, "StudyNotFound")
        const nameless = yield* Effect.flip(Stream.runDrain(studies.events("")))
        assert.strictEqual(nameless._tag, "InvalidStudyName")
      })
    )
  })
})
