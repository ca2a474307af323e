/**
 * Parzen estimators over a group of variables on the unit cube: one product kernel for each trial, and the prior as one more.
 *
 * Along ordered axes a kernel is a normal, truncated to the interval; its width reaches to the farther of its two neighbours
 * (J. Bergstra, R. Bardenet, Y. Bengio, B. Kégl, "Algorithms for hyper-parameter optimization", NIPS 2011), axis by axis also in
 * a group, where it did better in our comparison than Scott's rule, one width for all. Along unordered axes it is the
 * trial's own choice, smoothed (J. Aitchison, C. G. G. Aitken, "Multivariate binary discrimination by the kernel method", Biometrika
 * 63(3), 1976).
 *
 * @since 0.1.0
 */
import type { Axis } from "../space/Domain.ts"
import { distribution, quantile } from "./normal.ts"
import { uniform } from "./random.ts"
import type { Stream } from "./random.ts"

/** The kernels along one axis; the prior is the last. */
interface Profile {
  readonly axis: Axis
  /** Of an ordered axis. */
  readonly centres: Float64Array
  readonly widths: Float64Array
  /** Of an unordered axis: the cell of each kernel, and the weight of the prior beside it, which weighs 1. */
  readonly cells: Uint32Array
  readonly smoothing: number
}

/** A mixture of product kernels. */
export interface Mixture {
  readonly profiles: ReadonlyArray<Profile>
  /** How many kernels there are, the prior included. */
  readonly size: number
  /** Weight of each kernel over the mass that it has inside the cube. */
  readonly scaled: Float64Array
  /** Running sum of the weights; the last is 1. */
  readonly cumulative: Float64Array
}

/** Index of the first element of a sorted array that is not below `x`. */
const lowerBound = (sorted: Float64Array, x: number): number => {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! < x) low = middle + 1
    else high = middle
  }
  return low
}

/** The narrowest kernel among many; among n, it is 1 / (n + 2). */
const NARROWEST = 0.01
/** The narrowest kernel of an axis of cells, as a share of a cell: narrower ones never leave theirs. */
const CELL_SHARE = 0.5

/** Parts of the interval, each narrower than the narrowest kernel: places in the same part are no gap apart. */
const PARTS = 128

/** The distance of each place to the farther neighbour, at least `narrowest`; the bounds are no neighbours. */
const reaches = (centres: Float64Array, narrowest: number): Float64Array => {
  const first = new Float64Array(PARTS).fill(Number.POSITIVE_INFINITY)
  const last = new Float64Array(PARTS).fill(Number.NEGATIVE_INFINITY)
  for (let i = 0; i < centres.length; i++) {
    const centre = centres[i]!
    const part = Math.min(PARTS - 1, Math.floor(centre * PARTS))
    if (centre < first[part]!) first[part] = centre
    if (centre > last[part]!) last[part] = centre
  }
  const wide = new Map<number, number>()
  let before = Number.NaN
  for (let part = 0; part < PARTS; part++) {
    if (first[part]! > last[part]!) continue
    const gap = first[part]! - before
    if (gap > narrowest) for (const end of [before, first[part]!]) wide.set(end, Math.max(gap, wide.get(end) ?? 0))
    before = last[part]!
  }
  const widths = new Float64Array(centres.length).fill(narrowest)
  if (wide.size > 0) {
    for (let i = 0; i < centres.length; i++) widths[i] = Math.min(1, wide.get(centres[i]!) ?? narrowest)
  }
  return widths
}

/** Beyond this many widths a normal has no mass that a double could show beside the rest. */
const FAR = 9

/** The mass of a normal inside the interval. */
const massInside = (centre: number, width: number): number => {
  const below = centre > FAR * width ? 0 : distribution(-centre / width)
  const above = 1 - centre > FAR * width ? 0 : distribution((centre - 1) / width)
  return 1 - below - above
}

const profile = (axis: Axis, places: Float64Array, priorWeight: number): Profile => {
  const n = places.length
  if (!axis.ordered) {
    const cells = Uint32Array.from(places, axis.cellAt)
    return { axis, centres: places, widths: places, cells, smoothing: (axis.cells * priorWeight) / (n + 1) }
  }
  const centres = new Float64Array(n + 1)
  centres.set(places)
  centres[n] = 0.5
  const narrowest = Math.max(NARROWEST, 1 / (n + 2), axis.cells > 0 ? CELL_SHARE / axis.cells : 0)
  const widths = reaches(centres, narrowest)
  widths[n] = 1
  return { axis, centres, widths, cells: new Uint32Array(0), smoothing: 0 }
}

