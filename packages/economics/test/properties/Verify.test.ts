import { Amount, Valuations, Verify } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Equal, Result, Schema } from "effect"
import { fuzz, refuses } from "../junk.ts"
import { campaign, law } from "@foundation/core/testing/law"
import { bestAssignment, bestOfAll, bestPacking } from "./reference/welfare.ts"

const judged = (input: unknown) => Result.getOrThrow(Verify.outcome(input)).decision

const additive = {
  valuationKind: "additive",
  items: ["x", "y"],
  valuations: { a: { x: 5, y: 1 }, b: { x: 3, y: 4 } },
  allocation: { a: ["x"], b: ["y"] },
  payments: { a: 3, b: 1 }
}
const unitDemand = {
  valuationKind: "unit-demand",
  items: ["x", "y"],
  valuations: { a: { x: "0.5", y: "0.4" }, b: { x: "2/3" } },
  allocation: { a: ["x", "y"], b: [] },
  payments: { a: "0.1" }
}
const singleMinded = {
  valuationKind: "single-minded",
  items: ["x", "y", "z"],
  valuations: {
    a: { bundle: ["x", "y"], value: 5 },
    b: { bundle: ["y", "z"], value: 4 },
    c: { bundle: ["z"], value: 2 }
  },
  allocation: { b: ["y", "z"] },
  payments: { b: 1, c: -2 }
}

describe("the judgement of an outcome", () => {
  it("additive: all figures", () => {
    assert.deepStrictEqual(judged(additive), {
      utilities: { a: 2, b: 3 },
      individuallyRational: true,
      irViolators: [],
      welfare: 9,
      maxWelfare: 9,
      efficient: true,
      efficiencyRatio: 1,
      revenue: 4,
      weakBudgetBalance: true,
      strongBudgetBalance: false,
      noPositiveTransfers: true,
      envyFree: true,
      envyPairs: []
    })
  })

  it("unit demand: the best single item counts; text is exact", () => {
    assert.deepStrictEqual(judged(unitDemand), {
      utilities: { a: "0.4", b: "0" },
      individuallyRational: true,
      irViolators: [],
      welfare: "0.5",
      maxWelfare: "16/15",
      efficient: false,
      efficiencyRatio: "0.46875",
      revenue: "0.1",
      weakBudgetBalance: true,
      strongBudgetBalance: false,
      noPositiveTransfers: true,
      envyFree: false,
      envyPairs: [["b", "a", "17/30"]]
    })
  })

  it("single-minded: the bundle or nothing; who is paid is a positive transfer", () => {
    assert.deepStrictEqual(judged(singleMinded), {
      utilities: { a: 0, b: 3, c: 2 },
      individuallyRational: true,
      irViolators: [],
      welfare: 4,
      maxWelfare: 7,
      efficient: false,
      efficiencyRatio: 4 / 7,
      revenue: -1,
      weakBudgetBalance: false,
      strongBudgetBalance: false,
      noPositiveTransfers: false,
      envyFree: false,
      envyPairs: [["a", "c", 2]]
    })
  })

  it("who pays more than he has got is named; payments that cancel out are balanced strongly", () => {
    const decision = judged({ ...additive, payments: { a: 6, b: -6 } })
    assert.deepStrictEqual(decision["irViolators"], ["a"])
    assert.strictEqual(decision["strongBudgetBalance"], true)
  })

  it("rounding is neither a loss nor envy: 0.1 + 0.2 against 0.3", () => {
    const decision = judged({
      valuationKind: "additive",
      items: ["x", "y"],
      valuations: { a: { x: 0.1, y: 0.2 }, b: {} },
      allocation: { a: ["x", "y"] },
      payments: { a: 0.1 + 0.2 + 1e-16, b: 0 }
    })
    assert.strictEqual(decision["individuallyRational"], true)
    assert.strictEqual(decision["envyFree"], true)
  })

  it("envy counts from a billionth upwards", () => {
    const envy = (paid: string) =>
      judged({
        valuationKind: "additive",
        items: ["x"],
        valuations: { a: { x: "1" }, b: { x: "1" } },
        allocation: { a: ["x"] },
        payments: { a: paid }
      })["envyPairs"]
    assert.deepStrictEqual(envy("0.999999999"), [])
    assert.deepStrictEqual(envy("0.999999998"), [["b", "a", "0.000000002"]])
  })

  it("nobody and nothing is an outcome, too", () => {
    const empty = { valuationKind: "unit-demand", items: [], valuations: {}, allocation: {}, payments: {} }
    const decision = judged(empty)
    assert.strictEqual(decision["efficiencyRatio"], 1)
    assert.strictEqual(decision["efficient"], true)
  })

  it("names that plain objects know are agents and items like any other", () => {
    const input: unknown = JSON.parse(
      '{"valuationKind":"additive","items":["constructor"],"valuations":{"__proto__":{"constructor":2},"toString":{}},"allocation":{"__proto__":["constructor"]},"payments":{"toString":0}}'
    )
    assert.strictEqual(JSON.stringify(judged(input)["utilities"]), '{"__proto__":2,"toString":0}')
  })

  it("what rounding can do is told by the amounts that a judgement weighs, not by the largest of all", () => {
    const decision = judged({
      valuationKind: "additive",
      items: ["x", "y"],
      valuations: { a: { x: 3e300 }, b: { y: 1 }, c: {} },
      allocation: { a: ["x"], b: ["y"] },
      payments: { b: 2, c: -5 }
    })
    assert.deepStrictEqual(decision["irViolators"], ["b"])
    assert.deepStrictEqual([decision["revenue"], decision["weakBudgetBalance"]], [-3, false])
    assert.deepStrictEqual(decision["envyPairs"], [
      ["b", "a", 1],
      ["b", "c", 6]
    ])
  })

  it("a bundle is worth something even if its items alone are below the doubles", () => {
    const valuations = { a: { bundle: ["x", "y"], value: 5e-324 } }
    assert.strictEqual(judged({ ...singleMinded, valuations, allocation: {}, payments: {} })["maxWelfare"], 5e-324)
  })

  it("envy that is beyond the doubles is refused", () => {
    const beyond = Verify.outcome({
      valuationKind: "additive",
      items: ["x"],
      valuations: { a: { x: 1.7e308 }, b: { x: 3 } },
      allocation: { b: ["x"] },
      payments: { a: 1e308 }
    })
    assert.strictEqual(Result.isFailure(beyond) && beyond.failure._tag, "OutOfRange")
  })

  it("huge amounts are judged or refused, never infinite", () => {
    const one = { ...additive, valuations: { a: { x: 1.7e308 }, b: { y: 1 } }, payments: {} }
    assert.strictEqual(judged(one)["maxWelfare"], 1.7e308)
    const both = Verify.outcome({ ...one, valuations: { a: { x: 1.7e308 }, b: { y: 1.7e308 } } })
    assert.strictEqual(Result.isFailure(both) && both.failure._tag, "OutOfRange")
    const assigned = {
      ...one,
      valuationKind: "unit-demand",
      valuations: { a: { x: 1.7e308, y: 1e308 }, b: { x: 1.6e308 } }
    }
    assert.strictEqual(Result.isFailure(Verify.outcome(assigned)), true)
    const text = `1${"0".repeat(99)}`
    const exact = { ...one, valuations: { a: { x: text }, b: { y: "1" } } }
    assert.strictEqual(judged(exact)["maxWelfare"], `1${"0".repeat(98)}1`)
  })
})

