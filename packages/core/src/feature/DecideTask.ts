import { Result } from "effect"
import { conflict, type Decided, nextId } from "./Decided.ts"
import { dependencyCycle } from "./DependencyGraph.ts"
import type { FeatureCommand } from "./FeatureCommand.ts"
import { BranchMissing, DependencyCycle, EvidenceRefused, TaskMissing } from "./FeatureProblem.ts"
import type { FeatureTask } from "./FeatureState.ts"
import { type FeatureView, hasItsCommits, headOf, unfinishedDependencies } from "./FeatureView.ts"
import type { TaskStatus } from "./Lifecycle.ts"

/** A command about tasks. */
type TaskCommand = Extract<
  FeatureCommand,
  {
    readonly _tag:
      | "AddTask"
      | "StartTask"
      | "CompleteTask"
      | "BlockTask"
      | "UnblockTask"
      | "CancelTask"
      | "DependTask"
  }
>

/** Decides about a command that is about tasks. */
export const decideTask = (view: FeatureView, command: TaskCommand): Decided => {
  const { tasks } = view.state
  if (command._tag === "AddTask") {
    const unknown = command.dependsOn.find((id) => !tasks.has(id))
    if (unknown !== undefined) return missing(view, unknown)
    return Result.succeed({
      _tag: "TaskAdded",
      task: nextId("task", tasks.keys()),
      title: command.title,
      dependsOn: [...new Set(command.dependsOn)]
    })
  }
  const task = tasks.get(command.task)
  if (task === undefined) return missing(view, command.task)
  switch (command._tag) {
    case "StartTask":
      return decideStart(view, task)
    case "CompleteTask":
      return decideCompletion(view, task, command.commits)
    case "BlockTask":
      return from(view, task, ["pending", "in-progress"], "blocked", () => ({
        _tag: "TaskBlocked",
        task: task.id,
        reason: command.reason
      }))
    case "UnblockTask":
      return from(view, task, ["blocked"], "unblocked", () => ({
        _tag: "TaskUnblocked",
        task: task.id,
        reason: command.reason
      }))
    case "CancelTask":
      return from(view, task, ["pending", "in-progress", "blocked", "completed"], "cancelled", () => ({
        _tag: "TaskCancelled",
        task: task.id,
        reason: command.reason
      }))
    case "DependTask":
      return decideTaskDependency(view, task, command)
  }
}

const missing = (view: FeatureView, task: string): Decided =>
  Result.fail(new TaskMissing({ feature: view.name, task, known: [...view.state.tasks.keys()] }))

/** Decides about a task that must stand in one of some ways. */
const from = (
  view: FeatureView,
  task: FeatureTask,
  allowed: ReadonlyArray<TaskStatus>,
  wanted: string,
  event: () => Result.Result.Success<Decided>
): Decided =>
  allowed.includes(task.status)
    ? Result.succeed(event())
    : conflict(view, `${task.id} is ${task.status} and cannot be ${wanted}`, seeTasks(view))

const seeTasks = (view: FeatureView): string => `\`slipway feature show ${view.name}\` lists its tasks`

const decideStart = (view: FeatureView, task: FeatureTask): Decided => {
  const open = unfinishedDependencies(view, task)
  if (open.length > 0 && task.status !== "cancelled") {
    return conflict(view, `${task.id} waits for ${open.join(", ")}`, seeTasks(view))
  }
  return from(
    view,
    task,
    ["pending", "blocked", "cancelled"],
    "started",
    () => ({ _tag: "TaskStarted", task: task.id })
  )
}

const decideCompletion = (view: FeatureView, task: FeatureTask, named: ReadonlyArray<string>): Decided => {
  const isOpen = task.status === "pending" || task.status === "in-progress" ||
    (task.status === "completed" && !hasItsCommits(view, task))
  if (!isOpen) return conflict(view, `${task.id} is ${task.status} and cannot be completed`, seeTasks(view))
  const open = unfinishedDependencies(view, task)
  if (open.length > 0) return conflict(view, `${task.id} waits for ${open.join(", ")}`, seeTasks(view))
  const head = headOf(view)
  if (head === null) return Result.fail(new BranchMissing({ feature: view.name, branch: view.state.branch }))
  const commits = named.length === 0 ? [head] : [...new Set(named)]
  const foreign = commits.filter((commit) => !view.world.contained.has(commit))
  if (foreign.length > 0) {
    return Result.fail(
      new EvidenceRefused({
        feature: view.name,
        reason: `no commit that was made on its branch: ${foreign.join(", ")}`,
        advice: `commit on ${view.world.branch ?? view.state.branch ?? "the feature's branch"}, then name that commit`
      })
    )
  }
  if (named.length === 0 && !view.world.hasOwnCommits) {
    return Result.fail(
      new EvidenceRefused({
        feature: view.name,
        reason: "nothing has been committed on its branch",
        advice: "commit the work first, or name the commits of the task with --commit"
      })
    )
  }
  return Result.succeed({ _tag: "TaskCompleted", task: task.id, commits })
}

const decideTaskDependency = (
  view: FeatureView,
  task: FeatureTask,
  { dependsOn, remove }: FeatureCommand & { readonly _tag: "DependTask" }
): Decided => {
  const { tasks } = view.state
  const has = task.dependsOn.includes(dependsOn)
  if (remove) {
    return has
      ? Result.succeed({ _tag: "TaskDependencyRemoved", task: task.id, dependsOn })
      : conflict(view, `${task.id} does not depend on ${dependsOn}`, seeTasks(view))
  }
  if (!tasks.has(dependsOn)) return missing(view, dependsOn)
  if (has) return conflict(view, `${task.id} depends on ${dependsOn} already`, seeTasks(view))
  const cycle = dependencyCycle(task.id, dependsOn, (id) => tasks.get(id)?.dependsOn ?? [])
  return cycle === null
    ? Result.succeed({ _tag: "TaskDependencyAdded", task: task.id, dependsOn })
    : Result.fail(new DependencyCycle({ path: cycle }))
}
