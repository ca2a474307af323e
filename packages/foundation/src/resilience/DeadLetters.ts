/**
 * Messages that nobody will handle: poison that crashed its process, casts to a process that is gone, casts that made
 * room in a full mailbox.
 *
 * **Guarantees** Every such message that reaches this service is counted, and the newest `capacity` letters are kept in
 * the order in which they came.
 *
 * **Does not guarantee** Durability: letters live in this process's memory. Where a program has no `DeadLetters` layer,
 * such messages are dropped, with a line in the log at `Debug`.
 *
 * @since 0.1.0
 */
import { Clock, Context, Effect, Layer } from "effect"
import { count } from "../internal/count.ts"

/** Why a message ended here. */
export type Reason =
  /** Its handler died of a defect, as often as the process allows. */
  | "poison"
  /** The process was gone for good. */
  | "dead"
  /** It made room in a mailbox with `overflow: "drop-oldest"`. */
  | "overflow"

/** A message that nobody will handle. */
export interface DeadLetter {
  /** Counts up from 1. */
  readonly number: number
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The label of the process, as in its errors. */
  readonly process: string
  /** The name in the process's specification. */
  readonly name: string
  /** The protocol entry. */
  readonly tag: string
  readonly payload: unknown
  readonly reason: Reason
  /** How many times a handler crashed on it. */
  readonly attempts: number
  /** What the handler died of, for `"poison"`. */
  readonly defect: unknown
}

/** Keeps dead letters. */
export class DeadLetters extends Context.Service<
  DeadLetters,
  {
    /** The kept letters, oldest first. */
    readonly list: Effect.Effect<ReadonlyArray<DeadLetter>>
    /** How many letters have come since the start, also those no longer kept. */
    readonly count: Effect.Effect<number>
    /** Forgets the kept letters and tells how many they were. */
    readonly purge: Effect.Effect<number>
    /** Keeps a letter. The kernel calls it from places where no effect can run. */
    readonly addUnsafe: (letter: Omit<DeadLetter, "number" | "at">) => void
  }
>()("@foundation/core/DeadLetters") {}

/** What `layerMemory` can be told. */
export interface Options {
  /**
   * How many letters are kept, 1 to 1,000,000; at the limit the oldest is dropped. Default 1,000. Anything else is a
   * defect of the layer, a `RangeError`.
   */
  readonly capacity?: number | undefined
}

/** `DeadLetters` in this process's memory. */
export const layerMemory = (options?: Options): Layer.Layer<DeadLetters> =>
  Layer.effect(
    DeadLetters,
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const bounds = { min: 1, max: 1_000_000, fallback: 1000 }
      const capacity = count("DeadLetters: capacity", options?.capacity, bounds)
      let letters: Array<DeadLetter> = []
      let total = 0
      return DeadLetters.of({
        list: Effect.sync(() => letters.slice(-capacity)),
        count: Effect.sync(() => total),
        purge: Effect.sync(() => {
          const kept = Math.min(letters.length, capacity)
          letters = []
          return kept
        }),
        addUnsafe: (letter) => {
          letters.push({ ...letter, number: ++total, at: clock.currentTimeMillisUnsafe() })
          if (letters.length >= 2 * capacity) letters = letters.slice(-capacity)
        }
      })
    })
  )
