/** The driver of a supervisor: its children, and the effects that start, stop and restart them. */
import { Cause, Clock, Context, Duration, Effect, Exit, Fiber, Formatter, Option, Pull, Schedule, Scope } from "effect"
import { ChildNotFound, ChildStartFailed, RestartIntensityExceeded, SupervisionTooDeep } from "../SupervisorError.ts"
import { type Blueprint, Cell, exitCrashed, exitKilled, exitShutdown, type Owner, type ProcessExit } from "./cell.ts"
import { activeFrame, CurrentFrame, ownServices, Signal } from "./message.ts"
import {
  affected,
  type Intensity,
  isAbnormal,
  RestartWindow,
  type Restart,
  shouldRestart,
  type Strategy
} from "./restart.ts"
import { stopCell } from "./stop.ts"
import { monotonicMillis } from "./time.ts"

/** What the kernel knows of a child: its specification, free of types. */
export interface ChildPlan {
  readonly id: string
  readonly blueprint: Blueprint
  readonly args: unknown
  readonly restart: Restart
  /** How long it may take to stop before it is killed; 0 kills at once. */
  readonly shutdownMillis: number
  readonly budget: (Intensity & { readonly onExceeded: "give-up" | "escalate" }) | undefined
  readonly backoff: Schedule.Schedule<unknown, ProcessExit> | undefined
  /** Makes the child known, by its name, before its first `init`; the name stays its own until the cell is gone for good. */
  readonly enroll: ((cell: Cell) => Effect.Effect<unknown, unknown>) | undefined
}

export type ChildStatus =
  | "starting"
  | "running"
  /** Ended by itself; the supervisor is about to decide. */
  | "ended"
  | "backing-off"
  | "stopping"
  /** Over its budget; only a deliberate restart brings it back. */
  | "gave-up"

type Step = (now: number, exit: ProcessExit) => Pull.Pull<[unknown, Duration.Duration], unknown, unknown, never>

export class Child implements Owner {
  readonly tree: Tree
  readonly plan: ChildPlan
  readonly cell: Cell
  status: ChildStatus = "starting"
  restarts = 0
  /** For people, on the wall clock. */
  startedAt = 0
  /** For measuring, on the clock that never steps. */
  readyAt = 0
  window: RestartWindow | undefined = undefined
  step: Step | undefined = undefined
  /** What it asked for itself, to be done when its handler at work has ended. */
  leaving: "stop" | "restart" | undefined = undefined

  constructor(tree: Tree, plan: ChildPlan, services: Context.Context<never>) {
    this.tree = tree
    this.plan = plan
    this.cell = new Cell(plan.blueprint, plan.args, services, tree.cell.host, this)
  }

  /** Called by the kernel when an incarnation has ended. */
  childEnded(exit: ProcessExit): void {
    this.tree.childEnded(this, exit)
  }
}

/** What happens in a tree; `path` leads from the watched supervisor to the child. */
export type TreeEvent = { readonly path: ReadonlyArray<string>; readonly label: string } & (
  | { readonly _tag: "ChildStarted"; readonly incarnation: number }
  | { readonly _tag: "ChildEnded"; readonly exit: ProcessExit }
  | { readonly _tag: "ChildRestarting"; readonly delayMillis: number }
  | { readonly _tag: "ChildGaveUp" }
  | { readonly _tag: "ChildRemoved" }
  | { readonly _tag: "Escalated" }
)

type WithoutPlace<E> = E extends TreeEvent ? Omit<E, "path" | "label"> : never

/** The tree in which a process runs, for nested supervisors. */
export const CurrentTree = Context.Reference<Tree | undefined>("@foundation/core/Supervisor/CurrentTree", {
  defaultValue: () => undefined
})

/** Whether the child, or somebody who waits for it, waits for the present handler: it cannot end before the answer. */
const asksItself = (child: Child): boolean => activeFrame(Fiber.getCurrent()!)?.waitsFor(child.cell) ?? false

/** Who watches which supervisor; kept by cell, so that it outlives the incarnations of the supervisor. */
const listeners = new WeakMap<Cell, Set<(event: TreeEvent) => void>>()

export const listen = (cell: Cell, listener: (event: TreeEvent) => void): (() => void) => {
  let set = listeners.get(cell)
  if (set === undefined) listeners.set(cell, (set = new Set()))
  set.add(listener)
  return () => {
    set.delete(listener)
  }
}

/** The deepest nesting of supervisors. */
export const depthMax = 64

/** What a supervisor must not exceed. */
export interface Limits {
  readonly intensity: Intensity
  readonly childrenMax: number
}

