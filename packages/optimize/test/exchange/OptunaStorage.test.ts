/** Held against a storage that Optuna 3.1 has written, and what it reads back of it (`makeStorage.py`). */
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Result, Schema } from "effect"
import * as OptunaStorage from "../../src/exchange/OptunaStorage.ts"
import * as StudyJson from "../../src/exchange/StudyJson.ts"
import * as OptunaSpace from "../../src/internal/optunaSpace.ts"
import * as Random from "../../src/sampler/Random.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import * as SpaceJson from "../../src/space/SpaceJson.ts"
import * as Study from "../../src/study/Study.ts"

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const path = here("optuna.db")

interface Shown {
  readonly number: number
  readonly state: string
  readonly params: Readonly<Record<string, SearchSpace.Value>>
  readonly values: ReadonlyArray<number> | null
  readonly attributes: Readonly<Record<string, Schema.Json>>
  readonly reports: Readonly<Record<string, number>>
  readonly constraints: ReadonlyArray<number> | null
}
const shown = JSON.parse(readFileSync(here("optuna.db.json"), "utf8")) as Readonly<Record<string, ReadonlyArray<Shown>>>

const read = (name: string) => OptunaStorage.read(path, name)
const studyOf = (study: OptunaStorage.OptunaStudy) =>
  Result.getOrThrow(OptunaStorage.toStudy(study, { sampler: Random.make() })).state

const states = new Map([
  ["COMPLETE", "complete"],
  ["PRUNED", "pruned"],
  ["FAIL", "failed"]
])

/** What a trial of ours shows, in the words of the reference. */
const shows = (trial: Study.Trial, { number, state }: Shown): Shown => ({
  number,
  state: trial.state === states.get(state) ? state : trial.state,
  params: trial.params as Shown["params"],
  // To Optuna, the value of a pruned trial is what it reported last.
  values: trial.state === "complete" ? trial.values : trial.state === "pruned" ? trial.reports.at(-1)!.values : null,
  attributes: Object.fromEntries(trial.attributes),
  reports: Object.fromEntries(trial.reports.map(({ step, values }) => [String(step), values[0]!])),
  constraints: trial.state === "complete" && trial.constraints.length > 0 ? trial.constraints : null
})

/** Uses a copy of the storage that was changed. */
const changed = <A, E>(sql: string, use: (path: string) => Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.acquireUseRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "optuna-"))),
    (folder) => {
      const copy = join(folder, "copy.db")
      copyFileSync(path, copy)
      const database = new DatabaseSync(copy)
      database.exec(sql)
      database.close()
      return use(copy)
    },
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )

const refused = (sql: string, name = "one") => changed(sql, (copy) => Effect.flip(OptunaStorage.read(copy, name)))

