/** How many restarts are too many, what happens then, and how long a child waits before it is restarted. */
import { assert, describe } from "@effect/vitest"
import { Cause, Effect, Fiber, Schedule } from "effect"
import { TestClock } from "effect/testing"
import * as Process from "../../src/process/Process.ts"
import * as Supervisor from "../../src/process/Supervisor.ts"
import { crash, exit, kill, Log, type Ref, startFamily, statuses, worker } from "./supervised.ts"
import { clean, turns } from "./worker.ts"

const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

const times = (n: number, effect: Effect.Effect<unknown>) => Effect.repeat(effect, { times: n - 1 })

const childrenOf = (supervisor: Supervisor.SupervisorRef) => Supervisor.countChildren(supervisor)

describe("intensity", () => {
  clean("three restarts within 5 seconds are accepted, the fourth ends the supervisor, children in reverse", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* startFamily(log, ["a", "b", "c"])
      const ended = yield* Process.monitor(supervisor)
      yield* times(3, crash(refs[1]!))
      assert.isTrue(yield* Process.isAlive(supervisor))
      assert.strictEqual(yield* refs[1]!.call("Ping"), 4)
      log.take()
      yield* crash(refs[1]!)
      assert.deepStrictEqual(log.take(), ["-b", "-c", "-a"])
      assert.strictEqual((yield* ended)._tag, "Crashed")
      assert.isFalse(yield* Process.isAlive(supervisor))
      for (const ref of refs) assert.strictEqual((yield* Effect.flip(ref.call("Ping")))._tag, "ProcessDead")
    })
  )

  clean("restarts of different children, for different reasons, count together", () =>
    Effect.gen(function* () {
      const { refs, supervisor } = yield* startFamily(new Log(), ["a", "b", "c"])
      yield* crash(refs[0]!)
      yield* kill(refs[1]!)
      yield* exit(refs[2]!)
      assert.isTrue(yield* Process.isAlive(supervisor))
      yield* crash(refs[0]!)
      assert.isFalse(yield* Process.isAlive(supervisor))
    })
  )

  clean("a restart exactly one window ago no longer counts, one a millisecond younger does", () =>
    Effect.gen(function* () {
      for (const [age, survives] of [
        [5000, true],
        [4999, false]
      ] as const) {
        const { refs, supervisor } = yield* startFamily(new Log(), ["a"])
        yield* crash(refs[0]!)
        yield* TestClock.adjust(age)
        yield* times(3, crash(refs[0]!))
        assert.strictEqual(yield* Process.isAlive(supervisor), survives, `${age} ms`)
      }
    })
  )

  clean("a child that crashes for ever, slowly, is restarted for ever", () =>
    Effect.gen(function* () {
      const { refs } = yield* startFamily(new Log(), ["a"], { intensity: { restarts: 2, within: 100 } })
      yield* times(200, Effect.andThen(crash(refs[0]!), TestClock.adjust(50)))
      assert.strictEqual(yield* refs[0]!.call("Ping"), 201)
    })
  )

  clean("intensity 0 accepts no restart", () =>
    Effect.gen(function* () {
      const { refs, supervisor } = yield* startFamily(new Log(), ["a"], { intensity: { restarts: 0 } })
      yield* crash(refs[0]!)
      assert.isFalse(yield* Process.isAlive(supervisor))
    })
  )

  clean("ends that need no restart do not count", () =>
    Effect.gen(function* () {
      const { refs, supervisor } = yield* startFamily(new Log(), ["a", "b", "c"], {
        intensity: { restarts: 0 },
        of: (name) => ({ restart: name === "c" ? "transient" : "temporary" })
      })
      yield* crash(refs[0]!)
      yield* kill(refs[1]!)
      yield* exit(refs[2]!)
      assert.isTrue(yield* Process.isAlive(supervisor))
      assert.deepStrictEqual(yield* childrenOf(supervisor), { children: 0, running: 0 })
    })
  )

  clean("a failing init at a restart counts, and is tried again", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* startFamily(log, ["a"], {
        of: () => ({ init: (n) => (n === 2 || n === 3 ? Effect.fail("not yet") : Effect.void) })
      })
      yield* crash(refs[0]!)
      assert.strictEqual(yield* refs[0]!.call("Ping"), 4)
      assert.isTrue(yield* Process.isAlive(supervisor))
      yield* crash(refs[0]!)
      assert.isFalse(yield* Process.isAlive(supervisor))
    })
  )

  clean("an init that fails at every restart ends the supervisor, which names its failure", () =>
    Effect.gen(function* () {
      const { refs, supervisor } = yield* startFamily(new Log(), ["a"], {
        of: () => ({ init: (n) => (n > 1 ? Effect.fail("no disk") : Effect.void) })
      })
      const ended = yield* Process.monitor(supervisor)
      yield* crash(refs[0]!)
      const exit = yield* ended
      if (exit._tag !== "Crashed") return assert.fail(exit._tag)
      assert.match((Cause.squash(exit.cause) as Error).message, /child "a" ended too often, last by: "?no disk"?$/)
      assert.strictEqual(refs[0]!.incarnation, 4)
    })
  )

  for (const strategy of ["one_for_all", "rest_for_one"] as const) {
    clean(`${strategy}: a sibling whose init fails at the restart of the group is tried again with the group`, () =>
      Effect.gen(function* () {
        const log = new Log()
        const { refs } = yield* startFamily(log, ["a", "b", "c"], {
          strategy,
          of: (name) => (name === "b" ? { init: (n) => (n === 2 ? Effect.fail("not yet") : Effect.void) } : {})
        })
        log.take()
        yield* crash(refs[0]!)
        const retried = strategy === "one_for_all" ? ["-a", "+a", "+b", "+c"] : ["+b", "+c"]
        assert.deepStrictEqual(log.take(), ["-a", "-c", "-b", "+a", ...retried])
        for (const ref of refs) assert.isAbove(yield* ref.call("Ping"), 1)
      })
    )
  }
})

