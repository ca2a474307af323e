import { assert, describe, it } from "@effect/vitest"
import { Backed, Contracts, Escrow, Ledger, Machine } from "@mabeam/economics"
import { HashMap } from "effect"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { plans, sequence } from "./dice.ts"
import type { Dice } from "./dice.ts"
import { junk, refusalOf, refuses, replays } from "./machines.ts"

const people = ["ada", "bob", "eve"] as const
const sum = (dice: Dice) => (dice.share() < 0.1 ? dice.pick([0n, -3n, 10n ** 31n]) : BigInt(1 + dice.below(20)))

const escrowCommand = (dice: Dice, index: number): Escrow.Command => {
  const head = { id: `e${dice.below(3)}`, at: index }
  const by = dice.pick(people)
  switch (dice.below(7)) {
    case 0:
    case 1: {
      const until = index + dice.below(25)
      return { _tag: "Fund", ...head, payer: "ada", payee: "bob", arbiter: "eve", amount: sum(dice), until }
    }
    case 2:
      return { _tag: "Release", ...head, by, amount: sum(dice) }
    case 3:
      return { _tag: "Refund", ...head, by, amount: sum(dice) }
    case 4:
      return dice.share() < 0.5 ? { _tag: "Dispute", ...head, by } : { _tag: "Expire", ...head }
    default:
      return { _tag: "Resolve", ...head, by, toPayee: sum(dice) }
  }
}

const contractCommand = (dice: Dice, index: number): Contracts.Command => {
  const head = { id: `c${dice.below(2)}`, at: index }
  const part = { ...head, milestone: dice.pick(["m0", "m1"]) }
  const by = dice.pick(people)
  switch (dice.below(8)) {
    case 0: {
      const milestones = [0, 1].map((each) => ({ id: `m${each}`, amount: sum(dice), due: index + dice.below(30) }))
      const terms = { reviewMillis: 1 + dice.below(24), rejectionsMax: dice.below(2) }
      return { _tag: "Fund", ...head, client: "ada", provider: "bob", arbiter: "eve", milestones, ...terms }
    }
    case 1:
    case 2:
      return { _tag: "Deliver", ...part, by }
    case 3:
      return { _tag: "Accept", ...part, by, amount: sum(dice) }
    case 4:
      return { _tag: "Reject", ...part, by }
    case 5:
      return { _tag: "Dispute", ...part, by }
    case 6:
      return { _tag: "Resolve", ...part, by, toProvider: sum(dice) }
    default:
      return { _tag: "Expire", ...part }
  }
}

const opening: ReadonlyArray<Backed.Command<never>> = [
  ...people.map((account) => ({ _tag: "Open", id: `open ${account}`, at: 0, account, overdraft: 0n }) as const),
  { _tag: "Mint", id: "mint", at: 0, to: "ada", amount: 60n } as const
].map((command) => ({ _tag: "Ledger", command }))

const own = <C>(commands: ReadonlyArray<C>): ReadonlyArray<Backed.Command<C>> => [
  ...opening,
  ...commands.map((command) => ({ _tag: "Own", command }) as const)
]

