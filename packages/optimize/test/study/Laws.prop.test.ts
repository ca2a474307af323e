/**
 * Laws of studies in which everything happens that can (`story.ts`), some of it refused.
 *
 * Each law has failed on a planted bug: a lease that ends one millisecond late or is not looked at, a tell that does not ask for owner,
 * attempt or time, a renewal that shortens, losses that count as failures or never end, a first waiting trial that is forgotten after a
 * retry, an equal value that replaces the best of a smaller number, suggestions made before the failures of lost trials.
 */
import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Option, Result, Schema } from "effect"
import * as Problems from "../../src/problem/Problems.ts"
import * as Pruners from "../../src/pruner/Pruners.ts"
import * as Samplers from "../../src/sampler/Samplers.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import * as Study from "../../src/study/Study.ts"
import { StudyEvent } from "../../src/study/StudyEvent.ts"
import { firstWaiting, running } from "../../src/study/StudyState.ts"
import { cases } from "../spaces.ts"
import type { Case } from "../spaces.ts"
import * as Story from "./story.ts"

const runs = campaign(500, 20_000)

const storyOf = ({ seed, space }: Case, steps = 80) => Story.tell(Story.begin(space, seed), seed, steps)

const quarter = Math.ceil(runs / 4)

const stored = (events: ReadonlyArray<StudyEvent>): ReadonlyArray<StudyEvent> =>
  Result.getOrThrow(Schema.decodeUnknownResult(Schema.Array(StudyEvent))(JSON.parse(JSON.stringify(events))))

const every = (holds: (step: Story.Step) => void) => (given: Case) => {
  for (const step of storyOf(given).story) holds(step)
  return true
}

describe("budgets", () => {
  law(
    "never more trials than the budget, each counted in one state",
    runs,
    cases,
    every(({ after }) => {
      assert(after.count <= after.definition.trialsMax)
      const count = (state: Study.Trial["state"]) => after.trials.filter((trial) => trial.state === state).length
      for (const [state, number] of Object.entries(after.counts)) {
        assert.strictEqual(number, count(state as Study.Trial["state"]))
      }
      assert.deepStrictEqual(
        running(after),
        after.trials.filter(({ state }) => state === "running").map(({ number }) => number)
      )
      assert.strictEqual(firstWaiting(after), after.trials.find(({ state }) => state === "waiting")?.number)
    })
  )

  law(
    "a trial fails at most attemptsMax times and is lost at most lossesMax + 1 times, each time with its attempt and cause",
    runs,
    cases,
    every(({ after: { definition, trials } }) => {
      for (const { attempt, failures, state } of trials) {
        const losses = failures.filter(({ kind }) => kind === "lease-expired").length
        assert(losses <= definition.lossesMax + 1 && failures.length - losses <= definition.attemptsMax)
        assert(failures.every((failure, i) => failure.attempt > (failures[i - 1]?.attempt ?? 0)))
        assert((failures.at(-1)?.attempt ?? 0) <= attempt)
        const isSpent = losses === definition.lossesMax + 1 || failures.length - losses === definition.attemptsMax
        assert.strictEqual(isSpent, state === "failed")
      }
    })
  )
})

