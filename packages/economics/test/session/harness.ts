/** What the tests of all sessions share: running inputs, and every way in which messages can fail to arrive in order. */
import { Amount, Calculator, Refusal, Settlement } from "@mabeam/economics"
import { assert, it } from "@effect/vitest"
import { Equal, Result } from "effect"
import { permutations } from "../instances.ts"
import { campaign } from "@foundation/core/testing/law"

/** What every session tells. */
interface Told {
  readonly _tag: string
  readonly because?: string
  readonly message?: string
  readonly path?: Refusal.Place
  readonly receipt?: Settlement.Settlement["receipt"]
  readonly transfers?: ReadonlyArray<Settlement.Transfer>
}

type Step<State, Input, Output> = (state: State, input: Input) => readonly [State, ReadonlyArray<Output>]

/** Runs inputs one after the other and keeps all outputs. */
export const runner =
  <State, Input, Output extends Told>(initial: State, step: Step<State, Input, Output>) =>
  (inputs: ReadonlyArray<Input>, from: State = initial) => {
    let state = from
    const outputs: Array<Output> = []
    for (const input of inputs) {
      const [next, told] = step(state, input)
      state = next
      outputs.push(...told)
    }
    return { state, outputs }
  }

/** The reasons of all refusals. */
export const reasons = (outputs: ReadonlyArray<Told>): ReadonlyArray<string> =>
  outputs.flatMap((it) => (it._tag === "Refused" ? [it.because ?? ""] : []))

/** All settlements. */
export const settlements = (outputs: ReadonlyArray<Told>): ReadonlyArray<Settlement.Settlement> =>
  outputs.flatMap((it) =>
    it._tag === "Settled" && it.receipt !== undefined && it.transfers !== undefined
      ? [{ receipt: it.receipt, transfers: it.transfers }]
      : []
  )

/** The one settlement. */
export const settled = (outputs: ReadonlyArray<Told>): Settlement.Settlement => {
  const [first, ...more] = settlements(outputs)
  if (first === undefined || more.length > 0) throw new Error(`${more.length + (first ? 1 : 0)} settlements`)
  return first
}

/** What somebody pays, less what he receives. */
export const paid = ({ transfers }: Settlement.Settlement, name: string): number =>
  0 - Amount.toNumber(Settlement.net(transfers).get(name) ?? 0)

/** Runs inputs, from the beginning or from a state. */
type Run<State, Input> = (
  inputs: ReadonlyArray<Input>,
  from?: State
) => { readonly state: State; readonly outputs: ReadonlyArray<Told> }

/** Terms that are refused, each with the field that is wrong. */
export const refusesTerms = <State, Input, Terms>(
  run: Run<State, Input>,
  announce: (terms: Terms) => Input,
  cases: ReadonlyArray<readonly [terms: Terms, path: Refusal.Place]>
): void =>
  it("S163: terms that make no sense are refused with the field that is wrong", () => {
    for (const [terms, path] of cases) {
      const [refused] = run([announce(terms)]).outputs
      assert.deepInclude(refused, { _tag: "Refused", because: "invalid announcement", path })
      assert.isTrue(refused?.message?.startsWith(Refusal.show(path)))
    }
  })

/** Sequences whose last input is refused, for this reason and without any effect. */
export const refusesWithoutEffect = <State, Input>(
  run: Run<State, Input>,
  cases: ReadonlyArray<readonly [because: string, inputs: ReadonlyArray<Input>]>
): void =>
  it.each(cases)("refuses without effect: %s", (because, inputs) => {
    const before = run(inputs.slice(0, -1))
    const { outputs, state } = run(inputs.slice(-1), before.state)
    assert.deepStrictEqual(reasons(outputs), [because])
    assert.strictEqual(state, before.state)
  })

/** Whether all payments add up to nothing. */
export const conserves = ({ transfers }: Settlement.Settlement): boolean =>
  [...Settlement.net(transfers).values()]
    .reduce<Amount.Rational>((sum, it) => sum.add(Amount.toRational(it)), Amount.rationals.zero)
    .equals(0)

/** Whether the receipt's calculator comes to the same decision, from a copy that went through JSON. */
export const recomputes = (calculator: Calculator.Calculator, { receipt }: Settlement.Settlement): boolean => {
  const copy: unknown = JSON.parse(JSON.stringify(receipt.inputs))
  const again = calculator.solve(copy)
  return (
    receipt.mechanism === calculator.name &&
    receipt.version === calculator.version &&
    Result.isSuccess(again) &&
    Equal.equals(again.success.decision, receipt.decision)
  )
}

/** Runs a sequence and says what is wrong: a refusal with an effect, a second settlement, an effect after the end. */
export const offence = <State extends { readonly _tag: string }, Input, Output extends Told>(
  initial: State,
  step: Step<State, Input, Output>,
  inputs: ReadonlyArray<Input>
): string | undefined => {
  let state = initial
  let ended = false
  let count = 0
  for (const input of inputs) {
    const [next, outputs] = step(state, input)
    const ends = settlements(outputs).length
    count += ends
    if (count > 1) return "it settles twice"
    if (ended && next !== state) return "something happens after the end"
    if (ended && outputs.some((it) => it._tag !== "Refused")) return "something is told after the end"
    if (ends === 0 && reasons(outputs).length > 0 && next !== state) return "a refusal changes the state"
    if (ends === 0 && reasons(outputs).length > 0 && outputs.length > 1) return "a refusal and something else"
    ended ||= ends > 0
    state = next
  }
  return ended === (state._tag === "Settled") ? undefined : "the state does not say whether it has settled"
}

/** What becomes of a message. */
export type Fate = "arrives" | "lost" | "doubled" | "late"

const fates: ReadonlyArray<Fate> = ["arrives", "lost", "doubled", "late"]

const lists = (length: number): ReadonlyArray<ReadonlyArray<Fate>> =>
  length === 0 ? [[]] : lists(length - 1).flatMap((rest) => fates.map((fate) => [...rest, fate]))

/** Every order of the messages and every fate of each: what comes before the end and what comes after it. */
export const deliveries = <A>(
  messages: ReadonlyArray<A>,
  stride = 1
): ReadonlyArray<{ readonly before: ReadonlyArray<A>; readonly after: ReadonlyArray<A> }> => {
  const all = lists(messages.length)
  return permutations(messages).flatMap((order, shift) =>
    all
      .filter((_, index) => (index + shift) % stride === 0)
      .map((list) => ({
        before: [
          ...order.filter((_, index) => list[index] === "arrives" || list[index] === "doubled"),
          ...order.filter((_, index) => list[index] === "doubled")
        ],
        after: order.filter((_, index) => list[index] === "late")
      }))
  )
}

/** As `deliveries`, for lists that are too long for every day: a part by default, all of it in `ci` and `nightly`. */
export const sampled = <A>(messages: ReadonlyArray<A>) => deliveries(messages, campaign(10, 10) === 10 ? 1 : 15)

/** How long a test over such a list may take. */
export const long = { timeout: 600_000 }
