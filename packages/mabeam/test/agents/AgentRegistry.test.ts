import { assert, describe, it } from "@effect/vitest"
import { Process, ProcessRegistry } from "@foundation/core"
import { Agent, AgentRegistry, AgentSupervisor, Mabeam } from "@mabeam/core"
import { Effect, Layer, Option, Result } from "effect"
import { Scripted } from "../support.ts"

const service = AgentRegistry.AgentRegistry
const Live = Mabeam.layer().pipe(Layer.provideMerge(ProcessRegistry.layerMemory))
const provided = Effect.provide(Live)

const worker = (id: AgentRegistry.AgentId, capabilities: ReadonlyArray<string> = [], type = "worker") =>
  ({ id, type, capabilities, process: Scripted, args: {} }) as const

/** An incomplete specification, as it comes from where no types are checked. */
const loose = (agent: Record<string, unknown>) => agent as ReturnType<typeof worker>

describe("registration", () => {
  it.effect("N124: an agent is registered with its type, capabilities and status; its id only once", () =>
    Effect.gen(function* () {
      const agents = yield* service
      const registered = yield* agents.register(worker("w1", ["train", "vote"]))
      assert.strictEqual(registered.id, "w1")
      assert.deepStrictEqual(yield* agents.info("w1"), {
        id: "w1",
        type: "worker",
        capabilities: ["train", "vote"],
        status: "registered",
        incarnation: 0,
        restarts: 0,
        gaveUp: false,
        lastError: undefined
      })
      const again = yield* Effect.flip(agents.register(worker("w1")))
      assert(again._tag === "AgentExists")
      assert.strictEqual(again.message, `agent "w1" is registered already`)
      const unknown = yield* Effect.flip(agents.info("w2"))
      assert.strictEqual(unknown.message, `there is no agent "w2"`)
      assert.isTrue(Option.isNone(yield* agents.lookup("w2")))
    }).pipe(provided)
  )

  it.effect("N124: what is missing or wrong is refused, naming the field", () =>
    Effect.gen(function* () {
      const agents = yield* service
      const { capabilities, id, process, type } = worker("w", ["a"])
      const NoAgent = Process.make({
        name: "no agent",
        protocol: Agent.Protocol.omit("Vote"),
        init: () => Effect.succeed({}),
        handlers: Agent.defaults
      })
      const cases: ReadonlyArray<readonly [string, Record<string, unknown>]> = [
        ["id", { type, capabilities, process }],
        ["id", { id: "", type, capabilities, process }],
        ["id", { id: "x".repeat(256), type, capabilities, process }],
        ["id", { id: "nul\0", type, capabilities, process }],
        ["id", { id: Symbol("nobody's"), type, capabilities, process }],
        ["type", { id, capabilities, process }],
        ["capabilities", { id, type, process }],
        ["capabilities", { id, type, process, capabilities: "vote" }],
        ["capabilities", { id, type, process, capabilities: ["vote", 1] }],
        ["capabilities", { id, type, process, capabilities: Array.from({ length: 1_001 }, String) }],
        ["process", { id, type, capabilities }],
        ["process", { id, type, capabilities, process: {} }],
        ["process", { id, type, capabilities, process: NoAgent }],
        ["restart", { id, type, capabilities, process, restart: "sometimes" }]
      ]
      for (const [field, agent] of cases) {
        const error = yield* Effect.flip(agents.register(loose(agent)))
        assert(error._tag === "InvalidAgent")
        assert.strictEqual(error.field, field)
        assert.include(error.message, `invalid ${field}`)
      }
      assert.strictEqual(yield* agents.count, 0)
    }).pipe(provided)
  )

  it.effect("N128: an id may be text or a symbol, and both lead to the same agent", () =>
    Effect.gen(function* () {
      const agents = yield* service
      const supervisor = yield* AgentSupervisor.AgentSupervisor
      yield* agents.register(worker(Symbol.for("by symbol")))
      yield* agents.register(worker("by text"))
      for (const id of ["by symbol", "by text"]) {
        assert.strictEqual((yield* agents.info(id)).id, id)
        assert.strictEqual((yield* agents.info(Symbol.for(id))).id, id)
        assert.strictEqual((yield* Effect.flip(agents.register(worker(id))))._tag, "AgentExists")
        yield* supervisor.start(Symbol.for(id))
        assert.deepStrictEqual((yield* agents.team([id])).refs, [yield* agents.ref(Symbol.for(id))])
      }
    }).pipe(provided)
  )

  it.effect("N131: 50 registrations at once are all there; of 50 for one id exactly one is", () =>
    Effect.gen(function* () {
      const agents = yield* service
      const fifty = Array.from({ length: 50 }, (_, at) => `w${at}`)
      yield* Effect.forEach(fifty, (id) => agents.register(worker(id)), { concurrency: "unbounded" })
      assert.strictEqual(yield* agents.count, 50)
      const same = yield* Effect.forEach(fifty, () => Effect.result(agents.register(worker("same"))), {
        concurrency: "unbounded"
      })
      assert.strictEqual(same.filter(Result.isSuccess).length, 1)
      assert.strictEqual(yield* agents.count, 51)
    }).pipe(provided)
  )

  it.effect("as many agents as the limit allows; one more is refused", () =>
    Effect.gen(function* () {
      const agents = yield* service
      yield* agents.register(worker("w1"))
      const error = yield* Effect.flip(agents.register(worker("w2")))
      assert.strictEqual(error.message, "1 agents are registered, which is the limit")
    }).pipe(Effect.provide(Layer.provide(AgentRegistry.layer({ agentsMax: 1 }), ProcessRegistry.layerMemory)))
  )

  it.effect("an agent without a process is forgotten on request; an unknown one is no error", () =>
    Effect.gen(function* () {
      const agents = yield* service
      const supervisor = yield* AgentSupervisor.AgentSupervisor
      yield* agents.register(worker("w1", ["train"]))
      yield* supervisor.start("w1")
      const error = yield* Effect.flip(agents.unregister("w1"))
      assert.strictEqual(error.message, `agent "w1" is running`)
      yield* supervisor.stop("w1")
      yield* agents.unregister("w1")
      yield* agents.unregister("w1")
      assert.deepStrictEqual(yield* agents.find({ capabilities: ["train"] }), [])
      yield* agents.register(worker("w1"))
    }).pipe(provided)
  )
})

