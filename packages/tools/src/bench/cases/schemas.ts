/**
 * What it costs to decode what comes from outside, with schemas compiled and interpreted.
 *
 * @since 0.1.0
 */
import { Receipts } from "@mabeam/core"
import { Effect, Schema } from "effect"
import type { Case } from "../case.ts"
import { chunked } from "../measure.ts"

/** The receipt of a vote of five, as it comes out of a database. */
const receipt = {
  kind: "consensus",
  version: 1,
  session: "s-1",
  proposal: { subject: "learning_rate", value: 0.01, evidence: { accuracy: 0.97, trials: [1, 2, 3] } },
  participants: ["a", "b", "c", "d", "e"],
  quorum: 3,
  acceptAt: [3, 5],
  rejectAt: [2, 5],
  base: "participants",
  votes: ["a", "b", "c", "d"].map((voter) => ({ voter, vote: "accept", because: "seen better" })),
  late: [],
  silent: ["e"],
  outcome: "accept"
}

const decode = (name: string, interpreted: boolean): Case => ({
  name,
  about: `a receipt of a vote of five, decoded from unknown by its schema, ${interpreted ? "interpreted" : "compiled"}`,
  sizes: [1],
  interpreted,
  body: ({ effort }) =>
    Effect.suspend(() => {
      const decoder = Schema.decodeUnknownExit(Receipts.ConsensusReceipt)
      return chunked(100_000 / effort.shrink, 100, () => decoder(receipt))
    })
})

export const schemaCases: ReadonlyArray<Case> = [
  decode("schema decode, compiled", false),
  decode("schema decode, interpreted", true)
]
