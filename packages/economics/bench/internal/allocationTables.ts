/** The tables that `allocation.ts` prints. */
import type * as AllocationComparison from "../../src/allocation/AllocationComparison.ts"

type Interval = AllocationComparison.Interval
type Key = keyof AllocationComparison.Intervals

/** Figure, heading, digits, factor. */
const columns: ReadonlyArray<readonly [key: Key, heading: string, digits: number, factor: number]> = [
  ["throughput", "done / 100 ticks", 1, 1],
  ["successRate", "success %", 1, 100],
  ["costPerSuccess", "cost / success", 2, 1],
  ["paidPerSuccess", "paid / success", 2, 1],
  ["welfarePerTask", "welfare / task", 2, 1],
  ["buyerGainPerTask", "buyer's gain / task", 2, 1],
  ["liarShare", "tries by liars %", 1, 100]
]

/** A mean and how far its 95 % interval reaches to either side. */
export const shown = ({ high, mean, values }: Interval, digits: number, factor = 1): string =>
  values === 0 || Number.isNaN(mean)
    ? "none"
    : `${(factor * mean).toFixed(digits)} ± ${(factor * (high - mean)).toFixed(digits)}`

/** Columns as wide as what stands in them; the first one is text. */
export const table = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)))
  const line = (row: ReadonlyArray<string>) =>
    row
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join("  ")
      .trimEnd()
  const [head, ...body] = rows.map(line)
  return [head, "-".repeat(widths.reduce((sum, width) => sum + width + 2, -2)), ...body].join("\n")
}

const figures = (
  heading: string,
  lines: ReadonlyArray<{ readonly policy: string; readonly figures: AllocationComparison.Intervals }>
): string =>
  table([
    [heading, ...columns.map(([, name]) => name)],
    ...lines.map((each) => [
      each.policy,
      ...columns.map(([key, , digits, factor]) => shown(each.figures[key], digits, factor))
    ])
  ])

export const comparisonTables = ({ differences, policies, reference }: AllocationComparison.Comparison): string =>
  `${figures("policy", policies)}\n\n${figures(`"${reference}" less`, differences)}`

/** A row for each policy; `before` and `after` name what was compared. */
export const gainTable = (gains: ReadonlyArray<AllocationComparison.Gain>, before: string, after: string): string =>
  table([
    ["profit of each over the run", before, after, "difference"],
    ...gains.map(({ gain, honest, lying, policy }) => [policy, shown(honest, 0), shown(lying, 0), shown(gain, 0)])
  ])
