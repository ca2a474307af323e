/**
 * P1: a crashed supervised process is back, or its supervisor has escalated. P2: start in order, stop in reverse, and
 * nothing leaks.
 *
 * Random trees live through random faults; after each, the statuses, the restarts, the names and the whole log of starts
 * and stops are those of `supervisionModel.ts`.
 */
import { assert, describe } from "@effect/vitest"
import { Arbitrary, type Context, Data, Effect, Exit, Layer, Logger, Schedule, Schema, Scope } from "effect"
import { TestClock } from "effect/testing"
import * as Process from "../../src/process/Process.ts"
import * as Supervisor from "../../src/process/Supervisor.ts"
import * as ProcessRegistry from "../../src/registry/ProcessRegistry.ts"
import { campaign, law } from "../../src/testing/law.ts"
import { expectNoLeaks } from "../../src/testing/expectNoLeaks.ts"
import { endings, type Entries, Log, type Ref, worker } from "./supervised.ts"
import { Model, type NodeSpec, type Seen } from "./supervisionModel.ts"
import { turns } from "./worker.ts"

const nodesMax = 8
const depthMax = 4

// --- scenarios -------------------------------------------------------------------------------------------------------

const Window = Schema.Literals([1_000, 2_000])
const upTo = (n: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: n }))

const Node = Schema.Struct({
  /** Chosen among the supervisors that stand before it. */
  parent: upTo(nodesMax),
  isSupervisor: Schema.Boolean,
  strategy: Schema.Literals(["one_for_one", "one_for_all", "rest_for_one"]),
  restarts: Schema.Literals([0, 1, 1, 2, 3, 8]),
  within: Window,
  restart: Schema.Literals(["permanent", "permanent", "transient", "temporary"]),
  budget: Schema.Literals(["none", "none", "give-up", "escalate"]),
  budgetRestarts: upTo(2),
  budgetWithin: Window,
  /** Waits before a restart, and how many there are; 0 for no back-off. */
  waits: Schema.Literals([0, 0, 0, 1, 2, 100]),
  waitMillis: Schema.Literals([500, 1_000, 2_000]),
  failAt: Schema.Array(Schema.Literals([2, 3, 4, 5])).check(Schema.isMaxLength(3)),
  isNamed: Schema.Boolean
})

const Fault = Schema.Struct({
  kind: Schema.Literals([
    "crash",
    "crash",
    "crash",
    "kill",
    "exit",
    "shutdown",
    "crash two",
    "crash two",
    "kill any",
    "shutdown any",
    "stop",
    "restart",
    "start",
    "time",
    "time"
  ]),
  target: upTo(100),
  other: upTo(100),
  millis: Schema.Literals([1, 999, 1_000, 1_000, 2_000, 10_000])
})

const Scenario = Schema.Struct({
  root: Node,
  nodes: Schema.Array(Node).check(Schema.isMaxLength(nodesMax)),
  faults: Schema.Array(Fault).check(Schema.isMaxLength(20)),
  /** What suspends. */
  suspends: Schema.Literals(["nothing", "nothing", "inits", "finalizers", "both"])
})
type Node = Omit<typeof Node.Type, "restarts"> & { readonly restarts: number }
type Scenario = typeof Scenario.Type

/** Reads a flat list of nodes as a tree; children come after their parent, in order. */
const treeOf = ({ nodes, root }: Scenario): NodeSpec => {
  type Draft = { readonly node: Node; readonly id: string; readonly depth: number; readonly children: Array<Draft> }
  const top: Draft = {
    node: { ...root, isSupervisor: true, restarts: root.restarts + 1 },
    id: "root",
    depth: 1,
    children: []
  }
  const supervisors = [top]
  for (const [index, node] of nodes.entries()) {
    const parent = supervisors[node.parent % supervisors.length]!
    const isSupervisor = node.isSupervisor && parent.depth < depthMax
    const draft: Draft = { node: { ...node, isSupervisor }, id: `n${index}`, depth: parent.depth + 1, children: [] }
    parent.children.push(draft)
    if (isSupervisor) supervisors.push(draft)
  }
  const finish = ({ children, id, node }: Draft): NodeSpec => ({
    ...leafOf(id, node),
    group: node.isSupervisor
      ? { strategy: node.strategy, restarts: node.restarts, within: node.within, children: children.map(finish) }
      : undefined
  })
  return finish(top)
}

const leafOf = (id: string, node: Node): NodeSpec => ({
  id,
  restart: node.restart,
  budget:
    node.budget === "none"
      ? undefined
      : { restarts: node.budgetRestarts, within: node.budgetWithin, onExceeded: node.budget },
  backoff: node.waits === 0 ? undefined : { millis: node.waitMillis, times: node.waits },
  failAt: node.isSupervisor ? [] : node.failAt,
  named: node.isNamed,
  group: undefined
})

// --- the tree under test ---------------------------------------------------------------------------------------------

