import { EnglishSession, Settlement, SealedReceipt } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { campaign, law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { fuzz, refuses } from "../junk.ts"
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
  sampled,
  settled,
  settlements
} from "./harness.ts"
import { english } from "./reference/english.ts"

type Input = EnglishSession.Input
const run = runner(EnglishSession.initial, EnglishSession.step)

const base = { auction: "a1", seller: "museum", item: "vase", reserve: 0, increment: 1 }
const announce = (terms: Partial<EnglishSession.Terms> = {}): Input => ({
  _tag: "Announce",
  terms: { ...base, ...terms }
})
const bid = (bidder: string, amount: number, at = 0): Input => ({ _tag: "Bid", bidder, amount, at })
const proxy = (bidder: string, maximum: number, at = 0): Input => ({ _tag: "Proxy", bidder, maximum, at })
const buyNow = (bidder: string, at = 0): Input => ({ _tag: "BuyNow", bidder, at })
const withdraw = (bidder: string, at = 0): Input => ({ _tag: "Withdraw", bidder, at })
const died = (bidder: string, at = 0): Input => ({ _tag: "Died", bidder, at })
const tick = (at: number): Input => ({ _tag: "Tick", at })
const close = (at = 0): Input => ({ _tag: "Close", at })

const outcome = (inputs: ReadonlyArray<Input>) => {
  const { decision } = settled(run(inputs).outputs).receipt
  return [decision["winner"], decision["price"], decision["closedBy"]]
}

