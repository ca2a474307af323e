/** What is wrong with the terms that a session is announced with, and where. */
import { Result } from "effect"
import { InvalidFormat, type Place, type Refusal } from "../input/Refusal.ts"

/** The part of a refusal that names the field; `path` starts in the terms. */
export interface Offence {
  readonly message: string
  readonly path: Place
}

/** A rule that terms have to keep beyond their schema. */
export type Rule = readonly [holds: boolean, path: Place, because: string]

/** The first offence: what the schema refuses, otherwise the first rule that does not hold. */
export const offenceIn = (
  decoded: Result.Result<unknown, Refusal>,
  rules: () => ReadonlyArray<Rule>
): Offence | undefined => {
  if (Result.isFailure(decoded)) return { message: decoded.failure.message, path: decoded.failure.path }
  const broken = rules().find(([holds]) => !holds)
  if (broken === undefined) return undefined
  const [, path, because] = broken
  const { message } = new InvalidFormat({ path, because })
  return { message, path }
}

/** Guests are named once, and the host is none of them. */
export const guests = (names: ReadonlyArray<string> | undefined, host: string, field: string): Rule => [
  names === undefined || (new Set(names).size === names.length && !names.includes(host)),
  [field],
  `names somebody twice, or ${JSON.stringify(host)}, whose session it is`
]
