/**
 * The classifier alone: what comes next for a feature is a pure function of its log, of what the world shows, and of the
 * project's policy. Nothing here needs Node, files or git, so it runs in a web page as it is.
 *
 * Run it: `node examples/next-step.ts`
 */
import {
  artifacts,
  defaultLifecyclePolicy,
  explainNext,
  type FeatureView,
  type FeatureWorld,
  foldFeature,
  nextAction,
  type RecordedEvent
} from "@slipway/core"

const ada = { kind: "human", id: "ada" } as const
const specDigest = "a".repeat(64)

const created: RecordedEvent = {
  seq: 1,
  at: "2026-11-21T10:00:00.000Z",
  actor: ada,
  event: {
    _tag: "FeatureCreated",
    title: "Users can log in",
    description: "",
    branch: null,
    profile: "standard",
    waived: []
  }
}
const submitted: RecordedEvent = {
  seq: 2,
  at: "2026-11-21T10:05:00.000Z",
  actor: { kind: "agent", id: "claude-code" },
  event: { _tag: "ArtifactSubmitted", artifact: "spec", path: "spec.md", sha256: specDigest, commit: null }
}
const approved: RecordedEvent = {
  seq: 3,
  at: "2026-11-21T10:10:00.000Z",
  actor: ada,
  event: { _tag: "ArtifactApproved", artifact: "spec", sha256: specDigest, commit: null, selfApproved: false }
}

/** A world in which only the spec is there, with this digest. */
const world = (spec: string): FeatureWorld => ({
  // All artifacts are in it.
  texts: Object.fromEntries(
    artifacts.map((artifact) => [artifact, { path: `${artifact}.md`, sha256: artifact === "spec" ? spec : null }])
  ) as FeatureWorld["texts"],
  head: null,
  hasOwnCommits: false,
  contained: new Set(),
  mergeContainsHead: false,
  base: null,
  deploymentContainsMerge: false,
  released: new Set(),
  standing: new Set()
})

const view = (events: ReadonlyArray<RecordedEvent>, spec = specDigest): FeatureView => ({
  name: "user-auth",
  state: foldFeature(events),
  world: world(spec),
  policy: defaultLifecyclePolicy
})

const tell = (when: string, of: FeatureView): void => {
  const { action, phase, reason, rule } = nextAction(of)
  console.log(`${when}: ${action} (${phase}, ${rule}): ${reason}`)
}

tell("created", view([created]))
tell("submitted", view([created, submitted]))
tell("approved", view([created, submitted, approved]))
tell("edited since", view([created, submitted, approved], "b".repeat(64)))

const explained = explainNext(view([created, submitted]))
console.log(`${explained.length} rules, the first that holds: ${explained.find(({ holds }) => holds)?.rule}`)
