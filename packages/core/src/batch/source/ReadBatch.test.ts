import { assert, describe, it } from "@effect/vitest"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { Effect, Result, Stream } from "effect"
import { memoryBatchesLayer, memoryBatchRequest } from "../../testing/MemoryBatches.ts"
import { inlineFile, runInput, updateServiceA } from "../../testing/UpdateDependenciesSample.ts"
import { Batches } from "../Batches.ts"
import { batchPlanOf } from "../BatchPlanOf.ts"
import type { BatchRequest } from "../plan/BatchRequest.ts"
import { makeRun } from "../plan/MakeSnapshot.ts"
import { describeBatchFault } from "./BatchProblem.ts"
import type { FolderValue } from "./BatchSources.ts"
import { readBatch } from "./ReadBatch.ts"

const head = (kind: string, name: string): string =>
  `apiVersion: ${/^(?:ConfigMap|Secret)$/u.test(kind) ? "v1" : "kubetask.io/v1alpha1"}\nkind: ${kind}\nmetadata:\n`
  + `  name: ${name}\n`

/** A Batch of 16 lines, with a file of a ConfigMap and one with an unknown variable. */
const batch = (name = "fix", more = ""): string =>
  `${head("Batch", name)}spec:
  commonContext:
    - type: File
      file:
        name: guide.md
        source:
          configMapKeyRef:
            name: guides
            key: guide.md
  variableContexts:
    - - {type: File, file: {name: a, source: {inline: "one ${"$"}{{ task.indx }}"}}}
      - {type: File, file: {name: a/b, source: {inline: x}}}
${more}`

const run = (fields: string, batchRef = "fix"): string =>
  `${head("BatchRun", "fix-1")}spec:\n  batchRef: ${batchRef}\n  ${fields}\n`

const guides = `${head("ConfigMap", "guides")}data:\n  guide.md: do it\n`

/** Everything that is told of documents, in the order of their lines. */
const told = (
  documents: ReadonlyArray<string>,
  request: Partial<BatchRequest> = {},
  folderValues: ReadonlyArray<FolderValue> = []
): ReadonlyArray<string> => {
  const source = { source: "batch.yaml", text: documents.join("---\n") }
  const { faults, passedOver, resources, undecoded } = readBatch([source], ["batch.yaml"])
  const made = makeRun(runInput([], request, { resources, passedOver, undecoded, folderValues }))
  return [...faults, ...(Result.isFailure(made) ? made.failure : [])].map(describeBatchFault)
}

const ofContexts = (before: number) => [
  `batch.yaml:${15 + before}: Batch/fix: spec.variableContexts[0][0].file.source.inline: unknown variable `
  + "${{ task.indx }}; did you mean task.index?",
  `batch.yaml:${16 + before}: Batch/fix: spec.variableContexts[0][1].file.name: "a/b" cannot be: "a" is a file of the `
  + "same task"
]

const missingGuides = (before: number) =>
  `batch.yaml:${
    12 + before
  }: Batch/fix: spec.commonContext[0].file.source.configMapKeyRef.name: ConfigMap "guides" not `
  + "found in namespace \"default\""

const retryMany = "batch.yaml:7: BatchRun/fix-1: spec.retry: must be a whole number from 0 to 10, found \"many\""

const flags = { timeout: "x", host: "githb" }

const ofFlags = [
  "--timeout: must be a time span above 0 such as 90s, 5m or 1h30m, found \"x\"",
  "--host: unknown host \"githb\"; did you mean github?"
]

const sorted = (faults: ReadonlyArray<string>) => faults.toSorted()

describe("faults of references", () => {
  it("are told at the lines of their fields", () => {
    assert.sameOrderedMembers([...sorted(told([batch()]))], [...sorted([missingGuides(0), ...ofContexts(0)])])
    const named = batch("fix", "  workspaceConfigRef: strong\n")
    assert.include(
      told([named, guides]),
      "batch.yaml:17: Batch/fix: spec.workspaceConfigRef: WorkspaceConfig \"strong\" not found in namespace \"default\""
    )
    assert.include(
      told([guides.replace("guide.md: do it", "guide: do it"), batch()])[1],
      "batch.yaml:20: Batch/fix: spec.commonContext[0].file.source.configMapKeyRef.key: ConfigMap \"guides\" has no key"
    )
    assert.deepStrictEqual(told([run("retry: 1", "fxi"), batch()]), [
      "batch.yaml:6: BatchRun/fix-1: spec.batchRef: Batch \"fxi\" not found in namespace \"default\"; did you mean fix?"
    ])
  })
})

