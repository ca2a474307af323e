/**
 * Market equilibria of 100 × 100 and what they take: from decoded input, with certificate and properties.
 *
 * @since 0.1.0
 */
import {
  ExchangeCes,
  ExchangeCobbDouglas,
  ExchangeLeontief,
  ExchangeLinear,
  FisherCes,
  FisherCobbDouglas,
  FisherLeontief,
  FisherLinear,
  Market
} from "@mabeam/economics"
import type { Calculator, Equilibrium } from "@mabeam/economics"
import { Result } from "effect"
import { type Case, prepared } from "../case.ts"

/** A stream of numbers in [0, 1) from a seed (mulberry32). */
const chances = (seed: number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** From a decoded market to a judged equilibrium. */
type Solve = (input: unknown) => () => { readonly converged: boolean }

const fisher =
  (
    kind: Market.Kind,
    equilibrium: (market: Market.FisherMarket) => Result.Result<Equilibrium.Equilibrium, unknown>
  ): Solve =>
  (input) => {
    const market = Result.getOrThrow(Market.fisherFrom(kind, input))
    return () => Result.getOrThrow(equilibrium(market))
  }

const exchange =
  (
    kind: Market.Kind,
    equilibrium: (economy: Market.ExchangeEconomy) => Result.Result<Equilibrium.Equilibrium, unknown>
  ): Solve =>
  (input) => {
    const economy = Result.getOrThrow(Market.exchangeFrom(kind, input))
    return () => Result.getOrThrow(equilibrium(economy))
  }

/** The whole calculator: input decoded, properties judged. */
const whole =
  (calculator: Calculator.Calculator): Solve =>
  (input) =>
  () => ({ converged: Result.getOrThrow(calculator.solve(input)).decision["converged"] === true })

const tables = { linear: "utilities", "cobb-douglas": "alpha", ces: "weights", leontief: "coefficients" } as const

/** Four random markets: all agents want something of everything. */
const inputsOf = (family: "fisher" | "exchange", kind: Market.Kind, n: number) =>
  [1, 2, 3, 4].map((seed) => {
    const chance = chances(seed)
    const row = () => Array.from({ length: n }, () => 0.01 + chance())
    const rows = () => Array.from({ length: n }, row)
    return {
      [tables[kind]]: rows(),
      ...(kind === "ces" ? { sigma: Array.from({ length: n }, () => 0.5 + 2.4 * chance()) } : {}),
      ...(family === "fisher" ? { budgets: row(), supplies: row() } : { endowments: rows() })
    }
  })

const marketCase = (
  family: "fisher" | "exchange",
  kind: Market.Kind,
  solve: Solve,
  limitMillis?: number,
  what = "from decoded input, judged"
): Case => ({
  name: `market ${family}-${kind}${what.startsWith("whole") ? " calculator" : ""}`,
  about: `equilibrium of a random market of n agents and n goods, ${family}-${kind}, ${what}`,
  sizes: [100],
  targets: () => (limitMillis === undefined ? [] : [{ figure: "p50_us", value: limitMillis * 1_000, kind: "limit" }]),
  body: prepared(200, (n) => {
    const runs = inputsOf(family, kind, n).map(solve)
    let next = 0
    return () => {
      if (runs[next++ % runs.length]?.().converged !== true) throw new Error(`${family}-${kind} has not converged`)
    }
  })
})

export const marketCases: ReadonlyArray<Case> = [
  marketCase("fisher", "cobb-douglas", fisher("cobb-douglas", FisherCobbDouglas.equilibrium), 1),
  marketCase("fisher", "ces", fisher("ces", FisherCes.equilibrium), 5),
  marketCase("fisher", "linear", fisher("linear", FisherLinear.equilibrium), 150),
  marketCase("fisher", "leontief", fisher("leontief", FisherLeontief.equilibrium)),
  marketCase("exchange", "cobb-douglas", exchange("cobb-douglas", ExchangeCobbDouglas.equilibrium)),
  marketCase("exchange", "ces", exchange("ces", ExchangeCes.equilibrium)),
  marketCase("exchange", "linear", exchange("linear", ExchangeLinear.equilibrium)),
  marketCase("exchange", "leontief", exchange("leontief", ExchangeLeontief.equilibrium)),
  marketCase("fisher", "cobb-douglas", whole(FisherCobbDouglas.calculator), undefined, "whole calculator"),
  marketCase("fisher", "ces", whole(FisherCes.calculator), undefined, "whole calculator")
]
