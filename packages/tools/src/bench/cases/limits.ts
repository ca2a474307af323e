/**
 * The time limits of the behaviours, by their numbers. The tests of the same numbers assert what is counted; here stands
 * how long it takes.
 *
 * @since 0.1.0
 */
import * as path from "node:path"
import { EventStore, Process, ProcessRegistry, Supervisor } from "@foundation/core"
import { SqlEventStore } from "@foundation/sql"
import { Agent, AgentRegistry, AgentSupervisor, Coordination, Team } from "@mabeam/core"
import { Effect, Fiber, Layer, type Scope } from "effect"
import { type Case, limit } from "../case.ts"
import { folder } from "../folder.ts"
import { heapUsed, loop, now, once, type Rep } from "../measure.ts"
import * as Worker from "../worker.ts"
import { agents, withTree } from "./sessions.ts"

const ms = 1000
type Registry = ProcessRegistry.ProcessRegistry["Service"]

const nameOf = (key: string) => ProcessRegistry.name({ protocol: Worker.Protocol }, key)
const indexes = ["type", "priority", "capabilities", "group", "premium", "region"]

/** A registry with declared fields, and some workers. */
const withRegistry = <E>(
  workers: number,
  work: (
    registry: Registry,
    refs: ReadonlyArray<Worker.Ref>
  ) => Effect.Effect<Rep, E, ProcessRegistry.ProcessRegistry | Scope.Scope>
): Effect.Effect<Rep, E, Scope.Scope> =>
  Effect.flatMap(Layer.build(ProcessRegistry.layerMemoryWith({ indexes })), (services) =>
    Effect.provideContext(
      Effect.gen(function* () {
        const registry = yield* ProcessRegistry.ProcessRegistry
        const refs = yield* Effect.orDie(Worker.team(workers, "sync"))
        return yield* work(registry, refs)
      }),
      services
    )
  )

/** Fails the case when a count is not what it has to be. */
const expect = (what: string, seen: number, expected: number) =>
  seen === expected ? Effect.void : Effect.die(new Error(`${what}: ${seen} instead of ${expected}`))

const numbers = (n: number) => Array.from({ length: n }, (_, i) => i)

// --- A: the registry -------------------------------------------------------------------------------------------------

const a11: Case = {
  name: "A11",
  about: "1,000 agents registered one after the other, all counted: under 500 ms",
  sizes: [1000],
  targets: limit("p50_us", 500 * ms),
  body: ({ n }) =>
    withRegistry(n, (registry, refs) =>
      once(
        n,
        Effect.gen(function* () {
          for (let i = 0; i < n; i++) yield* registry.register(nameOf(`agent-${i}`), refs[i]!)
          yield* expect("registered", yield* registry.count(), n)
        })
      )
    )
}

/** 500 agents: coordinators, priorities and capabilities as the behaviour says. */
const a12: Case = {
  name: "A12",
  about: "500 agents: each of three searches by metadata under 50 ms, with exactly the arithmetic number",
  sizes: [500],
  targets: limit("p50_us", 50 * ms),
  body: ({ effort, n }) =>
    withRegistry(1, (registry, refs) =>
      Effect.gen(function* () {
        for (let i = 0; i < n; i++) {
          const metadata = {
            type: i % 3 === 0 ? "coordinator" : "worker",
            priority: i % 5 === 0 ? "high" : "normal",
            capabilities: i % 4 === 0 ? ["ml", "vote"] : ["vote"]
          }
          yield* registry.register(nameOf(`agent-${i}`), refs[0]!, { metadata })
        }
        const searches = [
          { where: [{ field: "type", operator: "=", value: "coordinator" }], count: Math.ceil(n / 3) },
          { where: [{ field: "priority", operator: "=", value: "high" }], count: Math.ceil(n / 5) },
          { where: [{ field: "capabilities", operator: "has", value: "ml" }], count: Math.ceil(n / 4) }
        ] as const
        return yield* loop(300, effort, (i) => {
          const { count, where } = searches[i % 3]!
          return Effect.flatMap(registry.query({ where }), (found) => expect("found", found.length, count))
        })
      })
    )
}

