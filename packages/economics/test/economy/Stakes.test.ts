import { assert, describe, it } from "@effect/vitest"
import { Amount, Backed, Insurance, Ledger, Machine, Money, Stakes } from "@mabeam/economics"
import { HashMap } from "effect"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { dice, plans, sequence } from "./dice.ts"
import type { Dice } from "./dice.ts"
import { junk, onLedger, refusalOf, refuses, replays } from "./machines.ts"

const day = 86_400_000
const policy: Stakes.Policy = {
  offences: new Map([
    ["fraud", { share: "1/4", recoverable: "0" }],
    ["abandonment", { share: "0.1", recoverable: "1" }]
  ]),
  unbondingMillis: 7 * day,
  recoveryMillis: 30 * day
}
const machine = Stakes.make(policy)

const stakeCommand = (dice: Dice, index: number): Stakes.Command => {
  const head = { agent: dice.pick(["ada", "bob"]), at: index * day }
  const amount = dice.share() < 0.1 ? dice.pick([0n, -1n, 10n ** 40n]) : BigInt(1 + dice.below(60))
  switch (dice.below(6)) {
    case 0:
    case 1:
      return { _tag: "Bond", ...head, amount }
    case 2:
      return { _tag: "Unbond", ...head, amount }
    case 3:
      return { _tag: "Withdraw", ...head }
    case 4:
      return {
        _tag: "Slash",
        id: `s${dice.below(index + 1)}`,
        ...head,
        offence: dice.pick(["fraud", "abandonment", "x"])
      }
    default:
      return { _tag: "Recover", ...head, slash: `s${dice.below(index + 1)}` }
  }
}