const small = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))
const ofLength = <A>(values: Schema.Codec<A>, length: number) =>
  Schema.Array(values).check(Schema.isMinLength(length), Schema.isMaxLength(length))
/** A size, and numbers enough for everything. */
const numbers = Arbitrary.schema(ofLength(small, 40))
const runs = campaign(5_000, 50_000)

/** Three agents and three items, all else from the numbers. */
const statementOf = (kind: Valuations.Kind, given: ReadonlyArray<number>) => {
  const items = ["x", "y", "z"]
  const agents = ["a", "b", "c"]
  const valuations = Object.fromEntries(
    agents.map((agent, row) => [
      agent,
      kind === "single-minded"
        ? { bundle: items.filter((_, column) => (given[row * 3 + column] ?? 0) % 2 === 1), value: given[9 + row] ?? 0 }
        : Object.fromEntries(items.map((item, column) => [item, given[row * 3 + column] ?? 0]))
    ])
  )
  const owner = (column: number) => agents[(given[12 + column] ?? 0) % 4]
  const allocation = Object.fromEntries(agents.map((agent) => [agent, items.filter((_, at) => owner(at) === agent)]))
  const payments = Object.fromEntries(agents.map((agent, row) => [agent, (given[15 + row] ?? 0) - 3]))
  const value = (row: number, held: ReadonlyArray<number>): number => {
    const of = (column: number) => given[row * 3 + column] ?? 0
    if (kind === "additive") return held.reduce((sum, column) => sum + of(column), 0)
    if (kind === "unit-demand") return Math.max(0, ...held.map(of))
    return [0, 1, 2].every((column) => of(column) % 2 === 0 || held.includes(column)) ? (given[9 + row] ?? 0) : 0
  }
  const held = agents.map((agent) => [0, 1, 2].filter((column) => owner(column) === agent))
  const paid = agents.map((_, row) => (given[15 + row] ?? 0) - 3)
  return { input: { valuationKind: kind, items, valuations, allocation, payments }, value, held, paid, agents }
}

