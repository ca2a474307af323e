import { AllRules, Kemeny, RankedRule } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { fuzz, refuses } from "../junk.ts"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { type Instance, strict, weak } from "./elections.ts"
import * as reference from "./reference/ranked.ts"

const calculators = new Map(AllRules.calculators.map((calculator) => [calculator.name, calculator]))
const solve = (rule: string, input: unknown) => Result.getOrThrow(calculators.get(rule)!.solve(input)).decision

/** By rule, its winners by definition. */
const definitions = new Map<string, (instance: Instance) => ReadonlyArray<string>>([
  ["plurality", ({ ballots, candidates }) => reference.plurality(candidates, ballots)],
  ["irv", ({ ballots, candidates }) => [reference.irv(candidates, ballots)]],
  ["borda", ({ ballots, candidates }) => reference.borda(candidates, ballots)],
  ["copeland", ({ ballots, candidates }) => reference.copeland(candidates, ballots)],
  ["schulze-winning", ({ ballots, candidates }) => reference.schulze(candidates, ballots, "winning")],
  ["schulze-margin", ({ ballots, candidates }) => reference.schulze(candidates, ballots, "margin")],
  [
    "ranked-pairs-winning",
    ({ ballots, candidates }) => reference.rankedPairs(candidates, ballots, "winning").slice(0, 1)
  ],
  [
    "ranked-pairs-margin",
    ({ ballots, candidates }) => reference.rankedPairs(candidates, ballots, "margin").slice(0, 1)
  ],
  ["minimax-winning", ({ ballots, candidates }) => reference.minimax(candidates, ballots, "winning")],
  ["minimax-margin", ({ ballots, candidates }) => reference.minimax(candidates, ballots, "margin")],
  ["kemeny", ({ ballots, candidates }) => reference.kemeny(candidates, ballots).winners],
  ["smith", ({ ballots, candidates }) => reference.smith(candidates, ballots)]
])
const needsStrict = new Set(["plurality", "irv"])

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

describe("rules over rankings, against their definitions", () => {
  for (const [rule, winners] of definitions) {
    law(`${rule}: strict ballots`, p13, strict, (instance) =>
      isSame(solve(rule, instance)["winners"], winners(instance))
    )
    if (!needsStrict.has(rule)) {
      law(`${rule}: weak ballots`, p13, weak, (instance) => isSame(solve(rule, instance)["winners"], winners(instance)))
    }
  }

  law("condorcet: winner, loser and pairwise counts", p13, weak, (instance) => {
    const { ballots, candidates } = instance
    const decided = solve("condorcet", instance)
    const pairwise = Object.fromEntries(
      candidates.map((a) => [
        a,
        Object.fromEntries(candidates.flatMap((b) => (a === b ? [] : [[b, reference.prefer(ballots, a, b)]])))
      ])
    )
    return (
      decided["winner"] === (reference.condorcetWinner(candidates, ballots) ?? null) &&
      decided["loser"] === (reference.condorcetLoser(candidates, ballots) ?? null) &&
      isSame(decided["pairwise"], pairwise)
    )
  })

  law(
    "kemeny: the first best ranking in the order of the candidates, and whether there are others",
    p13,
    weak,
    (instance) => {
      const { count, ranking } = reference.kemeny(instance.candidates, instance.ballots)
      const decided = solve("kemeny", instance)
      return (
        isSame(
          decided["ranking"],
          ranking.map((name) => [name])
        ) && decided["tie"] === count > 1
      )
    }
  )

  law("ranked pairs: the whole ranking", p13, weak, (instance) =>
    ["winning", "margin"].every((by) => {
      const expected = reference.rankedPairs(instance.candidates, instance.ballots, by).map((name) => [name])
      return isSame(solve(`ranked-pairs-${by}`, instance)["ranking"], expected)
    })
  )

  law(
    "ranked pairs: without a tie the order of the candidates changes nothing, with a winner first in any case",
    p13,
    weak,
    (instance) =>
      ["winning", "margin"].every((by) => {
        const one = solve(`ranked-pairs-${by}`, instance)
        const other = solve(`ranked-pairs-${by}`, { ...instance, candidates: instance.candidates.toReversed() })
        return one["tie"] === true || (isSame(one["ranking"], other["ranking"]) && other["tie"] === false)
      })
  )

  law("irv: without a tie the order of the candidates changes nothing", p13, strict, (instance) => {
    const one = solve("irv", instance)
    const other = solve("irv", { ...instance, candidates: instance.candidates.toReversed() })
    return one["tie"] === true || isSame(one["winners"], other["winners"])
  })

  law("all: what every rule says alone, or why it refuses", p13, weak, (instance) =>
    Object.entries(solve("all", instance)).every(([rule, held]) => {
      const alone = calculators.get(rule)!.solve(rule === "approval" ? { candidates: instance.candidates } : instance)
      if (Result.isFailure(alone)) {
        const { _tag: tag, message, path } = alone.failure
        return isSame(held, { error: { tag, message, path } })
      }
      const { decision, tieBreak } = alone.success
      return isSame(held, tieBreak === undefined ? decision : { ...decision, tieBreak })
    })
  )
})

