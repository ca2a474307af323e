import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Random, Ref, Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import * as Process from "../../src/process/Process.ts"
import * as Simulation from "../../src/testing/Simulation.ts"
import { hundred, Log, ten, withLog } from "./log.ts"

const now = Clock.currentTimeMillis

describe("the virtual network", () => {
  it.effect("a call takes the links' time there and back", () =>
    withLog({ network: { delay: "30 millis" } }, ({ write }) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* write(7), 1)
        assert.strictEqual(yield* now, 60)
      })
    )
  )

  it.effect("delays are drawn between their bounds", () =>
    withLog({ network: { delay: { min: "10 millis", max: "20 millis" } } }, ({ write }) =>
      Effect.gen(function* () {
        const took = new Set<number>()
        for (const n of hundred) {
          const before = yield* now
          yield* write(n)
          took.add((yield* now) - before)
        }
        assert.isTrue(Math.min(...took) >= 20 && Math.max(...took) <= 40 && took.size > 10, [...took].join())
      })
    )
  )

  it.effect("a lost message ends in the caller's timeout, at its virtual time", () =>
    withLog({ network: { loss: 1 } }, ({ write, written }) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* Effect.flip(write(1)))._tag, "CallTimeout")
        assert.strictEqual(yield* now, 5000)
        assert.deepStrictEqual(written, [])
      })
    )
  )

  it.effect("loss strikes with about its probability, and leaves the rest in order", () =>
    withLog({ network: { loss: 0.3 } }, ({ castAll, sim, written }) =>
      Effect.gen(function* () {
        yield* castAll(hundred)
        yield* sim.settle
        assert.isTrue(written.length > 50 && written.length < 90, `${written.length} of 100 arrived`)
        assert.deepStrictEqual(
          written,
          written.toSorted((a, b) => a - b)
        )
      })
    )
  )

  it.effect("a repeated message is handled twice and answered once", () =>
    withLog({ network: { duplicate: 1 } }, ({ sim, write, written }) =>
      Effect.gen(function* () {
        yield* write(7)
        yield* sim.settle
        assert.deepStrictEqual(written, [7, 7])
      })
    )
  )

  it.effect("a link keeps the order of its messages", () =>
    withLog({ network: { delay: { min: 1, max: 500 } } }, ({ castAll, sim, written }) =>
      Effect.gen(function* () {
        yield* castAll(hundred)
        yield* sim.settle
        assert.deepStrictEqual(written, hundred)
      })
    )
  )

  it.effect("reordering lets messages overtake one another and loses none", () =>
    withLog({ network: { delay: { min: 1, max: 500 }, reorder: 0.5 } }, ({ castAll, sim, written }) =>
      Effect.gen(function* () {
        yield* castAll(hundred)
        yield* sim.settle
        assert.notDeepEqual(written, hundred)
        assert.deepStrictEqual(
          written.toSorted((a, b) => a - b),
          hundred
        )
      })
    )
  )

  it.effect("a partition loses what is sent and what is on its way; healed links carry again", () =>
    withLog({ network: { delay: "100 millis" } }, ({ castAll, sim, write, written }) =>
      Effect.gen(function* () {
        yield* castAll([1])
        yield* sim.adjust("50 millis")
        yield* sim.partition(["a"], ["b", "c"])
        yield* castAll([2])
        assert.strictEqual((yield* Effect.flip(write(3)))._tag, "CallTimeout")
        yield* sim.heal()
        yield* write(4)
        assert.deepStrictEqual(written, [4])
      })
    )
  )

  it.effect("a one-way partition lets requests through and loses their answers", () =>
    withLog({}, ({ sim, write, written }) =>
      Effect.gen(function* () {
        yield* sim.partition(["a"], ["b"], { oneWay: true })
        assert.strictEqual((yield* Effect.flip(write(1)))._tag, "CallTimeout")
        assert.deepStrictEqual(written, [1])
      })
    )
  )

  it.effect("an isolated node reaches nobody while the others go on; healing some nodes joins those", () =>
    withLog({}, ({ ref, sim, write }) =>
      Effect.gen(function* () {
        const fromC = sim.node("c").run(sim.node("a").address(ref, "c").call("Write", { n: 9 }))
        yield* sim.isolate("b")
        assert.strictEqual((yield* Effect.flip(write(1)))._tag, "CallTimeout")
        assert.strictEqual(yield* fromC, 1)
        yield* sim.heal(["a", "b"])
        assert.strictEqual(yield* write(2), 2)
      })
    )
  )

  it.effect("the quality of single links can change", () =>
    withLog({ network: { delay: 1 } }, ({ sim, write }) =>
      Effect.gen(function* () {
        yield* sim.setNetwork({ delay: "2 seconds" }, { from: ["b"], to: ["a"] })
        yield* write(1)
        assert.strictEqual(yield* now, 2001)
      })
    )
  )

  it.effect("typed errors, crashes and full mailboxes come back as their errors", () =>
    withLog({}, ({ remote, sim }) =>
      Effect.gen(function* () {
        const b = sim.node("b")
        assert.strictEqual(yield* Effect.flip(b.run(remote.call("Refuse"))), "no")
        const crashed = yield* Effect.flip(b.run(remote.call("Crash")))
        assert.strictEqual(crashed._tag, "ProcessCrashed")
        const dead = yield* Effect.flip(b.run(remote.call("Write", { n: 1 })))
        assert.strictEqual(dead._tag, "ProcessDead")
      })
    )
  )

  it.effect("interruptOnTimeout reaches the handler over the network", () =>
    withLog({}, ({ remote, sim, written }) =>
      Effect.gen(function* () {
        const patient = { timeout: "1 second", interruptOnTimeout: true } as const
        yield* Effect.flip(sim.node("b").run(remote.call("Slow", { millis: 60_000 }, patient)))
        yield* sim.settle
        assert.deepStrictEqual(written, [-1])
        assert.isTrue((yield* now) < 2000)
      })
    )
  )

  it.effect("gather over the network counts the unreachable as silent", () =>
    withLog({}, ({ ref, sim }) =>
      Effect.gen(function* () {
        const other = yield* sim.node("c").run(Process.start(Log, []))
        const unreachable = sim.node("c").address(other, "b")
        yield* sim.isolate("c")
        const gathered = yield* sim
          .node("b")
          .run(Process.gather([sim.node("a").address(ref, "b"), unreachable], "Write", { n: 1 }))
        assert.deepStrictEqual(
          gathered.replies.map((reply) => reply.value),
          [1]
        )
        assert.deepStrictEqual(gathered.silent, [unreachable])
      })
    )
  )

  it.effect("values are shared between nodes, or copied where asked for, at the moment of their sending", () => {
    const keep = (copy: Simulation.Options["copy"]) =>
      withLog({ copy }, ({ remote, sim }) =>
        Effect.gen(function* () {
          const sent = [1, 2, 3]
          const call = yield* Effect.forkChild(sim.node("b").run(remote.call("Keep", { values: sent })))
          yield* sim.adjust(0)
          sent.push(4)
          return { sent, kept: yield* Fiber.join(call) }
        })
      )
    return Effect.gen(function* () {
      const shared = yield* keep(undefined)
      assert.strictEqual(shared.kept, shared.sent)
      const copied = yield* keep(structuredClone)
      assert.deepStrictEqual(copied.kept, [1, 2, 3])
      assert.notStrictEqual(copied.kept, copied.sent)
    })
  })

  it.effect("a circle of calls over two nodes is told as one", () =>
    Simulation.run({ seed: 1, nodes: ["a", "b"] }, (sim) =>
      Effect.gen(function* () {
        const ping = yield* pingPong(sim)
        const error = yield* Effect.flip(sim.node("a").run(ping.call("Bounce", { times: 2 })))
        assert.match(String(error), /wait for itself: ping#1 -> pong#1 -> ping#1@a/)
      })
    )
  )
})

