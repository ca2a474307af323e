/** Opens a registry on a store: its session, its heartbeat, its end. */
import { Effect, PubSub, Random, type Scope } from "effect"
import type { BackendError } from "../../BackendError.ts"
import { millis } from "../../internal/millis.ts"
import type { Options, ProcessRegistry } from "../ProcessRegistry.ts"
import type { RegistryStore } from "../RegistryStore.ts"
import { type Loss as RowLoss, Registrar } from "./registrar.ts"
import { Registry } from "./registry.ts"

type Service = ProcessRegistry["Service"]

const lossesMax = 1024
/** A day: longer, and a name outlives its node until somebody asks why. */
const leaseMillisMax = 86_400_000

const randomName = (length: number): Effect.Effect<string> =>
  Effect.map(Effect.replicateEffect(Random.nextIntBetween(0, 36), length), (digits) =>
    digits.map((digit) => digit.toString(36)).join("")
  )

/** A registry on a store, until the scope closes. */
export const makeRegistry = (
  store: RegistryStore["Service"],
  options: Options
): Effect.Effect<Service, BackendError, Scope.Scope> =>
  Effect.gen(function* () {
    const node = options.node ?? `node-${yield* randomName(8)}`
    const unique = `${node}:${yield* randomName(16)}`
    const lease = { min: 10, max: leaseMillisMax, fallback: 10_000 }
    const leaseMillis = millis("ProcessRegistry: lease", options.lease, lease)
    const beats = { min: 1, max: leaseMillis, fallback: leaseMillis / 3 }
    const heartbeat = millis("ProcessRegistry: heartbeat", options.heartbeat, beats)
    const context = yield* Effect.context<never>()
    const losses = yield* PubSub.sliding<RowLoss>(lossesMax)
    const registrar = new Registrar({ store, unique, leaseMillis, context, losses })
    yield* Effect.acquireRelease(registrar.open, () => registrar.close)
    if (store.shared) {
      const beat = Effect.ignore(registrar.beat, { log: "Warn", message: "the registry could not renew its lease" })
      yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(heartbeat), beat)))
    }
    return new Registry(registrar, node, context, options.indexes, losses)
  })
