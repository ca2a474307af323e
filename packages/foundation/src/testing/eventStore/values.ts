/** Values of every form, and agreement with the model. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import type { Schema } from "effect"
import { EventStore } from "../../events/EventStore.ts"
import { campaign } from "../law.ts"
import { broken } from "../law/broken.ts"
import { eventStoreModel } from "./model.ts"
import { data, event, fresh } from "./shared.ts"
import type { It } from "./shared.ts"

export const values = (it: It, name: string): void => {
  it.effect("E61: whatever JSON and names go in come back equal", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const values: ReadonlyArray<Schema.Json> = [
        null,
        "",
        "\u0000 \ud800 \u2028 🙂 ' \" \\ %s $1 ?",
        1e308,
        Number.MIN_VALUE,
        9_007_199_254_740_991,
        [],
        {},
        JSON.parse(`{"__proto__":1,"constructor":{"a":[true,null]}}`) as Schema.Json
      ]
      const stream = fresh(`"; drop table events; -- ${"é".repeat(100)} constructor`)
      const { events } = yield* store.append(
        stream,
        "none",
        values.map((value) => event("__proto__", value, { id: fresh("id' "), correlationId: "toString" }))
      )
      assert.deepStrictEqual(data(events), values)
      assert.deepStrictEqual(yield* store.read(stream), [...events])
      for (const bad of ["", "x".repeat(256), "a\u0000b", "\ud800"]) {
        assert.strictEqual((yield* Effect.flip(store.append(bad, "any", [event("A")])))._tag, "InvalidRequest")
        assert.strictEqual((yield* Effect.flip(store.append(stream, "any", [event(bad)])))._tag, "InvalidEvent")
      }
    })
  )

  it.effect("answers as a simple model does, over random appends", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const problem = yield* broken(
        { name: `contract: ${name} > answers as a simple model` },
        campaign(300, 3_000),
        eventStoreModel.commands,
        (commands) => eventStoreModel.agrees(store, fresh("model"), commands)
      )
      if (problem !== undefined) assert.fail(problem)
    })
  )
}
