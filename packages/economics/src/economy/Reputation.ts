/**
 * Reputation from rated work: the beta reputation system (Jøsang & Ismail, "The Beta Reputation System", 2002) with
 * exponential decay, and weights that make cheap identities worth little.
 *
 * Each record adds `w·q` to the positive and `w·(1 − q)` to the negative evidence of its subject, for a quality `q` in [0, 1]
 * and the weight `w` of its rater; evidence halves every `halfLifeMillis`. The score is
 * `(positive + prior·base) / (positive + negative + prior)`, the confidence the part of the evidence in that denominator.
 *
 * **Guarantees** A score is within [0, 1] under any sequence of records, and so is the confidence. A record above the
 * present score raises it and one below lowers it, unless its weight is 0. Recording and reading take constant time. Four defences,
 * each of which can be switched off to measure it (`undefended`):
 * - *Sybil*: a rater weighs the product of its stake and its age, each up to full, and its own score, so that a crowd of
 *   new identities without stake weighs nothing, whatever its number. Trusted raters (the market itself) weigh 1.
 * - *Whitewashing*: newcomers start at `base`, which should be low: a new name is no better than a mediocre old one.
 * - *Collusion*: all living evidence of one rater about one subject never exceeds `raterEvidenceMax`, so friends can only
 *   say it once; `Collusion` finds pairs that praise each other.
 * - *Gaming*: a second record of one rater under one id and a burst of perfect scores count nothing and are flagged.
 *
 * **Does not guarantee** Truth: raters with much stake, age and score who lie together are believed, up to their cap. Honest
 * clocks: `at` is the driver's, and a record from far in the future lets all that its subject had before decay.
 *
 * **Example**
 *
 * ```ts
 * import { Machine, Reputation } from "@mabeam/economics"
 *
 * const day = 86_400_000
 * const machine = Reputation.make({ trusted: ["market"] })
 * const { state } = Machine.run(machine, [
 *   { _tag: "Register", agent: "ada", at: 0, stake: 0n },
 *   { _tag: "Record", id: "job 1", at: day, subject: "ada", rater: "market", quality: 0.9 },
 *   { _tag: "Record", id: "job 2", at: 2 * day, subject: "ada", rater: "market", quality: 0.8 }
 * ])
 * const ada = Reputation.standing(state, "ada", 2 * day)
 * ada.records // => 2
 * ada.score > 0.5 && ada.confidence < 0.6 // => true
 * ```
 *
 * @since 0.1.0
 */
import { HashMap, Option, Result, Schema } from "effect"
import { DuplicateName, InvalidFormat, TooLarge, UnknownName, decode, show } from "../input/Refusal.ts"
import type { InvalidAmount } from "../input/Refusal.ts"
import type { Machine } from "./Machine.ts"
import { NotAllowed } from "./Machine.ts"
import type { InvalidMoney } from "./Machine.ts"
import * as Money from "./Money.ts"

const day = 86_400_000

/** The rules; everything has a default. */
export interface Options {
  /** How long it takes until a record counts half, above 0. Default 30 days; `Infinity` for ever. */
  readonly halfLifeMillis?: number | undefined
  /** The score of a newcomer, from 0 to 1. Default 0.3. */
  readonly base?: number | undefined
  /** How much evidence outweighs the base, above 0. Default 2. */
  readonly prior?: number | undefined
  /** Raters that weigh 1 without a stake, without a cap and in any burst: those who run the market. Default none. */
  readonly trusted?: ReadonlyArray<string> | undefined
  /** The stake of full weight. Default 1,000; 0 counts no stakes. */
  readonly stakeFull?: bigint | undefined
  /** The age of full weight. Default 30 days; 0 counts no ages. */
  readonly ageFullMillis?: number | undefined
  /** Whether a rater's own score is a factor of its weight. Default true. */
  readonly weighsScore?: boolean | undefined
  /** The most living evidence of one rater about one subject. Default 3; `Infinity` for no cap. */
  readonly raterEvidenceMax?: number | undefined
  /** More perfect scores (at least `perfectFrom`) from one rater within the time are a burst. Default 5 in a day, from 0.99. */
  readonly perfectMax?: number | undefined
  readonly perfectMillis?: number | undefined
  readonly perfectFrom?: number | undefined
  /** How many ids are remembered at least to find duplicates. Default 10,000; the oldest are forgotten. */
  readonly idsMax?: number | undefined
  /** The most agents. Default 1,000,000; the next one is refused as `TooLarge`. */
  readonly agentsMax?: number | undefined
  /** How many raters of a subject are kept apart. Default 1,000; the evidence of further ones counts as that of one. */
  readonly ratersMax?: number | undefined
}

