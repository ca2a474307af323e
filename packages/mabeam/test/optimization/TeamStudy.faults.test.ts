/** What goes wrong around a team: agents killed while they ask for a trial, slow and silent ones, programs that begin again. */
import { assert, describe, it } from "@effect/vitest"
import { Process, ProcessRegistry } from "@foundation/core"
import { expectNoLeaks } from "@foundation/core/testing"
import { FunctionObjective, Grid, Random, SearchSpace, Sobol, Studies, Study } from "@mabeam/optimize"
import { Cause, Effect, Exit, Fiber, Layer, Option, Result } from "effect"
import * as AgentRegistry from "../../src/agents/AgentRegistry.ts"
import * as AgentSupervisor from "../../src/agents/AgentSupervisor.ts"
import * as Mabeam from "../../src/Mabeam.ts"
import * as SamplerAgent from "../../src/optimization/SamplerAgent.ts"
import * as TeamStudy from "../../src/optimization/TeamStudy.ts"
import * as Variables from "../../src/variables/Variables.ts"
import * as VariableType from "../../src/variables/VariableType.ts"

const Live = Layer.merge(Mabeam.layer(), Studies.layerMemory).pipe(Layer.provideMerge(ProcessRegistry.layerMemory))

const made = Result.getOrThrow
const random = Random.make()
const sobol = made(Sobol.make())
const members: ReadonlyArray<TeamStudy.Member> = [
  { id: "random", sampler: random },
  { id: "sobol", sampler: sobol }
]

const space = SearchSpace.makeUnsafe({ x: SearchSpace.float(-1, 1), y: SearchSpace.float(-1, 1) })
const bowl = ({ x, y }: { readonly x: number; readonly y: number }) => (x - 0.3) ** 2 + (y + 0.2) ** 2
const objective = FunctionObjective.make(bowl)
type Settings = Partial<Pick<Study.Settings<SearchSpace.Declaration>, "stop" | "attemptsMax">>
const define = (settings: Settings = {}) => made(Study.define({ space, sampler: random, seed: 5, ...settings }))
const open = (name: string, settings?: Settings) =>
  Effect.flatMap(Studies.Studies, (studies) => studies.open(name, define(settings)))
/** An effect that waits, and what lets it go on. */
const latch = () => {
  let release = () => {}
  const open = new Promise<void>((resolve) => (release = resolve))
  return { wait: Effect.promise(() => open), release }
}
const summary = ({ counts }: Study.State) => ({
  complete: counts.complete,
  running: counts.running,
  waiting: counts.waiting
})
const tagOf = (exit: Exit.Exit<unknown, unknown>) => {
  const error = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.findErrorOption(exit.cause)) : undefined
  return typeof error === "object" && error !== null && "_tag" in error ? error._tag : String(exit)
}

