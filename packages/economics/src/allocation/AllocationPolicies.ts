/**
 * Ways of deciding who gets a task and what he is paid for trying, from the same information.
 *
 * **Guarantees** A policy is a pure function of its memory, a task and the offers for it. Every policy is shown the same: the
 * task, its value to the buyer, and of each agent who is free, could finish in time and has not tried this task the stated
 * skill and the price asked. All are told the same afterwards: who tried, and whether it succeeded. True skills, true costs
 * and who lies are shown to none. What each uses of it:
 *
 * | policy | takes | uses | pays |
 * | --- | --- | --- | --- |
 * | `random` | anyone | nothing | the price asked |
 * | `round robin` | the next in order | whose turn it was | the price asked |
 * | `greedy` | the highest `value·stated skill − price` | statements | the price asked |
 * | `greedy by skill` | the highest stated skill | statements | the price asked |
 * | `reputation` | the highest expected success | statements, outcomes | the price asked |
 * | `auction` | the highest `value·stated skill − price` | statements | by the second-price rule |
 * | `reputation, price` | the highest `value·expected success − price` | statements, outcomes | the price asked |
 * | `auction, reputation` | the highest `value·expected success − price` | statements, outcomes | by the second-price rule |
 *
 * The auctions are second-score auctions (Che, "Design Competition through Multidimensional Auctions", 1993): `SecondPrice`
 * over what each offer is expected to leave the buyer. The winner leaves him what the second best would have, or nothing if
 * there is none, so asking one's cost is a dominant strategy in each auction. Whoever compares with the value takes nobody
 * rather than expect a loss.
 *
 * `auction` takes whom `greedy` takes, and `auction, reputation` whom `reputation, price` takes, as long as all ask the
 * same of both: who is taken is the work of reputation, what asking more brings is the work of the auction.
 *
 * The expected success is the score of `Reputation` by agent and kind, with the agent's own statement in place of the
 * newcomer's base: a statement counts as much as two outcomes, and less the more of them are known.
 *
 * **Does not guarantee** That asking one's cost is dominant over many auctions (an agent may lose money now to be tried), or
 * that a task waits for a better agent: who is free now is all there is.
 *
 * **Example**
 *
 * ```ts
 * import { AllocationPolicies } from "@mabeam/economics"
 *
 * const task = { id: 0, kind: 0, value: 1000, at: 0 }
 * const offers = [
 *   { agent: "ada", place: 0, skill: 0.9, price: 300 },
 *   { agent: "bob", place: 1, skill: 0.7, price: 200 }
 * ]
 * const award = (policy: AllocationPolicies.Policy) =>
 *   policy.choose(AllocationPolicies.start(["ada", "bob"], 1, 1), task, offers)[1]
 * award(AllocationPolicies.greedy) // => { place: 0, price: 300 }
 * award(AllocationPolicies.auction) // => { place: 0, price: 400 }
 * ```
 *
 * @since 0.1.0
 */
import { Option, Result } from "effect"
import * as SecondPrice from "../auction/SecondPrice.ts"
import * as Machine from "../economy/Machine.ts"
import * as Reputation from "../economy/Reputation.ts"
import { hashedChance } from "../internal/hashedChance.ts"

/** What is known of a task when it is given away. */
export interface Task {
  readonly id: number
  readonly kind: number
  /** What success is worth, in minor units. */
  readonly value: number
  /** The present tick. */
  readonly at: number
}

/** An agent who could take the task, with what he states. */
export interface Offer {
  readonly agent: string
  /** His place in the order of agents; offers come in this order. */
  readonly place: number
  readonly skill: number
  /** What he asks for trying, in minor units. */
  readonly price: number
}

/** Who gets the task, and what he is paid for trying, in whole minor units. */
export interface Award {
  readonly place: number
  readonly price: number
}

/** What everybody is told when a try has ended. */
export interface Outcome {
  /** Unique. */
  readonly id: string
  readonly agent: string
  readonly kind: number
  readonly at: number
  readonly success: boolean
}

/** What a policy remembers. */
export interface Memory {
  readonly seed: number
  /** How many awards were made. */
  readonly turn: number
  /** Whom it took last; -1 at first. */
  readonly last: number
  readonly reputation: Reputation.State
}

/** A policy: `choose` gives the memory after an award, `learn` after an outcome. */
export interface Policy {
  readonly name: string
  readonly choose: (memory: Memory, task: Task, offers: ReadonlyArray<Offer>) => readonly [Memory, Award | undefined]
  readonly learn: (memory: Memory, outcome: Outcome) => Memory
}

const market = "market"

/** How reputations are kept: rated by the market alone; one tick is one millisecond to them. */
export const reputationOptions: Reputation.Options = { trusted: [market], base: 0.5, prior: 2, halfLifeMillis: 200 }

const machine = Reputation.make(reputationOptions)

const subjectOf = (agent: string, kind: number): string => `${agent}, kind ${kind}`

