/**
 * The bench's lines for people.
 *
 * @since 0.1.0
 */
import type { Target } from "./case.ts"
import type { Line } from "./measure.ts"

const columns = [
  "case",
  "n",
  "handlers",
  "p50 µs",
  "p95 µs",
  "p99 µs",
  "per second",
  "bytes",
  "against",
  "ratio",
  "spread"
]
const widths = [50, 7, 9, 10, 10, 10, 10, 8, 24, 7, 8]

/** Three digits that count, and thousands with their letter. */
export const short = (value: unknown): string => {
  if (typeof value !== "number" || !Number.isFinite(value)) return ""
  const size = Math.abs(value)
  if (size >= 1e6) return `${(value / 1e6).toPrecision(3)}M`
  if (size >= 1e4) return `${(value / 1e3).toPrecision(3)}k`
  return size >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString()
}

/** How a line stands against a target: below 1 is better, whichever way the figure counts. */
export const ratioOf = (line: Line, target: Target): number => {
  const seen = line[target.figure]
  if (typeof seen !== "number") return Number.NaN
  return target.figure === "ops_per_s" ? target.value / seen : seen / target.value
}

/** How far the repetitions lie apart: the widest distance from the median, in percent. */
const spreadOf = ({ p50_all, p50_us }: Line): string => {
  const far = Math.max(...p50_all.map((each) => Math.abs(each - p50_us)))
  return p50_all.length < 2 || p50_us === 0 ? "" : `±${Math.round((far / p50_us) * 100)}%`
}

const unitOf = (figure: string): string =>
  figure === "ops_per_s" ? "/s" : figure === "bytes_per_item" ? " B" : figure.endsWith("_us") ? " µs" : ` ${figure}`

const cells = (values: ReadonlyArray<string>): string =>
  values
    .map((value, i) => (i === 0 || i === 2 || i === 8 ? value.padEnd(widths[i]!) : value.padStart(widths[i]!)))
    .join(" ")
    .trimEnd()

export const header = `${cells(columns)}\n${"-".repeat(widths.reduce((sum, width) => sum + width + 1, -1))}`

/** One row for the line, and one more for each further target. */
export const row = (line: Line, targets: ReadonlyArray<Target>): string => {
  const against = targets.map((target) => {
    const ratio = ratioOf(line, target)
    const sign = target.kind === "beam" ? "BEAM" : target.figure === "ops_per_s" ? "at least" : "below"
    const own = !["p50_us", "p95_us", "p99_us", "ops_per_s", "bytes_per_item"].includes(target.figure)
    const seen = own
      ? `${short(line[target.figure])} `
      : target.figure === "p50_us"
        ? ""
        : `${target.figure.split("_")[0]} `
    return [`${seen}${sign} ${short(target.value)}${unitOf(target.figure)}`, ratio.toPrecision(2)]
  })
  const figures = [line.p50_us, line.p95_us, line.p99_us, line.ops_per_s, line.bytes_per_item].map(short)
  const first = [
    line.case,
    String(line.n),
    line.handlers ?? "",
    ...figures,
    ...(against[0] ?? ["", ""]),
    spreadOf(line)
  ]
  const rest = against.slice(1).map((more) => cells([...new Array<string>(8).fill(""), ...more]))
  return [cells(first), ...rest].join("\n")
}
