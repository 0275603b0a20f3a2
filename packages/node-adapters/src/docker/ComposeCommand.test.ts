import { assert, describe, it } from "@effect/vitest"
import { Compose, type ComposeProject } from "@slipway/core"
import { ComposeSamples, ScratchFolder } from "@slipway/core/testing"
import { Effect, Layer, type Scope } from "effect"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { nodeHostLayer } from "../process/NodeHost.ts"
import { Subprocess } from "../process/Subprocess.ts"
import { realComposeSamplesLayer } from "../testing/RealComposeSamples.ts"
import { realDockerLayer } from "../testing/RealDocker.ts"
import { skipsEngine } from "../testing/RealEngine.ts"
import { temporaryFolderLayer } from "../testing/TemporaryFolder.ts"
import { composeCommandLayer } from "./ComposeCommand.ts"

const minutes = 60_000

/** Programs of a folder that is all that the caller's PATH has, beside the shell. */
const withPrograms = Effect.fnUntraced(function*(
  programs: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>> = {}
) {
  const folder = join((yield* ScratchFolder).path, "bin")
  yield* Effect.promise(async () => {
    await fs.mkdir(folder, { recursive: true })
    for (const [name, script] of Object.entries(programs)) {
      await fs.writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    }
  })
  return composeCommandLayer.pipe(
    Layer.provide(Subprocess.layer),
    Layer.provide(nodeHostLayer({ variables: { PATH: folder, ...variables }, home: "/nowhere" }))
  )
})

const project = Effect.map(ScratchFolder, ({ path }): ComposeProject => ({
  name: "shop-slot-1",
  directory: path,
  files: [join(path, "a.yml"), join(path, "b c.yml")],
  envFiles: [join(path, ".env"), join(path, "slot/.env.sandbox")],
  variables: { WEB_PORT: "8081" },
  profiles: ["debug", "*"]
}))

describe("which Compose is used", () => {
  const test = (title: string, body: Effect.Effect<void, unknown, ScratchFolder>) =>
    it.live(title, () => Effect.provide(body, temporaryFolderLayer))

  const version = Effect.flatMap(Compose, (compose) => compose.version)

  const tell = (text: string) =>
    `[ "$1" = compose ] && shift\n[ "$*" = "version --short" ] && echo '${text}' && exit 0; exit 1`

  test(
    "the plugin, else the program of its own; each from version 2 on",
    Effect.gen(function*() {
      const both = { docker: tell("v2.26.1-desktop.1"), "docker-compose": tell("2.5.0") }
      assert.strictEqual(yield* Effect.provide(version, yield* withPrograms(both)), "2.26.1-desktop.1")
      const withoutPlugin = { docker: "echo \"docker: 'compose' is not a docker command.\" >&2; exit 1" }
      assert.strictEqual(yield* Effect.provide(version, yield* withPrograms({ ...both, ...withoutPlugin })), "2.5.0")
      assert.strictEqual(yield* Effect.provide(version, yield* withPrograms({ docker: tell("10.0.0") })), "10.0.0")
      assert.strictEqual(yield* Effect.provide(version, yield* withPrograms({ docker: tell("dev") })), "dev")
    })
  )

  test(
    "none: docker is missing, or has neither",
    Effect.gen(function*() {
      const missing = yield* Effect.flip(Effect.provide(version, yield* withPrograms({})))
      assert.strictEqual(missing._tag, "ComposeMissing")
      const without = yield* Effect.flip(Effect.provide(version, yield* withPrograms({ docker: "exit 1" })))
      assert.strictEqual(without._tag, "ComposeMissing")
    })
  )

  test(
    "not version 1",
    Effect.gen(function*() {
      const layer = yield* withPrograms({ docker: "exit 1", "docker-compose": tell("1.29.2") })
      assert.include((yield* Effect.flip(Effect.provide(version, layer))).message, "1.29.2")
    })
  )

  test(
    "is asked for once",
    Effect.gen(function*() {
      const { path } = yield* ScratchFolder
      const layer = yield* withPrograms({ docker: `echo asked >> '${path}/asked'; ${tell("2.26.1")}` })
      yield* Effect.provide(Effect.all([version, version, version], { concurrency: "unbounded" }), layer)
      assert.strictEqual(yield* Effect.promise(() => fs.readFile(join(path, "asked"), "utf8")), "asked\n")
    })
  )
})

