/** States folded from streams, their snapshots, and the removal of what they made superfluous. */
import { Clock, Effect, Option, Result, Schema } from "effect"
import { corrupt } from "../../BackendError.ts"
import * as Event from "../Event.ts"
import type { EventLog, Prune } from "../EventLog.ts"
import * as EventRequest from "../EventRequest.ts"
import type { EventStore } from "../EventStore.ts"
import { decodeRows, decodeStream, snapshotFromRow } from "./eventRows.ts"

const pageSize = 256
const snapshotsKept = 3
const parsePrune = EventRequest.parse(EventRequest.PruneOptions)
const parseUntil = EventRequest.parse(EventRequest.Until)
const parseState = EventRequest.parse(Schema.Json)

export const makeStates = (log: EventLog["Service"], bytesMax: number) => {
  const saveSnapshot: EventStore["Service"]["saveSnapshot"] = Effect.fn("EventStore.saveSnapshot")(
    function* (name, at, value) {
      const stream = yield* EventRequest.parseName("saveSnapshot: stream", name)
      const version = yield* EventRequest.parseNatural("saveSnapshot: version", at)
      const json = yield* parseState("saveSnapshot: state", value)
      const state = Event.encodeData(json, "snapshot", bytesMax)
      if (Result.isFailure(state)) {
        const problem = state.failure
        if (typeof problem !== "string") return yield* problem
        return yield* new EventRequest.InvalidRequest({ operation: "saveSnapshot", problem })
      }
      const { version: head } = yield* log.info(stream)
      if (version > head) {
        const problem = `stream "${stream}" is at version ${head}, a snapshot of version ${version} cannot exist`
        return yield* new EventRequest.InvalidRequest({ operation: "saveSnapshot", problem })
      }
      const time = yield* Clock.currentTimeMillis
      yield* log.saveSnapshot({ stream, version, state: state.success, time }, snapshotsKept)
    }
  )

  const loadSnapshot: EventStore["Service"]["loadSnapshot"] = Effect.fn("EventStore.loadSnapshot")(function* (
    name,
    limit = Number.MAX_SAFE_INTEGER
  ) {
    const stream = yield* EventRequest.parseName("loadSnapshot: stream", name)
    const atMost = yield* EventRequest.parseNatural("loadSnapshot: atMost", limit)
    const row = yield* log.loadSnapshot({ stream, atMost })
    if (Option.isNone(row)) return Option.none()
    const snapshot = snapshotFromRow(row.value)
    if (Result.isFailure(snapshot)) return yield* corrupt("EventStore.loadSnapshot", snapshot.failure)
    return Option.some(snapshot.success)
  })

  const stateAt: EventStore["Service"]["stateAt"] = Effect.fn("EventStore.stateAt")(function* (name, options) {
    const stream = yield* EventRequest.parseName("stateAt: stream", name)
    const until = yield* parseUntil("stateAt: until", options.until ?? {})
    let state = options.initial
    let version = 0
    if (options.snapshot !== undefined && until.position === undefined && until.time === undefined) {
      const snapshot = yield* loadSnapshot(stream, until.version)
      if (Option.isSome(snapshot)) {
        const decoded = Schema.decodeResult(options.snapshot)(snapshot.value.state)
        if (Result.isFailure(decoded)) return yield* corrupt("EventStore.stateAt", Event.problemOf(decoded.failure))
        state = decoded.success
        version = snapshot.value.version
      }
    }
    const { first, version: head } = yield* log.info(stream)
    const last = Math.min(head, until.version ?? head)
    if (version < last && first > version + 1) {
      return yield* new EventRequest.EventsPruned({ stream, from: version + 1, first })
    }
    while (version < last) {
      const from = version + 1
      const limit = Math.min(pageSize, last - version)
      const rows = yield* log.readStream({ stream, from, direction: "forwards", limit })
      const events = yield* decodeStream("EventStore.stateAt", rows, 1)
      // A prune may have overtaken the fold.
      if (events[0]?.version !== from)
        return yield* new EventRequest.EventsPruned({ stream, from, first: events[0]?.version ?? head + 1 })
      for (const event of events) {
        if (until.position !== undefined && event.position > until.position) return { state, version }
        if (until.time !== undefined && event.time > until.time) return { state, version }
        state = options.step(state, event)
        version = event.version
      }
    }
    return { state, version }
  })

  return { saveSnapshot, loadSnapshot, stateAt }
}

export const makePruning = (log: EventLog["Service"]) => {
  const bounds = Effect.fnUntraced(function* (operation: string, options: unknown) {
    const asked = yield* parsePrune(operation, options)
    if (asked.before === undefined && asked.beforeVersion === undefined) {
      return yield* new EventRequest.InvalidRequest({ operation, problem: "give before or beforeVersion" })
    }
    if (asked.beforeVersion !== undefined && asked.stream === undefined) {
      return yield* new EventRequest.InvalidRequest({ operation, problem: "beforeVersion needs stream" })
    }
    return asked
  })
  const prune: EventStore["Service"]["prune"] = Effect.fn("EventStore.prune")(function* (options) {
    return yield* log.prune(yield* bounds("prune", options))
  })
  const archive: EventStore["Service"]["archive"] = ({ write, ...options }) =>
    Effect.gen(function* () {
      const asked = yield* bounds("archive", options)
      // Events appended from now on are neither written nor pruned.
      const fixed: Prune = { ...asked, upTo: yield* log.head }
      let after = 0
      while (true) {
        const rows = yield* log.readPrunable(fixed, { after, limit: pageSize })
        if (rows.length === 0) return yield* log.prune(fixed)
        const events = yield* decodeRows("EventStore.archive", rows)
        yield* write(events)
        after = events.at(-1)?.position ?? after
      }
    })
  return { prune, archive }
}
