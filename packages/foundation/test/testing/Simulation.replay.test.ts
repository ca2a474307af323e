import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Queue, Random, Semaphore } from "effect"
import * as Process from "../../src/process/Process.ts"
import * as Simulation from "../../src/testing/Simulation.ts"
import { hundred, Log, ten, withLog } from "./log.ts"

const nodes = ["a", "b", "c"]

/** A run with a bit of everything: processes, fibers, chance, faults of links and of nodes. */
const lively = (sim: Simulation.Simulation) =>
  Effect.gen(function* () {
    const log: Array<number> = []
    const target = yield* sim.node("a").run(Process.start(Log, log))
    const client = (name: string) =>
      Effect.gen(function* () {
        const address = sim.node("a").address(target, name)
        const queue = yield* Queue.unbounded<number>()
        const gate = yield* Semaphore.make(2)
        yield* Effect.forkScoped(
          Effect.forever(
            Effect.flatMap(Queue.take(queue), (n) =>
              Semaphore.withPermits(gate, 1)(Effect.ignore(address.call("Write", { n }, { timeout: "200 millis" })))
            )
          )
        )
        yield* Effect.forkScoped(
          Effect.forEach([...ten, ...ten, ...ten], () =>
            Effect.gen(function* () {
              yield* Effect.sleep(yield* Random.nextIntBetween(1, 300))
              yield* Queue.offer(queue, yield* Random.nextIntBetween(1, 1000))
            })
          )
        )
      })
    yield* sim.node("b").run(client("b"))
    yield* sim.node("c").run(client("c"))
    yield* sim.adjust("1 second")
    yield* sim.partition(["a"], ["b"])
    yield* sim.pause("c")
    yield* sim.adjust("2 seconds")
    yield* sim.heal()
    yield* sim.resume("c")
    yield* sim.adjust("3 seconds")
    yield* sim.crash("b")
    yield* sim.adjust("20 seconds")
    return log
  })

const faulty = { loss: 0.1, duplicate: 0.1, reorder: 0.1, delay: { min: 1, max: 50 } }

describe("replay", () => {
  it.effect("one seed gives one run, in every event and every choice", () =>
    Effect.gen(function* () {
      for (const preempt of [0, 0.2]) {
        const options = { seed: 42, nodes, network: faulty, preempt }
        const [one, other] = [yield* Simulation.record(options, lively), yield* Simulation.record(options, lively)]
        assert.isTrue(Exit.isSuccess(one.exit))
        assert.isTrue(one.trace.length > 100, `${one.trace.length} events`)
        assert.deepStrictEqual(one, other)
      }
    })
  )

  it.effect("other seeds give other runs", () =>
    Effect.gen(function* () {
      const fingerprints = new Set<string>()
      const orders = new Set<string>()
      for (const seed of hundred) {
        const run = yield* Simulation.record({ seed, nodes, network: faulty }, lively)
        fingerprints.add(run.fingerprint)
        orders.add(JSON.stringify(run.trace))
      }
      assert.strictEqual(fingerprints.size, 100)
      assert.strictEqual(orders.size, 100)
    })
  )

  it.effect("the seed decides which of two fibers is first, and both orders come about", () =>
    Effect.gen(function* () {
      const orders = new Set<string>()
      for (const seed of ten) {
        orders.add(
          yield* Simulation.run({ seed, nodes: ["a", "b"] }, (sim) =>
            Effect.gen(function* () {
              let order = ""
              const mark = (node: Simulation.Node) =>
                node.run(
                  Effect.sync(() => {
                    order += node.name
                  })
                )
              yield* Effect.forEach(sim.nodes, mark, { concurrency: "unbounded" })
              return order
            })
          )
        )
      }
      assert.deepStrictEqual(orders, new Set(["ab", "ba"]))
    })
  )

  it.effect("preemption finds what only an interleaving in the middle shows", () => {
    let counter = 0
    const increment = Effect.gen(function* () {
      const seen = counter
      yield* Effect.sync(() => {})
      counter = seen + 1
    })
    const lostUpdates = (preempt: number) =>
      Effect.gen(function* () {
        let lost = 0
        for (const seed of hundred) {
          counter = 0
          yield* Simulation.run({ seed, nodes: ["a"], preempt }, (sim) =>
            sim.node("a").run(Effect.all([increment, increment], { concurrency: 2 }))
          )
          if (counter < 2) lost++
        }
        return lost
      })
    return Effect.gen(function* () {
      assert.strictEqual(yield* lostUpdates(0), 0)
      assert.isTrue((yield* lostUpdates(0.3)) > 0)
    })
  })
})

