/** The rules of an election on its record: pure and total, so that every backend has the same. */
import type { Answer, Claim, LeaseRecord, View } from "../LeaseStore.ts"

type Standing = LeaseRecord["standing"][number]
type Move<A> = readonly [answer: A, next: LeaseRecord]

/** Bully ordering: the higher score, then the greater name. The session decides between namesakes. */
export const outranks = (
  a: Pick<Standing, "candidate" | "score" | "session">,
  b: Pick<Standing, "candidate" | "score" | "session">
): boolean => {
  if (a.score !== b.score) return a.score > b.score
  if (a.candidate !== b.candidate) return a.candidate > b.candidate
  return a.session > b.session
}

export const view = (record: LeaseRecord, now: number): View => {
  const { holder, term } = record
  if (holder === null || holder.until <= now) return { term, leader: undefined }
  return { term, leader: { candidate: holder.candidate, term, remainingMillis: holder.until - now } }
}

export const stand = (record: LeaseRecord, claim: Claim, now: number, max: number): Move<Answer | "full"> => {
  const next = announce(record, claim, now, max)
  return next === undefined ? ["full", record] : [denied(next, now), next]
}

export const take = (record: LeaseRecord, claim: Claim, now: number, max: number): Move<Answer | "full"> => {
  const { holder } = record
  if (holder !== null && holder.until > now) {
    if (holder.session !== claim.session) return stand(record, claim, now, max)
    // The answer to an earlier claim of this session was lost: the same term again. Unless the session knows that term
    // and has stepped down from it: it gets a new one.
    return grant(record, claim, now, record.term > claim.after ? record.term : record.term + 1)
  }
  const next = announce(record, claim, now, max)
  if (next === undefined) return ["full", record]
  return next.standing.some((other) => outranks(other, claim))
    ? [denied(next, now), next]
    : grant(next, claim, now, record.term + 1)
}

export const renew = (
  record: LeaseRecord,
  lease: { readonly session: string; readonly term: number; readonly leaseMillis: number },
  now: number
): Move<Answer> => {
  const { holder, term } = record
  const runs = holder !== null && holder.until > now && holder.session === lease.session && term === lease.term
  if (!runs) return [denied(record, now), record]
  const next = { ...record, holder: { ...holder, until: Math.max(holder.until, now + lease.leaseMillis) } }
  return [{ ...view(next, now), granted: term }, next]
}

export const release = (record: LeaseRecord, session: string): LeaseRecord => {
  const holds = record.holder?.session === session
  if (!holds && !record.standing.some((each) => each.session === session)) return record
  return {
    term: record.term,
    holder: holds ? null : record.holder,
    standing: record.standing.filter((each) => each.session !== session)
  }
}

const denied = (record: LeaseRecord, now: number): Answer => ({ ...view(record, now), granted: undefined })

const grant = (record: LeaseRecord, claim: Claim, now: number, term: number): Move<Answer> => {
  const { candidate, session } = claim
  const until = Math.max(term === record.term ? (record.holder?.until ?? 0) : 0, now + claim.leaseMillis)
  const standing = record.standing.filter((each) => each.session !== session)
  const next: LeaseRecord = { term, holder: { session, candidate, until }, standing }
  return [{ ...view(next, now), granted: term }, next]
}

/** Writes the claimant among those who stand, and forgets those of whom nothing was heard for their lease. */
const announce = (record: LeaseRecord, claim: Claim, now: number, max: number): LeaseRecord | undefined => {
  const others = record.standing.filter((each) => each.until > now && each.session !== claim.session)
  if (others.length >= max) return undefined
  const { candidate, score, session } = claim
  return { ...record, standing: [...others, { session, candidate, score, until: now + claim.leaseMillis }] }
}
