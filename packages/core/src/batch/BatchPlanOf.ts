import type { BatchPlan } from "./Batches.ts"
import type { TaskContext } from "./kinds/TaskContext.ts"
import { repositoryUrl } from "./plan/HostProfile.ts"
import { plainPath } from "./plan/TaskLayout.ts"
import { expand, taskName } from "./record/Expand.ts"
import type { RunSnapshot } from "./record/RunSnapshot.ts"

/**
 * What would run: each task with its name, its contexts in the seed's order, and where its repositories come from. Of
 * files with the same name the last is there, at the place of the first.
 */
export const batchPlanOf = (snapshot: RunSnapshot): BatchPlan => ({
  snapshot,
  tasks: expand(snapshot).map(({ contexts, index }) => ({
    index,
    name: taskName(snapshot, index),
    contexts: withLastFiles(contexts),
    urls: contexts.filter((context) => context.type === "Repository")
      .map(({ repository }) => repositoryUrl(repository, snapshot.hostTemplate))
  }))
})

const withLastFiles = (contexts: ReadonlyArray<TaskContext>): ReadonlyArray<TaskContext> => [
  ...new Map(
    contexts.map((context, position) =>
      [context.type === "File" ? plainPath(context.file.name) : position, context] as const
    )
  ).values()
]
