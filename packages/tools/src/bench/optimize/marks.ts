/**
 * What the comparison shows: medians, quartiles, ranks, and which marks are reached.
 *
 * @since 0.1.0
 */
import { NAME } from "./optuna.ts"
import { NAME as TEAM } from "./team.ts"

/** The regrets of one sampler on one function after each budget, seed by seed. */
export interface Cell {
  readonly function: string
  readonly sampler: string
  readonly budget: number
  /** Ascending. */
  readonly regrets: ReadonlyArray<number>
}

/** Milliseconds of a suggestion after so many trials, the median. */
export interface Timing {
  readonly sampler: string
  readonly trials: number
  readonly millis: number
}

/** Something that is promised, and what was seen. */
export interface Mark {
  readonly what: string
  readonly seen: string
  readonly reached: boolean
}

/** Linear between the neighbouring values, as most statistics programs have it. */
export const quantile = (sorted: ReadonlyArray<number>, share: number): number => {
  const place = share * (sorted.length - 1)
  const low = sorted[Math.floor(place)] ?? Number.NaN
  const high = sorted[Math.ceil(place)] ?? Number.NaN
  return low === high ? low : low + (place - Math.floor(place)) * (high - low)
}

export const median = (cell: Cell): number => quantile(cell.regrets, 0.5)

const group = <A>(all: ReadonlyArray<A>, keyOf: (one: A) => string): ReadonlyArray<ReadonlyArray<A>> => {
  const groups = new Map<string, Array<A>>()
  for (const one of all) {
    const found = groups.get(keyOf(one))
    if (found === undefined) groups.set(keyOf(one), [one])
    else found.push(one)
  }
  return [...groups.values()]
}

/** One more than the samplers that are better, plus half of the others that are equal. */
const rankOf = (cell: Cell, rivals: ReadonlyArray<Cell>): number => {
  const own = median(cell)
  const better = rivals.filter((rival) => median(rival) < own).length
  const equal = rivals.filter((rival) => rival !== cell && median(rival) === own).length
  return 1 + better + equal / 2
}

/** The mean over functions and budgets of each sampler's rank by its median; only where all of them ran. */
export const meanRanks = (cells: ReadonlyArray<Cell>): ReadonlyMap<string, number> => {
  const samplers = new Set(cells.map(({ sampler }) => sampler))
  const complete = group(cells, (cell) => `${cell.function} ${cell.budget}`).filter(
    (row) => row.length === samplers.size
  )
  const ranks = [...samplers].map((sampler): readonly [string, number] => {
    const own = complete.map((row) =>
      rankOf(
        row.find((cell) => cell.sampler === sampler)!,
        row
      )
    )
    return [sampler, own.reduce((sum, rank) => sum + rank, 0) / own.length]
  })
  return new Map(ranks.sort((a, b) => a[1] - b[1]))
}

/** Sampler, function, trials, and the regret that the median may have. */
const regretMarks: ReadonlyArray<readonly [string, string, number, number]> = [
  ["gp", "branin", 100, 1e-5],
  ["gp", "hartmann6", 100, 0.13],
  ["gp", "levy4", 100, 0.1],
  ["gp", "rosenbrock4", 100, 2.9],
  ["gp", "mixed", 100, 1e-4],
  ["cmaes", "branin", 200, 3e-5],
  ["cmaes", "hartmann6", 200, 0.09],
  ["cmaes", "rosenbrock4", 200, 7.8]
]

/** Sampler, trials, and the milliseconds that a suggestion may take. */
export const timeMarks: ReadonlyArray<readonly [string, number, number]> = [
  ["tpe", 200, 2],
  ["tpe", 10_000, 20],
  ["gp", 50, 20],
  ["gp", 200, 150]
]

/** Three digits that count. */
export const short = (value: number): string => {
  if (value === 0 || !Number.isFinite(value)) return `${value}`
  const size = Math.abs(value)
  return size < 1e-3 || size >= 1e4 ? value.toExponential(1) : `${Number(value.toPrecision(3))}`
}

const autoMarks = (cells: ReadonlyArray<Cell>): ReadonlyArray<Mark> =>
  cells
    .filter(({ sampler }) => sampler === "auto")
    .flatMap((own) => {
      const rivals = cells.filter(
        (cell) => cell.function === own.function && cell.budget === own.budget && ![NAME, TEAM].includes(cell.sampler)
      )
      if (rivals.length < 3) return []
      const better = rivals.filter((rival) => median(rival) < median(own)).map(({ sampler }) => sampler)
      return [
        {
          what: `auto best or second on ${own.function} after ${own.budget}`,
          seen: better.length === 0 ? "best" : `${better.length} better: ${better.join(", ")}`,
          reached: better.length <= 1
        }
      ]
    })

const tpeMark = (cells: ReadonlyArray<Cell>): ReadonlyArray<Mark> => {
  const ranks = meanRanks(cells)
  const ours = ranks.get("tpe")
  const theirs = ranks.get(NAME)
  if (ours === undefined || theirs === undefined) return []
  return [
    { what: "tpe: mean rank no worse than Optuna's", seen: `${short(ours)}, ${short(theirs)}`, reached: ours <= theirs }
  ]
}

/** Whether the team is at least as good as the second best of all others, over all functions and budgets. */
const teamMark = (cells: ReadonlyArray<Cell>): ReadonlyArray<Mark> => {
  const ranks = meanRanks(cells.filter(({ sampler }) => sampler !== NAME))
  const own = ranks.get(TEAM)
  if (own === undefined || ranks.size < 4) return []
  const better = [...ranks].filter(([sampler, rank]) => sampler !== TEAM && rank < own)
  return [
    {
      what: "team: mean rank no worse than the second best sampler's",
      seen: [[TEAM, own] as const, ...better].map(([sampler, rank]) => `${sampler} ${short(rank)}`).join(", "),
      reached: better.length <= 1
    }
  ]
}

/** The marks that this run has measured. */
export const marks = (cells: ReadonlyArray<Cell>, timings: ReadonlyArray<Timing>): ReadonlyArray<Mark> => [
  ...regretMarks.flatMap(([sampler, name, budget, most]) => {
    const cell = cells.find((it) => it.sampler === sampler && it.function === name && it.budget === budget)
    if (cell === undefined) return []
    const seen = median(cell)
    return [{ what: `${sampler}: ${name} ≤ ${short(most)} after ${budget}`, seen: short(seen), reached: seen <= most }]
  }),
  ...tpeMark(cells),
  ...autoMarks(cells),
  ...teamMark(cells),
  ...timeMarks.flatMap(([sampler, trials, most]) => {
    const timing = timings.find((it) => it.sampler === sampler && it.trials === trials)
    if (timing === undefined) return []
    const what = `${sampler}: a suggestion ≤ ${most} ms at ${trials} trials`
    return [{ what, seen: `${short(timing.millis)} ms`, reached: timing.millis <= most }]
  })
]
