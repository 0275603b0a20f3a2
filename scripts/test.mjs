/**
 * `npm test [-- VITEST ARGUMENT…]`: bundles the command line, runs all tests, and ends in one line that counts them.
 * With `CI=true` a skipped test is a failure: there, nothing may be missing.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { root, run, tool } from "./programs.mjs"

const isContinuousIntegration = ["1", "true"].includes(process.env.CI ?? "")

process.exitCode = runTests(process.argv.slice(2))

function runTests(vitestArguments) {
  const bundled = run([process.execPath, "--run", "bundle"], { cwd: join(root, "packages", "cli") })
  if (bundled !== 0) return conclude({ passed: 0, failed: 1, skipped: [] })
  const folder = mkdtempSync(join(tmpdir(), "slipway-test-report-"))
  try {
    const report = join(folder, "report.json")
    const reporting = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`]
    const code = run([...tool("vitest", "vitest.mjs"), "run", ...reporting, ...vitestArguments])
    return conclude(count(report, code))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Counts from the report; what failed outside a test (a file that does not load) counts as one failure each. */
function count(report, code) {
  const { numPassedTests, testResults } = readReport(report)
  const tests = testResults.flatMap((file) => file.assertionResults)
  const failedTests = tests.filter((test) => test.status === "failed").length
  const failedFiles =
    testResults.filter((file) =>
      file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed")
    ).length
  return {
    passed: numPassedTests,
    failed: Math.max(failedTests + failedFiles, code === 0 ? 0 : 1),
    skipped: tests.filter((test) => test.status !== "passed" && test.status !== "failed").map((test) => test.fullName)
  }
}

function readReport(report) {
  try {
    return JSON.parse(readFileSync(report, "utf8"))
  } catch {
    return { numPassedTests: 0, testResults: [] }
  }
}

/** Prints the counts, last of all; gives the exit code. */
function conclude({ failed, passed, skipped }) {
  const consequence = isContinuousIntegration ? " (a failure with CI=true)" : ""
  for (const name of skipped) console.log(`skipped${consequence}: ${name}`)
  console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`)
  return failed > 0 || (isContinuousIntegration && skipped.length > 0) ? 1 : 0
}
