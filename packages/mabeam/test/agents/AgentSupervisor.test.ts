import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Process, ProcessRegistry, Supervisor } from "@foundation/core"
import { expectNoLeaks } from "@foundation/core/testing"
import { Agent, AgentRegistry, AgentSupervisor, Coordination, Mabeam } from "@mabeam/core"
import { Context, Effect, Fiber, Layer, Logger, Schedule, Schema, type Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Rpc } from "effect/rpc"

const service = AgentSupervisor.AgentSupervisor
const quiet = Logger.layer([])
const Live = Mabeam.layer().pipe(Layer.provideMerge(ProcessRegistry.layerMemory), Layer.provideMerge(quiet))

/** Every test leaves nothing behind. */
const provided = <A, E>(
  effect: Effect.Effect<A, E, Mabeam.Services | ProcessRegistry.ProcessRegistry | Scope.Scope>,
  layer = Live
) => expectNoLeaks(Effect.scoped(Effect.provide(effect, layer)))

interface Character {
  readonly speed?: number
  readonly fails?: boolean
  /** How long its `init` takes, in milliseconds. */
  readonly takes?: number
}

const Worker = Process.make({
  name: "worker",
  protocol: Agent.Protocol.add(
    Rpc.make("Crash"),
    Rpc.make("Leave"),
    Rpc.make("Speed", { success: Schema.Int }),
    Rpc.make("Count", { success: Schema.Int })
  ),
  init: ({ fails = false, speed = 1, takes = 0 }: Character) =>
    fails
      ? Effect.die(new Error("no such luck"))
      : Effect.as(takes > 0 ? Effect.sleep(takes) : Effect.void, { speed, count: 0 }),
  handlers: {
    ...Agent.defaults,
    Vote: () => Effect.succeed({ vote: "accept" } as const),
    Crash: () => Effect.die(new Error("boom")),
    Leave: () => Process.exit,
    Speed: (_, { speed }) => Effect.succeed(speed),
    Count: (_, state) => Effect.sync(() => ++state.count)
  }
})

const worker = (id: string) => ({ id, type: "worker", capabilities: ["train"], process: Worker, args: {} }) as const

const turns = Effect.forEach(
  Array.from({ length: 30 }, () => 0),
  () => Effect.yieldNow,
  { discard: true }
)

/** Agents `w0`, `w1`, … that have been started. */
const started = (count: number, options: { readonly restart?: Supervisor.Restart } = {}) =>
  Effect.gen(function* () {
    const agents = yield* AgentRegistry.AgentRegistry
    const supervisor = yield* service
    const handles = yield* Effect.forEach(
      Array.from({ length: count }, (_, at) => at),
      (at) => agents.register({ ...worker(`w${at}`), ...options })
    )
    const refs = yield* Effect.forEach(handles, (handle) => supervisor.start(handle))
    return { agents, supervisor, handles, refs, handle: handles[0]!, ref: refs[0]! }
  })

/** What happens to agents from now on, as the stream of changes tells it. */
const story = Effect.gen(function* () {
  const { changes } = yield* service
  const events: Array<string> = []
  yield* Effect.forkScoped(
    Stream.runForEach(changes, ({ _tag, id }) => Effect.sync(() => events.push(`${id} ${_tag}`))),
    { startImmediately: true }
  )
  yield* turns
  return { told: Effect.as(turns, events) }
})

const crash = (ref: { readonly call: (tag: "Crash") => Effect.Effect<void, Process.CallError> }) =>
  Effect.ignore(ref.call("Crash"))

