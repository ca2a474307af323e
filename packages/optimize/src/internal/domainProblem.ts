/** What can be wrong with a domain. Pure; the first problem found is the one told. */
import { stepCount } from "../space/Domain.ts"
import type { ChoiceDomain, Domain, FloatDomain, IntDomain } from "../space/Domain.ts"

/** The field at fault and the sentence for it. */
export interface DomainProblem {
  readonly field: string
  readonly problem: string
}

/** Most choices that a variable may have. */
export const CHOICES_MAX = 1_000

/** Largest bound of a logarithmic whole number: above it, neighbouring numbers share a place. */
export const LOG_INT_MAX = 2 ** 40

const at = (field: string, problem: string): DomainProblem => ({ field, problem })

const problemOfRange = ({ type, low, high, log, step }: FloatDomain | IntDomain): DomainProblem | undefined => {
  const whole = type === "int"
  for (const [field, bound] of [
    ["low", low],
    ["high", high]
  ] as const) {
    if (whole ? !Number.isSafeInteger(bound) : !Number.isFinite(bound)) {
      const kind = Number.isInteger(bound) ? "whole number up to 2^53 - 1" : whole ? "whole number" : "finite number"
      return at(field, `${bound} is not a ${kind}`)
    }
  }
  if (low > high) return at("high", `${high} is below low, ${low}`)
  if (log && low < (whole ? 1 : Number.MIN_VALUE)) {
    return at("low", `a logarithmic scale needs low ${whole ? "of at least 1" : "above 0"}, not ${low}`)
  }
  if (log && whole && high > LOG_INT_MAX) return at("high", `a logarithmic whole number is at most 2^40, not ${high}`)
  if (log && step !== undefined && !(whole && step === 1)) return at("step", "a logarithmic scale takes no step")
  if (whole && high - low >= Number.MAX_SAFE_INTEGER) return at("high", "the range holds more than 2^53 - 1 values")
  if (step === undefined) return undefined
  if (whole ? !Number.isSafeInteger(step) : !Number.isFinite(step)) {
    return at("step", `${step} is not a ${whole ? "whole" : "finite"} number`)
  }
  if (step <= 0) return at("step", `${step} is not above 0`)
  return Number.isSafeInteger(stepCount(low, high, step)) ? undefined : at("step", `${step} is too small for the range`)
}

const problemOfChoices = ({ choices }: ChoiceDomain): DomainProblem | undefined => {
  if (choices.length === 0) return at("choices", "there must be at least one")
  if (choices.length > CHOICES_MAX) return at("choices", `there are ${choices.length}, more than ${CHOICES_MAX}`)
  // The types say so; programs without types do not hear them.
  const alien = choices.findIndex((choice) => !["string", "number", "boolean"].includes(typeof choice))
  if (alien !== -1) return at("choices", `${String(choices[alien])} is not a text, a number, true or false`)
  const unfit = choices.find((choice) => typeof choice === "number" && !Number.isFinite(choice))
  if (unfit !== undefined) return at("choices", `${unfit} is not a finite number`)
  const twice = choices.find((choice, index) => choices.indexOf(choice) !== index)
  return twice === undefined ? undefined : at("choices", `${JSON.stringify(twice)} stands there twice`)
}

/** The first problem of a domain, if it has one. */
export const problemOfDomain = (domain: Domain): DomainProblem | undefined => {
  switch (domain.type) {
    case "boolean":
      return undefined
    case "categorical":
    case "ordinal":
      return problemOfChoices(domain)
    case "int":
    case "float":
      return problemOfRange(domain)
  }
}
