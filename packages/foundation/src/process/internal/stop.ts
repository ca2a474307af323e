import { Effect, Fiber } from "effect"
import type { Cell, ProcessExit } from "./cell.ts"
import { activeFrame } from "./message.ts"

/** Stops a cell and waits for the end of its incarnation, unless its own handler asks. */
export const stopCell = (cell: Cell, exit: ProcessExit): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const frame = activeFrame(Fiber.getCurrent()!)
    if (frame !== undefined && frame.waitsFor(cell)) {
      cell.stop(exit)
      return resume(Effect.void)
    }
    const { incarnation } = cell
    if (!cell.isOver(incarnation)) cell.stop(exit)
    if (cell.isOver(incarnation)) return resume(Effect.void)
    const done = () => {
      cell.unwatch(watcher)
      resume(Effect.void)
    }
    const watcher = { onExit: done, onDead: done }
    cell.watch(watcher)
    return Effect.sync(() => cell.unwatch(watcher))
  })
