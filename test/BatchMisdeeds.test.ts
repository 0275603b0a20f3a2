import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, assert, beforeAll, beforeEach, describe, it } from "vitest"
import { assertExit, batchOf, type BatchProject, makeBatchProject } from "./fixtures/BatchProject.ts"
import type { Run } from "./fixtures/CommandLine.ts"

interface TaskData {
  readonly outcome: string
  readonly reason?: string
  readonly result: {
    readonly summary?: string
    readonly message?: string
    readonly resultFault?: string
    readonly repositories: ReadonlyArray<{ readonly filesChanged: number; readonly commits: number }>
  }
}

const commit = "git -c user.name=Agent -c user.email=agent@example.org commit --quiet --message"

/** What agents do, and what must come of it. Each has a repository of its own. */
const misdeeds: Readonly<Record<string, readonly [line: string, outcome: string, reason: string | null]>> = {
  "writes a result that is no JSON": [
    "echo '{' > result.json; echo changed > $R/new.txt",
    "Succeeded",
    "ResultUnreadable"
  ],
  "writes a result of 2 MiB": [
    "(printf '\"'; head -c 2097152 /dev/zero | tr '\\0' x; printf '\"') > result.json; echo changed > $R/new.txt",
    "Succeeded",
    "ResultUnreadable"
  ],
  "links its result to a secret of the machine": [
    "ln -s /etc/passwd result.json; echo x > $R/new.txt",
    "Succeeded",
    "ResultUnreadable"
  ],
  "makes its result a pipe": ["mkfifo result.json; echo x > $R/new.txt", "Succeeded", "ResultUnreadable"],
  "makes its result a folder": ["mkdir result.json; echo x > $R/new.txt", "Succeeded", "ResultUnreadable"],
  "deletes its workspace": ["rm -rf \"$WORKSPACE_DIR\"", "Failed", "RepositoryGone"],
  "deletes its repository": ["rm -rf $R", "Failed", "RepositoryGone"],
  "deletes the folder of git": ["rm -rf $R/.git; echo x > $R/new.txt", "Failed", "RepositoryGone"],
  "makes folders that cannot be written to": [
    "cd $R; mkdir -p a/b; echo x > a/b/c; chmod 0 a/b/c; chmod 500 a/b; chmod 500 a",
    "Succeeded",
    null
  ],
  "commits hooks, and sets them up": [
    `cd $R; mkdir -p hooks; for hook in pre-commit post-checkout pre-push reference-transaction post-index-change; do
printf '#!/bin/sh\\ntouch "$HOOKED"\\n' > hooks/$hook; chmod 755 hooks/$hook; mkdir -p .git/hooks; cp hooks/$hook .git/hooks/; done
git add hooks; ${commit} Hooks; rm -f "$HOOKED"; git config core.hooksPath hooks; git config core.fsmonitor hooks/pre-commit
git config filter.x.clean 'touch "$HOOKED"; cat'; echo '* filter=x' > .gitattributes; rm -f "$HOOKED"`,
    "Succeeded",
    null
  ],
  "leaves links that lead away, and in circles": [
    "ln -s / root; ln -s .. up; cd $R; ln -s / root; ln -s loop loop",
    "Succeeded",
    null
  ],
  "leaves things of others, and what nobody may change": [
    "echo x > $R/new.txt; chown -R 12345:12345 $R/new.txt 2> /dev/null; echo y > held; chattr +i held 2> /dev/null; true",
    "Succeeded",
    null
  ]
}

const names = Object.keys(misdeeds)

describe("agents that spoil what they are given", () => {
  let project: BatchProject
  let ran: Run
  let tasks: ReadonlyArray<TaskData>

  beforeAll(async () => {
    const repositories = names.map((_, index) => `service-${index}`)
    project = makeBatchProject(Object.fromEntries(repositories.map((name) => [`myorg/${name}`, ["main"]])))
    const lines = Object.values(misdeeds).map(([line], index) => `*-${index}) ${line};;`)
    const agent = `HOOKED=${join(project.folder, "hooked")}; export HOOKED; R=$(echo service-*)\ncase $TASK_NAME in\n${
      lines.join("\n")
    }\nesac`
    project.write("batch.yaml", batchOf("bad", agent, repositories))
    const answer = await project.json([
      "batch",
      "run",
      "-f",
      "batch.yaml",
      "--host",
      project.host,
      "--publish",
      "branch"
    ])
    ran = answer
    tasks = answer.envelope.data.tasks
  })

  afterAll(() => {
    execFileSync("sh", ["-c", "chattr -R -i \"$0\" 2> /dev/null || true", project.home], { stdio: "ignore" })
    project.remove()
  })

  it.each(names)("one that %s", (name) => {
    const [, outcome, reason] = misdeeds[name] ?? []
    const task = tasks[names.indexOf(name)]
    assert.deepStrictEqual([task?.outcome, task?.reason ?? null], [outcome, reason], JSON.stringify(task?.result))
  })

  it("have run nothing in Slipway's name", () => {
    assert.isFalse(existsSync(join(project.folder, "hooked")))
  })

  it("leave no workspace but one that cannot be removed, and that is told", () => {
    assertExit(ran, 1)
    const left = project.workspaces().filter((path) => path.endsWith("held"))
    assert.lengthOf(project.workspaces(), left.length === 0 ? 0 : 4)
    if (left.length > 0) assert.match(ran.stderr, /cannot remove \S+/u)
  })
})

/** A disk of some MiB in memory at a path; null where that is not allowed. */
const mountDisk = (path: string, size: string): (() => void) | null => {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path], { stdio: "ignore" })
    return () => void execFileSync("umount", ["--lazy", path])
  } catch {
    return null
  }
}

describe("an agent that fills the disk", () => {
  let project: BatchProject
  let unmount: (() => void) | null

  beforeEach(() => {
    project = makeBatchProject({
      "myorg/service-a": ["main"],
      "myorg/service-b": ["main"],
      "myorg/service-c": ["main"]
    })
    mkdirSync(project.home)
    unmount = mountDisk(project.home, "4m")
  })

  afterEach(() => {
    unmount?.()
    project.remove()
  })

  it("is told of, the others go on, and how it ended can be read", async ({ skip }) => {
    skip(unmount === null, "no disk can be mounted here")
    const line = `case $TASK_NAME in
*-0) echo before; cd service-*; echo x > new.txt; head -c 100000000 /dev/zero > full; echo after; head -c 5000 /dev/zero | tr '\\0' x; exit 0;;
*-1) cd service-*; echo x > new.txt; echo well;;
*) head -c 10000000 /dev/zero | tr '\\0' x;;
esac`
    project.write("batch.yaml", batchOf("full", line, ["service-a", "service-b", "service-c"], "  maxParallel: 1\n"))
    const answer = await project.json([
      "batch",
      "run",
      "-f",
      "batch.yaml",
      "--host",
      project.host,
      "--publish",
      "branch"
    ])
    assertExit(answer, 1)
    const [filled, well, flooded]: ReadonlyArray<TaskData> = answer.envelope.data.tasks
    assert.deepStrictEqual([filled?.outcome, filled?.reason], ["Failed", "RepositoryUnreadable"])
    assert.strictEqual(well?.outcome, "Succeeded")
    for (const task of [filled, flooded]) {
      assert.include(task?.result.message, "its log is not whole")
      assert.include(task?.result.message, "no space left on device")
    }
    assert.deepStrictEqual(project.workspaces(), [])
    const { envelope } = await project.json(["batch", "status", "full-run"])
    assert.strictEqual(envelope.data.state, "finished")
  })
})
