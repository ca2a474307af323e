/**
 * A world under a policy, tick by tick: a total `step`, the books in a `Ledger`, and what came of it.
 *
 * In a tick, tries that are over end first, then tasks arrive, then those for which it is too late are given up, then the
 * policy is asked about each waiting task, the oldest first. A task that failed waits again until it has been tried
 * `attemptsMax` times, never twice by the same agent.
 *
 * **Guarantees** Nobody works on more than his capacity. Every task ends exactly once: done, failed or expired. No work begins
 * that cannot end in time. Every try is paid once, when it ends, by one transfer that also takes what it cost the agent; all
 * money is the buyer's budget, which is minted at the start, so the books balance at any time.
 *
 * **Does not guarantee** A limit of the buyer's spending: the budget is the value of all tasks for every attempt, and what a
 * policy pays beyond it is a debt.
 *
 * **Example**
 *
 * ```ts
 * import { AllocationPolicies, AllocationRun, AllocationWorld, Ledger } from "@mabeam/economics"
 *
 * const world = AllocationWorld.make({ ...AllocationWorld.presets.liars, ticks: 50 }, 7)
 * const { events, state } = AllocationRun.run(world, AllocationPolicies.auctionWithReputation)
 * const { credits, debits } = Ledger.trialBalance(state.ledger)
 * debits === credits // => true
 * AllocationRun.figures(world, events).tasks === world.tasks.length // => true
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import * as Ledger from "../economy/Ledger.ts"
import * as Machine from "../economy/Machine.ts"
import { hashedChance } from "../internal/hashedChance.ts"
import { type Award, type Memory, type Offer, type Policy, start } from "./AllocationPolicies.ts"
import { asks, costOf, durationOf, minor, skillAt, statedSkill } from "./AllocationWorld.ts"
import type { Task, World } from "./AllocationWorld.ts"

/** A try: who works on what, for how much. Amounts are minor units. */
export interface Try {
  readonly task: number
  readonly agent: string
  readonly from: number
  readonly until: number
  /** What the agent is paid. */
  readonly price: number
  /** What it costs him. */
  readonly cost: number
}

/** How a task can end. */
export type End = "done" | "failed" | "expired"

/** What happens. */
export type Event =
  | ({ readonly _tag: "Started" } & Try)
  | ({ readonly _tag: "Tried"; readonly success: boolean } & Try)
  | { readonly _tag: "Ended"; readonly task: number; readonly at: number; readonly end: End }

interface Job extends Try {
  readonly place: number
  readonly waiting: Waiting
  readonly success: boolean
}

interface Waiting {
  readonly task: Task
  /** The places of those who have failed. */
  readonly tried: ReadonlyArray<number>
}

/** A world at the beginning of a tick. */
export interface State {
  readonly tick: number
  /** How many tasks have arrived. */
  readonly arrived: number
  /** The oldest first. */
  readonly waiting: ReadonlyArray<Waiting>
  readonly working: ReadonlyArray<Job>
  readonly memory: Memory
  readonly ledger: Ledger.State
}

/** The account that pays. */
export const buyer = "buyer"

/** The account to which goes what work costs. */
export const resources = "resources"

const books = Ledger.make()
const credit = 10n ** 24n

const post = (ledger: Ledger.State, command: Ledger.Command): Ledger.State =>
  Result.getOrThrow(Machine.handle(books, ledger, command)).state

const openBooks = ({ agents, settings, tasks }: World): Ledger.State => {
  const accounts = [buyer, resources, ...agents.map(({ name }) => name)]
  const ledger = accounts.reduce(
    (state, account) => post(state, { _tag: "Open", id: `open ${account}`, at: 0, account, overdraft: credit }),
    books.initial
  )
  const amount = BigInt(tasks.reduce((sum, { value }) => sum + value, 0) * settings.attemptsMax)
  return amount === 0n ? ledger : post(ledger, { _tag: "Mint", id: "budget", at: 0, to: buyer, amount })
}

/** The state before the first tick. */
export const initial = (world: World): State => ({
  tick: 0,
  arrived: 0,
  waiting: [],
  working: [],
  memory: start(
    world.agents.map(({ name }) => name),
    world.settings.kinds,
    world.seed
  ),
  ledger: openBooks(world)
})