describe("starting and stopping", () => {
  it.effect("N125: start, start again, stop, stop again, and of an unknown agent", () =>
    provided(
      Effect.gen(function* () {
        const { agents, ref, supervisor } = yield* started(1)
        assert.strictEqual((yield* agents.info("w0")).status, "running")
        assert.isTrue(yield* Process.isAlive(ref))
        const twice = yield* Effect.flip(supervisor.start("w0"))
        assert.strictEqual(twice.message, `agent "w0" is running already`)
        yield* supervisor.stop("w0")
        assert.strictEqual((yield* agents.info("w0")).status, "stopped")
        assert.isFalse(yield* Process.isAlive(ref))
        assert.strictEqual((yield* Effect.flip(supervisor.stop("w0"))).message, `agent "w0" is not running`)
        for (const attempt of [supervisor.start("none"), supervisor.stop("none"), supervisor.restart("none")]) {
          const error = yield* Effect.flip(Effect.asVoid<unknown, { readonly _tag: string }, never>(attempt))
          assert.strictEqual(error._tag, "AgentNotFound")
        }
      })
    )
  )

  it.effect("N125: a restart gives a new incarnation, the old one is dead; one that never ran is simply started", () =>
    provided(
      Effect.gen(function* () {
        const { agents, ref, supervisor } = yield* started(1)
        const exit = yield* Process.monitor(ref)
        yield* ref.call("Count")
        yield* supervisor.restart("w0")
        assert.strictEqual((yield* exit)._tag, "Shutdown")
        assert.deepInclude(yield* agents.info("w0"), { status: "running", incarnation: 2, restarts: 0 })
        assert.strictEqual(yield* ref.call("Count"), 1)
        yield* agents.register(worker("fresh"))
        yield* supervisor.restart("fresh")
        assert.strictEqual((yield* agents.info("fresh")).status, "running")
      })
    )
  )

  it.effect("N125: unregister stops a running agent first; of an unknown one it is no error", () =>
    provided(
      Effect.gen(function* () {
        const { agents, ref, supervisor } = yield* started(1)
        yield* supervisor.unregister("w0")
        assert.isFalse(yield* Process.isAlive(ref))
        assert.strictEqual(yield* agents.count, 0)
        yield* supervisor.unregister("w0")
        yield* agents.register(worker("w0"))
        yield* supervisor.start("w0")
      })
    )
  )

  it.effect("`start` gives a ref of the agent's own protocol", () =>
    provided(
      Effect.gen(function* () {
        const agents = yield* AgentRegistry.AgentRegistry
        const supervisor = yield* service
        const handle = yield* agents.register({ ...worker("w0"), args: { speed: 9 } })
        const ref = yield* supervisor.start(handle)
        expectTypeOf(ref.call("Speed")).toEqualTypeOf<Effect.Effect<number, Process.CallError>>()
        assert.strictEqual(yield* ref.call("Speed"), 9)
        expectTypeOf(supervisor.start("w0")).toEqualTypeOf<
          Effect.Effect<
            Agent.AgentRef,
            AgentRegistry.AgentNotFound | AgentSupervisor.AlreadyRunning | AgentSupervisor.AgentStartFailed
          >
        >()
      })
    )
  )

  it.effect("an agent runs in the services of whoever registered it", () => {
    class Greeting extends Context.Service<Greeting, { readonly text: string }>()("test/Greeting") {}
    const Polite = Process.make({
      name: "polite",
      protocol: Agent.Protocol,
      init: () => Greeting,
      handlers: {
        ...Agent.defaults,
        Vote: (_, { text }) => Effect.succeed({ vote: "accept", because: text } as const)
      }
    })
    return provided(
      Effect.gen(function* () {
        const agents = yield* AgentRegistry.AgentRegistry
        const handle = yield* agents
          .register({ id: "p", type: "polite", capabilities: [], process: Polite })
          .pipe(Effect.provideService(Greeting, { text: "please" }))
        const ref = yield* (yield* service).start(handle)
        const ballot = yield* ref.call("Vote", { session: "s", proposal: { subject: "x", value: 1 } })
        assert.strictEqual(ballot.because, "please")
      })
    )
  })

  it.effect("N127: an agent whose init crashes does not run; the error comes out of the start", () =>
    provided(
      Effect.gen(function* () {
        const agents = yield* AgentRegistry.AgentRegistry
        const supervisor = yield* service
        const handle = yield* agents.register({ ...worker("w0"), args: { fails: true } })
        const error = yield* Effect.flip(supervisor.start(handle))
        assert(error._tag === "AgentStartFailed")
        assert.include(error.message, "no such luck")
        assert.deepInclude(yield* agents.info("w0"), { status: "failed", incarnation: 0, lastError: error.cause })
        assert.strictEqual(yield* supervisor.running, 0)
        assert.strictEqual((yield* Effect.flip(supervisor.stop("w0")))._tag, "NotRunning")
        yield* supervisor.update(handle, {})
        yield* supervisor.start(handle)
        assert.strictEqual((yield* agents.info("w0")).status, "running")
      })
    )
  )

  it.effect("N132: a restart keeps the id; of 10 agents 5 are stopped, 5 are left and listed", () =>
    provided(
      Effect.gen(function* () {
        const { agents, supervisor } = yield* started(10)
        yield* supervisor.restart("w9")
        assert.strictEqual((yield* agents.info("w9")).id, "w9")
        yield* Effect.forEach([0, 1, 2, 3, 4], (at) => supervisor.stop(`w${at}`), { concurrency: "unbounded" })
        const running = yield* agents.find({ status: ["running"] })
        assert.deepStrictEqual(
          running.map(({ id }) => id),
          ["w5", "w6", "w7", "w8", "w9"]
        )
        assert.strictEqual(yield* supervisor.running, 5)
        assert.deepStrictEqual(yield* Supervisor.countChildren(supervisor.supervisor), { children: 5, running: 5 })
      })
    )
  )

  it.effect("whoever stops an agent that is just starting waits for it, and finds it stopped", () =>
    provided(
      Effect.gen(function* () {
        const agents = yield* AgentRegistry.AgentRegistry
        const supervisor = yield* service
        const { told } = yield* story
        const handle = yield* agents.register({ ...worker("w0"), args: { takes: 10 } })
        const starting = yield* Effect.forkChild(supervisor.start(handle), { startImmediately: true })
        yield* turns
        assert.strictEqual((yield* agents.info("w0")).status, "starting")
        const stopping = yield* Effect.forkChild(supervisor.stop("w0"), { startImmediately: true })
        yield* TestClock.adjust(10)
        const ref = yield* Fiber.join(starting)
        yield* Fiber.join(stopping)
        assert.isFalse(yield* Process.isAlive(ref))
        assert.deepInclude(yield* agents.info("w0"), { status: "stopped", lastError: undefined })
        assert.deepStrictEqual(yield* told, ["w0 Started", "w0 Stopped"])
      })
    )
  )

  it.effect(
    "of 20 starts at once one succeeds; starts, stops and restarts at once leave an agent that can be stopped",
    () =>
      provided(
        Effect.gen(function* () {
          const { agents, supervisor } = yield* started(1)
          yield* supervisor.stop("w0")
          const starts = yield* Effect.forEach(
            Array.from({ length: 20 }, () => 0),
            () => Effect.match(supervisor.start("w0"), { onFailure: ({ _tag }) => _tag, onSuccess: () => "started" }),
            { concurrency: "unbounded" }
          )
          assert.deepStrictEqual(starts.filter((start) => start === "started").length, 1)
          assert.deepStrictEqual(new Set(starts), new Set(["started", "AlreadyRunning"]))
          yield* Effect.forEach(
            Array.from({ length: 30 }, (_, at) => at % 3),
            (what) =>
              Effect.ignore(
                Effect.asVoid<unknown, unknown, never>(
                  [supervisor.stop("w0"), supervisor.start("w0"), supervisor.restart("w0")][what]!
                )
              ),
            { concurrency: "unbounded" }
          )
          yield* Effect.ignore(supervisor.start("w0"))
          assert.strictEqual((yield* agents.info("w0")).status, "running")
          yield* supervisor.stop("w0")
          assert.strictEqual((yield* agents.info("w0")).status, "stopped")
          assert.strictEqual(yield* supervisor.running, 0)
        })
      )
  )
})