describe("how Compose is called", () => {
  /** Runs with a docker that writes down what it is given; gives the arguments, one a line, and the environment. */
  const recorded = <A, E>(use: (compose: Compose["Service"], project: ComposeProject) => Effect.Effect<A, E>) =>
    Effect.gen(function*() {
      const { path } = yield* ScratchFolder
      const script = `[ "$2" = version ] && echo 2.26.1 && exit 0
{ printf '%s\\n' "$@"; } > '${path}/arguments'
/usr/bin/env > '${path}/environment'
pwd > '${path}/directory'`
      const layer = yield* withPrograms({ docker: script }, {
        COMPOSE_PROJECT_NAME: "foreign",
        COMPOSE_FILE: "foreign.yml",
        COMPOSE_PROFILES: "foreign",
        WEB_PORT: "1",
        PWD: "/foreign",
        KEPT: "yes"
      })
      const sample = yield* project
      yield* Effect.provide(Effect.flatMap(Compose, (compose) => use(compose, sample)), layer)
      const read = (name: string) => Effect.promise(() => fs.readFile(join(path, name), "utf8"))
      const environment = Object.fromEntries(
        (yield* read("environment")).trim().split("\n").map((line) => {
          const at = line.indexOf("=")
          return [line.slice(0, at), line.slice(at + 1)]
        })
      )
      return {
        arguments: (yield* read("arguments")).trimEnd().split("\n"),
        environment,
        directory: (yield* read("directory")).trim()
      }
    })

  const common = ({ directory, envFiles, files }: ComposeProject) => [
    "compose",
    "--project-name",
    "shop-slot-1",
    "--project-directory",
    directory,
    "--ansi",
    "never",
    ...files.flatMap((file) => ["--file", file]),
    ...envFiles.flatMap((file) => ["--env-file", file]),
    "--profile",
    "debug",
    "--profile",
    "*"
  ]

  const calls: ReadonlyArray<
    readonly [
      expected: ReadonlyArray<string>,
      use: (compose: Compose["Service"], project: ComposeProject) => Effect.Effect<unknown, unknown>
    ]
  > = [
    [
      ["up", "--detach", "--build", "--remove-orphans", "web", "db"],
      (compose, one) => compose.up(one, { services: ["web", "db"] })
    ],
    [["stop"], (compose, one) => compose.control(one, "stop", [])],
    [["restart", "web"], (compose, one) => compose.control(one, "restart", ["web"])],
    [["down", "--remove-orphans"], (compose, one) => compose.down(one, { volumes: false, images: false })],
    [
      ["down", "--remove-orphans", "--volumes", "--rmi", "local"],
      (compose, one) => compose.down(one, { volumes: true, images: true })
    ],
    [
      ["exec", "--no-TTY", "web", "sh", "-c", "echo $HOME; 'x'"],
      (compose, one) => compose.exec(one, "web", ["sh", "-c", "echo $HOME; 'x'"], { terminal: false })
    ],
    [["exec", "web", "sh"], (compose, one) => compose.exec(one, "web", ["sh"], { terminal: true })]
  ]
  for (const [expected, use] of calls) {
    it.live(expected.join(" "), () =>
      Effect.gen(function*() {
        const call = yield* recorded(use)
        assert.deepStrictEqual(call.arguments, [...common(yield* project), ...expected])
        assert.strictEqual(call.directory, (yield* project).directory)
        const { environment } = call
        assert.deepStrictEqual(
          Object.keys(environment).filter((name) => name.startsWith("COMPOSE_")),
          ["COMPOSE_IGNORE_ORPHANS"]
        )
        assert.deepInclude(environment, { WEB_PORT: "8081", PWD: call.directory, KEPT: "yes" })
      }).pipe(Effect.provide(temporaryFolderLayer)))
  }

  it.live("a folder that is gone is a failure, and not a missing Compose", () =>
    Effect.gen(function*() {
      const layer = yield* withPrograms({ docker: "[ \"$2\" = version ] && echo 2.26.1; exit 0" })
      const gone = { ...yield* project, directory: "/no/such/folder" }
      const failure = yield* Effect.flip(
        Effect.provide(Effect.flatMap(Compose, (compose) => compose.up(gone, { services: [] })), layer)
      )
      assert.strictEqual(failure._tag, "ComposeFailed")
    }).pipe(Effect.provide(temporaryFolderLayer)))
})

