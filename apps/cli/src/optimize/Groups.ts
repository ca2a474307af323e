/**
 * Process groups that must not outlive this program, even where it ends in a hurry.
 *
 * **Guarantees** At the end of the program, however it ends short of SIGKILL, the groups that were added are sent SIGKILL.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import type { Scope } from "effect"

/** Groups to be ended with the program; in the end of the scope they have ended by themselves. */
export const make: Effect.Effect<(group: number) => void, never, Scope.Scope> = Effect.gen(function* () {
  const groups = new Set<number>()
  const kill = () => {
    for (const group of groups) {
      try {
        process.kill(-group, "SIGKILL")
      } catch {
        // It is gone already.
      }
    }
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => process.on("exit", kill)),
    () => Effect.sync(() => process.off("exit", kill))
  )
  return (group) => groups.add(group)
})
