/**
 * The demo's default run over many seeds, for whoever does not believe one: test accuracy of what the team found, of the
 * defaults and of random search, with the mean paired differences and their standard errors.
 *
 * Run it with the root script `demo:seeds`; each seed takes as long as a demo.
 */
import { Console, Effect, FileSystem } from "effect"
import { Command, Flag } from "effect/cli"
import { fileURLToPath } from "node:url"
import { main } from "./Program.ts"
import { finals } from "./run/RunEvent.ts"
import * as Run from "./run/Run.ts"
import type { RunState } from "./run/RunState.ts"

const accuraciesOf = (state: RunState) => {
  const accuracy = (job: string) => state.finished.get(job)?.result.accuracy ?? Number.NaN
  return { found: accuracy(finals.found), default: accuracy(finals.default), random: accuracy(finals.random) }
}

const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length

/** A mean in points, with its standard error if there is more than one value. */
const points = (values: ReadonlyArray<number>): string => {
  const center = mean(values)
  if (values.length < 2) return (center * 100).toFixed(2)
  const error = Math.sqrt(mean(values.map((value) => (value - center) ** 2)) / (values.length - 1))
  return `${(center * 100).toFixed(2)} ± ${(error * 100).toFixed(2)}`
}

const percent = (share: number) => `${(share * 100).toFixed(2)} %`

const oneSeed = (seed: number, trials: number, workers: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      const options: Run.RunOptions = {
        data: fileURLToPath(new URL("../data/digits.csv", import.meta.url)),
        target: "target",
        trials,
        agents: 6,
        workers,
        seed,
        chaos: true,
        store: `${folder}/run.sqlite`,
        resume: false,
        command: `demo --seed ${seed}`
      }
      const state = yield* Run.run(options, () => Effect.void)
      const accuracies = accuraciesOf(state)
      yield* Console.log(
        `seed ${seed}: found ${percent(accuracies.found)}, defaults ${percent(accuracies.default)}, random search ${percent(accuracies.random)}, ${(state.activeMillis / 1000).toFixed(0)} s`
      )
      return accuracies
    })
  )

const command = Command.make(
  "demo:seeds",
  {
    seeds: Flag.Int("seeds").pipe(Flag.withDescription("Seeds 1 to this number"), Flag.withDefault(10)),
    trials: Flag.Int("trials").pipe(
      Flag.withDescription("Trainings of the team, and of random search"),
      Flag.withDefault(60)
    ),
    workers: Flag.Int("workers").pipe(Flag.withDescription("Training threads"), Flag.withDefault(2))
  },
  ({ seeds, trials, workers }) =>
    Effect.gen(function* () {
      const numbers = Array.from({ length: seeds }, (_, i) => i + 1)
      const all = yield* Effect.forEach(numbers, (seed) => oneSeed(seed, trials, workers))
      const column = (name: "found" | "default" | "random") => all.map((one) => one[name])
      yield* Console.log(
        `mean: found ${percent(mean(column("found")))}, defaults ${percent(mean(column("default")))}, random search ${percent(mean(column("random")))}`
      )
      yield* Console.log(`found - defaults: ${points(all.map((one) => one.found - one.default))} points`)
      yield* Console.log(`found - random search: ${points(all.map((one) => one.found - one.random))} points`)
    })
).pipe(
  Command.withDescription("Runs the demo over seeds 1 to n and compares what was found with defaults and random search")
)

main(command)
