import { AllRules, Ballots, Pairwise } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { readFileSync } from "node:fs"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { type Case, type Rule, axioms } from "./axioms.ts"
import { strict, weak } from "./elections.ts"

const rules = new Map(
  AllRules.ranked.map(({ decide, name }): readonly [string, Rule] => [
    name,
    (candidates, ballots) => {
      const [first, ...others] = candidates
      assert(first !== undefined)
      const tiers = ballots.map(({ count, ranking }) => ({
        count,
        ranking: ranking.flatMap(([best, ...rest]) => (best === undefined ? [] : [[best, ...rest] as const]))
      }))
      const election = Result.getOrThrow(Ballots.elect({ candidates: [first, ...others], ballots: tiers }))
      const { tie, winners } = Result.getOrThrow(decide(election, Pairwise.count(election)))
      // Kemeny's tie is one of rankings; its winners are all there are.
      return { winners: JSON.parse(JSON.stringify(winners)), tie: tie === true && name !== "kemeny" }
    }
  ])
)

/** What the documentation says: by rule, by axiom, yes or no. */
const table = (() => {
  const source = readFileSync(new URL("../../src/voting/RankedRule.ts", import.meta.url), "utf8")
  const rows = source
    .split("\n")
    .filter((line) => line.startsWith(" * | ") && !line.includes("---"))
    .map((line) => line.slice(5, -2).split(" | "))
  const [[, ...heads] = [], ...lines] = rows
  return lines.flatMap(([family = "", ...cells]) =>
    cells.map((cell, i) => ({ family, axiom: heads[i] ?? "", isKept: cell === "yes" }))
  )
})()

const membersOf = (family: string) => [...rules].filter(([name]) => name === family || name.startsWith(`${family}-`))
const At = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100_000 })))
const withPlace = (elections: typeof strict): Arbitrary.Arbitrary<Case> =>
  Arbitrary.map(Arbitrary.all([elections, At]), ([election, at]) => ({ ...election, at }))

describe("axioms that rules keep", () => {
  it("the table speaks of 8 families and 9 axioms, all of which are tried", () => {
    assert.strictEqual(table.length, 72)
    assert.isTrue(table.every(({ axiom, family }) => axioms.has(axiom) && membersOf(family).length > 0))
  })
  for (const [axiom, holds] of axioms) {
    const keepers = table
      .filter((cell) => cell.axiom === axiom && cell.isKept)
      .flatMap(({ family }) => membersOf(family))
    law(`${axiom}: ${keepers.map(([name]) => name).join(", ")}`, p13, withPlace(strict), (instance) =>
      keepers.every(([, rule]) => holds(rule, instance))
    )
  }
  const onPairs = [...rules].filter(([name]) => !["plurality", "irv"].includes(name))
  law(
    "anonymous: the order of the ballots, and counts in place of copies, change nothing",
    p13,
    weak,
    ({ ballots, candidates }) => {
      const singles = ballots
        .toReversed()
        .flatMap(({ count, ranking }) => Array.from({ length: count }, () => ({ count: 1, ranking })))
      return onPairs.every(
        ([, rule]) => rule(candidates, ballots).winners.join() === rule(candidates, singles).winners.join()
      )
    }
  )
  law(
    "neutral: other names, or another order of them, give the same winners where no tie is broken",
    p13,
    weak,
    ({ ballots, candidates }) =>
      onPairs.every(([, rule]) => {
        const rename = (name: string) => `${candidates.length - candidates.indexOf(name)}`
        const before = rule(candidates, ballots)
        const after = rule(
          candidates.map(rename).toSorted(),
          ballots.map(({ count, ranking }) => ({ count, ranking: ranking.map((tier) => tier.map(rename)) }))
        )
        return before.tie || before.winners.map(rename).toSorted().join() === after.winners.toSorted().join()
      })
  )
})

/** Elections of three or four candidates and a few blocks of voters, from a seed. */
const caseOf = (seed: number): Case => {
  let state = seed * 7919 + 1
  const chance = (n: number) => {
    state = (state * 48_271) % 2_147_483_647
    return Math.floor((state / 2_147_483_647) * n)
  }
  for (let i = 0; i < 5; i++) chance(2)
  const candidates = ["a", "b", "c", "d"].slice(0, 3 + chance(2))
  const ballots = Array.from({ length: 3 + chance(4) }, () => {
    const left = [...candidates]
    return { count: 1 + chance(12), ranking: candidates.map(() => left.splice(chance(left.length), 1)) }
  })
  return { candidates, ballots, at: chance(100_000) }
}

describe("axioms that rules break: an example is found for each", () => {
  for (const { axiom, family, isKept } of table) {
    if (isKept) continue
    for (const [name, rule] of membersOf(family)) {
      it(`${name} is not always ${axiom}`, { timeout: 60_000 }, () => {
        const holds = axioms.get(axiom)!
        let seed = 0
        while (seed < 40_000 && holds(rule, caseOf(seed))) seed++
        assert.isBelow(seed, 40_000)
      })
    }
  }
})
