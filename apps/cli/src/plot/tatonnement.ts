/** How prices that follow excess demand, from equal ones on, find the equilibrium of a market, or do not. */
import { type Calculator, type Market, Tatonnement } from "@mabeam/economics"
import { Result, Schema } from "effect"
import { toEquilibrium } from "./pricePath.ts"
import { Money, read, toNumber } from "./reading.ts"

const decisionOf = read(Schema.Struct({ prices: Schema.Array(Money) }))

const steps = 120
/** The share of the excess demand by which prices rise in a step. Demand that jumps needs small steps. */
const rates = { linear: 0.04, smooth: 0.25 } as const
/** A good that is nearly free is wanted without end: beyond this it rises no faster. */
const excessMax = 2
/** The path has arrived when every price is so close to the equilibrium, relative to the highest. */
const near = 0.02

type Economy = Market.FisherMarket | Market.ExchangeEconomy

export const tatonnement = (
  name: string,
  market: Economy,
  decision: Calculator.Json
): Result.Result<string, string> => {
  const found = decisionOf(decision)?.prices.map(toNumber)
  if (found === undefined || found.length === 0) return Result.fail("there are no prices to draw")
  const path = pathOf(market, found)
  const end = path.at(-1) ?? []
  const highest = found.reduce((top, price) => Math.max(top, price), 0)
  const arrived = found.every((price, good) => Math.abs(price - (end[good] ?? 0)) <= near * highest)
  return toEquilibrium(
    `${name}: prices on their way`,
    `tatonnement from equal prices ${arrived ? "arrives at" : "does not settle at"} the equilibrium (dashed)`,
    path,
    found
  )
}

const pathOf = (market: Economy, found: ReadonlyArray<number>): ReadonlyArray<ReadonlyArray<number>> => {
  const supplies = suppliesOf(market)
  const demand = Tatonnement.excessDemand(market)
  const relative = (prices: ReadonlyArray<number>) =>
    demand(prices).map((excess, good) => Math.min(excessMax, excess / (supplies[good] || 1)))
  const steepest = market.kind === "ces" ? Math.max(1, ...(market.sigma ?? []).map(toNumber)) : 1
  const rate = (market.kind === "linear" ? rates.linear : rates.smooth) / steepest
  // Everything on the market is worth the same before and after, so that both ends of the path can be compared.
  const worth = (prices: ReadonlyArray<number>) =>
    "budgets" in market
      ? prices.reduce((sum, price, good) => sum + price * (supplies[good] ?? 0), 0)
      : prices.reduce((sum, price) => sum + price, 0)
  const total = worth(found)
  const scaled = (prices: ReadonlyArray<number>) => prices.map((price) => (price * total) / worth(prices))
  const from = Tatonnement.start(scaled(found.map(() => 1)))
  const step = Tatonnement.make(relative, { rate, rule: "multiplicative" })
  return Tatonnement.path(step, from, steps).map(({ prices }) => scaled(prices))
}

const suppliesOf = (market: Economy): ReadonlyArray<number> =>
  "budgets" in market
    ? market.supplies.map(toNumber)
    : (market.endowments[0] ?? []).map((_, good) =>
        market.endowments.reduce((sum, row) => sum + toNumber(row[good] ?? 0), 0)
      )
