/**
 * Junk for calculators: valid inputs with pieces broken, doubled, lost or replaced.
 *
 * What must hold for any of them: an answer that is plain JSON, or a refusal whose message begins with its place. Never
 * an exception, `NaN`, `undefined` or a hang.
 */
import { Calculator, Refusal } from "@mabeam/economics"
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Result } from "effect"
import { campaign } from "@foundation/core/testing/law"
import { stream } from "../src/internal/chances.ts"

/** Values that programs trip over. */
const oddities: ReadonlyArray<unknown> = [
  null,
  undefined,
  true,
  0,
  -0,
  -1,
  1,
  0.1,
  1e-320,
  1e308,
  -1e308,
  2 ** 53,
  Number.NaN,
  Infinity,
  -Infinity,
  10n,
  "",
  " ",
  "x",
  "0",
  "-1",
  "1/0",
  "2/3",
  "1e5",
  "NaN",
  "1".repeat(90),
  "__proto__",
  "constructor",
  "\u0000",
  "é\ud800",
  [],
  [[]],
  [null],
  {},
  { constructor: 1 },
  () => 1,
  Symbol("x"),
  new Date(0),
  new Map([["a", 1]])
]

const isBranch = (value: unknown): value is Record<string, unknown> | Array<unknown> =>
  Array.isArray(value) ||
  (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype)

const branchesOf = (value: unknown): ReadonlyArray<Record<string, unknown> | Array<unknown>> =>
  isBranch(value) ? [value, ...Object.values(value).flatMap(branchesOf)] : []

/** Breaks one to three places of a copy of `sample`. */
export const broken = (sample: Calculator.Json, seed: number): unknown => {
  const chance = stream(seed)
  const pick = <A>(list: ReadonlyArray<A>): A | undefined => list[Math.floor(chance() * list.length)]
  const oddity = () => {
    const odd = pick(oddities)
    // A copy, since the next break may be made inside of it.
    return isBranch(odd) ? structuredClone(odd) : odd
  }
  const input: unknown = structuredClone(sample)
  if (chance() < 0.01) return oddity()
  for (let count = 1 + Math.floor(chance() * 3); count > 0; count--) {
    const branch = pick(branchesOf(input))
    if (branch === undefined) return oddity()
    const key = pick(Object.keys(branch))
    const action = Math.floor(chance() * 5)
    if (key === undefined || action === 0)
      Reflect.set(branch, Array.isArray(branch) ? branch.length : "surplus", oddity())
    else if (action === 1) Reflect.set(branch, key, oddity())
    else if (action === 2 && Array.isArray(branch)) branch.splice(Number(key), 1)
    else if (action === 2) Reflect.deleteProperty(branch, key)
    else if (action === 3 && Array.isArray(branch)) branch.push(structuredCloneOr(Reflect.get(branch, key)))
    else {
      const other = pick(branchesOf(input))
      const place = other === undefined ? undefined : pick(Object.keys(other))
      if (other !== undefined && place !== undefined)
        Reflect.set(branch, key, structuredCloneOr(Reflect.get(other, place)))
    }
  }
  return input
}

const structuredCloneOr = (value: unknown): unknown => {
  try {
    return structuredClone(value)
  } catch {
    // The value itself could be an ancestor of where it goes, and the input a circle.
    return null
  }
}

/** Throws unless `outcome` is a plain answer or a refusal with its place. */
export const judge = (outcome: Result.Result<Calculator.Answer, Refusal.Refusal>): void => {
  if (Result.isFailure(outcome)) {
    const { _tag, message, path } = outcome.failure
    assert.isString(_tag)
    assert.isTrue(Array.isArray(path) && path.every((part) => typeof part === "string" || Number.isInteger(part)))
    assert.isTrue(message.startsWith(Refusal.show(path)), message)
    return
  }
  assert.deepStrictEqual(JSON.parse(JSON.stringify(outcome.success.decision)), outcome.success.decision)
}

/** Feeds `runs` (a tenth in `test`) broken copies of the samples to a calculator. */
export const fuzz = (
  calculator: Calculator.Calculator | Calculator.SlowCalculator,
  samples: ReadonlyArray<Calculator.Json>,
  runs = 5_000
): void =>
  it(`${calculator.name}: junk gets a refusal with its place, never a wrong answer`, { timeout: 600_000 }, async () => {
    let refused = 0
    for (let seed = 0; seed < campaign(runs, 10 * runs); seed++) {
      const input = broken(samples[seed % samples.length] ?? null, seed)
      try {
        const given = calculator.solve(input)
        const outcome = Effect.isEffect(given)
          ? Exit.getSuccess(await Effect.runPromiseExit(Effect.result(given)))
          : ({ _tag: "Some", value: given } as const)
        if (outcome._tag === "None") throw new Error("it defects")
        judge(outcome.value)
        if (Result.isFailure(outcome.value)) refused++
      } catch (error) {
        throw new Error(`junk of seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error
        })
      }
    }
    assert.isAbove(refused, 0)
  })

/** Curated junk: each input is refused with this tag at this place. */
export const refuses = (
  calculator: Calculator.Calculator | Calculator.SlowCalculator,
  cases: ReadonlyArray<readonly [what: string, input: unknown, tag: string, path: Refusal.Place]>
): void => {
  for (const [what, input, tag, path] of cases) {
    it(`${calculator.name} refuses ${what}`, async () => {
      const given = calculator.solve(input)
      const outcome = Effect.isEffect(given) ? await Effect.runPromise(Effect.result(given)) : given
      judge(outcome)
      assert.deepStrictEqual(
        Result.isFailure(outcome) ? [outcome.failure._tag, outcome.failure.path] : outcome.success.decision,
        [tag, path]
      )
    })
  }
}
