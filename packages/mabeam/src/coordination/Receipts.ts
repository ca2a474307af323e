/**
 * What sessions leave behind: everything that a decision was made from, so that anyone can make it again.
 *
 * @since 0.1.0
 */
import { Consensus, type Receipt as EconomicsReceipt } from "@mabeam/economics"
import { Schema } from "effect"
import { Ballot, Lot, Proposal } from "../agents/Agent.ts"

const Share = Schema.Tuple([Schema.Int, Schema.Int])

/** A vote, with the voter's reason. */
export const Vote = Schema.Struct({ voter: Schema.String, ...Ballot.fields })
export type Vote = typeof Vote.Type

/** A consensus session. */
export const ConsensusReceipt = Schema.Struct({
  kind: Schema.Literal("consensus"),
  version: Schema.Literal(1),
  session: Schema.String,
  proposal: Proposal,
  participants: Schema.Array(Schema.String),
  /** How many votes had to be cast. */
  quorum: Schema.Int,
  acceptAt: Share,
  rejectAt: Share,
  base: Schema.Literals(["participants", "cast"]),
  /** The votes from which it was decided, in the order of arrival. */
  votes: Schema.Array(Vote),
  /** Votes that came after the decision, which they could not change. */
  late: Schema.Array(Vote),
  /** Participants that had not voted at the end: dead, failed, or silent at the deadline. */
  silent: Schema.Array(Schema.String),
  outcome: Schema.Literals(["accept", "reject", "no-clear-majority", "insufficient-votes"])
})
export type ConsensusReceipt = typeof ConsensusReceipt.Type

/** A bid that was not admitted. */
export const RefusedBid = Schema.Struct({
  bidder: Schema.String,
  because: Schema.Literals(["invalid amount", "over budget", "already answered", "closed", "not invited", "full"])
})
export type RefusedBid = typeof RefusedBid.Type

/** An auction session; `auction` is the receipt of the mechanism itself. */
export interface AuctionReceipt {
  readonly kind: "auction"
  readonly version: 1
  readonly session: string
  readonly lot: Lot
  readonly participants: ReadonlyArray<string>
  readonly auction: EconomicsReceipt.Receipt
  /** Who gets a unit, in the order of arrival of their bids. */
  readonly winners: ReadonlyArray<string>
  /** What each winner pays, in credits. */
  readonly price: number
  readonly refused: ReadonlyArray<RefusedBid>
  /** Participants that had not answered at the deadline, or could not. */
  readonly silent: ReadonlyArray<string>
}

/** A barrier round that everybody came to. */
export interface RoundReceipt {
  readonly kind: "round"
  readonly version: 1
  readonly session: string
  readonly round: number
  /** In the order of arrival. */
  readonly arrived: ReadonlyArray<string>
}

/** What any session leaves behind. */
export type Receipt = ConsensusReceipt | AuctionReceipt | RoundReceipt

/**
 * Whether a consensus receipt is in order: one vote for each voter, all of them participants, and an outcome that its
 * votes give, with none of the later ones able to change it.
 */
export const verifyConsensus = (receipt: ConsensusReceipt): boolean => {
  const voters = [...receipt.votes, ...receipt.late].map((vote) => vote.voter)
  const known = new Set(receipt.participants)
  const heard = new Set([...voters, ...receipt.silent])
  if (heard.size !== voters.length + receipt.silent.length || known.size !== receipt.participants.length) return false
  if (![...heard].every((id) => known.has(id))) return false
  const rule: Consensus.Rule = { ...receipt, quorum: () => receipt.quorum }
  const enter = (state: Consensus.State, vote: Vote) => Consensus.step(rule, state, vote.vote)
  const decided = receipt.votes.reduce(enter, Consensus.initial(receipt.participants.length))
  const ended = receipt.late.reduce(enter, decided)
  return (
    Consensus.outcome(rule, ended) === receipt.outcome &&
    (receipt.late.length === 0 || Consensus.settled(rule, decided) === receipt.outcome)
  )
}
