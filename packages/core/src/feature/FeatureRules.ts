import type { GatePhase } from "../project/LifecyclePolicy.ts"
import { actorText } from "./Actor.ts"
import { artifactRules, qaRules, shortCommit } from "./ArtifactRules.ts"
import { type FeatureRule, silent } from "./FeatureRule.ts"
import type { FeatureComment } from "./FeatureState.ts"
import { artifactStatus, type FeatureView, gateStatus, headOf, openDependencies } from "./FeatureView.ts"
import { phases } from "./Lifecycle.ts"
import { taskRules } from "./TaskRules.ts"

/**
 * The rules of the classifier, in order: the first that holds gives the one next action, and the first of a phase that
 * holds gives the phase. A phase can be left when all of its rules are silent, so what is asked for and what is missing
 * are one and the same text.
 */
export const featureRules = (): ReadonlyArray<FeatureRule> => rules

const openComments = (view: FeatureView, kind: FeatureComment["kind"]): ReadonlyArray<FeatureComment> =>
  [...view.state.comments.values()].filter((comment) => comment.kind === kind && comment.resolution === null)

const commentsInWords = (comments: ReadonlyArray<FeatureComment>): string =>
  comments.map(({ by, id, text }) => `${id} by ${actorText(by)}: ${text}`).join("; ")

const acrossPhases: ReadonlyArray<FeatureRule> = [
  {
    id: "archived",
    phase: null,
    judge: ({ state }) =>
      state.archived === null
        ? silent("It is not archived")
        : { holds: true, action: "done", actor: "nobody", why: `It was archived: ${state.archived.reason}` }
  },
  {
    id: "blocker-open",
    phase: null,
    judge: (view) => {
      const open = openComments(view, "blocker")
      return open.length === 0 ? silent("No blocker is open") : {
        holds: true,
        action: "unblock",
        blockedBy: open.map(({ id }) => id),
        why: `Blocked: ${commentsInWords(open)}`
      }
    }
  },
  {
    id: "question-open",
    phase: null,
    judge: (view) => {
      const open = openComments(view, "question")
      return open.length === 0 ? silent("No question is open") : {
        holds: true,
        action: "answer-question",
        blockedBy: open.map(({ id }) => id),
        why: `A question waits for an answer: ${commentsInWords(open)}`
      }
    }
  }
]

/** Work begins with this phase: a blocker raised before keeps a feature from it, a later one stops it where it is. */
const firstPhaseOfWork = phases.indexOf("implementation")

const readyRules: ReadonlyArray<FeatureRule> = [
  ...artifactRules("tasks", { written: "ready", approved: "ready" }, {
    create: "create-tasks",
    fix: "create-tasks",
    approve: "approve-tasks"
  }),
  {
    id: "tasks-empty",
    phase: "ready",
    judge: (view) =>
      artifactStatus(view, "tasks") !== "approved" || view.state.tasks.size > 0
        ? silent(`There are ${view.state.tasks.size} tasks, and the list is ${artifactStatus(view, "tasks")}`)
        : { holds: true, action: "create-tasks", artifact: "tasks", why: "There is no task" }
  },
  ...artifactRules("qa-plan", { written: "ready", approved: "ready" }, {
    create: "create-qa-plan",
    fix: "create-qa-plan",
    approve: "approve-qa-plan"
  }),
  {
    id: "dependency-open",
    phase: "ready",
    judge: (view) => {
      const open = openDependencies(view)
      return open.length === 0 ? silent("All features that it depends on are released") : {
        holds: true,
        action: "wait-for-dependency",
        actor: "nobody",
        blockedBy: open,
        why: `It depends on ${open.join(", ")}, not released yet`
      }
    }
  },
  {
    id: "blocker-before-work",
    phase: "ready",
    judge: (view) => {
      const open = openComments(view, "blocker").filter(({ phase }) => phases.indexOf(phase) < firstPhaseOfWork)
      return open.length === 0 ? silent("No blocker was raised before the work began, or they are resolved") : {
        holds: true,
        action: "unblock",
        blockedBy: open.map(({ id }) => id),
        why: `Blocked: ${commentsInWords(open)}`
      }
    }
  }
]

