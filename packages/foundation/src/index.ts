export * as VectorClock from "./coordination/VectorClock.ts"
