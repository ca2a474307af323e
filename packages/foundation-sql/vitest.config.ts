import { defineConfig } from "vitest/config"

export default defineConfig({ test: { globalSetup: ["./test/postgresServer.ts"], testTimeout: 30_000 } })
