/**
 * Whether parameters have been tried, or are being tried.
 *
 * @since 0.1.0
 */
import type { Request } from "../sampler/Sampler.ts"
import type { Declaration, Params, SearchSpace } from "../space/SearchSpace.ts"

/** Whether two trials have the same values of the same variables. */
export const isSame = <D extends Declaration>({ variables }: SearchSpace<D>, a: Params<D>, b: Params<D>): boolean => {
  const one: Readonly<Record<string, unknown>> = a
  const other: Readonly<Record<string, unknown>> = b
  for (const { name } of variables) if (one[name] !== other[name]) return false
  return true
}

/** Whether a trial that has ended or is pending has these parameters. */
export const isTried = <D extends Declaration>({ history, pending, space }: Request<D>, params: Params<D>): boolean =>
  history.some((trial) => isSame(space, trial.params, params)) ||
  pending.some((trial) => isSame(space, trial.params, params))

/** So often other parameters are looked for. */
const ATTEMPTS_MAX = 8

/** The first parameters, or others if those have been tried: where little is left, the first are tried again. */
export const untried = <D extends Declaration>(
  request: Request<D>,
  first: Params<D>,
  other: (attempt: number, rejected: Params<D>) => Params<D>
): Params<D> => {
  let params = first
  for (let attempt = 1; isTried(request, params); attempt++) {
    if (attempt > ATTEMPTS_MAX) return first
    params = other(attempt, params)
  }
  return params
}