describe("search", () => {
  const registered = Effect.gen(function* () {
    const agents = yield* service
    yield* agents.register(worker("w1", ["train", "vote"]))
    yield* agents.register(worker("w2", ["train"]))
    yield* agents.register(worker("c1", ["vote", "train", "lead"], "coordinator"))
    yield* agents.register(worker("c2", [], "coordinator"))
    return {
      ...agents,
      ids: (search: AgentRegistry.Search) => Effect.map(agents.find(search), (found) => found.map(({ id }) => id))
    }
  })

  it.effect("N129: for several capabilities it finds those that have all of them, and nobody else", () =>
    Effect.gen(function* () {
      const { ids } = yield* registered
      assert.deepStrictEqual(yield* ids({ capabilities: ["train", "vote"] }), ["w1", "c1"])
      assert.deepStrictEqual(yield* ids({ capabilities: ["lead", "vote"] }), ["c1"])
      assert.deepStrictEqual(yield* ids({ capabilities: ["train", "sing"] }), [])
      assert.deepStrictEqual(yield* ids({ capabilities: ["constructor"] }), [])
      assert.deepStrictEqual(yield* ids({}), ["w1", "w2", "c1", "c2"])
    }).pipe(provided)
  )

  it.effect("N129: by type likewise, also together with capabilities, a status and a limit", () =>
    Effect.gen(function* () {
      const { ids, transition } = yield* registered
      assert.deepStrictEqual(yield* ids({ type: "coordinator" }), ["c1", "c2"])
      assert.deepStrictEqual(yield* ids({ type: "poet" }), [])
      assert.deepStrictEqual(yield* ids({ type: "worker", capabilities: ["vote"] }), ["w1"])
      yield* transition("w2", "starting")
      assert.deepStrictEqual(yield* ids({ status: ["starting", "running"] }), ["w2"])
      assert.deepStrictEqual(yield* ids({ limit: 2 }), ["w1", "w2"])
    }).pipe(provided)
  )
})

