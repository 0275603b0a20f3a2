import { assert, describe, it } from "@effect/vitest"
import { isolationViolations, teardownModel, verifyOverride } from "@slipway/core"
import { Effect, Result } from "effect"
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { realComposeVersion, resolveCompose, runCompose } from "./RealCompose.ts"
import { arrangeSandbox, published, resolveSandbox, serviceOf, untouchedComposeFile } from "./SandboxFixture.ts"

describe.skipIf(realComposeVersion === null)("what Compose makes of the override, and without it", () => {
  it.live("an override of Compose before 2.24 leaves ports to variables", () =>
    Effect.gen(function*() {
      const config = { composeMode: "env", ports: { API_PORT: 8080 } } as const
      const { document, plan } = yield* resolveSandbox({
        files: {
          "docker-compose.yml": `
services:
  api: { build: ., image: acme/api, ports: ["\${API_PORT:-8080}:80"], volumes: ["data:/d"] }
volumes: { data: { name: fixed } }
`
        },
        config
      })
      assert.notMatch(plan.text, /!(?:override|reset)/u)
      assert.deepStrictEqual(verifyOverride(document, plan), Result.void)
      assert.deepStrictEqual(published(document), { "api 80/tcp": "8081" })
      assert.strictEqual(document.volumes?.["data"]?.name, "khealth-slot-1_fixed")
      assert.strictEqual(serviceOf(document, "api").image, "khealth-slot-1-api")
    }).pipe(Effect.scoped))

  it.live("a file without variables is refused there, never started on its base port", () =>
    Effect.gen(function*() {
      const config = { composeMode: "env", ports: { API_PORT: 8080 } } as const
      const { document, plan } = yield* resolveSandbox({
        files: { "docker-compose.yml": "services: { api: { image: x, ports: [\"8080:80\"] } }" },
        config
      })
      const refused = Result.getOrThrow(Result.flip(verifyOverride(document, plan)))
      assert.strictEqual(refused._tag, "ComposeNotParameterized")
      assert.strictEqual(refused.code, "compose-invalid")
      assert.include(refused.message, "api publishes 8080:80/tcp, which is no port of the slot")
      assert.include(refused.hint, "slipway init --parameterize")

      const fixed = yield* arrangeSandbox({
        files: {
          "docker-compose.yml": `
services:
  api: { image: x, ports: ["\${API_PORT:-8080}:80", "9229:9229"], container_name: api }
  off: { image: x, container_name: off, profiles: [off] }
`
        },
        config
      })
      const collision = Result.getOrThrow(Result.flip(fixed.planned))
      assert.include(collision.message, "api publishes 9229:9229/tcp, which no variable of [sandbox.ports] sets")
      assert.include(collision.message, "api has the fixed container_name api")
      assert.notInclude(collision.message, "off")
    }).pipe(Effect.scoped))

  it.live("the check finds what the compose file alone would do", () =>
    Effect.gen(function*() {
      const { call, plan } = yield* resolveSandbox({
        files: { "docker-compose.yml": untouchedComposeFile, ".env.own": "" },
        config: { ports: { API_PORT: 8080, DB_PORT: 5432 } }
      })
      const { document } = yield* resolveCompose({ ...call, files: call.files.slice(0, 1) })
      assert.deepStrictEqual(isolationViolations(document, plan.expected), [
        "api publishes 8080:80/tcp, which is no port of the slot",
        "api publishes 127.0.0.1:9229:9229/tcp, which is no port of the slot",
        "api does not publish 8081 (API_PORT) for 80/tcp",
        "db publishes 5432:5432/tcp, which is no port of the slot",
        "db does not publish 5433 (DB_PORT) for 5432/tcp",
        "api has the fixed container_name api",
        "api builds the image acme/api:dev, which is not the slot's own",
        "db has the fixed container_name fixed-db",
        "volume data has the name shared-data, which is not the slot's own"
      ])
    }).pipe(Effect.scoped))

  it.live("the copy for teardown stands alone, without worktree and values", () =>
    Effect.gen(function*() {
      const { call, json, root, slotFolder, worktree } = yield* resolveSandbox({
        files: {
          "docker-compose.yml": `
services:
  api:
    build: { context: ., args: { KEY: "hush-\${TOKEN}" } }
    command: ["run", "--token=hush-\${TOKEN}"]
    environment: { TOKEN: "\${TOKEN}", PRICE: "5$$" }
    labels: { auth: "hush" }
    volumes: ["data:/d", "./src:/src"]
    depends_on: { db: { condition: service_healthy } }
    stop_signal: SIGQUIT
    stop_grace_period: 1m
    profiles: [app]
  db: { image: x, healthcheck: { test: [CMD, "true"] }, networks: { back: { aliases: [d] } } }
volumes: { data: { driver_opts: { type: cifs, o: "password=hush" } } }
networks: { back: {} }
`
        },
        config: { env: { WORD: "hush" } },
        secrets: { TOKEN: "hush" },
        folder: "wörk $tree #1"
      })
      const copy = teardownModel(json)
      assert.notInclude(copy, "hush")
      const file = join(slotFolder, "docker-compose.yml")
      writeFileSync(file, copy)
      rmSync(worktree, { recursive: true })
      const alone = { project: call.project, directory: root, files: [file] }
      const { document } = yield* resolveCompose(alone)
      assert.strictEqual(document.name, "khealth-slot-1")
      assert.deepStrictEqual(Object.keys(document.services), ["api", "db"])
      assert.deepStrictEqual(serviceOf(document, "api").environment?.["TOKEN"], "")
      assert.deepInclude(serviceOf(document, "api").volumes ?? [], {
        type: "bind",
        source: join(worktree, "src").replaceAll("$", "$$$$"),
        target: "/src"
      })
      assert.strictEqual(document.volumes?.["data"]?.name, "khealth-slot-1_data")
      assert.strictEqual(document.networks?.["back"]?.name, "khealth-slot-1_back")
      assert.isTrue(document.networks?.["devops-ai-observability"]?.external)
      assert.strictEqual(yield* runCompose(alone, "config", "--services"), "db\napi\n")
    }).pipe(Effect.scoped))
})
