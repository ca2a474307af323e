/** Ground truth for supply and demand: inverse curves read naively, halving for the quantity, small slices for surplus. */

export type Demand = { readonly a: number; readonly b: number } | Steps
export type Supply = { readonly c: number; readonly d: number } | Steps
export interface Steps {
  readonly steps: ReadonlyArray<{ readonly price: number; readonly qty: number }>
}

/** The price of the x-th unit; -Infinity where nobody wants it. */
export const worth = (demand: Demand, x: number): number => {
  if (!("steps" in demand)) return x > demand.a ? -Infinity : demand.b === 0 ? Infinity : (demand.a - x) / demand.b
  let left = x
  for (const { price, qty } of [...demand.steps].sort((p, q) => q.price - p.price)) {
    if (left <= qty) return price
    left -= qty
  }
  return -Infinity
}

/** What the x-th unit costs; Infinity where nobody has it. */
export const cost = (supply: Supply, x: number): number => {
  if (!("steps" in supply)) {
    if (supply.d === 0) return x <= supply.c ? 0 : Infinity
    return Math.max(0, (x - supply.c) / supply.d)
  }
  let left = x
  for (const { price, qty } of [...supply.steps].sort((p, q) => p.price - q.price)) {
    if (left <= qty) return price
    left -= qty
  }
  return Infinity
}

/** The equilibrium to about five digits. */
export const equilibrium = (demand: Demand, supply: Supply) => {
  const wanted = (x: number) => cost(supply, x) < Infinity && worth(demand, x) >= cost(supply, x) - 1e-12
  let quantity = 0
  let above = 1024
  for (let i = 0; i < 60; i++) {
    const middle = (quantity + above) / 2
    if (wanted(middle)) quantity = middle
    else above = middle
  }
  if (quantity < 1e-6) return { price: null, quantity: 0, consumerSurplus: 0, producerSurplus: 0 }
  const before = quantity - 1e-7
  const after = quantity + 1e-7
  const low = Math.max(cost(supply, before), worth(demand, after))
  const high = Math.min(worth(demand, before), cost(supply, after))
  const price = high === Infinity ? low : (low + high) / 2
  const slices = 2000
  let consumers = 0
  let producers = 0
  for (let i = 0; i < slices; i++) {
    const x = ((i + 0.5) * quantity) / slices
    consumers += ((worth(demand, x) - price) * quantity) / slices
    producers += ((price - cost(supply, x)) * quantity) / slices
  }
  return { price, quantity, consumerSurplus: consumers === Infinity ? null : consumers, producerSurplus: producers }
}
