/**
 * Tells whether a history of operations by many clients could have been made by one object that does one operation at a
 * time, each at some moment between its begin and its end.
 *
 * **Guarantees** The answer is exact: `undefined` when such an order exists, and otherwise how far the best one gets. An
 * operation whose outcome nobody learned may have happened at any moment after its begin, or not at all.
 *
 * **Does not guarantee** To be quick: the search is exponential in the number of operations that overlap. Histories of a
 * hundred operations with a few clients take milliseconds.
 *
 * Wing and Gong, "Testing and Verifying Concurrent Objects" (1993), with the memory of Lowe, "Testing for
 * Linearizability" (2017).
 *
 * **Example** (A stale read)
 *
 * ```ts
 * import { Linearizability } from "@foundation/core/testing"
 *
 * type Operation = { write: number } | "read"
 *
 * const register: Linearizability.Model<number, Operation, number> = {
 *   initial: 0,
 *   apply: (state, operation) => (operation === "read" ? [state, state] : [operation.write, operation.write])
 * }
 *
 * const history = new Linearizability.History<Operation, number>()
 * history.begin("a", { write: 1 }).end(1)
 * history.begin("b", "read").end(0)
 *
 * console.log(Linearizability.violation(register, history.calls)?.linearized) // => 1
 * ```
 *
 * @since 0.1.0
 */
import { Effect, Equal, Exit } from "effect"

/** What the object does when it does one operation at a time. */
export interface Model<State, Operation, Result> {
  readonly initial: State
  /** The next state and the result; pure. States are told apart by their JSON. */
  readonly apply: (state: State, operation: Operation) => readonly [next: State, result: Result]
}

/** One operation of a client. */
export interface Call<Operation, Result> {
  readonly client: string
  readonly operation: Operation
  /** Its place in the order of all begins and ends. */
  readonly begin: number
  /** `Infinity` when nobody learned the outcome. */
  readonly end: number
  readonly result: Result | undefined
}

/** Writes down operations in the order of their begins and ends. */
export class History<Operation, Result> {
  private events = 0
  private readonly made: Array<{ -readonly [K in keyof Call<Operation, Result>]: Call<Operation, Result>[K] }> = []

  /** Writes down the begin of an operation, and gives what writes down its end. */
  begin(client: string, operation: Operation): { readonly end: (result: Result) => void } {
    const call = { client, operation, begin: ++this.events, end: Infinity, result: undefined as Result | undefined }
    this.made.push(call)
    return {
      end: (result) => {
        call.end = ++this.events
        call.result = result
      }
    }
  }

  /** Runs an effect as an operation. One that does not succeed leaves its outcome open. */
  record<E, R>(client: string, operation: Operation, effect: Effect.Effect<Result, E, R>): Effect.Effect<Result, E, R> {
    return Effect.suspend(() => {
      const { end } = this.begin(client, operation)
      return Effect.onExit(effect, (exit) =>
        Effect.sync(() => {
          if (Exit.isSuccess(exit)) end(exit.value)
        })
      )
    })
  }

  get calls(): ReadonlyArray<Call<Operation, Result>> {
    return this.made
  }
}

/** Why a history is not linearizable. */
export interface Violation<Operation, Result> {
  /** How many operations the longest order explains. */
  readonly linearized: number
  /** The first of the others to end: no order gets past it. */
  readonly blocked: Call<Operation, Result>
}

/** Looks for an order; `undefined` when there is one. */
export const violation = <State, Operation, Result>(
  model: Model<State, Operation, Result>,
  calls: ReadonlyArray<Call<Operation, Result>>
): Violation<Operation, Result> | undefined => {
  const ordered = calls.toSorted((a, b) => a.begin - b.begin)
  const seen = new Set<string>()
  let best: Violation<Operation, Result> | undefined

  /** Whether the calls that are not in `done` can follow `state`; the bits of `done` are indices in `ordered`. */
  const follows = (state: State, done: bigint, count: number): boolean => {
    const firstEnd = nextToEnd(ordered, done)
    if (firstEnd === undefined) return true
    const place = `${done.toString(36)} ${JSON.stringify(state)}`
    if (seen.has(place)) return false
    seen.add(place)
    if (best === undefined || count > best.linearized) best = { linearized: count, blocked: firstEnd }
    for (let i = 0; i < ordered.length; i++) {
      const call = ordered[i]!
      if (call.begin > firstEnd.end) break
      if ((done & (1n << BigInt(i))) !== 0n) continue
      const [next, result] = model.apply(state, call.operation)
      const fits = call.end === Infinity || Equal.equals(result, call.result)
      if (fits && follows(next, done | (1n << BigInt(i)), count + 1)) return true
    }
    return false
  }
  return follows(model.initial, 0n, 0) ? undefined : best
}

/** The call that ends first among those that are not done; `undefined` when only open ones are left. */
const nextToEnd = <Operation, Result>(
  ordered: ReadonlyArray<Call<Operation, Result>>,
  done: bigint
): Call<Operation, Result> | undefined => {
  let first: Call<Operation, Result> | undefined
  ordered.forEach((call, i) => {
    if (call.end === Infinity || (done & (1n << BigInt(i))) !== 0n) return
    if (first === undefined || call.end < first.end) first = call
  })
  return first
}
