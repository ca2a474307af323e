import { Amount } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { rooted } from "../../src/market/internal/bangPerBuck.ts"
import { prove } from "../../src/market/internal/exactForest.ts"

/** Two agents with 1 and 9, two goods of which there is one each. */
const market = (utilities: ReadonlyArray<ReadonlyArray<number>>) => ({
  linear: { agents: 2, goods: 2, logUtilities: Float64Array.from(utilities.flat(), Math.log) },
  utility: (agent: number, good: number) => Amount.toRational(utilities[agent]?.[good] ?? 0),
  supplies: [1n, 1n],
  supplyUnit: 1n,
  incomes: [1n, 9n],
  incomeUnit: 1n
})

/** The first agent buys both goods, the second agent the second good: nodes 0 and 1 are agents, 2 and 3 goods. */
const chain = rooted(2, 2, [[2, 3], [3], [0], [0, 1]])

const pricesOf = (utilities: ReadonlyArray<ReadonlyArray<number>>) =>
  chain === undefined
    ? undefined
    : prove(market(utilities), chain)?.prices.map(({ over, under }) => Amount.quotient(over, under))

describe("proofs of linear equilibria", () => {
  it("an edge that would need negative spending is cut, and what is left proved", () => {
    // With the edge both goods would cost 5 and the first agent, who has 1, would owe 4 on the second.
    assert.deepStrictEqual(
      pricesOf([
        [1, 1],
        [1, 100]
      ]),
      [1, 9]
    )
  })

  it("a forest in which somebody would rather buy something else is no proof", () => {
    // Cut apart the goods cost 1 and 9, and the second agent would want the first good.
    assert.isUndefined(
      pricesOf([
        [1, 1],
        [100, 1]
      ])
    )
  })

  it("a tie is told from a lead of one part in 10^15", () => {
    const chainOf = (utility: number) =>
      pricesOf([
        [1, 1],
        [utility, 9]
      ])
    assert.deepStrictEqual(chainOf(1), [1, 9])
    // The second agent, who cared for the second good alone, now buys a little of the first, too.
    assert.deepStrictEqual(chainOf(1 + 2 ** -52), [1 + 2 ** -52, 9])
  })
})
