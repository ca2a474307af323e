/** Every refusal of a study, provoked. */
import { assert, describe, it } from "@effect/vitest"
import { EventStore } from "@foundation/core"
import { Effect, Layer, Option, Result } from "effect"
import * as StudyJson from "../../src/exchange/StudyJson.ts"
import * as Random from "../../src/sampler/Random.ts"
import * as Sobol from "../../src/sampler/Sobol.ts"
import * as Samplers from "../../src/sampler/Samplers.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import { ARTIFACTS_MAX, ATTRIBUTES_MAX, REPORTS_MAX } from "../../src/study/Command.ts"
import { RECOVERED_MAX } from "../../src/study/Decision.ts"
import * as Studies from "../../src/study/Studies.ts"
import * as Study from "../../src/study/Study.ts"
import { StudyEvent } from "../../src/study/StudyEvent.ts"

const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) })
type Settings = Partial<Study.Settings<SearchSpace.Declaration>>

const study = (settings: Settings = {}, trials = 1) => {
  let state = Study.start(
    Result.getOrThrow(Study.define<SearchSpace.Declaration>({ space, sampler: Random.make(), ...settings })),
    0
  )
  for (let i = 0; i < trials; i++)
    [state] = Result.getOrThrow(Study.ask(state, { at: 0, lease: { owner: "a", until: 10 } }))
  return state
}

const refusal = <E extends { readonly _tag: string; readonly message: string }>(result: Result.Result<unknown, E>) => {
  assert(Result.isFailure(result), "it should have been refused")
  return `${result.failure._tag}: ${result.failure.message}`
}

const tell = (state: Study.State, ...values: ReadonlyArray<number>) =>
  values.reduce((now, value, number) => Result.getOrThrow(Study.tell(now, number, value)), state)

describe("asking", () => {
  it("StudyPaused, TrialLimitReached", () => {
    const paused = Study.applyUnsafe(study(), Result.getOrThrow(Study.decide(study(), { _tag: "PauseStudy" })))
    assert.strictEqual(refusal(Study.ask(paused)), "StudyPaused: the study is paused; resume it to go on")
    const full = study({ trialsMax: 2 }, 2)
    assert.match(refusal(Study.ask(full)), /^TrialLimitReached: the study has had all its 2 trials/)
    const queued = Study.decide(full, { _tag: "Enqueue", params: { x: 0.5 } })
    assert.match(refusal(queued), /^TrialLimitReached/)
  })

  it("StudyStopped, by each of its rules", () => {
    const target = study({ stop: { target: 0.5 } }, 3)
    assert(Result.isSuccess(Study.ask(tell(target, 0.6))))
    assert.strictEqual(
      refusal(Study.ask(tell(target, 0.6, 0.5))),
      "StudyStopped: the study has reached its target of 0.5"
    )
    const most = study({ stop: { target: 2 }, direction: "maximize" }, 1)
    assert(Result.isSuccess(Study.ask(tell(most, 1.9))))
    assert.match(refusal(Study.ask(tell(most, 2))), /its target of 2$/)

    const patience = study({ stop: { patience: 2 } }, 4)
    // An equal value is no improvement, whoever has it.
    assert(Result.isSuccess(Study.ask(tell(patience, 3, 3))))
    const worn = "StudyStopped: the last 2 complete trials have not improved on the best"
    assert.strictEqual(refusal(Study.ask(tell(patience, 3, 3, 4))), worn)
    assert(Result.isSuccess(Study.ask(tell(patience, 3, 4, 2))))
    const turned = Result.getOrThrow(Study.tell(patience, 3, 3))
    const equal = Result.getOrThrow(Study.tell(Result.getOrThrow(Study.tell(turned, 0, 3)), 1, 5))
    assert.strictEqual(Option.getOrThrow(equal.best).number, 0)
    assert.strictEqual(refusal(Study.ask(equal)), worn)

    const time = study({ stop: { timeoutMillis: 1_000 } })
    assert(Result.isSuccess(Study.ask(time, { at: 999 })))
    assert.strictEqual(refusal(Study.ask(time, { at: 1_000 })), "StudyStopped: the study has had its 1000 ms")

    const few = SearchSpace.makeUnsafe({ x: SearchSpace.boolean() })
    const grid = Result.getOrThrow(Samplers.decode({ name: "grid", options: {} }))
    const all = study({ space: few, sampler: grid }, 2)
    assert.match(refusal(Study.ask(all)), /^StudyStopped: all that the sampler suggests has been tried, in 2 trials/)
  })

  it("InvalidParams, InvalidCommand", () => {
    assert.match(refusal(Study.ask(study(), { params: { x: 2 } })), /^InvalidParams: x: 2 is not/)
    assert.match(refusal(Study.decide(study(), { _tag: "Enqueue", params: { x: 2 } })), /^InvalidParams/)
    const lease = { owner: "a", until: 1 }
    assert.strictEqual(refusal(Study.ask(study(), { at: Number.NaN })), "InvalidCommand: at: NaN is not a time")
    assert.strictEqual(refusal(Study.ask(study(), { lease })), "InvalidCommand: at: a lease needs the time")
    assert.match(refusal(Study.ask(study(), { at: 0, lease: { ...lease, owner: "" } })), /^InvalidCommand: lease.owner/)
    assert.match(
      refusal(Study.ask(study(), { at: 0, lease: { ...lease, until: Infinity } })),
      /^InvalidCommand: lease.until/
    )
    assert.match(refusal(Study.recover(study(), Number.NaN)), /^InvalidCommand: at/)
  })
})