const asText = (value: unknown): unknown => {
  if (typeof value === "number") return `${value}`
  if (Array.isArray(value)) return value.map(asText)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, asText(it)]))
}

describe("against every allocation, by the definitions", () => {
  for (const kind of Valuations.kinds) {
    law(kind, Math.ceil(runs / 5), numbers, (given) => {
      const { agents, held, input, paid, value } = statementOf(kind, given)
      const utilities = agents.map((_, row) => value(row, held[row] ?? []) - (paid[row] ?? 0))
      const welfare = agents.reduce((sum, _, row) => sum + value(row, held[row] ?? []), 0)
      const maxWelfare = bestOfAll(3, 3, value)
      const revenue = paid.reduce((sum, it) => sum + it, 0)
      const envyPairs = agents.flatMap((who, row) =>
        agents.flatMap((whom, other) => {
          const envy = value(row, held[other] ?? []) - (paid[other] ?? 0) - (utilities[row] ?? 0)
          return envy > 0 ? [[who, whom, envy]] : []
        })
      )
      const expected = {
        utilities: Object.fromEntries(agents.map((agent, row) => [agent, utilities[row]])),
        individuallyRational: utilities.every((it) => it >= 0),
        irViolators: agents.filter((_, row) => (utilities[row] ?? 0) < 0),
        welfare,
        maxWelfare,
        efficient: welfare === maxWelfare,
        efficiencyRatio: maxWelfare === 0 ? 1 : welfare / maxWelfare,
        revenue,
        weakBudgetBalance: revenue >= 0,
        strongBudgetBalance: revenue === 0,
        noPositiveTransfers: paid.every((it) => it >= 0),
        envyFree: envyPairs.length === 0,
        envyPairs
      }
      const exact = judged(asText(input))
      const ratio = { efficiencyRatio: exact["efficiencyRatio"] }
      return (
        Equal.equals(judged(input), expected) &&
        Equal.equals({ ...exact, ...ratio }, { ...(asText(expected) as object), ...ratio }) &&
        Amount.toNumber(String(exact["efficiencyRatio"])) === expected.efficiencyRatio
      )
    })
  }
})

describe("the greatest welfare against a second method", () => {
  const welfare = (kind: Valuations.Kind, valuations: ReadonlyArray<Valuations.Valuation<number>>, items: number) =>
    Result.getOrThrow(Valuations.maxWelfare(Amount.doubles, kind, valuations, items))

  law("assignments of up to 6 by 6", runs, numbers, (given) => {
    const rows = 1 + ((given[36] ?? 0) % 6)
    const columns = 1 + ((given[37] ?? 0) % 6)
    const weights = Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (_, column) => given[row * 6 + column] ?? 0)
    )
    const valuations = weights.map((row) => ({ kind: "unit-demand" as const, values: new Map(row.entries()) }))
    return welfare("unit-demand", valuations, columns) === bestAssignment(weights)
  })

  law("bundles of up to 10 agents over 6 items", runs, numbers, (given) => {
    const count = 1 + ((given[30] ?? 0) % 10)
    const bundles = Array.from({ length: count }, (_, index) => {
      const wants = (given[3 * index] ?? 0) * 10 + (given[3 * index + 1] ?? 0)
      return { items: [0, 1, 2, 3, 4, 5].filter((item) => (wants >> item) % 2 === 1), value: given[3 * index + 2] ?? 0 }
    })
    const valuations = bundles.map(({ items, value }) => ({ kind: "single-minded" as const, bundle: items, value }))
    return welfare("single-minded", valuations, 6) === bestPacking(bundles)
  })

  it("an assignment of 200 by 200 whose best is known: the diagonal", () => {
    const size = 200
    const valuations = Array.from({ length: size }, (_, row) => ({
      kind: "unit-demand" as const,
      values: new Map(Array.from({ length: size }, (_, column) => [column, row === column ? 100 : (row * column) % 99]))
    }))
    assert.strictEqual(welfare("unit-demand", valuations, size), 100 * size)
  })

  it(
    "bundles whose search takes too long are refused, as are assignments that are too large",
    { timeout: 60_000 },
    () => {
      const items = Array.from({ length: 60 }, (_, index) => `i${index}`)
      const pairs = items.flatMap((a, i) =>
        items.slice(i + 1).map((b, j) => [a, b, 100 + ((i * 7 + j * 13) % 5)] as const)
      )
      const valuations = Object.fromEntries(
        pairs.map(([a, b, value], index) => [
          `a${index}`,
          { bundle: [a, b, `i${(index * 31) % 60}`].filter((it, at, all) => all.indexOf(it) === at), value: `${value}` }
        ])
      )
      const hard = Verify.outcome({ valuationKind: "single-minded", items, valuations, allocation: {}, payments: {} })
      assert.strictEqual(Result.isFailure(hard) && hard.failure._tag, "TooLarge")
      const many = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`a${index}`, { i0: "1/3" }]))
      const large = Verify.outcome({
        valuationKind: "unit-demand",
        items,
        valuations: many,
        allocation: {},
        payments: {}
      })
      assert.strictEqual(Result.isFailure(large) && large.failure._tag, "TooLarge")
    }
  )
})

