/**
 * A whole study as a record of its trials, and the events that make it again: what import and export of every format share.
 *
 * **Guarantees** The study of the record of a study has the same trials, attributes and best. A record that contradicts itself is
 * refused with the trial and the field at fault.
 *
 * **Does not guarantee** The order in which trials were told where no times are known, and so `sinceBest`.
 *
 * @since 0.1.0
 */
import { Result, Schema, SchemaIssue, SchemaParser } from "effect"
import type { AnyParams, Declaration, SearchSpace, Value } from "../space/SearchSpace.ts"
import * as SpaceJson from "../space/SpaceJson.ts"
import { ARTIFACTS_MAX, ATTRIBUTES_MAX, REPORTS_MAX } from "../study/Command.ts"
import { created } from "../study/Definition.ts"
import type { Definition } from "../study/Definition.ts"
import { Artifact, FailureKind, Lease, ParamsJson, StudyEvent } from "../study/StudyEvent.ts"
import { evolveAll, start } from "../study/StudyState.ts"
import type { State } from "../study/StudyState.ts"
import { hasEnded } from "../study/Trial.ts"
import type { Trial } from "../study/Trial.ts"

const Natural = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
/** Most attempts that a record may claim. */
export const ATTEMPTS_MAX = 10_000

/** A trial written down. What is left out is empty or unknown; times are milliseconds since 1970. */
export const TrialRecord = Schema.Struct({
  number: Natural,
  state: Schema.Literals(["waiting", "running", "paused", "complete", "pruned", "failed"]),
  params: ParamsJson,
  /** Of trials of an open space: what was suggested, asked for or not. */
  suggestion: Schema.optionalKey(ParamsJson),
  sampler: Schema.String,
  attempt: Natural.check(Schema.isLessThanOrEqualTo(ATTEMPTS_MAX)),
  values: Schema.optionalKey(Schema.Array(Schema.Finite)),
  constraints: Schema.optionalKey(Schema.Array(Schema.Finite)),
  failures: Schema.optionalKey(
    Schema.Array(Schema.Struct({ attempt: Natural, kind: FailureKind, reason: Schema.String }))
  ),
  reports: Schema.optionalKey(
    Schema.Array(Schema.Struct({ step: Natural, values: Schema.NonEmptyArray(Schema.Finite) })).check(
      Schema.isMaxLength(REPORTS_MAX)
    )
  ),
  attributes: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.Json).check(Schema.isMaxProperties(ATTRIBUTES_MAX))
  ),
  artifacts: Schema.optionalKey(Schema.Array(Artifact).check(Schema.isMaxLength(ARTIFACTS_MAX))),
  startedAt: Schema.optionalKey(Schema.Finite),
  endedAt: Schema.optionalKey(Schema.Finite),
  /** Who took up the last attempt, where `lease` does not say it. */
  owner: Schema.optionalKey(Schema.NonEmptyString),
  lease: Schema.optionalKey(Lease)
})
export type TrialRecord = typeof TrialRecord.Type

/** What is not of a trial. */
export interface StudyRecord {
  readonly createdAt?: number | undefined
  readonly isPaused?: boolean | undefined
  readonly attributes?: Readonly<Record<string, Schema.Json>> | undefined
  readonly trials: ReadonlyArray<TrialRecord>
}

/** A record does not make a study. `trial` is the index in the list; `field` the part of it at fault, as far as is known. */
export class InvalidRecord extends Schema.TaggedError<InvalidRecord>("@mabeam/optimize/StudyRecord/InvalidRecord")(
  "InvalidRecord",
  { trial: Schema.optional(Schema.Int), field: Schema.String, problem: Schema.String }
) {
  override get message() {
    const place = this.trial === undefined ? "" : `trials[${this.trial}]${this.field === "" ? "" : "."}`
    return place === "" && this.field === "" ? this.problem : `${place}${this.field}: ${this.problem}`
  }
}

const parse = SchemaParser.decodeUnknownResult(TrialRecord, { onExcessProperty: "error" })
const issues = SchemaIssue.makeFormatterStandardSchemaV1()

/** Where the first fault of a schema's issue lies, and what it is. */
export const faultOf = (issue: SchemaIssue.Issue): { readonly field: string; readonly problem: string } => {
  const [first] = issues(issue).issues
  const parts = (first?.path ?? []).map((part) => (typeof part === "object" ? part.key : part))
  const field = parts.map((part, i) => (typeof part === "number" ? `[${part}]` : `${i > 0 ? "." : ""}${String(part)}`))
  return { field: field.join(""), problem: first?.message ?? "is not as expected" }
}

