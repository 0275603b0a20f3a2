import type { Artifact } from "../project/LifecyclePolicy.ts"
import { type Actor, isSameActor, slipwayActor } from "./Actor.ts"
import type { FeatureEvent, FeatureLogEntry } from "./FeatureEvent.ts"
import type {
  Decision,
  FeatureComment,
  FeatureState,
  FeatureTask,
  FeatureWorktree,
  GateRun,
  Submission,
  Waiver
} from "./FeatureState.ts"
import type { TaskStatus } from "./Lifecycle.ts"

/** What an entry tells beside its place in the chain. */
export type RecordedEvent = Pick<FeatureLogEntry, "seq" | "at" | "actor" | "event"> & {
  readonly key?: FeatureLogEntry["key"]
}

/**
 * What a log tells: the state after its entries, in order. Total: an event that has nothing to act on, which no sound
 * log holds, changes nothing but the revision.
 *
 * @example
 * foldFeature(entries).tasks.get("task-001")?.status // "in-progress"
 */
export const foldFeature = (entries: ReadonlyArray<RecordedEvent>): FeatureState => {
  const draft = emptyDraft()
  for (const entry of entries) {
    applyEvent(draft, entry)
    draft.revision = entry.seq
    draft.updatedAt = entry.at
    if (entry.key !== undefined) draft.keys.set(entry.key.id, { request: entry.key.request, revision: entry.seq })
  }
  return draft
}

/** A state under construction: 200 events are folded in a few microseconds, so nothing is copied on the way. */
type Draft =
  & { -readonly [K in keyof FeatureState as K extends "tasks" ? never : K]: FeatureState[K] }
  & { isBranchGiven: boolean }
  & {
    readonly submissions: Map<Artifact, Submission>
    readonly waivers: Map<Artifact, Waiver>
    readonly tasks: Map<string, { -readonly [K in keyof FeatureTask]: FeatureTask[K] }>
    readonly comments: Map<string, FeatureComment>
    readonly dependsOn: Set<string>
    readonly worktrees: Map<string, FeatureWorktree>
    readonly gates: Map<string, GateRun>
    readonly coders: Array<Actor>
    readonly makers: Array<Actor>
    readonly keys: Map<string, { readonly request: string; readonly revision: number }>
  }

const emptyDraft = (): Draft => ({
  revision: 0,
  title: "",
  description: "",
  profile: "standard",
  createdAt: "",
  updatedAt: "",
  branch: null,
  branches: [],
  isBranchGiven: false,
  submissions: new Map(),
  waivers: new Map(),
  tasks: new Map(),
  comments: new Map(),
  dependsOn: new Set(),
  worktrees: new Map(),
  gates: new Map(),
  merge: null,
  conflict: null,
  deployment: null,
  archived: null,
  coders: [],
  makers: [],
  keys: new Map()
})

const applyEvent = (draft: Draft, { actor, at, event, seq }: RecordedEvent): void => {
  switch (event._tag) {
    case "FeatureCreated": {
      draft.title = event.title
      draft.description = event.description
      draft.profile = event.profile
      draft.branch = event.branch
      draft.isBranchGiven = event.branch !== null
      draft.branches = event.branch === null ? [] : [event.branch]
      draft.createdAt = at
      for (const { artifact, reason } of event.waived) draft.waivers.set(artifact, { reason, by: slipwayActor, at })
      return
    }
    case "ArtifactSubmitted": {
      draft.submissions.set(event.artifact, {
        artifact: event.artifact,
        path: event.path,
        sha256: event.sha256,
        commit: event.commit,
        by: actor,
        at,
        items: event.items ?? [],
        results: event.results ?? [],
        decision: null
      })
      for (const { label, task, title } of event.tasks ?? []) {
        if (draft.tasks.has(task)) changeTask(draft, task, { title, label })
        else addTask(draft, { id: task, title, label, dependsOn: [], revision: seq })
      }
      return
    }
    case "ArtifactApproved":
      return decide(draft, event, {
        verdict: "approved",
        by: actor,
        at,
        reason: null,
        selfApproved: event.selfApproved
      })
    case "ArtifactRejected":
      return decide(draft, event, { verdict: "rejected", by: actor, at, reason: event.reason, selfApproved: false })
    case "ArtifactWaived":
      draft.waivers.set(event.artifact, { reason: event.reason, by: actor, at })
      return
    case "WaiverRevoked":
      draft.waivers.delete(event.artifact)
      return
    case "TaskAdded":
      return addTask(draft, {
        id: event.task,
        title: event.title,
        label: null,
        dependsOn: event.dependsOn,
        revision: seq
      })
    case "TaskStarted":
      moveTask(draft, event.task, "in-progress", null, seq, { by: actor, commits: [] })
      return addTo(draft.coders, actor)
    case "TaskCompleted":
      moveTask(draft, event.task, "completed", null, seq, { by: actor, commits: event.commits })
      return addTo(draft.coders, actor)
    case "TaskBlocked":
      return moveTask(draft, event.task, "blocked", event.reason, seq)
    case "TaskUnblocked":
      return moveTask(draft, event.task, "pending", null, seq)
    case "TaskCancelled":
      return moveTask(draft, event.task, "cancelled", event.reason, seq)
    case "TaskDependencyAdded": {
      const task = draft.tasks.get(event.task)
      if (task === undefined || task.dependsOn.includes(event.dependsOn)) return
      return changeTask(draft, event.task, { dependsOn: [...task.dependsOn, event.dependsOn] })
    }
    case "TaskDependencyRemoved": {
      const dependsOn = draft.tasks.get(event.task)?.dependsOn ?? []
      return changeTask(draft, event.task, { dependsOn: dependsOn.filter((id) => id !== event.dependsOn) })
    }
    case "DependencyAdded":
      draft.dependsOn.add(event.dependsOn)
      return
    case "DependencyRemoved":
      draft.dependsOn.delete(event.dependsOn)
      return
    case "CommentAdded":
      draft.comments.set(event.comment, {
        id: event.comment,
        kind: event.kind,
        text: event.text,
        by: actor,
        at,
        phase: event.phase,
        resolution: null
      })
      return
    case "CommentResolved": {
      const comment = draft.comments.get(event.comment)
      if (comment === undefined) return
      draft.comments.set(event.comment, { ...comment, resolution: { answer: event.answer, by: actor, at } })
      return
    }
    case "WorktreeRecorded": {
      const { branch, milestone, slot, worktree } = event
      draft.worktrees.delete(worktree)
      draft.worktrees.set(worktree, { branch, worktree, milestone, slot })
      addTo(draft.makers, actor)
      if (draft.isBranchGiven) return
      draft.branch = branch
      draft.branches = [branch, ...draft.branches.filter((known) => known !== branch)]
      return
    }
    default:
      return applyEvidence(draft, event, { at, actor, seq })
  }
}

