/**
 * Who may take part in a session: those on its list, or without one everybody but the host. And whose word still counts of
 * those who have left.
 */
import type { Rule } from "./announcement.ts"
import { isParticipant } from "./name.ts"

/** Guests are named once, and the host is none of them. */
export const guests = (names: ReadonlyArray<string> | undefined, host: string, field: string): Rule => [
  names === undefined || (new Set(names).size === names.length && !names.includes(host)),
  [field],
  `names somebody twice, or ${JSON.stringify(host)}, whose session it is`
]

/** The list, to look names up in. */
export const invitedOf = (names: ReadonlyArray<string> | undefined): ReadonlySet<string> | undefined =>
  names === undefined ? undefined : new Set(names)

/** Why somebody may not take part; to the host a session says it with a reason of its own. */
export const unwelcome = <const Own extends string>(
  name: string,
  invited: ReadonlySet<string> | undefined,
  host: string,
  own: Own
): Own | "not invited" | undefined => {
  if (name === host) return own
  return invited?.has(name) === false || !isParticipant(name) ? "not invited" : undefined
}

/** How somebody has left. */
export type Gone = "withdrawn" | "dead"

/** Whether what somebody has said no longer counts: it was taken back, or lapses with a death. By default it stands. */
export const hasLapsed = (gone: Gone | undefined, onDeath: "stands" | "lapses" | undefined): boolean =>
  gone === "withdrawn" || (gone === "dead" && onDeath === "lapses")