describe("Escrow", () => {
  replays("Escrow", Escrow.machine, Escrow.Event, escrowCommand, 3)
  junk("Escrow", Escrow.machine, Escrow.decodeCommand, [
    { _tag: "Fund", id: "e", at: 1, payer: "a", payee: "b", arbiter: "c", amount: "12", until: 9 },
    { _tag: "Release", id: "e", at: 2, by: "a", amount: "5" },
    { _tag: "Resolve", id: "e", at: 2, by: "c", toPayee: "0" }
  ])

  law(
    "any commands on a ledger: the escrow's account holds exactly what is kept, and nothing is lost",
    p13,
    plans(50),
    (plan) => {
      const machine = Backed.make(Escrow.machine, Escrow.movements, Ledger.make())
      const { events, state } = Machine.run(machine, own(sequence(plan, escrowCommand)))
      const funded = new Map<string, bigint>()
      for (const event of events) {
        if (event._tag === "Own" && event.event._tag === "Funded") funded.set(event.event.id, event.event.amount)
      }
      for (const [id, entry] of state.own) {
        if (entry.kept + entry.released + entry.refunded !== funded.get(id) || entry.kept < 0n) return false
        if (Ledger.balance(state.ledger, Escrow.accountOf(id)) !== entry.kept) return false
        if (Ledger.isOpen(state.ledger, Escrow.accountOf(id)) !== (entry.stage !== "closed")) return false
      }
      return Ledger.supply(state.ledger) === 60n
    }
  )

  law("any commands without a ledger: released, refunded and kept are what was funded", p13 / 5, plans(50), (plan) => {
    const funded = new Map<string, bigint>()
    let state = Escrow.machine.initial
    for (const event of Machine.run(Escrow.machine, sequence(plan, escrowCommand)).events) {
      if (event._tag === "Funded") funded.set(event.id, event.amount)
      state = Escrow.evolve(state, event)
      for (const [id, { kept, refunded, released, stage }] of state) {
        if (kept < 0n || kept + refunded + released !== funded.get(id)) return false
        if ((kept === 0n) !== (stage === "closed")) return false
      }
    }
    return true
  })

  const fund = {
    _tag: "Fund",
    id: "e",
    at: 1,
    payer: "ada",
    payee: "bob",
    arbiter: "eve",
    amount: 10n,
    until: 9
  } as const
  const dispute = { _tag: "Dispute", id: "e", at: 2, by: "bob" } as const
  refuses(Escrow.machine, [
    ["an escrow that is there", [fund], fund, "DuplicateName", ["id"]],
    ["nothing", [], { ...fund, amount: 0n }, "InvalidMoney", ["amount"]],
    ["a payer who judges", [], { ...fund, arbiter: "ada" }, "InvalidFormat", ["arbiter"]],
    ["an end before the beginning", [], { ...fund, until: 1 }, "TooLate", ["until"]],
    ["a dispute when the money is the payer's again", [fund], { ...dispute, at: 9 }, "TooLate", ["at"]],
    ["an unknown escrow", [], dispute, "UnknownName", ["id"]],
    [
      "a payee who pays herself",
      [fund],
      { _tag: "Release", id: "e", at: 2, by: "bob", amount: 1n },
      "NotAllowed",
      ["by"]
    ],
    [
      "more than is kept",
      [fund],
      { _tag: "Release", id: "e", at: 2, by: "ada", amount: 11n },
      "Insufficient",
      ["amount"]
    ],
    [
      "a release in dispute",
      [fund, dispute],
      { _tag: "Release", id: "e", at: 2, by: "ada", amount: 1n },
      "OutOfOrder",
      ["id"]
    ],
    [
      "a resolution without a dispute",
      [fund],
      { _tag: "Resolve", id: "e", at: 2, by: "eve", toPayee: 1n },
      "OutOfOrder",
      ["id"]
    ],
    [
      "a party that resolves",
      [fund, dispute],
      { _tag: "Resolve", id: "e", at: 2, by: "bob", toPayee: 1n },
      "NotAllowed",
      ["by"]
    ],
    ["an early expiry", [fund], { _tag: "Expire", id: "e", at: 8 }, "TooEarly", ["at"]],
    ["an expiry in dispute", [fund, dispute], { _tag: "Expire", id: "e", at: 9 }, "OutOfOrder", ["id"]]
  ])
})

describe("Escrow: room for all", () => {
  const fund = {
    _tag: "Fund",
    id: "e",
    at: 1,
    payer: "ada",
    payee: "bob",
    arbiter: "eve",
    amount: 9n,
    until: 9
  } as const
  const release = { _tag: "Release", id: "e", at: 2, by: "ada", amount: 9n } as const

  it("refuses one too many until closed ones are left behind", () => {
    const { state } = Machine.run(Escrow.machine, [fund, release])
    const closed = Escrow.lookup(state, "e")
    if (closed === undefined) throw new Error("nothing was funded")
    const open = { ...closed, stage: "open", kept: 9n, released: 0n } as const
    const all = Array.from(
      { length: Escrow.escrowsMax },
      (_, index) => [`${index}`, index < 3 ? open : closed] as const
    )
    const full = { ...Escrow.machine, initial: HashMap.fromIterable(all) }
    assert.deepStrictEqual(refusalOf(full, [], fund), ["TooLarge", ["id"]])
    const afresh = { ...full, initial: Escrow.unfinished(full.initial) }
    assert.strictEqual(HashMap.size(afresh.initial), 3)
    assert.strictEqual(refusalOf(afresh, [], fund), "accepted")
  })

  it("on a ledger, an escrow that was left behind is not funded again by the money of the first time", () => {
    const machine = Backed.make(Escrow.machine, Escrow.movements, Ledger.make())
    const { state } = Machine.run(machine, own([fund, release]))
    const afresh = { ...machine, initial: { ...state, own: Escrow.unfinished(state.own) } }
    assert.deepStrictEqual(refusalOf(afresh, [], { _tag: "Own", command: fund }), ["IdReused", ["id"]])
    assert.deepStrictEqual(refusalOf(afresh, [], { _tag: "Own", command: { ...fund, at: 5 } }), ["IdReused", ["id"]])
  })
})

