import { assert, describe } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import * as Process from "../../src/process/Process.ts"
import * as Supervisor from "../../src/process/Supervisor.ts"
import {
  crash,
  type Ending,
  endings,
  Log,
  type Ref,
  startFamily,
  statuses,
  worker,
  type WorkerOptions
} from "./supervised.ts"
import { clean, letters, turns } from "./worker.ts"

const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

/** Starts a family in a scope of its own; `close` stops it. */
const closable = (...given: Parameters<typeof startFamily>) =>
  Effect.gen(function* () {
    const scope = yield* Scope.fork(yield* Effect.scope)
    const family = yield* Scope.provide(startFamily(...given), scope)
    return { ...family, close: Scope.close(scope, Exit.void) }
  })

describe("start", () => {
  clean("children start in order, each after the init of the one before", () =>
    Effect.gen(function* () {
      const log = new Log()
      const starting = yield* fork(startFamily(log, ["a", "b", "c"], { of: () => ({ init: () => Effect.sleep(10) }) }))
      assert.deepStrictEqual(log.take(), [])
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(log.take(), ["+a"])
      yield* TestClock.adjust(19)
      assert.deepStrictEqual(log.take(), ["+b"])
      assert.isUndefined(starting.pollUnsafe())
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(log.take(), ["+c"])
      yield* Fiber.join(starting)
    })
  )

  for (const position of [0, 1, 2]) {
    clean(`when child ${position} fails to start, the supervisor fails naming it and nothing is left`, () =>
      Effect.gen(function* () {
        const log = new Log()
        const names = ["a", "b", "c"]
        const error = yield* Effect.flip(
          startFamily(log, names, {
            of: (_, index): WorkerOptions => (index === position ? { init: () => Effect.fail("no disk") } : {})
          })
        )
        assert.instanceOf(error, Supervisor.ChildStartFailed)
        assert.match(error.message, new RegExp(`^child "${names[position]}" did not start: "?no disk"?$`))
        const before = names.slice(0, position)
        assert.deepStrictEqual(log.take(), [
          ...before.map((name) => `+${name}`),
          ...before.toReversed().map((name) => `-${name}`)
        ])
      })
    )
  }

  clean("a defect in the init of a child, and an init that hangs, fail the start with the kernel's errors", () =>
    Effect.gen(function* () {
      const log = new Log()
      const boom = startFamily(log, ["a"], { of: () => ({ init: () => Effect.die(new Error("boom")) }) })
      const crashed = yield* Effect.flip(boom)
      assert.match(crashed.message, /^child "a" did not start: "a#\d+" crashed in its init: boom$/)
      const hanging = yield* fork(
        Effect.flip(startFamily(log, ["a"], { of: () => ({ init: () => Effect.never, initTimeout: 70 }) }))
      )
      yield* TestClock.adjust(70)
      assert.match((yield* Fiber.join(hanging)).message, /"a#\d+" did not finish its init within 70 ms$/)
    })
  )

  clean("two children of one id are refused, and nothing is left", () =>
    Effect.gen(function* () {
      const log = new Log()
      const error = yield* Effect.flip(startFamily(log, ["a", "b", "a"]))
      assert.instanceOf(error, Supervisor.ChildExists)
      assert.match(error.message, /^"root#\d+" already has a child "a"$/)
      assert.deepStrictEqual(log.take(), ["+a", "+b", "-b", "-a"])
    })
  )

  clean("the id is the name of the specification, unless one is given", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { supervisor } = yield* startFamily(log, ["a", "b"], {
        of: (name) => (name === "b" ? { id: "other" } : {})
      })
      assert.deepStrictEqual(yield* statuses(supervisor), ["a running", "other running"])
    })
  )
})

