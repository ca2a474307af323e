import { assert, describe, it } from "@effect/vitest"
import { Amount, Apportionment, Shapley, ShapleySampling } from "@mabeam/economics"
import { Result } from "effect"
import { broken, judge } from "../junk.ts"
import { campaign, law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { dice, plans } from "./dice.ts"
import { byPermutations } from "./reference/shapleyByPermutations.ts"

const playersOf = (n: number) => Array.from({ length: n }, (_, index) => `p${index}`)
const maskOf = (coalition: Iterable<string>) => {
  let mask = 0
  for (const name of coalition) mask |= 1 << Number(name.slice(1))
  return mask
}
/** A game of random whole worths, negative ones too. */
const gameOf = (n: number, seed: number): ReadonlyArray<bigint> => {
  const source = dice(seed)
  return Array.from({ length: 2 ** n }, (_, mask) => (mask === 0 ? 0n : BigInt(source.below(200) - 60)))
}
const valuesOf = (n: number, game: ReadonlyArray<bigint>) => [
  ...Result.getOrThrow(Shapley.exact(playersOf(n), (coalition) => game[maskOf(coalition)] ?? 0n)).values()
]
const equal = (a: Amount.Rational | undefined, b: Amount.Rational | undefined) =>
  a !== undefined && b !== undefined && a.equals(b)
const factorial = (n: number): bigint => (n <= 1 ? 1n : BigInt(n) * factorial(n - 1))

describe("Shapley: exact", () => {
  law("is the mean over all orders of arrival", p13 / 5, plans(6), ({ length: n, seed }) => {
    const game = gameOf(n, seed)
    const sums = byPermutations(n, (members) => game[maskOf([...members].map((player) => `p${player}`))] ?? 0n)
    const values = valuesOf(n, game)
    return sums.every((sum, player) => values[player]?.mul(factorial(n)).equals(sum))
  })

  law(
    "efficiency: the values sum up to the worth of all; allocated in whole units too, each within one",
    p13 / 2,
    plans(7),
    ({ length: n, seed }) => {
      const game = gameOf(n, seed)
      const values = valuesOf(n, game)
      const whole = game.at(-1) ?? 0n
      if (!values.reduce((sum, value) => sum.add(value), Amount.rationals.zero).equals(whole)) return false
      const parts = [
        ...Result.getOrThrow(Shapley.allocate(playersOf(n), (coalition) => game[maskOf(coalition)] ?? 0n)).values()
      ]
      return (
        parts.reduce((sum, part) => sum + part, 0n) === whole &&
        parts.every((part, player) => values[player]?.sub(part).abs().compare(1) === -1)
      )
    }
  )

  law(
    "symmetry and dummy: equals get the same, who adds its own worth alone gets that",
    p13 / 2,
    plans(5),
    ({ length, seed }) => {
      const n = length + 2
      const base = gameOf(n, seed)
      // Players 0 and 1 made equal: only how many of them are in counts. The last one made a dummy of worth 7.
      const last = 1 << (n - 1)
      const fair = (mask: number): bigint => {
        if (mask & last) return fair(mask & ~last) + 7n
        const pair = mask & 3
        return base[pair === 2 ? (mask & ~3) | 1 : mask] ?? 0n
      }
      const values = valuesOf(
        n,
        base.map((_, mask) => fair(mask))
      )
      if (!values.at(-1)?.equals(7)) return false
      return n === 2 || equal(values[0], values[1])
    }
  )

  law("additivity: the value of a sum of games is the sum of the values", p13 / 2, plans(6), ({ length: n, seed }) => {
    const [a, b] = [gameOf(n, seed), gameOf(n, seed + 1)]
    const sum = valuesOf(
      n,
      a.map((worth, mask) => worth + (b[mask] ?? 0n))
    )
    const [left, right] = [valuesOf(n, a), valuesOf(n, b)]
    return sum.every((value, player) => equal(value, right[player] && left[player]?.add(right[player])))
  })

  it("text gives exact text, doubles the nearest double, however large or small", () => {
    const worth = (all: Amount.Given) => ({
      players: ["a", "b", "c"],
      worth: [{ coalition: ["c", "a", "b"], worth: all }]
    })
    const share = (all: Amount.Given) => Result.getOrThrow(Shapley.solve(worth(all))).get("b")
    assert.deepStrictEqual([share("1"), share("0.3"), share(1)], ["1/3", "0.1", 1 / 3])
    assert.strictEqual(share(1.5e308), 5e307)
    const two = {
      players: ["a", "b"],
      worth: [
        { coalition: ["a"], worth: 1e308 },
        { coalition: ["b"], worth: -1e308 },
        { coalition: ["a", "b"], worth: 1e-300 }
      ]
    }
    assert.deepStrictEqual([...Result.getOrThrow(Shapley.solve(two)).values()], [1e308, -1e308])
  })

  it("12 players are answered, 13 are not", () => {
    const cost = (coalition: ReadonlyArray<string>) => BigInt(coalition.length ** 2)
    assert.deepStrictEqual(
      [...Result.getOrThrow(Shapley.allocate(playersOf(12), cost)).values()],
      new Array<bigint>(12).fill(12n)
    )
    const refused = Shapley.allocate(playersOf(13), cost)
    assert.deepStrictEqual(Result.isFailure(refused) && [refused.failure._tag, refused.failure.path], [
      "TooLarge",
      ["players"]
    ])
  })

  const game = {
    players: ["a", "b"],
    worth: [
      { coalition: ["a"], worth: "1" },
      { coalition: ["a", "b"], worth: "3/2" }
    ]
  }
  const cases: ReadonlyArray<readonly [string, unknown, string, ReadonlyArray<string | number>]> = [
    ["a player twice", { ...game, players: ["a", "a"] }, "DuplicateName", ["players", 1]],
    ["a stranger", { ...game, players: ["a"] }, "UnknownName", ["worth", 1, "coalition", 1]],
    [
      "a member twice",
      { ...game, worth: [{ coalition: ["a", "a"], worth: 1 }] },
      "DuplicateName",
      ["worth", 0, "coalition", 1]
    ],
    [
      "a coalition twice",
      {
        ...game,
        worth: [
          { coalition: ["a", "b"], worth: 1 },
          { coalition: ["b", "a"], worth: 1 }
        ]
      },
      "InvalidFormat",
      ["worth", 1, "coalition"]
    ],
    [
      "a worth of nobody",
      { ...game, worth: [{ coalition: [], worth: 1 }] },
      "InvalidFormat",
      ["worth", 0, "coalition"]
    ],
    ["NaN", { ...game, worth: [{ coalition: ["a"], worth: Number.NaN }] }, "InvalidAmount", ["worth", 0, "worth"]],
    [
      "text that is no amount",
      { ...game, worth: [{ coalition: ["a"], worth: "1e5" }] },
      "InvalidAmount",
      ["worth", 0, "worth"]
    ],
    ["a key too many", { ...game, extra: 1 }, "InvalidFormat", ["extra"]],
    ["another shape", { players: "a", worth: [] }, "InvalidFormat", ["players"]],
    ["nothing", null, "InvalidFormat", []],
    ["no worth", { players: ["a"] }, "InvalidFormat", ["worth"]],
    ["an empty name", { ...game, players: ["a", ""] }, "InvalidFormat", ["players", 1]]
  ]
  for (const [what, input, tag, path] of cases)
    it(`refuses ${what}`, () => {
      const solved = Shapley.solve(input)
      const refused: unknown = Result.isFailure(solved) && [solved.failure._tag, solved.failure.path]
      assert.deepStrictEqual(refused, [tag, path])
    })

  it("refuses denominators that have too little in common", () => {
    const players = playersOf(7)
    const worth = Array.from({ length: 120 }, (_, mask) => ({
      coalition: players.filter((_, player) => ((mask + 1) >> player) & 1),
      worth: `1/${10n ** 90n + BigInt(mask)}`
    }))
    const solved = Shapley.solve({ players, worth })
    assert.deepStrictEqual(Result.isFailure(solved) && [solved.failure._tag, solved.failure.path], [
      "TooLarge",
      ["worth"]
    ])
  })

  it("refuses a worth that is none, from a function", () => {
    const solved = Shapley.exact(["a", "b"], (coalition) => (coalition.length === 2 ? Number.NaN : 1))
    assert.deepStrictEqual(Result.isFailure(solved) && [solved.failure._tag, solved.failure.path], [
      "InvalidAmount",
      ["worth", "a", "b"]
    ])
  })

  it("junk gets a refusal with its place", () => {
    let refused = 0
    for (let seed = 0; seed < campaign(2000, 20_000); seed++) {
      const solved = Shapley.solve(broken(game, seed))
      if (Result.isSuccess(solved)) {
        for (const share of solved.success.values()) assert.isTrue(typeof share === "string" || Number.isFinite(share))
        continue
      }
      judge(Result.fail(solved.failure))
      refused++
    }
    assert.isAbove(refused, 0)
  })
})

describe("Apportionment", () => {
  law(
    "the parts sum up, each is its share rounded down or up, and equals differ by one at most",
    p13,
    plans(8),
    ({ length, seed }) => {
      const source = dice(seed)
      const weights = Array.from({ length: length + 1 }, () => BigInt(source.below(6)))
      const total = BigInt(source.below(100))
      const parts = Apportionment.split(total, weights)
      const sum = weights.reduce((all, weight) => all + weight, 0n)
      if (parts.reduce((all, part) => all + part, 0n) !== total) return false
      if (sum === 0n)
        return parts.every(
          (part) => part === total / BigInt(parts.length) || part === total / BigInt(parts.length) + 1n
        )
      return parts.every((part, index) => {
        const exact = total * (weights[index] ?? 0n)
        return part * sum > exact - sum && part * sum < exact + sum
      })
    }
  )

  it("nothing among nobody, and a total among nobody, are nothing", () => {
    assert.deepStrictEqual(Apportionment.split(5n, []), [])
  })
})

describe("Shapley: sampled", () => {
  const players = playersOf(8)
  const game = gameOf(8, 5).map((worth) => Number(worth))
  const options = { players, low: -220, high: 220, confidence: 0.95, seed: 3 }
  const worth = (coalition: ReadonlySet<string>) => game[maskOf(coalition)] ?? 0

  it("the stated error holds for at least the stated share of seeds, and efficiency for each", () => {
    const exact = valuesOf(8, gameOf(8, 5)).map((value) => Number(value.valueOf()))
    let within = 0
    const seeds = 60
    for (let seed = 0; seed < seeds; seed++) {
      const { error, shares } = Result.getOrThrow(ShapleySampling.estimate({ ...options, worth, samples: 400, seed }))
      const values = [...shares.values()]
      if (values.every((value, player) => Math.abs(value - (exact[player] ?? 0)) <= error)) within++
      assert.closeTo(
        values.reduce((sum, value) => sum + value, 0),
        game.at(-1) ?? 0,
        1e-9
      )
    }
    assert.isAtLeast(within / seeds, 0.95)
  })

  it("all orders are equally likely: one left glove and two right ones give 2/3, 1/6, 1/6", () => {
    const left = (coalition: ReadonlySet<string>) => (coalition.has("l") && coalition.size > 1 ? 1 : 0)
    for (const players of [
      ["l", "r1", "r2"],
      ["r1", "l", "r2"],
      ["r1", "r2", "l"]
    ]) {
      const given = { players, worth: left, low: 0, high: 1, samples: 20_000, confidence: 0.999, seed: 4 }
      const { error, shares } = Result.getOrThrow(ShapleySampling.estimate(given))
      assert.isBelow(error, 0.015)
      for (const player of players) assert.closeTo(shares.get(player) ?? 0, player === "l" ? 2 / 3 : 1 / 6, error)
    }
  })

  it("as many samples as an error asks for have an error of at most that, and one less has more", () => {
    const of = { players: 20, low: 0, high: 3, error: 0.01, confidence: 0.99 }
    const samples = ShapleySampling.samplesFor(of)
    assert.isAtMost(ShapleySampling.errorOf({ ...of, samples }), 0.01)
    assert.isAbove(ShapleySampling.errorOf({ ...of, samples: samples - 1 }), 0.01)
    // Hoeffding with a union over 20 players: 9 / (2 · 0.0001) · ln(4000).
    assert.strictEqual(samples, Math.ceil(45_000 * Math.log(4000)))
  })

  it("nobody's value is known without an error", () => {
    const estimate = ShapleySampling.estimate({ ...options, worth, players: [], samples: 10 })
    assert.deepStrictEqual(Result.getOrThrow(estimate), { shares: new Map(), error: 0 })
  })

  it("the same seed gives the same, another one something else", () => {
    const of = (seed: number) => [
      ...Result.getOrThrow(ShapleySampling.estimate({ ...options, worth, samples: 10, seed })).shares.values()
    ]
    assert.deepStrictEqual(of(1), of(1))
    assert.notDeepEqual(of(1), of(2))
  })

  const refusals: ReadonlyArray<readonly [string, Partial<ShapleySampling.Options>, string, string]> = [
    ["no samples", { samples: 0 }, "InvalidFormat", "samples"],
    ["certainty", { confidence: 1 }, "InvalidFormat", "confidence"],
    ["bounds the wrong way round", { low: 1, high: 0 }, "InvalidFormat", "low"],
    ["too much work", { samples: 1e9 }, "TooLarge", "samples"],
    ["a player twice", { players: ["p1", "p1"] }, "DuplicateName", "players"],
    ["an addition beyond the bounds", { high: 1, low: 0 }, "OutOfBounds", "worth"],
    ["NaN", { worth: () => Number.NaN }, "OutOfBounds", "worth"]
  ]
  for (const [what, change, tag, path] of refusals)
    it(`refuses ${what}`, () => {
      const refused = ShapleySampling.estimate({ ...options, worth, samples: 10, ...change })
      assert.deepStrictEqual(Result.isFailure(refused) && [refused.failure._tag, refused.failure.path[0]], [tag, path])
      assert.isTrue(Result.isFailure(refused) && refused.failure.message.startsWith(path))
    })
})