const a13: Case = {
  name: "A13",
  about: "50 fibers register 20 names each: under 1,000 ms; then all are looked up at once: under 500 ms (lookups_us)",
  sizes: [1000],
  targets: () => [...limit("p50_us", 1000 * ms)(), ...limit("lookups_us", 500 * ms)()],
  body: ({ n }) =>
    withRegistry(1, (registry, refs) =>
      Effect.gen(function* () {
        const of = (fiber: number) => numbers(n / 50).map((i) => nameOf(`agent-${fiber}-${i}`))
        const all = { concurrency: "unbounded", discard: true } as const
        const registering = yield* once(
          n,
          Effect.forEach(
            numbers(50),
            (fiber) => Effect.forEach(of(fiber), (name) => registry.register(name, refs[0]!)),
            all
          )
        )
        yield* expect("registered", yield* registry.count(), n)
        const names = numbers(50).flatMap(of)
        const looking = yield* once(
          n,
          Effect.forEach(names, (name) => registry.get(name), all)
        )
        return { ...registering, extra: { lookups_us: looking.ms * 1000 } }
      })
    )
}

const a14: Case = {
  name: "A14",
  about: "200 entries in one call: under 200 ms; an indexed filter over 300 agents: under 30 ms (filter_us)",
  sizes: [200],
  targets: () => [...limit("p50_us", 200 * ms)(), ...limit("filter_us", 30 * ms)()],
  body: ({ n }) =>
    withRegistry(1, (registry, refs) =>
      Effect.gen(function* () {
        const entries = numbers(n).map((i) => ({ name: nameOf(`bulk-${i}`), ref: refs[0]! }))
        const bulk = yield* once(n, registry.registerAll(entries))
        for (const i of numbers(300)) {
          const metadata = { type: `category-${i % 5}`, premium: i % 10 === 0, region: `region-${Math.floor(i / 100)}` }
          yield* registry.register(nameOf(`agent-${i}`), refs[0]!, { metadata })
        }
        const at = now()
        const found = yield* registry.query({
          where: [
            { field: "type", operator: "=", value: "category-0" },
            { field: "premium", operator: "=", value: true },
            { field: "region", operator: "=", value: "region-1" }
          ]
        })
        const filter = (now() - at) * 1000
        yield* expect("found", found.length, 10)
        return { ...bulk, extra: { filter_us: filter } }
      })
    )
}

const a15: Case = {
  name: "A15",
  about: "50 entries in one call, some invalid or taken: under 100 ms, each with its own answer",
  sizes: [50],
  targets: limit("p50_us", 100 * ms),
  body: ({ n }) =>
    withRegistry(2, (registry, refs) =>
      Effect.gen(function* () {
        for (const i of numbers(5)) yield* registry.register(nameOf(`taken-${i}`), refs[0]!)
        const entries = numbers(n).map((i) => ({
          name: nameOf(i % 10 === 0 ? "" : i % 10 === 1 ? `taken-${Math.floor(i / 10)}` : `agent-${i}`),
          ref: refs[1]!
        }))
        const rep = yield* once(n, registry.registerAll(entries))
        yield* expect("registered", yield* registry.count(), 5 + (n * 8) / 10)
        return rep
      })
    )
}

const a23: Case = {
  name: "A23",
  about: "a named child crashes: its name leads to a process that answers within 100 ms",
  sizes: [1],
  targets: limit("p99_us", 100 * ms),
  body: ({ effort }) =>
    withRegistry(0, (registry) =>
      Effect.gen(function* () {
        const root = yield* Effect.orDie(Worker.supervisor)
        const name = nameOf("agent")
        yield* Supervisor.startChild(root, Supervisor.child(Worker.spec("sync"), { args: 0, name }))
        return yield* loop(1000, effort, () =>
          Effect.gen(function* () {
            yield* (yield* registry.get(name)).cast("Crash")
            yield* (yield* registry.get(name)).call("Ping")
          })
        )
      })
    )
}