/** Whether nothing more can happen. */
export const isOver = (world: World, { arrived, waiting, working }: State): boolean =>
  arrived === world.tasks.length && waiting.length === 0 && working.length === 0

const tryOf = ({ agent, cost, from, price, task, until }: Job): Try => ({ task, agent, from, until, price, cost })

const paid = (ledger: Ledger.State, { agent, cost, price, task, until }: Job): Ledger.State => {
  const legs = [
    { from: buyer, to: agent, amount: BigInt(price) },
    { from: agent, to: resources, amount: BigInt(cost) }
  ]
  return post(ledger, { _tag: "Transfer", id: `${task} by ${agent}`, at: until, legs })
}

/** Ends the tries that are over: pays, tells the policy, and lets the task end or wait again. */
const finish = (world: World, policy: Policy, state: State, events: Array<Event>): State => {
  if (!state.working.some(({ until }) => until === state.tick)) return state
  let { ledger, memory } = state
  const again: Array<Waiting> = []
  for (const job of state.working) {
    if (job.until !== state.tick) continue
    const { agent, place, success, task, until: at, waiting } = job
    events.push({ _tag: "Tried", ...tryOf(job), success })
    ledger = paid(ledger, job)
    memory = policy.learn(memory, { id: `${task} by ${agent}`, agent, kind: waiting.task.kind, at, success })
    const tried = [...waiting.tried, place]
    if (success) events.push({ _tag: "Ended", task, at, end: "done" })
    else if (tried.length >= world.settings.attemptsMax) events.push({ _tag: "Ended", task, at, end: "failed" })
    else again.push({ task: waiting.task, tried })
  }
  const working = state.working.filter(({ until }) => until !== state.tick)
  const waiting = [...state.waiting, ...again].sort((a, b) => a.task.id - b.task.id)
  return { ...state, ledger, memory, waiting, working }
}

const arrive = (world: World, state: State): State => {
  let { arrived } = state
  const waiting = [...state.waiting]
  for (let task = world.tasks[arrived]; task !== undefined && task.at <= state.tick; task = world.tasks[++arrived]) {
    waiting.push({ task, tried: [] })
  }
  return { ...state, arrived, waiting }
}

/** Gives up tasks that nobody, however free, could finish in time any more. */
const expire = (world: World, state: State, events: Array<Event>): State => {
  const inTime = ({ task, tried }: Waiting): boolean =>
    world.agents.some((agent, place) => state.tick + durationOf(agent, task) <= task.due && !tried.includes(place))
  const waiting = state.waiting.filter((each) => {
    if (inTime(each)) return true
    // Nobody can try it again: who has failed at it has failed, who was never tried has let it expire.
    const end = each.tried.length > 0 ? "failed" : "expired"
    events.push({ _tag: "Ended", task: each.task.id, at: state.tick, end })
    return false
  })
  return { ...state, waiting }
}

const offersFor = (
  world: World,
  tick: number,
  { task, tried }: Waiting,
  loads: ReadonlyArray<number>
): ReadonlyArray<Offer> =>
  world.agents.flatMap((agent, place) => {
    const free = (loads[place] ?? 0) < agent.capacity
    if (!free || tick + durationOf(agent, task) > task.due || tried.includes(place)) return []
    const skill = statedSkill(world, agent, task.kind, tick)
    return [{ agent: agent.name, place, skill, price: asks(world, agent, task) }]
  })

/** The luck of an agent with a task is his own: whoever sends him there, and when, it is the same draw. */
const jobOf = (world: World, tick: number, waiting: Waiting, { place, price }: Award): Job | undefined => {
  const agent = world.agents[place]
  if (agent === undefined) return undefined
  const { task } = waiting
  const success = hashedChance(world.seed, 5, task.id, place) < skillAt(agent, task.kind, tick)
  const until = tick + durationOf(agent, task)
  const cost = costOf(agent, task)
  return { task: task.id, agent: agent.name, from: tick, until, price, cost, place, waiting, success }
}