describe("escalation", () => {
  clean("the parent restarts the supervisor that has ended, with its first children, and not the dynamic ones", () =>
    Effect.gen(function* () {
      const log = new Log()
      const a = Supervisor.child(worker(log, "a"))
      const inner = Supervisor.child(
        Supervisor.make({
          name: "inner",
          intensity: { restarts: 0 },
          children: [a, Supervisor.child(worker(log, "b"))]
        })
      )
      const root = yield* Supervisor.start(
        Supervisor.make({ name: "root", children: [inner, Supervisor.child(worker(log, "c"))] })
      )
      const innerRef = (yield* Supervisor.lookupChild(root, inner))!
      const first = (yield* Supervisor.lookupChild(innerRef, a))!
      yield* Supervisor.startChild(innerRef, Supervisor.child(worker(log, "dynamic")))
      log.take()
      yield* crash(first)
      assert.deepStrictEqual(log.take(), ["-a", "-dynamic", "-b", "+a", "+b"])
      assert.strictEqual(innerRef.incarnation, 2)
      const second = (yield* Supervisor.lookupChild(innerRef, a))!
      assert.notStrictEqual(second, first)
      assert.strictEqual(yield* second.call("Ping"), 2)
      assert.isFalse(yield* Process.isAlive(first))
    })
  )

  clean("through all levels to the top, when each has had enough", () =>
    Effect.gen(function* () {
      const log = new Log()
      const leaf = Supervisor.child(worker(log, "leaf"))
      const strict = { intensity: { restarts: 0 } } as const
      const low = Supervisor.child(Supervisor.make({ name: "low", ...strict, children: [leaf] }))
      const middle = Supervisor.child(
        Supervisor.make({ name: "middle", ...strict, children: [Supervisor.child(worker(log, "m")), low] })
      )
      const top = yield* Supervisor.start(
        Supervisor.make({ name: "top", ...strict, children: [Supervisor.child(worker(log, "t")), middle] })
      )
      const ended = yield* Process.monitor(top)
      const lowRef = (yield* Supervisor.lookupChild((yield* Supervisor.lookupChild(top, middle))!, low))!
      log.take()
      yield* crash((yield* Supervisor.lookupChild(lowRef, leaf))!)
      assert.deepStrictEqual(log.take(), ["-leaf", "-m", "-t"])
      const exit = yield* ended
      if (exit._tag !== "Crashed") return assert.fail(exit._tag)
      const reason = Cause.squash(exit.cause)
      if (!(reason instanceof Supervisor.RestartIntensityExceeded)) return assert.fail(String(reason))
      // From the top down: who gave up on whom.
      const childrenNamed: Array<string> = []
      for (let error: unknown = reason; error instanceof Supervisor.RestartIntensityExceeded; error = error.cause)
        childrenNamed.push(error.child)
      assert.deepStrictEqual(childrenNamed, ["middle", "low", "leaf"])
    })
  )

  clean("a transient supervisor that escalates has crashed; a temporary one is given up", () =>
    Effect.gen(function* () {
      for (const restart of ["transient", "temporary"] as const) {
        const leaf = Supervisor.child(worker(new Log(), "leaf"))
        const inner = Supervisor.child(
          Supervisor.make({ name: "inner", intensity: { restarts: 0 }, children: [leaf] }),
          { restart }
        )
        const root = yield* Supervisor.start(Supervisor.make({ name: "root", children: [inner] }))
        const innerRef = (yield* Supervisor.lookupChild(root, inner))!
        yield* crash((yield* Supervisor.lookupChild(innerRef, leaf))!)
        assert.strictEqual(yield* Process.isAlive(innerRef), restart === "transient")
        assert.deepStrictEqual(yield* statuses(root), restart === "transient" ? ["inner running"] : [])
      }
    })
  )
})

