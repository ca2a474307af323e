/**
 * From a document to its answers, given the calculators to choose from. Pure, but for calculators that take their time.
 *
 * **Guarantees** An object gives one outcome, a list one for each element in order; a refused element leaves the others
 * alone. An `id` (text or a number) of an input comes back with its outcome, whatever became of it.
 *
 * @since 0.1.0
 */
import { type Calculator, Calculators, Refusal } from "@mabeam/economics"
import { Effect, Result } from "effect"

type Json = Calculator.Json

/** Something that answers, at once or in its time. */
export type Any = Calculator.Calculator | Calculator.SlowCalculator

/** What a command calculates with. */
export type Choice =
  /** The input names its calculator under `key`. */
  | { readonly _tag: "Named"; readonly key: string; readonly calculators: Calculators.Table }
  /** One for every input; `isList` tells a list of inputs from an input that is a list. */
  | {
      readonly _tag: "Only"
      readonly calculator: Any
      readonly isList?: ((document: ReadonlyArray<Json>) => boolean) | undefined
    }

/** What `id` of an input may be. */
export type Id = string | number

/** A refusal as JSON. */
export type Offence = { readonly tag: string; readonly message: string; readonly path: ReadonlyArray<string | number> }

/** What became of one input. `inputs` is what the calculator was given. */
export type Outcome =
  | {
      readonly _tag: "Answered"
      readonly id: Id | undefined
      readonly calculator: Any
      readonly inputs: Json
      readonly answer: Calculator.Answer
    }
  | { readonly _tag: "Refused"; readonly id: Id | undefined; readonly offence: Offence }

/** What became of a document. */
export interface Outcomes {
  readonly isList: boolean
  readonly outcomes: ReadonlyArray<Outcome>
}

/** Answers a document; `tell` hears how many inputs of a list are done. */
export const solve = Effect.fnUntraced(function* (
  choice: Choice,
  document: Json,
  tell: (done: number, of: number) => void
) {
  if (!isList(document) || (choice._tag === "Only" && choice.isList?.(document) === false)) {
    const outcomes: Outcomes = { isList: false, outcomes: [yield* answer(choice, document)] }
    return outcomes
  }
  const found: Array<Outcome> = []
  for (const input of document) {
    found.push(yield* answer(choice, input))
    tell(found.length, document.length)
  }
  const outcomes: Outcomes = { isList: true, outcomes: found }
  return outcomes
})

const answer = Effect.fnUntraced(function* (choice: Choice, document: Json) {
  const question = Result.flatMap(idOf(document), ({ id, rest }) =>
    Result.map(chosen(choice, rest), (it) => ({ id, ...it }))
  )
  const id = isObject(document) && isId(document["id"]) ? document["id"] : undefined
  if (Result.isFailure(question)) return refused(id, question.failure)
  const { calculator, inputs } = question.success
  const result = yield* Effect.result(Calculators.solve(calculator, inputs))
  if (Result.isFailure(result)) return refused(id, result.failure)
  const outcome: Outcome = { _tag: "Answered", id, calculator, inputs, answer: result.success }
  return outcome
})

const refused = (id: Id | undefined, { _tag, message, path }: Refusal.Refusal): Outcome => ({
  _tag: "Refused",
  id,
  offence: { tag: _tag, message, path: [...path] }
})

const isObject = (value: Json | undefined): value is Calculator.JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Whether a document is a list. */
export const isList = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)

const isId = (value: Json | undefined): value is Id => typeof value === "string" || typeof value === "number"

/** Takes a key off. Entries keep a key called `__proto__` an ordinary one. */
const without = (object: Calculator.JsonObject, key: string): Calculator.JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== key))

const idOf = (
  document: Json
): Result.Result<{ readonly id: Id | undefined; readonly rest: Json }, Refusal.InvalidFormat> => {
  if (!isObject(document) || !Object.hasOwn(document, "id")) return Result.succeed({ id: undefined, rest: document })
  const id = document["id"]
  return isId(id)
    ? Result.succeed({ id, rest: without(document, "id") })
    : Result.fail(new Refusal.InvalidFormat({ path: ["id"], because: "Expected text or a number" }))
}

const chosen = (
  choice: Choice,
  document: Json
): Result.Result<{ readonly calculator: Any; readonly inputs: Json }, Refusal.Common> => {
  if (choice._tag === "Only") return Result.succeed({ calculator: choice.calculator, inputs: document })
  const { calculators, key } = choice
  if (!isObject(document)) return Result.fail(new Refusal.InvalidFormat({ path: [], because: "Expected object" }))
  const name = Object.hasOwn(document, key) ? document[key] : undefined
  const all = [...calculators.keys()].join(", ")
  if (typeof name !== "string") {
    return Result.fail(new Refusal.InvalidFormat({ path: [key], because: `Expected one of ${all}` }))
  }
  const calculator = calculators.get(name)
  if (calculator !== undefined) return Result.succeed({ calculator, inputs: without(document, key) })
  const near = nearest(name, [...calculators.keys()])
  const known = near === undefined ? all : `${all}; did you mean ${JSON.stringify(near)}?`
  return Result.fail(new Refusal.UnknownName({ path: [key], name, known }))
}

/** The known name that a misspelt one was meant to be: a third of its letters may be wrong. */
export const nearest = (name: string, known: ReadonlyArray<string>): string | undefined => {
  const written = name
    .toLowerCase()
    .replaceAll(/[\s_]+/g, "-")
    .slice(0, 64)
  const ranked = known.map((it) => ({ it, distance: distanceOf(written, it) })).sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best !== undefined && best.distance <= Math.max(1, Math.floor(best.it.length / 3)) ? best.it : undefined
}

/** Letters to insert, drop, replace or swap with the next (Damerau, 1964; no letter is touched twice). */
const distanceOf = (a: string, b: string): number => {
  let before: ReadonlyArray<number> = []
  let row: ReadonlyArray<number> = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwap ? before[j - 2]! + 1 : Infinity
      next.push(Math.min(replaced, swapped, row[j]! + 1, next[j - 1]! + 1))
    }
    before = row
    row = next
  }
  return row[b.length]!
}

/** An outcome as it is printed with `--json`. */
export const toJson = (choice: Choice, outcome: Outcome): Calculator.JsonObject => {
  const id = outcome.id === undefined ? {} : { id: outcome.id }
  if (outcome._tag === "Refused") return { ...id, error: outcome.offence }
  const { decision, properties, tieBreak } = outcome.answer
  return {
    ...id,
    ...(choice._tag === "Named" ? { [choice.key]: outcome.calculator.name } : {}),
    ...decision,
    ...(tieBreak === undefined ? {} : { tieBreak }),
    ...(properties === undefined ? {} : { properties })
  }
}