describe("a trial", () => {
  it("TrialNotFound, TrialAlreadyTold", () => {
    for (const command of [
      { _tag: "Renew", number: 4, lease: { owner: "a", until: 1 } },
      { _tag: "Pause", number: 4 },
      { _tag: "SetAttribute", number: 4, key: "a", value: 1 },
      { _tag: "AddArtifact", number: 4, artifact: { name: "", uri: "", mediaType: "", bytes: 0 } }
    ] as const) {
      assert.match(refusal(Study.decide(study(), command)), /^TrialNotFound: there is no trial 4; 1 have been/)
    }
    const told = tell(study(), 1)
    assert.match(refusal(Study.renew(told, 0, { owner: "a", until: 99 })), /^TrialAlreadyTold: .*\(complete\)/)
    assert.match(refusal(Study.decide(told, { _tag: "Pause", number: 0 })), /^TrialAlreadyTold/)
  })

  it("WrongTrialState", () => {
    const resting = Study.applyUnsafe(study(), Result.getOrThrow(Study.decide(study(), { _tag: "Pause", number: 0 })))
    assert.strictEqual(refusal(Study.tell(resting, 0, 1)), "WrongTrialState: trial 0 is paused, not running")
    assert.strictEqual(
      refusal(Study.decide(resting, { _tag: "Pause", number: 0 })),
      "WrongTrialState: trial 0 is paused, not waiting or running"
    )
    assert.strictEqual(
      refusal(Study.decide(study(), { _tag: "Resume", number: 0 })),
      "WrongTrialState: trial 0 is running, not paused"
    )
    const waiting = Result.getOrThrow(Study.recover(study(), 10))
    assert.strictEqual(
      refusal(Study.tell(waiting, 0, 1, { owner: "a" })),
      "WrongTrialState: trial 0 is waiting, not running"
    )
  })

  it("LeaseLost, by owner or attempt; TrialTimedOut", () => {
    assert.match(
      refusal(Study.tell(study(), 0, 1, { owner: "b" })),
      /^LeaseLost: trial 0 is now worked on by a, not by b$/
    )
    assert.match(
      refusal(Study.tell(study(), 0, 1, { owner: "a", attempt: 2 })),
      /^LeaseLost: trial 0 is now at attempt 1, not 2$/
    )
    assert(Result.isSuccess(Study.tell(study(), 0, 1)))
    const timed = study({ trialTimeoutMillis: 5 })
    assert(Result.isSuccess(Study.tell(timed, 0, 1, { at: 4 })))
    assert.strictEqual(refusal(Study.tell(timed, 0, 1, { at: 5 })), "TrialTimedOut: trial 0 has had its 5 ms")
    const ended = Result.getOrThrow(Study.recover(timed, 5)).trial(0)
    assert.deepStrictEqual(ended?.failures, [{ attempt: 1, kind: "timeout", reason: "it took longer than 5 ms" }])
    // What happened first is the cause.
    const lost = Result.getOrThrow(Study.recover(study({ trialTimeoutMillis: 11 }), 30)).trial(0)
    assert.strictEqual(lost?.failures[0]?.kind, "lease-expired")
  })

  it("InvalidValue, WrongValueCount", () => {
    assert.match(refusal(Study.tell(study(), 0, Number.NaN)), /^InvalidValue: the value of trial 0 is NaN/)
    // As a program without types tells it, which has read a text or forgotten what to return.
    const untyped = (json: string) => JSON.parse(json)[0] as number
    assert.match(
      refusal(Study.tell(study(), 0, untyped('["0.5"]'))),
      /^InvalidValue: the value of trial 0 is "0.5", not/
    )
    assert.match(refusal(Study.tell(study(), 0, untyped("[]"))), /^InvalidValue: the value of trial 0 is undefined/)
    assert.match(refusal(Study.tell(study(), 0, 1, { constraints: [Infinity] })), /^InvalidValue: the constraint of/)
    assert.match(refusal(Study.report(study(), 0, -1, 1)), /^InvalidValue: the step of trial 0 is -1/)
    assert.match(
      refusal(Study.tell(study(), 0, [1, 2])),
      /^WrongValueCount: trial 0 was told 2 values; the study has 1/
    )
    assert.match(refusal(Study.report(study(), 0, 1, [])), /^WrongValueCount: trial 0 was told 0 values/)
  })

  it("InvalidCommand", () => {
    const said = (command: Study.TrialCommand) => refusal(Study.decide(study(), command))
    assert.match(said({ _tag: "Tell", number: 0, value: 1, at: Infinity }), /^InvalidCommand: at/)
    assert.match(said({ _tag: "SetAttribute", key: "", value: 1 }), /^InvalidCommand: key/)
    assert.match(said({ _tag: "SetAttribute", key: "__proto__", value: 1 }), /^InvalidCommand: key/)
    assert.match(said({ _tag: "SetAttribute", key: "x".repeat(256), value: 1 }), /^InvalidCommand: key/)
    assert.match(said({ _tag: "SetAttribute", key: "a", value: Number.NaN }), /^InvalidCommand: value/)
    const artifact = { name: "a", uri: "b", mediaType: "c", bytes: -1 }
    assert.match(said({ _tag: "AddArtifact", number: 0, artifact }), /^InvalidCommand: artifact/)
    assert.match(said({ _tag: "Renew", number: 0, lease: { owner: "a", until: Number.NaN } }), /^InvalidCommand: lease/)
    // @ts-expect-error -- what a program without types may say
    assert.match(said({ _tag: "Fail", number: 0, reason: "", kind: "weather" }), /^InvalidCommand: kind/)
  })

  it("TooManyEntries, of reports, attributes and artifacts; the last word on a step or key is always taken", () => {
    const { cases } = StudyEvent
    const filled = (count: number, event: (i: number) => StudyEvent) =>
      Study.applyUnsafe(
        study(),
        Array.from({ length: count }, (_, i) => event(i))
      )
    const reported = filled(REPORTS_MAX, (step) => cases.Reported.make({ number: 0, step, values: [1] }))
    assert.strictEqual(
      refusal(Study.report(reported, 0, REPORTS_MAX, 1)),
      "TooManyEntries: trial 0 has its 10000 reports already"
    )
    assert(Result.isSuccess(Study.report(reported, 0, 7, 2)))
    const set = (number?: number) => (i: number) =>
      cases.AttributeSet.make({ key: `${i}`, value: i, ...(number === undefined ? {} : { number }) })
    for (const number of [undefined, 0]) {
      const full = filled(ATTRIBUTES_MAX, set(number))
      const more = (key: string) => Study.decide(full, { _tag: "SetAttribute", key, value: 0, number })
      assert.match(refusal(more("more")), /^TooManyEntries: (the study|trial 0) has its 1000 attributes already/)
      assert(Result.isSuccess(more("5")))
    }
    const artifact = { name: "a", uri: "b", mediaType: "c", bytes: 1 }
    const laden = filled(ARTIFACTS_MAX, () => cases.ArtifactAdded.make({ number: 0, artifact }))
    assert.match(
      refusal(Study.decide(laden, { _tag: "AddArtifact", number: 0, artifact })),
      /its 1000 artifacts already/
    )
  })
})

