/** One protocol, two transports: the same suite over the local mailbox and over a cluster entity. */
import { Process, Supervisor } from "@foundation/core"
import { Effect, Layer, Scope } from "effect"
import { TestRunner } from "effect/cluster"
import { TestClock } from "effect/testing"
import * as ProcessEntity from "../src/ProcessEntity.ts"
import { Addresses, type Entries, Probe, Shop, suite } from "./transportSuite.ts"

/** A process of this program for each id, under a supervisor. */
const layerLocal: Layer.Layer<Addresses, never, Probe> = Layer.effect(
  Addresses,
  Effect.gen(function* () {
    const probe = yield* Probe
    const scope = yield* Effect.scope
    const known = new Map<string, Process.Address<Entries>>()
    const start = (id: string) =>
      Supervisor.start(Supervisor.make({ name: "shops" })).pipe(
        Effect.flatMap((root) => Supervisor.startChild(root, Supervisor.child(Shop, { id }))),
        Effect.provideService(Probe, probe),
        Effect.tap((ref) => Effect.sync(() => known.set(id, ref))),
        Effect.orDie
      )
    return (id: string) => {
      const address = known.get(id)
      return address === undefined ? Effect.provideService(start(id), Scope.Scope, scope) : Effect.succeed(address)
    }
  })
)

/** An entity of an in-memory cluster for each id. Messages are encoded and decoded as on a network. */
const layerEntity: Layer.Layer<Addresses, never, Probe> = Layer.effect(
  Addresses,
  Effect.gen(function* () {
    const shops = yield* ProcessEntity.client(Shop)
    // The runner takes its shards in the first turn of its clock.
    yield* TestClock.adjust(1)
    return (id: string) => Effect.succeed(shops(id))
  })
).pipe(Layer.provide(ProcessEntity.layer(Shop)), Layer.provide(TestRunner.layer))

suite("over the local mailbox", layerLocal)
suite("over a cluster entity", layerEntity)