// --- B: its backends -------------------------------------------------------------------------------------------------

const b31: Case = {
  name: "B31",
  about:
    "50 agents, 20 lookups: under 1 ms on average (p50), under 5 ms at worst (p99); also 10 fibers at once (tasks_us)",
  sizes: [50],
  targets: () => [...limit("p50_us", ms)(), ...limit("p99_us", 5 * ms)()],
  body: ({ effort, n }) =>
    withRegistry(n, (registry, refs) =>
      Effect.gen(function* () {
        for (let i = 0; i < n; i++) yield* registry.register(nameOf(`agent-${i}`), refs[i]!)
        const lookup = (i: number) => registry.get(nameOf(`agent-${(i * 7) % n}`))
        const rep = yield* loop(20, effort, lookup)
        const at = now()
        yield* Effect.forEach(numbers(10), () => Effect.forEach(numbers(20), lookup), {
          concurrency: "unbounded",
          discard: true
        })
        return { ...rep, extra: { tasks_us: (now() - at) * 1000 } }
      })
    )
}

const b32: Case = {
  name: "B32",
  about: "1,000 entries: a search for a capability under 10 ms; the whole list under 50 ms (list_us)",
  sizes: [1000],
  targets: () => [...limit("p50_us", 10 * ms)(), ...limit("list_us", 50 * ms)()],
  body: ({ n }) =>
    withRegistry(1, (registry, refs) =>
      Effect.gen(function* () {
        yield* Effect.forEach(
          numbers(n),
          (i) => {
            const metadata = { capabilities: i % 10 === 0 ? ["ml"] : ["vote"] }
            return registry.register(nameOf(`agent-${i}`), refs[0]!, { metadata })
          },
          { concurrency: 50, discard: true }
        )
        const where = [{ field: "capabilities", operator: "has", value: "ml" }] as const
        const rep = yield* once(1, registry.query({ where }))
        const at = now()
        const listed = yield* registry.list({ limit: n })
        const list = (now() - at) * 1000
        yield* expect("listed", listed.length, n)
        return { ...rep, extra: { list_us: list } }
      })
    )
}

// --- E: the event store ----------------------------------------------------------------------------------------------

const e60: Case = {
  name: "E60",
  about: "a store with n events is closed and opened again: it has all of them and takes the next within 200 ms",
  sizes: [1000],
  targets: limit("p50_us", 200 * ms),
  body: ({ n }) =>
    Effect.gen(function* () {
      const dir = yield* folder
      const open = SqlEventStore.layerSqlite({ filename: path.join(dir, "events.sqlite") })
      const use = <A, E>(work: (store: EventStore.EventStore["Service"]) => Effect.Effect<A, E>) =>
        Effect.provide(Effect.flatMap(EventStore.EventStore, work), open)
      yield* use((store) =>
        store.append(
          "agent",
          "none",
          numbers(n).map((i) => ({ type: "tick", data: i }))
        )
      )
      return yield* once(
        1,
        use((store) => store.append("agent", n, [{ type: "tick", data: n }]))
      )
    })
}

// --- K: supervision --------------------------------------------------------------------------------------------------

/** A coordinator and its workers under one supervisor. */
const ecosystem = Effect.fnUntraced(function* (workers: number) {
  const root = yield* Worker.supervisor
  const worker = Worker.spec("sync")
  const coordinator = yield* Supervisor.startChild(root, Supervisor.child(worker, { id: "coordinator", args: 0 }))
  const refs: Array<Worker.Ref> = []
  for (const i of numbers(workers)) {
    refs.push(yield* Supervisor.startChild(root, Supervisor.child(worker, { id: `worker-${i}`, args: i + 1 })))
  }
  return { root, coordinator, refs }
})