describe("Contracts", () => {
  replays("Contracts", Contracts.machine, Contracts.Event, contractCommand, 5)
  junk("Contracts", Contracts.machine, Contracts.decodeCommand, [
    {
      _tag: "Fund",
      id: "c",
      at: 1,
      client: "a",
      provider: "b",
      arbiter: "c",
      milestones: [{ id: "m", amount: "3", due: 9 }],
      reviewMillis: 3,
      rejectionsMax: 1
    },
    { _tag: "Accept", id: "c", at: 2, by: "a", milestone: "m", amount: "2" }
  ])

  law("any commands on a ledger: the contract's account holds exactly what is not settled", p13, plans(60), (plan) => {
    const machine = Backed.make(Contracts.machine, Contracts.movements, Ledger.make())
    const { events, state } = Machine.run(machine, own(sequence(plan, contractCommand)))
    const settled = new Set<string>()
    for (const event of events) {
      if (event._tag !== "Own" || event.event._tag !== "Settled") continue
      const key = `${event.event.id}/${event.event.milestone}`
      if (settled.has(key)) return false
      settled.add(key)
    }
    for (const [id, contract] of state.own) {
      const { kept, toClient, toProvider } = Contracts.totals(state.own, id)
      if (kept + toClient + toProvider !== contract.milestones.reduce((all, each) => all + each.amount, 0n))
        return false
      if (Ledger.balance(state.ledger, Contracts.accountOf(id)) !== kept) return false
    }
    return Ledger.supply(state.ledger) === 60n
  })

  const terms = { client: "ada", provider: "bob", arbiter: "eve", reviewMillis: 5, rejectionsMax: 1 }
  const milestones = [{ id: "m", amount: 10n, due: 20 }]
  const fund = { _tag: "Fund", id: "c", at: 1, ...terms, milestones } as const
  const of = (at: number, by: string) => ({ id: "c", at, by, milestone: "m" })
  const deliver = { _tag: "Deliver", ...of(3, "bob") } as const
  const reject = { _tag: "Reject", ...of(4, "ada") } as const
  refuses<Contracts.State, Contracts.Command, Contracts.Event, Contracts.Refused>(Contracts.machine, [
    ["a contract that is there", [fund], fund, "DuplicateName", ["id"]],
    ["no milestones", [], { ...fund, milestones: [] }, "InvalidFormat", ["milestones"]],
    [
      "a milestone twice",
      [],
      { ...fund, milestones: [...milestones, ...milestones] },
      "DuplicateName",
      ["milestones", 1, "id"]
    ],
    [
      "too many milestones",
      [],
      { ...fund, milestones: Array.from({ length: 1001 }, (_, index) => ({ id: `${index}`, amount: 1n, due: 9 })) },
      "TooLarge",
      ["milestones"]
    ],
    ["two in one", [], { ...fund, arbiter: "bob" }, "InvalidFormat", ["arbiter"]],
    [
      "a milestone for nothing",
      [],
      { ...fund, milestones: [{ id: "m", amount: 0n, due: 9 }] },
      "InvalidMoney",
      ["milestones", 0, "amount"]
    ],
    [
      "a milestone of the past",
      [],
      { ...fund, milestones: [{ id: "m", amount: 1n, due: 1 }] },
      "TooLate",
      ["milestones", 0, "due"]
    ],
    ["an unknown contract", [], deliver, "UnknownName", ["id"]],
    ["an unknown milestone", [fund], { ...deliver, milestone: "x" }, "UnknownName", ["milestone"]],
    ["somebody else's work", [fund], { ...deliver, by: "ada" }, "NotAllowed", ["by"]],
    ["late work", [fund], { ...deliver, at: 20 }, "TooLate", ["at"]],
    ["judgement of what is not there", [fund], reject, "OutOfOrder", ["milestone"]],
    ["a provider who judges", [fund, deliver], { ...reject, by: "bob" }, "NotAllowed", ["by"]],
    ["late judgement", [fund, deliver], { ...reject, at: 8 }, "TooLate", ["at"]],
    ["late judgement by a dispute", [fund, deliver], { _tag: "Dispute", ...of(8, "ada") }, "TooLate", ["at"]],
    [
      "more than was agreed",
      [fund, deliver],
      { _tag: "Accept", ...of(4, "ada"), amount: 11n },
      "Insufficient",
      ["amount"]
    ],
    [
      "a refund of what may still come",
      [fund],
      { _tag: "Expire", id: "c", at: 19, milestone: "m" },
      "TooEarly",
      ["at"]
    ],
    ["a dispute about nothing", [fund], { _tag: "Dispute", ...of(4, "ada") }, "OutOfOrder", ["milestone"]],
    [
      "a resolution without a dispute",
      [fund, deliver],
      { _tag: "Resolve", ...of(4, "eve"), toProvider: 1n },
      "OutOfOrder",
      ["milestone"]
    ]
  ])

  it("refuses one too many until settled ones are left behind", () => {
    const { state } = Machine.run<Contracts.State, Contracts.Command, Contracts.Event, Contracts.Refused>(
      Contracts.machine,
      [fund, { _tag: "Expire", id: "c", at: 20, milestone: "m" }]
    )
    const settled = Contracts.lookup(state, "c")
    if (settled === undefined) throw new Error("nothing was funded")
    const all = Array.from({ length: Contracts.contractsMax }, (_, index) => [`${index}`, settled] as const)
    const full = { ...Contracts.machine, initial: HashMap.fromIterable(all) }
    assert.deepStrictEqual(refusalOf(full, [], fund), ["TooLarge", ["id"]])
    assert.strictEqual(HashMap.size(Contracts.unfinished(full.initial)), 0)
    const open = Machine.run(Contracts.machine, [fund]).state
    assert.strictEqual(HashMap.size(Contracts.unfinished(open)), 1)
  })

  it("no name of a milestone stands in the way of another contract", () => {
    const machine = Backed.make(Contracts.machine, Contracts.movements, Ledger.make())
    const expire = { _tag: "Expire", id: "c", at: 20, milestone: "x/open" } as const
    const { refused, state } = Machine.run(
      machine,
      own<Contracts.Command>([
        { ...fund, milestones: [{ id: "x/open", amount: 10n, due: 20 }] },
        { ...fund, id: "c/settle/x" },
        expire
      ])
    )
    assert.deepStrictEqual(refused, [])
    assert.strictEqual(Ledger.balance(state.ledger, "ada"), 50n)
  })

  it("a dispute is in time until the time to judge is over, and after a rejection until the money has gone back", () => {
    const dispute = (at: number) => ({ _tag: "Dispute", ...of(at, "bob") }) as const
    const refusedAt = (commands: ReadonlyArray<Contracts.Command>) =>
      Machine.run<Contracts.State, Contracts.Command, Contracts.Event, Contracts.Refused>(
        Contracts.machine,
        commands
      ).refused.map(({ index }) => index)
    assert.deepStrictEqual(refusedAt([fund, deliver, dispute(7)]), [])
    assert.deepStrictEqual(refusedAt([fund, deliver, dispute(8)]), [2])
    assert.deepStrictEqual(refusedAt([fund, deliver, reject, dispute(30)]), [])
    const expire = { _tag: "Expire", id: "c", at: 30, milestone: "m" } as const
    assert.deepStrictEqual(refusedAt([fund, deliver, reject, expire, dispute(30)]), [4])
  })

  law("a second rejection of one is a dispute, and the arbiter divides", 1, plans(0), () => {
    const again = { _tag: "Deliver", ...of(5, "bob") } as const
    const resolve = { _tag: "Resolve", ...of(9, "eve"), toProvider: 4n } as const
    const { refused, state } = Machine.run<Contracts.State, Contracts.Command, Contracts.Event, Contracts.Refused>(
      Contracts.machine,
      [fund, deliver, reject, again, { ...reject, at: 6 }, resolve]
    )
    assert.deepStrictEqual(refused, [])
    assert.deepStrictEqual(Contracts.totals(state, "c"), { kept: 0n, toProvider: 4n, toClient: 6n })
    return true
  })
})
