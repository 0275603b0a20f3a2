import { execFileSync } from "node:child_process"
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync
} from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { commandLineOf } from "./fixtures/CommandLine.ts"
import { type FakeEngine, startFakeEngine } from "./fixtures/FakeEngine.ts"
import { assertRefusal, tracesOf } from "./fixtures/Refusals.ts"
import { git, makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const ok = (run: Ended): void => assert.strictEqual(run.code, 0, run.stdout + run.stderr)

/** A project whose sandboxes an engine says yes to, in folders that a test may spoil. */
let project: SampleProject
let engine: FakeEngine
beforeEach(async () => {
  project = await makeSampleProject({ health: false })
  engine = await startFakeEngine(project.folder)
})
afterEach(async () => {
  await engine.close()
  project.remove()
})

/** The command line with the engine of the test. */
const withEngine = () => {
  const { json, run } = commandLineOf(project)
  const { variables } = engine
  return {
    json: (...args: ReadonlyArray<string>) => json(args, { variables }),
    run: (...args: ReadonlyArray<string>) => run(args, { variables })
  }
}

const registryOf = (home: string) => join(home, "registry.json")
/** What is seen of a project by git and by its slots, without a temporary file or a record of nothing in the home. */
const remainsOf = ({ home, ...rest }: SampleProject) => {
  const names = existsSync(home) ? readdirSync(home, { recursive: true }).map(String) : []
  const isLeft = (name: string) =>
    /\.(?:tmp|lock)$/u.test(name) || (name.endsWith(".jsonl") && readFileSync(join(home, name), "utf8") === "")
  assert.deepStrictEqual(names.filter(isLeft), [])
  const { branches, slotFolders, slots, worktrees } = tracesOf({ home, ...rest })
  return {
    branches: branches.split("\n").map((line) => line.split(" ")[0]),
    worktrees: worktrees.split("\n").filter((line) => line.startsWith("worktree ")).length,
    slots: Object.keys(slots),
    slotFolders
  }
}
const remains = () => remainsOf(project)

const nothing = { branches: ["refs/heads/main"], worktrees: 1, slots: [], slotFolders: [] }

/** Takes a port; gives what frees it again. */
const listen = (port: number, host: string): Promise<() => Promise<void>> =>
  new Promise((resolve, reject) => {
    const server = createServer().on("error", reject)
    server.listen({ port, host, ipv6Only: true }, () =>
      resolve(() => new Promise((closed) => server.close(() => closed()))))
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
  const folder = mkdtempSync(join(tmpdir(), "slipway-disk-"))
  try {
    await onDisk(folder, "64k", async () => {})
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true })
  }
})()

/** Fills the disk of a file with it, but for some pages. */
const fill = (file: string, pages: number): void => {
  const { bavail, bsize } = statfsSync(dirname(file))
  writeFileSync(file, Buffer.alloc((bavail - pages) * bsize))
}

