import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { type FeatureRuns, featuresOf, makeLifecycleProject } from "./fixtures/FeatureRuns.ts"
import { assertRefusal, type Refusal } from "./fixtures/Refusals.ts"
import { git, type SampleProject } from "./fixtures/SampleProject.ts"

let project: SampleProject
let features: FeatureRuns
beforeEach(async () => {
  project = await makeLifecycleProject()
  features = featuresOf(project)
})
afterEach(() => project.remove())

describe("links where a feature's files belong", () => {
  it("are not followed: nothing is written where they lead, by any command", async () => {
    await features.ok(["create", "auth", "--format", "kiro"])
    features.write("auth", "requirements.md", "# Auth\n")
    const outside = join(project.folder, "outside")
    const places: ReadonlyArray<readonly [path: string, codes: ReadonlyArray<string>]> = [
      [".ai/projects/auth/events.jsonl", ["log-unavailable"]],
      [".ai/projects/auth", ["log-unavailable", "spec-link-elsewhere"]],
      [".ai/projects", ["spec-link-elsewhere", "log-unavailable"]],
      [".ai", ["spec-link-elsewhere", "log-unavailable"]]
    ]
    for (const [path, codes] of places) {
      const place = join(project.root, path)
      renameSync(place, outside)
      symlinkSync(outside, place)
      const before = contentOf(outside)
      for (
        const args of [
          ["comment", "auth", "x"],
          ["submit", "auth", "spec"],
          ["create", "auth"],
          ["create", "new", "--format", "kiro"]
        ]
      ) {
        const ended = await features.feature(args)
        // A second feature is not behind a link of the first one.
        if (args.includes("new") && path.includes("auth")) continue
        // What stands behind a link can be read.
        if (args[0] === "create" && ended.envelope.error?.code === "feature-exists") continue
        assert.include(codes, ended.envelope.error?.code, `${path} ${args.join(" ")}\n${ended.stdout}`)
        assert.notMatch(ended.envelope.error?.message ?? "", /\n\s+at /u)
        assert.isNotEmpty(ended.envelope.error?.hint)
      }
      assert.deepStrictEqual(contentOf(outside), before, path)
      rmSync(place)
      renameSync(outside, place)
      rmSync(join(project.root, ".ai/projects/new"), { recursive: true, force: true })
      rmSync(join(project.root, ".kiro/specs/new"), { force: true })
    }
    await features.ok(["submit", "auth", "spec"])
    await features.sound("auth")
  })

  it("of Kiro to somewhere else, which stay", async () => {
    const outside = join(project.folder, "outside")
    mkdirSync(outside)
    mkdirSync(join(project.root, ".kiro/specs"), { recursive: true })
    symlinkSync(outside, join(project.root, ".kiro/specs/auth"))
    const ended = await features.feature(["create", "auth", "--format", "kiro"])
    assert.deepStrictEqual([ended.code === 0, ended.envelope.ok], [false, false], ended.stdout)
    assert.isFalse(existsSync(features.logPath("auth")))
    assert.deepStrictEqual(readdirSync(outside), [])
  })
})

const contentOf = (path: string): ReadonlyArray<string> =>
  execFileSync("find", [path, "-type", "f", "-exec", "sha256sum", "{}", "+"], { encoding: "utf8" }).split("\n")
    .toSorted()

describe("repositories of every kind", () => {
  const noRepository = (says: string): Refusal => ({ exit: 3, code: "not-a-repository", says: [says], hint: "" })

  it("outside of one, and in a bare one, every command says so", async () => {
    for (const cwd of [project.folder, join(project.folder, "origin.git")]) {
      for (const args of [["create", "auth"], ["next", "auth"], ["list"], ["comment", "auth", "x"]]) {
        await features.refused(args, noRepository(cwd), { cwd })
      }
      assert.isFalse(existsSync(join(cwd, ".ai")))
    }
  })

  it("without a commit, or with a head that is no branch, a feature lives as anywhere", async () => {
    const root = join(project.folder, "unborn")
    mkdirSync(root)
    git(root, "init", "--quiet", "--initial-branch=main")
    const unborn = featuresOf({ ...project, root })
    const variables = { USER: "ada", LOGNAME: "ada" }
    await unborn.ok(["create", "auth"], { variables })
    unborn.write("auth", "spec.md", "# Auth\n")
    await unborn.ok(["submit", "auth", "spec"], { variables })
    await unborn.ok(["approve", "auth", "spec"], { variables })
    assert.strictEqual((await unborn.ok(["next", "auth"])).action, "create-design")
    assert.strictEqual((await unborn.ok(["list"])).features.length, 1)
    await unborn.ok(["task", "add", "auth", "Write it"], { variables })
    await unborn.refused(["task", "complete", "auth", "task-001"], {
      exit: 3,
      code: "branch-missing",
      says: ["auth has no branch yet"],
      hint: "slipway impl auth"
    }, { variables })

    project.git("checkout", "--quiet", "--detach")
    await features.implement("auth")
    await features.approve("auth")
    assert.strictEqual((await features.ok(["next", "auth"])).action, "merge")
    const head = project.git("rev-parse", "HEAD").trim()
    assert.strictEqual((await features.ok(["merge", "auth"])).into, "main")
    assert.strictEqual(project.git("rev-parse", "HEAD").trim(), head)
  })
})

