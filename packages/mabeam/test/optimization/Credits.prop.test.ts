import { describe } from "@effect/vitest"
import { campaign } from "@foundation/core/testing"
import { Arbitrary, Schema } from "effect"
import * as Credits from "../../src/optimization/Credits.ts"
import { law } from "../law.ts"

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
})
