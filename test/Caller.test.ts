import { spawn } from "node:child_process"
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { bundle, clearEngine, commandLineOf, docker, engineRemains, skipsEngine } from "./fixtures/CommandLine.ts"
import { assertRefusal, tracesOf } from "./fixtures/Refusals.ts"
import { cleanVariables, git, makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"

const ok = (run: { readonly code: number | null; readonly stdout: string; readonly stderr: string }): void =>
  assert.strictEqual(run.code, 0, run.stdout + run.stderr)

/** A name that every shell, YAML and dotenv file could stumble over. */
const wild = `-it's a "wild" wörld 日本 #1 $HOME`

/** Runs the command line in bash, as `slipway`, so that a test can redirect its streams. */
const inShell = (project: SampleProject, script: string, variables: Readonly<Record<string, string>> = {}) =>
  new Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>((resolve) => {
    const child = spawn("bash", ["-c", `slipway() { "$NODE" "$BUNDLE" "$@"; }; ${script}`], {
      cwd: project.root,
      env: {
        ...cleanVariables(),
        NODE: process.execPath,
        BUNDLE: bundle,
        SLIPWAY_HOME: project.home,
        GIT_CONFIG_GLOBAL: "/dev/null",
        ...variables
      },
      stdio: ["ignore", "pipe", "pipe"]
    })
    const output = { stdout: "", stderr: "" }
    child.stdout.on("data", (text) => output.stdout += text)
    child.stderr.on("data", (text) => output.stderr += text)
    child.on("close", (code) => resolve({ code, ...output }))
  })

let project: SampleProject
afterEach(() => {
  if (!skipsEngine) clearEngine(project.name)
  project.remove()
})

describe("the caller's folders, variables and streams", () => {
  beforeEach(async () => {
    project = await makeSampleProject()
  })

  it("a home that is a file is refused by what writes to it, and left as it is", async () => {
    const { json } = commandLineOf(project)
    writeFileSync(project.home, "mine")
    const before = project.git("for-each-ref")
    assertRefusal(await json(["impl", "auth/M1", "--no-sandbox"]), {
      exit: 1,
      code: "journal-unavailable",
      says: [project.home, "not a directory (ENOTDIR)"],
      hint: "set SLIPWAY_HOME to another folder"
    }, "impl")
    for (const args of [["worktrees"], ["doctor"]]) ok(await json(args))
    assert.strictEqual(readFileSync(project.home, "utf8"), "mine")
    assert.strictEqual(project.git("for-each-ref"), before)
    assert.isFalse(existsSync(project.worktree("impl-auth-M1")))
  })

  it("a home and a repository go by any name; without HOME, SLIPWAY_HOME says enough, and the other way round", async () => {
    const folder = join(project.folder, wild)
    const root = join(folder, wild)
    mkdirSync(folder)
    renameSync(project.root, root)
    const worktree = join(folder, `${project.name}-impl-auth-M1`)
    const there = { ...project, root, home: join(folder, "home", wild) }
    const noHome = "unset HOME; "
    const ownHome = "unset SLIPWAY_HOME; "
    for (
      const [setting, home, variables] of [
        ["", there.home, {}],
        [noHome, there.home, {}],
        [ownHome, join(folder, ".devops-ai"), { HOME: folder }],
        ["", join(folder, "tilde"), { HOME: folder, SLIPWAY_HOME: "~/tilde" }]
      ] as const
    ) {
      ok(await inShell(there, `${setting}slipway impl auth/M1 --no-sandbox --json`, variables))
      assert.include(git(root, "worktree", "list"), "[impl/auth-M1]")
      assert.isTrue(existsSync(join(worktree, "README.md")))
      ok(await inShell({ ...there, root: worktree }, `${setting}slipway status --json`, variables))
      ok(await inShell(there, `${setting}slipway done auth-M1 --json`, variables))
      assert.isFalse(existsSync(worktree))
      assert.strictEqual(git(root, "worktree", "list").trim().split("\n").length, 1)
      assert.isTrue(existsSync(join(home, "journal")))
      rmSync(home, { recursive: true })
    }
    assert.deepStrictEqual(readdirSync(folder).toSorted(), [wild, "home"].toSorted())
  })

  it("a hook of git that prints breaks no answer; one that fails is told in its words, and nothing is left", async () => {
    const { json } = commandLineOf(project)
    const hook = join(project.root, ".git/hooks/post-checkout")
    mkdirSync(join(project.root, ".git/hooks"), { recursive: true })
    const setHook = (end: string) => {
      writeFileSync(hook, `#!/bin/sh\necho from the hook\necho "no licence" >&2\n${end}\n`)
      chmodSync(hook, 0o755)
    }
    setHook("exit 3")
    const before = tracesOf(project)
    assertRefusal(await json(["impl", "auth/M1", "--no-sandbox"]), {
      exit: 1,
      code: "git-failed",
      says: ["git worktree add failed: ", "no licence"],
      hint: "git worktree add"
    }, "hook")
    assert.deepStrictEqual(tracesOf(project), before)
    setHook("exit 0")
    const made = await json(["impl", "auth/M1", "--no-sandbox"])
    ok(made)
    assert.deepStrictEqual([made.envelope.ok, made.stderr], [true, ""])
    ok(await json(["done", "auth-M1"]))
    assert.deepStrictEqual(tracesOf(project), before)
  })

  it("ends quietly when nobody reads, asks nothing when nobody can answer, and colours nothing for a file", async () => {
    const gone = await inShell(project, `slipway impl auth/M1 --no-sandbox | head -c 0; echo "\${PIPESTATUS[0]}"`)
    assert.strictEqual(gone.stdout, "0\n", gone.stderr)
    assert.notInclude(gone.stderr, "EPIPE")
    assert.isTrue(existsSync(project.worktree("impl-auth-M1")))
    for (const args of ["worktrees", "worktrees --json", "status auth-M1", "doctor", "completions bash"]) {
      const { stderr, stdout } = await inShell(project, `slipway ${args} | head -n 0; echo "\${PIPESTATUS[0]}"`)
      assert.deepStrictEqual([stdout, stderr], ["0\n", ""], args)
    }
    const closed = await inShell(project, "slipway worktrees --json <&-")
    ok(closed)
    assert.strictEqual(JSON.parse(closed.stdout).data.worktrees.length, 1)
    ok(await inShell(project, "slipway impl auth/M2 --no-sandbox --json <&- 2>&-"))
    const config = join(project.root, ".devops-ai/infra.toml")
    rmSync(config)
    const asked = await inShell(project, "slipway init <&-")
    assert.deepStrictEqual([asked.code, asked.stdout], [2, ""])
    assert.include(asked.stderr, "--yes")
    assert.isFalse(existsSync(config))
    project.git("checkout", "--quiet", "--", ".")

    const escape = "\u001b["
    const commands = ["worktrees", "status auth-M1", "done nothing", "worktrees --no-such", "doctor"]
    for (const args of commands) {
      for (const variables of [{ TERM: "xterm-256color" }, { NO_COLOR: "1", CLICOLOR_FORCE: "1" }]) {
        const { stderr, stdout } = await inShell(project, `slipway ${args}`, variables)
        assert.notInclude(stdout + stderr, escape, args)
        assert.notStrictEqual(stdout + stderr, "", args)
      }
    }
    assert.include((await inShell(project, "slipway done nothing", { CLICOLOR_FORCE: "1" })).stderr, escape)
    for (const name of ["auth-M1", "auth-M2"]) ok(await inShell(project, `slipway done ${name} >/dev/null`))
    assert.strictEqual(project.git("worktree", "list").trim().split("\n").length, 1)
  })

  it("reads a journal whose last line is torn, and closes what it tells of", async () => {
    const { json } = commandLineOf(project)
    ok(await json(["impl", "auth/M1", "--no-sandbox"]))
    const names = readdirSync(join(project.home, "journal"), { recursive: true }).map(String)
    const record = names.find((name) => name.endsWith(".jsonl")) ?? ""
    const path = join(project.home, "journal", record)
    const whole = readFileSync(path, "utf8")
    truncateSync(path, Buffer.byteLength(whole) - 20)
    const looked = await json(["doctor"])
    ok(looked)
    const kinds = (run: typeof looked) => run.envelope.data.findings.map((one: { readonly kind: string }) => one.kind)
    assert.include(kinds(looked), "unfinished-operation")
    ok(await json(["doctor", "--fix"]))
    assert.strictEqual(readFileSync(path, "utf8").split("\n").length, whole.split("\n").length + 1)
    assert.deepStrictEqual(kinds(await json(["doctor"])), skipsEngine ? ["engine-unavailable"] : [])
    assert.strictEqual(project.git("for-each-ref", "--format=%(refname)", "refs/heads").trim(), "refs/heads/main")
  })
})

describe.skipIf(skipsEngine)("on a real engine, the caller's surroundings", () => {
  it("have no say: variables of git, Compose and the ports, and a name that breaks everything else", async () => {
    project = await makeSampleProject({
      files: {
        "docker-compose.yml": `services:
  web: { build: ./web, init: true, stop_grace_period: 1s, ports: ["\${WEB_PORT:-80}:8080"] }
  db: { build: ./db, init: true, stop_grace_period: 1s, ports: ["\${DB_PORT:-81}:8080"] }
`
      }
    })
    const config = join(project.root, ".devops-ai/infra.toml")
    const mounts = `\n[sandbox.mounts]\ncode = ["web/www/:/www"]\ncode_targets = ["web"]\n`
    writeFileSync(config, readFileSync(config, "utf8") + mounts)
    project.git("commit", "--quiet", "--all", "--message", "Mount the pages")
    project.git("push", "--quiet")
    const folder = join(project.folder, wild)
    mkdirSync(folder)
    const root = join(folder, wild)
    renameSync(project.root, root)
    const there = { ...project, root, home: join(folder, "home") }
    const { json } = commandLineOf(there)
    const variables = {
      GIT_DIR: "/nowhere",
      GIT_WORK_TREE: "/nowhere",
      GIT_INDEX_FILE: "/nowhere/index",
      GIT_COMMON_DIR: "/nowhere",
      COMPOSE_PROJECT_NAME: `${project.name}-foreign`,
      COMPOSE_FILE: "/nowhere.yml",
      COMPOSE_PROFILES: "foreign",
      COMPOSE_ENV_FILES: "/nowhere.env",
      COMPOSE_DISABLE_ENV_FILE: "1",
      WEB_PORT: "1",
      DB_PORT: "2"
    }
    const made = await json(["impl", "auth/M1", "--require-healthy"], { variables })
    ok(made)
    const { composeProject, urls } = made.envelope.data.sandbox
    assert.strictEqual(composeProject, `${project.name}-slot-1`)
    assert.deepStrictEqual(
      urls.map((one: { readonly port: number }) => one.port),
      [project.webPort + 1, project.dbPort + 1]
    )
    // The worktree's own folder is mounted, whatever it is called.
    const worktree = join(folder, `${project.name}-impl-auth-M1`)
    writeFileSync(join(worktree, "web/www/index.html"), "page of the worktree\n")
    assert.strictEqual(await (await fetch(urls[0].url)).text(), "page of the worktree\n")
    assert.notInclude(engineRemains(project.name).join("\n"), "foreign")
    const slotFolder = join(there.home, "slots", `${project.name}-1`)
    assert.include(readFileSync(join(slotFolder, ".env.sandbox"), "utf8"), `WEB_PORT=${project.webPort + 1}`)
    ok(await json(["sandbox", "restart"], { variables, cwd: worktree }))
    assert.strictEqual((await json(["status", "auth-M1"], { variables })).envelope.data.state, "running")
    // Which engine to use is the caller's to say, and not another one in its place.
    assertRefusal(await json(["impl", "auth/M2"], { variables: { DOCKER_CONTEXT: "nowhere" } }), {
      exit: 1,
      code: "engine-unavailable",
      says: ["the docker context nowhere does not exist"],
      hint: "start Docker"
    }, "context")
    ok(await json(["done", "auth-M1", "--force"], { variables }))
    assert.deepStrictEqual(engineRemains(project.name), [])
    assert.strictEqual(git(root, "worktree", "list").trim().split("\n").length, 1)
  })

  it("two homes with the same project take neither slot nor sandbox from each other", async () => {
    project = await makeSampleProject()
    const [ada, ben] = ["ada", "ben"].map((user) => {
      const { json } = commandLineOf({ ...project, home: join(project.folder, user) })
      return (...args: ReadonlyArray<string>) => json(args)
    })
    if (ada === undefined || ben === undefined) return assert.fail()
    ok(await ada("impl", "auth/M1", "--require-healthy"))
    ok(await ada("sandbox", "stop", "auth-M1"))
    const containers = () => docker("ps", "--all", "--quiet", "--filter", `name=${project.name}-slot-1-`).toSorted()
    const hers = containers()
    // Her ports are free now, and his registry knows nothing of her slot.
    const his = await ben("impl", "auth/M2", "--require-healthy")
    ok(his)
    assert.strictEqual(his.envelope.data.slot.number, 2)
    assert.strictEqual(his.envelope.data.skippedSlots[0].slot, 1)
    assert.include(his.envelope.data.skippedSlots[0].reason, join(project.folder, "ada"))
    for (const doctor of [await ben("doctor", "--fix"), await ada("doctor", "--fix")]) {
      ok(doctor)
      assert.deepStrictEqual(doctor.envelope.data.findings, [])
    }
    ok(await ben("done", "auth-M2"))
    assert.deepStrictEqual(containers(), hers)
    ok(await ada("sandbox", "start", "auth-M1", "--require-healthy"))
    ok(await ada("done", "auth-M1"))
    assert.deepStrictEqual(engineRemains(project.name), [])
  })
})
