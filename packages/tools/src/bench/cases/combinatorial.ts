/**
 * Combinatorial auctions: winners alone, and winners with all VCG payments, over the five families.
 *
 * Each sample is another seed, so the percentiles are over instances. Goods grow with the bids: 30, 50 and 100. A search
 * that does not end within the limit below is cut, and `cut` counts how many were.
 *
 * @since 0.1.0
 */
import {
  type BundleMechanism,
  CombinatorialFirstPrice,
  CombinatorialAuction,
  CombinatorialGenerator,
  Vcg
} from "@mabeam/economics"
import { Effect, Result } from "effect"
import { type Case, type Target } from "../case.ts"
import { now, type Rep } from "../measure.ts"

const ms = 1000
const goods: Readonly<Record<number, number>> = { 100: 30, 300: 50, 1000: 100 }
const seeds: Readonly<Record<number, number>> = { 100: 10, 300: 5, 1000: 3 }

/** How long one search may take, in milliseconds. */
const patience = 10_000

const auctions = (family: string, bids: number): ReadonlyArray<BundleMechanism.Bids> =>
  Array.from({ length: seeds[bids] ?? 3 }, (_, seed) => {
    const input = CombinatorialGenerator.generate({ family, bids, goods: goods[bids] ?? 30, seed: seed + 1 })
    const judged = Result.flatMap(input, ({ bids: list, goods: names }) =>
      CombinatorialAuction.decode({ goods: names, bids: list })
    )
    return Result.getOrThrow(judged).bids
  })

const samples = (run: BundleMechanism.Mechanism["run"], instances: ReadonlyArray<BundleMechanism.Bids>): Rep => {
  const start = now()
  let cut = 0
  const samplesUs = instances.map((bids) => {
    const before = now()
    const stop = before + patience
    if (!run(bids, () => now() > stop).isOptimal) cut++
    return (now() - before) * 1000
  })
  return { samplesUs, ops: instances.length, ms: now() - start, extra: { cut } }
}

const limits =
  (family: string, values: Readonly<Record<number, number>>, arbitrary: Readonly<Record<number, number>>) =>
  (n: number): ReadonlyArray<Target> => {
    const value = (family === "arbitrary" ? arbitrary[n] : undefined) ?? values[n]
    return value === undefined ? [] : [{ figure: "p50_us", value: value * ms, kind: "limit" }]
  }

const winners = (family: string): Case => ({
  name: `winner determination ${family}`,
  about: `who wins a combinatorial auction of the family "${family}", proven optimal`,
  sizes: [100, 300, 1000],
  reps: 3,
  warm: 1,
  targets: limits(family, { 100: 30, 300: 250, 1000: 600 }, { 300: 1_500, 1000: 4_500 }),
  body: ({ effort, n }) =>
    Effect.sync(() => samples(CombinatorialFirstPrice.run, auctions(family, Math.ceil(n / effort.shrink))))
})

const payments = (family: string): Case => ({
  name: `VCG ${family}`,
  about: `winners and all VCG payments of a combinatorial auction of the family "${family}"`,
  sizes: [100],
  reps: 3,
  warm: 1,
  targets: limits(family, { 100: 300 }, {}),
  body: ({ effort, n }) => Effect.sync(() => samples(Vcg.run, auctions(family, Math.ceil(n / effort.shrink))))
})

export const combinatorialCases: ReadonlyArray<Case> = CombinatorialGenerator.families.flatMap((family) => [
  winners(family),
  payments(family)
])
