import type { Place } from "../../input/Refusal.ts"
import { Insufficient } from "../Machine.ts"

/** Refuses what takes more than there is. */
export const short = (path: Place, name: string, available: bigint, needed: bigint): Insufficient =>
  new Insufficient({ path, name, available: available.toString(), needed: needed.toString() })
