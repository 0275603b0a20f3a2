import { connect, SlipwayError } from "@slipway/node-adapters"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterAll, afterEach, assert, beforeAll, describe, it, onTestFinished } from "vitest"
import { commandLineOf } from "./fixtures/CommandLine.ts"
import { noSuchWorktree, type Refusal, refusalsOf, tracesOf, usageError } from "./fixtures/Refusals.ts"
import { makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"

const nameInvalid = (...says: ReadonlyArray<string>): Refusal => ({
  exit: 2,
  code: "name-invalid",
  says,
  hint: "use letters (a-z, A-Z), digits, ., _ and -"
})

describe("names and arguments", () => {
  let project: SampleProject
  beforeAll(async () => {
    project = await makeSampleProject()
  })
  afterAll(() => project.remove())

  it("refuses names that could leave the folder, become an option or no branch", async () => {
    const refused = refusalsOf(project)
    const cases: ReadonlyArray<readonly [name: string, ...says: ReadonlyArray<string>]> = [
      ["", "\"\" cannot name a feature", "it is empty"],
      ["../x", "\"..\" cannot name a feature", "it has .. in it"],
      ["..", "it has .. in it"],
      [".", "it begins with ."],
      ["a..b", "\"a..b\" cannot name a feature", "it has .. in it"],
      ["a/b/c", "\"a/b/c\" cannot name", "more than one /"],
      ["auth/../../x", "more than one /"],
      ["auth/", "\"\" cannot name a milestone", "it is empty"],
      ["/M1", "\"\" cannot name a feature", "it is empty"],
      ["auth/..", "\"..\" cannot name a milestone", "it has .. in it"],
      ["auth/-x", "\"-x\" cannot name a milestone", "it begins with -"],
      [`${"x".repeat(300)}`, `"${"x".repeat(100)}…" cannot name`, "it has 300 characters, at most 100 are allowed"],
      ["sign in", "\"sign in\" cannot name a feature", "it has a space in it"],
      ["a\tb", "it has a control character in it"],
      ["a\nb", "it has a control character in it"],
      ["größe", "it has ö in it"],
      ["日本", "it has 日 in it"],
      ["🚀", "it has 🚀 in it"],
      [".git", "it begins with ."],
      ["auth.lock", "it ends with .lock"],
      ["auth/M1.LOCK", "\"M1.LOCK\" cannot name a milestone", "it ends with .lock"],
      ["auth.", "it ends with ."],
      ["a@{b", "it has @ in it"],
      ["a~1", "it has ~ in it"],
      ["a:b", "it has : in it"],
      ["a\\b", "it has \\ in it"],
      ["$(id)", "it has $ in it"]
    ]
    for (const [name, ...says] of cases) await refused(["impl", name], nameInvalid(...says))
    for (const name of ["", "../x", "a b", "auth.lock", "auth/M1"]) await refused(["spec", name], nameInvalid())

    // Behind -- a name cannot be taken for a flag, and is refused as a name.
    const { run } = commandLineOf(project)
    const dashed = await run(["impl", "--", "-rf"])
    assert.strictEqual(dashed.code, 2)
    assert.include(dashed.stderr, "✗ \"-rf\" cannot name a feature: it begins with -")
    assert.strictEqual(tracesOf(project).folders.length, 2)
  })

  it("finds nothing by such names, and takes nothing down", async () => {
    const refused = refusalsOf(project)
    for (const name of ["", "../x", "a/b/c", "/", ".", "..", "größe", "x".repeat(300), project.root, "main"]) {
      for (const command of ["done", "status"]) await refused([command, name], noSuchWorktree(name))
    }
    assert.isTrue(readdirSync(project.root).includes("README.md"))
  })

  it("refuses a NUL, which no command line can hold, from a program", async () => {
    const slipway = await connect({ cwd: project.root, home: project.home })
    onTestFinished(() => slipway.close())
    const before = tracesOf(project)
    const rejection = (call: Promise<unknown>) =>
      call.then(
        (): never => assert.fail("it was not refused"),
        (error: unknown) => error instanceof SlipwayError ? error : assert.fail(String(error))
      )
    for (const name of ["\0", "auth\0", "auth/M\0", "../\0"]) {
      for (const call of [() => slipway.impl(name), () => slipway.spec(name)]) {
        const error = await rejection(call())
        assert.deepStrictEqual([error.code, error.exitCode], ["name-invalid", 2], JSON.stringify(name))
        assert.match(error.message, /it has (?:a control character|\.\.|\/) in it/u)
        assert.notInclude(error.message, "\0")
      }
      for (const call of [() => slipway.done(name), () => slipway.status(name)]) {
        const error = await rejection(call())
        assert.deepStrictEqual([error.code, error.exitCode], ["worktree-missing", 3], JSON.stringify(name))
        assert.notInclude(error.message, "\0")
      }
    }
    assert.deepStrictEqual(tracesOf(project), before)
  })

  it("tells how a command is used, and what was probably meant", async () => {
    const refused = refusalsOf(project)
    const cases: ReadonlyArray<readonly [args: ReadonlyArray<string>, message: string, hint: string]> = [
      [["ipml", "auth"], "there is no command `slipway ipml`", "did you mean `slipway impl`?"],
      [["frobnicate"], "there is no command `slipway frobnicate`", "`slipway --help`"],
      [["sandbox", "strat"], "there is no command `slipway sandbox strat`", "did you mean `slipway sandbox start`?"],
      [["--jsno"], "`slipway` has no flag --jsno", "did you mean `--json`?"],
      [["impl", "-rf"], "`slipway impl` has no flag -r", "`slipway impl --help`"],
      [["impl", "auth", "--reues"], "`slipway impl` has no flag --reues", "did you mean `--reuse`?"],
      [["done", "auth", "--froce"], "`slipway done` has no flag --froce", "did you mean `--force`?"],
      [["impl"], "`slipway impl` needs FEATURE", "usage: slipway impl"],
      [["spec"], "`slipway spec` needs FEATURE", "usage: slipway spec"],
      [["done"], "`slipway done` needs NAME", "usage: slipway done"],
      [["sandbox", "exec"], "`slipway sandbox exec` needs SERVICE", "usage: slipway sandbox exec"],
      [["impl", "auth", "M1"], "`slipway impl` does not take \"M1\"", "usage: slipway impl"],
      [["impl", "auth", "--offline=maybe"], "--offline takes no value", "`slipway impl --help`"],
      [["init", "--port", "API"], "--port cannot be \"API\"", "`slipway init --help`"],
      [["init", "--yes", "--port", "API=99999"], "a port is a number from 1 to 65535", "--port API_PORT=8080"],
      [["sandbox", "logs", "--tail", "few"], "--tail cannot be \"few\"", "`slipway sandbox logs --help`"],
      [["completions", "tcsh"], "it is one of bash, zsh, fish", "`slipway completions --help`"],
      [["-C", "/no/such/folder", "impl", "auth"], "there is no folder /no/such/folder", "-C names an existing folder"]
    ]
    for (const [args, message, hint] of cases) await refused(args, usageError(message, hint))
    assert.deepStrictEqual(tracesOf(project).slots, {})
  })

  it("names the milestones that there are when the one asked for is not", async () => {
    const message = await refusalsOf(project)(["impl", "auth/M9"], {
      exit: 3,
      code: "milestone-missing",
      says: ["No milestone file matching `docs/designs/auth/implementation/M9*.md` in design docs"],
      hint: "name one of the milestones above"
    })
    assert.deepStrictEqual(message.split("\n").slice(1), [
      "  docs/designs/auth/implementation/M1_login.md",
      "  docs/designs/auth/implementation/M2_logout.md",
      "  docs/designs/auth/implementation/M3_reset.md"
    ])
  })
})

describe("infra.toml", () => {
  let project: SampleProject
  let file: string
  let sound: string
  beforeAll(async () => {
    project = await makeSampleProject()
    file = join(project.root, ".devops-ai/infra.toml")
    sound = readFileSync(file, "utf8")
  })
  afterEach(() => {
    rmSync(file, { recursive: true, force: true })
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, sound)
  })
  afterAll(() => project.remove())

  const sandbox = (...lines: ReadonlyArray<string>) =>
    ["[project]", "name = \"shop\"", "[sandbox]", "compose_file = \"docker-compose.yml\"", ...lines, ""].join("\n")

  /** Each line of the message, for a text of the file, without the file's path. */
  const faultsOf = async (text: string | Buffer): Promise<ReadonlyArray<string>> => {
    writeFileSync(file, text)
    const expected = { exit: 2, code: "config-invalid", says: [`${file}:`], hint: `mend ${file}` }
    const message = await refusalsOf(project)(["impl", "auth/M1"], expected)
    return message.split("\n").map((line) => line.replace(file, ""))
  }

  it("tells all its faults at once, each with line, field, what was expected and what was found", async () => {
    const bad = [
      "[project]",
      "name = 7",
      "[sandbox]",
      "compose_file = \"../outside.yml\"",
      "port_strid = 2",
      "[sandbox.ports]",
      "WEB_PORT = 70000",
      "DB_PORT = \"5432\"",
      ""
    ].join("\n")
    const faults = await faultsOf(bad)
    assert.match(faults[0] ?? "", /^:2: project\.name: expected a name .*, found 7$/u)
    assert.deepStrictEqual(faults.slice(1), [
      ":4: sandbox.compose_file: expected a path below the checkout, relative and with /, found \"../outside.yml\"",
      ":7: sandbox.ports.WEB_PORT: expected a port from 1 to 65535, found 70000",
      ":8: sandbox.ports.DB_PORT: expected a port from 1 to 65535, found \"5432\"",
      ":5: unknown key sandbox.port_strid is left alone; did you mean port_stride?"
    ])
    writeFileSync(file, bad)
    const expected = { exit: 2, code: "config-invalid", says: [":2:", ":4:", ":7:", ":8:"], hint: `mend ${file}` }
    for (const args of [["spec", "auth"], ["init", "--check"], ["init", "--yes"]]) {
      await refusalsOf(project)(args, expected)
    }
    // A list of all projects does not fail because of one.
    assert.strictEqual((await commandLineOf(project).json(["worktrees"])).code, 0)
  })

  it("tells where its syntax ends", async () => {
    assert.match(
      (await faultsOf("[project]\nname = \"shop\n"))[0] ?? "",
      /^:2: expected TOML, found .*\(column 1\d?\)$/u
    )
    assert.match((await faultsOf("[project\nname = 1\n"))[0] ?? "", /^:1: expected TOML, found .*\(column \d+\)$/u)
    assert.match(
      (await faultsOf("[project]\nname = \"a\"\nname = \"b\"\n"))[0] ?? "",
      /^:3: expected TOML, found .*redefine.*\(column 1\)$/u
    )
    // A fault of syntax hides none of the others.
    const both = await faultsOf(`${sandbox("[sandbox.ports]", "WEB_PORT = 0")}[worktree\n`)
    assert.deepStrictEqual(both.map((line) => line.split(": expected ")[0]), [":6: sandbox.ports.WEB_PORT", ":7"])
  })

  it("tells wrong types, values and ports", async () => {
    assert.deepStrictEqual(await faultsOf(""), [
      ": project: expected a table with the project's name, but it is missing"
    ])
    assert.deepStrictEqual(
      await faultsOf(sandbox("port_stride = 0", "compose_mode = \"magic\"", "profiles = \"dev\"", "services = [1]")),
      [
        ":5: sandbox.port_stride: expected a whole number from 1 to 1000, found 0",
        ":6: sandbox.compose_mode: expected one of \"auto\", \"override\", \"env\", found \"magic\"",
        ":7: sandbox.profiles: expected a list, found \"dev\"",
        ":8: sandbox.services[0]: expected the name of a service, found 1"
      ]
    )
    const port = "expected a port from 1 to 65535, found"
    assert.deepStrictEqual(
      await faultsOf(sandbox("[sandbox.ports]", "A = 0", "B = -1", "C = 65536", "D = 80.5", "E = true", "F = [80]")),
      [
        `:6: sandbox.ports.A: ${port} 0`,
        `:7: sandbox.ports.B: ${port} -1`,
        `:8: sandbox.ports.C: ${port} 65536`,
        `:9: sandbox.ports.D: ${port} 80.5`,
        `:10: sandbox.ports.E: ${port} true`,
        `:11: sandbox.ports.F: ${port} a list`
      ]
    )
    assert.deepStrictEqual(await faultsOf(sandbox("[sandbox.ports]", "A = 8000", "B = 8001", "C = 8000")), [
      ":8: sandbox.ports.C: expected a base port of its own, found 8000, the base port of A"
    ])
    assert.deepStrictEqual(
      await faultsOf(
        sandbox("[sandbox.health]", "endpoint = \"/\"", "port_var = \"WEB\"", "[sandbox.ports]", "API = 1")
      ),
      [":7: sandbox.health.port_var: expected a variable of [sandbox.ports]: API, found \"WEB\""]
    )
    const secret = await faultsOf(
      sandbox("[sandbox.secrets]", "TOKEN = \"hunter2\"", "[sandbox.env]", "LIST = [\"s3\"]")
    )
    assert.strictEqual(secret.length, 2)
    assert.notMatch(secret.join("\n"), /hunter2|s3/u)
  })

  it("warns of keys that it does not know, with the one that was probably meant", async () => {
    writeFileSync(file, `${sound}\n[worktree]\nsetpu = [["true"]]\n[sandbox.helth]\nendpoint = "/"\n`)
    const line = sound.split("\n").length + 2
    const made = await commandLineOf(project).json(["impl", "auth/M1", "--no-sandbox", "--dry-run"])
    assert.strictEqual(made.code, 0, made.stdout)
    assert.deepStrictEqual(made.envelope.data.warnings, [
      `${file}:${line}: unknown key worktree.setpu is left alone; did you mean setup?`,
      `${file}:${line + 1}: unknown key sandbox.helth is left alone; did you mean health?`
    ])
  })

  it("says why a file cannot be read at all", async () => {
    const refused = refusalsOf(project)
    const unreadable = { exit: 1, code: "file-unavailable", hint: "check that it is a text file which you may read" }
    writeFileSync(file, Buffer.from([0xff, 0xfe, 0x00, 0x41]))
    await refused(["impl", "auth/M1"], { ...unreadable, says: [`cannot read ${file}: it is not UTF-8 text`] })
    rmSync(file)
    mkdirSync(file)
    const folder = await refused(["impl", "auth/M1"], { ...unreadable, says: [`cannot read ${file}: `] })
    assert.include(folder, "EISDIR")
  })

  it("makes worktrees without a sandbox where there is none, and says what is missing for one", async () => {
    rmSync(file)
    const { json } = commandLineOf(project)
    const impl = await json(["impl", "auth/M1"])
    assert.strictEqual(impl.code, 0, impl.stdout)
    assert.isUndefined(impl.envelope.data.slot)
    await refusalsOf(project)(["sandbox", "start", "auth-M1"], {
      exit: 3,
      code: "config-missing",
      says: [`${project.name} has no [sandbox] in .devops-ai/infra.toml`],
      hint: "Run `slipway init` first"
    })
    assert.strictEqual((await json(["done", "auth-M1"])).code, 0)
  })
})
