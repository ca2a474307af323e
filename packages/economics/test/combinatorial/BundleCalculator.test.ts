import {
  BundleCalculator,
  CombinatorialFirstPrice,
  CombinatorialGenerator,
  CoreSelecting,
  Vcg
} from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Result } from "effect"
import type { Worker } from "node:worker_threads"
import { fuzz, refuses } from "../junk.ts"

const bid = (id: string, bidder: string, items: ReadonlyArray<string>, price: number | string) => ({
  id,
  bidder,
  items,
  price
})
const mechanisms = [Vcg, CombinatorialFirstPrice, CoreSelecting].map(({ mechanism }) => mechanism)
const calculators = [Vcg.calculator, CombinatorialFirstPrice.calculator, CoreSelecting.calculator]
const large = (bids: number, family = "regions") =>
  Result.map(CombinatorialGenerator.generate({ family, bids, goods: 40, seed: 7 }), ({ bids: list, goods }) => ({
    goods,
    bids: list
  })).pipe(Result.getOrThrow)

const locals = {
  goods: ["a", "b"],
  bids: [bid("x", "ada", ["a"], "28"), bid("y", "bob", ["b"], "20.5"), bid("z", "cleo", ["a", "b"], "97/3")]
}

describe("S159: the calculators of combinatorial auctions", () => {
  it.effect("VCG: exact for text, every bidder listed, losers with 0", () =>
    Effect.gen(function* () {
      const { decision, properties, tieBreak } = yield* Vcg.calculator.solve(locals)
      assert.deepStrictEqual(decision, {
        welfare: "48.5",
        winningBids: ["x", "y"],
        payments: { ada: "71/6", bob: "13/3", cleo: "0" },
        utilities: { ada: "97/6", bob: "97/6", cleo: "0" },
        revenue: "97/6",
        optimal: true,
        gap: 0
      })
      assert.strictEqual(tieBreak, "earliest-bids")
      assert.deepStrictEqual(properties, {
        efficient: { declared: true, holds: true },
        "individually-rational": { declared: true, holds: true },
        "strategy-proof": { declared: true, holds: true },
        "weakly-budget-balanced": { declared: true, holds: true },
        core: { declared: false, holds: false }
      })
    })
  )

  it.effect("core: the two together pay what the third would, as far above VCG each", () =>
    Effect.gen(function* () {
      const { decision, properties } = yield* CoreSelecting.calculator.solve(locals)
      assert.deepStrictEqual(decision["payments"], { ada: "239/12", bob: "149/12", cleo: "0" })
      assert.strictEqual(decision["revenue"], "97/3")
      assert.deepStrictEqual(properties?.["core"], { declared: true, holds: true })
      assert.deepStrictEqual(properties?.["strategy-proof"], { declared: false, holds: false })
    })
  )

  it.effect("pay as bid", () =>
    Effect.gen(function* () {
      const { decision } = yield* CombinatorialFirstPrice.calculator.solve(locals)
      assert.deepStrictEqual(decision["payments"], { ada: "28", bob: "20.5", cleo: "0" })
      assert.deepStrictEqual(decision["utilities"], { ada: "0", bob: "0", cleo: "0" })
    })
  )

  it.effect.each(calculators)("$name: no goods, no bids, bids of nothing", (calculator) =>
    Effect.gen(function* () {
      const empty = yield* calculator.solve({ goods: [], bids: [] })
      assert.deepStrictEqual(empty.decision, {
        welfare: 0,
        winningBids: [],
        payments: {},
        utilities: {},
        revenue: 0,
        optimal: true,
        gap: 0
      })
      const nothing = yield* calculator.solve({ goods: ["a"], bids: [bid("x", "ada", ["a"], 0)] })
      assert.deepStrictEqual(nothing.decision["winningBids"], [])
    })
  )

  it.effect("doubles are taken for what they are: 0.1 + 0.2 is more than 0.3, as text it is the same", () =>
    Effect.gen(function* () {
      const input = (prices: ReadonlyArray<number | string>) => ({
        goods: ["a", "b"],
        bids: [
          bid("both", "ada", ["a", "b"], prices[2]!),
          bid("x", "bob", ["a"], prices[0]!),
          bid("y", "cleo", ["b"], prices[1]!)
        ]
      })
      const doubles = yield* Vcg.calculator.solve(input([0.1, 0.2, 0.3]))
      assert.deepStrictEqual(doubles.decision["winningBids"], ["x", "y"])
      const text = yield* Vcg.calculator.solve(input(["0.1", "0.2", "0.3"]))
      assert.deepStrictEqual(text.decision["winningBids"], ["both"])
      assert.strictEqual(text.decision["revenue"], "0.3")
    })
  )

  it.effect("from the smallest double to the largest", () =>
    Effect.gen(function* () {
      const { decision } = yield* Vcg.calculator.solve({
        goods: ["a", "b", "c"],
        bids: [
          bid("x", "ada", ["a"], 8e307),
          bid("y", "bob", ["b"], 5e-324),
          bid("z", "cleo", ["a", "b"], 8e307),
          bid("w", "dora", ["c"], 1)
        ]
      })
      assert.deepStrictEqual(decision["winningBids"], ["x", "y", "w"])
      assert.deepStrictEqual(decision["payments"], { ada: 8e307, bob: 0, cleo: 0, dora: 0 })
    })
  )

  it.effect("bidders may be called like properties of objects", () =>
    Effect.gen(function* () {
      const { decision } = yield* Vcg.calculator.solve({
        goods: ["constructor"],
        bids: [bid("x", "__proto__", ["constructor"], 3), bid("y", "toString", ["constructor"], 2)]
      })
      assert.strictEqual(JSON.stringify(decision["payments"]), '{"__proto__":2,"toString":0}')
    })
  )
})

