import type { PlannedStep } from "../operation/Journal.ts"
import { composeProjectOf, slotFolderName } from "../slot/Slot.ts"
import type { WorktreeInspection } from "../worktree/Git.ts"
import type { KnownWorktree } from "./Inventory.ts"
import type { EngineRemains } from "./Teardown.ts"

/** What `done` is asked for. */
export interface DoneRequest {
  /** Any folder; the search is over all projects of the registry and this folder's repository. */
  readonly directory: string
  /** Folder, branch, `feature-milestone`, `feature/milestone`, or an unambiguous part of one. */
  readonly name: string
  /** Remove even what would be lost, and without teardown commands that are not approved or fail. */
  readonly force?: boolean
  /** Accept a partial match that is not a whole part of the name, and approve teardown commands. */
  readonly approve?: boolean
  /** Keep the slot's volumes. */
  readonly keepVolumes?: boolean
}

/** One thing that `done` would destroy. */
export interface LossReason {
  readonly kind: "changes" | "stashes" | "unpushed" | "in-progress" | "locked" | "submodules" | "starting"
  /** For people, with counts. */
  readonly text: string
  /** File names, commits or stashes. */
  readonly items: ReadonlyArray<string>
}

/** What a dry run shows. */
export interface DonePlan {
  readonly project: string
  readonly worktree: string
  readonly branch: string | null
  readonly slot: number | null
  readonly steps: ReadonlyArray<PlannedStep>
  /** Why it would refuse without `force`. */
  readonly refusals: ReadonlyArray<LossReason>
  readonly warnings: ReadonlyArray<string>
}

/** What was seen of a worktree before it goes. */
export interface DoneObservation {
  readonly known: KnownWorktree
  /** Null when the folder is gone. */
  readonly inspection: WorktreeInspection | null
  /** Paths that Slipway itself put into the worktree and nobody changed since. */
  readonly placed: ReadonlySet<string>
  /** What the engine holds of the slot; null without a slot, or when no engine answers. */
  readonly remains: EngineRemains | null
  /** The branch that it has, or that was left when git lost it. */
  readonly branch: string | null
  /** Whether the commits of the branch are safe elsewhere; null without a branch. */
  readonly branchSafe: boolean | null
  /** Whether a living process is still making this sandbox. */
  readonly starting: boolean
  /** Configured teardown commands, and whether a person has allowed them. */
  readonly teardown: { readonly commands: number; readonly approved: boolean }
}

/** The names of the steps of `done`, in their order. */
export type DoneStep =
  | "teardown"
  | "remove-containers"
  | "remove-slot-folder"
  | "release-slot"
  | "remove-worktree"
  | "delete-branch"

/** A {@link PlannedStep} of `done`. */
export interface PlannedDoneStep extends PlannedStep {
  readonly step: DoneStep
}

/** Decides what `done` does, and what it refuses to lose. Pure and total. */
export const planDone = (
  observation: DoneObservation,
  request: Pick<DoneRequest, "keepVolumes">
): DonePlan & { readonly steps: ReadonlyArray<PlannedDoneStep> } => {
  const { known } = observation
  return {
    project: known.project,
    worktree: known.path,
    branch: observation.branch,
    slot: known.slot?.slot_id ?? null,
    steps: stepsOf(observation, request),
    refusals: losses(observation),
    warnings: warningsOf(observation)
  }
}

const stepsOf = (
  observation: DoneObservation,
  request: Pick<DoneRequest, "keepVolumes">
): ReadonlyArray<PlannedDoneStep> => {
  const { branch, inspection, known, teardown } = observation
  const steps: Array<PlannedDoneStep> = []
  if (teardown.commands > 0 && teardown.approved && inspection !== null) {
    steps.push({ step: "teardown", title: `run ${count(teardown.commands, "teardown command")}` })
  }
  if (known.slot !== null) {
    const project = composeProjectOf(known.slot)
    const name = slotFolderName(known.project, known.slot.slot_id)
    steps.push(
      {
        step: "remove-containers",
        title: `remove containers, networks${request.keepVolumes === true ? "" : ", volumes"} and images of ${project}`,
        ...(request.keepVolumes === true
          ? {}
          : { reason: "the next feature in this slot would find the old data" })
      },
      { step: "remove-slot-folder", title: `remove slot folder ${name}` },
      { step: "release-slot", title: `release slot ${known.slot.slot_id}` }
    )
  }
  if (known.worktree !== null) steps.push({ step: "remove-worktree", title: `remove worktree ${known.path}` })
  if (branch !== null && observation.branchSafe === true) {
    steps.push({
      step: "delete-branch",
      title: `delete branch ${branch}`,
      reason: "its commits are merged or on a remote"
    })
  }
  return steps
}

