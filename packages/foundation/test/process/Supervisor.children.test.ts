/** Children that come and go, what can be read and watched of a tree, the names of children, and the tree as a layer. */
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Layer, Option, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Process from "../../src/process/Process.ts"
import * as Supervisor from "../../src/process/Supervisor.ts"
import * as ProcessRegistry from "../../src/registry/ProcessRegistry.ts"
import { expectNoLeaks } from "../../src/testing/expectNoLeaks.ts"
import {
  crash,
  type Entries,
  exit,
  kill,
  Log,
  Protocol,
  type Ref,
  startFamily,
  statuses,
  worker
} from "./supervised.ts"
import { clean, turns } from "./worker.ts"

const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

const empty = (options?: Omit<Parameters<typeof Supervisor.make>[0], "name" | "children">) =>
  Supervisor.start(Supervisor.make({ name: "root", ...options }))

describe("dynamic children", () => {
  clean("startChild waits for the init, and the child joins the end of the order", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { supervisor } = yield* startFamily(log, ["a"])
      const slow = Supervisor.child(worker(log, "b", { init: () => Effect.sleep(10) }))
      const starting = yield* fork(Supervisor.startChild(supervisor, slow))
      yield* TestClock.adjust(9)
      assert.isUndefined(starting.pollUnsafe())
      assert.deepStrictEqual(yield* statuses(supervisor), ["a running", "b starting"])
      yield* TestClock.adjust(1)
      const ref = yield* Fiber.join(starting)
      assert.strictEqual(yield* ref.call("Ping"), 1)
      log.take()
      yield* Process.stop(supervisor)
      assert.deepStrictEqual(log.take(), ["-b", "-a"])
    })
  )

  clean("a duplicate id is refused, and the child that has it untouched", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* startFamily(log, ["a"])
      const error = yield* Effect.flip(Supervisor.startChild(supervisor, Supervisor.child(worker(log, "a"))))
      assert.instanceOf(error, Supervisor.ChildExists)
      assert.deepStrictEqual(log.take(), ["+a"])
      assert.strictEqual(yield* refs[0]!.call("Ping"), 1)
    })
  )

  clean("a child that does not start leaves nothing, and its id is free", () =>
    Effect.gen(function* () {
      const log = new Log()
      const supervisor = yield* empty()
      const spec = Supervisor.child(worker(log, "a", { init: (n) => (n === 1 ? Effect.fail("no") : Effect.void) }))
      assert.instanceOf(yield* Effect.flip(Supervisor.startChild(supervisor, spec)), Supervisor.ChildStartFailed)
      assert.deepStrictEqual(yield* statuses(supervisor), [])
      yield* Supervisor.startChild(supervisor, spec)
      assert.deepStrictEqual(yield* statuses(supervisor), ["a running"])
    })
  )

  clean("stopChild and restartChild of an id that nobody has are refused", () =>
    Effect.gen(function* () {
      const supervisor = yield* empty()
      for (const refused of [Supervisor.stopChild(supervisor, "x"), Supervisor.restartChild(supervisor, "x")]) {
        const error = yield* Effect.flip(refused)
        assert.instanceOf(error, Supervisor.ChildNotFound)
        assert.match(error.message, /^"root#\d+" has no child "x"$/)
      }
    })
  )

  clean("restartChild keeps the ref and the place, restarts nobody else, and counts against no budget", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* startFamily(log, ["a", "b"], {
        strategy: "one_for_all",
        intensity: { restarts: 0 }
      })
      log.take()
      for (let n = 0; n < 5; n++) yield* Supervisor.restartChild(supervisor, "a")
      assert.deepStrictEqual(log.take(), Array.from({ length: 5 }, () => ["-a", "+a"]).flat())
      assert.strictEqual(yield* refs[0]!.call("Ping"), 6)
      const [first] = yield* Supervisor.tree(supervisor)
      assert.strictEqual(first!.id, "a")
      assert.strictEqual(first!.restarts, 0)
    })
  )

  clean("restartChild of a child whose init now fails removes it", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* startFamily(log, ["a"], {
        of: () => ({ init: (n) => (n > 1 ? Effect.fail("no disk") : Effect.void) })
      })
      const error = yield* Effect.flip(Supervisor.restartChild(supervisor, "a"))
      assert.match(error.message, /^child "a" did not start: "?no disk"?$/)
      assert.deepStrictEqual(yield* statuses(supervisor), [])
      assert.isFalse(yield* Process.isAlive(refs[0]!))
    })
  )

  clean("restartChild of a given-up child starts it anew: new ref, new budget, its old place", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, specs, supervisor } = yield* startFamily(log, ["a", "b"], {
        of: (name) => (name === "a" ? { budget: { restarts: 1, onExceeded: "give-up" } } : {})
      })
      for (let n = 0; n < 2; n++) yield* crash(refs[0]!)
      assert.deepStrictEqual(yield* statuses(supervisor), ["a gave-up", "b running"])
      yield* Supervisor.restartChild(supervisor, "a")
      assert.deepStrictEqual(yield* statuses(supervisor), ["a running", "b running"])
      const again = (yield* Supervisor.lookupChild(supervisor, specs[0]!))!
      assert.notStrictEqual(again, refs[0])
      yield* crash(again)
      assert.deepStrictEqual(yield* statuses(supervisor), ["a running", "b running"])
      yield* crash(again)
      assert.deepStrictEqual(yield* statuses(supervisor), ["a gave-up", "b running"])
    })
  )

  clean("startChild may take the id of a given-up child", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, specs, supervisor } = yield* startFamily(log, ["a"], {
        of: () => ({ budget: { restarts: 0, onExceeded: "give-up" } })
      })
      yield* crash(refs[0]!)
      const again = yield* Supervisor.startChild(supervisor, specs[0]!)
      assert.strictEqual(yield* again.call("Ping"), 2)
      assert.deepStrictEqual(yield* statuses(supervisor), ["a running"])
    })
  )

  clean("a child may stop itself: after its handler at work, with its caller answered and its resources released", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* startFamily(log, ["a", "b"])
      log.take()
      const work = Effect.orDie(Supervisor.stopChild(supervisor, "a")).pipe(
        Effect.andThen(turns),
        Effect.andThen(log.add("still at work"))
      )
      const ended = yield* Process.monitor(refs[0]!)
      yield* refs[0]!.call("Run", { work })
      assert.deepStrictEqual(yield* ended, { _tag: "Shutdown" })
      yield* turns
      assert.deepStrictEqual(log.take(), ["still at work", "-a"])
      assert.deepStrictEqual(yield* statuses(supervisor), ["b running"])
      assert.isFalse(yield* Process.isAlive(refs[0]!))
    })
  )

  clean("a child may restart itself: the next incarnation begins after the end of this one", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* startFamily(log, ["a"], { intensity: { restarts: 0 } })
      log.take()
      const work = Effect.andThen(Effect.orDie(Supervisor.restartChild(supervisor, "a")), log.add("still at work"))
      yield* refs[0]!.call("Run", { work })
      assert.strictEqual(yield* refs[0]!.call("Ping"), 2)
      assert.deepStrictEqual(log.take(), ["still at work", "-a", "+a"])
      assert.deepStrictEqual(yield* statuses(supervisor), ["a running"])
    })
  )

  clean("a child that has asked to be stopped is not started again with its group", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* startFamily(log, ["a", "b"], { strategy: "one_for_all" })
      const work = Effect.andThen(Effect.orDie(Supervisor.stopChild(supervisor, "a")), Effect.sleep(10))
      const running = yield* fork(refs[0]!.call("Run", { work }))
      yield* turns
      yield* crash(refs[1]!)
      yield* TestClock.adjust(10)
      yield* turns
      yield* Fiber.join(running)
      assert.deepStrictEqual(yield* statuses(supervisor), ["b running"])
      assert.deepStrictEqual(log.take(), ["+a", "+b", "-b", "-a", "+b"])
    })
  )

  clean("a child may start a sibling", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* startFamily(log, ["a"])
      const sibling = Supervisor.child(worker(log, "b"))
      yield* refs[0]!.call("Run", { work: Effect.orDie(Supervisor.startChild(supervisor, sibling)) })
      assert.deepStrictEqual(yield* statuses(supervisor), ["a running", "b running"])
    })
  )

  clean("calls to a supervisor that has ended fail, and it has no children", () =>
    Effect.gen(function* () {
      const { specs, supervisor } = yield* startFamily(new Log(), ["a"])
      yield* Process.stop(supervisor)
      assert.strictEqual((yield* Effect.flip(Supervisor.startChild(supervisor, specs[0]!)))._tag, "ProcessDead")
      assert.deepStrictEqual(yield* Supervisor.tree(supervisor), [])
      assert.deepStrictEqual(yield* Supervisor.countChildren(supervisor), { children: 0, running: 0 })
      assert.isUndefined(yield* Supervisor.lookupChild(supervisor, specs[0]!))
    })
  )

  clean(
    "K111, K113: one coordinator and w workers are w + 1; adding and removing counts; none is left at the end",
    () =>
      Effect.gen(function* () {
        for (const w of [1, 5, 20]) {
          const log = new Log()
          const names = ["coordinator", ...Array.from({ length: w }, (_, n) => `worker ${n}`)]
          const { supervisor } = yield* startFamily(log, names)
          assert.deepStrictEqual(yield* Supervisor.countChildren(supervisor), { children: w + 1, running: w + 1 })
          yield* Supervisor.startChild(supervisor, Supervisor.child(worker(log, "one more")))
          assert.strictEqual((yield* Supervisor.countChildren(supervisor)).running, w + 2)
          yield* Supervisor.stopChild(supervisor, "worker 0")
          assert.strictEqual((yield* Supervisor.countChildren(supervisor)).running, w + 1)
          yield* Process.stop(supervisor)
          const lines = log.take()
          const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length
          assert.deepStrictEqual([count("+"), count("-")], [w + 2, w + 2])
        }
      })
  )

  clean("K112: a killed coordinator is there again as another incarnation, its workers still there", () =>
    Effect.gen(function* () {
      const { refs, supervisor } = yield* startFamily(new Log(), ["coordinator", "w1", "w2", "w3"])
      yield* kill(refs[0]!)
      assert.deepStrictEqual(yield* Effect.forEach(refs, (ref) => ref.call("Ping")), [2, 1, 1, 1])
      yield* kill(refs[1]!)
      yield* kill(refs[2]!)
      assert.strictEqual((yield* Supervisor.countChildren(supervisor)).running, 4)
    })
  )
})

