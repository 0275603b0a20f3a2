import { Git } from "@slipway/core"
import { Effect, Layer } from "effect"
import { once } from "node:events"
import { gitCommandLayer } from "../git/GitCommand.ts"
import { nodeHostLayer } from "../process/NodeHost.ts"
import { Subprocess } from "../process/Subprocess.ts"
import { gitVariables } from "./GitRepository.ts"

/**
 * A process that merges, for tests: `node MergingProcess.ts <main checkout> <branch> <head>`. Before each run of git it
 * says which one, and waits for a line.
 */
const [main = "", branch = "", head = ""] = process.argv.slice(2)

const say = (line: string) => Effect.promise(() => new Promise((done) => process.stdout.write(`${line}\n`, done)))

const heard = Effect.promise(() => once(process.stdin, "data"))

const steppedSubprocessLayer = Layer.effect(
  Subprocess,
  Subprocess.useSync((subprocess) =>
    Subprocess.of({
      run: (request) => Effect.andThen(Effect.andThen(say(request.command.join(" ")), heard), subprocess.run(request))
    })
  )
).pipe(Layer.provide(Subprocess.layer))

const layer = gitCommandLayer.pipe(
  Layer.provide(steppedSubprocessLayer),
  Layer.provide(nodeHostLayer({ variables: gitVariables, home: "/nonexistent" }))
)

await Effect.runPromise(
  Effect.gen(function*() {
    const git = yield* Git
    const repository = yield* git.repository(main)
    yield* git.merge({ repository, branch, head, into: "main", message: "Merge", strategy: "fast-forward-or-commit" })
  }).pipe(Effect.provide(layer))
)
// What waits on its input does not end by itself.
process.stdin.destroy()
