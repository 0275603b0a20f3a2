import { type Host, TaskRunners } from "@slipway/core"
import { Effect, Layer } from "effect"
import { makeDockerTaskRunner } from "./docker/DockerTaskRunner.ts"
import { makeProcessTaskRunner, type TaskRunnerOptions } from "./process/ProcessTaskRunner.ts"
import type { Subprocess } from "./process/Subprocess.ts"

/**
 * The runners of this machine: its processes and its container engine, which is asked for nothing before the first run.
 *
 * @example
 * Layer.provide(batches, nodeTaskRunnersLayer())
 */
export const nodeTaskRunnersLayer = (
  options: TaskRunnerOptions = {}
): Layer.Layer<TaskRunners, never, Host | Subprocess> =>
  Layer.effect(
    TaskRunners,
    Effect.gen(function*() {
      const runners = {
        process: yield* makeProcessTaskRunner(options),
        docker: yield* makeDockerTaskRunner(options)
      }
      return TaskRunners.of({ of: (kind) => runners[kind] })
    })
  )
