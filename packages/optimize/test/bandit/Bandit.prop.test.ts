import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Option, Result, Schema } from "effect"
import * as Exp3 from "../../src/bandit/Exp3.ts"
import * as RegretMatching from "../../src/bandit/RegretMatching.ts"
import * as SuccessiveElimination from "../../src/bandit/SuccessiveElimination.ts"
import * as Thompson from "../../src/bandit/Thompson.ts"
import * as UcbTuned from "../../src/bandit/UcbTuned.ts"
import type { State } from "../../src/bandit/Bandit.ts"
import * as GammaDraw from "../../src/internal/gammaDraw.ts"
import * as RandomStream from "../../src/internal/random.ts"
import { shuffled } from "../pruner/requests.ts"

/** A policy whose state has forgotten its type, for laws that hold for all. */
interface Runner {
  readonly name: string
  readonly start: (settings: object) => Running
  readonly problem: (settings: object) => string
}
interface Running {
  readonly state: State
  readonly choose: () => string
  readonly reward: (arm: string, value: number) => Running
  readonly refusal: (arm: string, value: number) => string
  readonly reread: () => Running
}

interface Policy<S extends State> {
  readonly make: (settings: never) => Result.Result<S, Error>
  readonly choose: (state: S) => string
  readonly reward: (state: S, arm: string, value: number) => Result.Result<S, Error>
  readonly State: Schema.ConstraintDecoder<S>
}

const runner = <S extends State>(name: string, policy: Policy<S>, more: object = {}): Runner => {
  // The laws hand over settings of any kind on purpose.
  const made = (settings: object) => policy.make({ ...more, ...settings } as never)
  const running = (state: S): Running => ({
    state,
    choose: () => policy.choose(state),
    reward: (arm, value) => running(Result.getOrThrowWith(policy.reward(state, arm, value), (error) => error)),
    refusal: (arm, value) =>
      Result.match(policy.reward(state, arm, value), { onFailure: (error) => error.message, onSuccess: () => "taken" }),
    reread: () =>
      running(Result.getOrThrow(Schema.decodeUnknownResult(policy.State)(JSON.parse(JSON.stringify(state)))))
  })
  return {
    name,
    start: (settings) => running(Result.getOrThrowWith(made(settings), (error) => error)),
    problem: (settings) =>
      Result.match(made(settings), { onFailure: (error) => error.message, onSuccess: () => "made" })
  }
}

const policies = [
  runner("ucb-tuned", UcbTuned),
  runner("thompson", Thompson),
  runner("thompson, gaussian", Thompson, { model: "gaussian" }),
  runner("successive elimination", SuccessiveElimination),
  runner("exp3", Exp3, { horizon: 50 }),
  runner("regret matching", RegretMatching)
]

const whole = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const genes = Arbitrary.schema(Schema.Struct({ seed: whole(-1e9, 1e9), arms: whole(1, 6), pulls: whole(0, 60) }))

const namesOf = (arms: number) => Array.from({ length: arms }, (_, i) => `arm ${"zbxayc"[i]}`)

/** Rewards in quarters of 0 … 1: what an arm gives at a pull depends on its name, the seed and the pull. */
const gainOf = (seed: number, arm: string, pull: number) =>
  RandomStream.below(RandomStream.stream(seed, arm.charCodeAt(4), pull), 5) / 4

/** The arms pulled, and the state in the end; `low` and `scale` move the rewards. */
const play = (policy: Runner, seed: number, names: ReadonlyArray<string>, pulls: number, low = 0, scale = 1) => {
  let now = policy.start({ arms: names, seed, low, high: low + scale })
  const pulled: Array<string> = []
  for (let pull = 0; pull < pulls; pull++) {
    const arm = now.choose()
    pulled.push(arm)
    now = now.reward(arm, low + scale * gainOf(seed, arm, pull))
  }
  return { pulled, now }
}

const runs = campaign(1_000, 10_000)

