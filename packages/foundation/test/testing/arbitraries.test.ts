import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Result, Schema } from "effect"
import { outranks } from "../../src/coordination/internal/lease.ts"
import * as VectorClock from "../../src/coordination/VectorClock.ts"
import * as Event from "../../src/events/Event.ts"
import * as Process from "../../src/process/Process.ts"
import { isAbnormal, shouldRestart } from "../../src/process/internal/restart.ts"
import { checkMetadata, checkName, NameImpl } from "../../src/registry/internal/check.ts"
import * as Arbitraries from "../../src/testing/arbitraries.ts"
import { campaign } from "../../src/testing/law.ts"
import * as Simulation from "../../src/testing/Simulation.ts"
import { Log } from "./log.ts"

const sample = <A>(arbitrary: Arbitrary.Arbitrary<A>) =>
  Arbitrary.sampleEffect(arbitrary, { count: campaign(2000, 20_000), seed: "arbitraries" })

describe("arbitraries", () => {
  it.effect("names, namespaces and metadata are admitted by the registry", () =>
    Effect.gen(function* () {
      const names = [...(yield* sample(Arbitraries.names))]
      for (const key of names) assert.isUndefined(checkName(nameOf(key, undefined), "production"), JSON.stringify(key))
      assert.includeMembers(names, ["constructor", "__proto__"])
      for (const namespace of yield* sample(Arbitraries.namespaces)) {
        assert.isUndefined(checkName(nameOf("key", namespace), namespace), JSON.stringify(namespace))
      }
      for (const metadata of yield* sample(Arbitraries.metadata)) {
        assert.deepStrictEqual(checkMetadata(nameOf("key", undefined), "production", metadata), metadata)
      }
      assert.isAtMost(new Set(yield* sample(Arbitraries.fewNames(3))).size, 3)
    })
  )

  it.effect("events are accepted as they are", () =>
    Effect.gen(function* () {
      for (const input of yield* sample(Arbitraries.eventInputs)) {
        assert.isTrue(Result.isSuccess(Event.parseInput(input, 0)), JSON.stringify(input))
      }
      const isStored = Schema.is(Event.Stored)
      for (const event of yield* sample(Arbitraries.storedEvents)) assert.isTrue(isStored(event))
    })
  )

  it.effect("exits, restart types and strategies come in all their kinds", () =>
    Effect.gen(function* () {
      const exits = yield* sample(Arbitraries.processExits)
      assert.deepStrictEqual(
        new Set(exits.map((exit) => exit._tag)),
        new Set(["Normal", "Shutdown", "Killed", "Crashed"])
      )
      for (const restart of yield* sample(Arbitraries.restartTypes)) {
        for (const exit of exits.slice(0, 20)) {
          assert.strictEqual(
            shouldRestart(restart, exit),
            restart === "permanent" || (restart === "transient" && isAbnormal(exit))
          )
        }
      }
      assert.strictEqual(new Set(yield* sample(Arbitraries.strategies)).size, 3)
      for (const { restarts, within } of yield* sample(Arbitraries.intensities)) {
        assert.isTrue(restarts >= 0 && within >= 1)
      }
    })
  )

  it.effect("clocks survive their codec and come in all four orderings", () =>
    Effect.gen(function* () {
      const clocks = yield* sample(Arbitraries.vectorClocks)
      const orderings = new Set<string>()
      for (const [n, clock] of clocks.entries()) {
        const encoded = yield* Schema.encodeEffect(VectorClock.VectorClock)(clock)
        assert.deepStrictEqual(yield* Schema.decodeEffect(VectorClock.VectorClock)(encoded), clock)
        orderings.add(VectorClock.compare(clock, clocks[n + 1] ?? clock))
        orderings.add(VectorClock.compare(clock, VectorClock.increment(clock, "a")))
        orderings.add(VectorClock.compare(VectorClock.increment(clock, "a"), clock))
      }
      assert.deepStrictEqual(orderings, new Set(["before", "after", "concurrent", "equal"]))
    })
  )

  it.effect("claims tie in score and candidate, and one of two always comes first", () =>
    Effect.gen(function* () {
      const claims = yield* sample(Arbitraries.claims)
      const ties = claims.filter((claim, n) => claim.score === claims[n + 1]?.score)
      assert.isAbove(ties.length, 10)
      for (const [n, a] of claims.entries()) {
        const b = claims[n + 1] ?? a
        const same = a.score === b.score && a.candidate === b.candidate && a.session === b.session
        assert.strictEqual(outranks(a, b) || outranks(b, a), !same)
      }
    })
  )

  it.effect("networks and seeds make simulations that run", () =>
    Effect.gen(function* () {
      const worlds = yield* Arbitrary.sampleEffect(Arbitrary.all([Arbitraries.networks, Arbitraries.seeds]), {
        count: 50,
        seed: "worlds"
      })
      for (const [network, seed] of worlds) {
        const run = yield* Simulation.record({ seed, nodes: ["a", "b"], network }, (sim) =>
          sim.node("a").run(Effect.asVoid(Effect.forEach([1, 2], () => Process.start(Log, []))))
        )
        assert.strictEqual(run.exit._tag, "Success")
      }
    })
  )
})

const nameOf = (key: string, namespace: string | undefined) => new NameImpl(key, namespace, Log.protocol, undefined)
