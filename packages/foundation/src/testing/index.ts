export * from "./campaign.ts"