describe("an English auction", () => {
  it("S162: 15 then 20: after closing the winner is the one with 20, who pays 20", () => {
    const { outputs } = run([announce({ reserve: 10 }), bid("ada", 15), bid("bob", 20), close()])
    const settlement = settled(outputs)
    assert.deepStrictEqual(settlement.receipt.decision, {
      sold: true,
      winner: "bob",
      price: 20,
      tie: false,
      closedBy: "close"
    })
    assert.deepStrictEqual(settlement.transfers, [
      Settlement.payment("bob", "museum", 20, "price of vase"),
      Settlement.delivery("museum", "bob", "vase", 1)
    ])
    assert.isTrue(SealedReceipt.isIntact(SealedReceipt.seal(settlement.receipt)))
  })

  it("S162: a bid below current + increment is refused and told the least that would do", () => {
    const before = run([announce({ increment: 5 }), bid("ada", 15)])
    const { outputs, state } = run([bid("bob", 19)], before.state)
    assert.deepStrictEqual(outputs, [{ _tag: "Refused", bidder: "bob", because: "too low", minimum: 20 }])
    assert.strictEqual(state, before.state)
    assert.deepStrictEqual(reasons(run([bid("bob", 20)], before.state).outputs), [])
  })

  it("S162: a bid on a closed one is refused", () => {
    const { outputs } = run([announce(), bid("ada", 15), close(), bid("bob", 20)])
    assert.deepStrictEqual(reasons(outputs), ["closed"])
    assert.strictEqual(settled(outputs).receipt.decision["winner"], "ada")
  })

  it("S162: buy-now closes at once, at its price", () => {
    assert.deepStrictEqual(outcome([announce({ buyNow: 50 }), bid("ada", 15), buyNow("bob")]), ["bob", 50, "buy-now"])
    assert.deepStrictEqual(outcome([announce({ buyNow: 50 }), bid("ada", 60)]), ["ada", 50, "buy-now"])
    assert.deepStrictEqual(outcome([announce({ buyNow: 50 }), proxy("ada", 80), proxy("bob", 70)]), [
      "ada",
      50,
      "buy-now"
    ])
    const open = run([announce({ buyNow: 50 }), proxy("ada", 80), proxy("bob", 30)])
    assert.deepStrictEqual(settlements(open.outputs), [], "a maximum alone does not lift the price to it")
  })

  it("S162: less than an increment below buy-now, an offer of as much as buy-now will do, and everybody is told", () => {
    const open = run([announce({ increment: 4, buyNow: 8 }), bid("ada", 6)])
    assert.deepStrictEqual(open.outputs.at(-1), { _tag: "Standing", leader: "ada", price: 6, minimum: 8 })
    for (const offer of [bid("bob", 8), proxy("bob", 8), bid("bob", 9), bid("bob", 10)]) {
      const { decision } = settled(run([offer], open.state).outputs).receipt
      assert.deepStrictEqual([decision["winner"], decision["price"], decision["closedBy"]], ["bob", 8, "buy-now"])
    }
    const { outputs } = run([bid("bob", 7)], open.state)
    assert.deepStrictEqual(outputs, [{ _tag: "Refused", bidder: "bob", because: "too low", minimum: 8 }])
  })

  it("S162: 10 concurrent auctions are independent", () => {
    const states = Array.from({ length: 10 }, (_, i) => run([announce({ auction: `a${i}`, reserve: i })]).state)
    const alone = states.map((state, i) => run([bid("ada", 15 + i), proxy("bob", 20 + i), close()], state).outputs)
    const inputs = (i: number) => [bid("ada", 15 + i), proxy("bob", 20 + i), close()]
    const mixed: Array<Array<EnglishSession.Output>> = states.map(() => [])
    for (let round = 0; round < 3; round++) {
      for (let i = 9; i >= 0; i--) {
        const state = states[i] ?? EnglishSession.initial
        const [next, outputs] = EnglishSession.step(state, inputs(i)[round] ?? close())
        states[i] = next
        mixed[i]?.push(...outputs)
      }
    }
    assert.deepStrictEqual(mixed, alone)
    assert.deepStrictEqual(
      mixed.map((outputs) => settled(outputs).receipt.decision["price"]),
      [16, 17, 18, 19, 20, 21, 22, 23, 24, 25]
    )
  })

  it("a proxy bids as little as needed: second price plus increment, and its maximum at most", () => {
    assert.deepStrictEqual(outcome([announce({ increment: 5 }), proxy("ada", 100), close()]), ["ada", 0, "close"])
    const contested = [announce({ increment: 5 }), proxy("ada", 100), proxy("bob", 60)]
    assert.deepStrictEqual(outcome([...contested, close()]), ["ada", 65, "close"])
    assert.deepStrictEqual(outcome([...contested, proxy("cleo", 98), close()]), ["ada", 100, "close"])
    assert.deepStrictEqual(outcome([...contested, proxy("cleo", 200), close()]), ["cleo", 105, "close"])
    assert.deepStrictEqual(outcome([announce(), proxy("ada", 9), proxy("bob", 9), close()]), ["ada", 9, "close"])
  })

  it("a leader may raise the own maximum, which nobody sees", () => {
    const { outputs } = run([announce(), proxy("ada", 10), proxy("bob", 5), proxy("ada", 20), proxy("ada", 20)])
    assert.deepStrictEqual(outputs.at(-2), { _tag: "Standing", leader: "ada", price: 6, minimum: 7 })
    assert.deepStrictEqual(outputs.at(-1), { _tag: "Refused", bidder: "ada", because: "too low", minimum: 21 })
  })

  it("a bid within the window moves the end, at most so many times; at the end it is over", () => {
    const terms = { endsAt: 100, antiSniping: { window: 10, extension: 20, extensionsMax: 2 } }
    const ends = (inputs: ReadonlyArray<Input>) =>
      run([announce(terms), ...inputs]).outputs.flatMap((it) => (it._tag === "Standing" ? [it.endsAt] : []))
    assert.deepStrictEqual(ends([bid("a", 1, 89)]), [100, 100])
    assert.deepStrictEqual(
      ends([bid("a", 1, 90), bid("b", 2, 109), bid("a", 3, 111), bid("b", 4, 139)]),
      [100, 120, 120, 140, 140]
    )
    const last = run([announce(terms), bid("a", 1, 99), bid("b", 2, 119), bid("a", 3, 140)])
    assert.deepStrictEqual(reasons(last.outputs), ["closed"])
    assert.deepStrictEqual(settled(last.outputs).receipt.decision["winner"], "b")
    assert.deepStrictEqual(outcome([announce(terms), bid("a", 1, 5), tick(99), tick(100)]), ["a", 1, "time"])
  })

  it("a refused bid moves no end", () => {
    const terms = { endsAt: 100, antiSniping: { window: 10, extension: 20, extensionsMax: 2 } }
    const { outputs } = run([announce(terms), bid("a", 5, 1), bid("b", 5, 95), tick(100)])
    assert.deepStrictEqual(settled(outputs).receipt.decision["closedBy"], "time")
  })

  it("time never goes back: a late stamp counts as the latest one seen", () => {
    const { outputs } = run([announce({ endsAt: 100 }), bid("a", 5, 90), bid("b", 6, 20), close(95)])
    assert.deepStrictEqual(settled(outputs).receipt.inputs, {
      terms: { ...base, endsAt: 100 },
      accepted: [bid("a", 5, 90), bid("b", 6, 90), close(95)]
    })
  })

  it("who withdraws is as if he had never bid, so the price may fall", () => {
    const start = [announce({ withdrawals: true }), proxy("a", 10), proxy("b", 30), proxy("c", 50)]
    assert.deepStrictEqual(outcome([...start, withdraw("c"), close()]), ["b", 11, "close"])
    assert.deepStrictEqual(outcome([...start, withdraw("b"), close()]), ["c", 11, "close"])
    assert.deepStrictEqual(outcome([...start, withdraw("b"), withdraw("a"), withdraw("c"), close()]), [
      null,
      null,
      "close"
    ])
  })

  it("the bids of the dead stand or lapse, as the terms say", () => {
    const inputs = [proxy("a", 10), proxy("b", 30), died("b"), close()]
    assert.deepStrictEqual(outcome([announce(), ...inputs]), ["b", 11, "close"])
    assert.deepStrictEqual(outcome([announce({ onDeath: "lapses" }), ...inputs]), ["a", 0, "close"])
  })

  refusesTerms(run, announce, [
    [{ reserve: -1 }, ["reserve"]],
    [{ reserve: 5, buyNow: 4 }, ["buyNow"]],
    [{ bidders: ["a", "museum"] }, ["bidders"]],
    [{ antiSniping: { window: 1, extension: 1, extensionsMax: 1 } }, ["antiSniping"]]
  ])

  refusesWithoutEffect(run, [
    ["not announced", [bid("a", 1)]],
    ["not announced", [close()]],
    ["already announced", [announce(), announce()]],
    ["already announced", [announce(), close(), announce()]],
    ["invalid announcement", [announce({ increment: 0 })]],
    ["invalid announcement", [announce({ reserve: -1 })]],
    ["invalid announcement", [announce({ reserve: 0.5 })]],
    ["invalid announcement", [announce({ reserve: 5, buyNow: 4 })]],
    ["invalid announcement", [announce({ bidders: ["a", "a"] })]],
    ["invalid announcement", [announce({ bidders: ["a", "museum"] })]],
    ["invalid announcement", [announce({ antiSniping: { window: 1, extension: 1, extensionsMax: 1 } })]],
    [
      "invalid announcement",
      [announce({ endsAt: 1, antiSniping: { window: 1, extension: 2 ** 40, extensionsMax: 2 ** 40 } })]
    ],
    ["closed", [announce(), close(), bid("a", 1)]],
    ["closed", [announce(), close(), close()]],
    ["closed", [announce(), close(), tick(1)]],
    ["not invited", [announce({ bidders: ["a"] }), bid("b", 1)]],
    ["not invited", [announce({ bidders: ["a"] }), died("b")]],
    ["not invited", [announce(), bid("", 1)]],
    ["own auction", [announce(), bid("museum", 1)]],
    ["invalid amount", [announce(), bid("a", -1)]],
    ["invalid amount", [announce(), bid("a", -0)]],
    ["invalid amount", [announce(), bid("a", 0.5)]],
    ["invalid amount", [announce(), proxy("a", 2 ** 53)]],
    ["invalid amount", [announce(), bid("a", Number.NaN)]],
    ["invalid time", [announce(), bid("a", 1, Number.NaN)]],
    ["invalid time", [announce(), tick(-1)]],
    ["too low", [announce({ reserve: 5 }), bid("a", 4)]],
    ["too low", [announce(), bid("a", 4), proxy("b", 4)]],
    ["too low", [announce(), bid("a", 4), bid("a", 4)]],
    ["no buy-now", [announce(), buyNow("a")]],
    ["no withdrawal", [announce(), bid("a", 1), withdraw("a")]],
    ["no bid", [announce({ withdrawals: true }), withdraw("a")]],
    ["withdrawn", [announce({ withdrawals: true }), bid("a", 1), withdraw("a"), bid("a", 9)]],
    ["withdrawn", [announce({ withdrawals: true }), bid("a", 1), withdraw("a"), died("a")]],
    ["dead", [announce(), died("a"), bid("a", 9)]],
    ["dead", [announce({ withdrawals: true }), bid("a", 1), died("a"), withdraw("a")]]
  ])

  it("remembers 100,000 inputs and refuses the next bid as full; the end and a withdrawal still count", long, () => {
    const many = Array.from({ length: EnglishSession.bidsMax }, (_, i) => bid(`b${i % 100}`, i))
    const full = run([announce({ withdrawals: true }), ...many])
    assert.deepStrictEqual(reasons(run([bid("late", 1e9)], full.state).outputs), ["full"])
    assert.deepStrictEqual(reasons(run([died("nobody")], full.state).outputs), ["full"])
    const { decision } = settled(run([withdraw("b99"), close()], full.state).outputs).receipt
    assert.deepStrictEqual([decision["winner"], decision["price"]], ["b98", EnglishSession.bidsMax - 2])
  })

  it("an old state can be continued in two ways, neither of which sees the other", () => {
    const old = run([announce(), proxy("a", 4)]).state
    const left = settled(run([proxy("b", 9), close()], old).outputs).receipt
    const right = settled(run([proxy("c", 7), close()], old).outputs).receipt
    assert.deepStrictEqual([left.decision["winner"], right.decision["winner"]], ["b", "c"])
    assert.deepStrictEqual(right.inputs, { terms: base, accepted: [proxy("a", 4), proxy("c", 7), close()] })
  })

  it("sums beyond 2^53 neither lift a price nor let a bid slip in", () => {
    const top = Number.MAX_SAFE_INTEGER
    const terms = { increment: top }
    assert.deepStrictEqual(outcome([announce(terms), proxy("a", top), proxy("b", top), close()]), ["a", top, "close"])
    assert.deepStrictEqual(reasons(run([announce(terms), bid("a", 2), bid("b", top)]).outputs), ["too low"])
  })
})