describe("a tree that can be read and watched", () => {
  const nested = (log: Log) =>
    Effect.gen(function* () {
      const a = Supervisor.child(worker(log, "a"))
      const inner = Supervisor.child(Supervisor.make({ name: "inner", children: [a] }), { restart: "transient" })
      const b = Supervisor.child(worker(log, "b"))
      const root = yield* Supervisor.start(Supervisor.make({ name: "root", children: [inner, b] }))
      const innerRef = (yield* Supervisor.lookupChild(root, inner))!
      const aRef: Ref = (yield* Supervisor.lookupChild(innerRef, a))!
      return { root, innerRef, aRef, a, b, inner }
    })

  clean("tree tells of nested children, restarts, incarnations, waiting messages and ages", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust(1000)
      const { aRef, root } = yield* nested(new Log())
      yield* TestClock.adjust(500)
      yield* crash(aRef)
      const hold = yield* fork(aRef.call("Run", { work: Effect.sleep(10) }))
      yield* aRef.cast("Note", { text: "waits" })
      const [inner, b] = yield* Supervisor.tree(root)
      assert.deepInclude(inner!, { id: "inner", status: "running", restart: "transient", startedAt: 1000, restarts: 0 })
      assert.deepInclude(b!, { id: "b", status: "running", restart: "permanent", incarnation: 1, queued: 0 })
      assert.isUndefined(b!.children)
      const [a] = inner!.children!
      assert.deepInclude(a!, { id: "a", label: aRef.label, incarnation: 2, restarts: 1, queued: 1, startedAt: 1500 })
      yield* TestClock.adjust(10)
      yield* Fiber.join(hold)
    })
  )

  clean("lookupChild finds the child of a specification, and none of another kind", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { a, aRef, inner, innerRef, root } = yield* nested(log)
      assert.strictEqual(yield* Supervisor.lookupChild(innerRef, a), aRef)
      assert.strictEqual(yield* Supervisor.lookupChild(root, inner), innerRef)
      assert.isUndefined(yield* Supervisor.lookupChild(root, a))
      assert.isUndefined(yield* Supervisor.lookupChild(innerRef, Supervisor.child(worker(log, "a"))))
      yield* Supervisor.stopChild(innerRef, "a")
      assert.isUndefined(yield* Supervisor.lookupChild(innerRef, a))
    })
  )

  clean("current is the nearest supervisor above a process, and none outside", () =>
    Effect.gen(function* () {
      const { aRef, innerRef } = yield* nested(new Log())
      assert.strictEqual(yield* aRef.call("Run", { work: Supervisor.current }), innerRef)
      assert.isUndefined(yield* Supervisor.current)
    })
  )

  const text = ({ _tag, path }: Supervisor.TreeEvent) => `${_tag} ${path.join("/")}`

  clean("changes tells in order what happens, with the path from the watched supervisor", () =>
    Effect.gen(function* () {
      const { aRef, innerRef, root } = yield* nested(new Log())
      const seen = { root: new Array<string>(), inner: new Array<string>() }
      const follow = (ref: Supervisor.SupervisorRef, into: Array<string>) =>
        fork(Stream.runForEach(Supervisor.changes(ref), (event) => Effect.sync(() => void into.push(text(event)))))
      const readers = [yield* follow(root, seen.root), yield* follow(innerRef, seen.inner)]
      yield* turns
      yield* crash(aRef)
      yield* Supervisor.stopChild(root, "b")
      yield* Supervisor.stopChild(innerRef, "a")
      yield* turns
      assert.deepStrictEqual(seen.inner, ["ChildEnded a", "ChildStarted a", "ChildEnded a", "ChildRemoved a"])
      assert.deepStrictEqual(seen.root, [
        "ChildEnded inner/a",
        "ChildStarted inner/a",
        "ChildEnded b",
        "ChildRemoved b",
        "ChildEnded inner/a",
        "ChildRemoved inner/a"
      ])
      yield* Effect.forEach(readers, Fiber.interrupt)
    })
  )

  clean(
    "changes tells of waits, of children given up, and of escalation; it follows the supervisor over its restarts",
    () =>
      Effect.gen(function* () {
        const log = new Log()
        const spec = Supervisor.child(worker(log, "a"), { budget: { restarts: 0, onExceeded: "give-up" } })
        const strict = Supervisor.child(worker(log, "b"))
        const inner = Supervisor.child(
          Supervisor.make({ name: "inner", intensity: { restarts: 0 }, children: [spec, strict] })
        )
        const root = yield* Supervisor.start(Supervisor.make({ name: "root", children: [inner] }))
        const innerRef = (yield* Supervisor.lookupChild(root, inner))!
        const seen: Array<string> = []
        const unlisten = Supervisor.onChangeUnsafe(innerRef, (event) => void seen.push(text(event)))
        yield* crash((yield* Supervisor.lookupChild(innerRef, spec))!)
        assert.deepStrictEqual(seen.splice(0), ["ChildEnded a", "ChildGaveUp a"])
        yield* crash((yield* Supervisor.lookupChild(innerRef, strict))!)
        assert.deepStrictEqual(seen.splice(0), ["ChildEnded b", "Escalated b", "ChildStarted a", "ChildStarted b"])
        unlisten()
        yield* crash((yield* Supervisor.lookupChild(innerRef, spec))!)
        assert.deepStrictEqual(seen, [])
      })
  )

  clean("a sibling that is slow to stop is told of as ended before it starts again", () =>
    Effect.gen(function* () {
      const log = new Log()
      let isSlow = true
      const onStop = Effect.suspend(() => (isSlow ? Effect.sleep(10) : Effect.void))
      const { refs, supervisor } = yield* startFamily(log, ["a", "b"], {
        strategy: "one_for_all",
        of: () => ({ onStop })
      })
      const seen: Array<string> = []
      const unlisten = Supervisor.onChangeUnsafe(supervisor, (event) => void seen.push(text(event)))
      yield* crash(refs[0]!)
      yield* TestClock.adjust(20)
      assert.deepStrictEqual(seen, ["ChildEnded a", "ChildEnded b", "ChildStarted a", "ChildStarted b"])
      unlisten()
      isSlow = false
    })
  )

  clean("a slow reader of changes misses the oldest, and the supervisor does not wait for it", () =>
    Effect.gen(function* () {
      const { refs, supervisor } = yield* startFamily(new Log(), ["a"], { intensity: { restarts: 10_000 } })
      const seen: Array<number> = []
      const reader = yield* fork(
        Stream.runForEach(Supervisor.changes(supervisor), (event) =>
          Effect.andThen(
            Effect.sync(() => void (event._tag === "ChildStarted" && seen.push(event.incarnation))),
            Effect.sleep(1)
          )
        )
      )
      yield* turns
      yield* Effect.repeat(crash(refs[0]!), { times: 1_999 })
      assert.strictEqual(yield* refs[0]!.call("Ping"), 2_001)
      yield* TestClock.adjust("1 minute")
      yield* Fiber.interrupt(reader)
      assert.strictEqual(seen.at(-1), 2_001)
      assert.isBelow(seen.length, 600)
      assert.isAbove(seen.length, 500)
    })
  )

  clean("watch begins with the tree as it stands and gives it again after each change", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* startFamily(log, ["a"])
      const seen: Array<string> = []
      const reader = yield* fork(
        Stream.runForEach(Supervisor.watch(supervisor), (tree) =>
          Effect.sync(() => void seen.push(tree.map(({ id, incarnation }) => `${id}${incarnation}`).join()))
        )
      )
      yield* turns
      assert.deepStrictEqual(seen.splice(0), ["a1"])
      yield* crash(refs[0]!)
      assert.strictEqual(seen.splice(0).at(-1), "a2")
      yield* Supervisor.startChild(supervisor, Supervisor.child(worker(log, "b")))
      yield* turns
      assert.deepStrictEqual(seen.splice(0), ["a2,b1"])
      yield* Supervisor.stopChild(supervisor, "a")
      yield* turns
      assert.strictEqual(seen.at(-1), "b1")
      yield* Fiber.interrupt(reader)
    })
  )
})