describe("a definition", () => {
  it("InvalidSetting, for each setting", () => {
    const setting = (settings: Settings) => {
      const made = Study.make<SearchSpace.Declaration>({ space, sampler: Random.make(), ...settings })
      assert(Result.isFailure(made))
      assert.match(made.failure.message, new RegExp(`^${made.failure.setting}: `))
      return made.failure.setting
    }
    for (const seed of [0.5, Number.NaN, 2 ** 53]) assert.strictEqual(setting({ seed }), "seed")
    for (const trialsMax of [0, -1, 1.5, 2 ** 33]) assert.strictEqual(setting({ trialsMax }), "trialsMax")
    for (const attemptsMax of [0, 101, 1.5]) assert.strictEqual(setting({ attemptsMax }), "attemptsMax")
    for (const lossesMax of [-1, 101, 0.5]) assert.strictEqual(setting({ lossesMax }), "lossesMax")
    for (const trialTimeoutMillis of [0, 1.5, Infinity]) {
      assert.strictEqual(setting({ trialTimeoutMillis }), "trialTimeoutMillis")
    }
    for (const stop of [{ target: Number.NaN }, { patience: 0 }, { timeoutMillis: 0.5 }]) {
      assert.strictEqual(setting({ stop }), "stop")
    }
    assert.strictEqual(setting({ directions: [] }), "directions")
    assert.strictEqual(setting({ directions: Array.from({ length: 11 }, () => "minimize" as const) }), "directions")
    assert.strictEqual(setting({ directions: ["minimize"], direction: "minimize" }), "directions")
    // As out of a configuration, where nobody checks types.
    assert.strictEqual(setting({ direction: JSON.parse('"min"') as "minimize" }), "directions")
    assert.strictEqual(setting({ directions: Array<"minimize">(2).fill("minimize", 0, 1) }), "directions")
    const two = ["minimize", "minimize"] as const
    assert.strictEqual(setting({ directions: two, stop: { patience: 1 } }), "stop")
    const gp = Result.getOrThrow(Samplers.decode({ name: "cmaes", options: {} }))
    assert.strictEqual(setting({ directions: two, sampler: { ...gp, objectives: "one" } }), "sampler")
    const pruner = { name: "mine", options: {}, objectives: "one", shouldPrune: () => false } as const
    assert.strictEqual(setting({ directions: two, pruner }), "pruner")
  })
})

