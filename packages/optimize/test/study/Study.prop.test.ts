import { assert, describe } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Result, Schema } from "effect"
import * as RandomStream from "../../src/internal/random.ts"
import * as Random from "../../src/sampler/Random.ts"
import type { Sampler } from "../../src/sampler/Sampler.ts"
import * as Sobol from "../../src/sampler/Sobol.ts"
import * as Tpe from "../../src/sampler/Tpe.ts"
import * as Study from "../../src/study/Study.ts"
import { StudyEvent } from "../../src/study/StudyEvent.ts"
import { cases } from "../spaces.ts"
import type { Case } from "../spaces.ts"

const runs = campaign(300, 5_000)

const samplers: ReadonlyArray<Sampler> = [
  Result.getOrThrow(Tpe.make({ startup: 4 })),
  Result.getOrThrow(Sobol.make()),
  Random.make()
]

const start = ({ space, seed }: Case) =>
  Result.getOrThrow(
    Study.make({
      space,
      seed,
      sampler: samplers[Math.abs(seed) % samplers.length]!,
      direction: seed % 2 === 0 ? "minimize" : "maximize"
    })
  )

/** What the workers do next: decided by chance from the state's size, so that it is the same after a resumption. */
const commandOf = (state: Study.State, seed: number, step: number): Study.Command => {
  const random = RandomStream.stream(seed, step, 8)
  const running = state.trials.filter((trial) => trial.state === "running")
  const trial = running[RandomStream.below(random, Math.max(1, running.length))]
  const kind = RandomStream.below(random, 10)
  if (trial === undefined || (kind < 4 && running.length < 5)) return { _tag: "Ask" }
  const { number } = trial
  const value = Math.round(RandomStream.uniform(random) * 20) / 4
  if (kind === 8) return { _tag: "Fail", number, reason: "lost" }
  return kind === 9 ? { _tag: "Prune", number } : { _tag: "Tell", number, value }
}

const STEPS = 40

/** Every event of a study with several workers, and every state on the way. */
const runOf = (given: Case) => {
  let state: Study.State = start(given)
  const events: Array<StudyEvent> = [Study.created(state.definition)]
  const states = [state]
  for (let step = 0; step < STEPS; step++) {
    const [event] = Result.getOrThrow(Study.decide(state, commandOf(state, given.seed, step)))
    assert(event !== undefined)
    state = Result.getOrThrow(Study.evolve(state, event))
    events.push(event)
    states.push(state)
  }
  return { events, states }
}

const stored = (events: ReadonlyArray<StudyEvent>): ReadonlyArray<StudyEvent> =>
  Result.getOrThrow(Schema.decodeUnknownResult(Schema.Array(StudyEvent))(JSON.parse(JSON.stringify(events))))

describe("P14", () => {
  law("P14: the same seed gives the same study", runs, cases, (given) => {
    assert.deepStrictEqual(runOf(given).events, runOf(given).events)
    return true
  })

  law(
    "P14: a study interrupted after any event and resumed goes on as if it had never stopped",
    runs,
    cases,
    (given) => {
      const { events, states } = runOf(given)
      const json = stored(events)
      for (let kept = 1; kept <= events.length; kept++) {
        const resumed = Result.getOrThrow(Study.replay(json.slice(0, kept)))
        const before = states[kept - 1]!
        assert.deepStrictEqual(resumed.trials, before.trials)
        assert.deepStrictEqual(resumed.best, before.best)
        if (kept === events.length) break
        const next = Result.getOrThrow(Study.decide(resumed, commandOf(resumed, given.seed, kept - 1)))
        assert.deepStrictEqual(next, [events[kept]!])
      }
      return true
    }
  )

  law("P14: the next suggestion does not depend on the order in which running trials ended", runs, cases, (given) => {
    const { states } = runOf(given)
    const reached = states.at(-1)!
    let state: Study.State = start(given)
    for (const { params } of reached.trials) [state] = Result.getOrThrow(Study.ask(state, { params }))
    for (const trial of reached.trials.toReversed()) {
      const { number } = trial
      if (trial.state === "complete") state = Result.getOrThrow(Study.tell(state, number, trial.values))
      if (trial.state === "failed") state = Result.getOrThrow(Study.fail(state, number, "lost"))
      if (trial.state === "pruned") state = Result.getOrThrow(Study.prune(state, number))
    }
    assert.deepStrictEqual(Study.suggest(state), Study.suggest(reached))
    assert.deepStrictEqual(
      [state.best].map((best) => best._tag === "Some" && best.value.number),
      [reached.best].map((best) => best._tag === "Some" && best.value.number)
    )
    return true
  })
})