describe("a registry that cannot be read", () => {
  it("is recovered from its backup, then from slot folders, the bad file kept; told by all who meet it", async () => {
    const { json, run } = withEngine()
    const registry = registryOf(project.home)
    const made = await json("impl", "auth/M1")
    ok(made)
    const { ports } = made.envelope.data.slot
    const sound = readFileSync(registry, "utf8")
    const bad = ["\u0000\u0001 garbage", "", sound.slice(0, sound.length / 2), `{"version":1,"slots":[]}`, "null"]
    for (const [index, text] of bad.entries()) {
      const source = index % 2 === 0 ? "its backup" : "the slot folders"
      if (index % 2 === 1) rmSync(`${registry}.bak`)
      writeFileSync(registry, text)
      const words = `the slot registry was damaged and recovered from ${source}; the bad file is ${registry}`
      const [listed, looked] = await Promise.all([json("worktrees"), json("doctor")])
      ok(listed)
      ok(looked)
      assert.deepStrictEqual(listed.envelope.data.warnings, [words])
      assert.deepStrictEqual(
        listed.envelope.data.worktrees.map((row: { readonly name: string; readonly slot: number }) => [
          row.name,
          row.slot
        ]),
        [["auth-M1", 1]]
      )
      const [finding, ...others] = looked.envelope.data.findings
      assert.deepStrictEqual([finding.kind, finding.evidence, others], ["registry-recovered", words, []])
      // Looking changes nothing.
      assert.strictEqual(readFileSync(registry, "utf8"), text)
      const fixed = await run("doctor", "--fix")
      ok(fixed)
      assert.include(fixed.stdout, "✓ 1 finding put right")
      const { "1": slot } = JSON.parse(readFileSync(registry, "utf8")).slots
      assert.deepStrictEqual([slot.ports, slot.worktree_path], [ports, project.worktree("impl-auth-M1")])
      assert.strictEqual(readFileSync(`${registry}.bak`, "utf8"), readFileSync(registry, "utf8"))
      const kept = readdirSync(project.home).filter((name) => name.startsWith("registry.json.corrupt-")).toSorted()
      assert.strictEqual(kept.length, index + 1)
      assert.strictEqual(readFileSync(join(project.home, kept.at(-1) ?? ""), "utf8"), text)
      assert.deepStrictEqual((await json("worktrees")).envelope.data.warnings, [])
    }
    ok(await json("done", "auth-M1"))
    assert.deepStrictEqual(remains(), nothing)
  })

  it("keeps the claims that can be read when others cannot, and gives nothing of theirs away", async () => {
    const { json } = withEngine()
    ok(await json("impl", "auth/M1"))
    const registry = registryOf(project.home)
    const { "1": slot } = JSON.parse(readFileSync(registry, "utf8")).slots
    // Slot 2 says that it is slot 1; slot 3 is none, and has the port that slot 4 would get.
    const damaged = { slot_id: "three", ports: { A: project.webPort + 4 } }
    writeFileSync(registry, JSON.stringify({ version: 1, slots: { "1": slot, "2": slot, "3": damaged } }))
    const second = await json("impl", "auth/M2")
    ok(second)
    assert.strictEqual(second.envelope.data.slot.number, 5)
    assert.deepStrictEqual(second.envelope.data.skippedSlots, [{
      slot: 4,
      reason: `port ${project.webPort + 4} (WEB_PORT) belongs to entry 3 of the registry`
    }])
    const { slots } = JSON.parse(readFileSync(registry, "utf8"))
    assert.deepStrictEqual([Object.keys(slots), slots["2"], slots["3"]], [["1", "2", "3", "5"], slot, damaged])
    const doctor = await json("doctor")
    ok(doctor)
    const kinds = doctor.envelope.data.findings.map((one: { readonly kind: string }) => one.kind)
    assert.deepStrictEqual(kinds, ["unreadable-claim", "unreadable-claim"])
    assert.strictEqual(readFileSync(registry, "utf8").includes("three"), true)
  })

  it("of a newer version is refused by every command and not touched, nor is a newer backup", async () => {
    const { json } = withEngine()
    ok(await json("impl", "auth/M1", "--no-sandbox"))
    const newer = `{"version":2,"slots":{"1":"of another kind"}}`
    const registry = registryOf(project.home)
    const before = project.git("worktree", "list")
    for (const [file, other] of [[registry, `${registry}.bak`], [`${registry}.bak`, registry]] as const) {
      writeFileSync(file, newer)
      if (file === registry) rmSync(other, { force: true })
      else writeFileSync(other, "damaged")
      for (
        const args of [
          ["worktrees"],
          ["status", "auth-M1"],
          ["doctor"],
          ["doctor", "--fix"],
          ["impl", "auth/M2"],
          ["done", "auth-M1"],
          ["sandbox", "start", "auth-M1"]
        ]
      ) {
        assertRefusal(await json(...args), {
          exit: 7,
          code: "registry-corrupt",
          says: [file, "a newer slipway wrote it (version 2; this one knows version 1)"],
          hint: "use the slipway that wrote it"
        }, args.join(" "))
        assert.strictEqual(readFileSync(file, "utf8"), newer, args.join(" "))
        assert.strictEqual(project.git("worktree", "list"), before, args.join(" "))
      }
    }
  })
})

