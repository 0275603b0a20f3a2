import { Effect, Layer, Ref } from "effect"
import { ProjectFiles } from "../project/ProjectFiles.ts"
import { ComposeSamples } from "./ComposeSamples.ts"
import { MemoryEngine } from "./MemoryEngine.ts"

/** Compose projects among files in memory, for an engine in memory. */
export const memoryComposeSamplesLayer: Layer.Layer<
  ComposeSamples,
  never,
  MemoryEngine | ProjectFiles
> = Layer.effect(
  ComposeSamples,
  Effect.gen(function*() {
    const engine = yield* MemoryEngine
    const files = yield* ProjectFiles
    const numbers = yield* Ref.make(0)
    const next = Ref.getAndUpdate(numbers, (number) => number + 1)

    return ComposeSamples.of({
      freshName: Effect.map(next, (number) => `fresh-${number}`),
      make: Effect.fnUntraced(function*(compose, programs) {
        const name = `sample-${yield* next}`
        const directory = `/samples/${name}`
        const write = (file: string, text: string) =>
          files.write(`${directory}/${file}`, text.replaceAll("__PROGRAM__", "build: ./image")).pipe(
            Effect.orDie,
            Effect.as(`${directory}/${file}`)
          )
        const file = yield* write("docker-compose.yml", compose)
        for (const [service, { exitCode = null, output = [] }] of Object.entries(programs)) {
          yield* engine.setProgram(service, { exitCode, output })
        }
        const freePort = Effect.map(next, (number) => 30_000 + number)
        return {
          project: { name, directory, files: [file], envFiles: [], variables: {}, profiles: [] },
          write,
          freePort,
          takenPort: Effect.tap(freePort, (port) => engine.takePorts([port])),
          print: Effect.fnUntraced(function*(service, text) {
            const { containers } = yield* engine.state
            const found = containers.find((one) => one.project === name && one.service === service)
            yield* found === undefined
              ? Effect.die(`${service} does not run`)
              : engine.print(found.id, { stream: "stdout", text })
          })
        }
      })
    })
  })
)
