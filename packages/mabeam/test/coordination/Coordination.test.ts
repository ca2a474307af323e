import { assert, describe, it } from "@effect/vitest"
import { Process } from "@foundation/core"
import { Agent, Coordination, Receipts, Team } from "@mabeam/core"
import { Consensus } from "@mabeam/economics"
import { Effect, Exit, Fiber, Option, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { crashing, Live, mute, proposal, type Script, start, teamOf, votes } from "../support.ts"

const service = Coordination.Coordination
const scoped = <A, E>(effect: Effect.Effect<A, E, Coordination.Coordination | Scope.Scope>) =>
  Effect.provide(Effect.scoped(effect), Live)

/** The votes of a receipt by voter. */
const said = (receipt: Receipts.ConsensusReceipt) =>
  Object.fromEntries([...receipt.votes, ...receipt.late].map(({ vote, voter }) => [voter, vote]))

const after = (millis: number, ballot: Agent.Ballot): Script => ({
  vote: () => Effect.delay(Effect.succeed(ballot), millis)
})

describe("a vote", () => {
  it.effect("P139: of three options the one that 3 of 5 agents want is decided, by their own answers", () =>
    scoped(
      Effect.gen(function* () {
        const { decide } = yield* service
        const wanting = (wanted: string): Script => ({
          vote: ({ value }) => Effect.succeed({ vote: value === wanted ? "accept" : "reject", because: wanted })
        })
        const team = yield* teamOf(["red", "blue", "blue", "green", "blue"].map(wanting))
        const outcomes = yield* Effect.forEach(["red", "green", "blue"], (value) =>
          Effect.map(decide({ team, proposal: { subject: "colour", value }, early: false }), (receipt) => receipt)
        )
        assert.deepStrictEqual(
          outcomes.map(({ outcome }) => outcome),
          ["reject", "reject", "accept"]
        )
        assert.deepStrictEqual(
          outcomes[2]!.votes.map(({ because }) => because),
          ["red", "blue", "blue", "green", "blue"]
        )
      })
    )
  )

  it.effect("P139: a unanimous team gives equal votes and the decision", () =>
    scoped(
      Effect.gen(function* () {
        const { decide } = yield* service
        const receipt = yield* decide({
          team: yield* teamOf(votes("accept", "accept", "accept")),
          proposal,
          early: false
        })
        assert.strictEqual(receipt.outcome, "accept")
        assert.deepStrictEqual(said(receipt), { a0: "accept", a1: "accept", a2: "accept" })
      })
    )
  )

  it.effect("flipping one agent's evidence flips its vote, and with it the decision", () =>
    scoped(
      Effect.gen(function* () {
        const { decide } = yield* service
        const judging = (best: number): Script => ({
          vote: ({ value }) => Effect.succeed({ vote: Math.abs(Number(value) - best) < 0.05 ? "accept" : "reject" })
        })
        const vote = (evidence: ReadonlyArray<number>) =>
          Effect.flatMap(teamOf(evidence.map(judging)), (team) => decide({ team, proposal, early: false }))
        const before = yield* vote([0.1, 0.1, 0.1, 0.9, 0.9])
        const flipped = yield* vote([0.1, 0.1, 0.9, 0.9, 0.9])
        assert.strictEqual(before.outcome, "accept")
        assert.strictEqual(flipped.outcome, "reject")
        assert.deepStrictEqual({ ...said(before), a2: "reject" }, said(flipped))
      })
    )
  )

  it.effect("a majority decides before the last vote; what comes later is kept as late", () =>
    scoped(
      Effect.gen(function* () {
        const coordination = yield* service
        const team = yield* teamOf([...votes("accept", "accept", "accept"), after(50, { vote: "reject" }), mute])
        const receipt = yield* coordination.decide({ team, proposal, deadline: "100 millis" })
        assert.strictEqual(receipt.outcome, "accept")
        assert.deepStrictEqual(receipt.silent, ["a3", "a4"])
        assert.deepStrictEqual((yield* coordination.sessions).length, 1)
        const early = yield* coordination.receipt(receipt.session)
        assert.deepStrictEqual(Option.getOrThrow(early), receipt)
        yield* TestClock.adjust("50 millis")
        yield* TestClock.adjust("50 millis")
        assert.deepStrictEqual(yield* coordination.sessions, [])
        const kept = Option.getOrThrow(yield* coordination.receipt(receipt.session))
        assert(kept.kind === "consensus")
        assert.deepStrictEqual(kept.late, [{ voter: "a3", vote: "reject" }])
        assert.deepStrictEqual(kept.silent, ["a4"])
        assert.isTrue(Receipts.verifyConsensus(kept))
      })
    )
  )

  it.effect("without early decisions it waits for every vote, and abides by the deadline", () =>
    scoped(
      Effect.gen(function* () {
        const { decide } = yield* service
        const team = yield* teamOf([...votes("accept", "accept", "accept", "accept"), mute])
        const fiber = yield* Effect.forkChild(decide({ team, proposal, early: false, deadline: "1 second" }), {
          startImmediately: true
        })
        yield* TestClock.adjust("999 millis")
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust("1 millis")
        const receipt = yield* Fiber.join(fiber)
        assert.strictEqual(receipt.outcome, "accept")
        assert.deepStrictEqual(receipt.silent, ["a4"])
      })
    )
  )

  it.effect("dead, crashing and silent agents are silent, and delay nobody beyond the deadline", () =>
    scoped(
      Effect.gen(function* () {
        const { decide } = yield* service
        const team = yield* teamOf([...votes("accept", "accept"), crashing, mute, {}])
        yield* Process.kill(team.refs[4]!)
        const fiber = yield* Effect.forkChild(decide({ team, proposal, deadline: "1 second" }), {
          startImmediately: true
        })
        yield* TestClock.adjust("1 second")
        const receipt = yield* Fiber.join(fiber)
        assert.strictEqual(receipt.outcome, "insufficient-votes")
        assert.deepStrictEqual([...receipt.silent].sort(), ["a2", "a3", "a4"])
      })
    )
  )

  it.effect("an agent that asks its own team from its handler is silent in it, and nothing hangs", () =>
    scoped(
      Effect.gen(function* () {
        const coordination = yield* service
        const box: { team: Team.Team | undefined } = { team: undefined }
        const asking: Script = {
          vote: ({ subject }) =>
            subject === "inner"
              ? Effect.succeed({ vote: "accept" })
              : Effect.map(
                  Effect.orDie(
                    coordination.decide({ team: box.team!, proposal: { subject: "inner", value: 0 }, early: false })
                  ),
                  ({ outcome, silent }): Agent.Ballot => ({
                    vote: "accept",
                    because: `${outcome} without ${silent.join()}`
                  })
                )
        }
        const team = yield* teamOf([asking, ...votes("accept", "accept")])
        box.team = team
        const receipt = yield* coordination.decide({ team, proposal, early: false })
        assert.strictEqual(receipt.votes.find(({ voter }) => voter === "a0")?.because, "accept without a0")
        assert.strictEqual(receipt.outcome, "accept")
      })
    )
  )

  it.effect("a share outside of (0, 1] is refused", () =>
    scoped(
      Effect.gen(function* () {
        const { decide } = yield* service
        const rule: Consensus.Rule = { ...Consensus.majority, acceptAt: [6, 5] }
        const error = yield* Effect.flip(decide({ team: yield* teamOf([]), proposal, rule }))
        assert(error._tag === "InvalidRule")
        assert.include(error.message, "6/5")
      })
    )
  )
})

describe("P138", () => {
  it.effect("P138: an empty team gives empty results: no votes, no winner, nobody to wait for", () =>
    scoped(
      Effect.gen(function* () {
        const { auction, decide, round } = yield* service
        const team = yield* teamOf([])
        const decided = yield* decide({ team, proposal })
        assert.deepStrictEqual([decided.outcome, decided.votes], ["insufficient-votes", []])
        const sold = yield* auction({ team, lot: { name: "slot", units: 1, reserve: 0 } })
        assert.deepStrictEqual(sold.winners, [])
        assert.deepStrictEqual((yield* round({ team, round: 1 })).arrived, [])
      })
    )
  )

  it.effect("P138: an auction on impossible terms is refused, saying which", () =>
    scoped(
      Effect.gen(function* () {
        const { auction } = yield* service
        const team = yield* teamOf([{ bid: 1 }])
        for (const lot of [
          { name: "none", units: 0, reserve: 0 },
          { name: "half", units: 1.5, reserve: 0 },
          { name: "odd", units: 1, reserve: Number.NaN },
          { name: "less", units: 1, reserve: -1 }
        ]) {
          const error = yield* Effect.flip(auction({ team, lot }))
          assert(error._tag === "InvalidLot", lot.name)
          assert.include(error.message, lot.name)
        }
      })
    )
  )

  it.effect("a team names the member that is in it twice, by name or by process", () =>
    scoped(
      Effect.gen(function* () {
        const [one, other] = (yield* start({ one: {}, other: {} })).map(({ ref }) => ref)
        assert(one !== undefined && other !== undefined)
        const byName = yield* Effect.flip(
          Team.make([
            { id: "x", ref: one },
            { id: "x", ref: other }
          ])
        )
        assert.strictEqual(byName.message, `"x" is in the team twice`)
        const byProcess = yield* Effect.flip(
          Team.make([
            { id: "x", ref: one },
            { id: "y", ref: one }
          ])
        )
        assert.strictEqual(byProcess.id, "y")
      })
    )
  )
})

describe("sessions", () => {
  it.effect("P140: a limit of 100 ms ends a session whose agent answers after 200 ms, and closes it", () =>
    scoped(
      Effect.gen(function* () {
        const coordination = yield* service
        const team = yield* teamOf([after(200, { vote: "accept" })])
        const fiber = yield* Effect.forkChild(coordination.decide({ team, proposal, deadline: "100 millis" }), {
          startImmediately: true
        })
        yield* TestClock.adjust("99 millis")
        assert.deepStrictEqual(yield* coordination.sessions, [{ id: "s-1", kind: "consensus", participants: 1 }])
        yield* TestClock.adjust("1 millis")
        const receipt = yield* Fiber.join(fiber)
        assert.deepStrictEqual([receipt.outcome, receipt.silent], ["insufficient-votes", ["a0"]])
        assert.deepStrictEqual(yield* coordination.sessions, [])
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(Option.getOrThrow(yield* coordination.receipt(receipt.session)), receipt)
      })
    )
  )

  for (const count of [5, 50]) {
    it.effect(`P141: ${count} concurrent sessions all finish, each with its own outcome`, () =>
      scoped(
        Effect.gen(function* () {
          const coordination = yield* service
          const even: Script = {
            vote: ({ value }) =>
              Effect.as(Effect.yieldNow, { vote: Number(value) % 2 === 0 ? "accept" : "reject" } as const)
          }
          const team = yield* teamOf([even, even, even, even, even])
          const receipts = yield* Effect.forEach(
            Array.from({ length: count }, (_, value) => value),
            (value) => coordination.decide({ team, proposal: { subject: "number", value }, early: false }),
            { concurrency: "unbounded" }
          )
          receipts.forEach(({ outcome }, at) => assert.strictEqual(outcome, at % 2 === 0 ? "accept" : "reject"))
          assert.strictEqual(new Set(receipts.map(({ session }) => session)).size, count)
          assert.deepStrictEqual(yield* coordination.sessions, [])
        })
      )
    )
  }

  it.effect("P141: 100 open sessions of 5 agents add less than 10 MB", () =>
    scoped(
      Effect.gen(function* () {
        const coordination = yield* service
        const team = yield* teamOf([mute, mute, mute, mute, mute])
        const before = process.memoryUsage().heapUsed
        for (let count = 0; count < 100; count++) {
          yield* Effect.forkChild(coordination.decide({ team, proposal }), { startImmediately: true })
        }
        assert.strictEqual((yield* coordination.sessions).length, 100)
        assert.isBelow(process.memoryUsage().heapUsed - before, 10e6)
      })
    )
  )

  it.effect("P141: whoever waits for a cancelled session is told that it was cancelled; it is closed", () =>
    scoped(
      Effect.gen(function* () {
        const coordination = yield* service
        const team = yield* teamOf([mute])
        const fiber = yield* Effect.forkChild(coordination.round({ team, round: 3 }), { startImmediately: true })
        const [open] = yield* coordination.sessions
        yield* coordination.cancel(open!.id)
        const error = yield* Effect.flip(Fiber.join(fiber))
        assert(error._tag === "SessionCancelled")
        assert.strictEqual(error.message, `session ${open!.id} was cancelled`)
        assert.deepStrictEqual(yield* coordination.sessions, [])
        const again = yield* Effect.flip(coordination.cancel(open!.id))
        assert.strictEqual(again.message, `there is no open session ${open!.id}`)
      })
    )
  )

  it.effect("whoever stops waiting closes the session", () =>
    scoped(
      Effect.gen(function* () {
        const coordination = yield* service
        const team = yield* teamOf([mute])
        const fiber = yield* Effect.forkChild(coordination.decide({ team, proposal }), { startImmediately: true })
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* coordination.sessions, [])
      })
    )
  )

  it.effect("as many sessions are open as the limit allows; one more is refused", () =>
    Effect.gen(function* () {
      const coordination = yield* service
      const team = yield* teamOf([mute])
      const round = coordination.round({ team, round: 1 })
      yield* Effect.forkChild(round, { startImmediately: true })
      yield* Effect.forkChild(round, { startImmediately: true })
      const error = yield* Effect.flip(round)
      assert(error._tag === "TooManySessions")
      assert.strictEqual(error.message, "2 sessions are open, which is the limit")
    }).pipe(Effect.scoped, Effect.provide(Coordination.layer({ sessionsMax: 2 })))
  )

  it.effect("the oldest receipt is dropped when there is one more than are kept", () =>
    Effect.gen(function* () {
      const coordination = yield* service
      const team = yield* teamOf(votes("accept"))
      const sessions = yield* Effect.forEach([1, 2, 3], () =>
        Effect.map(coordination.decide({ team, proposal }), ({ session }) => session)
      )
      const kept = yield* Effect.forEach(sessions, (session) => coordination.receipt(session))
      assert.deepStrictEqual(kept.map(Option.isSome), [false, true, true])
    }).pipe(Effect.scoped, Effect.provide(Coordination.layer({ receiptsMax: 2, prefix: "n1" })))
  )

  it.effect("closing the layer cancels what is open", () =>
    Effect.gen(function* () {
      const team = yield* teamOf([mute])
      const waiting = yield* Effect.gen(function* () {
        const coordination = yield* service
        return yield* Effect.forkDetach(coordination.decide({ team, proposal, deadline: "Infinity" }), {
          startImmediately: true
        })
      }).pipe(Effect.provide(Coordination.layer()))
      const exit = yield* Fiber.await(waiting)
      assert(Exit.isFailure(exit))
      assert.include(String(exit.cause), "cancelled")
    }).pipe(Effect.scoped)
  )
})

