/** Subscriptions: page through the log, wait at its end, go on; checkpoints say where a subscriber was. */
import { Effect, Option, Schema, Stream } from "effect"
import type { EventLog } from "../EventLog.ts"
import * as EventRequest from "../EventRequest.ts"
import type { EventStore } from "../EventStore.ts"
import { decodeRows } from "./eventRows.ts"

const pageSize = 256
const parseSubscribe = EventRequest.parse(EventRequest.SubscribeOptions)
const parseBatch = EventRequest.parse(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)))

export const makeSubscriptions = (log: EventLog["Service"]) => {
  /**
   * One page beyond `after`, waiting for it if need be, and where to go on. The head is read before the rows: all rows
   * up to it are visible then, so a page that is not full has shown everything up to the head, matching or not.
   */
  const page = Effect.fnUntraced(function* (
    after: number,
    filter: { readonly stream?: string | undefined; readonly types?: ReadonlyArray<string> | undefined }
  ) {
    const head = yield* log.head
    if (head <= after) {
      yield* log.awaitAfter(after)
      return { events: [], next: after }
    }
    const rows = yield* log.readAfter({ after, limit: pageSize, ...filter })
    const events = yield* decodeRows("EventStore.subscribe", rows)
    const last = events.at(-1)?.position ?? after
    return { events, next: events.length === pageSize ? last : Math.max(head, last) }
  })

  const subscribe: EventStore["Service"]["subscribe"] = (options = {}) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const { after = 0, ...filter } = yield* parseSubscribe("subscribe", options)
        const start = after === "end" ? yield* log.head : after
        return Stream.paginate(start, (position) =>
          Effect.map(page(position, filter), ({ events, next }) => [events, Option.some(next)] as const)
        )
      })
    )

  const checkpoint: EventStore["Service"]["checkpoint"] = (subscriber) =>
    Effect.flatMap(EventRequest.parseName("checkpoint: subscriber", subscriber), log.loadCheckpoint)

  const save = (operation: string, onlyForward: boolean) =>
    Effect.fnUntraced(function* (name: string, at: number) {
      const subscriber = yield* EventRequest.parseName(`${operation}: subscriber`, name)
      const position = yield* EventRequest.parseNatural(`${operation}: position`, at)
      yield* log.saveCheckpoint({ subscriber, position, onlyForward })
    })
  const saveCheckpoint = save("saveCheckpoint", true)
  const resetCheckpoint = save("resetCheckpoint", false)

  const consume: EventStore["Service"]["consume"] = ({ subscriber, checkpointEvery, handle, ...filter }) =>
    Effect.gen(function* () {
      const every = yield* parseBatch("consume: checkpointEvery", checkpointEvery ?? 100)
      yield* parseSubscribe("consume", filter)
      let saved = yield* checkpoint(subscriber)
      let position = saved
      const save = Effect.fnUntraced(function* (done: number) {
        yield* saveCheckpoint(subscriber, done)
        saved = done
      })
      while (true) {
        const { events, next } = yield* page(position, filter)
        for (let index = 0; index < events.length; index++) {
          yield* handle(events[index]!)
          if ((index + 1) % every === 0) yield* save(events[index]!.position)
        }
        // What the filter skips is done, too; where nothing else is, it is written down now and then.
        if (events.length > 0 ? next > saved : next - saved >= every) yield* save(next)
        position = next
      }
    })

  return { subscribe, consume, checkpoint, saveCheckpoint, resetCheckpoint }
}
