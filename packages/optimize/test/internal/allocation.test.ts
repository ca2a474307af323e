import { assert, describe, it } from "@effect/vitest"
import type { HeapProfiler } from "node:inspector"
import { Session } from "node:inspector/promises"
import * as Cholesky from "../../src/internal/cholesky.ts"
import * as Process from "../../src/internal/gaussianProcess.ts"
import * as Parzen from "../../src/internal/parzen.ts"
import * as Random from "../../src/internal/random.ts"
import * as Domain from "../../src/space/Domain.ts"

const bytesOf = ({ children, selfSize }: HeapProfiler.SamplingHeapProfileNode): number =>
  children.reduce((sum, child) => sum + bytesOf(child), selfSize)

/** Bytes on the heap that `work` asks for, by sampling; what is garbage by then counts. */
const allocated = async (work: () => void): Promise<number> => {
  const session = new Session()
  session.connect()
  try {
    await session.post("HeapProfiler.startSampling", {
      samplingInterval: 4096,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true
    })
    work()
    const { profile } = await session.post("HeapProfiler.stopSampling")
    return bytesOf(profile.head)
  } finally {
    session.disconnect()
  }
}

const n = 64
const d = 4
const random = Random.stream(1)
const uniforms = (count: number) => Float64Array.from({ length: count }, () => Random.uniform(random))

const distances = Float64Array.from({ length: n * n }, (_, at) => 0.9 ** Math.abs(Math.floor(at / n) - (at % n)))
const [factor, inverse, scratch, vector] = [distances.slice(), distances.slice(), distances.slice(), uniforms(n)]
const linearAlgebra = () => {
  factor.set(distances)
  vector.fill(1)
  assert.isTrue(Cholesky.factor(factor, n, n))
  Cholesky.solveLower(factor, n, n, vector)
  Cholesky.solveUpper(factor, n, n, vector)
  Cholesky.invert(factor, n, n, inverse, scratch)
  Cholesky.update(factor, n, n, vector)
}

const data = {
  n,
  d,
  points: uniforms(n * d),
  values: uniforms(n),
  unordered: new Uint8Array(d),
  widths: new Float64Array(d).fill(1)
}
const model = Process.model(data, Process.startAt(d, 0.5))
const [prediction, place] = [Process.prediction(model), uniforms(d)]
const predictions = () => {
  for (let i = 0; i < 16; i++) Process.predict(model, place, prediction, true)
}

// Cells of ordered axes are left out: a result of the normal distribution, which is not inlined, comes in a box.
const axes = [
  Domain.axis({ type: "float", low: 0, high: 1, log: false, step: undefined }),
  Domain.axis({ type: "categorical", choices: ["a", "b", "c"] })
]
const trials = 1_000
const mixture = Parzen.mixture(axes, [uniforms(trials), uniforms(trials)], new Float64Array(trials).fill(1), 1)
const room = Parzen.room(mixture.size)
const densities = () => {
  for (let i = 0; i < 16; i++) Parzen.closeness(mixture, place, room)
}

/** What runs how many innermost steps. */
const cases: ReadonlyArray<readonly [what: string, steps: number, work: () => void]> = [
  ["factor, solve, invert and update", (5 * n ** 3) / 6, linearAlgebra],
  ["predictions of a Gaussian process", 16 * n * (n + 3 * d), predictions],
  ["densities of a Parzen mixture", 16 * 3 * trials, densities]
]

/** Bytes for each step. One boxed number would be 12; a result that a call hands to the loop around it may be boxed. */
const MOST = 0.25

describe("inner loops", () => {
  it.each(cases)("%s: allocate nothing", async (_, steps, work) => {
    const runs = 40
    const repeat = () => {
      for (let run = 0; run < runs; run++) work()
    }
    // Only compiled code is without boxes, and when it is compiled is not ours to say.
    let bytes = Number.POSITIVE_INFINITY
    for (let tries = 0; tries < 40 && bytes > MOST; tries++) bytes = (await allocated(repeat)) / (runs * steps)
    assert.isAtMost(bytes, MOST)
  })
})
