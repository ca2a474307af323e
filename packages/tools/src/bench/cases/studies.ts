/**
 * Studies of many trials on SQLite: writing them, and opening them again.
 *
 * @since 0.1.0
 */
import * as path from "node:path"
import { EventStore } from "@foundation/core"
import { SqlEventStore } from "@foundation/sql"
import { Problems, Random, SearchSpace, Studies, Study, StudyEvent } from "@mabeam/optimize"
import { Effect, Layer, Result, Schema, type Scope } from "effect"
import { type Case, limit } from "../case.ts"
import { folder } from "../folder.ts"
import { now, type Rep } from "../measure.ts"

const { evaluate, space } = Problems.conditional
const definition = Result.getOrThrow(Study.define({ space, sampler: Random.make(), trialsMax: 1_000_000 }))
const encode = Schema.encodeSync(Schema.toCodecJson(StudyEvent.StudyEvent))

/** Runs on a SQLite file in a folder that is gone afterwards. */
const onSqlite = <E>(
  work: Effect.Effect<Rep, E, EventStore.EventStore | Studies.Studies>
): Effect.Effect<Rep, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const dir = yield* folder
    const store = SqlEventStore.layerSqlite({ filename: path.join(dir, "studies.sqlite") })
    const services = yield* Layer.build(Layer.provideMerge(Studies.layer, store))
    return yield* Effect.provideContext(work, services)
  })

/** The events of a study of complete trials, as a worker with leases writes them. */
const eventsOf = (trials: number): ReadonlyArray<StudyEvent.StudyEvent> => {
  const events: Array<StudyEvent.StudyEvent> = [Study.created(definition, 0)]
  for (let number = 0; number < trials; number++) {
    const params = SearchSpace.sample(space, { seed: 1, number })
    const lease = { owner: "worker", until: number + 300_000 }
    const asked = { number, params: { ...params }, sampler: "random", lease, at: number }
    events.push(StudyEvent.StudyEvent.cases.Asked.make(asked))
    events.push(StudyEvent.StudyEvent.cases.Told.make({ number, values: [evaluate(params)], at: number }))
  }
  return events
}

const write = Effect.fnUntraced(function* (trials: number) {
  const store = yield* EventStore.EventStore
  const events = eventsOf(trials)
  for (let from = 0; from < events.length; from += 1_000) {
    const batch = events.slice(from, from + 1_000).map((event) => ({ type: event._tag, data: encode(event) }))
    yield* store.append("study/large", from === 0 ? "none" : from, batch)
  }
})

const resume: Case = {
  name: "study resumes and lists, SQLite",
  about: "a stored study of n trials is opened and all its trials are listed; a sample is the whole",
  sizes: [10_000, 100_000],
  reps: 3,
  warm: 1,
  targets: limit("p50_us", 2_000_000),
  body: ({ effort, n }) =>
    onSqlite(
      Effect.gen(function* () {
        const studies = yield* Studies.Studies
        const trials = Math.max(1, Math.floor(n / effort.shrink))
        yield* write(trials)
        const start = now()
        const study = yield* studies.open("large", definition)
        const listed = (yield* study.state).trials.filter(({ state }) => state === "complete").length
        const ms = now() - start
        if (listed !== trials) return yield* Effect.die(new Error(`${listed} of ${trials} trials are there`))
        return { samplesUs: [ms * 1000], ops: trials, ms }
      })
    )
}

const askAndTell: Case = {
  name: "study ask and tell, SQLite",
  about: "n trials asked and told by one worker, random sampler; a sample is an ask and its tell: two appends",
  sizes: [10_000],
  targets: limit("ops_per_s", 4_000),
  body: ({ effort, n }) =>
    onSqlite(
      Effect.gen(function* () {
        const studies = yield* Studies.Studies
        const study = yield* studies.open("growing", definition)
        const trials = Math.max(1, Math.floor(n / effort.shrink))
        const samplesUs = new Float64Array(trials)
        const start = now()
        for (let i = 0; i < trials; i++) {
          const at = now()
          const { number, params } = yield* study.ask()
          yield* study.tell(number, evaluate(params))
          samplesUs[i] = (now() - at) * 1000
        }
        return { samplesUs, ops: trials, ms: now() - start }
      })
    )
}

export const studyCases: ReadonlyArray<Case> = [resume, askAndTell]
