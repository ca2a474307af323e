/** Successive halving and Hyperband as their papers write them, on a table of losses: all trials of a cohort side by side. */

/** The trials (by index) that come to each rung; `losses[trial](step)` is minimized, ties go to the smaller index. */
export const survivors = (
  losses: ReadonlyArray<(step: number) => number>,
  first: number,
  factor: number
): ReadonlyArray<ReadonlyArray<number>> => {
  const rungs: Array<ReadonlyArray<number>> = []
  let alive = losses.map((_, i) => i)
  for (let step = first; alive.length > 0; step *= factor) {
    rungs.push(alive)
    const ordered = [...alive].sort((a, b) => losses[a]!(step) - losses[b]!(step) || a - b)
    alive = ordered.slice(0, Math.floor(alive.length / factor)).sort((a, b) => a - b)
  }
  return rungs
}

/** P(W ≥ sum of the positive ranks) over all sign patterns of the nonzero differences, by listing them. */
export const signedRankTail = (differences: ReadonlyArray<number>): number => {
  const sizes = differences.map(Math.abs)
  const rank = (size: number) =>
    sizes.filter((other) => other < size).length + (sizes.filter((other) => other === size).length + 1) / 2
  const ranks = sizes.map(rank).filter((_, i) => sizes[i] !== 0)
  const observed = differences.reduce((sum, it) => (it > 0 ? sum + rank(it) : sum), 0)
  let atLeast = 0
  for (let pattern = 0; pattern < 2 ** ranks.length; pattern++) {
    const sum = ranks.reduce((all, it, i) => ((pattern >> i) & 1 ? all + it : all), 0)
    if (sum >= observed - 1e-9) atLeast++
  }
  return atLeast / 2 ** ranks.length
}

/** The standard score of the sum of positive ranks without zeros, by the usual formulas for ties and continuity. */
export const signedRankScore = (differences: ReadonlyArray<number>): number => {
  const n = differences.length
  const sizes = differences.map(Math.abs)
  const counts = new Map<number, number>()
  for (const size of sizes) counts.set(size, (counts.get(size) ?? 0) + 1)
  const ties = [...counts.values()].reduce((sum, t) => sum + t ** 3 - t, 0)
  const rank = (size: number) => sizes.filter((other) => other < size).length + (counts.get(size)! + 1) / 2
  const sum = differences.reduce((all, it) => (it > 0 ? all + rank(it) : all), 0)
  const variance = (n * (n + 1) * (2 * n + 1)) / 24 - ties / 48
  return (sum - (n * (n + 1)) / 4 - 0.5) / Math.sqrt(variance)
}
