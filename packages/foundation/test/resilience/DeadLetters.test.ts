import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Layer, Logger, References } from "effect"
import * as DeadLetters from "../../src/resilience/DeadLetters.ts"
import { deadLetter } from "../../src/resilience/internal/deadLetter.ts"
import { count } from "../../src/internal/count.ts"
import { millis } from "../../src/internal/millis.ts"

const letter = { tag: "Ping", payload: 1 }

/** What is logged when a message is lost, at a level. */
const logged = (level: "Debug" | "Info", services: Context.Context<never>) =>
  Effect.gen(function* () {
    const lines: Array<unknown> = []
    const logger = Logger.make(({ message }) => void lines.push(message))
    const context = yield* Effect.context<never>().pipe(
      Effect.provideService(References.MinimumLogLevel, level),
      Effect.provide(Logger.layer([logger]))
    )
    deadLetter(Context.merge(context, services), "worker#1", "worker", letter, "dead", undefined)
    yield* Effect.yieldNow
    return lines.flat()
  })

describe("DeadLetters", () => {
  it.effect("a message is kept with what is known of it", () =>
    Effect.gen(function* () {
      const context = yield* Effect.context<DeadLetters.DeadLetters>()
      deadLetter(context, "worker#1", "worker", { ...letter, attempts: 2 }, "poison", "boom")
      const [kept] = yield* DeadLetters.DeadLetters.use((letters) => letters.list)
      const { at: _, ...rest } = kept!
      assert.deepStrictEqual(rest, {
        number: 1,
        process: "worker#1",
        name: "worker",
        tag: "Ping",
        payload: 1,
        reason: "poison",
        attempts: 2,
        defect: "boom"
      })
    }).pipe(Effect.provide(DeadLetters.layerMemory()))
  )

  it.effect("a message that no layer keeps is dropped with a line at Debug, and with none above", () =>
    Effect.gen(function* () {
      const line = `"Ping" for worker#1 is dropped (dead): no DeadLetters layer keeps it`
      assert.deepStrictEqual(yield* logged("Debug", Context.empty()), [line])
      assert.deepStrictEqual(yield* logged("Info", Context.empty()), [])
      const kept = yield* Layer.build(DeadLetters.layerMemory())
      assert.deepStrictEqual(yield* logged("Debug", kept), [])
    }).pipe(Effect.scoped)
  )

  for (const capacity of [Number.NaN, 0, -1, 2.5, Number.POSITIVE_INFINITY, 1_000_001]) {
    it.effect(`a capacity of ${capacity} is refused, not taken for none`, () =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit(Effect.scoped(Layer.build(DeadLetters.layerMemory({ capacity }))))
        if (Exit.isSuccess(exit)) return assert.fail("the layer was built")
        const defect = Cause.squash(exit.cause)
        assert.instanceOf(defect, RangeError)
        assert.strictEqual(
          (defect as RangeError).message,
          `DeadLetters: capacity is a whole number from 1 to 1000000, not ${capacity}`
        )
      })
    )
  }
})

describe("bounds of options", () => {
  it("what is left out is the fallback, what is within the bounds is taken", () => {
    const bounds = { min: 1, max: Number.POSITIVE_INFINITY, fallback: 7 }
    assert.strictEqual(count("it", undefined, bounds), 7)
    assert.strictEqual(count("it", 1, bounds), 1)
    assert.strictEqual(count("it", Number.POSITIVE_INFINITY, bounds), Number.POSITIVE_INFINITY)
    assert.strictEqual(millis("it", undefined, bounds), 7)
    assert.strictEqual(millis("it", "2 seconds", bounds), 2000)
  })

  it("all else is a RangeError that names option, value and range", () => {
    const bounds = { min: 1, max: 10, fallback: 7 }
    assert.throws(() => count("it", 11, bounds), RangeError, "it is a whole number from 1 to 10, not 11")
    assert.throws(() => count("it", 1.5, bounds), RangeError, "not 1.5")
    assert.throws(() => millis("it", "1 second", bounds), RangeError, "it is from 1 to 10 milliseconds, not 1000")
    assert.throws(() => millis("it", 0, bounds), RangeError, "not 0")
  })
})
