/** Clauses of conditions, read in the terms of the variables that they compare. Pure. */
import { Result } from "effect"
import type * as Condition from "../space/Condition.ts"
import type { Domain, Value } from "../space/Domain.ts"

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

const choiceOf = (choices: ReadonlyArray<Value>, { text, quoted }: Condition.Literal): Value | undefined => {
  const bare = quoted ? undefined : choices.find((choice) => typeof choice !== "string" && String(choice) === text)
  if (bare !== undefined) return bare
  if (choices.includes(text)) return text
  return !quoted && NUMBER.test(text) ? choices.find((choice) => choice === Number(text)) : undefined
}

/** Reads a literal in the terms of the variable that it is compared with. */
const literalOf = (domain: Domain, literal: Condition.Literal): Value | undefined => {
  if (domain.type === "boolean") return choiceOf([false, true], literal)
  if (domain.type === "categorical" || domain.type === "ordinal") return choiceOf(domain.choices, literal)
  return !literal.quoted && NUMBER.test(literal.text) ? Number(literal.text) : undefined
}

/** The test of a clause over values of the domain, or the sentence why it compares what cannot be compared. */
export const compileClause = (
  { name, operator, literals }: Condition.Clause,
  domain: Domain
): Result.Result<(value: Value) => boolean, string> =>
  Result.gen(function* () {
    const values: Array<Value> = []
    for (const literal of literals) {
      const value = literalOf(domain, literal)
      if (value === undefined) {
        const kind = domain.type === "float" || domain.type === "int" ? "a number" : "one of its choices"
        return yield* Result.fail(`compares "${name}" with "${literal.text}", which is not ${kind}`)
      }
      values.push(value)
    }
    if (operator === "in") return (value) => values.includes(value)
    const [bound] = values
    if (operator === "=") return (value) => value === bound
    if (operator === "!=") return (value) => value !== bound
    if (domain.type === "categorical" || domain.type === "boolean") {
      return yield* Result.fail(`uses "${operator}" with "${name}", whose values have no order`)
    }
    const rank = (value: Value) => (domain.type === "ordinal" ? domain.choices.indexOf(value) : Number(value))
    const limit = rank(bound!)
    if (operator === "<") return (value) => rank(value) < limit
    if (operator === "<=") return (value) => rank(value) <= limit
    if (operator === ">") return (value) => rank(value) > limit
    return (value) => rank(value) >= limit
  })
