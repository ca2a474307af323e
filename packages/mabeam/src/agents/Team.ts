/**
 * A fixed set of agents that take part in something together, each under its own name.
 *
 * **Guarantees** Members are distinct, by name and by process. Refs are stable over restarts, so a team stays valid while
 * its members live.
 *
 * **Does not guarantee** That every member is alive: one that is gone counts as silent wherever the team is asked.
 *
 * @since 0.1.0
 */
import { Effect, Schema } from "effect"
import type { AgentRef } from "./Agent.ts"

/** An agent under the name by which others know it. */
export interface Member {
  readonly id: string
  readonly ref: AgentRef
}

/** Distinct agents, in a fixed order. */
export interface Team {
  readonly members: ReadonlyArray<Member>
  readonly ids: ReadonlyArray<string>
  readonly refs: ReadonlyArray<AgentRef>
  /** The name of a member's process. */
  readonly idOf: (ref: { readonly label: string }) => string
}

/** Two members have one name, or are one process. */
export class DuplicateMember extends Schema.TaggedError<DuplicateMember>("@mabeam/core/Team/DuplicateMember")(
  "DuplicateMember",
  { id: Schema.String }
) {
  override get message() {
    return `"${this.id}" is in the team twice`
  }
}

/** Puts agents together. */
export const make = (members: ReadonlyArray<Member>): Effect.Effect<Team, DuplicateMember> =>
  Effect.suspend((): Effect.Effect<Team, DuplicateMember> => {
    const byRef = new Map<object, string>()
    const ids = new Set<string>()
    for (const { id, ref } of members) {
      if (ids.has(id) || byRef.has(ref)) return Effect.fail(new DuplicateMember({ id }))
      ids.add(id)
      byRef.set(ref, id)
    }
    return Effect.succeed({
      members,
      ids: [...ids],
      refs: members.map((member) => member.ref),
      idOf: (ref) => byRef.get(ref) ?? ref.label
    })
  })
