/**
 * Population based training: members train side by side, and whoever falls behind goes on from the checkpoint of a better one, with
 * parameters near that one's (M. Jaderberg, V. Dalibard, S. Osindero, W. M. Czarnecki, J. Donahue, A. Razavi, O. Vinyals, T. Green, I.
 * Dunning, K. Simonyan, C. Fernando, K. Kavukcuoglu, "Population based training of neural networks", 2017).
 *
 * Pure: a state and its events. Workers train; they `report` how far a member has come, what it is worth and where its checkpoint lies.
 * After `interval` steps a member is ready: it compares itself with the latest reports of the others and is kept, or copies. `next` says
 * from where and with which parameters it goes on. A checkpoint is a token of yours: a path, a key, the model itself as text.
 *
 * **Details** `truncation`: a member among the worst `fraction` copies one of the best `fraction`, at random. `tournament`: a member copies
 * another one, drawn at random, if that one is better. Only members that have reported are compared; of equals, the one with the smaller
 * number stands first, and `truncation` copies it too, so that clones go different ways. What a copy changes about numbers and choices,
 * see `explore` in `internal/exploration`.
 *
 * **Guarantees** The same reports in the same order give the same population. One replayed from its events goes on exactly as
 * one that never stopped. Parameters are always members of the space. `schedule` is what was really trained: the parameters in their
 * order, and for how many steps, along the line of checkpoints that led to a member.
 *
 * **Does not guarantee** The same population when reports come in another order: a member is compared with what is known when it is ready.
 * That a checkpoint is kept as long as somebody may copy it: keep the last one of each member.
 *
 * **Example**
 *
 * ```ts
 * import { Population, SearchSpace } from "@mabeam/optimize"
 * import { Option, Result } from "effect"
 *
 * const space = SearchSpace.makeUnsafe({ rate: SearchSpace.logFloat(0.001, 1) })
 * let population = Result.getOrThrow(Population.make({ space, size: 10, seed: 2 }))
 *
 * // Members walk towards 0 with a rate of their own; the checkpoint is where they stand.
 * for (let step = 1; step <= 30; step++) {
 *   for (let member = 0; member < 10; member++) {
 *     const { checkpoint, params } = Result.getOrThrow(Population.next(population, member))
 *     const place = Number(checkpoint ?? 1) * (1 - params.rate)
 *     const report = { member, step, value: place, checkpoint: String(place) }
 *     const [after] = Result.getOrThrow(Population.report(population, report))
 *     population = after
 *   }
 * }
 * const best = Option.getOrThrow(Population.best(population))
 * best.value < 1e-3 // => true
 * Population.schedule(best).reduce((sum, { steps }) => sum + steps, 0) // => 30
 * ```
 *
 * @since 0.1.0
 */
import { Option, Result, Schema } from "effect"
import { explore } from "../internal/exploration.ts"
import * as RandomStream from "../internal/random.ts"
import { InvalidOptions, parseOptions } from "../sampler/Sampler.ts"
import * as SearchSpace from "../space/SearchSpace.ts"
import { NothingFeasible } from "../space/SearchSpace.ts"
import type { Declaration, InvalidParams, InvalidSpace, Params } from "../space/SearchSpace.ts"
import * as SpaceJson from "../space/SpaceJson.ts"
import { Options, PopulationEvent } from "./PopulationEvent.ts"

/** What was trained with which parameters, for how many steps. */
export interface Stretch<D extends Declaration = Declaration> {
  readonly params: Params<D>
  readonly steps: number
}

/** A member of the population. */
export interface Member<D extends Declaration = Declaration> {
  readonly number: number
  readonly params: Params<D>
  /** Where to go on from; none before the first report. */
  readonly checkpoint: string | undefined
  /** Of the checkpoint. */
  readonly value: number | undefined
  /** How far it has trained itself, whatever it has copied. */
  readonly step: number
  /** The step at which it was ready last. */
  readonly since: number
  /** How often it was ready. */
  readonly turns: number
  /** Of the checkpoint: what it was trained with. The last stretch is the present one and may have no steps. */
  readonly line: ReadonlyArray<Stretch<D>>
}

