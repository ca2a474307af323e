import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Option, Result, Schema } from "effect"
import * as Problems from "../../src/problem/Problems.ts"
import * as Random from "../../src/sampler/Random.ts"
import * as Samplers from "../../src/sampler/Samplers.ts"
import * as Tpe from "../../src/sampler/Tpe.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import * as Study from "../../src/study/Study.ts"
import { StudyEvent } from "../../src/study/StudyEvent.ts"

const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1), deep: SearchSpace.boolean() })

const study = (settings?: { readonly direction?: "minimize" | "maximize"; readonly trialsMax?: number }) =>
  Result.getOrThrow(Study.make({ space, sampler: Random.make(), seed: 4, ...settings }))

type SpaceOf<S> = S extends SearchSpace.SearchSpace<infer D> ? D : never
type Study4 = Study.State<SpaceOf<typeof space>>

const asked = (state: Study4, count: number): Study4 => {
  let next = state
  for (let i = 0; i < count; i++) [next] = Result.getOrThrow(Study.ask(next))
  return next
}

const refusal = <E>(result: Result.Result<unknown, E>): E => {
  assert(Result.isFailure(result), "it should have been refused")
  return result.failure
}

describe("Study", () => {
  it("numbers the trials from 0 and keeps what was asked and told", () => {
    const [one, first] = Result.getOrThrow(Study.ask(study()))
    const [two, second] = Result.getOrThrow(Study.ask(one))
    assert.deepStrictEqual([first.number, second.number], [0, 1])
    expectTypeOf(first.params).toEqualTypeOf<{ readonly x: number; readonly deep: boolean }>()
    const three = Result.getOrThrow(Study.tell(two, 1, 0.5))
    assert.deepStrictEqual(
      three.trials.map((trial) => [trial.number, trial.params, trial.state, trial.attempt]),
      [
        [0, first.params, "running", 1],
        [1, second.params, "complete", 1]
      ]
    )
    const told = three.trials[1]
    assert(told?.state === "complete")
    assert.deepStrictEqual([told.values, told.constraints], [[0.5], []])
    assert.deepStrictEqual(one.trials, [first])
  })

  it("knows the best of either direction, and of equals the first asked", () => {
    const values = [3, 1, 2, 1, 3]
    const bestOf = (direction: "minimize" | "maximize") => {
      let state = asked(study({ direction }), values.length)
      assert(Option.isNone(state.best))
      for (const number of [4, 3, 2, 1, 0]) state = Result.getOrThrow(Study.tell(state, number, values[number]!))
      return Option.getOrThrow(state.best).number
    }
    assert.strictEqual(bestOf("minimize"), 1)
    assert.strictEqual(bestOf("maximize"), 0)
  })

  it("never names a failed or pruned trial as the best", () => {
    let state = asked(study(), 3)
    state = Result.getOrThrow(Study.fail(state, 0, "out of memory"))
    state = Result.getOrThrow(Study.report(state, 1, 3, -9))
    state = Result.getOrThrow(Study.prune(state, 1))
    assert(Option.isNone(state.best))
    const [failed, pruned] = state.trials
    assert(failed?.state === "failed")
    assert.deepStrictEqual(failed.failures, [{ attempt: 1, kind: "error", reason: "out of memory" }])
    assert(pruned?.state === "pruned")
    assert.deepStrictEqual(pruned.reports, [{ step: 3, values: [-9] }])
    state = Result.getOrThrow(Study.tell(state, 2, 5))
    assert.strictEqual(Option.getOrThrow(state.best).number, 2)
  })

  it("refuses a trial that nobody asked for", () => {
    for (const number of [-1, 2, 0.5, Number.NaN]) {
      const error = refusal(Study.tell(asked(study(), 2), number, 1))
      assert.strictEqual(error.message, `there is no trial ${number}; 2 have been asked for`)
    }
  })

  it("refuses to end a trial twice, in any way", () => {
    const state = asked(study(), 3)
    const ends = [
      [Result.getOrThrow(Study.tell(state, 0, 1)), "complete"],
      [Result.getOrThrow(Study.fail(state, 0, "lost")), "failed"],
      [Result.getOrThrow(Study.prune(state, 0)), "pruned"]
    ] as const
    for (const [ended, name] of ends) {
      const again = [Study.tell(ended, 0, 1), Study.fail(ended, 0, "lost"), Study.prune(ended, 0)]
      for (const result of again) assert.strictEqual(refusal(result).message, `trial 0 has ended already (${name})`)
    }
  })

  it("refuses a value that is not a finite number", () => {
    const state = asked(study(), 1)
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const told = refusal(Study.tell(state, 0, value))
      assert.strictEqual(told.message, `the value of trial 0 is ${value}, not a finite number`)
      assert.strictEqual(refusal(Study.report(state, 0, 1, value))._tag, "InvalidValue")
      assert.strictEqual(refusal(Study.report(state, 0, value, 1))._tag, "InvalidValue")
      assert.strictEqual(refusal(Study.tell(state, 0, 1, { constraints: [value] }))._tag, "InvalidValue")
    }
  })

  it("refuses trials above its limit", () => {
    const full = asked(study({ trialsMax: 2 }), 2)
    assert.strictEqual(refusal(Study.ask(full)).message, "the study has had all its 2 trials")
  })

  it("takes given parameters if they are in the space", () => {
    const [state, trial] = Result.getOrThrow(Study.ask(study(), { params: { x: 0.25, deep: true } }))
    assert.deepStrictEqual(state.trials, [trial])
    assert.deepStrictEqual([trial.params, trial.sampler], [{ x: 0.25, deep: true }, "given"])
    assert.strictEqual(refusal(Study.ask(study(), { params: { x: 2, deep: true } }))._tag, "InvalidParams")
  })

  it("lets another sampler suggest one trial", () => {
    const tpe = Result.getOrThrow(Tpe.make())
    const [, trial] = Result.getOrThrow(Study.ask(study(), { sampler: tpe }))
    const request = { space, directions: ["minimize"], seed: 4, number: 0, history: [], pending: [] } as const
    assert.deepStrictEqual([trial.params, trial.sampler], [tpe.suggest(request), "tpe"])
  })

  it("suggests without being changed, and then gives just that", () => {
    const state = asked(study(), 3)
    const suggested = Result.getOrThrow(Study.suggest(state))
    assert.deepStrictEqual(Result.getOrThrow(Study.ask(state))[1].params, suggested)
  })

  it("suggests something else to each of those who ask at once", () => {
    const xs = asked(study(), 20).trials.map(({ params }) => params.x)
    assert.strictEqual(new Set(xs).size, 20)
  })

  it("shows its sampler the running trials as pending", () => {
    let state = asked(study(), 4)
    state = Result.getOrThrow(Study.tell(state, 1, 1))
    state = Result.getOrThrow(Study.fail(state, 2, "lost"))
    const { history, pending } = Study.evidence(state)
    assert.deepStrictEqual(
      history.map(({ number }) => number),
      [1, 2]
    )
    assert.deepStrictEqual(
      pending.map(({ number }) => number),
      [0, 3]
    )
  })

  it("refuses settings out of range", () => {
    const setting = (settings: { readonly seed?: number; readonly trialsMax?: number }) =>
      refusal(Study.make({ space, sampler: Random.make(), ...settings })).setting
    for (const seed of [0.5, Number.NaN, 2 ** 53]) assert.strictEqual(setting({ seed }), "seed")
    for (const trialsMax of [0, -1, 1.5, 2 ** 33]) assert.strictEqual(setting({ trialsMax }), "trialsMax")
  })
})

