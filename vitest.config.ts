import { defineConfig } from "vitest/config"
import projects from "./vitest.workspace.ts"

export default defineConfig({
  test: {
    projects,
    // What a passing test logs, such as the restarts that it provokes, is nobody's news.
    silent: "passed-only",
    reporters: process.env["CI"] ? ["default", ["json", { outputFile: "out/test-report.json" }]] : ["default"]
  }
})
