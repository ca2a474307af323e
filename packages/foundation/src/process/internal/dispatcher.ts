/**
 * The default dispatcher: a run queue of processes that have work, drained in microtasks.
 *
 * It runs each process for at most `messagesMax` messages and itself for at most `turnMillisMax` per turn of the event
 * loop; then it waits for the next turn, so that timers and I/O live under a flood.
 */
import { Deadlines } from "./deadlines.ts"
import type { Activation, Host } from "./host.ts"

const messagesMax = 64
const turnMillisMax = 4
/** How many handlers may run on one another's stack. */
const nestingMax = 16

export class RunQueue implements Host {
  readonly deadlines = new Deadlines()
  private queue: Array<Activation> = []
  private draining = false
  private microtask = false
  private turn: NodeJS.Immediate | undefined = undefined
  private turnEnds = 0
  private isSpent = false
  private asked = 0
  private ids = 0
  private nesting = 0

  nextId(): number {
    return ++this.ids
  }

  schedule(activation: Activation): void {
    this.queue.push(activation)
    if (this.draining || this.microtask) return
    this.microtask = true
    queueMicrotask(this.onMicrotask)
  }

  enter(): boolean {
    if (this.nesting === nestingMax || this.isOverdue()) return false
    this.nesting++
    return true
  }

  leave(): void {
    this.nesting--
  }

  isOverdue(): boolean {
    if (this.turn === undefined) this.beginTurn()
    // A look at the clock costs as much as a message.
    if ((++this.asked & 7) === 0) this.isSpent = performance.now() > this.turnEnds
    return this.isSpent
  }

  private beginTurn(): void {
    this.turn = setImmediate(this.onTurn)
    this.turnEnds = performance.now() + turnMillisMax
    this.isSpent = false
  }

  private readonly onMicrotask = () => {
    this.microtask = false
    if (this.turn === undefined) this.beginTurn()
    this.drain()
  }

  /** A new turn of the event loop: whatever the last one left over goes on now. */
  private readonly onTurn = () => {
    this.turn = undefined
    if (this.queue.length > 0) this.onMicrotask()
  }

  private drain(): void {
    if (this.isSpent) return
    this.draining = true
    const queue = this.queue
    let index = 0
    try {
      while (index < queue.length && !this.isOverdue()) {
        const activation = queue[index++]!
        if (activation.activate(messagesMax)) queue.push(activation)
        if (index === compactAt) {
          queue.splice(0, index)
          index = 0
        }
      }
    } finally {
      queue.splice(0, index)
      this.draining = false
    }
  }
}

const compactAt = 1024
