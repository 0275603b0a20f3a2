import { SpecProjects } from "@slipway/core"
import { connect, NodeSlipway, SlipwayError } from "@slipway/node-adapters"
import { Effect } from "effect"
import { execFileSync, spawnSync } from "node:child_process"
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { commandLineOf, type Run } from "./fixtures/CommandLine.ts"
import { codevTexts, kiroSpecs, writeFiles } from "./fixtures/KiroSpecs.ts"
import { cleanVariables, makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"

const ok = (run: Run): void => assert.strictEqual(run.code, 0, run.stdout + run.stderr)

/** All files, links and empty folders below a folder, each with its bytes or target. */
const snapshot = (folder: string): Readonly<Record<string, string>> => {
  const found: Record<string, string> = {}
  const visit = (path: string): void => {
    const stats = lstatSync(join(folder, path))
    if (stats.isSymbolicLink()) found[path] = `-> ${readlinkSync(join(folder, path))}`
    else if (stats.isFile()) found[path] = readFileSync(join(folder, path), "latin1")
    else {
      const entries = readdirSync(join(folder, path)).filter((name) => name !== ".git")
      if (entries.length === 0) found[`${path}/`] = ""
      for (const entry of entries) visit(path === "" ? entry : `${path}/${entry}`)
    }
  }
  visit("")
  return found
}

describe("spec projects", () => {
  let project: SampleProject
  beforeEach(async () => {
    project = await makeSampleProject({ docker: false })
  })
  afterEach(() => project.remove())

  const at = (...path: ReadonlyArray<string>) => join(project.root, ...path)
  const text = (...path: ReadonlyArray<string>) => readFileSync(at(...path), "utf8")
  const json = async (...args: ReadonlyArray<string>) => commandLineOf(project).json(["project", ...args])
  const data = async (...args: ReadonlyArray<string>) => {
    const run = await json(...args)
    ok(run)
    return run.envelope.data
  }
  const refusal = async (...args: ReadonlyArray<string>) => {
    const before = snapshot(project.root)
    const run = await json(...args)
    assert.deepStrictEqual(snapshot(project.root), before)
    return { exit: run.code, ...run.envelope.error }
  }

  /** Every text is where it was seen before, through Kiro's link, and in the projects' folder. */
  const assertKiroIntact = () => {
    for (const [path, content] of Object.entries(kiroSpecs)) {
      assert.strictEqual(text(".kiro/specs", path), content, path)
      assert.strictEqual(text(".ai/projects", path), content, path)
    }
    for (const name of ["order-history", "rate-limits", "audit-export"]) {
      assert.strictEqual(readlinkSync(at(".kiro/specs", name)), `../../.ai/projects/${name}`)
    }
  }

  const assertCodevIntact = (texts: Readonly<Record<string, string>>) => {
    const moved = { specs: "spec.md", plans: "plan.md", reviews: "review.md" }
    for (const [path, content] of Object.entries(texts)) {
      const [, folder, number, name] = /^(\w+)\/(\d+)-(.+)\.md$/u.exec(path) ?? []
      assert.strictEqual(text(".ai/projects", `${name}`, moved[folder as keyof typeof moved]), content, path)
      assert.isFalse(existsSync(at("codev", path)))
      assert.include(text("codev", `${folder}`, `${number}-${name}.link.md`), `.ai/projects/${name}/`)
    }
  }

  it("moves Kiro's specs whole, shows their progress, and gives every byte back through the link", async () => {
    writeFiles(at(".kiro/specs"), kiroSpecs)
    const before = snapshot(project.root)
    const plan = await data("migrate", "--dry-run")
    assert.isTrue(plan.dryRun)
    assert.deepStrictEqual(snapshot(project.root), before)

    const moved = await data("migrate")
    assert.deepStrictEqual(moved.steps, plan.steps)
    assert.deepStrictEqual(moved.left, [])
    assert.deepStrictEqual(moved.failures, [])
    assertKiroIntact()
    assert.strictEqual(text(".gitignore"), ".env.local\nnode_modules/\n.ai/projects/\n")

    const { projects } = await data("list")
    const brief = projects.map((each: Record<string, unknown>) => [each["name"], each["displayName"], each["status"]])
    assert.deepStrictEqual(brief, [
      ["audit-export", "Export of the audit trail", "in-progress"],
      ["order-history", "Order History", "in-progress"],
      ["rate-limits", "Rate limits", "complete"]
    ])
    const shown = await data("show", "order-history")
    assert.deepStrictEqual(shown.tasks, { done: 2, total: 5, optionalDone: 0, optionalTotal: 1 })
    assert.deepStrictEqual(shown.artifacts, ["requirements.md", "design.md", "tasks.md"])
    assert.deepStrictEqual(
      shown.items.map((item: { label: string; depth: number; checked: boolean }) =>
        `${"  ".repeat(item.depth)}${item.label}${item.checked ? " x" : ""}`
      ),
      ["1 x", "2", "  2.1 x", "  2.2", "  2.3", "3", "  3.1", "  3.2"]
    )
    assert.deepStrictEqual(shown.items[0].requirements, ["1.1", "1.2"])
    assert.deepStrictEqual((await data("doctor")).findings, [])
  })

  it("keeps what Kiro writes through the link, and what others put into metadata.json", async () => {
    writeFiles(at(".kiro/specs"), kiroSpecs)
    await data("migrate")
    const path = at(".ai/projects/audit-export/metadata.json")
    writeFileSync(path, JSON.stringify({ owner: { team: "data" }, ...JSON.parse(readFileSync(path, "utf8")) }))
    writeFileSync(at(".kiro/specs/audit-export/design.md"), "# Design Document\n")
    const found = await data("doctor")
    assert.deepStrictEqual(found.findings.map(({ kind }: { kind: string }) => kind), ["metadata-outdated"])
    await data("doctor", "--fix")
    const metadata = JSON.parse(readFileSync(path, "utf8"))
    assert.deepStrictEqual(metadata.artifacts, ["requirements.md", "design.md"])
    assert.deepStrictEqual(metadata.owner, { team: "data" })
    assert.deepStrictEqual((await data("doctor")).findings, [])
  })

  it("moves Codev's texts, keeps their numbers, and points to them", async () => {
    writeFiles(at("codev"), codevTexts)
    await data("migrate")
    assertCodevIntact(codevTexts)
    const metadata = JSON.parse(text(".ai/projects/simple-xml-response/metadata.json"))
    assert.deepInclude(metadata, {
      name: "simple-xml-response",
      displayName: "Simple XML Response Adapter",
      format: "codev",
      artifacts: ["spec.md", "plan.md", "review.md"],
      status: "complete",
      codevNumber: "0001",
      repository: project.name
    })
    assert.strictEqual(
      text("codev/plans/0001-simple-xml-response.link.md"),
      `<!-- codev/plans/0001-simple-xml-response.link.md -->
# 0001: Simple XML Response Adapter Implementation
> **Note**: This is a pointer file. The actual project artifacts are located at:
> \`.ai/projects/simple-xml-response/\`
## Quick Links
- [Spec](../../.ai/projects/simple-xml-response/spec.md)
- [Plan](../../.ai/projects/simple-xml-response/plan.md)
- [Review](../../.ai/projects/simple-xml-response/review.md)
## Metadata
- **Project**: simple-xml-response
- **Format**: Codev
- **Codev Number**: 0001
- **Status**: Complete
- **Repository**: ${project.name}
---
*This file is auto-generated. Do not edit manually.*
`
    )
    const created = await data("create", "next-one", "--format", "codev")
    assert.strictEqual(created.project.codevNumber, "0005")
    rmSync(at(".ai/projects/next-one"), { recursive: true })
    for (const folder of ["specs", "plans", "reviews"]) rmSync(at(`codev/${folder}/0005-next-one.link.md`))
    assert.strictEqual((await data("create", "another", "--format", "codev")).project.codevNumber, "0006")
  })

  it("changes no byte when it is run again", async () => {
    writeFiles(at(".kiro/specs"), kiroSpecs)
    writeFiles(at("codev"), codevTexts)
    await data("migrate")
    const before = snapshot(project.root)
    const again = await data("migrate")
    assert.deepStrictEqual(again.steps, [])
    await data("doctor", "--fix")
    assert.deepStrictEqual(snapshot(project.root), before)
  })

  it("overwrites nothing, and says what stays and why", async () => {
    writeFiles(at(".kiro/specs"), {
      ...kiroSpecs,
      "bad name/requirements.md": "x",
      "twice/requirements.md": "of Kiro\n",
      "twice/notes/deep.txt": "kept\n",
      "joined/requirements.md": "joins\n",
      "joined/deep/er.bin": "joins too\n"
    })
    writeFiles(at(".ai/projects"), { "twice/requirements.md": "of the project\n", "joined/events.jsonl": "{}\n" })
    writeFiles(at("codev"), {
      "specs/README.md": "About this folder\n",
      "specs/0001-one.md": "one",
      "specs/0001-two.md": "two",
      "plans/0003-lonely.md": "a plan without a spec"
    })
    symlinkSync("/etc", at(".kiro/specs/elsewhere"))
    const moved = await data("migrate")
    const reasons = new Map(moved.left.map(({ path, reason }: { path: string; reason: string }) => [path, reason]))
    assert.sameMembers([...reasons.keys()], [
      ".kiro/specs/bad name",
      ".kiro/specs/elsewhere",
      ".kiro/specs/twice/requirements.md",
      "codev/plans/0003-lonely.md",
      "codev/specs/0001-one.md",
      "codev/specs/0001-two.md",
      "codev/specs/README.md"
    ])
    assert.include(reasons.get("codev/specs/0001-one.md"), "two")
    assert.strictEqual(text(".kiro/specs/twice/requirements.md"), "of Kiro\n")
    assert.strictEqual(text(".kiro/specs/twice/notes/deep.txt"), "kept\n")
    assert.strictEqual(text(".ai/projects/twice/requirements.md"), "of the project\n")
    assertKiroIntact()
    assert.strictEqual(text(".kiro/specs/joined/deep/er.bin"), "joins too\n")
    assert.strictEqual(text(".kiro/specs/joined/events.jsonl"), "{}\n")
    const before = snapshot(project.root)
    assert.deepStrictEqual((await data("migrate")).steps, [])
    assert.deepStrictEqual(snapshot(project.root), before)
  })

  const killedAt = (command: "migrate" | "create", name: string, event: number): boolean => {
    const { signal, status, stderr } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, "fixtures/KilledAt.ts"), command, name, String(event)],
      {
        cwd: project.root,
        encoding: "utf8",
        env: { ...cleanVariables(), GIT_CONFIG_GLOBAL: "/dev/null", SLIPWAY_HOME: project.home }
      }
    )
    assert.isTrue(signal === "SIGKILL" || status === 0, stderr)
    return signal === "SIGKILL"
  }

  it("completes a move that was killed at any step", { timeout: 600_000 }, async () => {
    const specs = { "order-history/tasks.md": "- [x] 1. Go\n", "order-history/assets/page.svg": "<svg/>\n" }
    const joined = { "joined/requirements.md": "joins\n", "joined/deep/er.bin": "too\n" }
    const texts = Object.entries(codevTexts).filter(([path]) => path.includes("0001-"))
    const arrange = () => {
      for (const folder of [".kiro", ".ai", "codev"]) rmSync(at(folder), { recursive: true, force: true })
      writeFiles(at(".kiro/specs"), { ...specs, ...joined })
      writeFiles(at("codev"), Object.fromEntries(texts))
      writeFiles(at(".ai/projects"), { "joined/events.jsonl": "{}\n" })
    }
    let event = 1
    for (let killed = true; killed; event++) {
      arrange()
      killed = killedAt("migrate", "-", event)
      const again = await data("migrate")
      assert.deepStrictEqual([again.left, again.failures], [[], []], `after event ${event}`)
      for (const [path, content] of Object.entries({ ...specs, ...joined, "joined/events.jsonl": "{}\n" })) {
        assert.strictEqual(text(".kiro/specs", path), content)
        assert.strictEqual(text(".ai/projects", path), content)
      }
      assertCodevIntact(Object.fromEntries(texts))
      assert.deepStrictEqual((await data("doctor")).findings, [], `after event ${event}`)
      assert.isFalse(existsSync(at(".ai/projects/.lock")))
    }
    assert.isAbove(event, 30)
  })

  it("mends a creation that was killed at any step", { timeout: 300_000 }, async () => {
    let event = 1
    const numbers = new Set<string>()
    for (let killed = true; killed; event++) {
      killed = killedAt("create", `made-${event}`, event)
      if (!existsSync(at(`.ai/projects/made-${event}/metadata.json`))) {
        await data("create", `made-${event}`, "--format", "codev")
      }
      await data("doctor", "--fix")
      assert.deepStrictEqual((await data("doctor")).findings, [], `after event ${event}`)
      const { codevNumber } = await data("show", `made-${event}`)
      assert.isFalse(numbers.has(codevNumber))
      numbers.add(codevNumber)
    }
    assert.isAbove(event, 8)
  })

  it("gives twenty processes twenty numbers", { timeout: 120_000 }, async () => {
    const names = Array.from({ length: 20 }, (_, index) => `parallel-${index}`)
    const made = await Promise.all(names.map((name) => json("create", name, "--format", "codev")))
    for (const run of made) ok(run)
    const numbers = made.map(({ envelope }) => envelope.data.project.codevNumber).toSorted()
    assert.deepStrictEqual(numbers, Array.from({ length: 20 }, (_, index) => String(index + 1).padStart(4, "0")))
    assert.deepStrictEqual((await data("doctor")).findings, [])
    assert.lengthOf(readdirSync(at("codev/specs")), 20)
    assert.strictEqual(text(".gitignore").split(".ai/projects/").length, 2)
  })

  it("lets one of two processes make a name", async () => {
    const made = await Promise.all([1, 2].map(() => json("create", "one", "--format", "kiro")))
    assert.sameMembers(made.map(({ code }) => code), [0, 5])
    assert.deepStrictEqual((await data("doctor")).findings, [])
  })

  it("works in the main checkout, from whatever worktree it is called", async () => {
    project.git("worktree", "add", "--quiet", project.worktree("side"))
    const run = await commandLineOf(project).json(["project", "create", "auth", "--format", "kiro"], {
      cwd: project.worktree("side")
    })
    ok(run)
    assert.strictEqual(run.envelope.data.project.path, at(".ai/projects/auth"))
    assert.isFalse(existsSync(join(project.worktree("side"), ".ai")))
    assert.strictEqual((await data("list")).projects.length, 1)
  })

  it.each([
    { args: ["create", "../evil", "--format", "kiro"], exit: 2, code: "name-invalid" },
    { args: ["create", "a/b", "--format", "kiro"], exit: 2, code: "name-invalid" },
    { args: ["show", "/etc"], exit: 2, code: "name-invalid" },
    { args: ["create", "auth", "--format", "cursor"], exit: 2, code: "usage-error" },
    { args: ["create", "auth"], exit: 2, code: "usage-error" },
    { args: ["show", "absent"], exit: 3, code: "spec-project-missing" }
  ])("refuses $args", async ({ args, code, exit }) => {
    assert.deepInclude(await refusal(...args), { exit, code })
  })

  it("writes through no link that leads elsewhere", async () => {
    const outside = join(project.folder, "outside")
    mkdirSync(outside)
    mkdirSync(at(".ai/projects"), { recursive: true })
    mkdirSync(at(".kiro/specs"), { recursive: true })
    symlinkSync(outside, at(".ai/projects/auth"))
    symlinkSync(outside, at(".kiro/specs/pay"))
    assert.deepInclude(await refusal("create", "auth", "--format", "kiro"), { exit: 4, code: "spec-link-elsewhere" })
    assert.deepInclude(await refusal("create", "pay", "--format", "kiro"), { exit: 4, code: "spec-link-elsewhere" })
    assert.deepInclude(await refusal("show", "auth"), { exit: 4, code: "spec-link-elsewhere" })
    rmSync(at(".ai"), { recursive: true })
    symlinkSync(outside, at(".ai"))
    assert.deepInclude(await refusal("create", "x", "--format", "kiro"), { exit: 4, code: "spec-link-elsewhere" })
    assert.deepInclude(await refusal("migrate"), { exit: 4, code: "spec-link-elsewhere" })
    assert.deepStrictEqual(readdirSync(outside), [])
  })

  it("leaves a damaged metadata.json alone, and lists the others", async () => {
    await data("create", "sound", "--format", "kiro")
    for (const garbage of ["", "{", "[]", "null", "{\"format\":\"cursor\"}", "{\"name\":7}"]) {
      writeFiles(at(".ai/projects"), { "damaged/metadata.json": garbage })
      const { projects } = await data("list")
      assert.include(projects[0].problem, "metadata.json cannot be read")
      assert.doesNotHaveAnyKeys(projects[1], ["problem"])
      assert.deepInclude(await refusal("show", "damaged"), { exit: 7, code: "spec-metadata-invalid" })
      assert.deepInclude(await refusal("create", "damaged", "--format", "kiro"), { exit: 7 })
      const { findings } = await data("doctor", "--fix")
      assert.deepStrictEqual(findings.map(({ kind }: { kind: string }) => kind), ["damaged-metadata"])
      assert.strictEqual(text(".ai/projects/damaged/metadata.json"), garbage)
    }
  })

  it("refuses a name that Kiro has in its own folder, and names what moves it", async () => {
    writeFiles(at(".kiro/specs"), kiroSpecs)
    const refused = await refusal("create", "rate-limits", "--format", "kiro")
    assert.deepInclude(refused, { exit: 5, code: "spec-not-migrated" })
    assert.include(refused.hint, "slipway project migrate")
  })

  it("tells of a folder that cannot be written", async () => {
    writeFiles(at(".kiro/specs"), kiroSpecs)
    mkdirSync(at(".ai/projects"), { recursive: true })
    const writable = lock(at(".ai"))
    try {
      assert.deepInclude(await refusal("create", "auth", "--format", "kiro"), { exit: 1, code: "file-unavailable" })
      assert.deepInclude(await refusal("migrate"), { exit: 1, code: "file-unavailable" })
    } finally {
      writable()
    }
    await data("migrate")
    assertKiroIntact()
  })

  it("reads 10 MB of tasks", async () => {
    const tasks = "- [ ] 1. Group\r\n  - [x] 1.1 Item\r\n    - _Requirements: 1.1_\r\n".repeat(160_000)
    writeFiles(at(".kiro/specs"), { "huge/tasks.md": tasks })
    await data("migrate")
    assert.strictEqual(text(".kiro/specs/huge/tasks.md"), tasks)
    const { projects } = await data("list")
    assert.deepInclude(projects[0].tasks, { done: 160_000, total: 160_000 })
  })

  it("serves features: makes what is missing once, ticks one character, keeps the metadata up to date", async () => {
    const repository = { main: project.root, commonDirectory: at(".git"), current: project.root }
    const layer = NodeSlipway.layer({ variables: { ...cleanVariables(), SLIPWAY_HOME: project.home } })
    const call = <A, E>(use: (projects: SpecProjects["Service"]) => Effect.Effect<A, E>) =>
      Effect.runPromise(SpecProjects.use(use).pipe(Effect.provide(layer)))
    const wish = { name: "login", format: "codev", displayName: "Log in", description: "" } as const
    assert.isNull(await call((projects) => projects.folder(repository, "login")))
    const made = await call((projects) => projects.establish(repository, wish))
    assert.deepInclude(made, { name: "login", format: "codev", path: at(".ai/projects/login") })
    const before = snapshot(project.root)
    assert.deepStrictEqual(await call((projects) => projects.establish(repository, { ...wish, format: null })), made)
    assert.deepStrictEqual(snapshot(project.root), before)

    const tasks = "\uFEFF# Tasks\r\n\r\n- [ ] 1. Form\r\n\t* [ ] 1.1 Fields \r\n```\r\n- [ ] 1.1 Fields\r\n```\r\n"
    const path = at(".ai/projects/login/tasks.md")
    writeFileSync(path, tasks, { mode: 0o640 })
    const tick = (title: string, isChecked: boolean) =>
      call((projects) => projects.tick(repository, "login", { label: "1.1", title }, isChecked))
    assert.isTrue(await tick("Fields", true))
    assert.strictEqual(readFileSync(path, "utf8"), tasks.replace("* [ ]", "* [x]"))
    assert.strictEqual(lstatSync(path).mode & 0o777, 0o640)
    // Other words under the same number are another task.
    assert.isFalse(await tick("Renamed", false))
    assert.isTrue(await tick("Fields", false))
    assert.strictEqual(readFileSync(path, "utf8"), tasks)
    assert.isFalse(await call((projects) => projects.tick(repository, "login", { label: null, title: "No" }, true)))

    await call((projects) => projects.refresh(repository, "login", "in-progress"))
    const metadata = JSON.parse(text(".ai/projects/login/metadata.json"))
    assert.deepInclude(metadata, { status: "in-progress", artifacts: ["tasks.md"], codevNumber: "0001" })
    assert.include(text("codev/specs/0001-login.link.md"), "- **Status**: In Progress")
    const after = snapshot(project.root)
    await call((projects) => projects.refresh(repository, "login", "in-progress"))
    assert.deepStrictEqual(snapshot(project.root), after)
  })

  it("serves programs without Effect", async () => {
    writeFiles(at(".kiro/specs"), kiroSpecs)
    await using slipway = await connect({ cwd: project.root, home: project.home, env: cleanVariables() })
    assert.isAbove((await slipway.projects.migrate({ dryRun: true })).steps.length, 0)
    assert.isFalse(existsSync(at(".ai")))
    assert.lengthOf((await slipway.projects.migrate()).projects, 3)
    const created = await slipway.projects.create("pay", { format: "codev", title: "Payments", tags: ["money"] })
    assert.deepInclude(created.project, { codevNumber: "0001", displayName: "Payments", tags: ["money"] })
    assert.lengthOf((await slipway.projects.list()).projects, 4)
    assert.lengthOf((await slipway.projects.show("order-history")).items, 8)
    rmSync(at(".kiro/specs/rate-limits"))
    const found = await slipway.projects.doctor()
    assert.deepStrictEqual(found.findings.map(({ fixable, kind }) => [kind, fixable]), [["link-missing", true]])
    assert.isTrue((await slipway.projects.doctor({ fix: true })).fixed)
    assertKiroIntact()
    const missing = await slipway.projects.show("absent").then(() => null, (error: unknown) => error)
    assert.instanceOf(missing, SlipwayError)
    assert.deepInclude(missing, { code: "spec-project-missing", exitCode: 3 })
  })

  it("completes names of projects", async () => {
    await data("create", "user-auth", "--format", "kiro")
    const names = await commandLineOf(project).run(["__names", "projects"])
    assert.strictEqual(names.stdout.trim(), "user-auth")
  })
})

/** Keeps everybody from writing below a folder, root too; gives what ends that. */
const lock = (path: string): () => void => {
  if (process.geteuid?.() !== 0) {
    chmodSync(join(path, "projects"), 0o555)
    return () => chmodSync(join(path, "projects"), 0o755)
  }
  execFileSync("mount", ["--bind", path, path])
  execFileSync("mount", ["-o", "remount,ro,bind", path])
  return () => execFileSync("umount", [path])
}
