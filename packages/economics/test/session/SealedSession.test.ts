import { Amount, AllPay, FirstPrice, SealedMechanism, SealedSession, SecondPrice, Settlement } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Equal, Schema } from "effect"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import {
  conserves,
  deliveries,
  long,
  offence,
  paid,
  reasons,
  recomputes,
  refusesTerms,
  refusesWithoutEffect,
  runner,
  settled,
  settlements
} from "./harness.ts"
import { announce, close, died, pass, solved, submit, tick, withdraw } from "./sealed.ts"

type Input = SealedSession.Input

const second = SealedSession.make(SealedMechanism.oneItem(SecondPrice.calculator))
const run = runner(second.initial, second.step)

describe("a sealed session", () => {
  it("settles at close with the calculator's own receipt", () => {
    const { outputs, state } = run([
      announce({ item: "vase", reserve: 5 }),
      submit("a", 9),
      pass("c"),
      submit("b", "7/2"),
      close()
    ])
    const settlement = settled(outputs)
    assert.deepStrictEqual(settlement.receipt, {
      mechanism: "second-price",
      version: 1,
      inputs: {
        bids: [
          { bidder: "a", amount: 9 },
          { bidder: "b", amount: "7/2" }
        ],
        reserve: 5
      },
      decision: { sold: true, winner: "a", price: 5, tie: false }
    })
    assert.deepStrictEqual(settlement.transfers, [
      Settlement.payment("a", "house", 5, "price of vase"),
      Settlement.delivery("house", "a", "vase", 1)
    ])
    assert.isTrue(recomputes(SecondPrice.calculator, settlement))
    assert.strictEqual(state._tag, "Settled")
  })

  it("closes by itself when all have answered, passed or died, and not before", () => {
    const open = run([announce({ item: "vase" }, { participants: ["a", "b", "c"] }), submit("a", 4), died("b")])
    assert.deepStrictEqual(open.outputs, [])
    assert.strictEqual(settled(run([pass("c")], open.state).outputs).receipt.decision["winner"], "a")
    assert.isFalse(settled(run([announce({ item: "x" }, { participants: [] })]).outputs).receipt.decision["sold"])
  })

  it("closes with the first input at its end; that one comes too late", () => {
    const { outputs } = run([announce({ item: "vase" }, { endsAt: 10 }), submit("a", 4, 9), submit("b", 9, 10)])
    assert.deepStrictEqual(reasons(outputs), ["closed"])
    assert.strictEqual(settled(outputs).receipt.decision["winner"], "a")
  })

  it("a bad submission is refused to its sender with its place, who may try again", () => {
    const { outputs } = run([announce(), submit("a", -1), submit("a", 3), close()])
    assert.deepInclude(outputs[0], { _tag: "Refused", participant: "a", because: "invalid submission" })
    assert.strictEqual(settled(outputs).receipt.decision["winner"], "a")
    const { initial, step } = SealedSession.make(SealedMechanism.packages({ name: "vcg", version: 1 }))
    const refused = runner(
      initial,
      step
    )([
      announce({ goods: ["x", "y"] }),
      submit("a", [
        { items: ["x"], price: 1 },
        { items: ["y", "z"], price: 2 }
      ])
    ])
    assert.deepStrictEqual(refused.outputs, [
      {
        _tag: "Refused",
        participant: "a",
        because: "invalid submission",
        message: '[1].items[1]: "z" is not among the goods',
        path: [1, "items", 1]
      }
    ])
  })

  it("what is withdrawn does not count; what the dead have submitted stands or lapses, as the terms say", () => {
    const inputs = [submit("a", 4), submit("b", 9), submit("c", 6), died("b"), close()]
    const winner = (terms: Partial<SealedSession.Terms>, all: ReadonlyArray<Input>) =>
      settled(run([announce({ item: "vase" }, terms), ...all]).outputs).receipt.decision["winner"]
    assert.strictEqual(winner({}, inputs), "b")
    assert.strictEqual(winner({ onDeath: "lapses" }, inputs), "c")
    assert.strictEqual(winner({ withdrawals: true }, [submit("a", 4), submit("b", 9), withdraw("b"), close()]), "a")
  })

  refusesTerms(run, (terms: Partial<SealedSession.Terms>) => announce({ item: "vase" }, terms), [
    [{ participants: ["a", "a"] }, ["participants"]],
    [{ participants: ["house"] }, ["participants"]],
    [{ endsAt: -1 }, ["endsAt"]]
  ])

  refusesWithoutEffect(run, [
    ["not announced", [submit("a", 1)]],
    ["not announced", [close()]],
    ["already announced", [announce(), announce()]],
    ["already announced", [announce(), close(), announce()]],
    ["invalid announcement", [announce({ item: "x" }, { participants: ["a", "a"] })]],
    ["invalid announcement", [announce({ item: "x" }, { participants: ["house"] })]],
    ["invalid announcement", [announce({ item: "x" }, { endsAt: -1 })]],
    ["invalid rules", [announce({})]],
    ["invalid rules", [announce({ item: "x", reserve: -1 })]],
    ["invalid rules", [announce({ item: "x", units: 2 })]],
    ["closed", [announce(), close(), submit("a", 1)]],
    ["closed", [announce(), close(), close()]],
    ["not invited", [announce({ item: "x" }, { participants: ["a"] }), submit("b", 1)]],
    ["not invited", [announce(), submit("", 1)]],
    ["own session", [announce(), submit("house", 1)]],
    ["already answered", [announce(), submit("a", 1), submit("a", 2)]],
    ["already answered", [announce(), pass("a"), submit("a", 2)]],
    ["invalid submission", [announce(), submit("a", { amount: 1 })]],
    ["invalid submission", [announce(), submit("a", Number.NaN)]],
    ["invalid time", [announce(), submit("a", 1, 0.5)]],
    ["invalid time", [announce(), tick(Infinity)]],
    ["no withdrawal", [announce(), submit("a", 1), withdraw("a")]],
    ["no submission", [announce({ item: "x" }, { withdrawals: true }), pass("a"), withdraw("a")]],
    ["withdrawn", [announce({ item: "x" }, { withdrawals: true }), submit("a", 1), withdraw("a"), submit("a", 2)]],
    ["dead", [announce(), died("a"), submit("a", 1)]],
    ["not solving", [announce(), solved({})]],
    ["not solving", [announce(), { _tag: "Unsolved", because: "?" }]]
  ])

  it("takes 100,000 answers and refuses the next as full", long, () => {
    const many = Array.from({ length: SealedSession.answersMax }, (_, i) => pass(`p${i}`))
    const { state } = run([announce(), ...many])
    assert.deepStrictEqual(reasons(run([submit("late", 1), died("later")], state).outputs), ["full", "full"])
  })

  it("an old state can be continued in two ways, neither of which sees the other", () => {
    const old = run([announce(), submit("a", 4)]).state
    const left = settled(run([submit("b", 9), close()], old).outputs)
    const right = settled(run([submit("c", 7), close()], old).outputs)
    const alone = settled(run([close()], old).outputs)
    assert.deepStrictEqual(
      [left, right, alone].map((it) => it.receipt.decision["winner"]),
      ["b", "c", "a"]
    )
  })
})

