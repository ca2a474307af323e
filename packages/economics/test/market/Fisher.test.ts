import { FisherCes, FisherCobbDouglas, FisherLeontief, FisherLinear } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { refuses } from "../junk.ts"
import { closeTo, decided } from "./answers.ts"
import { own, samples } from "./samples.ts"

describe("linear Fisher markets", () => {
  it("two agents who like different goods: exact fractions for text, the same for numbers", () => {
    const text = {
      budgets: ["1", "2"],
      utilities: [
        ["1", "2"],
        ["3", "1"]
      ],
      supplies: ["1", "1"]
    }
    assert.deepStrictEqual(decided(FisherLinear.calculator, text), {
      prices: ["2", "1"],
      allocation: [
        ["0", "1"],
        ["1", "0"]
      ],
      utilities: ["2", "3"],
      converged: true,
      residual: 0,
      iterations: 8,
      method: "proportional-response, exact"
    })
  })

  it("agents who share a good: its price ties the prices of both", () => {
    // Both spend on the second good, so p1/p2 = 2 for the first agent; 3 = p1 + p2.
    const { allocation, prices } = decided(FisherLinear.calculator, {
      budgets: ["5/2", "1/2"],
      utilities: [
        ["2", "1"],
        ["1", "1"]
      ],
      supplies: ["1", "1"]
    })
    assert.deepStrictEqual(prices, ["2", "1"])
    assert.deepStrictEqual(allocation, [
      ["1", "0.5"],
      ["0", "0.5"]
    ])
  })

  it("numbers are the doubles nearest to the exact solution: a tenth and two tenths", () => {
    const { prices } = decided(FisherLinear.calculator, { budgets: [0.1, 0.2], utilities: [[1], [1]], supplies: [3] })
    // 0.1 and 0.2 are doubles; the nearest double to a third of their exact sum.
    assert.deepStrictEqual(prices, [0.1])
    const third = decided(FisherLinear.calculator, { budgets: [1], utilities: [[1]], supplies: [3] })
    assert.deepStrictEqual(third["prices"], [1 / 3])
  })

  it("an exact answer leaves no residual, though doubles would make one of its ninths", () => {
    const { allocation, residual } = decided(FisherLinear.calculator, {
      budgets: ["1/2", "1", "2", "1"],
      utilities: [["1"], ["1/2"], ["1"], ["1"]],
      supplies: ["1"]
    })
    assert.deepStrictEqual(allocation, [["1/9"], ["2/9"], ["4/9"], ["2/9"]])
    assert.strictEqual(residual, 0)
  })

  it("everything tied: all utilities equal", () => {
    const { converged, method, prices } = decided(FisherLinear.calculator, {
      budgets: ["1", "1", "1"],
      utilities: [
        ["1", "1"],
        ["1", "1"],
        ["1", "1"]
      ],
      supplies: ["1", "2"]
    })
    assert.deepStrictEqual([prices, converged, method], [["1", "1"], true, "proportional-response, exact"])
  })

  it("a good that nobody wants costs nothing and is left over; an agent without a budget gets nothing", () => {
    const { allocation, prices } = decided(FisherLinear.calculator, {
      budgets: [1, 0],
      utilities: [
        [1, 0],
        [5, 0]
      ],
      supplies: [2, 7]
    })
    assert.deepStrictEqual(
      [prices, allocation],
      [
        [0.5, 0],
        [
          [2, 0],
          [0, 0]
        ]
      ]
    )
  })

  it("ratios of utilities beyond the range of doubles do not disturb it", () => {
    const { converged, prices } = decided(FisherLinear.calculator, {
      budgets: [1, 1],
      utilities: [
        [1e300, 1e-300],
        [0, 1e-300]
      ],
      supplies: [1, 1]
    })
    assert.deepStrictEqual([prices, converged], [[1, 1], true])
  })

  it("a dear wish of a poor agent: budgets 1e-300 beside 1", () => {
    const { converged, prices } = decided(FisherLinear.calculator, {
      budgets: [1, 1e-300],
      utilities: [
        [1, 0],
        [1, 1]
      ],
      supplies: [1, 1]
    })
    assert.deepStrictEqual([prices, converged], [[1, 1e-300], true])
  })

  it("a utility that doubles cannot hold is null, and the rest stands", () => {
    const { converged, prices, utilities } = decided(FisherLinear.calculator, {
      budgets: [1, 1],
      utilities: [
        [1e300, 1e300],
        [1, 1]
      ],
      supplies: [1e300, 1e300]
    })
    assert.deepStrictEqual([converged, prices, utilities], [true, [1e-300, 1e-300], [null, 1e300]])
  })

  it("equal budgets: declared envy-free, and so it is", () => {
    const { properties } = Result.getOrThrow(
      FisherLinear.calculator.solve({
        budgets: [1, 1],
        utilities: [
          [3, 1],
          [2, 2]
        ],
        supplies: [1, 1]
      })
    )
    assert.deepStrictEqual(properties, {
      efficient: { declared: true, holds: true },
      "envy-free": { declared: true, holds: true }
    })
  })

  it("unequal budgets: envy is found", () => {
    const { properties } = Result.getOrThrow(
      FisherLinear.calculator.solve({
        budgets: [1, 9],
        utilities: [
          [1, 1],
          [1, 1]
        ],
        supplies: [1, 1]
      })
    )
    assert.deepStrictEqual(properties?.["envy-free"], { declared: false, holds: false })
  })
})

