/**
 * Which of two trainings did better on the validation part.
 *
 * The share of right answers decides only in steps of one row, and a few hundred rows tell good parameters apart poorly: whoever
 * searches well by it alone finds what was lucky. Cross-entropy says how sure the right answers were, so half of it is taken off: at
 * the same accuracy the surer model wins, and a row or two do not outweigh a clearly worse fit.
 *
 * @since 0.1.0
 */
import type { Result } from "./RunEvent.ts"

/** What one nat of cross-entropy costs, in shares of right answers. */
const nat = 0.5

/** Larger is better; a diverged training is worse than any other. */
export const score = ({ accuracy, loss, outcome }: Result): number =>
  outcome === "diverged" ? -1 : accuracy - nat * Math.min(loss, 10)

/** Whether `a` did better than `b`. */
export const better = (a: Result, b: Result): boolean => score(a) > score(b)

/** The standard error of a share of right answers over so many rows. */
export const standardError = (accuracy: number, rows: number): number =>
  Math.sqrt(Math.max(accuracy * (1 - accuracy), 1 / rows) / rows)

/** The mean of several results of the same parameters; diverged if one of them is. */
export const mean = (results: ReadonlyArray<Result>): Result => {
  const average = (of: (result: Result) => number) =>
    results.reduce((sum, result) => sum + of(result), 0) / Math.max(1, results.length)
  return {
    outcome: results.some((result) => result.outcome === "diverged") ? "diverged" : "trained",
    accuracy: average((result) => result.accuracy),
    loss: average((result) => result.loss),
    seconds: average((result) => result.seconds)
  }
}
