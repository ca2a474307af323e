/** What happened before what, by walking from event to event: knows nothing of vector clocks. */

export interface Event {
  readonly p: string
  readonly kind: "local" | "send" | "recv"
  readonly msg?: string
}

/** The events that lie in the past of each event, itself among them. */
export const pastsOf = (events: ReadonlyArray<Event>): ReadonlyArray<ReadonlySet<number>> => {
  const pasts: Array<Set<number>> = []
  events.forEach((event, index) => {
    const past = new Set([index])
    const sources = events.flatMap((other, at) =>
      at < index && (other.p === event.p || (event.kind === "recv" && other.kind === "send" && other.msg === event.msg))
        ? [at]
        : []
    )
    for (const source of sources) for (const earlier of pasts[source] ?? []) past.add(earlier)
    pasts.push(past)
  })
  return pasts
}
