import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Consensus from "../../src/voting/Consensus.ts"

const Vote = Schema.Literals(["accept", "reject", "abstain", "silent"])
const votes: ReadonlyArray<Consensus.Vote | "silent"> = ["accept", "reject", "abstain", "silent"]
const run = (rule: Consensus.Rule, said: ReadonlyArray<Consensus.Vote | "silent">) =>
  said.reduce((state, vote) => Consensus.step(rule, state, vote), Consensus.initial(said.length))

const words = (length: number): ReadonlyArray<ReadonlyArray<Consensus.Vote | "silent">> =>
  length === 0 ? [[]] : words(length - 1).flatMap((word) => votes.map((vote) => [...word, vote]))

/** The definition, written down once more in fractions and without early decisions. */
const definition = (said: ReadonlyArray<Consensus.Vote | "silent">): Consensus.Outcome => {
  const count = (vote: string) => said.filter((other) => other === vote).length
  if (said.length - count("silent") <= said.length / 2) return "insufficient-votes"
  if (count("accept") / said.length >= 0.6 - 1e-12) return "accept"
  return count("reject") / said.length >= 0.4 - 1e-12 ? "reject" : "no-clear-majority"
}

describe("P7: no decision without its quorum, and none that depends on the order of arrival", () => {
  it("every sequence of up to 6 participants gives what the definition says", () => {
    for (let n = 1; n <= 6; n++) {
      for (const said of words(n))
        assert.strictEqual(
          Consensus.outcome(Consensus.majority, run(Consensus.majority, said)),
          definition(said),
          said.join()
        )
    }
  })

  it("a session of up to 6 is settled early only by the outcome that it has in the end, whatever is still said", () => {
    let early = 0
    for (let n = 1; n <= 6; n++) {
      for (const said of words(n)) {
        const end = definition(said)
        let state = Consensus.initial(n)
        for (const vote of said) {
          const settled = Consensus.settled(Consensus.majority, state)
          if (settled !== undefined) {
            early++
            assert.strictEqual(settled, end, said.join())
          }
          state = Consensus.step(Consensus.majority, state, vote)
        }
        assert.strictEqual(Consensus.settled(Consensus.majority, state), end)
      }
    }
    assert.isAbove(early, 0)
  })

  it("a session waits no longer than it must: unsettled means that two outcomes are still possible", () => {
    for (let n = 1; n <= 5; n++) {
      for (let cut = 0; cut < n; cut++) {
        for (const said of words(cut)) {
          const state = said.reduce(
            (state, vote) => Consensus.step(Consensus.majority, state, vote),
            Consensus.initial(n)
          )
          const ends = new Set(words(n - cut).map((rest) => definition([...said, ...rest])))
          assert.strictEqual(
            Consensus.settled(Consensus.majority, state) === undefined,
            ends.size > 1,
            `${n}: ${said.join()}`
          )
        }
      }
    }
  })

  it.prop("a shuffled session of any size ends the same", [Schema.Array(Vote), Schema.Int], ([said, seed]) => {
    const shuffled = said
      .map((vote, i) => ({ vote, key: Math.sin(seed + i * 12.9898) }))
      .toSorted((a, b) => a.key - b.key)
    for (const base of ["participants", "cast"] as const) {
      const rule = { ...Consensus.majority, base }
      assert.strictEqual(
        Consensus.outcome(
          rule,
          run(
            rule,
            shuffled.map(({ vote }) => vote)
          )
        ),
        Consensus.outcome(rule, run(rule, said))
      )
    }
  })

  it("2 of 5 agents cannot accept, and neither can 3 votes of which one abstains", () => {
    assert.strictEqual(definition(["accept", "accept", "silent", "silent", "silent"]), "insufficient-votes")
    assert.strictEqual(
      Consensus.outcome(
        Consensus.majority,
        run(Consensus.majority, ["accept", "accept", "silent", "silent", "silent"])
      ),
      "insufficient-votes"
    )
    assert.strictEqual(
      Consensus.outcome(
        Consensus.majority,
        run(Consensus.majority, ["accept", "accept", "abstain", "silent", "silent"])
      ),
      "no-clear-majority"
    )
  })
})
