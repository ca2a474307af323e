import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Result } from "effect"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import * as SpaceJson from "../../src/space/SpaceJson.ts"

const team = SearchSpace.makeUnsafe({
  optimizer: SearchSpace.categorical(["sgd", "adam"]),
  momentum: SearchSpace.when("optimizer = sgd", SearchSpace.float(0, 0.99)),
  nesterov: SearchSpace.when("momentum > 0.5", SearchSpace.boolean()),
  rate: SearchSpace.logFloat(1e-4, 1),
  units: SearchSpace.int(8, 256, { log: true }),
  size: SearchSpace.ordinal(["small", "medium", "large"])
})

const refusal = <E>(result: Result.Result<unknown, E>): E => {
  assert(Result.isFailure(result), "it should have been refused")
  return result.failure
}

describe("SearchSpace.make", () => {
  it("gives the parameters their type: conditional variables may be absent", () => {
    const params = SearchSpace.sample(team, { seed: 1 })
    expectTypeOf(params).toEqualTypeOf<{
      readonly optimizer: "sgd" | "adam"
      readonly rate: number
      readonly units: number
      readonly size: "small" | "medium" | "large"
      readonly momentum?: number
      readonly nesterov?: boolean
    }>()
  })

  it("says where a bound is wrong", () => {
    const declare = (variable: SearchSpace.Variable) => refusal(SearchSpace.make({ x: variable })).message
    assert.strictEqual(declare(SearchSpace.float(2, 1)), "x.high: 1 is below low, 2")
    assert.strictEqual(declare(SearchSpace.float(Number.NaN, 1)), "x.low: NaN is not a finite number")
    assert.strictEqual(declare(SearchSpace.int(0.5, 1)), "x.low: 0.5 is not a whole number")
    assert.strictEqual(
      declare(SearchSpace.int(0, 2 ** 53)),
      "x.high: 9007199254740992 is not a whole number up to 2^53 - 1"
    )
    assert.strictEqual(declare(SearchSpace.logFloat(0, 1)), "x.low: a logarithmic scale needs low above 0, not 0")
    assert.strictEqual(
      declare(SearchSpace.int(0, 9, { log: true })),
      "x.low: a logarithmic scale needs low of at least 1, not 0"
    )
    assert.strictEqual(
      declare(SearchSpace.int(1, 2 ** 41, { log: true })),
      "x.high: a logarithmic whole number is at most 2^40, not 2199023255552"
    )
    assert.strictEqual(
      declare(SearchSpace.float(1, 2, { log: true, step: 1 })),
      "x.step: a logarithmic scale takes no step"
    )
    assert.strictEqual(declare(SearchSpace.float(0, 1, { step: 0 })), "x.step: 0 is not above 0")
    assert.strictEqual(declare(SearchSpace.float(0, 1, { step: 1e-300 })), "x.step: 1e-300 is too small for the range")
    assert.strictEqual(
      declare(SearchSpace.int(-(2 ** 53) + 1, 2 ** 53 - 1)),
      "x.high: the range holds more than 2^53 - 1 values"
    )
    assert.strictEqual(declare(SearchSpace.categorical([])), "x.choices: there must be at least one")
    assert.strictEqual(declare(SearchSpace.ordinal(["a", "a"])), `x.choices: "a" stands there twice`)
    // Where nobody checks types, as in a script.
    const alien = JSON.parse("null") as string
    assert.strictEqual(
      declare(SearchSpace.categorical(["a", alien])),
      "x.choices: null is not a text, a number, true or false"
    )
    const missing: ReadonlyArray<string> = Array<string>(2).fill("a", 0, 1)
    assert.strictEqual(
      declare(SearchSpace.categorical(missing)),
      "x.choices: undefined is not a text, a number, true or false"
    )
    assert.strictEqual(declare(SearchSpace.categorical([Number.NaN])), "x.choices: NaN is not a finite number")
  })

  it("refuses a space without variables, or with too many", () => {
    assert.strictEqual(refusal(SearchSpace.make({})).message, "a space needs at least one variable")
    const many = Object.fromEntries(
      Array.from({ length: SearchSpace.VARIABLES_MAX + 1 }, (_, i) => [`x${i}`, SearchSpace.boolean()])
    )
    assert.strictEqual(refusal(SearchSpace.make(many))._tag, "MalformedSpace")
  })

  it("refuses names that are empty, too long or reserved", () => {
    for (const name of ["", "x".repeat(256), "__proto__"]) {
      const error = refusal(SearchSpace.make(Object.fromEntries([[name, SearchSpace.boolean()]])))
      assert.strictEqual(error._tag, "InvalidName")
    }
    assert(Result.isSuccess(SearchSpace.make({ constructor: SearchSpace.boolean() })))
  })

  it("says what is wrong with a condition", () => {
    const declare = (condition: string) =>
      refusal(
        SearchSpace.make({
          kind: SearchSpace.categorical(["a", "b"]),
          size: SearchSpace.int(0, 9),
          x: SearchSpace.when(condition, SearchSpace.float(0, 1)),
          later: SearchSpace.boolean()
        })
      ).message
    const cases: ReadonlyArray<readonly [string, string]> = [
      ["later = true", `names "later", which is not declared before "x"`],
      ["x > 0", `names "x", which is not declared before "x"`],
      ["kind = c", `compares "kind" with "c", which is not one of its choices`],
      ["kind < b", `uses "<" with "kind", whose values have no order`],
      ["size > big", `compares "size" with "big", which is not a number`],
      ["size >", `expects a value after "size >"`],
      ["size", `expects an operator after "size"`],
      ["size ( 3", `expects an operator after "size", not "("`],
      ["size = 3 or kind = a", `expects "and" or the end after the clause on "size"`],
      ["size = 3 and", "expects the name of a variable"],
      ["size in 3", `expects "(" after "size in"`],
      ["size in (3", `expects "," or ")" in the list after "size in"`],
      ["size in (3,)", `expects a value in the list after "size in"`],
      [`kind = "a`, "cannot read it from character 7 on"],
      ["", "expects the name of a variable"]
    ]
    for (const [condition, problem] of cases) {
      assert.strictEqual(declare(condition), `x.when: "${condition}" ${problem}`)
    }
  })

  it("a condition on an inactive variable does not hold, not even with !=", () => {
    const space = SearchSpace.makeUnsafe({
      on: SearchSpace.boolean(),
      inner: SearchSpace.when("on = true", SearchSpace.int(1, 3)),
      other: SearchSpace.when("inner != 2", SearchSpace.boolean())
    })
    assert(SearchSpace.contains(space, { on: false }))
    assert(!SearchSpace.contains(space, { on: false, other: true }))
    assert(SearchSpace.contains(space, { on: true, inner: 1, other: true }))
    assert(!SearchSpace.contains(space, { on: true, inner: 2, other: true }))
  })
})