describe("names of children", () => {
  const registered = <E>(
    name: string,
    test: () => Effect.Effect<void, E, Scope.Scope | ProcessRegistry.ProcessRegistry>
  ) =>
    it.effect(name, () =>
      expectNoLeaks(Effect.scoped(Effect.provide(test(), Layer.fresh(ProcessRegistry.layerMemory))))
    )

  const lookup = (key: string) =>
    ProcessRegistry.ProcessRegistry.use((registry) =>
      registry.lookup(ProcessRegistry.name({ protocol: Protocol }, key))
    )

  const named = (log: Log, options?: Partial<Supervisor.ChildOptions<void>>, live?: Parameters<typeof worker>[2]) =>
    Effect.gen(function* () {
      const spec = worker(log, "a", live)
      const supervisor = yield* empty()
      const child = Supervisor.child(spec, { ...options, args: undefined, name: ProcessRegistry.name(spec, "main") })
      const ref = yield* Supervisor.startChild(supervisor, child)
      return { supervisor, ref, child }
    })

  registered("a name leads to the stable ref, before, between and after incarnations", () =>
    Effect.gen(function* () {
      let isSlow = true
      const onStop = Effect.suspend(() => (isSlow ? Effect.sleep(10) : Effect.void))
      const { ref } = yield* named(new Log(), {}, { onStop })
      assert.deepStrictEqual(yield* lookup("main"), Option.some(ref))
      yield* crash(ref)
      assert.deepStrictEqual(yield* lookup("main"), Option.some(ref))
      yield* TestClock.adjust(10)
      assert.strictEqual(yield* ref.call("Ping"), 2)
      assert.deepStrictEqual(yield* lookup("main"), Option.some(ref))
      isSlow = false
    })
  )

  registered("it is free when the child is stopped, exits for good, is given up, or the supervisor ends", () =>
    Effect.gen(function* () {
      const ends = [
        ({ supervisor }) => Supervisor.stopChild(supervisor, "a"),
        ({ ref }) => exit(ref),
        ({ ref }) => crash(ref),
        ({ supervisor }) => Process.stop(supervisor)
      ] satisfies Array<(made: Effect.Success<ReturnType<typeof named>>) => Effect.Effect<void, unknown>>
      for (const end of ends) {
        const made = yield* named(new Log(), {
          restart: "transient",
          budget: { restarts: 0, onExceeded: "give-up" }
        })
        assert.isTrue(Option.isSome(yield* lookup("main")))
        yield* Effect.orDie(end(made))
        assert.isTrue(Option.isNone(yield* lookup("main")))
      }
    })
  )

  registered("a child whose name is taken does not start, and the holder keeps it", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { ref } = yield* named(log)
      log.take()
      const error = yield* Effect.flip(named(log))
      assert.instanceOf(error, Supervisor.ChildStartFailed)
      assert.match(error.message, /^child "a" did not start: .*"main"/)
      assert.deepStrictEqual(log.take(), [])
      assert.deepStrictEqual(yield* lookup("main"), Option.some(ref))
    })
  )

  registered("a child whose init fails leaves its name free", () =>
    Effect.gen(function* () {
      yield* Effect.flip(named(new Log(), {}, { init: () => Effect.fail("no") }))
      assert.isTrue(Option.isNone(yield* lookup("main")))
    })
  )

  registered("a given-up child that is restarted has its name again", () =>
    Effect.gen(function* () {
      const { child, ref, supervisor } = yield* named(new Log(), { budget: { restarts: 0, onExceeded: "give-up" } })
      yield* crash(ref)
      yield* Supervisor.restartChild(supervisor, "a")
      const again = yield* Supervisor.lookupChild(supervisor, child)
      assert.deepStrictEqual(yield* lookup("main"), Option.some(again!))
      assert.notStrictEqual(again, ref)
    })
  )
})

