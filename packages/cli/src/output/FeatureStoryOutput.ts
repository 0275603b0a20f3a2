import type { FeatureEvent, FeatureLogEntry, FeatureStory, VerifiedLog } from "@slipway/core"
import { durationText } from "./Durations.ts"
import { present } from "./Envelope.ts"
import { counted, lines, printable } from "./Messages.ts"
import type { Style } from "./Style.ts"

/** An entry of a log as `--json` shows it: as it stands in the log. */
export const entryData = ({ key, ...entry }: FeatureLogEntry) => present({ ...entry, key })

/** A log as `--json` shows it. */
export const storyData = ({ entries, feature, torn }: FeatureStory) => ({
  feature,
  entries: entries.map(entryData),
  torn
})

/** What begins the further lines of an event, so that none looks like an event of its own. */
const continued = "\n       "

/** A log for people: it reads like the story of the feature. */
export const storyText = ({ entries, feature }: FeatureStory, style: Style): string =>
  lines(entries.map(({ actor, at, event, seq }) => {
    const time = at.replace("T", " ").replace(/\.\d+Z$/u, "Z")
    const who = `${actor.kind}:${actor.id}`
    return `${style.dim(`${String(seq).padStart(3)}  ${time}`)}  ${style.bold(who)}  ${feature} ${
      eventText(event).replaceAll("\n", continued)
    }`
  }))

/** Nothing but what was written to its end counts. */
export const tornWarnings = ({ feature, torn }: { readonly feature: string; readonly torn: number }) =>
  torn === 0
    ? []
    : [
      `the last line of the log of ${feature} was not written to its end (${
        counted(torn, "character")
      }); it does not count`
    ]

/** A sound log as `--json` shows it. */
export const verifiedData = ({ feature, last, lines: count, torn }: VerifiedLog) => ({
  feature,
  lines: count,
  last,
  torn
})

/** A sound log for people. */
export const verifiedText = ({ feature, last, lines: count }: VerifiedLog, style: Style): string =>
  `${style.green("✓")} the log of ${style.bold(feature)} is as it was written: ${
    counted(count, "line")
  }, the last is ${last}`

const short = (commit: string): string => commit.slice(0, 9)

/** What happened to a feature, as the rest of a sentence that begins with its name. */
export const eventText = (event: FeatureEvent): string => printable(sentenceOf(event))

const sentenceOf = (event: FeatureEvent): string => {
  switch (event._tag) {
    case "FeatureCreated": {
      const waived = event.waived.map(({ artifact }) => artifact)
      const light = waived.length === 0 ? "" : `; by the project's profile without ${waived.join(", ")}`
      return `began: ${event.title}${light}`
    }
    case "ArtifactSubmitted": {
      const at = event.commit === null ? "" : ` for ${short(event.commit)}`
      const tasks = event.tasks === undefined ? "" : `, with ${counted(event.tasks.length, "task")}`
      const items = event.items === undefined ? "" : `, with ${counted(event.items.length, "item")}`
      const failed = event.results?.filter(({ passed }) => !passed) ?? []
      const results = event.results === undefined
        ? ""
        : failed.length === 0
        ? ", everything passed"
        : `, failed: ${failed.map(({ item }) => item).join("; ")}`
      return `got its ${event.artifact}${at}${tasks}${items}${results}`
    }
    case "ArtifactApproved":
      return `had its ${event.artifact} approved${event.commit === null ? "" : ` at ${short(event.commit)}`}${
        event.selfApproved ? ", by its author" : ""
      }`
    case "ArtifactRejected":
      return `had its ${event.artifact} rejected: ${event.reason}`
    case "ArtifactWaived":
      return `does without ${event.artifact}: ${event.reason}`
    case "WaiverRevoked":
      return `does not do without ${event.artifact} any more: ${event.reason}`
    case "TaskAdded":
      return `got ${event.task}: ${event.title}`
    case "TaskStarted":
      return `began ${event.task}`
    case "TaskCompleted":
      return `completed ${event.task} by ${event.commits.map(short).join(", ")}`
    case "TaskBlocked":
      return `cannot go on with ${event.task}: ${event.reason}`
    case "TaskUnblocked":
      return `can go on with ${event.task}: ${event.reason}`
    case "TaskCancelled":
      return `gave ${event.task} up: ${event.reason}`
    case "TaskDependencyAdded":
      return `has ${event.task} wait for ${event.dependsOn}`
    case "TaskDependencyRemoved":
      return `does not have ${event.task} wait for ${event.dependsOn} any more`
    case "DependencyAdded":
      return `waits for ${event.dependsOn}`
    case "DependencyRemoved":
      return `does not wait for ${event.dependsOn} any more`
    case "CommentAdded":
      return `got a ${event.kind}, ${event.comment}: ${event.text}`
    case "CommentResolved":
      return `had ${event.comment} resolved: ${event.answer}`
    case "WorktreeRecorded":
      return `is worked on in ${event.worktree} on ${event.branch}`
    case "GateRan":
      return `${event.passed ? "passed" : "failed"} the gate ${event.gate} at ${short(event.commit)} in ${
        durationText(event.ms)
      }${event.passed ? "" : event.exitCode === null ? ", not in time" : `, exit code ${event.exitCode}`}`
    case "BranchMerged":
      return `was merged: ${event.branch} into ${event.into}, ${short(event.commit)} (${event.how})`
    case "MergeConflicted":
      return `could not be merged into ${event.into}: ${event.files.join(", ")}`
    case "FeatureDeployed":
      return `${event.succeeded ? "was deployed" : "could not be deployed"} at ${short(event.commit)}${
        event.reference === null ? "" : `: ${event.reference}`
      }`
    case "FeatureArchived":
      return `was archived: ${event.reason}`
    case "FeatureRestored":
      return `was taken up again: ${event.reason}`
  }
}
