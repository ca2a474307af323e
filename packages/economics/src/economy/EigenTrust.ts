/**
 * Global trust from local ratings: the stationary distribution of a walk that follows trust and returns to those trusted
 * from the start (Kamvar, Schlosser & Garcia-Molina, "The EigenTrust Algorithm for Reputation Management in P2P
 * Networks", 2003).
 *
 * **Guarantees** Trust is not negative and sums up to 1. A group of any size that nobody outside trusts has none, however
 * much its members trust each other: the walk cannot enter it. The iteration shrinks the error by `1 − restart` in every
 * step, so it ends; `residual` bounds what is left.
 *
 * **Does not guarantee** Much when nobody is trusted from the start: then all are, and groups keep what they begin with.
 *
 * **Example**
 *
 * ```ts
 * import { EigenTrust } from "@mabeam/economics"
 *
 * const ratings = [
 *   { rater: "market", subject: "ada", trust: 3 },
 *   { rater: "ada", subject: "bob", trust: 1 },
 *   { rater: "sybil", subject: "eve", trust: 9 },
 *   { rater: "eve", subject: "sybil", trust: 9 }
 * ]
 * const { trust } = EigenTrust.solve(ratings, { trusted: ["market"] })
 * trust.get("eve") // => 0
 * Number(trust.get("bob")) > 0.2 // => true
 * ```
 *
 * @since 0.1.0
 */

/** How much a rater trusts a subject, of all that it trusts; several ratings of one pair add up, negative ones count as 0. */
export interface Rating {
  readonly rater: string
  readonly subject: string
  readonly trust: number
}

/** How to walk. */
export interface Options {
  /** Where the walk starts and returns to. Default all. */
  readonly trusted?: ReadonlyArray<string> | undefined
  /** The share of steps that return. Default 0.15, above 0 and at most 1. */
  readonly restart?: number | undefined
  /** Ends when a step changes less than this in sum. Default 1e-12. */
  readonly tolerance?: number | undefined
  /** Ends after so many steps in any case. Default 1,000. */
  readonly stepsMax?: number | undefined
}

interface Edge {
  readonly from: number
  readonly to: number
  readonly trust: number
}

const edgesOf = (ratings: ReadonlyArray<Rating>, places: ReadonlyMap<string, number>) => {
  const out = new Float64Array(places.size)
  const edges: Array<Edge> = []
  const most = new Float64Array(places.size)
  // Nobody trusts by trusting itself.
  const counted = ratings.filter(({ rater, subject, trust }) => trust > 0 && rater !== subject)
  for (const { rater, trust } of counted) {
    const from = places.get(rater) ?? 0
    most[from] = Math.max(most[from] ?? 0, trust)
  }
  for (const { rater, subject, trust } of counted) {
    const from = places.get(rater) ?? 0
    // Shares of the rater's own largest neither overflow in sum nor vanish beside those of others.
    const share = trust / (most[from] ?? 0)
    if (!(share > 0)) continue
    edges.push({ from, to: places.get(subject) ?? 0, trust: share })
    out[from] = (out[from] ?? 0) + share
  }
  return { edges, out }
}

/** The trust of everyone who is named, and how much the last step changed. Time: ratings × steps. */
export const solve = (
  ratings: ReadonlyArray<Rating>,
  options: Options = {}
): { readonly trust: ReadonlyMap<string, number>; readonly residual: number } => {
  const { restart = 0.15, stepsMax = 1000, tolerance = 1e-12, trusted = [] } = options
  const names = [...new Set([...trusted, ...ratings.flatMap(({ rater, subject }) => [rater, subject])])]
  const places = new Map(names.map((name, index) => [name, index]))
  const { edges, out } = edgesOf(ratings, places)
  const roots = trusted.length === 0 ? names : [...new Set(trusted)]
  const start = new Float64Array(names.length)
  for (const root of roots) start[places.get(root) ?? 0] = 1 / roots.length
  let now = start.slice()
  let residual = Infinity
  for (let step = 0; step < stepsMax && residual > tolerance; step++) {
    const next = new Float64Array(names.length)
    let moved = 0
    for (const { from, to, trust } of edges) {
      const part = (1 - restart) * (now[from] ?? 0) * (trust / (out[from] ?? 1))
      next[to] = (next[to] ?? 0) + part
      moved += part
    }
    // Who trusts nobody sends the walk back to the start, and so does the restart.
    residual = 0
    for (let index = 0; index < next.length; index++) {
      next[index] = (next[index] ?? 0) + (1 - moved) * (start[index] ?? 0)
      residual += Math.abs((next[index] ?? 0) - (now[index] ?? 0))
    }
    now = next
  }
  return { trust: new Map(names.map((name, index) => [name, now[index] ?? 0])), residual }
}
