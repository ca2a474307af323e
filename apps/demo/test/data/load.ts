/** The bundled digits, prepared for a seed. */
import { NodeServices } from "@effect/platform-node"
import { Effect } from "effect"
import { fileURLToPath } from "node:url"
import * as Dataset from "../../src/data/Dataset.ts"
import * as Preparation from "../../src/data/Preparation.ts"

export const digitsPath = fileURLToPath(new URL("../../data/digits.csv", import.meta.url))

export const digits = Effect.provide(Dataset.load({ path: digitsPath, target: "target" }), NodeServices.layer)

export const preparedDigits = (seed: number) => Effect.map(digits, (dataset) => Preparation.prepare(dataset, seed))

/** Two noisy spirals of `rows` points each, which a straight line cannot part. */
export const spirals = (rows: number): Dataset.Dataset => {
  const x = new Float64Array(rows * 4)
  const y = new Int32Array(rows * 2)
  for (let i = 0; i < rows * 2; i++) {
    const turn = (i >> 1) / rows
    const angle = turn * 6 + (i & 1) * Math.PI
    x[i * 2] = turn * Math.cos(angle) + 0.02 * Math.sin(i * 12.9898)
    x[i * 2 + 1] = turn * Math.sin(angle) + 0.02 * Math.sin(i * 78.233)
    y[i] = i & 1
  }
  return { features: ["a", "b"], target: "c", classes: ["0", "1"], rows: rows * 2, x, y }
}
