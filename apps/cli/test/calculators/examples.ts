/** The inputs in `examples/`, the commands they are for, and what these have to answer: worked out by hand, or from the literature. */
import type { Noun } from "../../src/calculators/Calculation.ts"

export interface Example {
  readonly noun: Noun
  /** Fields of the answer; numbers within 1e-9. */
  readonly answer: unknown
}

const auction = (answer: unknown): Example => ({ noun: "auction", answer })
const market = (answer: unknown): Example => ({ noun: "market", answer })

/** Welfare 34 is the most: ada's gpu and bob's pair. Without bob the others get 33, with him 14. */
const bundles = { welfare: 34, winningBids: ["a2", "b1"], optimal: true, gap: 0 }
const vickrey = { payments: { ada: 0, bob: 19, cleo: 0 }, utilities: { ada: 14, bob: 1, cleo: 0 }, revenue: 19 }
const pairs = [
  { buyer: "b1", seller: "s1" },
  { buyer: "b2", seller: "s2" }
]
/** Wikipedia's Tennessee: Nashville beats each of the others, Memphis has the most first places, Knoxville survives the run-off. */
const nashville = { winners: ["Nashville"] }

export const examples: Readonly<Record<string, Example>> = {
  "all-pay": auction({ winner: "bob", payments: { ada: "0.1", bob: "0.2" } }),
  "first-price": auction({ sold: true, winner: "b2", price: 15, tie: false }),
  "second-price": auction({ sold: true, winner: "bob", price: 12, tie: false }),
  english: auction({ sold: true, winner: "ada", price: 16, tie: false }),
  dutch: auction({ sold: true, winner: "bob", price: 75, tie: false }),
  "k-unit-uniform": auction({ winners: ["bob", "cleo"], price: 10 }),
  "k-unit-vickrey": auction({ winners: ["bob", "cleo"], payments: { ada: 0, bob: 11, cleo: 11 } }),
  vcg: auction({ ...bundles, ...vickrey }),
  core: auction({ ...bundles, ...vickrey }),
  "combinatorial-first-price": auction({
    ...bundles,
    payments: { ada: 14, bob: 20, cleo: 0 },
    utilities: { ada: 0, bob: 0, cleo: 0 },
    revenue: 34
  }),
  "double-k": auction({ volume: 2, clearing: { low: 5, high: 7 }, price: 6, trades: pairs, gainsFromTrade: 9 }),
  "double-mcafee": auction({ volume: 2, buyerPrice: 6, sellerPrice: 6, reduced: false, surplus: 0, gainsFromTrade: 9 }),
  "double-sbba": auction({ volume: 1, buyerPrice: 7, sellerPrice: 7, reduced: true, surplus: 0, gainsFromTrade: 7 }),
  "double-vcg": auction({ volume: 2, buyerPrice: 5, sellerPrice: 7, deficit: 4 }),
  call: auction({
    volume: 7,
    price: 9,
    clearing: { low: 9, high: 9 },
    fills: [
      { id: "b1", qty: 5 },
      { id: "b3", qty: 2 },
      { id: "s1", qty: 3 },
      { id: "s2", qty: 4 }
    ],
    gainsFromTrade: 14
  }),
  book: {
    noun: "book",
    answer: {
      trades: [
        { t: 4, buy: "b2", sell: "s2", price: 10.1, qty: 2 },
        { t: 4, buy: "b2", sell: "s1", price: 10.2, qty: 2 },
        { t: 5, buy: "b3", sell: "s1", price: 10.2, qty: 3 },
        { t: 6, buy: "b3", sell: "s3", price: 10.3, qty: 1 },
        { t: 6, buy: "b1", sell: "s3", price: 10, qty: 1 }
      ]
    }
  },
  "fisher-linear": market({ prices: [1, 2], utilities: [2, 3], converged: true }),
  "fisher-cobb-douglas": market({ prices: [1, 2], converged: true }),
  "fisher-ces": market({ converged: true }),
  "fisher-leontief": market({ prices: [0, 3], utilities: [1 / 3, 2 / 9], converged: true }),
  "exchange-linear": market({ prices: [1 / 3, 2 / 3], utilities: [3, 2], converged: true }),
  "exchange-cobb-douglas": market({ prices: [1 / 3, 2 / 3], converged: true }),
  "exchange-ces": market({ converged: true }),
  "exchange-leontief": market({ prices: [1 / 3, 1 / 3, 1 / 3], utilities: [0.5, 0.5, 0.5], converged: true }),
  "supply-demand": market({ price: 30, quantity: 40, consumerSurplus: 400, producerSurplus: 750 }),
  "supply-demand-steps": market({ price: 1, quantity: 230, consumerSurplus: 80, producerSurplus: 100 }),
  schulze: {
    noun: "vote",
    answer: {
      rule: "schulze-winning",
      ...nashville,
      ranking: [["Nashville"], ["Chattanooga"], ["Knoxville"], ["Memphis"]]
    }
  },
  tally: {
    noun: "vote",
    answer: {
      rule: "all",
      plurality: { winners: ["Memphis"] },
      irv: { winners: ["Knoxville"] },
      borda: { ...nashville, scores: { Memphis: 126, Nashville: 194, Chattanooga: 173, Knoxville: 107 } },
      copeland: nashville,
      "schulze-winning": nashville,
      "ranked-pairs-margin": nashville,
      "minimax-winning": nashville,
      kemeny: nashville,
      condorcet: { winner: "Nashville", loser: "Memphis" },
      smith: nashville
    }
  },
  committee: { noun: "vote", answer: { winners: ["ada", "cleo"], jr: true, pjr: true, ejr: true } },
  consensus: {
    noun: "consensus",
    answer: { outcome: "accept", acceptShare: "3/5", rejectShare: "1/5", votesCounted: 4, quorum: 3 }
  },
  outcome: {
    noun: "verify",
    answer: { utilities: { ada: 4, bob: 1 }, welfare: 15, maxWelfare: 15, efficient: true, envyPairs: [], revenue: 10 }
  },
  clock: {
    noun: "clock",
    answer: { clocks: [{ p: 1 }, { p: 2 }, { p: 2, q: 1 }, { r: 1 }, { p: 2, q: 2 }, { p: 2, q: 2, r: 2 }] }
  },
  "clocks-compared": { noun: "clock", answer: { relation: "concurrent", merge: { p: 2, q: 3 } } }
}

