import { createHash } from "node:crypto"
import { chownSync, readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { type AgentImage, buildAgentImage, containersOf } from "./fixtures/AgentImage.ts"
import { type BatchProject, makeBatchProject, textAt } from "./fixtures/BatchProject.ts"
import { type Run, skipsEngine } from "./fixtures/CommandLine.ts"
import { seedBatch, seedBytes, seedRepositories } from "./fixtures/SeedBatch.ts"

const run = "update-dependencies-run-001"
const secret = "hush-7f3a9c51d2e8"

/** What the image runs by itself: an agent that tells what it finds, and commits. */
const agent = `set -e
for file in task.md guide.md config.json credentials.json; do
  if [ -e $file ]; then echo "$file $(stat -c %a $file) $(sha256sum < $file | cut -c 1-64)"; fi
done
find . -name .git -prune -o -type f -print | sort | tr '\\n' ' '; echo
echo "$TASK_NAMESPACE/$TASK_NAME at $WORKSPACE_DIR in $(pwd), user $(id -u):$(id -g)"
if [ -e credentials.json ]; then cat credentials.json; echo; base64 -w 0 credentials.json; echo; fi
echo kept > "$HOME/kept"
cd service-*
echo "on $(git branch --show-current), after $(git log --format=%s)"
echo "updated by $TASK_NAME" > dependencies.txt
git add dependencies.txt
git -c user.name=Agent -c user.email=agent@example.org commit --quiet --message "Update dependencies"
echo '{"summary": "Updated one dependency"}' > "$WORKSPACE_DIR/result.json"
`

/** Who runs Slipway: somebody who is not root where the test is, so that it shows whose files the agents' are. */
const user = process.getuid?.() === 0
  ? { uid: 65_534, gid: statSync("/var/run/docker.sock", { throwIfNoEntry: false })?.gid ?? 65_534 }
  : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }

const digest = (text: string): string => createHash("sha256").update(text).digest("hex")

describe.skipIf(skipsEngine)("the seed's batch with containers", () => {
  let project: BatchProject
  let image: AgentImage
  let ran: Run

  beforeAll(async () => {
    image = buildAgentImage(`ENTRYPOINT ${JSON.stringify(["/bin/sh", "-c", agent])}`)
    project = makeBatchProject(seedRepositories)
    project.write("batch.yaml", seedBatch(`  agentImage: ${image.name}`))
    for (const path of [".", ...readdirSync(project.folder, { recursive: true, encoding: "utf8" })]) {
      chownSync(join(project.folder, path), user.uid, user.gid)
    }
    const flags = ["--runner", "docker", "--publish", "branch", "--keep-workspaces", "--host", project.host]
    ran = await project.run(["batch", "run", "-f", "batch.yaml", ...flags], { user })
  })

  afterAll(() => {
    project.remove()
    image.remove()
  })

  const log = (index: number): string =>
    textAt(join(project.home, "batch/runs", run, `tasks/${index}/attempt-1/log`)) ?? ""

  it("succeeds", () => {
    assert.strictEqual(ran.code, 0, ran.stderr)
  })

  it.each([0, 1, 2])("gives task %i its files byte for byte, and its places as in a pod", (index) => {
    const files = [
      ["task.md", 644, seedBytes.task],
      ["guide.md", 644, seedBytes.guide],
      ["config.json", 644, seedBytes.configs[index] ?? ""],
      ...index === 1 ? [["credentials.json", 400, seedBytes.credentials] as const] : []
    ] as const
    const repository = `service-${"abc"[index]}`
    const names = [
      "config.json",
      ...index === 1 ? ["credentials.json"] : [],
      "guide.md",
      `${repository}/README.md`,
      "task.md"
    ]
    const branch = `slipway/${run}-task-${index}`
    const redacted = "<secret:private-credentials/service-b-creds.json>"
    assert.deepStrictEqual(
      log(index).split("\n"),
      [
        ...files.map(([name, mode, text]) => `${name} ${mode} ${digest(text)}`),
        `${names.map((name) => `./${name}`).join(" ")} `,
        `kubetask-system/${run}-task-${index} at /workspace in /workspace, user ${user.uid}:${user.gid}`,
        ...index === 1 ? [redacted, redacted] : [],
        `on ${branch}, after ${index === 2 ? "Begin develop\nBegin main" : "Begin main"}`,
        ""
      ].flatMap((line) => line.split("\n"))
    )
  })

  it("keeps the secret out of the logs, and of all that was printed", () => {
    for (const text of [log(1), ran.stdout, ran.stderr]) {
      assert.notInclude(text, secret)
      assert.notInclude(text, Buffer.from(seedBytes.credentials).toString("base64"))
    }
  })

  it("pushes what the agents committed", () => {
    for (
      const [index, name, base] of [[0, "service-a", "main"], [1, "service-b", "main"], [2, "service-c", "develop"]]
    ) {
      const range = `${base}..slipway/${run}-task-${index}`
      assert.strictEqual(
        project.inRemote(`myorg/${name}`, "-c", "safe.directory=*", "log", "--format=%an %s", "--name-status", range),
        "Agent Update dependencies\n\nA\tdependencies.txt"
      )
    }
  })

  it("leaves no container, and files that are all those of who runs it", () => {
    assert.deepStrictEqual(containersOf(run), [])
    const workspaces = join(project.home, "batch/workspaces")
    const left = readdirSync(workspaces, { recursive: true, encoding: "utf8" })
    assert.lengthOf(left.filter((path) => path.endsWith("/home/kept")), 3)
    const foreign = left.filter((path) => statSync(join(workspaces, path)).uid !== user.uid)
    assert.deepStrictEqual(foreign, [])
    const kept = left.find((path) => path.endsWith("dependencies.txt")) ?? ""
    assert.match(readFileSync(join(workspaces, kept), "utf8"), /^updated by /u)
  })

  it("tells how it stands", async () => {
    const { envelope } = await project.json(["batch", "status", run])
    assert.strictEqual(envelope.data.phase, "Succeeded")
    assert.deepStrictEqual(
      envelope.data.tasks.map((
        task: { outcome: string; result: { summary: string } }
      ) => [task.outcome, task.result.summary]),
      Array.from({ length: 3 }, () => ["Succeeded", "Updated one dependency"])
    )
  })
})
