/**
 * The point of a polyhedron with the least sum of coordinates, and among those the one nearest to a given point: a dual
 * active-set method (Goldfarb & Idnani, "A numerically stable dual method for solving strictly convex quadratic programs",
 * 1983) in exact fractions.
 *
 * **Details** It minimises `M · Σ x + ½ |x − nearTo|²` for an `M` greater than every number: an amount is a pair of
 * fractions, of which the one that stands before `M` decides first. So the sum comes first, and the distance only then.
 */
import { Fraction } from "fraction.js"
import type { Rational } from "../../input/Amount.ts"

/** The coordinates in `members` sum to at least `least`. */
export interface Row {
  readonly members: ReadonlySet<number>
  readonly least: Rational
}

export interface Problem {
  /** Also the least that each coordinate can be. */
  readonly nearTo: ReadonlyArray<Rational>
  /** The most. */
  readonly most: ReadonlyArray<Rational>
  readonly rows: ReadonlyArray<Row>
}

/** `fine + coarse · M`. */
interface Pair {
  readonly fine: Rational
  readonly coarse: Rational
}

const zero = new Fraction(0)
const one = new Fraction(1)
const nothing: Pair = { fine: zero, coarse: zero }
const plus = (a: Pair, b: Pair): Pair => ({ fine: a.fine.add(b.fine), coarse: a.coarse.add(b.coarse) })
const times = (a: Pair, b: Rational): Pair => ({ fine: a.fine.mul(b), coarse: a.coarse.mul(b) })
const compare = (a: Pair, b: Pair): number => a.coarse.compare(b.coarse) || a.fine.compare(b.fine)

/** `normal · x ≥ least`; a bound of one coordinate says which. */
interface Constraint {
  readonly normal: ReadonlyArray<Rational>
  readonly least: Rational
  readonly bounds: number
}

interface Active {
  readonly constraint: Constraint
  multiplier: Pair
}

/** The point, or `undefined` if there is none. */
export const leastCore = (problem: Problem): ReadonlyArray<Rational> | undefined => {
  const { most, nearTo, rows } = problem
  const count = nearTo.length
  const axis = (at: number, value: Rational) => Array.from({ length: count }, (_, each) => (each === at ? value : zero))
  const lower = nearTo.map((least, at): Constraint => ({ normal: axis(at, one), least, bounds: at }))
  const constraints: ReadonlyArray<Constraint> = [
    ...lower,
    ...most.map((value, at): Constraint => ({ normal: axis(at, one.neg()), least: value.neg(), bounds: at })),
    ...rows.map(({ least, members }): Constraint => ({
      normal: nearTo.map((_, at) => (members.has(at) ? one : zero)),
      least,
      bounds: -1
    }))
  ]
  // With all lower bounds active the start is optimal for them: each holds back one `M`.
  const active: Array<Active> = lower.map((constraint) => ({ constraint, multiplier: { fine: zero, coarse: one } }))
  const point: Array<Pair> = nearTo.map((fine) => ({ fine, coarse: zero }))
  for (;;) {
    const violated = mostViolated(constraints, active, point)
    if (violated === undefined) return point.map((it) => it.fine)
    if (!include(violated, active, point)) return undefined
  }
}

const excessOf = ({ least, normal }: Constraint, point: ReadonlyArray<Pair>): Pair => {
  let sum: Pair = { fine: least.neg(), coarse: zero }
  normal.forEach((factor, at) => {
    if (factor.n !== 0n) sum = plus(sum, times(point[at]!, factor))
  })
  return sum
}

const mostViolated = (
  constraints: ReadonlyArray<Constraint>,
  active: ReadonlyArray<Active>,
  point: ReadonlyArray<Pair>
): Constraint | undefined => {
  const held = new Set(active.map((it) => it.constraint))
  let worst: Constraint | undefined
  let least = nothing
  for (const constraint of constraints) {
    if (held.has(constraint)) continue
    const excess = excessOf(constraint, point)
    if (compare(excess, least) >= 0) continue
    least = excess
    worst = constraint
  }
  return worst
}