describe("crashes", () => {
  it.effect("N126: a crashed agent has failed, then runs again, restarted once; it is tracked and can be stopped", () =>
    provided(
      Effect.gen(function* () {
        const { agents, ref, supervisor } = yield* started(1)
        const { told } = yield* story
        const seen: Array<string> = []
        const stop = Supervisor.onChangeUnsafe(supervisor.supervisor, () =>
          seen.push(agents.records.byId.get("w0")!.status)
        )
        yield* ref.call("Count")
        yield* crash(ref)
        assert.strictEqual(yield* ref.call("Count"), 1)
        stop()
        assert.deepStrictEqual(seen, ["failed", "running"])
        const info = yield* agents.info("w0")
        assert.deepInclude(info, { status: "running", restarts: 1, incarnation: 2 })
        assert.strictEqual((info.lastError as Error).message, "boom")
        assert.strictEqual(yield* agents.ref("w0"), Process.narrow(ref, Agent.Protocol))
        yield* supervisor.stop("w0")
        assert.isFalse(yield* Process.isAlive(ref))
        assert.strictEqual((yield* agents.info("w0")).status, "stopped")
        assert.deepStrictEqual(yield* told, ["w0 Crashed", "w0 Restarted", "w0 Stopped"])
      })
    )
  )

  it.effect("N126: a killed agent is back too", () =>
    provided(
      Effect.gen(function* () {
        const { agents, ref } = yield* started(1)
        yield* Process.kill(ref)
        assert.strictEqual(yield* ref.call("Count"), 1)
        const info = yield* agents.info("w0")
        assert.strictEqual((info.lastError as Error).message, "it was killed")
        assert.strictEqual(info.restarts, 1)
      })
    )
  )

  it.effect("one that crashes all the time is given up by itself; its siblings do not notice", () =>
    provided(
      Effect.gen(function* () {
        const { agents, ref, refs, supervisor } = yield* started(3)
        const { told } = yield* story
        for (const sibling of refs.slice(1)) yield* sibling.call("Count")
        for (let crashes = 0; crashes < 4; crashes++) yield* crash(ref)
        yield* turns
        assert.deepInclude(yield* agents.info("w0"), { status: "failed", restarts: 3, gaveUp: true })
        for (const sibling of refs.slice(1)) assert.strictEqual(yield* sibling.call("Count"), 2)
        assert.strictEqual(yield* supervisor.running, 2)
        assert.deepStrictEqual((yield* told).slice(-2), ["w0 Crashed", "w0 GaveUp"])
        assert.strictEqual((yield* Effect.flip(supervisor.stop("w0")))._tag, "NotRunning")
        const missing = yield* Effect.flip(agents.team(["w0", "w1"]))
        assert.strictEqual(missing.message, `no process of "w0"`)
        yield* supervisor.start("w0")
        assert.deepInclude(yield* agents.info("w0"), { status: "running", gaveUp: false })
        yield* supervisor.stop("w0")
      })
    )
  )

  it.effect("the budget counts a window: crashes far enough apart are survived for ever", () =>
    provided(
      Effect.gen(function* () {
        const { agents, ref } = yield* started(1)
        for (let crashes = 0; crashes < 10; crashes++) {
          yield* crash(ref)
          yield* turns
          yield* TestClock.adjust("2 seconds")
        }
        assert.deepInclude(yield* agents.info("w0"), { status: "running", restarts: 10 })
      })
    )
  )

  it.effect("the budget of the layer counts, unless an agent brings its own", () =>
    provided(
      Effect.gen(function* () {
        const agents = yield* AgentRegistry.AgentRegistry
        const supervisor = yield* service
        const frail = yield* supervisor.start(yield* agents.register(worker("frail")))
        const tough = yield* supervisor.start(yield* agents.register({ ...worker("tough"), budget: { restarts: 9 } }))
        for (let crashes = 0; crashes < 2; crashes++) {
          yield* crash(frail)
          yield* crash(tough)
        }
        yield* turns
        assert.isTrue((yield* agents.info("frail")).gaveUp)
        assert.isFalse((yield* agents.info("tough")).gaveUp)
      }),
      Mabeam.layer({ agents: { budget: { restarts: 1 } } }).pipe(
        Layer.provideMerge(ProcessRegistry.layerMemory),
        Layer.provideMerge(quiet)
      )
    )
  )

  it.effect("an agent that waits for its restart has failed, is not started twice, and can be stopped", () =>
    provided(
      Effect.gen(function* () {
        const agents = yield* AgentRegistry.AgentRegistry
        const supervisor = yield* service
        const handle = yield* agents.register({ ...worker("w0"), backoff: Schedule.spaced("1 second") })
        const ref = yield* supervisor.start(handle)
        yield* crash(ref)
        yield* turns
        assert.strictEqual((yield* agents.info("w0")).status, "failed")
        assert.strictEqual((yield* Effect.flip(supervisor.start("w0")))._tag, "AlreadyRunning")
        assert.strictEqual((yield* Effect.flip(agents.unregister("w0")))._tag, "AgentInUse")
        yield* TestClock.adjust("1 second")
        assert.deepInclude(yield* agents.info("w0"), { status: "running", restarts: 1 })
        yield* crash(ref)
        yield* turns
        yield* supervisor.restart("w0")
        assert.deepInclude(yield* agents.info("w0"), { status: "running", restarts: 1 })
        yield* crash(ref)
        yield* turns
        yield* supervisor.stop("w0")
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* agents.info("w0")).status, "stopped")
      })
    )
  )

  it.effect("a transient agent that is done has stopped; a permanent one that leaves is restarted", () =>
    provided(
      Effect.gen(function* () {
        const { agents, refs, supervisor } = yield* started(1, { restart: "transient" })
        const { told } = yield* story
        yield* refs[0]!.call("Leave")
        yield* turns
        assert.deepInclude(yield* agents.info("w0"), { status: "stopped", restarts: 0, lastError: undefined })
        const permanent = yield* supervisor.start(yield* agents.register(worker("p")))
        yield* permanent.call("Leave")
        yield* turns
        assert.deepInclude(yield* agents.info("p"), { status: "running", restarts: 1 })
        const temporary = yield* supervisor.start(yield* agents.register({ ...worker("t"), restart: "temporary" }))
        yield* crash(temporary)
        yield* turns
        assert.deepInclude(yield* agents.info("t"), { status: "failed", restarts: 0 })
        assert.deepStrictEqual(yield* told, [
          "w0 Stopped",
          "p Started",
          "p Crashed",
          "p Restarted",
          "t Started",
          "t Crashed"
        ])
      })
    )
  )

  it.effect("a session goes on through the crash of a member: it is silent, and votes in the next", () =>
    provided(
      Effect.gen(function* () {
        const { agents, ref } = yield* started(3)
        const { decide } = yield* Coordination.Coordination
        const team = yield* agents.team(["w0", "w1", "w2"])
        yield* crash(ref)
        const receipt = yield* decide({ team, proposal: { subject: "x", value: 1 }, early: false })
        assert.strictEqual(receipt.votes.length, 3)
      })
    )
  )
})

