/** Drives one candidate: asks the store what the protocol wants asked, keeps its one timer, tells what has changed. */
import { Clock, Effect, Fiber } from "effect"
import type { Claim, LeaseStore } from "../LeaseStore.ts"
import * as Candidate from "./candidate.ts"
import type { News } from "./news.ts"

export interface Options extends Candidate.Settings {
  readonly store: LeaseStore["Service"]
  readonly news: News
  readonly election: string
  readonly candidate: string
  readonly session: string
  readonly score: number
}

export interface Campaigner {
  readonly state: () => Candidate.State
  /** The term in office at this moment, by the clock. */
  readonly term: () => number | undefined
  /** Why the last office was lost. */
  readonly loss: () => Candidate.Reason
  readonly ask: (request: "stand") => ReturnType<LeaseStore["Service"]["stand"]>
  readonly start: () => void
  /** Ends the campaign: first here, then in the store. Repeated after a failure, it tries the store again. */
  readonly end: ReturnType<LeaseStore["Service"]["release"]>
  /** Waits until `find` has found something; looks at once and after each change. */
  readonly until: <A, E>(find: () => Effect.Effect<A, E> | undefined) => Effect.Effect<A, E>
}

export const make: (options: Options) => Effect.Effect<Campaigner> = Effect.fnUntraced(function* (options: Options) {
  const { candidate, election, leaseMillis, news, score, session, store } = options
  const clock = yield* Clock.clockWith(Effect.succeed)
  const run = Effect.runForkWith(yield* Effect.context<never>())
  const now = () => Number(clock.monotonicTimeNanosUnsafe()) / 1_000_000

  let state = Candidate.make(options, now())
  let loss: Candidate.Reason = "expired"
  let isReleased = false
  let timer: Fiber.Fiber<void> | undefined
  let asking: Fiber.Fiber<void> | undefined
  const listeners = new Set<() => void>()

  const claim = (): Claim => ({ session, candidate, score, leaseMillis, after: state.lastTerm })
  const requests = {
    stand: () => store.stand(election, claim()),
    take: () => store.take(election, claim()),
    renew: () => store.renew(election, { session, term: state.leading?.term ?? 0, leaseMillis })
  }

  const dispatch = (input: Candidate.Input): void => {
    const [next, outputs] = Candidate.step(state, input)
    state = next
    for (const output of outputs) {
      switch (output._tag) {
        case "Ask":
          ask(output.id, output.request)
          break
        case "Elected":
          news.changed(election)
          break
        case "Deposed":
          loss = output.reason
          break
      }
    }
    if (outputs.length > 0 || state.ended) for (const listener of Array.from(listeners)) listener()
    rearm()
  }

  const ask = (id: number, request: Candidate.Request): void => {
    asking?.interruptUnsafe()
    asking = run(
      Effect.matchCause(requests[request](), {
        onSuccess: ({ granted, leader }) =>
          dispatch({ _tag: "Answered", now: now(), id, granted, remainingMillis: leader?.remainingMillis ?? 0 }),
        // Whatever went wrong, the question is asked again; a lease that cannot be renewed runs out.
        onFailure: () => dispatch({ _tag: "Failed", now: now(), id })
      })
    )
  }

  const rearm = (): void => {
    timer?.interruptUnsafe()
    timer = undefined
    const at = Candidate.wakeAt(state)
    if (at === Number.POSITIVE_INFINITY) return
    const wake = Effect.sync(() => {
      timer = undefined
      dispatch({ _tag: "Wake", now: now() })
    })
    timer = run(Effect.andThen(Effect.sleep(Math.max(0, Math.ceil(at - now()))), wake))
  }

  const until = <A, E>(find: () => Effect.Effect<A, E> | undefined): Effect.Effect<A, E> =>
    Effect.callback<A, E>((resume) => {
      const look = () => {
        const found = find()
        if (found === undefined) return false
        listeners.delete(look)
        resume(found)
        return true
      }
      if (look()) return
      listeners.add(look)
      return Effect.sync(() => {
        listeners.delete(look)
      })
    })

  const unsubscribe = news.onFreed(election, () => dispatch({ _tag: "Nudged", now: now() }))
  const release = Effect.suspend(() => Effect.andThen(asking ? Fiber.interrupt(asking) : Effect.void, free))
  const free = Effect.andThen(
    store.release(election, session),
    Effect.sync(() => {
      isReleased = true
      news.freed(election)
    })
  )

  return {
    state: () => state,
    term: () => (Candidate.leads(state, now()) ? state.leading?.term : undefined),
    loss: () => loss,
    ask: (request) => requests[request](),
    start: () => dispatch({ _tag: "Wake", now: now() }),
    end: Effect.suspend(() => {
      if (isReleased) return Effect.void
      unsubscribe()
      // The holder is told first.
      if (!state.ended) dispatch({ _tag: "Resigned", now: now() })
      return release
    }),
    until
  } satisfies Campaigner
})
