/**
 * Keeps the stack shallow where the end of one thing goes on with the next: an answer resumes a caller that answers its own
 * caller, a killed process kills the one that it is linked to. Past a depth, the rest waits for a turn of its own.
 */
import type { Activation, Host } from "./host.ts"

const depthMax = 64

/** How many are under way on this stack: of a stack there is one in a thread. */
let depth = 0

/** Runs a task on this stack, or in a turn of its own where the stack is deep already. */
export const onStack = (host: Host, label: string, task: () => void): void => {
  if (depth >= depthMax) return host.schedule(new Task(label, task))
  depth++
  try {
    task()
  } finally {
    depth--
  }
}

class Task implements Activation {
  readonly label: string
  private readonly task: () => void
  constructor(label: string, task: () => void) {
    this.label = label
    this.task = task
  }
  activate(): boolean {
    this.task()
    return false
  }
}
