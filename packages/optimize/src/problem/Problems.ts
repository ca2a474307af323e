/**
 * Test functions with known minima, for tests, comparisons and first tries. All are to be minimized.
 *
 * Branin and Hartmann are as in L. C. W. Dixon and G. P. Szegö, "Towards Global Optimisation 2" (1978).
 *
 * @since 0.1.0
 */
import * as SearchSpace from "../space/SearchSpace.ts"
import type { Declaration, Params } from "../space/SearchSpace.ts"

/** A function over a space, and the least value that it takes there. */
export interface Problem<D extends Declaration = Declaration> {
  readonly name: string
  readonly space: SearchSpace.SearchSpace<D>
  readonly minimum: number
  readonly evaluate: (params: Params<D>) => number
}

const problem = <const D extends Declaration>(
  name: string,
  minimum: number,
  declaration: D,
  evaluate: (params: Params<D>) => number
): Problem<D> => ({ name, minimum, space: SearchSpace.makeUnsafe(declaration), evaluate })

/** Two variables, three equal minima of 0.397887. */
export const branin = problem(
  "branin",
  0.39788735772973816,
  { x: SearchSpace.float(-5, 10), y: SearchSpace.float(0, 15) },
  ({ x, y }) => {
    const valley = y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6
    return valley ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10
  }
)

const HARTMANN_WEIGHTS = [1, 1.2, 3, 3.2]

const HARTMANN_3_SCALES = [
  [3, 10, 30],
  [0.1, 10, 35],
  [3, 10, 30],
  [0.1, 10, 35]
]

const HARTMANN_3_CENTRES = [
  [0.3689, 0.117, 0.2673],
  [0.4699, 0.4387, 0.747],
  [0.1091, 0.8732, 0.5547],
  [0.03815, 0.5743, 0.8828]
]

const HARTMANN_6_SCALES = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14]
]

const HARTMANN_6_CENTRES = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381]
]

const hartmann = (
  x: ReadonlyArray<number>,
  scales: ReadonlyArray<ReadonlyArray<number>>,
  centres: ReadonlyArray<ReadonlyArray<number>>
): number => {
  let sum = 0
  for (const [i, weight] of HARTMANN_WEIGHTS.entries()) {
    let exponent = 0
    for (const [j, place] of x.entries()) exponent += scales[i]![j]! * (place - centres[i]![j]!) ** 2
    sum -= weight * Math.exp(-exponent)
  }
  return sum
}

const unit = SearchSpace.float(0, 1)

/** Three variables, four local minima, the least −3.86278. */
export const hartmann3 = problem("hartmann3", -3.862782147820756, { x1: unit, x2: unit, x3: unit }, ({ x1, x2, x3 }) =>
  hartmann([x1, x2, x3], HARTMANN_3_SCALES, HARTMANN_3_CENTRES)
)

/** Six variables, six local minima, the least −3.32237. */
export const hartmann6 = problem(
  "hartmann6",
  -3.322368011415513,
  { x1: unit, x2: unit, x3: unit, x4: unit, x5: unit, x6: unit },
  ({ x1, x2, x3, x4, x5, x6 }) => hartmann([x1, x2, x3, x4, x5, x6], HARTMANN_6_SCALES, HARTMANN_6_CENTRES)
)

const wide = SearchSpace.float(-32.768, 32.768)

/** Five variables, a deep funnel among very many small minima; 0 at the origin (D. H. Ackley, 1987). */
export const ackley5 = problem(
  "ackley5",
  0,
  { x1: wide, x2: wide, x3: wide, x4: wide, x5: wide },
  ({ x1, x2, x3, x4, x5 }) => {
    const x = [x1, x2, x3, x4, x5]
    const squares = x.reduce((sum, it) => sum + it * it, 0) / x.length
    const waves = x.reduce((sum, it) => sum + Math.cos(2 * Math.PI * it), 0) / x.length
    return Math.max(0, 20 - 20 * Math.exp(-0.2 * Math.sqrt(squares)) + Math.E - Math.exp(waves))
  }
)

const ten = SearchSpace.float(-10, 10)

/** Four variables, many minima; 0 where all are 1 (A. V. Levy, A. Montalvo, 1985). */
export const levy4 = problem("levy4", 0, { x1: ten, x2: ten, x3: ten, x4: ten }, ({ x1, x2, x3, x4 }) => {
  const w = [x1, x2, x3, x4].map((x) => 1 + (x - 1) / 4)
  const last = w[3]!
  const middle = w.slice(0, 3).reduce((sum, it) => sum + (it - 1) ** 2 * (1 + 10 * Math.sin(Math.PI * it + 1) ** 2), 0)
  return Math.sin(Math.PI * w[0]!) ** 2 + middle + (last - 1) ** 2 * (1 + Math.sin(2 * Math.PI * last) ** 2)
})

const valley = SearchSpace.float(-5, 10)

/** Four variables, a bent valley; 0 where all are 1 (H. H. Rosenbrock, 1960). */
export const rosenbrock4 = problem(
  "rosenbrock4",
  0,
  { x1: valley, x2: valley, x3: valley, x4: valley },
  ({ x1, x2, x3, x4 }) =>
    [x1, x2, x3].reduce((sum, x, i) => sum + 100 * ([x2, x3, x4][i]! - x * x) ** 2 + (1 - x) ** 2, 0)
)

/**
 * Variables of every type. `kind` shifts the place of the minimum in `x` and raises the floor; 0 at `kind` b, `x` 1, `rate` 0.01,
 * `units` 12, `level` high, `flag` true.
 */
export const mixed = problem(
  "mixed",
  0,
  {
    x: SearchSpace.float(-5, 5),
    rate: SearchSpace.logFloat(1e-5, 1),
    units: SearchSpace.int(1, 32),
    level: SearchSpace.ordinal(["low", "middle", "high"]),
    kind: SearchSpace.categorical(["a", "b", "c"]),
    flag: SearchSpace.boolean()
  },
  ({ flag, kind, level, rate, units, x }) => {
    const [place, floor] = kind === "a" ? [-2, 0.3] : kind === "b" ? [1, 0] : [3, 0.6]
    const steps = { low: 0.4, middle: 0.15, high: 0 }[level]
    return (
      0.1 * (x - place) ** 2 +
      0.25 * (Math.log10(rate) + 2) ** 2 +
      ((units - 12) / 10) ** 2 +
      steps +
      floor +
      (flag ? 0 : 0.2)
    )
  }
)

/**
 * A search over branches: the branch `wide` looks good early (its values end at 0.5), the branch `deep` is worse almost everywhere and
 * holds the minimum of 0 at `depth` 3, `rate` 0.01.
 */
export const conditional = problem(
  "conditional",
  0,
  {
    branch: SearchSpace.categorical(["wide", "deep"]),
    width: SearchSpace.when("branch = wide", SearchSpace.float(-1, 1)),
    depth: SearchSpace.when("branch = deep", SearchSpace.int(1, 8)),
    rate: SearchSpace.when("branch = deep and depth >= 2", SearchSpace.logFloat(1e-5, 1))
  },
  ({ branch, width = 0, depth = 0, rate = 1 }) =>
    branch === "wide" ? 0.5 + 0.5 * width ** 2 : 0.4 * Math.abs(depth - 3) + 0.5 * Math.abs(Math.log10(rate) + 2)
)
