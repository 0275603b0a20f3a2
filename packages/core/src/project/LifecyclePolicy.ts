import type { CommandLine } from "./CommandLine.ts"

/** What a feature produces, in the order in which it is asked for. */
export const artifacts = ["spec", "design", "tasks", "qa-plan", "review", "audit", "qa-results"] as const

/** A text in a feature's folder. */
export type Artifact = typeof artifacts[number]

/** Phases that gates can belong to: those in which there is a commit to look at. */
export const gatePhases = ["implementation", "review", "audit", "qa", "merge"] as const

/** A phase that gates can belong to. */
export type GatePhase = typeof gatePhases[number]

/** Kinds of actors that can approve. */
export const approverKinds = ["agent", "human"] as const

/** A kind of actor that can approve. */
export type ApproverKind = typeof approverKinds[number]

/** A command that must end well at the head of a feature's branch before a phase is passed. */
export interface Gate {
  /** Unique in the project. */
  readonly name: string
  readonly phase: GatePhase
  readonly command: CommandLine
  /** Seconds. */
  readonly timeout: number
}

/**
 * How a feature's branch gets into the default branch: `fast-forward-or-commit` makes a commit only where the two have
 * diverged, `merge-commit` always, `fast-forward-only` never.
 */
export const mergeStrategies = ["fast-forward-or-commit", "merge-commit", "fast-forward-only"] as const

/** A way to merge. */
export type MergeStrategy = typeof mergeStrategies[number]

/** `[lifecycle]`: how features live in a project. */
export interface LifecyclePolicy {
  /** `light` waives, by policy and in the log, what a small change does not need. */
  readonly profile: "standard" | "light"
  /** What may be waived, each time with a reason. */
  readonly waivable: ReadonlyArray<Artifact>
  /** Who may approve, reject and waive what. */
  readonly approvers: Readonly<Record<Artifact, ReadonlyArray<ApproverKind>>>
  /** Whether a human may approve what they wrote themselves. No agent ever may. */
  readonly selfApproval: boolean
  readonly gates: ReadonlyArray<Gate>
  readonly merge: MergeStrategy
  /** What deploys the default branch; null without such a command. */
  readonly deploy: { readonly command: CommandLine; readonly timeout: number } | null
}

/** Seconds that a gate or a deployment may take, unless it says otherwise. */
export const defaultGateTimeout = 1800

/** What may be waived, unless the project says otherwise. */
export const defaultWaivable: ReadonlyArray<Artifact> = ["spec", "design", "tasks", "qa-plan", "audit"]

/** What the profile `light` waives. */
export const waivedByLightProfile: ReadonlyArray<Artifact> = ["design", "tasks", "qa-plan", "audit"]

/** The policy of a project that says nothing about it. */
export const defaultLifecyclePolicy: LifecyclePolicy = {
  profile: "standard",
  waivable: defaultWaivable,
  approvers: {
    spec: approverKinds,
    design: approverKinds,
    tasks: approverKinds,
    "qa-plan": approverKinds,
    review: approverKinds,
    audit: approverKinds,
    "qa-results": approverKinds
  },
  selfApproval: true,
  gates: [],
  merge: "fast-forward-or-commit",
  deploy: null
}
