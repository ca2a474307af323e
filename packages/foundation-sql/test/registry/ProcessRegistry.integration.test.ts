import { ProcessRegistryContract } from "@foundation/core/testing"
import { backends } from "./backends.ts"

for (const [name, store] of backends) ProcessRegistryContract.suite(name, store)
