/** What a receipt of a vote may do to variables, as pure functions. */
import type { Consensus } from "@mabeam/economics"
import { Equal, Result, Schema } from "effect"
import { type ConsensusReceipt, type Receipt, verifyConsensus } from "../../coordination/Receipts.ts"
import { Evidence, type Why } from "../VariableChange.ts"
import type { CommitError } from "../Variables.ts"
import {
  InvalidReceipt,
  InvalidValue,
  NotAccepted,
  NotShared,
  ReceiptUsed,
  UnknownReceipt,
  VariableNotFound,
  VersionConflict
} from "../VariablesError.ts"
import type { VariableCell } from "./cell.ts"

/** A change that is allowed. */
export interface Allowed {
  readonly cell: VariableCell
  readonly value: unknown
}

/** What is known about the receipt beside itself. */
export interface Records {
  readonly cells: ReadonlyMap<string, VariableCell>
  /** What the coordination has kept under the receipt's session. */
  readonly kept: Receipt | undefined
  readonly used: ReadonlySet<string>
  readonly rule: Consensus.Rule
}

/** The changes that the receipt makes and why, or why it makes none. */
export const judge = (
  receipt: ConsensusReceipt,
  { cells, kept, rule, used }: Records,
  at: number
): Result.Result<{ readonly allowed: ReadonlyArray<Allowed>; readonly why: Why }, CommitError> => {
  const { outcome, proposal, session } = receipt
  if (!verifyConsensus(receipt)) return invalid(session, "its outcome does not follow from its votes")
  if (kept === undefined || !isSameDecision(receipt, kept)) return Result.fail(new UnknownReceipt({ session }))
  if (outcome !== "accept") return Result.fail(new NotAccepted({ session, outcome }))
  if (!isAsStrict(receipt, rule)) return invalid(session, "its rule is weaker than the one for variables")
  if (used.has(session)) return Result.fail(new ReceiptUsed({ session }))
  const { evidence, value } = proposal
  if (!isEvidence(evidence) || !isRecord(value)) return invalid(session, unclear)
  const bases = new Map(Object.entries(evidence.baseVersions))
  const changes = Object.entries(value)
  if (changes.length === 0 || bases.size !== changes.length) return invalid(session, unclear)
  const allowed: Array<Allowed> = []
  for (const [name, value] of changes) {
    const base = bases.get(name)
    if (base === undefined) return invalid(session, unclear)
    const checked = changeable(cells.get(name), name, value)
    if (Result.isFailure(checked)) return Result.fail(checked.failure)
    const { version: actual } = checked.success.cell
    if (actual !== base) return Result.fail(new VersionConflict({ name, expected: base, actual }))
    allowed.push(checked.success)
  }
  const { because, by, trial } = evidence
  return Result.succeed({
    allowed,
    why: {
      by,
      at,
      ...(because === undefined ? {} : { because }),
      ...(trial === undefined ? {} : { trial }),
      session,
      votes: receipt.votes
    }
  })
}

/** Whether an accepted proposal can give the variable this value. */
export const changeable = (
  cell: VariableCell | undefined,
  name: string,
  value: unknown
): Result.Result<Allowed, VariableNotFound | NotShared | InvalidValue> => {
  if (cell === undefined) return Result.fail(new VariableNotFound({ name }))
  if (cell.policy !== "consensus") return Result.fail(new NotShared({ name, owner: cell.owner }))
  const { allowed } = cell.type
  return cell.type.is(value) ? Result.succeed({ cell, value }) : Result.fail(new InvalidValue({ name, value, allowed }))
}

const unclear = "its proposal does not say which variables change from which versions"

const invalid = (session: string, because: InvalidReceipt["because"]) =>
  Result.fail(new InvalidReceipt({ session, because }))

const isEvidence = Schema.is(Evidence)

const isRecord = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Two receipts of one decision. Votes that came afterwards, and who has been silent so far, do not count. */
const isSameDecision = (one: ConsensusReceipt, other: Receipt): boolean => {
  if (one === other) return true
  if (other.kind !== "consensus") return false
  const { late: _late, silent: _silent, ...decision } = one
  const { late: _otherLate, silent: _otherSilent, ...otherDecision } = other
  return Equal.equals(decision, otherDecision)
}

/** Whether the rule of a receipt accepts nothing that `rule` would not. */
const isAsStrict = (receipt: ConsensusReceipt, rule: Consensus.Rule): boolean => {
  const [accepts, of] = receipt.acceptAt
  const [acceptsAtLeast, ofAtLeast] = rule.acceptAt
  return (
    receipt.quorum >= rule.quorum(receipt.participants.length) &&
    accepts * ofAtLeast >= acceptsAtLeast * of &&
    (receipt.base === "participants" || rule.base === "cast")
  )
}