describe("OptunaStorage", () => {
  it.effect("lists the studies", () =>
    Effect.map(OptunaStorage.list(path), (names) => assert.deepStrictEqual(names, ["one", "many", "odd"]))
  )

  it.effect("reads a conditional study with pruned and failed trials, and finds its space", () =>
    Effect.gen(function* () {
      const study = yield* read("one")
      assert.deepStrictEqual(study.notes, [])
      assert.deepStrictEqual(SpaceJson.encode(study.space).variables, [
        { name: "rate", type: "float", low: 0.0001, high: 1, log: true },
        { name: "layers", type: "int", low: 1, high: 3 },
        { name: "optimizer", type: "categorical", choices: ["sgd", "adam"] },
        { name: "dropout", type: "float", low: 0, high: 0.5, step: 0.1 },
        { name: "units", type: "int", low: 8, high: 256, log: true },
        { name: "flag", type: "boolean" },
        { name: "second", type: "int", low: 1, high: 9, step: 2, when: "layers >= 2" },
        { name: "momentum", type: "float", low: 0, high: 0.99, when: 'optimizer = "sgd"' }
      ])
      const expected = shown["one"]!
      const { attributes, best, trials } = studyOf(study)
      assert.deepStrictEqual(
        trials.map((trial, i) => shows(trial, expected[i]!)),
        expected
      )
      assert.deepStrictEqual(new Set(expected.map(({ state }) => state)), new Set(["COMPLETE", "PRUNED", "FAIL"]))
      assert.deepStrictEqual([...attributes], [["team", ["a", "b"]]])
      const lowest = expected
        .filter(({ state }) => state === "COMPLETE")
        .reduce((a, b) => (b.values![0]! < a.values![0]! ? b : a))
      assert.strictEqual(Option.getOrThrow(best).number, lowest.number)
      assert.isAbove(trials[0]!.startedAt ?? 0, Date.UTC(2020, 0))
    })
  )

  it.effect("reads several objectives and constraints, and goes on with the study", () =>
    Effect.gen(function* () {
      const study = yield* read("many")
      assert.deepStrictEqual(study.directions, ["minimize", "maximize"])
      const state = studyOf(study)
      const expected = shown["many"]!
      assert.deepStrictEqual(
        state.trials.map((trial, i) => shows(trial, expected[i]!)),
        expected
      )
      const [next, trial] = Result.getOrThrow(Study.ask(state))
      assert.strictEqual(trial.number, expected.length)
      const json = StudyJson.encode(next)
      assert.deepStrictEqual(
        Result.getOrThrow(StudyJson.decode(JSON.parse(JSON.stringify(json)))).state.trials,
        next.trials
      )
    })
  )

  it.effect("says what it cannot take over as it is", () =>
    Effect.gen(function* () {
      const study = yield* read("odd")
      const state = studyOf(study)
      assert.deepStrictEqual(
        state.trials.map((trial) => [trial.state, trial.params["x"]]),
        [
          ["failed", 0.5],
          ["complete", 0.25],
          ["pruned", 0.75],
          ["waiting", 0.125],
          ["waiting", 1]
        ]
      )
      assert.deepStrictEqual(study.notes, [
        "trial 0: it is complete with (INF_POS), and has failed here",
        "trial 2: the report NAN of step 1 is left out",
        "trial 5 (FAIL) is left out: x: is missing"
      ])
      const [, trial] = Result.getOrThrow(Study.ask(state))
      assert.strictEqual(trial.number, 3)
    })
  )

  it.effect("takes a space that is given instead", () =>
    Effect.gen(function* () {
      const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(-10, 10), y: SearchSpace.float(-1, 9) })
      const study = yield* OptunaStorage.read(path, "many", { space })
      assert.strictEqual(study.space, space)
      // y below -1 is outside of the space that was given.
      const outside = shown["many"]!.filter(({ params }) => Number(params["y"]) < -1).length
      assert.isAbove(outside, 0)
      assert.strictEqual(study.notes.length, outside)
      assert.strictEqual(study.trials.length, shown["many"]!.length - outside)
    })
  )

  it.effect("refuses what is no storage, or one of another version", () =>
    Effect.gen(function* () {
      const none = yield* Effect.flip(OptunaStorage.list(here("nowhere.db")))
      assert.strictEqual(none._tag, "UnreadableStorage")
      const text = yield* Effect.flip(OptunaStorage.list(here("OptunaStorage.test.ts")))
      assert.strictEqual(text._tag, "UnreadableStorage")
      const other = yield* refused("drop table trial_params")
      assert.strictEqual(other._tag, "UnsupportedStorage")
      assert.match(other.message, /without a table "trial_params"/)
      assert.strictEqual((yield* refused("update alembic_version set version_num = 'v9'"))._tag, "UnsupportedStorage")
      assert.strictEqual((yield* refused("update version_info set schema_version = 13"))._tag, "UnsupportedStorage")
      const missing = yield* Effect.flip(read("two"))
      assert.strictEqual(missing._tag, "OptunaStudyNotFound")
      assert.strictEqual(missing.message, `there is no study "two"; there are "one", "many", "odd"`)
    })
  )

  it.effect("refuses rows that Optuna would not write, with table, row and column", () =>
    Effect.gen(function* () {
      const place = (error: OptunaStorage.Refusal) => {
        assert(error._tag === "InvalidStorage", error._tag)
        assert.isAbove(error.message.length, error.problem.length)
        return [error.table, error.row, error.column]
      }
      const set = (table: string, change: string) => `update ${table} set ${change} where rowid = 3`
      assert.deepStrictEqual(
        place(yield* refused("pragma ignore_check_constraints = on; update trials set state = 'LOST' where rowid = 3")),
        ["trials", 3, "state"]
      )
      assert.deepStrictEqual(place(yield* refused(set("trial_params", "param_value = 'much'"))), [
        "trial_params",
        3,
        "param_value"
      ])
      assert.deepStrictEqual(place(yield* refused(set("trial_params", "param_value = 7"))), [
        "trial_params",
        1,
        "param_value"
      ])
      assert.deepStrictEqual(place(yield* refused(set("trial_params", "distribution_json = '{'"))), [
        "trial_params",
        3,
        "distribution_json"
      ])
      const unknown = `distribution_json = '{"name":"BetaDistribution","attributes":{"low":0,"high":1}}'`
      assert.deepStrictEqual(place(yield* refused(set("trial_params", unknown))), [
        "trial_params",
        1,
        "distribution_json"
      ])
      const sideways = "pragma ignore_check_constraints = on; update study_directions set direction = 'SIDEWAYS'"
      assert.deepStrictEqual(place(yield* refused(sideways)), ["study_directions", 1, "direction"])
    })
  )

  it.effect("refuses a study without a space that holds all its trials", () =>
    Effect.gen(function* () {
      const error = yield* refused("delete from trial_params where param_name = 'rate' and trial_id = 3")
      assert(error._tag === "UnmappableSpace")
      assert.match(error.message, /^rate: is given in some of the finished trials only/)
      const choices = `update trial_params set distribution_json = replace(distribution_json, 'adam', 'adamw') where trial_id = 3`
      assert.match((yield* refused(choices)).message, /^optimizer: its choices change/)
      const scale = `update trial_params set distribution_json = replace(distribution_json, '"log": true', '"log": false') where trial_id = 3`
      assert.match((yield* refused(scale)).message, /^rate: its type, scale or step changes/)
      const steps = `update trial_params set distribution_json = replace(distribution_json, '"low": 1, "high": 9', '"low": 2, "high": 8') where trial_id = 2 and param_name = 'second'`
      assert.match((yield* refused(steps)).message, /^second: its steps are counted from different bounds/)
      const same = `update trial_params set distribution_json = replace(distribution_json, '[true, false]', '["a", "a"]')`
      assert.strictEqual((yield* refused(same))._tag, "InvalidDomain")
    })
  )

  it.effect("says once that None is a text here, of the studies that have it", () =>
    Effect.gen(function* () {
      const sql = `update trial_params set distribution_json = replace(distribution_json, '"adam"', 'null')`
      const study = yield* changed(sql, (copy) => OptunaStorage.read(copy, "one"))
      assert.deepStrictEqual(study.notes, [`optimizer: its choice None is kept as the text "None"`])
      const optimizers = new Set(study.trials.map(({ params }) => params["optimizer"]))
      assert.deepStrictEqual(optimizers, new Set(["sgd", "None"]))
      assert.deepStrictEqual((yield* changed(sql, (copy) => OptunaStorage.read(copy, "many"))).notes, [])
    })
  )

  it.effect("knows None in a trial that is queued, too", () =>
    Effect.gen(function* () {
      const trial = "(select min(trial_id) from trial_params where param_name = 'optimizer' and param_value = 1)"
      const sql = `
        insert into trial_system_attributes (trial_id, key, value_json) values (${trial}, 'fixed_params', '{"optimizer": null}');
        update trials set state = 'WAITING' where trial_id = ${trial};
        delete from trial_params where param_name = 'optimizer' and trial_id = ${trial};
        update trial_params set distribution_json = replace(distribution_json, '"adam"', 'null')`
      const study = yield* changed(sql, (copy) => OptunaStorage.read(copy, "one"))
      const queued = study.trials.filter(({ state }) => state === "waiting")
      assert.deepStrictEqual(
        queued.map(({ params }) => params["optimizer"]),
        ["None"]
      )
      assert.lengthOf(study.notes, 1)
    })
  )

  it.effect("keeps an attribute that is null", () =>
    Effect.gen(function* () {
      const sql = "update study_user_attributes set value_json = 'null'"
      const study = yield* changed(sql, (copy) => OptunaStorage.read(copy, "one"))
      assert.deepStrictEqual([study.attributes, study.notes], [{ team: null }, []])
    })
  )

  it.effect("keeps what Python calls JSON, but is none, as a text", () =>
    Effect.gen(function* () {
      const sql = "update trial_user_attributes set value_json = 'NaN' where rowid = 1"
      const study = yield* changed(sql, (copy) => OptunaStorage.read(copy, "one"))
      assert.deepStrictEqual(study.notes, [`trial 0: the attribute "note" is not JSON and kept as a text`])
      assert.deepStrictEqual(study.trials[0]!.attributes, { note: "NaN" })
    })
  )
})

