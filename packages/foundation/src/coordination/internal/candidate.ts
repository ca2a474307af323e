/**
 * One candidate's side of an election as a pure, total function: when to ask the store, what to believe of its answers,
 * and when to step down. Times are milliseconds of the candidate's own monotonic clock.
 *
 * The candidate counts its lease from the moment it *asked*, and steps down a margin before it ends. The store counts
 * from the moment it *answered*, which is later: so the candidate is down before anybody else is up, as long as its
 * clock does not run slower than the store's by more than the margin.
 */

export interface Settings {
  readonly leaseMillis: number
  /** How long a new candidate stands before it asks for the office, so that others can stand too. */
  readonly standingMillis: number
}

/** What the store is asked to do. */
export type Request = "stand" | "take" | "renew"

export interface State {
  readonly settings: Settings
  readonly asking: { readonly id: number; readonly request: Request; readonly askedAt: number } | undefined
  readonly requests: number
  /** When to ask next, if nothing is being asked. */
  readonly nextAt: number
  /** When to stop merely standing. */
  readonly takeAt: number
  readonly leading: { readonly term: number; readonly deadline: number } | undefined
  /** The last term held. */
  readonly lastTerm: number
  readonly ended: boolean
}

export type Input =
  /** Time has passed. Harmless at any time, necessary at `wakeAt`. */
  | { readonly _tag: "Wake"; readonly now: number }
  /** `granted` as the store answered, `remainingMillis` of the lease of whoever leads, 0 if nobody does. */
  | {
      readonly _tag: "Answered"
      readonly now: number
      readonly id: number
      readonly granted: number | undefined
      readonly remainingMillis: number
    }
  | { readonly _tag: "Failed"; readonly now: number; readonly id: number }
  /** The office may have become free: ask soon. */
  | { readonly _tag: "Nudged"; readonly now: number }
  | { readonly _tag: "Resigned"; readonly now: number }

/** Why a leadership ended. */
export type Reason = "expired" | "refused" | "resigned"

export type Output =
  | { readonly _tag: "Ask"; readonly id: number; readonly request: Request }
  | { readonly _tag: "Elected"; readonly term: number }
  | { readonly _tag: "Deposed"; readonly term: number; readonly reason: Reason }

export type Move = readonly [next: State, outputs: ReadonlyArray<Output>]

/** Between two questions, and the patience with one: four in a lease. */
export const pauseMillis = (settings: Settings): number => settings.leaseMillis / 4

/** How much earlier than the store the candidate holds its lease for ended: a fifth. */
export const marginMillis = (settings: Settings): number => settings.leaseMillis / 5

/** A candidate that has just stood for the first time. */
export const make = (settings: Settings, now: number): State => ({
  settings,
  asking: undefined,
  requests: 0,
  nextAt: now + Math.min(settings.standingMillis, pauseMillis(settings)),
  takeAt: now + settings.standingMillis,
  leading: undefined,
  lastTerm: 0,
  ended: false
})

/** The next moment at which `Wake` is due. */
export const wakeAt = (state: State): number => {
  if (state.ended) return Number.POSITIVE_INFINITY
  const ask = state.asking === undefined ? state.nextAt : state.asking.askedAt + pauseMillis(state.settings)
  return Math.min(ask, state.leading?.deadline ?? Number.POSITIVE_INFINITY)
}

/** Whether the candidate may call itself leader at this moment, whatever inputs have been late. */
export const leads = (state: State, now: number): boolean => state.leading !== undefined && now < state.leading.deadline

/** The whole protocol. Total: every input is legal in every state. */
export const step = (state: State, input: Input): Move => {
  if (state.ended) return [state, []]
  // First of all, whatever has come: who has overslept its lease does not lead.
  const expired = state.leading !== undefined && input.now >= state.leading.deadline
  const [awake, deposed] = expired ? stepDown(state, "expired", input.now) : stay(state)
  const [next, outputs] = react(awake, input)
  return [next, [...deposed, ...outputs]]
}

const react = (state: State, input: Input): Move => {
  switch (input._tag) {
    case "Wake":
      return ask(state, input.now)
    case "Nudged":
      return state.leading === undefined && state.asking === undefined
        ? ask({ ...state, nextAt: input.now }, input.now)
        : stay(state)
    case "Resigned": {
      const [down, outputs] = stepDown(state, "resigned", input.now)
      return [{ ...down, asking: undefined, ended: true }, outputs]
    }
    case "Failed":
      return state.asking?.id === input.id
        ? stay({ ...state, asking: undefined, nextAt: input.now + pauseMillis(state.settings) })
        : stay(state)
    case "Answered":
      return answered(state, input)
  }
}

const answered = (state: State, input: Extract<Input, { readonly _tag: "Answered" }>): Move => {
  const { asking, settings } = state
  if (asking === undefined || asking.id !== input.id) return stay(state)
  const idle: State = { ...state, asking: undefined }
  const deadline = asking.askedAt + settings.leaseMillis - marginMillis(settings)
  if (input.granted === undefined) {
    const waiting = { ...idle, nextAt: nextClaim(state, input.now, input.remainingMillis) }
    // A refused renewal: the lease is gone. A refused claim says nothing about a leadership.
    return asking.request === "renew" ? stepDown(waiting, "refused", input.now) : stay(waiting)
  }
  // The answer came so late that the lease is as good as over: ask again rather than lead for a moment.
  if (input.now >= deadline)
    return stay({ ...idle, lastTerm: Math.max(state.lastTerm, input.granted), nextAt: input.now })
  const nextAt = Math.max(input.now, asking.askedAt + pauseMillis(settings))
  const next: State = { ...idle, nextAt, lastTerm: input.granted, leading: { term: input.granted, deadline } }
  return asking.request === "renew" ? stay(next) : [next, [{ _tag: "Elected", term: input.granted }]]
}

/** After a pause, but at once when the lease of the leader ends or the time of merely standing is over. */
const nextClaim = (state: State, now: number, remainingMillis: number): number => {
  const moments = [now + pauseMillis(state.settings)]
  if (remainingMillis > 0) moments.push(now + remainingMillis)
  if (state.takeAt > now) moments.push(state.takeAt)
  return Math.min(...moments)
}

/** Gives up on a question that was not answered in time, and asks when it is time to. */
const ask = (state: State, now: number): Move => {
  const { asking } = state
  if (asking !== undefined && now < asking.askedAt + pauseMillis(state.settings)) return stay(state)
  if (asking === undefined && now < state.nextAt) return stay(state)
  const id = state.requests + 1
  const request = state.leading !== undefined ? "renew" : now < state.takeAt ? "stand" : "take"
  const next: State = { ...state, requests: id, asking: { id, request, askedAt: now } }
  return [next, [{ _tag: "Ask", id, request }]]
}

const stepDown = (state: State, reason: Reason, now: number): Move => {
  const { leading } = state
  if (leading === undefined) return stay(state)
  // What is being asked is a renewal of what is lost: its answer no longer counts.
  const next: State = { ...state, leading: undefined, asking: undefined, nextAt: Math.max(now, state.nextAt) }
  return [next, [{ _tag: "Deposed", term: leading.term, reason }]]
}

const stay = (state: State): Move => [state, []]
