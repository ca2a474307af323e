import { assert, describe, it } from "@effect/vitest"
import { AllocationPolicies } from "@mabeam/economics"
import { campaign, law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { type Dice, dice } from "../economy/dice.ts"
import { seeds } from "./worlds.ts"

const { auction, auctionWithReputation, greedy, greedyBySkill, random, reputation, reputationAndPrice, roundRobin } =
  AllocationPolicies

const names = ["ada", "bob", "cleo", "dan", "eve"]

/** Experience: outcomes of earlier tries, oldest first. */
const experience = ({ below, pick, share }: Dice): ReadonlyArray<AllocationPolicies.Outcome> =>
  Array.from({ length: below(12) }, (_, index) => {
    const agent = pick(["ada", "bob", "cleo", "dan", "eve"])
    return { id: `${index}`, agent, kind: below(2), at: 40 * index + below(40), success: share() < 0.6 }
  })

const after = (outcomes: ReadonlyArray<AllocationPolicies.Outcome>): AllocationPolicies.Memory =>
  outcomes.reduce(auctionWithReputation.learn, AllocationPolicies.start(names, 2, 1))

/** Offers with statements in 64ths and whole values, so that all sums are exact and not whole; some are equal. */
const market = ({ below, share }: Dice) => {
  const task = { id: 1, kind: below(2), value: 4 * (1 + below(320)), at: 500 }
  const offers = names.flatMap((agent, place) =>
    share() < 0.3 ? [] : [{ agent, place, skill: below(65) / 64, price: 1 + below(600) }]
  )
  return { task, offers }
}

const award = (
  policy: AllocationPolicies.Policy,
  memory: AllocationPolicies.Memory,
  task: AllocationPolicies.Task,
  offers: ReadonlyArray<AllocationPolicies.Offer>
) => policy.choose(memory, task, offers)[1]

/** What an agent with a cost has of an award. */
const profit = (given: AllocationPolicies.Award | undefined, place: number, cost: number): number =>
  given?.place === place ? given.price - cost : 0

/** The success to expect, by its definition: outcomes weighted by age, and the statement as two more. */
const expected = (
  outcomes: ReadonlyArray<AllocationPolicies.Outcome>,
  { at, kind }: AllocationPolicies.Task,
  { agent, skill }: AllocationPolicies.Offer
): number => {
  const seen = outcomes.filter((each) => each.agent === agent && each.kind === kind)
  const weights = seen.map((each) => 0.5 ** ((at - each.at) / 200))
  const good = seen.reduce((sum, { success }, index) => sum + (success ? (weights[index] ?? 0) : 0), 0)
  return (good + 2 * skill) / (weights.reduce((sum, weight) => sum + weight, 0) + 2)
}

describe("AllocationPolicies: the auction", () => {
  law("takes the highest surplus and pays what the winner could have asked at most", p13, seeds, (seed) => {
    const { offers, task } = market(dice(seed))
    const given = award(auction, after([]), task, offers)
    const left = offers.map(({ price, skill }) => task.value * skill - price)
    const best = Math.max(...left)
    if (!(best >= 0)) return given === undefined
    const index = offers.findIndex(({ place }) => place === given?.place)
    const rivals = Math.max(0, ...left.filter((_, other) => other !== index))
    const ceiling = Math.floor(task.value * (offers[index]?.skill ?? Number.NaN) - rivals)
    return left[index] === best && given?.price === ceiling
  })

  law("asking one's cost is dominant in a single auction: no other ask gives more", p13, seeds, (seed) => {
    const chance = dice(seed)
    const { offers, task } = market(chance)
    const outcomes = experience(chance)
    return offers.every((offer, index) => {
      const asking = (policy: AllocationPolicies.Policy, memory: AllocationPolicies.Memory, price: number) =>
        profit(award(policy, memory, task, offers.with(index, { ...offer, price })), offer.place, offer.price)
      const other = chance.pick([1, Math.max(1, offer.price - 1), offer.price + 1, 1 + chance.below(1200)])
      const honest = asking(auction, after([]), offer.price)
      const learned = after(outcomes)
      const trusted = asking(auctionWithReputation, learned, offer.price)
      return (
        honest >= 0 &&
        honest >= asking(auction, after([]), other) &&
        // Expected successes are no 64ths: rounding can shift the whole unit to which payments are rounded down.
        trusted >= 0 &&
        trusted + 1 >= asking(auctionWithReputation, learned, other)
      )
    })
  })

  it("where asks are paid as they are, asking more than one's cost gains: a found example", () => {
    const task = { id: 0, kind: 0, value: 1000, at: 0 }
    const offers = (price: number) => [
      { agent: "ada", place: 0, skill: 0.9, price },
      { agent: "bob", place: 1, skill: 0.7, price: 200 }
    ]
    for (const policy of [greedy, reputationAndPrice]) {
      assert.strictEqual(profit(award(policy, after([]), task, offers(300)), 0, 300), 0)
      assert.strictEqual(profit(award(policy, after([]), task, offers(399)), 0, 300), 99)
    }
    assert.strictEqual(profit(award(auction, after([]), task, offers(300)), 0, 300), 100)
    assert.strictEqual(profit(award(auction, after([]), task, offers(399)), 0, 300), 100)
  })

  it("claiming more skill gains in an auction that believes it, and nothing once it has been seen through", () => {
    const task = { id: 0, kind: 0, value: 1000, at: 100 }
    const offers = (skill: number) => [
      { agent: "ada", place: 0, skill, price: 300 },
      { agent: "bob", place: 1, skill: 0.7, price: 300 }
    ]
    assert.strictEqual(profit(award(auction, after([]), task, offers(0.5)), 0, 300), 0)
    assert.strictEqual(profit(award(auction, after([]), task, offers(0.95)), 0, 300), 250)
    const failures = Array.from({ length: 4 }, (_, index) => {
      return { id: `${index}`, agent: "ada", kind: 0, at: 90 + index, success: index === 0 }
    })
    assert.strictEqual(profit(award(auctionWithReputation, after(failures), task, offers(0.95)), 0, 300), 0)
  })

  it("nobody is taken at an expected loss, and nobody from no offers", () => {
    const task = { id: 0, kind: 0, value: 100, at: 0 }
    const dear = [{ agent: "ada", place: 0, skill: 0.5, price: 51 }]
    const just = [{ agent: "ada", place: 0, skill: 0.5, price: 50 }]
    for (const policy of [auction, auctionWithReputation, greedy, reputationAndPrice]) {
      assert.isUndefined(award(policy, after([]), task, dear), policy.name)
      assert.deepStrictEqual(award(policy, after([]), task, just), { place: 0, price: 50 }, policy.name)
    }
    for (const policy of AllocationPolicies.all) assert.isUndefined(award(policy, after([]), task, []), policy.name)
  })
})

describe("AllocationPolicies: what is expected", () => {
  law("is the share of successes, by age, with the statement as two more", p13, seeds, (seed) => {
    const chance = dice(seed)
    const outcomes = experience(chance)
    const memory = after(outcomes)
    const { offers, task } = market(chance)
    return offers.every(
      (offer) =>
        Math.abs(AllocationPolicies.expectedSuccess(memory, task, offer) - expected(outcomes, task, offer)) < 1e-9
    )
  })

  law("what is measured decides: each greedy policy takes the most of its own measure", p13, seeds, (seed) => {
    const chance = dice(seed)
    const outcomes = experience(chance)
    const { offers, task } = market(chance)
    const most = (
      policy: AllocationPolicies.Policy,
      measure: (offer: AllocationPolicies.Offer) => number,
      least: number
    ) => {
      const given = award(policy, after(outcomes), task, offers)
      const best = Math.max(...offers.map(measure))
      const taken = offers.find(({ place }) => place === given?.place)
      // Within rounding of nothing, taking the offer and leaving it are the same to the buyer.
      if (taken === undefined) return !(best >= least + 1e-9)
      return Math.abs(measure(taken) - best) < 1e-9 && best >= least - 1e-9
    }
    const seen = (offer: AllocationPolicies.Offer) => expected(outcomes, task, offer)
    return (
      most(greedy, ({ price, skill }) => task.value * skill - price, 0) &&
      most(greedyBySkill, ({ skill }) => skill, -1) &&
      most(reputation, seen, -1) &&
      most(reputationAndPrice, (offer) => task.value * seen(offer) - offer.price, 0)
    )
  })

  law(
    "whoever believes statements learns nothing, and choosing changes no reputation",
    campaign(1000, 10_000),
    seeds,
    (seed) => {
      const chance = dice(seed)
      const memory = after(experience(chance))
      const { offers, task } = market(chance)
      const outcome = { id: "new", agent: "ada", kind: 0, at: 600, success: true }
      return (
        [random, roundRobin, greedy, greedyBySkill, auction].every(({ learn }) => learn(memory, outcome) === memory) &&
        AllocationPolicies.all.every(({ choose }) => choose(memory, task, offers)[0].reputation === memory.reputation)
      )
    }
  )
})

describe("AllocationPolicies: nothing is measured", () => {
  const offers = names.map((agent, place) => ({ agent, place, skill: 0.5, price: 10 + place }))

  const taken = (policy: AllocationPolicies.Policy, count: number, seed = 1) => {
    let memory = AllocationPolicies.start(names, 1, seed)
    const places: Array<number> = []
    for (let id = 0; id < count; id++) {
      const [next, given] = policy.choose(memory, { id, kind: 0, value: 1000, at: id }, offers)
      memory = next
      assert.strictEqual(given?.price, 10 + (given?.place ?? Number.NaN))
      places.push(given?.place ?? -1)
    }
    return places
  }

  it("round robin takes each in turn, and passes over who is not free", () => {
    assert.deepStrictEqual(taken(roundRobin, 12), [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1])
    const task = { id: 0, kind: 0, value: 1000, at: 0 }
    const [second] = roundRobin.choose(AllocationPolicies.start(names, 1, 1), task, offers.slice(1))
    assert.strictEqual(second.last, 1)
    assert.strictEqual(award(roundRobin, second, task, [...offers.slice(0, 2), ...offers.slice(3)])?.place, 3)
    assert.strictEqual(award(roundRobin, second, task, offers.slice(0, 1))?.place, 0)
  })

  it("random takes everybody equally often, as the seed says", () => {
    const places = taken(random, 5000)
    const counts = names.map((_, place) => places.filter((each) => each === place).length)
    // Chi-square with 4 degrees of freedom is above 18.5 once in a thousand seeds.
    assert.isBelow(
      counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0),
      18.5
    )
    assert.deepStrictEqual(taken(random, 50), places.slice(0, 50))
    assert.notDeepEqual(taken(random, 50, 2), places.slice(0, 50))
  })
})
