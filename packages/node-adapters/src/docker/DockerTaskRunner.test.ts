import { assert, describe, it } from "@effect/vitest"
import { TaskRunner } from "@slipway/core"
import { AgentSamples, taskRunnerContract } from "@slipway/core/testing"
import { Effect, Layer } from "effect"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs"
import { connect, createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { nodeHostLayer } from "../process/NodeHost.ts"
import { Subprocess } from "../process/Subprocess.ts"
import { dockerAgentSamplesLayer } from "../testing/RealAgentSamples.ts"
import { skipsEngine } from "../testing/RealEngine.ts"
import { dockerTaskRunnerLayer } from "./DockerTaskRunner.ts"
import { findEngine } from "./EngineAddress.ts"

const runnerLayer = (variables: Readonly<Record<string, string | undefined>>) =>
  dockerTaskRunnerLayer({ grace: "1 second" }).pipe(
    Layer.provide(Subprocess.layer),
    Layer.provide(nodeHostLayer({ variables }))
  )

const layer = Layer.merge(runnerLayer(process.env), dockerAgentSamplesLayer)

taskRunnerContract("docker", layer, { skip: skipsEngine, hasShell: true, timeout: 120_000 })

const ownVariables = (): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]))

/** A way to the engine that can be cut off. */
const cuttable = Effect.acquireRelease(
  Effect.gen(function*() {
    const { socketPath } = yield* findEngine(ownVariables())
    const path = join(tmpdir(), `slipway-${randomUUID().slice(0, 8)}.sock`)
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      const engine = connect(socketPath ?? "")
      for (const one of [socket, engine]) sockets.add(one.on("error", () => undefined))
      socket.pipe(engine).pipe(socket)
    })
    yield* Effect.promise(() => new Promise<void>((resolve) => server.listen(path, resolve)))
    const cut = () => {
      server.close()
      for (const socket of sockets) socket.destroy()
      fs.rmSync(path, { force: true })
    }
    return { path, cut }
  }),
  ({ cut }) => Effect.sync(cut)
)

describe.skipIf(skipsEngine)("docker: TaskRunner", () => {
  it.live("says which program its image does not have, or may not run", () =>
    Effect.gen(function*() {
      const [runner, samples] = [yield* TaskRunner, yield* AgentSamples]
      for (
        const [program, reason] of [["slipway-nonesuch", "ProgramNotFound"], ["/bin", "ProgramNotExecutable"]] as const
      ) {
        const job = yield* samples.make({ exitCode: 0 })
        const failure = yield* Effect.flip(
          runner.run({ ...job, command: [program], onStarted: Effect.void, onOutput: () => Effect.void })
        )
        assert.deepInclude(failure, { reason, failure: "setup", transient: false })
        assert.include(failure.message, program)
        assert.strictEqual(yield* samples.left(job.key.uid), 0)
      }
    }).pipe(Effect.scoped, Effect.provide(layer)), 60_000)

  it.live("says which image there is not, and that it may be the network", () =>
    Effect.gen(function*() {
      const [runner, samples] = [yield* TaskRunner, yield* AgentSamples]
      const job = yield* samples.unable
      const failure = yield* Effect.flip(
        runner.run({ ...job, onStarted: Effect.void, onOutput: () => Effect.void })
      )
      assert.deepInclude(failure, { reason: "ImageUnavailable", failure: "setup", transient: true })
      assert.include(failure.message, job.image)
    }).pipe(Effect.scoped, Effect.provide(layer)), 60_000)

  it.live(
    "tells that the engine went away, and sweeps what was left once it is there again",
    () =>
      Effect.gen(function*() {
        const [runner, samples] = [yield* TaskRunner, yield* AgentSamples]
        const { cut, path } = yield* cuttable
        const job = yield* samples.make({
          output: [{ stream: "stdout", bytes: new TextEncoder().encode("ready\n") }]
        })
        const failure = yield* TaskRunner.use((cutOff) =>
          Effect.flip(cutOff.run({ ...job, onStarted: Effect.void, onOutput: () => Effect.sync(cut) }))
        ).pipe(Effect.provide(Layer.fresh(runnerLayer({ ...process.env, DOCKER_HOST: `unix://${path}` }))))
        assert.deepInclude(failure, { reason: "EngineUnavailable", failure: "interrupted", transient: true })
        assert.strictEqual(yield* samples.left(job.key.uid), 1)
        assert.strictEqual(yield* runner.sweep(job.key.uid), 1)
        assert.strictEqual(yield* samples.left(job.key.uid), 0)
      }).pipe(Effect.scoped, Effect.provide(layer)),
    120_000
  )

  it.live("says that there is no engine", () =>
    Effect.gen(function*() {
      const job = yield* (yield* AgentSamples).make({ exitCode: 0 })
      const failure = yield* TaskRunner.use((runner) =>
        Effect.flip(runner.run({ ...job, onStarted: Effect.void, onOutput: () => Effect.void }))
      ).pipe(Effect.provide(Layer.fresh(runnerLayer({ DOCKER_HOST: "unix:///nonesuch.sock" }))))
      assert.deepInclude(failure, { reason: "EngineUnavailable", failure: "setup", transient: true })
    }).pipe(Effect.scoped, Effect.provide(layer)))
})
