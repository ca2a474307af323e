/** The process that the tests register. */
import { Process } from "@foundation/core"
import { Effect } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"

export const Holder = Process.make({
  name: "holder",
  protocol: RpcGroup.make(Rpc.make("Ping")),
  init: () => Effect.succeed({}),
  handlers: { Ping: () => Effect.void }
})
