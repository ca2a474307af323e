/** P3 on the store itself: nodes that pause, are late and come back contend for names under virtual time. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { makeMemoryStore } from "../../src/registry/internal/memoryStore.ts"
import type { RegistryStore, Row } from "../../src/registry/RegistryStore.ts"
import { campaign } from "../../src/testing/law.ts"

type Store = RegistryStore["Service"]

/** Seeded numbers below a bound (a linear congruential generator; Numerical Recipes' constants). */
const chance = (seed: number) => {
  let state = Math.imul(seed, 2_654_435_761) >>> 0
  return (bound: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
}

const leaseMillis = 100
const keys = ["a", "b"]

/** What a node believes, by nothing but the answers that it got and when it asked. */
interface Node {
  session: string
  until: number
  readonly owned: Map<string, Row>
}

/** Steps of three nodes; gives what went wrong, if anything did. */
const run = (store: Store, seed: number) =>
  Effect.gen(function* () {
    const random = chance(seed)
    let now = 0
    let claims = 0
    let sessions = 0
    const open = Effect.fnUntraced(function* (node: Node) {
      node.session = `session-${++sessions}`
      node.owned.clear()
      // Counted from before the question: the answer may be late.
      node.until = now + leaseMillis
      yield* store.open(node.session, leaseMillis)
    })
    const nodes = [0, 1, 2].map((): Node => ({ session: "", until: 0, owned: new Map() }))
    yield* Effect.forEach(nodes, open)

    const step = Effect.fnUntraced(function* (node: Node) {
      const key = keys[random(keys.length)]!
      switch (random(5)) {
        case 0: {
          claims++
          const row: Row = {
            namespace: "production",
            key,
            session: node.session,
            claim: claims,
            node: "n",
            label: `p${claims}`,
            metadata: {},
            revision: 1,
            terms: [],
            handle: undefined
          }
          const answer = yield* store.claim([row])
          if (answer._tag === "Lapsed") {
            if (node.until > now) return "a session that surely lives is said to be over"
            yield* open(node)
          } else if (answer.holders[0] === undefined) node.owned.set(key, row)
          return undefined
        }
        case 1: {
          const row = node.owned.get(key)
          if (row === undefined) return undefined
          node.owned.delete(key)
          yield* store.release([row])
          return undefined
        }
        case 2: {
          const asked = now
          if (yield* store.renew(node.session, leaseMillis)) node.until = asked + leaseMillis
          else yield* open(node)
          return undefined
        }
        case 3: {
          const row = yield* store.find("production", key)
          const owners = nodes.filter((it) => it.until > now && it.owned.has(key))
          if (owners.length === 1 && row?.claim !== owners[0]!.owned.get(key)?.claim) return "an owner is not found"
          return undefined
        }
        default: {
          // A pause of everybody, or a partition: no one renews meanwhile.
          const millis = random(4) === 0 ? leaseMillis : random(leaseMillis / 3)
          now += millis
          yield* TestClock.adjust(millis)
          return undefined
        }
      }
    })

    for (let index = 0; index < 60; index++) {
      const problem = yield* step(nodes[random(nodes.length)]!)
      if (problem !== undefined) return `step ${index}: ${problem}`
      for (const key of keys) {
        const owners = nodes.filter((node) => node.until > now && node.owned.has(key))
        if (owners.length > 1) return `step ${index}: "${key}" has ${owners.length} owners`
      }
    }
    return undefined
  })

const check = Effect.fnUntraced(function* (name: string, wrap: (store: Store) => Store = (store) => store) {
  const only = process.env["SEED"]
  const first = Number(only ?? 1)
  const runs = only === undefined ? campaign(1000, 100_000) : 1
  for (let seed = first; seed < first + runs; seed++) {
    const problem = yield* run(wrap(makeMemoryStore({ shared: true })), seed)
    if (problem !== undefined) {
      return `${problem}; replay with: SEED=${seed} npx vitest run --project @foundation/core -t "${name}"`
    }
  }
  return undefined
})

describe("P3: the registry store", () => {
  const law = "a name has at most one owner that may believe in it, and that one is found"
  it.effect(law, () => Effect.map(check(law), (problem) => assert.isUndefined(problem)), 3_600_000)

  it.effect("the law fails on a store that revives sessions which have run out", () =>
    Effect.gen(function* () {
      const problem = yield* check("revived", (store) => ({
        ...store,
        renew: (session, millis) => Effect.as(store.open(session, millis), true)
      }))
      assert.isDefined(problem)
    })
  )

  it.effect("the law fails on a store that releases whatever claim there is", () =>
    Effect.gen(function* () {
      const problem = yield* check("released", (store) => ({
        ...store,
        release: (claims) =>
          Effect.forEach(
            claims,
            ({ key, namespace }) =>
              Effect.flatMap(store.find(namespace, key), (row) =>
                row === undefined ? Effect.void : store.release([row])
              ),
            { discard: true }
          )
      }))
      assert.isDefined(problem)
    })
  )
})
