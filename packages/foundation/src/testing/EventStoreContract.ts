/**
 * What every event store must do, as a suite that any backend can run.
 *
 * **When to use** Call `suite("my backend", layer)` in a test file of your backend. The layer is built once for the
 * suite; tests bring streams of their own, so other data in the store does no harm as long as nobody else writes.
 *
 * **Does not guarantee** That the store survives a restart or a crash: what lasts is the backend's own promise.
 *
 * @since 0.1.0
 */
import { layer as layerBlock } from "@effect/vitest"
import type { Layer } from "effect"
import type { EventStore } from "../events/EventStore.ts"
import { appends } from "./eventStore/appends.ts"
import { reads } from "./eventStore/reads.ts"
import { states } from "./eventStore/states.ts"
import { subscriptions } from "./eventStore/subscriptions.ts"
import { values } from "./eventStore/values.ts"

/** Runs the contract against the backend that `layer` builds. */
export const suite = <E>(name: string, layer: Layer.Layer<EventStore, E>): void =>
  layerBlock(layer, { timeout: "60 seconds" })(`EventStore contract: ${name}`, (it) => {
    appends(it)
    reads(it)
    subscriptions(it)
    states(it)
    values(it, name)
  })
