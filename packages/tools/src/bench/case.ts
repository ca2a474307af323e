/**
 * What a case of the bench is.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { loop } from "./measure.ts"
import type { Body, Effort, Line } from "./measure.ts"
import type { Handlers } from "./worker.ts"

/** What a case is measured against. */
export interface Target {
  /** Which figure of the line: microseconds, operations per second, bytes, or a field of the case's own. */
  readonly figure: "p50_us" | "p95_us" | "p99_us" | "ops_per_s" | "bytes_per_item" | (string & {})
  readonly value: number
  /** `beam`: the figure of the BEAM, to be compared. `limit`: a promise, to be kept. */
  readonly kind: "beam" | "limit"
}

/** One setting of a case. */
export interface Setting {
  readonly n: number
  readonly handlers: Handlers
  readonly effort: Effort
}

export interface Case {
  /** In the words of the design; the command line takes it with `-` for everything that is not a letter or digit. */
  readonly name: string
  /** One line for `--list`. */
  readonly about: string
  readonly sizes: ReadonlyArray<number>
  /** Measured with every kind of handlers, one after the other. Default: the case has no handlers of its own. */
  readonly everyHandlers?: boolean | undefined
  /** Schemas are interpreted instead of compiled. Default `false`. */
  readonly interpreted?: boolean | undefined
  /** Overrides the number of repetitions and of warm-ups. */
  readonly reps?: number | undefined
  readonly warm?: number | undefined
  readonly targets?: ((n: number) => ReadonlyArray<Target>) | undefined
  readonly body: (setting: Setting) => Body
}

/** A measured line with what it is compared with. */
export interface Result {
  readonly line: Line
  readonly targets: ReadonlyArray<Target>
}

/** The name as the command line takes it. */
export const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")

/** Figures of the BEAM by size. */
export const beam =
  (figure: Target["figure"], values: Readonly<Record<number, number>>) =>
  (n: number): ReadonlyArray<Target> => {
    const value = values[n]
    return value === undefined ? [] : [{ figure, value, kind: "beam" }]
  }

/** A promise for every size. */
export const limit = (figure: Target["figure"], value: number) => (): ReadonlyArray<Target> => [
  { figure, value, kind: "limit" }
]

/** The body of a case whose operation is prepared once for each repetition; it is tried up to `max` times. */
export const prepared =
  (max: number, prepare: (n: number) => () => unknown): Case["body"] =>
  ({ effort, n }) =>
    Effect.suspend(() => {
      const operation = prepare(n)
      return loop(max, effort, () => Effect.sync(operation))
    })