describe("SearchSpace.validate", () => {
  const good = { optimizer: "adam", rate: 0.01, units: 64, size: "small" }
  const refuse = (change: object) => refusal(SearchSpace.validate(team, { ...good, ...change })).message

  it("gives legal parameters back in the declared order, frozen", () => {
    const { optimizer, ...rest } = good
    const params = Result.getOrThrow(SearchSpace.validate(team, { ...rest, optimizer, momentum: undefined }))
    assert.deepStrictEqual(JSON.stringify(params), JSON.stringify(good))
    assert(Object.isFrozen(params))
  })

  it("says which parameter is wrong and why", () => {
    assert.strictEqual(refuse({ optimizer: "rms" }), `optimizer: "rms" is not one of "sgd", "adam"`)
    assert.strictEqual(refuse({ rate: 2 }), "rate: 2 is not a number from 0.0001 to 1")
    assert.strictEqual(refuse({ units: 64.5 }), "units: 64.5 is not a whole number from 8 to 256")
    assert.strictEqual(refuse({ units: "64" }), `units: "64" is not a whole number from 8 to 256`)
    assert.strictEqual(refuse({ rate: undefined }), "rate: is missing")
    assert.strictEqual(refuse({ momentum: 0.9 }), "momentum: is given although its condition does not hold")
    assert.strictEqual(refuse({ depth: 3 }), "depth: is not a variable of this space")
    assert.strictEqual(refuse({ size: null }), `size: an object is not one of "small", "medium", "large"`)
    for (const junk of [null, undefined, 3, "x", [], () => 1]) {
      assert.strictEqual(refusal(SearchSpace.validate(team, junk)).message, "parameters are an object")
    }
  })

  it("does not take what an object inherits for a parameter", () => {
    const space = SearchSpace.makeUnsafe({ constructor: SearchSpace.boolean() })
    assert.strictEqual(refusal(SearchSpace.validate(space, {})).message, "constructor: is missing")
  })

  it("reads a negative zero as zero, as JSON does", () => {
    const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(-1, 1) })
    assert(Object.is(Result.getOrThrow(SearchSpace.validate(space, { x: -0 })).x, 0))
  })

  it("allows for rounding in a stepped float, and for nothing more", () => {
    const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 0.3, { step: 0.1 }) })
    for (const x of [0, 0.1, 0.2, 0.3, 0.1 + 0.2]) assert(SearchSpace.contains(space, { x }), `${x}`)
    for (const x of [0.05, 0.1001, 0.31, -0.1]) assert(!SearchSpace.contains(space, { x }), `${x}`)
    assert.strictEqual(SearchSpace.decode(space, [1]).x, 0.3)
  })
})

