import { it } from "@effect/vitest"
import type { Effect, Scope } from "effect"
import { campaign } from "../../src/testing/law.ts"
import * as Simulation from "../../src/testing/Simulation.ts"

/** Holds a property on the seeds of the campaign; a failure prints the command that replays its seed. */
export const holds = <A, E>(
  file: string,
  name: string,
  options: Simulation.WorldOptions & { readonly ci: number; readonly nightly: number },
  property: (simulation: Simulation.Simulation) => Effect.Effect<A, E, Scope.Scope>
): void =>
  it.live(
    name,
    () =>
      Simulation.check(
        {
          ...options,
          runs: campaign(options.ci, options.nightly),
          command: `npx -y pnpm@12 test --project @foundation/core test/simulation/${file} -t "${name}"`
        },
        property
      ),
    { timeout: 14_400_000 }
  )