describe("the front", () => {
  it("has its hypervolume beyond a reference point; a point that does not fit is refused", () => {
    const settings = { directions: ["minimize", "maximize"], sampler: Result.getOrThrow(Sobol.make()) } as const
    let state = study(settings, 4)
    for (const [number, values] of [
      [1, 1],
      [2, 3],
      [3, 2],
      [0.5, -9]
    ].entries()) {
      state = Result.getOrThrow(Study.tell(state, number, values, { constraints: [number === 3 ? 1 : 0] }))
    }
    assert.deepStrictEqual(
      Study.front(state).map(({ number }) => number),
      [0, 1]
    )
    // (4 − 1)(1 − 0) + (4 − 2)(3 − 1)
    assert.strictEqual(Result.getOrThrow(Study.hypervolume(state, [4, 0])), 7)
    assert.strictEqual(Result.getOrThrow(Study.hypervolume(state, [0, 0])), 0)
    for (const reference of [[1], [1, Number.NaN]]) {
      assert.match(refusal(Study.hypervolume(state, reference)), /^InvalidCommand: reference: needs 2 finite numbers/)
    }
  })
})

describe("a study from elsewhere", () => {
  it.effect("is stored and goes on; a name that is taken, and events that make no study, are refused", () =>
    Effect.gen(function* () {
      const studies = yield* Studies.Studies
      let state = study({}, 0)
      for (let number = 0; number < 700; number++) {
        const [next] = Result.getOrThrow(Study.ask(state))
        state = Result.getOrThrow(Study.tell(next, number, number))
      }
      const { events } = Result.getOrThrow(StudyJson.decode(StudyJson.encode(state)))
      yield* studies.add("copy", events)
      assert.deepStrictEqual((yield* studies.get("copy")).trials, state.trials)
      const opened = yield* studies.open("copy", state.definition)
      assert.strictEqual((yield* opened.ask()).number, 700)
      const tag = (name: string, list: ReadonlyArray<StudyEvent>) =>
        Effect.map(Effect.flip(studies.add(name, list)), ({ _tag }) => _tag)
      assert.strictEqual(yield* tag("copy", events), "StudyExists")
      assert.strictEqual(yield* tag("", events), "InvalidStudyName")
      assert.strictEqual(yield* tag("other", events.slice(1)), "CorruptStudy")
      assert.deepStrictEqual(yield* studies.list, ["copy"])
    }).pipe(Effect.provide(Studies.layerMemory))
  )
})