describe("time and ends", () => {
  it.live("thousands of virtual seconds pass in milliseconds, and none by themselves", () =>
    Effect.gen(function* () {
      const begun = performance.now()
      const run = yield* Simulation.record({ seed: 1, nodes: ["a"] }, (sim) =>
        Effect.gen(function* () {
          const beat = Effect.forever(Effect.sleep("1 second"))
          yield* sim.node("a").run(Effect.forkScoped(beat))
          yield* sim.adjust("10000 seconds")
        })
      )
      assert.strictEqual(run.millis, 10_000_000)
      assert.isTrue(performance.now() - begun < 5000)
      const busy = yield* Simulation.record({ seed: 1, nodes: ["a"] }, () =>
        Effect.sync(() => {
          const end = performance.now() + 20
          while (performance.now() < end);
        })
      )
      assert.strictEqual(busy.millis, 0)
    })
  )

  it.effect("a script that waits for nothing is told so, and its finalizers run", () =>
    Effect.gen(function* () {
      let finalized = false
      const script = Effect.onInterrupt(Effect.never, () =>
        Effect.sync(() => {
          finalized = true
        })
      )
      const stuck = yield* Effect.flip(Simulation.run({ seed: 5, nodes: [] }, () => script))
      assert.deepStrictEqual([stuck._tag === "SimulationStuck" && stuck.reason, finalized], ["idle", true])
      assert.match(stuck.message, /seed 5 is stuck at 0 ms/)
    })
  )

  it.effect("a promise never comes in a simulation", () =>
    Effect.gen(function* () {
      const stuck = yield* Effect.flip(Simulation.run({ seed: 5, nodes: [] }, () => Effect.promise(async () => 1)))
      assert.strictEqual(stuck._tag, "SimulationStuck")
    })
  )

  it.effect("runs are bounded in virtual time and in steps", () =>
    Effect.gen(function* () {
      const reasonOf = (options: Partial<Simulation.Options>, script: Effect.Effect<never>) =>
        Effect.map(
          Effect.flip(Simulation.run({ seed: 1, nodes: [], ...options }, () => script)),
          (stuck) => stuck._tag === "SimulationStuck" && stuck.reason
        )
      const beating = Effect.forever(Effect.sleep("1 second"))
      assert.strictEqual(yield* reasonOf({ virtualTimeMax: "1 minute" }, beating), "virtual time")
      assert.strictEqual(yield* reasonOf({ stepsMax: 1000 }, Effect.forever(Effect.yieldNow)), "steps")
    })
  )

  it.effect("a condition that does not come to hold fails in virtual time", () =>
    Simulation.run({ seed: 1, nodes: [] }, (sim) =>
      Effect.gen(function* () {
        const late = yield* Effect.flip(sim.until(() => false, { what: "a leader", within: "3 seconds" }))
        assert.strictEqual(late.message, "a leader: not within 3000 ms of virtual time")
        let ready = false
        yield* Effect.forkChild(
          Effect.andThen(
            Effect.sleep("2 seconds"),
            Effect.sync(() => {
              ready = true
            })
          )
        )
        yield* sim.until(() => ready)
        assert.strictEqual(yield* Effect.clockWith((clock) => clock.currentTimeMillis), 5000)
      })
    )
  )

  it.effect("nothing is left of an orderly run, and what is left is told", () =>
    Effect.gen(function* () {
      // `Simulation.run` fails where something is left, so this holds for each test of these files.
      yield* withLog({}, ({ write }) => write(1))
      const forgetful = (sim: Simulation.Simulation) =>
        Effect.andThen(sim.node("b").run(Effect.forkDetach(Effect.sleep("1 hour"))), sim.adjust("1 second"))
      const leaked = yield* Effect.flip(Simulation.run({ seed: 1, nodes }, forgetful))
      assert.deepStrictEqual(leaked, new Simulation.SimulationLeaked({ nodes: [{ node: "b", fibers: 1, timers: 1 }] }))
    })
  )

  it.effect("the trace keeps the newest events", () =>
    Effect.gen(function* () {
      const run = yield* Simulation.record({ seed: 1, nodes, traceSizeMax: 3 }, (sim) =>
        Effect.forEach(ten, (n) => sim.note(`note ${n}`))
      )
      assert.deepStrictEqual(
        run.trace.map((event) => event.detail),
        ["note 8", "note 9", "stop", "stop", "stop"].slice(-3)
      )
    })
  )

  it.effect("the failure of a script is the failure of the run; unknown nodes and bad options are defects", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Effect.flip(Simulation.run({ seed: 1, nodes }, () => Effect.fail("no"))), "no")
      const defectOf = (options: Simulation.Options, script: (sim: Simulation.Simulation) => Effect.Effect<unknown>) =>
        Effect.map(Effect.exit(Simulation.run(options, script)), (exit) =>
          exit._tag === "Failure" ? String(Cause.squash(exit.cause)) : "none"
        )
      assert.match(yield* defectOf({ seed: 1, nodes }, (sim) => sim.pause("x")), /no node "x"/)
      assert.match(yield* defectOf({ seed: 0.5, nodes }, () => Effect.void), /safe integer/)
      assert.match(yield* defectOf({ seed: 1, nodes: ["a", "a"] }, () => Effect.void), /names of their own/)
      assert.match(yield* defectOf({ seed: 1, nodes, network: { loss: 2 } }, () => Effect.void), /"loss"/)
      assert.match(yield* defectOf({ seed: 1, nodes, clocks: { a: { rate: 0 } } }, () => Effect.void), /rate above 0/)
    })
  )
})

