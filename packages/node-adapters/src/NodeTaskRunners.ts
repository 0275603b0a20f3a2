import { type Host, type RunnerTraits, TaskRunner, TaskRunners } from "@slipway/core"
import { Effect, Layer } from "effect"
import type { TaskRunnerOptions } from "./process/ProcessTaskRunner.ts"
import type { Subprocess } from "./process/Subprocess.ts"

/**
 * The runners of this machine: its processes and its container engine, which is asked for nothing before the first run. The
 * modules of each are loaded when it is first called.
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
      const surroundings = yield* Effect.context<Host | Subprocess>()
      const runners = {
        process: yield* lazyRunner(
          { kind: "process", needsCommand: true },
          Effect.promise(() => import("./process/ProcessTaskRunner.ts")).pipe(
            Effect.flatMap(({ makeProcessTaskRunner }) => makeProcessTaskRunner(options)),
            Effect.provideContext(surroundings)
          )
        ),
        docker: yield* lazyRunner(
          { kind: "docker", needsCommand: false },
          Effect.promise(() => import("./docker/DockerTaskRunner.ts")).pipe(
            Effect.flatMap(({ makeDockerTaskRunner }) => makeDockerTaskRunner(options)),
            Effect.provideContext(surroundings)
          )
        )
      }
      return TaskRunners.of({ of: (kind) => runners[kind] })
    })
  )

const lazyRunner = Effect.fnUntraced(function*(traits: RunnerTraits, make: Effect.Effect<TaskRunner["Service"]>) {
  // Who waits for it no longer must not take it from the others.
  const load = yield* Effect.cached(Effect.uninterruptible(make))
  return TaskRunner.of({
    traits,
    run: (job) => Effect.flatMap(load, (runner) => runner.run(job)),
    sweep: (uid) => Effect.flatMap(load, (runner) => runner.sweep(uid))
  })
})
