/** P10: a poison message ends in the dead letters, the agent lives. */
import { assert, describe } from "@effect/vitest"
import { Arbitrary, Effect, Fiber, Layer, Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import * as Process from "../../src/process/Process.ts"
import * as Supervisor from "../../src/process/Supervisor.ts"
import * as DeadLetters from "../../src/resilience/DeadLetters.ts"
import { campaign, law } from "../../src/testing/law.ts"
import { letters, turns } from "./worker.ts"

const Message = Schema.Struct({
  poison: Schema.Boolean,
  kind: Schema.Literals(["call", "cast"]),
  /** Whether the handler suspends before it works, or crashes. */
  suspends: Schema.Boolean
})
const Scenario = Schema.Struct({
  redeliver: Schema.Literals([0, 1, 2]),
  messages: Schema.Array(Message).check(Schema.isMaxLength(12))
})

const Protocol = RpcGroup.make(
  Rpc.make("Work", { payload: { n: Schema.Int, poison: Schema.Boolean, suspends: Schema.Boolean } })
)

const agent = (redeliver: number, handled: Array<number>) =>
  Process.make({
    name: "agent",
    protocol: Protocol,
    redeliver,
    init: () => Effect.void,
    handlers: {
      Work: ({ n, poison, suspends }) =>
        Effect.andThen(
          suspends ? Effect.yieldNow : Effect.void,
          Effect.sync(() => {
            if (poison) throw new Error(`poison ${n}`)
            handled.push(n)
          })
        )
    }
  })

const survives = ({ messages, redeliver }: typeof Scenario.Type) =>
  Effect.gen(function* () {
    const handled: Array<number> = []
    const root = yield* Supervisor.start(Supervisor.make({ name: "root" }))
    const budget = { restarts: 1000, within: "1 minute", onExceeded: "give-up" } as const
    const ref = yield* Supervisor.startChild(root, Supervisor.child(agent(redeliver, handled), { budget }))

    const callers = yield* Effect.forEach(messages, ({ kind, poison, suspends }, n) => {
      const payload = { n, poison, suspends }
      const send = kind === "call" ? ref.call("Work", payload) : ref.cast("Work", payload)
      return Effect.forkChild(Effect.flip(send), { startImmediately: true })
    })
    const errors = yield* Effect.forEach(callers, (caller, n) =>
      messages[n]!.kind === "call" && messages[n]!.poison ? Fiber.join(caller) : Effect.undefined
    )
    yield* ref.call("Work", { n: messages.length, poison: false, suspends: false })
    yield* turns

    // Every healthy message is handled once, in order; every poisonous one is a letter, after as many tries as allowed.
    const poisonous = messages.flatMap((message, n) => (message.poison ? [n] : []))
    const healthy = messages.flatMap((message, n) => (message.poison ? [] : [n]))
    assert.deepStrictEqual(handled, [...healthy, messages.length])
    const found = yield* letters
    assert.deepStrictEqual(
      found.map(({ attempts, defect, reason }) => [reason, attempts, (defect as Error).message]),
      poisonous.map((n) => ["poison", redeliver + 1, `poison ${n}`])
    )
    for (const error of errors) if (error !== undefined) assert.instanceOf(error, Process.ProcessCrashed)
    assert.strictEqual(ref.incarnation, 1 + poisonous.length * (redeliver + 1))
    return yield* Process.isAlive(ref)
  }).pipe(Effect.scoped, Effect.provide(Layer.fresh(DeadLetters.layerMemory())))

describe("P10", () => {
  law(
    "a poison message ends in the dead letters, the agent lives and handles everything else once and in order",
    campaign(1_000, 20_000),
    Arbitrary.schema(Scenario),
    (scenario) => Effect.orDie(survives(scenario))
  )
})
