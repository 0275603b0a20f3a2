import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Result, Schema } from "effect"
import type { CommandLine } from "./CommandLine.ts"
import type { InfraConfig, Mount } from "./InfraConfig.ts"
import { decodeInfraFile } from "./InfraFile.ts"
import { editInfraFile, renderInfraFile } from "./InfraFileEdit.ts"
import { defaultLifecyclePolicy } from "./LifecyclePolicy.ts"

const decode = (text: string): InfraConfig => Result.getOrThrow(decodeInfraFile(text)).config

const edited = (text: string, change: (config: InfraConfig) => InfraConfig): string =>
  Result.getOrThrow(editInfraFile(text, change(decode(text))))

const present = `# ours
[project]
name = 'shop'   # the shop

[tools.other]
kept = true

[sandbox.ports]
DB_PORT = 5432 # keep
API_PORT = 8_080
[sandbox]
compose_file = "./compose.yml"
[sandbox.mounts]
code = [
  "src/", # sources
]
code_targets = ["api"]
`

describe("editInfraFile", () => {
  it("leaves a file alone when nothing changes", () => assert.strictEqual(edited(present, (config) => config), present))

  it("changes one value and keeps the rest to the letter", () =>
    assert.strictEqual(
      edited(present, (config) => ({
        ...config,
        sandbox: config.sandbox === null ? null : { ...config.sandbox, ports: { DB_PORT: 5432, API_PORT: 9000 } }
      })),
      present.replace("8_080", "9000")
    ))

  it("adds a section beside its siblings", () =>
    assert.strictEqual(
      edited(present, (config) => ({
        ...config,
        sandbox: config.sandbox === null
          ? null
          : { ...config.sandbox, portStride: 10, health: { endpoint: "/h", portVariable: "API_PORT", timeout: 60 } }
      })),
      present.replace("compose.yml\"\n", "compose.yml\"\nport_stride = 10\n")
        + "\n[sandbox.health]\nendpoint = \"/h\"\nport_var = \"API_PORT\"\n"
    ))

  it("takes the sandbox away and leaves other tools' tables", () => {
    const after = edited(present, (config) => ({ ...config, sandbox: null }))
    assert.strictEqual(decode(after).sandbox, null)
    assert.include(after, "[tools.other]\nkept = true")
  })

  it("refuses a file that it cannot read", () =>
    assert.isTrue(Result.isFailure(editInfraFile("[project", decode(present)))))
})

const Name = Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9]{0,5}$/u))
const Variable = Schema.String.check(Schema.isPattern(/^[A-Z]{1,4}$/u))
const Words = Schema.Array(Name)
const MountShape = Schema.Struct({
  source: Name,
  target: Schema.Literals(["/app", "/srv/x"]),
  readOnly: Schema.Boolean
})

const Shape = Schema.Struct({
  name: Name,
  prefix: Name,
  hasSandbox: Schema.Boolean,
  hasHealth: Schema.Boolean,
  mode: Schema.Literals(["auto", "override", "env"]),
  stride: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 })),
  ports: Schema.Record(Variable, Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65535 }))),
  env: Schema.Record(Variable, Schema.String),
  words: Words,
  mounts: Schema.Array(MountShape),
  commands: Schema.Array(Schema.NonEmptyArray(Name)),
  timeout: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 999 }))
})

const configOf = (shape: typeof Shape.Type): InfraConfig => {
  const ports = Object.fromEntries(
    [...new Map(Object.entries(shape.ports).map(([name, port]) => [port, name]))].map(([port, name]) => [
      `P_${name}`,
      port
    ])
  )
  const [portVariable] = Object.keys(ports)
  const mounts: ReadonlyArray<Mount> = shape.mounts
  const commands: ReadonlyArray<CommandLine> = shape.commands
  return {
    project: { name: shape.name, prefix: shape.prefix },
    sandbox: shape.hasSandbox
      ? {
        composeFile: `${shape.name}.yml`,
        composeMode: shape.mode,
        portStride: shape.stride,
        ports,
        health: shape.hasHealth && portVariable !== undefined
          ? { endpoint: "/h?x=1", portVariable, timeout: shape.timeout }
          : null,
        services: shape.words,
        profiles: [],
        mounts: { code: mounts, codeTargets: shape.words, shared: mounts.slice(1), sharedTargets: ["a"] },
        otel: { endpointVariable: "OTEL_EXPORTER_OTLP_ENDPOINT", namespaceVariable: "NAMESPACE" },
        networks: shape.words,
        env: Object.fromEntries(Object.entries(shape.env).map(([name, value]) => [`E_${name}`, value])),
        secrets: { TOKEN_: "$TOKEN" },
        files: { "a b/c": "d/e" }
      }
      : null,
    worktree: { include: shape.words, setup: commands, teardown: commands.slice(1), milestones: "x/<milestone>" },
    lifecycle: defaultLifecyclePolicy
  }
}

const anyConfig = Arbitrary.map(
  Arbitrary.filter(Arbitrary.schema(Shape), (shape) => !JSON.stringify(shape).includes("\\ud")),
  configOf
)

describe("renderInfraFile", () => {
  it.effect.prop(
    "is read back as the same configuration",
    { config: anyConfig },
    ({ config }) => Effect.sync(() => assert.deepStrictEqual(decode(renderInfraFile(config)), config))
  )

  it.effect.prop(
    "can be edited into any other configuration",
    { before: anyConfig, after: anyConfig },
    ({ after, before }) =>
      Effect.sync(() => {
        const text = renderInfraFile(before).replace("[project]", "[project] # kept\nunknown = 1")
        const result = Result.getOrThrow(editInfraFile(text, after))
        // Variables keep the places that they have in the file.
        assert.deepEqual(decode(result), after)
        assert.include(result, "[project] # kept\nunknown = 1")
      })
  )
})
