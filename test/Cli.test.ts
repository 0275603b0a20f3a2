import { spawn, spawnSync } from "node:child_process"
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { assert, describe, it } from "vitest"
import { bundle } from "./fixtures/CommandLine.ts"

const sources = join(dirname(import.meta.dirname), "packages/cli/src/bin.ts")

/** Runs the command line in a folder of its own, without a terminal, and gives how it ended. */
const slipway = (
  args: ReadonlyArray<string>,
  { program = bundle, variables = {} }: {
    readonly program?: string
    readonly variables?: Readonly<Record<string, string>>
  } = {}
) =>
  inFolder((folder) => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [program, ...args], {
      cwd: folder,
      env: environment(folder, variables),
      encoding: "utf8"
    })
    return { code: status, stdout, stderr }
  })

const inFolder = <A>(use: (folder: string) => A): A => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "slipway-cli-")))
  try {
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const environment = (folder: string, variables: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  HOME: folder,
  SLIPWAY_HOME: join(folder, "home"),
  GIT_CEILING_DIRECTORIES: dirname(folder),
  ...variables
})

/** The only line of stdout, as JSON. */
const envelope = (stdout: string) => {
  assert.strictEqual(stdout.trimEnd().split("\n").length, 1)
  return JSON.parse(stdout)
}

const version: string = JSON.parse(
  readFileSync(join(dirname(sources), "../package.json"), "utf8")
).version

describe("the bundled command line", () => {
  it("knows its version and its help, like the sources", () => {
    assert.deepStrictEqual(slipway(["--version"]), { code: 0, stdout: `${version}\n`, stderr: "" })
    for (const args of [["--version"], [], ["impl", "--help"], ["help", "sandbox", "exec"], ["completions", "bash"]]) {
      assert.deepStrictEqual(slipway(args, { program: sources }), slipway(args))
    }
    assert.deepStrictEqual(envelope(slipway(["--version", "--json"]).stdout), {
      schema: "slipway/version/v1",
      ok: true,
      data: { version }
    })
  })

  it("explains a mistake in two lines on stderr", () => {
    const { code, stderr, stdout } = slipway(["wortrees"])
    assert.strictEqual(code, 2)
    assert.strictEqual(stdout, "")
    assert.deepStrictEqual(stderr.split("\n"), [
      "✗ there is no command `slipway wortrees`",
      "↳ did you mean `slipway worktrees`? `slipway --help` lists all",
      ""
    ])
    assert.include(slipway(["impl", "x", "--reues"]).stderr, "did you mean `--reuse`?")
    assert.strictEqual(envelope(slipway(["--json", "wortrees"]).stdout).error.code, "usage-error")
  })

  it("tells an expected failure without a stack trace", () => {
    const text = slipway(["impl", "auth/M1"])
    assert.strictEqual(text.code, 3)
    assert.strictEqual(text.stdout, "")
    assert.match(text.stderr, /^✗ .*\n↳ .*\n$/u)
    const json = slipway(["impl", "auth/M1", "--json"])
    assert.strictEqual(json.code, 3)
    assert.strictEqual(json.stderr, "")
    const { error, ok, schema } = envelope(json.stdout)
    assert.deepStrictEqual([schema, ok, error.code], ["slipway/impl/v1", false, "not-a-repository"])
  })

  it("does not go to a folder that is not there", () => {
    const { code, stderr } = slipway(["-C", "/no/such/folder", "status"])
    assert.strictEqual(code, 2)
    assert.include(stderr, "/no/such/folder")
  })

  it("answers where there is nothing", () => {
    const { code, stderr, stdout } = slipway(["worktrees"])
    assert.strictEqual(code, 0)
    assert.strictEqual(stdout, "")
    assert.include(stderr, "slipway impl")
    const json = slipway(["ls", "--json"])
    assert.deepInclude(envelope(json.stdout), { schema: "slipway/worktrees/v1", ok: true })
  })

  it("asks nothing without a terminal", () => {
    inFolder((folder) => {
      const env = environment(folder, {})
      spawnSync("git", ["init", "--quiet", folder], { env })
      const { status, stderr } = spawnSync(process.execPath, [bundle, "init"], { cwd: folder, env, encoding: "utf8" })
      assert.strictEqual(status, 2)
      assert.include(stderr, "--yes")
    })
  })

  it("colours when it is told to, and not in a pipe", () => {
    const escape = "\u001b["
    assert.notInclude(slipway(["--help"]).stdout, escape)
    assert.notInclude(slipway(["wortrees"]).stderr, escape)
    assert.include(slipway(["--help"], { variables: { CLICOLOR_FORCE: "1" } }).stdout, escape)
    assert.include(slipway(["wortrees"], { variables: { CLICOLOR_FORCE: "1" } }).stderr, escape)
    assert.notInclude(slipway(["--help"], { variables: { CLICOLOR_FORCE: "1", NO_COLOR: "1" } }).stdout, escape)
  })

  it("takes a reader that goes away for no error", () => {
    for (const command of ["completions zsh", "impl --help", "-v --help", "worktrees --json"]) {
      const program = `"$0" "$1" ${command} | head -c 1 >/dev/null; echo "\${PIPESTATUS[0]}"`
      const { stderr, stdout } = spawnSync("bash", ["-c", program, process.execPath, bundle], { encoding: "utf8" })
      assert.deepStrictEqual([stdout, stderr], ["0\n", ""], command)
    }
  })

  it.skipIf(!existsSync("/dev/full"))("fails when its answer cannot be written", () => {
    inFolder((folder) => {
      const { status, stderr } = spawnSync(process.execPath, [bundle, "worktrees", "--json"], {
        env: environment(folder, {}),
        stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
        encoding: "utf8"
      })
      assert.strictEqual(status, 1)
      assert.include(stderr, "cannot write the answer")
    })
  })
})

