import { RegistryStoreContract } from "@foundation/core/testing"
import { backends } from "./backends.ts"

for (const [name, store] of backends) RegistryStoreContract.suite(name, store)
