import { assert, describe, it } from "@effect/vitest"
import { Process, ProcessRegistry } from "@foundation/core"
import {
  CmaEs,
  FunctionObjective,
  GaussianProcess,
  Problems,
  Random,
  type Sampler,
  SearchSpace,
  Sobol,
  Studies,
  Study,
  Tpe
} from "@mabeam/optimize"
import { Cause, Effect, Exit, Layer, Option, Result } from "effect"
import * as AgentRegistry from "../../src/agents/AgentRegistry.ts"
import * as Mabeam from "../../src/Mabeam.ts"
import * as SamplerAgent from "../../src/optimization/SamplerAgent.ts"
import * as TeamStudy from "../../src/optimization/TeamStudy.ts"
import * as Variables from "../../src/variables/Variables.ts"

const Live = Layer.merge(Mabeam.layer(), Studies.layerMemory).pipe(Layer.provideMerge(ProcessRegistry.layerMemory))

const made = Result.getOrThrow
const samplers = {
  random: Random.make(),
  sobol: made(Sobol.make()),
  tpe: made(Tpe.make()),
  cmaes: made(CmaEs.make()),
  gp: made(GaussianProcess.make())
} as const
const memberOf = (id: keyof typeof samplers): TeamStudy.Member => ({ id, sampler: samplers[id] })

const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(-1, 1), y: SearchSpace.float(-1, 1) })
const bowl = ({ x, y }: { readonly x: number; readonly y: number }) => (x - 0.3) ** 2 + (y + 0.2) ** 2
const open = (name: string) =>
  Effect.gen(function* () {
    const definition = made(Study.define({ space, sampler: samplers.random, seed: 5 }))
    return yield* (yield* Studies.Studies).open(name, definition)
  })

/** What the tests of refusals vary. */
type Terms = Pick<TeamStudy.Options, "members" | "trials">

