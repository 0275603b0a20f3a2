import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { commandLineOf } from "./fixtures/CommandLine.ts"
import { assertRefusal, noSuchWorktree, type Refusal, refusalsOf, tracesOf, usageError } from "./fixtures/Refusals.ts"
import { git, makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"

describe("repositories and worktrees", () => {
  let project: SampleProject
  beforeEach(async () => {
    project = await makeSampleProject({ docker: false })
  })
  afterEach(() => project.remove())

  const ceiling = () => ({ GIT_CEILING_DIRECTORIES: project.folder })

  it("refuses to work outside of a repository with a work tree", async () => {
    const plain = join(project.folder, "plain")
    mkdirSync(plain)
    const refused = refusalsOf(project)
    for (const cwd of [plain, join(project.folder, "origin.git"), join(project.root, ".git")]) {
      const outside = {
        exit: 3,
        code: "not-a-repository",
        says: [`${cwd} is not inside a git repository with a work tree`],
        hint: "go to the project's folder, or name it with -C DIR"
      }
      const at = { cwd, variables: ceiling() }
      for (const args of [["impl", "auth"], ["spec", "auth"], ["init", "--yes"]]) await refused(args, outside, at)
      await refused(["status"], { ...noSuchWorktree(""), says: [`${cwd} is not in a worktree of a feature`] }, at)
      await refused(["sandbox", "start"], { ...noSuchWorktree(""), says: ["is not in a worktree"] }, at)
    }
    assert.deepStrictEqual(readdirSync(plain), [])
    assert.notInclude(readdirSync(join(project.folder, "origin.git")), ".devops-ai")
  })

  it("asks for a first commit in a repository without one", async () => {
    const fresh = join(project.folder, "fresh")
    git(project.folder, "init", "--quiet", "--initial-branch=main", fresh)
    const empty = {
      exit: 1,
      code: "git-failed",
      says: ["the repository has no commit yet"],
      hint: "make the first one with `git commit`"
    }
    for (const command of ["impl", "spec"]) await refusalsOf(project)([command, "auth"], empty, { cwd: fresh })
    assert.deepStrictEqual(readdirSync(fresh), [".git"])
  })

  it("refuses a worktree or branch that is there already, and names the way on", async () => {
    const refused = refusalsOf(project)
    const { json } = commandLineOf(project)
    assert.strictEqual((await json(["impl", "auth/M1"])).code, 0)
    await refused(["impl", "auth/M1"], {
      exit: 5,
      code: "worktree-exists",
      says: [`Worktree already exists at ${project.worktree("impl-auth-M1")}`],
      hint: "`slipway done auth-M1` removes it"
    })
    const inTheWay = {
      exit: 5,
      code: "worktree-exists",
      says: [`${project.worktree("spec-pay")} is in the way`],
      hint: "move it away"
    }
    mkdirSync(project.worktree("spec-pay"))
    await refused(["spec", "pay"], inTheWay)
    rmSync(project.worktree("spec-pay"), { recursive: true })
    writeFileSync(project.worktree("spec-pay"), "mine")
    await refused(["spec", "pay"], inTheWay)

    project.git("branch", "impl/old")
    await refused(["impl", "old"], {
      exit: 5,
      code: "branch-exists",
      says: ["branch impl/old exists already"],
      hint: "--reuse checks it out again; `git branch -D impl/old` starts over"
    })
    project.git("checkout", "--quiet", "-b", "impl/held")
    for (const args of [["impl", "held"], ["impl", "held", "--reuse"]]) {
      await refused(args, {
        exit: 5,
        code: "branch-exists",
        says: [`branch impl/held is checked out at ${project.root}`],
        hint: "check out another branch there first"
      })
    }
    project.git("checkout", "--quiet", "main")
    project.git("branch", "impl/deep/er")
    const before = tracesOf(project)
    assertRefusal(await json(["impl", "deep"]), {
      exit: 1,
      code: "git-failed",
      says: ["'refs/heads/impl/deep/er' exists; cannot create 'refs/heads/impl/deep'"],
      hint: "git worktree add"
    }, "impl deep")
    assert.deepStrictEqual(tracesOf(project), before)
    assert.strictEqual((await json(["impl", "old", "--reuse"])).code, 0)
  })

  it("takes no name that could mean several worktrees, and offers near ones for a name that means none", async () => {
    const refused = refusalsOf(project)
    const { json } = commandLineOf(project)
    for (const args of [["spec", "auth"], ["impl", "auth/M1"], ["impl", "auth/M2"]]) {
      assert.strictEqual((await json(args)).code, 0)
    }
    const ambiguous = (name: string, ...names: ReadonlyArray<string>) => ({
      exit: 5,
      code: "name-ambiguous",
      says: [
        `"${name}" could mean any of ${names.length} worktrees:\n${
          names.map((one) => `  ${project.name}-${one}`).join("\n")
        }`
      ],
      hint: "name one of them in full"
    })
    for (const command of ["done", "status"]) {
      await refused([command, "aut"], ambiguous("aut", "impl-auth-M1", "impl-auth-M2", "spec-auth"))
      await refused([command, "impl"], ambiguous("impl", "impl-auth-M1", "impl-auth-M2"))
      await refused([command, "nothing"], noSuchWorktree("nothing"))
      await refused([command, "auth-M9"], noSuchWorktree("auth-M9", "; did you mean auth-M1 or auth-M2?"))
    }
    // A piece of a name part is only taken when a person agrees.
    await refused(["done", "th-M2"], {
      exit: 5,
      code: "name-ambiguous",
      says: ["\"th-M2\" is only a piece of a name", project.worktree("impl-auth-M2")],
      hint: "name it in full, or confirm with --yes"
    })
    assert.strictEqual((await json(["status", "th-M2"])).envelope.data.name, "auth-M2")
  })

  it("takes down no work that would be lost, counts and names it, and does with --force", async () => {
    const refused = refusalsOf(project)
    const { json } = commandLineOf(project)
    assert.strictEqual((await json(["impl", "auth/M1"])).code, 0)
    const worktree = project.worktree("impl-auth-M1")
    const lost = (...says: ReadonlyArray<string>): Refusal => ({
      exit: 4,
      code: "work-would-be-lost",
      says: [`${worktree} holds work that would be lost`, ...says],
      hint: "Use `--force` to override."
    })
    writeFileSync(join(worktree, "README.md"), "changed\n")
    git(worktree, "rm", "--quiet", "web/www/health")
    for (const name of ["new.txt", "new 2.txt", "größe.txt"]) writeFileSync(join(worktree, name), "mine\n")
    const dirty = await refused(
      ["done", "auth-M1"],
      lost("Uncommitted changes detected: 2 files\n", "Untracked files detected: 3 files\n")
    )
    assert.notInclude(dirty, "Unpushed")
    for (const name of ["README.md", "web/www/health", "new.txt", "new 2.txt", "größe.txt"]) assert.include(dirty, name)

    git(worktree, "add", "--all")
    git(worktree, "commit", "--quiet", "--message", "First thought")
    git(worktree, "commit", "--quiet", "--allow-empty", "--message", "Second thought")
    writeFileSync(join(worktree, "one.txt"), "mine\n")
    const all = await refused(
      ["done", "auth-M1"],
      lost("Untracked files detected: 1 file\n", "Unpushed commits detected: 2 commits on no remote\n")
    )
    assert.match(all, /[0-9a-f]{8} Second thought\n\s+[0-9a-f]{8} First thought/u)
    assert.notInclude(all, "Uncommitted")
    const head = git(worktree, "rev-parse", "HEAD").trim()

    const forced = await json(["done", "auth-M1", "--force"])
    assert.strictEqual(forced.code, 0, forced.stdout)
    assert.notInclude(tracesOf(project).folders, `${project.name}-impl-auth-M1`)
    // The commits are on no remote: the branch is kept, and said.
    assert.include(forced.envelope.data.branchKept, "neither merged nor on a remote")
    assert.strictEqual(project.git("rev-parse", "impl/auth-M1").trim(), head)
  })

  it("sets up a project without a compose file, changes nothing the second time, and refuses answers that cannot be", async () => {
    const { json, run } = commandLineOf(project)
    const file = join(project.root, ".devops-ai/infra.toml")
    const refused = refusalsOf(project)
    const initRefused = (says: string) => ({
      exit: 2,
      code: "init-refused",
      says: ["the project cannot be set up like this:\n", says],
      hint: "slipway init"
    })
    await refused(["init"], usageError("", "--yes"))
    await refused(["init", "--yes", "--compose-file", "nope.yml"], initRefused("there is no compose file nope.yml"))
    await refused(["init", "--yes", "--name", "../x"], initRefused("project.name: expected a name"))
    const composeFile = join(project.root, "compose.yaml")
    for (
      const [text, says] of [
        ["services:\n  web: [\n\t: {{{\n", "compose.yaml: Flow sequence in block collection"],
        ["just a text\n", "compose.yaml: it has no services"],
        ["", "compose.yaml: it has no services"]
      ] as const
    ) {
      writeFileSync(composeFile, text)
      await refused(["init", "--yes"], initRefused(says))
    }
    rmSync(composeFile)

    const first = await json(["init", "--yes"])
    assert.strictEqual(first.code, 0, first.stdout)
    assert.deepInclude(first.envelope.data, { project: project.name, sandbox: false, written: [file] })
    assert.deepStrictEqual(first.envelope.data.warnings, ["there is no compose file: worktrees have no sandboxes"])
    const edited = `# mine\n${readFileSync(file, "utf8")}`
    writeFileSync(file, edited)
    const before = tracesOf(project)
    for (const args of [["init", "--yes"], ["init"], ["init", "--check"], ["init", "--yes", "--dry-run"]]) {
      assert.strictEqual((await run(args)).code, 0, args.join(" "))
      assert.strictEqual(readFileSync(file, "utf8"), edited)
    }
    assert.deepStrictEqual(tracesOf(project), before)
  })
})
