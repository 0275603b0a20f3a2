import type { FeatureEvent, QaResult } from "../feature/FeatureEvent.ts"
import type { FeatureWorld } from "../feature/FeatureView.ts"
import type { RecordedEvent } from "../feature/FoldFeature.ts"
import type { ArtifactStatus, Phase } from "../feature/Lifecycle.ts"
import { type Artifact, defaultLifecyclePolicy, type LifecyclePolicy } from "../project/LifecyclePolicy.ts"
import type { Situation } from "./FeatureModelSituation.ts"

/** How a feature stands, abstracted to a few values of each kind. */
export interface AbstractFeature {
  readonly spec: ArtifactStatus
  readonly design: ArtifactStatus
  readonly tasks: ArtifactStatus
  readonly "qa-plan": ArtifactStatus
  readonly review: ArtifactStatus
  readonly audit: ArtifactStatus
  readonly "qa-results": ArtifactStatus | "failed" | "incomplete"
  readonly work: typeof works[number]
  readonly comments: "none" | "blocker" | "late-blocker" | "question" | "resolved"
  readonly gate: "none" | "never-ran" | "stale" | "failed" | "passed"
  readonly merge: "none" | "conflict" | "merged" | "left-behind"
  readonly deployment: "none" | "failed" | "deployed" | "older"
  readonly isArchived: boolean
  readonly dependency: "none" | "open" | "released"
}

/** How the tasks stand, of which the second depends on the first, and the third on none. */
const works = ["none", "pending", "started", "second-started", "lost", "blocked", "completed", "cancelled"] as const

const statuses: ReadonlyArray<ArtifactStatus> = ["missing", "draft", "approved", "rejected", "waived", "stale"]

/** A feature of which nothing is missing. */
const finished: AbstractFeature = {
  spec: "approved",
  design: "approved",
  tasks: "approved",
  "qa-plan": "approved",
  review: "approved",
  audit: "approved",
  "qa-results": "approved",
  work: "completed",
  comments: "none",
  gate: "none",
  merge: "merged",
  deployment: "deployed",
  isArchived: false,
  dependency: "none"
}

type Values = { readonly [K in keyof AbstractFeature]?: ReadonlyArray<AbstractFeature[K]> }

const across: Values = {
  comments: ["none", "blocker", "late-blocker", "question", "resolved"],
  isArchived: [false, true]
}

/** What is crossed with what. Each product is complete; what it leaves out stands as in a finished feature. */
const products: ReadonlyArray<Values> = [
  // Everything before the work begins, with the work begun or not.
  {
    ...across,
    spec: statuses,
    design: statuses,
    tasks: statuses,
    "qa-plan": statuses,
    dependency: ["open", "released"],
    work: ["none", "pending"]
  },
  // The work and what judges it.
  {
    work: works,
    gate: ["none", "never-ran", "stale", "failed", "passed"],
    review: statuses,
    audit: ["missing", "draft", "approved", "waived", "stale"],
    "qa-results": [...statuses, "failed", "incomplete"],
    merge: ["none", "conflict", "merged", "left-behind"],
    deployment: ["none", "deployed"]
  },
  // The end, across all.
  {
    ...across,
    "qa-results": [...statuses, "failed", "incomplete"],
    gate: ["none", "passed", "failed"],
    merge: ["none", "conflict", "merged", "left-behind"],
    deployment: ["none", "failed", "deployed", "older"],
    dependency: ["none", "open"],
    work: works
  },
  // Whether each is there or not, all with all.
  {
    spec: ["missing", "approved"],
    design: ["missing", "approved"],
    tasks: ["missing", "approved"],
    "qa-plan": ["missing", "approved"],
    review: ["missing", "approved"],
    audit: ["missing", "approved"],
    "qa-results": ["missing", "approved"],
    work: ["none", "pending", "completed"],
    gate: ["failed", "passed"],
    merge: ["none", "merged"],
    deployment: ["none", "deployed"],
    dependency: ["open", "released"],
    comments: ["none", "blocker"]
  }
]