describe("English auctions under every order and loss", () => {
  it(
    "four proxies: the highest that came wins for the second highest or one more, whatever is lost, doubled or late",
    long,
    () => {
      for (const maxima of [
        [3, 7, 7, 9],
        [5, 5, 5, 5],
        [1, 2, 8, 9]
      ]) {
        const messages = maxima.map((maximum, i) => proxy(`b${i}`, maximum))
        for (const { after, before } of deliveries(messages)) {
          const inputs = [announce(), ...before, close(), ...after]
          assert.isUndefined(offence(EnglishSession.initial, EnglishSession.step, inputs))
          const { decision } = settled(run(inputs).outputs).receipt
          const came = new Map(before.flatMap((it) => (it._tag === "Proxy" ? [[it.bidder, it.maximum] as const] : [])))
          const [first, second] = [...came.values()].sort((a, b) => b - a)
          const price = decision["price"]
          // A rival who cannot reach price + increment is refused, so the price may be the second highest itself.
          const possible =
            first === undefined
              ? [null]
              : second === undefined
                ? [0]
                : [Math.min(first, second), Math.min(first, second + 1)]
          assert.include(possible, price)
          assert.strictEqual(came.get(String(decision["winner"])), first)
        }
      }
    }
  )

  it.each([0, 1, 2])(
    "four bids around an end that moves up to %i times, under every order and loss: who was in time, by an account of its own",
    long,
    (extensionsMax) => {
      const terms = { endsAt: 100, antiSniping: { window: 10, extension: 20, extensionsMax } }
      const messages = [bid("a", 10, 95), bid("b", 20, 99), bid("c", 30, 112), bid("d", 40, 125)]
      const seen = new Set<unknown>()
      for (const { after, before } of deliveries(messages)) {
        let [end, extensions, now, price] = [100, 0, 0, -1]
        let winner: string | null = null
        for (const it of before) {
          if (it._tag !== "Bid") continue
          const at = Math.max(now, it.at)
          if (at >= end) break
          if (it.amount <= price) continue
          ;[now, price, winner] = [at, it.amount, it.bidder]
          if (at < end - 10 || extensions === extensionsMax) continue
          end += 20
          extensions++
        }
        const { outputs } = run([announce(terms), ...before, tick(end - 1), tick(end), ...after])
        const { decision } = settled(outputs).receipt
        assert.deepStrictEqual([decision["winner"], decision["price"]], [winner, winner === null ? null : price])
        seen.add(end)
      }
      assert.deepStrictEqual([...seen].sort(), [100, 120, 140].slice(0, extensionsMax + 1))
    }
  )

  it("three open bids, a death and a withdrawal: as the definition says on what was accepted", long, () => {
    const messages = [bid("a", 4), proxy("b", 9), bid("c", 6), died("b"), withdraw("c")]
    for (const onDeath of ["stands", "lapses"] as const) {
      for (const { after, before } of sampled(messages)) {
        const start = announce({ onDeath, withdrawals: true, increment: 2 })
        const { outputs } = run([start, ...before, close(), ...after])
        assert.isTrue(isByDefinition(settled(outputs)))
      }
    }
  })
})