describe("Stakes", () => {
  replays("Stakes", machine, Stakes.Event, stakeCommand, 5)
  junk("Stakes", machine, Stakes.decodeCommand, [
    { _tag: "Bond", agent: "a", at: 0, amount: "100" },
    { _tag: "Slash", id: "s", agent: "a", at: 1, offence: "fraud" },
    { _tag: "Recover", agent: "a", at: 9, slash: "s" }
  ])

  law(
    "what was bonded is at stake, waiting, withdrawn, recoverable or forfeited; a slash takes its share, rounded up",
    p13,
    plans(60),
    (plan) => {
      let state = machine.initial
      let bonded = 0n
      let withdrawn = 0n
      for (const each of sequence(plan, stakeCommand)) {
        const decided = machine.decide(state, each)
        if (decided._tag === "Failure") continue
        for (const event of decided.success) {
          const reach = Stakes.atStake(state, event.agent)
          const next = machine.evolve(state, event)
          if (event._tag === "Bonded") bonded += event.amount
          if (event._tag === "Withdrawn") withdrawn += event.amount
          if (event._tag === "Slashed") {
            const parts = event.offence === "fraud" ? 4n : 10n
            if (event.amount !== (reach + parts - 1n) / parts) return false
            if (Stakes.atStake(next, event.agent) !== reach - event.amount) return false
          }
          state = next
        }
        let there = state.forfeited + withdrawn
        for (const [agent, stake] of state.agents) {
          there += Stakes.atStake(state, agent) + stake.slashes.reduce((sum, slash) => sum + slash.recoverable, 0n)
          if (stake.bonded < 0n || stake.unbonding.some(({ amount }) => amount <= 0n)) return false
        }
        if (there !== bonded) return false
      }
      return true
    }
  )

  law(
    "any commands on a ledger: one account holds what is at stake or recoverable, the treasury what is forfeited",
    p13 / 2,
    plans(60),
    (plan) => {
      const backed = Backed.make(machine, Stakes.movements({ id: "all", treasury: "treasury" }), Ledger.make())
      const { state } = Machine.run(backed, onLedger(["ada", "bob", "treasury"], sequence(plan, stakeCommand)))
      let kept = 0n
      for (const [agent, stake] of state.own.agents) {
        kept += Stakes.atStake(state.own, agent) + stake.slashes.reduce((sum, slash) => sum + slash.recoverable, 0n)
      }
      assert.strictEqual(Ledger.balance(state.ledger, Stakes.accountOf("all")), kept)
      assert.strictEqual(Ledger.balance(state.ledger, "treasury"), state.own.forfeited)
      return Ledger.supply(state.ledger) === 200n
    }
  )

  it("the same bond twice at the same time moves money twice", () => {
    const backed = Backed.make(machine, Stakes.movements({ id: "all", treasury: "treasury" }), Ledger.make())
    const { refused, state } = Machine.run(
      backed,
      onLedger(["ada", "bob", "treasury"], [bond(40n), bond(40n), bond(40n)])
    )
    assert.deepStrictEqual(
      refused.map(({ refusal }) => refusal._tag),
      ["Insufficient"]
    )
    assert.strictEqual(Ledger.balance(state.ledger, Stakes.accountOf("all")), 80n)
  })

  it("refuses one agent too many, not another bond of one who is there", () => {
    const stake = { bonded: 1n, unbonding: [], slashes: [] }
    const agents = HashMap.fromIterable(
      Array.from({ length: Stakes.agentsMax }, (_, index) => [`${index}`, stake] as const)
    )
    const full = { ...machine, initial: { agents, forfeited: 0n, moves: 0 } }
    assert.deepStrictEqual(refusalOf(full, [], bond(1n)), ["TooLarge", ["agent"]])
    assert.strictEqual(refusalOf(full, [], { ...bond(1n), agent: "7" }), "accepted")
  })

  const bond = (amount: bigint) => ({ _tag: "Bond", agent: "ada", at: 0, amount }) as const
  const slash = (offence: string) => ({ _tag: "Slash", id: "s", agent: "ada", at: 0, offence }) as const
  const after = (...commands: ReadonlyArray<Stakes.Command>) => {
    const { refused, state } = Machine.run(machine, commands)
    assert.deepStrictEqual(refused, [])
    return [Stakes.atStake(state, "ada"), state.forfeited]
  }

  it("S171: fraud takes 25 % of a stake of 150.00, abandonment 10 % of 100.00", () => {
    assert.deepStrictEqual(after(bond(15_000n), slash("fraud")), [11_250n, 3750n])
    assert.deepStrictEqual(after(bond(10_000n), slash("abandonment")), [9000n, 0n])
    // In units that cannot be halved the share is rounded up: 37.5 of 150 are 38.
    assert.deepStrictEqual(after(bond(150n), slash("fraud")), [112n, 38n])
  })

  it("S171: recovery at day 15 of 30 gives back one half, at day 30 all; the rest is forfeited", () => {
    const recover = (days: number) => ({ _tag: "Recover", agent: "ada", at: days * day, slash: "s" }) as const
    assert.deepStrictEqual(after(bond(10_000n), slash("abandonment"), recover(15)), [9500n, 500n])
    assert.deepStrictEqual(after(bond(10_000n), slash("abandonment"), recover(20)), [9666n, 334n])
    assert.deepStrictEqual(after(bond(10_000n), slash("abandonment"), recover(30)), [10_000n, 0n])
    assert.deepStrictEqual(after(bond(10_000n), slash("abandonment"), recover(90)), [10_000n, 0n])
  })

  it("a new offence forfeits what could still be recovered", () => {
    assert.deepStrictEqual(after(bond(1000n), slash("abandonment"), { ...slash("fraud"), id: "t" }), [675n, 325n])
  })

  it("money that waits for its delay is slashed too, what would be free last first", () => {
    const leave = { _tag: "Unbond", agent: "ada", at: 0, amount: 60n } as const
    const later = { ...leave, at: day, amount: 40n } as const
    const withdraw = { _tag: "Withdraw", agent: "ada", at: 7 * day } as const
    const { state } = Machine.run(machine, [bond(100n), leave, later, slash("fraud"), withdraw])
    assert.deepStrictEqual(Stakes.stakeOf(state, "ada").unbonding, [{ amount: 15n, due: 8 * day }])
  })

  const unbond = { _tag: "Unbond", agent: "ada", at: 0, amount: 5n } as const
  refuses<Stakes.State, Stakes.Command, Stakes.Event, Stakes.Refused>(machine, [
    ["a bond of nothing", [], bond(0n), "InvalidMoney", ["amount"]],
    ["one who has no stake", [], unbond, "UnknownName", ["agent"]],
    ["more than is bonded", [bond(4n)], unbond, "Insufficient", ["amount"]],
    [
      "a withdrawal within the delay",
      [bond(5n), unbond],
      { _tag: "Withdraw", agent: "ada", at: 7 * day - 1 },
      "TooEarly",
      ["at"]
    ],
    ["a withdrawal of nothing", [bond(5n)], { _tag: "Withdraw", agent: "ada", at: 1 }, "Insufficient", ["agent"]],
    ["an unknown offence", [bond(5n)], slash("x"), "UnknownName", ["offence"]],
    ["the same slash again", [bond(50n), slash("fraud")], slash("fraud"), "DuplicateName", ["id"]],
    ["a slash of nothing", [bond(1n), slash("fraud")], { ...slash("fraud"), id: "t" }, "Insufficient", ["agent"]],
    [
      "recovery of fraud",
      [bond(50n), slash("fraud")],
      { _tag: "Recover", agent: "ada", at: 30 * day, slash: "s" },
      "UnknownName",
      ["slash"]
    ],
    [
      "recovery before half the period",
      [bond(50n), slash("abandonment")],
      { _tag: "Recover", agent: "ada", at: 15 * day - 1, slash: "s" },
      "TooEarly",
      ["at"]
    ],
    [
      "too many withdrawals at once",
      [bond(500n), ...Array.from({ length: 100 }, () => ({ ...unbond, amount: 1n }))],
      unbond,
      "TooLarge",
      ["agent"]
    ]
  ])
})

