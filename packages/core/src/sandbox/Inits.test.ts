import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import { Host } from "../operation/Host.ts"
import { Operations } from "../operation/Operations.ts"
import { decodeInfraFile } from "../project/InfraFile.ts"
import { ProjectFiles } from "../project/ProjectFiles.ts"
import { SlotRegistry } from "../slot/SlotRegistry.ts"
import { memoryJournalLayer } from "../testing/MemoryJournal.ts"
import { memoryProjectFilesLayer } from "../testing/MemoryProjectFiles.ts"
import { Git } from "../worktree/Git.ts"
import { Containers, EngineUnavailable } from "./Containers.ts"
import { answerInitQuestion } from "./InitQuestions.ts"
import { Inits } from "./Inits.ts"
import { unifiedDiff } from "./UnifiedDiff.ts"

const main = "/w/shop"

const layerOf = (files: Readonly<Record<string, string>>, ignored: ReadonlyArray<string> = []) =>
  Inits.layer.pipe(
    Layer.provide(Operations.layer),
    Layer.provideMerge(Layer.mergeAll(
      memoryProjectFilesLayer(
        Object.fromEntries(Object.entries(files).map(([path, text]) => [`${main}/${path}`, text]))
      ),
      memoryJournalLayer,
      Layer.succeed(
        Host,
        Host.of({
          self: { pid: 1, startedAt: "1" },
          isAlive: () => Effect.succeed(true),
          variables: {},
          home: "/home/.devops-ai"
        })
      ),
      Layer.mock(Git, {
        repository: () => Effect.succeed({ main, commonDirectory: `${main}/.git`, current: main }),
        ignoredMatching: (_, patterns) =>
          Effect.succeed(ignored.filter((path) => patterns.some((pattern) => `/${path}`.startsWith(pattern))))
      }),
      Layer.mock(SlotRegistry, {
        read: Effect.succeed({
          slots: [{
            slot_id: 2,
            project: "other",
            worktree_path: "/w/other-impl-a",
            slot_dir: "/home/.devops-ai/slots/other-2",
            ports: { OTHER_PORT: 8092 },
            claimed_at: "2026-01-01T00:00:00Z",
            status: "running" as const
          }],
          unreadable: [],
          recovery: null,
          mayLack: false
        })
      }),
      Layer.mock(Containers, { ensureNetwork: () => Effect.fail(new EngineUnavailable({ reason: "no socket" })) })
    ))
  )

const compose = `services:
  api:
    build: .
    ports: ["8080:80", "8443:443"]
    environment:
      TOKEN: \${TOKEN}
      LEVEL: \${LEVEL:-info}
      FROM_FILE: $FROM_FILE
    volumes:
      - ./data:/data
      - ./src:/app/src
    networks: [back]
    depends_on: [jaeger]
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:80/healthz"]
  db:
    image: postgres
    ports: ["5432:5432"]
  jaeger:
    image: jaegertracing/jaeger
    ports: ["16686:16686"]
networks:
  back:
    ipam: { config: [{ subnet: 10.9.0.0/24 }] }
`

const project = {
  "package.json": "{\"name\":\"@acme/shop\"}",
  "docker-compose.dev.yml": "services: {}",
  "docker-compose.yml": compose,
  "docker-compose.override.yml": "services: {}",
  ".env": "FROM_FILE=x\nSHOP_DB_PORT=1\n"
}

const read = (path: string) => ProjectFiles.use((files) => files.read(`${main}/${path}`))