const isByDefinition = ({ receipt }: Settlement.Settlement): boolean => {
  const { accepted, terms } = Schema.decodeUnknownSync(
    Schema.Struct({ terms: EnglishSession.Terms, accepted: Schema.Array(EnglishSession.Entry) })
  )(receipt.inputs)
  const expected = english(terms, accepted)
  return receipt.decision["winner"] === expected.winner && receipt.decision["price"] === expected.price
}

const someone = Schema.Literals(["a", "b", "c", "constructor", "museum"])
const amount = Schema.Literals([-1, 0, 1, 2, 3, 5, 8, 13, 21])
const at = Schema.Literals([0, 5, 9, 10, 12, 30])
const anyInput = Schema.Union([
  Schema.TaggedStruct("Bid", { bidder: someone, amount, at }),
  Schema.TaggedStruct("Proxy", { bidder: someone, maximum: amount, at }),
  Schema.TaggedStruct("Bid", { bidder: someone, amount, at: Schema.Literal(0) }),
  Schema.TaggedStruct("Proxy", { bidder: someone, maximum: amount, at: Schema.Literal(0) }),
  Schema.TaggedStruct("BuyNow", { bidder: someone, at }),
  Schema.TaggedStruct("Withdraw", { bidder: someone, at }),
  Schema.TaggedStruct("Died", { bidder: someone, at }),
  Schema.TaggedStruct("Tick", { at }),
  Schema.TaggedStruct("Close", { at })
])
const starts: ReadonlyArray<Input> = [
  announce(),
  announce({ reserve: 2, increment: 2, withdrawals: true, onDeath: "lapses" }),
  announce({ buyNow: 13, endsAt: 10, antiSniping: { window: 5, extension: 4, extensionsMax: 2 } }),
  announce({ withdrawals: true, bidders: ["a", "b", "constructor"], endsAt: 30 }),
  announce({ increment: 3, onDeath: "lapses", endsAt: 12 })
]
const sequences: Arbitrary.Arbitrary<ReadonlyArray<Input>> = Arbitrary.map(
  Arbitrary.all([
    Arbitrary.schema(Schema.Literals([0, 1, 2, 3, 4])),
    Arbitrary.schema(Schema.Array(anyInput).check(Schema.isMinLength(4), Schema.isMaxLength(14)))
  ]),
  ([start, rest]) => [starts[start] ?? announce(), ...rest, close()]
)

