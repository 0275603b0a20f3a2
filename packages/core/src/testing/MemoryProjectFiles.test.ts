import { assert, it } from "@effect/vitest"
import { Effect, Layer, Ref } from "effect"
import { ProjectFiles } from "../project/ProjectFiles.ts"
import { MemoryFileTree, memoryProjectFilesLayer } from "./MemoryProjectFiles.ts"
import { projectFilesContract } from "./ProjectFilesContract.ts"
import { ScratchFolder } from "./ScratchFolder.ts"

projectFilesContract(
  "memory",
  Layer.merge(
    memoryProjectFilesLayer({ "/scratch/.keep": "" }),
    Layer.succeed(ScratchFolder, { path: "/scratch/empty" })
  )
)

it.effect("a test can arrange files and look at what was written", () =>
  Effect.gen(function*() {
    const files = yield* ProjectFiles
    assert.strictEqual(yield* files.read("/repo/compose.yaml"), "services: {}")
    yield* files.write("/repo/.env.secrets", "A=1", { mode: 0o600 })
    const tree = yield* Ref.get(yield* MemoryFileTree)
    assert.deepStrictEqual(tree.get("/repo/.env.secrets"), { content: "A=1", mode: 0o600 })
  }).pipe(Effect.provide(memoryProjectFilesLayer({ "/repo/compose.yaml": "services: {}" }))))
