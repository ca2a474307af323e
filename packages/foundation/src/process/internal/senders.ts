/** Senders that wait for room in a full mailbox, in the order in which they came. */

/** A sender that waits for room. */
export interface Sender {
  /** Whether it has given up meanwhile. */
  readonly gone: boolean
  retry(): void
}

/** Those that gave up are forgotten: at most about twice as many are kept as still wait. */
export class Senders {
  private waiting: Array<Sender> = []
  private forgetAt = fewest

  add(sender: Sender): void {
    if (this.waiting.length >= this.forgetAt) {
      this.waiting = this.waiting.filter((waiting) => !waiting.gone)
      this.forgetAt = Math.max(fewest, 2 * this.waiting.length)
    }
    this.waiting.push(sender)
  }

  /** The next sender that still waits; `undefined` when there is none. */
  take(): Sender | undefined {
    for (;;) {
      const sender = this.waiting.shift()
      if (sender === undefined || !sender.gone) return sender
    }
  }
}

const fewest = 64
