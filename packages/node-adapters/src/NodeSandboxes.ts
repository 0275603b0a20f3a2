import { ProjectFiles, sandboxServicesLayer, WorktreeRecorder } from "@slipway/core"
import { Effect, Layer } from "effect"
import { machineAdaptersLayer, type NodeSlipwayOptions } from "./NodeMachine.ts"

/**
 * Worktrees and sandboxes on this machine, as `NodeSlipway.layer` has them. What features need is built only when a
 * worktree is made for a feature that there is: most commands do without.
 *
 * @example
 * program.pipe(Effect.provide(nodeSandboxesLayer({ variables: { PATH: "/usr/bin" } })))
 */
export const nodeSandboxesLayer = (options: NodeSlipwayOptions) =>
  sandboxServicesLayer.pipe(
    Layer.provide(lazyRecorderLayer(options)),
    Layer.provideMerge(machineAdaptersLayer(options))
  )

const lazyRecorderLayer = (options: NodeSlipwayOptions) =>
  Layer.effect(
    WorktreeRecorder,
    Effect.map(ProjectFiles, (files) => ({
      knows: ({ main }, feature) =>
        Effect.map(files.kind(`${main}/.ai/projects/${feature}/events.jsonl`), (kind) => kind === "file"),
      record: (made) =>
        Effect.flatMap(
          Effect.promise(() => import("./NodeFeatures.ts")),
          ({ nodeFeaturesLayer }) =>
            WorktreeRecorder.use((recorder) => recorder.record(made)).pipe(Effect.provide(nodeFeaturesLayer(options)))
        )
    }))
  )