describe("the tree as a layer", () => {
  class Root extends Context.Service<Root, Supervisor.SupervisorRef>()("test/Root") {}

  clean("closing the layer's scope stops the tree in reverse order", () =>
    Effect.gen(function* () {
      const log = new Log()
      const children = [Supervisor.child(worker(log, "a")), Supervisor.child(worker(log, "b"))]
      const live = Supervisor.layer(Root, Supervisor.make({ name: "root", children }))
      const use = Effect.andThen(Root, Supervisor.countChildren)
      assert.deepStrictEqual(yield* Effect.provide(use, live), { children: 2, running: 2 })
      assert.deepStrictEqual(log.take(), ["+a", "+b", "-b", "-a"])
    })
  )

  clean("layerDiscard runs a tree that nobody talks to", () =>
    Effect.gen(function* () {
      const log = new Log()
      const scope = yield* Scope.fork(yield* Effect.scope)
      const tree = Supervisor.make({ name: "root", children: [Supervisor.child(worker(log, "a"))] })
      yield* Layer.buildWithScope(Supervisor.layerDiscard(tree), scope)
      assert.deepStrictEqual(log.take(), ["+a"])
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(log.take(), ["-a"])
    })
  )

  clean("a layer whose tree does not start fails with the reason", () =>
    Effect.gen(function* () {
      const failing = worker(new Log(), "a", { init: () => Effect.fail("no") })
      const live = Supervisor.layer(Root, Supervisor.make({ name: "root", children: [Supervisor.child(failing)] }))
      const error = yield* Effect.flip(Effect.provide(Root, live))
      assert.strictEqual(error._tag, "ChildStartFailed")
    })
  )
})

