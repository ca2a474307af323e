/** What every machine is held to. */
import { assert, it } from "@effect/vitest"
import { Machine, Refusal } from "@mabeam/economics"
import type { Backed } from "@mabeam/economics"
import { Equal, Result, Schema } from "effect"
import { campaign, law } from "@foundation/core/testing/law"
import { broken, judge } from "../junk.ts"
import { plans, sequence } from "./dice.ts"
import type { Dice } from "./dice.ts"

/** The tag and the place of a refusal, its message judged; or that the command was accepted. */
export const refusalOf = <S, C, E, R extends Refusal.Refusal>(
  machine: Machine.Machine<S, C, E, R>,
  before: ReadonlyArray<C>,
  command: C
): unknown => {
  const { refused, state } = Machine.run(machine, before)
  assert.deepStrictEqual(refused, [])
  const handled = Machine.handle(machine, state, command)
  if (Result.isSuccess(handled)) return "accepted"
  const { _tag, message, path } = handled.failure
  assert.isTrue(message.startsWith(Refusal.show(path)), message)
  return [_tag, path]
}

export type Case<C> = readonly [
  what: string,
  before: ReadonlyArray<C>,
  command: C,
  tag: string,
  path: ReadonlyArray<string | number>
]

/** One test for each refused command. */
export const refuses = <S, C, E, R extends Refusal.Refusal>(
  machine: Machine.Machine<S, C, E, R>,
  cases: ReadonlyArray<Case<C>>
): void => {
  for (const [what, before, command, tag, path] of cases)
    it(`refuses ${what}`, () => assert.deepStrictEqual(refusalOf(machine, before, command), [tag, path]))
}

interface Codec<T> extends Schema.Codec<T, unknown> {}

/** Replay gives the same state, and events written as JSON and read again are the same. */
export const replays = <S, C, E extends { readonly _tag: string }, R>(
  name: string,
  machine: Machine.Machine<S, C, E, R>,
  events: Codec<E>,
  command: (dice: Dice, index: number) => C,
  tags: number
): void => {
  law(`${name}: replaying the events gives the same state`, campaign(500, 5000), plans(60), (plan) => {
    const { events, state } = Machine.run(machine, sequence(plan, command))
    return Equal.equals(Machine.replay(machine, events), state)
  })
  it(`${name}: events of every kind survive JSON`, () => {
    const all = Array.from({ length: 60 }, (_, seed) => seed).flatMap(
      (seed) => Machine.run(machine, sequence({ seed, length: 60 }, command)).events
    )
    assert.strictEqual(new Set(all.map((event) => event._tag)).size, tags)
    const text = JSON.stringify(all.map((event) => Schema.encodeSync(events)(event)))
    assert.isTrue(Equal.equals(Schema.decodeUnknownSync(Schema.Array(events))(JSON.parse(text)), all))
  })
}

/** Broken copies of the samples are refused with their place, or decoded and then decided without an exception. */
export const junk = <S, C, E, R extends Refusal.Refusal>(
  name: string,
  machine: Machine.Machine<S, C, E, R>,
  decode: (input: unknown) => Result.Result<C, Refusal.Refusal>,
  samples: ReadonlyArray<Parameters<typeof broken>[0]>
): void =>
  it(`${name}: junk from outside gets a refusal with its place`, () => {
    for (const sample of samples) assert.isTrue(Result.isSuccess(decode(sample)), JSON.stringify(sample))
    let refused = 0
    let state = machine.initial
    for (let seed = 0; seed < campaign(2000, 20_000); seed++) {
      const decoded = decode(broken(samples[seed % samples.length] ?? null, seed))
      if (Result.isFailure(decoded)) {
        judge(Result.fail(decoded.failure))
        refused++
        continue
      }
      const handled = Machine.handle(machine, state, decoded.success)
      if (Result.isSuccess(handled)) state = handled.success.state
      else assert.isTrue(handled.failure.message.startsWith(Refusal.show(handled.failure.path)))
    }
    assert.isAbove(refused, 0)
  })

/** Accounts of these names, 100 for each of the first two, then the commands of a machine. */
export const onLedger = <C>(
  accounts: readonly [string, string, ...ReadonlyArray<string>],
  commands: ReadonlyArray<C>
): ReadonlyArray<Backed.Command<C>> => [
  ...accounts.map((account) => {
    const command = { _tag: "Open", id: `open ${account}`, at: 0, account, overdraft: 0n } as const
    return { _tag: "Ledger", command } as const
  }),
  ...accounts.slice(0, 2).map((to) => {
    const command = { _tag: "Mint", id: `mint ${to}`, at: 0, to, amount: 100n } as const
    return { _tag: "Ledger", command } as const
  }),
  ...commands.map((command) => ({ _tag: "Own", command }) as const)
]