export class Tree {
  readonly cell: Cell
  readonly strategy: Strategy
  readonly children = new Map<string, Child>()
  readonly parent: Tree | undefined
  readonly depth: number
  readonly limits: Limits
  private readonly scope: Scope.Scope
  private readonly clock: Clock.Clock
  private readonly window = new RestartWindow()
  private closing = false
  private servicesFor: Context.Context<never> | undefined = undefined
  private servicesOf: Context.Context<never> | undefined = undefined

  constructor(cell: Cell, strategy: Strategy, limits: Limits, services: Context.Context<Scope.Scope>) {
    this.cell = cell
    this.strategy = strategy
    this.limits = limits
    this.parent = Context.get(services, CurrentTree)
    this.depth = (this.parent?.depth ?? 0) + 1
    this.scope = Context.get(services, Scope.Scope)
    this.clock = Context.get(services, Clock.Clock)
  }

  /** Opens the tree in the supervisor's incarnation; its end stops the children in reverse order. */
  static open(strategy: Strategy, limits: Limits): Effect.Effect<Tree, SupervisionTooDeep, Scope.Scope> {
    return Effect.contextWith((services: Context.Context<Scope.Scope>) => {
      const cell = Context.get(services, CurrentFrame)!.process as Cell
      const tree = new Tree(cell, strategy, limits, services)
      if (tree.depth > depthMax) return Effect.fail(new SupervisionTooDeep({ supervisor: cell.label, depthMax }))
      return Effect.as(Scope.addFinalizer(tree.scope, tree.close), tree)
    })
  }

  // --- what others ask for -------------------------------------------------------------------------------------------

  /** Starts a child in the services of whoever asks. */
  start(plan: ChildPlan, services: Context.Context<never>): Effect.Effect<Cell, ChildStartFailed> {
    return Effect.suspend(() => {
      const child = new Child(this, plan, this.childServices(services))
      const { cell } = child
      this.children.set(plan.id, child)
      const enrolled = plan.enroll === undefined ? Effect.void : plan.enroll(cell)
      return Effect.matchCauseEffect(Effect.andThen(enrolled, this.begin(child)), {
        onSuccess: () => Effect.succeed(cell),
        onFailure: (cause) => {
          this.remove(child)
          return Effect.fail(new ChildStartFailed({ id: plan.id, cause: Cause.squash(cause) }))
        }
      })
    })
  }

  /** Stops a child for good. Asked for by the child itself, it does so after the handler at work. */
  stop(id: string): Effect.Effect<void, ChildNotFound> {
    return this.withChild(id, (child) => {
      if (asksItself(child)) return this.leave(child, "stop")
      return Effect.andThen(
        this.halt(child),
        Effect.sync(() => this.removed(child))
      )
    })
  }

  /** Stops a child and starts it again, outside of every budget; one that was given up starts anew. */
  restart(id: string): Effect.Effect<Cell, ChildNotFound | ChildStartFailed> {
    return this.withChild(id, (child) => {
      if (asksItself(child)) return Effect.as(this.leave(child, "restart"), child.cell)
      return Effect.andThen(this.halt(child), this.startAgain(child))
    })
  }

  private startAgain(child: Child): Effect.Effect<Cell, ChildStartFailed> {
    return Effect.suspend(() => {
      const { cell, plan } = child
      if (cell.isDead) return this.start(plan, cell.services)
      return Effect.matchCauseEffect(this.begin(child), {
        onSuccess: () => Effect.succeed(cell),
        onFailure: (cause) => {
          this.removed(child)
          return Effect.fail(new ChildStartFailed({ id: plan.id, cause: Cause.squash(cause) }))
        }
      })
    })
  }

  private leave(child: Child, leaving: "stop" | "restart"): Effect.Effect<void> {
    return Effect.sync(() => {
      child.status = "stopping"
      child.leaving = leaving
      child.cell.stop(exitShutdown)
    })
  }

  private withChild<A, E>(id: string, f: (child: Child) => Effect.Effect<A, E>): Effect.Effect<A, E | ChildNotFound> {
    return Effect.suspend((): Effect.Effect<A, E | ChildNotFound> => {
      const child = this.children.get(id)
      return child === undefined ? Effect.fail(new ChildNotFound({ supervisor: this.cell.label, id })) : f(child)
    })
  }

  // --- what children do ----------------------------------------------------------------------------------------------

  childEnded(child: Child, exit: ProcessExit): void {
    if (this.closing || this.children.get(child.plan.id) !== child) return
    this.emit(child, { _tag: "ChildEnded", exit })
    if (child.status === "running" || child.leaving !== undefined) {
      child.status = "ended"
      this.cell.signal(new Signal("ChildEnded", { child, exit, incarnation: child.cell.incarnation }))
    }
  }

