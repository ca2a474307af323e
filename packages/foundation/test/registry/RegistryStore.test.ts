import { RegistryStoreContract } from "@foundation/core/testing"
import { backends } from "./backends.ts"

for (const [name, layer] of backends) RegistryStoreContract.suite(name, layer)
