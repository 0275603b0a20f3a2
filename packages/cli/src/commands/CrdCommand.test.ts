import { assert, describe, it } from "@effect/vitest"
import { crdDocuments, crdYaml } from "@slipway/core"
import { Effect } from "effect"
import { dataOf } from "../testing/Envelopes.ts"
import { runCommandLine } from "../testing/RunCommandLine.ts"

describe("crd", () => {
  it.effect("prints YAML for kubectl, and nothing else", () =>
    Effect.gen(function*() {
      const { exitCode, stderr, stdout } = yield* runCommandLine(["crd"])
      assert.strictEqual(`${stdout.trimEnd()}\n`, crdYaml())
      assert.strictEqual(stderr, "")
      assert.strictEqual(exitCode, 0)
    }))

  it.effect("gives a program the documents as JSON", () =>
    Effect.gen(function*() {
      const outcome = yield* runCommandLine(["crd", "--json"])
      assert.deepStrictEqual(dataOf(outcome, "crd"), { documents: JSON.parse(JSON.stringify(crdDocuments())) })
    }))

  it.effect("takes no words", () =>
    Effect.gen(function*() {
      const { exitCode } = yield* runCommandLine(["crd", "batches"])
      assert.strictEqual(exitCode, 2)
    }))
})