describe("other Fisher markets", () => {
  it("Cobb–Douglas: the textbook's shares", () => {
    assert.deepStrictEqual(
      decided(FisherCobbDouglas.calculator, {
        budgets: ["1", "2"],
        alpha: [
          ["1", "2"],
          ["1", "1"]
        ],
        supplies: ["1", "1"]
      })["allocation"],
      [
        ["0.25", "0.4"],
        ["0.75", "0.6"]
      ]
    )
  })

  it("CES with σ = 1/2 and one agent: w p^−σ = p-weighted supply", () => {
    // One agent buys all: w_j p_j^−1/2 / s_j is the same for both goods.
    const { prices } = decided(FisherCes.calculator, {
      budgets: [6],
      weights: [[1, 1]],
      sigma: [0.5],
      supplies: [1, 2]
    })
    closeTo(prices, [4, 1])
  })

  it("CES nearly linear (σ = 10,000) and nearly Leontief (σ = 0.01) converge", () => {
    for (const sigma of [1e4, 0.01]) {
      const { converged } = decided(FisherCes.calculator, {
        budgets: [1, 2, 1],
        weights: [
          [1, 2, 3],
          [3, 1, 2],
          [1, 1, 1]
        ],
        sigma: [sigma, sigma, sigma],
        supplies: [1, 2, 3]
      })
      assert.isTrue(converged)
    }
  })

  it("CES next to σ = 1: the price, the utility and the verdict of Cobb–Douglas, up to the last double beside 1", () => {
    // With weights that sum to 1, u → Π (x_j / w_j)^(w_j): here 8^(1/4) 4^(3/4).
    for (const sigma of [1 + 1e-6, 1 - 1e-9, 1 + 1e-12, 1 - 1e-15, 1 + 2 ** -52, 1 - 2 ** -53]) {
      const { converged, prices, utilities } = decided(FisherCes.calculator, {
        budgets: [1],
        weights: [[0.25, 0.75]],
        sigma: [sigma],
        supplies: [2, 3]
      })
      assert.isTrue(converged)
      closeTo(prices, [0.125, 0.25], Math.abs(sigma - 1) + 1e-12)
      closeTo(utilities, [2 ** 2.25], 10 * Math.abs(sigma - 1) + 1e-12)
    }
  })

  it("CES next to σ = 1: a utility that doubles cannot hold does not keep a right answer from being one", () => {
    // 3^(1/(σ−1)) is a factor of it.
    const { converged, utilities } = decided(FisherCes.calculator, {
      budgets: [7, 7],
      weights: [
        [1, 1, 1],
        [2, 1, 0]
      ],
      sigma: [1 - 1e-9, 1 + 1e-13],
      supplies: [2, 1, 2]
    })
    assert.isTrue(converged)
    assert.deepStrictEqual(utilities, [null, null])
  })

  it("what only an agent without a budget wants costs 0, if it wants something dear, too, and that is of no use without", () => {
    const market = { budgets: ["1", "0"], supplies: ["1", "1"] }
    const table = [
      ["1", "0"],
      ["1", "1"]
    ]
    const { allocation, converged, prices } = decided(FisherCobbDouglas.calculator, { ...market, alpha: table })
    assert.isTrue(converged)
    assert.deepStrictEqual(prices, ["1", "0"])
    assert.deepStrictEqual(allocation, [
      ["1", "0"],
      ["0", "0"]
    ])
    for (const answer of [
      decided(FisherCes.calculator, { ...market, weights: table, sigma: ["1/2", "1/2"] }),
      decided(FisherLeontief.calculator, { ...market, coefficients: table })
    ]) {
      assert.isTrue(answer["converged"])
      assert.deepStrictEqual(answer["prices"], [1, 0])
      assert.deepStrictEqual(answer["utilities"], [1, 0])
    }
  })

  it("Leontief: the good that runs out takes all the money", () => {
    assert.deepStrictEqual(
      decided(FisherLeontief.calculator, { budgets: [3], coefficients: [[1, 1]], supplies: [1, 2] })["prices"],
      [3, 0]
    )
  })

  it("Leontief, two agents, both goods used up: utilities from two equations", () => {
    // t1 + 2 t2 = 1 and 2 t1 + t2 = 1: t = 1/3 each, prices 1/2 each (by symmetry).
    const { prices, utilities } = decided(FisherLeontief.calculator, {
      budgets: [0.5, 0.5],
      coefficients: [
        [1, 2],
        [2, 1]
      ],
      supplies: [1, 1]
    })
    closeTo(prices, [0.5, 0.5])
    closeTo(utilities, [1 / 3, 1 / 3])
  })
})

