/**
 * What sessions leave behind: everything that a decision was made from, so that anyone can make it again.
 *
 * **Guarantees** A receipt accounts for every participant exactly once, when it is given early as well as when its session
 * has closed. `verifyConsensus` and `verifyAuction` are total and decide anew from what the receipt holds.
 *
 * **Does not guarantee** That the answers are the ones that were given: whoever writes a receipt could have changed them.
 * Nor that an admitted bid was within its bidder's budget: the budgets of refused bids alone are kept.
 *
 * @since 0.1.0
 */
import { Bids, Consensus, KUnitVickrey, Receipt as EconomicsReceipt, SealedBid } from "@mabeam/economics"
import { Equal, Option, Schema } from "effect"
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
  /**
   * Participants that are neither in `votes` nor in `late`: at the end dead, failed, or silent at the deadline; in a receipt
   * given before, all that were not heard yet.
   */
  silent: Schema.Array(Schema.String),
  outcome: Schema.Literals(["accept", "reject", "no-clear-majority", "insufficient-votes"])
})
export type ConsensusReceipt = typeof ConsensusReceipt.Type

/** A number from an agent, which need not be finite; JSON has no other way to write those that are not. */
const Told = Schema.Union([Schema.Finite, Schema.Literals(["NaN", "Infinity", "-Infinity"])])
type Told = typeof Told.Type

/** A number as receipts keep it. */
export const told = (value: number): Told =>
  Number.isFinite(value) ? value : Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity"

/** A bid that was not admitted. */
export const RefusedBid = Schema.Struct({
  bidder: Schema.String,
  because: Schema.Literals(["invalid amount", "over budget", "already answered", "closed", "not invited", "full"]),
  /** What was bid, in credits. */
  amount: Told,
  /** The most that the bidder could pay, where that is why. */
  budget: Schema.optionalKey(Told)
})
export type RefusedBid = typeof RefusedBid.Type

/** An auction session. Each participant is in one of the bids, `refused`, `passed` and `silent`. */
export const AuctionReceipt = Schema.Struct({
  kind: Schema.Literal("auction"),
  version: Schema.Literal(1),
  session: Schema.String,
  lot: Lot,
  participants: Schema.Array(Schema.String),
  /** The receipt of the mechanism itself, with the admitted bids. */
  auction: EconomicsReceipt.Receipt,
  /** Who gets a unit, in the order of arrival of their bids. */
  winners: Schema.Array(Schema.String),
  /** What each winner pays, in credits. */
  price: Schema.Finite,
  refused: Schema.Array(RefusedBid),
  /** Participants that answered that they do not bid. */
  passed: Schema.Array(Schema.String),
  /** Participants that had not answered at the deadline, or could not. */
  silent: Schema.Array(Schema.String)
})
export type AuctionReceipt = typeof AuctionReceipt.Type

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

/** Whether `answered` names every participant once and nobody else. */
const isComplete = (participants: ReadonlyArray<string>, answered: ReadonlyArray<string>): boolean => {
  const known = new Set(participants)
  const heard = new Set(answered)
  return (
    known.size === participants.length &&
    heard.size === answered.length &&
    known.size === heard.size &&
    answered.every((id) => known.has(id))
  )
}

/** Whether a quorum can be asked of so many participants: a whole number from 1 to all of them; 1 of none. */
export const isQuorum = (quorum: number, participants: number): boolean =>
  Number.isSafeInteger(quorum) && quorum >= 1 && quorum <= Math.max(1, participants)

const hasRule = (receipt: ConsensusReceipt, { acceptAt, base, quorum, rejectAt }: Consensus.Rule): boolean =>
  receipt.quorum === quorum(receipt.participants.length) &&
  Equal.equals(receipt.acceptAt, acceptAt) &&
  Equal.equals(receipt.rejectAt, rejectAt) &&
  receipt.base === base

/**
 * Whether a consensus receipt is in order: a rule that makes sense, each participant with one vote or silent, and an outcome
 * that its votes give, with none of the later ones able to change it. With `expected` the rule has to be that one, which
 * whoever knows it should ask for: a receipt says itself by which rule it was decided.
 */
export const verifyConsensus = (receipt: ConsensusReceipt, expected?: Consensus.Rule): boolean => {
  const { late, outcome, participants, quorum, silent, votes } = receipt
  const rule: Consensus.Rule = { ...receipt, quorum: () => quorum }
  if (!Consensus.isValid(rule) || !isQuorum(quorum, participants.length)) return false
  if (expected !== undefined && !hasRule(receipt, expected)) return false
  if (!isComplete(participants, [...votes, ...late].map((vote) => vote.voter).concat(silent))) return false
  const enter = (state: Consensus.State, vote: Vote) => Consensus.step(state, vote.vote)
  const decided = votes.reduce(enter, Consensus.initial(participants.length))
  const ended = late.reduce(enter, decided)
  return (
    Consensus.outcome(rule, ended) === outcome && (late.length === 0 || Consensus.settled(rule, decided) === outcome)
  )
}

/** Who gets a unit by the decision of a mechanism. */
export const winnersOf = ({ decision }: EconomicsReceipt.Receipt): ReadonlyArray<string> =>
  "winners" in decision ? decision.winners : Option.toArray(decision.winner)

/**
 * Whether an auction receipt is in order: each participant with one bid, refused, passed or silent; every refusal for a reason
 * that holds; an auction of this lot among these participants; and the winners and the price that its mechanism gives
 * for the admitted bids.
 */
export const verifyAuction = (receipt: AuctionReceipt): boolean => {
  const { auction, participants, passed, refused, silent } = receipt
  const { bids, bidders } = auction.inputs
  const answered = [...bids, ...refused].map(({ bidder }) => bidder)
  return (
    isComplete(participants, [...answered, ...passed, ...silent]) &&
    bidders !== undefined &&
    Equal.equals(bidders, participants) &&
    isOfLot(auction, receipt.lot) &&
    Bids.judge(auction.inputs) === undefined &&
    refused.every((bid) => isRefusable(bid, bids.length)) &&
    EconomicsReceipt.differences(auction).length === 0 &&
    Equal.equals(receipt.winners, winnersOf(auction)) &&
    receipt.price === auction.decision.price
  )
}

const isOfLot = (auction: EconomicsReceipt.Receipt, { reserve, units }: Lot): boolean =>
  auction.inputs.reserve === reserve &&
  Number.isSafeInteger(units) &&
  units >= 1 &&
  units === (auction.mechanism === KUnitVickrey.name ? auction.inputs.units : 1)

/** Whether the reason of a refusal holds. Those that need a second answer of one bidder, or a stranger's, never do. */
const isRefusable = ({ amount, because, budget }: RefusedBid, admitted: number): boolean => {
  switch (because) {
    case "over budget":
      return budget !== undefined && Number(amount) > Number(budget)
    case "invalid amount":
      return !Bids.isAmount(Number(amount))
    case "full":
      return admitted >= SealedBid.bidsMax
    default:
      return false
  }
}
