/** The scales of parameters, and the way values are printed. Pure. */
import { linear, logarithmic, powerTicks, short, ticks } from "../../chart/Scale.ts"
import type { ParameterValue, ReportParameter } from "../ReportModel.ts"

/** The value of a parameter as text. */
export const shown = (value: ParameterValue | undefined): string => {
  if (value === undefined) return "–"
  return typeof value === "number" ? short(value) : String(value)
}

/** `97.22 %`. */
export const percent = (share: number | undefined, digits = 2): string =>
  share === undefined ? "–" : `${(share * 100).toFixed(digits)} %`

/** `4.2 s`. */
export const seconds = (value: number): string => `${value.toFixed(1)} s`

/** Where a parameter's values lie between `start` (its least) and `end`. Unknown values are undefined. */
export const parameterScale = (
  parameter: ReportParameter,
  start: number,
  end: number
): ((value: ParameterValue | undefined) => number | undefined) => {
  if (parameter.kind === "categorical") {
    const { choices } = parameter
    const inset = choices.length > 1 ? (end - start) * 0.08 : 0
    const scale = linear(0, choices.length - 1, start + inset, end - inset)
    return (value) => {
      const index = choices.findIndex((choice) => choice === value)
      return index === -1 ? undefined : scale(index)
    }
  }
  const { kind, max, min } = parameter
  const scale = kind === "log-float" && min > 0 ? logarithmic(min, max, start, end) : linear(min, max, start, end)
  const [low, high] = start < end ? [start, end] : [end, start]
  return (value) => (typeof value === "number" ? Math.min(high, Math.max(low, scale(value))) : undefined)
}

/** Values of a parameter worth a label on its axis. */
export const parameterTicks = (parameter: ReportParameter, count: number): ReadonlyArray<ParameterValue> => {
  if (parameter.kind === "categorical") return parameter.choices
  const { kind, max, min } = parameter
  if (kind === "log-float" && min > 0) {
    const inner = powerTicks(min, max)
    const every = Math.ceil(inner.length / count)
    return inner.filter((_, index) => (inner.length - 1 - index) % every === 0)
  }
  return ticks(min, max, count)
}

/** `14 ms`, `4.2 s`. */
export const lasting = (value: number): string => (value < 1 ? `${Math.round(value * 1000)} ms` : seconds(value))