/** Reads the trial at an index of a list. */
export const parseTrial = (input: unknown, index: number): Result.Result<TrialRecord, InvalidRecord> =>
  Result.mapError(parse(input), (issue) => new InvalidRecord({ trial: index, ...faultOf(issue) }))

const notEmpty = <K extends string, A>(key: K, list: ReadonlyArray<A>): { readonly [_ in K]?: ReadonlyArray<A> } =>
  // A computed key is typed as any text; it is K.
  list.length === 0 ? {} : ({ [key]: list } as { readonly [_ in K]: ReadonlyArray<A> })

const paramsOf = (params: AnyParams): TrialRecord["params"] =>
  Object.fromEntries(Object.entries(params).filter((entry): entry is [string, Value] => entry[1] !== undefined))

const holderOf = (trial: Trial): Pick<TrialRecord, "lease" | "owner"> => {
  if (trial.state === "running" && trial.lease !== undefined) return { lease: trial.lease }
  return trial.owner === undefined ? {} : { owner: trial.owner }
}

/** A trial as a record. */
export const ofTrial = (trial: Trial, isOpen: boolean): TrialRecord => ({
  number: trial.number,
  state: trial.state,
  params: paramsOf(trial.params),
  ...(isOpen ? { suggestion: paramsOf(trial.suggestion) } : {}),
  sampler: trial.sampler,
  attempt: trial.attempt,
  ...(trial.state === "complete" ? { values: trial.values, ...notEmpty("constraints", trial.constraints) } : {}),
  ...notEmpty("failures", trial.failures),
  ...notEmpty(
    "reports",
    trial.reports.flatMap(({ step, values: [first, ...rest] }) =>
      first === undefined ? [] : [{ step, values: [first, ...rest] as const }]
    )
  ),
  ...(trial.attributes.size === 0 ? {} : { attributes: Object.fromEntries(trial.attributes) }),
  ...notEmpty("artifacts", trial.artifacts),
  ...(trial.startedAt === undefined ? {} : { startedAt: trial.startedAt }),
  ...(hasEnded(trial) && trial.endedAt !== undefined ? { endedAt: trial.endedAt } : {}),
  ...holderOf(trial)
})

const { cases } = StudyEvent
const at = (time: number | undefined) => (time === undefined ? {} : { at: time })

/** What happened in an attempt before the last, or how the last one left the trial if it has not ended. */
const between = (record: TrialRecord, attempt: number): ReadonlyArray<StudyEvent> => {
  const { number, state } = record
  const failure = record.failures?.find((it) => it.attempt === attempt)
  const isLast = attempt === record.attempt
  if (isLast && state === "failed") return []
  const rest = cases.Paused.make({ number })
  if (failure !== undefined) {
    const failed = cases.Failed.make({ number, kind: failure.kind, reason: failure.reason, retry: true })
    return isLast && state === "paused" ? [failed, rest] : [failed]
  }
  if (isLast && (state === "running" || state === "complete" || state === "pruned")) return []
  // An attempt that neither failed nor was the last was paused.
  return isLast && state === "paused" ? [rest] : [rest, cases.Resumed.make({ number })]
}

/** In an open space a trial has asked for each of its parameters. */
const suggestions = ({ variables }: SearchSpace, { number, params }: TrialRecord): ReadonlyArray<StudyEvent> =>
  variables.flatMap((variable) => {
    const value = new Map(Object.entries(params)).get(variable.name)
    return value === undefined
      ? []
      : [cases.Suggested.make({ number, variable: SpaceJson.encodeVariable(variable), value })]
  })

/** The lease of the last attempt; of one that is over, only its owner matters. */
const leaseOf = ({ lease, owner, startedAt = 0, state }: TrialRecord) => {
  if (state === "running" && lease !== undefined) return { lease }
  return owner === undefined || state === "running" ? {} : { lease: { owner, until: startedAt } }
}

