import { type FeatureRule, silent } from "./FeatureRule.ts"
import type { FeatureTask } from "./FeatureState.ts"
import {
  artifactStatus,
  type FeatureView,
  hasItsCommits,
  headOf,
  isFinished,
  unfinishedDependencies
} from "./FeatureView.ts"

/** The rules of implementation: what is started is finished first, then the order of the tasks counts. */
export const taskRules: ReadonlyArray<FeatureRule> = [
  {
    id: "task-in-progress",
    phase: "implementation",
    judge: (view) => {
      const task = readyTask(view, "in-progress")
      return task === null ? silent("No task is in progress") : {
        holds: true,
        action: "implement-task",
        task: task.id,
        why: `Started work comes first: ${task.id} is in progress`
      }
    }
  },
  {
    id: "task-without-commits",
    phase: "implementation",
    judge: (view) => {
      const task = tasksOf(view).find((candidate) =>
        candidate.status === "completed" && !hasItsCommits(view, candidate) &&
        unfinishedDependencies(view, candidate).length === 0
      )
      return task === undefined ? silent("No completed task is there to be done again") : {
        holds: true,
        action: "implement-task",
        task: task.id,
        why: `The commits of ${task.id}, which is completed, are not on the branch`
      }
    }
  },
  {
    id: "task-available",
    phase: "implementation",
    judge: (view) => {
      const task = readyTask(view, "pending")
      return task === null ? silent("No task is left that could be begun") : {
        holds: true,
        action: "implement-task",
        task: task.id,
        why: "All blockers resolved, tasks available"
      }
    }
  },
  {
    id: "tasks-blocked",
    phase: "implementation",
    judge: (view) => {
      const blocked = tasksOf(view).filter(({ status }) => status === "blocked")
      const [first] = blocked
      return first === undefined ? silent("No task is blocked") : {
        holds: true,
        action: "unblock-task",
        task: first.id,
        blockedBy: blocked.map(({ id }) => id),
        why: `Only blocked tasks are left: ${blocked.map(({ id, reason }) => `${id}: ${reason ?? ""}`).join("; ")}`
      }
    }
  },
  {
    id: "tasks-stuck",
    phase: "implementation",
    judge: (view) => {
      const first = tasksOf(view).find((task) => !isFinished(view, task))
      return first === undefined ? silent("All tasks are completed or cancelled") : {
        holds: true,
        action: "unblock-task",
        task: first.id,
        blockedBy: unfinishedDependencies(view, first),
        why: `No task can be begun: ${first.id} waits for ${unfinishedDependencies(view, first).join(", ")}`
      }
    }
  },
  {
    id: "nothing-committed",
    phase: "implementation",
    judge: (view) =>
      view.world.hasOwnCommits || view.state.merge !== null || tasksOf(view).some((task) =>
          hasItsCommits(view, task)
        ) ||
        // Once merged by hand, the branch has nothing of its own any more.
        artifactStatus(view, "review") === "approved"
        ? silent("There is work on the branch") :
        {
          holds: true,
          action: "implement-task",
          why: headOf(view) === null
            ? "The feature has no branch with work on it yet"
            : "Nothing has been committed on the feature's branch"
        }
  }
]

const tasksOf = (view: FeatureView): ReadonlyArray<FeatureTask> => [...view.state.tasks.values()]

/** The first task of a status that waits for no other. */
const readyTask = (view: FeatureView, status: "in-progress" | "pending"): FeatureTask | null => {
  for (const task of view.state.tasks.values()) {
    if (task.status === status && unfinishedDependencies(view, task).length === 0) return task
  }
  return null
}
