import { describeSpecAction, type SpecDoctorReport, type SpecFinding, type SpecMigration } from "@slipway/core"
import { present } from "./Envelope.ts"
import { counted, hintText, lines } from "./Messages.ts"
import { planLines } from "./Plan.ts"
import type { Style } from "./Style.ts"

/** What was, or would be, moved, as `--json` shows it. */
export const migrationData = (migration: SpecMigration, dryRun: boolean) => ({ dryRun, ...migration })

/** What was, or would be, moved, for people. */
export const migrationText = (
  { failures, left, projects, steps }: SpecMigration,
  dryRun: boolean,
  style: Style
): string => {
  const failed = new Set(failures.map(({ name }) => name))
  const moved = projects.filter(({ name }) => !failed.has(name))
  const named = moved.map(({ format, name }) => `${style.bold(name)} (${format})`).join(", ")
  return lines(
    dryRun && steps.length > 0
      ? ["this would be done; nothing was changed", ...planLines(steps, style)]
      : moved.length === 0
      ? steps.length === 0 && left.length === 0 ? `${style.green("✓")} nothing is to be moved` : null
      : `${style.green("✓")} ${counted(moved.length, "project")} in .ai/projects: ${named}`,
    failures.map(({ message, name }) => `${style.red("✗")} ${name}: ${message}`),
    left.map(({ path, reason }) => `${style.yellow("!")} ${path} stays: ${reason}`),
    projects.some(({ from }) => from.length > 0)
      ? hintText(".ai/projects stays on this machine: git shows what was committed of it as deleted", style)
      : null
  )
}

/** What is wrong with projects, as `--json` shows it. */
export const specDoctorData = (report: SpecDoctorReport) => ({
  fixed: report.fixed,
  findings: report.findings.map((finding) =>
    present({
      kind: finding.kind,
      subject: finding.subject,
      evidence: finding.evidence,
      actions: finding.actions.map(describeSpecAction),
      hint: finding.hint ?? undefined
    })
  ),
  steps: report.steps,
  failures: report.failures
})

/** What is wrong with projects, for people. */
export const specDoctorText = (report: SpecDoctorReport, style: Style): string => {
  if (report.findings.length === 0) return `${style.green("✓")} all projects are as they should be`
  const failed = new Set(report.failures.map(({ subject }) => subject))
  const fixable = report.findings.filter(({ actions }) => actions.length > 0)
  const isFixed = (finding: SpecFinding) => report.fixed && finding.actions.length > 0 && !failed.has(finding.subject)
  return lines(
    report.findings.flatMap((finding) => [
      `${isFixed(finding) ? style.green("✓") : style.yellow("!")} ${style.bold(finding.subject)}: ${finding.evidence}${
        style.dim(` [${finding.kind}]`)
      }`,
      ...finding.actions.map((action) => `    ${describeSpecAction(action)}`),
      ...(finding.hint === null ? [] : [hintText(finding.hint, style)])
    ]),
    report.failures.map(({ message, subject }) => `${style.red("✗")} ${subject}: ${message}`),
    report.fixed
      ? `${style.green("✓")} ${counted(report.findings.filter(isFixed).length, "finding")} put right`
      : fixable.length === 0
      ? null
      : hintText("`slipway project doctor --fix` does so; it never touches texts", style)
  )
}