describe("depth", () => {
  const nest = (depth: number): Process.Process<Supervisor.Protocol, void, unknown> => {
    let supervisor = Supervisor.make({ name: "s1" })
    for (let n = 2; n <= depth; n++) {
      supervisor = Supervisor.make({ name: `s${n}`, children: [Supervisor.child(supervisor)] })
    }
    return supervisor
  }

  clean("64 supervisors may be nested, one more is refused", () =>
    Effect.gen(function* () {
      const root = yield* Supervisor.start(nest(64))
      let depth = 0
      for (let level = yield* Supervisor.tree(root); level.length > 0; level = level[0]!.children!) depth++
      assert.strictEqual(depth, 63)
      let error = yield* Effect.flip(Supervisor.start(nest(65)))
      while (error instanceof Supervisor.ChildStartFailed) error = error.cause
      assert.instanceOf(error, Supervisor.SupervisionTooDeep)
      assert.match(error.message, /^"s1#\d+" would be nested deeper than 64 supervisors$/)
    })
  )
})

describe("types", () => {
  class Disk extends Context.Service<Disk, { readonly size: number }>()("test/Disk") {}
  class Net extends Context.Service<Net, { readonly speed: number }>()("test/Net") {}

  const onDisk = Process.make({ name: "d", protocol: Protocol, init: () => Disk, handlers: {} as never })
  const sized = Process.make({
    name: "s",
    protocol: Protocol,
    init: (size: number) => Effect.map(Net, ({ speed }) => size * speed),
    handlers: {} as never
  })

  it("a supervisor requires what its children require", () => {
    const make = () =>
      Supervisor.start(
        Supervisor.make({ name: "root", children: [Supervisor.child(onDisk), Supervisor.child(sized, { args: 1 })] })
      )
    expectTypeOf<Effect.Services<ReturnType<typeof make>>>().toEqualTypeOf<Disk | Net | Scope.Scope>()
    expectTypeOf<
      | Supervisor.ChildStartFailed
      | Supervisor.ChildExists
      | Supervisor.TooManyChildren
      | Supervisor.SupervisionTooDeep
      | Process.InitTimeout
      | Process.InitCrashed
    >().toExtend<Effect.Error<ReturnType<typeof make>>>()
  })

  it("so do startChild, and the registry for a child with a name", () => {
    const start = (root: Supervisor.SupervisorRef) => Supervisor.startChild(root, Supervisor.child(onDisk))
    expectTypeOf<Effect.Services<ReturnType<typeof start>>>().toEqualTypeOf<Disk>()
    const spec = () => Supervisor.child(onDisk, { name: ProcessRegistry.name(onDisk, "disk") })
    expectTypeOf<ReturnType<typeof spec>>().toEqualTypeOf<
      Supervisor.ChildSpec<Entries, Disk | ProcessRegistry.ProcessRegistry>
    >()
  })

  it("arguments are required where init takes some, and refused where it takes none", () => {
    // @ts-expect-error init takes a number
    const missing = () => Supervisor.child(sized)
    // @ts-expect-error init takes nothing
    const superfluous = () => Supervisor.child(onDisk, { args: 1 })
    assert.isFunction(missing)
    assert.isFunction(superfluous)
  })
})
