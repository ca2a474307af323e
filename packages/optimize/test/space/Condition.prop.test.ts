import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Result, Schema } from "effect"
import * as Condition from "../../src/space/Condition.ts"

const runs = campaign(2_000, 50_000)

/** Words full of what the notation gives a meaning to. */
const Word = Schema.Array(
  Schema.Literals(["a", "and", "in", "1", " ", `"`, "'", "\\", "=", "<", "!", "(", ")", ",", "é", "\n", "-", "."])
).check(Schema.isMaxLength(6))
const text = Arbitrary.map(Arbitrary.schema(Word), (parts) => parts.join(""))

const literal = Arbitrary.map(Arbitrary.all([text, Arbitrary.schema(Schema.Boolean)]), ([text, quoted]) => ({
  text,
  // What cannot stand bare is read back as quoted.
  quoted: quoted || !/^[^\s=!<>(),"']+$/.test(text)
}))

const condition = Arbitrary.map(
  Arbitrary.all([
    Arbitrary.all([text, literal, literal]),
    Arbitrary.all([text, literal, literal]),
    Arbitrary.schema(Schema.Tuple([Schema.Int, Schema.Int]))
  ]),
  ([one, two, kinds]): Condition.Condition => {
    const operators = ["=", "!=", "<", "<=", ">", ">=", "in"] as const
    return [one, two].map(([name, first, second], index) => {
      const operator = operators[Math.abs(kinds[index]! % operators.length)]!
      return { name, operator, literals: operator === "in" ? [first, second] : [first] }
    })
  }
)

describe("Condition", () => {
  law("what is printed is read back", runs, condition, (given) => {
    assert.deepStrictEqual(Result.getOrThrow(Condition.parse(Condition.print(given))), given)
    return true
  })

  law("any text is read or refused, never more", runs, text, (given) => {
    const parsed = Condition.parse(given)
    if (Result.isFailure(parsed)) return parsed.failure.length > 0
    assert.deepStrictEqual(Result.getOrThrow(Condition.parse(Condition.print(parsed.success))), parsed.success)
    return true
  })

  it("writes a backslash outside of quotes as it stands", () => {
    const parsed = Result.getOrThrow(Condition.parse("path = a\\b"))
    assert.strictEqual(Condition.print(parsed), "path = a\\b")
  })

  it("reads without spaces and with either quote", () => {
    const parsed = Result.getOrThrow(Condition.parse(`a>=2 and'b c'in("x",y) and d != "it's"`))
    assert.strictEqual(Condition.print(parsed), `a >= 2 and "b c" in ("x", y) and d != "it's"`)
  })
})
