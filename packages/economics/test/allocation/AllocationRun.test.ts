import { assert, describe, it } from "@effect/vitest"
import { AllocationPolicies, AllocationRun, AllocationWorld, Ledger } from "@mabeam/economics"
import { campaign, law } from "@foundation/core/testing/law"
import * as Audit from "./reference/audit.ts"
import { policyOf, seeds, worldOf } from "./worlds.ts"

const runs = campaign(2_000, 20_000)

const rulesOf = ({ agents, settings, tasks }: AllocationWorld.World): Audit.Rules => ({
  attemptsMax: settings.attemptsMax,
  agents,
  tasks
})

const budgetOf = ({ settings, tasks }: AllocationWorld.World): number =>
  tasks.reduce((sum, { value }) => sum + value, 0) * settings.attemptsMax

/** A random small world under a random policy, as the auditor sees it. */
const audited = (seed: number) => {
  const world = worldOf(seed)
  const { events, state } = AllocationRun.run(world, policyOf(seed))
  return { world, events, state, rules: rulesOf(world) }
}

const clean = (name: string, audit: (rules: Audit.Rules, log: ReadonlyArray<Audit.Entry>) => ReadonlyArray<string>) =>
  law(name, runs, seeds, (seed) => {
    const { events, rules } = audited(seed)
    return audit(rules, events).length === 0
  })

describe("AllocationRun laws", () => {
  clean("nobody works on more than his capacity", Audit.overloaded)
  clean("work begins after arrival, takes size / speed ticks and ends in time", Audit.outOfTime)
  clean("a task has one try at a time, none twice by the same agent, no more than allowed", Audit.triedWrongly)
  clean("every task ends exactly once, as its tries say, and every try ends", Audit.endedWrongly)

  law("money is conserved, and everybody has what the tries say, to the unit", runs, seeds, (seed) => {
    const { events, rules, state, world } = audited(seed)
    const { credits, debits } = Ledger.trialBalance(state.ledger)
    const budget = budgetOf(world)
    const wanted = Audit.balances(budget, rules, events)
    const names = Ledger.names(state.ledger)
    const total = names.reduce((sum, name) => sum + Ledger.balance(state.ledger, name), 0n)
    return (
      credits === debits &&
      total === BigInt(budget) &&
      Ledger.supply(state.ledger) === BigInt(budget) &&
      names.length === wanted.size &&
      names.every((name) => Ledger.balance(state.ledger, name) === BigInt(wanted.get(name) ?? Number.NaN))
    )
  })

  law(
    "at any tick, every task that has arrived waits, is worked on, or has ended: one of the three",
    runs,
    seeds,
    (seed) => {
      const world = worldOf(seed)
      const policy = policyOf(seed)
      const ended: Array<number> = []
      for (let state = AllocationRun.initial(world); !AllocationRun.isOver(world, state);) {
        const [next, events] = AllocationRun.step(world, policy, state)
        for (const event of events) if (event._tag === "Ended") ended.push(event.task)
        const places = [...next.waiting.map(({ task }) => task.id), ...next.working.map(({ task }) => task), ...ended]
        const arrived = world.tasks.filter(({ at }) => at <= state.tick).map(({ id }) => id)
        if (places.sort((a, b) => a - b).join() !== arrived.join()) return false
        const { credits, debits } = Ledger.trialBalance(next.ledger)
        if (credits !== debits || Ledger.supply(next.ledger) !== BigInt(budgetOf(world))) return false
        state = next
      }
      return ended.length === world.tasks.length
    }
  )

  law("nobody is paid less than he asks, and a run twice is the same run", runs, seeds, (seed) => {
    const { events, world } = audited(seed)
    const fair = events.every((event) => {
      if (event._tag !== "Started") return true
      const agent = world.agents.find(({ name }) => name === event.agent)
      const task = world.tasks[event.task]
      return agent !== undefined && task !== undefined && event.price >= AllocationWorld.asks(world, agent, task)
    })
    return fair && JSON.stringify(events) === JSON.stringify(audited(seed).events)
  })
})

