import { Effect } from "effect"
import { type Cell, exitKilled, exitShutdown } from "../../process/internal/cell.ts"
import { stopCell } from "../../process/internal/stop.ts"
import { Child } from "../../process/internal/tree.ts"

/** Ends a process so that nobody restarts it. */
export const stopForGood = (cell: Cell): Effect.Effect<void> => {
  const { owner } = cell
  if (owner instanceof Child) {
    return Effect.ignore(owner.tree.cell.call("StopChild", { id: owner.plan.id }, { timeout: "Infinity" }))
  }
  return Effect.timeoutOrElse(stopCell(cell, exitShutdown), {
    duration: "5 seconds",
    orElse: () => stopCell(cell, exitKilled)
  })
}
