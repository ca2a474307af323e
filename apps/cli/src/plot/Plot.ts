/**
 * What people would rather look at: an answer as an SVG. Pure.
 *
 * **Guarantees** The SVG stands alone, loads nothing, follows the reader's light or dark theme, and holds no markup of the input's.
 * What has no picture is a sentence that says why, never an empty picture.
 *
 * @since 0.1.0
 */
import { type Calculator, Market } from "@mabeam/economics"
import { Result } from "effect"
import { bidLandscape } from "./bidLandscape.ts"
import { bundles } from "./bundles.ts"
import { trades } from "./pricePath.ts"
import { tatonnement } from "./tatonnement.ts"
import { curves, twoSided } from "./supplyDemand.ts"

type Draw = (name: string, inputs: Calculator.Json, decision: Calculator.Json) => Result.Result<string, string>

const named = (draw: Draw, ...names: ReadonlyArray<string>): ReadonlyArray<readonly [string, Draw]> =>
  names.map((name) => [name, draw])

const kinds = ["linear", "cobb-douglas", "ces", "leontief"] as const

/** The markets of budgets, and those of endowments. */
const markets = kinds.flatMap((kind) => [
  ...named(
    (name, inputs, decision) =>
      Result.flatMap(told(Market.fisherFrom(kind, inputs)), (market) => tatonnement(name, market, decision)),
    `fisher-${kind}`
  ),
  ...named(
    (name, inputs, decision) =>
      Result.flatMap(told(Market.exchangeFrom(kind, inputs)), (market) => tatonnement(name, market, decision)),
    `exchange-${kind}`
  )
])

const told = <A>(market: Result.Result<A, { readonly message: string }>): Result.Result<A, string> =>
  Result.mapError(market, ({ message }) => message)

/** By the name of the calculator. */
const drawings: ReadonlyMap<string, Draw> = new Map([
  ...named(
    bidLandscape,
    "first-price",
    "second-price",
    "english",
    "dutch",
    "k-unit-uniform",
    "k-unit-vickrey",
    "all-pay"
  ),
  ...named(bundles, "vcg", "combinatorial-first-price", "core"),
  ...named(twoSided, "double-k", "double-mcafee", "double-sbba", "double-vcg", "call"),
  ...named((_, inputs, decision) => curves(inputs, decision), "supply-demand"),
  ...markets,
  ...named((_, inputs, decision) => trades(inputs, decision), "book")
])

/** Draws what a calculator has answered, or says why there is nothing to draw. */
export const draw: Draw = (name, inputs, decision) =>
  drawings.get(name)?.(name, inputs, decision) ?? Result.fail(`there is no picture of "${name}"`)
