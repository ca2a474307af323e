import { assert, describe, it } from "@effect/vitest"
import { AllocationPolicies, AllocationRun, AllocationWorld, type Calculator } from "@mabeam/economics"
import { Result } from "effect"
import { fuzz, refuses } from "../junk.ts"
import { campaign, law } from "@foundation/core/testing/law"
import { seeds, settingsOf, worldOf } from "./worlds.ts"

const { liars, ...presets } = AllocationWorld.presets

/** All that a settled world has come to, so that junk which passes is also run. */
const settled = (settings: AllocationWorld.Settings): Calculator.Answer => {
  const world = AllocationWorld.make(settings, 1)
  const { events } = AllocationRun.run(world, AllocationPolicies.auctionWithReputation)
  const { tasks, throughput } = AllocationRun.figures(world, events)
  return { decision: { tasks, throughput } }
}

const calculator: Calculator.Calculator = {
  name: "a world of tasks",
  version: 1,
  solve: (input) => Result.map(AllocationWorld.decode(input), settled)
}

const short = { ...liars, ticks: 20 }

describe("AllocationWorld, settings from outside", () => {
  it("presets are settings", () => {
    for (const preset of [liars, ...Object.values(presets)]) {
      assert.deepStrictEqual(Result.getOrThrow(AllocationWorld.decode(structuredClone(preset))), preset)
    }
  })

  refuses(calculator, [
    ["nothing", null, "InvalidFormat", []],
    ["a list", [liars], "InvalidFormat", []],
    ["one agent", { ...short, agents: 1 }, "InvalidFormat", ["agents"]],
    ["half an agent", { ...short, agents: 2.5 }, "InvalidFormat", ["agents"]],
    ["a crowd", { ...short, agents: 101 }, "InvalidFormat", ["agents"]],
    ["no kinds", { ...short, kinds: 0 }, "InvalidFormat", ["kinds"]],
    ["ticks as text", { ...short, ticks: "20" }, "InvalidFormat", ["ticks"]],
    ["no load", { ...short, load: 0 }, "InvalidFormat", ["load"]],
    ["an endless load", { ...short, load: Infinity }, "InvalidFormat", ["load"]],
    ["no capacity", { ...short, capacity: { min: 0.5, max: 2 } }, "InvalidFormat", ["capacity", "min"]],
    ["a span upside down", { ...short, speed: { min: 2, max: 1 } }, "InvalidFormat", ["speed"]],
    ["a span without an end", { ...short, size: { min: 2 } }, "InvalidFormat", ["size", "max"]],
    ["a skill above 1", { ...short, skill: { min: 0, max: 1.01 } }, "InvalidFormat", ["skill", "max"]],
    ["a drift that is not a number", { ...short, drift: Number.NaN }, "InvalidFormat", ["drift"]],
    ["work that costs nothing", { ...short, cost: { min: 0, max: 1 } }, "InvalidFormat", ["cost", "min"]],
    ["a negative margin", { ...short, margin: -0.1 }, "InvalidFormat", ["margin"]],
    ["no attempts", { ...short, attemptsMax: 0 }, "InvalidFormat", ["attemptsMax"]],
    ["more liars than agents", { ...short, liars: 2 }, "InvalidFormat", ["liars"]],
    ["a boast beyond certainty", { ...short, boast: 1.1 }, "InvalidFormat", ["boast"]],
    ["work for nothing", { ...short, discount: 1 }, "InvalidFormat", ["discount"]],
    ["a field that nobody reads", { ...short, bribes: 1 }, "InvalidFormat", ["bribes"]],
    ["more tasks than anybody waits for", { ...liars, ticks: 10_000, load: 5 }, "TooLarge", ["ticks"]]
  ])

  fuzz(calculator, [short, { ...short, ...presets.equal, ticks: 5 }], 2_000)
})

