import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Process from "../../src/process/Process.ts"
import * as Simulation from "../../src/testing/Simulation.ts"
import { hundred, Log } from "./log.ts"

const nodes = ["a", "b", "c"]

describe("chaos", () => {
  it.effect("strikes with every fault, and leaves a whole world behind", () =>
    Effect.gen(function* () {
      const struck = new Set<string>()
      for (const seed of hundred.slice(0, 20)) {
        const run = yield* Simulation.record({ seed, nodes }, (sim) =>
          Effect.gen(function* () {
            const disk: Array<number> = []
            yield* sim
              .node("a")
              .boot(Effect.flatMap(Process.start(Log, disk), (log) => sim.node("a").expose("log", log)))
            yield* sim.chaos({ lasting: "20 seconds" })
            const answers = yield* Effect.forEach(["b", "c"], (from) =>
              sim.node(from).run(sim.node("a").remote("log", Log, from).call("Write", { n: 1 }))
            )
            assert.deepStrictEqual(answers, [1, 2])
          })
        )
        if (run.exit._tag === "Failure") return yield* run.exit
        assert.isTrue(run.millis >= 20_000 && run.millis < 21_000, `${run.millis} ms`)
        for (const event of run.trace) if (event.kind === "fault") struck.add(event.detail.replace(/ [abc,]+$/, ""))
      }
      assert.deepStrictEqual(
        struck,
        new Set(["pause", "resume", "crash", "restart", "isolate", "cut from", "cut towards", "heal with", "stop"])
      )
    })
  )

  it.effect("keeps to the faults and nodes that it is given", () =>
    Effect.gen(function* () {
      const run = yield* Simulation.record({ seed: 3, nodes }, (sim) =>
        sim.chaos({ lasting: "1 minute", faults: ["crash"], nodes: ["b"] })
      )
      const crashed = run.trace.filter((event) => event.detail === "crash")
      assert.isTrue(crashed.length > 5)
      assert.isTrue(crashed.every((event) => event.node === "b"))
    })
  )
})

describe("invariants", () => {
  it.effect("what is always to hold is looked at in every instant", () =>
    Effect.gen(function* () {
      let level = 0
      const run = yield* Simulation.record({ seed: 1, nodes }, (sim) =>
        Effect.gen(function* () {
          yield* sim.always(() => (level > 1 ? `the level is ${level}` : undefined))
          const rise = Effect.andThen(
            Effect.sleep("3 seconds"),
            Effect.sync(() => level++)
          )
          yield* sim.node("a").run(Effect.andThen(rise, rise))
          yield* sim.adjust("1 minute")
        })
      )
      assert.deepStrictEqual(
        yield* Effect.flip(run.exit),
        new Simulation.InvariantBroken({ what: "the level is 2", at: 6000 })
      )
    })
  )

  it.effect("an invariant ends with its scope", () =>
    Simulation.run({ seed: 1, nodes: [] }, (sim) =>
      Effect.gen(function* () {
        let holds = true
        yield* Effect.scoped(
          Effect.andThen(
            sim.always(() => (holds ? undefined : "over")),
            sim.adjust("1 second")
          )
        )
        holds = false
        yield* sim.adjust("1 second")
      })
    )
  )
})