describe("leases", () => {
  law(
    "a trial is given only when nobody holds it: it waits, its lease has ended or its time is over",
    runs,
    cases,
    every(({ before, command, decided }) => {
      if (command._tag !== "Ask" || Result.isFailure(decided)) return
      const given = before.trial(Study.givenBy(decided.success))
      if (given === undefined || given.state === "waiting") return
      assert(given.state === "running" && command.at !== undefined)
      const limit = before.definition.trialTimeoutMillis ?? Number.POSITIVE_INFINITY
      const isOver = command.at - (given.startedAt ?? Number.POSITIVE_INFINITY) >= limit
      assert(isOver || (given.lease?.until ?? Number.POSITIVE_INFINITY) <= command.at)
    })
  )

  law(
    "P14: the trial of a dead worker is free after its lease: the next ask gives it, while losses allow, as the next attempt",
    runs,
    cases,
    every(({ before, command, decided, after }) => {
      if (command._tag !== "Ask" || command.at === undefined || Result.isFailure(decided)) return
      const { at } = command
      const lost = before.trials.filter(
        (trial) => trial.state === "running" && trial.lease !== undefined && trial.lease.until <= at
      )
      for (const { number, attempt, failures } of lost) {
        const now = after.trial(number)!
        assert(now.failures.length === failures.length + 1 && now.failures.at(-1)?.attempt === attempt)
        // What is not given now waits or has failed for good: it never looks as if somebody worked on it.
        if (now.state === "running") assert(now.attempt === attempt + 1 && Study.givenBy(decided.success) === number)
        else assert(now.state === "waiting" || now.state === "failed")
      }
      if (command.params !== undefined) return
      const free = after.trials.find((trial) => trial.state === "waiting")?.number ?? Number.POSITIVE_INFINITY
      assert(Study.givenBy(decided.success) < free)
    })
  )

  law(
    "only who holds a trial, in time and at its present attempt, says what becomes of it; whoever is late overwrites nothing",
    runs,
    cases,
    every(({ before, command, decided, after }) => {
      if (!("number" in command) || command.number === undefined) return
      const trial = before.trial(command.number)
      if (trial === undefined) return
      if (Study.hasEnded(trial)) {
        const now = after.trial(command.number)!
        assert.deepStrictEqual({ ...now, attributes: 0, artifacts: 0 }, { ...trial, attributes: 0, artifacts: 0 })
      }
      if (!("owner" in command) || trial.state !== "running") return
      const isOther = trial.lease !== undefined && command.owner !== undefined && command.owner !== trial.lease.owner
      const limit = before.definition.trialTimeoutMillis ?? Number.POSITIVE_INFINITY
      const isLate = (command.at ?? 0) - (trial.startedAt ?? Number.POSITIVE_INFINITY) >= limit
      if (isOther) assert(Result.isFailure(decided) && decided.failure._tag === "LeaseLost")
      else if (isLate && command._tag !== "Fail") {
        assert(Result.isFailure(decided) && decided.failure._tag === "TrialTimedOut")
      }
    })
  )

  law(
    "what a worker of an earlier attempt says is refused, whoever it is",
    runs,
    cases,
    every(({ after }) => {
      for (const { attempt, number, state } of after.trials) {
        if (state !== "running") continue
        const told = Study.tell(
          after,
          number,
          after.definition.directions.map(() => 1),
          { attempt: attempt - 1 }
        )
        assert(Result.isFailure(told) && told.failure._tag === "LeaseLost")
      }
    })
  )

  law(
    "who gives a trial back leaves it free in one step: nothing has failed, and nobody has it",
    runs,
    cases,
    every(({ before, command, decided, after }) => {
      if (command._tag !== "Release" || Result.isFailure(decided)) return
      const [was, is] = [before.trial(command.number), after.trial(command.number)]
      assert(was?.state === "running" && is?.state === "waiting")
      assert.deepStrictEqual([is.params, is.failures, is.attributes], [was.params, was.failures, was.attributes])
    })
  )

  law(
    "a renewal never shortens a lease",
    runs,
    cases,
    every(({ before, command, decided, after }) => {
      if (command._tag !== "Renew" || Result.isFailure(decided)) return
      const [was, is] = [before.trial(command.number), after.trial(command.number)]
      assert(was?.state === "running" && is?.state === "running" && is.lease !== undefined)
      assert(is.lease.until >= command.lease.until && is.lease.until >= (was.lease?.until ?? 0))
    })
  )
})

describe("states", () => {
  law(
    "a paused study gives nothing; a paused trial is given to nobody until it is resumed",
    runs,
    cases,
    every(({ before, command, decided }) => {
      if (command._tag !== "Ask") return
      if (before.isPaused) assert(Result.isFailure(decided) && decided.failure._tag === "StudyPaused")
      if (Result.isSuccess(decided)) assert(before.trial(Study.givenBy(decided.success))?.state !== "paused")
    })
  )

  law(
    "best and the trials since are what the trials say; the front is what no other trial dominates",
    runs,
    cases,
    every(({ after, command }) => {
      if (command._tag !== "Tell") return
      const { directions } = after.definition
      const minimal = ({ values }: Study.CompleteTrial) =>
        values.map((value, k) => (directions[k] === "maximize" ? -value : value))
      const kept = after.trials
        .filter((trial) => trial.state === "complete")
        .filter(({ constraints }) => constraints.every((it) => it <= 0))
      const isDominated = (trial: Study.CompleteTrial) =>
        kept.some((other) => {
          const [a, b] = [minimal(other), minimal(trial)]
          return a.every((it, k) => it <= b[k]!) && a.some((it, k) => it < b[k]!)
        })
      assert.deepStrictEqual(
        Study.front(after),
        kept.filter((trial) => !isDominated(trial))
      )
      if (directions.length > 1) return assert(Option.isNone(after.best))
      const best = kept.toSorted((a, b) => minimal(a)[0]! - minimal(b)[0]! || a.number - b.number)[0]
      assert.strictEqual(Option.getOrUndefined(after.best)?.number, best?.number)
    })
  )
})

