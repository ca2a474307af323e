export * as Agent from "./agents/Agent.ts"
export * as Team from "./agents/Team.ts"
export * as Coordination from "./coordination/Coordination.ts"
export * as Receipts from "./coordination/Receipts.ts"