/** Asks the policy about each waiting task. */
const assign = (world: World, policy: Policy, state: State, events: Array<Event>): State => {
  const loads = world.agents.map(() => 0)
  for (const { place } of state.working) loads[place] = (loads[place] ?? 0) + 1
  let { memory } = state
  const working = [...state.working]
  const waiting = state.waiting.filter((each) => {
    const offers = offersFor(world, state.tick, each, loads)
    if (offers.length === 0) return true
    const { id, kind, value } = each.task
    const [next, award] = policy.choose(memory, { id, kind, value, at: state.tick }, offers)
    memory = next
    if (award === undefined) return true
    const job = jobOf(world, state.tick, each, award)
    if (job === undefined || !offers.some(({ place }) => place === award.place)) {
      throw new Error(`"${policy.name}" gave a task to somebody who had made no offer`)
    }
    loads[award.place] = (loads[award.place] ?? 0) + 1
    working.push(job)
    events.push({ _tag: "Started", ...tryOf(job) })
    return false
  })
  return { ...state, memory, waiting, working }
}

/** One tick, and what happened in it. Throws on a policy that takes somebody who made no offer. */
export const step = (world: World, policy: Policy, state: State): readonly [State, ReadonlyArray<Event>] => {
  const events: Array<Event> = []
  const finished = finish(world, policy, state, events)
  const expired = expire(world, arrive(world, finished), events)
  const assigned = assign(world, policy, expired, events)
  return [{ ...assigned, tick: state.tick + 1 }, events]
}

/** All ticks until nothing more can happen. */
export const run = (world: World, policy: Policy): { readonly state: State; readonly events: ReadonlyArray<Event> } => {
  let state = initial(world)
  const events: Array<Event> = []
  while (!isOver(world, state)) {
    const [next, more] = step(world, policy, state)
    state = next
    for (const event of more) events.push(event)
  }
  return { state, events }
}

/** What came of a run. Money is in units of cost and value; `NaN` where it would be divided by nothing. */
export interface Figures {
  readonly tasks: number
  /** Tasks done in 100 ticks of arrivals. */
  readonly throughput: number
  /** The share of the tasks that were done. */
  readonly successRate: number
  /** What the work has cost the agents, failures included, for each task done. */
  readonly costPerSuccess: number
  /** What the buyer has paid, failures included, for each task done. */
  readonly paidPerSuccess: number
  /** The value of what was done less what it has cost the agents, for each task. */
  readonly welfarePerTask: number
  /** The value of what was done less what the buyer has paid, for each task. */
  readonly buyerGainPerTask: number
  /** The share of the tries that liars made. */
  readonly liarShare: number
  /** What an agent who lies was paid beyond his costs, on average. */
  readonly profitPerLiar: number
  /** What an agent who does not lie was paid beyond his costs, on average. */
  readonly profitPerHonest: number
}

interface Sums {
  tries: number
  price: number
  cost: number
}

const triesOf = (events: ReadonlyArray<Event>, counts: (agent: string) => boolean): Sums => {
  const sums = { tries: 0, price: 0, cost: 0 }
  for (const event of events) {
    if (event._tag !== "Tried" || !counts(event.agent)) continue
    sums.tries++
    sums.price += event.price / minor
    sums.cost += event.cost / minor
  }
  return sums
}

/** The figures of a finished run. */
export const figures = (world: World, events: ReadonlyArray<Event>): Figures => {
  const lying = new Set(world.agents.filter(({ lies }) => lies).map(({ name }) => name))
  const all = triesOf(events, () => true)
  const liars = triesOf(events, (agent) => lying.has(agent))
  let done = 0
  let value = 0
  for (const event of events) {
    if (event._tag !== "Ended" || event.end !== "done") continue
    done++
    value += (world.tasks[event.task]?.value ?? 0) / minor
  }
  const tasks = world.tasks.length
  const honestProfit = all.price - liars.price - (all.cost - liars.cost)
  const over = (amount: number, count: number) => (count === 0 ? Number.NaN : amount / count)
  return {
    tasks,
    throughput: (100 * done) / world.settings.ticks,
    successRate: over(done, tasks),
    costPerSuccess: over(all.cost, done),
    paidPerSuccess: over(all.price, done),
    welfarePerTask: over(value - all.cost, tasks),
    buyerGainPerTask: over(value - all.price, tasks),
    liarShare: over(liars.tries, all.tries),
    profitPerLiar: over(liars.price - liars.cost, lying.size),
    profitPerHonest: over(honestProfit, world.agents.length - lying.size)
  }
}