describe("campaigns", () => {
  /** Fails for the seeds whose first draw on node a is small. */
  const property = (sim: Simulation.Simulation) =>
    Effect.gen(function* () {
      const drawn = yield* sim.node("a").run(Random.next)
      yield* sim.note(`drew ${drawn}`)
      if (drawn < 0.1) return yield* Effect.fail("too small")
    })

  it.effect("the first seed that fails is printed as a command, with the cause and the last events", () =>
    Effect.gen(function* () {
      const failed = yield* Effect.flip(Simulation.check({ nodes, runs: 1000 }, property))
      assert.include(failed.message, `SIM_SEED=${failed.seed} npx -y pnpm@12 test`)
      assert.include(failed.message, "too small")
      assert.include(failed.message, "drew 0.0")
      assert.strictEqual(failed.passed, failed.seed - 1)
      const again = yield* Simulation.record({ seed: failed.seed, nodes }, property)
      assert.isTrue(Exit.isFailure(again.exit))
    })
  )

  it.effect("SIM_SEED runs that seed alone", () =>
    Effect.gen(function* () {
      const failed = yield* Effect.flip(Simulation.check({ nodes, runs: 1000 }, property))
      const seen: Array<number> = []
      const replay = Simulation.check({ nodes, runs: 1000 }, (sim) =>
        Effect.andThen(
          Effect.sync(() => seen.push(sim.seed)),
          property(sim)
        )
      )
      yield* withEnvironment("SIM_SEED", String(failed.seed), Effect.flip(replay))
      assert.deepStrictEqual(seen, [failed.seed])
      const wrong = yield* withEnvironment("SIM_SEED", "x", Effect.exit(replay))
      assert.isTrue(Exit.isFailure(wrong))
    })
  )

  it.effect("a property that holds gives the number of its runs", () =>
    Effect.map(
      Simulation.check({ nodes, runs: 20 }, () => Effect.void),
      (runs) => assert.strictEqual(runs, process.env["SIM_SEED"] === undefined ? 20 : 1)
    )
  )
})

const withEnvironment = <A, E, R>(key: string, value: string, effect: Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const before = process.env[key]
      process.env[key] = value
      return before
    }),
    () => effect,
    (before) =>
      Effect.sync(() => {
        if (before === undefined) delete process.env[key]
        else process.env[key] = before
      })
  )