/** The events up to where the trial stands, its end excepted. */
const beginning = ({ space }: Definition, record: TrialRecord): ReadonlyArray<StudyEvent> => {
  const { attempt: attempts, number, sampler, startedAt, state } = record
  const params = record.suggestion ?? record.params
  const events: Array<StudyEvent> = []
  if (attempts === 0) {
    events.push(cases.Enqueued.make({ number, params }))
    if (state === "paused") events.push(cases.Paused.make({ number }))
  }
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const isLast = attempt === attempts
    const taken = { number, ...(isLast ? { ...leaseOf(record), ...at(startedAt) } : {}) }
    events.push(attempt === 1 ? cases.Asked.make({ ...taken, params, sampler }) : cases.Started.make(taken))
    if (isLast) {
      if (space.open) events.push(...suggestions(space, record))
      for (const { step, values } of record.reports ?? []) events.push(cases.Reported.make({ number, step, values }))
    }
    events.push(...between(record, attempt))
  }
  for (const [key, value] of Object.entries(record.attributes ?? {})) {
    events.push(cases.AttributeSet.make({ number, key, value }))
  }
  for (const artifact of record.artifacts ?? []) events.push(cases.ArtifactAdded.make({ number, artifact }))
  return events
}

const ending = (record: TrialRecord): StudyEvent | string | undefined => {
  const { constraints, endedAt, number, state, values = [] } = record
  if (state === "complete") {
    const [first, ...rest] = values
    if (first === undefined) return "a complete trial has values"
    const kept = constraints === undefined ? {} : { constraints }
    return cases.Told.make({ number, values: [first, ...rest], ...kept, ...at(endedAt) })
  }
  if (state === "pruned") return cases.Pruned.make({ number, ...at(endedAt) })
  if (state !== "failed") return undefined
  const last = record.failures?.at(-1)
  if (last === undefined) return "a failed trial has a failure"
  return cases.Failed.make({ number, kind: last.kind, reason: last.reason, retry: false, ...at(endedAt) })
}

interface Numbered {
  readonly index: number
  readonly event: StudyEvent
}

/** The events of all trials: first as far as each has come, then how they ended, in the order of their times. */
const eventsOf = (
  definition: Definition,
  trials: ReadonlyArray<TrialRecord>
): Result.Result<ReadonlyArray<Numbered>, InvalidRecord> => {
  const events: Array<Numbered> = []
  const ends: Array<Numbered & { readonly time: number }> = []
  for (const [index, record] of trials.entries()) {
    if (record.number !== index) {
      const problem = `is ${record.number}, but trials are numbered from 0 without gaps`
      return Result.fail(new InvalidRecord({ trial: index, field: "number", problem }))
    }
    for (const event of beginning(definition, record)) events.push({ index, event })
    const end = ending(record)
    if (typeof end === "string") return Result.fail(new InvalidRecord({ trial: index, field: "state", problem: end }))
    if (end !== undefined) ends.push({ index, event: end, time: record.endedAt ?? Number.POSITIVE_INFINITY })
  }
  ends.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.index - b.index))
  return Result.succeed([...events, ...ends])
}

const same = (a: TrialRecord, b: TrialRecord): string | undefined => {
  const [left, right] = [new Map<string, unknown>(Object.entries(a)), new Map<string, unknown>(Object.entries(b))]
  const keys = new Set([...left.keys(), ...right.keys()])
  return [...keys].find((key) => canonical(left.get(key)) !== canonical(right.get(key)))
}

/** JSON with keys in order; what is left out and an empty list or record are the same. */
const canonical = (value: unknown): string => {
  const text = JSON.stringify(value ?? null, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part
  )
  return text === "[]" || text === "{}" ? "null" : text
}

/** A study made from a record. */
export interface Made<D extends Declaration = Declaration> {
  readonly state: State<D>
  /** To be stored: `Study.resume` and `Study.replay` make the same state of them. */
  readonly events: ReadonlyArray<StudyEvent>
}

/** The study of a record. */
export const make = <D extends Declaration>(
  definition: Definition<D>,
  record: StudyRecord
): Result.Result<Made<D>, InvalidRecord> =>
  Result.gen(function* () {
    const numbered = yield* eventsOf(definition, record.trials)
    const before = start(definition, record.createdAt)
    const attributes = Object.entries(record.attributes ?? {}).map(([key, value]) =>
      cases.AttributeSet.make({ key, value })
    )
    const after = record.isPaused === true ? [cases.StudyPaused.make({})] : []
    const events = [...attributes, ...numbered.map(({ event }) => event), ...after]
    const state = yield* Result.mapError(evolveAll(before, events), ([place, problem]) => {
      const trial = numbered[place - attributes.length]?.index
      return new InvalidRecord({ trial, field: "", problem })
    })
    for (const [index, trial] of record.trials.entries()) {
      const field = same(ofTrial(state.trial(index)!, definition.space.open), trial)
      if (field !== undefined) {
        const problem = "contradicts the rest of the trial"
        return yield* Result.fail(new InvalidRecord({ trial: index, field, problem }))
      }
    }
    return { state, events: [created(definition, record.createdAt), ...events] }
  })
