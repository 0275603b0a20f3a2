import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream } from "effect"
import { Compose } from "../sandbox/Compose.ts"
import { Containers } from "../sandbox/Containers.ts"
import { composeContract } from "./ComposeContract.ts"
import { ComposeSamples } from "./ComposeSamples.ts"
import { containersContract } from "./ContainersContract.ts"
import { memoryComposeLayer } from "./MemoryCompose.ts"
import { memoryComposeSamplesLayer } from "./MemoryComposeSamples.ts"
import { memoryContainersLayer } from "./MemoryContainers.ts"
import { MemoryEngine, memoryEngineLayer } from "./MemoryEngine.ts"
import { memoryProjectFilesLayer } from "./MemoryProjectFiles.ts"

const layer = Layer.mergeAll(memoryComposeLayer(), memoryContainersLayer, memoryComposeSamplesLayer).pipe(
  Layer.provideMerge(Layer.merge(memoryEngineLayer(), memoryProjectFilesLayer()))
)

composeContract("memory", layer)
containersContract("memory", layer)

const text = "services:\n  web:\n    __PROGRAM__\n    ports: [\"8080:80\"]\n"

describe("an engine in memory", () => {
  const given = Effect.gen(function*() {
    const sample = yield* (yield* ComposeSamples).make(text, {})
    return {
      compose: yield* Compose,
      containers: yield* Containers,
      engine: yield* MemoryEngine,
      project: sample.project
    }
  })

  it.effect("can be stopped: nothing answers, and who follows is cut off", () =>
    Effect.gen(function*() {
      const { compose, containers, engine, project } = yield* given
      yield* compose.up(project, { services: [] })
      const [container] = yield* containers.list({ project: project.name })
      const following = yield* containers.logs({ id: container?.id ?? "", service: "web" }, { follow: true }).pipe(
        Stream.runDrain,
        Effect.flip,
        Effect.forkChild({ startImmediately: true })
      )
      yield* engine.setAnswering(false)
      assert.strictEqual((yield* Fiber.join(following))._tag, "EngineUnavailable")
      assert.strictEqual((yield* Effect.flip(containers.ping))._tag, "EngineUnavailable")
      assert.strictEqual((yield* Effect.flip(compose.up(project, { services: [] })))._tag, "ComposeFailed")
      yield* compose.resolve(project)
      yield* engine.setAnswering(true)
      assert.lengthOf(yield* containers.list({ project: project.name }), 1)
    }).pipe(Effect.scoped, Effect.provide(layer)))

  it.effect("can fail the next up, with a text", () =>
    Effect.gen(function*() {
      const { compose, engine, project } = yield* given
      yield* engine.failNextUp("failed to solve: no space left on device")
      const failure = yield* Effect.flip(compose.up(project, { services: [] }))
      assert.include(failure.message, "no space left on device")
      yield* compose.up(project, { services: [] })
    }).pipe(Effect.scoped, Effect.provide(layer)))

  it.effect("does not give one port to two containers, and gives it again when the first has ended", () =>
    Effect.gen(function*() {
      const { compose, containers, engine, project } = yield* given
      yield* compose.up(project, { services: [] })
      const other = { ...project, name: "other" }
      const failure = yield* Effect.flip(compose.up(other, { services: [] }))
      assert.strictEqual(failure._tag === "ComposeFailed" ? failure.portTaken : null, 8080)
      const [container] = yield* containers.list({ project: project.name })
      yield* engine.exit(container?.id ?? "", 1)
      assert.deepInclude(yield* containers.inspect(container?.id ?? ""), { state: "exited", exitCode: 1 })
      yield* compose.up(other, { services: [] })
    }).pipe(Effect.scoped, Effect.provide(layer)))
})
