import { assert, describe } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Schema } from "effect"
import * as ProgressIndex from "../../src/internal/progressIndex.ts"
import * as RandomStream from "../../src/internal/random.ts"
import type { Progress } from "../../src/pruner/Pruner.ts"

const whole = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const genes = Arbitrary.schema(Schema.Struct({ seed: whole(-1e9, 1e9), trials: whole(0, 200), changes: whole(0, 60) }))

const isMember = ({ state }: Progress) => state === "complete"
const valueAt = ({ reports }: Progress, step: number) => reports.find((report) => report.step === step)?.values[0]

const trialOf = (number: number, random: RandomStream.Stream): Progress => ({
  number,
  state: RandomStream.below(random, 3) === 0 ? "running" : "complete",
  reports: [0, 1, 2]
    .filter(() => RandomStream.below(random, 4) > 0)
    .map((step) => ({ step, values: [RandomStream.below(random, 5)] }))
})

/** The list after a trial was added, taken out, replaced, put elsewhere, or nothing. */
const changed = (list: ReadonlyArray<Progress>, random: RandomStream.Stream, next: number): ReadonlyArray<Progress> => {
  const place = RandomStream.below(random, list.length + 1)
  const old = list[place]
  const kind = RandomStream.below(random, 5)
  if (kind === 0 || old === undefined) return list.toSpliced(place, 0, trialOf(next, random))
  if (kind === 1) return list.toSpliced(place, 1)
  if (kind === 2) return list.with(place, trialOf(old.number, random))
  return kind === 3 ? [...list.toSpliced(place, 1), old] : [...list]
}

describe("progressIndex", () => {
  law(
    "tells of each list what a look at all of it tells, whatever lists came before",
    campaign(3_000, 50_000),
    genes,
    (given) => {
      const random = RandomStream.stream(given.seed, 1)
      const index = ProgressIndex.make(isMember, valueAt)
      let list: ReadonlyArray<Progress> = Array.from({ length: given.trials }, (_, number) => trialOf(number, random))
      for (let change = 0; change <= given.changes; change++) {
        const found = index(list)
        const members = list.filter(isMember)
        assert.strictEqual(found.members, members.length)
        // Not every order is asked for every time, so some have several changes to follow.
        const step = RandomStream.below(random, 8)
        const rows = members
          .map((trial) => ({ trial, value: valueAt(trial, step) }))
          .filter(({ value }) => value !== undefined)
          .sort((a, b) => a.value! - b.value! || a.trial.number - b.trial.number)
        const order = found.order(step)
        assert.deepStrictEqual(
          order.trials,
          rows.map(({ trial }) => trial)
        )
        assert.strictEqual(ProgressIndex.placeIn(order, 2), rows.filter(({ value }) => value! < 2).length)
        for (let i = RandomStream.below(random, 4); i > 0; i--) list = changed(list, random, 1_000 + 4 * change + i)
      }
      return true
    }
  )
})
