import { assert, describe, it } from "@effect/vitest"
import { Equal, Result, Schema } from "effect"
import * as Ledger from "../../src/economy/Ledger.ts"
import * as Machine from "../../src/economy/Machine.ts"
import { campaign, law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { broken, judge } from "../junk.ts"
import { plans, sequence } from "./dice.ts"
import type { Dice } from "./dice.ts"
import { NaiveLedger } from "./reference/naiveLedger.ts"

const machine = Ledger.make()
const names = ["ada", "bob", "cleo", "constructor"] as const
const amounts = [0n, 1n, 2n, 5n, 9n, 30n, -4n, 10n ** 40n] as const

/** Commands of every kind, with frequent repetitions of ids, unknown names, senseless amounts and steps back in time. */
const command = (dice: Dice, index: number): Ledger.Command => {
  const id = dice.share() < 0.08 ? `c${dice.below(index + 1)}` : `c${index}`
  const head = { id, at: Math.max(0, index - dice.below(6)) }
  const name = () => (dice.share() < 0.04 ? "nobody" : dice.pick(names))
  const amount = () => (dice.share() < 0.1 ? dice.pick(amounts) : BigInt(1 + dice.below(12)))
  const hold = `c${Math.max(0, index - 1 - dice.below(5))}`
  const leg = () => ({ from: name(), to: name(), amount: amount() })
  const legs = () => Array.from({ length: dice.below(4) }, leg)
  if (index < 4) return { _tag: "Open", ...head, account: names[index] ?? "", overdraft: BigInt(dice.below(8)) }
  switch (dice.below(16)) {
    case 0:
      return { _tag: "Open", ...head, account: name(), overdraft: amount() }
    case 1:
      return { _tag: "SetOverdraft", ...head, account: name(), overdraft: amount() }
    case 2:
      return { _tag: "Close", ...head, account: name() }
    case 3:
    case 4:
    case 12:
      return { _tag: "Mint", ...head, to: name(), amount: amount() }
    case 5:
      return { _tag: "Burn", ...head, from: name(), amount: amount() }
    case 6:
    case 10:
    case 11:
      return { _tag: "Hold", ...head, account: name(), amount: amount(), until: head.at + dice.below(14) }
    case 7:
      return {
        _tag: "Capture",
        ...head,
        hold,
        legs: legs().map(({ amount, to }) => ({ to, amount: amount > 9n ? amount : amount / 4n + 1n }))
      }
    case 8:
      return { _tag: "Release", ...head, hold }
    case 9:
      return { _tag: "Expire", ...head, at: head.at + dice.below(15), hold }
    default:
      return { _tag: "Transfer", ...head, legs: legs() }
  }
}

const show = (value: unknown) => JSON.stringify(value, (_, it) => (typeof it === "bigint" ? `${it}` : it))

const refusal = (before: ReadonlyArray<Ledger.Command>, command: Ledger.Command, options?: Ledger.Options) => {
  const small = Ledger.make(options)
  const { refused, state } = Machine.run(small, before)
  assert.deepStrictEqual(refused, [])
  const handled = Machine.handle(small, state, command)
  if (Result.isSuccess(handled)) return ["accepted"]
  const { _tag, message, path } = handled.failure
  assert.isTrue(message.startsWith(path.length === 0 ? "the input" : String(path[0])), message)
  return [_tag, path]
}

const open = (account: string, overdraft = 0n): Ledger.Command => ({
  _tag: "Open",
  id: `open-${account}`,
  at: 1,
  account,
  overdraft
})
const two = [open("ada"), open("bob"), { _tag: "Mint", id: "m", at: 1, to: "ada", amount: 10n } as const]
const held = [...two, { _tag: "Hold", id: "h", at: 2, account: "ada", amount: 6n, until: 9 } as const]
const head = { id: "x", at: 3 }

describe("Ledger laws", () => {
  law("any commands: accepted and summed up as by a list of postings", p13, plans(60), (plan) => {
    const naive = new NaiveLedger()
    let state = machine.initial
    for (const each of sequence(plan, command)) {
      const handled = Machine.handle(machine, state, each)
      // The one bound that the definition does not know: the largest sum.
      if (show(each).includes("0".repeat(30))) {
        assert.isTrue(Result.isFailure(handled))
        continue
      }
      assert.strictEqual(Result.isSuccess(handled), naive.give(each), show(each))
      if (Result.isSuccess(handled)) state = handled.success.state
    }
    for (const name of names) {
      assert.strictEqual(Ledger.balance(state, name), naive.opened.has(name) ? naive.balance(name) : 0n)
      const free = naive.balance(name) - naive.held(name) + (naive.opened.get(name) ?? 0n)
      assert.strictEqual(Ledger.available(state, name), naive.opened.has(name) ? free : 0n)
    }
    return true
  })

  law(
    "any commands: nothing is created or destroyed but by mint and burn; nobody below the overdraft; columns agree",
    p13,
    plans(60),
    (plan) => {
      let state = machine.initial
      let supply = 0n
      for (const each of sequence(plan, command)) {
        const decided = machine.decide(state, each)
        if (Result.isFailure(decided)) continue
        for (const event of decided.success) {
          state = machine.evolve(state, event)
          if (event._tag === "Minted") supply += event.amount
          if (event._tag === "Burned") supply -= event.amount
        }
        const { credits, debits, rows } = Ledger.trialBalance(state)
        let sum = 0n
        for (const row of rows.slice(0, -1)) sum += row.credits - row.debits
        if (sum !== supply || debits !== credits || Ledger.supply(state) !== supply) return false
        if (names.some((name) => Ledger.available(state, name) < 0n)) return false
      }
      return true
    }
  )

  law("replaying the events gives the same state; commands given again have no effect", p13, plans(40), (plan) => {
    const commands = sequence(plan, command)
    const first = Machine.run(machine, commands)
    if (!Equal.equals(Machine.replay(machine, first.events), first.state)) return false
    const accepted = commands.filter((_, index) => !first.refused.some((each) => each.index === index))
    const again = Machine.run(machine, accepted, first.state)
    return again.events.length === 0 && again.refused.length === 0
  })

  law("with few ids remembered, a command is never applied twice: it is known, or too old", p13, plans(60), (plan) => {
    const small = Ledger.make({ idsMax: 3 })
    const commands = sequence(plan, (dice, index): Ledger.Command => {
      if (index === 0) return open("ada")
      return { _tag: "Mint", id: `m${dice.below(12)}`, at: 0, to: "ada", amount: 1n }
    }).map((each, index) =>
      each._tag === "Mint" ? { ...each, at: Number(each.id.slice(1)) + (index > 0 ? 2 : 0) } : each
    )
    const { events, state } = Machine.run(small, commands)
    const ids = events.map((event) => event.id)
    return new Set(ids).size === ids.length && Ledger.supply(state) === BigInt(Math.max(0, ids.length - 1))
  })

  it("events written down and read again are the same events", () => {
    const events = Array.from({ length: 100 }, (_, seed) => seed).flatMap(
      (seed) => Machine.run(machine, sequence({ seed, length: 40 }, command)).events
    )
    const tags = new Set(events.map((event) => event._tag))
    assert.deepStrictEqual([...tags].sort(), Object.keys(Ledger.Event.cases).sort())
    const text = JSON.stringify(events.map((event) => Schema.encodeSync(Ledger.Event)(event)))
    const back = Schema.decodeUnknownSync(Schema.Array(Ledger.Event))(JSON.parse(text))
    assert.isTrue(Equal.equals(back, events))
  })
})

describe("Ledger refusals", () => {
  const cases: ReadonlyArray<
    readonly [string, ReadonlyArray<Ledger.Command>, Ledger.Command, unknown, Ledger.Options?]
  > = [
    ["an account that is open", two, { ...open("ada"), id: "x" }, ["DuplicateName", ["account"]]],
    ["one account too many", two, open("cleo"), ["TooLarge", ["account"]], { accountsMax: 2 }],
    ["more than there is", two, { _tag: "Burn", ...head, from: "ada", amount: 11n }, ["Insufficient", ["from"]]],
    ["held money spent", held, { _tag: "Burn", ...head, from: "ada", amount: 5n }, ["Insufficient", ["from"]]],
    ["nothing", two, { _tag: "Mint", ...head, to: "ada", amount: 0n }, ["InvalidMoney", ["amount"]]],
    [
      "less than nothing",
      two,
      { _tag: "Transfer", ...head, legs: [{ from: "ada", to: "bob", amount: -1n }] },
      ["InvalidMoney", ["legs", 0, "amount"]]
    ],
    [
      "an unknown account",
      two,
      { _tag: "Transfer", ...head, legs: [{ from: "ada", to: "eve", amount: 1n }] },
      ["UnknownName", ["legs", 0, "to"]]
    ],
    [
      "money that stays",
      two,
      { _tag: "Transfer", ...head, legs: [{ from: "ada", to: "ada", amount: 1n }] },
      ["InvalidFormat", ["legs", 0, "to"]]
    ],
    ["no legs", two, { _tag: "Transfer", ...head, legs: [] }, ["InvalidFormat", ["legs"]]],
    [
      "too many legs",
      two,
      { _tag: "Transfer", ...head, legs: [1n, 2n].map((amount) => ({ from: "ada", to: "bob", amount })) },
      ["TooLarge", ["legs"]],
      { legsMax: 1 }
    ],
    ["an id with other content", two, { _tag: "Mint", id: "m", at: 1, to: "ada", amount: 11n }, ["IdReused", ["id"]]],
    [
      "an id of before what is remembered",
      [open("ada"), { ...open("bob"), at: 2 }],
      { _tag: "Mint", id: "n", at: 1, to: "ada", amount: 1n },
      ["TooOld", ["at"]],
      { idsMax: 1 }
    ],
    ["a close of what is not empty", two, { _tag: "Close", ...head, account: "ada" }, ["NotEmpty", ["account"]]],
    [
      "a hold that ends before it begins",
      two,
      { _tag: "Hold", ...head, account: "ada", amount: 1n, until: 3 },
      ["TooLate", ["until"]]
    ],
    [
      "one hold too many",
      held,
      { _tag: "Hold", ...head, account: "ada", amount: 1n, until: 9 },
      ["TooLarge", ["id"]],
      { holdsMax: 1 }
    ],
    [
      "a capture of more than is held",
      held,
      { _tag: "Capture", ...head, hold: "h", legs: [{ to: "bob", amount: 7n }] },
      ["Insufficient", ["legs"]]
    ],
    [
      "a capture in vain",
      held,
      { _tag: "Capture", ...head, at: 9, hold: "h", legs: [{ to: "bob", amount: 1n }] },
      ["TooLate", ["at"]]
    ],
    ["an early expiry", held, { _tag: "Expire", ...head, hold: "h" }, ["TooEarly", ["at"]]],
    ["an unknown hold", two, { _tag: "Release", ...head, hold: "h" }, ["UnknownName", ["hold"]]],
    [
      "an overdraft below what is used",
      [open("ada", 5n), open("bob"), { _tag: "Burn", id: "b", at: 2, from: "ada", amount: 4n }],
      { _tag: "SetOverdraft", ...head, account: "ada", overdraft: 3n },
      ["Insufficient", ["overdraft"]]
    ]
  ]
  for (const [what, before, given, expected, options] of cases)
    it(`refuses ${what}`, () => assert.deepStrictEqual(refusal(before, given, options), expected))

  it("the legs of a transfer are covered by their net effect, or none of them happens", () => {
    const legs = [
      { from: "bob", to: "ada", amount: 3n },
      { from: "ada", to: "bob", amount: 9n }
    ]
    const { refused, state } = Machine.run(machine, [
      ...two,
      { _tag: "Transfer", id: "1", at: 3, legs },
      { _tag: "Transfer", id: "2", at: 3, legs: [...legs, { from: "ada", to: "bob", amount: 9n }] }
    ])
    assert.deepStrictEqual([Ledger.balance(state, "ada"), Ledger.balance(state, "bob"), refused.length], [4n, 6n, 1])
  })

  it("junk from outside gets a refusal with its place", () => {
    const samples = [
      { _tag: "Transfer", id: "1", at: 3, legs: [{ from: "a", to: "b", amount: "12" }] },
      { _tag: "Hold", id: "1", at: 3, account: "a", amount: "12", until: 9 }
    ]
    let refused = 0
    for (let seed = 0; seed < campaign(5000, 50_000); seed++) {
      const decoded = Ledger.decodeCommand(broken(samples[seed % 2] ?? null, seed))
      if (Result.isSuccess(decoded)) {
        machine.decide(machine.initial, decoded.success)
        continue
      }
      judge(Result.fail(decoded.failure))
      refused++
    }
    assert.isAbove(refused, 0)
  })
})
