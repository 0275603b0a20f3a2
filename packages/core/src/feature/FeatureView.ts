import type { Artifact, Gate, LifecyclePolicy } from "../project/LifecyclePolicy.ts"
import type { FeatureState, FeatureTask, Submission } from "./FeatureState.ts"
import { type ArtifactStatus, judgesCommit } from "./Lifecycle.ts"

/** A text in the feature's folder as it is now. */
export interface PresentText {
  /** Relative to the main checkout, with `/`: where it is, or where it belongs. */
  readonly path: string
  /** Null while there is no such file. Of tasks.md, with every box unticked: a tick is progress, not an edit. */
  readonly sha256: string | null
  /** SHA-256 of the file's very bytes, where that is another one. */
  readonly fileSha256?: string
}

/** What the world shows beside the log: texts, and what git says. Observed anew for each question. */
export interface FeatureWorld {
  readonly texts: Readonly<Record<Artifact, PresentText>>
  /** Commit of the feature's branch; null while there is none. */
  readonly head: string | null
  /** The branch that it is of, where the feature has several; that of the log when absent. */
  readonly branch?: string
  /** Whether the branch has commits that the default branch lacks. */
  readonly hasOwnCommits: boolean
  /** Of the commits that completed tasks name, those that the branch contains. */
  readonly contained: ReadonlySet<string>
  /** Whether git confirms that the recorded merge contains the head. */
  readonly mergeContainsHead: boolean
  /** Head of the branch that a merge goes into; null when unknown. */
  readonly base: string | null
  /** Whether git confirms that the deployed commit contains the recorded merge. */
  readonly deploymentContainsMerge: boolean
  /** Of the features that it depends on, those that are released. */
  readonly released: ReadonlySet<string>
  /** Of the recorded worktrees, those that are there, by path. */
  readonly standing: ReadonlySet<string>
}

/** All that decides what comes next. */
export interface FeatureView {
  readonly name: string
  readonly state: FeatureState
  readonly world: FeatureWorld
  readonly policy: LifecyclePolicy
}

/** The commit that evidence must name: the branch's head or, once the branch is gone, the one that was merged. */
export const headOf = ({ state, world }: Pick<FeatureView, "state" | "world">): string | null =>
  world.head ?? state.merge?.head ?? null

/** The submission that holds for the present text and commit; null when there is none. */
export const currentSubmission = (view: FeatureView, artifact: Artifact): Submission | null => {
  const submission = view.state.submissions.get(artifact)
  if (submission === undefined || submission.sha256 !== view.world.texts[artifact].sha256) return null
  return judgesCommit(artifact) && submission.commit !== headOf(view) ? null : submission
}

/**
 * How an artifact stands.
 *
 * @example
 * artifactStatus(view, "spec") // "stale": the text was edited since it was approved
 */
export const artifactStatus = (view: FeatureView, artifact: Artifact): ArtifactStatus => {
  if (view.state.waivers.has(artifact)) return "waived"
  if (!view.state.submissions.has(artifact)) return "missing"
  const submission = currentSubmission(view, artifact)
  return submission === null ? "stale" : submission.decision?.verdict ?? "draft"
}

/** Whether a task needs nothing more. */
export const isFinished = (view: FeatureView, task: FeatureTask): boolean =>
  task.status === "cancelled" || (task.status === "completed" && hasItsCommits(view, task))

/** Whether all commits of a completed task are on the feature's branch. */
export const hasItsCommits = (view: FeatureView, task: FeatureTask): boolean =>
  task.commits.length > 0 && task.commits.every((commit) => view.world.contained.has(commit))

/** Tasks and ids that a task waits for. */
export const unfinishedDependencies = (view: FeatureView, task: FeatureTask): ReadonlyArray<string> =>
  task.dependsOn.filter((id) => {
    const dependency = view.state.tasks.get(id)
    return dependency === undefined || !isFinished(view, dependency)
  })

/** How a gate stands at the head: `stale` ran for another commit or with another command. */
export type GateStatus = "never-ran" | "stale" | "failed" | "passed"

/** How a gate stands at the head. */
export const gateStatus = (view: FeatureView, gate: Gate): GateStatus => {
  const run = view.state.gates.get(gate.name)
  if (run === undefined) return "never-ran"
  const isSame = run.commit === headOf(view) && run.command.length === gate.command.length &&
    run.command.every((word, at) => word === gate.command[at])
  if (!isSame) return "stale"
  return run.passed ? "passed" : "failed"
}

/** Features that it waits for. */
export const openDependencies = ({ state, world }: FeatureView): ReadonlyArray<string> =>
  [...state.dependsOn].filter((name) => !world.released.has(name))
