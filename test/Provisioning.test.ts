import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { dirname, join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { commandLineOf } from "./fixtures/CommandLine.ts"
import { git, makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"

let project: SampleProject
beforeEach(async () => {
  project = await makeSampleProject({ docker: false })
})
afterEach(() => project.remove())

const put = (path: string, text: string, mode = 0o644): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  chmodSync(path, mode)
}

const textAt = (...path: ReadonlyArray<string>): string => readFileSync(join(...path), "utf8")

const modeOf = (...path: ReadonlyArray<string>): number => statSync(join(...path)).mode & 0o777

const commit = (): void => {
  project.git("add", "--all")
  project.git("commit", "--quiet", "--message", "Configure")
  project.git("push", "--quiet")
}

/** Writes infra.toml and commits it with whatever else is new. */
const configure = (toml: string): void => {
  put(join(project.root, ".devops-ai/infra.toml"), `[project]\nname = "${project.name}"\n\n${toml}`)
  commit()
}

const approvalsFile = (): string => join(project.home, "approvals.json")

describe("ignored files that are copied into a worktree", () => {
  it("copies by the patterns of .worktreeinclude and of infra.toml, with modes, links and folders", async () => {
    const { json } = commandLineOf(project)
    const root = project.root
    put(
      join(root, ".gitignore"),
      "*.env\n.env*\n/ignored/\nnode_modules/\n*.pem\n*.key\nlocal.sh\ncache/\nключи/\nlinks/\n"
    )
    put(
      join(root, ".worktreeinclude"),
      "\uFEFF# what a feature needs\r\n.env*\r\n!.env.example\r\n\r\nnode_modules/*\r\n/ignored/deep/*.env\r\n"
        + "local.sh   \r\nключи/\r\nlinks/\r\nvisible.txt\r\n!node_modules/skipped/\r\n"
    )
    configure(`[worktree]\ninclude = ["*.pem", "!private.pem"]\n`)

    put(join(root, ".env"), "A='1'\n", 0o600)
    put(join(root, ".env.example"), "not wanted\n")
    put(join(root, "apps/web/.env.local"), "B=2\r\nno end of line")
    put(join(root, "ignored/deep/one two.env"), "C=3\n")
    put(join(root, "ignored/deep/more/three.env"), "too deep\n")
    put(join(root, "ignored/four.env"), "elsewhere\n")
    put(join(root, "local.sh"), "#!/bin/sh\n", 0o750)
    put(join(root, "ключи/ключ\n1"), "ü\n")
    put(join(root, "public.pem"), "PEM\n", 0o400)
    put(join(root, "private.pem"), "not wanted\n")
    put(join(root, "server.key"), "not named\n")
    put(join(root, "visible.txt"), "not ignored: git has to bring it\n")
    put(join(root, "node_modules/tool/bin.js"), "#!/usr/bin/env node\n", 0o755)
    put(join(root, "node_modules/skipped/index.js"), "not wanted\n")
    for (let n = 0; n < 2000; n++) put(join(root, `node_modules/package-${n % 50}/lib/file-${n}.js`), `${n}\n`)
    mkdirSync(join(root, "node_modules/.bin"))
    symlinkSync("../tool/bin.js", join(root, "node_modules/.bin/tool"))
    mkdirSync(join(root, "links"))
    symlinkSync("../../outside", join(root, "links/outside"))
    symlinkSync("nowhere", join(root, "links/broken"))
    put(join(project.folder, "outside/secret"), "not copied through the link\n")

    const made = await json(["impl", "auth/M1"])
    assert.strictEqual(made.code, 0, made.stdout + made.stderr)
    const worktree = project.worktree("impl-auth-M1")
    const same = [
      ".env",
      "apps/web/.env.local",
      "ignored/deep/one two.env",
      "local.sh",
      "ключи/ключ\n1",
      "public.pem",
      "node_modules/tool/bin.js",
      "node_modules/package-49/lib/file-1999.js"
    ]
    for (const path of same) {
      assert.strictEqual(textAt(worktree, path), textAt(root, path), path)
      assert.strictEqual(modeOf(worktree, path), modeOf(root, path), path)
    }
    assert.strictEqual(git(worktree, "ls-files", "--others", "node_modules/package-*").trim().split("\n").length, 2000)
    const links = {
      "node_modules/.bin/tool": "../tool/bin.js",
      "links/outside": "../../outside",
      "links/broken": "nowhere"
    }
    for (const [path, target] of Object.entries(links)) {
      assert.isTrue(lstatSync(join(worktree, path)).isSymbolicLink(), path)
      assert.strictEqual(readlinkSync(join(worktree, path)), target)
    }
    const unwanted = [
      ".env.example",
      "ignored/deep/more",
      "ignored/four.env",
      "private.pem",
      "server.key",
      "visible.txt",
      "node_modules/skipped"
    ]
    for (const path of unwanted) assert.isFalse(existsSync(join(worktree, path)), path)

    // What Slipway brought is no work.
    assert.strictEqual(git(worktree, "status", "--porcelain").trim(), "")
    const done = await json(["done", "auth-M1"])
    assert.strictEqual(done.code, 0, done.stdout + done.stderr)
    for (const path of [".env", "local.sh", "public.pem"]) {
      assert.notInclude(done.envelope.data.warnings.join("\n"), path)
    }
    assert.isFalse(existsSync(worktree))
    assert.strictEqual(textAt(root, "node_modules/tool/bin.js"), "#!/usr/bin/env node\n")
    assert.strictEqual(textAt(project.folder, "outside/secret"), "not copied through the link\n")
  })

  it("leaves alone what the branch brings, and writes nothing outside of the worktree", async () => {
    const { json } = commandLineOf(project)
    const root = project.root
    put(join(root, ".worktreeinclude"), ".env\nconf/\nplain/\n/../outside/*\n")
    put(join(root, ".gitignore"), ".env\nconf/\nplain/\n")
    commit()
    // The remote's branch is ahead of this checkout: it has files and a link where the checkout has ignored files.
    const other = join(project.folder, "other")
    const outside = join(project.folder, "outside")
    put(join(outside, "own"), "not to be copied\n")
    git(project.folder, "clone", "--quiet", join(project.folder, "origin.git"), other)
    git(other, "config", "user.name", "Other")
    git(other, "config", "user.email", "other@example.org")
    writeFileSync(join(other, ".env"), "FROM=branch\n")
    writeFileSync(join(other, "plain"), "a file of the branch\n")
    symlinkSync(outside, join(other, "conf"))
    git(other, "add", "--force", ".env", "conf", "plain")
    git(other, "commit", "--quiet", "--message", "Take the names")
    git(other, "push", "--quiet")

    put(join(root, ".env"), "FROM=checkout\n")
    put(join(root, "conf/key"), "of the checkout\n")
    put(join(root, "plain/key"), "of the checkout\n")
    const made = await json(["impl", "auth/M1"])
    assert.strictEqual(made.code, 0, made.stdout + made.stderr)
    const worktree = project.worktree("impl-auth-M1")
    assert.strictEqual(textAt(worktree, ".env"), "FROM=branch\n")
    assert.strictEqual(textAt(worktree, "plain"), "a file of the branch\n")
    assert.isFalse(existsSync(join(outside, "key")))
    assert.isFalse(existsSync(join(worktree, "own")))
    assert.strictEqual(git(worktree, "status", "--porcelain").trim(), "")
  })

  it("names the included file that was changed, when it goes with the worktree", async () => {
    const { json } = commandLineOf(project)
    put(join(project.root, ".worktreeinclude"), ".env.local\nnode_modules/\n")
    commit()
    put(join(project.root, ".env.local"), "A=1\n")
    put(join(project.root, "node_modules/a.js"), "1\n")
    assert.strictEqual((await json(["spec", "auth"])).code, 0)
    const worktree = project.worktree("spec-auth")
    assert.strictEqual(textAt(worktree, ".env.local"), "A=1\n")
    writeFileSync(join(worktree, ".env.local"), "A=2\n")
    const done = await json(["done", "spec-auth"])
    assert.strictEqual(done.code, 0, done.stdout + done.stderr)
    assert.include(done.envelope.data.warnings.join("\n"), ".env.local")
    assert.strictEqual(textAt(project.root, ".env.local"), "A=1\n")
  })
})

describe("setup and teardown commands", () => {
  it("run only when approved, and are asked for again when their text changes", async () => {
    const { json, run } = commandLineOf(project)
    configure(`[worktree]\nsetup = [["sh", "-c", "pwd > setup.txt"], ["touch", "it's done"]]\n`)
    const refused = await json(["impl", "auth/M1"])
    assert.strictEqual(refused.code, 4, refused.stdout + refused.stderr)
    assert.strictEqual(refused.envelope.error?.code, "approval-required")
    assert.include(refused.envelope.error?.message, "sh -c 'pwd > setup.txt'")
    assert.include(refused.envelope.error?.message, `touch 'it'\\''s done'`)
    assert.include(refused.envelope.error?.hint, "--yes")
    const told = await run(["spec", "auth"])
    assert.strictEqual(told.code, 4)
    assert.include(told.stderr, "nobody has approved")
    assert.strictEqual(project.git("worktree", "list").trim().split("\n").length, 1)
    assert.strictEqual(project.git("branch", "--list", "impl/*", "spec/*").trim(), "")
    assert.isFalse(existsSync(approvalsFile()))

    // A dry run shows and asks nothing, and a consent given to it counts for nothing.
    for (const flags of [[], ["--yes"]]) {
      const planned = await json(["impl", "auth/M1", "--dry-run", ...flags])
      assert.strictEqual(planned.code, 0, planned.stdout + planned.stderr)
      const setup = planned.envelope.data.steps.find(({ step }: { readonly step: string }) => step === "setup")
      assert.strictEqual(setup.title, "run 2 setup commands")
      assert.isFalse(existsSync(project.worktree("impl-auth-M1")))
      assert.isFalse(existsSync(approvalsFile()))
    }

    const approved = await json(["impl", "auth/M1", "--yes"])
    assert.strictEqual(approved.code, 0, approved.stdout + approved.stderr)
    const first = project.worktree("impl-auth-M1")
    assert.strictEqual(textAt(first, "setup.txt"), `${first}\n`)
    assert.isTrue(existsSync(join(first, "it's done")))
    assert.strictEqual(modeOf(approvalsFile()), 0o600)
    assert.notInclude(textAt(approvalsFile()), "setup.txt")

    const remembered = await json(["spec", "auth"], { cwd: first })
    assert.strictEqual(remembered.code, 0, remembered.stdout + remembered.stderr)
    assert.isTrue(existsSync(join(project.worktree("spec-auth"), "setup.txt")))

    // Where one argument ends and the next begins counts.
    configure(`[worktree]\nsetup = [["sh", "-c", "pwd > setup.txt"], ["touch", "it's", "done"]]\n`)
    const changed = await json(["impl", "auth/M2"])
    assert.strictEqual(changed.code, 4, changed.stdout + changed.stderr)
    assert.strictEqual(changed.envelope.error?.code, "approval-required")
    assert.isFalse(existsSync(project.worktree("impl-auth-M2")))
  })

  it("keeps the worktree when setup fails, and shows the end of what it printed", async () => {
    const { json, run } = commandLineOf(project)
    const log = join(project.folder, "log")
    configure(`[worktree]
setup = [
  ["sh", "-c", "echo one >> ${log}; git rev-parse --show-toplevel >> ${log}"],
  ["sh", "-c", "for n in $(seq 3000); do echo line $n; done; echo no network here >&2; exit 7"],
  ["sh", "-c", "echo three >> ${log}"]
]
`)
    // The caller's own git variables, as in a hook, do not lead a command's git elsewhere.
    const variables = { GIT_DIR: join(project.root, ".git"), GIT_WORK_TREE: project.root }
    const failed = await json(["impl", "auth/M1", "--yes"], { variables })
    const worktree = project.worktree("impl-auth-M1")
    assert.strictEqual(failed.code, 1, failed.stdout + failed.stderr)
    assert.strictEqual(failed.envelope.error?.code, "command-failed")
    const message = failed.envelope.error?.message ?? ""
    assert.include(message, `Worktree preserved at ${worktree}`)
    assert.include(message, "ended with exit code 7")
    assert.include(message, "line 3000\nno network here")
    assert.notInclude(message, "line 1\n")
    assert.include(failed.envelope.error?.hint, worktree)
    assert.strictEqual(textAt(log), `one\n${worktree}\n`)
    assert.isTrue(existsSync(join(worktree, "README.md")))
    assert.strictEqual(git(worktree, "status", "--porcelain").trim(), "")

    configure(`[worktree]\nsetup = [["no-such-program", "--flag"]]\n`)
    const absent = await run(["spec", "auth", "--yes"])
    assert.strictEqual(absent.code, 1)
    assert.include(absent.stderr, "`no-such-program --flag` was not found")
    for (const name of ["impl-auth-M1", "spec-auth"]) {
      assert.strictEqual((await json(["done", name])).code, 0)
      assert.isFalse(existsSync(project.worktree(name)))
    }
  })

  it("tears down by the main checkout's approved commands alone, before the worktree goes", async () => {
    const { json } = commandLineOf(project)
    const log = join(project.folder, "log")
    const own = `[worktree]\nteardown = [["sh", "-c", "cat README.md >> ${log}"]]\n`
    configure(own)
    for (const name of ["auth/M1", "auth/M2"]) assert.strictEqual((await json(["impl", name])).code, 0)
    const first = project.worktree("impl-auth-M1")

    // A branch cannot have other commands run.
    writeFileSync(
      join(first, ".devops-ai/infra.toml"),
      `[project]\nname = "x"\n[worktree]\nteardown = [["touch", "${log}"]]\n`
    )
    git(first, "commit", "--quiet", "--all", "--message", "Mean no good")
    git(first, "push", "--quiet", "origin", "HEAD")
    const refused = await json(["done", "auth-M1"], { cwd: first })
    assert.strictEqual(refused.code, 4, refused.stdout + refused.stderr)
    assert.strictEqual(refused.envelope.error?.code, "approval-required")
    assert.include(refused.envelope.error?.message, `sh -c 'cat README.md >> ${log}'`)
    assert.include(refused.envelope.error?.hint, "--yes")
    assert.include(refused.envelope.error?.hint, "--force")
    const planned = await json(["done", "auth-M1", "--dry-run", "--yes"])
    assert.strictEqual(planned.code, 0, planned.stdout + planned.stderr)
    assert.strictEqual(planned.envelope.data.steps[0].title, "run 1 teardown command")
    assert.isTrue(existsSync(first))
    assert.isFalse(existsSync(log))
    assert.isFalse(existsSync(approvalsFile()))

    const done = await json(["done", "auth-M1", "--yes"])
    assert.strictEqual(done.code, 0, done.stdout + done.stderr)
    assert.strictEqual(textAt(log), `# ${project.name}\n`)
    assert.isFalse(existsSync(first))
    const remembered = await json(["done", "auth-M2"])
    assert.strictEqual(remembered.code, 0, remembered.stdout + remembered.stderr)
    assert.strictEqual(textAt(log), `# ${project.name}\n`.repeat(2))
  })

  it("keeps a worktree whose teardown fails, until it is mended or forced", async () => {
    const { json } = commandLineOf(project)
    configure(`[worktree]\nteardown = [["sh", "-c", "echo cannot reach it >&2; test -e ${project.folder}/mended"]]\n`)
    for (const name of ["auth/M1", "auth/M2", "auth/M3"]) assert.strictEqual((await json(["impl", name])).code, 0)
    for (const flags of [["--yes"], []]) {
      const failed = await json(["done", "auth-M1", ...flags])
      assert.strictEqual(failed.code, 1, failed.stdout + failed.stderr)
      assert.strictEqual(failed.envelope.error?.code, "teardown-incomplete")
      assert.include(failed.envelope.error?.message, "cannot reach it")
      assert.include(failed.envelope.error?.hint, "slipway done auth-M1")
      assert.isTrue(existsSync(join(project.worktree("impl-auth-M1"), "README.md")))
      assert.include(project.git("branch", "--list", "impl/*"), "impl/auth-M1")
    }
    const forced = await json(["done", "auth-M2", "--force"])
    assert.strictEqual(forced.code, 0, forced.stdout + forced.stderr)
    assert.include(forced.envelope.data.warnings.join("\n"), "cannot reach it")
    assert.isFalse(existsSync(project.worktree("impl-auth-M2")))

    put(join(project.folder, "mended"), "")
    assert.strictEqual((await json(["done", "auth-M1"])).code, 0)
    assert.isFalse(existsSync(project.worktree("impl-auth-M1")))

    // Not approved after a change of its text: only force goes on, and runs nothing.
    configure(`[worktree]\nteardown = [["rm", "${project.folder}/mended"]]\n`)
    assert.strictEqual((await json(["done", "auth-M3"])).code, 4)
    assert.strictEqual((await json(["done", "auth-M3", "--force"])).code, 0)
    assert.isFalse(existsSync(project.worktree("impl-auth-M3")))
    assert.isTrue(existsSync(join(project.folder, "mended")))
    assert.strictEqual(project.git("branch", "--list", "impl/*").trim(), "")
  })
})
