import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import {
  configMap,
  configMapFile,
  inlineFile,
  repository,
  runInput,
  sampleNamespace,
  secret,
  secretFile,
  updateDependencies,
  updateDependenciesResources,
  updateDependenciesRun,
  updateDependenciesValues,
  updateServiceA
} from "../../testing/UpdateDependenciesSample.ts"
import { batchPlanOf } from "../BatchPlanOf.ts"
import type {
  Batch,
  BatchRun,
  BatchRunSpec,
  ConfigMap,
  Task,
  WorkspaceConfig,
  WorkspaceConfigSpec
} from "../kinds/Kinds.ts"
import type { TaskContext } from "../kinds/TaskContext.ts"
import { RunSnapshot } from "../record/RunSnapshot.ts"
import { describeBatchFault } from "../source/BatchProblem.ts"
import { base64OfText } from "./Base64Text.ts"
import { makeRun } from "./MakeSnapshot.ts"

const made = (...args: Parameters<typeof runInput>) => Result.getOrThrow(makeRun(runInput(...args)))
const faults = (...args: Parameters<typeof runInput>) =>
  Result.getOrThrow(Result.flip(makeRun(runInput(...args)))).map(describeBatchFault)

const workspaceConfig = (name: string, spec: WorkspaceConfigSpec, namespace = sampleNamespace): WorkspaceConfig => ({
  apiVersion: "kubetask.io/v1alpha1",
  kind: "WorkspaceConfig",
  metadata: { name, namespace },
  spec
})

const batch = (...contexts: ReadonlyArray<TaskContext>): Batch => ({
  ...updateDependencies,
  metadata: { name: "fix", namespace: sampleNamespace },
  spec: { commonContext: [], variableContexts: [contexts] }
})

const batchRun = (spec: BatchRunSpec, metadata: BatchRun["metadata"] = updateDependenciesRun.metadata): BatchRun => ({
  ...updateDependenciesRun,
  metadata,
  spec
})

