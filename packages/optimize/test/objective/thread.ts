/** What the threads of the tests run: what it does depends on `x`. */
import { parentPort } from "node:worker_threads"
import { serve } from "../../src/objective/ThreadServer.ts"

const bad: ReadonlyMap<number, (report: (step: number, value: number) => Promise<boolean>) => unknown> = new Map<
  number,
  (report: (step: number, value: number) => Promise<boolean>) => unknown
>([
  [
    0.01,
    () => {
      throw new Error("boom")
    }
  ],
  [0.02, () => Number.NaN],
  [0.03, () => process.exit(0)],
  [0.04, () => process.exit(5)],
  [
    0.05,
    () => {
      setTimeout(() => {
        throw new Error("outside")
      })
      return new Promise(() => undefined)
    }
  ],
  [
    0.06,
    () => {
      for (;;);
    }
  ],
  [0.07, () => new Promise(() => undefined)],
  [0.08, () => () => 1],
  [
    0.09,
    () => {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      parentPort!.postMessage("hello")
      return new Promise(() => undefined)
    }
  ],
  [
    0.1,
    async (report) => {
      for (let step = 0; ; step++) await report(step, 1)
    }
  ],
  [
    0.11,
    (report) => {
      for (let step = 0; step < 1_000; step++) void report(step, 1)
      return new Promise(() => undefined)
    }
  ],
  [0.12, (report) => report(0, Number.NaN)],
  [
    0.13,
    (report) => {
      setTimeout(() => void report(7, 1))
      return 1
    }
  ]
])

serve<{ readonly x: number }>(parentPort, async ({ x }, trial) => {
  const badly = bad.get(x)
  // Anything may come back: that is what is tested.
  if (badly !== undefined) return (await badly(trial.report)) as number
  await trial.setAttribute("attempt", trial.attempt)
  for (let step = 0; step < 3; step++) if (await trial.report(step, x + step)) return 0
  return x
})
