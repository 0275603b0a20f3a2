import type { Artifact } from "../project/LifecyclePolicy.ts"
import type { FeatureRule, RuleHolds, WhoActs } from "./FeatureRule.ts"
import { featureRules } from "./FeatureRules.ts"
import type { FeatureWorktree } from "./FeatureState.ts"
import { type FeatureView, headOf } from "./FeatureView.ts"
import type { Action, Phase } from "./Lifecycle.ts"

/** The one next action of a feature, as it goes over the wire. */
export interface NextAction {
  readonly action: Action
  /** The task that it is about. */
  readonly task_id?: string
  readonly task_title?: string
  /** Why, for people. */
  readonly reason: string
  /** Id of the rule that gave it. */
  readonly rule: string
  readonly feature: string
  readonly phase: Phase
  /** Who can carry it out. */
  readonly actor: WhoActs
  /** The artifact that it is about, and where that is or belongs, relative to the main checkout. */
  readonly artifact?: Artifact
  readonly path?: string
  /** Texts to read for it. */
  readonly inputs: ReadonlyArray<{ readonly path: string; readonly sha256: string }>
  /** Comments, features, tasks or gates in the way, by id. */
  readonly blocked_by: ReadonlyArray<string>
  /** Gates to run. */
  readonly gates: ReadonlyArray<string>
  /** Files in conflict. */
  readonly files?: ReadonlyArray<string>
  /** The commit that evidence must name; null while there is none. */
  readonly head: string | null
  /** Where the work is done; absent while no worktree is known. */
  readonly worktree?: FeatureWorktree
  /** Number of the last event that was taken into account. */
  readonly revision: number
}

/** The one next action of a feature of a repository. */
export interface NextStep extends NextAction {
  /** Absolute path of the main checkout, to which paths are relative. */
  readonly root: string
}

/** What one rule found, for {@link explainNext}. */
export interface ExplainedRule {
  readonly rule: string
  readonly phase: Phase | null
  readonly holds: boolean
  readonly why: string
}

/**
 * The one next action of a feature: of every state exactly one, with the id of the rule that gave it. Pure: asking
 * changes nothing, and the same view gives the same answer.
 *
 * @example
 * nextAction({ name: "user-auth", state: foldFeature(entries), world, policy }).action // "implement-task"
 */
export const nextAction = (view: FeatureView): NextAction => {
  for (const rule of featureRules()) {
    const verdict = rule.judge(view)
    if (verdict.holds) return answer(view, rule, verdict)
  }
  return answer(view, { id: doneRule, phase: "released" }, {
    holds: true,
    action: "done",
    actor: "nobody",
    why: "It is released"
  })
}

/**
 * The phase of a feature: the first whose exit condition does not hold, which is to say, that has a rule which asks for
 * something.
 */
export const phaseOf = (view: FeatureView): Phase =>
  featureRules().find((rule) => rule.phase !== null && rule.judge(view).holds)?.phase ?? "released"

/** Every rule in order, whether it holds, and why. The first that holds is the one that {@link nextAction} follows. */
export const explainNext = (view: FeatureView): ReadonlyArray<ExplainedRule> => {
  const judged = featureRules().map((rule): ExplainedRule => {
    const { holds, why } = rule.judge(view)
    return { rule: rule.id, phase: rule.phase, holds, why }
  })
  const isOpen = judged.some(({ holds }) => holds)
  return [...judged, {
    rule: doneRule,
    phase: "released",
    holds: !isOpen,
    why: isOpen ? "Something is left to do" : "It is released"
  }]
}

/** Whether a feature is released: merged and deployed, and nothing of it is missing. */
export const isReleased = (view: FeatureView): boolean =>
  featureRules().every((rule) => rule.phase === null || !rule.judge(view).holds)

const doneRule = "released"

const answer = (view: FeatureView, rule: Pick<FeatureRule, "id" | "phase">, verdict: RuleHolds): NextAction => {
  const { action, actor, artifact, blockedBy, files, gates, task, why } = verdict
  const worktree = worktreeOf(view)
  return {
    action,
    ...(task === undefined ? {} : { task_id: task, task_title: view.state.tasks.get(task)?.title ?? "" }),
    reason: why,
    rule: rule.id,
    feature: view.name,
    phase: rule.phase ?? phaseOf(view),
    actor: actor ?? "anyone",
    ...(artifact === undefined ? {} : { artifact, path: view.world.texts[artifact].path }),
    inputs: inputsOf(view, action),
    blocked_by: blockedBy ?? [],
    gates: gates ?? [],
    ...(files === undefined ? {} : { files }),
    head: headOf(view),
    ...(worktree === null ? {} : { worktree }),
    revision: view.state.revision
  }
}

/** The worktree of the feature's branch that was recorded last and still stands. */
const worktreeOf = ({ state, world }: FeatureView): FeatureWorktree | null =>
  [...state.worktrees.values()].findLast(({ branch, worktree }) =>
    branch === (world.branch ?? state.branch) && world.standing.has(worktree)
  ) ?? null

/** What one reads to carry an action out. */
const readFor: Readonly<Record<Action, ReadonlyArray<Artifact>>> = {
  "create-spec": [],
  "approve-spec": ["spec"],
  "create-design": ["spec"],
  "approve-design": ["spec", "design"],
  "create-tasks": ["spec", "design"],
  "approve-tasks": ["design", "tasks"],
  "create-qa-plan": ["spec", "design"],
  "approve-qa-plan": ["spec", "qa-plan"],
  "wait-for-dependency": [],
  "implement-task": ["spec", "design", "tasks"],
  "unblock-task": ["tasks"],
  "run-gates": [],
  "create-review": ["spec", "design", "tasks"],
  "fix-review-issues": ["review"],
  "approve-review": ["spec", "review"],
  "create-audit": ["spec", "design"],
  "fix-audit-issues": ["audit"],
  "approve-audit": ["audit"],
  "run-qa": ["spec", "qa-plan"],
  "fix-qa-issues": ["qa-plan", "qa-results"],
  "approve-qa": ["qa-plan", "qa-results"],
  merge: [],
  "resolve-conflict": [],
  deploy: [],
  done: [],
  unblock: [],
  "answer-question": ["spec"]
}

const inputsOf = (view: FeatureView, action: Action): NextAction["inputs"] =>
  readFor[action].flatMap((artifact) => {
    const { fileSha256, path, sha256 } = view.world.texts[artifact]
    return sha256 === null ? [] : [{ path, sha256: fileSha256 ?? sha256 }]
  })
