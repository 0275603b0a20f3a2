import { Effect, Layer } from "effect"
import { defaultLifecyclePolicy } from "../project/LifecyclePolicy.ts"
import { Projects } from "../project/Project.ts"
import { type MadeWorktree, WorktreeRecorder } from "../worktree/WorktreeRecorder.ts"
import { FeatureLog } from "./FeatureLog.ts"
import { FeatureRecorder } from "./FeatureRecorder.ts"
import { FeatureTargets } from "./FeatureTargets.ts"

/** Has the worktrees that `impl` makes for a feature recorded in the feature's log, so that `next` says where to work. */
export const featureWorktreesLayer = Layer.effect(
  WorktreeRecorder,
  Effect.gen(function*() {
    const log = yield* FeatureLog
    const projects = yield* Projects
    const recorder = yield* FeatureRecorder
    const targets = yield* FeatureTargets

    return {
      knows: Effect.fn("FeatureWorktrees.knows")(({ main }, feature) =>
        Effect.map(log.read({ main, feature }), (history) => history !== null)
      ),
      record: Effect.fn("FeatureWorktrees.record")(function*({ feature, repository, ...made }: MadeWorktree) {
        const project = yield* projects.of(repository)
        const actor = yield* targets.actor(project, undefined)
        yield* recorder.record({
          target: {
            project,
            policy: project.config?.lifecycle ?? defaultLifecyclePolicy,
            feature,
            address: { main: repository.main, feature }
          },
          actor,
          command: () => Effect.succeed({ _tag: "Record", event: { _tag: "WorktreeRecorded", ...made } })
        })
      })
    }
  })
)
