import { describeAction, type DoctorReport, type Finding } from "@slipway/core"
import { present } from "./Envelope.ts"
import { counted, hintText, lines } from "./Messages.ts"
import { planLines } from "./Plan.ts"
import type { Style } from "./Style.ts"

/** What doctor found, as `--json` shows it. */
export const doctorData = (report: DoctorReport) => ({
  fixed: report.fixed,
  findings: report.findings.map(findingData),
  steps: report.steps,
  failures: report.failures
})

const findingData = (finding: Finding) =>
  present({
    kind: finding.kind,
    subject: finding.subject,
    evidence: finding.evidence,
    action: finding.action === null ? undefined : describeAction(finding.action),
    hint: finding.hint ?? undefined
  })

/** What doctor found, for people. */
export const doctorText = (report: DoctorReport, style: Style): string => {
  if (report.findings.length === 0) return `${style.green("✓")} nothing is left behind or broken`
  const fixable = report.findings.filter(({ action }) => action !== null).length
  return lines(
    report.findings.flatMap((finding) => findingLines(finding, report.fixed, style)),
    report.fixed || report.steps.length === 0
      ? null
      : [style.bold("would be done:"), ...planLines(report.steps, style)],
    report.failures.map(({ message, step }) => `${style.red("✗")} ${step}: ${message}`),
    report.fixed
      ? `${style.green("✓")} ${counted(fixable - report.failures.length, "finding")} put right`
      : fixable === 0
      ? null
      : hintText("`slipway doctor --fix` does so; it never removes work", style)
  )
}

const findingLines = (finding: Finding, fixed: boolean, style: Style): ReadonlyArray<string> => [
  `${fixed && finding.action !== null ? style.green("✓") : style.yellow("!")} ${
    style.bold(finding.subject)
  }: ${finding.evidence}${style.dim(` [${finding.kind}]`)}`,
  ...(finding.action === null ? [] : [`    ${describeAction(finding.action)}`]),
  ...(finding.hint === null ? [] : [hintText(finding.hint, style)])
]
