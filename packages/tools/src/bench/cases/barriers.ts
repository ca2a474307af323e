/**
 * The count barrier.
 *
 * @since 0.1.0
 */
import { Barriers } from "@foundation/core"
import { Effect, Layer } from "effect"
import { beam, type Case } from "../case.ts"
import { loop } from "../measure.ts"
import { roundsOf } from "./rounds.ts"

const barrier: Case = {
  name: "count barrier",
  about: "n members arrive, each in its own fiber, until all are released",
  sizes: [10, 100, 1000],
  targets: beam("p50_us", { 10: 12, 100: 108, 1000: 1241 }),
  body: (setting) =>
    Effect.gen(function* () {
      const services = yield* Layer.build(Barriers.layer)
      return yield* Effect.provideContext(
        Effect.gen(function* () {
          const barriers = yield* Barriers.Barriers
          yield* barriers.create({ name: "round", parties: setting.n, timeout: "5 seconds" })
          const members: Array<Barriers.Member> = []
          for (let i = 0; i < setting.n; i++) {
            members.push(yield* barriers.join({ barrier: "round", party: `party-${i}` }))
          }
          const round = Effect.forEach(members, (member) => member.arrive, { concurrency: "unbounded", discard: true })
          return yield* loop(roundsOf(setting.n), setting.effort, () => round)
        }),
        services
      )
    })
}

export const barrierCases: ReadonlyArray<Case> = [barrier]
