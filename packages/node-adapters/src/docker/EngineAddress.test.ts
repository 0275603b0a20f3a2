import { assert, describe, it } from "@effect/vitest"
import { ScratchFolder } from "@slipway/core/testing"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import * as fs from "node:fs/promises"
import { dirname, join } from "node:path"
import { temporaryFolderLayer } from "../testing/TemporaryFolder.ts"
import { describeEngine, findEngine, parseEngineAddress } from "./EngineAddress.ts"

const contextFolder = (name: string) => createHash("sha256").update(name).digest("hex")

const context = (name: string, host: string): Readonly<Record<string, string>> => ({
  [`contexts/meta/${contextFolder(name)}/meta.json`]: JSON.stringify({
    Name: name,
    Endpoints: { docker: { Host: host, SkipTLSVerify: false } }
  })
})

/** Finds the engine with a `.docker` folder that holds these files. */
const find = Effect.fnUntraced(function*(
  variables: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {}
) {
  const { path } = yield* ScratchFolder
  yield* Effect.promise(async () => {
    for (const [name, text] of Object.entries(files)) {
      await fs.mkdir(dirname(join(path, ".docker", name)), { recursive: true })
      await fs.writeFile(join(path, ".docker", name), text)
    }
  })
  return yield* findEngine({ HOME: path, ...variables })
})

const socket = { socketPath: "/var/run/docker.sock" }
const current = (name: string) => ({ "config.json": JSON.stringify({ currentContext: name }) })

describe("findEngine", () => {
  const test = (title: string, body: Effect.Effect<void, unknown, ScratchFolder>) =>
    it.effect(title, () => Effect.provide(body, temporaryFolderLayer))

  test(
    "is the usual socket when nothing is said, or said in files that cannot be read",
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* find({}), socket)
      assert.deepStrictEqual(yield* find({ DOCKER_HOST: "", DOCKER_CONTEXT: "" }), socket)
      assert.deepStrictEqual(yield* find({}, { "config.json": "{ not JSON" }), socket)
      assert.deepStrictEqual(yield* find({}, current("")), socket)
      assert.deepStrictEqual(yield* find({}, current("default")), socket)
    })
  )

  test(
    "takes the current context, above it DOCKER_CONTEXT, above it DOCKER_HOST",
    Effect.gen(function*() {
      const files = { ...current("one"), ...context("one", "unix:///one.sock"), ...context("two", "tcp://two:99") }
      assert.deepStrictEqual(yield* find({}, files), { socketPath: "/one.sock" })
      const two = { DOCKER_CONTEXT: "two" }
      assert.deepStrictEqual(yield* find(two, files), { protocol: "http", host: "two", port: 99 })
      assert.deepStrictEqual(yield* find({ DOCKER_CONTEXT: "default" }, files), socket)
      assert.deepStrictEqual(yield* find({ ...two, DOCKER_HOST: "unix:///three.sock" }, files), {
        socketPath: "/three.sock"
      })
    })
  )

  test(
    "takes a context's certificates",
    Effect.gen(function*() {
      const tls = (name: string) => `contexts/tls/${contextFolder("far")}/docker/${name}.pem`
      const files = {
        ...current("far"),
        ...context("far", "tcp://far.example:2376"),
        [tls("ca")]: "CA",
        [tls("cert")]: "CERT",
        [tls("key")]: "KEY"
      }
      assert.deepStrictEqual(yield* find({}, files), {
        protocol: "https",
        host: "far.example",
        port: 2376,
        ca: "CA",
        cert: "CERT",
        key: "KEY"
      })
    })
  )

  test(
    "takes DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, and says which file is missing",
    Effect.gen(function*() {
      const { path } = yield* ScratchFolder
      const variables = {
        DOCKER_HOST: "tcp://far.example",
        DOCKER_TLS_VERIFY: "1",
        DOCKER_CERT_PATH: join(path, ".docker")
      }
      const files = { "ca.pem": "CA", "cert.pem": "CERT" }
      const failure = yield* Effect.flip(find(variables, files))
      assert.include(failure.message, join(path, ".docker/key.pem"))
      assert.deepStrictEqual(yield* find(variables, { ...files, "key.pem": "KEY" }), {
        protocol: "https",
        host: "far.example",
        port: 2376,
        ca: "CA",
        cert: "CERT",
        key: "KEY"
      })
    })
  )

  test(
    "refuses a context that is not there, and one without an engine",
    Effect.gen(function*() {
      assert.include((yield* Effect.flip(find({}, current("lost")))).message, "lost")
      const empty = { [`contexts/meta/${contextFolder("empty")}/meta.json`]: "{}" }
      assert.include((yield* Effect.flip(find({ DOCKER_CONTEXT: "empty" }, empty))).message, "empty")
    })
  )
})

describe("parseEngineAddress", () => {
  const forms: ReadonlyArray<readonly [text: string, told: string]> = [
    ["unix:///run/user/1000/docker.sock", "/run/user/1000/docker.sock"],
    ["unix://", "/var/run/docker.sock"],
    ["npipe:////./pipe/docker_engine", "//./pipe/docker_engine"],
    ["tcp://localhost:2375", "http://localhost:2375"],
    ["tcp://localhost", "http://localhost:2375"],
    ["localhost:4243", "http://localhost:4243"],
    ["tcp://[::1]:2375", "http://::1:2375"],
    ["http://localhost:80", "http://localhost:80"],
    ["https://far.example:443/", "https://far.example:443"],
    ["https://far.example", "https://far.example:2376"],
    ["ssh://ada@far.example:2222", "ssh://far.example:2222"],
    ["ssh://far.example", "ssh://far.example:22"]
  ]
  for (const [text, told] of forms) {
    it.effect(text, () =>
      Effect.gen(function*() {
        assert.strictEqual(describeEngine(yield* parseEngineAddress(text)), told)
      }))
  }

  it.effect("refuses what is no address", () =>
    Effect.gen(function*() {
      for (const text of ["", "ftp://far.example", "tcp://", "tcp://host:port"]) {
        assert.strictEqual((yield* Effect.flip(parseEngineAddress(text)))._tag, "EngineUnavailable", text)
      }
    }))
})
