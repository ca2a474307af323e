/**
 * Budgets: how much may be spent on a task and within a period, in a hierarchy where every parent has to agree.
 *
 * **Guarantees** What is reserved and spent never exceeds a limit, of the budget itself or of any above it, under any
 * sequence of commands: a reservation is the most that its task may cost, and is settled for that or less. Periods are
 * those of the calendar `[k·periodMillis, (k+1)·periodMillis)`; a new one starts at nothing, and a reservation belongs to
 * the period in which it was made. `select` never chooses tasks that cost more than there is.
 *
 * **Does not guarantee** The most tasks or the highest sum of priorities: `select` never gives up a task for less
 * important ones, however many they are.
 *
 * **Example**
 *
 * ```ts
 * import { Budgets, Machine } from "@mabeam/economics"
 *
 * const { refused, state } = Machine.run(Budgets.machine, [
 *   { _tag: "Define", budget: "team", at: 0, max: 50n, periodMillis: 1000 },
 *   { _tag: "Define", budget: "ada", at: 0, parent: "team", perTaskMax: 20n },
 *   { _tag: "Reserve", id: "r1", at: 1, budget: "ada", task: "t1", amount: 25n },
 *   { _tag: "Reserve", id: "r2", at: 1, budget: "ada", task: "t2", amount: 18n },
 *   { _tag: "Settle", id: "r2", at: 2, amount: 11n }
 * ])
 * refused.map(({ refusal }) => refusal.message)
 * // => ["amount: the budget \"ada\" allows 20 per task, of which 0 are used; 25 is too much"]
 * Budgets.room(state, "ada", "t3", 5) // => 20n
 * Budgets.room(state, "team", "t3", 5) // => 39n
 * ```
 *
 * @since 0.1.0
 */
import { HashMap, Option, Result, Schema } from "effect"
import { DuplicateName, InvalidFormat, TooLarge, UnknownName, decode, show } from "../input/Refusal.ts"
import type { InvalidAmount } from "../input/Refusal.ts"
import { TooLate } from "./Machine.ts"
import type { Insufficient, InvalidMoney, Machine } from "./Machine.ts"
import { short } from "./internal/short.ts"
import * as Money from "./Money.ts"

/** How deep budgets may stand below each other. */
export const depthMax = 32

/** Most tasks that a budget remembers within a period, and most open reservations of all. */
export const tasksMax = 100_000

/** Most budgets; the next `Define` is refused. */
export const budgetsMax = 100_000

const define = {
  budget: Money.Name,
  at: Money.Time,
  parent: Schema.optionalKey(Money.Name),
  /** The most for one task within a period. */
  perTaskMax: Schema.optionalKey(Money.Money),
  /** The most within a period. */
  max: Schema.optionalKey(Money.Money),
  /** Without it there is one period, for ever. */
  periodMillis: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)))
}
const reserve = { id: Money.Name, at: Money.Time, budget: Money.Name, task: Money.Name, amount: Money.Money }

/** What can be asked. */
export const Command = Schema.TaggedUnion({
  Define: define,
  /** Sets aside the most that a task may cost now. */
  Reserve: reserve,
  /** Says what it has cost: what was reserved or less, perhaps nothing. */
  Settle: { id: Money.Name, at: Money.Time, amount: Money.Money }
})
export type Command = typeof Command.Type

/** What has happened. */
export const Event = Schema.TaggedUnion({
  Defined: define,
  Reserved: reserve,
  Settled: { id: Money.Name, at: Money.Time, amount: Money.Money }
})
export type Event = typeof Event.Type

/** A command from outside. */
export const decodeCommand: (input: unknown) => Result.Result<Command, InvalidFormat | InvalidAmount> = decode(Command)

/** More than a budget allows. */
export class OverBudget extends Schema.TaggedError<OverBudget>("@mabeam/economics/Budgets/OverBudget")("OverBudget", {
  path: Schema.Array(Schema.String),
  budget: Schema.String,
  limit: Schema.Literals(["per task", "per period"]),
  max: Schema.String,
  used: Schema.String,
  needed: Schema.String
}) {
  override get message() {
    const name = `the budget ${JSON.stringify(this.budget)}`
    return `${show(this.path)}: ${name} allows ${this.max} ${this.limit}, of which ${this.used} are used; ${this.needed} is too much`
  }
}

/** Why a budget refuses. */
export type Refused =
  | DuplicateName
  | Insufficient
  | InvalidFormat
  | InvalidMoney
  | OverBudget
  | TooLarge
  | TooLate
  | UnknownName