type Registry = ProcessRegistry.ProcessRegistry
type Leaf = Supervisor.ChildSpec<Entries, Registry>
type Group = Supervisor.ChildSpec<Supervisor.Protocol, Registry>

/** The tree that runs, and beside it the model of what it is to do. */
class World {
  readonly log = new Log()
  readonly model: Model
  /** Where a child belongs. */
  readonly parents = new Map<string, string>()
  private readonly leaves = new Map<string, Leaf>()
  private readonly groups = new Map<string, Group>()
  private readonly dynamic = new Map<string, NodeSpec>()
  private readonly scenario: Scenario
  readonly spec: NodeSpec

  constructor(scenario: Scenario) {
    this.scenario = scenario
    this.spec = treeOf(scenario)
    this.model = new Model(this.spec)
  }

  get suspended(): boolean {
    return this.scenario.suspends !== "nothing"
  }

  /** Several turns: a suspended finalizer of each of some nested children may take one. */
  get settled(): Effect.Effect<void> {
    return this.suspended ? Effect.asVoid(Effect.repeat(turns, { times: 11 })) : turns
  }

  private pause(what: "inits" | "finalizers"): Effect.Effect<void> {
    const { suspends } = this.scenario
    return suspends === what || suspends === "both" ? Effect.yieldNow : Effect.void
  }

  leaf(spec: NodeSpec): Leaf {
    const { failAt, id, named } = spec
    const live = worker(this.log, id, {
      init: (n) => Effect.andThen(this.pause("inits"), failAt.includes(n) ? Effect.fail("planned") : Effect.void),
      onStop: this.pause("finalizers")
    })
    const options = optionsOf(spec)
    const leaf = named
      ? Supervisor.child(live, { ...options, name: ProcessRegistry.name(live, id) })
      : Supervisor.child(live, options)
    this.leaves.set(id, leaf)
    return leaf
  }

  group(spec: NodeSpec): Process.Process<Supervisor.Protocol, void, unknown, Registry> {
    const { restarts, strategy, within } = spec.group!
    const children = spec.group!.children.map((child): Supervisor.AnyChildSpec<Registry> => {
      this.parents.set(child.id, spec.id)
      if (child.group === undefined) return this.leaf(child)
      const process = this.group(child)
      const group: Group = child.named
        ? Supervisor.child(process, { ...optionsOf(child), name: ProcessRegistry.name(process, child.id) })
        : Supervisor.child(process, optionsOf(child))
      this.groups.set(child.id, group)
      return group
    })
    return Supervisor.make({ name: spec.id, strategy, intensity: { restarts, within }, children })
  }

  /** A leaf that is started later, one of three for each supervisor. */
  latecomer(parent: string, slot: number): NodeSpec {
    const id = `d${slot}-${parent}`
    const known = this.dynamic.get(id)
    if (known !== undefined) return known
    const node = this.scenario.nodes[slot] ?? this.scenario.root
    const spec = leafOf(id, { ...node, isSupervisor: false })
    this.dynamic.set(id, spec)
    this.parents.set(id, parent)
    return spec
  }

  leafSpec(spec: NodeSpec): Leaf {
    return this.leaves.get(spec.id) ?? this.leaf(spec)
  }

  get leafIds(): Array<string> {
    return [...this.leaves.keys()]
  }

  get groupIds(): Array<string> {
    return [...this.groups.keys(), "root"]
  }

  supervisor(root: Supervisor.SupervisorRef, id: string): Effect.Effect<Supervisor.SupervisorRef> {
    if (id === "root") return Effect.succeed(root)
    return Effect.flatMap(this.supervisor(root, this.parents.get(id)!), (parent) =>
      Effect.map(Supervisor.lookupChild(parent, this.groups.get(id)!), (ref) => ref!)
    )
  }

  worker(root: Supervisor.SupervisorRef, id: string): Effect.Effect<Ref> {
    return Effect.flatMap(this.supervisor(root, this.parents.get(id)!), (parent) =>
      Effect.map(Supervisor.lookupChild(parent, this.leaves.get(id)!), (ref) => ref!)
    )
  }
}

const optionsOf = ({ backoff, budget, id, restart }: NodeSpec) => ({
  id,
  restart,
  budget,
  backoff: backoff && Schedule.spaced(backoff.millis).pipe(Schedule.upTo({ times: backoff.times }))
})

const seenOf = (children: ReadonlyArray<Supervisor.ChildInfo>): ReadonlyArray<Seen> =>
  children.map(({ children, id, restarts, status }) => {
    const seen = { id, status, restarts }
    return children === undefined ? seen : { ...seen, children: seenOf(children) }
  })

const choose = (from: ReadonlyArray<string>, index: number): string | undefined => from[index % from.length]

// --- faults ----------------------------------------------------------------------------------------------------------

const exits = { crash: "crashed", kill: "killed", exit: "normal", shutdown: "shutdown" } as const

/** What comes next is nobody's promise: the scenario ends here. */
class Unspecified extends Data.TaggedError("Unspecified") {}