  /** Decides about a child that has ended by itself. */
  ended(child: Child, exit: ProcessExit, incarnation: number): Effect.Effect<void> {
    return this.decide(child, exit, incarnation, true)
  }

  private decide(child: Child, exit: ProcessExit, incarnation: number, hasLived: boolean): Effect.Effect<void> {
    return Effect.suspend(() => {
      // Stale where the child was stopped, restarted or given up in the meantime.
      if (child.cell.incarnation !== incarnation || child.cell.isDead) return Effect.void
      if (child.leaving === "stop") return Effect.sync(() => this.removed(child))
      if (child.leaving === "restart") return Effect.ignore(this.startAgain(child), { log: "Error" })
      if (!shouldRestart(child.plan.restart, exit)) return Effect.sync(() => this.removed(child))
      const now = monotonicMillis(this.clock)
      if (this.tooOften(child, now)) return this.exceeded(child, exit)
      if (child.plan.backoff === undefined) return Effect.andThen(this.report(child, exit), this.revive(child))
      const lifeMillis = hasLived ? now - child.readyAt : 0
      return Effect.flatMap(this.delay(child, exit, now, lifeMillis), (delay) => {
        if (Option.isNone(delay)) return this.exceeded(child, exit)
        const again = delay.value <= 0 ? this.revive(child) : this.reviveLater(child, delay.value)
        return Effect.andThen(this.report(child, exit), again)
      })
    })
  }

  private tooOften(child: Child, now: number): boolean {
    const { budget } = child.plan
    if (budget === undefined) return this.window.record(now, this.limits.intensity)
    return (child.window ??= new RestartWindow()).record(now, budget)
  }

  /** Says why a child is restarted; its whole cause only to those who debug. */
  private report(child: Child, exit: ProcessExit): Effect.Effect<void> {
    if (!isAbnormal(exit)) return Effect.void
    const said = Effect.logWarning(`"${this.cell.label}" restarts "${child.plan.id}", which ${endOf(exit)}`)
    return exit._tag === "Crashed" ? Effect.andThen(said, Effect.logDebug(exit.cause)) : said
  }

  private exceeded(child: Child, exit: ProcessExit): Effect.Effect<void> {
    if (child.plan.budget?.onExceeded === "give-up") {
      return Effect.andThen(
        Effect.logError(`"${this.cell.label}" gives "${child.plan.id}" up, which ${endOf(exit)} once too often`),
        Effect.sync(() => {
          child.status = "gave-up"
          child.cell.giveUp()
          this.emit(child, { _tag: "ChildGaveUp" })
        })
      )
    }
    this.emit(child, { _tag: "Escalated" })
    const cause = exit._tag === "Crashed" ? Cause.squash(exit.cause) : exit._tag
    return Effect.die(new RestartIntensityExceeded({ supervisor: this.cell.label, child: child.plan.id, cause }))
  }

  /** The back-off before the next restart; `none` when the schedule has come to its end. */
  private delay(
    child: Child,
    exit: ProcessExit,
    now: number,
    lifeMillis: number
  ): Effect.Effect<Option.Option<number>> {
    const window = child.plan.budget?.withinMillis ?? this.limits.intensity.withinMillis
    if (lifeMillis > window) child.step = undefined
    const step = child.step === undefined ? Schedule.toStep(child.plan.backoff!) : Effect.succeed(child.step)
    return step.pipe(
      Effect.flatMap((step) => {
        child.step = step
        return step(now, exit)
      }),
      Effect.map(([, delay]) => Option.some(Duration.toMillis(delay))),
      Effect.catchCause((cause) => (Pull.isDoneCause(cause) ? Effect.succeedNone : Effect.die(Cause.squash(cause))))
    )
  }

  private reviveLater(child: Child, delayMillis: number): Effect.Effect<void> {
    return Effect.suspend(() => {
      child.status = "backing-off"
      this.emit(child, { _tag: "ChildRestarting", delayMillis })
      // As it is now: a sibling may restart the child in the meantime, and then this wait is over for nothing.
      const { incarnation } = child.cell
      const due = Effect.andThen(
        Effect.sleep(delayMillis),
        Effect.sync(() => this.cell.signal(new Signal("RestartDue", { child, incarnation })))
      )
      return Effect.asVoid(Effect.forkIn(due, this.scope))
    })
  }

  /** The back-off of a child is over, unless somebody was faster. */
  restartDue(child: Child, incarnation: number): Effect.Effect<void> {
    const stale = child.status !== "backing-off" || child.cell.incarnation !== incarnation
    return stale || this.children.get(child.plan.id) !== child ? Effect.void : this.revive(child)
  }

