/** Majority agreement before a parameter changes: no value ever changes without an accepted receipt. */
import { assert, describe } from "@effect/vitest"
import { VectorClock } from "@foundation/core"
import { campaign, law } from "@foundation/core/testing/law"
import { Agent, Coordination, Receipts, Variables, VariableType } from "@mabeam/core"
import { Arbitrary, Effect, Result, Schema } from "effect"
import { crashing, Live, type Script, teamOf } from "../support.ts"

const names = ["x", "y"] as const
const Value = Schema.Literals([0, 1, 2, 3, 99])
const Changes = Schema.Array(Schema.Tuple([Schema.Literals(names), Value])).check(
  Schema.isMinLength(1),
  Schema.isMaxLength(2)
)
/** Teams, a letter for each member: accepts, rejects, abstains, crashes. About half of them accept. */
const Votes = Schema.Literals([
  "a",
  "aaa",
  "aaarr",
  "aaacc",
  "aaaba",
  "aacr",
  "aab",
  "",
  "c",
  "aac",
  "acc",
  "aarr",
  "bbb",
  "ar"
])

const Move = Schema.TaggedUnion({
  /** Puts a change to the vote and commits it if that is accepted. */
  Propose: { changes: Changes, votes: Votes },
  /** Decides on a change and keeps the receipt. */
  Decide: { changes: Changes, votes: Votes, weak: Schema.Boolean },
  /** Commits a kept receipt, perhaps for the second time, perhaps tampered with. */
  Commit: {
    which: Schema.Literals([0, 1, 2, "last"]),
    tamper: Schema.Literals(["none", "outcome", "value", "votes", "session"])
  },
  /** Decides on two changes at once, and commits first the second, then the first. */
  Race: { changes: Changes, other: Changes },
  /** Tries to change a value without a vote. */
  Meddle: { name: Schema.Literals(names), value: Value, how: Schema.Literals(["set", "rollback", "delete"]) }
})
type Move = typeof Move.Type

const steps = (move: Move): ReadonlyArray<Exclude<Move, { readonly _tag: "Race" }>> =>
  move._tag === "Race"
    ? [
        { _tag: "Decide", changes: move.changes, votes: "aaa", weak: false },
        { _tag: "Propose", changes: move.other, votes: "aaa" },
        { _tag: "Commit", which: "last", tamper: "none" }
      ]
    : [move]

const scripts = (votes: string): ReadonlyArray<Script> =>
  Array.from(votes, (letter) =>
    letter === "c" ? crashing : { vote: letter === "a" ? "accept" : letter === "r" ? "reject" : "abstain" }
  )

/** What the votes come to, by the definition: a majority votes, and 60 % of all accept. */
const isAccepted = (votes: string) => {
  const count = (letter: string) => votes.split(letter).length - 1
  return votes.length - count("c") > votes.length / 2 && count("a") * 5 >= votes.length * 3
}

interface Kept {
  readonly receipt: Receipts.ConsensusReceipt
  readonly changes: ReadonlyMap<string, number>
  readonly bases: ReadonlyMap<string, number>
  readonly accepted: boolean
}

const isLegal = (changes: ReadonlyMap<string, number>) =>
  changes.size > 0 && [...changes.values()].every((value) => value >= 0 && value <= 3)