describe("nodes", () => {
  it.effect("a paused node runs no handler and no timer; afterwards it sees the time that has passed", () =>
    withLog({ network: { delay: 1 } }, ({ castAll, sim, written }) =>
      Effect.gen(function* () {
        const woke = yield* Ref.make(0)
        const sleeper = Effect.andThen(
          Effect.sleep("10 seconds"),
          Effect.flatMap(now, (at) => Ref.set(woke, at))
        )
        yield* sim.node("a").run(Effect.forkScoped(sleeper))
        yield* sim.adjust(1)
        yield* sim.pause("a")
        yield* castAll(ten)
        yield* sim.adjust(59_999)
        assert.deepStrictEqual(written, [])
        assert.strictEqual(yield* Ref.get(woke), 0)
        yield* sim.resume("a")
        yield* sim.adjust(1)
        assert.deepStrictEqual(written, ten)
        assert.strictEqual(yield* Ref.get(woke), 60_000)
      })
    )
  )

  it.effect("what was about to run when the pause began waits for its end", () =>
    Effect.forEach(hundred, (seed) =>
      withLog({ seed }, ({ ref, sim, written }) =>
        Effect.gen(function* () {
          yield* sim.node("a").run(Effect.forEach(ten, (n) => ref.cast("Write", { n }), { discard: true }))
          yield* sim.pause("a")
          const before = (yield* sim.trace).length
          yield* sim.adjust("1 minute")
          assert.deepStrictEqual((yield* sim.trace).slice(before), [])
          yield* sim.resume("a")
          yield* sim.adjust(1)
          assert.deepStrictEqual(written, ten)
        })
      )
    )
  )

  it.effect("a paused node does not even run a fiber that somebody else wakes", () =>
    Simulation.run({ seed: 1, nodes: ["a"] }, (sim) =>
      Effect.gen(function* () {
        let ran = false
        const fiber = yield* sim.node("a").run(
          Effect.forkScoped(
            Effect.onInterrupt(Effect.never, () =>
              Effect.sync(() => {
                ran = true
              })
            )
          )
        )
        yield* sim.adjust(1)
        yield* sim.pause("a")
        fiber.interruptUnsafe()
        yield* sim.adjust("1 minute")
        assert.isFalse(ran)
        yield* sim.resume("a")
        yield* sim.adjust(1)
        assert.isTrue(ran)
      })
    )
  )

  it.effect("a crash takes everything of the node, finalizers too; callers time out and `run` says so", () =>
    withLog({}, ({ remote, sim, written }) =>
      Effect.gen(function* () {
        let finalized = false
        const finalizer = Effect.addFinalizer(() =>
          Effect.sync(() => {
            finalized = true
          })
        )
        const onA = yield* Effect.forkChild(sim.node("a").run(Effect.andThen(finalizer, Effect.never)))
        const slow = yield* Effect.forkChild(sim.node("b").run(remote.call("Slow", { millis: 1000 })))
        yield* sim.adjust("100 millis")
        yield* sim.crash("a")
        assert.deepStrictEqual(yield* Fiber.await(onA), Exit.fail(new Simulation.NodeDown({ node: "a" })))
        assert.strictEqual((yield* Effect.flip(Fiber.join(slow)))._tag, "CallTimeout")
        assert.deepStrictEqual([finalized, written], [false, []])
        assert.isFalse(sim.node("a").isUp)
        assert.strictEqual((yield* Effect.flip(sim.node("a").run(Effect.void)))._tag, "NodeDown")
      })
    )
  )

  it.effect("a restart runs the boots again; named processes are found in the new life, old refs are dead", () =>
    Simulation.run({ seed: 1, nodes: ["a", "b"] }, (sim) =>
      Effect.gen(function* () {
        const disk: Array<number> = []
        const [a, b] = [sim.node("a"), sim.node("b")]
        const refs: Array<Process.ProcessRef<never>> = []
        yield* a.boot(
          Effect.gen(function* () {
            const log = yield* Process.start(Log, disk)
            refs.push(log as never)
            yield* a.expose("log", log)
          })
        )
        const named = a.remote("log", Log, "b")
        const old = a.address(refs[0] as never, "b") as typeof named
        assert.strictEqual(yield* b.run(named.call("Write", { n: 1 })), 1)
        yield* sim.crash("a")
        assert.strictEqual((yield* Effect.flip(b.run(named.call("Write", { n: 2 }))))._tag, "CallTimeout")
        yield* sim.restart("a")
        assert.strictEqual(yield* b.run(named.call("Write", { n: 3 })), 2)
        assert.strictEqual((yield* Effect.flip(b.run(old.call("Write", { n: 4 }))))._tag, "ProcessDead")
        const unknown = a.remote("nothing", Log, "b")
        assert.strictEqual((yield* Effect.flip(b.run(unknown.call("Write", { n: 4 }))))._tag, "ProcessDead")
      })
    )
  )

  it.effect("an orderly stop closes what the node holds, in the node's own time", () =>
    Simulation.run({ seed: 1, nodes: ["a"] }, (sim) =>
      Effect.gen(function* () {
        let closed = 0
        const finalizer = Effect.andThen(
          Effect.sleep("3 seconds"),
          Effect.map(now, (at) => {
            closed = at
          })
        )
        yield* sim.node("a").run(Effect.addFinalizer(() => finalizer))
        yield* sim.stop("a")
        assert.strictEqual(closed, 3000)
      })
    )
  )

  it.effect("clocks can be off and run at another rate", () =>
    Simulation.run({ seed: 1, nodes: ["a", "b"], clocks: { b: { offset: 500, rate: 1.5 } } }, (sim) =>
      Effect.gen(function* () {
        yield* sim.node("b").run(Effect.sleep("30 seconds"))
        assert.strictEqual(yield* now, 20_000)
        assert.strictEqual(yield* sim.node("a").run(now), 20_000)
        assert.strictEqual(yield* sim.node("b").run(now), 30_500)
      })
    )
  )

  it.effect("chance on a node follows the seed", () =>
    Effect.gen(function* () {
      const draw = (seed: number) =>
        Simulation.run({ seed, nodes: ["a", "b"] }, (sim) =>
          Effect.forEach(sim.nodes, (node) => node.run(Random.nextInt))
        )
      assert.deepStrictEqual(yield* draw(3), yield* draw(3))
      assert.notDeepEqual(yield* draw(3), yield* draw(4))
    })
  )
})

class Bounce extends Rpc.make("Bounce", { payload: { times: Schema.Int }, error: Schema.String }) {}

/** Passes on to its peer what it gets, as often as it is told. */
const bouncer = (name: string, peer: () => Process.Address<typeof Bounce>) =>
  Process.make({
    name,
    protocol: RpcGroup.make(Bounce),
    init: () => Effect.void,
    handlers: {
      Bounce: ({ times }) =>
        times === 0 ? Effect.void : Effect.mapError(peer().call("Bounce", { times: times - 1 }), String)
    }
  })

/** Two processes on two nodes that call one another. */
const pingPong = (sim: Simulation.Simulation) =>
  Effect.gen(function* () {
    const peers = new Map<string, Process.Address<typeof Bounce>>()
    const ping = yield* sim.node("a").run(Process.start(bouncer("ping", () => peers.get("pong")!)))
    const pong = yield* sim.node("b").run(Process.start(bouncer("pong", () => peers.get("ping")!)))
    peers.set("pong", sim.node("b").address(pong, "a"))
    peers.set("ping", sim.node("a").address(ping, "b"))
    return ping
  })
