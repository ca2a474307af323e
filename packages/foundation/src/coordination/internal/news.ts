import { Effect } from "effect"

/** Tells the campaigns and watchers of one layer what the others of the same layer do, so that they need not poll. */
export interface News {
  /** Something has changed in an election: wakes those who watch it. */
  readonly changed: (election: string) => void
  /** The office is free: wakes the other candidates too. */
  readonly freed: (election: string) => void
  /** Calls `listener` whenever the office is freed, until the returned function is called. */
  readonly onFreed: (election: string, listener: () => void) => () => void
  /** A number that grows with each change. */
  readonly count: () => number
  /** Waits for a change after the `seen`-th, at most so long. */
  readonly awaitAfter: (election: string, seen: number, millis: number) => Effect.Effect<void>
}

export const makeNews = (): News => {
  let count = 0
  const watchers = makeTopics()
  const candidates = makeTopics()
  const changed = (election: string) => {
    count++
    watchers.publish(election)
  }
  return {
    changed,
    freed: (election) => {
      changed(election)
      candidates.publish(election)
    },
    onFreed: candidates.subscribe,
    count: () => count,
    awaitAfter: (election, seen, millis) =>
      Effect.callback<void>((resume) => {
        if (count > seen) return resume(Effect.void)
        const unsubscribe = watchers.subscribe(election, () => {
          unsubscribe()
          resume(Effect.void)
        })
        return Effect.sync(unsubscribe)
      }).pipe(Effect.timeoutOption(millis), Effect.asVoid)
  }
}

/** Listeners by topic; a topic without listeners takes no room. */
const makeTopics = () => {
  const topics = new Map<string, Set<() => void>>()
  return {
    publish: (topic: string) => {
      // A copy: a listener may unsubscribe itself and others.
      for (const listener of Array.from(topics.get(topic) ?? [])) listener()
    },
    subscribe: (topic: string, listener: () => void) => {
      const listeners = topics.get(topic) ?? new Set()
      topics.set(topic, listeners.add(listener))
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0 && topics.get(topic) === listeners) topics.delete(topic)
      }
    }
  }
}