/** Every abstract feature of all products, each product in order. */
export const abstractFeatures = function*(): Generator<AbstractFeature> {
  for (const product of products) yield* crossed(finished, product)
}

const crossed = function*(start: AbstractFeature, values: Values): Generator<AbstractFeature> {
  // The keys of an object literal of that type.
  const [key, ...rest] = Object.keys(values) as ReadonlyArray<keyof AbstractFeature>
  if (key === undefined) {
    yield start
    return
  }
  const others = Object.fromEntries(rest.map((other) => [other, values[other]]))
  for (const value of values[key] ?? []) yield* crossed({ ...start, [key]: value }, others)
}

const head = "a".repeat(40)
const before = "b".repeat(40)
const present = "1".repeat(64)
const earlier = "2".repeat(64)
const item = "1 It works"

/** A log, a world and a policy of an abstract feature. */
export const situationOf = (abstract: AbstractFeature): Situation => {
  const events = [
    ...submissions(abstract),
    ...workEvents(abstract.work),
    ...gateEvents(abstract.gate),
    ...endEvents(abstract)
  ]
  return {
    policy: abstract.gate === "none" ? defaultLifecyclePolicy : gatedPolicy,
    world: worldOf(abstract),
    events: events.map((event, index): RecordedEvent => ({
      seq: index + 1,
      at: "2026-11-01T00:00:00.000Z",
      actor: { kind: "agent", id: "a" },
      event
    }))
  }
}

const command = ["pnpm", "test"] as const

const gatedPolicy: LifecyclePolicy = {
  ...defaultLifecyclePolicy,
  gates: [{ name: "tests", phase: "audit", command, timeout: 60 }]
}

const texts = ["spec", "design", "tasks", "qa-plan", "review", "audit", "qa-results"] as const satisfies ReadonlyArray<
  Artifact
>

const submissions = (abstract: AbstractFeature): ReadonlyArray<FeatureEvent> =>
  texts.flatMap((artifact) => submission(artifact, abstract[artifact]))

const submission = (artifact: Artifact, status: AbstractFeature["qa-results"]): ReadonlyArray<FeatureEvent> => {
  if (status === "missing") return []
  if (status === "waived") return [{ _tag: "ArtifactWaived", artifact, reason: "a small change" }]
  const isJudging = artifact === "review" || artifact === "audit" || artifact === "qa-results"
  const sha256 = status === "stale" && !isJudging ? earlier : present
  const commit = isJudging ? status === "stale" ? before : head : null
  const submitted: FeatureEvent = {
    _tag: "ArtifactSubmitted",
    artifact,
    path: `${artifact}.md`,
    sha256,
    commit,
    ...(artifact === "qa-plan" ? { items: [item] } : {}),
    ...(artifact === "qa-results" ? { results: resultsOf(status) } : {})
  }
  const decision: ReadonlyArray<FeatureEvent> = status === "draft"
    ? []
    : status === "rejected"
    ? [{ _tag: "ArtifactRejected", artifact, sha256, commit, reason: "too short" }]
    : [{ _tag: "ArtifactApproved", artifact, sha256, commit, selfApproved: false }]
  return [submitted, ...decision]
}

const resultsOf = (status: AbstractFeature["qa-results"]): ReadonlyArray<QaResult> =>
  status === "incomplete" ? [] : [{ item, passed: status !== "failed", evidence: "seen" }]

