/** Whoever takes part in a session ends up in its transfers, so nobody is called like a machine's own account. */
import {
  ClockSession,
  CommitReveal,
  ContractNet,
  DutchSession,
  EnglishSession,
  Escrow,
  SealedMechanism,
  SealedSession,
  SecondPrice,
  Settlement
} from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Contract from "./contract.ts"
import { refusesTerms, refusesWithoutEffect, runner } from "./harness.ts"
import * as Sealed from "./sealed.ts"

const escrow = Escrow.accountOf("job")

describe("English auction", () => {
  const terms = { auction: "a", seller: "museum", item: "vase", reserve: 1, increment: 1 }
  const run = runner(EnglishSession.initial, EnglishSession.step)
  const announce = (terms: EnglishSession.Terms): EnglishSession.Input => ({ _tag: "Announce", terms })
  refusesTerms(run, announce, [
    [{ ...terms, seller: escrow }, ["seller"]],
    [{ ...terms, bidders: ["ada", escrow] }, ["bidders", 1]]
  ])
  refusesWithoutEffect<EnglishSession.State, EnglishSession.Input>(run, [
    ["not invited", [announce(terms), { _tag: "Bid", bidder: escrow, amount: 5, at: 1 }]],
    ["not invited", [announce(terms), { _tag: "Proxy", bidder: escrow, maximum: 5, at: 1 }]]
  ])
})

describe("Dutch auction", () => {
  const terms = { auction: "a", seller: "farm", item: "tulips", startPrice: 9, decrement: 1, reserve: 1 }
  const run = runner(DutchSession.initial, DutchSession.step)
  const announce = (terms: DutchSession.Terms): DutchSession.Input => ({ _tag: "Announce", terms })
  refusesTerms(run, announce, [[{ ...terms, seller: escrow }, ["seller"]]])
  refusesWithoutEffect<DutchSession.State, DutchSession.Input>(run, [
    ["not invited", [announce(terms), { _tag: "Accept", bidder: escrow, price: 9 }]]
  ])
})

describe("ascending clock", () => {
  const terms = { auction: "a", seller: "museum", item: "vase", startPrice: 5, increment: 1, bidders: ["ada", "bob"] }
  const run = runner(ClockSession.initial, ClockSession.step)
  const announce = (terms: ClockSession.Terms): ClockSession.Input => ({ _tag: "Announce", terms })
  refusesTerms(run, announce, [
    [{ ...terms, seller: escrow }, ["seller"]],
    [{ ...terms, bidders: ["ada", escrow] }, ["bidders", 1]]
  ])
  refusesWithoutEffect<ClockSession.State, ClockSession.Input>(run, [
    ["not invited", [announce(terms), { _tag: "Stay", bidder: escrow, price: 5 }]]
  ])
})

describe("commit and reveal", () => {
  const rules = { item: "vase" }
  const terms = { auction: "a", operator: "house", deposit: 5, commitUntil: 10, revealUntil: 20, rules }
  const protocol = CommitReveal.make(SealedMechanism.oneItem(SecondPrice.calculator))
  const run = runner(protocol.initial, protocol.step)
  const announce = (terms: CommitReveal.Terms): CommitReveal.Input => ({ _tag: "Announce", terms })
  refusesTerms(run, announce, [[{ ...terms, operator: escrow }, ["operator"]]])
  refusesWithoutEffect(run, [
    ["not invited", [announce(terms), { _tag: "Commit", bidder: escrow, commitment: "0".repeat(64), at: 1 }]]
  ])
})

describe("sealed session", () => {
  const second = SealedSession.make(SealedMechanism.oneItem(SecondPrice.calculator))
  const run = runner(second.initial, second.step)
  refusesTerms(run, (terms: Partial<SealedSession.Terms>) => Sealed.announce({ item: "vase" }, terms), [
    [{ operator: escrow }, ["operator"]],
    [{ participants: [escrow] }, ["participants", 0]]
  ])
  refusesWithoutEffect(run, [["not invited", [Sealed.announce(), Sealed.submit(escrow, 5)]]])
})

describe("contract net", () => {
  refusesTerms(Contract.run, (terms: Partial<ContractNet.Terms>) => Contract.announce(terms), [
    [{ manager: escrow }, ["manager"]]
  ])
  refusesWithoutEffect<ContractNet.State, ContractNet.Input>(Contract.run, [
    ["invalid bid", [Contract.announce(), Contract.bid(escrow, 5)]]
  ])
})

describe("a settlement", () => {
  it("from outside names nobody so", () => {
    const isTransfer = Schema.is(Settlement.Transfer)
    assert.isTrue(isTransfer(Settlement.payment("ada", "escrow/job", 5, "price")))
    assert.isFalse(isTransfer(Settlement.payment(escrow, "ada", 5, "price")))
    assert.isFalse(isTransfer(Settlement.delivery("ada", escrow, "vase", 1)))
  })
})