describe("laws of an English auction", () => {
  law("it settles once, refusals change nothing, nothing happens after the end", p13, sequences, (inputs) => {
    const wrong = offence(EnglishSession.initial, EnglishSession.step, inputs)
    return wrong === undefined && settlements(run(inputs).outputs).length === 1
  })

  law(
    "the result is what the definition says on what was accepted, and the receipt gives it again",
    p13,
    sequences,
    (inputs) => {
      const settlement = settled(run(inputs).outputs)
      return isByDefinition(settlement) && recomputes(EnglishSession.calculator, settlement)
    }
  )

  law(
    "money is conserved; the winner pays the price, at most his maximum; the others nothing",
    p13,
    sequences,
    (inputs) => {
      const settlement = settled(run(inputs).outputs)
      const { decision } = settlement.receipt
      const winner = String(decision["winner"])
      const most = Math.max(
        ...inputs.map((it) =>
          it._tag === "Bid" && it.bidder === winner
            ? it.amount
            : it._tag === "Proxy" && it.bidder === winner
              ? it.maximum
              : it._tag === "BuyNow" && it.bidder === winner
                ? 13
                : 0
        )
      )
      const price = Number(decision["price"])
      return (
        conserves(settlement) &&
        price <= most &&
        ["a", "b", "c", "constructor"].every((it) => paid(settlement, it) === (it === winner ? price : 0)) &&
        paid(settlement, "museum") === -price
      )
    }
  )

  const lone = Arbitrary.map(
    Arbitrary.all([
      Arbitrary.schema(
        Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 30 }))).check(
          Schema.isMinLength(1),
          Schema.isMaxLength(12)
        )
      ),
      Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 })))
    ]),
    ([maxima, increment]) => ({ maxima, increment })
  )
  law(
    "proxies alone: no rival by a whole increment above the winner; one increment above the second",
    campaign(10_000, 100_000),
    lone,
    ({ increment, maxima }) => {
      const { outputs } = run([announce({ increment }), ...maxima.map((it, i) => proxy(`b${i}`, it)), close()])
      const { decision } = settled(outputs).receipt
      const won = maxima[Number(String(decision["winner"]).slice(1))] ?? -1
      const others = maxima.filter((_, i) => decision["winner"] !== `b${i}`)
      const second = Math.max(...others)
      const price = Number(decision["price"])
      return (
        second < won + increment &&
        price <= won &&
        (others.length === 0
          ? price === 0
          : price <= second + increment && price >= Math.min(won, second - increment + 1))
      )
    }
  )

  const sample = settled(run([announce({ endsAt: 9 }), bid("a", 1), proxy("b", 7, 3), tick(9)]).outputs).receipt.inputs
  fuzz(EnglishSession.calculator, [sample])
  refuses(EnglishSession.calculator, [
    ["nothing", {}, "InvalidFormat", ["terms"]],
    ["an unknown key", { terms: base, accepted: [], hash: "" }, "InvalidFormat", ["hash"]],
    ["terms without sense", { terms: { ...base, reserve: 5, buyNow: 4 }, accepted: [] }, "InvalidFormat", ["terms"]],
    ["a negative reserve", { terms: { ...base, reserve: -1 }, accepted: [] }, "InvalidFormat", ["terms", "reserve"]],
    [
      "fractions of units",
      { terms: { ...base, increment: 0.5 }, accepted: [] },
      "InvalidFormat",
      ["terms", "increment"]
    ],
    ["an auction without an end", { terms: base, accepted: [bid("a", 1)] }, "InvalidFormat", ["accepted"]],
    [
      "a bid that was never accepted",
      { terms: base, accepted: [bid("a", 1), bid("b", 1), close()] },
      "InvalidFormat",
      ["accepted", 1]
    ],
    ["a bid after the end", { terms: base, accepted: [close(), bid("b", 1)] }, "InvalidFormat", ["accepted", 1]],
    ["a bid of the seller", { terms: base, accepted: [bid("museum", 1)] }, "InvalidFormat", ["accepted", 0]],
    ["an announcement among the bids", { terms: base, accepted: [announce()] }, "InvalidFormat", ["accepted", 0]],
    [
      "a bid without an amount",
      { terms: base, accepted: [{ _tag: "Bid", bidder: "a", at: 0 }] },
      "InvalidFormat",
      ["accepted", 0, "amount"]
    ],
    ["a time that is none", { terms: base, accepted: [bid("a", 1, -4)] }, "InvalidFormat", ["accepted", 0, "at"]]
  ])

  it("a receipt with another winner does not recompute", () => {
    const settlement = settled(run([announce(), bid("a", 1), bid("b", 2), close()]).outputs)
    const forged = {
      ...settlement,
      receipt: { ...settlement.receipt, decision: { ...settlement.receipt.decision, winner: "a" } }
    }
    assert.isTrue(recomputes(EnglishSession.calculator, settlement))
    assert.isFalse(recomputes(EnglishSession.calculator, forged))
    assert.isTrue(Result.isSuccess(Settlement.legs(settlement.transfers)))
  })
})
