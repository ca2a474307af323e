/** Children for the tests of supervisors: they write their life into a log, and end in whatever way they are told. */
import { Effect, Schema, type Scope } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import * as Process from "../../src/process/Process.ts"
import * as Supervisor from "../../src/process/Supervisor.ts"
import { turns } from "./worker.ts"

type AnyWork = Effect.Effect<unknown, never, Scope.Scope>
const Work = Schema.declare((u): u is AnyWork => Effect.isEffect(u))

export const Protocol = RpcGroup.make(
  /** Answers with the number of the incarnation. */
  Rpc.make("Ping", { success: Schema.Int }),
  Rpc.make("Crash"),
  Rpc.make("Exit"),
  Rpc.make("Note", { payload: { text: Schema.String } }),
  /** Runs an effect in the child. */
  Rpc.make("Run", { payload: { work: Work }, success: Schema.Unknown })
)
export type Entries = RpcGroup.Rpcs<typeof Protocol>
export type Ref = Process.ProcessRef<Entries>

/** What happened, in order. */
export class Log {
  private lines: Array<string> = []
  readonly add = (line: string) => Effect.sync(() => void this.lines.push(line))
  /** What was written since the last time. */
  take(): Array<string> {
    const lines = this.lines
    this.lines = []
    return lines
  }
}

export interface WorkerOptions {
  /** Runs in the nth `init`, before the child says that it has started. */
  readonly init?: (n: number) => Effect.Effect<void, string, Scope.Scope>
  /** Runs when the child stops, before it says that it has. */
  readonly onStop?: Effect.Effect<void>
  readonly redeliver?: number
  readonly initTimeout?: number | "Infinity"
}

/** A child that writes `+name` when it has started and `-name` when it has stopped. */
export const worker = (log: Log, name: string, options?: WorkerOptions) => {
  let starts = 0
  return Process.make({
    name,
    protocol: Protocol,
    redeliver: options?.redeliver,
    initTimeout: options?.initTimeout,
    init: () =>
      Effect.gen(function* () {
        const n = ++starts
        yield* options?.init?.(n) ?? Effect.void
        yield* Effect.acquireRelease(log.add(`+${name}`), () =>
          Effect.andThen(options?.onStop ?? Effect.void, log.add(`-${name}`))
        )
        return n
      }),
    handlers: {
      Ping: (_, n) => Effect.succeed(n),
      Crash: () => Effect.die(new Error(`${name} crashed`)),
      Exit: () => Process.exit,
      Note: ({ text }) => log.add(`${name}: ${text}`),
      Run: ({ work }) => work
    }
  })
}

export type Worker = ReturnType<typeof worker>

/** The four ways in which a child ends. */
export const endings = {
  crash: (ref: Ref) => Effect.andThen(Effect.ignore(ref.call("Crash")), turns),
  kill: (ref: Process.AnyRef) => Effect.andThen(Process.kill(ref), turns),
  exit: (ref: Ref) => Effect.andThen(Effect.orDie(ref.cast("Exit")), turns),
  shutdown: (ref: Process.AnyRef) => Effect.andThen(Process.stop(ref), turns)
} as const
export type Ending = keyof typeof endings
export const { crash, exit, kill, shutdown } = endings

/** Starts a supervisor over workers of these names, and gives it with their refs. */
export const startFamily = (
  log: Log,
  names: ReadonlyArray<string>,
  options?: Omit<Parameters<typeof Supervisor.make>[0], "name" | "children"> & {
    readonly of?: (name: string, index: number) => WorkerOptions & Omit<Supervisor.ChildOptions<void>, "args">
  }
) =>
  Effect.gen(function* () {
    const specs = names.map((name, index) => {
      const given = options?.of?.(name, index) ?? {}
      const { init, initTimeout, onStop, redeliver, ...rest } = given
      const live = {
        ...(init && { init }),
        ...(onStop && { onStop }),
        ...(redeliver !== undefined && { redeliver }),
        ...(initTimeout !== undefined && { initTimeout })
      }
      return Supervisor.child(worker(log, name, live), rest)
    })
    const supervisor = yield* Supervisor.start(
      Supervisor.make({ name: "root", strategy: options?.strategy, intensity: options?.intensity, children: specs })
    )
    const refs: Array<Ref> = []
    for (const spec of specs) refs.push((yield* Supervisor.lookupChild(supervisor, spec))!)
    return { supervisor, refs, specs }
  })

/** The children by id, with how they are. */
export const statuses = (supervisor: Supervisor.SupervisorRef) =>
  Effect.map(Supervisor.tree(supervisor), (children) => children.map((child) => `${child.id} ${child.status}`))