describe("SearchSpace.decode and encode", () => {
  it("spread values as the scale says", () => {
    const space = SearchSpace.makeUnsafe({
      even: SearchSpace.float(-1, 3),
      log: SearchSpace.logFloat(1e-4, 1),
      int: SearchSpace.int(1, 4),
      logInt: SearchSpace.int(1, 100, { log: true }),
      choice: SearchSpace.categorical(["a", "b", "c"]),
      flag: SearchSpace.boolean()
    })
    const params = SearchSpace.decode(space, [0.25, 0.5, 0.25, 0.5, 0.34, 0.5])
    assert.deepStrictEqual({ ...params, log: 0 }, { even: 0, log: 0, int: 2, logInt: 7, choice: "b", flag: true })
    assert.closeTo(params.log, 0.01, 1e-15)
    const point = Result.getOrThrow(SearchSpace.encode(space, params))
    assert.deepStrictEqual(
      [...point].map((u) => u.toFixed(3)),
      ["0.250", "0.500", "0.375", "0.497", "0.500", "0.750"]
    )
  })

  it("draw whole numbers on a logarithmic scale as often as the log-uniform law makes them", () => {
    const space = SearchSpace.makeUnsafe({ n: SearchSpace.int(1, 8, { log: true }) })
    const n = 20_000
    const seen = new Float64Array(9)
    for (let number = 0; number < n; number++) seen[SearchSpace.sample(space, { seed: 5, number }).n]! += 1
    for (let k = 1; k <= 8; k++) {
      const chance = Math.log((k + 0.5) / (k - 0.5)) / Math.log(8.5 / 0.5)
      assert.closeTo(seen[k]! / n, chance, 4 * Math.sqrt((chance * (1 - chance)) / n), `${k}`)
    }
  })

  it("hold a variable of one value", () => {
    const space = SearchSpace.makeUnsafe({
      float: SearchSpace.float(2, 2),
      log: SearchSpace.logFloat(3, 3),
      int: SearchSpace.int(4, 4, { log: true })
    })
    assert.deepStrictEqual({ ...SearchSpace.decode(space, [0.7, 0.7, 0.7]) }, { float: 2, log: 3, int: 4 })
    assert(SearchSpace.contains(space, { float: 2, log: 3, int: 4 }))
  })

  it("count the steps of long ranges of whole numbers exactly, so that the last one is a member", () => {
    const ranges = [
      [0, 2 ** 52, 3],
      [10, 2 ** 52, 3],
      [-(2 ** 52), 0, 5],
      [1 - 2 ** 52, 2 ** 52 - 1, 1],
      [0, 1e13, 7]
    ] as const
    for (const [low, high, step] of ranges) {
      const space = SearchSpace.makeUnsafe({ x: SearchSpace.int(low, high, { step }) })
      const last = SearchSpace.decode(space, [1])
      assert.strictEqual(last.x, high - ((high - low) % step))
      assert(SearchSpace.contains(space, last))
      const [variable] = space.variables
      assert.strictEqual(variable?.axis.cells, (last.x - low) / step + 1)
    }
  })

  it("refuse to encode what is not in the space", () => {
    const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) })
    assert.strictEqual(refusal(SearchSpace.encode(space, { x: 2 }))._tag, "InvalidParams")
    assert.throws(() => SearchSpace.encodeUnsafe(space, { x: 2 }), "x: 2 is not a number from 0 to 1")
  })

  it("never share the point of parameters that can still change", () => {
    const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) })
    const params = { x: 0.25 }
    assert.deepStrictEqual([...SearchSpace.encodeUnsafe(space, params)], [0.25])
    params.x = 0.75
    assert.deepStrictEqual([...SearchSpace.encodeUnsafe(space, params)], [0.75])
  })
})

