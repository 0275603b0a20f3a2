import { type InitInspection, type InitPlan, type InitResult, initSteps, unifiedDiff } from "@slipway/core"
import { diffLines } from "./DiffText.ts"
import { present } from "./Envelope.ts"
import { fieldLines, hintText, lines } from "./Messages.ts"
import type { Style } from "./Style.ts"

/** What `init` would write, and what it found. */
export interface InitPreview {
  readonly inspection: InitInspection
  readonly plan: InitPlan
}

/** What was written, as `--json` shows it. */
export const initData = ({ config, warnings, written }: InitResult) => ({
  dryRun: false as const,
  project: config.project.name,
  prefix: config.project.prefix,
  sandbox: config.sandbox !== null,
  written,
  warnings
})

/** What would be written, as `--json` shows it. */
export const initPreviewData = ({ inspection, plan }: InitPreview) => ({
  dryRun: true as const,
  initialised: inspection.observation.present !== null,
  answers: present({
    name: plan.answers.name,
    prefix: plan.answers.prefix,
    composeFile: plan.answers.composeFile ?? undefined,
    ports: plan.answers.ports,
    health: plan.answers.health ?? undefined,
    stride: plan.answers.stride,
    parameterize: plan.answers.parameterize
  }),
  files: plan.files.map((change) => ({ path: change.path, diff: unifiedDiff(change) })),
  commentedOut: plan.commentedOut,
  steps: initSteps(plan),
  warnings: plan.warnings
})

/** What was written, for people. */
export const initText = ({ config, written }: InitResult, style: Style): string =>
  lines(
    written.length === 0
      ? `${style.green("✓")} ${style.bold(config.project.name)} is set up like this already`
      : `${style.green("✓")} ${style.bold(config.project.name)} is set up`,
    written.map((path) => `  ${path}`),
    hintText(
      written.length === 0
        ? "`slipway impl FEATURE/MILESTONE` makes a worktree"
        : "commit that, then `slipway impl FEATURE/MILESTONE` makes a worktree",
      style
    )
  )

/** What would be written, as a diff. */
export const initDiffText = ({ plan }: InitPreview, style: Style): string =>
  plan.files.length === 0
    ? `${style.bold(plan.answers.name)} is set up like this already; nothing would be written`
    : plan.files.map((change) => diffLines(unifiedDiff(change), style).join("\n")).join("\n")

/** What was found, and whether it is what the configuration says. */
export const initCheckText = ({ inspection, plan }: InitPreview, style: Style): string => {
  const { answers } = plan
  const { observation } = inspection
  const ports = Object.entries(answers.ports).map(([variable, base]) => `${variable}=${base}`)
  return lines(
    observation.present === null
      ? `${style.yellow("!")} ${style.bold(answers.name)} is not set up yet`
      : plan.files.length === 0
      ? `${style.green("✓")} ${style.bold(answers.name)} is set up`
      : `${style.yellow("!")} ${style.bold(answers.name)} is set up, but the project has changed since`,
    fieldLines([
      ["name", observation.present === null ? `${answers.name} (from ${observation.name.source})` : answers.name],
      ["prefix", answers.prefix],
      ["compose file", answers.composeFile ?? "none: worktrees without sandboxes"],
      ...(ports.length === 0 ? [] : [["ports", `${ports.join(" ")}, a stride of ${answers.stride}`] as const]),
      ...(answers.health === null
        ? []
        : [["health", `${answers.health.endpoint} at ${answers.health.portVariable}`] as const])
    ], style),
    plan.files.map(({ before, path }) => `  ${before === null ? "would be written" : "would be changed"}: ${path}`),
    plan.files.length === 0
      ? null
      : hintText("`slipway init --dry-run` shows the changes, `slipway init` makes them", style)
  )
}