describe("stop", () => {
  clean("children stop in reverse order, each after the end of the one after it", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { close } = yield* closable(log, ["a", "b", "c"], { of: () => ({ onStop: Effect.sleep(10) }) })
      log.take()
      const closing = yield* fork(close)
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(log.take(), ["-c"])
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(log.take(), ["-b"])
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(log.take(), ["-a"])
      yield* Fiber.join(closing)
    })
  )

  /** A child at work on something that lasts longer than it is given. */
  const atWork = (log: Log, ref: Ref, name: string) =>
    Effect.gen(function* () {
      const work = Effect.onInterrupt(Effect.never, () => log.add(`${name} interrupted`))
      const caller = yield* fork(Effect.exit(ref.call("Run", { work }, { timeout: "Infinity" })))
      yield* turns
      return caller
    })

  for (const [shutdown, millis] of [
    [undefined, 5000],
    [70, 70],
    ["2 minutes", 120_000]
  ] as const) {
    clean(`a child at work has ${millis} ms to finish, then it is killed`, () =>
      Effect.gen(function* () {
        const log = new Log()
        const { close, refs } = yield* closable(log, ["a", "b"], {
          of: (name) => (name === "b" ? { shutdown } : {})
        })
        const caller = yield* atWork(log, refs[1]!, "b")
        const waiting = yield* Process.monitor(refs[1]!)
        log.take()
        // The layer's scope gives the whole tree its time, however long: asking the supervisor itself shows it.
        const closing = yield* fork(close)
        yield* TestClock.adjust(millis - 1)
        if (millis <= 5000) assert.deepStrictEqual(log.take(), [])
        yield* TestClock.adjust(1)
        assert.deepStrictEqual(log.take(), ["b interrupted", "-b", "-a"])
        yield* Fiber.join(closing)
        assert.strictEqual((yield* waiting)._tag, "Killed")
        const error = Exit.findErrorOption(yield* Fiber.join(caller))
        assert.strictEqual(error._tag === "Some" && error.value._tag, "ProcessCrashed")
      })
    )
  }

  clean("a child that finishes its handler in time ends as Shutdown, its caller answered", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { close, refs } = yield* closable(log, ["a"])
      const done = yield* Deferred.make<void>()
      const work = Effect.as(Deferred.await(done), "answer")
      const caller = yield* fork(refs[0]!.call("Run", { work }, { timeout: "Infinity" }))
      const ended = yield* Process.monitor(refs[0]!)
      const closing = yield* fork(close)
      yield* TestClock.adjust(4999)
      yield* Deferred.succeed(done, undefined)
      yield* Fiber.join(closing)
      assert.strictEqual(yield* Fiber.join(caller), "answer")
      assert.deepStrictEqual(yield* ended, { _tag: "Shutdown" })
    })
  )

  clean("shutdown 0 kills at once", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { close, refs } = yield* closable(log, ["a", "b"], { of: () => ({ shutdown: 0 }) })
      yield* atWork(log, refs[1]!, "b")
      const ended = yield* Process.monitor(refs[0]!)
      log.take()
      yield* close
      assert.deepStrictEqual(log.take(), ["b interrupted", "-b", "-a"])
      assert.deepStrictEqual(yield* ended, { _tag: "Killed" })
    })
  )

  clean("a nested supervisor has all the time that its children need", () =>
    Effect.gen(function* () {
      const log = new Log()
      const scope = yield* Scope.fork(yield* Effect.scope)
      const slow = (name: string) => Supervisor.child(worker(log, name, { onStop: Effect.sleep("1 hour") }))
      const inner = Supervisor.make({ name: "inner", children: [slow("a"), slow("b")] })
      yield* Scope.provide(
        Supervisor.start(Supervisor.make({ name: "root", children: [Supervisor.child(inner)] })),
        scope
      )
      log.take()
      const closing = yield* fork(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("119 minutes")
      assert.deepStrictEqual(log.take(), ["-b"])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(log.take(), ["-a"])
      yield* Fiber.join(closing)
    })
  )

  clean("a nested tree stops in reverse, depth first", () =>
    Effect.gen(function* () {
      const log = new Log()
      const scope = yield* Scope.fork(yield* Effect.scope)
      const leaf = (name: string) => Supervisor.child(worker(log, name))
      const inner = Supervisor.make({ name: "inner", children: [leaf("b"), leaf("c")] })
      yield* Scope.provide(
        Supervisor.start(Supervisor.make({ name: "root", children: [leaf("a"), Supervisor.child(inner), leaf("d")] })),
        scope
      )
      assert.deepStrictEqual(log.take(), ["+a", "+b", "+c", "+d"])
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(log.take(), ["-d", "-c", "-b", "-a"])
    })
  )

  clean("a killed supervisor still stops its children, in reverse", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { supervisor } = yield* startFamily(log, ["a", "b"])
      log.take()
      yield* Process.kill(supervisor)
      assert.deepStrictEqual(log.take(), ["-b", "-a"])
    })
  )

  for (const way of ["stop", "kill"] as const) {
    clean(`a supervisor that is to ${way} while the init of a new child hangs ends that init`, () =>
      Effect.gen(function* () {
        const log = new Log()
        const { supervisor } = yield* startFamily(log, ["a"])
        log.take()
        const hanging = worker(log, "b", {
          initTimeout: "Infinity",
          init: () => Effect.onInterrupt(Effect.never, () => log.add("b interrupted"))
        })
        const starting = yield* fork(Effect.flip(Supervisor.startChild(supervisor, Supervisor.child(hanging))))
        yield* turns
        const stopping = yield* fork(way === "stop" ? Process.stop(supervisor) : Process.kill(supervisor))
        if (way === "stop") yield* TestClock.adjust("5 seconds")
        yield* Fiber.join(stopping)
        assert.deepStrictEqual(log.take(), ["b interrupted", "-a"])
        assert.strictEqual((yield* Fiber.join(starting))._tag, "ProcessCrashed")
      })
    )
  }

  clean("a supervisor that is to stop while the init of a child hangs goes on after InitTimeout", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { supervisor } = yield* startFamily(log, ["a"])
      log.take()
      const hanging = Supervisor.child(worker(log, "b", { initTimeout: 100, init: () => Effect.never }))
      const starting = yield* fork(Effect.flip(Supervisor.startChild(supervisor, hanging)))
      yield* turns
      const stopping = yield* fork(Process.stop(supervisor))
      yield* TestClock.adjust(100)
      yield* Fiber.join(stopping)
      assert.strictEqual((yield* Fiber.join(starting))._tag, "ChildStartFailed")
      assert.deepStrictEqual(log.take(), ["-a"])
    })
  )
})

