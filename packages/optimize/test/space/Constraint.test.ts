import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import * as Constraint from "../../src/space/Constraint.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import { law } from "@foundation/core/testing/law"

const names = ["a", "b", "c", "learning-rate", "mix.0"]
const placeOf = (name: string) => {
  const place = names.indexOf(name)
  return place < 0 ? Result.fail(`names "${name}", which is not a variable`) : Result.succeed(place)
}
const holds = (text: string, ...values: Constraint.Values) =>
  Result.getOrThrowWith(Constraint.parse(text, placeOf), (problem) => new Error(problem)).holds(values)
const problem = (text: string) => {
  const parsed = Constraint.parse(text, placeOf)
  assert.isTrue(Result.isFailure(parsed), `accepted: ${text}`)
  return Result.isFailure(parsed) ? parsed.failure : ""
}

type Tree = number | { readonly op: string; readonly left: Tree; readonly right: Tree }

const Leaf = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))
const Shape = Schema.Array(
  Schema.Struct({ op: Schema.Literals(["+", "-", "*", "/"]), value: Leaf, left: Schema.Boolean })
).check(Schema.isMaxLength(8))

/** Trees that lean to either side, so that precedence and associativity both show. */
const treeOf = (shape: typeof Shape.Type): Tree =>
  shape.reduce<Tree>(
    (tree, { left, op, value }) => (left ? { op, left: value, right: tree } : { op, left: tree, right: value }),
    1
  )

const worth = (tree: Tree): number => {
  if (typeof tree === "number") return tree
  const [left, right] = [worth(tree.left), worth(tree.right)]
  return tree.op === "+" ? left + right : tree.op === "-" ? left - right : tree.op === "*" ? left * right : left / right
}

const strength = (tree: Tree) => (typeof tree === "number" ? 3 : tree.op === "+" || tree.op === "-" ? 1 : 2)

/** Only the parentheses that are needed. */
const print = (tree: Tree): string => {
  if (typeof tree === "number") return String(tree)
  const left = strength(tree.left) < strength(tree) ? `(${print(tree.left)})` : print(tree.left)
  const right = strength(tree.right) <= strength(tree) ? `(${print(tree.right)})` : print(tree.right)
  return `${left} ${tree.op} ${right}`
}

describe("Constraint", () => {
  law("reckons as the tree says whose text it is", 1_000, Arbitrary.schema(Shape), (shape) => {
    const tree = treeOf(shape)
    const value = worth(tree)
    const text = print(tree)
    if (Number.isNaN(value)) return !holds(`${text} <= 0`) && !holds(`${text} > 0`)
    return holds(`${text} <= a`, value) && holds(`${text} >= a`, value) && !holds(`${text} < a`, value)
  })

  it("knows powers, signs, functions, chains and conjunctions", () => {
    assert.isTrue(holds("2 ^ 3 ^ 2 >= 512 and 2 ^ 3 ^ 2 <= 512"))
    assert.isTrue(holds("-a ^ 2 <= -9 and 2 ^ -1 >= .5", 3))
    assert.isTrue(holds("0 < a < b <= c", 1, 2, 2))
    assert.isFalse(holds("0 < a < b < c", 1, 2, 2))
    assert.isTrue(holds("max(a, b, 7) >= 7 and min(a, b) <= 1 and abs(-a) <= 1", 1, 2))
    assert.isTrue(holds("exp(log(a)) <= 2.5 and sqrt(a * a) >= 1.99e0", 2))
    assert.isTrue(holds(`"learning-rate" * mix.0 < 1`, undefined, undefined, undefined, 0.5, 0.5))
  })

  it("holds where a variable is inactive, and not where a side is no number", () => {
    assert.isTrue(holds("a > 5", undefined))
    assert.isFalse(holds("a > 5 and b > 0", undefined, -1))
    assert.isFalse(holds("sqrt(a) < 2", -1))
    assert.isFalse(holds("sqrt(a) >= 2", -1))
  })

  it("says what it cannot read", () => {
    assert.match(problem("a +"), /expects a number or a name at the end/)
    assert.match(problem("a + b"), /expects a comparison .* at the end/)
    assert.match(problem("a = b"), /cannot be read from character 2 on/)
    assert.match(problem("a < b or b < c"), /expects "and" or the end at "or" \(character 7\)/)
    assert.match(problem("(a < b)"), /expects "\)" at "<"/)
    assert.match(problem("q < 1"), /names "q"/)
    assert.match(problem("log(a, b) < 1"), /gives log 2 arguments; it takes 1/)
    assert.match(problem(`${"(".repeat(101)}a`), /deeper than 100 levels/)
    assert.match(problem(`a < ${"1".repeat(10_000)}`), /more than 10000/)
    assert.match(problem(""), /at the end/)
    assert.match(problem("a < 1 and"), /at the end/)
    assert.match(problem("-".repeat(200) + "a < 1"), /deeper than 100 levels/)
  })
})

describe("a constrained space", () => {
  const space = SearchSpace.makeUnsafe(
    { units: SearchSpace.int(1, 64), layers: SearchSpace.int(1, 64), size: SearchSpace.ordinal([1, 2, 4]) },
    { constraints: ["units * layers <= 256", "units >= size"] }
  )

  it("draws what keeps the constraints, and refuses what does not", () => {
    for (let number = 0; number < 500; number++) {
      const { layers, size, units } = SearchSpace.sample(space, { seed: 1, number })
      assert.isTrue(units * layers <= 256 && units >= size)
    }
    const refused = SearchSpace.validate(space, { units: 64, layers: 64, size: 1 })
    assert.isTrue(Result.isFailure(refused))
    if (Result.isFailure(refused)) assert.match(refused.failure.message, /do not keep units \* layers <= 256/)
  })

  it("throws when nothing keeps them", () => {
    const none = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) }, { constraints: ["x > 2"] })
    assert.throws(() => SearchSpace.sample(none, { seed: 1 }), /none of 10000 draws keeps x > 2/)
  })

  it("is refused with the place of the constraint", () => {
    const message = (constraints: ReadonlyArray<string>) => {
      const made = SearchSpace.make(
        { x: SearchSpace.float(0, 1), kind: SearchSpace.categorical(["a"]) },
        { constraints }
      )
      return Result.isFailure(made) ? made.failure.message : "accepted"
    }
    assert.match(message(["x < 1", "y < 1"]), /^constraints\[1\]: "y < 1" names "y", which is not a variable/)
    assert.match(message(["kind < 1"]), /whose choices are not all numbers/)
    assert.match(message(Array.from({ length: 101 }, () => "x < 1")), /at most 100 constraints/)
  })
})
