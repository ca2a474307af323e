import { assert, beforeAll, describe, it } from "@effect/vitest"
import { AllocationComparison, AllocationPolicies, AllocationWorld } from "@mabeam/economics"

const { auction, auctionWithReputation, greedy, greedyBySkill, random, reputationAndPrice, roundRobin } =
  AllocationPolicies
const { liars } = AllocationWorld.presets

const contest = [auctionWithReputation, random, roundRobin, greedy, greedyBySkill, auction] as const
const seeds = Array.from({ length: 30 }, (_, index) => index + 1)
const rowsOf = (settings: AllocationWorld.Settings, policies: ReadonlyArray<AllocationPolicies.Policy>) =>
  seeds.map((seed) => AllocationComparison.measure(settings, seed, policies))

const differenceFrom = ({ differences }: AllocationComparison.Comparison, { name }: AllocationPolicies.Policy) => {
  const found = differences.find(({ policy }) => policy === name)
  return (found ?? assert.fail(`${name} is missing`)).figures
}

describe("auction with reputation over 30 seeds, a quarter of the agents lying", () => {
  let lying: ReadonlyArray<AllocationComparison.Row> = []
  let honest: ReadonlyArray<AllocationComparison.Row> = []
  beforeAll(() => {
    lying = rowsOf(liars, contest)
    honest = rowsOf(AllocationComparison.honest(liars), contest)
  }, 300_000)

  const amongLiars = () => AllocationComparison.summarize(contest, lying)
  const gainUnder = ({ name }: AllocationPolicies.Policy) => {
    const gains = AllocationComparison.summarizeGains(contest, lying, honest)
    const { gain, honest: before } = gains.find(({ policy }) => policy === name) ?? assert.fail(`${name} is missing`)
    return { ...gain, share: gain.mean / before.mean }
  }

  for (const other of [random, roundRobin, greedy, greedyBySkill]) {
    it(`beats ${other.name}: throughput, success rate and welfare, by intervals above 0; cost per success below 0`, () => {
      const { costPerSuccess, successRate, throughput, welfarePerTask } = differenceFrom(amongLiars(), other)
      assert.strictEqual(successRate.values, seeds.length)
      assert.isAbove(throughput.low, 0)
      assert.isAbove(successRate.low, 0)
      assert.isAbove(welfarePerTask.low, 0)
      assert.isBelow(costPerSuccess.high, 0)
    })
  }

  it("does not win everything: it pays more than greedy, as long as all ask the same of both", () => {
    assert.isBelow(differenceFrom(amongLiars(), greedy).buyerGainPerTask.high, 0)
  })

  it("does not beat greedy where nobody lies: statements are then the truth, and outcomes only chance", () => {
    const amongHonest = AllocationComparison.summarize(contest, honest)
    const { successRate, welfarePerTask } = differenceFrom(amongHonest, greedy)
    assert.isBelow(successRate.high, 0)
    assert.isBelow(welfarePerTask.high, 0)
    for (const other of [random, roundRobin]) assert.isAbove(differenceFrom(amongHonest, other).welfarePerTask.low, 0)
  })

  it("lying gains where statements are believed, and nothing that could be told from 0 under reputation", () => {
    for (const believer of [greedy, greedyBySkill, auction]) {
      assert.isAbove(gainUnder(believer).low, 0, believer.name)
      assert.isAbove(gainUnder(believer).share, 0.3, believer.name)
    }
    assert.isBelow(gainUnder(auctionWithReputation).low, 0)
    assert.isBelow(gainUnder(auctionWithReputation).share, 0.1)
    const { high, low } = gainUnder(random)
    assert.deepStrictEqual([low, high], [0, 0])
  })

  it("liars work less under reputation than where they are believed", () => {
    for (const believer of [greedy, greedyBySkill, auction]) {
      assert.isBelow(differenceFrom(amongLiars(), believer).liarShare.high, 0, believer.name)
    }
  })

  it("an auction takes whom the greedy policy of the same measure takes: it differs by what it pays", () => {
    const welfare = (index: number) => lying.map((row) => row[index]?.welfarePerTask)
    assert.deepStrictEqual(welfare(5), welfare(3))
    const [first] = rowsOf({ ...liars, ticks: 100 }, [auctionWithReputation, reputationAndPrice])
    assert.strictEqual(first?.[0]?.welfarePerTask, first?.[1]?.welfarePerTask)
    assert.isAbove(first?.[0]?.paidPerSuccess ?? 0, first?.[1]?.paidPerSuccess ?? Infinity)
  })
})

describe("AllocationComparison", () => {
  const short = { ...liars, ticks: 60 }
  const few = seeds.slice(0, 12)

  it("asking more gains where asks are paid as they are", () => {
    const [paid] = AllocationComparison.gains(AllocationComparison.asking(liars, 1.2), seeds.slice(0, 20), [greedy])
    assert.isAbove(paid?.gain.low ?? Number.NaN, 0)
  })

  it("the same settings, seeds and policies give the same comparison", () => {
    assert.deepStrictEqual(AllocationComparison.compare(short, few), AllocationComparison.compare(short, few))
  })

  it("differences are taken seed by seed: their interval is that of the paired sample", () => {
    const rows = few.map((seed) => AllocationComparison.measure(short, seed, [greedy, random]))
    const { differences, policies } = AllocationComparison.summarize([greedy, random], rows)
    const pairs = rows.map(([a, b]) => (a?.successRate ?? Number.NaN) - (b?.successRate ?? Number.NaN))
    const mean = pairs.reduce((sum, each) => sum + each, 0) / pairs.length
    const square = pairs.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (pairs.length - 1)
    const { successRate } = differences[0]?.figures ?? assert.fail("nothing was compared")
    assert.approximately(successRate.mean, mean, 1e-12)
    // The published 97.5th percentile for 11 degrees of freedom.
    assert.approximately(successRate.high - mean, 2.200985 * Math.sqrt(square / pairs.length), 1e-4)
    assert.deepStrictEqual(
      policies.map(({ policy }) => policy),
      ["greedy", "random"]
    )
  })

  it("agents who are all alike leave nothing to choose: no policy is told from another", () => {
    const { differences } = AllocationComparison.compare({ ...AllocationWorld.presets.equal, ticks: 150 }, seeds, [
      auctionWithReputation,
      random,
      roundRobin,
      greedy
    ])
    for (const { figures } of differences) {
      assert.isBelow(Math.abs(figures.successRate.mean), 0.02)
      assert.isBelow(Math.abs(figures.throughput.mean), 5)
    }
  })

  it("without liars there is no gain of theirs to speak of", () => {
    const [none] = AllocationComparison.gains({ ...short, liars: 0 }, few.slice(0, 5), [random])
    assert.deepStrictEqual([none?.gain.values, none?.gain.mean], [0, Number.NaN])
  })

  it("fewer than 5 seeds have no intervals", () => {
    const { differences, seeds: count } = AllocationComparison.compare(short, [1, 2, 3, 4], [greedy, random])
    assert.strictEqual(count, 4)
    assert.isNaN(differences[0]?.figures.successRate.low)
  })
})
