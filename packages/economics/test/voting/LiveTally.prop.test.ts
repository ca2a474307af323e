import { AllRules, LiveTally } from "@mabeam/economics"
import type { Calculator } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { campaign, law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { deliveries } from "../session/harness.ts"
import { strict } from "./elections.ts"

const run = (inputs: ReadonlyArray<LiveTally.Input>) => {
  let state = LiveTally.initial
  const told: Array<LiveTally.Output> = []
  for (const input of inputs) {
    const [next, outputs] = LiveTally.step(state, input)
    state = next
    told.push(...outputs)
  }
  return { state, told }
}
const calculators = new Map(AllRules.calculators.map((calculator) => [calculator.name, calculator]))
const single = AllRules.calculators.filter(({ name }) => name !== "all")
const decisionOf = (told: ReadonlyArray<LiveTally.Output>) => {
  const tallied = told.filter((output) => output._tag === "Tallied")
  assert.strictEqual(tallied.length, 1)
  return tallied[0]!.receipt
}
const rank = (voter: string, order: string): LiveTally.Input => ({
  _tag: "Rank",
  voter,
  ranking: order.split(">").map((tier) => tier.split("="))
})
const because = (told: ReadonlyArray<LiveTally.Output>) =>
  told.map((output) => (output._tag === "Refused" ? output.because : output._tag))

describe("a live vote", () => {
  it.each(single.map(({ name }) => name))(
    "P7: %s: every order, loss, repetition and delay of three ballots decides the same as the ballots that came",
    { timeout: 600_000 },
    (rule) => {
      const isRanked = AllRules.ranked.some(({ name }) => name === rule)
      const seats = AllRules.committees.some(({ name }) => name === rule) ? { seats: 2 } : {}
      const candidates = ["x", "y", "z"]
      const votes = ["x>y>z", "y>z>x", "z>x>y"].map((order, i): LiveTally.Input =>
        isRanked
          ? rank(`v${i}`, order)
          : { _tag: "Approve", voter: `v${i}`, approved: order.split(">").slice(0, 1 + (i % 2)) }
      )
      const voters = ["v0", "v1", "v2", "v3"]
      const decisions = new Map<string, Calculator.JsonObject>()
      for (const { after, before } of deliveries(votes)) {
        const { told } = run([
          { _tag: "Announce", rule, candidates, ...seats, voters },
          ...before,
          { _tag: "Close" },
          ...after
        ])
        const { decision } = decisionOf(told)
        // Who was heard, whatever their order: the calculator's answer on them alone.
        const heard = votes.filter((vote) => before.includes(vote))
        const key = heard.map((vote) => ("voter" in vote ? vote.voter : "")).join()
        const expected =
          decisions.get(key) ??
          Result.getOrThrow(
            calculators.get(rule)!.solve({
              candidates,
              ...seats,
              ...(isRanked
                ? { ballots: heard.flatMap((it) => (it._tag === "Rank" ? [{ count: 1, ranking: it.ranking }] : [])) }
                : { approvals: heard.flatMap((it) => (it._tag === "Approve" ? [it.approved] : [])) })
            })
          ).decision
        decisions.set(key, expected)
        assert.deepStrictEqual(decision, expected)
        const refused = told.filter((output) => output._tag === "Refused")
        assert.strictEqual(refused.length, before.length - heard.length + after.length)
      }
    }
  )

  law(
    "its receipt is decided again by the calculator, and lists each ballot that was taken",
    p13,
    strict,
    (instance) => {
      const { ballots, candidates } = instance
      const votes = ballots.map(({ ranking }, i): LiveTally.Input => ({ _tag: "Rank", voter: `v${i}`, ranking }))
      const rule = ["irv", "schulze-winning", "borda"][ballots.length % 3]!
      const { told } = run([{ _tag: "Announce", rule, candidates }, ...votes, { _tag: "Close" }])
      const receipt = decisionOf(told)
      const again = Result.getOrThrow(calculators.get(receipt.mechanism)!.solve(receipt.inputs)).decision
      const singles = { candidates, ballots: ballots.map(({ ranking }) => ({ count: 1, ranking })) }
      return (
        JSON.stringify(again) === JSON.stringify(receipt.decision) &&
        JSON.stringify(receipt.inputs) === JSON.stringify(singles)
      )
    }
  )

  it("is tallied when all have voted or are silent, once, and then closed", () => {
    const open: LiveTally.Input = {
      _tag: "Announce",
      rule: "borda",
      candidates: ["x", "y"],
      voters: ["a", "__proto__"]
    }
    const { told } = run([
      open,
      rank("__proto__", "y>x"),
      { _tag: "Silent", voter: "a" },
      rank("a", "x>y"),
      { _tag: "Close" },
      open
    ])
    assert.deepStrictEqual(because(told), ["Tallied", "closed", "closed", "already announced"])
    assert.deepStrictEqual(decisionOf(told).decision["winners"], ["y"])
    assert.deepStrictEqual(because(run([{ ...open, voters: [] }]).told), ["Tallied"])
  })

  it("refuses what is not in order, with a reason", () => {
    const open: LiveTally.Input = { _tag: "Announce", rule: "irv", candidates: ["x", "y", "z"], voters: ["a", "b"] }
    const { told } = run([
      { _tag: "Close" },
      rank("a", "x>y>z"),
      { ...open, rule: "all" },
      { ...open, rule: "constructor" },
      { ...open, rule: "pav" },
      { ...open, candidates: ["x", "x"] },
      { ...open, voters: ["a", "a"] },
      { ...open, rule: "kemeny", candidates: [..."abcdefghi"] },
      open,
      rank("c", "x>y>z"),
      rank("a", "x>y"),
      rank("a", "x>y=z"),
      { _tag: "Approve", voter: "a", approved: ["x"] },
      rank("a", "z>y>x"),
      rank("a", "x>y>z"),
      { _tag: "Silent", voter: "a" }
    ])
    assert.deepStrictEqual(because(told), [
      "not announced",
      "not announced",
      "invalid announcement",
      "invalid announcement",
      "invalid announcement",
      "invalid announcement",
      "invalid announcement",
      "invalid announcement",
      "not invited",
      "invalid ballot",
      "invalid ballot",
      "invalid ballot",
      "already answered",
      "already answered"
    ])
  })

  it("takes 100,000 ballots, refuses the next, and says when the rule cannot answer for what has come", () => {
    const { state } = run([{ _tag: "Announce", rule: "pav", candidates: ["x"], seats: 1 }])
    let next = state
    for (let i = 0; i < LiveTally.ballotsMax; i++) [next] = LiveTally.step(next, { _tag: "Silent", voter: `v${i}` })
    assert.deepStrictEqual(because(LiveTally.step(next, { _tag: "Silent", voter: "late" })[1]), ["full"])
    const many = Array.from({ length: 60 }, (_, i) => `c${i}`)
    // One ballot of 40 approvals is answered; 1,000 different ones together are too many to be summed exactly.
    const approve = (i: number): LiveTally.Input => ({
      _tag: "Approve",
      voter: `v${i}`,
      approved: many.slice(i % 20, (i % 20) + 33)
    })
    const { told } = run([
      { _tag: "Announce", rule: "pav", candidates: many, seats: 32 },
      ...Array.from({ length: 200 }, (_, i) => approve(i)),
      { _tag: "Close" }
    ])
    assert.deepStrictEqual(because(told), ["Undecided"])
  })

  const Inputs = Schema.Array(
    Schema.Tuple([
      Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 })),
      Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 }))
    ])
  ).check(Schema.isMaxLength(12))
  law(
    "any inputs in any order: at most one tally, and the state of a refusal is the one before",
    campaign(5_000, 50_000),
    Arbitrary.schema(Inputs),
    (codes) => {
      const orders = ["x>y", "y>x", "x=y", "x"]
      const inputs = codes.map(([kind, who]): LiveTally.Input => {
        const voter = `v${who}`
        if (kind === 0) return { _tag: "Close" }
        if (kind === 1) return { _tag: "Silent", voter }
        if (kind === 2)
          return { _tag: "Announce", rule: "plurality", candidates: ["x", "y"], voters: ["v0", "v1", "v2"] }
        return rank(voter, orders[(kind + who) % 4]!)
      })
      let state = LiveTally.initial
      let tallies = 0
      for (const input of inputs) {
        const [next, outputs] = LiveTally.step(state, input)
        if (outputs.some(({ _tag }) => _tag === "Refused") && next !== state) return false
        tallies += outputs.filter(({ _tag }) => _tag === "Tallied").length
        state = next
      }
      return tallies === (state._tag === "Closed" ? 1 : 0)
    }
  )
})