/** The mixture over the places of some trials, one list for each axis, with their weights. */
export const mixture = (
  axes: ReadonlyArray<Axis>,
  places: ReadonlyArray<Float64Array>,
  weights: Float64Array,
  priorWeight: number
): Mixture => {
  const n = weights.length
  const profiles = axes.map((axis, i) => profile(axis, places[i]!, priorWeight))
  let total = priorWeight
  for (let i = 0; i < n; i++) total += weights[i]!
  const scaled = new Float64Array(n + 1)
  const cumulative = new Float64Array(n + 1)
  let sum = 0
  for (let i = 0; i <= n; i++) {
    const weight = (i === n ? priorWeight : weights[i]!) / total
    sum += weight
    cumulative[i] = sum
    scaled[i] = weight
  }
  cumulative[n] = 1
  for (const { axis, centres, widths } of profiles) {
    if (axis.ordered) for (let i = 0; i <= n; i++) scaled[i]! /= massInside(centres[i]!, widths[i]!)
  }
  return { profiles, size: n + 1, scaled, cumulative }
}

/** Arrays to reckon in, for mixtures of up to `size` kernels. */
export const room = (size: number) => ({ factors: new Float64Array(size), squares: new Float64Array(size) })
export type Room = ReturnType<typeof room>

/** Cells narrower than this share of a kernel's width are as good as points. */
const POINT = 0.25
/** Kernels whose squared distance, in widths, is beyond this count nothing. */
const NEGLIGIBLE = 60
const SQRT_TWO_PI = Math.sqrt(2 * Math.PI)

/** Adds to the squared distances in widths. */
const addPlace = ({ centres, widths }: Profile, place: number, size: number, { squares }: Room) => {
  for (let i = 0; i < size; i++) {
    const z = (place - centres[i]!) / widths[i]!
    squares[i]! += z * z
  }
}

const addCell = ({ axis, centres, widths }: Profile, place: number, size: number, { factors, squares }: Room) => {
  const value = axis.fromUnit(place)
  const [from, to] = [axis.lower(value), axis.upper(value)]
  for (let i = 0; i < size; i++) {
    const width = widths[i]!
    const a = (from - centres[i]!) / width
    const b = (to - centres[i]!) / width
    if (b - a > POINT) {
      // On the far side of the kernel the difference is taken in the upper tail, where it keeps its digits.
      const mass = a > 0 ? distribution(-a) - distribution(-b) : distribution(b) - distribution(a)
      factors[i]! *= (SQRT_TWO_PI * mass) / (b - a)
    } else squares[i]! += ((a + b) / 2) ** 2
  }
}

const addUnordered = ({ axis, cells, smoothing }: Profile, place: number, size: number, { factors }: Room) => {
  const cell = axis.cellAt(place)
  const value = axis.fromUnit(place)
  const prior = axis.upper(value) - axis.lower(value)
  const other = (smoothing * prior) / (1 + smoothing)
  const same = (1 + smoothing * prior) / (1 + smoothing)
  for (let i = 0; i < size - 1; i++) factors[i]! *= cells[i] === cell ? same : other
  factors[size - 1]! *= prior
}

/**
 * How close a point is to the kernels: their sum, each with the height 1 in its middle where the density of a normal would be divided by its
 * width. A quotient of two is then the odds of two kinds of trials within reach (E. A. Nadaraya, 1964; G. S. Watson, 1964), and
 * a trial in a crowd, whose kernel is narrow, counts no more than a lonely one. Over a cell, the mean is taken.
 */
export const closeness = ({ profiles, scaled, size }: Mixture, point: Float64Array, within: Room): number => {
  const { factors, squares } = within
  factors.set(scaled)
  squares.fill(0, 0, size)
  for (const [i, each] of profiles.entries())
    (each.axis.ordered ? (each.axis.cells === 0 ? addPlace : addCell) : addUnordered)(each, point[i]!, size, within)
  let sum = 0
  for (let i = 0; i < size; i++) if (squares[i]! < NEGLIGIBLE) sum += factors[i]! * Math.exp(-0.5 * squares[i]!)
  return sum
}

const drawNormal = (centre: number, width: number, random: Stream): number => {
  const from = distribution(-centre / width)
  const to = distribution((1 - centre) / width)
  const x = centre + width * quantile(from + (to - from) * uniform(random))
  return x < 0 ? 0 : x > 1 ? 1 : x
}

/** Draws a point: one place for each axis, in the middle of a cell where there are cells. */
export const draw = ({ cumulative, profiles, size }: Mixture, random: Stream): Float64Array => {
  const kernel = Math.min(lowerBound(cumulative, uniform(random)), size - 1)
  return Float64Array.from(profiles, ({ axis, cells, centres, smoothing, widths }) => {
    if (axis.ordered) {
      const place = drawNormal(centres[kernel]!, widths[kernel]!, random)
      return axis.cells === 0 ? place : axis.middle(axis.cellAt(place))
    }
    const isPrior = kernel === size - 1 || uniform(random) * (1 + smoothing) >= 1
    return axis.middle(isPrior ? axis.cellAt(uniform(random)) : cells[kernel]!)
  })
}
