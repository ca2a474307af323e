/**
 * A seeded world of tasks and agents in which ways of allocating tasks can be compared: agents differ in speed, capacity, and
 * by kind of task in skill and cost; skills drift; some agents lie about their skill, their cost, or both.
 *
 * A task of some size arrives, is given to an agent with a free place, takes him `size / speed` ticks, costs him what it
 * costs, and succeeds with the probability that is his skill for its kind at the start. The agent is paid whatever comes of it.
 *
 * **Guarantees** Everything follows from settings and seed. Nothing in a world depends on who allocates: skills, arrivals and
 * the luck of an agent with a task are the same for all, so that differences between policies can be taken seed by
 * seed. Agents who do not lie state their present skill exactly, which is the best case for whoever believes them. All ask
 * their cost and the same margin; a liar asks less and claims more, and is otherwise like the rest: with `boast` and
 * `discount` at 0 the same agents with the same luck are honest.
 *
 * **Does not guarantee** Strategy: an agent states by his nature and does not learn what pays. That work is like this
 * anywhere; the presets say what is varied.
 *
 * **Example**
 *
 * ```ts
 * import { AllocationWorld } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const world = AllocationWorld.make({ ...AllocationWorld.presets.liars, ticks: 50 }, 7)
 * world.agents.filter((agent) => agent.lies).length // => 3
 * world.tasks.every((task) => task.at < task.due) // => true
 *
 * const refused = AllocationWorld.decode({ ...AllocationWorld.presets.liars, liars: 2 })
 * if (Result.isFailure(refused)) console.log(refused.failure.message) // => liars: Expected a value between 0 and 1
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import * as Chances from "../internal/chances.ts"
import * as Refusal from "../input/Refusal.ts"
import { hashedSeed } from "../internal/hashedChance.ts"

const within = (minimum: number, maximum: number) => Schema.Finite.check(Schema.isBetween({ minimum, maximum }))
const whole = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const span = (minimum: number, maximum: number) =>
  Schema.Struct({ min: within(minimum, maximum), max: within(minimum, maximum) })

/** What a world is like. A span is what agents or tasks are drawn from, evenly; equal ends make them all the same. */
export const Settings = Schema.Struct({
  agents: whole(2, 100),
  kinds: whole(1, 10),
  /** How long tasks arrive. */
  ticks: whole(1, 10_000),
  /** What arrives, as a share of what all agents together can work. */
  load: within(0.01, 5),
  /** How many tasks an agent can work on at a time; rounded down. */
  capacity: span(1, 10),
  /** Size that an agent works in a tick. */
  speed: span(0.1, 10),
  /** The probability of success, by agent and kind; drift stays within it, too. */
  skill: span(0, 1),
  /** The standard deviation of a skill's step in one tick. */
  drift: within(0, 1),
  /** What a unit of size costs, by agent and kind. */
  cost: span(0.01, 100),
  /** What an agent asks beyond the cost, as a share of it. */
  margin: within(0, 10),
  size: span(1, 100),
  /** What success is worth for a unit of size. */
  value: within(0.01, 1000),
  /** How many ticks for a unit of size a task may take, waiting included. */
  patience: within(0.1, 20),
  /** How many agents try a task, one after the other, until one succeeds. */
  attemptsMax: whole(1, 10),
  /** The share of the agents that lie; rounded. */
  liars: within(0, 1),
  /** What a liar claims, as a share of what his skill lacks to 1. */
  boast: within(0, 1),
  /** What a liar asks less, as a share; below 0 he asks more. */
  discount: within(-10, 0.99)
})
export type Settings = typeof Settings.Type

/** The most tasks that may be expected; more are refused as `TooLarge`. */
export const tasksMax = 100_000

const meanOf = ({ max, min }: { readonly min: number; readonly max: number }): number => (min + max) / 2

const judge = (settings: Settings): Refusal.InvalidFormat | Refusal.TooLarge | undefined => {
  const { capacity, cost, size, skill, speed } = settings
  for (const [key, { max, min }] of Object.entries({ capacity, cost, size, skill, speed })) {
    if (min > max) return new Refusal.InvalidFormat({ path: [key], because: `${min} is more than ${max}` })
  }
  const work = settings.load * settings.ticks * settings.agents * Math.floor(capacity.max) * speed.max
  const expected = Math.ceil(work / meanOf(size))
  return expected > tasksMax ? new Refusal.TooLarge({ path: ["ticks"], size: expected, limit: tasksMax }) : undefined
}

/** Settings from outside. `TooLarge` when more than `tasksMax` tasks are to be expected of agents who are all at their best. */
export const decode = (
  input: unknown
): Result.Result<Settings, Refusal.InvalidFormat | Refusal.InvalidAmount | Refusal.TooLarge> =>
  Result.flatMap(Refusal.decode(Settings)(input), (settings) => {
    const offence = judge(settings)
    return offence === undefined ? Result.succeed(settings) : Result.fail(offence)
  })

const liars: Settings = {
  agents: 12,
  kinds: 3,
  ticks: 400,
  load: 0.5,
  capacity: { min: 1, max: 4 },
  speed: { min: 0.5, max: 2 },
  skill: { min: 0.3, max: 0.95 },
  drift: 0.01,
  cost: { min: 1, max: 3 },
  margin: 0.25,
  size: { min: 2, max: 10 },
  value: 10,
  patience: 3,
  attemptsMax: 2,
  liars: 0.25,
  boast: 0.9,
  discount: 0
}

const same = (value: number) => ({ min: value, max: value })

/**
 * `liars`: agents differ, skills drift, a quarter claims nearly full skill. `honest`: the same without lies. `crowded`: as
 * `liars`, with more work than all together can do. `equal`: agents are all the same, for ever, and honest.
 */