describe("a budget of its own", () => {
  const budget = { restarts: 1, within: "1 second" } as const

  clean("give-up: the child is gone, its siblings untouched, and the group's intensity not charged", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* startFamily(log, ["a", "b", "c"], {
        strategy: "one_for_one",
        intensity: { restarts: 0 },
        of: (name) => (name === "b" ? { budget: { ...budget, onExceeded: "give-up" } } : {})
      })
      log.take()
      yield* times(2, crash(refs[1]!))
      assert.deepStrictEqual(log.take(), ["-b", "+b", "-b"])
      assert.deepStrictEqual(yield* statuses(supervisor), ["a running", "b gave-up", "c running"])
      assert.deepStrictEqual(yield* childrenOf(supervisor), { children: 3, running: 2 })
      assert.isFalse(yield* Process.isAlive(refs[1]!))
      assert.strictEqual((yield* Effect.flip(refs[1]!.call("Ping")))._tag, "ProcessDead")
      for (const ref of [refs[0]!, refs[2]!]) assert.strictEqual(yield* ref.call("Ping"), 1)
    })
  )

  clean("a given-up child is left out when its group restarts", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* startFamily(log, ["a", "b", "c"], {
        strategy: "one_for_all",
        of: (name) => (name === "b" ? { budget: { restarts: 0, onExceeded: "give-up" } } : {})
      })
      log.take()
      yield* crash(refs[1]!)
      assert.deepStrictEqual(log.take(), ["-b"])
      yield* crash(refs[0]!)
      assert.deepStrictEqual(log.take(), ["-a", "-c", "+a", "+c"])
      assert.deepStrictEqual(yield* statuses(supervisor), ["a running", "b gave-up", "c running"])
    })
  )

  clean("a child that is given up while its group restarts stays given up", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* startFamily(log, ["a", "b", "c"], {
        strategy: "one_for_all",
        of: (name) => {
          if (name === "a") return { init: (n) => (n === 2 ? Effect.fail("not yet") : Effect.void) }
          if (name !== "b") return {}
          return {
            init: (n) => (n > 1 ? Effect.fail("never again") : Effect.void),
            budget: { restarts: 0, onExceeded: "give-up" }
          }
        }
      })
      log.take()
      yield* crash(refs[2]!)
      assert.deepStrictEqual(yield* statuses(supervisor), ["a running", "b gave-up", "c running"])
      assert.isFalse(yield* Process.isAlive(refs[1]!))
      assert.strictEqual(refs[1]!.incarnation, 2)
      assert.deepStrictEqual(log.take(), ["-c", "-b", "-a", "+a", "+c"])
    })
  )

  clean("escalate: the supervisor ends though its own intensity has room", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* startFamily(log, ["a", "b"], {
        intensity: { restarts: 100 },
        of: (name) => (name === "b" ? { budget: { ...budget, onExceeded: "escalate" } } : {})
      })
      yield* times(2, crash(refs[1]!))
      assert.isFalse(yield* Process.isAlive(supervisor))
      assert.deepStrictEqual(log.take(), ["+a", "+b", "-b", "+b", "-b", "-a"])
    })
  )

  clean("its window slides like the supervisor's", () =>
    Effect.gen(function* () {
      const { refs, supervisor } = yield* startFamily(new Log(), ["a"], {
        intensity: { restarts: 0 },
        of: () => ({ budget: { ...budget, onExceeded: "give-up" } })
      })
      yield* crash(refs[0]!)
      yield* TestClock.adjust(1000)
      yield* crash(refs[0]!)
      assert.isTrue(yield* Process.isAlive(refs[0]!))
      yield* TestClock.adjust(999)
      yield* crash(refs[0]!)
      assert.deepStrictEqual(yield* statuses(supervisor), ["a gave-up"])
    })
  )

  clean("a restart of the group by a sibling is not charged to it", () =>
    Effect.gen(function* () {
      const { refs } = yield* startFamily(new Log(), ["a", "b"], {
        strategy: "one_for_all",
        of: (name) => (name === "b" ? { budget: { restarts: 0, onExceeded: "give-up" } } : {})
      })
      yield* times(3, crash(refs[0]!))
      assert.strictEqual(yield* refs[1]!.call("Ping"), 4)
    })
  )
})

