/** What a process needs of where it runs: turns, ids and timers. Simulations bring their own. */
import type { Deadlines } from "./deadlines.ts"

/** Something that has work: `activate` is called once for each time that it was scheduled. */
export interface Activation {
  /** Names it in traces. */
  readonly label: string
  /** Handles up to `messagesMax` messages; `true` when more is waiting. */
  activate(messagesMax: number): boolean
}

export interface Host {
  readonly deadlines: Deadlines
  nextId(): number
  schedule(activation: Activation): void
  /** Asks to handle one message on the stack of its sender; `true` must be followed by `leave`. */
  enter(): boolean
  leave(): void
  /** Whether this turn of the event loop has been used up, so that timers, I/O and others can have theirs. */
  isOverdue(): boolean
}
