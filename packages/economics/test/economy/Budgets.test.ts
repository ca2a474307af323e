import { assert, describe, it } from "@effect/vitest"
import { Budgets, Machine } from "@mabeam/economics"
import { HashMap, Result } from "effect"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { dice, plans, sequence } from "./dice.ts"
import type { Dice } from "./dice.ts"
import { junk, refusalOf, refuses, replays } from "./machines.ts"

const budgets = ["root", "team", "ada"] as const
const parents = new Map([
  ["team", "root"],
  ["ada", "team"]
])
const period = 10
const max = new Map([
  ["root", 60n],
  ["team", 40n],
  ["ada", 30n]
])

const command = (dice: Dice, index: number): Budgets.Command => {
  const budget = budgets[index]
  const parent = parents.get(budget ?? "")
  if (budget !== undefined)
    return {
      _tag: "Define",
      budget,
      at: 0,
      max: max.get(budget) ?? 0n,
      perTaskMax: 20n,
      ...(parent === undefined ? {} : { parent }),
      ...(budget === "team" ? {} : { periodMillis: budget === "root" ? period : period * 2 })
    }
  const at = index + dice.below(4)
  if (dice.share() < 0.4)
    return { _tag: "Settle", id: `r${dice.below(index)}`, at, amount: BigInt(dice.below(15)) - 1n }
  const amount = BigInt(dice.below(24)) - 1n
  return {
    _tag: "Reserve",
    id: `r${dice.below(index + 2)}`,
    at,
    budget: dice.pick(budgets),
    task: `t${dice.below(4)}`,
    amount
  }
}

