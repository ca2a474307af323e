/** Axioms of social choice, for rules that give a set of winners. Each is vacuously true where it does not apply. */
import type { Ballot } from "./reference/ranked.ts"
import * as reference from "./reference/ranked.ts"

type Names = ReadonlyArray<string>
type Ballots = ReadonlyArray<Ballot>

/** Winners, and whether the order of the candidates had to decide: what depends on that is left out of the axioms. */
export interface Outcome {
  readonly winners: Names
  readonly tie: boolean
}
export type Rule = (candidates: Names, ballots: Ballots) => Outcome

export interface Case {
  readonly candidates: Names
  readonly ballots: Ballots
  /** Where the axiom is tried: a ballot, a candidate. */
  readonly at: number
}

const pick = <A>(list: ReadonlyArray<A>, at: number): A => list[at % list.length]!
const isSubset = (a: Names, b: Names) => a.every((name) => b.includes(name))
const reversed = (ballots: Ballots): Ballots =>
  ballots.map(({ count, ranking }) => ({ count, ranking: ranking.toReversed() }))

/** By name, whether `rule` keeps it in this case. */
export const axioms = new Map<string, (rule: Rule, instance: Case) => boolean>([
  [
    "Condorcet winner",
    (rule, { ballots, candidates }) => {
      const winner = reference.condorcetWinner(candidates, ballots)
      return winner === undefined || rule(candidates, ballots).winners.join() === winner
    }
  ],
  [
    "Condorcet loser",
    (rule, { ballots, candidates }) => {
      const loser = reference.condorcetLoser(candidates, ballots)
      return loser === undefined || !rule(candidates, ballots).winners.includes(loser)
    }
  ],
  [
    "Smith",
    (rule, { ballots, candidates }) => isSubset(rule(candidates, ballots).winners, reference.smith(candidates, ballots))
  ],
  [
    "majority",
    (rule, { ballots, candidates }) => {
      const voters = ballots.reduce((sum, { count }) => sum + count, 0)
      const firsts = (name: string) =>
        ballots.reduce((sum, { count, ranking }) => sum + (ranking[0]?.join() === name ? count : 0), 0)
      const favourite = candidates.find((name) => 2 * firsts(name) > voters)
      return favourite === undefined || rule(candidates, ballots).winners.join() === favourite
    }
  ],
  [
    "monotone",
    (rule, { at, ballots, candidates }) => {
      const { tie, winners } = rule(candidates, ballots)
      if (ballots.length === 0) return true
      const name = pick(winners, at)
      const index = at % ballots.length
      const order = ballots[index]!.ranking.flat()
      const place = order.indexOf(name)
      const to = place === 0 ? 0 : at % place
      const raised = [...order.slice(0, to), name, ...order.slice(to).filter((other) => other !== name)]
      const changed = ballots.with(index, { ...ballots[index]!, ranking: raised.map((each) => [each]) })
      const after = rule(candidates, changed)
      return tie || after.tie || after.winners.includes(name)
    }
  ],
  [
    "reversal",
    (rule, { ballots, candidates }) => {
      const before = rule(candidates, ballots)
      const after = rule(candidates, reversed(ballots))
      if (candidates.length === 1 || before.tie || after.tie || before.winners.length > 1) return true
      return !after.winners.includes(before.winners[0]!)
    }
  ],
  [
    "clones",
    (rule, { at, ballots, candidates }) => {
      const name = pick(candidates, at)
      // Three of a kind, in one of three turns on each ballot: two could not form a cycle among themselves.
      const turn = (i: number) => Math.floor(at / 3 ** (i % 8)) % 3
      const twins = (each: string, i: number) =>
        each === name ? [[name], ["twin"], ["third"], [name], ["twin"]].slice(turn(i), turn(i) + 3) : [[each]]
      const cloned = ballots.map(({ count, ranking }, i) => ({
        count,
        ranking: ranking.flat().flatMap((each) => twins(each, i))
      }))
      const before = rule(candidates, ballots)
      const after = rule(
        candidates.flatMap((each) => (each === name ? [name, "twin", "third"] : [each])),
        cloned
      )
      const merged = new Set(after.winners.map((each) => (["twin", "third"].includes(each) ? name : each)))
      return before.tie || after.tie || (isSubset([...merged], before.winners) && isSubset(before.winners, [...merged]))
    }
  ],
  [
    "participation",
    (rule, { at, ballots, candidates }) => {
      if (ballots.length === 0) return true
      const late = pick(ballots, at)
      const before = rule(candidates, ballots.toSpliced(at % ballots.length, 1))
      const after = rule(candidates, ballots)
      if (before.tie || after.tie || before.winners.length > 1 || after.winners.length > 1) return true
      const order = late.ranking.flat()
      return order.indexOf(after.winners[0]!) <= order.indexOf(before.winners[0]!)
    }
  ],
  [
    "consistent",
    (rule, { at, ballots, candidates }) => {
      const cut = at % (ballots.length + 1)
      const one = rule(candidates, ballots.slice(0, cut))
      const other = rule(candidates, ballots.slice(cut))
      const both = one.winners.filter((name) => other.winners.includes(name))
      const whole = rule(candidates, ballots)
      if (both.length === 0 || one.tie || other.tie || whole.tie) return true
      return isSubset(whole.winners, both) && isSubset(both, whole.winners)
    }
  ]
])
