/**
 * A market equilibrium as it is answered: prices, who gets what, and how well it holds.
 *
 * **Guarantees** `converged` is said of an answer only if its own certificate holds to `accuracy`, whatever the method
 * believes; an exact answer is text and was proved in whole numbers. `residual` is the certificate's `excess`, of an exact
 * answer 0: such markets clear to the last digit, and doubles would add their rounding.
 *
 * **Does not guarantee** That there is no other equilibrium: each method says which one it gives.
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import type { Answer, Finding } from "../calculator/Calculator.ts"
import * as Amount from "../input/Amount.ts"
import type { Refusal } from "../input/Refusal.ts"
import * as EquilibriumCertificate from "./EquilibriumCertificate.ts"
import { OutOfRange } from "./Market.ts"
import type { ExchangeEconomy, FisherMarket, Wishes } from "./Market.ts"

/** An answer in doubles. */
export interface Equilibrium {
  readonly prices: Float64Array
  readonly allocation: ReadonlyArray<Float64Array>
  /** `NaN` where doubles cannot hold it, as that of a CES agent with σ next to 1. */
  readonly utilities: Float64Array
  readonly converged: boolean
  readonly residual: number
  readonly iterations: number
  readonly method: string
  /** The same in fractions, if the amounts were text and the equilibrium is rational. */
  readonly exact?: Exact | undefined
}

/** An exact answer; `utilities` where they are rational. */
export interface Exact {
  readonly prices: ReadonlyArray<Amount.Rational>
  readonly allocation: ReadonlyArray<ReadonlyArray<Amount.Rational>>
  readonly utilities?: ReadonlyArray<Amount.Rational> | undefined
}

/** Converged means: the certificate holds to this, relative to each quantity. */
export const accuracy = 1e-8

/** Up to so many evaluations of a utility (agents² × goods) envy is looked for. */
export const envyChecksMax = 100_000

/** What a method has found, before it is judged. */
export interface Found {
  readonly prices: Float64Array
  readonly allocation: ReadonlyArray<Float64Array>
  readonly iterations: number
  readonly method: string
  readonly exact?: Exact | undefined
}

/** `exp`, or `NaN` where a number other than 0 would become 0 or infinite. */
const representable = (log: number): number => {
  const value = Math.exp(log)
  return value === Infinity || (value === 0 && log > -Infinity) ? Number.NaN : value
}

/** The utility by its own formula, which rounds less than logarithms do, where that stays within the range of doubles. */
const plainUtility = ({ kind, table }: Wishes, i: number, bundle: Float64Array): number | undefined => {
  if (kind !== "linear" && kind !== "leontief") return undefined
  const row = table[i]!
  let utility = kind === "linear" ? 0 : Infinity
  for (let j = 0; j < bundle.length; j++) {
    const wish = Amount.toNumber(row[j]!)
    if (kind === "linear") utility += wish * bundle[j]!
    else if (wish > 0) utility = Math.min(utility, bundle[j]! / wish)
  }
  return utility > 0 && utility < Infinity ? utility : undefined
}

/** Utilities and the verdict; refuses prices and amounts that doubles cannot hold. */
export const settle = (market: FisherMarket | ExchangeEconomy, found: Found): Result.Result<Equilibrium, Refusal> => {
  const unpriced = found.prices.findIndex((price) => !Number.isFinite(price))
  if (unpriced !== -1) return Result.fail(tooFar(["prices", unpriced]))
  for (const [i, bundle] of found.allocation.entries()) {
    const odd = bundle.findIndex((amount) => !Number.isFinite(amount))
    if (odd !== -1) return Result.fail(tooFar(["allocation", i, odd]))
  }
  const { certificate, logUtilities } = EquilibriumCertificate.appraise(market, found)
  const utilities = logUtilities.map((log, i) => plainUtility(market, i, found.allocation[i]!) ?? representable(log))
  return Result.succeed({
    ...found,
    utilities,
    converged: EquilibriumCertificate.holds(certificate, accuracy),
    residual: found.exact === undefined ? certificate.excess : 0
  })
}

const tooFar = (path: ReadonlyArray<string | number>): OutOfRange =>
  new OutOfRange({ path, because: "is beyond the range of doubles in the answer; choose other units" })

/** `value × factor / divisor` without detours through 0 or infinity, or `NaN` where it is beyond the range of doubles. */
export const scaled = (value: number, factor: number, divisor: number): number => {
  if (value === 0) return 0
  for (const result of [(value * factor) / divisor, (value / divisor) * factor, value * (factor / divisor)])
    if (result > 0 && result < Infinity) return result
  return Number.NaN
}

/** Properties of an answer. Theory promises those that are declared of an equilibrium; envy and losses are judged by the definitions. */
const propertiesOf = (market: FisherMarket | ExchangeEconomy, equilibrium: Equilibrium): Answer["properties"] => {
  const { allocation, converged } = equilibrium
  const isSmall = allocation.length ** 2 * equilibrium.prices.length <= envyChecksMax
  const envyFree: Finding = {
    declared: converged && "budgets" in market && new Set(market.budgets.map(Amount.toNumber)).size <= 1,
    holds: isSmall ? EquilibriumCertificate.envy(market, allocation, 1e-6).length === 0 : "unchecked"
  }
  // By the first theorem of welfare economics what the certificate holds is efficient; without it nothing is known.
  const efficient: Finding = { declared: converged, holds: converged ? true : "unchecked" }
  return "budgets" in market
    ? { efficient, "envy-free": envyFree }
    : {
        efficient,
        "individually-rational": {
          declared: converged,
          holds: EquilibriumCertificate.losers(market, allocation, 1e-6).length === 0
        },
        "envy-free": envyFree
      }
}

/** As JSON, which has no negative zero, and no number for what doubles cannot hold. */
const plain = (numbers: Float64Array): ReadonlyArray<number | null> =>
  Array.from(numbers, (each) => (Number.isNaN(each) ? null : each + 0))

/** The answer of a calculator. */
export const answerOf = (market: FisherMarket | ExchangeEconomy, equilibrium: Equilibrium): Answer => {
  const { converged, exact, iterations, method, residual } = equilibrium
  const encode = Amount.rationals.encode
  return {
    decision: {
      prices: exact === undefined ? plain(equilibrium.prices) : exact.prices.map(encode),
      allocation:
        exact === undefined ? equilibrium.allocation.map(plain) : exact.allocation.map((row) => row.map(encode)),
      utilities: exact?.utilities === undefined ? plain(equilibrium.utilities) : exact.utilities.map(encode),
      converged,
      residual,
      iterations,
      method
    },
    properties: propertiesOf(market, equilibrium)
  }
}
