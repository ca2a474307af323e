/**
 * A bounded first-in first-out queue of messages, and what happens when it is full.
 *
 * **Guarantees** Messages leave in the order in which they came, and never more than `capacity` of them wait. An empty
 * mailbox lets a large buffer go: an idle process pays next to nothing for it.
 *
 * **Does not guarantee** Fairness between senders; whoever offers first is first.
 *
 * The kernel keeps its own signals (stop, a child's exit) in a separate lane that has no bound and is never shed.
 *
 * @since 0.1.0
 */

/** What a full mailbox does with the next message. */
export type Overflow =
  /** The sender gets `MailboxFull` at once. */
  | "fail"
  /** The sender is suspended until there is room. */
  | "wait"
  /** The oldest waiting message makes room: its caller gets `MailboxFull`, a cast becomes a dead letter. */
  | "drop-oldest"

/** How a process keeps the messages that wait for it. */
export interface Options {
  /** How many user messages may wait, at least 1. Default 4,096. */
  readonly capacity?: number | undefined
  /** What happens at the limit. Default `"fail"`. */
  readonly overflow?: Overflow | undefined
}

/** The default capacity, in messages. */
export const defaultCapacity = 4096

/** A ring of messages that grows by doubling up to `capacity` and lets its buffer go when it runs empty. */
export class Mailbox<A> {
  readonly capacity: number
  size = 0
  private buffer: Array<A | undefined> | undefined = undefined
  private head = 0

  constructor(capacity: number) {
    this.capacity = capacity
  }

  /** Appends a message; `false` when the mailbox is full. */
  offer(message: A): boolean {
    if (this.size >= this.capacity) return false
    const buffer = this.room()
    buffer[(this.head + this.size) & (buffer.length - 1)] = message
    this.size++
    return true
  }

  /** Puts a message back in front, for redelivery. It was just taken, so there is room for it even at the limit. */
  offerFirst(message: A): void {
    const buffer = this.room()
    this.head = (this.head - 1) & (buffer.length - 1)
    buffer[this.head] = message
    this.size++
  }

  /** Takes the oldest message, `undefined` when there is none. */
  take(): A | undefined {
    const buffer = this.buffer
    if (buffer === undefined || this.size === 0) return undefined
    const message = buffer[this.head]
    buffer[this.head] = undefined
    this.head = (this.head + 1) & (buffer.length - 1)
    if (--this.size === 0 && buffer.length > keptWhenEmpty) this.release()
    return message
  }

  /** Lets the buffer go; only for an empty mailbox. */
  release(): void {
    this.buffer = undefined
    this.head = 0
  }

  private room(): Array<A | undefined> {
    const buffer = this.buffer
    if (buffer === undefined) return (this.buffer = empty(smallest))
    if (this.size < buffer.length) return buffer
    const grown = empty<A>(buffer.length * 2)
    for (let i = 0; i < this.size; i++) grown[i] = buffer[(this.head + i) & (buffer.length - 1)]
    this.head = 0
    return (this.buffer = grown)
  }
}

// `Array.from` is ten times slower, and mailboxes grow in the middle of a burst.
const empty = <A>(length: number): Array<A | undefined> => new Array<A | undefined>(length).fill(undefined)

const smallest = 4
/** An empty mailbox lets a buffer go that is larger than this. */
const keptWhenEmpty = 32
