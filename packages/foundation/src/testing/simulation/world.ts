/**
 * The simulated world: virtual time, the tasks that are ready, and the seeded choice among them.
 *
 * A step runs one task. Tasks come from sources; the tasks of one source keep their order, and the seed picks the source
 * that goes next. Time stands still while anything is ready, and then leaps to the next event.
 */
import { Chance } from "./chance.ts"
import type { Life } from "./life.ts"
import { Timers } from "./timers.ts"
import { Trace, type TraceKind } from "./trace.ts"

/** Tasks that run in the order in which they came: those of a fiber, of a process, of a link, of a node's timers. */
export class Source {
  readonly life: Life
  readonly id: number
  private tasks: Array<() => void> = []
  private priorities: Array<number> | undefined = undefined
  /** In the world's ready set, or parked with its paused node. */
  listed = false

  constructor(life: Life, id: number) {
    this.life = life
    this.id = id
  }

  get isEmpty(): boolean {
    return this.tasks.length === 0
  }

  /** Puts the task behind all tasks of the same or a smaller priority number. */
  push(task: () => void, priority: number): void {
    if (priority === 0 && this.priorities === undefined) {
      this.tasks.push(task)
      return
    }
    const priorities = (this.priorities ??= this.tasks.map(() => 0))
    let at = this.tasks.length
    while (at > 0 && priorities[at - 1]! > priority) at--
    this.tasks.splice(at, 0, task)
    priorities.splice(at, 0, priority)
  }

  take(): (() => void) | undefined {
    this.priorities?.shift()
    return this.tasks.shift()
  }
}

/** Somebody waits for a condition, looked at whenever nothing is ready. */
export interface Condition {
  readonly holds: () => boolean
  readonly met: () => void
}

/** Something that is always to hold: gives what is wrong, or nothing. Looked at whenever nothing is ready. */
export type Invariant = () => string | undefined

export class World {
  readonly seed: number
  readonly timers = new Timers()
  readonly trace: Trace
  readonly conditions = new Set<Condition>()
  readonly invariants = new Set<Invariant>()
  /** What an invariant said, once one is broken. */
  broken: string | undefined = undefined
  readonly lives = new Set<Life>()
  /** Milliseconds of virtual time since the start. */
  now = 0
  /** How many tasks have run. */
  steps = 0
  private readonly ready: Array<Source> = []
  private readonly choice: Chance
  private sources = 0

  constructor(seed: number, traceCapacity: number) {
    this.seed = seed
    this.trace = new Trace(traceCapacity)
    this.choice = new Chance(seed, "schedule")
  }

  record(node: string, kind: TraceKind, detail: string): void {
    this.trace.record(this.now, node, kind, detail)
  }

  newSource(life: Life): Source {
    return new Source(life, ++this.sources)
  }

  /** Makes a task ready. Tasks of a node that is down are dropped, those of a paused node wait. */
  enqueue(source: Source, task: () => void, priority = 0): void {
    if (!source.life.alive) return
    source.push(task, priority)
    this.list(source)
  }

  /** Takes the sources of a resumed node back among the ready ones. */
  list(source: Source): void {
    if (source.listed) return
    source.listed = true
    if (source.life.paused) source.life.parked.push(source)
    else this.ready.push(source)
  }

  /** Does the next thing; `false` when nothing is left to do. */
  step(): boolean {
    const source = this.pick()
    if (source !== undefined) {
      this.steps++
      this.trace.mix(source.id)
      source.take()!()
      return true
    }
    // Ends the sleepers behind timeouts that no call needs any more, as each turn of a real event loop does.
    for (const life of this.lives) if (life.alive && !life.paused) life.deadlines.sweep()
    for (const invariant of this.invariants) this.broken ??= invariant()
    if (this.broken !== undefined) return true
    for (const condition of this.conditions) {
      if (!condition.holds()) continue
      this.conditions.delete(condition)
      condition.met()
      return true
    }
    return this.ready.length > 0 || this.leap()
  }

  private pick(): Source | undefined {
    const { ready } = this
    while (ready.length > 0) {
      const at = this.choice.below(ready.length)
      const source = ready[at]!
      const idle = !source.life.alive || source.isEmpty
      if (!idle && !source.life.paused) return source
      ready[at] = ready.at(-1)!
      ready.pop()
      if (idle) source.listed = false
      else source.life.parked.push(source)
    }
    return undefined
  }

  /** Moves time to the next event and makes ready all that is due in that instant. */
  private leap(): boolean {
    const next = this.timers.peek()
    if (next === undefined) return false
    this.now = Math.max(this.now, next.at)
    this.trace.mix(this.now | 0)
    for (
      let timer = this.timers.peek();
      timer?.at === next.at && timer.rank === next.rank;
      timer = this.timers.peek()
    ) {
      this.timers.take()
      timer.due()
    }
    return true
  }
}