// Threads start slowly on a busy machine.
describe("large auctions", { timeout: 60_000 }, () => {
  /** The worker threads that begin here while an effect runs: Node tells of each. */
  const counting = <A, E>(effect: Effect.Effect<A, E>) =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        const workers: Array<Worker> = []
        const remember = (worker: Worker) => workers.push(worker)
        process.on("worker", remember)
        return { workers, remember }
      }),
      ({ workers }) => Effect.map(effect, (value) => ({ value, workers })),
      ({ remember }) => Effect.sync(() => process.off("worker", remember))
    )
  /** A thread that has ended has no number. */
  const haveEnded = (workers: ReadonlyArray<Worker>) => workers.every(({ threadId }) => threadId === -1)

  it.effect.each(mechanisms)("run in a worker and are answered as they would be here: $name", (mechanism) =>
    Effect.gen(function* () {
      const calculator = BundleCalculator.make(mechanism)
      const input = large(BundleCalculator.inlineBidsMax + 1)
      const there = yield* counting(calculator.solve(input))
      assert.deepStrictEqual(there.value, Result.getOrThrow(BundleCalculator.solveNow(mechanism, input)))
      assert.strictEqual(there.workers.length, 1)
      assert.isTrue(haveEnded(there.workers))
      const here = yield* counting(calculator.solve(large(BundleCalculator.inlineBidsMax)))
      assert.deepStrictEqual(here.workers, [])
    })
  )

  it.live("leave this thread to others while they are solved", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Vcg.calculator.solve(large(1_000, "arbitrary")), {
        startImmediately: true
      })
      // Turns of this thread's event loop: were it solved here, all would be over before the first of them.
      for (let turn = 0; turn < 100; turn++) {
        yield* Effect.callback<void>((resume) => void setImmediate(() => resume(Effect.void)))
        assert.isUndefined(fiber.pollUnsafe())
      }
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect("give their worker back when they are interrupted", () =>
    Effect.gen(function* () {
      const { value: exit, workers } = yield* counting(
        Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(CoreSelecting.calculator.solve(large(1_000, "arbitrary")), {
            startImmediately: true
          })
          // Interruption waits until the worker has ended.
          yield* Fiber.interrupt(fiber)
          return yield* Fiber.await(fiber)
        })
      )
      assert.isTrue(Exit.hasInterrupts(exit))
      assert.strictEqual(workers.length, 1)
      assert.isTrue(haveEnded(workers))
    })
  )

  it.effect("under a time limit: feasible, and by how much a better one could exceed it", () =>
    Effect.gen(function* () {
      const { decision } = yield* Vcg.calculator.solve({ ...large(600, "arbitrary"), timeLimitMs: 1 })
      assert.strictEqual(decision["optimal"], false)
      const gap = Number(decision["gap"])
      assert.isTrue(gap > 0 && gap < 2)
      assert.isAbove(Number(decision["welfare"]), 0)
    })
  )
})