describe("every bandit", () => {
  law(
    "P14: the same seed and rewards give the same pulls, a state read from JSON goes on alike",
    runs,
    genes,
    (given) => {
      const names = namesOf(given.arms)
      return policies.every((policy) => {
        const { now, pulled } = play(policy, given.seed, names, given.pulls)
        const again = play(policy, given.seed, names, given.pulls)
        assert.deepStrictEqual(again.pulled, pulled)
        let read = now.reread()
        assert.deepStrictEqual(read.state, now.state)
        let kept = now
        for (let i = 0; i < 5; i++) {
          const arm = kept.choose()
          if (read.choose() !== arm) return false
          kept = kept.reward(arm, 0.75)
          read = read.reward(arm, 0.75).reread()
        }
        return true
      })
    }
  )

  law("does not care in which order its arms are given", runs, genes, (given) => {
    const names = namesOf(given.arms)
    return policies.every((policy) => {
      const { now, pulled } = play(policy, given.seed, names, given.pulls)
      const mixed = play(policy, given.seed, shuffled(names, given.seed), given.pulls)
      assert.deepStrictEqual(mixed.pulled, pulled)
      assert.deepStrictEqual(mixed.now.state, now.state)
      return true
    })
  })

  law(
    "does not care for the unit of its rewards: shifted and scaled with their range, the same pulls",
    runs,
    genes,
    (given) => {
      const names = namesOf(given.arms)
      return policies.every((policy) => {
        const { pulled } = play(policy, given.seed, names, given.pulls)
        // Powers of two, so that nothing is rounded.
        assert.deepStrictEqual(play(policy, given.seed, names, given.pulls, -64, 16).pulled, pulled)
        return true
      })
    }
  )

  law("counts: the pulls of the arms are the rewards told", runs, genes, (given) => {
    return policies.every((policy) => {
      const { now, pulled } = play(policy, given.seed, namesOf(given.arms), given.pulls)
      return (
        now.state.pulls === given.pulls &&
        now.state.arms.every(({ name, pulls }) => pulls === pulled.filter((arm) => arm === name).length)
      )
    })
  })

  for (const policy of policies) {
    it(`${policy.name}: refuses arms that are not there and rewards that are none, and keeps its state`, () => {
      const now = policy.start({ arms: ["b", "a"], low: -1, high: 1 })
      assert.strictEqual(now.refusal("c", 0), 'there is no arm "c"; there are a, b')
      for (const arm of ["constructor", "__proto__", ""]) assert.match(now.refusal(arm, 0), /^there is no arm/)
      for (const value of [1.1, -1.1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e308]) {
        assert.strictEqual(now.refusal("a", value), `a: the reward ${value} is not from -1 to 1`)
      }
      assert.strictEqual(now.refusal("a", 1), "taken")
      assert.strictEqual(now.state.pulls, 0)
    })

    it(`${policy.name}: refuses settings that are none, by path`, () => {
      const wrong: ReadonlyArray<readonly [object, RegExp]> = [
        [{}, /\.arms: /],
        [{ arms: [] }, /\.arms: /],
        [{ arms: "ab" }, /\.arms: /],
        [{ arms: ["a", 1] }, /\.arms\.1: /],
        [{ arms: ["a", "b", "a"] }, /\.arms: "a" is there twice/],
        [{ arms: ["a"], seed: 0.5 }, /\.seed: /],
        [{ arms: ["a"], seed: 2 ** 60 }, /\.seed: /],
        [{ arms: ["a"], low: Number.NaN }, /\.low: /],
        [{ arms: ["a"], high: 0 }, /\.high: is not above low, 0/],
        [{ arms: ["a"], low: 2, high: 1 }, /\.high: is not above low, 2/],
        [{ arms: ["a"], low: -1.7e308, high: 1.7e308 }, /\.high: the range is too wide/],
        [{ arms: ["a"], epsilon: 0.1 }, /\.epsilon: /],
        [{ arms: Array.from({ length: 10_001 }, (_, i) => `${i}`) }, /\.arms: /]
      ]
      for (const [settings, message] of wrong) assert.match(policy.problem(settings), message)
    })

    it(`${policy.name}: a single arm is pulled for ever`, () => {
      assert.deepStrictEqual(new Set(play(policy, 1, ["only"], 200).pulled), new Set(["only"]))
    })
  }

  it("refuses states that are none when they are read", () => {
    const begun = Result.getOrThrow(SuccessiveElimination.make({ arms: ["a", "b"] }))
    const isRead = (more: object) => {
      const state: unknown = { ...begun, ...more }
      return Result.isSuccess(Schema.decodeUnknownResult(SuccessiveElimination.State)(state))
    }
    assert.isTrue(isRead({}))
    const dropped = begun.arms.map((arm) => ({ ...arm, dropped: true }))
    for (const more of [{ arms: [] }, { arms: dropped }, { low: 1 }, { policy: "exp3" }, { pulls: -1 }, { delta: 0 }]) {
      assert.isFalse(isRead(more), JSON.stringify(more))
    }
    const thompson = Result.getOrThrow(Thompson.make({ arms: ["a"] }))
    const isArm = (arm: object) =>
      Result.isSuccess(Schema.decodeUnknownResult(Thompson.State)({ ...thompson, arms: [{ name: "a", ...arm }] }))
    assert.isTrue(isArm({ pulls: 3, sum: 3 }))
    // A beta distribution of a negative shape would be drawn from.
    assert.isFalse(isArm({ pulls: 3, sum: 40 }))
    assert.isFalse(isArm({ pulls: 3, sum: -1 }))
  })

  it("refuses options of one policy that are out of range", () => {
    const message = (result: Result.Result<unknown, Error>) =>
      Result.match(result, { onFailure: (error) => error.message, onSuccess: () => "made" })
    assert.match(message(Exp3.make({ arms: ["a"], gamma: 0 })), /^exp3.gamma: /)
    assert.match(message(Exp3.make({ arms: ["a"], horizon: 0 })), /^exp3.horizon: /)
    assert.match(message(SuccessiveElimination.make({ arms: ["a"], delta: 1 })), /^successive-elimination.delta: /)
    assert.match(message(RegretMatching.make({ arms: ["a"], exploration: 2 })), /^regret-matching.exploration: /)
    assert.match(message(Thompson.make({ arms: ["a"], priorFailures: 0 })), /^thompson.priorFailures: /)
  })
})

