import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { assertExit, batchOf, type BatchProject, makeBatchProject, textAt } from "./fixtures/BatchProject.ts"
import { bundle } from "./fixtures/CommandLine.ts"
import { cleanVariables, git } from "./fixtures/SampleProject.ts"
import { seedExample } from "./fixtures/SeedBatch.ts"

const config = (name: string, spec: string, namespace = "team-platform") =>
  `---
apiVersion: kubetask.io/v1alpha1
kind: WorkspaceConfig
metadata: {name: ${name}, namespace: ${namespace}}
spec: ${spec}
`

const batch = (fields = "", runFields = "", namespace = "\n  namespace: team-platform") =>
  `---
apiVersion: kubetask.io/v1alpha1
kind: Batch
metadata:
  name: update-with-gemini${namespace}
spec:${fields}
  commonContext:
    - type: File
      file:
        name: task.md
        source:
          inline: "Update dependencies"
  variableContexts:
    - [{type: Repository, repository: {org: myorg, repo: service-a, branch: main}}]
---
apiVersion: kubetask.io/v1alpha1
kind: BatchRun
metadata:
  name: update-deps-001${namespace}
spec:${runFields}
  batchRef: update-with-gemini
`

const own = "{agentImage: quay.io/myorg/own-agent:v1.0}"
const gemini = "{agentImage: quay.io/myorg/gemini-agent:v1.0}"

const task = seedExample("Task", "update-service-a")

const guide = "# Workflow\r\nno line end"
const settings = "{\"service\":\"a\"}\n"