describe("TeamStudy, when something goes wrong", () => {
  it.live("works again on the same study in the same program", () =>
    Effect.gen(function* () {
      const study = yield* open("again")
      yield* Effect.scoped(TeamStudy.run(study, objective, { members, trials: 6 }))
      const found = yield* Effect.scoped(TeamStudy.run(study, objective, { members, trials: 12 }))
      assert.strictEqual(found.state.counts.complete, 12)
      assert.strictEqual(found.incumbent, Option.getOrThrow(found.state.best).number)
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it.live("agrees on the incumbent of a study that was over before", () =>
    Effect.gen(function* () {
      const study = yield* open("over")
      for (let trial = 0; trial < 4; trial++) {
        const { number, params } = yield* study.ask()
        yield* study.tell(number, bowl(params))
      }
      const found = yield* Effect.scoped(TeamStudy.run(study, objective, { members, trials: 4 }))
      assert.strictEqual(found.incumbent, Option.getOrThrow(found.state.best).number)
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it.live("evaluates a trial that a killed agent has asked for", () =>
    Effect.gen(function* () {
      const study = yield* open("killed while asking")
      const agents = yield* AgentRegistry.AgentRegistry
      const killed: Array<number> = []
      const killAll = Effect.forEach(members, ({ id }) => Effect.flatMap(agents.ref(id), Process.kill), {
        concurrency: "unbounded"
      })
      // The trial is there; its agent is told to die before it can say so.
      const slow: typeof study = {
        ...study,
        setAttribute: (key, value, number = -1) => {
          if (number % 3 !== 1 || killed.length === 3) return study.setAttribute(key, value, number)
          killed.push(number)
          return Effect.forkDetach(killAll, { startImmediately: true }).pipe(
            Effect.andThen(Effect.yieldNow),
            Effect.andThen(study.setAttribute(key, value, number))
          )
        }
      }
      const found = yield* Effect.scoped(TeamStudy.run(slow, objective, { members, trials: 12 }))
      assert.deepStrictEqual(killed, [1, 4, 7])
      assert.deepStrictEqual(summary(found.state), { complete: 12, running: 0, waiting: 0 })
      assert.strictEqual(
        found.accounts.reduce((sum, { trials }) => sum + trials, 0),
        12
      )
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it.live("evaluates a trial that came after the patience with its agent had ended", () =>
    Effect.gen(function* () {
      const study = yield* open("late")
      const { release, wait } = latch()
      let asks = 0
      const slow: typeof study = {
        ...study,
        // The fourth waits until the slot is sold to somebody else.
        ask: (options) => {
          if (++asks === 4) return Effect.andThen(wait, study.ask(options))
          if (asks === 5) release()
          return study.ask(options)
        }
      }
      const found = yield* Effect.scoped(TeamStudy.run(slow, objective, { members, trials: 12, patience: 200 }))
      assert.deepStrictEqual(summary(found.state), { complete: 12, running: 0, waiting: 0 })
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it.live("keeps the slot of a trial that is tried again, and sells none that is given", () =>
    Effect.gen(function* () {
      const study = yield* open("retried", { attemptsMax: 3 })
      yield* study.enqueue({ x: 0.3, y: -0.2 })
      const tries = new Map<number, number>()
      const found = yield* Effect.scoped(
        TeamStudy.run(
          study,
          FunctionObjective.make((params, { number }) => {
            tries.set(number, (tries.get(number) ?? 0) + 1)
            return number % 2 === 1 && tries.get(number) === 1 ? Promise.reject("no luck") : bowl(params)
          }),
          { members, trials: 9 }
        )
      )
      assert.strictEqual(found.state.counts.complete, 9)
      for (const trial of found.state.trials) {
        const sold = SamplerAgent.soldOf(trial)
        if (trial.number === 0) assert.isUndefined(sold)
        else assert.strictEqual(sold?.agent, trial.sampler)
      }
      assert.strictEqual(
        found.accounts.reduce((sum, { trials }) => sum + trials, 0),
        8
      )
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it("credits what is better in the direction of the study", () => {
    const winner = (direction: "minimize" | "maximize") => {
      let state = made(Study.make({ space, sampler: random, direction, seed: 1 }))
      for (const [sale, value] of [5, 7, 3].entries()) {
        const [asked, { number }] = made(Study.ask(state))
        const sold = { sale, agent: `a${sale}`, price: 100 }
        const slot = made(
          Study.decide(asked, { _tag: "SetAttribute", number, key: SamplerAgent.attribute, value: sold })
        )
        state = made(Study.tell(Study.applyUnsafe(asked, slot), number, value))
      }
      const { accounts } = SamplerAgent.accountsOf(state, ["a0", "a1", "a2"])
      // Another team of the same study has accounts of its own.
      assert.deepStrictEqual([...SamplerAgent.accountsOf(state, ["a1", "a2"]).accounts.keys()], ["a1", "a2"])
      return [...accounts].filter(([, { improvements }]) => improvements > 0).map(([agent]) => agent)
    }
    assert.deepStrictEqual(winner("minimize"), ["a0", "a2"])
    assert.deepStrictEqual(winner("maximize"), ["a0", "a1"])
  })

  it("takes no attribute for a sale that cannot be one: nobody earns by a price below nothing", () => {
    const soldFor = (price: number) =>
      SamplerAgent.soldOf({ attributes: new Map([["team", { sale: 0, agent: "a", price }]]) })
    assert.deepStrictEqual([-100, 0.5, 2 ** 53].map(soldFor), [undefined, undefined, undefined])
    assert.strictEqual(soldFor(100)?.price, 100)
  })

  it.live("takes up the trial of a program that died, whose slot was sold", () =>
    Effect.gen(function* () {
      const studies = yield* Studies.Studies
      const dead = yield* studies.open("dead", define(), { owner: "dead", lease: 0 })
      const { number } = yield* dead.ask({ sampler: sobol })
      yield* dead.setAttribute("team", { sale: 0, agent: "sobol", price: 100 }, number)
      yield* dead.ask({ sampler: random })
      const found = yield* Effect.scoped(TeamStudy.run(yield* open("dead"), objective, { members, trials: 6 }))
      assert.deepStrictEqual(summary(found.state), { complete: 6, running: 0, waiting: 0 })
      assert.strictEqual(SamplerAgent.soldOf(found.state.trials[0]!)?.agent, "sobol")
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it.live("ends where the study says: target, patience", () =>
    Effect.gen(function* () {
      for (const [name, stop, rule] of [
        ["target", { target: 0.5 }, "target"],
        ["patience", { patience: 3 }, "patience"]
      ] as const) {
        const found = yield* Effect.scoped(
          TeamStudy.run(yield* open(name, { stop }), objective, {
            members: members.map((m) => ({ ...m, id: m.id + name })),
            trials: 100,
            workers: 3
          })
        )
        assert.strictEqual(found.because._tag, "StudyStopped", rule)
        assert.strictEqual(found.state.counts.running, 0)
        assert.strictEqual(found.incumbent, Option.getOrThrow(found.state.best).number)
      }
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it.live("goes on without a sampler that has suggested all that it would, and stops when all have", () =>
    Effect.gen(function* () {
      const studies = yield* Studies.Studies
      const grid = { id: "grid", sampler: made(Grid.make({ points: 2 })) }
      const opened = (name: string) => studies.open(name, define())
      const found = yield* Effect.scoped(
        TeamStudy.run(yield* opened("on"), objective, { members: [grid, ...members], trials: 15 })
      )
      assert.strictEqual(found.state.counts.complete, 15)
      assert.strictEqual(found.state.trials.filter(({ sampler }) => sampler === "grid").length, 4)
      const alone = yield* Effect.scoped(
        TeamStudy.run(yield* opened("all"), objective, { members: [grid, { ...grid, id: "second" }], trials: 15 })
      )
      assert.strictEqual(alone.state.counts.complete, 4)
      assert.isTrue(alone.because._tag === "StudyStopped" && alone.because.rule === "exhausted")
      const anywhere = made(Study.define({ space: SearchSpace.open, sampler: random }))
      const wrong = TeamStudy.run(
        yield* studies.open("anywhere", anywhere),
        FunctionObjective.make(() => 1),
        { members: [grid], trials: 2 }
      )
      assert.match(String(yield* Effect.exit(Effect.scoped(wrong))), /"grid" cannot search this space/)
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it.live("asks the others when a winner has nothing to offer", () =>
    Effect.gen(function* () {
      const study = yield* open("failing store")
      // What one agent asks for is never stored.
      const flaky: typeof study = {
        ...study,
        ask: (options) =>
          options?.sampler === sobol
            ? Effect.fail(new Study.InvalidCommand({ field: "at", problem: "is odd" }))
            : study.ask(options)
      }
      const found = yield* Effect.scoped(TeamStudy.run(flaky, objective, { members, trials: 6 }))
      assert.deepStrictEqual(
        found.state.trials.map(({ sampler }) => sampler),
        Array.from({ length: 6 }, () => "random")
      )
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it.live("says what is wrong with an agent, and leaves no other behind", () =>
    expectNoLeaks(
      Effect.gen(function* () {
        const study = yield* open("wrong")
        const run = (ids: ReadonlyArray<string>) =>
          TeamStudy.run(study, objective, { members: ids.map((id) => ({ id, sampler: random })), trials: 2 }).pipe(
            Effect.scoped,
            Effect.exit
          )
        for (const id of ["", "x".repeat(256), "a\0b", "\ud800"])
          assert.strictEqual(tagOf(yield* run(["fine", id])), "InvalidAgent", JSON.stringify(id))
        assert.strictEqual(yield* (yield* AgentSupervisor.AgentSupervisor).running, 0)
        for (const id of ["__proto__", "constructor", "größe", "a.b"])
          assert.isTrue(Exit.isSuccess(yield* run([id])), id)
        assert.strictEqual(yield* (yield* AgentRegistry.AgentRegistry).count, 0)
      }).pipe(Effect.provide(Live))
    )
  )

  it.live("takes any name of a study, and leaves somebody else's variable alone", () =>
    Effect.gen(function* () {
      for (const name of ["__proto__", "constructor", "a/b c", "größe\n", "x".repeat(240)]) {
        const found = yield* Effect.scoped(TeamStudy.run(yield* open(name), objective, { members, trials: 3 }))
        assert.strictEqual(found.incumbent, Option.getOrThrow(found.state.best).number, name)
      }
      const variables = yield* Variables.Variables
      for (const [name, owner, policy] of [
        ["taken", "somebody", "consensus"],
        ["mine", "mine", "owner"]
      ] as const) {
        const type = VariableType.int({ min: 0, max: 9 })
        yield* variables.define({ name: `${name}.incumbent`, type, initial: 7, owner, policy })
        const run = TeamStudy.run(yield* open(name), objective, { members, trials: 3 })
        assert.strictEqual(tagOf(yield* Effect.exit(Effect.scoped(run))), "VariableExists")
        assert.strictEqual(yield* variables.get(`${name}.incumbent`), 7)
      }
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it.live("works on two studies at once with agents of different names, and refuses the same", () =>
    Effect.gen(function* () {
      const [one, two] = [yield* open("one"), yield* open("two")]
      const named = (suffix: string) => members.map((member) => ({ ...member, id: member.id + suffix }))
      const both = yield* Effect.all(
        [
          Effect.scoped(TeamStudy.run(one, objective, { members: named("1"), trials: 10, workers: 2 })),
          Effect.scoped(TeamStudy.run(two, objective, { members: named("2"), trials: 10, workers: 2 }))
        ],
        { concurrency: "unbounded" }
      )
      for (const { incumbent, state } of both) assert.strictEqual(incumbent, Option.getOrThrow(state.best).number)
      const again = Effect.scoped(TeamStudy.run(one, objective, { members: named("1"), trials: 14 }))
      const clash = yield* Effect.all([Effect.exit(again), Effect.exit(again)], { concurrency: "unbounded" })
      assert.includeMembers(
        clash.map((exit) => (Exit.isSuccess(exit) ? "success" : tagOf(exit))),
        ["success", "AgentExists"]
      )
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it.live("gives back what an agent has asked for when the run is over", () =>
    Effect.gen(function* () {
      const study = yield* open("over too early")
      const { release, wait } = latch()
      let asks = 0
      const slow: typeof study = {
        ...study,
        ask: (options) => (++asks === 1 ? Effect.andThen(wait, study.ask(options)) : study.ask(options))
      }
      const fails = FunctionObjective.make(() => {
        release()
        return Number.NaN
      })
      const exit = yield* TeamStudy.run(slow, fails, { members, trials: 9, patience: 200, failuresInRowMax: 1 }).pipe(
        Effect.scoped,
        Effect.exit
      )
      assert.strictEqual(tagOf(exit), "TooManyFailures")
      const { counts } = yield* study.state
      assert.deepStrictEqual([counts.failed, counts.waiting, counts.running], [1, 1, 0])
    }).pipe(Effect.scoped, Effect.provide(Live))
  )

  it.live("leaves no trial running and no process when it is interrupted", () =>
    expectNoLeaks(
      Effect.gen(function* () {
        const study = yield* open("interrupted")
        const { release, wait } = latch()
        const hangs = FunctionObjective.make(() => new Promise<number>(() => release()))
        const work = TeamStudy.run(study, hangs, { members, trials: 5, workers: 2 })
        const fiber = yield* Effect.forkChild(Effect.scoped(work))
        yield* wait
        yield* Fiber.interrupt(fiber)
        const { counts } = yield* study.refresh
        assert.strictEqual(counts.running, 0)
        assert.isAtLeast(counts.waiting, 1)
        const found = yield* Effect.scoped(TeamStudy.run(study, objective, { members, trials: 5 }))
        assert.deepStrictEqual(summary(found.state), { complete: 5, running: 0, waiting: 0 })
      }).pipe(Effect.provide(Live))
    )
  )

  it.live("waits while all agents are stopped: for one that is started again, or to be interrupted", () =>
    expectNoLeaks(
      Effect.gen(function* () {
        const study = yield* open("stopped")
        const supervisor = yield* AgentSupervisor.AgentSupervisor
        /** A run whose agents are all stopped when a trial has ended. */
        const stopping = Effect.fnUntraced(function* (at: number) {
          const { release, wait } = latch()
          const stop = Effect.forEach(members, ({ id }) => Effect.orDie(supervisor.stop(id)))
          const onTrial = ({ number }: Study.Trial) =>
            number === at ? Effect.andThen(stop, Effect.sync(release)) : Effect.void
          const run = Effect.scoped(TeamStudy.run(study, objective, { members, trials: 9, onTrial }))
          const fiber = yield* Effect.forkChild(run)
          yield* wait
          return fiber
        })
        yield* Fiber.interrupt(yield* stopping(2))
        assert.deepStrictEqual(summary(yield* study.state), { complete: 3, running: 0, waiting: 0 })

        // Where a better trial has nobody who could vote for it, too.
        const context = yield* Effect.context<AgentSupervisor.AgentSupervisor>()
        const stop = Effect.forEach(members, ({ id }) => Effect.orDie(supervisor.stop(id)))
        const improving = FunctionObjective.make(async () => {
          await Effect.runPromiseWith(context)(stop)
          return -1e9
        })
        const work = Effect.scoped(TeamStudy.run(study, improving, { members, trials: 9 }))
        const fiber = yield* Effect.forkChild(work)
        yield* Effect.repeat(Effect.andThen(Effect.yieldNow, study.state), {
          while: ({ counts }) => counts.complete < 4
        })
        yield* Effect.repeat(Effect.yieldNow, { times: 100 })
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(summary(yield* study.state), { complete: 4, running: 0, waiting: 0 })

        const goesOn = yield* stopping(5)
        yield* supervisor.start("sobol")
        const found = yield* Fiber.join(goesOn)
        assert.deepStrictEqual(summary(found.state), { complete: 9, running: 0, waiting: 0 })
      }).pipe(Effect.provide(Live))
    )
  )
})