/** Moves until the constraint holds, giving up active ones that stand in the way; `false` if it cannot hold. */
const include = (constraint: Constraint, active: Array<Active>, point: Array<Pair>): boolean => {
  let multiplier = nothing
  for (;;) {
    const { direction, shares } = project(constraint.normal, active)
    const speed = direction.reduce((sum, it, at) => sum.add(it.mul(constraint.normal[at]!)), zero)
    let blocking = -1
    let length: Pair | undefined
    active.forEach((it, index) => {
      if (shares[index]!.compare(zero) <= 0) return
      const ratio = times(it.multiplier, shares[index]!.inverse())
      if (length !== undefined && compare(ratio, length) >= 0) return
      length = ratio
      blocking = index
    })
    const whole = speed.n === 0n ? undefined : times(excessOf(constraint, point), speed.inverse().neg())
    if (length === undefined && whole === undefined) return false
    const isWhole = whole !== undefined && (length === undefined || compare(whole, length) <= 0)
    const step: Pair = isWhole ? whole : length!
    active.forEach((it, index) => {
      it.multiplier = plus(it.multiplier, times(step, shares[index]!.neg()))
    })
    multiplier = plus(multiplier, step)
    direction.forEach((factor, at) => {
      if (factor.n !== 0n) point[at] = plus(point[at]!, times(step, factor))
    })
    if (isWhole) {
      active.push({ constraint, multiplier })
      return true
    }
    active.splice(blocking, 1)
  }
}

/**
 * A direction as a sum of active normals and what is perpendicular to all of them. Bounds settle their coordinates, so
 * that equations are left for the other constraints only.
 */
const project = (
  normal: ReadonlyArray<Rational>,
  active: ReadonlyArray<Active>
): { readonly direction: ReadonlyArray<Rational>; readonly shares: ReadonlyArray<Rational> } => {
  const settled = new Set(active.flatMap(({ constraint }) => (constraint.bounds < 0 ? [] : [constraint.bounds])))
  const free = normal.flatMap((_, at) => (settled.has(at) ? [] : [at]))
  const dot = (a: ReadonlyArray<Rational>, b: ReadonlyArray<Rational>) =>
    free.reduce((sum, at) => (a[at]!.n === 0n || b[at]!.n === 0n ? sum : sum.add(a[at]!.mul(b[at]!))), zero)
  const rows = active.filter(({ constraint }) => constraint.bounds < 0).map(({ constraint }) => constraint.normal)
  const solution = solveEquations(
    rows.map((row) => rows.map((other) => dot(row, other))),
    rows.map((row) => dot(row, normal))
  )
  const direction = normal.map((value, at) =>
    rows.reduce((rest, row, index) => (row[at]!.n === 0n ? rest : rest.sub(row[at]!.mul(solution[index]!))), value)
  )
  let row = 0
  const shares = active.map(({ constraint: { bounds, normal: own } }) =>
    bounds < 0 ? solution[row++]! : direction[bounds]!.mul(own[bounds]!)
  )
  for (const at of settled) direction[at] = zero
  return { direction, shares }
}

/** Gauss–Jordan; the matrix is regular, since active constraints are independent. */
const solveEquations = (
  matrix: ReadonlyArray<ReadonlyArray<Rational>>,
  right: ReadonlyArray<Rational>
): ReadonlyArray<Rational> => {
  const rows = matrix.map((row, index) => [...row, right[index]!])
  for (let at = 0; at < rows.length; at++) {
    const found = rows.findIndex((row, index) => index >= at && row[at]!.n !== 0n)
    if (found < 0) throw new Error("active constraints depend on each other")
    const pivot = rows[found]!
    rows[found] = rows[at]!
    const inverse = pivot[at]!.inverse()
    rows[at] = pivot.map((it) => (it.n === 0n ? it : it.mul(inverse)))
    rows.forEach((row, index) => {
      const factor = row[at]!
      if (index === at || factor.n === 0n) return
      rows[index] = row.map((it, column) => (rows[at]![column]!.n === 0n ? it : it.sub(factor.mul(rows[at]![column]!))))
    })
  }
  return rows.map((row) => row.at(-1)!)
}
