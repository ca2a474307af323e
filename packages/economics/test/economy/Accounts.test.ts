/** Nobody reaches what a machine keeps by being called like its account. Each of these failed when its guard was taken away. */
import {
  Accounts,
  Backed,
  Budgets,
  Contracts,
  Escrow,
  Insurance,
  Ledger,
  Machine,
  PredictionMarket,
  Refusal,
  SecondPrice,
  Stakes,
  WhatIf
} from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { plans, sequence } from "./dice.ts"
import type { Dice } from "./dice.ts"
import { onLedger } from "./machines.ts"

const policy: Stakes.Policy = {
  offences: new Map([["fraud", { share: "1/4", recoverable: "1" }]]),
  unbondingMillis: 1,
  recoveryMillis: 10
}
const escrow = Backed.make(Escrow.machine, Escrow.movements, Ledger.make())
const contracts = Backed.make(Contracts.machine, Contracts.movements, Ledger.make())
const market = Backed.make(PredictionMarket.machine, PredictionMarket.movements, Ledger.make())
const stakes = Backed.make(Stakes.make(policy), Stakes.movements({ id: "all", treasury: "treasury" }), Ledger.make())
const insurance = Backed.make(Insurance.machine, Insurance.movements("all"), Ledger.make())
// Budgets move no money; on a ledger they are held to the same.
const budgets = Backed.make(Budgets.machine, () => [], Ledger.make())

const own = <C>(command: C) => ({ _tag: "Own", command }) as const

const by = { id: "v", at: 2, by: "ada" }
const part = { ...by, milestone: "m" }
const parties = { client: "ada", provider: "bob", arbiter: "eve" }
const milestones = [{ id: "m", amount: 40n, due: 50 }]
const bond = { agent: "ada", at: 1 }
const insured = { id: "p", at: 1, holder: "bob", value: 90n, coverage: 1, trigger: 1, premium: 4n, until: 9 }

const fund: Escrow.Command = {
  _tag: "Fund",
  id: "v",
  at: 1,
  payer: "ada",
  payee: "bob",
  arbiter: "eve",
  amount: 40n,
  until: 99
}
const sign: Contracts.Command = {
  _tag: "Fund",
  id: "v",
  at: 1,
  ...parties,
  milestones,
  reviewMillis: 5,
  rejectionsMax: 1
}
const offer: PredictionMarket.Command = { _tag: "Open", id: "v", at: 1, outcomes: ["yes", "no"], b: 50 }