describe.skipIf(skipsEngine)("the real Compose", () => {
  const test = (
    title: string,
    body: Effect.Effect<void, unknown, Compose | ComposeSamples | Scope.Scope>,
    variables: Readonly<Record<string, string>> = {}
  ) =>
    it.live(
      title,
      () => body.pipe(Effect.scoped, Effect.provide(Layer.merge(realDockerLayer(variables), realComposeSamplesLayer))),
      {
        timeout: 3 * minutes
      }
    )

  const given = Effect.fnUntraced(function*(text: string) {
    return { compose: yield* Compose, sample: yield* (yield* ComposeSamples).make(text, {}) }
  })

  test(
    "nothing of the caller's shell speaks into the project",
    Effect.gen(function*() {
      const { compose, sample } = yield* given(`
services:
  web:
    image: "a:\${TAG:-latest}"
    ports: ["\${WEB_PORT}:80"]
    environment: { HERE: "\${PWD}" }
  extra: { image: b, profiles: [foreign] }
`)
      const variables = { WEB_PORT: "8081" }
      const { document } = yield* compose.resolve({ ...sample.project, variables })
      assert.strictEqual(document.name, sample.project.name)
      assert.deepStrictEqual(Object.keys(document.services), ["web"])
      assert.strictEqual(document.services["web"]?.ports?.[0]?.published, "8081")
      assert.deepStrictEqual(document.services["web"]?.environment, { HERE: sample.project.directory })
    }),
    { COMPOSE_PROJECT_NAME: "foreign", COMPOSE_PROFILES: "foreign", COMPOSE_FILE: "/foreign.yml", WEB_PORT: "1" }
  )

  test(
    "a project's own COMPOSE_IGNORE_ORPHANS does not keep it from starting",
    Effect.gen(function*() {
      const { compose, sample } = yield* given("services:\n  web:\n    __PROGRAM__\n")
      const envFiles = [yield* sample.write(".env", "COMPOSE_IGNORE_ORPHANS=true\nCOMPOSE_PROJECT_NAME=foreign\n")]
      yield* compose.up({ ...sample.project, envFiles }, { services: [] })
      yield* compose.down({ ...sample.project, envFiles }, { volumes: true, images: true })
    })
  )

  test(
    "a model that aliases blow up is refused before it fills the memory",
    Effect.gen(function*() {
      const nine = (item: string) => `[${Array.from({ length: 9 }, () => item).join(",")}]`
      const levels = ["a", "b", "c", "d", "e"].map((name, index, names) =>
        `x-${name}: &${name} ${nine(index === 0 ? `"${"lol".repeat(40)}"` : `*${names[index - 1]}`)}`
      )
      const { compose, sample } = yield* given(`${levels.join("\n")}\nservices: { web: { image: a } }\n`)
      const failure = yield* Effect.flip(compose.resolve(sample.project))
      assert.strictEqual(failure._tag, "ComposeInvalid")
      assert.match(failure.message, /MiB|takes Compose more than|excessive aliasing/u)
    })
  )

  test(
    "a missing env_file is named, once",
    Effect.gen(function*() {
      const { compose, sample } = yield* given("services: { web: { image: a, env_file: [./absent.env] } }")
      const failure = yield* Effect.flip(compose.resolve(sample.project))
      assert.match(failure.message, /absent\.env not found/u)
      assert.strictEqual(failure.message.trim().split("\n").length, 1)
    })
  )

  test(
    "a failed build step tells what it printed",
    Effect.gen(function*() {
      const { compose, sample } = yield* given("services: { web: { build: ./image } }")
      yield* sample.write(
        "image/Dockerfile",
        "FROM scratch\nCOPY busybox /bin/busybox\nRUN [\"/bin/busybox\", \"sh\", \"-c\", \"echo oh no >&2; exit 3\"]\n"
      )
      const failure = yield* Effect.flip(compose.up(sample.project, { services: [] }))
      const lines = failure.message.split("\n")
      assert.lengthOf(lines.filter((line) => line === "oh no"), 1)
      assert.include(lines.at(-1), "exit code: 3")
      assert.isBelow(lines.length, 6)
    })
  )

  test(
    "an engine that is not running is told in Docker's words",
    Effect.gen(function*() {
      const { compose, sample } = yield* given("services: { web: { image: a } }")
      yield* compose.resolve(sample.project)
      const failure = yield* Effect.flip(compose.up(sample.project, { services: [] }))
      assert.match(failure.message, /Cannot connect to the Docker daemon at unix:\/\/\/no\/such\.sock/u)
      assert.strictEqual(failure.message.split("\n").length, 1)
    }),
    { DOCKER_HOST: "unix:///no/such.sock" }
  )
})
