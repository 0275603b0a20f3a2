import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Option, Result, Schema } from "effect"
import { codeSweepSample, migratedSample } from "../../testing/CodeSweepSample.ts"
import { readBatchText } from "../source/BatchFile.ts"
import { yamlDocuments } from "../source/YamlDocuments.ts"
import { migrateText } from "./Migrate.ts"

const migrated = (text: string) => Result.getOrThrow(migrateText({ source: "bundle.yaml", text }))

const unmapped = (text: string): ReadonlyArray<string> =>
  migrated(text).unmapped.map(({ line, message, path, resource }) => `${line} ${resource} ${path}: ${message}`)

const faults = (text: string) => readBatchText({ source: "bundle.yaml", text }).faults

const head = (kind: string, name = "a"): string =>
  `apiVersion: codesweep.io/v1alpha1\nkind: ${kind}\nmetadata: {name: ${name}}\n`

const bundle = (spec: string): string => `${head("Bundle")}spec:\n${spec}`

const newHead = "apiVersion: kubetask.io/v1alpha1\nkind: Batch\nmetadata: {name: a}\n"

const oneRepository = "  repositories: [{org: o, repo: r, branch: b}]\n"
const oneRepositoryNow = "  variableContexts: [[{type: Repository, repository: {org: o, repo: r, branch: b}}]]\n"

