/** Equilibria of linear markets judged by the definition alone, in fractions. Shares nothing with the package. */
import { Fraction } from "fraction.js"

type Given = string | number
type Row = ReadonlyArray<Given>

export interface Linear {
  readonly utilities: ReadonlyArray<Row>
  /** Either budgets and supplies, or endowments. */
  readonly budgets?: Row
  readonly supplies?: Row
  readonly endowments?: ReadonlyArray<Row>
}

export interface Claim {
  readonly prices: Row
  readonly allocation: ReadonlyArray<Row>
}

const fractions = (row: Row) => row.map((each) => new Fraction(each))
const sum = (values: ReadonlyArray<Fraction>) => values.reduce((total, value) => total.add(value), new Fraction(0))
const product = (a: ReadonlyArray<Fraction>, b: ReadonlyArray<Fraction>) =>
  sum(a.map((value, j) => value.mul(b[j] ?? new Fraction(0))))

/** What is wrong with a claim, without any tolerance; `undefined` if it is an equilibrium. */
export const flaw = (market: Linear, claim: Claim): string | undefined => {
  const prices = fractions(claim.prices)
  const allocation = claim.allocation.map(fractions)
  const endowments = market.endowments?.map(fractions)
  const supplies = fractions(market.supplies ?? [])
  const stock = endowments === undefined ? supplies : prices.map((_, j) => sum(endowments.map((row) => row[j]!)))
  const incomes = endowments?.map((row) => product(row, prices)) ?? fractions(market.budgets ?? [])
  const total = endowments === undefined ? sum(incomes) : new Fraction(1)
  if (!(endowments === undefined ? product(prices, stock) : sum(prices)).equals(total)) return "prices are not to scale"
  for (const [j, price] of prices.entries()) {
    const taken = sum(allocation.map((row) => row[j]!))
    if (price.compare(0) < 0 || allocation.some((row) => row[j]!.compare(0) < 0)) return `less than nothing of ${j}`
    if (taken.compare(stock[j]!) > 0 || (price.compare(0) > 0 && !taken.equals(stock[j]!)))
      return `good ${j} is not cleared`
  }
  for (const [i, bundle] of allocation.entries()) {
    const utilities = fractions(market.utilities[i] ?? [])
    const wanted = [...prices.keys()].filter((j) => utilities[j]!.compare(0) > 0)
    if (product(prices, bundle).compare(incomes[i]!) > 0) return `agent ${i} spends more than it has`
    if (wanted.some((j) => prices[j]!.compare(0) === 0)) return `agent ${i} wants what is free`
    const rates = wanted.map((j) => utilities[j]!.div(prices[j]!))
    const got = product(utilities, bundle)
    if (rates.some((rate) => rate.mul(incomes[i]!).compare(got) > 0)) return `agent ${i} would rather buy another good`
  }
  return undefined
}