/** Every kind of command of every machine, and who decides it. */
const machines = {
  Escrow: {
    decide: (command: Escrow.Command) => escrow.decide(escrow.initial, own(command)),
    commands: [
      fund,
      { _tag: "Release", ...by, amount: 1n },
      { _tag: "Refund", ...by, amount: 1n },
      { _tag: "Dispute", ...by },
      { _tag: "Resolve", ...by, toPayee: 1n },
      { _tag: "Expire", id: "v", at: 100 }
    ] satisfies ReadonlyArray<Escrow.Command>
  },
  Contracts: {
    decide: (command: Contracts.Command) => contracts.decide(contracts.initial, own(command)),
    commands: [
      sign,
      { _tag: "Deliver", ...part },
      { _tag: "Accept", ...part, amount: 1n },
      { _tag: "Reject", ...part },
      { _tag: "Dispute", ...part },
      { _tag: "Resolve", ...part, toProvider: 1n },
      { _tag: "Expire", id: "v", at: 9, milestone: "m" }
    ] satisfies ReadonlyArray<Contracts.Command>
  },
  PredictionMarket: {
    decide: (command: PredictionMarket.Command) => market.decide(market.initial, own(command)),
    commands: [
      offer,
      { _tag: "Trade", id: "v", at: 2, trader: "ada", outcome: "yes", shares: 20n, costMax: 20n },
      { _tag: "Resolve", id: "v", at: 3, outcome: "yes" }
    ] satisfies ReadonlyArray<PredictionMarket.Command>
  },
  Stakes: {
    decide: (command: Stakes.Command) => stakes.decide(stakes.initial, own(command)),
    commands: [
      { _tag: "Bond", ...bond, amount: 40n },
      { _tag: "Unbond", ...bond, amount: 4n },
      { _tag: "Withdraw", ...bond },
      { _tag: "Slash", id: "s", ...bond, offence: "fraud" },
      { _tag: "Recover", ...bond, slash: "s" }
    ] satisfies ReadonlyArray<Stakes.Command>
  },
  Insurance: {
    decide: (command: Insurance.Command) => insurance.decide(insurance.initial, own(command)),
    commands: [
      { _tag: "Contribute", at: 1, by: "ada", amount: 40n },
      { _tag: "Insure", ...insured },
      { _tag: "Claim", at: 2, claims: [{ id: "c", policy: "p", shortfall: 1 }] }
    ] satisfies ReadonlyArray<Insurance.Command>
  },
  Budgets: {
    decide: (command: Budgets.Command) => budgets.decide(budgets.initial, own(command)),
    commands: [
      { _tag: "Define", budget: "b", at: 0, parent: "a" },
      { _tag: "Reserve", id: "r", at: 1, budget: "b", task: "t", amount: 1n },
      { _tag: "Settle", id: "r", at: 1, amount: 1n }
    ] satisfies ReadonlyArray<Budgets.Command>
  },
  Ledger: {
    decide: (command: Ledger.Command) => Ledger.decide(Ledger.empty(), command),
    commands: [
      { _tag: "Open", id: "1", at: 0, account: "ada", overdraft: 0n },
      { _tag: "SetOverdraft", id: "1", at: 0, account: "ada", overdraft: 0n },
      { _tag: "Close", id: "1", at: 0, account: "ada" },
      { _tag: "Transfer", id: "1", at: 0, legs: [{ from: "ada", to: "bob", amount: 1n }] },
      { _tag: "Mint", id: "1", at: 0, to: "ada", amount: 1n },
      { _tag: "Burn", id: "1", at: 0, from: "ada", amount: 1n },
      { _tag: "Hold", id: "1", at: 0, account: "ada", amount: 1n, until: 2 },
      { _tag: "Capture", id: "1", at: 0, hold: "h", legs: [{ to: "bob", amount: 1n }] },
      { _tag: "Release", id: "1", at: 0, hold: "h" },
      { _tag: "Expire", id: "1", at: 0, hold: "h" }
    ] satisfies ReadonlyArray<Ledger.Command>
  },
  "a ledger under a machine": {
    decide: (command: Ledger.Command) => escrow.decide(escrow.initial, { _tag: "Ledger", command }),
    commands: [
      { _tag: "Open", id: "1", at: 0, account: "ada", overdraft: 0n },
      { _tag: "Transfer", id: "1", at: 0, legs: [{ from: "ada", to: "bob", amount: 1n }] }
    ] satisfies ReadonlyArray<Ledger.Command>
  }
}

type Place = ReadonlyArray<string | number>

/** The value once for each of its texts, with `name` in the text's place. */
const renamed = <A>(value: A, name: string): ReadonlyArray<readonly [path: Place, value: A]> => {
  // Texts for texts: the type stays what it was.
  if (typeof value === "string") return [[[], name as A & string]]
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([key, part]) =>
    key === "_tag"
      ? []
      : renamed(part, name).map(([path, changed]): readonly [Place, A] => {
          const place = Array.isArray(value) ? Number(key) : key
          const copy: A = structuredClone(value)
          Object.assign(copy as A & object, { [key]: changed })
          return [[place, ...path], copy]
        })
  )
}

/** An account of every machine, as names that somebody might like to have. */
const coveted: readonly [string, ...ReadonlyArray<string>] = [
  Escrow.accountOf("v"),
  Contracts.accountOf("v"),
  PredictionMarket.accountOf("v"),
  Stakes.accountOf("all"),
  Insurance.accountOf("all"),
  Accounts.issuer,
  Accounts.mark
]

