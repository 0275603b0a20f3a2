import { assert, describe, it } from "@effect/vitest"
import { ScratchFolder } from "@slipway/core/testing"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import { nodeHostLayer } from "../process/NodeHost.ts"
import { Subprocess } from "../process/Subprocess.ts"
import { temporaryFolderLayer } from "../testing/TemporaryFolder.ts"
import { registryLogin, registryOf } from "./RegistryCredentials.ts"

const layer = Layer.unwrap(
  Effect.map(
    ScratchFolder,
    ({ path }) =>
      Subprocess.layer.pipe(Layer.provide(nodeHostLayer({ variables: { PATH: `${path}:${process.env["PATH"]}` } })))
  )
).pipe(Layer.provideMerge(temporaryFolderLayer))

describe("registryOf", () => {
  it("is the host in an image's name, or Docker Hub", () => {
    const hub = "https://index.docker.io/v1/"
    const found = ["alpine", "me/agent:1", "docker.io/me/agent", "quay.io/a/b:1", "localhost/a", "reg:5000/a@sha256:0"]
    assert.deepStrictEqual(found.map(registryOf), [hub, hub, hub, "quay.io", "localhost", "reg:5000"])
  })
})

describe("registryLogin", () => {
  it.live("is what docker's configuration says, or its helper", () =>
    Effect.gen(function*() {
      const { path } = yield* ScratchFolder
      const subprocess = yield* Subprocess
      const login = (image: string) => registryLogin(image, { DOCKER_CONFIG: path }, subprocess)
      assert.isNull(yield* login("quay.io/a/b"))
      fs.writeFileSync(
        `${path}/config.json`,
        JSON.stringify({
          auths: { "quay.io": { auth: Buffer.from("me:pass:word").toString("base64") }, "other.io": {} },
          credHelpers: { "ghcr.io": "slipway-test", "gone.io": "slipway-nonesuch" }
        })
      )
      fs.writeFileSync(
        `${path}/docker-credential-slipway-test`,
        "#!/bin/sh\nprintf '{\"ServerURL\":\"%s\",\"Username\":\"<token>\",\"Secret\":\"s3cr3t\"}' \"$(cat)\"\n",
        { mode: 0o755 }
      )
      assert.deepStrictEqual(yield* login("quay.io/a/b"), {
        username: "me",
        password: "pass:word",
        serveraddress: "quay.io"
      })
      assert.deepStrictEqual(yield* login("ghcr.io/a/b"), {
        username: "",
        password: "",
        identitytoken: "s3cr3t",
        serveraddress: "ghcr.io"
      })
      assert.isNull(yield* login("other.io/a"))
      assert.isNull(yield* login("gone.io/a"))
      fs.writeFileSync(`${path}/config.json`, "{ broken")
      assert.isNull(yield* login("quay.io/a/b"))
    }).pipe(Effect.provide(layer)))
})