describe("junk", () => {
  fuzz(Verify.calculator, [additive, unitDemand, singleMinded])
  const { valuationKind: _, ...kindless } = additive
  refuses(Verify.calculator, [
    ["null", null, "InvalidFormat", []],
    ["no kind", kindless, "InvalidFormat", ["valuationKind"]],
    ["an unknown kind", { ...additive, valuationKind: "cardinal" }, "InvalidFormat", ["valuationKind"]],
    ["an unknown key", { ...additive, prices: {} }, "InvalidFormat", ["prices"]],
    [
      "valuations of another kind",
      { ...additive, valuationKind: "single-minded" },
      "InvalidFormat",
      ["valuations", "a", "x"]
    ],
    ["a negative value", { ...additive, valuations: { a: { x: -1 } } }, "InvalidAmount", ["valuations", "a", "x"]],
    ["a payment that is none", { ...additive, payments: { a: Number.NaN } }, "InvalidAmount", ["payments", "a"]],
    ["an item named twice", { ...additive, items: ["x", "y", "x"] }, "DuplicateName", ["items", 2]],
    [
      "a value for an unknown item",
      { ...additive, valuations: { ...additive.valuations, c: { w: 1 } } },
      "UnknownName",
      ["valuations", "c", "w"]
    ],
    [
      "an unknown item given out",
      { ...additive, allocation: { a: ["x", "w"] } },
      "UnknownName",
      ["allocation", "a", 1]
    ],
    [
      "an item given to two",
      { ...additive, allocation: { a: ["x"], b: ["y", "x"] } },
      "AllocatedTwice",
      ["allocation", "b", 1]
    ],
    [
      "an item given twice to one",
      { ...additive, allocation: { a: ["x", "x"] } },
      "AllocatedTwice",
      ["allocation", "a", 1]
    ],
    ["an item for a stranger", { ...additive, allocation: { c: ["x"] } }, "UnknownName", ["allocation", "c"]],
    [
      "a payment of a stranger",
      { ...additive, payments: { constructor: 1 } },
      "UnknownName",
      ["payments", "constructor"]
    ],
    [
      "an unknown item in a bundle",
      { ...singleMinded, valuations: { b: { bundle: ["w"], value: 1 }, c: { bundle: [], value: 1 } } },
      "UnknownName",
      ["valuations", "b", "bundle", 0]
    ],
    [
      "a bundle with an item twice",
      { ...singleMinded, valuations: { b: { bundle: ["x", "x"], value: 1 }, c: { bundle: [], value: 1 } } },
      "DuplicateName",
      ["valuations", "b", "bundle", 1]
    ],
    [
      "10,001 items",
      { ...additive, items: Array.from({ length: 10_001 }, (_, index) => `${index}`) },
      "TooLarge",
      ["items"]
    ],
    [
      "2,001 agents",
      {
        ...additive,
        valuations: Object.fromEntries(Array.from({ length: 2_001 }, (_, index) => [`${index}`, {}])),
        allocation: {},
        payments: {}
      },
      "TooLarge",
      ["valuations"]
    ],
    ["a receipt that is none", { receipt: 1 }, "InvalidFormat", ["receipt"]],
    ["a receipt and more", { receipt: {}, items: [] }, "InvalidFormat", ["items"]]
  ])
})
