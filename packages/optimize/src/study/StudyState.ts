/**
 * A study after some events, and what each event changes. Pure.
 *
 * **Guarantees** An event that does not fit is refused and changes nothing. An event takes time that hardly grows with the number of
 * trials (`trials` itself is put together when it is asked for).
 *
 * @since 0.1.0
 */
import { HashSet, Option, Result, Schema } from "effect"
import * as ChunkedList from "../internal/chunkedList.ts"
import { violation } from "../internal/ranking.ts"
import type { Report } from "../pruner/Pruner.ts"
import * as SearchSpace from "../space/SearchSpace.ts"
import type { Declaration, Params } from "../space/SearchSpace.ts"
import * as SpaceJson from "../space/SpaceJson.ts"
import type { Definition } from "./Definition.ts"
import type { StudyEvent } from "./StudyEvent.ts"
import { common, fresh, hasEnded } from "./Trial.ts"
import type { CompleteTrial, Trial } from "./Trial.ts"

const IndexId = "~@mabeam/optimize/StudyState/index"

/** A study after some events. */
export interface State<D extends Declaration = Declaration> {
  readonly definition: Definition<D>
  /** When it began, if anybody told the time. */
  readonly createdAt: number | undefined
  readonly isPaused: boolean
  /** How many trials there are, in any state. */
  readonly count: number
  /** The trial of number n stands at place n. */
  readonly trials: ReadonlyArray<Trial<D>>
  /** How many trials are in each state. */
  readonly counts: Readonly<Record<Trial["state"], number>>
  /** How many trials were completed since the best value was first reached. */
  readonly sinceBest: number
  /** Of a single objective, among the trials that keep the constraints. */
  readonly best: Option.Option<CompleteTrial<D>>
  readonly attributes: ReadonlyMap<string, Schema.Json>
  /** The trial of a number, without putting all of them together. */
  trial(number: number): Trial<D> | undefined
  readonly [IndexId]: Index<D>
}

/** What makes the questions of `ask` cheap. */
interface Index<D extends Declaration> {
  readonly list: ChunkedList.ChunkedList<Trial<D>>
  readonly running: HashSet.HashSet<number>
  /** No trial below this number waits. */
  readonly waitingFrom: number
}

/** An event does not fit the state that it is applied to. */
export class UnfitEvent extends Schema.TaggedError<UnfitEvent>("@mabeam/optimize/StudyState/UnfitEvent")("UnfitEvent", {
  event: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `"${this.event}" does not fit the study: ${this.problem}`
  }
}

type Kept<D extends Declaration> = Omit<State<D>, "count" | "trials" | "trial" | typeof IndexId>

/** A class, because a study of many trials makes one state for each event when it is read. */
class StateOf<D extends Declaration> implements State<D> {
  readonly definition: Definition<D>
  readonly createdAt: number | undefined
  readonly isPaused: boolean
  readonly counts: State<D>["counts"]
  readonly sinceBest: number
  readonly best: Option.Option<CompleteTrial<D>>
  readonly attributes: ReadonlyMap<string, Schema.Json>
  readonly [IndexId]: Index<D>
  private listed: ReadonlyArray<Trial<D>> | undefined = undefined

  constructor(kept: Kept<D>, index: Index<D>) {
    this.definition = kept.definition
    this.createdAt = kept.createdAt
    this.isPaused = kept.isPaused
    this.counts = kept.counts
    this.sinceBest = kept.sinceBest
    this.best = kept.best
    this.attributes = kept.attributes
    this[IndexId] = index
  }

  get count(): number {
    return this[IndexId].list.size
  }

  get trials(): ReadonlyArray<Trial<D>> {
    return (this.listed ??= ChunkedList.toArray(this[IndexId].list))
  }

  trial(number: number): Trial<D> | undefined {
    return ChunkedList.get(this[IndexId].list, number)
  }
}

const stateOf = <D extends Declaration>(kept: Kept<D>, index: Index<D>): State<D> => new StateOf(kept, index)