describe("changing an agent", () => {
  it.effect("N130: other arguments for a running agent give it a new process, under its id", () =>
    provided(
      Effect.gen(function* () {
        const { agents, handle, ref, supervisor } = yield* started(1)
        const names = yield* ProcessRegistry.ProcessRegistry
        yield* supervisor.update(handle, { speed: 7 })
        const replaced = yield* names.get(handle.name)
        assert.notStrictEqual(replaced, ref)
        assert.isFalse(yield* Process.isAlive(ref))
        assert.strictEqual(yield* replaced.call("Speed"), 7)
        assert.deepInclude(yield* agents.info("w0"), { id: "w0", status: "running", incarnation: 2, restarts: 0 })
        yield* crash(replaced)
        assert.strictEqual(yield* replaced.call("Speed"), 7)
      })
    )
  )

  it.effect("N130: arguments that do not work leave a failed agent, which better ones revive", () =>
    provided(
      Effect.gen(function* () {
        const { agents, handle, supervisor } = yield* started(1)
        const error = yield* Effect.flip(supervisor.update(handle, { fails: true }))
        assert.strictEqual(error._tag, "AgentStartFailed")
        assert.strictEqual((yield* agents.info("w0")).status, "failed")
        yield* supervisor.update(handle, { speed: 2 })
        assert.strictEqual(yield* (yield* supervisor.start(handle)).call("Speed"), 2)
      })
    )
  )
})

describe("the layer", () => {
  it.effect("closing it stops all agents and leaves no fiber, timer or name", () =>
    expectNoLeaks(
      Effect.gen(function* () {
        const names = yield* ProcessRegistry.ProcessRegistry
        const stopped = yield* Effect.gen(function* () {
          const { agents, refs, supervisor } = yield* started(5)
          const fiber = yield* Effect.forkDetach(Stream.runCollect(Stream.take(supervisor.changes, 5)), {
            startImmediately: true
          })
          yield* turns
          assert.strictEqual(yield* names.count(), 5)
          return { agents, refs, fiber }
        }).pipe(Effect.provide(Mabeam.layer()))
        const events = yield* Fiber.join(stopped.fiber)
        assert.deepStrictEqual(new Set(events.map(({ _tag }) => _tag)), new Set(["Stopped"]))
        for (const ref of stopped.refs) assert.isFalse(yield* Process.isAlive(ref))
        assert.deepStrictEqual(
          (yield* stopped.agents.find({})).map(({ status }) => status),
          Array.from({ length: 5 }, () => "stopped" as const)
        )
        assert.strictEqual(yield* names.count(), 0)
      }).pipe(Effect.provide(ProcessRegistry.layerMemory))
    )
  )
})
