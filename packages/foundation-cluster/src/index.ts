export * as ProcessEntity from "./ProcessEntity.ts"