/** A population after some events. */
export interface State<D extends Declaration = Declaration> {
  readonly space: SearchSpace.SearchSpace<D>
  readonly options: Options
  readonly members: ReadonlyArray<Member<D>>
}

/** No member has this number. */
export class UnknownMember extends Schema.TaggedError<UnknownMember>("@mabeam/optimize/Population/UnknownMember")(
  "UnknownMember",
  {
    // @effect-diagnostics-next-line schemaNumber:off -- it shows what was asked for
    member: Schema.Number,
    size: Schema.Int
  }
) {
  override get message() {
    return `there is no member ${this.member}; there are 0 to ${this.size - 1}`
  }
}

/** A report is not ahead of the member's last one, or tells no number. */
export class InvalidReport extends Schema.TaggedError<InvalidReport>("@mabeam/optimize/Population/InvalidReport")(
  "InvalidReport",
  { member: Schema.Int, field: Schema.Literals(["step", "value"]), problem: Schema.String }
) {
  override get message() {
    return `member ${this.member}, ${this.field}: ${this.problem}`
  }
}

/** Events are not those of a population: the one at `index` does not fit. */
export class CorruptPopulation extends Schema.TaggedError<CorruptPopulation>(
  "@mabeam/optimize/Population/CorruptPopulation"
)("CorruptPopulation", { index: Schema.Int, problem: Schema.String }) {
  override get message() {
    return `event ${this.index} does not fit: ${this.problem}`
  }
}

/** Most members of a population. */
export const MEMBERS_MAX = 10_000

/** What `make` takes beside the options. */
export type Settings<D extends Declaration> = Partial<Options> & {
  readonly space: SearchSpace.SearchSpace<D>
  /** How many members. 2 … 10,000, default 20, or as many as `params`. */
  readonly size?: number | undefined
  /** What the members begin with, the first ones first; the others are drawn. */
  readonly params?: ReadonlyArray<Params<D>> | undefined
}

/** What a worker tells. */
export interface Report {
  readonly member: number
  /** Beyond the member's last one. */
  readonly step: number
  readonly value: number
  readonly checkpoint: string
}

const fresh = <D extends Declaration>(params: Params<D>, number: number): Member<D> => ({
  number,
  params,
  checkpoint: undefined,
  value: undefined,
  step: 0,
  since: 0,
  turns: 0,
  line: [{ params, steps: 0 }]
})

/** Parameters of a member that was given none. */
const drawn = <D extends Declaration>(
  space: SearchSpace.SearchSpace<D>,
  seed: number,
  number: number
): Result.Result<Params<D>, NothingFeasible> =>
  Result.try({
    try: () => SearchSpace.sample(space, { seed, number }),
    catch: (thrown) => {
      if (thrown instanceof NothingFeasible) return thrown
      throw thrown
    }
  })

/** Begins a population. */
export const make = <D extends Declaration>(
  settings: Settings<D>
): Result.Result<State<D>, InvalidOptions | InvalidParams | NothingFeasible> =>
  Result.gen(function* () {
    const { params = [], size = Math.max(2, params.length === 0 ? 20 : params.length), space, ...given } = settings
    const options = yield* parseOptions("population", Options, given)
    const refuse = (path: string, problem: string) =>
      Result.fail(new InvalidOptions({ owner: "population", path: [path], problem }))
    if (!Number.isSafeInteger(size) || size < 2 || size > MEMBERS_MAX) {
      return yield* refuse("size", `${size} is not a whole number from 2 to ${MEMBERS_MAX}`)
    }
    if (params.length > size) return yield* refuse("params", `there are ${params.length} for ${size} members`)
    if (space.open) return yield* refuse("space", "is open: a population needs to know all variables")
    const first: Array<Params<D>> = []
    for (const each of params) first.push(yield* SearchSpace.validate(space, each))
    for (let number = first.length; number < size; number++) {
      first.push(yield* drawn(space, options.seed, number))
    }
    return { space, options, members: first.map((each, number) => fresh<D>(each, number)) }
  })

/** The event that begins the population. */
export const begun = <D extends Declaration>({ members, options, space }: State<D>): PopulationEvent =>
  PopulationEvent.cases.Begun.make({
    space: SpaceJson.encode(space),
    options,
    params: members.map(({ line }) => ({ ...line[0]!.params }))
  })

