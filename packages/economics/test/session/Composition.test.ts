/** Sessions, a ledger and a reputation put together as the README says: nothing but their own functions between them. */
import {
  EnglishSession,
  Ledger,
  Machine,
  ReceiptVerification,
  Reputation,
  SealedReceipt,
  Settlement
} from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { announce, base, bid, deliver, run, say, tick, type Input } from "./contract.ts"
import { long, runner, sampled, settled } from "./harness.ts"

const ledger = Ledger.make()
const owned = new Map([
  ["lab", 64n],
  ["a", 100n],
  ["b", 8n],
  ["museum", 0n]
])
const opened = Machine.run(
  ledger,
  [...owned].flatMap(([account, amount]): ReadonlyArray<Ledger.Command> => [
    { _tag: "Open", id: `open ${account}`, at: 0, account, overdraft: 0n },
    ...(amount === 0n ? [] : [{ _tag: "Mint", id: `mint ${account}`, at: 0, to: account, amount } as const])
  ])
).state

const post = (books: Ledger.State, command: Ledger.Command): Ledger.State =>
  Result.getOrThrow(Machine.handle(ledger, books, command)).state

const transferred = (books: Ledger.State, id: string, at: number, transfers: Settlement.Settlement["transfers"]) => {
  const legs = Result.getOrThrow(Settlement.legs(transfers))
  return legs.length === 0 ? books : post(books, { _tag: "Transfer", id, at, legs })
}

const isVerified = (receipt: SealedReceipt.Open) =>
  Effect.runSync(ReceiptVerification.verify(JSON.parse(JSON.stringify(SealedReceipt.seal(receipt))))).valid

/**
 * Plays a contract net whose money is held as soon as somebody is at work, the price of the manager and the deposit of the
 * contractor, and is freed for the settlement: every settlement is covered by what was held.
 */
const played = (inputs: ReadonlyArray<Input>) => {
  let books = opened
  let state = run([]).state
  let held: ReadonlyArray<string> = []
  const prices = new Map<string, bigint>()
  const release = (at: number) => {
    for (const hold of held) books = post(books, { _tag: "Release", id: `free ${hold}`, at, hold })
    held = []
  }
  inputs.forEach((input, at) => {
    const step = run([input], state)
    state = step.state
    for (const told of step.outputs) {
      if (told._tag === "Awarded") prices.set(told.bidder, BigInt(told.price))
      if (told._tag === "Failed") release(at)
      if (told._tag === "Settled") {
        release(at)
        assert.isTrue(isVerified(told.receipt))
        books = transferred(books, "settled", at, told.transfers)
      }
      if (told._tag !== "Started") continue
      const hold = (account: string, amount: bigint) => ({
        _tag: "Hold" as const,
        id: `${account} ${at}`,
        at,
        account,
        amount,
        until: 1_000
      })
      books = post(books, hold("lab", prices.get(told.bidder) ?? 0n))
      books = post(books, hold(told.bidder, BigInt(base.deposit)))
      held = [`lab ${at}`, `${told.bidder} ${at}`]
    }
  })
  return { books, outcome: settled(run(inputs).outputs).receipt.decision["outcome"] }
}

describe("sessions on a ledger", () => {
  it("an English auction with proxies: the winner pays the seller, and the receipt says why", () => {
    const english = runner(EnglishSession.initial, EnglishSession.step)
    const terms = { auction: "a1", seller: "museum", item: "vase", reserve: 10, increment: 5 }
    const { receipt, transfers } = settled(
      english([
        { _tag: "Announce", terms },
        { _tag: "Proxy", bidder: "lab", maximum: 40, at: 1 },
        { _tag: "Proxy", bidder: "a", maximum: 90, at: 2 },
        { _tag: "Bid", bidder: "b", amount: 8, at: 3 },
        { _tag: "Close", at: 4 }
      ]).outputs
    )
    const books = transferred(opened, "a1", 4, transfers)
    assert.deepStrictEqual(
      ["museum", "a", "lab", "b"].map((name) => Ledger.balance(books, name)),
      [45n, 55n, 64n, 8n]
    )
    assert.isTrue(isVerified(receipt))
  })

  it(
    "a contract net whose money is held: paid on proof only, in every order and loss, and nothing is lost",
    long,
    () => {
      const talk = [bid("a", 30), bid("b", 20), say("Accept", "b", 12), deliver("b", 60), say("Verified", "b", 70)]
      const seen = new Set<unknown>()
      for (const { after, before } of sampled(talk)) {
        const end = [tick(1_000), tick(2_000), tick(3_000), tick(4_000)]
        const { books, outcome } = played([announce(), ...before, tick(10), ...after, ...before.slice(-2), ...end])
        const of = (name: string) => Ledger.balance(books, name)
        const { credits, debits } = Ledger.trialBalance(books)
        assert.strictEqual(credits, debits)
        assert.strictEqual(of("lab") + of("a") + of("b"), 172n)
        // Nothing but a proof is paid for; who has failed has lost his deposit, no more.
        assert.isTrue(outcome === "done" || outcome === "late" ? of("lab") < 64n : of("lab") >= 64n)
        assert.isTrue(of("b") >= 0n && of("a") >= 92n)
        assert.deepStrictEqual(
          ["lab", "a", "b"].map((name) => Ledger.available(books, name)),
          ["lab", "a", "b"].map(of)
        )
        seen.add(outcome)
      }
      assert.deepStrictEqual([...seen].sort(), ["done", "failed", "unassigned"])
    }
  )

  it("who fails bids with a worse reputation the next time, and loses to a dearer rival", () => {
    const rules = Reputation.make({ trusted: ["lab"] })
    const register = (agent: string) => ({ _tag: "Register", agent, at: 0, stake: 0n }) as const
    const before = Machine.run(rules, [register("a"), register("b")]).state
    const rated = Machine.run(rules, [
      register("a"),
      register("b"),
      { _tag: "Record", id: "t0 a", at: 1, subject: "a", rater: "lab", quality: 0.9 },
      { _tag: "Record", id: "t0 b", at: 1, subject: "b", rater: "lab", quality: 0 }
    ]).state
    const winner = (trust: Reputation.State) => {
      const offer = (name: string, price: number) =>
        bid(name, price, { confidence: Reputation.standing(trust, name, 1).score })
      const scoring = { price: 1, duration: 0, confidence: 1 }
      const { outputs } = run([announce({ scoring }), offer("a", 30), offer("b", 20), tick(10)])
      return outputs.flatMap((told) => (told._tag === "Awarded" ? [told.bidder] : []))
    }
    assert.deepStrictEqual(winner(before), ["b"])
    assert.deepStrictEqual(winner(rated), ["a"])
  })
})