/** The rules of the plain beta reputation system, against which the defences are measured. */
export const undefended: Options = {
  base: 0.5,
  stakeFull: 0n,
  ageFullMillis: 0,
  weighsScore: false,
  raterEvidenceMax: Infinity,
  perfectMax: Infinity
}

const Quality = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
const register = { agent: Money.Name, at: Money.Time, stake: Money.Money }
const record = {
  id: Money.Name,
  at: Money.Time,
  subject: Money.Name,
  rater: Money.Name,
  /** From 0 (failed) to 1 (perfect). */
  quality: Quality
}

/** What can be asked. */
export const Command = Schema.TaggedUnion({
  /** Makes an agent known, or tells its present stake; its age counts from the first time. */
  Register: register,
  Record: record
})
export type Command = typeof Command.Type

/** What has happened. A flagged record counts nothing. */
export const Event = Schema.TaggedUnion({
  Registered: register,
  Recorded: { ...record, weight: Schema.Finite },
  Flagged: { ...record, because: Schema.Literals(["duplicate", "perfect burst"]) }
})
export type Event = typeof Event.Type

/** A command from outside. */
export const decodeCommand: (input: unknown) => Result.Result<Command, InvalidFormat | InvalidAmount> = decode(Command)

/** An agent is below what a market asks for. */
export class NotAdmitted extends Schema.TaggedError<NotAdmitted>("@mabeam/economics/Reputation/NotAdmitted")(
  "NotAdmitted",
  {
    path: Schema.Array(Schema.String),
    agent: Schema.String,
    what: Schema.Literals(["score", "records", "confidence"]),
    has: Schema.Finite,
    needs: Schema.Finite
  }
) {
  override get message() {
    const who = `${show(this.path)}: ${JSON.stringify(this.agent)}`
    return this.what === "records"
      ? `${who} has ${this.has} records; ${this.needs} are needed`
      : `${who} has a ${this.what} of ${Number(this.has.toFixed(3))}; ${this.needs} is needed`
  }
}

/** Why a record is refused. */
export type Refused = DuplicateName | InvalidFormat | InvalidMoney | NotAllowed | TooLarge | UnknownName

interface Living {
  readonly amount: number
  readonly at: number
}

/** What is known of an agent. */
export interface Agent {
  readonly since: number
  readonly stake: bigint
  readonly positive: number
  readonly negative: number
  /** When the evidence was last brought up to date. */
  readonly at: number
  /** All records that counted, without decay. */
  readonly records: number
  readonly flags: number
  /** The living evidence by rater. */
  readonly raters: HashMap.HashMap<string, Living>
  /** Of this agent as a rater: the times of its last perfect scores. */
  readonly perfect: ReadonlyArray<number>
}

/** All agents. */
export interface State {
  readonly rules: Required<{ readonly [K in keyof Options]-?: NonNullable<Options[K]> }>
  readonly agents: HashMap.HashMap<string, Agent>
  /** Raters with the ids of their records, in two generations. */
  readonly recent: HashMap.HashMap<string, true>
  readonly older: HashMap.HashMap<string, true>
}

/** Nobody is known yet. */
export const empty = (options: Options = {}): State => ({
  rules: {
    halfLifeMillis: options.halfLifeMillis ?? 30 * day,
    base: options.base ?? 0.3,
    prior: options.prior ?? 2,
    trusted: options.trusted ?? [],
    stakeFull: options.stakeFull ?? 1000n,
    ageFullMillis: options.ageFullMillis ?? 30 * day,
    weighsScore: options.weighsScore ?? true,
    raterEvidenceMax: options.raterEvidenceMax ?? 3,
    perfectMax: options.perfectMax ?? 5,
    perfectMillis: options.perfectMillis ?? day,
    perfectFrom: options.perfectFrom ?? 0.99,
    idsMax: options.idsMax ?? 10_000,
    agentsMax: options.agentsMax ?? 1_000_000,
    ratersMax: options.ratersMax ?? 1000
  },
  agents: HashMap.empty(),
  recent: HashMap.empty(),
  older: HashMap.empty()
})

const find = (state: State, name: string): Agent | undefined => Option.getOrUndefined(HashMap.get(state.agents, name))

/** What is left of evidence; steps back in time change nothing. */
const decay = ({ rules }: State, since: number, at: number): number =>
  2 ** -(Math.max(0, at - since) / rules.halfLifeMillis)

/** What is known of an agent at a moment. */
export interface Standing {
  /** The expected quality of the next work, from 0 to 1. */
  readonly score: number
  /** From 0 (nothing is known) towards 1. */
  readonly confidence: number
  readonly records: number
  readonly flags: number
}

const clamp = (share: number): number => Math.min(1, Math.max(0, share))

