/** What the parts of the contract share. */
import type { Vitest } from "@effect/vitest"
import type { Schema } from "effect"
import type * as Event from "../../events/Event.ts"
import type { EventStore } from "../../events/EventStore.ts"

/** `it` of a block that has an event store. */
export type It = Vitest.MethodsNonLive<EventStore>

let streams = 0
/** A name that no other test of this process uses. */
export const fresh = (name: string): string => `${name}-${++streams}`

export const event = (type: string, data: Schema.Json = null, more: Partial<Event.Input> = {}): Event.Input => ({
  type,
  data,
  ...more
})
/** Events that hold 1, 2, 3 and so on. */
export const numbers = (count: number, from = 1): ReadonlyArray<Event.Input> =>
  Array.from({ length: count }, (_, index) => event("Counted", from + index))

export const versions = (events: ReadonlyArray<Event.Stored>) => events.map((it) => it.version)
export const data = (events: ReadonlyArray<Event.Stored>) => events.map((it) => it.data)