describe("strategies", () => {
  const names = ["a", "b", "c", "d"]
  const down = (some: ReadonlyArray<string>) => some.toReversed().map((name) => `-${name}`)
  const up = (some: ReadonlyArray<string>) => some.map((name) => `+${name}`)

  for (const position of [0, 1, 2, 3]) {
    const expected = {
      one_for_one: [`-${names[position]}`, `+${names[position]}`],
      one_for_all: [`-${names[position]}`, ...down(names.filter((_, index) => index !== position)), ...up(names)],
      rest_for_one: [`-${names[position]}`, ...down(names.slice(position + 1)), ...up(names.slice(position))]
    }
    for (const strategy of ["one_for_one", "one_for_all", "rest_for_one"] as const) {
      clean(`${strategy}: when child ${position} of 4 crashes, the others stop in reverse and all start in order`, () =>
        Effect.gen(function* () {
          const log = new Log()
          const { refs, supervisor } = yield* startFamily(log, names, { strategy })
          log.take()
          yield* crash(refs[position]!)
          assert.deepStrictEqual(log.take(), expected[strategy])
          const first = { one_for_one: position, one_for_all: 0, rest_for_one: position }[strategy]
          const last = strategy === "one_for_one" ? position : 3
          for (const [index, ref] of refs.entries()) {
            assert.strictEqual(yield* ref.call("Ping"), index >= first && index <= last ? 2 : 1)
          }
          assert.deepStrictEqual(yield* Supervisor.countChildren(supervisor), { children: 4, running: 4 })
        })
      )
    }
  }

  clean("one_for_all: two children that crash at the same time are one restart of the group", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs } = yield* startFamily(log, ["a", "b", "c"], {
        strategy: "one_for_all",
        intensity: { restarts: 1 }
      })
      log.take()
      // Both end in the same turn: both signals wait when the supervisor decides on the first.
      yield* refs[0]!.cast("Crash")
      yield* refs[2]!.cast("Crash")
      yield* turns
      assert.deepStrictEqual(log.take(), ["-a", "-c", "-b", "+a", "+b", "+c"])
      for (const ref of refs) assert.strictEqual(yield* ref.call("Ping"), 2)
    })
  )

  clean("a sibling that crashes while it is being stopped is no further restart", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs } = yield* startFamily(log, ["a", "b"], { strategy: "one_for_all", intensity: { restarts: 1 } })
      const work = Effect.andThen(Effect.sleep(10), Effect.die(new Error("late")))
      const caller = yield* fork(Effect.flip(refs[1]!.call("Run", { work })))
      yield* turns
      log.take()
      yield* crash(refs[0]!)
      assert.deepStrictEqual(log.take(), ["-a"])
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(log.take(), ["-b", "+a", "+b"])
      assert.strictEqual((yield* Fiber.join(caller))._tag, "ProcessCrashed")
      for (const ref of refs) assert.strictEqual(yield* ref.call("Ping"), 2)
    })
  )

  clean("a watched sibling that is slow to stop, twice in a row, has ended each time before it starts again", () =>
    Effect.gen(function* () {
      const log = new Log()
      let isSlow = true
      const onStop = Effect.suspend(() => (isSlow ? Effect.sleep(10) : Effect.void))
      const { refs } = yield* startFamily(log, ["a", "b"], {
        strategy: "one_for_all",
        of: (name) => (name === "a" ? { onStop } : { init: (n) => (n === 2 ? Effect.fail("not yet") : Effect.void) })
      })
      // With a second watcher beside the supervisor: whoever comes while all are told must not hear of this end.
      const ended = yield* Process.monitor(refs[0]!)
      log.take()
      yield* crash(refs[1]!)
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(log.take(), ["-b", "-a", "+a"])
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(log.take(), ["-a", "+a", "+b"])
      assert.deepStrictEqual(yield* ended, { _tag: "Shutdown" })
      isSlow = false
    })
  )

  clean("a temporary sibling is stopped with the group and not started again", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* startFamily(log, ["a", "b", "c"], {
        strategy: "one_for_all",
        of: (name) => ({ restart: name === "b" ? "temporary" : "permanent" })
      })
      log.take()
      yield* crash(refs[2]!)
      assert.deepStrictEqual(log.take(), ["-c", "-b", "-a", "+a", "+c"])
      assert.deepStrictEqual(yield* statuses(supervisor), ["a running", "c running"])
      assert.isFalse(yield* Process.isAlive(refs[1]!))
    })
  )

  clean("a temporary child that crashes leaves its group alone", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs } = yield* startFamily(log, ["a", "b"], {
        strategy: "one_for_all",
        of: (name) => ({ restart: name === "b" ? "temporary" : "permanent" })
      })
      log.take()
      yield* crash(refs[1]!)
      assert.deepStrictEqual(log.take(), ["-b"])
    })
  )
})

