/**
 * The economy's state machines: what a posting, a value, an update and a price cost.
 *
 * @since 0.1.0
 */
import {
  Ledger,
  Machine,
  PredictionMarket,
  Reputation,
  Shapley,
  ShapleySampling,
  WhatIf,
  SecondPrice
} from "@mabeam/economics"
import { Effect, Result } from "effect"
import { type Case, limit } from "../case.ts"
import { chunked, once } from "../measure.ts"

const numbers = (n: number) => Array.from({ length: n }, (_, i) => i)

/** Fails the case when something is not what it has to be. */
const expect = (what: string, holds: boolean): void => {
  if (!holds) throw new Error(what)
}

const opened = (ledger: ReturnType<typeof Ledger.make>, accounts: number): Ledger.State =>
  Machine.run(
    ledger,
    numbers(accounts).flatMap((i): ReadonlyArray<Ledger.Command> => [
      { _tag: "Open", id: `open-${i}`, at: 0, account: `account-${i}`, overdraft: 0n },
      { _tag: "Mint", id: `mint-${i}`, at: 0, to: `account-${i}`, amount: 1_000_000n }
    ])
  ).state

const transfers: Case = {
  name: "ledger transfer",
  about: "n accounts; a transfer of one leg, two postings, decided and applied: postings_per_s over 500,000",
  sizes: [100, 10_000],
  targets: () => limit("postings_per_s", 500_000)(),
  body: ({ effort, n }) =>
    Effect.suspend(() => {
      const ledger = Ledger.make()
      let state = opened(ledger, n)
      const count = 100_000 / effort.shrink
      const commands = numbers(count).map((i): Ledger.Command => ({
        _tag: "Transfer",
        id: `transfer-${i}`,
        at: i,
        legs: [{ from: `account-${(i * 7) % n}`, to: `account-${(i * 7 + 1 + (i % (n - 1))) % n}`, amount: 1n }]
      }))
      return Effect.map(
        chunked(count, 1000, (i) =>
          Effect.sync(() => {
            const handled = Machine.handle(ledger, state, commands[i]!)
            expect("a transfer was refused", Result.isSuccess(handled))
            if (Result.isSuccess(handled)) state = handled.success.state
          })
        ),
        (rep) => {
          const { credits, debits } = Ledger.trialBalance(state)
          expect("the columns differ", credits === debits && Ledger.supply(state) === BigInt(n) * 1_000_000n)
          return { ...rep, extra: { postings_per_s: (2 * rep.ops * 1000) / rep.ms } }
        }
      )
    })
}

const batch: Case = {
  name: "ledger batch",
  about: "a transfer of n legs: postings_per_s over 500,000",
  sizes: [100],
  targets: () => limit("postings_per_s", 500_000)(),
  body: ({ effort, n }) =>
    Effect.suspend(() => {
      const ledger = Ledger.make()
      let state = opened(ledger, 2 * n)
      const legs = numbers(n).map((i) => ({ from: `account-${i}`, to: `account-${i + n}`, amount: 1n }))
      const count = 2000 / effort.shrink
      return Effect.map(
        chunked(count, 20, (i) =>
          Effect.sync(() => {
            const handled = Machine.handle(ledger, state, { _tag: "Transfer", id: `transfer-${i}`, at: i, legs })
            expect("a transfer was refused", Result.isSuccess(handled))
            if (Result.isSuccess(handled)) state = handled.success.state
          })
        ),
        (rep) => ({ ...rep, extra: { postings_per_s: (2 * n * rep.ops * 1000) / rep.ms } })
      )
    })
}

const shapley: Case = {
  name: "shapley exact",
  about: "the exact value of n players, in whole numbers",
  sizes: [8, 12],
  body: ({ n }) => {
    const players = numbers(n).map((i) => `p${i}`)
    return once(
      1,
      Effect.sync(() => {
        const parts = Result.getOrThrow(
          Shapley.allocate(players, (coalition) => BigInt(coalition.length) * BigInt(coalition.length))
        )
        expect(
          "not fair",
          [...parts.values()].every((part) => part === BigInt(n))
        )
      })
    )
  }
}