describe("a command with a name of machines' own accounts is refused with its place", () => {
  const isRefused = <C>({
    commands,
    decide
  }: {
    readonly decide: (command: C) => Result.Result<unknown, Refusal.Refusal>
    readonly commands: ReadonlyArray<C>
  }): void => {
    let places = 0
    for (const command of commands)
      for (const name of coveted)
        for (const [path, changed] of renamed(command, name)) {
          const decided = decide(changed)
          if (Result.isSuccess(decided)) throw new Error(`accepted at ${Refusal.show(path)}: ${name}`)
          const { _tag, message, path: found } = decided.failure
          assert.deepStrictEqual([_tag, found], ["ReservedName", path])
          assert.isTrue(message.startsWith(`${Refusal.show(path)}: "mabeam:`))
          places++
        }
    assert.isAtLeast(places, commands.length * coveted.length)
  }
  it("Escrow", () => isRefused<Escrow.Command>(machines.Escrow))
  it("Contracts", () => isRefused<Contracts.Command>(machines.Contracts))
  it("PredictionMarket", () => isRefused<PredictionMarket.Command>(machines.PredictionMarket))
  it("Stakes", () => isRefused<Stakes.Command>(machines.Stakes))
  it("Insurance", () => isRefused<Insurance.Command>(machines.Insurance))
  it("Budgets", () => isRefused<Budgets.Command>(machines.Budgets))
  it("Ledger", () => isRefused<Ledger.Command>(machines.Ledger))
  it("a ledger under a machine", () => isRefused<Ledger.Command>(machines["a ledger under a machine"]))
})

