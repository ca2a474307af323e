import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Schema } from "effect"
import { isDeepStrictEqual } from "node:util"
import * as Plan from "../../src/run/Plan.ts"
import { finals, randomJob, RunEvent, teamJob } from "../../src/run/RunEvent.ts"
import { evolve, finishedOf, initial, type RunState } from "../../src/run/RunState.ts"
import { begin, fold, play, type Setting } from "./world.ts"

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const settings = Arbitrary.map(
  Arbitrary.schema(
    Schema.Struct({ seed: int(0, 1_000_000), trials: int(1, 40), agents: int(2, 6), trouble: int(0, 50) })
  ),
  (setting): Setting => ({ ...setting, trouble: setting.trouble / 100 })
)
const withCut = Arbitrary.all([settings, Arbitrary.schema(int(1, 1_000_000))])

const played = (setting: Setting) => {
  const events = play(setting)
  if (events === undefined) throw new Error("the run does not end")
  return { events, state: fold(events) }
}

const jobsOf = (state: RunState, purpose: Parameters<typeof finishedOf>[1]) =>
  finishedOf(state, purpose)
    .map(({ job }) => job)
    .toSorted()

const numbered = (count: number, name: (number: number) => string) =>
  Array.from({ length: count }, (_, i) => name(i + 1)).toSorted()

const finalJobs = Object.values(finals).toSorted()

describe("what a run does next", () => {
  law("ends every run, with as many trainings as were asked for", campaign(2_000, 20_000), settings, (setting) => {
    const { state } = played(setting)
    const { trials } = setting
    const finalists = Plan.finalistsOf(trials)
    assert.isDefined(state.finishedRun)
    assert.deepStrictEqual(jobsOf(state, "team"), numbered(trials - 2 * finalists, teamJob))
    const repetitions = jobsOf(state, "repetition")
    const finalistsTrained = new Set(repetitions.map((job) => job.replace(/-again-\d$/, "")))
    assert.strictEqual(repetitions.length, 2 * finalists)
    assert.strictEqual(finalistsTrained.size, finalists)
    for (const job of finalistsTrained) assert.isTrue(state.trials.has(job))
    assert.deepStrictEqual(jobsOf(state, "random search"), numbered(trials, randomJob))
    assert.deepStrictEqual(jobsOf(state, "final"), finalJobs)
    return true
  })

  law(
    "asks for nothing that is answered or trained, and gives a job one result",
    campaign(200, 5_000),
    settings,
    (setting) => {
      const { events } = played(setting)
      let state = initial
      const results = new Set<string>()
      const answers = new Set<string>()
      for (const [second, event] of events.entries()) {
        if (event._tag === "TrainingFinished") {
          assert.isFalse(results.has(event.job), event.job)
          results.add(event.job)
        }
        state = evolve(state, event, second)
        if (event._tag === "SlotReturned" || event._tag === "TrialProposed")
          answers.add(`${event.round} ${event.agent}`)
        const step = Plan.next(state)
        if (step._tag === "Propose") assert.isFalse(answers.has(`${step.round} ${step.agent}`))
        if (step._tag !== "Train") continue
        const jobs = step.tasks.map(({ job }) => job)
        assert.strictEqual(new Set(jobs).size, jobs.length)
        for (const job of jobs) assert.isFalse(results.has(job), job)
      }
      return true
    }
  )

  law(
    "never has more proposals in a round than slots, and one of each winner",
    campaign(500, 5_000),
    settings,
    (setting) => {
      const { events, state } = played(setting)
      const slots = begin(setting).slots
      for (const { round, sold } of state.rounds) {
        const agents = events.flatMap((event) =>
          event._tag === "TrialProposed" && event.round === round ? [event.agent] : []
        )
        assert.isAtMost(agents.length, slots)
        assert.strictEqual(new Set(agents).size, agents.length)
        for (const agent of agents) assert.include(sold?.winners ?? [], agent)
      }
      return true
    }
  )

  const decode = Schema.decodeUnknownSync(Schema.fromJsonString(RunEvent))
  const encode = Schema.encodeSync(Schema.fromJsonString(RunEvent))

  law("follows from the events alone, and leaves the state as it is", campaign(50, 1_000), settings, (setting) => {
    const { events } = played(setting)
    let state = initial
    let reread = initial
    for (const [second, event] of events.entries()) {
      state = Object.freeze(evolve(state, Object.freeze(event), second))
      reread = evolve(reread, decode(encode(event)), second)
      const before = structuredClone(state)
      const step = Plan.next(state)
      // Chai's comparison would take most of the time.
      assert.isTrue(isDeepStrictEqual(reread, state), "what was read back gives another state")
      assert.isTrue(isDeepStrictEqual(Plan.next(reread), step), "equal states, different steps")
      assert.isTrue(isDeepStrictEqual(state, before), "the state was changed")
    }
    return true
  })

  law("is the same run when it is cut anywhere and gone on with", campaign(500, 10_000), withCut, ([setting, at]) => {
    const { events } = played(setting)
    const cut = events.slice(0, 1 + (at % (events.length - 1)))
    const resumed = play({ ...setting, seed: setting.seed + 1 }, [...cut, { _tag: "RunResumed" }])
    if (resumed === undefined) throw new Error("the resumed run does not end")
    const [whole, mended] = [fold(events), fold(resumed)]
    for (const purpose of ["team", "random search", "final"] as const) {
      assert.deepStrictEqual(jobsOf(mended, purpose), jobsOf(whole, purpose))
    }
    assert.strictEqual(jobsOf(mended, "repetition").length, jobsOf(whole, "repetition").length)
    // Nothing that had its result was asked for again.
    const done = fold(cut).finished
    for (const event of resumed.slice(cut.length)) {
      if (event._tag === "TrainingStarted") assert.isFalse(done.has(event.job), event.job)
    }
    return true
  })

  it("is nothing before a run has started and after it has finished", () => {
    assert.deepStrictEqual(Plan.next(initial), { _tag: "Nothing" })
    const { state } = played({ seed: 1, trials: 3, agents: 3, trouble: 0 })
    assert.deepStrictEqual(Plan.next(state), { _tag: "Nothing" })
  })

  it("repeats two trainings for each of the best, in a twelfth of long runs and in no short one", () => {
    assert.deepStrictEqual([1, 23, 24, 60].map(Plan.finalistsOf), [0, 0, 2, 5])
    assert.deepStrictEqual([1, 23, 24, 60].map(Plan.explorationsOf), [1, 23, 20, 50])
  })
})
