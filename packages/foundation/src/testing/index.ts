export * from "./campaign.ts"
export * as EventStoreContract from "./EventStoreContract.ts"
export * from "./expectNoLeaks.ts"
export * as Simulation from "./Simulation.ts"