const sampled: Case = {
  name: "shapley sampled",
  about: "n players within 1 % of the range, all at once, at a confidence of 99 %",
  sizes: [100],
  reps: 3,
  warm: 1,
  body: ({ effort, n }) => {
    const players = numbers(n).map((i) => `p${i}`)
    const options = { players: n, low: 0, high: 1, error: 0.01, confidence: 0.99 }
    const samples = Math.ceil(ShapleySampling.samplesFor(options) / effort.shrink)
    const worth = (coalition: ReadonlySet<string>) => (coalition.size > n / 2 ? 1 : 0)
    return once(
      1,
      Effect.sync(() => {
        const { shares } = Result.getOrThrow(ShapleySampling.estimate({ ...options, players, worth, samples, seed: 1 }))
        expect(
          "too far off",
          effort.shrink > 1 || [...shares.values()].every((share) => Math.abs(share - 1 / n) <= 0.01)
        )
      })
    )
  }
}

const reputation: Case = {
  name: "reputation record",
  about: "a record of one of n agents about another, decided and applied, and the score read",
  sizes: [1000],
  body: ({ effort, n }) =>
    Effect.suspend(() => {
      const machine = Reputation.make()
      const agents = numbers(n).map((i) => `agent-${i}`)
      let { state } = Machine.run(
        machine,
        agents.map((agent) => ({ _tag: "Register", agent, at: 0, stake: 1000n }))
      )
      return chunked(50_000 / effort.shrink, 500, (i) =>
        Effect.sync(() => {
          const at = 2_000_000_000 + i
          const subject = agents[i % n]!
          const record = { id: `r${i}`, at, subject, rater: agents[(i * 7 + 1) % n]!, quality: (i % 10) / 10 }
          const handled = Machine.handle(machine, state, { _tag: "Record", ...record })
          if (Result.isSuccess(handled)) state = handled.success.state
          expect("not within [0, 1]", Reputation.expected(state, subject, at) <= 1)
        })
      )
    })
}

const ranking: Case = {
  name: "reputation rank",
  about: "n agents by score",
  sizes: [10_000],
  body: ({ n }) =>
    Effect.suspend(() => {
      const machine = Reputation.make()
      const { state } = Machine.run(
        machine,
        numbers(n).map((i) => ({ _tag: "Register", agent: `agent-${i}`, at: 0, stake: 0n }))
      )
      return once(
        n,
        Effect.sync(() => expect("somebody is missing", Reputation.rank(state, 1).length === n))
      )
    })
}

const prediction: Case = {
  name: "prediction market trade",
  about: "a trade in a market of n outcomes, decided and applied",
  sizes: [2, 100],
  body: ({ effort, n }) =>
    Effect.suspend(() => {
      const outcomes = numbers(n).map((i) => `o${i}`)
      const { machine } = PredictionMarket
      let { state } = Machine.run(machine, [{ _tag: "Open", id: "m", at: 0, outcomes, b: 10_000 }])
      return chunked(20_000 / effort.shrink, 200, (i) =>
        Effect.sync(() => {
          const trade = {
            id: "m",
            at: i,
            trader: `t${i % 50}`,
            outcome: outcomes[i % n]!,
            shares: 10n,
            costMax: 10n ** 9n
          }
          const handled = Machine.handle(machine, state, { _tag: "Trade", ...trade })
          expect("a trade was refused", Result.isSuccess(handled))
          if (Result.isSuccess(handled)) state = handled.success.state
        })
      )
    })
}

const whatIf: Case = {
  name: "what if second price",
  about: "a log of n auctions of 10 bids folded twice, as it was and under second price",
  sizes: [1000],
  body: ({ n }) =>
    Effect.suspend(() => {
      const names = numbers(10).map((i) => `bidder-${i}`)
      const open = (account: string) =>
        ({
          _tag: "Ledger",
          command: { _tag: "Open", id: `o-${account}`, at: 0, account, overdraft: 10n ** 9n }
        }) as const
      const auctions = numbers(n).map((i): WhatIf.Auction => {
        const bids = names.map((bidder, k) => ({ bidder, amount: BigInt(10 + ((i * 31 + k * 17) % 97)) }))
        const best = bids.reduce((most, bid) => (bid.amount > most.amount ? bid : most))
        const outcome = { winner: best.bidder, payments: [best] }
        return { _tag: "Auction", id: `a${i}`, at: i, seller: "shop", reserve: 5n, bids, outcome }
      })
      const log = [...[...names, "shop"].map(open), ...auctions]
      return once(
        n,
        Effect.sync(() => {
          const { alternative, differences } = WhatIf.compare(log, SecondPrice.calculator)
          expect("something was refused", alternative.refused.length === 0)
          let sum = 0n
          for (const { money } of differences.values()) sum += money
          expect("money appeared", sum === 0n)
        })
      )
    })
}

export const economyCases: ReadonlyArray<Case> = [
  transfers,
  batch,
  shapley,
  sampled,
  reputation,
  ranking,
  prediction,
  whatIf
]
