import type { FeatureEvent } from "../feature/FeatureEvent.ts"
import type { FeatureView, FeatureWorld, PresentText } from "../feature/FeatureView.ts"
import type { RecordedEvent } from "../feature/FoldFeature.ts"
import { commentKinds, phases } from "../feature/Lifecycle.ts"
import { type Artifact, artifacts, gatePhases } from "../project/LifecyclePolicy.ts"
import type { FeatureEngine } from "./FeatureEngine.ts"
import { type Dice, diceOf } from "./FeatureModelDice.ts"
import type { Evidence } from "./FeatureModelOracle.ts"
import { modelActors, modelPolicy } from "./FeatureModelPolicy.ts"

/** Any log beside any world: also such as no commands lead to. */
export type Situation = Evidence

/** What a situation is made of: numbers for {@link diceOf}, one for each event. */
export interface SituationPlan {
  readonly policy: number
  readonly world: number
  readonly events: ReadonlyArray<number>
}

/** A situation from its numbers. Ids, texts and commits are few, so that they meet often. */
export const situation = (plan: SituationPlan): Situation => ({
  policy: modelPolicy(diceOf(plan.policy)),
  world: anyWorld(diceOf(plan.world)),
  events: plan.events.map((number, index): RecordedEvent => {
    const dice = diceOf(number)
    return {
      seq: index + 1,
      at: `2026-11-01T00:00:00.${String(index % 1000).padStart(3, "0")}Z`,
      actor: dice.pick(modelActors),
      event: anyEvent(dice)
    }
  })
})

/** A situation as an engine sees it. */
export const viewOf = (engine: FeatureEngine, { events, policy, world }: Situation): FeatureView => ({
  name: "user-auth",
  state: engine.foldFeature(events),
  world,
  policy
})

const digest = (number: number): string => String(number).repeat(64)
const commitOf = (number: number): string => String(number).repeat(40)
const taskOf = (dice: Dice): string => `task-00${1 + dice.roll(4)}`
const commentOf = (dice: Dice): string => `comment-00${1 + dice.roll(2)}`
const anyDigest = (dice: Dice): string => digest(dice.roll(2))
const anyCommit = (dice: Dice): string => commitOf(dice.roll(2))
const judged = (artifact: Artifact, dice: Dice): string | null =>
  artifact === "review" || artifact === "audit" || artifact === "qa-results"
    ? dice.happens(6) ? null : anyCommit(dice)
    : null

const anyWorld = (dice: Dice): FeatureWorld => {
  const text = (artifact: Artifact): PresentText => ({
    path: `.ai/projects/user-auth/${artifact}.md`,
    sha256: dice.happens(8) ? null : anyDigest(dice)
  })
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
    head: dice.happens(5) ? null : anyCommit(dice),
    hasOwnCommits: !dice.happens(3),
    contained: new Set([0, 1].filter(() => !dice.happens(3)).map(commitOf)),
    mergeContainsHead: !dice.happens(3),
    base: dice.pick([null, commitOf(0), commitOf(1)]),
    deploymentContainsMerge: !dice.happens(3),
    released: new Set(["billing", "accounts"].filter(() => !dice.happens(3))),
    standing: new Set(["/code/shop-wt-user-auth"].filter(() => dice.happens(2)))
  }
}

const anyEvent = (dice: Dice): FeatureEvent => {
  const artifact = dice.pick(artifacts)
  switch (dice.roll(10)) {
    case 0:
    case 1:
    case 2:
      return submittedEvent(artifact, dice)
    case 3:
    case 4:
      return { _tag: "ArtifactApproved", artifact, ...subject(artifact, dice), selfApproved: dice.happens(2) }
    case 5:
      return dice.pick<FeatureEvent>([
        { _tag: "ArtifactRejected", artifact, ...subject(artifact, dice), reason: "too short" },
        { _tag: "ArtifactWaived", artifact, reason: "a small change" },
        { _tag: "ArtifactWaived", artifact, reason: "another one" },
        { _tag: "WaiverRevoked", artifact, reason: "not so small" }
      ])
    case 6:
    case 7:
      return anyTaskEvent(dice)
    case 8:
      return anyRecordEvent(dice)
    default:
      return anyOtherEvent(dice)
  }
}