const strictly = (...lines: ReadonlyArray<readonly [count: number, order: string]>) =>
  lines.map(([count, order]) => ({ count, ranking: order.split(">").map((tier) => tier.split("=")) }))

describe("published examples", () => {
  it("Schulze 2011, 45 voters: E wins, then A, C, B, D, by winning votes and by margin", () => {
    const ballots = strictly(
      [5, "A>C>B>E>D"],
      [5, "A>D>E>C>B"],
      [8, "B>E>D>A>C"],
      [3, "C>A>B>E>D"],
      [7, "C>A>E>B>D"],
      [2, "C>B>A>D>E"],
      [7, "D>C>E>B>A"],
      [8, "E>B>A>D>C"]
    )
    for (const by of ["winning", "margin"]) {
      const decided = solve(`schulze-${by}`, { candidates: ["A", "B", "C", "D", "E"], ballots })
      assert.deepStrictEqual(decided["ranking"], [["E"], ["A"], ["C"], ["B"], ["D"]])
    }
  })

  it("Tennessee's capital: Memphis by plurality, Knoxville by runoff, Nashville by all others", () => {
    const candidates = ["Memphis", "Nashville", "Chattanooga", "Knoxville"]
    const ballots = strictly(
      [42, "Memphis>Nashville>Chattanooga>Knoxville"],
      [26, "Nashville>Chattanooga>Knoxville>Memphis"],
      [15, "Chattanooga>Knoxville>Nashville>Memphis"],
      [17, "Knoxville>Chattanooga>Nashville>Memphis"]
    )
    for (const rule of definitions.keys()) {
      const winner = rule === "plurality" ? "Memphis" : rule === "irv" ? "Knoxville" : "Nashville"
      assert.deepStrictEqual(solve(rule, { candidates, ballots })["winners"], [winner], rule)
    }
    assert.deepStrictEqual(solve("borda", { candidates, ballots })["scores"], {
      Memphis: 126,
      Nashville: 194,
      Chattanooga: 173,
      Knoxville: 107
    })
    assert.strictEqual(solve("condorcet", { candidates, ballots })["loser"], "Memphis")
    assert.deepStrictEqual(solve("kemeny", { candidates, ballots })["ranking"], [
      ["Nashville"],
      ["Chattanooga"],
      ["Knoxville"],
      ["Memphis"]
    ])
  })

  it("nobody votes: all are tied, and where one is needed the first is it", () => {
    for (const ballots of [[], strictly([0, "y>x"])])
      for (const rule of definitions.keys()) {
        const decided = solve(rule, { candidates: ["x", "y"], ballots })
        const isOne = rule === "irv" || rule.startsWith("ranked-pairs")
        assert.deepStrictEqual(decided["winners"], isOne ? ["x"] : ["x", "y"], rule)
        if (isOne) assert.isTrue(decided["tie"])
      }
  })

  it("a million millions of voters are counted exactly, halves included; one more is refused", () => {
    const ballots = strictly([1e12 - 1, "a=b>c"], [1, "c>a>b"])
    assert.deepStrictEqual(solve("borda", { candidates: ["a", "b", "c"], ballots })["scores"], {
      a: 1.5 * (1e12 - 1) + 1,
      b: 1.5 * (1e12 - 1),
      c: 2
    })
    const refused = calculators.get("borda")!.solve({ candidates: ["a", "b", "c"], ballots: [...ballots, ...ballots] })
    assert.isTrue(Result.isFailure(refused) && refused.failure._tag === "TooLarge")
  })

  it("scores of ranked pairs need no voters of one mind: 60 candidates are ranked", () => {
    const candidates = Array.from({ length: 60 }, (_, i) => `c${i}`)
    const ballots = [0, 7, 31].map((shift) => ({
      count: 1,
      ranking: candidates.map((_, i) => [candidates[(i * 7 + shift) % 60]!])
    }))
    const ranking = solve("ranked-pairs-margin", { candidates, ballots })["ranking"]
    assert.strictEqual(new Set(JSON.parse(JSON.stringify(ranking)).flat()).size, 60)
  })
})