describe("each account holds what its machine keeps, whatever participants are called", () => {
  const people = ["ada", "bob", "eve", "treasury"] as const
  /** Mostly people, sometimes the account of the machine, of another, or what it might be taken for. */
  const nameOf =
    (account: string) =>
    (dice: Dice): string => {
      const share = dice.share()
      if (share < 0.6) return dice.pick(people)
      if (share < 0.9) return share < 0.75 ? account : victim
      return dice.pick(["escrow/v", "(issuer)", ...coveted])
    }
  const sum = (dice: Dice) => BigInt(1 + dice.below(30))
  const id = (dice: Dice) => dice.pick(["v", "w"])
  /** What anybody may ask of the ledger: it mints nothing, so that all money is where it was put. */
  const ledgerCommand = (dice: Dice, index: number, name: (dice: Dice) => string): Ledger.Command => {
    const head = { id: dice.share() < 0.2 ? `${dice.pick(coveted)}/open` : `l${index}`, at: index }
    switch (dice.below(4)) {
      case 0:
        return { _tag: "Open", ...head, account: name(dice), overdraft: 0n }
      case 1:
        return { _tag: "Hold", ...head, account: name(dice), amount: sum(dice), until: index + 9 }
      case 2:
        return { _tag: "SetOverdraft", ...head, account: name(dice), overdraft: 50n }
      default:
        return { _tag: "Transfer", ...head, legs: [{ from: name(dice), to: name(dice), amount: sum(dice) }] }
    }
  }
  const commandOf =
    <C>(name: (dice: Dice) => string, make: (dice: Dice, at: number) => C) =>
    (dice: Dice, index: number): Backed.Command<C> =>
      dice.share() < 0.4 ? { _tag: "Ledger", command: ledgerCommand(dice, index, name) } : own(make(dice, index))
  const opening = onLedger(people, [])
  const victim = Escrow.accountOf("v")
  /** A ledger on which an escrow keeps 40, for the other machines. */
  const { ledger } = Machine.run(escrow, [...opening, own(fund)]).state
  const isUntouched = (ledger: Ledger.State): boolean =>
    Ledger.balance(ledger, victim) === 40n && Ledger.supply(ledger) === 200n

  law("Escrow", p13 / 5, plans(40), (plan) => {
    const name = nameOf(Escrow.accountOf("w"))
    const command = commandOf(name, (dice, at): Escrow.Command => {
      const party = { payer: name(dice), payee: name(dice), arbiter: name(dice) }
      const asked = { id: id(dice), at, by: name(dice) }
      return dice.share() < 0.5
        ? { _tag: "Fund", id: id(dice), at, ...party, amount: sum(dice), until: at + 9 }
        : { _tag: dice.pick(["Release", "Refund"]), ...asked, amount: sum(dice) }
    })
    const { state } = Machine.run(escrow, [...opening, ...sequence(plan, command)])
    for (const [each, { kept }] of state.own)
      if (Ledger.balance(state.ledger, Escrow.accountOf(each)) !== kept) return false
    return Ledger.supply(state.ledger) === 200n
  })

  law("Contracts", p13 / 5, plans(40), (plan) => {
    const name = nameOf(Contracts.accountOf("v"))
    const command = commandOf(name, (dice, at): Contracts.Command => {
      const party = { client: name(dice), provider: name(dice), arbiter: name(dice) }
      const terms = { milestones: [{ id: "m", amount: sum(dice), due: at + 9 }], reviewMillis: 5, rejectionsMax: 0 }
      const asked = { id: id(dice), at, by: name(dice), milestone: "m" }
      switch (dice.below(4)) {
        case 0:
          return { _tag: "Deliver", ...asked }
        case 1:
          return { _tag: "Accept", ...asked, amount: sum(dice) }
        default:
          return { _tag: "Fund", id: id(dice), at, ...party, ...terms }
      }
    })
    const { state } = Machine.run(contracts, sequence(plan, command), { own: contracts.initial.own, ledger })
    for (const [each] of state.own)
      if (Ledger.balance(state.ledger, Contracts.accountOf(each)) !== Contracts.totals(state.own, each).kept)
        return false
    return isUntouched(state.ledger)
  })

  law("PredictionMarket", p13 / 5, plans(40), (plan) => {
    const name = nameOf(PredictionMarket.accountOf("v"))
    const command = commandOf(name, (dice, at): PredictionMarket.Command => {
      const bet = { trader: name(dice), outcome: dice.pick(["yes", "no"]), shares: sum(dice), costMax: 50n }
      return dice.share() < 0.3
        ? { _tag: "Open", id: id(dice), at, outcomes: ["yes", "no"], b: 20 }
        : { _tag: "Trade", id: id(dice), at, ...bet }
    })
    const { state } = Machine.run(market, sequence(plan, command), { own: market.initial.own, ledger })
    for (const [each, { collected }] of state.own)
      if (Ledger.balance(state.ledger, PredictionMarket.accountOf(each)) !== collected) return false
    return isUntouched(state.ledger)
  })

  law("Stakes", p13 / 5, plans(40), (plan) => {
    const name = nameOf(Stakes.accountOf("all"))
    const command = commandOf(name, (dice, at): Stakes.Command => {
      const head = { agent: name(dice), at }
      switch (dice.below(4)) {
        case 0:
          return { _tag: "Unbond", ...head, amount: sum(dice) }
        case 1:
          return { _tag: "Withdraw", ...head }
        default:
          return { _tag: "Bond", ...head, amount: sum(dice) }
      }
    })
    const { state } = Machine.run(stakes, sequence(plan, command), { own: stakes.initial.own, ledger })
    let kept = 0n
    for (const [agent] of state.own.agents) kept += Stakes.atStake(state.own, agent)
    return Ledger.balance(state.ledger, Stakes.accountOf("all")) === kept && isUntouched(state.ledger)
  })

  law("Insurance", p13 / 5, plans(40), (plan) => {
    const name = nameOf(Insurance.accountOf("all"))
    const command = commandOf(name, (dice, at): Insurance.Command => {
      switch (dice.below(3)) {
        case 0:
          return { _tag: "Insure", ...insured, id: id(dice), at, holder: name(dice), until: at + 9 }
        case 1:
          return { _tag: "Claim", at, claims: [{ id: `${at}`, policy: id(dice), shortfall: 1 }] }
        default:
          return { _tag: "Contribute", at, by: name(dice), amount: sum(dice) }
      }
    })
    const { state } = Machine.run(insurance, sequence(plan, command), { own: insurance.initial.own, ledger })
    return Ledger.balance(state.ledger, Insurance.accountOf("all")) === state.own.pool && isUntouched(state.ledger)
  })
})