describe("AllocationWorld laws", () => {
  law("the same settings and seed give the same world", campaign(1_000, 10_000), seeds, (seed) => {
    return JSON.stringify(worldOf(seed)) === JSON.stringify(worldOf(seed))
  })

  law("nothing but lies depends on who lies, how many, or how", campaign(1_000, 10_000), seeds, (seed) => {
    const settings = settingsOf(seed)
    const bare = (more: Partial<AllocationWorld.Settings>) => {
      const { agents, tasks } = AllocationWorld.make({ ...settings, ...more }, seed)
      return JSON.stringify([agents.map((agent) => ({ ...agent, lies: false })), tasks])
    }
    const other = bare({ liars: 1, boast: 1, discount: 0.5 })
    return (
      bare({ liars: 0 }) === other && bare({ liars: 0.4, margin: 3, attemptsMax: 7, value: settings.value }) === other
    )
  })

  law("everything drawn is within its span, at any tick", campaign(1_000, 10_000), seeds, (seed) => {
    const { agents, settings, tasks } = worldOf(seed)
    const { capacity, cost, patience, size, skill, speed, ticks } = settings
    const within = (value: number, { max, min }: { readonly min: number; readonly max: number }) =>
      value >= min && value <= max
    return (
      agents.length === settings.agents &&
      agents.every((agent) => {
        const { costs, skills } = agent
        const whole = { min: Math.floor(capacity.min), max: Math.floor(capacity.max) }
        return (
          Number.isInteger(agent.capacity) &&
          within(agent.capacity, whole) &&
          within(agent.speed, speed) &&
          costs.every((each) => within(each, cost)) &&
          skills.every((path) => path.every((each) => within(each, skill)))
        )
      }) &&
      tasks.every((task, index) => {
        const sorted = index === 0 || task.at >= (tasks[index - 1]?.at ?? Infinity)
        const last = agents.every(({ skills }) => skills.every((path) => path.length > task.due))
        const patient = task.due > task.at && task.due - task.at < patience * task.size + 1
        return task.id === index && sorted && last && patient && task.at < ticks && within(task.size, size)
      })
    )
  })

  law(
    "who does not lie states his skill and asks cost and margin; who lies claims more",
    campaign(1_000, 10_000),
    seeds,
    (seed) => {
      const world = worldOf(seed)
      const { boast, discount, margin } = world.settings
      return world.tasks.every((task) =>
        world.agents.every((agent) => {
          const skill = AllocationWorld.skillAt(agent, task.kind, task.at)
          const stated = AllocationWorld.statedSkill(world, agent, task.kind, task.at)
          const price = (agent.costs[task.kind] ?? Number.NaN) * task.size * (1 + margin) * 100
          const asked = agent.lies ? price * (1 - discount) : price
          const claims = agent.lies ? 1 - (1 - skill) * (1 - boast) : skill
          return (
            Math.abs(stated - claims) < 1e-12 &&
            stated <= 1 &&
            Math.abs(AllocationWorld.asks(world, agent, task) - Math.max(1, asked)) <= 0.5 + 1e-9 * asked
          )
        })
      )
    }
  )
})

describe("AllocationWorld", () => {
  const many = Array.from({ length: 40 }, (_, seed) => AllocationWorld.make(liars, seed))
  const paths = many.flatMap(({ agents }) => agents.flatMap(({ skills }) => skills))

  it("skills really drift: over the run by more than a tenth on average, and not at all without drift", () => {
    const moved = paths.map((path) => Math.abs((path[400] ?? Number.NaN) - (path[0] ?? Number.NaN)))
    assert.isAbove(moved.reduce((sum, each) => sum + each, 0) / moved.length, 0.1)
    const still = AllocationWorld.make({ ...liars, drift: 0 }, 1)
    for (const { skills } of still.agents) for (const path of skills) assert.strictEqual(new Set(path).size, 1)
  })

  it("a step of a skill has mean 0 and the standard deviation that the settings say", () => {
    const steps = paths.flatMap((path) =>
      // Away from the walls, where nothing is turned back.
      [...path].flatMap((at, tick) =>
        at > 0.4 && at < 0.85 && tick + 1 < path.length ? [(path[tick + 1] ?? 0) - at] : []
      )
    )
    const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length
    const deviation = Math.sqrt(steps.reduce((sum, step) => sum + (step - mean) ** 2, 0) / steps.length)
    assert.isBelow(Math.abs(mean), (4 * 0.01) / Math.sqrt(steps.length))
    assert.approximately(deviation, 0.01, 0.0001)
  })

  it("the load is what the settings say: tasks bring that share of what all can work", () => {
    const share = many.map(({ agents, tasks }) => {
      const power = agents.reduce((sum, { capacity, speed }) => sum + capacity * speed, 0)
      return tasks.reduce((sum, { size }) => sum + size, 0) / (power * liars.ticks)
    })
    assert.approximately(share.reduce((sum, each) => sum + each, 0) / share.length, liars.load, 0.01)
  })

  it("a quarter lies, and over many seeds everybody in turn", () => {
    const lying = many.map(({ agents }) => agents.filter(({ lies }) => lies).map(({ name }) => name))
    assert.deepStrictEqual([...new Set(lying.map(({ length }) => length))], [3])
    assert.strictEqual(new Set(lying.flat()).size, 12)
  })

  it("another seed is another world", () => {
    assert.strictEqual(new Set(many.map((world) => JSON.stringify(world.tasks.slice(0, 3)))).size, many.length)
  })
})
