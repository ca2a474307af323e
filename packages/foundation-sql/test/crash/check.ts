/** What must hold of a log that the writers of `writer.ts` filled, however often they were killed. */
import type { BackendError, Event } from "@foundation/core"
import { EventStore } from "@foundation/core"
import { Effect } from "effect"
import type { Acknowledged } from "./child.ts"

const readWhole: Effect.Effect<
  ReadonlyArray<Event.Stored>,
  EventStore.InvalidRequest | BackendError.BackendError,
  EventStore.EventStore
> = Effect.gen(function* () {
  const store = yield* EventStore.EventStore
  const all: Array<Event.Stored> = []
  while (true) {
    const page = yield* store.readAll({ after: all.at(-1)?.position ?? 0, limit: 5_000 })
    if (page.length === 0) return all
    all.push(...page)
  }
})

/** The problems of the log in words; none when all is well. `lost: true` allows the end of the log to be missing. */
export const problemsOf = (
  acknowledged: ReadonlyArray<Acknowledged>,
  options: { readonly lost?: boolean } = {}
): Effect.Effect<
  ReadonlyArray<string>,
  EventStore.InvalidRequest | Effect.Error<typeof readWhole>,
  EventStore.EventStore
> =>
  Effect.gen(function* () {
    const store = yield* EventStore.EventStore
    const all = yield* readWhole
    const problems: Array<string> = []
    const { events, position } = yield* store.stats
    if (position !== all.length || events !== all.length) {
      problems.push(`${all.length} events read, ${events} counted, the head is ${position}`)
    }
    all.forEach((event, index) => {
      if (event.position !== index + 1) problems.push(`position ${event.position} at place ${index + 1}`)
    })
    const byId = new Map(all.map((event) => [event.id, event]))
    if (byId.size < all.length) problems.push(`${all.length - byId.size} events are doubled`)

    const streams = Map.groupBy(all, (event) => event.stream)
    for (const [stream, list] of streams) {
      let [k, i] = [0, 0]
      list.forEach((event, index) => {
        if (event.version !== index + 1) problems.push(`${stream}: version ${event.version} at place ${index + 1}`)
        if (event.id !== `${stream}/${k}/${i}`) problems.push(`${stream}: ${event.id} where ${k}/${i} was due`)
        i += 1
        if (i > k % 4) [k, i] = [k + 1, 0]
      })
      if (i !== 0) problems.push(`${stream}: append ${k} is there in part`)
    }
    for (const { stream, k, version, position } of acknowledged) {
      const first = byId.get(`${stream}/${k}/0`)
      if (first === undefined) {
        if (options.lost !== true) problems.push(`${stream}: acknowledged append ${k} is lost`)
      } else if (first.version !== version || first.position !== position) {
        problems.push(`${stream}: append ${k} moved from ${version}/${position} to ${first.version}/${first.position}`)
      }
    }
    return problems
  })
