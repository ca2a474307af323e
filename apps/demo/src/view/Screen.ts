/**
 * Where people's output goes: a stream that may be a terminal.
 *
 * **Guarantees** Colour only to a terminal, and none when `NO_COLOR` is set or the terminal is dumb (`FORCE_COLOR` overrules
 * a missing terminal). Writing never fails: output that nobody reads any more is dropped.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"

export interface Screen {
  readonly write: (text: string) => void
  /** Waits until all that was written is out of the program. */
  readonly flush: Effect.Effect<void>
  readonly columns: () => number
  readonly rows: () => number
  /** Whether the view may redraw in place. */
  readonly isLive: boolean
  readonly colour: boolean
}

/** What a screen needs of a Node stream. */
export interface Stream {
  readonly write: (text: string, done?: () => void) => boolean
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  readonly writable: boolean
}

/** The environment variables that speak about terminals. */
export interface Environment {
  readonly NO_COLOR?: string | undefined
  readonly FORCE_COLOR?: string | undefined
  readonly TERM?: string | undefined
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== ""

/** The screen on a stream. */
export const make = (stream: Stream, environment: Environment): Screen => {
  const isTerminal = stream.isTTY === true && environment.TERM !== "dumb"
  const isForced = isSet(environment.FORCE_COLOR) && environment.FORCE_COLOR !== "0"
  return {
    write: (text) => {
      if (stream.writable) stream.write(text)
    },
    flush: Effect.callback<void>((resume) => {
      if (!stream.writable) return resume(Effect.void)
      stream.write("", () => resume(Effect.void))
    }),
    // A terminal that does not say its size is taken for a common one.
    columns: () => (stream.columns !== undefined && stream.columns > 0 ? stream.columns : 80),
    rows: () => (stream.rows !== undefined && stream.rows > 0 ? stream.rows : 24),
    isLive: isTerminal,
    colour: !isSet(environment.NO_COLOR) && (isTerminal || isForced)
  }
}

/** Standard output. */
export const stdout: Effect.Effect<Screen> = Effect.sync(() => make(process.stdout, process.env))
/** Standard error. */
export const stderr: Effect.Effect<Screen> = Effect.sync(() => make(process.stderr, process.env))
