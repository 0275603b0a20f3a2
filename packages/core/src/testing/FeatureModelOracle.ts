import type { FeatureEvent, FeatureEventTag } from "../feature/FeatureEvent.ts"
import type { FeatureWorld } from "../feature/FeatureView.ts"
import type { RecordedEvent } from "../feature/FoldFeature.ts"
import { type Phase, phases } from "../feature/Lifecycle.ts"
import type { Artifact, GatePhase, LifecyclePolicy } from "../project/LifecyclePolicy.ts"

/** All that a phase depends on: the log, what is seen beside it, and the project's policy. */
export interface Evidence {
  readonly events: ReadonlyArray<RecordedEvent>
  readonly world: FeatureWorld
  readonly policy: LifecyclePolicy
}

/**
 * The phase by the table of exit conditions, read from the events one by one: written apart from the rules and from the
 * fold, to be compared with them.
 */
export const phaseByTable = (evidence: Evidence): Phase =>
  phases.find((phase) => !exitConditions[phase](evidence)) ?? "released"

/** Whether a feature is released and deployed, by the table. */
export const isReleasedByTable = (evidence: Evidence): boolean =>
  phases.every((phase) => exitConditions[phase](evidence))

const exitConditions: Readonly<Record<Phase, (evidence: Evidence) => boolean>> = {
  draft: (evidence) => isWaived(evidence, "spec") || isSubmitted(evidence, "spec"),
  specified: (evidence) => isSettled(evidence, "spec"),
  planned: (evidence) => isSettled(evidence, "design"),
  ready: (evidence) =>
    isSettled(evidence, "tasks") && (isWaived(evidence, "tasks") || tasksOf(evidence).length > 0)
    && isSettled(evidence, "qa-plan") && areDependenciesReleased(evidence) && !hasEarlyBlocker(evidence),
  implementation: (evidence) =>
    tasksOf(evidence).every((task) => isTaskDone(evidence, task)) && hasWork(evidence)
    && areGatesGreen(evidence, "implementation"),
  review: (evidence) => isSettled(evidence, "review") && areGatesGreen(evidence, "review"),
  audit: (evidence) => isSettled(evidence, "audit") && areGatesGreen(evidence, "audit"),
  qa: (evidence) =>
    (isWaived(evidence, "qa-results") || (isSettled(evidence, "qa-results") && hasQaPassed(evidence)))
    && areGatesGreen(evidence, "qa"),
  merge: (evidence) =>
    areGatesGreen(evidence, "merge") && has(evidence, "BranchMerged") && evidence.world.mergeContainsHead,
  released: (evidence) =>
    last(evidence, "FeatureDeployed")?.succeeded === true && evidence.world.deploymentContainsMerge
}

type EventOf<Tag extends FeatureEventTag> = Extract<FeatureEvent, { readonly _tag: Tag }>

const isEvent = <Tag extends FeatureEventTag>(tag: Tag) => (event: FeatureEvent): event is EventOf<Tag> =>
  event._tag === tag

const eventsOf = ({ events }: Evidence): ReadonlyArray<FeatureEvent> => events.map(({ event }) => event)

const last = <Tag extends FeatureEventTag>(evidence: Evidence, tag: Tag): EventOf<Tag> | undefined =>
  eventsOf(evidence).findLast(isEvent(tag))

const has = ({ events }: Evidence, tag: FeatureEventTag): boolean => events.some(({ event }) => event._tag === tag)

const headOfBranch = (evidence: Evidence): string | null =>
  evidence.world.head ?? last(evidence, "BranchMerged")?.head ?? null

const isWaived = (evidence: Evidence, artifact: Artifact): boolean => {
  const about = eventsOf(evidence).findLast((event) =>
    (event._tag === "FeatureCreated" && event.waived.some((waived) => waived.artifact === artifact))
    || ((event._tag === "ArtifactWaived" || event._tag === "WaiverRevoked") && event.artifact === artifact)
  )
  return about !== undefined && about._tag !== "WaiverRevoked"
}

