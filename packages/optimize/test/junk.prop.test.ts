import { describe } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Result, Schema } from "effect"
import * as Pruner from "../src/pruner/Pruner.ts"
import * as Pruners from "../src/pruner/Pruners.ts"
import * as Random from "../src/sampler/Random.ts"
import * as Samplers from "../src/sampler/Samplers.ts"
import * as SearchSpace from "../src/space/SearchSpace.ts"
import * as SpaceJson from "../src/space/SpaceJson.ts"
import * as Study from "../src/study/Study.ts"
import { StudyEvent } from "../src/study/StudyEvent.ts"
import { cases } from "./spaces.ts"

const runs = campaign(10_000, 500_000)

const Scalar = Schema.Union([
  Schema.Null,
  Schema.Boolean,
  Schema.Literals([0, -0, 1, -1, 0.5, 1e308, 5e-324, 2 ** 53, 2 ** 64, "", "x", "y", "__proto__", "x = 1", "x in (1"]),
  Schema.Finite,
  Schema.String
])

/** Values that are almost a variable: right keys with anything in them. */
const Almost = Schema.Struct({
  name: Schema.Literals(["x", "y", "z", "", "__proto__", "constructor"]),
  type: Schema.Literals(["float", "log-float", "int", "categorical", "ordinal", "boolean", "int", "float"]),
  low: Schema.optionalKey(Scalar),
  high: Schema.optionalKey(Scalar),
  log: Schema.optionalKey(Scalar),
  step: Schema.optionalKey(Scalar),
  choices: Schema.optionalKey(Schema.Array(Scalar)),
  when: Schema.optionalKey(Scalar)
})

/** As `Almost`, but of the right types, so that what is refused is refused for its meaning. */
const Likely = Schema.Struct({
  name: Schema.Literals(["x", "y", "z"]),
  type: Schema.Literals(["float", "log-float", "int"]),
  low: Schema.Literals([0, 1, -1, -0, 1e-300, 1e308, -1e308, 2 ** 40, 2 ** 52]),
  high: Schema.Literals([0, 1, 2, 1e-300, 1e308, 1.7e308, 2 ** 40, 2 ** 53 - 1]),
  log: Schema.optionalKey(Schema.Boolean),
  step: Schema.optionalKey(Schema.Literals([1, 3, 0.1, 1e-300, 1e300])),
  when: Schema.optionalKey(Schema.Literals(["x > 0", "x = 1 and y < 0.5", "y in (1, 2)"]))
})

const documents = Arbitrary.schema(
  Schema.Union([
    Schema.Struct({ variables: Schema.Array(Almost).check(Schema.isMaxLength(3)) }),
    Schema.Struct({ variables: Schema.Array(Likely).check(Schema.isMinLength(1), Schema.isMaxLength(3)) }),
    Schema.Json
  ])
)

const events = Arbitrary.schema(Schema.Array(StudyEvent).check(Schema.isMaxLength(5)))

describe("P16", () => {
  law("P16: any document is a usable space or one error with a message", runs, documents, (json) => {
    const decoded = SpaceJson.decode(json)
    if (Result.isFailure(decoded)) return decoded.failure.message.length > 0
    const space = decoded.success
    return [0, 1, 2].every((number) => {
      const params = SearchSpace.sample(space, { seed: 1, number })
      return SearchSpace.contains(space, params) && SearchSpace.encodeUnsafe(space, params).length > 0
    })
  })

  law(
    "P16: any value is parameters or one error with a message",
    runs,
    Arbitrary.all([cases, documents]),
    ([{ space }, json]) => {
      const validated = SearchSpace.validate(space, json)
      return Result.isSuccess(validated) || validated.failure.message.length > 0
    }
  )

  law(
    "P16: any events are a study or one error with a message",
    runs,
    Arbitrary.all([cases, events]),
    ([{ json }, list]) => {
      const begin = StudyEvent.cases.Created.make({
        space: json,
        sampler: Samplers.encode(Random.make()),
        pruner: Pruners.encode(Pruner.none),
        directions: ["minimize"],
        seed: 1,
        trialsMax: 10,
        attemptsMax: 2,
        lossesMax: 1,
        stop: {}
      })
      return [list, [begin, ...list]].every((given) => {
        const study = Study.replay(given)
        return Result.isSuccess(study) || study.failure.message.length > 0
      })
    }
  )
})