describe("names in a ledger", () => {
  it("a treasury may be out of reach, too: opened by a movement, filled by fines, nobody's name", () => {
    const treasury = Accounts.accountOf("treasury", "fines")
    const fined = Backed.make(Stakes.make(policy), Stakes.movements({ id: "all", treasury }), Ledger.make())
    const books = Ledger.make().movements
    const { ledger } = Machine.run(fined, onLedger(["ada", "bob"], [])).state
    const open = { _tag: "Open", id: `${treasury}/open`, at: 0, account: treasury, overdraft: 0n } as const
    const before = { own: fined.initial.own, ledger: Machine.run(books, [open], ledger).state }
    const slash = { _tag: "Slash", at: 2, agent: "ada", offence: "fraud" } as const
    const { refused, state } = Machine.run(
      fined,
      [
        own({ _tag: "Bond", agent: "ada", at: 1, amount: 80n } as const),
        own({ ...slash, id: "s" }),
        own({ ...slash, id: "t" }),
        own({ _tag: "Bond", agent: treasury, at: 3, amount: 20n } as const)
      ],
      before
    )
    assert.deepStrictEqual(
      refused.map(({ index, refusal }) => [index, refusal._tag]),
      [[3, "ReservedName"]]
    )
    // The first fine could have been recovered until the second came.
    assert.deepStrictEqual([Ledger.balance(state.ledger, treasury), state.own.forfeited], [20n, 20n])
  })

  it("a participant may be called what accounts of machines were called before, or like the issuer in words", () => {
    const { refused, state } = Machine.run(escrow, [
      ...onLedger(["escrow/v", "(issuer)", "bob", "eve"], []),
      own({ ...fund, payer: "escrow/v" })
    ])
    assert.deepStrictEqual(refused, [])
    assert.strictEqual(Ledger.balance(state.ledger, "escrow/v"), 60n)
    assert.strictEqual(Ledger.balance(state.ledger, Escrow.accountOf("v")), 40n)
    const rows = Ledger.trialBalance(state.ledger).rows.map(({ account }) => account)
    assert.strictEqual(new Set(rows).size, rows.length)
  })

  it("ids of 255 characters leave room for the machine's name: their movements survive JSON", () => {
    const id = "x".repeat(255)
    const { events, refused } = Machine.run(escrow, [
      ...onLedger(["ada", "bob"], []),
      own({ ...fund, id }),
      own({ _tag: "Release", id, at: 2, by: "ada", amount: 40n } as const)
    ])
    assert.deepStrictEqual(refused, [])
    const moved = events.flatMap((it) => (it._tag === "Ledger" ? [it.event] : []))
    const all = Schema.Array(Ledger.Event)
    const text = JSON.stringify(Schema.encodeSync(all)(moved))
    assert.deepStrictEqual(Schema.decodeUnknownSync(all)(JSON.parse(text)), moved)
  })

  it("but no longer ones: 256 characters from outside, 321 of a machine", () => {
    const mint = (to: string) => Ledger.decodeCommand({ _tag: "Mint", id: "1", at: 0, to, amount: "1" })
    for (const name of ["", "x".repeat(256), Accounts.accountOf("escrow", "x".repeat(400))]) {
      const decoded = mint(name)
      assert.isTrue(Result.isFailure(decoded) && decoded.failure.path[0] === "to")
    }
    assert.isTrue(Result.isSuccess(mint("x".repeat(255))))
  })

  it("what machines moved may stand in a log that is folded again; a bidder cannot be called like it", () => {
    const happened = (command: Ledger.Command): WhatIf.Entry => ({ _tag: "Ledger", command })
    const account = Escrow.accountOf("v")
    const log: ReadonlyArray<WhatIf.Entry> = [
      ...["ada", account].map((each) =>
        happened({ _tag: "Open", id: `o ${each}`, at: 0, account: each, overdraft: 0n })
      ),
      happened({ _tag: "Mint", id: "m", at: 0, to: "ada", amount: 9n }),
      happened({ _tag: "Transfer", id: `${account}/fund`, at: 1, legs: [{ from: "ada", to: account, amount: 5n }] }),
      {
        _tag: "Auction",
        id: "a",
        at: 2,
        seller: "ada",
        reserve: 1n,
        bids: [{ bidder: account, amount: 5n }],
        outcome: { winner: account, payments: [{ bidder: account, amount: 5n }] }
      }
    ]
    const { actual, alternative } = WhatIf.compare(log, SecondPrice.calculator)
    for (const { ledger, refused } of [actual, alternative]) {
      assert.strictEqual(Ledger.balance(ledger, account), 5n)
      assert.deepStrictEqual(
        refused.map(({ index, refusal }) => [index, refusal._tag, refusal.path]),
        [[4, "ReservedName", ["bids", 0, "bidder"]]]
      )
    }
  })
})