describe("AllocationRun", () => {
  const world = AllocationWorld.make({ ...AllocationWorld.presets.liars, ticks: 120 }, 11)
  const everyone = () =>
    AllocationPolicies.all.map((policy) => [policy.name, AllocationRun.run(world, policy).events] as const)

  it("all that can happen does: done, failed and expired tasks, and second tries", () => {
    const crowd = AllocationWorld.make({ ...AllocationWorld.presets.crowded, ticks: 60 }, 3)
    const { events } = AllocationRun.run(crowd, AllocationPolicies.random)
    const ends = new Set(events.flatMap((event) => (event._tag === "Ended" ? [event.end] : [])))
    assert.deepStrictEqual([...ends].sort(), ["done", "expired", "failed"])
    const starts = events.flatMap((event) => (event._tag === "Started" ? [event.task] : []))
    assert.isBelow(new Set(starts).size, starts.length)
  })

  it("the luck of an agent with a task is his own: the same under every policy that sends him there at that moment", () => {
    const luck = new Map<string, boolean>()
    let shared = 0
    for (const [, events] of everyone()) {
      for (const event of events) {
        if (event._tag !== "Tried") continue
        const key = `${event.task} ${event.agent} ${event.from}`
        const known = luck.get(key)
        if (known !== undefined) shared++
        assert.strictEqual(event.success, known ?? event.success, key)
        luck.set(key, event.success)
      }
    }
    assert.isAbove(shared, 100)
  })

  it("an agent succeeds as often as his skill says", () => {
    const { agents, tasks } = world
    let expected = 0
    let variance = 0
    let seen = 0
    for (const event of AllocationRun.run(world, AllocationPolicies.random).events) {
      if (event._tag !== "Tried") continue
      const agent = agents.find(({ name }) => name === event.agent)
      const task = tasks[event.task]
      if (agent === undefined || task === undefined) throw new Error("the log names somebody unknown")
      const skill = AllocationWorld.skillAt(agent, task.kind, event.from)
      expected += skill
      variance += skill * (1 - skill)
      seen += event.success ? 1 : 0
    }
    assert.isBelow(Math.abs(seen - expected), 3 * Math.sqrt(variance))
  })

  it("figures are what the log says", () => {
    const { events } = AllocationRun.run(world, AllocationPolicies.auctionWithReputation)
    const figures = AllocationRun.figures(world, events)
    const tries = events.flatMap((event) => (event._tag === "Tried" ? [event] : []))
    const done = tries.filter(({ success }) => success)
    const sum = (values: ReadonlyArray<number>) => values.reduce((total, value) => total + value, 0) / 100
    const cost = sum(tries.map((each) => each.cost))
    const paid = sum(tries.map((each) => each.price))
    const value = sum(done.map(({ task }) => world.tasks[task]?.value ?? Number.NaN))
    const liars = new Set(world.agents.filter(({ lies }) => lies).map(({ name }) => name))
    const lying = tries.filter(({ agent }) => liars.has(agent))
    const profit = sum(lying.map((each) => each.price - each.cost))
    const wanted: AllocationRun.Figures = {
      tasks: world.tasks.length,
      throughput: (done.length / 120) * 100,
      successRate: done.length / world.tasks.length,
      costPerSuccess: cost / done.length,
      paidPerSuccess: paid / done.length,
      welfarePerTask: (value - cost) / world.tasks.length,
      buyerGainPerTask: (value - paid) / world.tasks.length,
      liarShare: lying.length / tries.length,
      profitPerLiar: profit / liars.size,
      profitPerHonest: (paid - cost - profit) / (world.agents.length - liars.size)
    }
    for (const [key, figure] of Object.entries(wanted)) {
      assert.approximately(figures[key as keyof AllocationRun.Figures], figure, 1e-9 * Math.abs(figure), key)
    }
  })

  it("a world without tasks is over at once and has no shares", () => {
    const idle = { ...world, tasks: [] }
    const { events, state } = AllocationRun.run(idle, AllocationPolicies.auctionWithReputation)
    assert.deepStrictEqual([events.length, state.tick], [0, 0])
    assert.isNaN(AllocationRun.figures(idle, events).successRate)
  })

  it("a policy that takes somebody who made no offer is a defect, named", () => {
    const cheat = { ...AllocationPolicies.random, name: "cheat" }
    for (const place of [-1, 0.5, 99]) {
      const choose: AllocationPolicies.Policy["choose"] = (memory) => [memory, { place, price: 1 }]
      assert.throws(() => AllocationRun.run(world, { ...cheat, choose }), /"cheat" gave a task to somebody/)
    }
  })
})
