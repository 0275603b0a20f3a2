import { assert, describe, it } from "@effect/vitest"
import { type BatchFault, BatchInvalid, type FileMigration } from "@slipway/core"
import { Effect } from "effect"
import { dataOf, errorOf } from "../../testing/Envelopes.ts"
import { type FakeServices, here, runCommandLine } from "../../testing/RunCommandLine.ts"

const before = "kind: Bundle # é\nparallel: 3"
const after = "kind: Batch # é\nparallel: 3"

const change = { source: "a.yaml", line: 1, resource: "Bundle/a", from: "kind: Bundle", to: "kind: Batch" }

const fault: BatchFault = {
  source: "a.yaml",
  line: 2,
  resource: "Bundle/a",
  path: "spec.parallel",
  message: "has no counterpart in Batch"
}

const file: FileMigration = { source: "a.yaml", before, text: after, changes: [change], unmapped: [] }

const partly: FileMigration = { ...file, unmapped: [fault] }

const same: FileMigration = { source: "b.yaml", before: after, text: after, changes: [], unmapped: [] }

const migrating = (...files: ReadonlyArray<FileMigration>) => {
  const requests: Array<unknown> = []
  const services: FakeServices = {
    migrations: {
      plan: (request) => Effect.sync(() => (requests.push(request), files)),
      write: (request) =>
        Effect.sync(() => {
          requests.push(request)
          const isRefused = !request.force && files.some(({ unmapped }) => unmapped.length > 0)
          return {
            files,
            written: isRefused ? [] : files.filter((one) => one !== same).map(({ source }) => source),
            isRefused
          }
        })
    }
  }
  return { requests, services }
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

describe("batch migrate", () => {
  it.effect("prints the text to the byte", () =>
    Effect.gen(function*() {
      const { requests, services } = migrating(file)
      const outcome = yield* runCommandLine(["batch", "migrate", "a.yaml"], { services })
      assert.deepStrictEqual([outcome.exitCode, textOf(outcome.bytes), outcome.stdout, outcome.stderr], [
        0,
        after,
        "",
        ""
      ])
      assert.deepStrictEqual(requests, [{ directory: here, files: ["a.yaml"] }])
    }))

  it.effect("prints several files as the documents of one text", () =>
    Effect.gen(function*() {
      const started = { ...same, text: `---\n${after}\n` }
      const { services } = migrating(file, same, started)
      const { bytes } = yield* runCommandLine(["batch", "migrate", "a.yaml", "b.yaml"], { services })
      assert.strictEqual(textOf(bytes), `${after}\n---\n${after}\n---\n${after}\n`)
    }))

  it.effect("prints what can be brought over, and tells what cannot, with exit code 1", () =>
    Effect.gen(function*() {
      const outcome = yield* runCommandLine(["batch", "migrate", "-"], { services: migrating(partly).services })
      assert.deepStrictEqual([outcome.exitCode, textOf(outcome.bytes)], [1, after])
      assert.strictEqual(outcome.stderr, "! a.yaml:2: Bundle/a: spec.parallel: has no counterpart in Batch")
    }))

  it.effect.each(["--check", "--dry-run"])(
    "shows a diff with %s, also when it is to be written",
    (flag) =>
      Effect.gen(function*() {
        const { requests, services } = migrating(file, same)
        const outcome = yield* runCommandLine(["batch", "migrate", "a.yaml", "--write", flag], { services })
        assert.strictEqual(outcome.exitCode, 0)
        assert.include(outcome.stdout, "--- a.yaml\n+++ a.yaml\n@@ -1,2 +1,2 @@\n-kind: Bundle # é\n+kind: Batch # é\n")
        assert.notInclude(outcome.stdout, "b.yaml")
        assert.deepStrictEqual(requests, [{ directory: here, files: ["a.yaml"] }])
        const none = yield* runCommandLine(["batch", "migrate", "b.yaml", flag], { services: migrating(same).services })
        assert.strictEqual(none.stdout, "✓ nothing to migrate in 1 file")
      })
  )

  it.effect("writes files in their places", () =>
    Effect.gen(function*() {
      const { requests, services } = migrating(file, same)
      const outcome = yield* runCommandLine(["batch", "migrate", "a.yaml", "b.yaml", "--write"], { services })
      assert.strictEqual(outcome.exitCode, 0)
      assert.strictEqual(
        outcome.stdout,
        "✓ a.yaml: 1 change\n↳ `slipway batch plan -f a.yaml` shows what would run"
      )
      assert.deepStrictEqual(requests, [{ directory: here, files: ["a.yaml", "b.yaml"], force: false }])
    }))

  it.effect("writes nothing when something has no counterpart, unless it is forced", () =>
    Effect.gen(function*() {
      const { services } = migrating(partly)
      const refused = yield* runCommandLine(["batch", "migrate", "a.yaml", "--write"], { services })
      assert.strictEqual(refused.exitCode, 1)
      assert.include(refused.stdout, "✗ nothing was written: 1 thing without a counterpart")
      assert.include(refused.stderr, "spec.parallel")
      const forced = yield* runCommandLine(["batch", "migrate", "a.yaml", "--write", "--force"], { services })
      assert.strictEqual(forced.exitCode, 1)
      assert.include(forced.stdout, "✓ a.yaml: 1 change")
    }))

  it.effect("is one document with --json, with the text, a diff, or what was written", () =>
    Effect.gen(function*() {
      const { services } = migrating(partly)
      const told = {
        source: "a.yaml",
        changed: true,
        changes: [{ line: 1, resource: "Bundle/a", from: "kind: Bundle", to: "kind: Batch" }],
        unmapped: [{ line: 2, resource: "Bundle/a", path: fault.path, message: fault.message }]
      }
      const json = (...flags: ReadonlyArray<string>) =>
        Effect.map(runCommandLine(["batch", "migrate", "a.yaml", "--json", ...flags], { services }), (outcome) => {
          assert.deepStrictEqual([outcome.exitCode, outcome.bytes.length], [1, 0])
          return dataOf(outcome, "batch-migrate")
        })
      assert.deepStrictEqual(yield* json(), {
        dryRun: false,
        refused: false,
        files: [{ ...told, written: false, text: after }]
      })
      assert.deepInclude(yield* json("--check"), { dryRun: true, refused: false })
      assert.deepStrictEqual(yield* json("--write"), {
        dryRun: false,
        refused: true,
        files: [{ ...told, written: false }]
      })
      assert.deepStrictEqual(yield* json("--write", "--force"), {
        dryRun: false,
        refused: false,
        files: [{ ...told, written: true }]
      })
    }))

  it.effect("refuses to change standard input, no file, and what is no YAML, with exit code 2", () =>
    Effect.gen(function*() {
      const { services } = migrating(file)
      const input = yield* runCommandLine(["batch", "migrate", "-", "--write", "--json"], { services })
      assert.strictEqual(input.exitCode, 2)
      assert.include(errorOf(input).message, "standard input")
      assert.strictEqual((yield* runCommandLine(["batch", "migrate"], { services })).exitCode, 2)
      const wrong = yield* runCommandLine(["batch", "migrate", "a.yaml"], {
        services: { migrations: { plan: () => Effect.fail(new BatchInvalid({ faults: [fault] })) } }
      })
      assert.deepStrictEqual([wrong.exitCode, wrong.bytes.length], [2, 0])
    }))
})
