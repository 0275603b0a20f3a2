import { connect, type Slipway } from "@slipway/node-adapters"
import { spawnSync } from "node:child_process"
import { appendFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { bundle } from "./fixtures/CommandLine.ts"
import { unmarked } from "./fixtures/FeatureProject.ts"
import { commitFile, type FeatureRuns, featuresOf, makeLifecycleProject } from "./fixtures/FeatureRuns.ts"
import { cleanVariables, type SampleProject } from "./fixtures/SampleProject.ts"

const preload = join(import.meta.dirname, "fixtures/KilledAtChange.ts")

const lifecycle = `[[lifecycle.gates]]
name = "test"
command = ["sh", "-c", "echo tested"]

[lifecycle.deploy]
command = ["sh", "-c", "echo deployed >> ../deployed"]
`

/** A command that is killed on its way. */
interface Killed {
  readonly args: ReadonlyArray<string>
  /** The events that it adds. */
  readonly adds: ReadonlyArray<string>
  /** How it is refused when it is repeated after it was done. */
  readonly done: string | null
  /** 1 tries every change, 2 every second one: what many of the changes are, the operation's record, needs less. */
  readonly stride: number
}

describe("a command that is killed at any of its changes to files", () => {
  let project: SampleProject
  let features: FeatureRuns
  let slipway: Slipway
  beforeAll(async () => {
    project = await makeLifecycleProject(lifecycle)
    features = featuresOf(project)
    // So that the checkout stays as it is from here on.
    appendFileSync(join(project.root, ".gitignore"), ".ai/projects/\n")
    commitFile(project.root, "start.txt", "start\n")
    project.git("push", "--quiet")
    slipway = await connect({ cwd: project.root, home: project.home, env: { ...cleanVariables(), ...unmarked } })
  })
  afterAll(async () => {
    await slipway.close()
    project.remove()
    rmSync(saved(), { recursive: true, force: true })
  })

  const saved = () => `${project.folder}-saved`

  const save = (): void => {
    rmSync(saved(), { recursive: true, force: true })
    cpSync(project.folder, saved(), { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
  }

  const restore = (): void => {
    for (const name of readdirSync(project.folder)) rmSync(join(project.folder, name), { recursive: true })
    cpSync(saved(), project.folder, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
  }

  /** Runs a command that is killed right before its change number `at`; false when it ended before. */
  const killAt = (args: ReadonlyArray<string>, at: number, half: boolean): boolean => {
    const { signal, status, stderr } = spawnSync(process.execPath, ["--import", preload, bundle, "feature", ...args], {
      cwd: project.root,
      encoding: "utf8",
      env: {
        ...cleanVariables(),
        ...unmarked,
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_CONFIG_SYSTEM: "/dev/null",
        SLIPWAY_HOME: project.home,
        KILL_AT: String(at),
        KILL_HALF: half ? "1" : "0"
      }
    })
    assert.isTrue(signal === "SIGKILL" || status === 0, stderr)
    return signal === "SIGKILL"
  }

  const tags = (): ReadonlyArray<string> =>
    existsSync(features.logPath("auth")) ? features.lines("auth").map(({ event }) => event._tag) : []

  const untimed = (text: string): string =>
    text.replaceAll(/"(?:updated|created)": ?"[^"]*"/gu, "").replaceAll(/-[0-9a-f]+-\d{8}T\d+Z/gu, "")

  /** What counts of a feature and of git: all but times, and the outputs of runs that were cut off. */
  const standing = async () => {
    const verified = await slipway.features.verify("auth")
    const next = await slipway.features.next("auth")
    const folder = join(features.projects, "auth")
    const texts = readdirSync(folder).filter((name) => /\.(?:md|json)$/u.test(name))
      .map((name) => [name, untimed(readFileSync(join(folder, name), "utf8"))])
    return {
      lines: verified.lines === tags().length,
      tags: tags(),
      next: { ...next, inputs: next.inputs.map(({ path }) => path) },
      texts,
      git: [
        project.git("status", "--porcelain").trim(),
        project.git("worktree", "list", "--porcelain").replaceAll(/HEAD .*/gu, "").trim(),
        project.git("log", "--format=%s", "main").trim()
      ]
    }
  }

  /** Kills a command at its changes, one after the other, and repeats it; gives how many changes there were. */
  const repeatable = async ({ adds, args, done, stride }: Killed): Promise<number> => {
    save()
    const before = tags()
    const after = [...before, ...adds]
    const repeat = async (wasDone: boolean): Promise<void> => {
      const ended = await features.feature(args)
      const code = ended.envelope.error?.code ?? null
      assert.strictEqual(code, wasDone ? done : null, ended.stdout + ended.stderr)
    }
    await repeat(false)
    const expected = await standing()
    assert.deepStrictEqual(expected.tags, after)
    let at = 1
    for (;; at += stride) {
      restore()
      const half = at % 3 === 0
      const killed = killAt(args, at, half)
      const label = `${args.join(" ")}, before change ${at}`
      const now = tags()
      assert.include([JSON.stringify(before), JSON.stringify(after)], JSON.stringify(now), label)
      if (now.length > 0) await slipway.features.verify("auth")
      const gitFolder = join(project.root, ".git")
      assert.deepStrictEqual(
        readdirSync(gitFolder).filter((name) => name === "MERGE_HEAD" || name.endsWith(".lock")),
        [],
        label
      )
      if (!killed) break
      await repeat(now.length === after.length)
      // What a killed command left is put right by the next one that changes something, whatever it is.
      if (done !== null && now.length === after.length) await slipway.features.comment("auth", "note", "next")
      const found = await standing()
      const tagsFound = found.tags.slice(0, after.length)
      assert.deepStrictEqual({ ...found, tags: tagsFound, next: { ...found.next, revision: after.length } }, {
        ...expected,
        next: { ...expected.next, revision: after.length }
      }, label)
      const left = readdirSync(features.projects).filter((name) => name.startsWith(".lock"))
      assert.deepStrictEqual(left, [], label)
    }
    restore()
    return at
  }

  it("create, submit and the completion of a task end as if they had run once", async () => {
    assert.isAbove(
      await repeatable({
        args: ["create", "auth", "--format", "kiro"],
        adds: ["FeatureCreated"],
        done: "feature-exists",
        stride: 2
      }),
      5
    )
    await features.ok(["create", "auth", "--format", "kiro"])
    for (const artifact of ["spec", "design", "qa-plan", "audit"]) {
      await features.ok(["waive", "auth", artifact, "--reason", "it is small"])
    }
    features.write("auth", "tasks.md", "- [ ] 1. Write it\n- [ ] 2. Try it\n")
    assert.isAbove(
      await repeatable({
        args: ["submit", "auth", "tasks", "--idempotency-key", "submit"],
        adds: ["ArtifactSubmitted"],
        done: null,
        stride: 1
      }),
      5
    )
    await features.ok(["submit", "auth", "tasks"])
    await features.ok(["approve", "auth", "tasks", "--as", "human:bob"])
    features.branch("auth")
    assert.isAbove(
      await repeatable({
        args: ["task", "complete", "auth", "task-001", "--idempotency-key", "complete"],
        adds: ["TaskCompleted"],
        done: null,
        stride: 2
      }),
      5
    )
    await features.ok(["task", "complete", "auth", "task-001"])
    await features.ok(["task", "complete", "auth", "task-002"])
  })

  it("gates, merge and deployment are done or not, and never by half", async () => {
    assert.isAbove(await repeatable({ args: ["gates", "auth", "--all"], adds: ["GateRan"], done: null, stride: 5 }), 5)
    await features.ok(["gates", "auth"])
    await features.approve("auth")
    assert.isAbove(
      await repeatable({ args: ["merge", "auth"], adds: ["BranchMerged"], done: "feature-conflict", stride: 2 }),
      5
    )
    await features.ok(["merge", "auth"])
    assert.isAbove(
      await repeatable({ args: ["deploy", "auth"], adds: ["FeatureDeployed"], done: "feature-conflict", stride: 5 }),
      5
    )
  })
})
