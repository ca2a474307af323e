import type { Clock } from "effect"

/** Time that never steps, in milliseconds, for measuring how long; the wall clock is for telling when. */
export const monotonicMillis = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1_000_000
