import type { DeployPlan, DeployResult, GatesPlan, GatesResult, MergePlan, MergeResult } from "@slipway/core"
import { durationText } from "./Durations.ts"
import { present } from "./Envelope.ts"
import { nextData, nextText } from "./FeatureOutput.ts"
import { fieldLines, hintText, lines } from "./Messages.ts"
import { planLines } from "./Plan.ts"
import type { Style } from "./Style.ts"

/** What gates gave, as `--json` shows it. */
export const gatesData = ({ commit, feature, next, results }: GatesResult) => ({
  dryRun: false as const,
  feature,
  commit,
  passed: results.every(({ passed }) => passed),
  results,
  next: nextData(next)
})

/** What gates gave, for people. */
export const gatesText = ({ commit, feature, next, results }: GatesResult, style: Style): string =>
  lines(
    results.length === 0
      ? `${style.green("✓")} all gates of ${style.bold(feature)} are green at ${commit.slice(0, 9)}`
      : results.flatMap(({ exitCode, gate, ms, output, passed }) => [
        `${passed ? style.green("✓") : style.red("✗")} ${style.bold(gate)} at ${commit.slice(0, 9)} in ${
          durationText(ms)
        }${passed ? "" : exitCode === null ? ", not in time" : `, exit code ${exitCode}`}`,
        ...(passed ? [] : [hintText(`its output is in ${output}`, style)])
      ]),
    "",
    nextText(next, style)
  )

/** What would run, as `--json` shows it. */
export const gatesPlanData = (plan: GatesPlan) => ({ dryRun: true as const, ...plan })

/** What would run, for people. */
export const gatesPlanText = ({ commit, feature, steps, worktree }: GatesPlan, style: Style): string =>
  lines(
    `${style.bold(feature)} at ${commit.slice(0, 9)}; nothing was run`,
    fieldLines([["worktree", worktree]], style),
    steps.length === 0
      ? hintText("all gates are green at the head; --all runs them again", style)
      : planLines(steps, style)
  )

/** A merge as `--json` shows it. */
export const mergeData = ({ next, ...result }: MergeResult) => ({
  dryRun: false as const,
  ...result,
  next: nextData(next)
})

/** A merge for people. */
export const mergeText = ({ branch, commit, feature, how, into, next }: MergeResult, style: Style): string =>
  lines(
    `${style.green("✓")} ${style.bold(feature)}: ${branch} is in ${into}, ${commit.slice(0, 9)} (${how})`,
    "",
    nextText(next, style)
  )

/** What a merge would do, as `--json` shows it. */
export const mergePlanData = ({ outcome, ...plan }: MergePlan) =>
  present({
    dryRun: true as const,
    ...plan,
    how: outcome._tag === "Merged" ? outcome.how : undefined,
    conflicts: outcome._tag === "Merged" ? [] : outcome.files
  })

/** What a merge would do, for people. */
export const mergePlanText = ({ feature, outcome, steps }: MergePlan, style: Style): string =>
  lines(
    `${style.bold(feature)} would be merged; nothing was changed`,
    planLines(steps, style),
    outcome._tag === "Merged"
      ? hintText(`it would be a ${outcome.how}`, style)
      : [`${style.red("✗")} it would conflict in`, ...outcome.files.map((file) => `    ${file}`)]
  )

/** A deployment as `--json` shows it. */
export const deployData = ({ exitCode, next, output, reference, ...result }: DeployResult) =>
  present({
    dryRun: false as const,
    ...result,
    exitCode: exitCode ?? undefined,
    output: output ?? undefined,
    reference: reference ?? undefined,
    next: nextData(next)
  })

/** A deployment for people. */
export const deployText = (result: DeployResult, style: Style): string => {
  const { commit, exitCode, feature, ms, next, output, reference, succeeded } = result
  return lines(
    succeeded
      ? `${style.green("✓")} ${style.bold(feature)} is deployed at ${commit.slice(0, 9)}${
        reference === null ? ` in ${durationText(ms)}` : `: ${reference}`
      }`
      : `${style.red("✗")} ${style.bold(feature)} was not deployed: ${
        exitCode === null ? "the command did not end in time" : `exit code ${exitCode}`
      }`,
    succeeded || output === null ? null : hintText(`its output is in ${output}`, style),
    "",
    nextText(next, style)
  )
}

/** What a deployment would do, as `--json` shows it. */
export const deployPlanData = (plan: DeployPlan) => ({ dryRun: true as const, ...plan })

/** What a deployment would do, for people. */
export const deployPlanText = ({ commit, feature, steps }: DeployPlan, style: Style): string =>
  lines(`${style.bold(feature)} at ${commit.slice(0, 9)}; nothing was changed`, planLines(steps, style))
