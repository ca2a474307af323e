/**
 * Which way of allocating tasks does better, over many seeds: means, paired differences, and what lying or asking more gains.
 *
 * Every policy meets the same world of a seed, so a difference is taken within a seed and its interval is that of the mean of
 * the differences (common random numbers; Law, "Simulation Modeling and Analysis", section 11.2). Intervals are at 95 %, by
 * Student's t distribution.
 *
 * **Guarantees** The same settings, seeds and policies give the same comparison. A figure that a seed does not have (a cost per
 * success where nothing succeeded) is left out of its interval, which says of how many values it is made.
 *
 * **Does not guarantee** That many intervals hold together: of twenty true ones, one is expected to miss. Fewer than 5 seeds
 * have no intervals: all of them are `NaN`.
 *
 * **Example**
 *
 * ```ts
 * import { AllocationComparison, AllocationPolicies, AllocationWorld } from "@mabeam/economics"
 *
 * const settings = { ...AllocationWorld.presets.liars, ticks: 60 }
 * const policies = [AllocationPolicies.auctionWithReputation, AllocationPolicies.random] as const
 * const { differences } = AllocationComparison.compare(settings, [1, 2, 3, 4, 5], policies)
 * differences.map(({ policy }) => policy) // => ["random"]
 * differences.every(({ figures }) => figures.successRate.low > 0) // => true
 * ```
 *
 * @since 0.1.0
 */
import { type Interval, meanInterval } from "../internal/meanInterval.ts"
import * as Policies from "./AllocationPolicies.ts"
import type { Policy } from "./AllocationPolicies.ts"
import { type Figures, figures, run } from "./AllocationRun.ts"
import { make, type Settings } from "./AllocationWorld.ts"

export type { Interval }

/** A reference, and what it is compared with. */
export type Contest = readonly [Policy, ...ReadonlyArray<Policy>]

/** The figures of one seed, in the order of the policies. */
export type Row = ReadonlyArray<Figures>

/** An interval for each figure. */
export type Intervals = { readonly [K in keyof Figures]: Interval }

/** What many seeds say. */
export interface Comparison {
  readonly seeds: number
  readonly reference: string
  readonly policies: ReadonlyArray<{ readonly policy: string; readonly figures: Intervals }>
  /** The figures of the reference less those of the policy; without the reference itself. */
  readonly differences: ReadonlyArray<{ readonly policy: string; readonly figures: Intervals }>
}

/** One seed under all policies. */
export const measure = (settings: Settings, seed: number, policies: ReadonlyArray<Policy>): Row => {
  const world = make(settings, seed)
  return policies.map((policy) => figures(world, run(world, policy).events))
}

const intervals = (of: (key: keyof Figures) => ReadonlyArray<number>): Intervals => ({
  tasks: meanInterval(of("tasks")),
  throughput: meanInterval(of("throughput")),
  successRate: meanInterval(of("successRate")),
  costPerSuccess: meanInterval(of("costPerSuccess")),
  paidPerSuccess: meanInterval(of("paidPerSuccess")),
  welfarePerTask: meanInterval(of("welfarePerTask")),
  buyerGainPerTask: meanInterval(of("buyerGainPerTask")),
  liarShare: meanInterval(of("liarShare")),
  profitPerLiar: meanInterval(of("profitPerLiar")),
  profitPerHonest: meanInterval(of("profitPerHonest"))
})

/** What rows of `measure` say, for the same policies. */
export const summarize = ([reference, ...others]: Contest, rows: ReadonlyArray<Row>): Comparison => {
  const column = (index: number, key: keyof Figures) => rows.map((row) => row[index]?.[key] ?? Number.NaN)
  const difference = (index: number, key: keyof Figures) => {
    const own = column(index, key)
    return column(0, key).map((value, seed) => value - (own[seed] ?? Number.NaN))
  }
  const policies = [reference, ...others].map(({ name }, index) => {
    return { policy: name, figures: intervals((key) => column(index, key)) }
  })
  const differences = others.map(({ name }, index) => {
    return { policy: name, figures: intervals((key) => difference(index + 1, key)) }
  })
  return { seeds: rows.length, reference: reference.name, policies, differences }
}

/** All seeds under all policies, compared with the first one. */
export const compare = (
  settings: Settings,
  seeds: ReadonlyArray<number>,
  policies: Contest = Policies.all
): Comparison =>
  summarize(
    policies,
    seeds.map((seed) => measure(settings, seed, policies))
  )

/** What those who lie have from it, on average for each of them, over the run. */
export interface Gain {
  readonly policy: string
  /** Their profit if they are honest: the same agents, tasks and luck. */
  readonly honest: Interval
  readonly lying: Interval
  /** Their profit lying less their profit honest, seed by seed. */
  readonly gain: Interval
}

/** The same agents, all of them honest. Those who would lie are still marked, so that their profit can be compared. */
export const honest = (settings: Settings): Settings => ({ ...settings, boast: 0, discount: 0 })

/** One agent asks `factor` (at most 11) times what he would ask; nobody lies about skills. */
export const asking = (settings: Settings, factor: number): Settings => ({
  ...settings,
  liars: 1 / settings.agents,
  boast: 0,
  discount: 1 - factor
})

/** What rows of `measure` say of those who lie, for the same policies and seeds: in a world, and in the `honest` one. */
export const summarizeGains = (
  policies: ReadonlyArray<Policy>,
  lyingRows: ReadonlyArray<Row>,
  honestRows: ReadonlyArray<Row>
): ReadonlyArray<Gain> =>
  policies.map(({ name }, index) => {
    const profits = (rows: ReadonlyArray<Row>) => rows.map((row) => row[index]?.profitPerLiar ?? Number.NaN)
    const before = profits(honestRows)
    const after = profits(lyingRows)
    return {
      policy: name,
      honest: meanInterval(before),
      lying: meanInterval(after),
      gain: meanInterval(after.map((profit, seed) => profit - (before[seed] ?? Number.NaN)))
    }
  })

/** What the liars of `settings` gain by it under each policy, against the same world in which they are honest. */
export const gains = (
  settings: Settings,
  seeds: ReadonlyArray<number>,
  policies: ReadonlyArray<Policy>
): ReadonlyArray<Gain> => {
  const rows = (world: Settings) => seeds.map((seed) => measure(world, seed, policies))
  return summarizeGains(policies, rows(settings), rows(honest(settings)))
}
