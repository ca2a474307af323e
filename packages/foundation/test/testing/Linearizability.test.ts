import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { campaign } from "../../src/testing/law.ts"
import * as Linearizability from "../../src/testing/Linearizability.ts"
import { Chance } from "../../src/testing/simulation/chance.ts"

type Operation = { readonly write: number } | "read"

const register: Linearizability.Model<number, Operation, number> = {
  initial: 0,
  apply: (state, operation) => (operation === "read" ? [state, state] : [operation.write, operation.write])
}

const call = (operation: Operation, begin: number, end: number, result?: number) =>
  ({ client: "c", operation, begin, end, result }) as Linearizability.Call<Operation, number>

const isFine = (...calls: ReadonlyArray<Linearizability.Call<Operation, number>>) =>
  Linearizability.violation(register, calls) === undefined

describe("Linearizability", () => {
  it("an empty history and one in sequence are fine", () => {
    assert.isTrue(isFine())
    assert.isTrue(isFine(call({ write: 1 }, 1, 2, 1), call("read", 3, 4, 1)))
  })

  it("a stale read is not, unless it overlaps the write", () => {
    assert.isFalse(isFine(call({ write: 1 }, 1, 2, 1), call("read", 3, 4, 0)))
    assert.isTrue(isFine(call({ write: 1 }, 1, 4, 1), call("read", 2, 3, 0)))
  })

  it("two reads during one write do not go back in time", () => {
    assert.isFalse(isFine(call({ write: 1 }, 1, 10, 1), call("read", 2, 3, 1), call("read", 4, 5, 0)))
  })

  it("a write whose outcome nobody learned may take effect late, or never", () => {
    const open = call({ write: 1 }, 1, Infinity)
    assert.isTrue(isFine(open, call("read", 2, 3, 0), call("read", 4, 5, 1)))
    assert.isTrue(isFine(open, call("read", 2, 3, 0)))
    assert.isFalse(isFine(open, call("read", 2, 3, 1), call("read", 4, 5, 0)))
  })

  it("a violation names the operation that no order gets past", () => {
    const found = Linearizability.violation(register, [call({ write: 1 }, 1, 2, 1), call("read", 3, 4, 0)])
    assert.deepStrictEqual([found?.linearized, found?.blocked.operation], [1, "read"])
  })

  it.effect("a history is written down as its operations go", () =>
    Effect.gen(function* () {
      const history = new Linearizability.History<Operation, number>()
      yield* history.record("a", { write: 1 }, Effect.succeed(1))
      yield* Effect.exit(history.record("b", "read", Effect.fail("lost")))
      assert.deepStrictEqual(
        history.calls.map(({ begin, client, end }) => [client, begin, end]),
        [
          ["a", 1, 2],
          ["b", 3, Infinity]
        ]
      )
    })
  )

  it("agrees with trying every order", () => {
    const chance = new Chance(1, "histories")
    for (let n = 0; n < campaign(2000, 100_000); n++) {
      const calls = randomHistory(chance, 1 + chance.below(5))
      assert.strictEqual(isFine(...calls), anyOrder(calls), JSON.stringify(calls))
    }
  })
})

const randomHistory = (chance: Chance, size: number): Array<Linearizability.Call<Operation, number>> =>
  Array.from({ length: size }, () => {
    const begin = chance.below(12)
    const operation: Operation = chance.happens(0.5) ? "read" : { write: 1 + chance.below(2) }
    const end = chance.happens(0.2) ? Infinity : begin + 1 + chance.below(6)
    const result = operation === "read" ? chance.below(3) : operation.write
    return call(operation, begin + chance.fraction() / 2, end, end === Infinity ? undefined : result)
  })

/** The definition itself: some order of the ended calls and some of the open ones explains all results. */
const anyOrder = (calls: ReadonlyArray<Linearizability.Call<Operation, number>>): boolean => {
  const extend = (state: number, left: ReadonlyArray<Linearizability.Call<Operation, number>>): boolean =>
    left.every((each) => each.end === Infinity) ||
    left.some((next) => {
      const others = left.filter((each) => each !== next)
      if (others.some((each) => each.end < next.begin)) return false
      const [after, result] = register.apply(state, next.operation)
      return (next.end === Infinity || result === next.result) && extend(after, others)
    })
  return extend(0, calls)
}
