/** A second solver for what is too large for every set of bids: HiGHS. Imports nothing of `src`. */
import { createRequire } from "node:module"
import type { Bid } from "./allocations.ts"

// Its types describe the CommonJS build, where the loader is all there is.
const load: typeof import("highs").default = createRequire(import.meta.url)("highs")
const highs = await load()

const sumOf = (terms: ReadonlyArray<readonly [factor: number, variable: string]>): string =>
  terms.length === 0
    ? "0 zero"
    : terms.map(([factor, variable]) => `${factor < 0 ? "-" : "+"} ${Math.abs(factor)} ${variable}`).join("\n ")

const solve = (model: string): number => {
  const { ObjectiveValue, Status } = highs.solve(model, { output_flag: false, mip_rel_gap: 0 })
  if (Status !== "Optimal") throw new Error(`HiGHS says ${Status}`)
  return ObjectiveValue
}

/** The most that the bids can bring; exact for prices that are small whole numbers. */
export const welfare = (bids: ReadonlyArray<Bid>): number => {
  const rows = new Map<string, Array<readonly [number, string]>>()
  bids.forEach(({ bidder, items }, index) => {
    for (const key of [`b${bidder}`, ...items.map((item) => `g${item}`)]) {
      rows.set(key, [...(rows.get(key) ?? []), [1, `x${index}`]])
    }
  })
  const constraints = [...rows].map(([key, terms]) => `${key}: ${sumOf(terms)} <= 1`)
  const objective = sumOf(bids.map((bid, index) => [Number(bid.price), `x${index}`]))
  const names = bids.map((_, index) => `x${index}`)
  return Math.round(
    solve(`Maximize\n o: ${objective}\nSubject To\n ${constraints.join("\n ")}\nBinary\n ${names.join("\n ")}\nEnd`)
  )
}

/**
 * How far `target` is from the nearest non-negative mixture of `rays`, by its largest coordinate.
 * With the constraints that hold with equality at a point as rays, 0 says that the point is the least in direction
 * `target`: what is tight is found in exact numbers, and all that is left to doubles is near 1.
 */
export const distanceToCone = (rays: ReadonlyArray<ReadonlyArray<number>>, target: ReadonlyArray<number>): number => {
  const rows = target.flatMap((value, at) => {
    const terms = rays.flatMap((ray, index) => (ray[at] === 0 ? [] : [[ray[at]!, `m${index}`] as const]))
    return [
      `over${at}: ${sumOf([...terms, [-1, "far"]])} <= ${value}`,
      `under${at}: ${sumOf([...terms, [1, "far"]])} >= ${value}`
    ]
  })
  return solve(`Minimize\n o: far\nSubject To\n ${rows.join("\n ")}\nEnd`)
}