export const presets = {
  liars,
  honest: { ...liars, liars: 0 },
  crowded: { ...liars, load: 1.3 },
  equal: { ...liars, capacity: same(2), speed: same(1), skill: same(0.7), cost: same(2), drift: 0, liars: 0 }
} satisfies Record<string, Settings>

/** Somebody who works. What he states is made from it by `statedSkill` and `asks`. */
export interface Agent {
  readonly name: string
  readonly lies: boolean
  readonly capacity: number
  readonly speed: number
  /** By kind: what a unit of size costs. */
  readonly costs: ReadonlyArray<number>
  /** By kind, then by tick: the probability of success. */
  readonly skills: ReadonlyArray<Float64Array>
}

/** Work to be done between `at` and `due`. */
export interface Task {
  /** Its place in the order of arrival. */
  readonly id: number
  readonly kind: number
  readonly size: number
  readonly at: number
  readonly due: number
  /** What success is worth, in minor units. */
  readonly value: number
}

/** All that is given before anybody allocates anything. */
export interface World {
  readonly settings: Settings
  readonly seed: number
  readonly agents: ReadonlyArray<Agent>
  /** In order of arrival. */
  readonly tasks: ReadonlyArray<Task>
}

/** Minor units in a unit of cost and value. */
export const minor = 100

/** Keeps a walk inside of its walls; a step is far smaller than any distance from one wall to the other, or cut off. */
const reflect = (value: number, { max, min }: { readonly min: number; readonly max: number }): number => {
  const inside = value < min ? 2 * min - value : value > max ? 2 * max - value : value
  return Math.min(max, Math.max(min, inside))
}

const walk = ({ drift, skill }: Settings, length: number, chances: Chances.Chances): Float64Array => {
  // An even step within ±√3·drift has this standard deviation.
  const step = drift * Math.sqrt(3)
  const path = new Float64Array(length)
  let at = chances.between(skill.min, skill.max)
  for (let tick = 0; tick < length; tick++) {
    path[tick] = at
    at = reflect(at + chances.between(-step, step), skill)
  }
  return path
}

const durationMax = ({ patience, size }: Settings): number => Math.ceil(patience * size.max)

const agentsOf = (settings: Settings, seed: number): ReadonlyArray<Agent> => {
  const { agents, capacity, cost, kinds, speed, ticks } = settings
  const order = Chances.make(hashedSeed(seed, 1))
  // Who lies is drawn apart, so that with any share of liars the agents are the same.
  const byLot = Array.from({ length: agents }, (_, index) => ({ index, lot: order.between(0, 1) }))
  const byRank = byLot.sort((a, b) => a.lot - b.lot || a.index - b.index)
  const lying = new Set(byRank.slice(0, Math.round(settings.liars * agents)).map(({ index }) => index))
  return Array.from({ length: agents }, (_, index) => {
    const chances = Chances.make(hashedSeed(seed, 2, index))
    return {
      name: `agent ${index + 1}`,
      lies: lying.has(index),
      capacity: chances.integer(Math.floor(capacity.min), Math.floor(capacity.max)),
      speed: chances.between(speed.min, speed.max),
      costs: Array.from({ length: kinds }, () => chances.between(cost.min, cost.max)),
      skills: Array.from({ length: kinds }, () => walk(settings, ticks + durationMax(settings) + 1, chances))
    }
  })
}

const tasksOf = (settings: Settings, seed: number, agents: ReadonlyArray<Agent>): ReadonlyArray<Task> => {
  const { kinds, load, patience, size, ticks, value } = settings
  const chances = Chances.make(hashedSeed(seed, 3))
  const power = agents.reduce((sum, agent) => sum + agent.capacity * agent.speed, 0)
  const rate = (load * power) / meanOf(size)
  const tasks: Array<Task> = []
  for (let time = 0; ;) {
    // The times between arrivals of a Poisson process.
    time -= Math.log(1 - chances.between(0, 1)) / rate
    if (!(time < ticks)) return tasks
    const at = Math.floor(time)
    const amount = chances.between(size.min, size.max)
    const due = at + Math.ceil(patience * amount)
    const kind = chances.integer(0, kinds - 1)
    tasks.push({ id: tasks.length, kind, size: amount, at, due, value: Math.round(minor * value * amount) })
  }
}

/** The world of a seed, which is a whole number; settings have been decoded. */
export const make = (settings: Settings, seed: number): World => {
  const agents = agentsOf(settings, seed)
  return { settings, seed, agents, tasks: tasksOf(settings, seed, agents) }
}

/** The true probability that an agent succeeds with a kind of task at a tick. */
export const skillAt = (agent: Agent, kind: number, tick: number): number => agent.skills[kind]?.[tick] ?? 0

/** What he says it is. */
export const statedSkill = ({ settings }: World, agent: Agent, kind: number, tick: number): number => {
  const skill = skillAt(agent, kind, tick)
  return agent.lies ? skill + settings.boast * (1 - skill) : skill
}

/** What a task costs an agent, in minor units: at least 1. */
export const costOf = (agent: Agent, { kind, size }: Task): number =>
  Math.max(1, Math.round(minor * (agent.costs[kind] ?? 0) * size))

/** What an agent asks for a task, in minor units: at least 1. */
export const asks = ({ settings }: World, agent: Agent, { kind, size }: Task): number => {
  const discount = agent.lies ? settings.discount : 0
  const price = (agent.costs[kind] ?? 0) * size * (1 + settings.margin) * (1 - discount)
  return Math.max(1, Math.round(minor * price))
}

/** How many ticks an agent works on a task. */
export const durationOf = (agent: Agent, { size }: Task): number => Math.max(1, Math.ceil(size / agent.speed))
