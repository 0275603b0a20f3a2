import type { Actor } from "../feature/Actor.ts"
import type { FeatureEvent } from "../feature/FeatureEvent.ts"
import type { FeatureView, FeatureWorld } from "../feature/FeatureView.ts"
import { foldFeature } from "../feature/FoldFeature.ts"
import { type Artifact, artifacts, defaultLifecyclePolicy, type LifecyclePolicy } from "../project/LifecyclePolicy.ts"

/** The head of the sample's branch. */
export const sampleHead = "a".repeat(40)

/** A commit that the sample's branch does not contain. */
export const sampleElsewhere = "b".repeat(40)

/** The digest of every text of the sample. */
export const sampleDigest = "1".repeat(64)

/** Who acts in the sample, unless it is said otherwise. */
export const sampleActor: Actor = { kind: "agent", id: "a" }

/** An event, and who did it. */
export type SampleEvent = FeatureEvent | { readonly by: Actor; readonly event: FeatureEvent }

/** A feature after some events: all texts are there, there are commits, and git confirms all that it is asked for. */
export const sampleView = (
  events: ReadonlyArray<SampleEvent>,
  beside: { readonly world?: Partial<FeatureWorld>; readonly policy?: Partial<LifecyclePolicy> } = {}
): FeatureView => ({
  name: "user-auth",
  state: foldFeature(events.map((one, index) => ({
    seq: index + 1,
    at: "2026-11-01T00:00:00.000Z",
    ...("by" in one ? { actor: one.by, event: one.event } : { actor: sampleActor, event: one })
  }))),
  world: { ...sampleWorld, ...beside.world },
  policy: { ...defaultLifecyclePolicy, ...beside.policy }
})

const text = (artifact: Artifact) => ({ path: `.ai/projects/user-auth/${artifact}.md`, sha256: sampleDigest })

const sampleWorld: FeatureWorld = {
  texts: {
    spec: text("spec"),
    design: text("design"),
    tasks: text("tasks"),
    "qa-plan": text("qa-plan"),
    review: text("review"),
    audit: text("audit"),
    "qa-results": text("qa-results")
  },
  head: sampleHead,
  hasOwnCommits: true,
  contained: new Set([sampleHead]),
  mergeContainsHead: true,
  base: null,
  deploymentContainsMerge: true,
  released: new Set(),
  standing: new Set()
}

const subjectOf = (artifact: Artifact): { readonly sha256: string; readonly commit: string | null } => ({
  sha256: sampleDigest,
  commit: artifact === "review" || artifact === "audit" || artifact === "qa-results" ? sampleHead : null
})

/** An artifact is handed in as it stands. */
export const submitted = (artifact: Artifact): FeatureEvent & { readonly _tag: "ArtifactSubmitted" } => ({
  _tag: "ArtifactSubmitted",
  artifact,
  path: text(artifact).path,
  ...subjectOf(artifact)
})

/** An artifact is handed in and approved as it stands. */
export const approved = (artifact: Artifact): ReadonlyArray<FeatureEvent> => [
  submitted(artifact),
  { _tag: "ArtifactApproved", artifact, ...subjectOf(artifact), selfApproved: false }
]

/** Some artifacts are waived. */
export const waived = (...some: ReadonlyArray<Artifact>): ReadonlyArray<FeatureEvent> =>
  artifacts.filter((artifact) => some.includes(artifact)).map((artifact) => ({
    _tag: "ArtifactWaived",
    artifact,
    reason: "a small change"
  }))

/** A task is added. */
export const taskAdded = (task: string, ...dependsOn: ReadonlyArray<string>): FeatureEvent => ({
  _tag: "TaskAdded",
  task,
  title: `Do ${task}`,
  dependsOn
})
