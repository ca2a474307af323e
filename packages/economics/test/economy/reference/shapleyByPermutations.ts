/** The Shapley value by its definition: marginal contributions summed over all n! orders, to be divided by n!. */
export const byPermutations = (n: number, worth: (members: ReadonlySet<number>) => bigint): ReadonlyArray<bigint> => {
  const sums = new Array<bigint>(n).fill(0n)
  const visit = (order: ReadonlyArray<number>): void => {
    if (order.length < n) {
      for (let player = 0; player < n; player++) if (!order.includes(player)) visit([...order, player])
      return
    }
    const members = new Set<number>()
    let before = 0n
    for (const player of order) {
      members.add(player)
      const after = worth(members)
      sums[player] = (sums[player] ?? 0n) + after - before
      before = after
    }
  }
  visit([])
  return sums
}
