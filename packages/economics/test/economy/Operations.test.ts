/** The economy as a whole: one ledger under everything that moves money, and a hundred ordinary operations. */
import { assert, describe, it } from "@effect/vitest"
import {
  Backed,
  Budgets,
  Contracts,
  DynamicPricing,
  Escrow,
  Insurance,
  Ledger,
  Machine,
  PredictionMarket,
  Stakes
} from "@mabeam/economics"
import { Result } from "effect"
import { campaign, law } from "@foundation/core/testing/law"
import { dice, plans } from "./dice.ts"
import type { Dice } from "./dice.ts"

const agents = ["ada", "bob", "cleo", "dora", "eve"] as const
const start = 10_000n

/** A machine on the ledger that all share: its own state is kept here, the ledger's is handed in and out. */
const member = <S, C, E, R extends { readonly message: string }>(
  machine: Machine.Machine<S, C, E, R>,
  movements: Backed.Movements<S, E>
) => {
  const backed = Backed.make(machine, movements, Ledger.make())
  let own = machine.initial
  return {
    state: () => own,
    send: (ledger: Ledger.State, command: C): Result.Result<Ledger.State, string> => {
      const handled = Machine.handle(backed, { own, ledger }, { _tag: "Own", command })
      if (Result.isFailure(handled)) return Result.fail(handled.failure.message)
      own = handled.success.state.own
      return Result.succeed(handled.success.state.ledger)
    }
  }
}

const opened = (): Ledger.State => {
  const accounts = [...agents, "treasury"]
  const { refused, state } = Machine.run(Ledger.make(), [
    ...accounts.map((account) => ({ _tag: "Open", id: `open ${account}`, at: 0, account, overdraft: 0n }) as const),
    ...agents.map((to) => ({ _tag: "Mint", id: `mint ${to}`, at: 0, to, amount: start }) as const)
  ])
  assert.deepStrictEqual(refused, [])
  return state
}

/** Runs so many operations of a day's business; some ask for too much, on purpose. */
const day = (source: Dice, count: number) => {
  const escrow = member(Escrow.machine, Escrow.movements)
  const contracts = member(Contracts.machine, Contracts.movements)
  const policy: Stakes.Policy = {
    offences: new Map([["late", { share: "0.1", recoverable: "1" }]]),
    unbondingMillis: 3,
    recoveryMillis: 10
  }
  const stakes = member(Stakes.make(policy), Stakes.movements({ id: "all", treasury: "treasury" }))
  const insurance = member(Insurance.machine, Insurance.movements("all"))
  const market = member(PredictionMarket.machine, PredictionMarket.movements)
  const budgets = Machine.run(Budgets.machine, [{ _tag: "Define", budget: "team", at: 0, perTaskMax: 900n }]).state
  const pricing = Machine.run(DynamicPricing.make(), [{ _tag: "SetBase", at: 0, base: 100n }]).state
  let ledger = opened()
  let ok = 0
  const refused: Array<string> = []
  const note = (result: Result.Result<Ledger.State, string>) => {
    if (Result.isFailure(result)) return void refused.push(result.failure)
    ledger = result.success
    ok++
  }
  const outcomes = ["yes", "no"]
  ledger = Result.getOrThrow(market.send(ledger, { _tag: "Open", id: "rain", at: 0, outcomes, b: 100 }))
  for (const agent of agents)
    ledger = Result.getOrThrow(stakes.send(ledger, { _tag: "Bond", agent, at: 0, amount: 200n }))
  for (let index = 0; index < count; index++) {
    const at = index + 1
    const [one, other, third] = [source.below(5), source.below(4), source.below(3)]
    const names = [...agents]
    const ada = names.splice(one, 1)[0]!
    const bob = names.splice(other, 1)[0]!
    const eve = names.splice(third, 1)[0]!
    // One in ten asks for more than anybody has.
    const amount = source.share() < 0.1 ? 10n * start : BigInt(1 + source.below(50))
    const id = `${index}`
    switch (source.below(7)) {
      case 0:
        note(escrow.send(ledger, { _tag: "Fund", id, at, payer: ada, payee: bob, arbiter: eve, amount, until: at + 9 }))
        note(escrow.send(ledger, { _tag: "Release", id, at, by: ada, amount }))
        break
      case 1: {
        const milestones = [{ id: "m", amount, due: at + 9 }]
        const parties = { client: ada, provider: bob, arbiter: eve }
        note(
          contracts.send(ledger, { _tag: "Fund", id, at, ...parties, milestones, reviewMillis: 5, rejectionsMax: 1 })
        )
        break
      }
      case 2:
        note(stakes.send(ledger, { _tag: "Bond", agent: ada, at, amount }))
        break
      case 3:
        note(stakes.send(ledger, { _tag: "Slash", id, agent: ada, at, offence: "late" }))
        break
      case 4:
        note(insurance.send(ledger, { _tag: "Contribute", at, by: ada, amount }))
        break
      case 5:
        note(
          market.send(ledger, {
            _tag: "Trade",
            id: "rain",
            at,
            trader: ada,
            outcome: source.pick(["yes", "no"]),
            shares: amount,
            costMax: amount
          })
        )
        break
      default: {
        const asked = Budgets.machine.decide(budgets, { _tag: "Reserve", id, at, budget: "team", task: id, amount })
        const priced = DynamicPricing.make().decide(pricing, { _tag: "Observe", at, requests: 5, providers: 3 })
        note(
          Result.isFailure(asked)
            ? Result.fail(asked.failure.message)
            : Result.isFailure(priced)
              ? Result.fail(priced.failure.message)
              : Result.succeed(ledger)
        )
      }
    }
  }
  return { ledger, ok, refused, escrow: escrow.state(), stakes: stakes.state(), insurance: insurance.state() }
}

describe("Operations", () => {
  it("S173: of 100 operations of the economy more than 80 % go through, and the rest say why", () => {
    for (let seed = 0; seed < 20; seed++) {
      const { ok, refused } = day(dice(seed), 100)
      assert.isAtLeast(ok + refused.length, 100)
      assert.isAbove(ok / (ok + refused.length), 0.8, refused.join("\n"))
      assert.isTrue(refused.every((message) => message.length > 0))
    }
  })

  law(
    "all machines on one ledger: nothing is lost, and each account holds its machine's money",
    campaign(100, 1000),
    plans(60),
    (plan) => {
      const { escrow, insurance, ledger, stakes } = day(dice(plan.seed), plan.length)
      assert.strictEqual(Ledger.supply(ledger), 5n * start)
      assert.strictEqual(Ledger.balance(ledger, Insurance.accountOf("all")), insurance.pool)
      assert.strictEqual(Ledger.balance(ledger, "treasury"), stakes.forfeited)
      for (const [id, entry] of escrow) assert.strictEqual(Ledger.balance(ledger, Escrow.accountOf(id)), entry.kept)
      const { credits, debits } = Ledger.trialBalance(ledger)
      return credits === debits
    }
  )
})