const lastSubmission = (evidence: Evidence, artifact: Artifact): number =>
  evidence.events.findLastIndex(({ event }) => event._tag === "ArtifactSubmitted" && event.artifact === artifact)

const submissionAt = ({ events }: Evidence, index: number): EventOf<"ArtifactSubmitted"> | null => {
  const event = events[index]?.event
  return event?._tag === "ArtifactSubmitted" ? event : null
}

/** Whether the last submission was of the text that stands there and, for what judges a commit, of the head. */
const isSubmitted = (evidence: Evidence, artifact: Artifact): boolean => {
  const submission = submissionAt(evidence, lastSubmission(evidence, artifact))
  if (submission === null || submission.sha256 !== evidence.world.texts[artifact].sha256) return false
  const judgesHead = artifact === "review" || artifact === "audit" || artifact === "qa-results"
  return !judgesHead || submission.commit === headOfBranch(evidence)
}

/** Whether it is waived, or the text that stands there is approved and was not rejected since. */
const isSettled = (evidence: Evidence, artifact: Artifact): boolean => {
  if (isWaived(evidence, artifact)) return true
  if (!isSubmitted(evidence, artifact)) return false
  const at = lastSubmission(evidence, artifact)
  const submission = submissionAt(evidence, at)
  const decision = eventsOf(evidence).slice(at + 1).findLast((event) =>
    (event._tag === "ArtifactApproved" || event._tag === "ArtifactRejected") && event.artifact === artifact
    && event.sha256 === submission?.sha256 && event.commit === submission.commit
  )
  return decision?._tag === "ArtifactApproved"
}

const tasksOf = (evidence: Evidence): ReadonlyArray<string> => {
  const ids = eventsOf(evidence).flatMap((event) =>
    event._tag === "TaskAdded"
      ? [event.task]
      : event._tag === "ArtifactSubmitted"
      ? (event.tasks ?? []).map(({ task }) => task)
      : []
  )
  return [...new Set(ids)]
}

/** What was done with a task since it was added. */
const workOn = (evidence: Evidence, task: string): ReadonlyArray<TaskEvent> => {
  const events = eventsOf(evidence)
  const added = events.findIndex((event) =>
    (event._tag === "TaskAdded" && event.task === task)
    || (event._tag === "ArtifactSubmitted" && (event.tasks ?? []).some((listed) => listed.task === task))
  )
  return events.slice(added).filter(isWork).filter((event) => event.task === task)
}

type TaskEvent = EventOf<"TaskStarted" | "TaskCompleted" | "TaskBlocked" | "TaskUnblocked" | "TaskCancelled">

const isWork = (event: FeatureEvent): event is TaskEvent =>
  event._tag === "TaskStarted" || event._tag === "TaskCompleted" || event._tag === "TaskBlocked"
  || event._tag === "TaskUnblocked" || event._tag === "TaskCancelled"

/** Whether the last that was said of a task is that it is cancelled, or completed by commits of the branch. */
const isTaskDone = (evidence: Evidence, task: string): boolean => {
  const said = workOn(evidence, task).at(-1)
  if (said?._tag === "TaskCancelled") return true
  return said?._tag === "TaskCompleted" && isOnBranch(evidence, said.commits)
}

const isOnBranch = ({ world }: Evidence, commits: ReadonlyArray<string>): boolean =>
  commits.length > 0 && commits.every((commit) => world.contained.has(commit))

/** Whether there is anything to judge: commits of its own, or what became of them once they are merged. */
const hasWork = (evidence: Evidence): boolean =>
  evidence.world.hasOwnCommits || has(evidence, "BranchMerged")
  || (!isWaived(evidence, "review") && isSettled(evidence, "review"))
  || tasksOf(evidence).some((task) => isCompleted(evidence, task))

const isCompleted = (evidence: Evidence, task: string): boolean => {
  const said = workOn(evidence, task).findLast(({ _tag }) => _tag !== "TaskBlocked" && _tag !== "TaskUnblocked")
  return said?._tag === "TaskCompleted" && isOnBranch(evidence, said.commits)
}

