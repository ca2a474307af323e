/** Studies in which everything happens that can: commands drawn by chance from a seed, some of them refused. */
import { Result } from "effect"
import * as RandomStream from "../../src/internal/random.ts"
import * as Pruners from "../../src/pruner/Pruners.ts"
import * as Samplers from "../../src/sampler/Samplers.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import * as Study from "../../src/study/Study.ts"
import type { StudyEvent } from "../../src/study/StudyEvent.ts"

/** A study, by chance: its settings follow from the seed. */
export const begin = (space: SearchSpace.SearchSpace, seed: number, samplers?: ReadonlyArray<string>) => {
  const random = RandomStream.stream(seed, 71)
  const pick = <A>(list: ReadonlyArray<A>): A => list[RandomStream.below(random, list.length)]!
  // Some samplers do not take every space, and grids end; the law of each stands with it.
  const names = samplers ?? ["random", "sobol", "tpe", "lhs", "de"]
  const pruner = Result.getOrThrow(
    Pruners.decode({ name: pick([...Pruners.makers.keys()].filter(isSimple)), options: {} })
  )
  const isMany = RandomStream.below(random, 4) === 0 && pruner.objectives === "many"
  const wanted = names.flatMap((name) => {
    // Few random trials, so that what a model sees is seen to matter.
    const made = [{ startup: 2 }, {}].map((options) => Samplers.decode({ name, options })).find(Result.isSuccess)
    return made === undefined || (isMany && made.success.objectives === "one") ? [] : [made.success]
  })
  const directions = isMany ? (["minimize", "maximize"] as const) : ([pick(["minimize", "maximize"] as const)] as const)
  return Result.getOrThrow(
    Study.define({
      space,
      sampler: pick(
        wanted.length === 0 ? [Result.getOrThrow(Samplers.decode({ name: "random", options: {} }))] : wanted
      ),
      pruner,
      seed,
      directions,
      attemptsMax: 1 + RandomStream.below(random, 3),
      lossesMax: RandomStream.below(random, 3),
      trialsMax: 25,
      ...(RandomStream.below(random, 2) === 0 ? { trialTimeoutMillis: 60 + RandomStream.below(random, 100) } : {})
    })
  )
}

const isSimple = (name: string) => name !== "threshold" && name !== "patient" && name !== "percentile"

/** One step: what is tried, and when. Depends on the state alone, so that it is the same after a resumption. */
export const commandOf = (state: Study.State, seed: number, step: number): Study.Command => {
  const random = RandomStream.stream(seed, step, 72)
  const below = (n: number) => RandomStream.below(random, n)
  const at = 1_000 + step * 10 + below(9)
  const owner = `worker-${below(3)}`
  const lease = { owner, until: at + 20 + below(80) }
  const number = below(Math.max(1, state.count + 1))
  const value = () => (state.definition.directions.length === 1 ? below(20) / 4 : [below(20) / 4, below(20) / 4])
  const by = [{ at }, { owner, at }, { owner: holderOf(state, number, owner), at }][below(3)]!
  switch (below(16)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return { _tag: "Ask", at, lease }
    case 4:
      return below(2) === 0
        ? { _tag: "Ask" }
        : { _tag: "Enqueue", at, params: SearchSpace.sample(state.definition.space, { seed, number: step }) }
    case 5:
    case 6:
      return { _tag: "Tell", number, value: value(), constraints: below(3) === 0 ? [below(5) - 3] : undefined, ...by }
    case 7:
      return { _tag: "Fail", number, reason: "it broke", kind: below(2) === 0 ? "crash" : "timeout", ...by }
    case 8:
      return { _tag: "Prune", number, ...by }
    case 9:
    case 10:
      return { _tag: "Report", number, step: below(6), value: value(), ...by }
    case 11:
      return { _tag: "Renew", number, lease, at }
    case 12:
      return [
        { _tag: "Pause", number } as const,
        { _tag: "Resume", number } as const,
        { _tag: "Release", number, ...by } as const
      ][below(3)]!
    case 13:
      return below(3) === 0 ? { _tag: "PauseStudy" } : { _tag: "ResumeStudy" }
    case 14:
      return below(2) === 0
        ? {
            _tag: "SetAttribute",
            key: `key ${below(3)}`,
            value: { step, list: [null, "x"] },
            ...(below(2) === 0 ? {} : { number })
          }
        : {
            _tag: "AddArtifact",
            number,
            artifact: { name: "model", uri: `file:///${step}`, mediaType: "application/json", bytes: step }
          }
    default:
      return { _tag: "Recover", at }
  }
}

const holderOf = (state: Study.State, number: number, otherwise: string): string => {
  const trial = state.trial(number)
  return trial?.state === "running" ? (trial.lease?.owner ?? otherwise) : otherwise
}

/** What a step came to. */
export interface Step {
  readonly command: Study.Command
  readonly before: Study.State
  readonly decided: Study.Decision
  readonly after: Study.State
}

/** The steps of a study, and all its events. */
export const tell = (definition: Study.Definition, seed: number, steps: number) => {
  const events: Array<StudyEvent> = [Study.created(definition, 1_000)]
  let state = Study.start(definition, 1_000)
  const story: Array<Step> = []
  for (let step = 0; step < steps; step++) {
    const command = commandOf(state, seed, step)
    const decided = Study.decide(state, command)
    const before = state
    if (Result.isSuccess(decided)) {
      state = Study.applyUnsafe(state, decided.success)
      events.push(...decided.success)
    }
    story.push({ command, before, decided, after: state })
  }
  return { events, state, story }
}
