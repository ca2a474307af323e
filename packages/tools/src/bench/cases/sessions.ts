/**
 * Full sessions of MABEAM: with id, participants, deadline and receipt.
 *
 * @since 0.1.0
 */
import { Process, ProcessRegistry } from "@foundation/core"
import { Agent, AgentRegistry, AgentSupervisor, Coordination, Mabeam, Variables, VariableType } from "@mabeam/core"
import { Effect, Layer, type Scope } from "effect"
import { beam, type Case, limit, type Setting } from "../case.ts"
import { chunked, heapUsed, loop, now, type Rep } from "../measure.ts"
import { bidOf, type Handlers, voteOf } from "../worker.ts"
import { roundsOf } from "./rounds.ts"

const Sync = Process.make({
  name: "agent",
  protocol: Agent.Protocol,
  init: (id: number) => Effect.succeed({ id }),
  handlers: {
    Vote: ({ proposal }, { id }) =>
      Effect.sync(() => ({ vote: voteOf(Number(proposal.value), id) ? "accept" : "reject" }) as const),
    Bid: ({ lot }, { id }) => Effect.sync(() => bidOf(lot.units * 7, id)),
    Won: () => Effect.sync(() => {}),
    Arrive: () => Effect.sync(() => {}),
    Changed: () => Effect.sync(() => {})
  }
})

const Generator = Process.make({
  name: "agent",
  protocol: Agent.Protocol,
  init: (id: number) => Effect.succeed({ id }),
  handlers: {
    Vote: Effect.fnUntraced(function* ({ proposal }, { id }) {
      return { vote: voteOf(Number(proposal.value), id) ? "accept" : "reject" } as const
    }),
    Bid: Effect.fnUntraced(function* ({ lot }, { id }) {
      return bidOf(lot.units * 7, id)
    }),
    Won: Effect.fnUntraced(function* () {}),
    Arrive: Effect.fnUntraced(function* () {}),
    Changed: Effect.fnUntraced(function* () {})
  }
})

const Value = Process.make({
  name: "agent",
  protocol: Agent.Protocol,
  init: (id: number) => Effect.succeed({ id }),
  handlers: {
    ...Agent.defaults,
    Vote: ({ proposal }, { id }) =>
      Effect.succeed({ vote: voteOf(Number(proposal.value), id) ? "accept" : "reject" } as const),
    Bid: ({ lot }, { id }) => Effect.succeed(bidOf(lot.units * 7, id))
  }
})

const specs = { sync: Sync, generator: Generator, value: Value }

const Tree = Mabeam.layer().pipe(Layer.provideMerge(ProcessRegistry.layerMemory))

/** The whole tree, with a repetition of its own. */
export const withTree = <E>(
  work: Effect.Effect<Rep, E, Mabeam.Services | ProcessRegistry.ProcessRegistry | Scope.Scope>
): Effect.Effect<Rep, E, Scope.Scope> =>
  Effect.flatMap(Layer.build(Tree), (services) => Effect.provideContext(work, services))

/** `n` registered, supervised and running agents. */
export const agents = Effect.fnUntraced(function* (n: number, handlers: Handlers) {
  const registry = yield* AgentRegistry.AgentRegistry
  const supervisor = yield* AgentSupervisor.AgentSupervisor
  const ids: Array<string> = []
  for (let i = 0; i < n; i++) {
    const agent = yield* registry.register({
      id: `agent-${i}`,
      type: "worker",
      capabilities: ["vote", "bid"],
      process: specs[handlers],
      args: i
    })
    yield* supervisor.start(agent)
    ids.push(agent.id)
  }
  return ids
})

const teamOf = (setting: Setting) =>
  Effect.gen(function* () {
    const ids = yield* agents(setting.n, setting.handlers)
    const registry = yield* AgentRegistry.AgentRegistry
    return yield* registry.team(ids)
  })

const decide: Case = {
  name: "full consensus session",
  about: "a vote of n agents with session, deadline and receipt; answered as soon as nothing can change the outcome",
  sizes: [5, 10, 100, 1000],
  everyHandlers: true,
  targets: (n) => [
    ...beam("p50_us", { 5: 3, 10: 5.6, 100: 50, 1000: 698 })(n),
    ...(n === 5 ? limit("ops_per_s", 50_000)() : [])
  ],
  body: (setting) =>
    withTree(
      Effect.gen(function* () {
        const coordination = yield* Coordination.Coordination
        const team = yield* teamOf(setting)
        return yield* loop(roundsOf(setting.n), setting.effort, (i) =>
          coordination.decide({ team, proposal: { subject: "x", value: i } })
        )
      })
    )
}

