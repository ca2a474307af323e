import { Amount, Consensus, WeightedConsensus } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { type Said, type Terms, decide } from "./reference/consensus.ts"

const votes: ReadonlyArray<Said> = ["accept", "reject", "abstain", "silent"]
const half = (n: number) => Math.floor(n / 2) + 1

/** Every rule, as the source has it and as the definition reads it. */
const rules: ReadonlyArray<readonly [name: string, rule: Consensus.Rule, terms: (n: number) => Terms]> = [
  [
    "majority",
    Consensus.majority,
    (n) => ({ kind: "shares", base: "participants", quorum: half(n), acceptAt: [3, 5], rejectAt: [2, 5] })
  ],
  [
    "majority of the votes cast",
    { ...Consensus.majority, base: "cast" },
    (n) => ({ kind: "shares", base: "cast", quorum: half(n), acceptAt: [3, 5], rejectAt: [2, 5] })
  ],
  [
    "two thirds of the votes cast, or a third against, by a quorum of one",
    { quorum: () => 1, acceptAt: [2, 3], rejectAt: [1, 3], base: "cast" },
    () => ({ kind: "shares", base: "cast", quorum: 1, acceptAt: [2, 3], rejectAt: [1, 3] })
  ],
  [
    "a third of the participants either way, all having voted",
    { quorum: (n) => n, acceptAt: [1, 3], rejectAt: [1, 3], base: "participants" },
    (n) => ({ kind: "shares", base: "participants", quorum: n, acceptAt: [1, 3], rejectAt: [1, 3] })
  ],
  [
    "simple",
    Consensus.simple,
    (n) => ({ kind: "simple", base: "cast", quorum: half(n), acceptAt: [1, 2], rejectAt: [1, 2] })
  ],
  [
    "unanimous",
    Consensus.unanimous,
    (n) => ({ kind: "unanimous", base: "participants", quorum: half(n), acceptAt: [1, 1], rejectAt: [1, 1] })
  ],
  [
    "unanimous among the votes cast",
    { ...Consensus.unanimous, base: "cast" },
    (n) => ({ kind: "unanimous", base: "cast", quorum: half(n), acceptAt: [1, 1], rejectAt: [1, 1] })
  ]
]

/**
 * Goes through everything that can have been said by any of the voters, whoever spoke first; compares with the outcomes that
 * are possible from there.
 */
const walk = <S>(
  n: number,
  initial: S,
  step: (state: S, vote: Said, voter: number) => S,
  settled: (state: S) => string | undefined,
  end: (said: ReadonlyArray<Said>) => string
): void => {
  const known = new Map<string, ReadonlySet<string>>()
  const endsOf = (said: ReadonlyArray<Said | undefined>, state: S): ReadonlySet<string> => {
    const before = known.get(said.join())
    if (before !== undefined) return before
    const open = [...said.keys()].filter((voter) => said[voter] === undefined)
    const nexts = open.flatMap((voter) => votes.map((vote) => endsOf(said.with(voter, vote), step(state, vote, voter))))
    const ends =
      open.length === 0 ? new Set([end(said.map((vote) => vote ?? "silent"))]) : new Set(nexts.flatMap((it) => [...it]))
    assert.strictEqual(settled(state), ends.size === 1 ? [...ends][0] : undefined, `${n}: ${said.join()}`)
    known.set(said.join(), ends)
    return ends
  }
  endsOf(
    Array.from({ length: n }, () => undefined),
    initial
  )
}