const areDependenciesReleased = (evidence: Evidence): boolean => {
  const open = new Set<string>()
  for (const event of eventsOf(evidence)) {
    if (event._tag === "DependencyAdded") open.add(event.dependsOn)
    if (event._tag === "DependencyRemoved") open.delete(event.dependsOn)
  }
  return [...open].every((name) => evidence.world.released.has(name))
}

const beforeWork: ReadonlySet<Phase> = new Set<Phase>(["draft", "specified", "planned", "ready"])

/** Comments of a kind that are open. */
export const openComments = (
  evidence: Pick<Evidence, "events">,
  kind: string
): ReadonlyArray<EventOf<"CommentAdded">> => {
  const open = new Map<string, EventOf<"CommentAdded">>()
  for (const { event } of evidence.events) {
    if (event._tag === "CommentAdded") open.set(event.comment, event)
    if (event._tag === "CommentResolved") open.delete(event.comment)
  }
  return [...open.values()].filter((comment) => comment.kind === kind)
}

const hasEarlyBlocker = (evidence: Evidence): boolean =>
  openComments(evidence, "blocker").some(({ phase }) => beforeWork.has(phase))

const areGatesGreen = (evidence: Evidence, phase: GatePhase): boolean =>
  evidence.policy.gates.filter((gate) => gate.phase === phase).every((gate) => {
    const run = eventsOf(evidence).filter(isEvent("GateRan")).findLast((event) => event.gate === gate.name)
    return run !== undefined && run.passed && run.commit === headOfBranch(evidence)
      && JSON.stringify(run.command) === JSON.stringify(gate.command)
  })

/** Whether the present results have every item of the plan, and none of them failed. */
const hasQaPassed = (evidence: Evidence): boolean => {
  const results = submissionAt(evidence, lastSubmission(evidence, "qa-results"))?.results ?? []
  const plan = isWaived(evidence, "qa-plan")
    ? []
    : submissionAt(evidence, lastSubmission(evidence, "qa-plan"))?.items ?? []
  return results.every(({ passed }) => passed) && plan.every((item) => results.some((result) => result.item === item))
}

/** A task as the log tells. */
export interface TaskByTable {
  readonly id: string
  readonly status: "pending" | "in-progress" | "blocked" | "completed" | "cancelled"
  readonly dependsOn: ReadonlyArray<string>
  /** Cancelled, or completed by commits of the branch. */
  readonly isDone: boolean
}

const statusAfter = {
  TaskStarted: "in-progress",
  TaskCompleted: "completed",
  TaskBlocked: "blocked",
  TaskUnblocked: "pending",
  TaskCancelled: "cancelled"
} as const

/** The tasks that the log tells of, in the order in which they came. */
export const tasksByTable = (evidence: Evidence): ReadonlyArray<TaskByTable> =>
  tasksOf(evidence).map((id) => {
    const said = workOn(evidence, id).at(-1)
    return {
      id,
      status: said === undefined ? "pending" : statusAfter[said._tag],
      dependsOn: dependenciesOf(evidence, id),
      isDone: isTaskDone(evidence, id)
    }
  })

const dependenciesOf = (evidence: Evidence, task: string): ReadonlyArray<string> => {
  const waitsFor = new Set<string>()
  let isKnown = false
  for (const event of eventsOf(evidence)) {
    const isListed = event._tag === "ArtifactSubmitted" && (event.tasks ?? []).some((listed) => listed.task === task)
    if (event._tag === "TaskAdded" && event.task === task && !isKnown) {
      for (const id of event.dependsOn) waitsFor.add(id)
    }
    isKnown ||= isListed || (event._tag === "TaskAdded" && event.task === task)
    if (isKnown && event._tag === "TaskDependencyAdded" && event.task === task) waitsFor.add(event.dependsOn)
    if (event._tag === "TaskDependencyRemoved" && event.task === task) waitsFor.delete(event.dependsOn)
  }
  return [...waitsFor]
}