const item = ["sold", "winner", "price", "tie"]
const bundle = ["welfare", "winningBids", "payments", "utilities", "revenue", "optimal", "gap"]
const reduced = ["volume", "buyerPrice", "sellerPrice", "reduced", "trades", "surplus", "gainsFromTrade"]
const equilibrium = ["prices", "allocation", "utilities", "converged", "residual", "iterations", "method", "properties"]
const surplus = ["price", "quantity", "consumerSurplus", "producerSurplus"]
const promised = ["tieBreak", "properties"]

/** The fields of each answer, no more and no fewer, beside the name of the calculator. */
export const fields: Readonly<Record<string, ReadonlyArray<string>>> = {
  "all-pay": ["winner", "payments", ...promised],
  "first-price": [...item, ...promised],
  "second-price": [...item, ...promised],
  english: [...item, ...promised],
  dutch: [...item, ...promised],
  "k-unit-uniform": ["winners", "price", ...promised],
  "k-unit-vickrey": ["winners", "payments", ...promised],
  vcg: [...bundle, ...promised],
  core: [...bundle, ...promised],
  "combinatorial-first-price": [...bundle, ...promised],
  "double-k": ["volume", "clearing", "price", "trades", "gainsFromTrade", ...promised],
  "double-mcafee": [...reduced, ...promised],
  "double-sbba": [...reduced, ...promised],
  "double-vcg": ["volume", "buyerPrice", "sellerPrice", "deficit", ...promised],
  call: ["volume", "price", "clearing", "fills", "gainsFromTrade", ...promised],
  book: ["trades", "book", ...promised],
  "fisher-linear": equilibrium,
  "fisher-cobb-douglas": equilibrium,
  "fisher-ces": equilibrium,
  "fisher-leontief": equilibrium,
  "exchange-linear": equilibrium,
  "exchange-cobb-douglas": equilibrium,
  "exchange-ces": equilibrium,
  "exchange-leontief": equilibrium,
  "supply-demand": surplus,
  "supply-demand-steps": surplus,
  schulze: ["winners", "ranking", "pairwise"],
  tally: [
    "plurality",
    "irv",
    "borda",
    "copeland",
    "schulze-winning",
    "schulze-margin",
    "ranked-pairs-winning",
    "ranked-pairs-margin",
    "minimax-winning",
    "minimax-margin",
    "kemeny",
    "condorcet",
    "smith",
    "approval"
  ],
  committee: ["winners", "scores", "tie", "jr", "pjr", "ejr", "tieBreak"],
  consensus: ["outcome", "acceptShare", "rejectShare", "votesCounted", "quorum"],
  outcome: [
    "utilities",
    "individuallyRational",
    "irViolators",
    "welfare",
    "maxWelfare",
    "efficient",
    "efficiencyRatio",
    "revenue",
    "weakBudgetBalance",
    "strongBudgetBalance",
    "noPositiveTransfers",
    "envyFree",
    "envyPairs"
  ],
  clock: ["clocks", "relations"],
  "clocks-compared": ["relation", "merge"]
}
