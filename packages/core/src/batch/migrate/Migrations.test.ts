import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Ref } from "effect"
import { codeSweepSample, migratedSample } from "../../testing/CodeSweepSample.ts"
import { memoryBatchSourcesLayer } from "../../testing/MemoryBatchSources.ts"
import { ManifestFiles } from "./ManifestFiles.ts"
import { Migrations, migrationsLayer } from "./Migrations.ts"

const odd = "apiVersion: codesweep.io/v1alpha1\nkind: Template\n"

const files = {
  "/code/bundle.yaml": codeSweepSample,
  "/code/done.yaml": migratedSample,
  "/code/odd.yaml": odd,
  "/code/broken.yaml": "a: [",
  "/code/worse.yaml": "a: 1\na: 2\n"
}

/** What was asked of the service, and what was written by then. */
const asked = <A, E>(use: (migrations: Migrations["Service"]) => Effect.Effect<A, E>) =>
  Effect.gen(function*() {
    const written = yield* Ref.make<ReadonlyArray<readonly [string, string, string]>>([])
    const layer = migrationsLayer.pipe(
      Layer.provide(memoryBatchSourcesLayer({ files, stdin: codeSweepSample })),
      Layer.provide(Layer.succeed(
        ManifestFiles,
        ManifestFiles.of({ write: (...all) => Ref.update(written, (before) => [...before, all]) })
      ))
    )
    const answer = yield* Migrations.use(use).pipe(Effect.provide(layer))
    return { answer, written: yield* Ref.get(written) }
  })

const directory = "/code"

describe("Migrations", () => {
  it.effect("shows what would become of files, and of standard input", () =>
    Effect.gen(function*() {
      const { answer, written } = yield* asked((migrations) =>
        migrations.plan({ directory, files: ["bundle.yaml", "-", "done.yaml"] })
      )
      assert.deepStrictEqual(answer.map(({ before, source, text }) => [source, before, text]), [
        ["bundle.yaml", codeSweepSample, migratedSample],
        ["-", codeSweepSample, migratedSample],
        ["done.yaml", migratedSample, migratedSample]
      ])
      assert.deepStrictEqual(written, [])
    }))

  it.effect("writes what changes, and nothing else", () =>
    Effect.gen(function*() {
      const { answer, written } = yield* asked((migrations) =>
        migrations.write({ directory, files: ["bundle.yaml", "-", "done.yaml"], force: false })
      )
      assert.deepStrictEqual([answer.written, answer.isRefused], [["bundle.yaml"], false])
      assert.deepStrictEqual(written, [["/code", "bundle.yaml", migratedSample]])
    }))

  it.effect("writes none when one has something without a counterpart, unless it is forced", () =>
    Effect.gen(function*() {
      const request = { directory, files: ["bundle.yaml", "odd.yaml"] }
      const refused = yield* asked((migrations) => migrations.write({ ...request, force: false }))
      assert.deepInclude(refused.answer, { written: [], isRefused: true })
      assert.deepStrictEqual(refused.written, [])
      const forced = yield* asked((migrations) => migrations.write({ ...request, force: true }))
      assert.deepInclude(forced.answer, { written: ["bundle.yaml"], isRefused: false })
      assert.strictEqual(forced.written.length, 1)
    }))

  it.effect("tells of all files that are no YAML, and writes none", () =>
    Effect.gen(function*() {
      const { answer, written } = yield* asked((migrations) =>
        Effect.flip(migrations.write({ directory, files: ["bundle.yaml", "broken.yaml", "worse.yaml"], force: true }))
      )
      assert.strictEqual(answer.code, "batch-invalid")
      assert.include(answer.message, "broken.yaml:1: no YAML")
      assert.include(answer.message, "worse.yaml:2: the key \"a\" is given twice")
      assert.deepStrictEqual(written, [])
    }))

  it.effect("tells of a file that is not there", () =>
    Effect.gen(function*() {
      const { answer } = yield* asked((migrations) =>
        Effect.flip(migrations.plan({ directory, files: ["missing.yaml"] }))
      )
      assert.include(answer.message, "cannot read missing.yaml")
    }))
})
