/** What the drawings need of inputs and decisions that a calculator has accepted. */
import { Amount, type Calculator } from "@mabeam/economics"
import { Option, Schema } from "effect"

/** Reads some fields, if they are there and of this kind; others do not matter. */
export const read = <S extends Schema.ConstraintDecoder<unknown>>(schema: S) => {
  const decode = Schema.decodeUnknownOption(schema)
  return (value: Calculator.Json): S["Type"] | undefined => Option.getOrUndefined(decode(value))
}

/** An amount, on which the drawing puts the nearest double. */
export const Money = Amount.SignedAmount

export const toNumber = Amount.toNumber
