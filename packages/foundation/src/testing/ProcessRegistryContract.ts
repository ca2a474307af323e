/**
 * What the process registry does on every store, as a suite: section A and B of the behaviours that the registry was
 * designed after. A backend passes it beside the contract of its store.
 *
 * @since 0.1.0
 */
import { layer as layerBlock } from "@effect/vitest"
import { Layer } from "effect"
import * as ProcessRegistry from "../registry/ProcessRegistry.ts"
import type { RegistryStore } from "../registry/RegistryStore.ts"
import { load } from "./processRegistry/load.ts"
import { metadata } from "./processRegistry/metadata.ts"
import { names } from "./processRegistry/names.ts"
import { watching } from "./processRegistry/watching.ts"

const indexes = [
  "kind",
  "tags",
  "priority",
  "capability",
  "health_status",
  "region",
  "premium",
  "resources.memory",
  "resources.cpu"
]

/** Runs the suite on a store. */
export const suite = <E>(name: string, store: Layer.Layer<RegistryStore, E>): void =>
  layerBlock(Layer.provide(ProcessRegistry.layer({ indexes, lease: "1 hour" }), store), { timeout: "60 seconds" })(
    `ProcessRegistry: ${name}`,
    (it) => {
      names(it)
      metadata(it)
      load(it)
      watching(it)
    }
  )