describe("Budgets", () => {
  replays("Budgets", Budgets.machine, Budgets.Event, command, 3)
  junk("Budgets", Budgets.machine, Budgets.decodeCommand, [
    { _tag: "Define", budget: "b", at: 0, max: "100", perTaskMax: "20", periodMillis: 10 },
    { _tag: "Reserve", id: "r", at: 1, budget: "b", task: "t", amount: "12" },
    { _tag: "Settle", id: "r", at: 1, amount: "0" }
  ])

  law(
    "P15: whatever is reserved and spent, no period of any budget and no task ever holds more than its limit",
    p13,
    plans(60),
    (plan) => {
      const { events } = Machine.run(Budgets.machine, sequence(plan, command))
      // Counted anew from the events: every sum by budget, period and task, at every moment.
      const sums = new Map<string, bigint>()
      const reserved = new Map<string, Extract<Budgets.Event, { _tag: "Reserved" }>>()
      for (const event of events) {
        if (event._tag === "Defined") continue
        const entry = event._tag === "Reserved" ? event : reserved.get(event.id)
        if (entry === undefined) return false
        const change = event._tag === "Reserved" ? event.amount : event.amount - entry.amount
        if (event._tag === "Reserved") reserved.set(event.id, event)
        for (let name: string | undefined = entry.budget; name !== undefined; name = parents.get(name)) {
          const length = name === "team" ? Infinity : name === "root" ? period : 2 * period
          const key = `${name}/${Math.floor(entry.at / length)}`
          for (const [each, most] of [
            [key, max.get(name) ?? 0n],
            [`${key}/${entry.task}`, 20n]
          ] as const) {
            const sum = (sums.get(each) ?? 0n) + change
            if (sum > most || sum < 0n) return false
            sums.set(each, sum)
          }
        }
      }
      return true
    }
  )

  const define = { _tag: "Define", budget: "b", at: 0, max: 50n, perTaskMax: 20n, periodMillis: 10 } as const
  const reserve = { _tag: "Reserve", id: "r", at: 1, budget: "b", task: "t", amount: 15n } as const
  refuses<Budgets.State, Budgets.Command, Budgets.Event, Budgets.Refused>(Budgets.machine, [
    [
      "S165: a cost of 25 where 20 is the most for a task",
      [define],
      { ...reserve, amount: 25n },
      "OverBudget",
      ["amount"]
    ],
    [
      "what is too much for the task in two parts",
      [define, reserve],
      { ...reserve, id: "s", amount: 6n },
      "OverBudget",
      ["amount"]
    ],
    [
      "what is too much for the period",
      [{ ...define, max: 20n }, reserve],
      { ...reserve, id: "s", task: "u", amount: 6n },
      "OverBudget",
      ["amount"]
    ],
    ["a budget that is there", [define], define, "DuplicateName", ["budget"]],
    ["an unknown parent", [], { ...define, parent: "x" }, "UnknownName", ["parent"]],
    ["an unknown budget", [], reserve, "UnknownName", ["budget"]],
    ["a limit below 0", [], { ...define, max: -1n }, "InvalidMoney", ["max"]],
    ["an id that is open", [define, reserve], reserve, "DuplicateName", ["id"]],
    ["nothing", [define], { ...reserve, amount: 0n }, "InvalidMoney", ["amount"]],
    ["a period that is over", [define, { ...reserve, at: 11 }], { ...reserve, id: "s" }, "TooLate", ["at"]],
    ["a settlement of nothing", [define], { _tag: "Settle", id: "r", at: 2, amount: 1n }, "UnknownName", ["id"]],
    [
      "a settlement of more than was reserved",
      [define, reserve],
      { _tag: "Settle", id: "r", at: 2, amount: 16n },
      "Insufficient",
      ["amount"]
    ],
    [
      "budgets that stand too deep",
      Array.from({ length: 32 }, (_, depth) => ({
        _tag: "Define" as const,
        budget: `b${depth}`,
        at: 0,
        ...(depth === 0 ? {} : { parent: `b${depth - 1}` })
      })),
      { _tag: "Define", budget: "x", at: 0, parent: "b31" },
      "TooLarge",
      ["parent"]
    ]
  ])

  it("refuses one budget too many", () => {
    const [budget] = [...HashMap.values(Machine.run(Budgets.machine, [define]).state.budgets)]
    if (budget === undefined) throw new Error("nothing was defined")
    const budgets = HashMap.fromIterable(
      Array.from({ length: Budgets.budgetsMax }, (_, index) => [`${index}`, budget] as const)
    )
    const full = { ...Budgets.machine, initial: { ...Budgets.machine.initial, budgets } }
    assert.deepStrictEqual(refusalOf(full, [], define), ["TooLarge", ["budget"]])
  })

  it("refuses more tasks than are remembered, and more reservations", () => {
    let { state } = Machine.run(Budgets.machine, [{ ...define, max: 10n ** 9n }])
    for (let index = 0; index < Budgets.tasksMax; index++)
      state = Budgets.evolve(state, { ...reserve, _tag: "Reserved", id: `r${index}`, task: `t${index}` })
    const refused = Budgets.decide(state, { ...reserve, id: "x", task: "x" })
    assert.deepStrictEqual(Result.isFailure(refused) && refused.failure._tag, "TooLarge")
  })

  it("S165: tasks of 10, 15 and 8 within 25 are chosen by priority", () => {
    const task = (cost: bigint, priority: number) => ({ id: `${cost}`, cost, priority })
    const chosen = (...tasks: ReadonlyArray<Budgets.Task>) => Budgets.select(tasks, 25n).map(({ id }) => id)
    assert.deepStrictEqual(chosen(task(10n, 3), task(15n, 2), task(8n, 1)), ["10", "15"])
    assert.deepStrictEqual(chosen(task(10n, 1), task(15n, 2), task(8n, 3)), ["8", "15"])
    assert.deepStrictEqual(chosen(task(10n, 3), task(15n, 1), task(8n, 2)), ["10", "8"])
  })

  law(
    "select: never over, nothing left out fits, and it is the first of all affordable sets by priority",
    p13,
    plans(9),
    ({ length, seed }) => {
      const source = dice(seed)
      const tasks = Array.from({ length }, (_, index) => ({
        id: `${index}`,
        cost: BigInt(source.below(12)),
        priority: source.below(4)
      }))
      const budget = BigInt(source.below(40))
      const chosen = Budgets.select(tasks, budget)
      const sum = chosen.reduce((all, { cost }) => all + cost, 0n)
      if (sum > budget) return false
      // By brute force over all subsets: greatest in lexicographic order of taken and not taken, most important first.
      const order = tasks.toSorted(
        (a, b) => b.priority - a.priority || Number(a.cost - b.cost) || Number(a.id) - Number(b.id)
      )
      let best = -1
      for (let mask = 0; mask < 2 ** length; mask++) {
        const taken = order.filter((_, index) => (mask >> (length - 1 - index)) & 1)
        if (taken.reduce((all, { cost }) => all + cost, 0n) <= budget) best = mask
      }
      const taken = order.filter((_, index) => (best >> (length - 1 - index)) & 1)
      return taken.map(({ id }) => id).join() === chosen.map(({ id }) => id).join()
    }
  )
})