/** The numbers of the running trials, ascending. */
export const running = <D extends Declaration>(state: State<D>): ReadonlyArray<number> =>
  [...state[IndexId].running].sort((a, b) => a - b)

/** The number of the first trial that waits. */
export const firstWaiting = <D extends Declaration>(state: State<D>): number | undefined => {
  if (state.counts.waiting === 0) return undefined
  let number = state[IndexId].waitingFrom
  while (number < state.count && state.trial(number)?.state !== "waiting") number += 1
  return number
}

/** A study without trials. */
export const start = <D extends Declaration>(definition: Definition<D>, createdAt?: number | undefined): State<D> =>
  stateOf(
    {
      definition,
      createdAt,
      isPaused: false,
      counts: { waiting: 0, running: 0, paused: 0, complete: 0, pruned: 0, failed: 0 },
      sinceBest: 0,
      best: Option.none(),
      attributes: new Map()
    },
    { list: ChunkedList.empty, running: HashSet.empty(), waitingFrom: 0 }
  )

/** The best after a complete trial: of equals, the one with the smaller number, so that the order of telling does not matter. */
const betterOf = <D extends Declaration>(
  { best, definition }: State<D>,
  trial: CompleteTrial<D>
): { readonly best: Option.Option<CompleteTrial<D>>; readonly improved: boolean } => {
  if (definition.directions.length > 1 || violation(trial) > 0) return { best, improved: false }
  if (Option.isNone(best)) return { best: Option.some(trial), improved: true }
  const [value, was] = [trial.values[0]!, best.value.values[0]!]
  const improved = definition.directions[0] === "minimize" ? value < was : value > was
  const replaces = improved || (value === was && trial.number < best.value.number)
  return { best: replaces ? Option.some(trial) : best, improved }
}

const withReport = (reports: ReadonlyArray<Report>, report: Report): ReadonlyArray<Report> => {
  const last = reports.at(-1)
  if (last === undefined || last.step < report.step) return [...reports, report]
  // The last word on a step counts.
  const others = reports.filter(({ step }) => step !== report.step)
  const place = others.findIndex(({ step }) => step > report.step)
  return place === -1 ? [...others, report] : others.toSpliced(place, 0, report)
}

type TrialEvent = Exclude<
  StudyEvent,
  { readonly _tag: "Created" | "Asked" | "Suggested" | "Enqueued" | "StudyPaused" | "StudyResumed" }
>

/** The trial after an event; a text says why the event does not fit. */
const changed = <D extends Declaration>(
  definition: Definition<D>,
  trial: Trial<D>,
  event: TrialEvent
): Trial<D> | string => {
  const base = common(trial)
  if (event._tag === "AttributeSet") {
    return { ...trial, attributes: new Map(trial.attributes).set(event.key, event.value) }
  }
  if (event._tag === "ArtifactAdded") return { ...trial, artifacts: [...trial.artifacts, event.artifact] }
  if (hasEnded(trial)) return `trial ${trial.number} has ended already (${trial.state})`
  const isRunning = trial.state === "running"
  const notRunning = `trial ${trial.number} is ${trial.state}, not running`
  switch (event._tag) {
    case "Started":
      if (trial.state !== "waiting") return `trial ${trial.number} is ${trial.state}, not waiting`
      return {
        ...base,
        params: paramsAtFirst(definition, trial.params),
        state: "running",
        attempt: trial.attempt + 1,
        reports: [],
        startedAt: event.at,
        lease: event.lease,
        owner: event.lease?.owner
      }
    case "Renewed":
      return isRunning ? { ...trial, lease: event.lease, owner: event.lease.owner } : notRunning
    case "Reported":
      return isRunning
        ? { ...trial, reports: withReport(trial.reports, { step: event.step, values: event.values }) }
        : notRunning
    case "Told": {
      const { at: endedAt, constraints = [], values } = event
      return isRunning ? { ...base, state: "complete", values, constraints, endedAt } : notRunning
    }
    case "Pruned":
      return isRunning ? { ...base, state: "pruned", endedAt: event.at } : notRunning
    case "Failed": {
      const { attempt } = trial
      const failures = [...trial.failures, { attempt, kind: event.kind, reason: event.reason }]
      return event.retry
        ? { ...base, state: "waiting", failures }
        : { ...base, state: "failed", failures, endedAt: event.at }
    }
    case "Paused":
      return trial.state === "paused" ? `trial ${trial.number} is paused already` : { ...base, state: "paused" }
    case "Resumed":
      return trial.state === "paused" ? { ...base, state: "waiting" } : `trial ${trial.number} is not paused`
  }
}

