import { Calculator, Refusal } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import * as Answers from "../../src/calculators/Answers.ts"

class Odd extends Refusal.InvalidFormat {}

/** Doubles even numbers. */
const twice: Calculator.Calculator = {
  name: "twice",
  version: 1,
  solve: (input) => {
    const n = Object(input)["n"]
    return typeof n === "number" && n % 2 === 0
      ? Result.succeed({
          decision: { n: 2 * n },
          tieBreak: "none",
          properties: { even: { declared: true, holds: true } }
        })
      : Result.fail(new Odd({ path: ["n"], because: "odd" }))
  }
}
/** Says in its time what it was given. */
const echo: Calculator.SlowCalculator = {
  name: "echo",
  version: 1,
  solve: (input) => Effect.as(Effect.yieldNow, { decision: { given: JSON.parse(JSON.stringify(input)) } })
}
const choice: Answers.Choice = {
  _tag: "Named",
  key: "mechanism",
  calculators: new Map<string, Answers.Any>([
    ["twice", twice],
    ["echo", echo]
  ])
}

const answers = (document: Calculator.Json, from: Answers.Choice = choice) =>
  Effect.map(
    Answers.solve(from, document, () => undefined),
    ({ isList, outcomes }) => ({ isList, answers: outcomes.map((it) => Answers.toJson(from, it)) })
  )

describe("Answers", () => {
  it.effect("an object gives one answer: id, name, decision, rule among equals, properties, in this order", () =>
    Effect.gen(function* () {
      const found = yield* answers({ n: 4, id: "x", mechanism: "twice" })
      const expected = {
        id: "x",
        mechanism: "twice",
        n: 8,
        tieBreak: "none",
        properties: { even: { declared: true, holds: true } }
      }
      assert.strictEqual(JSON.stringify(found), JSON.stringify({ isList: false, answers: [expected] }))
    })
  )

  it.effect("a list gives answers in order; a refused one leaves the others alone; ids come back", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const document = [
        { mechanism: "echo", id: 7, a: 1 },
        { mechanism: "twice", id: "odd", n: 3 },
        5,
        { mechanism: "echo" },
        { mechanism: "echo", id: { not: "an id" } }
      ]
      const { outcomes } = yield* Answers.solve(choice, document, (done, of) => told.push(`${done}/${of}`))
      assert.deepStrictEqual<unknown>(
        outcomes.map((it) => Answers.toJson(choice, it)),
        [
          { id: 7, mechanism: "echo", given: { a: 1 } },
          { id: "odd", error: { tag: "InvalidFormat", message: "n: odd", path: ["n"] } },
          { error: { tag: "InvalidFormat", message: "the input: Expected object", path: [] } },
          { mechanism: "echo", given: {} },
          { error: { tag: "InvalidFormat", message: "id: Expected text or a number", path: ["id"] } }
        ]
      )
      assert.deepStrictEqual(told, ["1/5", "2/5", "3/5", "4/5", "5/5"])
    })
  )

  it.effect("no inputs, no answers", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* answers([]), { isList: true, answers: [] })
    })
  )

  it.effect("an unknown name is refused with the known ones, and with the one that was meant", () =>
    Effect.gen(function* () {
      const messages = (yield* answers([
        { mechanism: "twise" },
        { mechanism: "Ech" },
        { mechanism: "lottery" },
        { mechanism: 4 },
        {},
        { mechanism: "__proto__" }
      ])).answers.map((it) => Object(it["error"])["message"])
      assert.deepStrictEqual(messages, [
        'mechanism: "twise" is not among twice, echo; did you mean "twice"?',
        'mechanism: "Ech" is not among twice, echo; did you mean "echo"?',
        'mechanism: "lottery" is not among twice, echo',
        "mechanism: Expected one of twice, echo",
        "mechanism: Expected one of twice, echo",
        'mechanism: "__proto__" is not among twice, echo'
      ])
    })
  )

  it.effect("an input that is a list is told from a list of inputs", () =>
    Effect.gen(function* () {
      const book: Answers.Choice = { _tag: "Only", calculator: echo, isList: (list) => Array.isArray(list[0]) }
      assert.deepStrictEqual(yield* answers([1, 2], book), { isList: false, answers: [{ given: [1, 2] }] })
      assert.deepStrictEqual(yield* answers([[1], []], book), {
        isList: true,
        answers: [{ given: [1] }, { given: [] }]
      })
    })
  )

  it.effect("a key called __proto__ reaches the calculator as it is", () =>
    Effect.gen(function* () {
      const document = JSON.parse('{"mechanism": "echo", "id": 1, "__proto__": {"n": 2}}')
      const { outcomes } = yield* Answers.solve(choice, document, () => undefined)
      const [first] = outcomes
      assert.isTrue(first?._tag === "Answered" && Object.hasOwn(Object(first.inputs), "__proto__"))
    })
  )
})