describe("slots that others have", () => {
  it("are passed over with the reason; when all are, the refusal tells what to do and makes nothing", async () => {
    const { json } = withEngine()
    const listeners = await Promise.all(
      [["::1", 1], ["127.0.0.1", 2], ["0.0.0.0", 151]].map(([host, offset]) =>
        listen(project.webPort + Number(offset), String(host))
      )
    )
    const by = (port: number, name: string) =>
      `port ${project.webPort + port} (${name}) is in use by pid ${process.pid}`
    const made = await json("impl", "auth/M1")
    ok(made)
    assert.strictEqual(made.envelope.data.slot.number, 3)
    const skipped: ReadonlyArray<{ readonly slot: number; readonly reason: string }> = made.envelope.data.skippedSlots
    const unnamed = skipped.map(({ reason, slot }) => ({ slot, reason: reason.replaceAll(/ \([^)_]+\)/gu, "") }))
    assert.deepStrictEqual(unnamed, [
      { slot: 1, reason: `${by(1, "WEB_PORT")}, ${by(151, "DB_PORT")}` },
      { slot: 2, reason: by(2, "WEB_PORT") }
    ])
    ok(await json("done", "auth-M1"))

    const others = Array.from({ length: 98 }, (_, index) => listen(project.webPort + 3 + index, "127.0.0.1"))
    listeners.push(...await Promise.all(others))
    const before = remains()
    const refused = await json("impl", "auth/M1")
    const { message } = assertRefusal(refused, {
      exit: 5,
      code: "slots-exhausted",
      says: ["No slots available (0 of 100 claimed, 100 in conflict)", `slot 2 skipped: ${by(2, "WEB_PORT")}`],
      hint: "change the base ports or port_stride in .devops-ai/infra.toml"
    }, "all ports in use")
    assert.include(message, "and 95 more")
    assert.deepStrictEqual(remains(), before)
    await Promise.all(listeners.map((close) => close()))
    ok(await json("impl", "auth/M1"))
  })

  it("are all claimed: refused until one is released; worktrees without a sandbox go on", async () => {
    const { json } = withEngine()
    ok(await json("impl", "auth/M1"))
    const registry = registryOf(project.home)
    const document = JSON.parse(readFileSync(registry, "utf8"))
    for (let id = 2; id <= 100; id++) {
      const folder = join(project.folder, `other-${id}`)
      document.slots[id] = { ...document.slots["1"], slot_id: id, worktree_path: folder, slot_dir: folder, ports: {} }
    }
    writeFileSync(registry, JSON.stringify(document))
    const before = remains()
    assertRefusal(await json("impl", "auth/M2"), {
      exit: 5,
      code: "slots-exhausted",
      says: ["No slots available (1-100 all claimed). Run `slipway worktrees` to see active slots."],
      hint: "`slipway done <name>` releases a slot"
    }, "all claimed")
    assert.deepStrictEqual(remains(), before)
    ok(await json("impl", "auth/M3", "--no-sandbox"))
    ok(await json("done", "auth-M1"))
    const next = await json("impl", "auth/M2")
    ok(next)
    assert.strictEqual(next.envelope.data.slot.number, 1)
  })
})

