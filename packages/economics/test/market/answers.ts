/** What markets answer, as their tests read it. */
import type { Calculator } from "@mabeam/economics"
import { assert } from "@effect/vitest"
import { Result } from "effect"

export const decided = (calculator: Calculator.Calculator, input: unknown) => {
  const { decision } = Result.getOrThrow(calculator.solve(input))
  return decision
}

export const numbersOf = (list: unknown): ReadonlyArray<number> => (Array.isArray(list) ? list.map(Number) : [])

export const closeTo = (actual: unknown, expected: ReadonlyArray<number>, tolerance = 1e-9) => {
  const numbers = numbersOf(actual)
  assert.strictEqual(numbers.length, expected.length)
  for (const [at, value] of expected.entries()) assert.closeTo(numbers[at] ?? Number.NaN, value, tolerance)
}
