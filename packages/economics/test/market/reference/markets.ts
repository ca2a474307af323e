/**
 * Market equilibria by the slowest and plainest means: demand functions from the textbook, bisection where there are two
 * goods, small price adjustments where there are more. Shares nothing with the package.
 */

export type Kind = "linear" | "cobb-douglas" | "ces" | "leontief"

export interface Plain {
  readonly kind: Kind
  readonly table: ReadonlyArray<ReadonlyArray<number>>
  readonly sigma?: ReadonlyArray<number>
  /** Either budgets and supplies, or endowments. */
  readonly budgets?: ReadonlyArray<number>
  readonly supplies?: ReadonlyArray<number>
  readonly endowments?: ReadonlyArray<ReadonlyArray<number>>
}

const sum = (values: ReadonlyArray<number>) => values.reduce((total, value) => total + value, 0)

export const suppliesOf = ({ endowments = [], supplies }: Plain): ReadonlyArray<number> =>
  supplies ?? (endowments[0] ?? []).map((_, j) => sum(endowments.map((row) => row[j] ?? 0)))

export const incomesOf = ({ budgets, endowments = [] }: Plain, prices: ReadonlyArray<number>): ReadonlyArray<number> =>
  budgets ?? endowments.map((row) => sum(row.map((amount, j) => amount * (prices[j] ?? 0))))

/** The bundle that a price-taker buys; of equals, a linear agent buys the first. */
export const bundleOf = (market: Plain, i: number, prices: ReadonlyArray<number>, income: number): Array<number> => {
  const row = market.table[i] ?? []
  switch (market.kind) {
    case "linear": {
      const rates = row.map((u, j) => u / (prices[j] ?? 1))
      const best = rates.indexOf(Math.max(...rates))
      return row.map((_, j) => (j === best ? income / (prices[j] ?? 1) : 0))
    }
    case "cobb-douglas":
      return row.map((alpha, j) => (income * alpha) / sum(row) / (prices[j] ?? 1))
    case "leontief": {
      const cost = sum(row.map((a, j) => a * (prices[j] ?? 0)))
      return row.map((a) => (a * income) / cost)
    }
    case "ces": {
      const sigma = market.sigma?.[i] ?? 2
      const index = sum(row.map((w, j) => w * (prices[j] ?? 1) ** (1 - sigma)))
      return row.map((w, j) => (income * w * (prices[j] ?? 1) ** -sigma) / index)
    }
  }
}

/** The utility of a bundle as the textbook defines it. */
export const utilityOf = (market: Plain, i: number, bundle: ReadonlyArray<number>): number => {
  const row = market.table[i] ?? []
  switch (market.kind) {
    case "linear":
      return sum(row.map((u, j) => u * (bundle[j] ?? 0)))
    case "cobb-douglas":
      return row.reduce((product, alpha, j) => product * (bundle[j] ?? 0) ** (alpha / sum(row)), 1)
    case "leontief":
      return Math.min(...row.flatMap((a, j) => (a > 0 ? [(bundle[j] ?? 0) / a] : [])))
    case "ces": {
      const sigma = market.sigma?.[i] ?? 2
      const rho = (sigma - 1) / sigma
      return sum(row.map((w, j) => (w === 0 ? 0 : w ** (1 / sigma) * (bundle[j] ?? 0) ** rho))) ** (1 / rho)
    }
  }
}

export const excessOf = (market: Plain, prices: ReadonlyArray<number>): ReadonlyArray<number> => {
  const incomes = incomesOf(market, prices)
  const demanded = suppliesOf(market).map((supply) => -supply)
  for (const [i, income] of incomes.entries())
    for (const [j, amount] of bundleOf(market, i, prices, income).entries()) demanded[j] = (demanded[j] ?? 0) + amount
  return demanded
}

/**
 * Two goods whose excess demand falls in the own price: the share of the first in `p_1 + p_2` by bisection. With budgets the
 * second good's price is whatever spends them.
 */
export const bisect = (market: Plain): number => {
  const [first = 1, second = 1] = suppliesOf(market)
  const at = (share: number): ReadonlyArray<number> => {
    if (market.budgets === undefined) return [share, 1 - share]
    const scale = sum(market.budgets) / (share * first + (1 - share) * second)
    return [share * scale, (1 - share) * scale]
  }
  let low = 0
  let high = 1
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2
    if ((excessOf(market, at(middle))[0] ?? 0) > 0) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/**
 * Prices that clear a Fisher market of any size without linear agents, by many small multiplicative adjustments: `steps` of
 * them, or until all markets clear to 1e-9.
 */
export const adjust = (market: Plain, steps: number, rate: number): ReadonlyArray<number> => {
  const supplies = suppliesOf(market)
  let prices = supplies.map((supply) => sum(market.budgets ?? []) / supplies.length / supply)
  for (let step = 0; step < steps; step++) {
    const excess = excessOf(market, prices).map((each, j) => each / (supplies[j] ?? 1))
    if (excess.every((each) => Math.abs(each) < 1e-9)) break
    prices = prices.map((price, j) => price * Math.exp(rate * Math.min(1, excess[j] ?? 0)))
  }
  return prices
}

/** The largest Nash welfare `Σ e_i log u_i` of linear agents that random small transfers of goods come to. */
export const climbNashWelfare = (market: Plain, steps: number, chance: () => number): number => {
  const budgets = market.budgets ?? []
  const supplies = suppliesOf(market)
  const held = budgets.map((budget) => supplies.map((supply) => (supply * budget) / sum(budgets)))
  const value = (i: number) => (budgets[i] ?? 0) * Math.log(utilityOf(market, i, held[i] ?? []))
  for (let step = 0; step < steps; step++) {
    const from = Math.floor(chance() * held.length)
    const to = Math.floor(chance() * held.length)
    const good = Math.floor(chance() * supplies.length)
    const amount = (held[from]?.[good] ?? 0) * (chance() < 0.2 ? 1 : chance() ** 4)
    if (from === to || amount === 0) continue
    const before = value(from) + value(to)
    held[from]![good]! -= amount
    held[to]![good]! += amount
    if (value(from) + value(to) >= before) continue
    held[from]![good]! += amount
    held[to]![good]! -= amount
  }
  return sum(held.map((_, i) => value(i)))
}
