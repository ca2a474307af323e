import { EquilibriumCertificate } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"

describe("certificates", () => {
  it("the certificate finds a wrong price, a wrong bundle and a market that does not clear", () => {
    const market = {
      kind: "cobb-douglas",
      budgets: [1, 1],
      table: [
        [1, 1],
        [1, 1]
      ],
      supplies: [1, 1]
    } as const
    const even = [
      [0.5, 0.5],
      [0.5, 0.5]
    ]
    const judged = (prices: ReadonlyArray<number>, allocation = even) =>
      EquilibriumCertificate.judge(market, { prices, allocation })
    assert.isTrue(EquilibriumCertificate.holds(judged([1, 1]), 1e-12))
    assert.isAbove(judged([2, 1]).overspending, 0.4)
    assert.isAbove(judged([0.5, 1]).regret, 0.2)
    assert.isAbove(
      judged(
        [1, 1],
        [
          [0.5, 0.5],
          [0.4, 0.5]
        ]
      ).excess,
      0.09
    )
    assert.strictEqual(judged([0, 1]).regret, Infinity)
  })

  it("nothing of a good is nothing at all, though its exponent be too small for doubles", () => {
    const market = { kind: "cobb-douglas", budgets: [1], table: [[1e300, 1e-300]], supplies: [1, 1] } as const
    const judged = (amount: number) =>
      EquilibriumCertificate.judge(market, { prices: [1, 1e-300], allocation: [[1, amount]] })
    assert.strictEqual(judged(0).regret, 1)
    assert.strictEqual(judged(1e-9).regret, 0)
  })

  it("CES next to σ = 1: regret and envy are those of Cobb–Douglas, though 2^(1/(σ−1)) is a factor of all utilities", () => {
    for (const sigma of [1 + 1e-12, 1 - 2 ** -53]) {
      const wishes = {
        kind: "ces",
        table: [
          [0.5, 1.5],
          [0.5, 1.5]
        ],
        sigma: [sigma, sigma]
      } as const
      const market = { ...wishes, budgets: [1, 1], supplies: [2, 2] }
      const regret = (...allocation: ReadonlyArray<ReadonlyArray<number>>) =>
        EquilibriumCertificate.judge(market, { prices: [0.25, 0.75], allocation }).regret
      assert.closeTo(regret([1, 1], [1, 1]), 0, 1e-15)
      // 1 − 3^(1/4) (1/3)^(3/4)
      assert.closeTo(regret([1, 1], [3, 1 / 3]), 1 - 3 ** -0.5, 1e-11)
      const unequal = [
        [0.5, 1],
        [1.5, 1]
      ]
      assert.deepStrictEqual(EquilibriumCertificate.envy(wishes, unequal, 1e-6), [[0, 1]])
    }
  })

  it("finds who is worse off than with what they own, and who would rather have another's bundle", () => {
    const economy = {
      kind: "linear",
      table: [
        [2, 1],
        [1, 2]
      ],
      endowments: [
        [1, 0],
        [0, 1]
      ]
    } as const
    const swapped = [
      [0, 1],
      [1, 0]
    ]
    assert.deepStrictEqual(EquilibriumCertificate.losers(economy, economy.endowments, 1e-6), [])
    assert.deepStrictEqual(EquilibriumCertificate.losers(economy, swapped, 1e-6), [0, 1])
    assert.deepStrictEqual(EquilibriumCertificate.envy(economy, economy.endowments, 1e-6), [])
    assert.deepStrictEqual(EquilibriumCertificate.envy(economy, swapped, 1e-6), [
      [0, 1],
      [1, 0]
    ])
  })
})
