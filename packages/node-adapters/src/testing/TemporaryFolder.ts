import { Host } from "@slipway/core"
import { ScratchFolder } from "@slipway/core/testing"
import { Effect, Layer } from "effect"
import * as fs from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A folder of its own for each test, removed when the layer goes. */
export const temporaryFolderLayer: Layer.Layer<ScratchFolder> = Layer.effect(
  ScratchFolder,
  Effect.acquireRelease(
    Effect.promise(async () => ({ path: await fs.realpath(await fs.mkdtemp(join(tmpdir(), "slipway-test-"))) })),
    ({ path }) => Effect.promise(() => fs.rm(path, { recursive: true, force: true }))
  )
)

/** A host whose home is `home` below the scratch folder; it does not exist yet. */
export const temporaryHomeLayer: Layer.Layer<Host, never, ScratchFolder> = Layer.effect(
  Host,
  Effect.map(ScratchFolder, ({ path }) =>
    Host.of({
      self: { pid: process.pid, startedAt: "" },
      isAlive: () => Effect.succeed(true),
      variables: {},
      home: join(path, "home")
    }))
)