describe("P7: no decision without its quorum, and none that depends on the order of arrival", () => {
  it.each(rules)(
    "%s: up to 6 voters, settled as soon as and only when one outcome is left, which is that of the definition",
    (_, rule, terms) => {
      for (let n = 1; n <= 6; n++) {
        walk(
          n,
          Consensus.initial(n),
          (state, vote) => Consensus.step(state, vote),
          (state) => Consensus.settled(rule, state),
          (said) => decide(terms(n), said)
        )
      }
    }
  )

  const weightings = [
    [1, 1, 1, 1, 1],
    [5, 1, 1, 1],
    [0, 2, 3, 5],
    [0, 0, 0],
    [3, 2, 2, 0, 1]
  ]
  it.each(weightings.flatMap((weights) => rules.map((rule) => [weights, ...rule] as const)))(
    "weights %j, %s: the same",
    (weights, name, rule, terms) => {
      if (name === "simple") return
      const n = weights.length
      const isUnanimous = terms(n).kind === "unanimous"
      const weighted = WeightedConsensus.terms({
        weights: Object.fromEntries(weights.map((weight, i) => [`v${i}`, `${weight}/7`])),
        quorum: rule.quorum(n),
        acceptAt: rule.acceptAt.join("/"),
        rejectAt: rule.rejectAt.join("/"),
        base: rule.base,
        isUnanimous
      })
      walk(
        n,
        WeightedConsensus.initial(weighted),
        (state, vote, voter) => WeightedConsensus.step(state, { voter: `v${voter}`, vote })[0],
        WeightedConsensus.settled,
        (said) => decide(terms(n), said, weights)
      )
    }
  )

  const Word = Schema.Array(
    Schema.Tuple([Schema.Literals(["accept", "reject", "abstain", "silent"]), Schema.Int])
  ).check(Schema.isMaxLength(40))
  law(
    "any order of arrival ends the same, by heads and by weights, and early decisions hold",
    p13,
    Arbitrary.schema(Word),
    (word) => {
      const shuffled = word.toSorted(([, a], [, b]) => a - b)
      return rules.every(([, rule]) => {
        const run = (said: typeof word) =>
          said.reduce((state, [vote]) => Consensus.step(state, vote), Consensus.initial(said.length))
        const end = Consensus.outcome(rule, run(word))
        const weights = Object.fromEntries(word.map((_, i) => [`v${i}`, `${i % 4}`]))
        const terms = WeightedConsensus.terms({ weights, base: rule.base })
        const weigh = (order: ReadonlyArray<number>) => {
          let state = WeightedConsensus.initial(terms)
          let early: string | undefined
          for (const i of order) {
            early ??= WeightedConsensus.settled(state)
            state = WeightedConsensus.step(state, { voter: `v${i}`, vote: word[i]![0] })[0]
          }
          const outcome = WeightedConsensus.outcome(state)
          return early === undefined || early === outcome ? outcome : "changed its mind"
        }
        const order = [...word.keys()]
        return (
          Consensus.outcome(rule, run(shuffled)) === end &&
          (word.length === 0 || weigh(order) === weigh(order.toSorted((a, b) => word[a]![1] - word[b]![1] || a - b))) &&
          weigh(order) !== "changed its mind"
        )
      })
    }
  )

  it("2 of 5 agents cannot accept, and neither can 3 votes of which one abstains", () => {
    const outcome = (said: ReadonlyArray<Said>) =>
      Consensus.outcome(
        Consensus.majority,
        said.reduce((state, vote) => Consensus.step(state, vote), Consensus.initial(said.length))
      )
    assert.strictEqual(outcome(["accept", "accept", "silent", "silent", "silent"]), "insufficient-votes")
    assert.strictEqual(outcome(["accept", "accept", "abstain", "silent", "silent"]), "no-clear-majority")
  })

  it("shares beyond 2^53 are compared exactly", () => {
    const most = Number.MAX_SAFE_INTEGER
    const rule: Consensus.Rule = { quorum: () => 0, acceptAt: [most - 1, most], rejectAt: [1, 1], base: "participants" }
    // (10^6 - 1) / 10^6 is below (2^53 - 2) / (2^53 - 1).
    const state: Consensus.State = { participants: 1e6, accepts: 1e6 - 1, rejects: 0, abstentions: 0, silent: 1 }
    assert.strictEqual(Consensus.outcome(rule, state), "no-clear-majority")
    assert.strictEqual(Consensus.outcome(rule, { ...state, accepts: 1e6, silent: 0 }), "accept")
  })

  it("a voter's second vote, a stranger's, and one too many are refused and change nothing", () => {
    const named = WeightedConsensus.initial(WeightedConsensus.terms({ participants: ["a", "constructor"] }))
    const [once] = WeightedConsensus.step(named, { voter: "constructor", vote: "accept" })
    assert.deepStrictEqual(WeightedConsensus.step(once, { voter: "constructor", vote: "reject" }), [
      once,
      "already voted"
    ])
    assert.deepStrictEqual(WeightedConsensus.step(once, { voter: "__proto__", vote: "reject" }), [
      once,
      "not a participant"
    ])
    const counted = WeightedConsensus.initial(WeightedConsensus.terms({ participants: 1 }))
    const [full] = WeightedConsensus.step(counted, { voter: "x", vote: "accept" })
    assert.deepStrictEqual(WeightedConsensus.step(full, { voter: "y", vote: "reject" }), [full, "all have voted"])
    assert.deepStrictEqual(full.accepts, Amount.toRational("1"))
  })
})