describe("what a run is made of", () => {
  let project: BatchProject

  beforeEach(() => {
    project = makeBatchProject({ "myorg/service-a": ["main"] })
  })

  afterEach(() => project.remove())

  const plan = async (text: string, ...flags: ReadonlyArray<string>) =>
    (await project.json(["batch", "plan", "-f", "-", ...flags], { input: text })).envelope

  it("is the WorkspaceConfig that the seed's order finds", async () => {
    const all = config("default", own) + config("gemini-workspace", gemini)
    const named = "\n  workspaceConfigRef: gemini-workspace"
    const [byDefault, byBatch, byRun, builtIn, elsewhere] = await Promise.all([
      plan(batch() + all),
      plan(batch(named) + all),
      plan(batch(named, "\n  workspaceConfigRef: default") + all),
      plan(batch()),
      plan(batch() + config("default", own, "other"))
    ])
    assert.deepStrictEqual(
      [byDefault, byBatch, byRun, builtIn, elsewhere].map((
        { data }
      ) => [data.agent.workspaceConfig ?? null, data.agent.image]),
      [
        ["default", "quay.io/myorg/own-agent:v1.0"],
        ["gemini-workspace", "quay.io/myorg/gemini-agent:v1.0"],
        ["default", "quay.io/myorg/own-agent:v1.0"],
        [null, "quay.io/zhaoxue/kubetask-agent:latest"],
        [null, "quay.io/zhaoxue/kubetask-agent:latest"]
      ]
    )
    const [missing, nearly] = await Promise.all([
      plan(batch(named) + config("default", own)),
      plan(batch(named) + config("gemini-workspace", gemini, "other"))
    ])
    for (const { error } of [missing, nearly]) {
      assert.strictEqual(error?.code, "batch-invalid")
      assert.include(error?.message, "WorkspaceConfig \"gemini-workspace\" not found in namespace \"team-platform\"")
    }
  })

  it("is of the namespace that the files or --namespace say", async () => {
    const text = batch("", "", "") + config("default", own)
    const [none, given, own_] = await Promise.all([
      plan(text),
      plan(text, "--namespace", "team-platform"),
      plan(batch() + config("default", own), "-n", "other")
    ])
    assert.deepStrictEqual(
      [none, given, own_].map(({ data }) => [data.namespace, data.agent.workspaceConfig ?? null]),
      [
        ["default", null],
        ["team-platform", "default"],
        ["team-platform", "default"]
      ]
    )
  })

  it("is chosen by name where several could be meant", async () => {
    const text = batch() +
      batch().replaceAll("update-with-gemini", "second").replaceAll("update-deps-001", "update-deps-002")
    const open = await plan(text)
    assert.strictEqual(open.error?.code, "batch-invalid")
    assert.include(open.error?.message, "NAME: must say which one is to run: BatchRun/update-deps-001")
    const chosen = await project.json(["batch", "plan", "-f", "-", "update-deps-002"], { input: text })
    assert.strictEqual(chosen.envelope.data.batch, "second")
    const unknown = await project.json(["batch", "plan", "-f", "-", "update-deps-003"], { input: text })
    assert.include(
      unknown.envelope.error?.message,
      "nothing is called \"update-deps-003\"; did you mean update-deps-00"
    )
  })

  describe("with the seed's Task", () => {
    const agent = "cat guide.md config.json; test \"$TASK_NAME\" = update-service-a; cd service-a; echo x > new.txt"

    const layouts: Readonly<Record<string, (write: BatchProject["write"]) => void>> = {
      "manifests": (write) => {
        const map = (name: string, key: string, text: string) =>
          `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {${key}: ${JSON.stringify(text)}}\n`
        write("values/guides.yaml", map("workflow-guides", "standard-pr-workflow.md", guide))
        write("values/configs.yml", map("dep-configs", "service-a.json", settings))
      },
      "folders of both kinds": (write) => {
        write("values/configmaps/workflow-guides/standard-pr-workflow.md", guide)
        write("values/configmaps/dep-configs/service-a.json", settings)
      },
      "plain folders": (write) => {
        write("values/workflow-guides/standard-pr-workflow.md", guide)
        write("values/dep-configs/service-a.json", settings)
      }
    }

    it.each(Object.keys(layouts))("runs it with values from %s", async (layout) => {
      layouts[layout]?.(project.write)
      const line = ["task", "run", "-f", "-", "--from-dir", "values", "--host", project.host, "--publish", "branch"]
      const ran = await project.json([...line, "--runner", "process", "--command", agent], { input: task })
      assertExit(ran, 0)
      const { data } = ran.envelope
      assert.deepStrictEqual(
        [data.name, data.kind, data.namespace, data.tasks[0].name, data.labels],
        ["update-service-a", "Task", "kubetask-system", "update-service-a", { team: "platform" }]
      )
      const log = join(project.home, "batch/runs/update-service-a/tasks/0/attempt-1/log")
      assert.strictEqual(textAt(log), guide + settings)
      assert.include(project.inRemote("myorg/service-a", "branch", "--list"), "slipway/update-service-a")
    })
  })

  it("may be read while stdin is closed, and says so when it was to be read from there", () => {
    project.write("batch.yaml", batchOf("closed", "cat; cd service-a; echo x > new.txt", ["service-a"]))
    const closed = (...args: ReadonlyArray<string>) =>
      spawnSync("sh", ["-c", "exec \"$@\" <&-", "sh", process.execPath, bundle, ...args, "--host", project.host], {
        cwd: project.root,
        encoding: "utf8",
        env: { ...cleanVariables(), SLIPWAY_HOME: project.home }
      })
    const ran = closed("batch", "run", "-f", "batch.yaml")
    assert.strictEqual(ran.status, 0, ran.stderr)
    const unread = closed("batch", "run", "-f", "-")
    assert.deepStrictEqual([unread.status, unread.stdout], [2, ""])
    assert.include(unread.stderr, "-: holds no resource")
  })

  it("never leads out of the workspace through a link of the repository", async () => {
    const outside = join(project.folder, "outside")
    mkdirSync(outside)
    writeFileSync(join(outside, "known.txt"), "untouched")
    const work = join(project.folder, "work")
    git(dirname(work), "clone", "--quiet", project.remote("myorg/service-a"), work)
    symlinkSync(outside, join(work, "config"))
    symlinkSync(join(outside, "known.txt"), join(work, "known.txt"))
    git(work, "add", "--all")
    git(work, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", "Link")
    git(work, "push", "--quiet")
    for (const [index, name] of ["service-a/config/new.txt", "service-a/known.txt"].entries()) {
      const text = batchOf(`link-${index}`, "cat service-a/known.txt", ["service-a"])
      project.write("batch.yaml", text.replace("name: task.md", `name: ${name}`))
      const ran = await project.json(["batch", "run", "-f", "batch.yaml", "--host", project.host])
      assertExit(ran, 1)
      const [{ reason, result }] = ran.envelope.data.tasks
      assert.strictEqual(reason, "FileUnwritable")
      assert.include(result.message, `cannot write ${name} into the workspace`)
    }
    assert.deepStrictEqual(readdirSync(outside), ["known.txt"])
    assert.strictEqual(textAt(join(outside, "known.txt")), "untouched")
  })
})
