import { Calculators, SupplyDemand } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { fuzz } from "../junk.ts"
import { samples } from "./samples.ts"

/** All kinds of markets of agents. */
const kinds = [...Calculators.markets.values()].filter((it) => it.name !== SupplyDemand.name)

describe("formats", () => {
  const fields = ["prices", "allocation", "utilities", "converged", "residual", "iterations", "method"]

  it("all kinds answer with the fields of their row", () => {
    for (const calculator of kinds) {
      const given = calculator.solve(samples[calculator.name])
      if (!Result.isResult(given)) throw new Error("a market answers at once")
      assert.deepStrictEqual(Object.keys(Result.getOrThrow(given).decision), fields)
    }
  })
})

describe("junk", () => {
  for (const calculator of kinds) fuzz(calculator, [samples[calculator.name] ?? null], 3_000)
})
