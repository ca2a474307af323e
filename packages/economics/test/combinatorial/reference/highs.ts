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

/** The least of `objective · payment` over payments up to the bids that leave no coalition a reason to block. */
export const leastOverCore = (
  objective: ReadonlyMap<number, number>,
  most: ReadonlyMap<number, bigint>,
  constraints: ReadonlyArray<readonly [outside: ReadonlyArray<number>, least: bigint]>,
  revenue?: number
): number => {
  const all = [...objective.keys()]
  const rows = constraints
    .filter(([outside]) => outside.length > 0)
    .map(([outside, least], index) => `c${index}: ${sumOf(outside.map((it) => [1, `p${it}`]))} >= ${least}`)
  if (revenue !== undefined) rows.push(`r: ${sumOf(all.map((it) => [1, `p${it}`]))} <= ${revenue}`)
  const bounds = all.map((it) => `0 <= p${it} <= ${most.get(it)}`)
  const terms = all.map((it) => [objective.get(it)!, `p${it}`] as const)
  return solve(`Minimize\n o: ${sumOf(terms)}\nSubject To\n ${rows.join("\n ")}\nBounds\n ${bounds.join("\n ")}\nEnd`)
}
