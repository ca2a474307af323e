/** The registry stores of this package; those on databases are in the tests of theirs. */
import * as RegistryStore from "../../src/registry/RegistryStore.ts"

export const backends = [
  ["memory", RegistryStore.layerMemory],
  ["memory, shared", RegistryStore.layerMemoryShared]
] as const