describe("restart types", () => {
  const again: Record<Supervisor.Restart, ReadonlyArray<Ending>> = {
    permanent: ["exit", "shutdown", "crash", "kill"],
    transient: ["crash", "kill"],
    temporary: []
  }
  for (const restart of ["permanent", "transient", "temporary"] as const) {
    for (const ending of ["exit", "shutdown", "crash", "kill"] as const) {
      const isRestarted = again[restart].includes(ending)
      clean(`a ${restart} child that ends by ${ending} is ${isRestarted ? "restarted" : "gone"}`, () =>
        Effect.gen(function* () {
          const log = new Log()
          const { refs, supervisor } = yield* startFamily(log, ["a"], { of: () => ({ restart }) })
          const ref = refs[0]!
          yield* endings[ending](ref)
          assert.deepStrictEqual(log.take(), isRestarted ? ["+a", "-a", "+a"] : ["+a", "-a"])
          assert.strictEqual(yield* Process.isAlive(ref), isRestarted)
          if (isRestarted) return assert.strictEqual(yield* ref.call("Ping"), 2)
          assert.deepStrictEqual(yield* statuses(supervisor), [])
          assert.strictEqual((yield* Effect.flip(ref.call("Ping")))._tag, "ProcessDead")
        })
      )
    }
  }

  for (const restart of ["permanent", "transient", "temporary"] as const) {
    clean(`a deliberate stop is not a crash: a ${restart} child stays stopped, its siblings untouched`, () =>
      Effect.gen(function* () {
        const log = new Log()
        const { refs, supervisor } = yield* startFamily(log, ["a", "b"], {
          strategy: "one_for_all",
          intensity: { restarts: 0 },
          of: () => ({ restart })
        })
        log.take()
        yield* Supervisor.stopChild(supervisor, "b")
        yield* turns
        assert.deepStrictEqual(log.take(), ["-b"])
        assert.deepStrictEqual(yield* statuses(supervisor), ["a running"])
        assert.strictEqual((yield* Effect.flip(refs[1]!.call("Ping")))._tag, "ProcessDead")
      })
    )
  }
})