/** Plays moves against the service and against a map of values that only accepted receipts may touch. */
const play = (moves: ReadonlyArray<Move>) =>
  Effect.gen(function* () {
    const variables = yield* Variables.Variables
    const coordination = yield* Coordination.Coordination
    const model = new Map<string, { value: number; version: number }>(
      names.map((name) => [name, { value: 0, version: 1 }])
    )
    const kept: Array<Kept> = []
    const used = new Set<string>()
    for (const name of names) {
      yield* variables.define({
        name,
        type: VariableType.int({ min: 0, max: 3 }),
        initial: 0,
        owner: "o",
        policy: "consensus"
      })
    }
    const bases = (changes: ReadonlyMap<string, number>) =>
      new Map([...changes.keys()].map((name) => [name, model.get(name)!.version]))
    const apply = (changes: ReadonlyMap<string, number>) => {
      for (const [name, value] of changes) model.set(name, { value, version: model.get(name)!.version + 1 })
    }

    for (const move of moves.flatMap(steps)) {
      switch (move._tag) {
        case "Propose": {
          const changes = new Map(move.changes)
          const team = yield* teamOf(scripts(move.votes))
          const options = { changes: Object.fromEntries(changes), team, by: "p" }
          const result = yield* Effect.result(variables.propose(options))
          const committed = Result.isSuccess(result) && result.success.committed
          assert.strictEqual(committed, isLegal(changes) && isAccepted(move.votes))
          if (committed) apply(changes)
          break
        }
        case "Decide": {
          const changes = new Map(move.changes)
          const team = yield* teamOf(scripts(move.votes))
          const evidence = { by: "p", baseVersions: Object.fromEntries(bases(changes)) }
          const proposal: Agent.Proposal = { subject: "some", value: Object.fromEntries(changes), evidence }
          const rule = { acceptAt: [1, 5], rejectAt: [2, 5], base: "cast", quorum: () => 1 } as const
          const receipt = yield* coordination.decide({ team, proposal, ...(move.weak ? { rule } : {}) })
          kept.push({ receipt, changes, bases: bases(changes), accepted: !move.weak && isAccepted(move.votes) })
          break
        }
        case "Commit": {
          const chosen = kept.at(move.which === "last" ? -1 : move.which)
          if (chosen === undefined) break
          const { accepted, changes, receipt } = chosen
          const result = yield* Effect.result(variables.commit(tampered(receipt, move.tamper)))
          const isCurrent = [...chosen.bases].every(([name, version]) => model.get(name)!.version === version)
          const mayChange =
            accepted && isLegal(changes) && isCurrent && move.tamper === "none" && !used.has(receipt.session)
          assert.strictEqual(Result.isSuccess(result), mayChange)
          if (mayChange) {
            apply(changes)
            used.add(receipt.session)
          }
          break
        }
        case "Meddle": {
          const { how, name, value } = move
          const result = yield* Effect.result(
            Effect.asVoid<unknown, Variables.SetError | Variables.VersionNotFound, never>(
              how === "set"
                ? variables.set(name, value, { by: "o" })
                : how === "rollback"
                  ? variables.rollback(name, 1, { by: "o" })
                  : variables.delete(name, { by: "o" })
            )
          )
          assert.isTrue(Result.isFailure(result))
        }
      }
      for (const name of names) {
        const { clock, value, version, why } = yield* variables.info(name)
        assert.deepStrictEqual({ value, version }, model.get(name))
        assert.deepStrictEqual(
          clock,
          VectorClock.makeUnsafe([
            ["o", 1],
            ["p", version - 1]
          ])
        )
        if (version === 1) continue
        // Whoever asks why gets the votes, and they are a majority.
        const receipt = yield* coordination.receipt(why.session!)
        assert(receipt._tag === "Some" && receipt.value.kind === "consensus")
        assert.isTrue(Receipts.verifyConsensus(receipt.value))
        assert.strictEqual(receipt.value.outcome, "accept")
        assert.deepStrictEqual(why.votes, receipt.value.votes)
      }
    }
    return true
  }).pipe(Effect.scoped, Effect.provide(Live))

const tampered = (
  receipt: Receipts.ConsensusReceipt,
  how: "none" | "outcome" | "value" | "votes" | "session"
): Receipts.ConsensusReceipt => {
  const { participants, proposal } = receipt
  switch (how) {
    case "none":
      return receipt
    case "outcome":
      return { ...receipt, outcome: receipt.outcome === "accept" ? "reject" : "accept" }
    case "value": {
      const { y } = proposal.value as { readonly y?: number }
      // Whatever it was, it is another one now.
      return { ...receipt, proposal: { ...proposal, value: { x: 3, y: y === 3 ? 2 : 3 } } }
    }
    case "votes":
      return {
        ...receipt,
        votes: participants.map((voter) => ({ voter, vote: "accept", because: "said so" })),
        late: [],
        silent: [],
        outcome: "accept"
      }
    case "session":
      return { ...receipt, session: `${receipt.session}0` }
  }
}

describe("shared variables", () => {
  law(
    "no value changes without the majority that its receipt shows, whatever is proposed, forged, repeated or tried",
    campaign(2_000, 50_000),
    Arbitrary.schema(Schema.Array(Move).check(Schema.isMaxLength(12))),
    play
  )
})
