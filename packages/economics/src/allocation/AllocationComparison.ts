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

const intervals = (sample: ReadonlyArray<Figures>): Intervals => {
  const of = (key: keyof Figures) => meanInterval(sample.map((each) => each[key]))
  return {
    tasks: of("tasks"),
    throughput: of("throughput"),
    successRate: of("successRate"),
    costPerSuccess: of("costPerSuccess"),
    paidPerSuccess: of("paidPerSuccess"),
    welfarePerTask: of("welfarePerTask"),
    buyerGainPerTask: of("buyerGainPerTask"),
    liarShare: of("liarShare"),
    profitPerLiar: of("profitPerLiar"),
    profitPerHonest: of("profitPerHonest")
  }
}

const less = (a: Figures, b: Figures): Figures => ({
  tasks: a.tasks - b.tasks,
  throughput: a.throughput - b.throughput,
  successRate: a.successRate - b.successRate,
  costPerSuccess: a.costPerSuccess - b.costPerSuccess,
  paidPerSuccess: a.paidPerSuccess - b.paidPerSuccess,
  welfarePerTask: a.welfarePerTask - b.welfarePerTask,
  buyerGainPerTask: a.buyerGainPerTask - b.buyerGainPerTask,
  liarShare: a.liarShare - b.liarShare,
  profitPerLiar: a.profitPerLiar - b.profitPerLiar,
  profitPerHonest: a.profitPerHonest - b.profitPerHonest
})

/** What rows of `measure` say, for the same policies. */
export const summarize = ([reference, ...others]: Contest, rows: ReadonlyArray<Row>): Comparison => {
  const column = (index: number) => rows.flatMap((row) => row[index] ?? [])
  const pairs = (index: number) =>
    rows.flatMap(([first, ...rest]) => {
      const other = rest[index]
      return first === undefined || other === undefined ? [] : [less(first, other)]
    })
  return {
    seeds: rows.length,
    reference: reference.name,
    policies: [reference, ...others].map(({ name }, index) => ({ policy: name, figures: intervals(column(index)) })),
    differences: others.map(({ name }, index) => ({ policy: name, figures: intervals(pairs(index)) }))
  }
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

/** What the liars of `settings` gain by it under each policy, against the same world in which they are honest. */
export const gains = (
  settings: Settings,
  seeds: ReadonlyArray<number>,
  policies: ReadonlyArray<Policy>
): ReadonlyArray<Gain> => {
  const rows = seeds.map((seed) => ({
    honest: measure(honest(settings), seed, policies),
    lying: measure(settings, seed, policies)
  }))
  return policies.map(({ name }, index) => {
    const profit = (row: Row) => row[index]?.profitPerLiar ?? Number.NaN
    return {
      policy: name,
      honest: meanInterval(rows.map((row) => profit(row.honest))),
      lying: meanInterval(rows.map((row) => profit(row.lying))),
      gain: meanInterval(rows.map((row) => profit(row.lying) - profit(row.honest)))
    }
  })
}