const workEvents = (work: AbstractFeature["work"]): ReadonlyArray<FeatureEvent> => {
  if (work === "none") return []
  const added: ReadonlyArray<FeatureEvent> = [
    { _tag: "TaskAdded", task: "task-001", title: "Parse", dependsOn: [] },
    { _tag: "TaskAdded", task: "task-002", title: "Check", dependsOn: ["task-001"] },
    { _tag: "TaskAdded", task: "task-003", title: "Render", dependsOn: [] }
  ]
  const all = (event: (task: string) => FeatureEvent) => ["task-001", "task-002", "task-003"].map(event)
  const completed = all((task) => ({ _tag: "TaskCompleted", task, commits: [head] }))
  switch (work) {
    case "pending":
      return added
    case "started":
      return [...added, { _tag: "TaskStarted", task: "task-003" }]
    case "second-started":
      return [...added, { _tag: "TaskStarted", task: "task-002" }]
    case "lost":
      return [...added, ...completed, { _tag: "TaskCompleted", task: "task-002", commits: [before] }]
    case "blocked":
      return [
        ...added,
        ...completed.slice(1),
        { _tag: "TaskBlocked", task: "task-001", reason: "no access" }
      ]
    case "completed":
      return [...added, ...completed]
    case "cancelled":
      return [...added, ...all((task) => ({ _tag: "TaskCancelled", task, reason: "not needed" }))]
  }
}

const gateEvents = (gate: AbstractFeature["gate"]): ReadonlyArray<FeatureEvent> =>
  gate === "none" || gate === "never-ran" ? [] : [{
    _tag: "GateRan",
    gate: "tests",
    phase: "audit",
    command,
    commit: gate === "stale" ? before : head,
    passed: gate !== "failed",
    exitCode: gate === "failed" ? 1 : 0,
    ms: 1,
    output: { path: "gates/tests.txt", sha256: present }
  }]

const endEvents = ({ comments, dependency, deployment, isArchived, merge }: AbstractFeature): ReadonlyArray<
  FeatureEvent
> => [
  ...(dependency === "none" ? [] : [{ _tag: "DependencyAdded", dependsOn: "billing" } as const]),
  ...commentEvents(comments),
  ...mergeEvents(merge),
  ...(deployment === "none" ? [] : [
    {
      _tag: "FeatureDeployed",
      commit: head,
      succeeded: deployment !== "failed",
      exitCode: 0,
      ms: 1,
      reference: null,
      output: null
    } as const
  ]),
  ...(isArchived ? [{ _tag: "FeatureArchived", reason: "not now" } as const] : [])
]

const commentEvents = (comments: AbstractFeature["comments"]): ReadonlyArray<FeatureEvent> => {
  if (comments === "none") return []
  const phase: Phase = comments === "late-blocker" ? "review" : "draft"
  const kind = comments === "question" ? "question" : "blocker"
  return [
    { _tag: "CommentAdded", comment: "comment-001", kind, text: "why?", phase },
    ...(comments === "resolved" ? [{ _tag: "CommentResolved", comment: "comment-001", answer: "so" } as const] : [])
  ]
}

const mergeEvents = (merge: AbstractFeature["merge"]): ReadonlyArray<FeatureEvent> => {
  const both = { branch: "user-auth", into: "main", base: before } as const
  switch (merge) {
    case "none":
      return []
    case "conflict":
      return [{ _tag: "MergeConflicted", ...both, head, files: ["Login.ts"] }]
    case "merged":
    case "left-behind":
      return [{
        _tag: "BranchMerged",
        ...both,
        head: merge === "merged" ? head : before,
        commit: merge === "merged" ? head : before,
        how: "fast-forward"
      }]
  }
}

const worldOf = ({ dependency, deployment, merge, work }: AbstractFeature): FeatureWorld => {
  const text = (artifact: Artifact) => ({ path: `.ai/projects/user-auth/${artifact}.md`, sha256: present })
  return {
    texts: {
      spec: text("spec"),
      design: text("design"),
      tasks: text("tasks"),
      "qa-plan": text("qa-plan"),
      review: text("review"),
      audit: text("audit"),
      "qa-results": text("qa-results")
    },
    head,
    hasOwnCommits: work !== "none",
    contained: new Set([head]),
    mergeContainsHead: merge === "merged",
    base: before,
    deploymentContainsMerge: deployment === "deployed",
    released: new Set(dependency === "released" ? ["billing"] : []),
    standing: new Set()
  }
}
