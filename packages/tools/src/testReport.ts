/**
 * Counts a test run from the runner's JSON report: `N passed, N failed`.
 *
 * **Guarantees** A test file that could not be loaded counts as one failure, and so does a run that left no report.
 *
 * **Does not guarantee** The exit code of the run: the caller keeps it.
 *
 * @since 0.1.0
 */
import * as fs from "node:fs"

/** The part of the report that is counted. */
export interface Report {
  readonly testResults: ReadonlyArray<{
    readonly status: string
    readonly assertionResults: ReadonlyArray<{ readonly status: string }>
  }>
}

/** How many tests passed and failed; skipped ones are neither. */
export interface Count {
  readonly passed: number
  readonly failed: number
}

/** Counts the tests of a report. */
export const count = (report: Report): Count => {
  let passed = 0
  let failed = 0
  for (const file of report.testResults) {
    const failures = file.assertionResults.filter((it) => it.status === "failed").length
    passed += file.assertionResults.filter((it) => it.status === "passed").length
    failed += failures === 0 && file.status === "failed" ? 1 : failures
  }
  return { passed, failed }
}

/** The line that a run ends with. */
export const format = ({ failed, passed }: Count): string => `${passed} passed, ${failed} failed`

const countFile = (file: string): Count =>
  fs.existsSync(file) ? count(JSON.parse(fs.readFileSync(file, "utf8"))) : { passed: 0, failed: 1 }

if (import.meta.main) {
  const counted = countFile(process.argv[2] ?? "")
  console.log(format(counted))
  if (counted.failed > 0) process.exitCode = 1
}