describe("what survives a restart", () => {
  clean("the ref, and the messages that wait", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs } = yield* startFamily(log, ["a"])
      const ref = refs[0]!
      log.take()
      const hold = yield* Deferred.make<void>()
      yield* fork(Effect.ignore(ref.call("Run", { work: Deferred.await(hold) })))
      yield* ref.cast("Note", { text: "one" })
      yield* ref.cast("Crash")
      yield* ref.cast("Note", { text: "two" })
      const ping = yield* fork(ref.call("Ping"))
      yield* Deferred.succeed(hold, undefined)
      yield* turns
      assert.deepStrictEqual(log.take(), ["a: one", "-a", "+a", "a: two"])
      assert.strictEqual(yield* Fiber.join(ping), 2)
      assert.strictEqual(ref.incarnation, 2)
    })
  )

  clean("a message that crashes is handed to the next incarnation as often as asked for", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs } = yield* startFamily(log, ["a"], { of: () => ({ redeliver: 2 }) })
      log.take()
      const error = yield* Effect.flip(refs[0]!.call("Crash"))
      assert.strictEqual(error._tag, "ProcessCrashed")
      assert.strictEqual(yield* refs[0]!.call("Ping"), 4)
      assert.deepStrictEqual(log.take(), ["-a", "+a", "-a", "+a", "-a", "+a"])
      const poison = yield* letters
      assert.deepStrictEqual(
        poison.map(({ attempts, reason, tag }) => [tag, reason, attempts]),
        [["Crash", "poison", 3]]
      )
    })
  )

  clean("the caller of the message at fault is told, those behind it are answered", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs } = yield* startFamily(log, ["a"])
      const crashing = yield* fork(Effect.flip(refs[0]!.call("Crash")))
      const behind = yield* fork(refs[0]!.call("Ping"))
      assert.strictEqual((yield* Fiber.join(crashing)).message, `"${refs[0]!.label}" crashed on "Crash": a crashed`)
      assert.strictEqual(yield* Fiber.join(behind), 2)
    })
  )

  clean("not the scoped resources: they are released before the next init", () =>
    Effect.gen(function* () {
      const log = new Log()
      let isSlow = true
      const onStop = Effect.suspend(() => (isSlow ? Effect.sleep(10) : Effect.void))
      const { refs } = yield* startFamily(log, ["a"], { of: () => ({ onStop }) })
      yield* crash(refs[0]!)
      assert.deepStrictEqual(log.take(), ["+a"])
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(log.take(), ["-a", "+a"])
      isSlow = false
    })
  )
})

describe("escalation", () => {
  clean("a monitor of the root sees the crash with RestartIntensityExceeded and its message", () =>
    Effect.gen(function* () {
      const log = new Log()
      const { refs, supervisor } = yield* startFamily(log, ["a", "b"], { intensity: { restarts: 0 } })
      const ended = yield* Process.monitor(supervisor)
      log.take()
      yield* crash(refs[0]!)
      const exit = yield* ended
      if (exit._tag !== "Crashed") return assert.fail(exit._tag)
      const reason = Cause.squash(exit.cause)
      assert.instanceOf(reason, Supervisor.RestartIntensityExceeded)
      assert.match(reason.message, /^"root#\d+" gives up: child "a" ended too often, last by: a crashed$/)
      assert.deepStrictEqual(log.take(), ["-a", "-b"])
    })
  )
})