/** Starts a command whose git never answers, sends it a signal as soon as it runs git, and gives how it ended. */
const interrupted = (signal: NodeJS.Signals, args: ReadonlyArray<string>) =>
  new Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>((resolve, reject) => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-signal-"))
    const git = join(folder, "git")
    writeFileSync(git, "#!/bin/sh\necho asked > \"$SLIPWAY_HOME.asked\"\nexec sleep 60\n")
    chmodSync(git, 0o755)
    const child = spawn(process.execPath, [bundle, ...args], {
      cwd: folder,
      env: environment(folder, { PATH: `${folder}${delimiter}${process.env["PATH"]}` }),
      stdio: ["ignore", "pipe", "pipe"]
    })
    const output = { stdout: "", stderr: "" }
    child.stdout.on("data", (data: Buffer) => {
      output.stdout += data.toString()
    })
    child.stderr.on("data", (data: Buffer) => {
      output.stderr += data.toString()
    })
    const watch = setInterval(() => {
      if (!existsSync(join(folder, "home.asked"))) return
      clearInterval(watch)
      child.kill(signal)
    }, 10)
    child.on("error", reject)
    child.on("close", (code) => {
      clearInterval(watch)
      rmSync(folder, { recursive: true, force: true })
      resolve({ code, ...output })
    })
  })

describe("a signal", () => {
  it.each(
    [
      ["SIGINT", 130],
      ["SIGTERM", 143]
    ] as const
  )("%s ends a command with exit code %d, and its children with it", async (signal, code) => {
    const text = await interrupted(signal, ["impl", "auth/M1"])
    assert.strictEqual(text.code, code)
    assert.strictEqual(text.stdout, "")
    assert.match(text.stderr, /✗ (?:interrupted|ended by SIGTERM)\n$/u)

    const json = await interrupted(signal, ["impl", "auth/M1", "--json"])
    assert.strictEqual(json.code, code)
    assert.deepInclude(envelope(json.stdout), { schema: "slipway/impl/v1", ok: false })
    assert.strictEqual(envelope(json.stdout).error.code, "interrupted")
  })
})
