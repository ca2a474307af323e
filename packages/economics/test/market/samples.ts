/** Inputs of every kind of market, and pieces that many of them share. */
import type { Calculator } from "@mabeam/economics"

/** Endowments in which everybody owns one good of his own, and so much of it. */
export const own = <A extends number | string>(
  ...amounts: ReadonlyArray<A>
): ReadonlyArray<ReadonlyArray<A | number | string>> =>
  amounts.map((amount, agent) =>
    amounts.map((_, good) => (good === agent ? amount : typeof amount === "string" ? "0" : 0))
  )

/** Scarf (1960): three goods in a circle, of which each agent needs two, one unit of either. */
export const scarf = [
  [1, 1, 0],
  [0, 1, 1],
  [1, 0, 1]
]

const table = [
  [1, 2],
  [3, 1]
]
const written = [
  ["1", "2"],
  ["3", "1"]
]

/** An input of every kind, by the name of its calculator. */
export const samples: { readonly [name: string]: Calculator.Json } = {
  "fisher-linear": {
    budgets: [1, "1/2"],
    utilities: table,
    supplies: [1, 1]
  },
  "fisher-cobb-douglas": {
    budgets: ["1", "2"],
    alpha: written,
    supplies: ["1", "1"]
  },
  "fisher-ces": {
    budgets: [1, 2],
    weights: table,
    sigma: [2, 0.5],
    supplies: [1, 1]
  },
  "fisher-leontief": {
    budgets: [1, 2],
    coefficients: table,
    supplies: [1, 1]
  },
  "exchange-linear": {
    utilities: written,
    endowments: own("1", "1")
  },
  "exchange-cobb-douglas": {
    alpha: table,
    endowments: own(1, 1)
  },
  "exchange-ces": {
    weights: table,
    sigma: [2, 0.5],
    endowments: own(1, 1)
  },
  "exchange-leontief": {
    coefficients: table,
    endowments: own(1, 1)
  }
}