const sustained: Case = {
  name: "full 5-agent sessions, sustained",
  about: "sessions one after the other for 10 seconds; heap_growth_bytes after collection, from the second second on",
  sizes: [5],
  reps: 1,
  warm: 0,
  targets: (n) => [...limit("ops_per_s", 50_000)(), ...(n === 5 ? limit("heap_growth_bytes", 1_000_000)() : [])],
  body: (setting) =>
    withTree(
      Effect.gen(function* () {
        const coordination = yield* Coordination.Coordination
        const team = yield* teamOf(setting)
        const hold = (millis: number) =>
          Effect.gen(function* () {
            const samplesUs: Array<number> = []
            const start = now()
            let ops = 0
            let seen = start
            while (seen - start < millis) {
              for (let k = 0; k < 100; k++)
                yield* coordination.decide({ team, proposal: { subject: "x", value: ops++ } })
              const at = now()
              samplesUs.push((at - seen) * 10)
              seen = at
            }
            return { samplesUs, ops, ms: seen - start }
          })
        yield* hold(1000 / setting.effort.shrink)
        const before = heapUsed()
        const rep = yield* hold(9000 / setting.effort.shrink)
        // The samples of the loop itself are no growth of what is measured.
        const growth = heapUsed() - before - rep.samplesUs.length * 16
        return { ...rep, extra: { heap_growth_bytes: Math.max(0, growth) } }
      })
    )
}

const auction: Case = {
  name: "full auction session",
  about: "a sealed second-price auction of one unit among n agents, with session and receipt",
  sizes: [10, 100, 1000],
  everyHandlers: true,
  targets: beam("p50_us", { 10: 6.6, 100: 52, 1000: 731 }),
  body: (setting) =>
    withTree(
      Effect.gen(function* () {
        const coordination = yield* Coordination.Coordination
        const team = yield* teamOf(setting)
        return yield* loop(roundsOf(setting.n), setting.effort, () =>
          coordination.auction({ team, lot: { name: "slot", units: 1, reserve: 1 } })
        )
      })
    )
}

const round: Case = {
  name: "full barrier round",
  about: "a round that ends when all n agents have come, with session and receipt",
  sizes: [10, 100, 1000],
  everyHandlers: true,
  targets: beam("p50_us", { 10: 12, 100: 108, 1000: 1241 }),
  body: (setting) =>
    withTree(
      Effect.gen(function* () {
        const coordination = yield* Coordination.Coordination
        const team = yield* teamOf(setting)
        return yield* loop(roundsOf(setting.n), setting.effort, (i) => coordination.round({ team, round: i }))
      })
    )
}

const variableNames = (n: number) => Array.from({ length: n }, (_, i) => `variable-${i}`)

const defineAll = (n: number) =>
  Effect.gen(function* () {
    const variables = yield* Variables.Variables
    const defined: Array<Variables.Variable<number>> = []
    for (const name of variableNames(n)) {
      defined.push(yield* variables.define({ name, type: VariableType.float(), initial: 1, owner: "bench" }))
    }
    return defined
  })

const read: Case = {
  name: "variable read",
  about: "the present value of one of n variables, by its handle; each read is a sample",
  sizes: [1, 100, 10_000],
  targets: limit("p99_us", 50),
  body: (setting) =>
    withTree(
      Effect.gen(function* () {
        const defined = yield* defineAll(setting.n)
        return yield* loop(100_000, setting.effort, (i) => defined[(i * 7919) % defined.length]!.get)
      })
    )
}

const readByName: Case = {
  name: "variable read by name",
  about: "the present value of one of n variables, by its name; each read is a sample",
  sizes: [1, 100, 10_000],
  targets: limit("p99_us", 50),
  body: (setting) =>
    withTree(
      Effect.gen(function* () {
        const variables = yield* Variables.Variables
        yield* defineAll(setting.n)
        const names = variableNames(setting.n)
        return yield* loop(100_000, setting.effort, (i) => variables.get(names[(i * 7919) % names.length]!))
      })
    )
}

const set: Case = {
  name: "variable change by its owner",
  about: "a new value, checked, versioned and kept in the history, of one of n variables",
  sizes: [1, 100, 10_000],
  body: (setting) =>
    withTree(
      Effect.gen(function* () {
        const defined = yield* defineAll(setting.n)
        return yield* chunked(20_000 / setting.effort.shrink, 10, (i) =>
          defined[(i * 7919) % defined.length]!.set(i, { by: "bench" })
        )
      })
    )
}

export const sessionCases: ReadonlyArray<Case> = [decide, sustained, auction, round, read, readByName, set]