describe("SpaceJson", () => {
  const variable = (fields: object) => SpaceJson.decode({ variables: [{ name: "x", ...fields }] })

  it("reads every kind of variable and writes it without defaults", () => {
    const json = {
      variables: [
        { name: "a", type: "float", low: 0, high: 1 },
        { name: "b", type: "log-float", low: 0.1, high: 1 },
        { name: "c", type: "int", low: 0, high: 10, step: 5 },
        { name: "d d", type: "ordinal", choices: ["low", "high"] },
        { name: "e", type: "categorical", choices: ["1", 1, true], when: `"d d">=high and a<0.5` },
        { name: "f", type: "boolean", when: "e in (1, '1')" }
      ]
    }
    const space = Result.getOrThrow(SpaceJson.decode(json))
    assert.deepStrictEqual(SpaceJson.encode(space), {
      variables: [
        { name: "a", type: "float", low: 0, high: 1 },
        { name: "b", type: "float", low: 0.1, high: 1, log: true },
        { name: "c", type: "int", low: 0, high: 10, step: 5 },
        { name: "d d", type: "ordinal", choices: ["low", "high"] },
        { name: "e", type: "categorical", choices: ["1", 1, true], when: `"d d" >= high and a < 0.5` },
        { name: "f", type: "boolean", when: `e in (1, "1")` }
      ]
    })
    const given = { a: 0.2, b: 1, c: 5, "d d": "high", f: true }
    assert(SearchSpace.contains(space, { ...given, e: "1" }))
    assert(SearchSpace.contains(space, { ...given, e: 1 }))
    assert(!SearchSpace.contains(space, { ...given, e: true }))
  })

  it("refuses keys that mean nothing for the type, and misses those that are needed", () => {
    const message = (fields: object) => refusal(variable(fields)).message
    assert.strictEqual(message({ type: "float", low: 0 }), "variables[0].high: is missing")
    assert.strictEqual(message({ type: "int", high: 0 }), "variables[0].low: is missing")
    assert.strictEqual(message({ type: "ordinal" }), "variables[0].choices: is missing")
    assert.strictEqual(
      message({ type: "boolean", low: 0 }),
      `variables[0].low: a variable of type boolean takes no "low"`
    )
    assert.strictEqual(
      message({ type: "boolean", choices: [] }),
      `variables[0].choices: a variable of type boolean takes no "choices"`
    )
    assert.strictEqual(
      message({ type: "int", low: 0, high: 1, choices: [1] }),
      `variables[0].choices: a variable of type int takes no "choices"`
    )
    assert.strictEqual(
      message({ type: "log-float", low: 1, high: 2, log: false }),
      `variables[0].log: contradicts the type "log-float"`
    )
    assert.strictEqual(message({ type: "float", low: 2, high: 1 }), "variables[0].high: 1 is below low, 2")
  })

  it("tells the path of a fault in the shape", () => {
    const path = (json: unknown) => {
      const error = refusal(SpaceJson.decode(json))
      assert.strictEqual(error._tag, "MalformedSpace")
      return SearchSpace.printPath(error.path)
    }
    assert.strictEqual(path({ variables: [{ name: "x", type: "real" }] }), "variables[0].type")
    assert.strictEqual(path({ variables: [{ name: "x", type: "float", low: "0", high: 1 }] }), "variables[0].low")
    assert.strictEqual(path({ variables: [{ name: "x", type: "boolean", colour: 1 }] }), "variables[0].colour")
    assert.strictEqual(path({ variables: {} }), "variables")
    assert.strictEqual(path({}), "variables")
    for (const junk of [null, 3, "x", []]) assert.strictEqual(path(junk), "")
  })

  it("refuses a name used twice", () => {
    const twice = { name: "x", type: "boolean" }
    const error = refusal(SpaceJson.decode({ variables: [twice, twice] }))
    assert.strictEqual(error.message, `variables[1]: the name "x" is used twice`)
  })
})
