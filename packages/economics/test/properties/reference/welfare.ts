/** The greatest welfare by trying every allocation of the items, "nobody" included. */

type Value = (agent: number, items: ReadonlyArray<number>) => number

export const bestOfAll = (agents: number, items: number, value: Value): number => {
  let best = 0
  const owners = Array.from({ length: items }, () => -1)
  const tryFrom = (item: number): void => {
    if (item === items) {
      let welfare = 0
      for (let agent = 0; agent < agents; agent++) {
        welfare += value(
          agent,
          owners.flatMap((owner, index) => (owner === agent ? [index] : []))
        )
      }
      best = Math.max(best, welfare)
      return
    }
    for (let owner = -1; owner < agents; owner++) {
      owners[item] = owner
      tryFrom(item + 1)
    }
  }
  tryFrom(0)
  return best
}

/** The best assignment by trying all orders of the columns. */
export const bestAssignment = (weights: ReadonlyArray<ReadonlyArray<number>>): number => {
  const tryRow = (row: number, free: ReadonlyArray<number>): number => {
    const own = weights[row]
    if (own === undefined) return 0
    const without = tryRow(row + 1, free)
    return free.reduce(
      (best, column) =>
        Math.max(
          best,
          (own[column] ?? 0) +
            tryRow(
              row + 1,
              free.filter((it) => it !== column)
            )
        ),
      without
    )
  }
  return tryRow(
    0,
    (weights[0] ?? []).map((_, column) => column)
  )
}

/** The most valuable disjoint bundles by trying all sets of bundles. */
export const bestPacking = (
  bundles: ReadonlyArray<{ readonly items: ReadonlyArray<number>; readonly value: number }>
) => {
  let best = 0
  for (let set = 0; set < 2 ** bundles.length; set++) {
    const taken = bundles.filter((_, index) => (set >> index) % 2 === 1)
    const items = taken.flatMap((it) => it.items)
    if (new Set(items).size === items.length)
      best = Math.max(
        best,
        taken.reduce((sum, it) => sum + it.value, 0)
      )
  }
  return best
}
