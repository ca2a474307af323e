/** Names, whatever they name: 1 to 255 characters. */
import { Schema } from "effect"

const lengthMax = 255

export const Name = Schema.NonEmptyString.check(Schema.isMaxLength(lengthMax))

/** As `Name` judges, for lists too long for a schema. */
export const isName = (value: unknown): value is string =>
  typeof value === "string" && value.length >= 1 && value.length <= lengthMax

/** What names begin with that no participant can have: those of the accounts that belong to machines. */
export const mark = "mabeam:"

/** Whether a name is one that no participant can have. */
export const isReserved = (name: string): boolean => name.startsWith(mark)

/** Whether a value is a name that a participant can have. */
export const isParticipant = (value: unknown): value is string => isName(value) && !isReserved(value)
