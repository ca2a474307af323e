/**
 * Lists that are usually in order: judged by one loop, and by their schema, which is many times slower, only to find out
 * what is wrong.
 *
 * **Guarantees** What the loop passes, the schema would pass too; a test holds the two together.
 *
 * **Does not guarantee** A copy: the elements are the ones of the input.
 */
import { Result, Schema } from "effect"
import * as Refusal from "../input/Refusal.ts"

/** Stands for `Schema.Array(…)` of elements that `isElement` passes. */
export const listOf = <A>(isElement: (input: object) => boolean): Schema.declare<ReadonlyArray<A>> =>
  Schema.declare((input): input is ReadonlyArray<A> => {
    if (!Array.isArray(input)) return false
    for (let index = 0; index < input.length; index++) {
      const element: unknown = input[index]
      if (typeof element !== "object" || element === null || !isElement(element)) return false
    }
    return true
  })

/** A schema of lists. */
export type List<A> = Schema.Codec<ReadonlyArray<A>, ReadonlyArray<A>>

/**
 * Decodes a document that has lists of elements: by the loop first, and if that does not pass it, by the schema of the
 * elements, which knows the place of the offence.
 */
export const decode = <A, S extends Schema.ConstraintDecoder<unknown>>(
  isElement: (input: object) => boolean,
  element: Schema.Codec<A>,
  document: (list: List<A>) => S
): ((input: unknown) => Result.Result<S["Type"], Refusal.InvalidFormat | Refusal.InvalidAmount>) => {
  const quick = Schema.decodeUnknownResult(document(listOf<A>(isElement)), { onExcessProperty: "error" })
  const slow = Refusal.decode(document(Schema.Array(element)))
  return (input) => {
    const given = quick(input)
    return Result.isSuccess(given) ? Result.succeed(given.success) : slow(input)
  }
}

/** Whether an object has no other enumerable keys than these, inherited ones included. */
export const hasOnly = (input: object, first: string, second: string, third = second, fourth = second): boolean => {
  for (const key in input) if (key !== first && key !== second && key !== third && key !== fourth) return false
  return true
}