describe("junk", () => {
  const good = { goods: ["a", "b"], bids: [bid("x", "ada", ["a"], 1), bid("y", "bob", ["a", "b"], 2)] }
  const withBid = (change: Record<string, unknown>) => ({
    ...good,
    bids: [good.bids[0], { ...good.bids[1], ...change }]
  })
  for (const calculator of calculators) {
    refuses(calculator, [
      ["nothing", null, "InvalidFormat", []],
      ["an unknown key", { ...good, reserve: 1 }, "InvalidFormat", ["reserve"]],
      ["no bids key", { goods: [] }, "InvalidFormat", ["bids"]],
      ["the same good twice", { ...good, goods: ["a", "a"] }, "DuplicateName", ["goods", 1]],
      ["the same id twice", withBid({ id: "x" }), "DuplicateName", ["bids", 1, "id"]],
      [
        "S159: a bundle larger than the resources",
        withBid({ items: ["a", "b", "gpu"] }),
        "UnknownName",
        ["bids", 1, "items", 2]
      ],
      ["the same item twice in a bundle", withBid({ items: ["b", "b"] }), "DuplicateName", ["bids", 1, "items", 1]],
      ["an empty bundle", withBid({ items: [] }), "InvalidFormat", ["bids", 1, "items"]],
      ["a negative price", withBid({ price: -1 }), "InvalidAmount", ["bids", 1, "price"]],
      ["a price that is not a number", withBid({ price: Number.NaN }), "InvalidAmount", ["bids", 1, "price"]],
      ["an infinite price", withBid({ price: Infinity }), "InvalidAmount", ["bids", 1, "price"]],
      ["a division by zero", withBid({ price: "1/0" }), "InvalidAmount", ["bids", 1, "price"]],
      ["a nameless bidder", withBid({ bidder: "" }), "InvalidFormat", ["bids", 1, "bidder"]],
      ["no time at all", { ...good, timeLimitMs: 0 }, "InvalidFormat", ["timeLimitMs"]],
      [
        "prices that no double can sum",
        { ...good, bids: [bid("x", "a", ["a"], 1.7e308), bid("y", "b", ["b"], 1.7e308)] },
        "InvalidFormat",
        ["bids"]
      ],
      ["too many goods", { goods: Array.from({ length: 5_001 }, (_, at) => `${at}`), bids: [] }, "TooLarge", ["goods"]],
      [
        "too many bids",
        { ...good, bids: Array.from({ length: 5_001 }, (_, at) => bid(`${at}`, "a", ["a"], 1)) },
        "TooLarge",
        ["bids"]
      ],
      [
        "denominators without a common measure",
        {
          ...good,
          bids: Array.from({ length: 200 }, (_, at) => bid(`${at}`, "a", ["a"], `1/${10n ** 90n + BigInt(at)}`))
        },
        "TooLarge",
        ["bids"]
      ]
    ])
    fuzz(
      calculator,
      [
        { ...good, timeLimitMs: 50 },
        {
          goods: ["a", "b", "c"],
          bids: [bid("x", "ada", ["a", "c"], "1/3"), bid("y", "ada", ["b"], "2"), bid("z", "bob", ["c"], "1.5")]
        }
      ],
      2_000
    )
  }
})