const k111: Case = {
  name: "K111",
  about: "a coordinator and n workers: w + 1 live processes, each under 200 kB (bytes), an answer under 10 ms",
  sizes: [1, 20],
  targets: () => [...limit("p99_us", 10 * ms)(), ...limit("bytes_per_item", 200_000)()],
  body: ({ effort, n }) =>
    Effect.gen(function* () {
      const before = heapUsed()
      const { coordinator, refs, root } = yield* ecosystem(n)
      const bytes = (heapUsed() - before) / (n + 1)
      yield* expect("running", (yield* Supervisor.countChildren(root)).running, n + 1)
      const all = [coordinator, ...refs]
      const rep = yield* loop(1000, effort, (i) => all[i % all.length]!.call("Ping"))
      return { ...rep, bytes }
    })
}

const k112: Case = {
  name: "K112",
  about: "the coordinator is killed: a new one answers, and n workers still do; within 200 ms",
  sizes: [20],
  targets: limit("p99_us", 200 * ms),
  body: ({ effort, n }) =>
    Effect.gen(function* () {
      const { coordinator, root } = yield* ecosystem(n)
      const rep = yield* loop(1000, effort, () =>
        Effect.andThen(Process.kill(coordinator), Effect.asVoid(coordinator.call("Ping")))
      )
      yield* expect("running", (yield* Supervisor.countChildren(root)).running, n + 1)
      return rep
    })
}

const k115: Case = {
  name: "K115",
  about: "creation for each worker at 10, 100 and 1,000 of them: grows no faster than the number",
  sizes: [10, 100, 1000],
  body: ({ n }) =>
    Effect.gen(function* () {
      const before = heapUsed()
      const start = now()
      yield* ecosystem(n)
      const total = now() - start
      const bytes = (heapUsed() - before) / n
      return { samplesUs: [(total * 1000) / n], ops: n, ms: total, bytes }
    })
}

// --- N: agents -------------------------------------------------------------------------------------------------------

const n126: Case = {
  name: "N126",
  about: "a supervised agent is killed: it runs again under its name within 200 ms",
  sizes: [10],
  targets: limit("p99_us", 200 * ms),
  body: ({ effort, n }) =>
    withTree(
      Effect.gen(function* () {
        const registry = yield* AgentRegistry.AgentRegistry
        const supervisor = yield* AgentSupervisor.AgentSupervisor
        yield* agents(n, "sync")
        const tough = yield* registry.register({
          id: "tough",
          type: "worker",
          capabilities: [],
          process: Patient,
          budget: { restarts: 1_000_000 },
          args: 0
        })
        yield* supervisor.start(tough)
        return yield* loop(1000, effort, () =>
          Effect.gen(function* () {
            yield* Process.kill(yield* registry.ref("tough"))
            yield* (yield* registry.ref("tough")).call("Arrive", { session: "s", round: 1 })
          })
        )
      })
    )
}

/** Answers a vote after as many milliseconds as it is told. */
const Patient = Process.make({
  name: "patient",
  protocol: Agent.Protocol,
  init: (millis: number) => Effect.succeed({ millis }),
  handlers: {
    ...Agent.defaults,
    Vote: (_, { millis }) => Effect.as(millis === 0 ? Effect.void : Effect.sleep(millis), { vote: "accept" } as const)
  }
})

const register = (id: string, i: number) =>
  AgentRegistry.AgentRegistry.use((registry) =>
    registry.register({
      id,
      type: `type-${i % 4}`,
      capabilities: ["vote", ...(i % 4 === 0 ? ["ml"] : [])],
      process: Patient,
      args: 0
    })
  )

const n131: Case = {
  name: "N131",
  about:
    "an agent registered in under 1,000 µs, looked up in under 500 µs (lookup_us), discovered by capabilities in under 5 ms (find_us)",
  sizes: [1000],
  targets: () => [...limit("p50_us", ms)(), ...limit("lookup_us", 500)(), ...limit("find_us", 5 * ms)()],
  body: ({ n }) =>
    withTree(
      Effect.gen(function* () {
        const registry = yield* AgentRegistry.AgentRegistry
        const samplesUs: Array<number> = []
        const start = now()
        for (const i of numbers(n - 50)) {
          const at = now()
          yield* register(`agent-${i}`, i)
          samplesUs.push((now() - at) * 1000)
        }
        const total = now() - start
        yield* Effect.forEach(numbers(50), (i) => register(`late-${i}`, i), { concurrency: "unbounded", discard: true })
        yield* expect("registered", yield* registry.count, n)
        const looked = now()
        for (const i of numbers(n - 50)) yield* registry.info(`agent-${i}`)
        const lookup = ((now() - looked) * 1000) / (n - 50)
        const asked = now()
        const found = yield* registry.find({ capabilities: ["vote", "ml"] })
        const find = (now() - asked) * 1000
        yield* expect("found", found.length, Math.ceil((n - 50) / 4) + 13)
        return { samplesUs, ops: samplesUs.length, ms: total, extra: { lookup_us: lookup, find_us: find } }
      })
    )
}