describe("back-off", () => {
  const backoff = Schedule.exponential(100)

  const one = (log: Log, options?: Partial<Supervisor.ChildOptions<void>>) =>
    startFamily(log, ["a", "b"], {
      intensity: { restarts: 100, within: "1 minute" },
      of: (name) => (name === "a" ? { backoff, ...options } : {})
    })

  /** How long the child is away after its next crash, in milliseconds; the clock moves on by as much. */
  const awayAfterCrash = (ref: Ref, limit = 10_000) =>
    Effect.gen(function* () {
      const before = ref.incarnation
      yield* crash(ref)
      let away = 0
      for (; ref.incarnation === before && away < limit; away += 50) yield* TestClock.adjust(50)
      return away
    })

  clean("the waits follow the schedule, and the child is away until then", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* one(log)
      log.take()
      yield* crash(refs[0]!)
      assert.deepStrictEqual(yield* statuses(supervisor), ["a backing-off", "b running"])
      yield* TestClock.adjust(99)
      assert.deepStrictEqual(log.take(), ["-a"])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(log.take(), ["+a"])
      assert.strictEqual(yield* awayAfterCrash(refs[0]!), 200)
      assert.strictEqual(yield* awayAfterCrash(refs[0]!), 400)
      assert.strictEqual(yield* awayAfterCrash(refs[0]!), 800)
    })
  )

  clean("the supervisor goes on meanwhile: it answers, restarts others and starts new ones", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* one(log)
      yield* crash(refs[0]!)
      log.take()
      yield* crash(refs[1]!)
      const c = yield* Supervisor.startChild(supervisor, Supervisor.child(worker(log, "c")))
      assert.strictEqual(yield* c.call("Ping"), 1)
      assert.deepStrictEqual(log.take(), ["-b", "+b", "+c"])
    })
  )

  clean("a message sent during the wait is answered by the next incarnation", () =>
    Effect.gen(function* () {
      const { refs } = yield* one(new Log())
      yield* crash(refs[0]!)
      const ping = yield* fork(refs[0]!.call("Ping"))
      yield* TestClock.adjust(100)
      assert.strictEqual(yield* Fiber.join(ping), 2)
    })
  )

  clean("it begins anew after a life longer than the window, and not after one as long", () =>
    Effect.gen(function* () {
      const { refs } = yield* one(new Log(), { budget: { restarts: 100, within: "10 seconds", onExceeded: "give-up" } })
      assert.strictEqual(yield* awayAfterCrash(refs[0]!), 100)
      assert.strictEqual(yield* awayAfterCrash(refs[0]!), 200)
      yield* TestClock.adjust(10_000)
      assert.strictEqual(yield* awayAfterCrash(refs[0]!), 400)
      yield* TestClock.adjust(10_001)
      assert.strictEqual(yield* awayAfterCrash(refs[0]!), 100)
    })
  )

  for (const [onExceeded, alive] of [
    ["give-up", true],
    ["escalate", false]
  ] as const) {
    clean(`the end of the schedule counts as exceeded: ${onExceeded}`, () =>
      Effect.gen(function* () {
        const { refs, supervisor } = yield* one(new Log(), {
          backoff: Schedule.spaced(100).pipe(Schedule.upTo({ times: 2 })),
          budget: { restarts: 100, onExceeded }
        })
        assert.strictEqual(yield* awayAfterCrash(refs[0]!), 100)
        assert.strictEqual(yield* awayAfterCrash(refs[0]!), 100)
        yield* crash(refs[0]!)
        assert.strictEqual(yield* Process.isAlive(supervisor), alive)
        if (alive) assert.deepStrictEqual(yield* statuses(supervisor), ["a gave-up", "b running"])
      })
    )
  }

  clean("without a budget the end of the schedule ends the supervisor", () =>
    Effect.gen(function* () {
      const { refs, supervisor } = yield* one(new Log(), { backoff: Schedule.recurs(0) })
      yield* crash(refs[0]!)
      assert.isFalse(yield* Process.isAlive(supervisor))
    })
  )

  clean("restarts that wait are counted like those that do not", () =>
    Effect.gen(function* () {
      const { refs, supervisor } = yield* one(new Log(), { budget: { restarts: 2, onExceeded: "give-up" } })
      yield* awayAfterCrash(refs[0]!)
      yield* awayAfterCrash(refs[0]!)
      yield* crash(refs[0]!)
      assert.deepStrictEqual(yield* statuses(supervisor), ["a gave-up", "b running"])
    })
  )

  clean("a failing init waits for its next try, too", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs } = yield* startFamily(log, ["a"], {
        of: () => ({ backoff, init: (n) => (n === 2 ? Effect.fail("not yet") : Effect.void) })
      })
      yield* crash(refs[0]!)
      yield* TestClock.adjust(100)
      assert.strictEqual(refs[0]!.incarnation, 2)
      yield* TestClock.adjust(199)
      assert.strictEqual(refs[0]!.incarnation, 2)
      yield* TestClock.adjust(1)
      assert.strictEqual(yield* refs[0]!.call("Ping"), 3)
    })
  )

  clean("an init that fails again and again is no life: the waits go on growing past the window", () =>
    Effect.gen(function* () {
      const { refs } = yield* startFamily(new Log(), ["a"], {
        of: () => ({
          backoff,
          budget: { restarts: 100, within: "1 second", onExceeded: "give-up" },
          init: (n) => (n > 1 ? Effect.fail("no disk") : Effect.void)
        })
      })
      yield* crash(refs[0]!)
      for (const [tries, wait] of [100, 200, 400, 800, 1600, 3200].entries()) {
        yield* TestClock.adjust(wait - 1)
        assert.strictEqual(refs[0]!.incarnation, tries + 1)
        yield* TestClock.adjust(1)
        assert.strictEqual(refs[0]!.incarnation, tries + 2)
      }
    })
  )

  clean("one_for_all: the siblings go on during the wait, and restart with the child", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs } = yield* startFamily(log, ["a", "b"], {
        strategy: "one_for_all",
        of: (name) => (name === "a" ? { backoff } : {})
      })
      log.take()
      yield* crash(refs[0]!)
      assert.deepStrictEqual(log.take(), ["-a"])
      assert.strictEqual(yield* refs[1]!.call("Ping"), 1)
      yield* TestClock.adjust(100)
      assert.deepStrictEqual(log.take(), ["-b", "+a", "+b"])
    })
  )

  clean("one_for_all: a crash of a sibling restarts the waiting child at once, and its wait then does nothing", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs } = yield* startFamily(log, ["a", "b"], {
        strategy: "one_for_all",
        of: (name) => (name === "a" ? { backoff } : {})
      })
      yield* crash(refs[0]!)
      log.take()
      yield* crash(refs[1]!)
      assert.deepStrictEqual(log.take(), ["-b", "+a", "+b"])
      yield* TestClock.adjust(1000)
      assert.deepStrictEqual(log.take(), [])
      for (const ref of refs) assert.strictEqual(yield* ref.call("Ping"), 2)
    })
  )

  clean("one_for_all: a sibling whose init fails waits while the others start, and is not started before", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* startFamily(log, ["a", "b", "c"], {
        strategy: "one_for_all",
        of: (name) => {
          if (name === "a") return { init: (n) => (n === 2 ? Effect.fail("not yet") : Effect.void) }
          return name === "b" ? { backoff, init: (n) => (n === 2 ? Effect.fail("not yet") : Effect.void) } : {}
        }
      })
      log.take()
      yield* crash(refs[2]!)
      assert.deepStrictEqual(yield* statuses(supervisor), ["a running", "b backing-off", "c running"])
      assert.deepStrictEqual(log.take(), ["-c", "-b", "-a", "+a", "+c"])
      yield* TestClock.adjust(100)
      assert.deepStrictEqual(log.take(), ["-c", "-a", "+a", "+b", "+c"])
    })
  )

  clean("one_for_all: a wait that ends just when a sibling's restart has begun another does not cut that short", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* startFamily(log, ["a", "b"], {
        strategy: "one_for_all",
        of: (name) =>
          name === "a" ? { backoff } : { backoff, init: (n) => (n === 2 ? Effect.fail("not yet") : Effect.void) }
      })
      yield* crash(refs[0]!)
      yield* crash(refs[1]!)
      log.take()
      yield* TestClock.adjust(100)
      assert.deepStrictEqual(log.take(), ["+a"])
      assert.deepStrictEqual(yield* statuses(supervisor), ["a running", "b backing-off"])
      yield* TestClock.adjust(199)
      assert.deepStrictEqual(log.take(), [])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(log.take(), ["-a", "+a", "+b"])
    })
  )

  clean("a child that is stopped during its wait stays stopped", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* one(log)
      yield* crash(refs[0]!)
      const waiting = yield* fork(Effect.flip(refs[0]!.call("Ping", undefined, { timeout: "Infinity" })))
      yield* Supervisor.stopChild(supervisor, "a")
      assert.strictEqual((yield* Fiber.join(waiting))._tag, "ProcessDead")
      log.take()
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(log.take(), [])
      assert.deepStrictEqual(yield* statuses(supervisor), ["b running"])
    })
  )

  clean("a child that is restarted during its wait starts at once, and its wait then does nothing", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* one(log)
      yield* crash(refs[0]!)
      log.take()
      yield* Supervisor.restartChild(supervisor, "a")
      assert.deepStrictEqual(log.take(), ["+a"])
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(log.take(), [])
      assert.strictEqual(yield* refs[0]!.call("Ping"), 2)
    })
  )

  clean("a supervisor that stops ends the waits", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* one(log)
      yield* crash(refs[0]!)
      yield* Process.stop(supervisor)
      log.take()
      yield* TestClock.adjust("1 hour")
      yield* turns
      assert.deepStrictEqual(log.take(), [])
    })
  )
})
