/**
 * Whether a point of a polyhedron has the least sum and, among those that have it, is nearest to a given point: by the
 * conditions of Karush, Kuhn and Tucker. Imports nothing of `src`.
 */
import { assert } from "@effect/vitest"
import type { Fraction } from "fraction.js"
import { distanceToCone } from "./highs.ts"

export interface Problem {
  readonly nearTo: ReadonlyArray<Fraction>
  /** The most that each coordinate may be. */
  readonly most: ReadonlyArray<Fraction>
  /** The coordinates in `members` sum to at least `least`. */
  readonly rows: ReadonlyArray<{ readonly members: ReadonlySet<number>; readonly least: Fraction }>
}

/** What is tight at the point is found exactly; only the two cones are left to doubles, and those are of size 1. */
export const assertLeastAndNearest = (point: ReadonlyArray<Fraction>, { most, nearTo, rows }: Problem): void => {
  const sumOver = (members: ReadonlySet<number>) =>
    [...members].map((at) => point[at]!).reduce((sum, value) => sum.add(value))
  point.forEach((value, at) => {
    assert.isTrue(value.compare(nearTo[at]!) >= 0 && value.compare(most[at]!) <= 0)
  })
  for (const { least, members } of rows) assert.isTrue(sumOver(members).compare(least) >= 0)

  const ray = (members: ReadonlySet<number>, sign: 1 | -1) => point.map((_, at) => (members.has(at) ? sign : 0))
  const rays = [
    ...rows.filter(({ least, members }) => sumOver(members).equals(least)).map(({ members }) => ray(members, 1)),
    ...point.flatMap((value, at) => [
      ...(value.equals(nearTo[at]!) ? [ray(new Set([at]), 1)] : []),
      ...(value.equals(most[at]!) ? [ray(new Set([at]), -1)] : [])
    ])
  ]
  const all = new Set(point.keys())
  assert.isAtMost(distanceToCone(rays, [...ray(all, 1)]), 1e-6, "another point has a lower sum")

  const away = point.map((value, at) => value.sub(nearTo[at]!))
  const farthest = away.reduce((a, b) => (b.compare(a) > 0 ? b : a))
  if (farthest.equals(0)) return
  const sameSum = [ray(all, 1), ray(all, -1)]
  const pull = away.map((value) => value.div(farthest).valueOf())
  assert.isAtMost(distanceToCone([...rays, ...sameSum], pull), 1e-6, "another point of this sum is nearer")
}
