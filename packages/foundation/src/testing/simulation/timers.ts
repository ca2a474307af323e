/** Events of the virtual future: a binary heap in the order of time, rank and age. */
import type { Life } from "./life.ts"

export interface Timer {
  /** Milliseconds of the world. */
  readonly at: number
  /** Of the events of one instant, those of rank 0 and all that follows from them come before those of rank 1. */
  readonly rank: 0 | 1
  readonly number: number
  /** Whose timer it is; `undefined` for a message on its way. */
  readonly life: Life | undefined
  readonly due: () => void
  cancelled: boolean
}

export class Timers {
  private heap: Array<Timer> = []
  private count = 0
  private cancelled = 0

  add(at: number, rank: 0 | 1, life: Life | undefined, due: () => void): Timer {
    const timer: Timer = { at, rank, number: ++this.count, life, due, cancelled: false }
    this.heap.push(timer)
    this.up(this.heap.length - 1)
    return timer
  }

  cancel(timer: Timer): void {
    if (timer.cancelled) return
    timer.cancelled = true
    if (++this.cancelled > 1024 && this.cancelled * 2 > this.heap.length) this.compact()
  }

  /** The next event; those that were taken back or died with their node are dropped on the way. */
  peek(): Timer | undefined {
    for (let timer = this.heap[0]; timer !== undefined; timer = this.heap[0]) {
      if (isPending(timer)) return timer
      this.take()
    }
    return undefined
  }

  take(): Timer | undefined {
    const first = this.heap[0]
    const last = this.heap.pop()
    if (first === undefined || last === undefined) return undefined
    if (this.heap.length > 0) {
      this.heap[0] = last
      this.down(0)
    }
    if (first.cancelled) this.cancelled--
    return first
  }

  /** Whether something will happen by itself, apart from what the script waits for. */
  get hasFuture(): boolean {
    return this.heap.some((timer) => timer.rank === 0 && isPending(timer))
  }

  /** How many timers a node has pending. */
  pendingOf(life: Life): number {
    return this.heap.reduce((count, timer) => count + (timer.life === life && isPending(timer) ? 1 : 0), 0)
  }

  private compact(): void {
    this.heap = this.heap.filter(isPending).sort((a, b) => (isBefore(a, b) ? -1 : 1))
    this.cancelled = 0
  }

  private up(start: number): void {
    const { heap } = this
    for (let at = start; at > 0;) {
      const parent = (at - 1) >> 1
      if (!isBefore(heap[at]!, heap[parent]!)) return
      ;[heap[at], heap[parent]] = [heap[parent]!, heap[at]!]
      at = parent
    }
  }

  private down(start: number): void {
    const { heap } = this
    for (let at = start; ;) {
      const left = 2 * at + 1
      const right = left + 1
      let first = at
      if (left < heap.length && isBefore(heap[left]!, heap[first]!)) first = left
      if (right < heap.length && isBefore(heap[right]!, heap[first]!)) first = right
      if (first === at) return
      ;[heap[at], heap[first]] = [heap[first]!, heap[at]!]
      at = first
    }
  }
}

const isPending = (timer: Timer): boolean => !timer.cancelled && timer.life?.alive !== false

const isBefore = (a: Timer, b: Timer): boolean =>
  a.at !== b.at ? a.at < b.at : a.rank !== b.rank ? a.rank < b.rank : a.number < b.number
