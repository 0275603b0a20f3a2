import type { BatchPlan } from "./Batches.ts"
import { expand, taskName } from "./Expand.ts"
import { repositoryUrl } from "./HostProfile.ts"
import type { RunSnapshot } from "./RunSnapshot.ts"

/** What would run: each task with its name, its contexts in the seed's order, and where its repositories come from. */
export const batchPlanOf = (snapshot: RunSnapshot): BatchPlan => ({
  snapshot,
  tasks: expand(snapshot).map(({ contexts, index }) => ({
    index,
    name: taskName(snapshot, index),
    contexts,
    urls: contexts.filter((context) => context.type === "Repository")
      .map(({ repository }) => repositoryUrl(repository, snapshot.hostTemplate))
  }))
})
