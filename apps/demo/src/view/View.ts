/**
 * Shows a run while it goes on: a picture that is redrawn in place on a terminal, plain lines everywhere else.
 *
 * **Guarantees** At most ten pictures a second, and none that equals the last one. The cursor and the wrapping of lines are restored
 * when the scope closes, whatever the exit. Text printed beside the picture scrolls above it.
 *
 * **Does not guarantee** A clean picture on a terminal that is narrowed and does not wrap again what it shows: what
 * scrolled off may stay there.
 *
 * @since 0.1.0
 */
import { Clock, Effect, type Scope } from "effect"
import type { RunLog } from "../run/RunLog.ts"
import { frame } from "./Frame.ts"
import { widthOf } from "./Text.ts"
import { lineOf } from "./Lines.ts"
import type { Screen } from "./Screen.ts"

/** How a run is watched. */
export interface View {
  /** Prints a line of its own, above the picture if there is one. */
  readonly print: (line: string) => void
  /** Shows the run of a log until the scope closes. */
  readonly observe: (log: RunLog["Service"]) => Effect.Effect<void, never, Scope.Scope>
}

/** Time between two pictures at least. */
const pace = "100 millis"

const escape = "\u001b["
const hide = `${escape}?25l${escape}?7l`
const restore = `${escape}?7h${escape}?25h`

/**
 * The text that replaces a picture by another, with lines printed above. Pure. `columns` is the width now: what was drawn on
 * a wider terminal takes more rows since.
 */
export const redraw = (
  before: ReadonlyArray<string>,
  after: ReadonlyArray<string>,
  above: ReadonlyArray<string>,
  columns: number
): string => {
  const rows = before.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / Math.max(1, columns))), 0)
  const up = rows === 0 ? "" : `${escape}${rows}A`
  const lines = [...above, ...after].map((line) => `${escape}2K${line}\n`)
  return `${up}\r${lines.join("")}${escape}J`
}

/** Plain lines: one for each event worth telling. */
export const lines = (screen: Screen): View => ({
  print: (line) => screen.write(`${line}\n`),
  observe: (log) =>
    log.listen((event, state) => {
      const line = lineOf(event, state)
      if (line !== undefined) screen.write(`${line}\n`)
    })
})

/** A picture that is redrawn in place. */
export const picture = (screen: Screen): View => {
  let shown: ReadonlyArray<string> | undefined
  let above: Array<string> = []

  const draw = (log: RunLog["Service"], now: number) => {
    const columns = screen.columns()
    // One row stays free for the cursor, one column for terminals that wrap at the last.
    const next = frame(log.stateUnsafe(), now, columns - 1, { rows: screen.rows() - 1, colour: screen.colour })
    const before = shown ?? []
    const isSame = before.length === next.length && before.every((line, index) => line === next[index])
    if (isSame && above.length === 0) return
    screen.write(redraw(before, next, above, columns))
    shown = next
    above = []
  }

  return {
    print: (line) => {
      if (shown === undefined) screen.write(`${line}\n`)
      else above.push(...line.split("\n"))
    },
    observe: Effect.fnUntraced(function* (log) {
      const paint = Effect.map(Clock.currentTimeMillis, (now) => draw(log, now))
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          screen.write(hide)
          shown = []
        }),
        () =>
          Effect.map(paint, () => {
            screen.write(restore)
            shown = undefined
          })
      )
      yield* Effect.forkScoped(Effect.forever(Effect.andThen(paint, Effect.sleep(pace))), { startImmediately: true })
    })
  }
}

/** The view that suits a screen. */
export const make = (screen: Screen): View => (screen.isLive ? picture(screen) : lines(screen))
