import { assert, describe, it } from "@effect/vitest"
import * as TestReport from "../src/testReport.ts"

const file = (status: string, ...tests: ReadonlyArray<string>): TestReport.Report["testResults"][number] => ({
  status,
  assertionResults: tests.map((it) => ({ status: it }))
})

describe("the count of a test run", () => {
  it("sums over the files and leaves skipped tests out", () => {
    const report = { testResults: [file("passed", "passed", "skipped"), file("failed", "failed", "passed", "failed")] }
    assert.strictEqual(TestReport.format(TestReport.count(report)), "2 passed, 2 failed")
  })

  it("a file that could not be loaded is one failure", () => {
    const report = { testResults: [file("failed"), file("failed", "passed"), file("passed")] }
    assert.deepStrictEqual(TestReport.count(report), { passed: 1, failed: 2 })
  })
})