describe("Study.resume and Study.replay", () => {
  const definition = study().definition
  const begin = Study.created(definition)
  const ask = (number: number) =>
    StudyEvent.cases.Asked.make({ number, params: { x: 0.5, deep: false }, sampler: "random" })
  const tell = (number: number) => StudyEvent.cases.Told.make({ number, values: [1] })

  it("say which event does not fit, and why", () => {
    const problem = (...events: ReadonlyArray<StudyEvent>) => refusal(Study.resume(definition, events)).message
    assert.strictEqual(problem(), `event 0 of the study: expects "Created", not the end`)
    assert.strictEqual(problem(ask(0)), `event 0 of the study: expects "Created", not Asked`)
    assert.strictEqual(problem(begin, begin), "event 1 of the study: a study is created once")
    assert.strictEqual(problem(begin, ask(1)), "event 1 of the study: trial 1 does not follow -1")
    assert.strictEqual(problem(begin, ask(0), ask(0)), "event 2 of the study: trial 0 does not follow 0")
    assert.strictEqual(problem(begin, tell(0)), "event 1 of the study: there is no trial 0")
    assert.strictEqual(
      problem(begin, ask(0), tell(0), tell(0)),
      "event 3 of the study: trial 0 has ended already (complete)"
    )
    const outside = StudyEvent.cases.Asked.make({ number: 0, params: { x: 7, deep: false }, sampler: "random" })
    assert.strictEqual(problem(begin, outside), "event 1 of the study: x: 7 is not a number from 0 to 1")
    const limited = { ...definition, trialsMax: 1 }
    const few = [Study.created(limited), ask(0), ask(1)]
    assert.strictEqual(refusal(Study.resume(limited, few)).message, "event 2 of the study: trial 1 is above the limit")
  })

  it("refuse the events of another study", () => {
    const other = (change: Partial<typeof definition>) => {
      const error = refusal(Study.resume({ ...definition, ...change }, [begin, ask(0)]))
      assert.strictEqual(error._tag, "StudyMismatch")
      return error.message
    }
    assert.strictEqual(other({ seed: 5 }), "the stored study has another seed: 4, not 5")
    assert.match(other({ directions: ["maximize"] }), /another directions/)
    assert.match(other({ trialsMax: 7 }), /another trialsMax/)
    assert.match(other({ attemptsMax: 7 }), /another attemptsMax/)
    assert.match(other({ stop: { patience: 7 } }), /another stop/)
    assert.match(other({ sampler: Result.getOrThrow(Tpe.make()) }), /another sampler/)
    const wider = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 2), deep: SearchSpace.boolean() })
    assert.match(other({ space: wider }), /another space/)
  })

  it("needs to know the sampler", () => {
    const unknown = { ...begin, sampler: { name: "oracle", options: {} } }
    assert.strictEqual(
      refusal(Study.replay([unknown])).message,
      `there is no sampler "oracle"; there are ${[...Samplers.makers.keys()].join(", ")}`
    )
    const oracle = { name: "oracle", options: {}, objectives: "many", suggest: Random.suggest } as const
    const state = Result.getOrThrow(
      Study.replay([unknown, ask(0)], { samplers: new Map([["oracle", () => Result.succeed(oracle)]]) })
    )
    assert.strictEqual(state.definition.sampler, oracle)
  })

  it("evolve refuses an event that does not fit", () => {
    const error = refusal(Study.evolve(study(), tell(0)))
    assert.strictEqual(error.message, `"Told" does not fit the study: there is no trial 0`)
  })

  it("events are plain JSON", () => {
    let state = asked(study(), 2)
    const decided = [
      Study.created(state.definition),
      ...Result.getOrThrow(Study.decide(state, { _tag: "Ask" })),
      ...Result.getOrThrow(Study.decide(state, { _tag: "Tell", number: 0, value: 0.1 })),
      ...Result.getOrThrow(Study.decide(state, { _tag: "Fail", number: 0, reason: "lost" })),
      ...Result.getOrThrow(Study.decide(state, { _tag: "Prune", number: 0 }))
    ]
    for (const event of decided) {
      const json: unknown = JSON.parse(JSON.stringify(event))
      assert.deepStrictEqual(Result.getOrThrow(Schema.decodeUnknownResult(StudyEvent)(json)), event)
    }
  })

  it("read 20,000 trials", () => {
    const { space } = Problems.branin
    const state = Result.getOrThrow(Study.make({ space, sampler: Random.make() }))
    const events: Array<StudyEvent> = [Study.created(state.definition)]
    for (let number = 0; number < 20_000; number++) {
      const params = SearchSpace.sample(space, { seed: 1, number })
      events.push(StudyEvent.cases.Asked.make({ number, params: { ...params }, sampler: "random" }))
      events.push(StudyEvent.cases.Told.make({ number, values: [Problems.branin.evaluate(params)] }))
    }
    assert.strictEqual(Result.getOrThrow(Study.replay(events)).trials.length, 20_000)
  })
})