/** The standing of an agent; of a newcomer's for one that nobody knows. */
export const standing = (state: State, name: string, at: number): Standing => {
  const { base, prior } = state.rules
  const agent = find(state, name)
  if (agent === undefined) return { score: base, confidence: 0, records: 0, flags: 0 }
  const left = decay(state, agent.at, at)
  const evidence = (agent.positive + agent.negative) * left
  return {
    score: clamp((agent.positive * left + prior * base) / (evidence + prior)),
    confidence: clamp(evidence / (evidence + prior)),
    records: agent.records,
    flags: agent.flags
  }
}

/** The expected quality of an agent's next work. */
export const expected = (state: State, name: string, at: number): number => standing(state, name, at).score

/** Agents by score, best first; of equals by confidence, then by name. */
export const rank = (
  state: State,
  at: number,
  among: Iterable<string> = HashMap.keys(state.agents)
): ReadonlyArray<Standing & { readonly agent: string }> =>
  [...among]
    .map((agent) => ({ agent, ...standing(state, agent, at) }))
    .sort((a, b) => b.score - a.score || b.confidence - a.confidence || (a.agent < b.agent ? -1 : 1))

/** What a gated market asks for. */
export interface Gate {
  readonly scoreMin: number
  readonly recordsMin: number
  /** Default 0. */
  readonly confidenceMin?: number | undefined
}

/** Admits an agent, or says in what it falls short: the score first, then the records, then the confidence. */
export const admit = (state: State, agent: string, gate: Gate, at: number): Result.Result<Standing, NotAdmitted> => {
  const known = standing(state, agent, at)
  const asked = [
    ["score", known.score, gate.scoreMin],
    ["records", known.records, gate.recordsMin],
    ["confidence", known.confidence, gate.confidenceMin ?? 0]
  ] as const
  for (const [what, has, needs] of asked) {
    if (has < needs) return Result.fail(new NotAdmitted({ path: ["agent"], agent, what, has, needs }))
  }
  return Result.succeed(known)
}

/** What one record of a rater weighs at a moment, before its cap: from 0 to 1. */
export const weightOf = (state: State, name: string, at: number): number => {
  const { ageFullMillis, stakeFull, trusted, weighsScore } = state.rules
  if (trusted.includes(name)) return 1
  const rater = find(state, name)
  if (rater === undefined) return 0
  const stake = stakeFull === 0n || rater.stake >= stakeFull ? 1 : Number(rater.stake) / Number(stakeFull)
  const age = ageFullMillis === 0 ? 1 : clamp((at - rater.since) / ageFullMillis)
  return stake * age * (weighsScore ? expected(state, name, at) : 1)
}

/** All raters beyond the limit are kept as one, which shares one cap. */
const others = "\u0000others"

const keyOf = ({ rules }: State, { raters }: Agent, rater: string): string =>
  HashMap.has(raters, rater) || HashMap.size(raters) < rules.ratersMax ? rater : others

/** Of a moment before the last record it is told as it was at that record: rather too much than too little. */
const livingOf = (state: State, subject: Agent, rater: string, at: number): number => {
  const living = Option.getOrUndefined(HashMap.get(subject.raters, keyOf(state, subject, rater)))
  return living === undefined ? 0 : living.amount * decay(state, living.at, at)
}

/** With one more record. A late one does not set the clock back, or what is there would seem older than it is. */
const enlivened = (
  state: State,
  subject: Agent,
  { at, rater, weight }: Extract<Event, { _tag: "Recorded" }>
): Living => {
  const before = Option.getOrUndefined(HashMap.get(subject.raters, keyOf(state, subject, rater)))
  const now = Math.max(at, before?.at ?? at)
  return { amount: livingOf(state, subject, rater, now) + weight * decay(state, at, now), at: now }
}

/** The nearer a rater's evidence is to its cap, the less another record adds; it never passes the cap. */
const capped = (state: State, subject: Agent, rater: string, at: number): number => {
  const weight = weightOf(state, rater, at)
  const { raterEvidenceMax, trusted } = state.rules
  if (raterEvidenceMax === Infinity || trusted.includes(rater)) return weight
  const room = Math.max(0, raterEvidenceMax - livingOf(state, subject, rater, at))
  return Math.min(room, weight * (room / raterEvidenceMax))
}

const isBurst = (state: State, { at, quality, rater }: Extract<Command, { _tag: "Record" }>): boolean => {
  const { perfectFrom, perfectMax, perfectMillis, trusted } = state.rules
  if (quality < perfectFrom || trusted.includes(rater)) return false
  const last = find(state, rater)?.perfect ?? []
  return last.filter((time) => time > at - perfectMillis).length >= perfectMax
}