const subject = (artifact: Artifact, dice: Dice): { readonly sha256: string; readonly commit: string | null } => ({
  sha256: anyDigest(dice),
  commit: judged(artifact, dice)
})

const planItems = ["1 It works", "2 It is safe"]

const submittedEvent = (artifact: Artifact, dice: Dice): FeatureEvent => ({
  _tag: "ArtifactSubmitted",
  artifact,
  path: `.ai/projects/user-auth/${artifact}.md`,
  ...subject(artifact, dice),
  ...(artifact === "tasks"
    ? {
      tasks: [1, 2, 3].slice(dice.roll(4)).map((number) => ({ task: `task-00${number}`, title: "Parse", label: null }))
    }
    : {}),
  ...(artifact === "qa-plan" ? { items: planItems.slice(dice.roll(3)) } : {}),
  ...(artifact === "qa-results"
    ? { results: planItems.slice(dice.roll(3)).map((item) => ({ item, passed: !dice.happens(4), evidence: "seen" })) }
    : {})
})

const anyTaskEvent = (dice: Dice): FeatureEvent => {
  const task = taskOf(dice)
  return dice.pick<FeatureEvent>([
    { _tag: "TaskCompleted", task, commits: [anyCommit(dice)] },
    { _tag: "TaskCompleted", task, commits: [0, 1].slice(dice.roll(3)).map(commitOf) },
    { _tag: "TaskStarted", task },
    { _tag: "TaskAdded", task, title: "Check", dependsOn: [1, 2].slice(dice.roll(3)).map(() => taskOf(dice)) },
    { _tag: "TaskBlocked", task, reason: "no access" },
    { _tag: "TaskUnblocked", task, reason: "access given" },
    { _tag: "TaskCancelled", task, reason: "not needed" },
    { _tag: "TaskDependencyAdded", task, dependsOn: taskOf(dice) },
    { _tag: "TaskDependencyRemoved", task, dependsOn: taskOf(dice) }
  ])
}

const output = { path: "gates/output.txt", sha256: digest(0) }

const anyRecordEvent = (dice: Dice): FeatureEvent => {
  const gate = dice.roll(2)
  const passed = !dice.happens(3)
  const head = anyCommit(dice)
  const base = anyCommit(dice)
  return dice.pick<FeatureEvent>([
    {
      _tag: "GateRan",
      gate: `gate-${gate}`,
      phase: dice.pick(gatePhases),
      command: ["pnpm", "test", String(dice.happens(4) ? 9 : gate)],
      commit: head,
      passed,
      exitCode: passed ? 0 : null,
      ms: 1,
      output
    },
    {
      _tag: "BranchMerged",
      branch: "user-auth",
      head,
      into: "main",
      base,
      commit: anyCommit(dice),
      how: "merge-commit"
    },
    { _tag: "FeatureDeployed", commit: head, succeeded: passed, exitCode: null, ms: 1, reference: null, output: null },
    { _tag: "MergeConflicted", branch: "user-auth", head, into: "main", base, files: ["Login.ts"] },
    { _tag: "WorktreeRecorded", branch: "user-auth", worktree: "/code/shop-wt-user-auth", milestone: null, slot: 1 }
  ])
}

const anyOtherEvent = (dice: Dice): FeatureEvent => {
  const comment = commentOf(dice)
  const dependsOn = dice.pick(["billing", "accounts"])
  return dice.pick<FeatureEvent>([
    { _tag: "CommentResolved", comment, answer: "so it is" },
    { _tag: "CommentAdded", comment, kind: dice.pick(commentKinds), text: "why?", phase: dice.pick(phases) },
    { _tag: "DependencyAdded", dependsOn },
    { _tag: "DependencyRemoved", dependsOn },
    { _tag: "FeatureRestored", reason: "it goes on" },
    { _tag: "FeatureArchived", reason: "not now" },
    {
      _tag: "FeatureCreated",
      title: "Users log in",
      description: "",
      branch: null,
      profile: "light",
      waived: artifacts.slice(dice.roll(8)).map((artifact) => ({ artifact, reason: "the profile is light" }))
    }
  ])
}