// --- exploit -------------------------------------------------------------------------------------------------------

type Scored<D extends Declaration> = Member<D> & { readonly value: number }

const isScored = <D extends Declaration>(member: Member<D>): member is Scored<D> => member.value !== undefined

/** The difference of two huge numbers may be infinite, and that of two infinities none. */
const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0)

/** Whom a member that is ready copies, if anybody. */
const sourceOf = <D extends Declaration>(
  { members, options }: State<D>,
  number: number,
  random: RandomStream.Stream
): Scored<D> | undefined => {
  const sign = options.direction === "maximize" ? -1 : 1
  const ranked = members.filter(isScored).sort((a, b) => sign * compare(a.value, b.value) || a.number - b.number)
  const place = ranked.findIndex((member) => member.number === number)
  const own = ranked[place]
  if (own === undefined || ranked.length < 2) return undefined
  if (options.exploit === "tournament") {
    const rival = ranked.filter((member) => member !== own)[RandomStream.below(random, ranked.length - 1)]!
    return sign * compare(rival.value, own.value) < 0 ? rival : undefined
  }
  const share = Math.max(1, Math.floor(options.fraction * ranked.length))
  return place < ranked.length - share ? undefined : ranked[RandomStream.below(random, share)]
}

type Change = Exclude<PopulationEvent, { readonly _tag: "Begun" }>

/** What keeps the luck of members apart from that of samplers. */
const SALT = 201

/** What becomes of a member that is ready. */
const turn = <D extends Declaration>(state: State<D>, { number, turns }: Member<D>): Change => {
  const random = RandomStream.stream(state.options.seed, number, turns, SALT)
  const source = sourceOf(state, number, random)
  if (source === undefined) return PopulationEvent.cases.Kept.make({ member: number })
  const params = explore(state.space, source.params, state.options, random)
  return PopulationEvent.cases.Copied.make({ member: number, from: source.number, params: { ...params } })
}

// --- events --------------------------------------------------------------------------------------------------------

const isReady = <D extends Declaration>({ options }: State<D>, { since, step }: Member<D>) =>
  step - since >= options.interval

const reported = <D extends Declaration>(member: Member<D>, { checkpoint, step, value }: Report): Member<D> => {
  const present = member.line[member.line.length - 1]!
  const line = member.line.with(member.line.length - 1, { ...present, steps: present.steps + step - member.step })
  return { ...member, checkpoint, value, step, line }
}

const copied = <D extends Declaration>(member: Member<D>, source: Member<D>, params: Params<D>): Member<D> => ({
  ...member,
  params,
  checkpoint: source.checkpoint,
  value: source.value,
  since: member.step,
  turns: member.turns + 1,
  line: [...source.line.filter(({ steps }) => steps > 0), { params, steps: 0 }]
})

/** The member after an event, or why the event does not fit. */
const changed = <D extends Declaration>(state: State<D>, event: Change): Member<D> | string => {
  const member = state.members[event.member]
  if (member === undefined) return `there is no member ${event.member}`
  switch (event._tag) {
    case "Reported":
      if (isReady(state, member)) return `member ${member.number} is ready and has not been kept or copied`
      return event.step > member.step ? reported(member, event) : `step ${event.step} is not beyond ${member.step}`
    case "Kept":
      if (!isReady(state, member)) return `member ${member.number} is not ready`
      return { ...member, since: member.step, turns: member.turns + 1 }
    case "Copied": {
      if (!isReady(state, member)) return `member ${member.number} is not ready`
      const source = state.members[event.from]
      if (source?.checkpoint === undefined || source === member) return `member ${event.from} cannot be copied`
      const params = SearchSpace.validate(state.space, event.params)
      return Result.isFailure(params) ? params.failure.message : copied(member, source, params.success)
    }
  }
}

const evolve = <D extends Declaration>(state: State<D>, event: Change): State<D> | string => {
  const member = changed(state, event)
  return typeof member === "string" ? member : { ...state, members: state.members.with(event.member, member) }
}