const registers = (state: State, { _tag, ...terms }: Extract<Command, { _tag: "Register" }>) => {
  const wrong = Money.offenceUnlessZero(terms.stake, ["stake"])
  if (wrong !== undefined) return Result.fail(wrong)
  const size = HashMap.size(state.agents) + 1
  if (!HashMap.has(state.agents, terms.agent) && size > state.rules.agentsMax)
    return Result.fail(new TooLarge({ path: ["agent"], size, limit: state.rules.agentsMax }))
  return Result.succeed([{ _tag: "Registered", ...terms } as const])
}

/** The event of a command, or why not. Duplicates and bursts are accepted as flagged: they say something about the rater. */
export const decide = (state: State, command: Command): Result.Result<ReadonlyArray<Event>, Refused> => {
  if (command._tag === "Register") return registers(state, command)
  const { _tag, ...terms } = command
  const { at, quality, rater, subject: name } = terms
  if (!(quality >= 0 && quality <= 1))
    return Result.fail(new InvalidFormat({ path: ["quality"], because: "a share from 0 to 1" }))
  const subject = find(state, name)
  if (subject === undefined)
    return Result.fail(new UnknownName({ path: ["subject"], name, known: "the registered agents" }))
  if (rater === name) return Result.fail(new NotAllowed({ path: ["rater"], by: rater, needs: "somebody else" }))
  if (!HashMap.has(state.agents, rater) && !state.rules.trusted.includes(rater))
    return Result.fail(new UnknownName({ path: ["rater"], name: rater, known: "the registered agents" }))
  const key = named(terms)
  if (HashMap.has(state.recent, key) || HashMap.has(state.older, key))
    return Result.succeed([{ _tag: "Flagged", ...terms, because: "duplicate" }])
  if (isBurst(state, command)) return Result.succeed([{ _tag: "Flagged", ...terms, because: "perfect burst" }])
  return Result.succeed([{ _tag: "Recorded", ...terms, weight: capped(state, subject, rater, at) }])
}

/** An id is its rater's own: nobody spoils the record of another by using its id first. */
const named = ({ id, rater }: { readonly id: string; readonly rater: string }): string => JSON.stringify([rater, id])

const remember = (state: State, key: string): State => {
  const recent = HashMap.set(state.recent, key, true as const)
  return HashMap.size(recent) < state.rules.idsMax
    ? { ...state, recent }
    : { ...state, recent: HashMap.empty(), older: recent }
}

const recorded = (state: State, subject: Agent, event: Extract<Event, { _tag: "Recorded" }>): Agent => {
  const { at, quality, rater, weight } = event
  const now = Math.max(at, subject.at)
  const left = decay(state, subject.at, now)
  // A record that comes late has decayed on its way.
  const fresh = weight * decay(state, at, now)
  return {
    ...subject,
    at: now,
    positive: subject.positive * left + fresh * quality,
    negative: subject.negative * left + fresh * (1 - quality),
    records: subject.records + 1,
    raters: HashMap.set(subject.raters, keyOf(state, subject, rater), enlivened(state, subject, event))
  }
}

const noted = (state: State, { at, quality, rater }: Extract<Event, { _tag: "Recorded" }>): State => {
  const agent = find(state, rater)
  const { perfectFrom, perfectMax } = state.rules
  if (agent === undefined || perfectMax === Infinity || quality < perfectFrom) return state
  const perfect = [...agent.perfect, at].slice(-perfectMax)
  return { ...state, agents: HashMap.set(state.agents, rater, { ...agent, perfect }) }
}

/** The agents after an event. */
export const evolve = (state: State, event: Event): State => {
  if (event._tag === "Registered") {
    const { agent: name, at, stake } = event
    const fresh = { positive: 0, negative: 0, at, records: 0, flags: 0, raters: HashMap.empty(), perfect: [] }
    const agent = find(state, name) ?? { since: at, ...fresh }
    return { ...state, agents: HashMap.set(state.agents, name, { ...agent, stake }) }
  }
  if (event._tag === "Flagged") {
    // The flag is the rater's: the subject may know nothing of it. The market's own mistakes flag nobody.
    const rater = find(state, event.rater)
    if (rater === undefined) return state
    return { ...state, agents: HashMap.set(state.agents, event.rater, { ...rater, flags: rater.flags + 1 }) }
  }
  const subject = find(state, event.subject)
  if (subject === undefined) return state
  const agents = HashMap.set(state.agents, event.subject, recorded(state, subject, event))
  return noted(remember({ ...state, agents }, named(event)), event)
}

/** Reputation as a machine. */
export const make = (options?: Options): Machine<State, Command, Event, Refused> => ({
  initial: empty(options),
  decide,
  evolve
})