describe("distributions by their older names", () => {
  const decode = (name: string, attributes: Schema.Json) => {
    const json = Schema.decodeResult(OptunaSpace.DistributionJson)(JSON.stringify({ name, attributes }))
    return OptunaSpace.distributionOf(Result.getOrThrow(json))
  }
  it("are what they have become since", () => {
    const bounds = { low: 1, high: 9 }
    const float = { type: "float", ...bounds, log: false, step: undefined } as const
    const int = { type: "int", ...bounds, log: false, step: 1 } as const
    const of = (name: string, more = {}) => Result.getOrThrow(decode(name, { ...bounds, ...more }))
    assert.deepStrictEqual(of("UniformDistribution"), float)
    assert.deepStrictEqual(of("LogUniformDistribution"), { ...float, log: true })
    assert.deepStrictEqual(of("DiscreteUniformDistribution", { q: 2 }), { ...float, step: 2 })
    assert.deepStrictEqual(of("IntUniformDistribution", { step: 2 }), { ...int, step: 2 })
    assert.deepStrictEqual(of("IntLogUniformDistribution", { step: 1 }), { ...int, log: true })
    const choices = Result.getOrThrow(decode("CategoricalDistribution", { choices: [null, 1, "a", true] }))
    assert.deepStrictEqual(choices, { type: "categorical", choices: ["None", 1, "a", true] })
    for (const [name, attributes] of [
      ["CategoricalDistribution", bounds],
      ["FloatDistribution", { low: 1 }],
      ["NormalDistribution", bounds]
    ] as const) {
      assert(Result.isFailure(decode(name, attributes)))
    }
  })
})
