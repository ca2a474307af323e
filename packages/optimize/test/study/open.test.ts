/** Studies of an open space: trials declare their variables while they run. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import * as StudyJson from "../../src/exchange/StudyJson.ts"
import type { Sampler } from "../../src/sampler/Sampler.ts"
import * as Samplers from "../../src/sampler/Samplers.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import { float, int, categorical, prior } from "../../src/space/SearchSpace.ts"
import * as Studies from "../../src/study/Studies.ts"
import * as Study from "../../src/study/Study.ts"
import type { StudyEvent } from "../../src/study/StudyEvent.ts"

const sampler = (name: string): Sampler => Result.getOrThrow(Samplers.decode({ name, options: {} }))
const definition = (name: string, seed = 3) =>
  Result.getOrThrow(Study.define({ space: SearchSpace.open, sampler: sampler(name), seed, attemptsMax: 2 }))

/** Asks for one variable after the other, collecting the events that this causes. */
class Session {
  state: Study.State
  readonly events: Array<StudyEvent>
  number = -1
  constructor(definition: Study.Definition) {
    this.state = Study.start(definition)
    this.events = [Study.created(definition)]
  }
  apply(events: ReadonlyArray<StudyEvent>) {
    this.events.push(...events)
    this.state = Study.applyUnsafe(this.state, events)
  }
  ask() {
    const events = Result.getOrThrow(Study.decideAsk(this.state))
    this.number = Study.givenBy(events)
    this.apply(events)
  }
  value<A extends SearchSpace.Value>(name: string, variable: SearchSpace.Variable<A>): A {
    const command = { _tag: "Suggest", number: this.number, name, variable } as const
    this.apply(Result.getOrThrow(Study.decideSuggest(this.state, command)))
    return Study.valueOf(this.state, this.number, name, variable)
  }
  tell(value: number) {
    this.apply([Result.getOrThrow(Study.decideTrial(this.state, { _tag: "Tell", number: this.number, value }))])
  }
}

/** A program that decides while it runs what it needs: the best branch is the second. */
const objective = (session: Session): number => {
  const kind = session.value("kind", categorical(["flat", "bowl"]))
  if (kind === "flat") return 5 + session.value("offset", float(0, 1))
  const layers = session.value("layers", int(1, 3))
  let sum = 0
  for (let layer = 0; layer < layers; layer++) sum += (session.value(`width.${layer}`, float(-1, 1)) - 0.3) ** 2
  return sum + layers
}

const run = (name: string, trials: number, seed?: number): Session => {
  const session = new Session(definition(name, seed))
  for (let trial = 0; trial < trials; trial++) {
    session.ask()
    session.tell(objective(session))
  }
  return session
}