describe("many lost trials", () => {
  it.effect("are found however many there are, in appends that the store takes", () =>
    Effect.gen(function* () {
      const lost = RECOVERED_MAX * 2 + 5
      const store = yield* EventStore.EventStore
      const { definition } = study({ lossesMax: 0, trialsMax: lost })
      const lease = { owner: "dead", until: -1 }
      const events = [
        Study.created(definition, 0),
        ...Array.from({ length: lost }, (_, number) =>
          StudyEvent.cases.Asked.make({ number, params: { x: 0.5 }, sampler: "random", lease, at: -2 })
        )
      ]
      for (let from = 0; from < events.length; from += 500) {
        const batch = events.slice(from, from + 500).map((event) => ({ type: event._tag, data: event }))
        yield* store.append("study/lost", from === 0 ? "none" : from, batch)
      }
      const opened = yield* Studies.Studies.use((studies) => studies.open("lost", definition))
      assert.strictEqual((yield* Effect.flip(opened.ask()))._tag, "TrialLimitReached")
      assert.strictEqual((yield* opened.state).counts.failed, lost)
    }).pipe(Effect.provide(Layer.provideMerge(Studies.layer, EventStore.layerMemory)))
  )

  it("do not slow the asking for waiting ones down: 5,000 are queued and taken", () => {
    const { definition } = study({ lossesMax: 0 })
    let state = Study.start(definition)
    const queued = Array.from({ length: 5_000 }, (_, number) =>
      StudyEvent.cases.Enqueued.make({ number, params: { x: 0.5 } })
    )
    state = Result.getOrThrow(Study.resume(definition, [Study.created(definition), ...queued]))
    for (let number = 0; number < 5_000; number += 1) {
      const [next, trial] = Result.getOrThrow(Study.ask(state))
      assert.strictEqual(trial.number, number)
      state = number % 2 === 0 ? Result.getOrThrow(Study.tell(next, number, 1)) : next
    }
    assert.deepStrictEqual([state.counts.running, state.counts.complete, state.counts.waiting], [2_500, 2_500, 0])
  })
})
