/** Small worlds of many kinds, each from a whole number. */
import { AllocationPolicies, AllocationWorld } from "@mabeam/economics"
import { Arbitrary, Result, Schema } from "effect"
import { type Dice, dice } from "../economy/dice.ts"

export const seeds: Arbitrary.Arbitrary<number> = Arbitrary.schema(
  Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 - 1 }))
)

const span = ({ share }: Dice, low: number, high: number) => {
  const [a, b] = [low + share() * (high - low), low + share() * (high - low)]
  return { min: Math.min(a, b), max: Math.max(a, b) }
}

/** Settings that were judged. Some worlds are idle, some crowded; in some nobody lies, in some everybody does. */
export const settingsOf = (seed: number): AllocationWorld.Settings => {
  const chance = dice(seed)
  const { below, pick, share } = chance
  return Result.getOrThrow(
    AllocationWorld.decode({
      agents: 2 + below(5),
      kinds: 1 + below(3),
      ticks: 1 + below(25),
      load: pick([0.1, 0.5, 1, 3]),
      capacity: span(chance, 1, 4),
      speed: span(chance, 0.3, 3),
      skill: pick([{ min: 0, max: 0 }, { min: 1, max: 1 }, { min: 0, max: 1 }, span(chance, 0, 1)]),
      drift: pick([0, 0.01, 0.3]),
      cost: span(chance, 0.01, 5),
      margin: pick([0, 0.25, 2]),
      size: span(chance, 1, 8),
      value: pick([0.01, 3, 10, 100]),
      patience: pick([0.1, 1, 3, 8]),
      attemptsMax: 1 + below(4),
      liars: pick([0, 0.3, 1]),
      boast: share(),
      discount: pick([0, 0.3, 0.99, -2])
    })
  )
}

export const worldOf = (seed: number): AllocationWorld.World => AllocationWorld.make(settingsOf(seed), seed)

export const policyOf = (seed: number): AllocationPolicies.Policy =>
  dice(seed ^ 0x5bd1e995).pick(AllocationPolicies.all)