/** The regret of a play against always the best of Bernoulli arms, in expectation given the arms pulled. */
const regretOf = (policy: Runner, means: ReadonlyArray<number>, horizon: number, seed: number) => {
  const names = means.map((_, i) => `${i}`)
  const best = Math.max(...means)
  const random = RandomStream.stream(seed, 9)
  let now = policy.start({ arms: names, seed })
  let regret = 0
  for (let pull = 0; pull < horizon; pull++) {
    const arm = Number(now.choose())
    regret += best - means[arm]!
    now = now.reward(`${arm}`, RandomStream.uniform(random) < means[arm]! ? 1 : 0)
  }
  return regret
}

const meanOver = (seeds: number, of: (seed: number) => number) =>
  Array.from({ length: seeds }, (_, seed) => of(seed)).reduce((sum, it) => sum + it / seeds, 0)

/** Sums over many seeds take a while in the larger campaigns. */
const SLOW = { timeout: 1_800_000 }

describe("regret", () => {
  const distributions = [
    [0.9, 0.6],
    [0.9, 0.8],
    [0.55, 0.45],
    [0.9, 0.8, 0.8, 0.8, 0.7, 0.7, 0.7, 0.6, 0.6, 0.6]
  ]
  const horizon = 2_000
  const seeds = campaign(100, 1_000)

  it("ucb-tuned stays far below what is proved for UCB1: Σ (8 ln n / Δ) + (1 + π² / 3) Σ Δ", SLOW, () => {
    for (const means of distributions) {
      const gaps = means.map((mean) => Math.max(...means) - mean).filter((gap) => gap > 0)
      const bound = gaps.reduce((sum, gap) => sum + (8 * Math.log(horizon)) / gap + (1 + Math.PI ** 2 / 3) * gap, 0)
      const regret = meanOver(seeds, (seed) => regretOf(policies[0]!, means, horizon, seed))
      assert.isBelow(regret, bound / 4, `${means}`)
    }
  })

  it(
    "thompson comes near the least regret possible in the long run, ln n Σ Δ / KL (T. L. Lai, H. Robbins, 1985)",
    SLOW,
    () => {
      const divergence = (p: number, q: number) => p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q))
      for (const means of distributions) {
        const best = Math.max(...means)
        const least = means
          .filter((mean) => mean < best)
          .reduce((sum, mean) => sum + ((best - mean) * Math.log(horizon)) / divergence(mean, best), 0)
        const regret = meanOver(seeds, (seed) => regretOf(policies[1]!, means, horizon, seed))
        assert.isBelow(regret, 1.6 * least, `${means}`)
      }
    }
  )

  it("thompson, gaussian keeps the bound of order sqrt(k n ln k)", SLOW, () => {
    for (const means of distributions) {
      const bound = Math.sqrt(means.length * horizon * Math.log(means.length))
      assert.isBelow(
        meanOver(seeds, (seed) => regretOf(policies[2]!, means, horizon, seed)),
        bound
      )
    }
  })

  it("successive elimination finds the best arm more often than 1 - delta, in as few pulls as proved", SLOW, () => {
    const means = [0.9, 0.5, 0.3, 0.2]
    const delta = 0.1
    let right = 0
    const trials = campaign(400, 4_000)
    for (let seed = 0; seed < trials; seed++) {
      const random = RandomStream.stream(seed, 4)
      let state = Result.getOrThrow(SuccessiveElimination.make({ arms: means.map((_, i) => `${i}`), delta }))
      while (Option.isNone(SuccessiveElimination.winner(state)) && state.pulls < 20_000) {
        const arm = SuccessiveElimination.choose(state)
        const gain = RandomStream.uniform(random) < means[Number(arm)]! ? 1 : 0
        state = Result.getOrThrow(SuccessiveElimination.reward(state, arm, gain))
      }
      if (Option.getOrElse(SuccessiveElimination.winner(state), () => "none") === "0") right++
      for (const { name, pulls } of state.arms.slice(1)) {
        const gap = 0.9 - means[Number(name)]!
        assert.isBelow(pulls, (40 * Math.log((4 * 5) / (delta * gap))) / gap ** 2)
      }
    }
    assert.isAtLeast(right / trials, 1 - delta)
  })

  it("exp3 keeps 2 sqrt(e - 1) sqrt(g k ln k) against rewards that turn against whoever follows them", SLOW, () => {
    const g = 2_000
    const arms = ["a", "b", "c", "d"]
    const bound = 2 * Math.sqrt(Math.E - 1) * Math.sqrt(g * arms.length * Math.log(arms.length))
    /** Each adversary fixes its rewards beforehand: the first arm is best early and worthless later, and the like. */
    const adversaries: ReadonlyArray<(arm: number, pull: number) => number> = [
      (arm, pull) => (pull < g / 2 ? (arm === 0 ? 1 : 0.5) : arm === 3 ? 1 : 0),
      (arm, pull) => ((pull * 7919) % 4 === arm ? 0 : 1),
      (arm, pull) => (Math.floor(pull / 100) % 4 === arm ? 1 : arm === 2 ? 0.4 : 0),
      (arm) => (arm === 1 ? 1 : 0)
    ]
    for (const gain of adversaries) {
      const best = Math.max(
        ...arms.map((_, arm) => Array.from({ length: g }, (_, pull) => gain(arm, pull)).reduce((sum, it) => sum + it))
      )
      const regret = meanOver(seeds, (seed) => {
        let state = Result.getOrThrow(Exp3.make({ arms, horizon: g, seed }))
        let earned = 0
        for (let pull = 0; pull < g; pull++) {
          const arm = Exp3.choose(state)
          const value = gain(arms.indexOf(arm), pull)
          earned += value
          state = Result.getOrThrow(Exp3.reward(state, arm, value))
        }
        return best - earned
      })
      assert.isBelow(regret, bound)
    }
    // And where one arm is simply better, it earns far more than even draws, which would miss 3 of 4.
    const easy = Result.getOrThrow(Exp3.make({ arms, horizon: g }))
    assert.approximately(easy.gamma, Math.sqrt((4 * Math.log(4)) / ((Math.E - 1) * g)), 1e-12)
  })

  it("exp3 goes on without overflow for a million pulls of the largest share", SLOW, () => {
    let state = Result.getOrThrow(Exp3.make({ arms: ["a", "b"], gamma: 0.9 }))
    for (let pull = 0; pull < 10_000; pull++) state = Result.getOrThrow(Exp3.reward(state, "b", 1))
    assert.deepStrictEqual(
      Exp3.probabilities(state).map((it) => Math.round(it * 1e6) / 1e6),
      [0.45, 0.55]
    )
    assert.isTrue(state.arms.every(({ logWeight }) => Number.isFinite(logWeight)))
  })

  const adversarial = Arbitrary.schema(
    Schema.Struct({ seed: whole(-1e9, 1e9), arms: whole(1, 6), pulls: whole(1, 80) })
  )

  law(
    "regret matching keeps sqrt(k t) whatever the rewards, also such as depend on its proportions",
    campaign(4_000, 40_000),
    adversarial,
    (given) => {
      const arms = Array.from({ length: given.arms }, (_, i) => `${i}`)
      let state = Result.getOrThrow(RegretMatching.make({ arms, exploration: 0 }))
      const totals = arms.map(() => 0)
      let earned = 0
      for (let t = 1; t <= given.pulls; t++) {
        const random = RandomStream.stream(given.seed, t)
        const share = RegretMatching.probabilities(state)
        const highest = Math.max(...share)
        // Every other round the arms that are liked most give nothing.
        const gains = arms.map((_, i) => (t % 2 === 0 ? (share[i] === highest ? 0 : 1) : RandomStream.uniform(random)))
        for (const [i, gain] of gains.entries()) {
          totals[i]! += gain
          earned += share[i]! * gain
        }
        state = Result.getOrThrow(RegretMatching.observe(state, new Map(arms.map((arm, i) => [arm, gains[i]!]))))
        if (Math.max(...totals) - earned > Math.sqrt(given.arms * t) + 1e-9) return false
      }
      return true
    }
  )

  it("regret matching keeps it against an arm that is always better by half, for 400 rounds", SLOW, () => {
    let state = Result.getOrThrow(RegretMatching.make({ arms: ["a", "b", "c"], exploration: 0 }))
    const gains = new Map([
      ["a", 0.5],
      ["b", 1],
      ["c", 0.5]
    ])
    let regret = 0
    for (let t = 1; t <= 400; t++) {
      regret += 0.5 * (1 - RegretMatching.probabilities(state)[1]!)
      state = Result.getOrThrow(RegretMatching.observe(state, gains))
      assert.isAtMost(regret, Math.sqrt(3 * t))
    }
    assert.isBelow(regret, 1)
  })

  it("regret matching learns from its own pulls alone", SLOW, () => {
    const shares = meanOver(seeds, (seed) => {
      let state = Result.getOrThrow(RegretMatching.make({ arms: ["a", "b", "c"], seed }))
      const random = RandomStream.stream(seed, 8)
      for (let pull = 0; pull < 2_000; pull++) {
        const arm = RegretMatching.choose(state)
        const mean = arm === "c" ? 0.8 : 0.3
        state = Result.getOrThrow(RegretMatching.reward(state, arm, RandomStream.uniform(random) < mean ? 1 : 0))
      }
      return state.arms[2]!.pulls / 2_000
    })
    assert.isAbove(shares, 0.7)
  })

  law(
    "a division gives out every slot, and to each arm its share but for less than one",
    campaign(5_000, 50_000),
    adversarial,
    (given) => {
      const { now } = play(policies[5]!, given.seed, namesOf(given.arms), given.pulls % 20)
      const state = Result.getOrThrow(Schema.decodeUnknownResult(RegretMatching.State)(now.state))
      const slots = given.pulls
      const parts = [...RegretMatching.division(state, slots).values()]
      return (
        parts.reduce((sum, part) => sum + part, 0) === slots &&
        RegretMatching.probabilities(state).every((share, i) => Math.abs(parts[i]! - share * slots) < 1 + 1e-6)
      )
    }
  )

  it("regret matching needs what each arm gave: refuses observations that miss one or name another", SLOW, () => {
    const state = Result.getOrThrow(RegretMatching.make({ arms: ["a", "b"] }))
    const message = (values: ReadonlyArray<readonly [string, number]>) =>
      Result.match(RegretMatching.observe(state, new Map(values)), {
        onFailure: (error) => error.message,
        onSuccess: () => "taken"
      })
    assert.strictEqual(message([["a", 1]]), "b: the reward NaN is not from 0 to 1")
    assert.match(
      message([
        ["a", 1],
        ["b", 1],
        ["c", 1]
      ]),
      /^there is no arm "c"/
    )
    assert.strictEqual(
      message([
        ["a", 1],
        ["b", 2]
      ]),
      "b: the reward 2 is not from 0 to 1"
    )
    assert.strictEqual(
      message([
        ["a", 1],
        ["b", 0]
      ]),
      "taken"
    )
  })
})

