/**
 * The Shapley value: what each player adds to a coalition, averaged over all orders in which the players may come (Shapley,
 * "A Value for n-Person Games", 1953). Divides a common cost or gain by contribution.
 *
 * **Guarantees** Exact, to 12 players: all reckoning is in whole numbers over a common denominator, for text and for
 * doubles alike, so efficiency, symmetry, the dummy axiom and additivity hold exactly. `allocate` divides a whole sum into
 * whole sums that add up to it, each within one unit of the exact share (largest remainder, of equals the first player).
 *
 * **Does not guarantee** That nobody would do better alone: the value of a game that is not convex may lie outside its
 * core. Additivity of the whole sums of `allocate`: rounding does not add up.
 *
 * **Example**
 *
 * ```ts
 * import { Shapley } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * // A runway: each needs a length, the longest one pays for all of it.
 * const lengths = new Map([["small", 10n], ["middle", 20n], ["large", 45n]])
 * const cost = (coalition: ReadonlyArray<string>) =>
 *   coalition.reduce((most, name) => { const own = lengths.get(name) ?? 0n; return own > most ? own : most }, 0n)
 *
 * const parts = Result.getOrThrow(Shapley.allocate([...lengths.keys()], cost))
 * Array.from(parts.values()) // => [4n, 8n, 33n]
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { Fraction } from "fraction.js"
import { SignedAmount, isExact, rationals, toRational, type Given, type Rational } from "../input/Amount.ts"
import { InvalidAmount, InvalidFormat, TooLarge, UnknownName, decode, duplicateOf } from "../input/Refusal.ts"
import type { DuplicateName, Place } from "../input/Refusal.ts"
import { bitsOf, leastMultiple } from "../internal/divisors.ts"
import * as Apportionment from "./Apportionment.ts"
import * as Money from "./Money.ts"

/** The most players of an exact value: 4,096 coalitions. */
export const playersMax = 12

/** The most bits of the common denominator of all worths. */
export const denominatorBitsMax = 4096

/** Why a game is refused. */
export type Refused = DuplicateName | InvalidAmount | InvalidFormat | TooLarge | UnknownName

const refusal = (players: ReadonlyArray<string>): DuplicateName | TooLarge | undefined =>
  players.length > playersMax
    ? new TooLarge({ path: ["players"], size: players.length, limit: playersMax })
    : duplicateOf(players, (index) => ["players", index])

/** Values over the worths of all coalitions, by the bits of their members. */
const values = (n: number, worths: ReadonlyArray<Rational>): Result.Result<ReadonlyArray<Rational>, TooLarge> => {
  let denominator = 1n
  for (const { d } of worths) {
    denominator = leastMultiple(denominator, d)
    const size = bitsOf(denominator)
    if (size > denominatorBitsMax)
      return Result.fail(new TooLarge({ path: ["worth"], size, limit: denominatorBitsMax }))
  }
  // By size of the coalition: the worths of all, and of those with a player.
  const all = new Array<bigint>(n + 1).fill(0n)
  const having = Array.from({ length: n }, () => new Array<bigint>(n + 1).fill(0n))
  for (const [mask, { d, n: numerator, s }] of worths.entries()) {
    const worth = s * numerator * (denominator / d)
    let size = 0
    for (let rest = mask; rest !== 0; rest &= rest - 1) size++
    all[size] = (all[size] ?? 0n) + worth
    for (const [player, sums] of having.entries()) {
      if ((mask >> player) & 1) sums[size] = (sums[size] ?? 0n) + worth
    }
  }
  const factorial = [1n]
  for (let k = 1; k <= n; k++) factorial.push((factorial[k - 1] ?? 1n) * BigInt(k))
  const divisor = denominator * (factorial[n] ?? 1n)
  return Result.succeed(
    having.map((sums) => {
      let total = 0n
      for (let size = 0; size < n; size++) {
        const weight = (factorial[size] ?? 1n) * (factorial[n - 1 - size] ?? 1n)
        const gained = (sums[size + 1] ?? 0n) - ((all[size] ?? 0n) - (sums[size] ?? 0n))
        total += weight * gained
      }
      return new Fraction(total, divisor)
    })
  )
}

