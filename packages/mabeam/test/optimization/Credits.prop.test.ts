import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Schema } from "effect"
import * as Credits from "../../src/optimization/Credits.ts"

const runs = campaign(1_000, 20_000)
const whole = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** Up to 40 slots: who buys (of 4 agents), at what share of its balance, and the cost of its trial, if there is one. */
const games = Arbitrary.schema(
  Schema.Array(Schema.Struct({ agent: whole(0, 3), share: whole(0, 10), cost: Schema.NullOr(whole(-20, 20)) })).check(
    Schema.isMaxLength(40)
  )
)
type Game = typeof games extends Arbitrary.Arbitrary<infer A> ? A : never

const agents = ["a", "b", "c", "d"]

/** The slots of a game as a study remembers them, priced by what their buyers have. */
const slotsOf = (game: Game, cost: (value: number) => number = (value) => value): ReadonlyArray<Credits.Slot> => {
  const slots: Array<Credits.Slot> = []
  for (const [sale, slot] of game.entries()) {
    const agent = agents[slot.agent]!
    const price = Math.floor((Credits.balance(Credits.replay(agents, slots), agent) * slot.share) / 10)
    slots.push({ sale, agent, price, cost: slot.cost === null ? undefined : cost(slot.cost), ended: true })
  }
  return slots
}

const totals = (state: Credits.State) =>
  [...state.accounts.values()].reduce(
    (sums, account) => ({ balance: sums.balance + account.balance, paid: sums.paid + account.paid }),
    { balance: 0, paid: 0 }
  )

describe("Credits", () => {
  law("balances and payments are whole, and sum to what was given out", runs, games, (game) => {
    const slots = slotsOf(game)
    const state = Credits.replay(agents, slots)
    const { balance, paid } = totals(state)
    const given = Credits.CREDITS_PER_SLOT * (agents.length + slots.length)
    const wholes = [...state.accounts.values()].every(
      (account) => Number.isInteger(account.balance) && account.balance >= 0
    )
    return wholes && balance + paid === given
  })

  law("only ranks count: an increasing transform of the costs changes no account", runs, games, (game) => {
    const plain = Credits.replay(agents, slotsOf(game))
    const bent = Credits.replay(
      agents,
      slotsOf(game, (value) => Math.exp(value / 3) - 7)
    )
    return [...plain.accounts].every(
      ([agent, account]) => JSON.stringify(account) === JSON.stringify(bent.accounts.get(agent))
    )
  })

  law("shares sum to one, and nobody gets less than a fifth of an even share", runs, games, (game) => {
    const parts = [...Credits.shares(Credits.replay(agents, slotsOf(game))).values()]
    const sum = parts.reduce((total, part) => total + part, 0)
    return Math.abs(sum - 1) < 1e-12 && parts.every((part) => part >= 0.2 / agents.length - 1e-12)
  })

  law(
    "a slot earns once its trial has ended, and the order in which trials end does not matter",
    runs,
    games,
    (game) => {
      const slots = slotsOf(game)
      const last = slots.at(-1)
      if (last === undefined) return true
      const during = Credits.replay(agents, [...slots.slice(0, -1), { ...last, ended: false }])
      const before = Credits.replay(agents, slots.slice(0, -1))
      const mixed = Credits.replay(agents, slots.toReversed())
      const whole = Credits.replay(agents, slots)
      return (
        [...during.accounts].every(([agent, { trials }]) => trials === before.accounts.get(agent)?.trials) &&
        JSON.stringify([...mixed.accounts]) === JSON.stringify([...whole.accounts])
      )
    }
  )

  law("the agent whose trials are always better comes to buy most slots", 20, Arbitrary.schema(whole(0, 3)), (best) => {
    let slots: ReadonlyArray<Credits.Slot> = []
    const bought = agents.map(() => 0)
    for (let sale = 0; sale < 60; sale++) {
      const state = Credits.replay(agents, slots)
      const richest = agents.reduce((a, b) => (Credits.bid(state, b) > Credits.bid(state, a) ? b : a))
      const place = agents.indexOf(richest)
      bought[place] = bought[place]! + 1
      const cost = place === best ? 100 - sale : 200 + ((sale * 7) % 13)
      slots = [...slots, { sale, agent: richest, price: Credits.balance(state, richest), cost, ended: true }]
    }
    // Some slots for the others, most for the best.
    return bought[best]! >= 36 && bought.every((count) => count >= 3)
  })

  it("divides as by hand: a share of what was better than the team, weighed by who worked", () => {
    let state = Credits.open(["a", "b"])
    const seen = (agent: string) => {
      const { balance = -1, regret = -1, worths = [] } = state.accounts.get(agent) ?? {}
      return { balance, regret: Number(regret.toFixed(12)), worths }
    }
    const slot = (agent: string, cost: number | undefined) => {
      state = Credits.settle(Credits.sell(state, agent, Credits.balance(state, agent)), { agent, cost })
    }
    // The first trial beats all before; b is taken to be worth 0.6. The team: 0.5 · 1 + 0.5 · 0.6 = 0.8.
    slot("a", 5)
    assert.deepStrictEqual(seen("a"), { balance: 90, regret: 0.2, worths: [1] })
    assert.deepStrictEqual(seen("b"), { balance: 110, regret: 0, worths: [] })
    // a has a share of 0.9 now: the team is worth 0.9, and a's regret 0.7 · 0.2 + 1 − 0.9.
    slot("b", 6)
    assert.deepStrictEqual(seen("a"), { balance: 180, regret: 0.24, worths: [1] })
    assert.deepStrictEqual(seen("b"), { balance: 10, regret: 0, worths: [0] })
    // Half of a half: 5.5 beats one of the two before. 0.7 · 0.24 + 1 − (0.9 + 0.1 · 0.125).
    slot("b", 5.5)
    assert.deepStrictEqual(seen("a"), { balance: 270, regret: 0.2555, worths: [1] })
    assert.deepStrictEqual(seen("b"), { balance: 10, regret: 0, worths: [0, 0.25] })
    // Without a value it is worth nothing. 0.7 · 0.2555 + 0.5 − (0.9 · 0.5 + 0.1 · 0.125).
    slot("a", undefined)
    assert.deepStrictEqual(seen("a"), { balance: 90, regret: 0.21635, worths: [1, 0] })
  })

  it("takes no more than an agent has, and nothing from one that is not of the team", () => {
    const state = Credits.sell(Credits.open(["a", "b"]), "a", 1e9)
    assert.strictEqual(Credits.balance(state, "a"), 0)
    assert.strictEqual(state.accounts.get("a")?.paid, 100)
    const other = Credits.settle(Credits.sell(state, "z", 50), { agent: "z", cost: 1 })
    assert.deepStrictEqual([...other.accounts.keys()], ["a", "b"])
    assert.strictEqual(Credits.balance(other, "a") + Credits.balance(other, "b"), 200)
    assert.strictEqual(Credits.balance(other, "z"), 0)
  })
})