describe("migrateText", () => {
  it("brings a whole file over", () => {
    const { changes, text, unmapped: left } = migrated(codeSweepSample)
    assert.strictEqual(text, migratedSample)
    assert.deepStrictEqual(left, [])
    assert.deepStrictEqual(faults(text), [])
    assert.deepInclude(changes, {
      source: "bundle.yaml",
      line: 18,
      resource: "Bundle/update-dependencies",
      from: "spec.repositories",
      to: "spec.variableContexts"
    })
  })

  it("keeps CRLF and the mark of the byte order", () => {
    const windows = (text: string) => `\uFEFF${text.replaceAll("\n", "\r\n")}`
    assert.strictEqual(migrated(windows(codeSweepSample)).text, windows(migratedSample))
  })

  it.each([
    { name: "nothing of CodeSweep", text: "kind:   ConfigMap # codesweep\napiVersion: v1\n" },
    { name: "what was brought over", text: migratedSample },
    { name: "an empty text", text: "" },
    { name: "a ConfigMap that names it", text: "apiVersion: v1\nkind: ConfigMap\ndata: {a: codesweep.io/v1alpha1}\n" }
  ])("leaves $name alone", ({ text }) => {
    assert.deepStrictEqual(migrated(text), { text, changes: [], unmapped: [] })
  })

  it.each([
    { name: "no context", from: oneRepository, to: `  commonContext: []\n${oneRepositoryNow}` },
    {
      name: "an empty context",
      from: `  context: {}\n${oneRepository}`,
      to: `  commonContext: []\n${oneRepositoryNow}`
    },
    {
      name: "a context of nothing",
      from: `  context: # none\n${oneRepository}`,
      to: `  commonContext: [] # none\n${oneRepositoryNow}`
    },
    {
      name: "files of nothing",
      from: `  context:\n    files: ~ # c\n${oneRepository}`,
      to: `  commonContext: []\n    # c\n${oneRepositoryNow}`
    },
    {
      name: "no files",
      from: `  context:\n    files: []\n${oneRepository}`,
      to: `  commonContext: []\n${oneRepositoryNow}`
    },
    {
      name: "braces with comments in them",
      from: `${oneRepository}  context: { # a\n    files: [ # b\n      {name: f, content: x}, # c\n    ], # d\n  }\n`,
      to:
        `${oneRepositoryNow}  commonContext: # a\n    [ # b\n      {type: File, file: {name: f, source: {inline: x}}}, # c\n    ] # d\n  \n`
    },
    {
      name: "a reference that is a map",
      from: `  jobTemplateRef: { name: "claude" }\n${oneRepository}`,
      to: `  workspaceConfigRef: "claude"\n  commonContext: []\n${oneRepositoryNow}`
    },
    {
      name: "what looks like a variable",
      from: `${oneRepository}  context: {files: [{name: f, content: "a \${{ secrets.X }} $\${{"}]}\n`,
      to:
        `${oneRepositoryNow}  commonContext: [{type: File, file: {name: f, source: {inline: "a $\${{ secrets.X }} $$\${{"}}}]\n`
    },
    {
      name: "aliases and anchors",
      from:
        `  repositories:\n  - &r\n    org: o\n    repo: r\n    branch: b\n  - *r\n  - {<<: *r, repo: s}\n  - <<: *r\n    branch: c\n`,
      to:
        `  commonContext: []\n  variableContexts:\n  - - type: Repository\n      repository: &r\n        org: o\n        repo: r\n        branch: b\n  - [{type: Repository, repository: *r }]\n  - [{type: Repository, repository: {<<: *r, repo: s}}]\n  - - type: Repository\n      repository:\n        <<: *r\n        branch: c\n`
    },
    {
      name: "a source below source",
      from:
        `${oneRepository}  context:\n    files:\n    - name: f\n      source:\n        content: |2\n            x\n`,
      to:
        `${oneRepositoryNow}  commonContext:\n    - type: File\n      file:\n        name: f\n        source:\n          inline: |2\n              x\n`
    }
  ])("brings $name over", ({ from, to }) => {
    const { text, unmapped: left } = migrated(bundle(from))
    assert.strictEqual(text, `${newHead}spec:\n${to}`)
    assert.deepStrictEqual(left, [])
    assert.deepStrictEqual(faults(text), [])
    assert.strictEqual(migrated(text).text, text)
  })

  it("tells what it adds", () => {
    const told = (spec: string) =>
      migrated(bundle(spec)).changes.map(({ from, line, to }) => `${line} ${from} -> ${to}`)
    assert.include(told(oneRepository), "4 spec -> spec.commonContext: []")
    assert.include(
      told(`${oneRepository}  context:\n    files:\n    - name: f\n      content: |\n        \${{ x }}\n`),
      "9 ${{ -> $${{"
    )
  })

  it("brings JSON over as JSON", () => {
    const spec = {
      jobTemplateRef: { name: "w" },
      repositories: [{ org: "o", repo: "r", branch: "b" }],
      context: { files: [{ name: "f", content: "x" }] }
    }
    const resource = { apiVersion: "codesweep.io/v1alpha1", kind: "Bundle", metadata: { name: "a" }, spec }
    for (const indentation of [0, 2]) {
      const { text, unmapped: left } = migrated(JSON.stringify({ kind: "List", items: [resource] }, null, indentation))
      assert.deepStrictEqual(left, [])
      assert.deepStrictEqual(JSON.parse(text).items[0], {
        apiVersion: "kubetask.io/v1alpha1",
        kind: "Batch",
        metadata: { name: "a" },
        spec: {
          workspaceConfigRef: "w",
          variableContexts: [[{ type: "Repository", repository: { org: "o", repo: "r", branch: "b" } }]],
          commonContext: [{ type: "File", file: { name: "f", source: { inline: "x" } } }]
        }
      })
    }
  })

  it("takes files out of a context that holds more, which is told", () => {
    const text = bundle(
      `${oneRepository}  context:\n    prompt: p # 1\n    # 2\n    files: # 3\n    - {name: f, content: x} # 4\n    more: m`
    )
    assert.strictEqual(
      migrated(text).text,
      `${newHead}spec:\n${oneRepositoryNow}  commonContext: # 3\n    - {type: File, file: {name: f, source: {inline: x}}} # 4\n  context:\n    prompt: p # 1\n    # 2\n    more: m`
    )
    assert.deepStrictEqual(unmapped(text), [
      "6 Bundle/a spec.context: has no counterpart in Batch; known ones: commonContext, variableContexts, workspaceConfigRef"
    ])
  })

  it.each([
    { text: bundle(`${oneRepository}  parallel: 3\n`), told: "6 Bundle/a spec.parallel: has no counterpart in Batch" },
    {
      text: bundle("  repositories:\n  - org: o\n    repo: r\n"),
      told: "6 Bundle/a spec.repositories[0].branch: is missing: the branch to begin at"
    },
    {
      text: bundle("  repositories:\n  - org: o\n    repo: r\n    branch: b\n    tag: t\n"),
      told: "9 Bundle/a spec.repositories[0].tag: has no counterpart in Batch"
    },
    { text: bundle("  repositories: [o/r]\n"), told: "5 Bundle/a spec.repositories[0]: must be a" },
    {
      text: bundle(`${oneRepository}  context:\n    files:\n    - name: f\n      content: 5\n`),
      told: "9 Bundle/a spec.context.files[0].content: must be a text"
    },
    {
      text: bundle(`${oneRepository}  context:\n    files:\n    - name: f\n      content: x\n      mode: 7\n`),
      told: "10 Bundle/a spec.context.files[0].mode: has no counterpart in Batch"
    },
    {
      text: bundle(`${oneRepository}  context:\n    files:\n    - name: f\n      content: x\n      inline: y\n`),
      told: "8 Bundle/a spec.context.files[0]: is missing: where its content comes from"
    },
    {
      text: bundle(`${oneRepository}  variableContexts: []\n`),
      told: "5 Bundle/a spec.repositories: has no counterpart in Batch"
    },
    {
      text: bundle(`${oneRepository}  jobTemplateRef: {name: a, key: b}\n`),
      told: "6 Bundle/a spec.jobTemplateRef: must be"
    },
    {
      text: `${head("CodeSweepConfig")}spec: {jobTemplateRef: {name: a}}\n`,
      told: "4 CodeSweepConfig/a spec.jobTemplateRef: a Job's template has no counterpart"
    },
    { text: `${head("BundleRun")}spec: {}\n`, told: "4 BundleRun/a spec: must have exactly one of" },
    {
      text: `${head("BundleRun")}spec: {bundleSpec: {repositories: [{org: o, repo: r}]}}\n`,
      told: "4 BundleRun/a spec.bundleSpec.repositories[0].branch: is missing"
    },
    { text: `${head("Template")}`, told: "2 Template/a kind: no kind of kubetask.io stands for it" },
    { text: head("Bundle").replace("v1alpha1", "v2"), told: "1 Bundle/a apiVersion: only codesweep.io/v1alpha1" },
    {
      text: "x: &v codesweep.io/v1alpha1\napiVersion: *v\nkind: Bundle\nmetadata: {name: a}\n",
      told: "3 Bundle/a kind: apiVersion and kind must stand"
    },
    {
      text:
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: bundles.codesweep.io\n",
      told: "4 CustomResourceDefinition/bundles.codesweep.io metadata.name: batches.kubetask.io takes its place"
    },
    {
      text:
        "apiVersion: codesweep.io/v1alpha1\nkind: CodeSweepConfig\nmetadata:\n  name: a\n  labels: {codesweep.io/x: a, kubetask.io/x: b}\nspec: {}\n",
      told: "5 CodeSweepConfig/a metadata.labels[\"codesweep.io/x\"]: kubetask.io/x is there already"
    }
  ])("tells $told", ({ text, told }) => {
    const all = unmapped(text)
    assert.isTrue(all.some((line) => line.startsWith(told)), all.join("\n"))
    const { text: after } = migrated(text)
    assert.strictEqual(migrated(after).text, after)
  })

  it("brings roles over", () => {
    const role = (group: string, resources: string) =>
      `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nrules:\n- apiGroups: [ "${group}" ] # g\n  resources: ${resources}\n  verbs: ["*"]\n- apiGroups: [""]\n  resources: [bundles]\n`
    assert.strictEqual(
      migrated(role("codesweep.io", "[bundles, 'bundleruns/status', codesweepconfigs, \"*\"]")).text,
      role("kubetask.io", "[batches, 'batchruns/status', workspaceconfigs, \"*\"]")
    )
  })

  it.each([
    { text: "apiVersion: codesweep.io/v1alpha1\nkind: [", message: "no YAML" },
    { text: "a: codesweep.io\na: b\n", message: "the key \"a\" is given twice" }
  ])("refuses what is no YAML: $message", ({ message, text }) => {
    const [fault] = Result.getOrThrow(Result.flip(migrateText({ source: "bundle.yaml", text })))
    assert.include(fault?.message, message)
  })

  it.effect.prop(
    "keeps each comment and each value, is the same when done twice, and can be read",
    {
      repositories: Arbitrary.schema(Schema.Array(Item)),
      files: Arbitrary.schema(Schema.Array(Item)),
      layout: Arbitrary.schema(Layout)
    },
    ({ files, layout, repositories }) =>
      Effect.sync(() => {
        const all = repositories.length === 0 ? [plainItem] : repositories
        const text = textOf(all, files, layout)
        const result = migrated(text)
        assert.deepStrictEqual(result.unmapped, [], text)
        assert.deepStrictEqual(migrated(result.text).text, result.text)
        assert.deepStrictEqual(result.text.match(/# c\d+ .*/gu)?.toSorted(), text.match(/# c\d+ .*/gu)?.toSorted())
        const { faults: wrong, resources } = readBatchText({ source: "", text: result.text })
        assert.deepStrictEqual(wrong, [], result.text)
        const [{ resource } = { resource: null }] = resources
        assert.deepStrictEqual<unknown>(resource?.kind === "Batch" ? resource.spec : null, specOf(text), result.text)
      })
  )
})

/** How an entry of a list is written. */
const Item = Schema.Struct({
  style: Schema.Literals(["block", "below", "flow", "json", "anchored"]),
  comments: Schema.Boolean,
  source: Schema.Literals(["content", "inline", "configMapKeyRef", "secretKeyRef", "source"]),
  content: Schema.Literals(["a", "\n a\nb\n\n# d\n", "\"'", "x: y # z\n\n", "${{ x"]),
  reversed: Schema.Boolean,
  gap: Schema.Literals(["", "\n", "  \n"])
})
type Item = typeof Item.Type

const Layout = Schema.Struct({
  contextFirst: Schema.Boolean,
  flush: Schema.Boolean,
  windows: Schema.Boolean,
  unended: Schema.Boolean
})

const plainItem: Item = {
  style: "block",
  comments: true,
  source: "inline",
  content: "a",
  reversed: false,
  gap: ""
}

const repositoryOf = (index: number) => ({ org: "o", repo: `r${index}`, branch: "main" })

const fileOf = (item: Item, index: number): Readonly<Record<string, unknown>> => {
  const reference = { name: "n", key: `k${index}` }
  const isText = item.source === "content" || item.source === "inline"
  const value = item.source === "source" ? { content: item.content } : isText ? item.content : reference
  return { name: `f${index}`, [item.source]: value }
}

const OldBundle = Schema.Struct({
  spec: Schema.Struct({
    repositories: Schema.Array(Schema.Json),
    context: Schema.Struct({ files: Schema.Array(Schema.Record(Schema.String, Schema.Json)) })
  })
})

/** What a bundle says, as a batch says it. */
const specOf = (text: string) => {
  const [document] = Result.getOrThrow(yamlDocuments(text))
  const { spec } = Schema.decodeUnknownSync(OldBundle)(document?.value)
  const inline = (content: unknown) => ({ inline: String(content).replaceAll("${{", () => "$${{") })
  return {
    commonContext: spec.context.files.map(({ name, ...source }) => {
      const nested = Schema.decodeUnknownOption(Schema.Struct({ source: Schema.Struct({ content: Schema.String }) }))(
        source
      )
      const content = Option.isSome(nested) ? nested.value.source.content : source["content"] ?? source["inline"]
      return { type: "File", file: { name, source: content === undefined ? source : inline(content) } }
    }),
    variableContexts: spec.repositories.map((repository) => [{ type: "Repository", repository }])
  }
}

const textOf = (repositories: ReadonlyArray<Item>, files: ReadonlyArray<Item>, layout: typeof Layout.Type): string => {
  let count = 0
  const comment = (item: Item) => item.comments ? ` # c${count++} said` : ""
  const entry = (item: Item, value: Readonly<Record<string, unknown>>, indent: string): string => {
    const fields = item.reversed ? Object.entries(value).toReversed() : Object.entries(value)
    const before = item.comments ? `${indent}# c${count++} before\n` : ""
    if (item.style === "flow" || item.style === "json") {
      const quoted = (name: string) => item.style === "json" ? JSON.stringify(name) : name
      const inside = fields.map(([name, one]) => `${quoted(name)}: ${JSON.stringify(one)}`).join(", ")
      return `${before}${indent}- {${inside}}${comment(item)}\n${item.gap}`
    }
    const lines = fields.map(([name, one]) => `${name}: ${valueText(one, `${indent}    `)}`)
    const [first = "", ...rest] = lines.map((line) => line.includes("\n") ? line : `${line}${comment(item)}`)
    const begin = item.style === "block"
      ? `${indent}- ${first}`
      : `${indent}-${item.style === "anchored" ? ` &a${count++}` : ""}${comment(item)}\n${indent}  ${first}`
    const after = item.comments ? `\n${indent}  # c${count++} after` : ""
    return `${before}${[begin, ...rest.map((line) => `${indent}  ${line}`)].join("\n")}${after}\n${item.gap}`
  }
  const list = (items: ReadonlyArray<string>) => items.length === 0 ? " []\n" : `\n${items.join("")}`
  const flush = layout.flush ? "" : "  "
  const spec = [
    `  repositories:${list(repositories.map((item, index) => entry(item, repositoryOf(index), `  ${flush}`)))}`,
    `  context: # c${count++} context\n    files:${
      list(files.map((item, index) => entry(item, fileOf(item, index), `    ${flush}`)))
    }`
  ]
  const text = bundle((layout.contextFirst ? spec.toReversed() : spec).join(""))
  const ended = layout.unended ? text.trimEnd() : text
  return layout.windows ? ended.replaceAll("\n", "\r\n") : ended
}

const valueText = (value: unknown, indent: string): string => {
  if (typeof value !== "string") {
    const fields = typeof value === "object" && value !== null ? Object.entries(value) : []
    return fields.map(([name, one]) => `\n${indent}${name}: ${valueText(one, `${indent}  `)}`).join("")
  }
  if (!value.endsWith("\n") || value.startsWith("\n")) return JSON.stringify(value)
  const lines = value.slice(0, -1).split("\n").map((line) => line === "" ? "" : `${indent}${line}`)
  return `${value.endsWith("\n\n") ? "|+" : "|"}\n${lines.join("\n")}`
}