describe.skipIf(!canMount)("a disk without room (skipped where nothing may be mounted)", () => {
  it("under the home, at each write: told by name, nothing half-made, and all goes on when there is room", async () => {
    const { json } = withEngine()
    const filler = join(project.home, "fill")
    await onDisk(project.home, "256k", async () => {
      const met = new Set<string>()
      for (let pages = 0; pages < 20; pages++) {
        fill(filler, pages)
        const failed = await json("impl", "auth/M1")
        if (failed.code === 0) {
          rmSync(filler)
          ok(await json("done", "auth-M1"))
          break
        }
        const { code = "", hint = "", message = "" } = failed.envelope.error ?? {}
        assert.strictEqual(failed.code, 1, message)
        assert.include(message, project.home)
        assert.include(message, "no space left on device (ENOSPC)")
        const isKept = message.includes(`Worktree preserved at ${project.worktree("impl-auth-M1")}.`)
        met.add(`${code} ${isKept}`)
        const branches = [...(isKept ? ["refs/heads/impl/auth-M1"] : []), ...nothing.branches]
        assert.deepStrictEqual(remains(), { ...nothing, branches, worktrees: isKept ? 2 : 1 }, message)
        ok(await json("worktrees"))
        rmSync(filler)
        if (isKept) {
          assert.match(hint, /free space.*`slipway sandbox start`/u)
          ok(await json("sandbox", "start", "auth-M1"))
          ok(await json("done", "auth-M1"))
        }
        for (const name of readdirSync(project.home)) rmSync(join(project.home, name), { recursive: true })
      }
      const expected = ["file-unavailable true", "journal-unavailable false", "registry-unavailable false"]
      assert.includeMembers([...met], expected)
      assert.deepStrictEqual(remains(), nothing)
    })
  })

  it("under the worktrees: named, with some of what git could not write; no branch, folder or slot is left", async () => {
    const disk = join(project.folder, "disk")
    await onDisk(disk, "64m", async () => {
      const root = join(disk, project.name)
      cpSync(project.root, root, { recursive: true })
      const there = { ...project, root, git: (...args: ReadonlyArray<string>) => git(root, ...args) }
      const { json } = commandLineOf(there)
      const { variables } = engine
      for (const pages of [0, 40]) {
        fill(join(disk, "fill"), pages)
        const { message } = assertRefusal(await json(["impl", "auth/M1"], { variables }), {
          exit: 1,
          code: "git-failed",
          says: [`git worktree add failed: no space left on the disk of ${disk}`],
          hint: "free some space there"
        }, `${pages} pages`)
        if (pages > 0) assert.match(message, /\nunable to write file db\/busybox\n.*\n.*\nand \d more\n/u)
        assert.deepStrictEqual(readdirSync(disk).toSorted(), ["fill", project.name])
        rmSync(join(disk, "fill"))
        assert.deepStrictEqual(remainsOf(there), nothing)
      }
      ok(await json(["impl", "auth/M1"], { variables }))
      ok(await json(["done", "auth-M1"], { variables }))
    })
  })

  it("a home that is read-only still shows all there is, and what would change it is refused", async () => {
    const { json, run } = withEngine()
    await onDisk(project.home, "1m", async (remount) => {
      ok(await json("impl", "auth/M1"))
      remount("ro")
      const before = remains()
      for (
        const args of [["worktrees"], ["status", "auth-M1"], ["doctor"], ["impl", "auth/M2", "--dry-run"], ["--help"]]
      ) ok(await json(...args))
      for (
        const args of [["impl", "auth/M2"], ["impl", "auth/M2", "--no-sandbox"], ["done", "auth-M1"], [
          "sandbox",
          "stop",
          "auth-M1"
        ], ["init", "--yes"]]
      ) {
        assertRefusal(await json(...args), {
          exit: 1,
          code: "journal-unavailable",
          says: [project.home, "read-only file system (EROFS)"],
          hint: "make the folder writable and free some space, or set SLIPWAY_HOME to another folder"
        }, args.join(" "))
        assert.strictEqual((await run(...args)).code, 1)
        assert.deepStrictEqual(remains(), before)
        assert.strictEqual(project.git("status", "--porcelain"), "")
      }
      remount("rw")
      ok(await json("done", "auth-M1"))
      assert.deepStrictEqual(remains(), nothing)
    })
  })
})