/** A budget and what is used of it in its present period, reservations included. */
export interface Budget {
  readonly parent: string | undefined
  readonly depth: number
  readonly perTaskMax: bigint | undefined
  readonly max: bigint | undefined
  readonly periodMillis: number | undefined
  readonly period: number
  readonly used: bigint
  readonly tasks: HashMap.HashMap<string, bigint>
}

/** All budgets and the open reservations. */
export interface State {
  readonly budgets: HashMap.HashMap<string, Budget>
  readonly reservations: HashMap.HashMap<
    string,
    { readonly at: number; readonly budget: string; readonly task: string; readonly amount: bigint }
  >
}

const periodOf = ({ periodMillis }: Budget, at: number): number =>
  periodMillis === undefined ? 0 : Math.floor(at / periodMillis)

const find = (state: State, name: string): Budget | undefined => Option.getOrUndefined(HashMap.get(state.budgets, name))

/** The budget and those above it. */
const chainOf = (state: State, name: string): ReadonlyArray<readonly [string, Budget]> => {
  const chain: Array<readonly [string, Budget]> = []
  for (let next: string | undefined = name; next !== undefined;) {
    const budget = find(state, next)
    if (budget === undefined) break
    chain.push([next, budget])
    next = budget.parent
  }
  return chain
}

const usedAt = (budget: Budget, task: string, at: number) =>
  periodOf(budget, at) > budget.period
    ? { whole: 0n, task: 0n }
    : { whole: budget.used, task: Option.getOrElse(HashMap.get(budget.tasks, task), () => 0n) }

/** How much more a task may cost at a moment under a budget and all above it; undefined when nothing limits it. */
export const room = (state: State, name: string, task: string, at: number): bigint | undefined => {
  let least: bigint | undefined
  for (const [, budget] of chainOf(state, name)) {
    const used = usedAt(budget, task, at)
    const rooms = [
      budget.max === undefined ? undefined : budget.max - used.whole,
      budget.perTaskMax === undefined ? undefined : budget.perTaskMax - used.task
    ]
    for (const each of rooms) if (each !== undefined && (least === undefined || each < least)) least = each
  }
  return least
}

type Decided = Result.Result<ReadonlyArray<Event>, Refused>
type Of<Tag> = Extract<Command, { _tag: Tag }>

const fails = (refused: Refused): Decided => Result.fail(refused)

const defines = (state: State, { _tag, ...terms }: Of<"Define">): Decided => {
  if (HashMap.has(state.budgets, terms.budget))
    return fails(new DuplicateName({ path: ["budget"], name: terms.budget }))
  const size = HashMap.size(state.budgets) + 1
  if (size > budgetsMax) return fails(new TooLarge({ path: ["budget"], size, limit: budgetsMax }))
  const wrong =
    Money.offenceUnlessZero(terms.perTaskMax ?? 0n, ["perTaskMax"]) ?? Money.offenceUnlessZero(terms.max ?? 0n, ["max"])
  if (wrong !== undefined) return fails(wrong)
  if (terms.parent !== undefined) {
    const above = find(state, terms.parent)
    if (above === undefined)
      return fails(new UnknownName({ path: ["parent"], name: terms.parent, known: "the budgets" }))
    if (above.depth + 1 > depthMax)
      return fails(new TooLarge({ path: ["parent"], size: above.depth + 1, limit: depthMax }))
  }
  return Result.succeed([{ _tag: "Defined", ...terms }])
}

const over = (name: string, budget: Budget, command: Of<"Reserve">): Refused | undefined => {
  const { amount, at, task } = command
  if (periodOf(budget, at) < budget.period)
    return new TooLate({ path: ["at"], at, until: budget.period * (budget.periodMillis ?? 0) })
  const used = usedAt(budget, task, at)
  const isNew = used.task === 0n && periodOf(budget, at) === budget.period
  if (isNew && HashMap.size(budget.tasks) >= tasksMax)
    return new TooLarge({ path: ["task"], size: tasksMax + 1, limit: tasksMax })
  const limits = [
    ["per task", budget.perTaskMax, used.task],
    ["per period", budget.max, used.whole]
  ] as const
  for (const [limit, max, sofar] of limits) {
    if (max === undefined || sofar + amount <= max) continue
    const figures = { max: max.toString(), used: sofar.toString(), needed: amount.toString() }
    return new OverBudget({ path: ["amount"], budget: name, limit, ...figures })
  }
  return undefined
}