const losses = (observation: DoneObservation): ReadonlyArray<LossReason> => {
  const { inspection, known, placed } = observation
  const reasons: Array<LossReason> = []
  if (observation.starting) {
    const pid = known.slot?.process?.pid
    reasons.push({
      kind: "starting",
      text: `process ${pid ?? "?"} is still starting this sandbox`,
      items: []
    })
  }
  if (known.worktree !== null && known.worktree.locked !== null) {
    const why = known.worktree.locked === "" ? "" : `: ${known.worktree.locked}`
    reasons.push({ kind: "locked", text: `The worktree is locked${why}`, items: [] })
  }
  return inspection === null ? reasons : [...reasons, ...workIn(inspection, placed)]
}

/** The work in a worktree that would be lost with it; files that Slipway put there are none. Pure and total. */
export const workIn = (inspection: WorktreeInspection, placed: ReadonlySet<string>): ReadonlyArray<LossReason> => {
  const reasons: Array<LossReason> = []
  const changes = inspection.changes.filter((change) => !placed.has(change.path))
  const untracked = changes.filter((change) => change.kind === "untracked")
  const tracked = changes.filter((change) => change.kind !== "untracked")
  if (tracked.length > 0) {
    reasons.push({
      kind: "changes",
      text: `Uncommitted changes detected: ${count(tracked.length, "file")}`,
      items: tracked.map((change) => `${change.kind} ${change.path}`)
    })
  }
  if (untracked.length > 0) {
    reasons.push({
      kind: "changes",
      text: `Untracked files detected: ${count(untracked.length, "file")}`,
      items: untracked.map((change) => change.path)
    })
  }
  if (inspection.stashes.length > 0) {
    reasons.push({
      kind: "stashes",
      text: `Stashes made here: ${inspection.stashes.length}`,
      items: inspection.stashes.map((stash) => `${stash.ref} ${stash.message}`)
    })
  }
  if (inspection.unpushedCount > 0) {
    reasons.push({
      kind: "unpushed",
      text: `Unpushed commits detected: ${count(inspection.unpushedCount, "commit")} on no remote`,
      items: inspection.unpushed.map((commit) => `${commit.id.slice(0, 8)} ${commit.subject}`)
    })
  }
  if (inspection.inProgress !== null) {
    reasons.push({ kind: "in-progress", text: `A ${inspection.inProgress} is in progress`, items: [] })
  }
  const dirtySubmodules = inspection.submodules.filter((submodule) => submodule.dirty)
  if (dirtySubmodules.length > 0) {
    reasons.push({
      kind: "submodules",
      text: `Submodules with changes: ${dirtySubmodules.length}`,
      items: dirtySubmodules.map((submodule) => submodule.path)
    })
  }
  return reasons
}

const warningsOf = (observation: DoneObservation): ReadonlyArray<string> => {
  const { inspection, known, placed, teardown } = observation
  const warnings: Array<string> = []
  const vanishing = inspection?.ignored.filter((path) => !placed.has(path)) ?? []
  if (vanishing.length > 0) {
    const named = vanishing.slice(0, 10).join(", ")
    const more = vanishing.length > 10 ? ` and ${vanishing.length - 10} more` : ""
    warnings.push(`ignored files go with the worktree: ${named}${more}`)
  }
  if (observation.branchSafe === false) {
    warnings.push(`branch ${observation.branch} is kept: its commits are neither merged nor on a remote`)
  }
  if (teardown.commands > 0 && !teardown.approved && inspection !== null) {
    warnings.push("nobody has approved the teardown commands: --yes approves them, --force leaves them out")
  }
  if (known.slot !== null && observation.remains === null) {
    warnings.push("no Docker engine answers: the slot stays claimed until its containers can be removed")
  }
  return warnings
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`
