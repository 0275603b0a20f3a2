import { ProjectFiles, sandboxServicesLayer, WorktreeRecorder } from "@slipway/core"
import { Effect, Layer } from "effect"
import { machineAdaptersLayer, type NodeSlipwayOptions } from "./NodeMachine.ts"

/**
 * Worktrees and sandboxes on this machine, as `NodeSlipway.layer` has them. What features need is loaded only when a
 * worktree is made for a feature that there is: it would double what every command loads.
 *
 * @example
 * program.pipe(Effect.provide(NodeSandboxes.layer({ variables: { PATH: "/usr/bin" } })))
 */
export const layer = (options: NodeSlipwayOptions) =>
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
          Effect.promise(() => import("./NodeSlipway.ts")),
          (whole) =>
            WorktreeRecorder.use((recorder) => recorder.record(made)).pipe(Effect.provide(whole.layer(options)))
        )
    }))
  )
