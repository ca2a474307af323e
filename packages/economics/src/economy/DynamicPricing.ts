/**
 * A price that follows demand and supply within clamps.
 *
 * The factor on the base price is `1 + sensitivity · (requests − providers) / (requests + providers)`, clamped to
 * `[low, high]`, 0.5 and 1.5 by default; with nobody on either side it is 1.
 *
 * **Guarantees** Exact: no doubles on the way, the price is rounded to the nearest minor unit once, halves up, and stays
 * within the rounded clamps. Never falls when requests rise, never rises when providers do. As many requests as providers
 * give the base price. The price depends on the present counts alone, not on earlier ones.
 *
 * **Does not guarantee** That the market clears: it is a rule, not an equilibrium (for that, the markets of this package).
 *
 * **Example**
 *
 * ```ts
 * import { DynamicPricing } from "@mabeam/economics"
 *
 * DynamicPricing.price(1000n, { requests: 20, providers: 5 }) // => 1500n
 * DynamicPricing.price(1000n, { requests: 6, providers: 5 }) // => 1091n
 * DynamicPricing.price(1000n, { requests: 5, providers: 20 }) // => 500n
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { rationals, type Given, type Rational } from "../input/Amount.ts"
import { InvalidFormat, decode } from "../input/Refusal.ts"
import type { InvalidAmount } from "../input/Refusal.ts"
import type { Machine } from "./Machine.ts"
import type { InvalidMoney } from "./Machine.ts"
import * as Money from "./Money.ts"

/** How a price follows. */
export interface Options {
  /** Default 1, not negative. */
  readonly sensitivity?: Given | undefined
  /** The smallest factor. Default `"0.5"`, from 0 to 1. */
  readonly low?: Given | undefined
  /** The largest factor. Default `"1.5"`, at least 1. */
  readonly high?: Given | undefined
}

/** What is asked for and offered now: whole numbers, not negative. */
export interface Counts {
  readonly requests: number
  readonly providers: number
}

/** The factor on the base price, exactly. */
export const factor = ({ providers, requests }: Counts, options: Options = {}): Rational => {
  const { high = "1.5", low = "0.5", sensitivity = 1 } = options
  const one = rationals.fromNumber(1)
  const all = rationals.fromNumber(requests).add(rationals.fromNumber(providers))
  if (all.n === 0n) return one
  const tilt = rationals.fromNumber(requests).sub(rationals.fromNumber(providers)).div(all)
  const free = one.add(tilt.mul(Money.share(sensitivity)))
  const [least, most] = [Money.share(low), Money.share(high)]
  return free.compare(least) < 0 ? least : free.compare(most) > 0 ? most : free
}

/** The price for the present counts. */
export const price = (base: bigint, counts: Counts, options: Options = {}): bigint =>
  Money.round(Money.times(base, factor(counts, options)))

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** What can be asked. */
export const Command = Schema.TaggedUnion({
  SetBase: { at: Money.Time, base: Money.Money },
  Observe: { at: Money.Time, requests: Count, providers: Count }
})
export type Command = typeof Command.Type

/** What has happened. An observation that changes no price is no event. */
export const Event = Schema.TaggedUnion({
  BaseSet: { at: Money.Time, base: Money.Money },
  Repriced: { at: Money.Time, requests: Count, providers: Count, price: Money.Money }
})
export type Event = typeof Event.Type

/** A command from outside. */
export const decodeCommand: (input: unknown) => Result.Result<Command, InvalidFormat | InvalidAmount> = decode(Command)

/** The base price, the price now, and when it changed. */
export interface State {
  readonly base: bigint
  readonly price: bigint
  readonly at: number
}

/** A price as a machine: starts at 0, `SetBase` comes first. */
export const make = (options?: Options): Machine<State, Command, Event, InvalidFormat | InvalidMoney> => ({
  initial: { base: 0n, price: 0n, at: 0 },
  decide: (state, command) => {
    if (command._tag === "SetBase") {
      const wrong = Money.offence(command.base, ["base"])
      return wrong === undefined
        ? Result.succeed([{ _tag: "BaseSet", at: command.at, base: command.base }])
        : Result.fail(wrong)
    }
    const { at, providers, requests } = command
    for (const [name, count] of Object.entries({ requests, providers })) {
      if (!Number.isSafeInteger(count) || count < 0)
        return Result.fail(new InvalidFormat({ path: [name], because: "a whole number, not negative" }))
    }
    const next = price(state.base, { requests, providers }, options)
    return Result.succeed(next === state.price ? [] : [{ _tag: "Repriced", at, requests, providers, price: next }])
  },
  evolve: (state, event) =>
    event._tag === "BaseSet"
      ? { base: event.base, price: event.base, at: event.at }
      : { ...state, price: event.price, at: event.at }
})