const mechanisms = [FirstPrice, SecondPrice, AllPay].map(({ calculator }) => ({
  calculator,
  protocol: SealedSession.make(SealedMechanism.oneItem(calculator))
}))

describe("laws of a sealed session", () => {
  it(
    "four submissions under every order and loss: what the calculator says on those that came, in the order they came",
    long,
    () => {
      for (const { after, before } of deliveries([submit("a", 4), submit("b", 7), submit("c", 7), submit("d", 2)])) {
        const inputs = [announce(), ...before, close(), ...after]
        assert.isUndefined(offence(second.initial, second.step, inputs))
        const came = new Map(
          before.flatMap((it) => (it._tag === "Submit" ? [[it.participant, Number(it.submission)] as const] : []))
        )
        const bids = [...came].map(([bidder, amount]) => ({ bidder, amount }))
        const { receipt } = settled(run(inputs).outputs)
        assert.deepStrictEqual(receipt.inputs, { bids })
        const amounts = [...came.values()].sort((a, b) => b - a)
        assert.strictEqual(receipt.decision["price"], amounts.length === 0 ? null : (amounts[1] ?? 0))
      }
    }
  )

  const participant = Schema.Literals(["a", "b", "c", "constructor", "house"])
  const at = Schema.Literals([0, 0, 5, 9, 10])
  const anyInput = Schema.Union([
    Schema.TaggedStruct("Submit", { participant, submission: Schema.Literals([0, 1, 3, 3, "7/2", -1, "x"]), at }),
    Schema.TaggedStruct("Submit", { participant, submission: Schema.Literals([2, 4, 5]), at: Schema.Literal(0) }),
    Schema.TaggedStruct("Pass", { participant, at }),
    Schema.TaggedStruct("Withdraw", { participant, at }),
    Schema.TaggedStruct("Died", { participant, at }),
    Schema.TaggedStruct("Tick", { at }),
    Schema.TaggedStruct("Close", { at }),
    Schema.TaggedStruct("Solved", { decision: Schema.Literal("none") })
  ])
  const starts: ReadonlyArray<Input> = [
    announce(),
    announce({ item: "x", reserve: 2 }, { withdrawals: true, onDeath: "lapses" }),
    announce({ item: "x" }, { participants: ["a", "b", "c"], endsAt: 10 }),
    announce({ item: "x" }, { withdrawals: true, endsAt: 9 })
  ]
  const sequences = Arbitrary.map(
    Arbitrary.all([
      Arbitrary.schema(Schema.Literals([0, 1, 2, 3])),
      Arbitrary.schema(Schema.Literals([0, 1, 2])),
      Arbitrary.schema(Schema.Array(anyInput).check(Schema.isMaxLength(10)))
    ]),
    ([start, which, rest]) => ({
      which,
      inputs: [starts[start] ?? announce(), ...rest, close()] as ReadonlyArray<Input>
    })
  )

  law(
    "it settles once, as the calculator says on what was accepted and not taken back",
    p13,
    sequences,
    ({ inputs, which }) => {
      const { calculator, protocol } = mechanisms[which] ?? assert.fail()
      if (offence(protocol.initial, protocol.step, inputs) !== undefined) return false
      const settlement = settled(runner(protocol.initial, protocol.step)(inputs).outputs)
      return recomputes(calculator, settlement) && Equal.equals(accepted(inputs), bidsIn(settlement))
    }
  )

  law("money is conserved, nobody pays more than submitted", p13, sequences, ({ inputs, which }) => {
    const { protocol } = mechanisms[which] ?? assert.fail()
    const all = settlements(runner(protocol.initial, protocol.step)(inputs).outputs)
    return all.every((settlement) => {
      const bids = new Map(bidsIn(settlement).map((it) => [it.bidder, Amount.toNumber(it.amount)]))
      return (
        conserves(settlement) &&
        ["a", "b", "c", "constructor"].every((it) => paid(settlement, it) <= (bids.get(it) ?? 0))
      )
    })
  })
})

