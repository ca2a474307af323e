/** The store as a map: what any sequence of steps must answer. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { RegistryStore, type Row } from "../../registry/RegistryStore.ts"
import { fresh, open, rowOf, claim, idOf, found, keysOf, scalarTerm } from "./shared.ts"

type Store = RegistryStore["Service"]

/** Random steps on a store and on a map; fails where they differ. */
export const followModel = (store: Store, seed: number) =>
  Effect.provideService(
    Effect.gen(function* () {
      const random = chance(seed)
      const space = fresh("model")
      const sessions = [yield* open(), yield* open()]
      const model = new Map<string, { row: Row; revision: number; value: number }>()
      const past: Array<Row> = []
      const keys = ["a", "b", "c"]
      for (let step = 0; step < 30; step++) {
        const key = keys[random(keys.length)]!
        const held = model.get(key)
        const value = random(3)
        const content = { metadata: { value }, terms: [scalarTerm("value", value)] }
        const where = `seed ${seed}, step ${step}, "${key}"`
        switch (random(5)) {
          case 0: {
            const row = rowOf(sessions[random(2)]!, space, key, content)
            const answer = yield* claim(row)
            assert.deepStrictEqual(answer, held === undefined ? "won" : idOf(held.row), `claim at ${where}`)
            if (held === undefined) model.set(key, { row, revision: 1, value })
            past.push(row)
            break
          }
          case 1: {
            const row = past[random(past.length + 1)] ?? rowOf(sessions[0]!, space, key)
            yield* store.release([row])
            if (model.get(row.key)?.row.claim === row.claim) model.delete(row.key)
            break
          }
          case 2: {
            const revision = random(2) === 0 ? undefined : 1 + random(3)
            const answer = yield* store.update(space, key, { ...content, revision })
            const fits = held !== undefined && (revision === undefined || revision === held.revision)
            const expected = held === undefined ? "Missing" : fits ? "Updated" : "Conflict"
            assert.strictEqual(answer._tag, expected, `update at ${where}`)
            if (fits) model.set(key, { row: held.row, revision: held.revision + 1, value })
            break
          }
          case 3: {
            const rows = yield* store.query(space, [{ field: "value", operator: "=", value }], 10)
            const expected = [...model].filter(([, entry]) => entry.value === value).map(([key]) => key)
            assert.deepStrictEqual(keysOf(rows), expected.toSorted(), `query at ${where}`)
            break
          }
          default: {
            const row = yield* found(space, key)
            const is = row && { claim: row.claim, revision: row.revision, value: row.metadata["value"] }
            const expected = held && { claim: held.row.claim, revision: held.revision, value: held.value }
            assert.deepStrictEqual(is, expected, `find at ${where}`)
          }
        }
      }
    }),
    RegistryStore,
    store
  )

/** Seeded numbers below a bound (a linear congruential generator; Numerical Recipes' constants). */
const chance = (seed: number) => {
  let state = Math.imul(seed, 2_654_435_761) >>> 0
  return (bound: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
}
