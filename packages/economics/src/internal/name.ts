/** Names, whatever they name: 1 to 255 characters. */
import { Schema } from "effect"

const lengthMax = 255

export const Name = Schema.NonEmptyString.check(Schema.isMaxLength(lengthMax))

/** As `Name` judges, for lists too long for a schema. */
export const isName = (value: unknown): value is string =>
  typeof value === "string" && value.length >= 1 && value.length <= lengthMax
