import { Context, Duration, Effect, Layer } from "effect"
import { type AgentJob, type RunnerFailed, TaskRunner, TaskRunners } from "../batch/attempt/TaskRunner.ts"
import type { RunnerKind } from "../batch/record/RunSnapshot.ts"
import { Impatience } from "../operation/Impatience.ts"

/** What an agent in memory does. */
export interface ScriptedAgent {
  /** What it prints as it starts. */
  readonly output?: ReadonlyArray<{ readonly stream: "stdout" | "stderr"; readonly bytes: Uint8Array }>
  /** What it does to the world before it ends. */
  readonly work?: Effect.Effect<void>
  /** How long it runs, by the clock; it ends at once when absent. */
  readonly duration?: Duration.Input
  /** 0 when absent. */
  readonly exitCode?: number
  /** In the place of an exit code: before it starts when it is a failure of the setup, else at its end. */
  readonly failure?: RunnerFailed
  /** Whether it does not listen to SIGTERM: it is killed after the grace period of ten seconds, by the clock. */
  readonly isDeaf?: boolean
  /** Whether it leaves something that only {@link TaskRunner} `sweep` takes away, as after the runner's own death. */
  readonly leavesSomething?: boolean
}

/** What happened in a runner in memory. */
export class MemoryAgents extends Context.Service<MemoryAgents, {
  /** Jobs of the agents that were started, in order. */
  readonly started: () => ReadonlyArray<AgentJob>
  readonly running: () => ReadonlyArray<AgentJob>
  /** The most that ran at the same time. */
  readonly mostAtOnce: () => number
  /** How those ended that were stopped. */
  readonly stopped: () => ReadonlyArray<{ readonly job: AgentJob; readonly how: "SIGTERM" | "SIGKILL" }>
  /** The runs that were swept, in order. */
  readonly swept: () => ReadonlyArray<string>
  /** How much there is of a run: what runs, and what was left. */
  readonly left: (uid: string) => number
  /** Leaves something of a run, as a runner does that is killed. */
  readonly leave: (uid: string) => void
}>()("@slipway/core/testing/MemoryAgents") {}

const grace = Duration.seconds(10)

/**
 * A runner of scripted agents: no process, and no time but the clock's.
 *
 * @example
 * memoryTaskRunnerLayer(({ key }) => ({ duration: "1 minute", exitCode: key.index === 2 ? 1 : 0 }))
 */
export const memoryTaskRunnerLayer = (
  script: (job: AgentJob) => ScriptedAgent,
  kind: RunnerKind = "process"
): Layer.Layer<MemoryAgents | TaskRunner | TaskRunners> =>
  Layer.effectContext(Effect.sync(() => {
    const started: Array<AgentJob> = []
    const stopped: Array<{ readonly job: AgentJob; readonly how: "SIGTERM" | "SIGKILL" }> = []
    const swept: Array<string> = []
    const running = new Set<AgentJob>()
    const left: Array<string> = []
    let mostAtOnce = 0

    const work = Effect.fnUntraced(function*(job: AgentJob, agent: ScriptedAgent) {
      yield* job.onStarted
      for (const { bytes, stream } of agent.output ?? []) yield* job.onOutput(bytes, stream)
      yield* Effect.sleep(agent.duration ?? 0)
      yield* agent.work ?? Effect.void
    })

    const stop = Effect.fnUntraced(function*(job: AgentJob, isDeaf: boolean) {
      if (isDeaf) yield* Effect.raceFirst(Effect.sleep(grace), yield* Impatience)
      stopped.push({ job, how: isDeaf ? "SIGKILL" : "SIGTERM" })
    })

    const run = Effect.fn("TaskRunner.run")(function*(job: AgentJob) {
      const agent = script(job)
      const { exitCode = 0, failure, isDeaf = false, leavesSomething = false } = agent
      if (failure?.failure === "setup") return yield* failure
      yield* Effect.acquireUseRelease(
        Effect.sync(() => {
          started.push(job)
          running.add(job)
          mostAtOnce = Math.max(mostAtOnce, running.size)
          if (leavesSomething) left.push(job.key.uid)
        }),
        () => Effect.onInterrupt(work(job, agent), () => stop(job, isDeaf)),
        () => Effect.sync(() => running.delete(job))
      )
      return failure === undefined ? exitCode : yield* failure
    })

    const sweep = Effect.fn("TaskRunner.sweep")((uid: string) =>
      Effect.sync(() => {
        swept.push(uid)
        const others = left.filter((one) => one !== uid)
        const count = left.length - others.length
        left.splice(0, left.length, ...others)
        return count
      })
    )

    const runner = TaskRunner.of({ traits: { kind, needsCommand: kind === "process" }, run, sweep })
    const agents = MemoryAgents.of({
      started: () => [...started],
      running: () => [...running],
      mostAtOnce: () => mostAtOnce,
      stopped: () => [...stopped],
      swept: () => [...swept],
      left: (uid) => [...[...running].map(({ key }) => key.uid), ...left].filter((one) => one === uid).length,
      leave: (uid) => {
        left.push(uid)
      }
    })
    return Context.make(TaskRunner, runner).pipe(
      Context.add(
        TaskRunners,
        TaskRunners.of({ of: (other) => ({ ...runner, traits: { kind: other, needsCommand: other === "process" } }) })
      ),
      Context.add(MemoryAgents, agents)
    )
  }))