/** A trial of an open space has nothing until it asks. */
const paramsAtFirst = <D extends Declaration>({ space }: Definition<D>, params: Params<D>): Params<D> =>
  space.open ? SearchSpace.build(space, () => undefined) : params

const added = <D extends Declaration>(
  { count, definition }: State<D>,
  event: Extract<StudyEvent, { readonly _tag: "Asked" | "Enqueued" }>
): Trial<D> | string => {
  const { number } = event
  if (number !== count) return `trial ${number} does not follow ${count - 1}`
  if (number >= definition.trialsMax) return `trial ${number} is above the limit`
  const params = SearchSpace.validate(definition.space, event.params)
  if (Result.isFailure(params)) return params.failure.message
  const by = event._tag === "Enqueued" ? "given" : event.sampler
  const trial = { ...fresh<D>(number, params.success, by), params: paramsAtFirst(definition, params.success) }
  if (event._tag === "Enqueued") return trial
  const base = common<D>(trial)
  const { at: startedAt, lease } = event
  return { ...base, state: "running", attempt: 1, startedAt, lease, owner: lease?.owner }
}

/** A trial of an open space that has been given a value, and the space that knows its variable; a text says why it cannot be. */
const suggested = <D extends Declaration>(
  { definition }: State<D>,
  trial: Trial<D>,
  { value, variable }: Extract<StudyEvent, { readonly _tag: "Suggested" }>
): readonly [Trial<D>, SearchSpace.SearchSpace<D>] | string => {
  if (trial.state !== "running") return `trial ${trial.number} is ${trial.state}, not running`
  const extended = Result.flatMap(SpaceJson.decodeVariable(variable), (declared) =>
    SearchSpace.extend(definition.space, variable.name, declared)
  )
  if (Result.isFailure(extended)) return extended.failure.message
  const params = SearchSpace.validate(extended.success, { ...trial.params, [variable.name]: value })
  return Result.isFailure(params) ? params.failure.message : [{ ...trial, params: params.success }, extended.success]
}

type Write = <A>(list: ChunkedList.ChunkedList<A>, index: number, element: A) => ChunkedList.ChunkedList<A>

const countsAfter = <D extends Declaration>(
  counts: State<D>["counts"],
  before: Trial<D> | undefined,
  trial: Trial<D>
): State<D>["counts"] => {
  if (before?.state === trial.state) return counts
  const after = { ...counts }
  if (before !== undefined) after[before.state] -= 1
  after[trial.state] += 1
  return after
}

const runningAfter = <D extends Declaration>(
  set: HashSet.HashSet<number>,
  before: Trial<D> | undefined,
  { number, state }: Trial<D>
): HashSet.HashSet<number> => {
  if (state === "running") return before?.state === "running" ? set : HashSet.add(set, number)
  return before?.state === "running" ? HashSet.remove(set, number) : set
}

const waitingFromAfter = (from: number, waiting: number, trial: Trial, size: number): number => {
  if (waiting === 0) return size
  if (trial.state === "waiting") return Math.min(from, trial.number)
  return trial.number === from ? from + 1 : from
}

