import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Equal, Result } from "effect"
import * as Event from "../../src/events/Event.ts"
import { campaign, law } from "../../src/testing/law.ts"

const events = Arbitrary.schema(Event.Stored)

/** `-0` is written as `0`, the one documented difference. */
const plain = (event: Event.Stored): Event.Stored => ({
  ...event,
  data: JSON.parse(JSON.stringify(event.data)) as Event.Stored["data"]
})

describe("Event", () => {
  law("E61: what is serialised and read back is equal", campaign(1_000, 20_000), events, (event) => {
    const text = Event.serialize(event)
    return Effect.map(
      Effect.result(Event.deserialize(text)),
      (back) => Result.isSuccess(back) && Equal.equals(back.success, plain(event)) && !text.includes("\n")
    )
  })

  law(
    "E61: a text cut short, or with a byte changed, is an InvalidEvent or another event, never a crash",
    campaign(1_000, 20_000),
    Arbitrary.all({ event: events, at: Arbitrary.schema(Event.Time), letter: Arbitrary.schema(Event.Time) }),
    ({ event, at, letter }) =>
      Effect.gen(function* () {
        const text = Event.serialize(event)
        const place = Math.abs(at) % text.length
        const cut = yield* Effect.result(Event.deserialize(text.slice(0, place)))
        const changed = text.slice(0, place) + String.fromCharCode(Math.abs(letter) % 128) + text.slice(place + 1)
        yield* Effect.result(Event.deserialize(changed))
        return Result.isFailure(cut) && cut.failure._tag === "InvalidEvent"
      })
  )

  it.effect("E61: garbage is an InvalidEvent that says what is wrong", () =>
    Effect.gen(function* () {
      const garbage = ["", "\u0000\u0001", "[]", "null", "7", "{}", '{"id":1}', "[".repeat(100_000)]
      for (const text of garbage) {
        const error = yield* Effect.flip(Event.deserialize(text))
        assert.strictEqual(error._tag, "InvalidEvent")
        assert.isAbove(error.problem.length, 5)
      }
    })
  )

  it("the arbitrary of the model makes events of many forms", () => {
    const sample = Effect.runSync(Arbitrary.sampleEffect(events, { count: 200, seed: 1 }))
    assert.isAbove(new Set(sample.map((event) => typeof event.data)).size, 2)
    assert.isTrue(sample.some((event) => "correlationId" in event))
  })
})