describe("the life of an agent", () => {
  const legal = [
    "registered starting",
    "starting running",
    "starting failed",
    "starting stopped",
    "running busy",
    "running degraded",
    "running draining",
    "running failed",
    "running stopped",
    "busy running",
    "busy degraded",
    "busy draining",
    "busy failed",
    "busy stopped",
    "degraded running",
    "degraded busy",
    "degraded draining",
    "degraded failed",
    "degraded stopped",
    "draining stopped",
    "draining failed",
    "stopped starting",
    "failed starting",
    "failed stopped"
  ]

  it("the table allows these transitions and no others", () => {
    const allowed = AgentRegistry.statuses.flatMap((from) =>
      AgentRegistry.successors(from).map((to) => `${from} ${to}`)
    )
    assert.deepStrictEqual([...allowed].sort(), [...legal].sort())
  })

  it.effect("of all 64 pairs of statuses exactly the legal ones are taken, and the others say what is", () =>
    Effect.gen(function* () {
      const agents = yield* service
      /** How to come to a status from the beginning. */
      const paths: { readonly [Status in AgentRegistry.AgentStatus]: ReadonlyArray<AgentRegistry.AgentStatus> } = {
        registered: [],
        starting: ["starting"],
        running: ["starting", "running"],
        busy: ["starting", "running", "busy"],
        degraded: ["starting", "running", "degraded"],
        draining: ["starting", "running", "draining"],
        stopped: ["starting", "stopped"],
        failed: ["starting", "failed"]
      }
      for (const from of AgentRegistry.statuses) {
        for (const to of AgentRegistry.statuses) {
          const id = `${from} ${to}`
          yield* agents.register(worker(id))
          for (const step of paths[from]) yield* agents.transition(id, step)
          const result = yield* Effect.result(agents.transition(id, to))
          assert.strictEqual(Result.isSuccess(result), legal.includes(id), id)
          assert.strictEqual((yield* agents.info(id)).status, Result.isSuccess(result) ? to : from)
          if (Result.isSuccess(result)) continue
          assert(result.failure._tag === "IllegalTransition")
          assert.include(result.failure.message, `is ${from}, after which comes `)
        }
      }
    }).pipe(provided)
  )

  it.effect("a running agent reports that it is busy, degraded, and back", () =>
    Effect.gen(function* () {
      const agents = yield* service
      const supervisor = yield* AgentSupervisor.AgentSupervisor
      yield* agents.register(worker("w1"))
      yield* supervisor.start("w1")
      assert.strictEqual(yield* agents.transition("w1", "busy"), "running")
      assert.strictEqual(yield* agents.transition("w1", "degraded"), "busy")
      assert.strictEqual(yield* supervisor.running, 1)
      yield* supervisor.stop("w1")
      assert.strictEqual((yield* agents.info("w1")).status, "stopped")
      assert.strictEqual(yield* supervisor.running, 0)
    }).pipe(provided)
  )
})

describe("a team", () => {
  it.effect("P138: agents that are unknown or do not run are named", () =>
    Effect.gen(function* () {
      const agents = yield* service
      const supervisor = yield* AgentSupervisor.AgentSupervisor
      for (const id of ["a", "b", "c"]) yield* agents.register(worker(id))
      yield* supervisor.start("a")
      yield* supervisor.start("b")
      yield* supervisor.stop("b")
      const error = yield* Effect.flip(agents.team(["a", "b", "c", "d"]))
      assert(error._tag === "AgentsMissing")
      assert.deepStrictEqual(error.ids, ["b", "c", "d"])
      assert.strictEqual(error.message, `no process of "b", "c", "d"`)
      assert.deepStrictEqual((yield* agents.team(["a"])).ids, ["a"])
      assert.deepStrictEqual((yield* agents.team([])).ids, [])
      const twice = yield* Effect.flip(agents.team(["a", "a"]))
      assert.strictEqual(twice._tag, "DuplicateMember")
      assert.strictEqual((yield* Effect.flip(agents.ref("c")))._tag, "AgentsMissing")
      assert.strictEqual((yield* Effect.flip(agents.ref("d")))._tag, "AgentNotFound")
    }).pipe(provided)
  )

  it.effect("stands in the registry of names, with type and capabilities for others to see", () =>
    Effect.gen(function* () {
      const agents = yield* service
      const names = yield* ProcessRegistry.ProcessRegistry
      const supervisor = yield* AgentSupervisor.AgentSupervisor
      const registered = yield* agents.register(worker("w1", ["train"]))
      assert.isTrue(Option.isNone(yield* names.lookup(registered.name)))
      const ref = yield* supervisor.start(registered)
      assert.strictEqual(yield* names.get(registered.name), ref)
      const { metadata } = Option.getOrThrow(yield* names.whereis(registered.name))
      assert.deepStrictEqual(metadata, { type: "worker", capabilities: ["train"] })
    }).pipe(provided)
  )
})
