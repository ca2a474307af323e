import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Result, Schema } from "effect"
import * as StudyCsv from "../../src/exchange/StudyCsv.ts"
import * as StudyJson from "../../src/exchange/StudyJson.ts"
import * as Random from "../../src/sampler/Random.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import * as Study from "../../src/study/Study.ts"
import { cases } from "../spaces.ts"
import type { Case } from "../spaces.ts"
import * as Story from "../study/story.ts"

const runs = campaign(300, 5_000)

const storyOf = ({ seed, space }: Case) => Story.tell(Story.begin(space, seed), seed, 60).state

const same = (one: Study.State, other: Study.State) => {
  assert.deepStrictEqual(other.trials, one.trials)
  assert.deepStrictEqual(other.best, one.best)
  assert.deepStrictEqual(other.counts, one.counts)
}

const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) })
const study = () => {
  let state = Result.getOrThrow(Study.make({ space, sampler: Random.make() }))
  for (let i = 0; i < 3; i++) [state] = Result.getOrThrow(Study.ask(state))
  state = Result.getOrThrow(Study.tell(state, 0, 1))
  return Result.getOrThrow(Study.fail(state, 1, "lost"))
}

describe("StudyJson", () => {
  law("a study that went through JSON has the same trials, attributes and best", runs, cases, (given) => {
    const state = storyOf(given)
    const made = Result.getOrThrow(StudyJson.parseText(JSON.stringify(StudyJson.encode(state))))
    same(state, made.state)
    assert.deepStrictEqual(made.state.attributes, state.attributes)
    assert.deepStrictEqual([made.state.isPaused, made.state.createdAt], [state.isPaused, state.createdAt])
    // What would be stored makes the same study.
    same(state, Result.getOrThrow(Study.replay(made.events)))
    assert.strictEqual(JSON.stringify(StudyJson.encode(made.state)), JSON.stringify(StudyJson.encode(state)))
    return true
  })

  law("any JSON is a study or one error with a message", runs * 10, Arbitrary.schema(Schema.Json), (json) => {
    const decoded = StudyJson.decode(json)
    return Result.isSuccess(decoded) || decoded.failure.message.length > 0
  })

  const refusal = (change: (document: Record<string, unknown>, trials: Array<Record<string, unknown>>) => unknown) => {
    const document = JSON.parse(JSON.stringify(StudyJson.encode(study()))) as Record<string, unknown>
    const changed = change(document, document["trials"] as Array<Record<string, unknown>>)
    const decoded = StudyJson.decode(changed === undefined ? document : changed)
    assert(Result.isFailure(decoded), "it should have been refused")
    return `${decoded.failure._tag} ${decoded.failure.message}`
  }

  it("says what is wrong with a document, and where", () => {
    const text = StudyJson.parseText("{")
    assert(Result.isFailure(text))
    assert.match(text.failure.message, /^is not JSON: /)
    assert.match(
      refusal(() => null),
      /^InvalidRecord /
    )
    assert.match(
      refusal((document) => void (document["format"] = "other")),
      /^InvalidRecord format: /
    )
    assert.match(
      refusal((document) => void (document["version"] = 2)),
      /^InvalidRecord version: /
    )
    assert.match(
      refusal((document) => void (document["more"] = 1)),
      /^InvalidRecord more: /
    )
    const settings = (document: Record<string, unknown>) => document["settings"] as Record<string, unknown>
    assert.match(
      refusal((document) => void (settings(document)["sampler"] = { name: "oracle", options: {} })),
      /^UnknownSampler /
    )
    assert.match(
      refusal((document) => void (settings(document)["pruner"] = { name: "oracle", options: {} })),
      /^UnknownPruner /
    )
    assert.match(
      refusal((document) => void (settings(document)["pruner"] = { name: "none", options: { a: 1 } })),
      /^InvalidOptions /
    )
    assert.match(
      refusal((document) => void (settings(document)["trialsMax"] = 0)),
      /^InvalidSetting /
    )
    assert.match(
      refusal((document) => void (settings(document)["space"] = { variables: [] })),
      /^MalformedSpace /
    )
  })

  it("says what is wrong with a trial, and where", () => {
    const trial = (index: number, change: (trial: Record<string, unknown>) => void) =>
      refusal((_, trials) => change(trials[index]!))
    const is = (said: string, expected: string) => assert.strictEqual(said, `InvalidRecord ${expected}`)
    is(
      trial(1, (it) => void (it["number"] = 7)),
      "trials[1].number: is 7, but trials are numbered from 0 without gaps"
    )
    is(
      trial(0, (it) => void delete it["values"]),
      "trials[0].state: a complete trial has values"
    )
    is(
      trial(1, (it) => void delete it["failures"]),
      "trials[1].state: a failed trial has a failure"
    )
    is(
      trial(0, (it) => void (it["values"] = [1, 2])),
      "trials[0]: it needs 1 values"
    )
    is(
      trial(0, (it) => void (it["params"] = { x: 3 })),
      "trials[0]: x: 3 is not a number from 0 to 1"
    )
    is(
      trial(0, (it) => void (it["attempt"] = 0)),
      "trials[0]: trial 0 is waiting, not running"
    )
    is(
      trial(2, (it) => void (it["values"] = [1])),
      "trials[2].values: contradicts the rest of the trial"
    )
    const lease = { owner: "a", until: 1 }
    is(
      trial(0, (it) => void (it["lease"] = lease)),
      "trials[0].lease: contradicts the rest of the trial"
    )
    const report = (step: number) => ({ step, values: [1] })
    is(
      trial(2, (it) => void (it["reports"] = [report(2), report(1)])),
      "trials[2].reports: contradicts the rest of the trial"
    )
    assert.match(
      trial(0, (it) => void (it["attempt"] = 1e9)),
      /^InvalidRecord trials\[0\]\.attempt: /
    )
    assert.match(
      trial(0, (it) => void (it["colour"] = 1)),
      /^InvalidRecord trials\[0\]\.colour: /
    )
    assert.match(
      trial(0, (it) => void (it["state"] = "lost")),
      /^InvalidRecord trials\[0\]\.state: /
    )
  })
})

