/**
 * Schemas of options: numbers in a range, with a default where the key is left out.
 *
 * @since 0.1.0
 */
import { Effect, Schema } from "effect"

/** A key that may be left out and then has this value. */
export const withDefault = <S extends Schema.Top>(schema: S, value: S["Encoded"]) =>
  schema.pipe(Schema.withDecodingDefaultKey(Effect.succeed(value)))

/** A whole number from `minimum` to `maximum`. */
export const whole = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** A finite number from `minimum` to `maximum`. */
export const real = (minimum: number, maximum: number) => Schema.Finite.check(Schema.isBetween({ minimum, maximum }))
