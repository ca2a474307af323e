/**
 * Events as lines for people. Pure.
 *
 * **Guarantees** A line for an event, and nothing in it that steers the terminal. On a terminal lines are cut to its width; in a pipe
 * they are whole.
 *
 * @since 0.1.0
 */
import type { Screen } from "@apps/demo/Screen"
import * as Text from "@apps/demo/Text"
import type { EventStore } from "@foundation/core"
import type { Effect } from "effect"

/** An event as the store gives it. */
export type Stored = Effect.Success<ReturnType<EventStore.EventStore["Service"]["get"]>>

type Look = Pick<Screen, "isLive" | "colour" | "columns">

/** `2026-01-31 12:34:56.789`, in UTC. */
const timeOf = (millis: number): string =>
  Math.abs(millis) > 8.64e15 ? String(millis) : new Date(millis).toISOString().replace("T", " ").replace("Z", "")

const widths = { position: 8, time: 23, stream: 28, version: 7, type: 18 } as const

interface Cells {
  readonly position: string
  readonly time: string
  readonly stream: string
  readonly version: string
  readonly type: string
  readonly data: string
}

const line = (cells: Cells, { columns, isLive }: Look): string => {
  const whole = [
    Text.padStart(cells.position, widths.position),
    Text.padEnd(cells.time, widths.time),
    padded(cells.stream, widths.stream),
    Text.padStart(cells.version, widths.version),
    padded(cells.type, widths.type),
    cells.data
  ].join("  ")
  return isLive ? Text.clip(whole, columns()) : whole
}

/** Longer texts push the rest to the right rather than being cut: names are what one searches for. */
const padded = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - Text.widthOf(text)))

/** One event. */
export const lineOf = (event: Stored, look: Look): string => {
  const paint = look.colour ? Text.coloured : Text.plain
  return line(
    {
      position: String(event.position),
      time: paint("dim", timeOf(event.time)),
      stream: Text.clean(event.stream),
      version: String(event.version),
      type: paint("cyan", Text.clean(event.type)),
      data: Text.clean(JSON.stringify(event.data))
    },
    look
  )
}

/** Events below a title; no lines for no events. */
export const tableOf = (events: ReadonlyArray<Stored>, look: Look): ReadonlyArray<string> => {
  if (events.length === 0) return []
  const title = {
    position: "position",
    time: "time (UTC)",
    stream: "stream",
    version: "version",
    type: "type",
    data: "data"
  }
  return [line(title, look), ...events.map((event) => lineOf(event, look))]
}
