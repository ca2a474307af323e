/** What is wrong with the terms that a session is announced with, and where. */
import { Result } from "effect"
import { InvalidFormat, type Place, type Refusal } from "../input/Refusal.ts"

/** The part of a refusal that names the field; `path` starts in the terms. */
export interface Offence {
  readonly message: string
  readonly path: Place
}

/** What of a refusal there is to say to others. */
export const offenceOf = ({ message, path }: Refusal): Offence => ({ message, path })

/** A rule that terms have to keep beyond their schema. */
export type Rule = readonly [holds: boolean, path: Place, because: string]

/** The first offence: what the schema refuses, otherwise the first rule that does not hold. */
export const offenceIn = (
  decoded: Result.Result<unknown, Refusal>,
  rules: () => ReadonlyArray<Rule>
): Offence | undefined => {
  if (Result.isFailure(decoded)) return offenceOf(decoded.failure)
  const broken = rules().find(([holds]) => !holds)
  if (broken === undefined) return undefined
  const [, path, because] = broken
  return offenceOf(new InvalidFormat({ path, because }))
}