// --- P: coordination -------------------------------------------------------------------------------------------------

/** A team of started processes, and the sessions. */
const withTeam = <E>(
  delays: ReadonlyArray<number>,
  work: (coordination: Coordination.Coordination["Service"], team: Team.Team) => Effect.Effect<Rep, E, Scope.Scope>
) =>
  withTree(
    Effect.gen(function* () {
      const coordination = yield* Coordination.Coordination
      const members: Array<Team.Member> = []
      for (const [i, millis] of delays.entries()) {
        members.push({ id: `agent-${i}`, ref: yield* Process.start(Patient, millis) })
      }
      return yield* work(coordination, yield* Team.make(members))
    })
  )

const proposal = { subject: "x", value: 1 }

const p140: Case = {
  name: "P140",
  about: "a session of 100 ms with agents that take 200: ends at its deadline, is closed, and says who was silent",
  sizes: [3],
  targets: limit("p50_us", 150 * ms),
  body: ({ n }) =>
    withTeam(new Array<number>(n).fill(200), (coordination, team) =>
      Effect.gen(function* () {
        const at = now()
        const receipt = yield* coordination.decide({ team, proposal, deadline: "100 millis" })
        const total = now() - at
        yield* expect("silent", receipt.silent.length, n)
        yield* expect("open", (yield* coordination.sessions).length, 0)
        return { samplesUs: [total * 1000], ops: 1, ms: total }
      })
    )
}

const p141: Case = {
  name: "P141",
  about: "n concurrent sessions of agents that think for 5 ms: under 5 s; heap_growth_bytes under 10 MB",
  sizes: [50, 100],
  targets: () => [...limit("p50_us", 5000 * ms)(), ...limit("heap_growth_bytes", 10_000_000)()],
  body: ({ n }) =>
    withTeam([5, 5, 5, 5, 5], (coordination, team) =>
      Effect.gen(function* () {
        const before = heapUsed()
        const rep = yield* once(
          n,
          Effect.forEach(numbers(n), () => coordination.decide({ team, proposal, deadline: "10 seconds" }), {
            concurrency: "unbounded",
            discard: true
          })
        )
        return { ...rep, extra: { heap_growth_bytes: Math.max(0, heapUsed() - before) } }
      })
    )
}

const p141c: Case = {
  name: "P141 cancel",
  about: "an open session is cancelled while its agents are thinking: whoever waits hears of it within 10 ms",
  sizes: [5],
  targets: limit("p50_us", 10 * ms),
  body: () =>
    withTeam([50, 50, 50, 50, 50], (coordination, team) =>
      Effect.gen(function* () {
        const waiting = yield* Effect.forkChild(Effect.exit(coordination.decide({ team, proposal })), {
          startImmediately: true
        })
        const [open] = yield* coordination.sessions
        const at = now()
        yield* coordination.cancel(open!.id)
        const exit = yield* Fiber.join(waiting)
        const total = now() - at
        yield* expect("cancelled", exit._tag === "Failure" ? 1 : 0, 1)
        return { samplesUs: [total * 1000], ops: 1, ms: total }
      })
    )
}

export const limitCases: ReadonlyArray<Case> = [
  a11,
  a12,
  a13,
  a14,
  a15,
  a23,
  b31,
  b32,
  e60,
  k111,
  k112,
  k115,
  n126,
  n131,
  p140,
  p141,
  p141c
]
