import { ExchangeCes, ExchangeCobbDouglas, ExchangeLeontief, ExchangeLinear } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { refuses } from "../junk.ts"
import { closeTo, decided, numbersOf } from "./answers.ts"
import { own, scarf } from "./samples.ts"

describe("exchange economies", () => {
  it("Scarf (1960): an equilibrium at equal prices, on which tatonnement circles, is found", () => {
    const { converged, prices, residual } = decided(ExchangeLeontief.calculator, {
      coefficients: scarf,
      endowments: own(1, 1, 1)
    })
    closeTo(prices, [1 / 3, 1 / 3, 1 / 3])
    assert.isTrue(converged)
    assert.isAtMost(Number(residual), 1e-8)
  })

  it("Scarf with other weights: not where the search begins", () => {
    const { converged, prices } = decided(ExchangeLeontief.calculator, {
      coefficients: [
        [1, 2, 0],
        [0, 1, 3],
        [4, 0, 1]
      ],
      endowments: own(5, 7, 9)
    })
    assert.isTrue(converged)
    assert.isTrue(numbersOf(prices).every((price) => price > 0))
  })

  it("complements with three equilibria: one of them is given", () => {
    // Mirror images, so p = (1/2, 1/2) is one; at σ < 1/2 with these endowments there are two more.
    const economy = {
      weights: [
        [1, 0.001],
        [0.001, 1]
      ],
      sigma: [0.1, 0.1],
      endowments: [
        [0, 1],
        [1, 0]
      ]
    }
    const { converged } = decided(ExchangeCes.calculator, economy)
    assert.isTrue(converged)
  })

  it("complements: who owns only what nobody with an income wants has no income, and the good is free", () => {
    const economy = {
      weights: [
        [1, 0],
        [1, 1]
      ],
      endowments: [
        [1, 1],
        [0, 1]
      ]
    }
    const { allocation, converged, prices } = decided(ExchangeCes.calculator, { ...economy, sigma: [0.5, 0.5] })
    assert.isTrue(converged)
    assert.deepStrictEqual(prices, [1, 0])
    assert.deepStrictEqual(allocation, [
      [1, 0],
      [0, 0]
    ])
    // Of substitutes it would take the free good without end: there is no equilibrium, and none is claimed.
    const none = decided(ExchangeCes.calculator, { ...economy, sigma: [0.5, 2] })
    assert.isFalse(none["converged"])
    assert.isAbove(Number(none["residual"]), 0.1)
  })

  it("Cobb–Douglas 2 × 2: p1 / p2 = α21 / α12", () => {
    assert.deepStrictEqual(
      decided(ExchangeCobbDouglas.calculator, {
        alpha: [
          ["3/4", "1/4"],
          ["1/2", "1/2"]
        ],
        endowments: own("1", "1")
      })["prices"],
      ["2/3", "1/3"]
    )
  })

  it("linear agents who swap: rational prices, and nobody loses", () => {
    const { decision, properties } = Result.getOrThrow(
      ExchangeLinear.calculator.solve({
        utilities: [
          ["1", "2"],
          ["3", "1"]
        ],
        endowments: own("1", "1")
      })
    )
    assert.deepStrictEqual(decision["allocation"], [
      ["0", "1"],
      ["1", "0"]
    ])
    assert.deepStrictEqual(properties?.["individually-rational"], { declared: true, holds: true })
  })

  it("a part that is self-sufficient is dear enough that others do not want it", () => {
    // The first two trade among themselves; the third would like their goods but can only trade with itself.
    const { allocation, converged } = decided(ExchangeLinear.calculator, {
      utilities: [
        ["1", "2", "0"],
        ["2", "1", "0"],
        ["100", "100", "1"]
      ],
      endowments: own("1", "1", "1")
    })
    assert.isTrue(converged)
    assert.deepStrictEqual(allocation, [
      ["0", "1", "0"],
      ["1", "0", "0"],
      ["0", "0", "1"]
    ])
  })

  it("Cobb–Douglas that falls apart: each part has its share of the prices", () => {
    assert.deepStrictEqual(
      decided(ExchangeCobbDouglas.calculator, {
        alpha: [
          ["1", "1", "0"],
          ["1", "1", "0"],
          ["0", "0", "1"]
        ],
        endowments: own("1", "1", "5")
      })["prices"],
      ["1/3", "1/3", "1/3"]
    )
  })
})

describe("exchange economies refuse", () => {
  /** The first good belongs to two agents, the second to one. */
  const shared = [...own(1, 1), [1, 0]]
  refuses(ExchangeLinear.calculator, [
    ["endowments of another shape", { utilities: own(1, 1), endowments: [[1, 0]] }, "InvalidFormat", ["endowments"]],
    [
      "nobody who wants what is there",
      {
        utilities: [
          [1, 0],
          [1, 0]
        ],
        endowments: [
          [0, 1],
          [0, 1]
        ]
      },
      "NoEquilibrium",
      ["endowments"]
    ],
    [
      "an owner without wishes",
      {
        utilities: [
          [0, 0],
          [1, 1]
        ],
        endowments: own(1, 1)
      },
      "IllPosedMarket",
      ["utilities", 0]
    ],
    ["a good that nobody owns", { utilities: [[1, 1]], endowments: [[1, 0]] }, "IllPosedMarket", ["utilities", 0, 1]],
    [
      "a wish for goods of one who wants none of his alone",
      {
        utilities: [
          [0, 1],
          [0, 1],
          [1, 0]
        ],
        endowments: shared
      },
      "NoEquilibrium",
      ["utilities", 0]
    ],
    [
      "one who sells and never buys",
      {
        utilities: [
          [1, 0],
          [1, 1]
        ],
        endowments: [
          [1, 1],
          [0, 1]
        ]
      },
      "NoEquilibrium",
      ["endowments", 0, 1]
    ]
  ])
  refuses(ExchangeCes.calculator, [
    [
      "substitutes for goods of one who wants none of his",
      {
        weights: [
          [1, 1],
          [0, 1]
        ],
        sigma: [2, 2],
        endowments: own(1, 1)
      },
      "NoEquilibrium",
      ["weights", 0]
    ]
  ])
  refuses(ExchangeCobbDouglas.calculator, [
    [
      "wishes that are all free",
      {
        alpha: [
          [1, 1],
          [0, 1],
          [1, 0]
        ],
        endowments: shared
      },
      "NoEquilibrium",
      ["alpha", 2]
    ],
    [
      "text of too many digits for fractions",
      {
        alpha: Array.from({ length: 20 }, (_, i) =>
          Array.from({ length: 20 }, (_, j) => `${i + 1}/${"7".repeat(80)}${j}`)
        ),
        endowments: Array.from({ length: 20 }, () => new Array(20).fill("1"))
      },
      "TooLarge",
      ["alpha"]
    ],
    [
      "text with too many goods",
      { alpha: [new Array(61).fill("1")], endowments: [new Array(61).fill("1")] },
      "TooLarge",
      ["alpha", 0]
    ]
  ])
})
