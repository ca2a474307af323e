/**
 * The protocol of one cyclic barrier as a pure, total function: no clock, no fibers, no waiting.
 *
 * A generation gathers arrivals until every seat has arrived, or is broken; the reset begins the next one. A party is in
 * one seat at most and a seat arrives at most once in a generation, so no party is ever counted twice.
 */
import { HashMap, Option } from "effect"
import * as Bits from "./bits.ts"

/** Why a generation was broken. */
export type Reason = "died" | "interrupted" | "left" | "removed" | "reset" | "timeout"

export interface Breach {
  readonly generation: number
  readonly reason: Reason
  /** The parties that caused it: for a timeout the members that had not arrived. */
  readonly who: ReadonlyArray<string>
}

/** The arrivals of a generation, the latest first. */
interface Arrivals {
  readonly party: string
  readonly count: number
  readonly earlier: Arrivals | undefined
}

export interface State {
  /** How many distinct parties make a generation complete. */
  readonly parties: number
  /** The only ones that may join; without it the first that come. */
  readonly invited: ReadonlySet<string> | undefined
  readonly generation: number
  readonly seats: HashMap.HashMap<string, number>
  readonly taken: Bits.Bits
  readonly arrived: Bits.Bits
  readonly arrivals: Arrivals | undefined
  /** Set when the present generation is broken. */
  readonly breach: Breach | undefined
}

export type Input =
  | { readonly _tag: "Join"; readonly party: string }
  | { readonly _tag: "Arrive"; readonly party: string }
  /** A member goes in good order: before it has arrived its seat is simply free again. */
  | { readonly _tag: "Leave"; readonly party: string }
  /** A member is gone without a word. */
  | { readonly _tag: "Die"; readonly party: string }
  /** A waiting member has stopped waiting. */
  | { readonly _tag: "Interrupt"; readonly party: string }
  | { readonly _tag: "Expire"; readonly generation: number }
  | { readonly _tag: "Reset" }
  | { readonly _tag: "Remove" }

export type Refusal =
  | "already arrived"
  | "already joined"
  | "broken"
  | "full"
  | "not invited"
  | "not joined"
  | "removed"

export type Output =
  | { readonly _tag: "Refused"; readonly because: Refusal }
  /** The first arrival: the time of the generation runs from here. */
  | { readonly _tag: "Began"; readonly generation: number }
  | { readonly _tag: "Released"; readonly generation: number; readonly parties: ReadonlyArray<string> }
  | { readonly _tag: "Broke"; readonly breach: Breach; readonly waiting: ReadonlyArray<string> }

export type Move = readonly [next: State, outputs: ReadonlyArray<Output>]

export const make = (parties: number, invited?: ReadonlySet<string>): State => ({
  parties,
  invited,
  generation: 0,
  seats: HashMap.empty(),
  taken: Bits.none,
  arrived: Bits.none,
  arrivals: undefined,
  breach: undefined
})

/** The whole protocol. Total: every input is legal in every state. */
export const step = (state: State, input: Input): Move => {
  switch (input._tag) {
    case "Join":
      return join(state, input.party)
    case "Arrive":
      return arrive(state, input.party)
    case "Leave":
      return hasArrived(state, input.party)
        ? breakUp(vacate(state, input.party), { reason: "left", who: [input.party] })
        : [vacate(state, input.party), nothing]
    case "Die":
      return HashMap.has(state.seats, input.party)
        ? breakUp(vacate(state, input.party), { reason: "died", who: [input.party] })
        : [state, nothing]
    case "Interrupt":
      return hasArrived(state, input.party)
        ? breakUp(state, { reason: "interrupted", who: [input.party] })
        : [state, nothing]
    case "Expire":
      return input.generation === state.generation && state.arrivals !== undefined
        ? breakUp(state, { reason: "timeout", who: missing(state) })
        : [state, nothing]
    case "Reset": {
      if (state.breach?.reason === "removed") return [state, nothing]
      const [broken, outputs] = breakUp(state, { reason: "reset", who: [] })
      return [{ ...broken, generation: state.generation + 1, breach: undefined }, state.arrivals ? outputs : nothing]
    }
    case "Remove": {
      // Overrides an earlier breach, whose end has been told: from now on nothing can be reset.
      const [broken, outputs] = breakUp({ ...state, breach: undefined }, { reason: "removed", who: [] })
      return [broken, state.breach === undefined ? outputs : nothing]
    }
  }
}

/** The members that a generation still waits for, sorted. Seats that nobody has taken have no name. */
export const missing = (state: State): ReadonlyArray<string> => {
  const names: Array<string> = []
  for (const [party, seat] of state.seats) if (!Bits.has(state.arrived, seat)) names.push(party)
  return names.sort()
}

/** The parties that wait, in the order of their arrival. */
export const waiting = (state: State): ReadonlyArray<string> => {
  const names = Array.from<string>({ length: state.arrivals?.count ?? 0 })
  for (let at = state.arrivals; at !== undefined; at = at.earlier) names[at.count - 1] = at.party
  return names
}

const nothing: ReadonlyArray<Output> = []

const refuse = (state: State, because: Refusal): Move => [state, [{ _tag: "Refused", because }]]

const join = (state: State, party: string): Move => {
  if (state.breach?.reason === "removed") return refuse(state, "removed")
  if (HashMap.has(state.seats, party)) return refuse(state, "already joined")
  if (state.invited !== undefined && !state.invited.has(party)) return refuse(state, "not invited")
  if (HashMap.size(state.seats) >= state.parties) return refuse(state, "full")
  const seat = Bits.firstFree(state.taken)
  return [{ ...state, seats: HashMap.set(state.seats, party, seat), taken: Bits.add(state.taken, seat) }, nothing]
}

const arrive = (state: State, party: string): Move => {
  const seat = Option.getOrUndefined(HashMap.get(state.seats, party))
  if (state.breach !== undefined) return refuse(state, seat === undefined ? "not joined" : "broken")
  if (seat === undefined) return refuse(state, "not joined")
  if (Bits.has(state.arrived, seat)) return refuse(state, "already arrived")
  const count = (state.arrivals?.count ?? 0) + 1
  const arrivals = { party, count, earlier: state.arrivals }
  if (count < state.parties) {
    const next = { ...state, arrived: Bits.add(state.arrived, seat), arrivals }
    return [next, count === 1 ? [{ _tag: "Began", generation: state.generation }] : nothing]
  }
  return [
    { ...state, generation: state.generation + 1, arrived: Bits.none, arrivals: undefined },
    [{ _tag: "Released", generation: state.generation, parties: waiting({ ...state, arrivals }) }]
  ]
}

/** Breaks the generation unless it is broken already: the first cause is the one that is told. */
const breakUp = (state: State, cause: Pick<Breach, "reason" | "who">): Move => {
  if (state.breach !== undefined) return [state, nothing]
  const breach = { generation: state.generation, ...cause }
  return [
    { ...state, arrived: Bits.none, arrivals: undefined, breach },
    [{ _tag: "Broke", breach, waiting: waiting(state) }]
  ]
}

const hasArrived = (state: State, party: string): boolean => {
  const seat = HashMap.get(state.seats, party)
  return Option.isSome(seat) && Bits.has(state.arrived, seat.value)
}

/** Frees a seat. If it had arrived, the caller breaks the generation, which clears the arrivals. */
const vacate = (state: State, party: string): State => {
  const seat = HashMap.get(state.seats, party)
  if (Option.isNone(seat)) return state
  return { ...state, seats: HashMap.remove(state.seats, party), taken: Bits.remove(state.taken, seat.value) }
}
