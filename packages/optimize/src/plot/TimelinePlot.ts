/**
 * When trials ran: lanes for each worker if they are known, as many as trials ran at once.
 *
 * **Guarantees** Every trial whose times are known is in exactly one span or counted with the `others`; spans of a lane and state do not overlap. Trials of one
 * state that follow each other with hardly a gap are one span, so there are at most some 10,000 in all, however many trials there are.
 *
 * **Does not guarantee** Attempts before the last, or the time that a trial waited: a study keeps the times of the last attempt.
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import type { Declaration } from "../space/SearchSpace.ts"
import type { State } from "../study/StudyState.ts"
import type { Trial } from "../study/Trial.ts"
import { NothingToDraw } from "./Plot.ts"
import type { Refusal } from "./Plot.ts"

/** What a span shows. */
export type SpanState = "complete" | "pruned" | "failed" | "running"

/** A stretch of time, in milliseconds since the plot begins. */
export interface Span {
  readonly state: SpanState
  readonly from: number
  readonly to: number
  /** The first of its trials, and how many there are. */
  readonly number: number
  readonly count: number
}

export interface Lane {
  /** The worker; one that ran several trials at once has several lanes. */
  readonly name: string
  readonly spans: ReadonlyArray<Span>
  readonly trials: number
}

export interface Timeline {
  /** Milliseconds since 1970. */
  readonly begins: number
  /** Milliseconds. */
  readonly length: number
  readonly isByOwner: boolean
  readonly lanes: ReadonlyArray<Lane>
  /** Trials of workers that have no lane, because there are too many of them. */
  readonly others: number
  /** Trials that have run, but nobody told when. */
  readonly untimed: number
}

/** Most lanes. */
export const LANES_MAX = 40
/** Parts of the time within which spans are merged, over all lanes. */
const PARTS = 2_400

interface Run {
  readonly number: number
  readonly state: SpanState
  readonly from: number
  readonly to: number
  readonly owner: string | undefined
}

const stateOf = ({ state }: Trial): SpanState | undefined =>
  state === "waiting" || state === "paused" ? undefined : state

const runsOf = (state: State): ReadonlyArray<Run> => {
  const runs: Array<Run> = []
  let latest = Number.NEGATIVE_INFINITY
  for (const trial of state.trials) {
    const shown = stateOf(trial)
    if (shown === undefined || trial.startedAt === undefined) continue
    const ended = trial.state === "running" || !("endedAt" in trial) ? undefined : trial.endedAt
    if (ended === undefined && shown !== "running") continue
    latest = Math.max(latest, trial.startedAt, ended ?? trial.startedAt)
    // A clock may have been set back in between.
    runs.push({
      number: trial.number,
      state: shown,
      from: trial.startedAt,
      to: Math.max(trial.startedAt, ended ?? Number.POSITIVE_INFINITY),
      owner: trial.owner
    })
  }
  return runs.map((run) => (run.to === Number.POSITIVE_INFINITY ? { ...run, to: Math.max(latest, run.from) } : run))
}

/** Each run on the first lane that is free. */
const packed = (runs: ReadonlyArray<Run>): ReadonlyArray<ReadonlyArray<Run>> => {
  const lanes: Array<{ until: number; readonly runs: Array<Run> }> = []
  for (const run of runs.toSorted((a, b) => a.from - b.from || a.number - b.number)) {
    let lane = lanes.find(({ until }) => until <= run.from)
    // One lane more than are drawn takes what does not fit, to be counted.
    if (lane === undefined && lanes.length <= LANES_MAX) lanes.push((lane = { until: 0, runs: [] }))
    lane ??= lanes[LANES_MAX]!
    lane.until = run.to
    lane.runs.push(run)
  }
  return lanes.map(({ runs: members }) => members)
}

type Named = readonly [name: string, runs: ReadonlyArray<Run>]

/** The busiest worker first; one that ran several trials at once has several lanes. */
const lanesOf = (runs: ReadonlyArray<Run>, isByOwner: boolean): ReadonlyArray<Named> => {
  if (!isByOwner) return packed(runs).map((members, index) => [`slot ${index + 1}`, members])
  const byOwner = new Map<string, Array<Run>>()
  for (const run of runs) {
    const name = run.owner ?? "unknown"
    const members = byOwner.get(name)
    if (members === undefined) byOwner.set(name, [run])
    else members.push(run)
  }
  return [...byOwner]
    .sort(([, a], [, b]) => b.length - a.length)
    .flatMap(([name, members]) => packed(members).map((lane): Named => [name, lane]))
}

const spansOf = (runs: ReadonlyArray<Run>, begins: number, part: number): ReadonlyArray<Span> => {
  const open = new Map<SpanState, Span>()
  const spans: Array<Span> = []
  for (const run of runs.toSorted((a, b) => a.from - b.from || a.number - b.number)) {
    const from = run.from - begins
    const to = run.to - begins
    const last = open.get(run.state)
    // The runs of a lane follow each other. What is long enough to be seen stays a span of its own.
    const isLong = to - from > part * 3
    const isNear = last !== undefined && (part === 0 || Math.floor(from / part) === Math.floor(last.to / part))
    if (last !== undefined && isNear && !isLong) {
      open.set(run.state, { ...last, to, count: last.count + 1 })
      continue
    }
    if (last !== undefined) spans.push(last)
    open.set(run.state, { state: run.state, from, to, number: run.number, count: 1 })
  }
  return [...spans, ...open.values()].sort((a, b) => a.from - b.from)
}

/** When the trials ran. */
export const make = <D extends Declaration>(state: State<D>): Result.Result<Timeline, Refusal> => {
  const runs = runsOf(state)
  const ran = state.trials.reduce((sum, trial) => (stateOf(trial) === undefined ? sum : sum + 1), 0)
  if (runs.length === 0) {
    const problem = ran === 0 ? "no trial has run yet" : "nobody told when the trials ran"
    return Result.fail(new NothingToDraw({ plot: "timeline", problem }))
  }
  const begins = runs.reduce((least, { from }) => Math.min(least, from), Number.POSITIVE_INFINITY)
  const ends = runs.reduce((most, { to }) => Math.max(most, to), Number.NEGATIVE_INFINITY)
  const isByOwner = runs.some(({ owner }) => owner !== undefined)
  const lanes = lanesOf(runs, isByOwner)
  const shown = lanes.slice(0, LANES_MAX)
  const part = (ends - begins) / Math.min(400, Math.floor(PARTS / shown.length))
  return Result.succeed({
    begins,
    length: ends - begins,
    isByOwner,
    lanes: shown.map(([name, members]) => ({
      name,
      trials: members.length,
      spans: spansOf(members, begins, part)
    })),
    others: lanes.slice(LANES_MAX).reduce((sum, [, members]) => sum + members.length, 0),
    untimed: ran - runs.length
  })
}