  /** Restarts a child, and with it those that its strategy says. */
  private revive(child: Child): Effect.Effect<void> {
    if (this.strategy === "one_for_one") return this.reviveOne(child)
    const group = affected(this.strategy, [...this.children.keys()], child.plan.id).flatMap((id) => {
      const member = this.children.get(id)!
      return member.status === "gave-up" ? [] : [member]
    })
    return Effect.andThen(
      Effect.forEach([...group].reverse(), (member) => this.halt(member), { discard: true }),
      Effect.forEach(group, (member) => this.reviveMember(member, member === child), { discard: true })
    )
  }

  /**
   * Starts a member of a group that was stopped for it. A temporary sibling is stopped with the others, and not started
   * again. A failed `init` restarts the group from within: what that has decided about later members stands.
   */
  private reviveMember(member: Child, isCause: boolean): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.children.get(member.plan.id) !== member || member.status !== "stopping") return Effect.void
      const isOver = member.leaving === "stop" || (!isCause && member.plan.restart === "temporary")
      if (isOver) return Effect.sync(() => this.removed(member))
      return this.reviveOne(member)
    })
  }

  private reviveOne(child: Child): Effect.Effect<void> {
    child.restarts++
    return Effect.matchCauseEffect(this.begin(child), {
      onSuccess: () => Effect.void,
      onFailure: (cause) => {
        // A failed restart counts as one more crash, against the same budget.
        const exit = exitCrashed(cause)
        this.emit(child, { _tag: "ChildEnded", exit })
        return this.decide(child, exit, child.cell.incarnation, false)
      }
    })
  }

  // --- steps ---------------------------------------------------------------------------------------------------------

  private begin(child: Child): Effect.Effect<void, unknown> {
    return Effect.callback<void, unknown>((resume) => {
      child.status = "starting"
      child.leaving = undefined
      child.cell.begin(activeFrame(Fiber.getCurrent()!), (exit) => {
        if (Exit.isSuccess(exit)) {
          child.status = "running"
          child.startedAt = this.clock.currentTimeMillisUnsafe()
          child.readyAt = monotonicMillis(this.clock)
          this.emit(child, { _tag: "ChildStarted", incarnation: child.cell.incarnation })
        }
        resume(exit)
      })
      return stopCell(child.cell, exitKilled)
    })
  }

  /** Stops a child in order, then by force when its time is over. Its cell lives on. */
  private halt(child: Child): Effect.Effect<void> {
    return Effect.suspend(() => {
      const { cell, plan } = child
      child.status = "stopping"
      if (plan.shutdownMillis === 0) return stopCell(cell, exitKilled)
      const stopped = stopCell(cell, exitShutdown)
      if (!cell.isBusy || !Number.isFinite(plan.shutdownMillis)) return stopped
      return Effect.timeoutOrElse(stopped, { duration: plan.shutdownMillis, orElse: () => stopCell(cell, exitKilled) })
    })
  }

  private removed(child: Child): void {
    this.remove(child)
    this.emit(child, { _tag: "ChildRemoved" })
  }

  private remove(child: Child): void {
    this.children.delete(child.plan.id)
    child.cell.giveUp()
  }

  /** Stops all children, last started first. */
  private readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.closing = true
    return Effect.forEach(
      [...this.children.values()].reverse(),
      (child) =>
        Effect.andThen(
          this.halt(child),
          Effect.sync(() => this.remove(child))
        ),
      { discard: true }
    )
  })

  /** What a child runs in: the services of whoever started it, and this tree. The last answer is kept for the next child. */
  private childServices(services: Context.Context<never>): Context.Context<never> {
    if (this.servicesFor !== services) {
      this.servicesFor = services
      this.servicesOf = Context.add(ownServices(services), CurrentTree, this)
    }
    return this.servicesOf!
  }

  private emit(child: Child, event: WithoutPlace<TreeEvent>): void {
    let path = [child.plan.id]
    for (let tree: Tree | undefined = this.asTree(); tree !== undefined; tree = tree.parent) {
      const set = listeners.get(tree.cell)
      if (set !== undefined && set.size > 0) {
        const placed = { ...event, path, label: child.cell.label }
        for (const listener of set) listener(placed)
      }
      if (tree.parent !== undefined)
        path = [tree.cell.owner instanceof Child ? tree.cell.owner.plan.id : tree.cell.label, ...path]
    }
  }

  private asTree(): Tree {
    return this
  }
}

const endOf = (exit: ProcessExit): string => {
  if (exit._tag !== "Crashed") return exit._tag === "Killed" ? "was killed" : "has ended"
  const defect = Cause.squash(exit.cause)
  return `crashed: ${defect instanceof Error ? defect.message : Formatter.format(defect)}`
}
