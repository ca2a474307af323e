import { assert, describe, it, vi } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Effect, Schema } from "effect"
import * as Chaos from "../../src/run/Chaos.ts"
import { explorationsOf } from "../../src/run/Plan.ts"
import type { RunEvent } from "../../src/run/RunEvent.ts"
import { defaults } from "../../src/training/HyperParameters.ts"
import { begunIn, jobsOf, Live, prepare, resultsIn, run, tallyOf, threads, timesOf } from "./runs.ts"
import { begin, fold } from "./world.ts"

// Starting threads takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const runs = Arbitrary.schema(Schema.Struct({ seed: int(0, 1_000_000), trials: int(1, 200) }))

describe("the instants of the faults", () => {
  law("follow from the seed, and lie apart within the run", campaign(2_000, 20_000), runs, ({ seed, trials }) => {
    const plan = Chaos.instants(seed, trials)
    assert.deepStrictEqual(Chaos.instants(seed, trials), plan)
    assert.deepStrictEqual(
      plan.map(({ fault, kind }) => `${fault} ${kind}`),
      Chaos.kinds.map((kind, i) => `${i + 1} ${kind}`)
    )
    const explorations = explorationsOf(trials)
    for (const [i, { begun, epoch }] of plan.entries()) {
      assert.isTrue(begun >= 1 && begun <= explorations, `${begun} of ${explorations}`)
      assert.isTrue(epoch >= 2 && epoch <= defaults.epochs - 2, `epoch ${epoch}`)
      assert.isAtLeast(begun, plan[i - 1]?.begun ?? 0)
      // In long runs each in a part of its own.
      if (trials >= 20 && i > 0) assert.isAbove(begun, plan[i - 1]!.begun)
    }
    return true
  })

  it("differ between seeds", () => {
    const plans = Array.from({ length: 20 }, (_, seed) => JSON.stringify(Chaos.instants(seed, 60)))
    assert.strictEqual(new Set(plans).size, 20)
  })
})

describe("a fault", () => {
  const training = (number: number): RunEvent => ({
    _tag: "TrainingStarted",
    job: `team-${number}`,
    purpose: "team",
    worker: "w1",
    attempt: 1,
    params: defaults
  })
  const plan = Chaos.instants(1, 12)
  const [first, second] = [plan[0]!, plan[1]!]
  const started = begin({ seed: 1, trials: 12, agents: 3 })
  const begun = Array.from({ length: first.begun }, (_, i) => training(i + 1))
  const progress = { trialId: `team-${first.begun}`, epoch: first.epoch, epochs: 30, trainLoss: 1 }
  const injected: RunEvent = { _tag: "FaultInjected", fault: 1, kind: first.kind, target: "bo", detail: "" }

  it("is due at its epoch of its training, not before", () => {
    assert.deepStrictEqual(Chaos.due(plan, fold([started, ...begun]), progress), first)
    assert.isUndefined(Chaos.due(plan, fold([started, ...begun.slice(1)]), progress))
    assert.isUndefined(Chaos.due(plan, fold([started, ...begun]), { ...progress, epoch: first.epoch - 1 }))
  })

  it("is due once, also after a resumption", () => {
    const struck = [started, ...begun, injected]
    assert.isUndefined(Chaos.due(plan, fold(struck), { ...progress, epoch: 30 }))
    assert.isUndefined(Chaos.due(plan, fold([...struck, { _tag: "RunResumed" }]), { ...progress, epoch: 30 }))
    const more = Array.from({ length: second.begun }, (_, i) => training(i + 1))
    assert.deepStrictEqual(Chaos.due(plan, fold([...struck, ...more]), { ...progress, epoch: 30 }), second)
  })
})

describe("a run with faults", () => {
  it.live("is struck by all three while it trains, heals, and has one result for every trial", () =>
    Effect.gen(function* () {
      const { options } = yield* prepare(800, { chaos: true, trials: 10, agents: 4, seed: 3 })
      const { events, state } = yield* run(options)
      const at = (wanted: (event: RunEvent) => boolean) => events.findIndex(wanted)
      assert.isDefined(state.finishedRun)

      for (const { fault, kind, healedAt, target } of state.faults) {
        const struck = at((event) => event._tag === "FaultInjected" && event.fault === fault)
        const open = new Map<string, number>()
        for (const event of events.slice(0, struck)) {
          if (event._tag === "TrainingStarted") open.set(event.worker, 1)
          if (event._tag === "TrainingFinished") open.delete(event.worker)
        }
        assert.isAbove(open.size, 0, `no training was under way when ${kind} struck`)
        assert.isDefined(healedAt, kind)
        assert.isAbove(
          at((event) => event._tag === "FaultHealed" && event.fault === fault),
          struck
        )
        if (kind === "worker thread killed") assert.isTrue(open.has(target), `${target} was at rest`)
      }
      assert.deepStrictEqual(
        state.faults.map(({ kind }) => kind),
        [...Chaos.kinds]
      )

      const [poisoned, killed, deposed] = state.faults
      const died = events.filter((event) => event._tag === "TrainingDied")
      assert.deepStrictEqual([...new Set(died.map(({ worker }) => worker))], [killed!.target])
      assert.isAtLeast(state.elections.length, 2)
      assert.isTrue(state.restarts.some(({ target }) => target === poisoned!.target))
      assert.isTrue(state.restarts.some(({ target }) => target === deposed!.target))
      const terms = state.elections.map(({ term }) => term)
      assert.deepStrictEqual(
        terms,
        terms.map((_, i) => i + 1)
      )

      assert.deepStrictEqual([...resultsIn(events)].toSorted(), jobsOf(10))
      const again = [...timesOf(begunIn(tallyOf(options)))].flatMap(([job, times]) => (times > 1 ? [job] : []))
      assert.deepStrictEqual(
        again,
        died.map(({ job }) => job)
      )
      assert.strictEqual(threads(), 0)
    }).pipe(Effect.provide(Live))
  )
})
