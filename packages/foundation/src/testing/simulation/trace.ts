/** What happened in a run: the newest events in full, and a fingerprint of every choice that was made. */

/** What an event is about. */
export type TraceKind =
  /** A message leaves its node. */
  | "send"
  /** A message arrives. */
  | "deliver"
  /** A message is lost; `detail` says why. */
  | "lost"
  /** The network makes a second copy of a message. */
  | "repeat"
  /** A process takes its turn. */
  | "turn"
  /** A node or a link changes: pause, crash, partition and their ends. */
  | "fault"
  /** Something was logged. */
  | "log"
  /** The script wrote it down. */
  | "note"

/** One thing that happened. */
export interface TraceEvent {
  /** Milliseconds of virtual time since the start. */
  readonly at: number
  /** The node where it happened. */
  readonly node: string
  readonly kind: TraceKind
  readonly detail: string
}

export class Trace {
  private readonly capacity: number
  private kept: Array<TraceEvent> = []
  private hash = 0x811c9dc5
  /** How many events there were, also those no longer kept. */
  count = 0

  constructor(capacity: number) {
    this.capacity = capacity
  }

  record(at: number, node: string, kind: TraceKind, detail: string): void {
    this.count++
    if (this.capacity === 0) return
    this.kept.push({ at, node, kind, detail })
    if (this.kept.length >= 2 * this.capacity) this.kept = this.kept.slice(-this.capacity)
  }

  /** Takes a choice into the fingerprint. */
  mix(word: number): void {
    this.hash = Math.imul(this.hash ^ word, 0x01000193)
    this.hash ^= this.hash >>> 13
  }

  get fingerprint(): string {
    return (this.hash >>> 0).toString(16).padStart(8, "0")
  }

  get events(): ReadonlyArray<TraceEvent> {
    return this.kept.slice(-this.capacity)
  }
}

export const formatEvent = (event: TraceEvent): string =>
  `${String(event.at).padStart(8)} ms  ${event.node.padEnd(8)} ${event.kind.padEnd(7)} ${event.detail}`
