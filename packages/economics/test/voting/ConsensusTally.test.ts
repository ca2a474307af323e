import { ConsensusTally } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { fuzz, refuses } from "../junk.ts"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { decide } from "./reference/consensus.ts"

const { calculator } = ConsensusTally
const said = (votes: string) =>
  [...votes].map((letter, i) => ({
    voter: `v${i}`,
    vote: letter === "a" ? "accept" : letter === "r" ? "reject" : "abstain"
  }))
const solve = (input: unknown) => Result.getOrThrow(calculator.solve(input)).decision

describe("vote consensus", () => {
  it("defaults: more than half must vote, 3/5 of the participants accept, else 2/5 reject", () => {
    assert.deepStrictEqual(solve({ participants: 5, votes: said("aaa") }), {
      outcome: "accept",
      acceptShare: "3/5",
      rejectShare: "0",
      votesCounted: 3,
      quorum: 3
    })
    assert.strictEqual(solve({ participants: 5, votes: said("aarr") })["outcome"], "reject")
    assert.strictEqual(solve({ participants: 5, votes: said("aar") })["outcome"], "no-clear-majority")
    assert.strictEqual(solve({ participants: 5, votes: said("aa") })["outcome"], "insufficient-votes")
    assert.strictEqual(solve({ participants: 5, votes: [] })["acceptShare"], "0")
  })

  it("accept goes first when both thresholds are met", () => {
    assert.strictEqual(
      solve({ participants: 2, votes: said("ar"), acceptAt: "1/2", rejectAt: "1/2" })["outcome"],
      "accept"
    )
  })

  it("a quorum of 0 is there without votes, one beyond all participants never is", () => {
    const none = { acceptShare: "0", rejectShare: "0", votesCounted: 0, quorum: 0 }
    for (const base of ["participants", "cast"])
      for (const rule of ["majority", "unanimous"])
        assert.deepStrictEqual(solve({ participants: 3, votes: [], quorum: 0, base, rule }), {
          outcome: "no-clear-majority",
          ...none
        })
    for (const quorum of [4, Number.MAX_SAFE_INTEGER])
      assert.deepStrictEqual(solve({ participants: 3, votes: said("aaa"), quorum }), {
        outcome: "insufficient-votes",
        acceptShare: "1",
        rejectShare: "0",
        votesCounted: 3,
        quorum
      })
  })

  it("base cast divides by what was cast, abstentions included", () => {
    const decided = solve({ participants: 7, votes: said("aa--"), base: "cast" })
    assert.deepStrictEqual([decided["outcome"], decided["acceptShare"]], ["no-clear-majority", "1/2"])
  })

  it("with weights shares are by weight and participation by head", () => {
    const weights = { v0: "1/2", v1: "1/3", v2: "1/6" }
    const decided = solve({ participants: ["v0", "v1", "v2"], votes: said("a-"), weights })
    assert.deepStrictEqual(decided, {
      outcome: "no-clear-majority",
      acceptShare: "1/2",
      rejectShare: "0",
      votesCounted: 2,
      quorum: 2
    })
    const alone = { participants: ["v0", "v1", "v2"], votes: said("a"), weights: { ...weights, v0: "100" } }
    assert.strictEqual(solve(alone)["outcome"], "insufficient-votes")
  })

  it("numbers count as the decimals they are written as: 0.4 is two fifths, 0.1 + 0.2 is 0.3", () => {
    assert.strictEqual(solve({ participants: 5, votes: said("rr-"), rejectAt: 0.4 })["outcome"], "reject")
    const weights = { v0: 0.1, v1: 0.2, v2: 0.3 }
    const decided = solve({ participants: 3, votes: said("aar"), weights, acceptAt: 0.5 })
    assert.deepStrictEqual([decided["outcome"], decided["acceptShare"]], ["accept", "1/2"])
  })

  it("weights of 1e308 and 5e-324 are summed without overflow and without loss", () => {
    const huge = { v0: 1e308, v1: 1e308, v2: 1e308 }
    assert.strictEqual(solve({ participants: 3, votes: said("aar"), weights: huge })["acceptShare"], "2/3")
    const mixed = { v0: 1e308, v1: 5e-324 }
    assert.strictEqual(
      solve({ participants: 2, votes: said("ar"), weights: mixed, acceptAt: 1 })["outcome"],
      "no-clear-majority"
    )
  })

  it("unanimous: one reject decides, an abstention prevents, and no decision without the quorum", () => {
    const outcome = (participants: number, votes: string, base = "participants") =>
      solve({ participants, votes: said(votes), rule: "unanimous", base })["outcome"]
    assert.strictEqual(outcome(3, "aaa"), "accept")
    assert.strictEqual(outcome(3, "aar"), "reject")
    assert.strictEqual(outcome(3, "aa-"), "no-clear-majority")
    assert.strictEqual(outcome(3, "aa"), "no-clear-majority")
    assert.strictEqual(outcome(3, "aa", "cast"), "accept")
    assert.strictEqual(outcome(5, "r"), "insufficient-votes")
    const weights = { v0: 1, v1: 0 }
    assert.strictEqual(solve({ participants: 2, votes: said("ar"), rule: "unanimous", weights })["outcome"], "reject")
  })

  it("voters may be called constructor and __proto__", () => {
    const input: unknown = JSON.parse(
      `{"participants":["constructor","__proto__"],"weights":{"constructor":1,"__proto__":3},
        "votes":[{"voter":"__proto__","vote":"accept"},{"voter":"constructor","vote":"reject"}]}`
    )
    assert.strictEqual(solve(input)["acceptShare"], "3/4")
  })

  const Instance = Schema.Struct({
    votes: Schema.Array(
      Schema.Tuple([
        Schema.Literals(["accept", "reject", "abstain", "silent"]),
        Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 })),
        Schema.Int
      ])
    ).check(Schema.isMinLength(1), Schema.isMaxLength(9)),
    rule: Schema.Literals(["majority", "unanimous", "weighted"]),
    base: Schema.Literals(["participants", "cast"]),
    shares: Schema.Tuple([
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 })),
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 }))
    ])
  })
  law("is what the definition says, in any order of the votes", p13, Arbitrary.schema(Instance), (instance) => {
    const { base, rule, shares, votes } = instance
    const [acceptAt, rejectAt] = shares
    const quorum = Math.floor(votes.length / 2) + 1
    const weights = Object.fromEntries(votes.map(([, weight], i) => [`v${i}`, `${weight}/10`]))
    const ballots = votes.flatMap(([vote, , key], i) => (vote === "silent" ? [] : [{ voter: `v${i}`, vote, key }]))
    const input = {
      participants: votes.map((_, i) => `v${i}`),
      rule,
      base,
      ...(rule === "weighted" ? { weights } : {}),
      ...(rule === "unanimous" ? {} : { acceptAt: `${acceptAt}/12`, rejectAt: `${rejectAt}/12` })
    }
    const strip = (list: typeof ballots) => list.map(({ vote, voter }) => ({ voter, vote }))
    const decided = solve({ ...input, votes: strip(ballots) })
    const shuffled = solve({ ...input, votes: strip(ballots.toSorted((a, b) => a.key - b.key)) })
    const expected = decide(
      {
        kind: rule === "unanimous" ? "unanimous" : "shares",
        base,
        quorum,
        acceptAt: [acceptAt, 12],
        rejectAt: [rejectAt, 12]
      },
      votes.map(([vote]) => vote),
      rule === "weighted" ? votes.map(([, weight]) => weight) : undefined
    )
    return decided["outcome"] === expected && JSON.stringify(decided) === JSON.stringify(shuffled)
  })

  const votes = said("aar")
  refuses(calculator, [
    ["nothing", undefined, "InvalidFormat", []],
    ["no participants", { participants: 0, votes: [] }, "InvalidFormat", ["participants"]],
    ["an empty list of participants", { participants: [], votes: [] }, "InvalidFormat", ["participants", 0]],
    ["half a participant", { participants: 2.5, votes: [] }, "InvalidFormat", ["participants"]],
    ["a participant twice", { participants: ["a", "a"], votes: [] }, "DuplicateName", ["participants", 1]],
    ["a second vote", { participants: 5, votes: [...votes, votes[0]] }, "DuplicateName", ["votes", 3, "voter"]],
    ["a stranger's vote", { participants: ["v0", "v1"], votes }, "UnknownName", ["votes", 2, "voter"]],
    ["more votes than participants", { participants: 2, votes }, "TooLarge", ["votes"]],
    [
      "a vote for maybe",
      { participants: 2, votes: [{ voter: "a", vote: "maybe" }] },
      "InvalidFormat",
      ["votes", 0, "vote"]
    ],
    ["an unknown key", { participants: 3, votes, quorums: 1 }, "InvalidFormat", ["quorums"]],
    ["a negative quorum", { participants: 3, votes, quorum: -1 }, "InvalidFormat", ["quorum"]],
    ["half a vote as quorum", { participants: 3, votes, quorum: 0.5 }, "InvalidFormat", ["quorum"]],
    ["a share above 1", { participants: 3, votes, acceptAt: "6/5" }, "InvalidFormat", ["acceptAt"]],
    ["a share of 0", { participants: 3, votes, rejectAt: 0 }, "InvalidFormat", ["rejectAt"]],
    ["a negative share", { participants: 3, votes, rejectAt: -0.5 }, "InvalidAmount", ["rejectAt"]],
    [
      "thresholds of unanimity",
      { participants: 3, votes, rule: "unanimous", acceptAt: 1 },
      "InvalidFormat",
      ["acceptAt"]
    ],
    ["weighted without weights", { participants: 3, votes, rule: "weighted" }, "InvalidFormat", ["weights"]],
    ["too few weights", { participants: 3, votes, weights: { v0: 1 } }, "InvalidFormat", ["weights"]],
    [
      "a participant without a weight",
      { participants: ["v0", "v1"], votes: [], weights: { v0: 1 } },
      "InvalidFormat",
      ["weights", "v1"]
    ],
    [
      "a stranger's weight",
      { participants: ["v0"], votes: [], weights: { v0: 1, v9: 1 } },
      "UnknownName",
      ["weights", "v9"]
    ],
    [
      "more weights than participants",
      { participants: 1, votes: [], weights: { v0: 1, v9: 1 } },
      "TooLarge",
      ["weights"]
    ],
    ["a negative weight", { participants: 1, votes: [], weights: { v0: -1 } }, "InvalidAmount", ["weights", "v0"]]
  ])

  fuzz(calculator, [
    { participants: 3, votes: said("aar"), quorum: 2, acceptAt: "3/5", rejectAt: 0.4, base: "cast" },
    { participants: ["v0", "v1", "v2"], votes: said("a-r"), rule: "weighted", weights: { v0: 1, v1: "1/3", v2: 0.5 } },
    { participants: ["v0", "v1"], votes: said("ar"), rule: "unanimous" }
  ])
})