describe("an auction", () => {
  const lot = { name: "slot", units: 1, reserve: 1 }

  it.effect("sells to the highest bidder at the second price, and tells only the winner", () =>
    scoped(
      Effect.gen(function* () {
        const { auction } = yield* service
        const told: Array<Array<unknown>> = [[], [], []]
        const team = yield* teamOf([5, 9, 7].map((bid, at) => ({ bid, told: told[at] })))
        const receipt = yield* auction({ team, lot })
        assert.deepStrictEqual([receipt.winners, receipt.price, receipt.refused, receipt.silent], [["a1"], 7, [], []])
        assert.deepStrictEqual(told, [[], [{ session: receipt.session, lot, price: 7 }], []])
      })
    )
  )

  it.effect("among equal bids the earliest wins", () =>
    scoped(
      Effect.gen(function* () {
        const { auction } = yield* service
        const later = Effect.as(Effect.sleep(10), 5)
        const fiber = yield* Effect.forkChild(auction({ team: yield* teamOf([{ bid: later }, { bid: 5 }]), lot }), {
          startImmediately: true
        })
        yield* TestClock.adjust(10)
        assert.deepStrictEqual((yield* Fiber.join(fiber)).winners, ["a1"])
      })
    )
  )

  it.effect("a bid over the budget is refused and does not count, neither for the winner nor for the price", () =>
    scoped(
      Effect.gen(function* () {
        const { auction } = yield* service
        const budgets = new Map([
          ["a0", 10],
          ["a1", 10],
          ["a2", 8]
        ])
        const team = yield* teamOf([{ bid: 6 }, { bid: 11 }, { bid: 8 }])
        const receipt = yield* auction({ team, lot, budgetOf: (id) => budgets.get(id) ?? 0 })
        assert.deepStrictEqual([receipt.winners, receipt.price], [["a2"], 6])
        assert.deepStrictEqual(receipt.refused, [{ bidder: "a1", because: "over budget", amount: 11, budget: 10 }])
      })
    )
  )

  it.effect("bids that are no amounts are refused, bids below the reserve win nothing", () =>
    scoped(
      Effect.gen(function* () {
        const { auction } = yield* service
        const team = yield* teamOf([{ bid: -5 }, { bid: 0.5 }, { bid: null }])
        const receipt = yield* auction({ team, lot })
        assert.deepStrictEqual(receipt.winners, [])
        assert.deepStrictEqual(receipt.refused, [{ bidder: "a0", because: "invalid amount", amount: -5 }])
      })
    )
  )

  it.effect("k units go to the k highest at the price of the highest that gets none", () =>
    scoped(
      Effect.gen(function* () {
        const { auction } = yield* service
        const team = yield* teamOf([4, 9, 7, 6].map((bid) => ({ bid })))
        const receipt = yield* auction({ team, lot: { ...lot, units: 2 } })
        assert.deepStrictEqual([[...receipt.winners].sort(), receipt.price], [["a1", "a2"], 6])
      })
    )
  )

  it.effect("dead, crashing and silent bidders bid nothing; a winner that dies has won all the same", () =>
    scoped(
      Effect.gen(function* () {
        const { auction } = yield* service
        const team = yield* teamOf([crashing, mute, {}, { bid: 3, won: Effect.die("too happy") }, { bid: 2 }])
        yield* Process.kill(team.refs[2]!)
        const fiber = yield* Effect.forkChild(auction({ team, lot, deadline: "1 second" }), { startImmediately: true })
        yield* TestClock.adjust("1 second")
        const receipt = yield* Fiber.join(fiber)
        assert.deepStrictEqual([receipt.winners, receipt.price], [["a3"], 2])
        assert.deepStrictEqual([...receipt.silent].sort(), ["a0", "a1", "a2"])
      })
    )
  )
})

