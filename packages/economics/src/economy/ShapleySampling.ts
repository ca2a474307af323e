/**
 * The Shapley value of many players, estimated from random orders of arrival (Castro, Gómez & Tejada, "Polynomial
 * Calculation of the Shapley Value Based on Sampling", 2009).
 *
 * **Guarantees** With at least the stated confidence every estimate is within `error` of the true value, all players at
 * once: by Hoeffding's inequality (1963) for `m` independent orders and a union over the `n` players,
 * `error = (high - low)·√(ln(2n / (1 - confidence)) / 2m)`. This needs that what a player adds always lies within
 * `[low, high]`; an addition that is seen outside is an error, never averaged. The estimates sum up to the worth of all, up to
 * rounding of doubles. The same seed gives the same estimates.
 *
 * **Does not guarantee** Symmetry or additivity of the estimates: within `error` only.
 *
 * **Example**
 *
 * ```ts
 * import { ShapleySampling } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const players = Array.from({ length: 30 }, (_, index) => `p${index}`)
 * const estimate = Result.getOrThrow(
 *   ShapleySampling.estimate({
 *     players,
 *     worth: (coalition) => (coalition.size >= 15 ? 1 : 0),
 *     low: 0,
 *     high: 1,
 *     samples: ShapleySampling.samplesFor({ players: 30, low: 0, high: 1, error: 0.05, confidence: 0.99 }),
 *     confidence: 0.99,
 *     seed: 1
 *   })
 * )
 * Math.abs((estimate.shares.get("p0") ?? 0) - 1 / 30) <= estimate.error // => true
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { InvalidFormat, TooLarge, duplicateOf, show } from "../input/Refusal.ts"
import type { DuplicateName } from "../input/Refusal.ts"
import * as Chances from "../internal/chances.ts"

/** The most worths that one estimate asks for: samples × players. */
export const worthsMax = 100_000_000

/** A player adds something outside of the stated bounds, so the error would not hold. */
export class OutOfBounds extends Schema.TaggedError<OutOfBounds>("@mabeam/economics/ShapleySampling/OutOfBounds")(
  "OutOfBounds",
  { path: Schema.Array(Schema.String), player: Schema.String, added: Schema.String }
) {
  override get message() {
    return `${show(this.path)}: ${JSON.stringify(this.player)} adds ${this.added}, which is not within the bounds`
  }
}

/** What is wanted. */
export interface Options {
  readonly players: ReadonlyArray<string>
  /** The worth of a coalition; that of the empty one is 0 and not asked. The set is reused: do not keep it. */
  readonly worth: (coalition: ReadonlySet<string>) => number
  /** Bounds of what any player adds to any coalition. */
  readonly low: number
  readonly high: number
  /** How many orders of arrival are tried. */
  readonly samples: number
  /** Above 0, below 1. */
  readonly confidence: number
  readonly seed: number
}

/** An estimate and how far off it may be. */
export interface Estimate {
  readonly shares: ReadonlyMap<string, number>
  readonly error: number
}

/** How far an estimate may be off; where there is nobody, nothing is. */
export const errorOf = (of: {
  readonly players: number
  readonly low: number
  readonly high: number
  readonly samples: number
  readonly confidence: number
}): number =>
  of.players === 0
    ? 0
    : (of.high - of.low) * Math.sqrt(Math.log((2 * of.players) / (1 - of.confidence)) / (2 * of.samples))

/** How many orders have to be tried for an error. */
export const samplesFor = (of: {
  readonly players: number
  readonly low: number
  readonly high: number
  readonly error: number
  readonly confidence: number
}): number =>
  Math.max(1, Math.ceil(((of.high - of.low) / of.error) ** 2 * (Math.log((2 * of.players) / (1 - of.confidence)) / 2)))

/** Why it is refused. */
export type Refused = DuplicateName | InvalidFormat | OutOfBounds | TooLarge

const refusal = ({ confidence, high, low, players, samples }: Options): Refused | undefined => {
  if (!Number.isSafeInteger(samples) || samples < 1)
    return new InvalidFormat({ path: ["samples"], because: "a whole number above 0" })
  if (!(confidence > 0 && confidence < 1))
    return new InvalidFormat({ path: ["confidence"], because: "above 0 and below 1" })
  if (!(low <= high && Number.isFinite(high - low)))
    return new InvalidFormat({ path: ["low"], because: "not above high, both finite" })
  if (samples * players.length > worthsMax)
    return new TooLarge({ path: ["samples"], size: samples * players.length, limit: worthsMax })
  return duplicateOf(players, (index) => ["players", index])
}

/** Fisher and Yates. */
const shuffle = (order: Array<number>, chance: () => number): void => {
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(chance() * (last + 1))
    const moved = order[last] ?? 0
    order[last] = order[other] ?? 0
    order[other] = moved
  }
}

/** Estimates the value of each player. */
export const estimate = (options: Options): Result.Result<Estimate, Refused> => {
  const wrong = refusal(options)
  if (wrong !== undefined) return Result.fail(wrong)
  const { high, low, players, samples, seed, worth } = options
  // Additions of doubles are off by their last bits; bounds that are exactly reached must not fail for that.
  const slack = 1e-9 * Math.max(Math.abs(low), Math.abs(high))
  const chance = Chances.stream(seed)
  const order = players.map((_, index) => index)
  const means = new Float64Array(players.length)
  for (let sample = 0; sample < samples; sample++) {
    shuffle(order, chance)
    const coalition = new Set<string>()
    let before = 0
    for (const index of order) {
      const player = players[index] ?? ""
      coalition.add(player)
      const after = worth(coalition)
      const added = after - before
      if (!(added >= low - slack && added <= high + slack))
        return Result.fail(new OutOfBounds({ path: ["worth"], player, added: String(added) }))
      means[index] = (means[index] ?? 0) + (added - (means[index] ?? 0)) / (sample + 1)
      before = after
    }
  }
  const shares = new Map(players.map((player, index) => [player, means[index] ?? 0]))
  return Result.succeed({ shares, error: errorOf({ ...options, players: players.length }) })
}