const reserves = (state: State, command: Of<"Reserve">): Decided => {
  const { _tag, ...terms } = command
  if (HashMap.has(state.reservations, terms.id)) return fails(new DuplicateName({ path: ["id"], name: terms.id }))
  const size = HashMap.size(state.reservations) + 1
  if (size > tasksMax) return fails(new TooLarge({ path: ["id"], size, limit: tasksMax }))
  const wrong = Money.offence(terms.amount, ["amount"])
  if (wrong !== undefined) return fails(wrong)
  const chain = chainOf(state, terms.budget)
  if (chain.length === 0) return fails(new UnknownName({ path: ["budget"], name: terms.budget, known: "the budgets" }))
  for (const [name, budget] of chain) {
    const offence = over(name, budget, command)
    if (offence !== undefined) return fails(offence)
  }
  return Result.succeed([{ _tag: "Reserved", ...terms }])
}

const settles = (state: State, { amount, at, id }: Of<"Settle">): Decided => {
  const reserved = Option.getOrUndefined(HashMap.get(state.reservations, id))
  if (reserved === undefined) return fails(new UnknownName({ path: ["id"], name: id, known: "the open reservations" }))
  const wrong = Money.offenceUnlessZero(amount, ["amount"])
  if (wrong !== undefined) return fails(wrong)
  if (amount > reserved.amount)
    return fails(short(["amount"], `the reservation ${JSON.stringify(id)}`, reserved.amount, amount))
  return Result.succeed([{ _tag: "Settled", id, at, amount }])
}

/** The event of a command, or why not. */
export const decide = (state: State, command: Command): Decided => {
  switch (command._tag) {
    case "Define":
      return defines(state, command)
    case "Reserve":
      return reserves(state, command)
    case "Settle":
      return settles(state, command)
  }
}

/** Adds to what is used in the period of `at`; an earlier period is over and stays as it was. */
const used = (budget: Budget, task: string, at: number, amount: bigint): Budget => {
  const period = periodOf(budget, at)
  if (period < budget.period) return budget
  const tasks = period > budget.period ? HashMap.empty<string, bigint>() : budget.tasks
  const whole = period > budget.period ? 0n : budget.used
  const sum = Option.getOrElse(HashMap.get(tasks, task), () => 0n) + amount
  return {
    ...budget,
    period,
    used: whole + amount,
    tasks: sum === 0n ? HashMap.remove(tasks, task) : HashMap.set(tasks, task, sum)
  }
}

/** The budgets after an event. */
export const evolve = (state: State, event: Event): State => {
  if (event._tag === "Defined") {
    const { at, budget: name, max, parent, perTaskMax, periodMillis } = event
    const depth = parent === undefined ? 1 : (find(state, parent)?.depth ?? 0) + 1
    const budget = { parent, depth, perTaskMax, max, periodMillis, period: 0, used: 0n, tasks: HashMap.empty() }
    return {
      ...state,
      budgets: HashMap.set(state.budgets, name, { ...budget, period: periodOf(budget, at) })
    }
  }
  const isReserved = event._tag === "Reserved"
  const entry = isReserved ? event : Option.getOrUndefined(HashMap.get(state.reservations, event.id))
  if (entry === undefined) return state
  const { amount, at, budget: leaf, task } = entry
  const change = isReserved ? amount : event.amount - amount
  let { budgets } = state
  for (const [name, budget] of chainOf(state, leaf)) {
    budgets = HashMap.set(budgets, name, used(budget, task, at, change))
  }
  const reservations = isReserved
    ? HashMap.set(state.reservations, event.id, { at, budget: leaf, task, amount })
    : HashMap.remove(state.reservations, event.id)
  return { budgets, reservations }
}

/** Budgets as a machine. */
export const machine: Machine<State, Command, Event, Refused> = {
  initial: { budgets: HashMap.empty(), reservations: HashMap.empty() },
  decide,
  evolve
}

/** A task that asks for money. */
export interface Task {
  readonly id: string
  readonly cost: bigint
  readonly priority: number
}

/**
 * The tasks that fit into `budget`, in order of priority (of equals the cheaper, then the earlier first): each is taken if
 * it fits into what those before it have left. So the sum never exceeds the budget, by induction over the tasks; no
 * task that was left out fits into the rest; and one was left out only for tasks that stand before it in that order. Of
 * all affordable sets this is the lexicographically first, not the one of most tasks.
 */
export const select = (tasks: ReadonlyArray<Task>, budget: bigint): ReadonlyArray<Task> => {
  const order = tasks.toSorted((a, b) => b.priority - a.priority || (a.cost < b.cost ? -1 : a.cost > b.cost ? 1 : 0))
  let left = budget
  return order.filter(({ cost }) => {
    if (cost < 0n || cost > left) return false
    left -= cost
    return true
  })
}