describe("TeamStudy", () => {
  it.live("finds a good value, and the team agrees on the very trial that has it", () =>
    Effect.gen(function* () {
      const study = yield* open("bowl")
      const heard: Array<number> = []
      const found = yield* TeamStudy.run(study, FunctionObjective.make(bowl), {
        members: [memberOf("gp"), memberOf("tpe"), memberOf("random")],
        trials: 30,
        onTrial: ({ number }) => Effect.sync(() => heard.push(number))
      })
      const state = yield* study.state
      const best = Option.getOrThrow(found.state.best)
      assert.isBelow(best.values[0]!, 0.005)
      assert.strictEqual(state.count, 30)
      assert.strictEqual(found.because._tag, "TrialLimitReached")
      assert.strictEqual(found.incumbent, best.number)
      assert.strictEqual(yield* (yield* Variables.Variables).get("bowl.incumbent"), best.number)
      assert.deepStrictEqual(
        heard,
        Array.from({ length: 30 }, (_, number) => number)
      )
      assert.strictEqual(
        found.accounts.reduce((sum, { trials }) => sum + trials, 0),
        30
      )
      const why = yield* (yield* Variables.Variables).why("bowl.incumbent")
      assert.strictEqual(why.trial, best.number)
      for (const trial of state.trials) {
        assert.strictEqual(typeof trial.attributes.get("team"), "object")
        assert.include(["gp", "tpe", "random"], trial.sampler)
      }
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it.live("gives the same trials for the same seed, and goes on where a study was left", () => {
    const run = (trials: ReadonlyArray<number>) =>
      Effect.gen(function* () {
        for (const until of trials) {
          const study = yield* open("same")
          yield* TeamStudy.run(study, FunctionObjective.make(bowl), {
            members: [memberOf("tpe"), memberOf("sobol"), memberOf("cmaes")],
            trials: until
          }).pipe(Effect.scoped, Effect.provide(Mabeam.layer()))
        }
        return (yield* (yield* Studies.Studies).get("same")).trials.map(({ params, sampler }) => ({ params, sampler }))
      }).pipe(Effect.scoped, Effect.provide(Layer.provideMerge(Studies.layerMemory, ProcessRegistry.layerMemory)))
    return Effect.gen(function* () {
      const whole = yield* run([24])
      assert.strictEqual(whole.length, 24)
      assert.deepStrictEqual(yield* run([24]), whole)
      assert.deepStrictEqual(yield* run([7, 8, 19, 24]), whole)
    })
  })

  it.live("restarts an agent that crashes, and goes on; a sampler that always crashes buys nothing more", () =>
    Effect.gen(function* () {
      let calls = 0
      const flaky: Sampler.Sampler = {
        ...samplers.random,
        name: "flaky",
        suggest: (request) => {
          if (++calls % 2 === 1) throw new Error("lost its mind")
          return samplers.random.suggest(request)
        }
      }
      const broken: Sampler.Sampler = {
        ...samplers.random,
        name: "broken",
        suggest: () => {
          throw new Error("never works")
        }
      }
      const study = yield* open("crashes")
      const members = [{ id: "flaky", sampler: flaky }, { id: "broken", sampler: broken }, memberOf("sobol")]
      const found = yield* TeamStudy.run(study, FunctionObjective.make(bowl), { members, trials: 12 })
      const names = (yield* study.state).trials.map(({ sampler }) => sampler)
      assert.strictEqual(names.length, 12)
      assert.notInclude(names, "broken")
      assert.include(names, "sobol")
      assert.strictEqual(found.incumbent, Option.getOrThrow(found.state.best).number)
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it.live("goes on when agents are killed between rounds", () =>
    Effect.gen(function* () {
      const study = yield* open("killed")
      const agents = yield* AgentRegistry.AgentRegistry
      yield* TeamStudy.run(study, FunctionObjective.make(bowl), {
        members: [memberOf("tpe"), memberOf("sobol")],
        trials: 10,
        onTrial: ({ number }) =>
          number % 4 === 1 ? Effect.ignore(Effect.flatMap(agents.ref("tpe"), (ref) => Process.kill(ref))) : Effect.void
      })
      assert.strictEqual((yield* study.state).counts.complete, 10)
      assert.isAbove((yield* agents.info("tpe")).restarts, 0)
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it.live("counts what the objective fails with, or gives that is no number, as failed trials", () =>
    Effect.gen(function* () {
      const study = yield* open("fails")
      const found = yield* TeamStudy.run(
        study,
        FunctionObjective.make((params, { number }) =>
          number % 3 === 0 ? Promise.reject("no luck") : number % 3 === 1 ? Number.NaN : bowl(params)
        ),
        { members: [memberOf("random"), memberOf("sobol")], trials: 9, workers: 2 }
      )
      const state = yield* study.state
      assert.deepStrictEqual([state.counts.failed, state.counts.complete], [6, 3])
      assert.strictEqual(Option.getOrThrow(found.state.best).number % 3, 2)
      assert.deepStrictEqual(
        state.trials.slice(0, 2).map(({ failures }) => failures[0]?.kind),
        ["error", "invalid-answer"]
      )
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it.live("evaluates the slots of a round side by side, each sold by itself", () =>
    Effect.gen(function* () {
      const study = yield* open("wide")
      let running = 0
      let most = 0
      yield* TeamStudy.run(
        study,
        FunctionObjective.make(async (params) => {
          running += 1
          most = Math.max(most, running)
          // Until all three are there.
          while (most < 3) await new Promise((resolve) => setImmediate(resolve))
          running -= 1
          return bowl(params)
        }),
        { members: [memberOf("random"), memberOf("sobol"), memberOf("tpe")], trials: 12, workers: 3 }
      )
      assert.strictEqual(most, 3)
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it.live("refuses a vote for a trial that is not the best, by each agent", () =>
    Effect.gen(function* () {
      const study = yield* open("votes")
      for (const x of [0.3, 0.9]) {
        const { number } = yield* study.ask({ params: { x, y: 0 } })
        yield* study.tell(number, bowl({ x, y: 0 }))
      }
      const { number: open_ } = yield* study.ask()
      const agent = yield* Process.start(SamplerAgent.SamplerAgent, {
        id: "judge",
        sampler: samplers.random,
        study,
        agents: ["judge"],
        trials: 10
      })
      const vote = (trial: number, value: number) =>
        Effect.map(
          agent.call("Vote", {
            session: "s",
            proposal: { subject: "incumbent", value: trial, evidence: { given: { trial, value } } }
          }),
          (ballot) => ballot.vote
        )
      assert.strictEqual(yield* vote(0, bowl({ x: 0.3, y: 0 })), "accept")
      assert.strictEqual(yield* vote(0, 7), "reject")
      assert.strictEqual(yield* vote(1, bowl({ x: 0.9, y: 0 })), "reject")
      assert.strictEqual(yield* vote(open_, 0), "reject")
      const blind = yield* agent.call("Vote", { session: "s", proposal: { subject: "incumbent", value: 0 } })
      assert.strictEqual(blind.vote, "reject")
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it.live("refuses what is no team, and says what went wrong", () =>
    Effect.gen(function* () {
      const study = yield* open("refused")
      const objective = FunctionObjective.make(() => Number.NaN)
      const failure = (options: Partial<Terms>) =>
        TeamStudy.run(study, objective, { members: [memberOf("random")], trials: 2, ...options }).pipe(
          Effect.scoped,
          Effect.exit,
          Effect.map((exit) => (Exit.isFailure(exit) ? Option.getOrUndefined(Cause.findErrorOption(exit.cause)) : exit))
        )
      assert.match(String(yield* failure({ members: [] })), /members: there are none/)
      assert.match(String(yield* failure({ members: [memberOf("tpe"), memberOf("tpe")] })), /"tpe" is there twice/)
      const several = made(Study.define({ space, sampler: samplers.random, directions: ["minimize", "maximize"] }))
      const front = yield* (yield* Studies.Studies).open("front", several)
      const exit = yield* Effect.exit(
        Effect.scoped(TeamStudy.run(front, objective, { members: [memberOf("random")], trials: 2 }))
      )
      assert.match(String(exit), /several objectives/)
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it.live("fails when all trials fail, when all agents are given up, and when no slot can be sold", () =>
    Effect.gen(function* () {
      const tag = (name: string, options: Partial<Terms>) =>
        Effect.gen(function* () {
          const study = yield* open(name)
          const objective = FunctionObjective.make(() => Number.NaN)
          const exit = yield* TeamStudy.run(study, objective, {
            members: [memberOf("random")],
            trials: 2,
            ...options
          }).pipe(Effect.scoped, Effect.exit)
          const error = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.findErrorOption(exit.cause)) : undefined
          return typeof error === "object" && error !== null && "_tag" in error ? error._tag : exit._tag
        })
      const crash = (): never => {
        throw new Error("never works")
      }
      const broken: Sampler.Sampler = { ...samplers.random, suggest: crash }
      assert.strictEqual(yield* tag("nothing", { trials: 60 }), "TooManyFailures")
      assert.strictEqual(yield* tag("lost", { members: [{ id: "broken", sampler: broken }] }), "TeamLost")
      const nowhere = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) }, { constraints: ["x > 2"] })
      const definition = made(Study.define({ space: nowhere, sampler: samplers.random }))
      const stuck = yield* (yield* Studies.Studies).open("stuck", definition)
      const exit = yield* TeamStudy.run(
        stuck,
        FunctionObjective.make(() => 1),
        { members: [memberOf("sobol")], trials: 2 }
      ).pipe(Effect.scoped, Effect.exit)
      const error = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.findErrorOption(exit.cause)) : undefined
      assert.strictEqual(error?._tag, "SaleFailed")
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it.live("is no worse on Branin than its second best sampler alone, medians of three seeds after 40 trials", () =>
    Effect.gen(function* () {
      const { evaluate, minimum, space: plane } = Problems.branin
      const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[1]!
      const seeds = [1, 2, 3]
      const alone = (sampler: Sampler.Sampler) =>
        median(
          seeds.map((seed) => {
            let state = made(Study.make({ space: plane, sampler, seed }))
            for (let trial = 0; trial < 40; trial++) {
              const [asked, { number, params }] = made(Study.ask(state))
              state = made(Study.tell(asked, number, evaluate(params)))
            }
            return Option.getOrThrow(state.best).values[0]! - minimum
          })
        )
      const singles = [samplers.gp, samplers.tpe, samplers.cmaes].map(alone).sort((a, b) => a - b)
      const teams: Array<number> = []
      for (const seed of seeds) {
        const definition = made(Study.define({ space: plane, sampler: samplers.random, seed }))
        const study = yield* (yield* Studies.Studies).open(`branin-${seed}`, definition)
        const found = yield* Effect.scoped(
          TeamStudy.run(study, FunctionObjective.make(evaluate), {
            members: [memberOf("gp"), memberOf("tpe"), memberOf("cmaes")],
            trials: 40
          })
        )
        teams.push(Option.getOrThrow(found.state.best).values[0]! - minimum)
      }
      assert.isAtMost(median(teams), singles[1]!)
    }).pipe(Effect.scoped, Effect.provide(Live))
  )
})