describe("makeRun", () => {
  it("makes the seed's run", () => {
    const { snapshot, values } = made(updateDependenciesResources)
    assert.deepStrictEqual(snapshot, {
      schema: "slipway/batch-run/v1",
      uid: "u1",
      name: "update-dependencies-run-001",
      namespace: "kubetask-system",
      kind: "BatchRun",
      batch: "update-dependencies",
      labels: { team: "platform", jira: "PROJ-1234" },
      commonContext: updateDependencies.spec.commonContext,
      variableContexts: updateDependencies.spec.variableContexts,
      policy: {
        maxParallel: 4,
        maxFailures: null,
        failFast: false,
        timeoutSeconds: null,
        taskTimeoutSeconds: null,
        retry: 0,
        ttlSecondsAfterFinished: null
      },
      suspend: false,
      cancel: false,
      runner: "docker",
      agent: { workspaceConfig: null, image: "quay.io/zhaoxue/kubetask-agent:latest", command: null, env: [] },
      publish: "never",
      hostTemplate: "https://github.com/{org}/{repo}.git",
      keepWorkspaces: false,
      specHash: snapshot.specHash,
      createdAt: "2025-01-18T10:00:00.000Z",
      warnings: []
    })
    assert.deepStrictEqual(Object.keys(values.configMaps["dep-configs"] ?? {}), [
      "service-a.json",
      "service-b.json",
      "service-c.json"
    ])
    assert.deepStrictEqual(values.secrets, {
      "private-credentials": { "service-b-creds.json": base64OfText("hush-hush-1") }
    })
    assert.deepStrictEqual(Schema.decodeUnknownSync(RunSnapshot)(JSON.parse(JSON.stringify(snapshot))), snapshot)
    assert.deepStrictEqual(batchPlanOf(snapshot).tasks.map(({ name, urls }) => [name, urls]), [
      ["update-dependencies-run-001-task-0", ["https://github.com/myorg/service-a.git"]],
      ["update-dependencies-run-001-task-1", ["https://github.com/myorg/service-b.git"]],
      ["update-dependencies-run-001-task-2", ["https://github.com/myorg/service-c.git"]]
    ])
  })

  it("hashes what the tasks are made of: ConfigMaps by value, Secrets by name", () => {
    const { specHash } = made(updateDependenciesResources).snapshot
    const changed = (name: string, data: Readonly<Record<string, string>>) =>
      made([...updateDependenciesResources.filter(({ metadata }) => metadata.name !== name), configMap(name, data)])
        .snapshot.specHash
    assert.match(specHash, /^[0-9a-f]{64}$/u)
    assert.strictEqual(made(updateDependenciesResources, { name: "other" }, { uid: "u2" }).snapshot.specHash, specHash)
    assert.notStrictEqual(changed("workflow-guides", { "standard-pr-workflow.md": "x" }), specHash)
    const others = updateDependenciesResources.filter(({ kind }) => kind !== "Secret")
    const otherSecret = made([...others, secret("private-credentials", { "service-b-creds.json": "another" })])
    assert.strictEqual(otherSecret.snapshot.specHash, specHash)
  })

  it("makes a run of a Task, of an inline batchSpec, of a bare Batch", () => {
    const task = made([updateServiceA, ...updateDependenciesResources], {}, { kind: "Task" }).snapshot
    assert.deepInclude(task, { kind: "Task", name: "update-service-a", batch: null, labels: { team: "platform" } })
    assert.deepStrictEqual(task.variableContexts, [updateServiceA.spec.contexts])
    const inline = made([batchRun({ batchSpec: batch(repository("shop")).spec })]).snapshot
    assert.deepInclude(inline, { kind: "BatchRun", batch: null, variableContexts: [[repository("shop")]] })
    assert.deepInclude(made([batch(repository("shop"))]).snapshot, { name: "fix-x7k2p", batch: "fix" })
  })

  it("takes what the BatchRun and flags say", () => {
    const run = batchRun({ batchRef: "fix", publish: "branch", suspend: true, timeout: "1h" })
    const { snapshot } = made([batch(), run], {
      host: "gitlab",
      command: ["./agent", "-x"],
      keepWorkspaces: true,
      timeout: "5m",
      name: "mine"
    })
    assert.deepInclude(snapshot, {
      name: "mine",
      publish: "branch",
      suspend: true,
      runner: "process",
      keepWorkspaces: true,
      hostTemplate: "https://gitlab.com/{org}/{repo}.git"
    })
    assert.strictEqual(snapshot.policy.timeoutSeconds, 300)
    assert.deepStrictEqual(snapshot.agent.command, ["./agent", "-x"])
  })

  describe("names", () => {
    const named = (metadata: BatchRun["metadata"]) =>
      made([batch(), batchRun({ batchRef: "fix" }, metadata)]).snapshot.name
    const namespace = sampleNamespace
    it("generates those that are not given, cut so that they fit", () => {
      assert.strictEqual(named({ generateName: "update-deps-", namespace }), "update-deps-x7k2p")
      assert.strictEqual(named({ generateName: "a".repeat(60), namespace }), `${"a".repeat(49)}x7k2p`)
      const long = { ...batch(), metadata: { name: `${"b".repeat(47)}-${"c".repeat(15)}`, namespace } }
      assert.strictEqual(made([long]).snapshot.name, `${"b".repeat(47)}-x7k2p`)
    })
    it("refuses those that do not fit", () => {
      assert.deepStrictEqual(faults([batch()], { name: "Mine", namespace: "No Such" }), [
        "--name: must be of lower-case letters, digits and hyphens and begin and end with a letter or digit to name a run, found \"Mine\"",
        "--namespace: must be at most 63 lower-case letters, digits and hyphens and begin and end with a letter or digit, found \"No Such\""
      ])
      const run = batchRun({ batchRef: "fix" }, { name: "a".repeat(55), namespace })
      assert.include(
        faults([batch(), run])[0],
        "metadata.name: must have at most 54 characters to name a run, found 55"
      )
    })
  })

  describe("what is to run", () => {
    const other = { ...updateDependenciesRun, metadata: { name: "second", namespace: sampleNamespace } }
    const all = [...updateDependenciesResources, updateServiceA]
    it("is what select names", () => {
      assert.strictEqual(made([...all, other], { select: "second" }).snapshot.name, "second")
      assert.strictEqual(made(all, { select: "update-dependencies" }).snapshot.name, "update-dependencies-x7k2p")
      assert.strictEqual(made(all, { select: "Task/update-service-a" }).snapshot.kind, "Task")
    })
    it("must be one", () => {
      assert.deepStrictEqual(faults([...updateDependenciesResources, other]), [
        "NAME: must say which one is to run: BatchRun/update-dependencies-run-001 (batch.yaml:11), BatchRun/second (batch.yaml:51)"
      ])
      assert.deepStrictEqual(faults(updateDependenciesValues), ["no Batch, BatchRun or Task is in the files"])
      assert.deepStrictEqual(faults([updateDependencies], {}, { kind: "Task" }), ["no Task is in the files"])
      assert.deepStrictEqual(faults(all, { select: "update-dependencis" }), [
        "NAME: nothing is called \"update-dependencis\"; did you mean update-dependencies?"
      ])
    })
    it("needs its Batch, in its namespace", () => {
      const of = (batchRef: string, namespace: string) =>
        faults([updateDependencies, batchRun({ batchRef }, { name: "run", namespace })])
      assert.deepStrictEqual(of("update-dependency", sampleNamespace), [
        "batch.yaml:11: BatchRun/run: spec.batchRef: Batch \"update-dependency\" not found in namespace \"kubetask-system\"; did you mean update-dependencies?"
      ])
      assert.deepStrictEqual(of("update-dependencies", "team-a"), [
        "batch.yaml:11: BatchRun/run: spec.batchRef: Batch \"update-dependencies\" not found in namespace \"team-a\"; there is one in namespace \"kubetask-system\""
      ])
      assert.include(
        faults([updateDependencies, updateDependencies, updateDependenciesRun])[0],
        "more than once: batch.yaml:1, batch.yaml:11"
      )
    })
    it("gives what names no namespace that of the run", () => {
      const nameless = updateDependenciesResources.map((resource) =>
        resource.kind === "BatchRun" ? resource : { ...resource, metadata: { name: resource.metadata.name ?? "" } }
      )
      assert.strictEqual(made(nameless).snapshot.namespace, sampleNamespace)
      const bare = { ...batch(), metadata: { name: "fix" } }
      assert.strictEqual(made([bare]).snapshot.namespace, "default")
      assert.strictEqual(made([bare], { namespace: "team-a" }).snapshot.namespace, "team-a")
      assert.strictEqual(made([batch()], { namespace: "team-a" }).snapshot.namespace, sampleNamespace)
    })
  })

  describe("the WorkspaceConfig", () => {
    const configs = ["default", "of-batch", "of-run"].map((name) => workspaceConfig(name, { agentImage: `${name}:v1` }))
    const image = (
      ofRun: string | undefined,
      ofBatch: string | undefined,
      ...there: ReadonlyArray<WorkspaceConfig>
    ) => {
      const ref = (name: string | undefined) => name === undefined ? {} : { workspaceConfigRef: name }
      const { metadata, spec } = batch()
      const of = { ...batch(), metadata, spec: { ...spec, ...ref(ofBatch) } }
      return made([of, batchRun({ batchRef: "fix", ...ref(ofRun) }), ...there]).snapshot.agent.image
    }
    it("is that of the run, of the batch, default, or built in", () => {
      assert.strictEqual(image("of-run", "of-batch", ...configs), "of-run:v1")
      assert.strictEqual(image(undefined, "of-batch", ...configs), "of-batch:v1")
      assert.strictEqual(image(undefined, undefined, ...configs), "default:v1")
      assert.strictEqual(image(undefined, undefined), "quay.io/zhaoxue/kubetask-agent:latest")
      const elsewhere = workspaceConfig("default", { agentImage: "x" }, "team-a")
      assert.strictEqual(image(undefined, undefined, elsewhere), "quay.io/zhaoxue/kubetask-agent:latest")
      assert.strictEqual(
        image(undefined, undefined, workspaceConfig("default", {})),
        "quay.io/zhaoxue/kubetask-agent:latest"
      )
    })
    it("must be there when it is named", () => {
      const task: Task = { ...updateServiceA, spec: { contexts: [], workspaceConfigRef: "of-bach" } }
      assert.deepStrictEqual(faults([task, ...configs]), [
        "batch.yaml:1: Task/update-service-a: spec.workspaceConfigRef: WorkspaceConfig \"of-bach\" not found in namespace \"kubetask-system\"; did you mean of-batch?"
      ])
    })
    it("must have a command for processes", () => {
      assert.deepStrictEqual(faults([batch()], { runner: "process" }), [
        "--runner: process needs a command, and there is no WorkspaceConfig with one: give it one, or --command, or take --runner docker"
      ])
      assert.include(
        faults([batch(), workspaceConfig("default", {})], { runner: "process" })[0],
        "WorkspaceConfig \"default\" has none"
      )
      assert.strictEqual(made([batch(), workspaceConfig("default", { command: "claude" })]).snapshot.runner, "process")
      assert.deepStrictEqual(faults([batch()], { command: [] }), ["--command: must name a program"])
    })
    it("limits memory and processors", () => {
      const limits = (resources: NonNullable<WorkspaceConfig["spec"]["resources"]>) =>
        made([batch(), workspaceConfig("default", { resources })]).snapshot.agent.limits
      assert.deepStrictEqual(limits({ limits: { memory: "1Gi", cpu: "500m" }, requests: { cpu: 1 } }), {
        memoryBytes: 2 ** 30,
        nanoCpus: 5e8
      })
      assert.isUndefined(limits({ requests: { memory: "1Gi" } }))
    })
    it("has variables with values of the same namespace", () => {
      const valueFrom = { secretKeyRef: { name: "keys", key: "token" } }
      const config = workspaceConfig("default", { env: [{ name: "MODE", value: "x" }, { name: "TOKEN", valueFrom }] })
      const { snapshot, values } = made([batch(), config, secret("keys", { token: "hush" })])
      assert.deepStrictEqual(values.secrets, { keys: { token: base64OfText("hush") } })
      assert.deepStrictEqual(snapshot.agent.env, config.spec.env)
      assert.deepStrictEqual(faults([batch(), config]), [
        "batch.yaml:11: WorkspaceConfig/default: spec.env[1].valueFrom.secretKeyRef.name: Secret \"keys\" not found in namespace \"kubetask-system\""
      ])
    })
  })

  describe("values", () => {
    it("must be there, by the path of what refers to them", () => {
      const secrets = secret("private-credentials", { "service-b-cred.json": "hush-hush-1" })
      const resources = [...updateDependenciesResources.filter(({ kind }) => kind !== "Secret"), secrets]
      assert.deepStrictEqual(faults(resources), [
        "batch.yaml:1: Batch/update-dependencies: spec.variableContexts[1][2].file.source.secretKeyRef.key: Secret \"private-credentials\" has no key \"service-b-creds.json\"; did you mean service-b-cred.json?"
      ])
      assert.deepStrictEqual(faults([updateDependencies, ...updateDependenciesValues.slice(1)]), [
        "batch.yaml:1: Batch/update-dependencies: spec.commonContext[1].file.source.configMapKeyRef.name: ConfigMap \"workflow-guides\" not found in namespace \"kubetask-system\""
      ])
      const inline = batchRun({ batchSpec: batch(configMapFile("a", "c", "nothing")).spec })
      assert.include(
        faults([inline, configMap("c", { one: "1", two: "2" })])[0],
        "BatchRun/update-dependencies-run-001: spec.batchSpec.variableContexts[0][0].file.source.configMapKeyRef.key: ConfigMap \"c\" has no key \"nothing\"; it has one, two"
      )
    })

    it("are read from data, stringData, binaryData and folders, folders first", () => {
      const refs = batch(
        secretFile("a", "s", "both"),
        secretFile("b", "s", "folder"),
        configMapFile("c", "c", "binary"),
        configMapFile("d", "any", "key"),
        secretFile("e", "any", "key")
      )
      const both = {
        ...secret("s", { both: "string" }),
        data: { both: base64OfText("data"), folder: base64OfText("no") }
      }
      const binary: ConfigMap = { ...configMap("c", {}), binaryData: { binary: "AP\n/+\n" } }
      const { values } = made([refs, both, binary], {}, {
        folderValues: [
          { kind: "Secret", name: "s", key: "folder", bytes: new Uint8Array([102]) },
          { kind: "ConfigMap", name: "s", key: "both", bytes: new Uint8Array([0]) },
          { kind: "any", name: "any", key: "key", bytes: new Uint8Array([1, 255]) }
        ]
      })
      assert.deepStrictEqual(values, {
        configMaps: { c: { binary: "AP/+" }, any: { key: "Af8=" } },
        secrets: { s: { both: base64OfText("string"), folder: "Zg==" }, any: { key: "Af8=" } }
      })
    })

    it("must be base64 where they should, and are not told when they are not", () => {
      const bad = { ...secret("s", {}), data: { key: "hush*" } }
      const [fault] = faults([batch(secretFile("a", "s", "key")), bad])
      assert.include(fault, "secretKeyRef.key: Secret \"s\" has no base64 at \"key\"")
      assert.notInclude(fault, "hush")
    })

    it("of a repository's Secret must fit its URL", () => {
      const at = "batch.yaml:1: Batch/fix: spec.variableContexts[0][0].repository.secretRef.name: Secret \"git\" "
      const shop = batch(repository("shop", { secretRef: { name: "git" } }))
      const { values } = made([shop, secret("git", { token: "t", username: "u", unused: "x" })])
      assert.deepStrictEqual(Object.keys(values.secrets["git"] ?? {}), ["username", "token"])
      assert.deepStrictEqual(faults([shop]), [`${at}not found in namespace "kubetask-system"`])
      assert.deepStrictEqual(faults([shop, secret("git", { "ssh-privatekey": "k" })]), [
        `${at}has neither a key "token" nor "username" and "password", one of which the URL needs`
      ])
      assert.deepStrictEqual(faults([shop, secret("git", { password: "p" })]), [
        `${at}has a key "password" but no key "username"`
      ])
      assert.deepStrictEqual(faults([shop, secret("git", { token: "t" })], { host: "github-ssh" }), [
        `${at}has no key "ssh-privatekey", which a URL for SSH needs`
      ])
    })

    it.effect.prop(
      "of Secrets are in no snapshot",
      { secrets: Schema.Array(Schema.String.pipe(Schema.check(Schema.isMinLength(6)))) },
      ({ secrets }) =>
        Effect.sync(() => {
          const marked = secrets.map((text, index) => `hush-${index}-${text}`)
          const contexts = marked.map((_, index) => secretFile(`file-${index}`, "s", `key-${index}`))
          const data = Object.fromEntries(marked.map((text, index) => [`key-${index}`, text]))
          const { snapshot } = made([batch(...contexts), secret("s", data)])
          const text = JSON.stringify(snapshot)
          for (const value of marked) {
            assert.notInclude(text, value)
            assert.notInclude(text, JSON.stringify(value).slice(1, -1))
            assert.notInclude(text, base64OfText(value))
          }
        })
    )
  })

  it("tells of variables that are unknown, or of a repository that a task has not", () => {
    const { spec, ...rest } = batch()
    const source = {
      ...spec,
      commonContext: [inlineFile("task.md", "a\n${{ repository.repo }}")],
      variableContexts: [[repository("shop")], [inlineFile("x", "${{ repositry.org }}")], []]
    }
    assert.deepStrictEqual(faults([{ ...rest, spec: source }]), [
      "batch.yaml:1: Batch/fix: spec.commonContext[0].file.source.inline: ${{ repository.repo }} stands for nothing in tasks 1 and 2, without a repository",
      "batch.yaml:1: Batch/fix: spec.variableContexts[1][0].file.source.inline: unknown variable ${{ repositry.org }}; did you mean repository.org?"
    ])
  })

  it("opens no pull requests", () => {
    const reason = "draft opens pull requests, which is not possible yet; branch pushes the branches alone"
    assert.deepStrictEqual(faults([batch()], { publish: "draft" }), [`--publish: ${reason}`])
    assert.deepStrictEqual(faults([batch(), batchRun({ batchRef: "fix", publish: "draft" })]), [
      `batch.yaml:11: BatchRun/update-dependencies-run-001: spec.publish: ${reason}`
    ])
    assert.strictEqual(made([batch()], { publish: "branch" }).snapshot.publish, "branch")
  })

  it("keeps a warning of a name given twice", () =>
    assert.deepStrictEqual(made([batch(inlineFile("a", "1"), inlineFile("a", "2"))]).snapshot.warnings, [
      "a is given twice in every task; the later one is used"
    ]))

  it("tells of all faults at once", () => {
    const run = batchRun({ batchRef: "fix", workspaceConfigRef: "none", retry: 11 })
    const contexts = [secretFile("a", "none", "key"), inlineFile("a/b", "${{ x }}")]
    const paths = Result.getOrThrow(Result.flip(makeRun(runInput([batch(...contexts), run], {
      host: "x",
      name: "X",
      timeout: "x",
      publish: "ready"
    })))).map(({ path }) => path)
    assert.deepStrictEqual(paths, [
      "--timeout",
      "--name",
      "--host",
      "--publish",
      "spec.workspaceConfigRef",
      "spec.retry",
      "spec.variableContexts[0][1].file.source.inline",
      "spec.variableContexts[0][0].file.source.secretKeyRef.name",
      "spec.variableContexts[0][1].file.name"
    ])
  })
})
