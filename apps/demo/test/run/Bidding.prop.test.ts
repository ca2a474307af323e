import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Schema } from "effect"
import { bid, income, prizeOfImprovement, prizeOfRound, standing, temperaments } from "../../src/run/Bidding.ts"
import { evolve, initial } from "../../src/run/RunState.ts"
import { begin, fold, play, type Setting, temperamentOf } from "./world.ts"

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const settings = Arbitrary.map(
  Arbitrary.schema(
    Schema.Struct({ seed: int(0, 1_000_000), trials: int(1, 40), agents: int(2, 6), trouble: int(0, 50) })
  ),
  (setting): Setting => ({ ...setting, trouble: setting.trouble / 100 })
)

const sum = (amounts: Iterable<number>) => [...amounts].reduce((total, amount) => total + amount, 0)

describe("credits", () => {
  law(
    "are whole, never negative, and neither made nor lost but as the log says",
    campaign(1_000, 10_000),
    settings,
    (setting) => {
      const events = play(setting) ?? []
      let state = initial
      let expected = 0
      for (const [second, event] of events.entries()) {
        if (event._tag === "RunStarted") expected = event.creditsAtStart * event.agents.length
        if (event._tag === "SlotsSold") expected -= event.price * event.winners.length
        if (event._tag === "SlotReturned") expected += state.round?.sold?.price ?? Number.NaN
        if (event._tag === "RoundClosed") expected += sum(event.earned.map(({ credits }) => credits))
        state = evolve(state, event, second)
        for (const { balance } of state.agents.values()) assert.isTrue(Number.isInteger(balance) && balance >= 0)
        assert.strictEqual(sum([...state.agents.values()].map(({ balance }) => balance)), expected)
      }
      return events.length > 0
    }
  )

  law("are earned by everybody, and the prizes by one at most", campaign(500, 5_000), settings, (setting) => {
    for (const event of play(setting) ?? []) {
      if (event._tag !== "RoundClosed") continue
      const more = event.earned.filter(({ credits }) => credits !== income)
      assert.strictEqual(event.earned.length, setting.agents)
      assert.isAtMost(more.length, 1)
      for (const { credits } of more) {
        assert.include([income + prizeOfRound, income + prizeOfRound + prizeOfImprovement], credits)
      }
    }
    return true
  })
})

describe("a bid", () => {
  law(
    "is a whole number of credits that the agent has, from a standing between 0 and 1",
    campaign(500, 5_000),
    settings,
    (setting) => {
      let state = initial
      for (const [second, event] of (play(setting) ?? []).entries()) {
        state = evolve(state, event, second)
        for (const { balance, id } of state.agents.values()) {
          const place = standing(state, id)
          assert.isTrue(place >= 0 && place <= 1, `${place}`)
          const amount = bid(state, id, temperamentOf(id))
          if (balance === 0) assert.isNull(amount)
          else assert.isTrue(Number.isInteger(amount) && amount! >= 1 && amount! <= balance)
        }
      }
      return true
    }
  )

  law("is never less than what its winner pays", campaign(500, 5_000), settings, (setting) => {
    for (const event of play(setting) ?? []) {
      if (event._tag !== "SlotsSold") continue
      for (const winner of event.winners) {
        assert.isAtLeast(event.bids.find(({ agent }) => agent === winner)?.amount ?? 0, event.price)
      }
    }
    return true
  })

  const params = { learning_rate: 0.1, batch_size: 8, hidden_units: 16, l2: 0, momentum: 0, epochs: 1 } as const
  const full = { ...params, activation: "relu", dropout: 0, decay: 0 } as const
  const state = fold([
    begin({ seed: 1, trials: 4, agents: 3 }),
    { _tag: "RoundOpened", round: 1, coordinator: "ada", slots: 2 },
    ...(["ada", "bo"] as const).flatMap((agent, i) => {
      const job = `team-${i + 1}`
      const result = { outcome: "trained", accuracy: 0.9 - i / 10, loss: 0.1, seconds: 1 } as const
      return [
        { _tag: "TrialProposed", job, round: 1, agent, params: full },
        { _tag: "TrainingFinished", job, purpose: "team", worker: "w1", params: full, result }
      ] as const
    })
  ])

  it("is higher the better the agent's own trials did; one without any is in between", () => {
    assert.deepStrictEqual(
      ["ada", "cleo", "bo"].map((agent) => standing(state, agent)),
      [1, 0.5, 0]
    )
    assert.deepStrictEqual(
      ["ada", "cleo", "bo"].map((agent) => bid(state, agent, temperaments.bold)),
      // All of its appetite, 70 % and 40 % of it.
      [1, 0.7, 0.4].map((share) => 100 * temperaments.bold.appetite * share)
    )
  })

  it("is higher the bolder the agent", () => {
    const [thrifty = 0, steady = 0, bold = 0] = [temperaments.thrifty, temperaments.steady, temperaments.bold].map(
      (kind) => bid(state, "ada", kind) ?? 0
    )
    assert.isBelow(thrifty, steady)
    assert.isBelow(steady, bold)
  })
})
