import { execFileSync } from "node:child_process"
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { dirname, join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { clearEngine, commandLineOf, docker, engineRemains, type Run, skipsEngine } from "./fixtures/CommandLine.ts"
import { git, makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"

/** Stands in every secret of these tests. */
const marker = "hush-4711"

const awkward =
  `${marker} "double" 'single' \`tick\` $HOME \${HOME:-x} $$ %s #hash \\n \\\\ C:\\\nsecond line # no comment\n\ttab ü 🔑  \n`
const literal = "li'teral \"$x\" ${y} $$ # \\ end \n next "
const vaultValue = `-----BEGIN KEY-----\r\n${`${marker}+/=`.repeat(2000)}\r\n-----END KEY-----\r\n`

let project: SampleProject
beforeEach(async () => {
  project = await makeSampleProject()
})
afterEach(() => {
  clearEngine(project.name)
  project.remove()
})

const put = (path: string, text: string, mode?: number): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text, mode === undefined ? {} : { mode })
}

const textAt = (...path: ReadonlyArray<string>): string => readFileSync(join(...path), "utf8")

/** Adds to infra.toml, and changes the compose file, on the remote too. */
const configure = (toml: string, compose: (text: string) => string = (text) => text): void => {
  const infra = join(project.root, ".devops-ai/infra.toml")
  writeFileSync(infra, `${textAt(infra)}\n${toml}`)
  const composeFile = join(project.root, "docker-compose.yml")
  writeFileSync(composeFile, compose(textAt(composeFile)))
  project.git("add", "--all")
  project.git("commit", "--quiet", "--message", "Configure")
  project.git("push", "--quiet")
}

/** Puts an `op` and a `docker` before those of the machine, which write down what they are called with. */
const recordingPrograms = (op: string): { readonly variables: Record<string, string>; readonly calls: string } => {
  const [bin, calls] = [join(project.folder, "bin"), join(project.folder, "calls")]
  const real = execFileSync("sh", ["-c", "command -v docker"], { encoding: "utf8" }).trim()
  put(join(bin, "docker"), `#!/bin/sh\necho docker "$@" >> ${calls}\nexec ${real} "$@"\n`, 0o755)
  put(join(bin, "op"), `#!/bin/sh\necho op "$@" >> ${calls}\n${op}\n`, 0o755)
  return { variables: { PATH: `${bin}:${process.env["PATH"] ?? ""}` }, calls }
}

const containerOf = (service: string): string => {
  const ids = docker("ps", "--quiet", "--filter", `label=com.docker.compose.service=${service}`)
  return ids.find((id) =>
    docker("inspect", id, "--format", `{{index .Config.Labels "com.docker.compose.project"}}`)
      .some((name) => name.startsWith(project.name))
  ) ?? ""
}

/** What the first process of a service has for its variables, to the byte. */
const variablesIn = (service: string): Readonly<Record<string, string>> => {
  const text = execFileSync("docker", ["exec", containerOf(service), "/bin/cat", "/proc/1/environ"], {
    encoding: "utf8"
  })
  return Object.fromEntries(
    text.split("\0").filter((one) => one !== "").map((one) => {
      const at = one.indexOf("=")
      return [one.slice(0, at), one.slice(at + 1)]
    })
  )
}

/** Files below a folder in which a text stands. */
const filesWith = (folder: string, text: string): ReadonlyArray<string> =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => statSync(join(folder, path)).isFile() && textAt(folder, path).includes(text))
    : []

const assertSilent = (...runs: ReadonlyArray<Run>): void => {
  for (const run of runs) assert.notInclude(run.stdout + run.stderr, marker)
  assert.deepStrictEqual(filesWith(project.home, marker), [])
}

const slots = (): ReadonlyArray<string> => Object.keys(JSON.parse(textAt(project.home, "registry.json")).slots)

