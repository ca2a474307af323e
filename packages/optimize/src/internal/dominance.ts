/**
 * Comparing vectors of objectives, all to be minimized: who dominates whom, in fronts; how much is dominated.
 *
 * Fronts are found by efficient non-dominated sorting with binary search (X. Zhang, Y. Tian, R. Cheng, Y. Jin, "An efficient
 * approach to nondominated sorting for evolutionary multiobjective optimization", IEEE Trans. Evol. Comput. 19(2), 2015);
 * the hypervolume by the WFG algorithm (L. While, L. Bradstreet, L. Barone, "A fast way of calculating exact hypervolumes",
 * IEEE Trans. Evol. Comput. 16(1), 2012), in two dimensions by a sweep.
 *
 * @since 0.1.0
 */

/** A vector of objectives; infinities are allowed, `NaN` is not. */
export type Point = ReadonlyArray<number>

/** Whether `a` is nowhere worse than `b` and somewhere better. */
export const dominates = (a: Point, b: Point): boolean => {
  let better = false
  for (let k = 0; k < a.length; k++) {
    if (a[k]! > b[k]!) return false
    if (a[k]! < b[k]!) better = true
  }
  return better
}

/** Points in the order of their first objectives, then of the second, and so on. */
export const lexicographic = (a: Point, b: Point): number => {
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return a[k]! < b[k]! ? -1 : 1
  return 0
}

/** The fronts as lists of indexes, ascending: nobody in the first is dominated, in the next only by the ones before. */
export const fronts = (points: ReadonlyArray<Point>): ReadonlyArray<ReadonlyArray<number>> => {
  const order = points.map((_, i) => i).sort((a, b) => lexicographic(points[a]!, points[b]!) || a - b)
  const found: Array<Array<number>> = []
  for (const index of order) {
    const point = points[index]!
    // The latest members are the likeliest to dominate; with up to two objectives the latest does if anyone does.
    const isDominatedIn = (front: ReadonlyArray<number>) =>
      point.length <= 2
        ? dominates(points[front[front.length - 1]!]!, point)
        : front.findLast((other) => dominates(points[other]!, point)) !== undefined
    let low = 0
    let high = found.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isDominatedIn(found[middle]!)) low = middle + 1
      else high = middle
    }
    if (low === found.length) found.push([index])
    else found[low]!.push(index)
  }
  return found.map((front) => front.sort((a, b) => a - b))
}

/** The first of the fronts alone, in a time that grows with its size times the points. */
export const firstFront = (points: ReadonlyArray<Point>): ReadonlyArray<number> => {
  const order = points.map((_, i) => i).sort((a, b) => lexicographic(points[a]!, points[b]!) || a - b)
  const front: Array<number> = []
  for (const index of order) {
    const point = points[index]!
    // With up to two objectives, the latest member dominates if any does.
    const from = point.length <= 2 ? Math.max(0, front.length - 1) : 0
    let k = from
    while (k < front.length && !dominates(points[front[k]!]!, point)) k += 1
    if (k === front.length) front.push(index)
    // Who dominates one dominates many: he is asked first the next time.
    else if (from === 0 && k > 0 && point.length > 2) front.splice(k >> 1, 0, ...front.splice(k, 1))
  }
  return front.sort((a, b) => a - b)
}

/**
 * How lonely each point of a front is: the sum over the objectives of the gap between its neighbours, as a share of the
 * front's range; infinite at the ends (K. Deb, A. Pratap, S. Agarwal, T. Meyarivan, "A fast and elitist multiobjective
 * genetic algorithm: NSGA-II", IEEE Trans. Evol. Comput. 6(2), 2002).
 */
export const crowding = (points: ReadonlyArray<Point>): Float64Array => {
  const distances = new Float64Array(points.length)
  const order = points.map((_, i) => i)
  for (let k = 0; k < (points[0]?.length ?? 0); k++) {
    order.sort((a, b) => points[a]![k]! - points[b]![k]! || a - b)
    const first = order[0]!
    const last = order[order.length - 1]!
    const range = points[last]![k]! - points[first]![k]!
    distances[first] = Number.POSITIVE_INFINITY
    distances[last] = Number.POSITIVE_INFINITY
    if (!(range > 0) || !Number.isFinite(range)) continue
    for (let i = 1; i < order.length - 1; i++) {
      distances[order[i]!]! += (points[order[i + 1]!]![k]! - points[order[i - 1]!]![k]!) / range
    }
  }
  return distances
}

const nondominated = (points: ReadonlyArray<Point>): ReadonlyArray<Point> => {
  const kept: Array<Point> = []
  for (const point of points.toSorted(lexicographic)) {
    const isCovered = (other: Point) => dominates(other, point) || lexicographic(other, point) === 0
    // With up to two objectives, the latest member dominates if any does.
    const rivals = point.length <= 2 ? kept.slice(-1) : kept
    if (!rivals.some(isCovered)) kept.push(point)
  }
  return kept
}

const sweep = (front: ReadonlyArray<Point>, reference: Point): number => {
  let volume = 0
  let ceiling = reference[1]!
  for (const [x, y] of front) {
    volume += (reference[0]! - x!) * (ceiling - y!)
    ceiling = y!
  }
  return volume
}

const volumeOf = (front: ReadonlyArray<Point>, reference: Point): number => {
  if (front.length === 0) return 0
  if (reference.length === 1) return reference[0]! - front[0]![0]!
  if (reference.length === 2) return sweep(front, reference)
  let volume = 0
  for (const [i, point] of front.entries()) {
    const box = point.reduce((product, x, k) => product * (reference[k]! - x), 1)
    if (box === Number.POSITIVE_INFINITY) return box
    // What the later ones dominate inside of this one's box is theirs.
    const limited = front.slice(i + 1).map((other) => other.map((x, k) => Math.max(x, point[k]!)))
    volume += box - volumeOf(nondominated(limited), reference)
  }
  return volume
}

/**
 * The volume that is dominated by the points and not beyond the reference; points that do not reach it count nothing. Infinite
 * where it is beyond the doubles.
 */
export const hypervolume = (points: ReadonlyArray<Point>, reference: Point): number =>
  volumeOf(nondominated(points.filter((point) => point.every((x, k) => x < reference[k]!))), reference)