describe("a study of an open space", () => {
  for (const name of Samplers.makers.keys()) {
    if (name === "grid") continue
    it(`goes on with ${name} when it is resumed after any event, and depends on its seed alone`, () => {
      const whole = run(name, 12)
      assert.deepStrictEqual(run(name, 12).state.trials, whole.state.trials)
      const names = whole.state.definition.space.variables.map((variable) => variable.name)
      assert.includeMembers(names, ["kind", "layers"])
      for (let cut = 1; cut <= whole.events.length; cut += 5) {
        const resumed = Result.getOrThrow(Study.resume(definition(name), whole.events.slice(0, cut)))
        const { state } = whole.events
          .slice(cut)
          .reduce<{ readonly state: Study.State }>((now, event) => ({ state: Study.applyUnsafe(now.state, [event]) }), {
            state: resumed
          })
        assert.deepStrictEqual(state.trials, whole.state.trials)
      }
      const next = Result.getOrThrow(Study.suggest(whole.state))
      const again = Result.getOrThrow(Study.replay(whole.events))
      assert.deepStrictEqual(Result.getOrThrow(Study.suggest(again)), next)
    })
  }

  it("has in a trial what it has asked for, and nothing else", () => {
    const { state } = run("tpe", 40)
    for (const trial of state.trials) {
      const names = Object.keys(trial.params)
      if (trial.params["kind"] === "flat") assert.sameMembers(names, ["kind", "offset"])
      else assert.strictEqual(names.length, 2 + Number(trial.params["layers"]))
    }
  })

  it("learns: TPE ends on the better branch, with one layer near 0.3", () => {
    const { state } = run("tpe", 80)
    const best = state.trials.reduce(
      (least, trial) => Math.min(least, trial.state === "complete" ? trial.values[0]! : 9),
      9
    )
    assert.isBelow(best, 1.01)
    const late = state.trials.slice(40).filter(({ params }) => params["kind"] === "bowl")
    assert.isAbove(late.length, 24)
  })

  it("gives the same value to the same question, and refuses a variable that has become another", () => {
    const session = new Session(definition("tpe"))
    session.ask()
    const first = session.value("x", float(0, 1))
    const { length } = session.events
    assert.strictEqual(session.value("x", float(0, 1)), first)
    assert.strictEqual(session.events.length, length)
    const changed = Study.suggestValue(session.state, 0, "x", float(0, 2))
    assert.isTrue(Result.isFailure(changed) && changed.failure._tag === "InvalidDomain")
    if (Result.isFailure(changed))
      assert.match(changed.failure.message, /x: was declared as a number from 0 to 1 before/)
    const warped = Study.suggestValue(session.state, 0, "x", prior({ likely: [0, 0.5] }, float(0, 1)))
    assert.isTrue(Result.isFailure(warped) && warped.failure._tag === "InvalidDomain")
  })

  it("draws variables that are new in one trial each by itself", () => {
    const session = new Session(definition("tpe"))
    session.ask()
    const values = ["x", "y", "x2", "constructor"].map((name) => session.value(name, float(0, 1)))
    assert.strictEqual(new Set(values).size, 4)
  })

  it("starts a retried trial anew, with the same values", () => {
    const session = new Session(definition("sobol"))
    session.ask()
    const first = session.value("x", float(0, 1))
    session.apply([Result.getOrThrow(Study.decideTrial(session.state, { _tag: "Fail", number: 0, reason: "lost" }))])
    session.ask()
    assert.deepStrictEqual(session.state.trial(0)?.params, {})
    assert.strictEqual(session.value("x", float(0, 1)), first)
  })

  it("refuses bad declarations, ended trials, and conditions", () => {
    const session = new Session(definition("random"))
    session.ask()
    const tag = (result: Result.Result<unknown, { readonly _tag: string }>) =>
      Result.isFailure(result) ? result.failure._tag : "accepted"
    assert.strictEqual(tag(Study.suggestValue(session.state, 0, "x", float(1, 0))), "InvalidDomain")
    assert.strictEqual(tag(Study.suggestValue(session.state, 0, "", float(0, 1))), "InvalidName")
    assert.strictEqual(tag(Study.suggestValue(session.state, 7, "x", float(0, 1))), "TrialNotFound")
    const conditional = SearchSpace.when("y = 1", float(0, 1))
    assert.strictEqual(tag(Study.suggestValue(session.state, 0, "x", conditional)), "MalformedSpace")
    session.tell(1)
    assert.strictEqual(tag(Study.suggestValue(session.state, 0, "x", float(0, 1))), "TrialAlreadyTold")
    const grid = Study.define({ space: SearchSpace.open, sampler: sampler("grid") })
    assert.strictEqual(tag(grid), "InvalidSetting")
    const constrained = SearchSpace.make({ x: float(0, 1) }, { open: true, constraints: ["x < 1"] })
    assert.strictEqual(tag(constrained), "MalformedSpace")
  })

  it("knows some variables beforehand if it is told, and may leave them out", () => {
    const space = SearchSpace.makeUnsafe({ x: float(0, 1) }, { open: true })
    let state = Result.getOrThrow(Study.make({ space, sampler: sampler("random") }))
    const enqueued = Result.getOrThrow(Study.decide(state, { _tag: "Enqueue", params: { x: 0.25 } }))
    state = Study.applyUnsafe(state, enqueued)
    ;[state] = Result.getOrThrow(Study.ask(state))
    const [next, x] = Result.getOrThrow(Study.suggestValue(state, 0, "x", float(0, 1)))
    assert.strictEqual(x, 0.25)
    const [last] = Result.getOrThrow(Study.suggestValue(next, 0, "y", int(1, 5)))
    assert.sameMembers(Object.keys(last.trial(0)?.params ?? {}), ["x", "y"])
  })

  it("reads what a declared space has: the same program runs on both", () => {
    const space = SearchSpace.makeUnsafe({
      kind: categorical(["a", "b"]),
      x: SearchSpace.when("kind = a", float(0, 1))
    })
    const state = Result.getOrThrow(Study.make({ space, sampler: sampler("random") }))
    const [asked] = Result.getOrThrow(Study.ask(state, { params: { kind: "b" } }))
    const [same, kind] = Result.getOrThrow(Study.suggestValue(asked, 0, "kind", categorical(["a", "b"])))
    assert.strictEqual(kind, "b")
    assert.strictEqual(same, asked)
    const inactive = Study.suggestValue(asked, 0, "x", float(0, 1))
    assert.isTrue(Result.isFailure(inactive) && inactive.failure._tag === "InvalidParams")
    const unknown = Study.suggestValue(asked, 0, "y", float(0, 1))
    assert.isTrue(Result.isFailure(unknown) && unknown.failure._tag === "InvalidParams")
    const other = Study.suggestValue(asked, 0, "kind", categorical(["a", "c"]))
    assert.isTrue(Result.isFailure(other) && other.failure._tag === "InvalidDomain")
  })

  it("takes the names that every object has for what they are: names of variables", () => {
    for (const name of ["constructor", "toString", "hasOwnProperty", "valueOf", "a.b", "größe", "and"]) {
      const session = new Session(definition("tpe"))
      for (let trial = 0; trial < 3; trial++) {
        session.ask()
        const x = session.value(name, float(1, 2))
        assert.isTrue(x >= 1 && x <= 2, `${name}: ${String(x)}`)
        assert.deepStrictEqual(Object.keys(session.state.trial(trial)?.params ?? {}), [name])
        session.tell(x)
      }
      const space = SearchSpace.makeUnsafe({
        kind: categorical(["a", "b"]),
        [name]: SearchSpace.when("kind = a", float(0, 1))
      })
      const state = Result.getOrThrow(Study.make({ space, sampler: sampler("random") }))
      const [asked] = Result.getOrThrow(Study.ask(state, { params: { kind: "b" } }))
      const inactive = Study.suggestValue(asked, 0, name, float(0, 1))
      assert.isTrue(Result.isFailure(inactive) && inactive.failure._tag === "InvalidParams", name)
    }
  })

  it.effect(
    "is declared by one worker first: another that means something else by a name is told, its trial goes on",
    () =>
      Effect.gen(function* () {
        const studies = yield* Studies.Studies
        const [one, two] = [
          yield* studies.open("shared", definition("tpe"), { owner: "one" }),
          yield* studies.open("shared", definition("tpe"), { owner: "two" })
        ]
        const [first, second] = [yield* one.ask(), yield* two.ask()]
        yield* one.suggest(first.number, "x", float(0, 1))
        const refused = yield* Effect.flip(two.suggest(second.number, "x", int(1, 9)))
        assert.strictEqual(refused._tag, "InvalidDomain")
        const same = yield* two.suggest(second.number, "x", float(0, 1))
        yield* two.tell(second.number, same)
        yield* one.tell(first.number, 1)
        // Neither speaks for a trial of the other.
        const third = yield* one.ask()
        assert.strictEqual((yield* Effect.flip(two.suggest(third.number, "y", float(0, 1))))._tag, "LeaseLost")
        assert.strictEqual((yield* studies.get("shared")).counts.complete, 2)
      }).pipe(Effect.provide(Studies.layerMemory))
  )

  it.effect("that was exported and imported is gone on with by the program that began it", () =>
    Effect.gen(function* () {
      const whole = run("tpe", 12)
      const { events } = Result.getOrThrow(StudyJson.parseText(JSON.stringify(StudyJson.encode(whole.state))))
      const studies = yield* Studies.Studies
      yield* studies.add("copy", events)
      const copy = yield* studies.open("copy", definition("tpe"))
      const { space } = (yield* copy.state).definition
      assert.deepStrictEqual(
        space.variables.map(({ name }) => name),
        whole.state.definition.space.variables.map(({ name }) => name)
      )
      const { number, params } = yield* copy.ask()
      assert.deepStrictEqual([number, params], [12, {}])
      const kind = space.variables.find(({ name }) => name === "kind")
      assert.isDefined(kind)
      const refused = yield* Effect.flip(copy.suggest(number, "kind", float(-7, 7)))
      assert.strictEqual(refused._tag, "InvalidDomain")
      // A program that declares something else beforehand has another study.
      const other = SearchSpace.makeUnsafe({ kind: float(-7, 7) }, { open: true })
      const mismatch = yield* Effect.flip(studies.open("copy", { ...definition("tpe"), space: other }))
      assert.deepInclude(mismatch, { _tag: "StudyMismatch", setting: "space" })
    }).pipe(Effect.provide(Studies.layerMemory))
  )

  it.effect("is kept: what a trial has asked for is stored", () =>
    Effect.gen(function* () {
      const studies = yield* Studies.Studies
      const study = yield* studies.open("open", definition("tpe"))
      for (let trial = 0; trial < 5; trial++) {
        const { number } = yield* study.ask()
        const x = yield* study.suggest(number, "x", float(-1, 1))
        const depth = x > 0 ? yield* study.suggest(number, "depth", int(1, 4)) : 0
        yield* study.tell(number, x ** 2 + depth)
      }
      const stored = yield* studies.get("open")
      assert.deepStrictEqual(stored.trials, (yield* study.state).trials)
      assert.isTrue(stored.definition.space.open)
      assert.deepStrictEqual(
        stored.trials.map(({ params }) => Number(params["x"]) > 0),
        stored.trials.map(({ params }) => params["depth"] !== undefined)
      )
    }).pipe(Effect.provide(Studies.layerMemory))
  )
})