describe.skipIf(skipsEngine)("values and files of a sandbox", () => {
  it("reach the containers to the byte, and are seen nowhere else", async () => {
    const { json, run } = commandLineOf(project)
    put(join(project.root, "local/real.json"), "{\"own\": true}\n")
    symlinkSync("real.json", join(project.root, "local/link.json"))
    configure(
      `[sandbox.env]
LITERAL = ${JSON.stringify(literal)}
NUMBER = 42
FLAG = true

[sandbox.secrets]
PLAIN = "$HOST_PLAIN"
AWKWARD = "\${HOST_AWKWARD}"
VAULT = "op://dev/shop item/password"

[sandbox.files]
"config/deep/own.json" = "local/link.json"
"README.md" = "local/real.json"
`,
      (text) => text.replace("    init: true\n", `    init: true\n    environment: [PLAIN, "USED=<\${AWKWARD}>"]\n`)
    )
    writeFileSync(join(project.folder, "vault"), vaultValue)
    const { calls, variables: programs } = recordingPrograms(`cat ${project.folder}/vault`)
    const variables = {
      ...programs,
      HOST_PLAIN: `${marker}-plain`,
      HOST_AWKWARD: awkward,
      PLAIN: "of the caller's shell",
      LITERAL: "of the caller's shell"
    }
    const worktree = project.worktree("impl-auth-M1")

    const planned = await run(["impl", "auth/M1", "--dry-run", "-v"], { variables })
    assert.strictEqual(planned.code, 0, planned.stderr)
    assert.include(planned.stdout, "write files and secrets")
    assert.isFalse(existsSync(worktree))
    const made = await json(["impl", "auth/M1", "--require-healthy", "-v"], { variables })
    assert.strictEqual(made.code, 0, made.stdout + made.stderr)

    for (const service of ["web", "db"]) {
      const inside = variablesIn(service)
      assert.strictEqual(inside["PLAIN"], `${marker}-plain`)
      assert.strictEqual(inside["AWKWARD"], awkward)
      assert.strictEqual(inside["VAULT"], vaultValue)
      assert.strictEqual(inside["LITERAL"], literal)
      assert.strictEqual(inside["NUMBER"], "42")
      assert.strictEqual(inside["FLAG"], "true")
    }
    assert.strictEqual(variablesIn("web")["USED"], `<${awkward}>`)

    const secrets = join(worktree, ".env.secrets")
    assert.strictEqual(statSync(secrets).mode & 0o777, 0o600)
    assert.strictEqual(textAt(worktree, "config/deep/own.json"), "{\"own\": true}\n")
    assert.strictEqual(textAt(worktree, "README.md"), `# ${project.name}\n`)
    assert.strictEqual(git(worktree, "status", "--porcelain", "--untracked-files=all").trim(), "")
    assert.include(git(worktree, "check-ignore", ".env.secrets"), ".env.secrets")

    const looks = await Promise.all([
      run(["status", "auth-M1", "-v"]),
      run(["worktrees", "--json"]),
      run(["doctor", "--json"]),
      run(["sandbox", "start", "auth-M1", "-v"], { variables }),
      run(["done", "auth-M1", "--dry-run", "--json"])
    ])
    for (const look of looks) assert.strictEqual(look.code, 0, look.stdout + look.stderr)
    assert.include(textAt(calls), "op read --no-newline op://dev/shop item/password\n")
    assert.include(textAt(calls), "compose")
    assert.notInclude(textAt(calls), marker)
    assert.notInclude(textAt(calls), "li'teral")
    assertSilent(planned, made, ...looks)
    for (const one of [planned, made, ...looks]) assert.notInclude(one.stdout + one.stderr, "li'teral")
    const done = await json(["done", "auth-M1"], { variables })
    assert.strictEqual(done.code, 0, done.stdout + done.stderr)
    assert.isFalse(existsSync(secrets))
    assert.deepStrictEqual(engineRemains(project.name), [])
  })

  it("are all asked for at once when they are missing; `sandbox start` goes on and overwrites nothing", async () => {
    const { json, run } = commandLineOf(project)
    put(join(project.root, "local/own.json"), "{}\n")
    configure(`[sandbox.secrets]
HAVE = "$HOST_HAVE"
GONE = "$HOST_GONE"
EMPTY = "$HOST_EMPTY"
VAULT = "op://dev/shop/password"

[sandbox.files]
"config/own.json" = "local/own.json"
"config/later.json" = "local/later.json"
`)
    writeFileSync(join(project.root, ".git/info/exclude"), "/local/later.json\n")
    const { variables: programs } = recordingPrograms(`echo trying >&2; echo "[ERROR] not signed in" >&2; exit 1`)
    const variables = { ...programs, HOST_HAVE: `${marker}-have`, HOST_EMPTY: "" }
    const worktree = project.worktree("impl-auth-M1")
    const failed = await json(["impl", "auth/M1"], { variables })
    assert.strictEqual(failed.code, 1, failed.stdout + failed.stderr)
    assert.strictEqual(failed.envelope.error?.code, "provisioning-incomplete")
    assert.deepStrictEqual(failed.envelope.error?.message.split("\n"), [
      `the sandbox was not started: something is missing. Worktree preserved at ${worktree}.`,
      `  file config/later.json: ${project.root}/local/later.json does not exist`,
      "  secret GONE: $HOST_GONE is not set in your environment",
      "  secret EMPTY: $HOST_EMPTY is not set in your environment",
      "  secret VAULT: op://dev/shop/password cannot be read, the 1Password CLI says: [ERROR] not signed in"
    ])
    assert.include(failed.envelope.error?.hint, "slipway sandbox start")
    assert.deepStrictEqual(engineRemains(project.name), [])
    assert.deepStrictEqual(slots(), [])
    assert.isTrue(existsSync(join(worktree, "README.md")))
    assert.strictEqual(statSync(join(worktree, ".env.secrets")).mode & 0o777, 0o600)

    // Still missing: the same list, and nothing lost.
    const again = await run(["sandbox", "start", "auth-M1"], { variables: programs })
    assert.strictEqual(again.code, 1)
    assert.include(again.stderr, "secret GONE")
    assert.notInclude(again.stderr, "secret HAVE")
    assertSilent(failed, again)

    // A dry run changes nothing, then what is missing comes and what was edited stays.
    writeFileSync(join(worktree, "config/own.json"), "{\"edited\": true}\n")
    put(join(project.root, "local/later.json"), "later\n")
    const by = join(worktree, ".env.secrets")
    writeFileSync(by, `${textAt(by)}export EMPTY="${marker} by hand"\n`)
    chmodSync(by, 0o644)
    const before = textAt(by)
    const good = recordingPrograms(`printf '%s' '${marker}-vault'`)
    const supplied = { ...good.variables, HOST_HAVE: `${marker}-new`, HOST_GONE: `${marker}-gone` }
    const planned = await json(["sandbox", "start", "auth-M1", "--dry-run"], { variables: supplied })
    assert.strictEqual(planned.code, 0, planned.stdout + planned.stderr)
    assert.include(planned.stdout, "write files and secrets")
    assert.strictEqual(textAt(by), before)
    assert.isFalse(existsSync(join(worktree, "config/later.json")))
    assert.deepStrictEqual(slots(), [])

    const started = await json(["sandbox", "start", "auth-M1"], { variables: supplied })
    assert.strictEqual(started.code, 0, started.stdout + started.stderr)
    assert.strictEqual(textAt(worktree, "config/own.json"), "{\"edited\": true}\n")
    assert.strictEqual(textAt(worktree, "config/later.json"), "later\n")
    const inside = variablesIn("web")
    assert.deepStrictEqual(
      ["HAVE", "GONE", "EMPTY", "VAULT"].map((name) => inside[name]),
      [`${marker}-new`, `${marker}-gone`, `${marker} by hand`, `${marker}-vault`]
    )
    assert.strictEqual(statSync(by).mode & 0o777, 0o600)
    assertSilent(planned, started)

    // An edited file is git's no more than a secret is: it is named when it goes.
    const done = await json(["done", "auth-M1"])
    assert.strictEqual(done.code, 0, done.stdout + done.stderr)
    assert.include(done.envelope.data.warnings.join("\n"), "config/")
    assert.deepStrictEqual(engineRemains(project.name), [])
  })

  it("are told by no error and no narration of the tools that see them", async () => {
    const { json, run } = commandLineOf(project)
    configure(
      `[sandbox.secrets]\nTOKEN = "$HOST_TOKEN"\nVAULT = "op://dev/shop/binary"\n
[worktree]\nsetup = [["sh", "-c", "cat .env.secrets; cat .env.secrets >&2; test -e ok"]]\n`,
      (text) => text.replace("build: ./web", "build: { context: ./web, args: [TOKEN] }")
    )
    put(join(project.folder, "op"), "")
    const { variables: programs } = recordingPrograms(`printf 'x\\0${marker}'`)
    const variables = { ...programs, HOST_TOKEN: `${marker} first\n${marker} second` }
    const worktree = project.worktree("impl-auth-M1")
    const unwritable = await json(["impl", "auth/M1", "--yes"], { variables })
    assert.strictEqual(unwritable.code, 2, unwritable.stdout + unwritable.stderr)
    assert.strictEqual(unwritable.envelope.error?.code, "value-unwritable")
    assert.include(unwritable.envelope.error?.message, "VAULT")
    assert.deepStrictEqual(slots(), [])
    assert.strictEqual((await json(["done", "auth-M1", "--force"])).code, 0)

    // The setup prints them.
    const good = recordingPrograms(`printf '%s' '${marker}-vault'`).variables
    const setup = await json(["impl", "auth/M1", "-v"], { variables: { ...variables, ...good } })
    assert.strictEqual(setup.code, 1, setup.stdout + setup.stderr)
    assert.strictEqual(setup.envelope.error?.code, "command-failed")
    assert.include(setup.envelope.error?.message, "ended with exit code 1")
    assert.include(setup.envelope.error?.message, "VAULT=<VAULT>")
    assert.include(setup.envelope.error?.hint, "slipway sandbox start")
    assert.deepStrictEqual(engineRemains(project.name), [])
    assert.deepStrictEqual(slots(), [])

    // The setup runs again; then the build prints them and fails.
    put(join(worktree, "ok"), "")
    writeFileSync(
      join(worktree, "web/Dockerfile"),
      `${textAt(worktree, "web/Dockerfile")}ARG TOKEN\nRUN ["/bin/sh", "-c", "echo \\"$TOKEN\\" >&2; exit 9"]\n`
    )
    const build = await run(["sandbox", "start", "auth-M1", "-v"], { variables: { ...variables, ...good } })
    assert.strictEqual(build.code, 1, build.stdout + build.stderr)
    assert.include(build.stderr, "Sandbox failed to start")
    assert.include(build.stderr, "<TOKEN>")

    // Compose prints them in its own errors.
    const composeFile = join(worktree, "docker-compose.yml")
    writeFileSync(composeFile, textAt(composeFile).replace(`"${project.dbPort}:8080"`, `"\${TOKEN}:8080"`))
    const compose = await run(["sandbox", "start", "auth-M1", "-v"], { variables: { ...variables, ...good } })
    assert.strictEqual(compose.code, 2, compose.stdout + compose.stderr)
    assert.include(compose.stderr, "<TOKEN>")
    assert.deepStrictEqual(slots(), [])
    assertSilent(unwritable, setup, build, compose)

    // A container prints them and ends. The setup, which ended well, is not run again.
    rmSync(join(worktree, "ok"))
    git(worktree, "checkout", "--quiet", "--", ".")
    writeFileSync(
      join(worktree, "web/Dockerfile"),
      `${textAt(worktree, "web/Dockerfile")}CMD ["/bin/sh", "-c", "echo \\"$TOKEN\\"; exit 3"]\n`
    )
    const crashed = await json(["sandbox", "start", "auth-M1"], { variables: { ...variables, ...good } })
    assert.strictEqual(crashed.code, 0, crashed.stdout + crashed.stderr)
    assert.deepStrictEqual(crashed.envelope.data.health.logs, ["<TOKEN>", "<TOKEN>"])
    assertSilent(crashed)
    assert.strictEqual((await json(["done", "auth-M1", "--force"])).code, 0)
    assert.deepStrictEqual(engineRemains(project.name), [])
  })

  it("are no matter of a worktree without a sandbox", async () => {
    const { json } = commandLineOf(project)
    configure(`[sandbox.secrets]\nTOKEN = "$HOST_NOWHERE"\n\n[sandbox.files]\n"own.json" = "nowhere.json"\n`)
    for (const args of [["spec", "auth"], ["impl", "auth/M1", "--no-sandbox"]]) {
      const made = await json(args)
      assert.strictEqual(made.code, 0, made.stdout + made.stderr)
      assert.isFalse(existsSync(join(made.envelope.data.worktree, ".env.secrets")))
    }
  })
})