describe("a round", () => {
  it.effect("ends when everybody is there", () =>
    scoped(
      Effect.gen(function* () {
        const { round } = yield* service
        const fiber = yield* Effect.forkChild(
          round({ team: yield* teamOf([{ arrive: Effect.sleep(10) }, {}, {}]), round: 7 }),
          { startImmediately: true }
        )
        yield* TestClock.adjust(10)
        const receipt = yield* Fiber.join(fiber)
        assert.deepStrictEqual([receipt.round, receipt.arrived], [7, ["a1", "a2", "a0"]])
      })
    )
  )

  it.effect("is broken at the deadline, and names who came, who is missing and who cannot come", () =>
    scoped(
      Effect.gen(function* () {
        const { round } = yield* service
        const team = yield* teamOf([{}, mute, crashing])
        const fiber = yield* Effect.forkChild(round({ team, round: 1, deadline: "1 second" }), {
          startImmediately: true
        })
        yield* TestClock.adjust("1 second")
        const error = yield* Effect.flip(Fiber.join(fiber))
        assert(error._tag === "RoundBroken")
        assert.deepStrictEqual([error.arrived, error.missing, error.failed], [["a0"], ["a1"], ["a2"]])
        assert.strictEqual(error.message, "round 1 is broken: missing a1, a2")
      })
    )
  )
})
