/** A resource that guards itself: who opens it gets an epoch, and writes of older epochs are refused. */
import { Effect, Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import * as Process from "../../src/process/Process.ts"
import type { History, Model } from "../../src/testing/Linearizability.ts"

/** Epochs grow by one with every opening; a write tells whether it was taken, a read what was written last. */
export type Operation =
  | { readonly _tag: "Open" }
  | { readonly _tag: "Write"; readonly epoch: number; readonly value: number }
  | { readonly _tag: "Read" }

export interface State {
  readonly epoch: number
  readonly value: number
}

/** What the resource promises, one operation at a time. Results are the epoch, 1 or 0 for a write, the value. */
export const model: Model<State, Operation, number> = {
  initial: { epoch: 0, value: 0 },
  apply: (state, operation) => {
    switch (operation._tag) {
      case "Open":
        return [{ ...state, epoch: state.epoch + 1 }, state.epoch + 1]
      case "Write":
        return operation.epoch === state.epoch ? [{ ...state, value: operation.value }, 1] : [state, 0]
      case "Read":
        return [state, state.value]
    }
  }
}

/** What outlives a crash of the resource's node. */
export interface Disk {
  state: State
  /** Answers by request: the network may deliver a request twice. */
  readonly answers: Map<string, number>
  /** Lets a test plant a bug. */
  readonly bug?: "no fence" | "no memory of requests" | undefined
  refused: number
}

export const Resource = Process.make({
  name: "resource",
  protocol: RpcGroup.make(
    Rpc.make("Do", { payload: { id: Schema.String, operation: Schema.Any }, success: Schema.Int })
  ),
  init: (disk: Disk) => Effect.succeed(disk),
  handlers: {
    Do: ({ id, operation }: { readonly id: string; readonly operation: Operation }, disk) =>
      Effect.sync(() => {
        const known = disk.bug === "no memory of requests" ? undefined : disk.answers.get(id)
        if (known !== undefined) return known
        const unfenced = disk.bug === "no fence" && operation._tag === "Write"
        const [state, result] = model.apply(
          disk.state,
          unfenced ? { ...operation, epoch: disk.state.epoch } : operation
        )
        if (operation._tag === "Write" && result === 0) disk.refused++
        disk.state = state
        disk.answers.set(id, result)
        return result
      })
  }
})

/** Does operations from one node and writes them into a history. Lost answers leave their outcome open. */
export const clientOf = (options: {
  readonly resource: Process.Address<RpcGroup.Rpcs<typeof Resource.protocol>>
  readonly client: string
  readonly history: History<Operation, number>
}) => {
  const { client, history, resource } = options
  return (operation: Operation): Effect.Effect<number, Process.CallError> =>
    Effect.suspend(() => {
      const id = `${client} ${history.calls.length}`
      return history.record(client, operation, resource.call("Do", { id, operation }, { timeout: "300 millis" }))
    })
}