describe("by hand", () => {
  it("ucb-tuned: each arm once, then the index of the paper", () => {
    let state = Result.getOrThrow(UcbTuned.make({ arms: ["a", "b"] }))
    for (const [arm, value] of [
      ["a", 1],
      ["b", 0],
      ["a", 0]
    ] as const) {
      assert.strictEqual(UcbTuned.choose(state), arm)
      state = Result.getOrThrow(UcbTuned.reward(state, arm, value))
    }
    // n = 3. a: 1/2 + sqrt(ln 3 / 2 · 1/4) = 0.8706; b: 0 + sqrt(ln 3 · 1/4) = 0.5241.
    assert.strictEqual(UcbTuned.choose(state), "a")
    assert.deepStrictEqual(state.arms[0], { name: "a", pulls: 2, mean: 0.5, spread: 0.5 })
  })

  it("ucb-tuned: a small variance narrows the bound", () => {
    const arm = (name: string, mean: number, spread: number) => ({ name, pulls: 1_000, mean, spread })
    const state: UcbTuned.State = {
      policy: "ucb-tuned",
      seed: 0,
      low: 0,
      high: 1,
      pulls: 2_000,
      arms: [arm("steady", 0.5, 0), arm("wild", 0.48, 250)]
    }
    // Widths: sqrt(0.0076 · 0.1233) = 0.0306 against sqrt(0.0076 / 4) = 0.0436; 0.5306 against 0.5236.
    assert.strictEqual(UcbTuned.choose(state), "steady")
    const even = { ...state, arms: [arm("steady", 0.5, 0), arm("wild", 0.49, 250)] }
    assert.strictEqual(UcbTuned.choose(even), "wild")
  })

  it("successive elimination: two arms that always give 1 and 0 are told apart when 2 sqrt(ln(10 t² / δ) / t) ≤ 1", () => {
    let state = Result.getOrThrow(SuccessiveElimination.make({ arms: ["x", "y"] }))
    while (Option.isNone(SuccessiveElimination.winner(state))) {
      const arm = SuccessiveElimination.choose(state)
      state = Result.getOrThrow(SuccessiveElimination.reward(state, arm, arm === "y" ? 1 : 0))
    }
    let t = 1
    while (2 * Math.sqrt(Math.log(100 * t * t) / t) > 1) t++
    assert.strictEqual(state.pulls, 2 * t)
  })

  it("exp3: a reward of 1 at p = 1/2 multiplies the weight by exp(γ)", () => {
    const state = Result.getOrThrow(Exp3.make({ arms: ["a", "b"], gamma: 0.2 }))
    const next = Result.getOrThrow(Exp3.reward(state, "b", 1))
    const odds = Math.exp(0.2)
    assert.approximately(Exp3.probabilities(next)[1]!, (0.8 * odds) / (1 + odds) + 0.1, 1e-12)
  })

  it("draws of the beta distribution have its mean and variance", () => {
    for (const [a, b] of [
      [1, 1],
      [3, 7],
      [0.3, 0.6],
      [40, 2]
    ] as const) {
      const random = RandomStream.stream(7, a * 10)
      const draws = Array.from({ length: 20_000 }, () => GammaDraw.beta(random, a, b))
      const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length
      const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length
      const exact = (a * b) / ((a + b) ** 2 * (a + b + 1))
      assert.approximately(mean, a / (a + b), 5 * Math.sqrt(exact / draws.length))
      assert.approximately(variance / exact, 1, 0.06)
      assert.isTrue(draws.every((x) => x >= 0 && x <= 1))
    }
  })
})
