export * as Barriers from "./coordination/Barriers.ts"
export * as VectorClock from "./coordination/VectorClock.ts"
