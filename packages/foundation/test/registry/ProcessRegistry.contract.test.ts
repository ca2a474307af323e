import { ProcessRegistryContract } from "@foundation/core/testing"
import { backends } from "./backends.ts"

for (const [name, layer] of backends) ProcessRegistryContract.suite(name, layer)
