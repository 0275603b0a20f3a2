import { assert, describe, it } from "@effect/vitest"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { Effect, type Layer } from "effect"
import { BatchSources } from "../batch/source/BatchSources.ts"
import { ScratchFolder } from "./ScratchFolder.ts"

/** What there is to read. */
export interface BatchSourcesWorld {
  /** Path, relative to the scratch folder, to a file's text. */
  readonly files: Readonly<Record<string, string>>
  readonly stdin: string
}

const world: BatchSourcesWorld = {
  files: {
    "batch.yaml": "kind: Batch\r\n# ünïcödé",
    "more/b.yml": "kind: B",
    "more/a.json": "{\"kind\":\"A\"}",
    "more/c.yaml": "",
    "more/notes.md": "no manifest",
    "more/.hidden.yaml": "kind: Hidden",
    "more/inner/d.yaml": "kind: Inner",
    "values/secret.yaml": "kind: Secret",
    "values/README": "neither",
    "values/configmaps/guide/guide.md": "do it",
    "values/configmaps/guide/empty": "",
    "values/secrets/token/token": "swordfish",
    "values/plain/key.txt": "either",
    "values/plain/deeper/key": "too deep",
    "values/plain/.hidden": "not told",
    "values/.git/config": "not told",
    "other.txt": "no manifest"
  },
  stdin: "kind: Task"
}

/** What every implementation of {@link BatchSources} does. The layer is built anew for each test. */
export const batchSourcesContract = (
  name: string,
  layerOf: (world: BatchSourcesWorld) => Layer.Layer<BatchSources | ScratchFolder>
): void => {
  const layer = layerOf(world)
  const given = Effect.gen(function*() {
    const sources = yield* BatchSources
    const { path } = yield* ScratchFolder
    return {
      path,
      read: (...files: ReadonlyArray<string>) => sources.read(path, files),
      readFolder: (folder: string) => sources.readFolder(path, folder)
    }
  })
  const test = (title: string, body: Effect.Effect<void, unknown, BatchSources | ScratchFolder>) =>
    it.effect(title, () => Effect.provide(body, layer))

  describe(`${name}: BatchSources`, () => {
    test(
      "reads files as they are, in the order given, named as they were",
      Effect.gen(function*() {
        const { path, read } = yield* given
        assert.deepStrictEqual(yield* read("./other.txt", "batch.yaml", `${path}/batch.yaml`, "more/../batch.yaml"), [
          { source: "./other.txt", text: "no manifest" },
          { source: "batch.yaml", text: "kind: Batch\r\n# ünïcödé" },
          { source: `${path}/batch.yaml`, text: "kind: Batch\r\n# ünïcödé" },
          { source: "more/../batch.yaml", text: "kind: Batch\r\n# ünïcödé" }
        ])
        assert.deepStrictEqual(yield* read(), [])
      })
    )

    test(
      "reads standard input, once for all",
      Effect.gen(function*() {
        const { read } = yield* given
        assert.deepStrictEqual(yield* read("-"), [{ source: "-", text: "kind: Task" }])
        assert.deepStrictEqual(yield* read("-", "more/b.yml"), [
          { source: "-", text: "kind: Task" },
          { source: "more/b.yml", text: "kind: B" }
        ])
      })
    )

    test(
      "reads the manifests of a folder by name, and of no folder in it",
      Effect.gen(function*() {
        const { read } = yield* given
        assert.deepStrictEqual(yield* read("more"), [
          { source: "more/a.json", text: "{\"kind\":\"A\"}" },
          { source: "more/b.yml", text: "kind: B" },
          { source: "more/c.yaml", text: "" }
        ])
      })
    )

    test(
      "reads the manifests and values of a folder",
      Effect.gen(function*() {
        const { readFolder } = yield* given
        const { texts, values } = yield* readFolder("values")
        assert.deepStrictEqual(texts, [{ source: "values/secret.yaml", text: "kind: Secret" }])
        assert.deepStrictEqual(values.map(({ kind, name: object, key }) => `${kind} ${object} ${key}`).toSorted(), [
          "ConfigMap guide empty",
          "ConfigMap guide guide.md",
          "Secret token token",
          "any plain key.txt"
        ])
        const token = values.find(({ kind }) => kind === "Secret")
        assert.deepStrictEqual([...token?.bytes ?? []], [...utf8ToBytes("swordfish")])
      })
    )

    const refused: ReadonlyArray<readonly [string, string]> = [
      ["gone.yaml", "cannot read gone.yaml: no such file or directory (ENOENT)"],
      ["values/plain", "cannot read values/plain: no .yaml, .yml or .json file is in it"],
      ["~/batch.yaml", "cannot read ~/batch.yaml: no such file or directory (ENOENT)"]
    ]
    for (const [source, message] of refused) {
      test(
        `refuses ${source}`,
        Effect.gen(function*() {
          const { read } = yield* given
          assert.strictEqual((yield* Effect.flip(read("batch.yaml", source))).message, message)
        })
      )
    }

    test(
      "refuses what is no folder of values",
      Effect.gen(function*() {
        const { readFolder } = yield* given
        assert.strictEqual((yield* Effect.flip(readFolder("batch.yaml"))).reason, "it is no folder")
        assert.include((yield* Effect.flip(readFolder("gone"))).reason, "ENOENT")
      })
    )
  })
}