/** The state with a trial added or changed. */
const place = <D extends Declaration>(state: State<D>, trial: Trial<D>, event: StudyEvent, write: Write): State<D> => {
  const before = state.trial(trial.number)
  const { running, waitingFrom, list } = state[IndexId]
  const counts = countsAfter(state.counts, before, trial)
  const told = event._tag === "Told" && trial.state === "complete" ? trial : undefined
  const { best, improved } = told === undefined ? { best: state.best, improved: false } : betterOf(state, told)
  // An attribute or artifact of the best trial belongs to what `best` shows.
  const isBest = Option.isSome(best) && best.value.number === trial.number && trial.state === "complete"
  const next = write(list, trial.number, trial)
  return stateOf(
    {
      definition: state.definition,
      createdAt: state.createdAt,
      isPaused: state.isPaused,
      attributes: state.attributes,
      counts,
      sinceBest: told === undefined ? state.sinceBest : improved ? 0 : state.sinceBest + 1,
      best: isBest ? Option.some(trial) : best
    },
    {
      list: next,
      running: runningAfter(running, before, trial),
      waitingFrom: waitingFromAfter(waitingFrom, counts.waiting, trial, next.size)
    }
  )
}

/** The state after an event. */
export const evolve = <D extends Declaration>(
  state: State<D>,
  event: StudyEvent
): Result.Result<State<D>, UnfitEvent> => after(state, event, ChunkedList.set)

/** The state after events, or the index of the first that does not fit and why; faster than one by one. */
export const evolveAll = <D extends Declaration>(
  state: State<D>,
  events: ReadonlyArray<StudyEvent>
): Result.Result<State<D>, readonly [index: number, problem: string]> => {
  if (events.length === 0) return Result.succeed(state)
  // No state in between is seen by anybody, so they may share one list that is changed in place.
  const index = state[IndexId]
  let now = stateOf(state, { ...index, list: ChunkedList.clone(index.list) })
  for (const [index, event] of events.entries()) {
    const next = after(now, event, ChunkedList.setInPlace)
    if (Result.isFailure(next)) return Result.fail([index, next.failure.problem])
    now = next.success
  }
  return Result.succeed(now)
}

const after = <D extends Declaration>(
  state: State<D>,
  event: StudyEvent,
  write: Write
): Result.Result<State<D>, UnfitEvent> => {
  const refuse = (problem: string) => Result.fail(new UnfitEvent({ event: event._tag, problem }))
  const settle = (trial: Trial<D> | string) =>
    typeof trial === "string" ? refuse(trial) : Result.succeed(place(state, trial, event, write))
  const keep = (change: Partial<Kept<D>>) => Result.succeed(stateOf({ ...keptOf(state), ...change }, state[IndexId]))
  switch (event._tag) {
    case "Created":
      return refuse("a study is created once")
    case "StudyPaused":
      return state.isPaused ? refuse("the study is paused already") : keep({ isPaused: true })
    case "StudyResumed":
      return state.isPaused ? keep({ isPaused: false }) : refuse("the study is not paused")
    case "Asked":
    case "Enqueued":
      return settle(added(state, event))
    case "AttributeSet":
      if (event.number === undefined) {
        return keep({ attributes: new Map(state.attributes).set(event.key, event.value) })
      }
  }
  if (isWrongLength(state, event)) return refuse(`it needs ${state.definition.directions.length} values`)
  const trial = state.trial(event.number ?? -1)
  if (trial === undefined) return refuse(`there is no trial ${event.number}`)
  if (event._tag !== "Suggested") return settle(changed(state.definition, trial, event))
  const given = suggested(state, trial, event)
  if (typeof given === "string") return refuse(given)
  const { definition } = state
  const grown = given[1] === definition.space ? definition : { ...definition, space: given[1] }
  const known = { ...keptOf(state), definition: grown }
  return Result.succeed(place(stateOf(known, state[IndexId]), given[0], event, write))
}

const isWrongLength = (state: State, event: StudyEvent): boolean =>
  (event._tag === "Told" || event._tag === "Reported") && event.values.length !== state.definition.directions.length

const keptOf = <D extends Declaration>(state: State<D>): Kept<D> => ({
  definition: state.definition,
  createdAt: state.createdAt,
  isPaused: state.isPaused,
  counts: state.counts,
  sinceBest: state.sinceBest,
  best: state.best,
  attributes: state.attributes
})