/** The gates of a phase: those that failed at the head and those that did not run there. */
const gatesRule = (phase: GatePhase): FeatureRule => ({
  id: `${phase}-gates`,
  phase,
  judge: (view) => {
    const gates = view.policy.gates.filter((gate) => gate.phase === phase)
      .map((gate) => ({ name: gate.name, status: gateStatus(view, gate) }))
    const due = gates.filter(({ status }) => status !== "passed")
    if (due.length === 0) {
      return silent(gates.length === 0 ? "The project has no gate here" : "All gates are green at head")
    }
    const failed = due.filter(({ status }) => status === "failed").map(({ name }) => name)
    const head = headOf(view)
    return {
      holds: true,
      action: "run-gates",
      gates: due.map(({ name }) => name),
      ...(failed.length === 0 ? {} : { blockedBy: failed }),
      why: failed.length > 0
        ? `Failed at ${shortCommit(head ?? "")}: ${failed.join(", ")}; mend it, commit, run the gates again`
        : `Not green at ${head === null ? "the head" : shortCommit(head)}: ${due.map(({ name }) => name).join(", ")}`
    }
  }
})

const mergeRules: ReadonlyArray<FeatureRule> = [
  {
    id: "merge-conflict",
    phase: "merge",
    judge: (view) => {
      const { conflict } = view.state
      if (isMerged(view)) return silent("It is merged")
      if (conflict === null) return silent("No merge met a conflict")
      if (conflict.head !== headOf(view) || conflict.base !== view.world.base) {
        return silent("The branches have moved since the conflict")
      }
      return {
        holds: true,
        action: "resolve-conflict",
        files: conflict.files,
        why: `Merging into ${conflict.into} conflicts in ${conflict.files.join(", ")}`
      }
    }
  },
  {
    id: "to-merge",
    phase: "merge",
    judge: (view) =>
      isMerged(view) ? silent("Git confirms that the merge contains the head") : {
        holds: true,
        action: "merge",
        why: view.state.merge === null
          ? "Everything is approved, the branch is not merged"
          : "The branch went on after it was merged"
      }
  }
]

const isMerged = ({ state, world }: FeatureView): boolean => state.merge !== null && world.mergeContainsHead

const releasedRules: ReadonlyArray<FeatureRule> = [
  {
    id: "to-deploy",
    phase: "released",
    judge: ({ state, world }) => {
      const { deployment } = state
      if (deployment === null) return { holds: true, action: "deploy", why: "It is merged and not deployed" }
      if (!deployment.succeeded) return { holds: true, action: "deploy", why: "The last deployment failed" }
      return world.deploymentContainsMerge ? silent("It is deployed") : {
        holds: true,
        action: "deploy",
        why: `The deployed ${shortCommit(deployment.commit)} does not contain the merge`
      }
    }
  }
]

const rules: ReadonlyArray<FeatureRule> = [
  ...acrossPhases,
  ...artifactRules("spec", { written: "draft", approved: "specified" }, {
    create: "create-spec",
    fix: "create-spec",
    approve: "approve-spec"
  }),
  ...artifactRules("design", { written: "planned", approved: "planned" }, {
    create: "create-design",
    fix: "create-design",
    approve: "approve-design"
  }),
  ...readyRules,
  ...taskRules,
  gatesRule("implementation"),
  ...artifactRules("review", { written: "review", approved: "review" }, {
    create: "create-review",
    fix: "fix-review-issues",
    approve: "approve-review"
  }),
  gatesRule("review"),
  ...artifactRules("audit", { written: "audit", approved: "audit" }, {
    create: "create-audit",
    fix: "fix-audit-issues",
    approve: "approve-audit"
  }),
  gatesRule("audit"),
  ...qaRules,
  gatesRule("qa"),
  gatesRule("merge"),
  ...mergeRules,
  ...releasedRules
]