describe("Inits", () => {
  it.effect("sets a new project up from what it finds", () =>
    Effect.gen(function*() {
      const inits = yield* Inits
      const plan = yield* inits.plan({ directory: main })
      assert.deepStrictEqual(plan.files.map(({ before, path }) => [path, before]), [[
        `${main}/.devops-ai/infra.toml`,
        null
      ]])
      const result = yield* inits.apply(plan)
      const { config } = Result.getOrThrow(decodeInfraFile((yield* read(".devops-ai/infra.toml")) ?? ""))
      assert.deepStrictEqual(config, result.config)
      assert.strictEqual(config.project.name, "shop")
      assert.deepStrictEqual(config.sandbox?.ports, {
        SHOP_API_PORT_80: 8080,
        SHOP_API_PORT_443: 8443,
        SHOP_DB_PORT_2: 5432
      })
      assert.deepStrictEqual(config.sandbox?.health, {
        endpoint: "/healthz",
        portVariable: "SHOP_API_PORT_80",
        timeout: 60
      })
      assert.strictEqual(config.sandbox?.composeFile, "docker-compose.yml")
      assert.deepStrictEqual(config.sandbox?.mounts.shared, [{ source: "data", target: "/data", readOnly: false }])
      assert.deepStrictEqual(config.sandbox?.mounts.sharedTargets, ["api"])
      assert.deepStrictEqual(config.sandbox?.networks, ["back"])
      assert.strictEqual(yield* read("docker-compose.yml"), compose)
      const warnings = result.warnings.join("\n")
      assert.include(warnings, "needs TOKEN, which has no default")
      assert.notInclude(warnings, "LEVEL")
      assert.notInclude(warnings, "FROM_FILE")
      assert.include(warnings, "network back has addresses of its own")
      assert.include(warnings, "docker-compose.override.yml is no part of sandboxes")
      assert.include(warnings, "SHOP_API_PORT_80 = 8080 is near OTHER_PORT = 8090 of other")
      assert.include(warnings, "jaeger: the shared observability stack stands in")
      assert.include(warnings, "Docker is not running")
      assert.deepStrictEqual((yield* inits.plan({ directory: main })).files, [])
    }).pipe(Effect.provide(layerOf(project, ["data/x.db"]))))

  it.effect("rewrites the compose file when asked to, once", () =>
    Effect.gen(function*() {
      const inits = yield* Inits
      yield* inits.apply(yield* inits.plan({ directory: main, answers: { parameterize: true } }))
      const text = (yield* read("docker-compose.yml")) ?? ""
      assert.include(text, "ports: [\"${SHOP_API_PORT_80:-8080}:80\", \"${SHOP_API_PORT_443:-8443}:443\"]")
      assert.include(text, "  # jaeger:\n")
      const again = yield* inits.plan({ directory: main, answers: { parameterize: true } })
      assert.deepStrictEqual(again.files, [])
      assert.deepStrictEqual((yield* inits.plan({ directory: main })).files, [])
    }).pipe(Effect.provide(layerOf(project))))

  it.effect("keeps what was edited by hand and adds new ports", () =>
    Effect.gen(function*() {
      const inits = yield* Inits
      const plan = yield* inits.plan({ directory: main })
      assert.strictEqual(
        plan.files[0]?.after,
        edited.replace("API = 8080 # main\n", "API = 8080 # main\nSHOP_API_PORT_443 = 8443\nSHOP_DB_PORT = 5432\n")
      )
      assert.strictEqual(plan.answers.prefix, "sh")
      assert.include(unifiedDiff(plan.files[0] ?? { path: "", before: "", after: "" }), "+SHOP_DB_PORT = 5432\n")
    }).pipe(Effect.provide(layerOf({ ...project, ".env": "", ".devops-ai/infra.toml": edited }))))

  it.effect("refuses answers that make no configuration, and tells why", () =>
    Effect.gen(function*() {
      const inits = yield* Inits
      const error = yield* Effect.flip(
        inits.plan({ directory: main, answers: { name: "a/b", ports: { "a-b": 0 } } })
      )
      assert.strictEqual(error._tag, "InitRefused")
      assert.include(error.message, "project.name: expected a name")
      assert.include(error.message, "sandbox.ports.a-b: expected a port from 1 to 65535, found 0")
      assert.include(error.message, "sandbox.ports.a-b: expected a variable name")
      const missing = yield* Effect.flip(inits.plan({ directory: main, answers: { composeFile: "absent.yml" } }))
      assert.include(missing.message, "there is no compose file absent.yml")
      const outside = yield* Effect.flip(inits.plan({ directory: main, answers: { composeFile: "../x.yml" } }))
      assert.strictEqual(outside._tag, "InitRefused")
    }).pipe(Effect.provide(layerOf(project))))

  it.effect("fails on a configuration that cannot be read, and leaves it alone", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Inits.use((inits) => inits.plan({ directory: main })))
      assert.strictEqual(error._tag, "ConfigInvalid")
    }).pipe(Effect.provide(layerOf({ ".devops-ai/infra.toml": "[project" }))))

  it.effect("writes nothing when a file was changed in the meantime, and takes back what it wrote", () =>
    Effect.gen(function*() {
      const inits = yield* Inits
      const plan = yield* inits.plan({ directory: main, answers: { parameterize: true } })
      yield* ProjectFiles.use((files) => files.write(`${main}/docker-compose.yml`, "services: {}"))
      const error = yield* Effect.flip(inits.apply(plan))
      assert.strictEqual(error._tag, "InitRefused")
      assert.strictEqual(yield* read("docker-compose.yml"), "services: {}")
      assert.strictEqual(yield* read(".devops-ai/infra.toml"), null)
    }).pipe(Effect.provide(layerOf(project))))

  it.effect("works without a compose file", () =>
    Effect.gen(function*() {
      const plan = yield* Inits.use((inits) => inits.plan({ directory: main }))
      assert.strictEqual(plan.config.sandbox, null)
      assert.isFalse(plan.needsNetwork)
      assert.deepStrictEqual(plan.warnings, ["there is no compose file: worktrees have no sandboxes"])
    }).pipe(Effect.provide(layerOf({ "go.mod": "module example.com/shop" }))))

  it.effect("asks on a terminal, and takes the answers", () =>
    Effect.gen(function*() {
      const { answers, questions } = yield* Inits.use((inits) => inits.inspect({ directory: main }))
      assert.deepStrictEqual(questions.map(({ key }) => key), [
        "name",
        "prefix",
        "composeFile",
        "health",
        "code",
        "codeTargets",
        "parameterize"
      ])
      const given = questions.reduce(
        (all, { key, proposal }) => Result.getOrThrow(answerInitQuestion(all, answers, key, proposal)),
        {}
      )
      const [asked, proposed] = [
        yield* Inits.use((inits) => inits.plan({ directory: main, answers: given })),
        yield* Inits.use((inits) => inits.plan({ directory: main }))
      ]
      assert.deepStrictEqual(asked.files, proposed.files)
      assert.isTrue(Result.isFailure(answerInitQuestion({}, answers, "health", "nonsense")))
      assert.isTrue(Result.isFailure(answerInitQuestion({}, answers, "code", "/etc:/etc")))
    }).pipe(Effect.provide(layerOf(project))))
})

const edited = `# ours
[project]
name = "shop"
prefix = "sh"

[sandbox]
compose_file = "docker-compose.yml"
port_stride = 7

[sandbox.ports]
API = 8080 # main

[sandbox.health]
endpoint = "/mine"
port_var = "API"

[other]
tool = 1
`