/** Lets one fault happen, to the tree and to the model. */
const strike = (world: World, root: Supervisor.SupervisorRef, fault: typeof Fault.Type) =>
  Effect.gen(function* () {
    const { model } = world
    const running = (ids: ReadonlyArray<string>) => ids.filter((id) => model.isRunning(id))
    const { kind } = fault
    switch (kind) {
      case "crash":
      case "kill":
      case "exit":
      case "shutdown": {
        const id = choose(running(world.leafIds), fault.target)
        if (id === undefined) return
        const ref = yield* world.worker(root, id)
        yield* endings[kind](ref)
        return model.end([{ id, exit: exits[kind] }])
      }
      case "crash two": {
        const leaves = running(world.leafIds)
        const one = choose(leaves, fault.target)
        const other = choose(leaves, fault.other)
        // With inits that suspend, who comes first is nobody's promise.
        if (one === undefined || other === undefined || one === other || world.suspended) return
        const refs = [yield* world.worker(root, one), yield* world.worker(root, other)]
        for (const ref of refs) yield* Effect.orDie(ref.cast("Crash"))
        return model.end([one, other].map((id) => ({ id, exit: "crashed" as const })))
      }
      case "kill any":
      case "shutdown any": {
        const id = choose(running(world.groupIds), fault.target)
        if (id === undefined) return
        const ref = yield* world.supervisor(root, id)
        yield* kind === "kill any" ? Process.kill(ref) : Process.stop(ref)
        return model.end([{ id, exit: kind === "kill any" ? "killed" : "shutdown" }])
      }
      case "stop":
      case "restart": {
        const id = choose(
          [...world.parents.keys()].filter((id) => model.find(id) !== undefined),
          fault.target
        )
        if (id === undefined) return
        const parent = yield* world.supervisor(root, world.parents.get(id)!)
        if (kind === "stop") yield* Effect.orDie(Supervisor.stopChild(parent, id))
        else yield* Effect.ignore(Supervisor.restartChild(parent, id))
        return model[kind](id)
      }
      case "start": {
        const parent = choose(running(world.groupIds), fault.other)!
        const spec = world.latecomer(parent, fault.target % 3)
        const supervisor = yield* world.supervisor(root, parent)
        const exit = yield* Effect.exit(Supervisor.startChild(supervisor, world.leafSpec(spec)))
        return assert.strictEqual(Exit.isSuccess(exit), model.add(parent, spec) === "added")
      }
      case "time": {
        const until = model.now + fault.millis
        // From one end of a wait to the next, so that both clocks say the same when it matters.
        for (let due = model.nextDue(until); due !== undefined && model.isAlive; due = model.nextDue(until)) {
          if (model.isRace(due)) return yield* new Unspecified()
          yield* TestClock.adjust(due - model.now)
          yield* world.settled
          model.moveTo(due)
        }
        yield* TestClock.adjust(until - model.now)
        return model.moveTo(until)
      }
    }
  })

const agree = (world: World, root: Supervisor.SupervisorRef) =>
  Effect.gen(function* () {
    const { log, model } = world
    assert.deepStrictEqual(log.take(), model.log.splice(0))
    assert.strictEqual(yield* Process.isAlive(root), model.isAlive)
    assert.deepStrictEqual(seenOf(yield* Supervisor.tree(root)), model.isAlive ? model.seen() : [])
    assert.strictEqual(yield* names, model.isAlive ? model.names : 0)
  })

const names = ProcessRegistry.ProcessRegistry.use((registry) => Effect.orDie(registry.count()))

const holds = (scenario: Scenario) =>
  Effect.gen(function* () {
    const world = new World(scenario)
    // Closed also where the tree and the model disagree: that is what is to be read then, not what was left behind.
    const scope = yield* Effect.acquireRelease(Scope.make(), (scope, exit) => Scope.close(scope, exit))
    const root = yield* Effect.orDie(Scope.provide(Supervisor.start(world.group(world.spec)), scope))
    assert.isTrue(world.model.start())
    yield* agree(world, root)
    for (const fault of scenario.faults) {
      if (!world.model.isAlive) break
      yield* strike(world, root, fault)
      yield* world.settled
      yield* agree(world, root)
    }
    yield* Scope.close(scope, Exit.void)
    if (world.model.isAlive) world.model.end([{ id: "root", exit: "shutdown" }])
    yield* agree(world, root)
    return true
  }).pipe(
    Effect.catchTag("Unspecified", () => Effect.succeed(true)),
    Effect.scoped,
    (run) =>
      Effect.contextWith((services: Context.Context<Registry>) =>
        expectNoLeaks(run, { counts: { names: Effect.provideContext(names, services) } })
      ),
    Effect.provide([TestClock.layer(), Layer.fresh(ProcessRegistry.layerMemory), Logger.layer([])])
  )

describe("P1, P2", () => {
  law(
    "a random tree under random faults does what the model of supervision says, and leaves nothing behind",
    campaign(2_000, 50_000),
    Arbitrary.schema(Scenario),
    holds
  )
})