describe("a study of an open space", () => {
  const sampler = Random.make()
  const begun = () => Result.getOrThrow(Study.make({ space: SearchSpace.open, sampler, seed: 3, attemptsMax: 2 }))

  /** Each trial asks for other variables than the one before; some fail half-way and are tried again. */
  const ran = () => {
    let state: Study.State = begun()
    const value = (number: number, name: string) => {
      const [next, drawn] = Result.getOrThrow(Study.suggestValue(state, number, name, SearchSpace.float(0, 1)))
      state = next
      return drawn
    }
    for (let i = 0; i < 12; i++) {
      const [next, { attempt, number }] = Result.getOrThrow(Study.ask(state))
      state = next
      const x = value(number, "x")
      if (i % 4 === 1) value(number, `only in ${number}`)
      if (i % 3 === 2 && attempt === 1) state = Result.getOrThrow(Study.fail(state, number, "half-way"))
      else if (i % 5 !== 4) state = Result.getOrThrow(Study.tell(state, number, x + value(number, "y")))
    }
    return state
  }

  it("goes through JSON and CSV with what each trial asked for and was suggested", () => {
    const state = ran()
    const states = new Set(state.trials.map((trial) => trial.state))
    assert.deepStrictEqual(states, new Set(["complete", "running", "waiting"]))
    const made = Result.getOrThrow(StudyJson.parseText(JSON.stringify(StudyJson.encode(state))))
    same(state, made.state)
    assert.deepStrictEqual(
      Result.getOrThrow(Study.ask(made.state))[1].suggestion,
      Result.getOrThrow(Study.ask(state))[1].suggestion
    )
    same(state, Result.getOrThrow(Study.replay(made.events)))
    same(state, Result.getOrThrow(StudyCsv.decode(state.definition, StudyCsv.encode(state))).state)
  })
})

describe("StudyCsv", () => {
  const texts = Arbitrary.map(
    Arbitrary.schema(
      Schema.Array(
        Schema.Literals([
          "number",
          "value",
          "param_x",
          "state",
          "reports",
          ",",
          ",",
          "\n",
          "\n",
          `"`,
          "0.5",
          "1",
          "complete",
          "[]",
          "{",
          "x",
          ""
        ])
      )
    ),
    (parts) => parts.join("")
  )
  law("P16: any text is a study or one error with row and message", runs * 10, texts, (text) => {
    const decoded = StudyCsv.decode(study().definition, text)
    return Result.isSuccess(decoded) || (decoded.failure.row >= 1 && decoded.failure.message.length > 0)
  })

  law("a study that went through CSV has the same trials and best", runs, cases, (given) => {
    const state = storyOf(given)
    const text = StudyCsv.encode(state)
    same(state, Result.getOrThrow(StudyCsv.decode(state.definition, text)).state)
    return true
  })
})