const mount = (...args: ReadonlyArray<string>) => execFileSync("mount", args, { stdio: "pipe" })

/** Uses a folder as a small disk of its own. */
const onDisk = async (
  folder: string,
  size: string,
  use: (remount: (option: "ro" | "rw") => void) => Promise<void>
): Promise<void> => {
  mkdirSync(folder, { recursive: true })
  mount("-t", "tmpfs", "-o", `size=${size},mode=700`, "tmpfs", folder)
  try {
    await use((option) => mount("-o", `remount,${option}`, folder))
  } finally {
    execFileSync("umount", [folder])
  }
}

const canMount = await (async () => {
  const folder = execFileSync("mktemp", ["-d"], { encoding: "utf8" }).trim()
  try {
    await onDisk(folder, "64k", async () => {})
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true })
  }
})()

describe.skipIf(!canMount)("a disk that takes nothing (skipped where nothing may be mounted)", () => {
  it("full during a change leaves the log as it was, and the change succeeds when there is room", async () => {
    await onDisk(features.projects, "256k", async () => {
      await features.ok(["create", "auth"])
      await features.ok(["create", "other"])
      const full = join(features.projects, "full")
      const long = "x".repeat(19_000)
      for (const pages of [0, 1, 2]) {
        const { bavail, bsize } = statfsSync(features.projects)
        writeFileSync(full, Buffer.alloc((bavail - pages) * bsize))
        const before = features.logText("auth")
        const ended = await features.feature(["comment", "auth", long])
        assertRefusal(ended, {
          exit: 1,
          code: "log-unavailable",
          says: ["ENOSPC"],
          hint: "free some space"
        }, `${pages} pages left`)
        assert.strictEqual(features.logText("auth"), before)
        await features.sound("auth")
        assert.strictEqual((await features.ok(["next", "auth"])).action, "create-spec")
        if (pages === 0) {
          assert.strictEqual((await features.feature(["create", "third"])).code, 1)
          assert.isFalse(existsSync(features.logPath("third")))
        }
        rmSync(full)
      }
      await features.ok(["comment", "auth", long])
      await features.ok(["create", "third"])
      await features.sound("third")
    })
  })

  it("read-only is told by what would change something, and is no matter to what looks", async () => {
    await onDisk(features.projects, "256k", async (remount) => {
      await features.ok(["create", "auth"])
      remount("ro")
      await features.refused(["comment", "auth", "x"], {
        exit: 1,
        code: "log-unavailable",
        says: [features.projects, "EROFS"],
        hint: "its folder writable"
      })
      const created = await features.feature(["create", "other"])
      assert.deepStrictEqual([created.code, created.envelope.error?.hint === ""], [1, false], created.stdout)
      assert.isFalse(existsSync(join(features.projects, "other")))
      for (const args of [["next", "auth"], ["list"], ["show", "auth"], ["log", "auth"], ["verify", "auth"]]) {
        await features.ok(args)
      }
      remount("rw")
      await features.ok(["comment", "auth", "x"])
    })
  })
})

describe("a home that cannot be written", () => {
  it("stops operations, which are recorded there, before they begin; one event needs no home", async () => {
    await features.ok(["create", "auth"])
    const home = join(project.root, "README.md", "home")
    const variables = { SLIPWAY_HOME: home }
    const created = await features.feature(["create", "other"], { variables })
    assertRefusal(created, {
      exit: 1,
      code: "journal-unavailable",
      says: [`cannot use the journal ${home}`, "ENOTDIR"],
      hint: "set SLIPWAY_HOME to another folder"
    }, "create")
    assert.isFalse(existsSync(join(features.projects, "other")))
    for (const args of [["comment", "auth", "x"], ["next", "auth"], ["list"], ["verify", "auth"]]) {
      await features.ok(args, { variables })
    }
  })
})