describe("P14", () => {
  law("P14: killed after any event and resumed, a study is the same and decides the same", quarter, cases, (given) => {
    const definition = Story.begin(given.space, given.seed)
    const { events, story } = Story.tell(definition, given.seed, 40)
    const json = stored(events)
    let written = 1
    for (const [step, { before, command, decided }] of story.entries()) {
      const kept = json.slice(0, written)
      for (const state of [Result.getOrThrow(Study.replay(kept)), Result.getOrThrow(Study.resume(definition, kept))]) {
        assert.deepStrictEqual(state.trials, before.trials)
        assert.deepStrictEqual(
          [state.best, state.counts, state.sinceBest],
          [before.best, before.counts, before.sinceBest]
        )
        assert.deepStrictEqual([state.isPaused, state.attributes], [before.isPaused, before.attributes])
        assert.deepStrictEqual(Story.commandOf(state, given.seed, step), command)
        assert.deepStrictEqual(Study.decide(state, command), decided)
      }
      if (Result.isSuccess(decided)) written += decided.success.length
    }
    return true
  })

  law(
    "P14: it does not matter who writes down that trials were lost, and when: the next trial is the same",
    quarter,
    cases,
    every(({ before, command, decided }) => {
      if (command._tag !== "Ask" || command.at === undefined || Result.isFailure(decided)) return
      const recovered = Result.getOrThrow(Study.recover(before, command.at))
      assert.deepStrictEqual(Result.getOrThrow(Study.recover(recovered, command.at)), recovered)
      const again = Result.getOrThrow(Study.decide(recovered, command))
      assert.deepStrictEqual(again, [decided.success.at(-1)!])
    })
  )
})

/** A sampler or pruner by name with few random trials before it begins, where it knows of that. */
const spaces = [Problems.conditional.space, Problems.branin.space]

const definitionOf = (sampler: string, pruner: string, seed: number): Study.Definition => {
  const made = [{ startup: 3 }, {}].map((options) => Samplers.decode({ name: sampler, options })).find(Result.isSuccess)
  const options = pruner === "threshold" ? { upper: 3 } : pruner === "patient" ? { patience: 1 } : {}
  const pruning = [options, {}].map((each) => Pruners.decode({ name: pruner, options: each })).find(Result.isSuccess)
  assert(made !== undefined && pruning !== undefined, `${sampler} or ${pruner} cannot be made without options`)
  for (const space of spaces) {
    const defined = Study.define<SearchSpace.Declaration>({
      space,
      sampler: made.success,
      pruner: pruning.success,
      seed,
      trialsMax: 12,
      lossesMax: 1,
      trialTimeoutMillis: 150
    })
    if (Result.isSuccess(defined)) return defined.success
  }
  return assert.fail(`${sampler} takes none of the spaces`)
}

/** Kills the study after each step; the resumed one must decide and prune as the one that lives on. */
const killAtEveryStep = (definition: Study.Definition, seed: number, steps: number) => {
  const { events, story, state } = Story.tell(definition, seed, steps)
  const json = stored(events)
  let written = 1
  for (const { before, command, decided } of story) {
    const resumed = Result.getOrThrow(Study.resume(definition, json.slice(0, written)))
    assert.deepStrictEqual(resumed.trials, before.trials)
    assert.deepStrictEqual(Study.decide(resumed, command), decided)
    for (const number of running(before)) {
      assert.strictEqual(Study.shouldPrune(resumed, number), Study.shouldPrune(before, number))
    }
    if (Result.isSuccess(decided)) written += decided.success.length
  }
  return state
}

describe("P14: kills at every step", () => {
  const seeds = Array.from({ length: campaign(3, 30) }, (_, i) => i + 1)
  for (const sampler of Samplers.makers.keys()) {
    it(`with the sampler ${sampler}`, { timeout: 600_000 }, () => {
      const trials = seeds.map((seed) => killAtEveryStep(definitionOf(sampler, "none", seed), seed, 70).count)
      assert.isAbove(Math.max(...trials), 5)
    })
  }
  for (const pruner of Pruners.makers.keys()) {
    it(`with the pruner ${pruner}`, { timeout: 600_000 }, () => {
      const states = seeds.map((seed) => killAtEveryStep(definitionOf("random", pruner, seed), seed, 150))
      assert(states.some(({ trials }) => trials.some(({ reports }) => reports.length > 1)))
    })
  }
})