describe("Fisher markets refuse", () => {
  const fisher = (change: object) => ({
    budgets: [1, 1],
    utilities: [
      [1, 2],
      [2, 1]
    ],
    supplies: [1, 1],
    ...change
  })
  refuses(FisherLinear.calculator, [
    ["a number", 7, "InvalidFormat", []],
    ["no agents", fisher({ budgets: [], utilities: [] }), "InvalidFormat", ["budgets"]],
    ["no goods", fisher({ supplies: [], utilities: [[], []] }), "InvalidFormat", ["supplies"]],
    ["a row too few", fisher({ utilities: [[1, 2]] }), "InvalidFormat", ["utilities"]],
    ["a short row", fisher({ utilities: [[1, 2], [2]] }), "InvalidFormat", ["utilities", 1]],
    [
      "a negative utility",
      fisher({
        utilities: [
          [1, 2],
          [2, -1]
        ]
      }),
      "InvalidAmount",
      ["utilities", 1, 1]
    ],
    ["infinite supply", fisher({ supplies: [1, Infinity] }), "InvalidAmount", ["supplies", 1]],
    ["a budget that is no amount", fisher({ budgets: ["1", "a"] }), "InvalidAmount", ["budgets", 1]],
    ["a key of another kind", fisher({ alpha: [] }), "InvalidFormat", ["alpha"]],
    ["nobody with money", fisher({ budgets: [0, 0] }), "IllPosedMarket", ["budgets"]],
    [
      "money without a wish",
      fisher({
        utilities: [
          [0, 0],
          [1, 1]
        ]
      }),
      "IllPosedMarket",
      ["utilities", 0]
    ],
    ["a wanted good that is not there", fisher({ supplies: [1, 0] }), "IllPosedMarket", ["supplies", 1]],
    [
      "a good wanted only by those without money",
      fisher({
        budgets: [1, 0],
        utilities: [
          [1, 0],
          [1, 1]
        ]
      }),
      "IllPosedMarket",
      ["utilities", 1, 1]
    ],
    [
      "prices beyond doubles",
      fisher({ budgets: [1e300, 1e300], supplies: [1e-300, 1e-300] }),
      "OutOfRange",
      ["prices", 0]
    ],
    ["too many goods", fisher({ supplies: new Array(501).fill(1) }), "TooLarge", ["supplies"]]
  ])
  refuses(FisherCes.calculator, [
    [
      "substitutes of an agent without money that would be free",
      {
        budgets: [1, 0],
        weights: [
          [1, 0],
          [1, 1]
        ],
        sigma: [0.5, 2],
        supplies: [1, 1]
      },
      "IllPosedMarket",
      ["weights", 1, 1]
    ],
    ["σ = 1", { ...Object(samples["fisher-ces"]), sigma: [1, 2] }, "InvalidFormat", ["sigma", 0]],
    ["σ = 0", { ...Object(samples["fisher-ces"]), sigma: [2, "0"] }, "InvalidFormat", ["sigma", 1]],
    ["a σ too few", { ...Object(samples["fisher-ces"]), sigma: [2] }, "InvalidFormat", ["sigma"]]
  ])
  refuses(FisherCobbDouglas.calculator, [
    [
      "a good that is all an agent without money wants, and nobody else",
      { budgets: [1, 0], alpha: own(1, 1), supplies: [1, 1] },
      "IllPosedMarket",
      ["alpha", 1, 1]
    ],
    [
      "text of too many digits for fractions",
      {
        budgets: new Array(100).fill("1"),
        alpha: Array.from({ length: 100 }, (_, i) => Array.from({ length: 40 }, (_, j) => `${i + 1}/${101 + j}`)),
        supplies: new Array(40).fill("1")
      },
      "TooLarge",
      ["alpha"]
    ]
  ])
  refuses(FisherLeontief.calculator, [
    [
      "an agent without money whose needs are left over",
      {
        budgets: [1, 0],
        coefficients: [
          [1, 1],
          [0, 1]
        ],
        supplies: [1, 5]
      },
      "IllPosedMarket",
      ["coefficients", 1]
    ]
  ])
})
