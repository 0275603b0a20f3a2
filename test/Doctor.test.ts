import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { clearEngine, commandLineOf, docker, engineRemains, type Run, skipsEngine } from "./fixtures/CommandLine.ts"
import { makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"

interface Finding {
  readonly kind: string
  readonly subject: string
  readonly evidence: string
  readonly action?: string
  readonly hint?: string
}

const ok = (run: Run): void => assert.strictEqual(run.code, 0, run.stdout + run.stderr)

/** Claims by slot number, without some of them. */
const forget = (project: SampleProject, slot: number): void => {
  for (const name of ["registry.json", "registry.json.bak"]) {
    const path = join(project.home, name)
    if (!existsSync(path)) continue
    const registry = JSON.parse(readFileSync(path, "utf8"))
    delete registry.slots[slot]
    writeFileSync(path, JSON.stringify(registry))
  }
}

const claimed = (project: SampleProject): ReadonlyArray<string> =>
  Object.keys(JSON.parse(readFileSync(join(project.home, "registry.json"), "utf8")).slots)

describe.skipIf(skipsEngine)("what was taken away by hand", () => {
  let project: SampleProject
  let neighbour: SampleProject
  beforeAll(async () => {
    project = await makeSampleProject({ health: false })
    neighbour = { ...await makeSampleProject({ health: false }), home: project.home }
  })
  afterAll(() => {
    for (const one of [project, neighbour]) {
      clearEngine(one.name)
      one.remove()
    }
  })

  const doctor = async (...flags: ReadonlyArray<string>) => {
    const run = await commandLineOf(project).json(["doctor", ...flags])
    ok(run)
    const findings: ReadonlyArray<Finding> = run.envelope.data.findings
    return { ...run.envelope.data, findings, kinds: findings.map(({ kind }) => kind) }
  }

  const impl = async (milestone: string): Promise<number> => {
    const run = await commandLineOf(project).json(["impl", `auth/${milestone}`])
    ok(run)
    return run.envelope.data.slot.number
  }

  const rowOf = async (path: string) => {
    const listed = await commandLineOf(project).json(["worktrees"])
    ok(listed)
    return listed.envelope.data.worktrees.find((row: { readonly path: string }) => row.path === path)
  }

  it("finds nothing where nothing is wrong, and leaves another project with the same feature alone", async () => {
    const theirs = commandLineOf(neighbour)
    const other = await theirs.json(["impl", "auth/M1"])
    ok(other)
    const slot = await impl("M1")
    assert.notStrictEqual(slot, other.envelope.data.slot.number)
    assert.deepStrictEqual((await doctor()).findings, [])
    const listed = await theirs.json(["worktrees"])
    assert.deepStrictEqual(
      listed.envelope.data.worktrees.map((row: { readonly name: string }) => row.name),
      ["auth-M1", "auth-M1"]
    )

    const ambiguous = await commandLineOf(project).json(["done", "auth-M1"])
    assert.strictEqual(ambiguous.envelope.error?.code, "name-ambiguous", ambiguous.stdout)
    for (const one of [project, neighbour]) {
      assert.include(ambiguous.envelope.error?.message, `${one.name}-impl-auth-M1`)
    }
    ok(await commandLineOf(project).json(["done", `${project.name}-impl-auth-M1`], { cwd: "/" }))
    assert.deepStrictEqual(engineRemains(project.name), [])
    assert.strictEqual(engineRemains(neighbour.name).filter((line) => line.startsWith("container ")).length, 2)
  })

  for (
    const { name, remove, next } of [
      {
        name: "by rm -rf",
        remove: (path: string) => rmSync(path, { recursive: true }),
        next: { code: "worktree-exists", message: "whose folder is gone", hint: "slipway done auth-M1" }
      },
      {
        name: "by git worktree remove",
        remove: (path: string) => project.git("worktree", "remove", "--force", path),
        next: { code: "branch-exists", message: "impl/auth-M1", hint: "--reuse" }
      }
    ]
  ) {
    it(`lists a worktree that was removed ${name} as orphaned, and done clears all of it`, async () => {
      const { json } = commandLineOf(project)
      const full = `${project.name}-impl-auth-M1`
      const path = project.worktree("impl-auth-M1")
      const slot = await impl("M1")
      remove(path)
      const row = await rowOf(path)
      assert.strictEqual(row.state, "orphaned")
      assert.include(row.problems[0], "slipway done auth-M1")
      const start = await json(["sandbox", "start", full])
      assert.deepStrictEqual([start.code, start.envelope.error?.code], [3, "worktree-missing"])
      assert.include(start.envelope.error?.hint, "slipway done auth-M1")
      const again = await json(["impl", "auth/M1"])
      assert.deepStrictEqual([again.code, again.envelope.error?.code], [5, next.code], again.stdout)
      assert.include(again.envelope.error?.message, next.message)
      assert.include(again.envelope.error?.hint, next.hint)

      const found = await doctor()
      assert.include(found.kinds, "vanished-worktree")
      assert.isFalse(found.fixed)
      assert.include(found.findings[0]?.evidence, path)
      assert.include(found.findings[0]?.action, `${project.name}-slot-${slot}`)
      const dry = await doctor("--fix", "--dry-run")
      assert.deepStrictEqual([dry.findings, dry.fixed], [found.findings, false])
      assert.isAbove(dry.steps.length, 0)
      assert.include(claimed(project), String(slot))

      ok(await json(["done", full]))
      assert.deepStrictEqual(engineRemains(project.name), [])
      assert.notInclude(claimed(project), String(slot))
      assert.isUndefined(await rowOf(path))
      assert.deepStrictEqual((await doctor()).findings, [])
      assert.notInclude(project.git("worktree", "list"), path)
      assert.strictEqual(project.git("branch", "--list", "impl/*").trim(), "")
    })
  }

  it("fails with what it could not do, and does it when Docker is back", async () => {
    const { json } = commandLineOf(project)
    const slot = await impl("M1")
    rmSync(project.worktree("impl-auth-M1"), { recursive: true })
    // A lock says that the folder may come back, as that of a disk which is not plugged in.
    project.git("worktree", "lock", project.worktree("impl-auth-M1"))
    const locked = await doctor("--fix")
    assert.deepStrictEqual([locked.kinds, locked.fixed], [["vanished-worktree"], false])
    assert.include(locked.findings[0]?.hint, "slipway done --force auth-M1")
    const refused = await json(["done", `${project.name}-impl-auth-M1`])
    assert.deepStrictEqual([refused.code, refused.envelope.error?.code], [4, "work-would-be-lost"], refused.stdout)
    project.git("worktree", "unlock", project.worktree("impl-auth-M1"))
    const nowhere = { variables: { DOCKER_HOST: "unix:///nowhere/engine.sock" } }
    const looked = await json(["doctor"], nowhere)
    ok(looked)
    assert.include(looked.envelope.data.findings.map(({ kind }: Finding) => kind), "engine-unavailable")
    const failed = await json(["doctor", "--fix"], nowhere)
    assert.strictEqual(failed.code, 1, failed.stdout)
    assert.isTrue(failed.envelope.ok)
    assert.include(failed.envelope.data.failures[0].step, `${project.name}-slot-${slot}`)
    assert.include(failed.envelope.data.failures[0].message, "Docker is not running")
    assert.include(claimed(project), String(slot))
    const mended = await doctor("--fix")
    assert.deepStrictEqual(mended.failures, [])
    assert.notInclude(claimed(project), String(slot))
    assert.deepStrictEqual(engineRemains(project.name), [])
    project.git("branch", "-D", "impl/auth-M1")
  })

  it("follows a worktree that was moved: the old place is orphaned, the new one goes on in a slot of its own", async () => {
    const { json } = commandLineOf(project)
    const slot = await impl("M3")
    const [from, to] = [project.worktree("impl-auth-M3"), join(project.folder, "elsewhere")]
    project.git("worktree", "move", from, to)
    assert.strictEqual((await rowOf(from)).state, "orphaned")
    const moved = await rowOf(to)
    assert.deepStrictEqual([moved.name, moved.slot], ["auth-M3", undefined])
    const ambiguous = await json(["done", "auth-M3"])
    assert.strictEqual(ambiguous.envelope.error?.code, "name-ambiguous", ambiguous.stdout)
    assert.match(ambiguous.envelope.error?.message ?? "", /elsewhere/u)

    const started = await json(["sandbox", "start", "elsewhere"])
    ok(started)
    const again = (await rowOf(to)).slot
    assert.notStrictEqual(again, slot)
    assert.deepStrictEqual((await doctor("--fix")).kinds, ["vanished-worktree"])
    assert.notInclude(claimed(project), String(slot))
    assert.include(claimed(project), String(again))
    assert.strictEqual((await json(["status"], { cwd: to })).envelope.data.state, "running")
    ok(await json(["done", "auth-M3"], { cwd: to }))
    assert.isFalse(existsSync(to))
    assert.deepStrictEqual(engineRemains(project.name), [])
  })

  it("finds a sandbox whose claim is gone, and takes it away with its folder", async () => {
    const slot = await impl("M2")
    const before = engineRemains(neighbour.name)
    forget(project, slot)
    const found = await doctor()
    assert.deepStrictEqual(found.kinds, ["orphan-sandbox", "orphan-slot-folder"])
    assert.strictEqual(found.findings[0]?.subject, `${project.name}-slot-${slot}`)
    assert.include(found.findings[0]?.evidence, `container ${project.name}-slot-${slot}-web-1`)
    assert.strictEqual(found.findings[1]?.subject, join(project.home, "slots", `${project.name}-${slot}`))
    const fixed = await doctor("--fix")
    assert.deepStrictEqual([fixed.fixed, fixed.failures], [true, []])
    assert.deepStrictEqual(engineRemains(project.name), [])
    assert.isFalse(existsSync(join(project.home, "slots", `${project.name}-${slot}`)))
    assert.deepStrictEqual(engineRemains(neighbour.name), before)
    // The worktree is somebody's work, and goes on.
    assert.isTrue(existsSync(project.worktree("impl-auth-M2")))
    ok(await commandLineOf(project).json(["sandbox", "start", "auth-M2"]))
    assert.deepStrictEqual((await doctor()).findings, [])
    ok(await commandLineOf(project).json(["done", "auth-M2"]))
  })

  it("gives slots back by what containers tell, when the registry and the slot's folder are lost", async () => {
    const { json } = commandLineOf(project)
    const slot = await impl("M2")
    const before = (await json(["status", "auth-M2"])).envelope.data
    ok(await json(["sandbox", "stop", "auth-M2"]))
    for (const name of ["registry.json", "registry.json.bak", `slots/${project.name}-${slot}`]) {
      rmSync(join(project.home, name), { recursive: true })
    }
    // Its slot is not given away to the next feature.
    const next = await json(["impl", "auth/M3"])
    ok(next)
    assert.notStrictEqual(next.envelope.data.slot.number, slot)
    assert.include(next.stdout, "whose claim is lost")
    ok(await json(["done", "auth-M3"]))
    for (const name of ["registry.json", "registry.json.bak"]) rmSync(join(project.home, name))

    const found = await doctor()
    assert.deepStrictEqual(found.kinds, ["registry-recovered", "lost-claim"])
    assert.include(found.findings[1]?.evidence, project.worktree("impl-auth-M2"))
    const fixed = await doctor("--fix")
    assert.deepStrictEqual([fixed.fixed, fixed.failures], [true, []])
    const after = (await json(["status", "auth-M2"])).envelope.data
    assert.deepStrictEqual([after.slot.number, after.slot.ports], [before.slot.number, before.slot.ports])
    assert.strictEqual(after.state, "stopped")
    ok(await json(["sandbox", "start", "auth-M2"]))
    assert.strictEqual((await json(["status", "auth-M2"])).envelope.data.state, "running")
    ok(await json(["done", "auth-M2"]))
    assert.deepStrictEqual(engineRemains(project.name), [])
    assert.deepStrictEqual((await doctor()).findings, [])
  })

  it("finds containers by label when the slot's folder is gone", async () => {
    const { json } = commandLineOf(project)
    const slot = await impl("M2")
    const folder = join(project.home, "slots", `${project.name}-${slot}`)
    rmSync(folder, { recursive: true })
    const found = await doctor()
    assert.deepStrictEqual(found.kinds, ["missing-slot-folder"])
    assert.isUndefined(found.findings[0]?.action)
    assert.include(found.findings[0]?.hint, "slipway sandbox start auth-M2")
    assert.isFalse((await doctor("--fix")).fixed)
    const stop = await json(["sandbox", "stop", "auth-M2"])
    assert.strictEqual(stop.code, 3, stop.stdout)
    assert.include(stop.envelope.error?.hint, "slipway sandbox start auth-M2")
    ok(await json(["sandbox", "start", "auth-M2"]))
    assert.isTrue(existsSync(join(folder, "docker-compose.yml")))
    rmSync(folder, { recursive: true })
    ok(await json(["done", "auth-M2"]))
    assert.deepStrictEqual(engineRemains(project.name), [])
    assert.deepStrictEqual((await doctor()).findings, [])
  })

  it("never touches containers of others, whatever they are called", async () => {
    const slot = await impl("M2")
    ok(await commandLineOf(project).json(["done", "auth-M2"]))
    const theirs = `${project.name}-slot-${slot}-theirs`
    const dockerfile = join(project.folder, "theirs/Dockerfile")
    mkdirSync(dirname(dockerfile))
    writeFileSync(dockerfile, "FROM scratch\nLABEL a=b\n")
    docker("build", "--quiet", "--tag", theirs, dirname(dockerfile))
    docker("create", "--name", theirs, "--label", `com.docker.compose.project=${project.name}`, theirs, "nothing")
    docker("volume", "create", theirs)
    const before = engineRemains(theirs)
    assert.lengthOf(before, 3)
    assert.deepStrictEqual((await doctor("--fix")).findings, [])
    assert.strictEqual(await impl("M2"), slot)
    ok(await commandLineOf(project).json(["done", "auth-M2"]))
    assert.deepStrictEqual(engineRemains(theirs), before)
    docker("rm", theirs)
    docker("volume", "rm", theirs)
    docker("image", "rm", theirs)
  })
})
