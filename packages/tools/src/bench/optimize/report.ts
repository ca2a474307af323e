/**
 * The comparison's tables for people.
 *
 * @since 0.1.0
 */
import type { Cell, Mark, Timing } from "./marks.ts"
import { meanRanks, median, quantile, short } from "./marks.ts"

const line = (cells: ReadonlyArray<string>, widths: ReadonlyArray<number>): string =>
  cells
    .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
    .join("  ")
    .trimEnd()

const table = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  return rows.map((row) => line(row, widths)).join("\n")
}

const unique = (words: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(words)]

/** Of one function: a row for each sampler, the best median of each column marked. */
const functionTable = (cells: ReadonlyArray<Cell>, name: string, budgets: ReadonlyArray<number>): string => {
  const own = cells.filter((cell) => cell.function === name)
  const least = (budget: number) => Math.min(...own.filter((cell) => cell.budget === budget).map(median))
  const shown = (sampler: string, budget: number): string => {
    const cell = own.find((it) => it.sampler === sampler && it.budget === budget)
    if (cell === undefined) return "-"
    const quartiles = `${short(quantile(cell.regrets, 0.25))} … ${short(quantile(cell.regrets, 0.75))}`
    return `${median(cell) === least(budget) ? "*" : ""}${short(median(cell))} (${quartiles})`
  }
  const samplers = unique(own.map(({ sampler }) => sampler))
  return table([
    [name, ...budgets.map((budget) => `after ${budget}`)],
    ...samplers.map((sampler) => [`  ${sampler}`, ...budgets.map((budget) => shown(sampler, budget))])
  ])
}

const timeTable = (timings: ReadonlyArray<Timing>): string => {
  const counts = [...new Set(timings.map(({ trials }) => trials))].sort((a, b) => a - b)
  const shown = (sampler: string, trials: number): string => {
    const timing = timings.find((it) => it.sampler === sampler && it.trials === trials)
    return timing === undefined ? "" : short(timing.millis)
  }
  return table([
    ["ms for a suggestion, 6 variables", ...counts.map((trials) => `${trials} trials`)],
    ...unique(timings.map(({ sampler }) => sampler)).map((sampler) => [
      `  ${sampler}`,
      ...counts.map((trials) => shown(sampler, trials))
    ])
  ])
}

/** All tables. */
export const report = (
  cells: ReadonlyArray<Cell>,
  timings: ReadonlyArray<Timing>,
  marks: ReadonlyArray<Mark>,
  budgets: ReadonlyArray<number>
): string => {
  const ranks = [...meanRanks(cells)].map(([sampler, rank]) => [`  ${sampler}`, rank.toFixed(2)])
  const sections = [
    ...unique(cells.map((cell) => cell.function)).map((name) => functionTable(cells, name, budgets)),
    table([["mean rank over functions and budgets", ""], ...ranks]),
    ...(timings.length === 0 ? [] : [timeTable(timings)]),
    ...(marks.length === 0
      ? []
      : [
          table([
            ["mark", "", "seen"],
            ...marks.map(({ reached, seen, what }) => [what, reached ? "pass" : "MISS", seen])
          ])
        ])
  ]
  return sections.join("\n\n")
}