const Bids = Schema.Struct({ bids: Schema.Array(Schema.Struct({ bidder: Schema.String, amount: Amount.Amount })) })
const bidsIn = ({ receipt }: Settlement.Settlement) => Schema.decodeUnknownSync(Bids)(receipt.inputs).bids

/** Which bids count: an account of its own, line by line. */
const accepted = (inputs: ReadonlyArray<Input>) => {
  const [first, ...rest] = inputs
  if (first?._tag !== "Announce") return []
  const { endsAt = Infinity, onDeath, participants, withdrawals } = first.terms
  let bids: Array<{ bidder: string; amount: Amount.Given }> = []
  const done = new Set<string>(["house"])
  const answered = new Set<string>()
  for (const it of rest) {
    if (it._tag === "Close" || ("at" in it && it.at >= endsAt)) break
    if (!("participant" in it)) continue
    const who = it.participant
    if (done.has(who) || participants?.includes(who) === false) continue
    if (it._tag === "Submit" && !answered.has(who)) {
      const amount = it.submission
      if ((typeof amount !== "number" && amount !== "7/2") || amount === -1) continue
      bids.push({ bidder: who, amount })
    }
    if (it._tag === "Withdraw") {
      if (withdrawals !== true || !bids.some((bid) => bid.bidder === who)) continue
      bids = bids.filter((bid) => bid.bidder !== who)
      done.add(who)
    }
    if (it._tag === "Died") {
      if (onDeath === "lapses") bids = bids.filter((bid) => bid.bidder !== who)
      done.add(who)
    }
    answered.add(who)
    if (answered.size === participants?.length) break
  }
  return bids
}