describe("faults of all kinds", () => {
  it("are told together: of flags, of a BatchRun that cannot be read, of the Batch that it runs", () => {
    assert.sameOrderedMembers(
      [...sorted(told([run("retry: many"), batch()], flags))],
      [...sorted([retryMany, ...ofFlags, missingGuides(8), ...ofContexts(8)])]
    )
  })

  it("are not told of what follows from others alone", () => {
    const broken = batch().replace("commonContext", "comonContext")
    const faults = told([run("retry: 1"), broken], flags)
    assert.sameOrderedMembers(faults.filter((fault) => fault.startsWith("--")), ofFlags)
    assert.isTrue(
      faults.every((fault) => fault.startsWith("--") || fault.includes("Batch/fix: spec")),
      faults.join("\n")
    )
    const noGuide = told([guides.replace("do it", "5"), batch()])
    assert.lengthOf(noGuide, 3)
    assert.notInclude(noGuide.join("\n"), "not found")
    const noConfig = `${head("WorkspaceConfig", "default")}spec: {comand: claude}\n`
    const one = told([noConfig, guides, batch()], { runner: "process" })
    assert.lengthOf(one, 3)
    assert.notInclude(one.join("\n"), "--runner")
    assert.deepStrictEqual(told([`${head("Task", "a")}spec: {context: []}\n`], { select: "a" }).length, 2)
    assert.lengthOf(told(["a: ["]), 1)
  })

  it("are not told of what may not be meant", () => {
    const twice = told([batch(), guides, guides])
    assert.lengthOf(twice, 3)
    assert.include(
      twice[0],
      "batch.yaml:28: ConfigMap/guides: metadata.name: there is a ConfigMap of that name already"
    )
    assert.lengthOf(told([batch(), head("Batch", "other")]), 1)
    assert.lengthOf(told([batch(), head("Batch", "other")], { select: "fix" }), 4)
  })

  it("are told with a choice that cannot be made", () => {
    const faults = told([batch(), batch("other")], flags)
    assert.sameOrderedMembers(faults.slice(0, 2), ofFlags)
    assert.include(
      faults[2],
      "NAME: must say which one is to run: Batch/fix (batch.yaml:1), Batch/other (batch.yaml:18)"
    )
  })

  it("are told of folders' keys that no object can have", () => {
    const values = (["ConfigMap", "Secret", "any"] as const).map((kind): FolderValue => ({
      kind,
      name: "n",
      key: kind === "any" ? "k".repeat(254) : "a/b",
      bytes: utf8ToBytes("hush")
    }))
    const faults = told([batch(), guides], {}, values).slice(0, 3)
    assert.include(
      faults[0],
      "--from-dir: \"configmaps/n/a/b\" cannot be a value: the key must be of at most 253 letters"
    )
    assert.include(faults[1], "--from-dir: \"secrets/n/a/b\"")
    assert.include(faults[2], "--from-dir: \"n/kkk")
  })
})

describe("a file for a cluster", () => {
  const web = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
  const warning = "Deployment/web (all/web.yaml:1) is no part of a batch and is passed over"
  const files = { "/code/all/web.yaml": web, "/code/all/notes.yaml": guides }

  it.effect("may hold what is no part of a batch: plan, events and status warn of it", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      const request = memoryBatchRequest({ files: ["batch.yaml", "all"], name: "fix-1" })
      assert.deepStrictEqual((yield* batches.plan(request)).snapshot.warnings, [warning])
      const [started] = yield* Stream.runCollect(batches.run(request))
      assert.deepInclude(started, { _tag: "RunStarted", warnings: [warning] })
      const { snapshot, standing } = yield* batches.status("fix-1")
      assert.deepStrictEqual(snapshot.warnings, [warning])
      assert.include(standing.conditions.find(({ type }) => type === "ContextsReady")?.message, warning)
      const named = yield* Effect.flip(batches.plan({ ...request, files: ["batch.yaml", "all/web.yaml"] }))
      assert.include(named.message, "all/web.yaml: holds no resource of a batch")
    }).pipe(Effect.provide(memoryBatchesLayer({ files }))))
})

describe("a plan", () => {
  it("has a file that is given twice once, as the later one", () => {
    const [first, second, last] = [inlineFile("a", "1"), inlineFile("b", "2"), inlineFile("a", "3")]
    const task = { ...updateServiceA, spec: { contexts: [first, second, last] } }
    const plan = batchPlanOf(Result.getOrThrow(makeRun(runInput([task]))).snapshot)
    assert.deepStrictEqual(plan.tasks.map(({ contexts }) => contexts), [[last, second]])
    assert.deepStrictEqual(plan.snapshot.variableContexts, [[first, second, last]])
  })
})

describe("a run's name that is empty", () => {
  it.effect("is told as such", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      assert.strictEqual((yield* Effect.flip(batches.status())).message, "there is no run yet")
      assert.strictEqual((yield* Effect.flip(batches.status(""))).message, "there is no run \"\"")
    }).pipe(Effect.provide(memoryBatchesLayer())))
})