describe("what rankings are refused", () => {
  const candidates = ["a", "b", "c"]
  const ranking = [["a"], ["b"], ["c"]]
  const one = (changed: unknown) => ({
    candidates,
    ballots: [
      { count: 1, ranking },
      { count: 2, ranking: changed }
    ]
  })
  refuses(calculators.get("schulze-winning")!, [
    ["nothing", undefined, "InvalidFormat", []],
    ["no candidates", { candidates: [], ballots: [] }, "InvalidFormat", ["candidates", 0]],
    ["a candidate without a name", { candidates: ["a", ""], ballots: [] }, "InvalidFormat", ["candidates", 1]],
    ["a candidate twice", { candidates: ["a", "a"], ballots: [] }, "DuplicateName", ["candidates", 1]],
    [
      "501 candidates",
      { candidates: Array.from({ length: 501 }, (_, i) => `c${i}`), ballots: [] },
      "TooLarge",
      ["candidates"]
    ],
    ["no ballots", { candidates }, "InvalidFormat", ["ballots"]],
    ["approvals", { candidates, approvals: [] }, "InvalidFormat", ["approvals"]],
    ["a count of -1", { candidates, ballots: [{ count: -1, ranking }] }, "InvalidFormat", ["ballots", 0, "count"]],
    ["a count of 1.5", { candidates, ballots: [{ count: 1.5, ranking }] }, "InvalidFormat", ["ballots", 0, "count"]],
    ["a count as text", { candidates, ballots: [{ count: "1", ranking }] }, "InvalidFormat", ["ballots", 0, "count"]],
    ["a stranger", one([["a"], ["b", "x"], ["c"]]), "UnknownName", ["ballots", 1, "ranking", 1, 1]],
    [
      "a candidate twice in a ranking",
      one([["a"], ["b"], ["c", "a"]]),
      "DuplicateName",
      ["ballots", 1, "ranking", 2, 1]
    ],
    ["a candidate left out", one([["a"], ["b"]]), "InvalidFormat", ["ballots", 1, "ranking"]],
    ["an empty tier", one([["a"], [], ["b", "c"]]), "InvalidFormat", ["ballots", 1, "ranking", 1, 0]],
    ["names instead of tiers", one(["a", "b", "c"]), "InvalidFormat", ["ballots", 1, "ranking", 0]],
    ["an unknown key", { ...one(ranking), quota: 1 }, "InvalidFormat", ["quota"]]
  ])
  refuses(calculators.get("plurality")!, [
    ["two first places", one([["a", "b"], ["c"]]), "WeakRanking", ["ballots", 1, "ranking", 0]]
  ])
  refuses(calculators.get("irv")!, [
    [
      "a tier into which a ballot has to pass on",
      {
        candidates: ["a", "b", "c", "d"],
        ballots: [
          { count: 2, ranking: [["a"], ["b"], ["c"], ["d"]] },
          { count: 2, ranking: [["b"], ["a"], ["c"], ["d"]] },
          { count: 1, ranking: [["d"], ["a", "b"], ["c"]] }
        ]
      },
      "WeakRanking",
      ["ballots", 2, "ranking", 1]
    ]
  ])
  it("irv takes a tier of which one is left, or that is never reached", () => {
    const ballots = [...strictly([3, "a>b>c>d"], [3, "b>a>c>d"], [1, "c>a=d>b"]), ...strictly([1, "a>b=c=d"])]
    assert.deepStrictEqual(solve("irv", { candidates: ["a", "b", "c", "d"], ballots })["winners"], ["a"])
  })
  refuses(calculators.get("kemeny")!, [
    [
      "9 candidates",
      { candidates: Array.from({ length: 9 }, (_, i) => `c${i}`), ballots: [] },
      "TooLarge",
      ["candidates"]
    ]
  ])
  refuses(calculators.get("all")!, [
    ["neither ballots nor approvals", { candidates }, "InvalidFormat", ["ballots"]],
    ["seats without approvals", { candidates, ballots: [], seats: 1 }, "InvalidFormat", ["approvals"]]
  ])
  it("kemeny takes 8 candidates", () => {
    const eight = Array.from({ length: Kemeny.candidatesMax }, (_, i) => [`c${i}`])
    const decided = solve("kemeny", { candidates: eight.flat(), ballots: [{ count: 1, ranking: eight.toReversed() }] })
    assert.deepStrictEqual(decided["ranking"], eight.toReversed())
  })

  const sample = {
    candidates,
    ballots: [
      { count: 2, ranking },
      { count: 1, ranking: [["c"], ["b"], ["a"]] }
    ]
  }
  const tiers = { candidates, ballots: [{ count: 2, ranking: [["a", "b"], ["c"]] }] }
  for (const { name } of AllRules.ranked) fuzz(calculators.get(name)!, [sample, tiers], 1_000)
  fuzz(calculators.get("all")!, [sample, { ...tiers, approvals: [["a"], ["b", "c"]], seats: 2 }])
  it("every rule names the tie-break that it uses", () => {
    for (const rule of AllRules.ranked) {
      const answer = Result.getOrThrow(calculators.get(rule.name)!.solve(sample))
      assert.strictEqual("tie" in answer.decision, answer.tieBreak === RankedRule.tieBreak, rule.name)
    }
  })
})
