import type { ArtifactStatus, FeatureDetails, FeatureTask } from "@slipway/core"
import { present } from "./Envelope.ts"
import { nextData, nextText } from "./FeatureOutput.ts"
import { lines, printable } from "./Messages.ts"
import type { Style } from "./Style.ts"

/** All of a feature as `--json` shows it. */
export const detailsData = (details: FeatureDetails) => {
  const { archived, artifacts, branch, comments, deployment, gates, merge, next, tasks, worktrees, ...rest } = details
  return present({
    ...rest,
    branch: branch ?? undefined,
    artifacts: artifacts.map(({ decidedBy, reason, sha256, submittedBy, ...artifact }) =>
      present({
        ...artifact,
        sha256: sha256 ?? undefined,
        submittedBy: submittedBy ?? undefined,
        decidedBy: decidedBy ?? undefined,
        reason: reason ?? undefined
      })
    ),
    tasks: tasks.map(({ label, reason, worker, ...task }) =>
      present({ ...task, label: label ?? undefined, reason: reason ?? undefined, worker: worker ?? undefined })
    ),
    comments: comments.map(({ resolution, ...comment }) =>
      present({ ...comment, resolution: resolution ?? undefined })
    ),
    gates: gates.map(({ lastRun, ...gate }) => present({ ...gate, lastRun: lastRun ?? undefined })),
    worktrees: worktrees.map(({ milestone, slot, ...worktree }) =>
      present({ ...worktree, milestone: milestone ?? undefined, slot: slot ?? undefined })
    ),
    merge: merge ?? undefined,
    deployment: deployment ?? undefined,
    archived: archived ?? undefined,
    next: nextData(next)
  })
}

/** All of a feature for people. */
export const detailsText = (shown: FeatureDetails, style: Style): string => {
  const details = printableDetails(shown)
  const { artifacts, comments, dependsOn, feature, gates, next, phase, revision, tasks, title, worktrees } = details
  const section = (heading: string, rows: ReadonlyArray<string>) =>
    rows.length === 0 ? [] : ["", style.dim(heading), ...rows]
  return lines(
    `${style.bold(feature)}  ${title}`,
    style.dim(`${phase}, revision ${revision}${details.branch === null ? "" : `, ${details.branch}`}`),
    details.description === "" ? null : details.description,
    section(
      "artifacts",
      artifacts.map(({ artifact, path, reason, status }) =>
        `  ${statusMark(status, style)} ${artifact.padEnd(10)}  ${status.padEnd(8)}  ${path}${
          reason === null ? "" : `  ${reason}`
        }`
      )
    ),
    section("tasks", tasks.map((task) => taskText(task, style))),
    section(
      "comments",
      comments.map(({ id, kind, resolution, text }) =>
        `  ${
          resolution === null && (kind === "blocker" || kind === "question") ? style.yellow("●") : style.dim("○")
        } ${id}  ${kind}: ${text}${resolution === null ? "" : style.dim(`  ${resolution.answer}`)}`
      )
    ),
    section(
      "gates",
      gates.map(({ gate, phase: of, status }) =>
        `  ${
          status === "passed" ? style.green("✓") : status === "failed" ? style.red("✗") : style.dim("○")
        } ${gate}  ${of}: ${status}`
      )
    ),
    section(
      "depends on",
      dependsOn.map(({ feature: name, isReleased }) =>
        `  ${isReleased ? style.green("✓") : style.yellow("●")} ${name}${isReleased ? "" : ", not released"}`
      )
    ),
    section("worktrees", worktrees.map(({ branch, worktree }) => `  ${worktree}  ${branch}`)),
    "",
    nextText(next, style)
  )
}

/** The details with every text of others as it can be shown. */
const printableDetails = (details: FeatureDetails): FeatureDetails => ({
  ...details,
  title: printable(details.title),
  description: printable(details.description),
  artifacts: details.artifacts.map(({ reason, ...rest }) => ({ ...rest, reason: printableOrNull(reason) })),
  tasks: details.tasks.map(({ reason, title, ...rest }) => ({
    ...rest,
    title: printable(title),
    reason: printableOrNull(reason)
  })),
  comments: details.comments.map(({ resolution, text, ...rest }) => ({
    ...rest,
    text: printable(text),
    resolution: resolution === null ? null : { ...resolution, answer: printable(resolution.answer) }
  }))
})

const printableOrNull = (text: string | null): string | null => text === null ? null : printable(text)

const statusMark = (status: ArtifactStatus, style: Style): string => {
  switch (status) {
    case "approved":
      return style.green("✓")
    case "waived":
      return style.green("–")
    case "rejected":
      return style.red("✗")
    case "draft":
    case "stale":
      return style.yellow("●")
    case "missing":
      return style.dim("○")
  }
}

const taskMarks: Readonly<Record<FeatureTask["status"], string>> = {
  pending: "○",
  "in-progress": "●",
  blocked: "✗",
  completed: "✓",
  cancelled: "–"
}

const taskText = ({ dependsOn, id, label, reason, status, title }: FeatureTask, style: Style): string => {
  const after = dependsOn.length === 0 ? "" : style.dim(`  after ${dependsOn.join(", ")}`)
  return `  ${taskMarks[status]} ${id}  ${label === null ? "" : `${label} `}${title}${
    reason === null ? "" : style.dim(`  ${status}: ${reason}`)
  }${after}`
}
