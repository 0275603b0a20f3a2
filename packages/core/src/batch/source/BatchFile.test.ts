import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { stringify } from "yaml"
import { seedExamples } from "../../testing/SeedExamples.ts"
import { batchKinds, type BatchResource } from "../kinds/Kinds.ts"
import { duplicateFaults, readBatchText } from "./BatchFile.ts"
import { describeBatchFault } from "./BatchProblem.ts"
import { describePassedOver } from "./PassedOver.ts"
import { unknownResource } from "./UndecodedResource.ts"

const read = (text: string) => readBatchText({ source: "batch.yaml", text })

const told = (text: string): ReadonlyArray<string> => read(text).faults.map(describeBatchFault)

const configMap = (name: string, rest = ""): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}${rest}}\n`

const task = (name: string): string =>
  `apiVersion: kubetask.io/v1alpha1\nkind: Task\nmetadata: {name: ${name}}\nspec: {contexts: []}\n`

describe("readBatchText", () => {
  for (const [index, { kinds, yaml }] of seedExamples.entries()) {
    it(`takes the seed's example ${index}: ${kinds.join(", ")}`, () => {
      const { faults, resources } = read(yaml)
      assert.deepStrictEqual(faults, [])
      assert.deepStrictEqual(resources.map(({ resource }) => resource.kind), kinds)
    })
  }

  it("takes resources that follow each other with an empty line or a comment between them, as examples do", () => {
    const { faults, resources } = read(`# Using Task\n${task("a")}\n# Using another\n${task("b")}\n${task("c")}`)
    assert.deepStrictEqual(faults, [])
    assert.deepStrictEqual(resources.map(({ line, resource }) => [line, resource.metadata.name]), [
      [2, "a"],
      [8, "b"],
      [13, "c"]
    ])
    const windows = read(`# Using Task\n${task("a")}\n# Using another\n${task("b")}`.replaceAll("\n", "\r\n"))
    assert.deepStrictEqual(windows.resources.map(({ resource }) => resource.metadata.name), ["a", "b"])
    assert.deepStrictEqual(told(task("a") + task("b"))[0], "batch.yaml:5: the key \"apiVersion\" is given twice")
  })

  it("reads documents with their lines, JSON, and what a list holds", () => {
    const { faults, resources } = read(
      `# first\n${configMap("a")}---\n# nothing\n---\n\n${
        task("b")
      }---\n{"apiVersion": "v1", "kind": "List", "items": [\n`
        + `{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}},\n`
        + `{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "d"}}]}]}\n`
    )
    assert.deepStrictEqual(faults, [])
    assert.deepStrictEqual(
      resources.map(({ line, resource, source }) => [source, line, resource.kind, resource.metadata.name]),
      [
        ["batch.yaml", 2, "ConfigMap", "a"],
        ["batch.yaml", 9, "Task", "b"],
        ["batch.yaml", 15, "ConfigMap", "c"],
        ["batch.yaml", 16, "Secret", "d"]
      ]
    )
  })

  it("reads files as other systems write them", () => {
    const { faults, resources } = read(
      `\uFEFF${configMap("a")}data:\n  x: |\n    one\n    two\n`.replaceAll("\n", "\r\n")
    )
    assert.deepStrictEqual(faults, [])
    const [first] = resources
    assert.deepStrictEqual(first?.resource.kind === "ConfigMap" ? first.resource.data : null, { x: "one\ntwo\n" })
  })

  it("follows aliases and merges", () => {
    const { faults, resources } = read(
      `apiVersion: v1\nkind: List\nitems:\n  - ${
        JSON.stringify({ apiVersion: "v1", kind: "ConfigMap" }).slice(0, -1)
      }, `
        + "metadata: &m {name: a, labels: {x: y}}}\n  - {apiVersion: v1, kind: ConfigMap, metadata: {<<: *m, name: b}}\n"
    )
    assert.deepStrictEqual(faults, [])
    assert.deepStrictEqual(resources.map(({ resource }) => resource.metadata), [
      { name: "a", labels: { x: "y" } },
      { name: "b", labels: { x: "y" } }
    ])
  })

  it("tells every fault at once, each at its line and path", () => {
    assert.deepStrictEqual(
      told(
        "apiVersion: kubetask.io/v1alpha1\nkind: Batch\nmetadata:\n  name: fix\nspec:\n  commonContext:\n    - type: File\n"
          + "      file:\n        name: /etc/passwd\n        source: {}\n  variableContexts:\n    - - type: Repository\n"
          + "        repository:\n          org: a\n          repo: b\n  workspaceconfigRef: x\n"
      ),
      [
        "batch.yaml:9: Batch/fix: spec.commonContext[0].file.name: must be relative, with / between folders, without "
        + "empty, . and .. parts, \\ and control characters, found \"/etc/passwd\"",
        "batch.yaml:10: Batch/fix: spec.commonContext[0].file.source: must have exactly one of inline, configMapKeyRef or "
        + "secretKeyRef",
        "batch.yaml:13: Batch/fix: spec.variableContexts[0][0].repository.branch: is missing: the branch to begin at",
        "batch.yaml:16: Batch/fix: spec.workspaceconfigRef: unknown field; did you mean workspaceConfigRef?"
      ]
    )
  })

  it("tells what is missing beside what is wrong", () => {
    const text = "apiVersion: kubetask.io/v1alpha1\nkind: BatchRun\nmetadata: {labels: {a: 1}}\nspec: {retry: many}\n"
    assert.deepStrictEqual(read(text).faults.map(({ path }) => path), [
      "metadata",
      "metadata.labels.a",
      "spec",
      "spec.retry"
    ])
  })

  it("reads what is right beside what is wrong", () => {
    const { faults, resources } = read(`${task("a")}---\nkind: Pod\n---\n${task("b")}`)
    assert.deepStrictEqual(resources.map(({ resource }) => resource.metadata.name), ["a", "b"])
    assert.deepStrictEqual(faults.map(({ line, path, resource }) => [line, path, resource]), [[6, "apiVersion", "Pod"]])
  })

  it("passes over what is another program's, and tells of it", () => {
    const deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
    const foreign = [
      deployment,
      "apiVersion: v1\nkind: Namespace\nmetadata: {name: team}\n",
      "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {generateName: build-}\n",
      "apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: Service}\n"
    ].join("---\n")
    const { faults, passedOver, resources, undecoded } = read(`${task("a")}---\n${foreign}`)
    assert.deepStrictEqual([faults, undecoded], [[], []])
    assert.deepStrictEqual(resources.map(({ resource }) => resource.metadata.name), ["a"])
    assert.deepStrictEqual(passedOver.map(describePassedOver), [
      "Deployment/web (batch.yaml:6) is no part of a batch and is passed over",
      "Namespace/team (batch.yaml:10) is no part of a batch and is passed over",
      "Task/build- (batch.yaml:14) is no part of a batch and is passed over",
      "Service (batch.yaml:21) is no part of a batch and is passed over"
    ])
    assert.deepStrictEqual(read(foreign).faults.map(({ message }) => message), [
      "holds no resource of a batch: must have one of Batch, BatchRun, Task, WorkspaceConfig, ConfigMap, Secret, found "
      + "Deployment/web, Namespace/team, Task/build-, Service"
    ])
    assert.deepStrictEqual(readBatchText({ source: "all/web.yaml", text: deployment }, "found").faults, [])
  })

  it("takes no kind of Kubernetes' own for a slip", () => {
    const kinds = [
      "Service",
      "Deployment",
      "PersistentVolumeClaim",
      "ServiceAccount",
      "Namespace",
      "Job",
      "CronJob",
      "Pod"
    ]
    for (const kind of kinds) {
      const foreign = `apiVersion: batch/v1\nkind: ${kind}\nmetadata: {name: x}\n`
      assert.deepStrictEqual(read(`${task("a")}---\n${foreign}`).passedOver.map((one) => one.kind), [kind])
    }
  })

  it("tells what is known of resources with faults", () => {
    const run = "apiVersion: kubetask.io/v1alpha1\nkind: BatchRun\nmetadata: {name: r, namespace: n}\n"
      + "spec: {batchRef: b, retry: many}\n"
    assert.deepStrictEqual(read(run).undecoded, [{ kind: "BatchRun", name: "r", namespace: "n", batchRef: "b" }])
    assert.deepStrictEqual(read(configMap("a").replace("ConfigMap", "ConfigMpa")).undecoded, [
      { kind: "ConfigMap", name: "a", namespace: null, batchRef: null }
    ])
    assert.deepStrictEqual(read("a: [").undecoded, [unknownResource])
  })

  it("knows the lines of fields, and of signs in texts however they are written", () => {
    const texts = [
      "|\n            one\n            ${{ a }} ${{ b }}\n\n            $${{ ${{ c }}\n",
      ">-\n            one\n            ${{ a }}\n            ${{ b }}\n\n            $${{ ${{ c }}\n",
      "\"one\n            ${{ a }} ${{ b }}\n\n\n            $${{ ${{ c }}\"\n"
    ]
    for (const text of texts) {
      const [only] = read(
        task("a").replace(
          "{contexts: []}",
          `\n  contexts:\n    - type: File\n      file:\n        name: a\n        source:\n`
            + `          inline: ${text}`
        )
      ).resources
      const path = ["spec", "contexts", 0, "file", "source", "inline"]
      const lines = [0, 3, 4].map((before) => only?.lineOf(path, { sign: "${{", before }))
      const written = text.split("\n")
      const lineWith = (sign: string) => written.findIndex((line) => line.includes(sign)) + 10
      assert.deepStrictEqual([only?.lineOf(path), ...lines], [10, lineWith("{{ a"), lineWith("{{ c"), 10])
    }
  })

  it("tells what is no YAML", () => {
    const texts: ReadonlyArray<readonly [text: string, fault: string]> = [
      ["a:\n\tb: 1", "batch.yaml:2: no YAML: tabs are not allowed as indentation"],
      [
        "a: [1\n",
        "batch.yaml:2: no YAML: flow sequence in block collection must be sufficiently indented and end with a ]"
      ],
      ["kind: Batch\nspec: {}\nkind: Task\n", "batch.yaml:3: the key \"kind\" is given twice"],
      ["a: !Ref x", "batch.yaml:1: no YAML: unresolved tag"],
      ["a: &a [*a]", "batch.yaml:1: an alias (*) stands for no anchor (&) before it; quotes make it a text"],
      ["a: &a x\nb: {<<: *a}", "batch.yaml:2: << merges a map, or a list of maps"],
      ["", "batch.yaml: holds no resource"],
      ["# nothing\n---\n---\nnull\n", "batch.yaml: holds no resource"],
      ["kind: List\nitems: []\n", "batch.yaml: holds no resource"]
    ]
    for (const [text, fault] of texts) assert.include(told(text), fault)
  })

  it("tells nothing of what is secret", () => {
    const hidden = "geheim"
    const texts = [
      `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {token: ${hidden}!}\nstringdata: {a: ${hidden}}\n`,
      `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {token: [${hidden}], b: {c: ${hidden}}}\n`,
      `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: ${hidden}\n`,
      `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {token: *${hidden}}\n`,
      `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  token: |${hidden}\n`,
      `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  token: "\\${hidden}"\n  b: !${hidden} x\n`,
      `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  token: @${hidden}\n`,
      `apiVersion: kubetask.io/v1alpha1\nkind: WorkspaceConfig\nmetadata: {name: s}\nspec:\n  env:\n`
      + `    - {name: A, value: "${hidden}\\0"}\n    - {name: B, value: [${hidden}]}\n    - {name: C, vlue: ${hidden}}\n`,
      `${
        task("a").replace(
          "[]",
          `[{type: Repository, repository: {org: a, repo: b, branch: c, url: "https://${hidden}@h/x"}}]`
        )
      }`
    ]
    for (const text of texts) {
      const faults = told(text)
      assert.isNotEmpty(faults, text)
      assert.notInclude(faults.join("\n"), hidden)
    }
  })

  it("bears what was made to break it", () => {
    const bomb = Array.from(
      { length: 30 },
      (_, level) =>
        `x${level}: &n${level} [${Array.from({ length: 9 }, () => level === 0 ? "x" : `*n${level - 1}`).join()}]`
    )
    assert.deepStrictEqual(told(bomb.join("\n")), ["batch.yaml: its aliases (*) repeat each other without end"])
    assert.match(told("[".repeat(50_000)).join("\n"), /^batch\.yaml(?::1)?: nested too deeply to be read$/u)
    const name = "a".repeat(100_000)
    assert.isBelow(told(`apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}!}\n`).join("").length, 1000)
    const keys = Array.from({ length: 20_000 }, (_, index) => `  k${index}: ${index}\n`)
    assert.strictEqual(read(`${configMap("a")}data:\n${keys.join("")}`).faults.length, keys.length)
  })

  for (const [kind, schema] of Object.entries(batchKinds)) {
    it.effect.prop(
      `reads each ${kind} that was written`,
      { made: Arbitrary.schema<Schema.Codec<BatchResource>>(schema) },
      ({ made }) =>
        Effect.sync(() => {
          // A status may be any JSON, which knows no -0.
          const written = JSON.stringify(made)
          for (const text of [stringify(JSON.parse(written), { aliasDuplicateObjects: false }), written]) {
            const { faults, resources } = read(text)
            assert.deepStrictEqual(faults, [])
            assert.deepStrictEqual(resources.map(({ resource }) => resource), [JSON.parse(written)])
          }
        })
    )
  }

  it.effect.prop(
    "never throws, whatever the text",
    {
      parts: Schema.Array(Schema.Literals([
        "kind: Batch\n",
        "apiVersion: v1\n",
        "metadata:\n",
        "  name: a\n",
        "spec:\n",
        "- ",
        "&a ",
        "*a ",
        "<<: ",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "? ",
        ": ",
        "!x ",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "|\n",
        "\t",
        "\0",
        "null\n"
      ]))
    },
    ({ parts }) => Effect.sync(() => assert.isArray(read(parts.join("")).faults))
  )
})

describe("duplicateFaults", () => {
  it("tells of a resource that is there already, in the same namespace", () => {
    const first = readBatchText({
      source: "one.yaml",
      text: `${configMap("a")}---\n${configMap("a", ", namespace: x")}`
    })
    const second = readBatchText({ source: "two.yaml", text: `\n${configMap("a")}---\n${task("a")}` })
    const duplicates = duplicateFaults([...first.resources, ...second.resources])
    assert.deepStrictEqual(duplicates.map(({ fault }) => describeBatchFault(fault)), [
      "two.yaml:4: ConfigMap/a: metadata.name: there is a ConfigMap of that name already, at one.yaml:1"
    ])
    const generated = read(task("a").replace("{name: a}", "{generateName: a-}")).resources
    assert.deepStrictEqual(duplicateFaults([...generated, ...generated]), [])
  })
})