type EvidenceEvent = Extract<
  FeatureEvent,
  { _tag: "GateRan" | "BranchMerged" | "MergeConflicted" | "FeatureDeployed" | "FeatureArchived" | "FeatureRestored" }
>

const applyEvidence = (
  draft: Draft,
  event: EvidenceEvent,
  { actor, at, seq }: Pick<RecordedEvent, "actor" | "at" | "seq">
): void => {
  switch (event._tag) {
    case "GateRan": {
      const { command, commit, exitCode, gate, ms, output, passed, phase } = event
      draft.gates.set(gate, { gate, phase, command, commit, passed, exitCode, ms, at, output })
      return
    }
    case "BranchMerged": {
      const { base, branch, commit, head, into } = event
      draft.merge = { branch, head, into, base, commit, revision: seq }
      draft.conflict = null
      return
    }
    case "MergeConflicted": {
      const { base, files, head, into } = event
      draft.conflict = { head, into, base, files }
      return
    }
    case "FeatureDeployed": {
      const { commit, exitCode, reference, succeeded } = event
      draft.deployment = { commit, succeeded, exitCode, reference, at, revision: seq }
      return
    }
    case "FeatureArchived":
      draft.archived = { reason: event.reason, by: actor, at }
      return
    case "FeatureRestored":
      draft.archived = null
      return
  }
}

/** A decision holds for the very text and commit that it names, and for no other. */
const decide = (
  draft: Draft,
  subject: { readonly artifact: Artifact; readonly sha256: string; readonly commit: string | null },
  decision: Decision
): void => {
  const submission = draft.submissions.get(subject.artifact)
  if (submission === undefined) return
  if (submission.sha256 !== subject.sha256 || submission.commit !== subject.commit) return
  draft.submissions.set(subject.artifact, { ...submission, decision })
}

const addTask = (draft: Draft, task: Pick<FeatureTask, "id" | "title" | "label" | "dependsOn" | "revision">): void => {
  if (draft.tasks.has(task.id)) return
  draft.tasks.set(task.id, { ...task, status: "pending", reason: null, commits: [], worker: null })
}

const changeTask = (draft: Draft, id: string, change: Pick<FeatureTask, "dependsOn"> | ListedTaskWords): void => {
  const task = draft.tasks.get(id)
  if (task !== undefined) Object.assign(task, change)
}

type ListedTaskWords = Pick<FeatureTask, "title" | "label">

const moveTask = (
  draft: Draft,
  id: string,
  status: TaskStatus,
  reason: string | null,
  revision: number,
  work?: { readonly by: Actor; readonly commits: ReadonlyArray<string> }
): void => {
  const task = draft.tasks.get(id)
  if (task === undefined) return
  task.status = status
  task.reason = reason
  task.revision = revision
  if (status === "cancelled") task.commits = []
  if (work === undefined) return
  task.worker = work.by
  task.commits = work.commits
}

const addTo = (actors: Array<Actor>, actor: Actor): void => {
  if (!actors.some((known) => isSameActor(known, actor))) actors.push(actor)
}
