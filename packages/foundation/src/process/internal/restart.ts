/** What a supervisor decides, as pure functions: whether to restart, whom, and when it has been too often. */
import type { ProcessExit } from "./cell.ts"

/** Who is restarted with a child that has ended. */
export type Strategy =
  /** Only the child itself. */
  | "one_for_one"
  /** Every child of the supervisor. */
  | "one_for_all"
  /** The child and those that were started after it. */
  | "rest_for_one"

/** When a child is restarted. */
export type Restart =
  /** Always. */
  | "permanent"
  /** After a crash or a kill; not after a normal exit or an orderly stop. */
  | "transient"
  /** Never. */
  | "temporary"

/** At most `restarts` restarts within any `withinMillis`; one more is too many. */
export interface Intensity {
  readonly restarts: number
  readonly withinMillis: number
}

export const isAbnormal = (exit: ProcessExit): boolean => exit._tag === "Killed" || exit._tag === "Crashed"

export const shouldRestart = (restart: Restart, exit: ProcessExit): boolean =>
  restart === "permanent" || (restart === "transient" && isAbnormal(exit))

/**
 * The restarts that still count. The window is half-open: a restart exactly `withinMillis` ago no longer counts. What no
 * longer counts is let go.
 */
export class RestartWindow {
  private times: Array<number> = []
  /** Where the restarts that still count begin. */
  private first = 0

  /** Enters a restart at `now`, which never runs backwards; `true` when it is one too many. */
  record(now: number, { restarts, withinMillis }: Intensity): boolean {
    this.times.push(now)
    while (now - this.times[this.first]! >= withinMillis && this.first < this.times.length - 1) this.first++
    if (this.first > 32 && this.first * 2 > this.times.length) {
      this.times = this.times.slice(this.first)
      this.first = 0
    }
    return this.times.length - this.first > restarts
  }
}

/** The children that stop and start with the ended one, in start order, the ended one included. */
export const affected = (strategy: Strategy, order: ReadonlyArray<string>, ended: string): ReadonlyArray<string> => {
  if (strategy === "one_for_one") return [ended]
  return strategy === "one_for_all" ? order : order.slice(order.indexOf(ended))
}
