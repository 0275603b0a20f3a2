import type { Artifact } from "../project/LifecyclePolicy.ts"
import { artifacts } from "../project/LifecyclePolicy.ts"
import type { Actor } from "./Actor.ts"
import type { NextStep } from "./Classifier.ts"
import type { FeatureComment, FeatureState, FeatureTask, FeatureWorktree, GateRun } from "./FeatureState.ts"
import { artifactStatus, type FeatureView, type GateStatus, gateStatus, openDependencies } from "./FeatureView.ts"
import type { ArtifactStatus, Phase } from "./Lifecycle.ts"

/** How one artifact of a feature stands. */
export interface ArtifactDetails {
  readonly artifact: Artifact
  readonly status: ArtifactStatus
  /** Relative to the main checkout. */
  readonly path: string
  /** Of the present text; null without one. */
  readonly sha256: string | null
  readonly submittedBy: Actor | null
  /** Who approved, rejected or waived it, and why; null while nobody did. */
  readonly decidedBy: Actor | null
  readonly reason: string | null
  readonly selfApproved: boolean
}

/** How one gate stands. */
export interface GateDetails {
  readonly gate: string
  readonly phase: Phase
  readonly status: GateStatus
  /** Null while it never ran. */
  readonly lastRun: GateRun | null
}

/** All of a feature, as it stands. */
export interface FeatureDetails {
  readonly feature: string
  readonly title: string
  readonly description: string
  readonly profile: FeatureState["profile"]
  readonly phase: Phase
  readonly revision: number
  readonly createdAt: string
  readonly updatedAt: string
  readonly branch: string | null
  readonly next: NextStep
  readonly artifacts: ReadonlyArray<ArtifactDetails>
  readonly tasks: ReadonlyArray<FeatureTask>
  readonly comments: ReadonlyArray<FeatureComment>
  readonly dependsOn: ReadonlyArray<{ readonly feature: string; readonly isReleased: boolean }>
  readonly gates: ReadonlyArray<GateDetails>
  /** Those that are there. */
  readonly worktrees: ReadonlyArray<FeatureWorktree>
  readonly merge: FeatureState["merge"]
  readonly deployment: FeatureState["deployment"]
  readonly archived: FeatureState["archived"]
}

/** Gathers all of a feature that is shown. */
export const featureDetails = (view: FeatureView, next: NextStep): FeatureDetails => {
  const { name, policy, state, world } = view
  const open = openDependencies(view)
  return {
    feature: name,
    title: state.title,
    description: state.description,
    profile: state.profile,
    phase: next.phase,
    revision: state.revision,
    createdAt: state.createdAt,
    updatedAt: state.updatedAt,
    branch: state.branch,
    next,
    artifacts: artifacts.map((artifact) => artifactDetails(view, artifact)),
    tasks: [...state.tasks.values()],
    comments: [...state.comments.values()],
    dependsOn: [...state.dependsOn].map((feature) => ({ feature, isReleased: !open.includes(feature) })),
    gates: policy.gates.map((gate) => ({
      gate: gate.name,
      phase: gate.phase,
      status: gateStatus(view, gate),
      lastRun: state.gates.get(gate.name) ?? null
    })),
    worktrees: [...state.worktrees.values()].filter(({ worktree }) => world.standing.has(worktree)),
    merge: state.merge,
    deployment: state.deployment,
    archived: state.archived
  }
}

const artifactDetails = (view: FeatureView, artifact: Artifact): ArtifactDetails => {
  const submission = view.state.submissions.get(artifact)
  const waiver = view.state.waivers.get(artifact)
  return {
    artifact,
    status: artifactStatus(view, artifact),
    path: view.world.texts[artifact].path,
    sha256: view.world.texts[artifact].fileSha256 ?? view.world.texts[artifact].sha256,
    submittedBy: submission?.by ?? null,
    decidedBy: waiver?.by ?? submission?.decision?.by ?? null,
    reason: waiver?.reason ?? submission?.decision?.reason ?? null,
    selfApproved: submission?.decision?.selfApproved ?? false
  }
}