const insuranceCommand = (dice: Dice, index: number): Insurance.Command => {
  const amount = dice.share() < 0.1 ? dice.pick([0n, -1n, 10n ** 40n]) : BigInt(1 + dice.below(300))
  const share = () => dice.pick(["0.05", "0.6", "1/3", "1", "0", "7/5"])
  switch (dice.below(4)) {
    case 0:
      return { _tag: "Contribute", at: index, by: "ada", amount }
    case 1: {
      const terms = { value: amount, coverage: share(), trigger: share(), premium: BigInt(dice.below(9)) }
      return {
        _tag: "Insure",
        id: `p${dice.below(4)}`,
        at: index,
        holder: "bob",
        ...terms,
        until: index + dice.below(40)
      }
    }
    default: {
      const claim = () => ({ id: `c${dice.below(index + 3)}`, policy: `p${dice.below(4)}`, shortfall: share() })
      return { _tag: "Claim", at: index, claims: Array.from({ length: dice.below(4) }, claim) }
    }
  }
}

describe("Insurance", () => {
  replays("Insurance", Insurance.machine, Insurance.Event, insuranceCommand, 3)
  junk("Insurance", Insurance.machine, Insurance.decodeCommand, [
    { _tag: "Contribute", at: 0, by: "a", amount: "5" },
    {
      _tag: "Insure",
      id: "p",
      at: 0,
      holder: "h",
      value: "50",
      coverage: "0.6",
      trigger: 0.05,
      premium: "1",
      until: 9
    },
    { _tag: "Claim", at: 1, claims: [{ id: "c", policy: "p", shortfall: "0.05" }] }
  ])

  law(
    "never above the pool, never above a policy's cover, never above what is due, whatever is claimed",
    p13,
    plans(50),
    (plan) => {
      const { events } = Machine.run(Insurance.machine, sequence(plan, insuranceCommand))
      let pool = 0n
      const covers = new Map<string, bigint>()
      for (const event of events) {
        if (event._tag === "Contributed") pool += event.amount
        if (event._tag === "Insured") {
          pool += event.premium
          const [over = "1", under = "1"] = String(event.coverage).split("/")
          // Coverage as a whole fraction: "0.05" is 5/100, "1/3" itself.
          const digits = (over.split(".")[1] ?? "").length
          covers.set(event.id, (event.value * BigInt(over.replace(".", ""))) / (10n ** BigInt(digits) * BigInt(under)))
        }
        if (event._tag === "Settled") {
          const before = pool
          for (const { due, paid, policy } of event.claims) {
            pool -= paid
            covers.set(policy, (covers.get(policy) ?? 0n) - paid)
            if (paid < 0n || paid > due || (covers.get(policy) ?? -1n) < 0n || pool < 0n) return false
          }
          const due = event.claims.reduce((sum, claim) => sum + claim.due, 0n)
          if (before - pool !== (due < before ? due : before)) return false
        }
      }
      return true
    }
  )

  law("any commands on a ledger: the pool's account holds exactly the pool", p13 / 2, plans(50), (plan) => {
    const backed = Backed.make(Insurance.machine, Insurance.movements("all"), Ledger.make())
    const { state } = Machine.run(backed, onLedger(["ada", "bob"], sequence(plan, insuranceCommand)))
    assert.strictEqual(Ledger.balance(state.ledger, Insurance.accountOf("all")), state.own.pool)
    return Ledger.supply(state.ledger) === 200n
  })

  it("refuses one policy too many; past ones can be left behind, the pool stays", () => {
    const { state } = Machine.run(Insurance.machine, [contribute(7n), insure("p")])
    const [policy] = [...HashMap.values(state.policies)]
    if (policy === undefined) throw new Error("insured nothing")
    const policies = HashMap.fromIterable(
      Array.from({ length: Insurance.policiesMax }, (_, index) => [`${index}`, policy] as const)
    )
    const full = { ...Insurance.machine, initial: { ...state, policies } }
    assert.deepStrictEqual(refusalOf(full, [], insure("p")), ["TooLarge", ["id"]])
    assert.strictEqual(HashMap.size(Insurance.unfinished(full.initial, 8).policies), Insurance.policiesMax)
    const afresh = { ...full, initial: Insurance.unfinished(full.initial, 9) }
    assert.strictEqual(refusalOf(afresh, [], insure("p")), "accepted")
    assert.strictEqual(afresh.initial.pool, 7n)
  })

  const contribute = (amount: bigint) => ({ _tag: "Contribute", at: 0, by: "ada", amount }) as const
  const insure = (id: string, value = 5000n) =>
    ({
      _tag: "Insure",
      id,
      at: 0,
      holder: "bob",
      value,
      coverage: "0.6",
      trigger: "0.05",
      premium: 0n,
      until: 9
    }) as const
  const claim = (shortfall: Amount.Given, policy = "p", id = "c") => ({ id, policy, shortfall })
  const claims = (...all: ReadonlyArray<ReturnType<typeof claim>>) => ({ _tag: "Claim", at: 1, claims: all }) as const
  const paid = (...commands: ReadonlyArray<Insurance.Command>) => {
    const { events, refused } = Machine.run(Insurance.machine, commands)
    assert.deepStrictEqual(refused, [])
    return events.flatMap((event) => (event._tag === "Settled" ? event.claims.map((each) => each.paid) : []))
  }

  it("S172: value 5000 × coverage .6 × (.05/.05) pays 3000; never above the pool", () => {
    assert.deepStrictEqual(paid(contribute(4000n), insure("p"), claims(claim("0.05"))), [3000n])
    assert.deepStrictEqual(paid(contribute(4000n), insure("p"), claims(claim("0.02"))), [1200n])
    assert.deepStrictEqual(paid(contribute(4000n), insure("p"), claims(claim("0.5"))), [3000n])
    assert.deepStrictEqual(paid(contribute(2000n), insure("p"), claims(claim("0.05"))), [2000n])
  })

  it("doubles mean what was written: 0.6 of 5000 is 3000, not one less", () => {
    const doubles = { ...insure("p"), coverage: 0.6, trigger: 0.05 }
    assert.deepStrictEqual(paid(contribute(4000n), doubles, claims(claim(0.05))), [3000n])
    assert.deepStrictEqual(
      [0.1, 1e-7, 2.5e-8, 1e21, 1.5e300, 5, 0].map((each) => Amount.rationals.encode(Money.share(each))),
      ["0.1", "0.0000001", "0.000000025", `1${"0".repeat(21)}`, `15${"0".repeat(299)}`, "5", "0"]
    )
  })

  it("claims of one policy share its cover, claims that the pool cannot pay share the pool", () => {
    const two = claims(claim("0.04"), claim("0.04", "p", "d"))
    assert.deepStrictEqual(paid(contribute(9000n), insure("p"), two), [2400n, 600n])
    const both = claims(claim("0.05"), claim("0.05", "q"))
    assert.deepStrictEqual(paid(contribute(1000n), insure("p"), insure("q", 10_000n), both), [333n, 667n])
  })

  it("premiums are the expected loss and its loading, rounded up, and sustain the pool for the stated risk", () => {
    assert.strictEqual(Insurance.premium({ value: 5000n, coverage: "0.6", risk: "0.1", loading: "0.2" }), 360n)
    assert.strictEqual(Insurance.premium({ value: 1n, coverage: "0.6", risk: "0.1", loading: "0" }), 1n)
    const source = dice(1)
    let pool = 0n
    for (let each = 0; each < 10_000; each++) pool += 360n - (source.share() < 0.1 ? 3000n : 0n)
    assert.isTrue(pool > 0n)
  })

  refuses<Insurance.State, Insurance.Command, Insurance.Event, Insurance.Refused>(Insurance.machine, [
    ["a contribution of nothing", [], contribute(0n), "InvalidMoney", ["amount"]],
    ["a policy that is there", [insure("p")], insure("p"), "DuplicateName", ["id"]],
    ["a coverage above 1", [], { ...insure("p"), coverage: "7/5" }, "InvalidFormat", ["coverage"]],
    ["a coverage of nothing", [], { ...insure("p"), coverage: 0 }, "InvalidFormat", ["coverage"]],
    ["a trigger of nothing", [], { ...insure("p"), trigger: "0" }, "InvalidFormat", ["trigger"]],
    ["a policy that is over", [], { ...insure("p"), until: 0 }, "TooLate", ["until"]],
    ["a claim of an unknown policy", [], claims(claim("1")), "UnknownName", ["claims", 0, "policy"]],
    ["a claim twice", [insure("p"), claims(claim("1"))], claims(claim("1")), "DuplicateName", ["claims", 0, "id"]],
    ["a claim twice at once", [insure("p")], claims(claim("1"), claim("1")), "DuplicateName", ["claims", 1, "id"]],
    ["a late claim", [insure("p")], { ...claims(claim("1")), at: 9 }, "TooLate", ["at"]],
    [
      "too many claims",
      [insure("p")],
      claims(...Array.from({ length: 1001 }, (_, index) => claim("1", "p", `${index}`))),
      "TooLarge",
      ["claims"]
    ]
  ])
})
