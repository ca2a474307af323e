import { defineConfig } from "vitest/config"

// Test files share nothing but modules, which a worker loads once for all of them: that halves the time.
export default defineConfig({ test: { isolate: false } })