const applied = <D extends Declaration>(state: State<D>, event: Change): State<D> => {
  const next = evolve(state, event)
  if (typeof next === "string") throw new Error(`an event just decided does not fit: ${next}`)
  return next
}

const refusalOf = <D extends Declaration>(
  { members }: State<D>,
  { member, step, value }: Report
): UnknownMember | InvalidReport | undefined => {
  const known = members[member]
  if (known === undefined) return new UnknownMember({ member, size: members.length })
  if (!Number.isSafeInteger(step) || step <= known.step) {
    return new InvalidReport({ member, field: "step", problem: `${step} is not a whole number beyond ${known.step}` })
  }
  return Number.isFinite(value)
    ? undefined
    : new InvalidReport({ member, field: "value", problem: `${value} is not a finite number` })
}

/** Takes a report: the population after it, and the events to be kept. */
export const report = <D extends Declaration>(
  state: State<D>,
  told: Report
): Result.Result<readonly [next: State<D>, events: ReadonlyArray<PopulationEvent>], UnknownMember | InvalidReport> => {
  const refusal = refusalOf(state, told)
  if (refusal !== undefined) return Result.fail(refusal)
  const { checkpoint, member, step, value } = told
  const event = PopulationEvent.cases.Reported.make({ member, step, value, checkpoint })
  const known = applied(state, event)
  const one = known.members[member]!
  if (!isReady(known, one)) return Result.succeed([known, [event]])
  const outcome = turn(known, one)
  return Result.succeed([applied(known, outcome), [event, outcome]])
}

/** Reads a population from its events. When the last one left a member ready, its turn is taken: `events` holds what was missing. */
export const replay = (
  events: ReadonlyArray<PopulationEvent>
): Result.Result<
  readonly [state: State, events: ReadonlyArray<PopulationEvent>],
  CorruptPopulation | InvalidOptions | InvalidParams | InvalidSpace
> =>
  Result.gen(function* () {
    const [first, ...rest] = events
    const corrupt = (index: number, problem: string) => Result.fail(new CorruptPopulation({ index, problem }))
    if (first?._tag !== "Begun") return yield* corrupt(0, "a population begins with Begun")
    const space = yield* SpaceJson.decode(first.space)
    // What the parameters are is checked by `make`.
    const params = first.params as ReadonlyArray<Params>
    let state: State = yield* Result.mapError(
      make({ space, size: params.length, params, ...first.options }),
      // All members have their parameters: none is drawn.
      (error) =>
        error._tag === "NothingFeasible" ? new CorruptPopulation({ index: 0, problem: error.message }) : error
    )
    for (const [index, event] of rest.entries()) {
      if (event._tag === "Begun") return yield* corrupt(index + 1, "a population begins once")
      const next = evolve(state, event)
      if (typeof next === "string") return yield* corrupt(index + 1, next)
      state = next
    }
    const missing: Array<PopulationEvent> = []
    for (const member of state.members) {
      if (!isReady(state, member)) continue
      const outcome = turn(state, member)
      missing.push(outcome)
      state = applied(state, outcome)
    }
    return [state, missing] as const
  })

// --- reading -------------------------------------------------------------------------------------------------------

/** From where a member goes on, and with what. */
export const next = <D extends Declaration>(
  { members }: State<D>,
  member: number
): Result.Result<Member<D>, UnknownMember> => {
  const known = members[member]
  return known === undefined ? Result.fail(new UnknownMember({ member, size: members.length })) : Result.succeed(known)
}

/** The member with the best checkpoint; of equals, the one with the smallest number. */
export const best = <D extends Declaration>({
  members,
  options
}: State<D>): Option.Option<Member<D> & { readonly value: number }> => {
  const sign = options.direction === "maximize" ? -1 : 1
  return Option.fromUndefinedOr(
    members
      .filter(isScored)
      .reduce<Scored<D> | undefined>(
        (least, member) => (least === undefined || sign * compare(member.value, least.value) < 0 ? member : least),
        undefined
      )
  )
}

/** What a member's checkpoint was trained with, from the beginning: train anew by it. */
export const schedule = <D extends Declaration>({ line }: Member<D>): ReadonlyArray<Stretch<D>> =>
  line.filter(({ steps }) => steps > 0)
