/** Agents that do what the test says, and remember what they are told. */
import { Process } from "@foundation/core"
import { Agent, Coordination, Team, Variables } from "@mabeam/core"
import { Effect, Layer, Schema } from "effect"
import { Rpc } from "effect/rpc"

/** What an agent answers; whatever is missing it leaves to `Agent.defaults`. */
export interface Script {
  readonly vote?: Agent.Ballot["vote"] | ((proposal: Agent.Proposal) => Effect.Effect<Agent.Ballot>) | undefined
  readonly bid?: number | null | Effect.Effect<number | null> | undefined
  readonly arrive?: Effect.Effect<void> | undefined
  readonly changed?: Effect.Effect<void> | undefined
  readonly won?: Effect.Effect<void> | undefined
  /** Everything that it was told, in order. */
  readonly told?: Array<unknown> | undefined
}

export const Scripted = Process.make({
  name: "scripted",
  protocol: Agent.Protocol.add(Rpc.make("Crash"), Rpc.make("Count", { success: Schema.Int })),
  init: (script: Script) => Effect.succeed({ script, count: 0 }),
  handlers: {
    Vote: ({ proposal }, { script: { vote = "abstain" } }) =>
      typeof vote === "string" ? Effect.succeed({ vote }) : vote(proposal),
    Bid: (_, { script: { bid = null } }) => (typeof bid === "number" || bid === null ? Effect.succeed(bid) : bid),
    Won: (won, { script }) =>
      Effect.andThen(
        Effect.sync(() => script.told?.push(won)),
        script.won ?? Effect.void
      ),
    Arrive: (_, { script }) => script.arrive ?? Effect.void,
    Changed: (changed, { script }) =>
      Effect.andThen(
        Effect.sync(() => script.told?.push(changed)),
        script.changed ?? Effect.void
      ),
    Crash: () => Effect.die(new Error("told to crash")),
    Count: (_, state) => Effect.sync(() => ++state.count)
  }
})

type Scripts = ReadonlyArray<Script> | { readonly [id: string]: Script }

/** Agents called `a0`, `a1`, …, or by the names given. They are killed in the end, whatever they wait for. */
export const start = (scripts: Scripts) =>
  Effect.forEach(
    "length" in scripts
      ? (scripts as ReadonlyArray<Script>).map((script, at) => [`a${at}`, script] as const)
      : Object.entries(scripts),
    ([id, script]) =>
      Effect.acquireRelease(
        Effect.map(Process.start(Scripted, script), (scripted) => ({
          id,
          scripted,
          ref: Process.narrow(scripted, Agent.Protocol)
        })),
        ({ ref }) => Process.kill(ref)
      )
  )

/** A team of such agents. */
export const teamOf = (scripts: Scripts) => Effect.flatMap(start(scripts), (members) => Team.make(members))

export const votes = (...votes: ReadonlyArray<Agent.Ballot["vote"]>) => votes.map((vote): Script => ({ vote }))

/** Never answers. */
export const mute: Script = {
  vote: () => Effect.never,
  bid: Effect.never,
  arrive: Effect.never,
  changed: Effect.never
}

/** Dies over every question. */
export const crashing: Script = {
  vote: () => Effect.die(new Error("the question")),
  bid: Effect.die(new Error("the question")),
  arrive: Effect.die(new Error("the question")),
  changed: Effect.die(new Error("the question"))
}

export const Live = Variables.layer().pipe(Layer.provideMerge(Coordination.layer()))

export const proposal: Agent.Proposal = { subject: "rate", value: 0.1 }
