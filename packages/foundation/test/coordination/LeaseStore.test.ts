import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as LeaseStore from "../../src/coordination/LeaseStore.ts"
import { suite } from "../../src/testing/LeaseStoreContract.ts"

suite("memory", LeaseStore.layerMemory)

describe("LeaseStore in memory", () => {
  it.effect("keeps a limited number of elections", () =>
    Effect.gen(function* () {
      const store = yield* LeaseStore.LeaseStore
      const claim = { session: "s", candidate: "c", score: 0, leaseMillis: 1, after: 0 }
      for (let i = 0; i < LeaseStore.electionsMax; i++) yield* store.take(`e${i}`, claim)
      const error = yield* Effect.flip(store.take("late", claim))
      assert(error._tag === "BackendError" && error.reason._tag === "Full")
      assert.include(error.message, "no room")
      yield* store.renew("e0", { session: "s", term: 1, leaseMillis: 1 })
    }).pipe(Effect.provide(LeaseStore.layerMemory))
  )
})
