import {
  Calculators,
  EquilibriumCertificate,
  ExchangeCes,
  ExchangeCobbDouglas,
  ExchangeLeontief,
  ExchangeLinear,
  FisherCes,
  FisherCobbDouglas,
  FisherLeontief,
  FisherLinear
} from "@mabeam/economics"
import type { Calculator } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Option, Result } from "effect"
import { fuzz, refuses } from "../junk.ts"

const decided = (calculator: Calculator.Calculator, input: unknown) => {
  const { decision } = Result.getOrThrow(calculator.solve(input))
  return decision
}

const numbersOf = (list: unknown): ReadonlyArray<number> => (Array.isArray(list) ? list.map(Number) : [])

const closeTo = (actual: unknown, expected: ReadonlyArray<number>, tolerance = 1e-9) => {
  const numbers = numbersOf(actual)
  assert.strictEqual(numbers.length, expected.length)
  for (const [at, value] of expected.entries()) assert.closeTo(numbers[at] ?? Number.NaN, value, tolerance)
}

const fieldsOf = (calculator: Calculator.Calculator, input: unknown) => Object.keys(decided(calculator, input))

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

describe("exchange economies", () => {
  it("Scarf (1960): an equilibrium at equal prices, on which tatonnement circles, is found", () => {
    const { converged, prices, residual } = decided(ExchangeLeontief.calculator, {
      coefficients: [
        [1, 1, 0],
        [0, 1, 1],
        [1, 0, 1]
      ],
      endowments: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1]
      ]
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
      endowments: [
        [5, 0, 0],
        [0, 7, 0],
        [0, 0, 9]
      ]
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

  it("Cobb–Douglas 2 × 2: p1 / p2 = α21 / α12", () => {
    assert.deepStrictEqual(
      decided(ExchangeCobbDouglas.calculator, {
        alpha: [
          ["3/4", "1/4"],
          ["1/2", "1/2"]
        ],
        endowments: [
          ["1", "0"],
          ["0", "1"]
        ]
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
        endowments: [
          ["1", "0"],
          ["0", "1"]
        ]
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
      endowments: [
        ["1", "0", "0"],
        ["0", "1", "0"],
        ["0", "0", "1"]
      ]
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
        endowments: [
          ["1", "0", "0"],
          ["0", "1", "0"],
          ["0", "0", "5"]
        ]
      })["prices"],
      ["1/3", "1/3", "1/3"]
    )
  })
})

describe("formats", () => {
  const fields = ["prices", "allocation", "utilities", "converged", "residual", "iterations", "method"]

  it("all kinds answer with the fields of their row", () => {
    assert.deepStrictEqual(fieldsOf(FisherLinear.calculator, samples["fisher-linear"]), fields)
    for (const [name, sample] of Object.entries(samples)) {
      const calculator = Option.getOrThrow(Calculators.lookup(name))
      const given = calculator.solve(sample)
      if (!Result.isResult(given)) throw new Error("a market answers at once")
      assert.deepStrictEqual(Object.keys(Result.getOrThrow(given).decision), fields)
    }
  })

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
})

const samples: { readonly [name: string]: Calculator.Json } = {
  "fisher-linear": {
    budgets: [1, "1/2"],
    utilities: [
      [1, 2],
      [3, 1]
    ],
    supplies: [1, 1]
  },
  "fisher-cobb-douglas": {
    budgets: ["1", "2"],
    alpha: [
      ["1", "2"],
      ["3", "1"]
    ],
    supplies: ["1", "1"]
  },
  "fisher-ces": {
    budgets: [1, 2],
    weights: [
      [1, 2],
      [3, 1]
    ],
    sigma: [2, 0.5],
    supplies: [1, 1]
  },
  "fisher-leontief": {
    budgets: [1, 2],
    coefficients: [
      [1, 2],
      [3, 1]
    ],
    supplies: [1, 1]
  },
  "exchange-linear": {
    utilities: [
      ["1", "2"],
      ["3", "1"]
    ],
    endowments: [
      ["1", "0"],
      ["0", "1"]
    ]
  },
  "exchange-cobb-douglas": {
    alpha: [
      [1, 2],
      [3, 1]
    ],
    endowments: [
      [1, 0],
      [0, 1]
    ]
  },
  "exchange-ces": {
    weights: [
      [1, 2],
      [3, 1]
    ],
    sigma: [2, 0.5],
    endowments: [
      [1, 0],
      [0, 1]
    ]
  },
  "exchange-leontief": {
    coefficients: [
      [1, 2],
      [3, 1]
    ],
    endowments: [
      [1, 0],
      [0, 1]
    ]
  }
}

describe("junk", () => {
  for (const calculator of [
    FisherLinear.calculator,
    FisherCobbDouglas.calculator,
    FisherCes.calculator,
    FisherLeontief.calculator,
    ExchangeLinear.calculator,
    ExchangeCobbDouglas.calculator,
    ExchangeCes.calculator,
    ExchangeLeontief.calculator
  ])
    fuzz(calculator, [samples[calculator.name] ?? null], 3_000)

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
    ["σ = 1", { ...Object(samples["fisher-ces"]), sigma: [1, 2] }, "InvalidFormat", ["sigma", 0]],
    ["σ = 0", { ...Object(samples["fisher-ces"]), sigma: [2, "0"] }, "InvalidFormat", ["sigma", 1]],
    ["a σ too few", { ...Object(samples["fisher-ces"]), sigma: [2] }, "InvalidFormat", ["sigma"]]
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
  const apart = [
    [1, 0],
    [0, 1]
  ]
  refuses(ExchangeLinear.calculator, [
    ["endowments of another shape", { utilities: apart, endowments: [[1, 0]] }, "InvalidFormat", ["endowments"]],
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
        endowments: apart
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
        endowments: [
          [1, 0],
          [0, 1],
          [1, 0]
        ]
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
        endowments: apart
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
        endowments: [
          [1, 0],
          [0, 1],
          [1, 0]
        ]
      },
      "NoEquilibrium",
      ["alpha", 2]
    ],
    [
      "text with too many goods",
      { alpha: [new Array(61).fill("1")], endowments: [new Array(61).fill("1")] },
      "TooLarge",
      ["alpha", 0]
    ]
  ])
})