const named = (players: ReadonlyArray<string>, shares: ReadonlyArray<Rational>): ReadonlyMap<string, Rational> =>
  new Map(players.map((player, index) => [player, shares[index] ?? rationals.zero]))

const membersOf = (players: ReadonlyArray<string>, mask: number): ReadonlyArray<string> =>
  players.filter((_, index) => (mask >> index) & 1)

/**
 * The value of each player, exactly. `worth` is asked once for each coalition, in the order of `players`; the empty one is
 * worth nothing and is not asked.
 */
export const exact = (
  players: ReadonlyArray<string>,
  worth: (coalition: ReadonlyArray<string>) => Given | bigint
): Result.Result<ReadonlyMap<string, Rational>, Refused> => {
  const wrong = refusal(players)
  if (wrong !== undefined) return Result.fail(wrong)
  const worths = [rationals.zero]
  for (let mask = 1; mask < 2 ** players.length; mask++) {
    const given = worth(membersOf(players, mask))
    if (typeof given === "bigint") worths.push(new Fraction(given))
    else if (isSigned(given)) worths.push(toRational(given))
    else return Result.fail(new InvalidAmount({ path: ["worth", ...membersOf(players, mask)], amount: given }))
  }
  return Result.map(values(players.length, worths), (shares) => named(players, shares))
}

const isSigned = Schema.is(SignedAmount)

/** A game as a table. A coalition that is not listed is worth nothing; the order of its members does not count. */
export const Game = Schema.Struct({
  players: Schema.Array(Money.Name),
  worth: Schema.Array(Schema.Struct({ coalition: Schema.Array(Money.Name), worth: SignedAmount }))
})

const decodeGame = decode(Game)

const table = (game: typeof Game.Type): Result.Result<ReadonlyMap<string, Rational>, Refused> => {
  const wrong = refusal(game.players)
  if (wrong !== undefined) return Result.fail(wrong)
  const places = new Map(game.players.map((player, index) => [player, index]))
  const worths = new Array<Rational>(2 ** game.players.length).fill(rationals.zero)
  const seen = new Set<number>()
  for (const [index, { coalition, worth }] of game.worth.entries()) {
    const path: Place = ["worth", index, "coalition"]
    const twice = duplicateOf(coalition, (at) => [...path, at])
    if (twice !== undefined) return Result.fail(twice)
    const stranger = coalition.findIndex((name) => !places.has(name))
    if (stranger >= 0) {
      const name = coalition[stranger] ?? ""
      return Result.fail(new UnknownName({ path: [...path, stranger], name, known: "the players" }))
    }
    const mask = coalition.reduce((bits, name) => bits | (1 << (places.get(name) ?? 0)), 0)
    if (seen.has(mask)) return Result.fail(new InvalidFormat({ path, because: "this coalition was there before" }))
    seen.add(mask)
    worths[mask] = toRational(worth)
    if (mask === 0 && worths[mask].n !== 0n)
      return Result.fail(new InvalidFormat({ path, because: "the empty coalition is worth 0" }))
  }
  return Result.map(values(game.players.length, worths), (shares) => named(game.players, shares))
}

/** The values of a game that comes from outside as a table: as exact text if all worths are text, otherwise as doubles. */
export const solve = (input: unknown): Result.Result<ReadonlyMap<string, Given>, Refused> =>
  Result.flatMap(decodeGame(input), (game): Result.Result<ReadonlyMap<string, Given>, Refused> => {
    const asText = isExact(game.worth.map(({ worth }) => worth))
    const encode = (share: Rational): Given => (asText ? rationals.encode(share) : rationals.toNumber(share))
    return Result.map(table(game), (shares) => new Map([...shares].map(([player, share]) => [player, encode(share)])))
  })

/** The cost (or gain) of all, divided into whole sums. */
export const allocate = (
  players: ReadonlyArray<string>,
  cost: (coalition: ReadonlyArray<string>) => bigint
): Result.Result<ReadonlyMap<string, bigint>, Refused> =>
  Result.map(exact(players, cost), (shares) => {
    const parts = Apportionment.round([...shares.values()])
    return new Map(players.map((player, index) => [player, parts[index] ?? 0n]))
  })