/** A memory without experience. */
export const start = (agents: ReadonlyArray<string>, kinds: number, seed: number): Memory => {
  const commands = agents.flatMap((agent) =>
    Array.from({ length: kinds }, (_, kind): Reputation.Command => {
      return { _tag: "Register", agent: subjectOf(agent, kind), at: 0, stake: 0n }
    })
  )
  return { seed, turn: 0, last: -1, reputation: Machine.run(machine, commands).state }
}

/** The success to expect of an offer: what he states, corrected by what was seen of him. */
export const expectedSuccess = ({ reputation }: Memory, { at, kind }: Task, { agent, skill }: Offer): number => {
  const { confidence, score } = Reputation.standing(reputation, subjectOf(agent, kind), at)
  return Math.min(1, Math.max(0, score + (1 - confidence) * (skill - reputation.rules.base)))
}

const learnNothing: Policy["learn"] = (memory) => memory

const learnOutcomes: Policy["learn"] = (memory, { agent, at, id, kind, success }) => {
  const subject = subjectOf(agent, kind)
  const command = { _tag: "Record", id, at, subject, rater: market, quality: success ? 1 : 0 } as const
  const { state } = Result.getOrThrow(Machine.handle(machine, memory.reputation, command))
  return { ...memory, reputation: state }
}

const take = (memory: Memory, offer: Offer | undefined, price = offer?.price): ReturnType<Policy["choose"]> => {
  if (offer === undefined || price === undefined) return [memory, undefined]
  return [
    { ...memory, turn: memory.turn + 1, last: offer.place },
    { place: offer.place, price }
  ]
}

type Measure = (memory: Memory, task: Task, offer: Offer) => number

const statedSuccess: Measure = (_, __, { skill }) => skill

/** What an offer is expected to leave the buyer. */
const surplus =
  (success: Measure): Measure =>
  (memory, task, offer) =>
    task.value * success(memory, task, offer) - offer.price

/** Takes the offer that measures most and at least `least`, the cheaper one among equals, then the earlier. */
const best =
  (measure: Measure, least: number): Policy["choose"] =>
  (memory, task, offers) => {
    let found: Offer | undefined
    let most = least
    for (const offer of offers) {
      const measured = measure(memory, task, offer)
      const better = found === undefined ? measured >= most : measured > most
      if (!better && !(found !== undefined && measured === most && offer.price < found.price)) continue
      found = offer
      most = measured
    }
    return take(memory, found)
  }

/** Sells the task by a second-price auction in which agents bid what they are expected to leave the buyer. */
const secondScore =
  (success: Measure): Policy["choose"] =>
  (memory, task, offers) => {
    const left = offers.map((offer) => surplus(success)(memory, task, offer))
    // An offer that is expected to cost more than it brings is no bid.
    const bids = offers.flatMap(({ agent }, index) => {
      const amount = left[index] ?? -1
      return amount >= 0 ? [{ bidder: agent, amount }] : []
    })
    const { price, winner } = SecondPrice.decide(bids, 0)
    const index = offers.findIndex(({ agent }) => agent === Option.getOrUndefined(winner))
    const offer = offers[index]
    if (offer === undefined) return take(memory, undefined)
    // By as much as he beats the second best, rounded down to a whole unit.
    return take(memory, offer, offer.price + Math.floor((left[index] ?? 0) - price))
  }

/** Anyone, each with the same chance. */
export const random: Policy = {
  name: "random",
  choose: (memory, { id }, offers) =>
    take(memory, offers[Math.floor(hashedChance(memory.seed, 4, id, memory.turn) * offers.length)]),
  learn: learnNothing
}

/** The first after the one it took last, in the order of agents. */
export const roundRobin: Policy = {
  name: "round robin",
  choose: (memory, _, offers) => take(memory, offers.find(({ place }) => place > memory.last) ?? offers[0]),
  learn: learnNothing
}

/** The best offer, if all statements were true. */
export const greedy: Policy = { name: "greedy", choose: best(surplus(statedSuccess), 0), learn: learnNothing }

/** The highest stated skill, at any price. */
export const greedyBySkill: Policy = { name: "greedy by skill", choose: best(statedSuccess, 0), learn: learnNothing }

/** The highest expected success, at any price. */
export const reputation: Policy = { name: "reputation", choose: best(expectedSuccess, 0), learn: learnOutcomes }

/** An auction that believes what is stated. */
export const auction: Policy = { name: "auction", choose: secondScore(statedSuccess), learn: learnNothing }

/** Chooses as `auctionWithReputation`, and pays what is asked. */
export const reputationAndPrice: Policy = {
  name: "reputation, price",
  choose: best(surplus(expectedSuccess), 0),
  learn: learnOutcomes
}

/** An auction that believes what was seen. */
export const auctionWithReputation: Policy = {
  name: "auction, reputation",
  choose: secondScore(expectedSuccess),
  learn: learnOutcomes
}

/** The auction with reputation first, then what it is compared with, then what it is made of. */
export const all: readonly [Policy, ...ReadonlyArray<Policy>] = [
  auctionWithReputation,
  random,
  roundRobin,
  greedy,
  greedyBySkill,
  auction,
  reputation,
  reputationAndPrice
]
