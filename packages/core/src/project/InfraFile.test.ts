import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { defaultMilestones } from "./InfraConfig.ts"
import { decodeInfraFile } from "./InfraFile.ts"
import { infraJsonSchema } from "./InfraSchema.ts"
import { defaultLifecyclePolicy } from "./LifecyclePolicy.ts"

const decoded = (text: string) => {
  const result = decodeInfraFile(text, "infra.toml")
  if (Result.isFailure(result)) throw result.failure
  return result.success
}

const faults = (text: string): ReadonlyArray<string> => {
  const result = decodeInfraFile(text, "infra.toml")
  assert.isTrue(Result.isFailure(result), "expected faults")
  return Result.isFailure(result) ? result.failure.message.split("\n") : []
}

const minimal = "[project]\nname = \"a\"\n[sandbox]\ncompose_file = \"compose.yaml\"\n"

describe("decodeInfraFile", () => {
  it("fills in every default", () =>
    assert.deepStrictEqual(decoded("[project]\nname = \"khealth\""), {
      config: {
        project: { name: "khealth", prefix: "khealth" },
        sandbox: null,
        worktree: { include: [], setup: [], teardown: [], milestones: defaultMilestones },
        lifecycle: defaultLifecyclePolicy
      },
      warnings: []
    }))

  it("decodes a sandbox with all of its sections", () => {
    const { config, warnings } = decoded(`
[project]
name = "khealth"
prefix = "kh"
[sandbox]
compose_file = "./docker/compose.yml"
compose_mode = "env"
port_stride = 10
services = ["api"]
profiles = ["dev"]
[sandbox.health]
endpoint = "/api/v1/health"
port_var = "API_PORT"
[sandbox.ports]
API_PORT = 8080
DB_PORT = 5432
[sandbox.mounts]
code = ["src/:/app/src", "tests", "config/:ro"]
code_targets = ["api"]
shared = ["data/:/data:rw"]
shared_targets = ["api"]
[sandbox.otel]
endpoint_var = "TRACES"
[sandbox.networks]
include = ["backend"]
[sandbox.env]
VERSION = 1.0
DEBUG = true
GREETING = "a # b $c"
[sandbox.secrets]
TOKEN = "$HOST_TOKEN"
BRACED = "\${HOST_TOKEN}"
KEY = "op://vault/item/field"
[sandbox.files]
"config/local.yaml" = "config/local.example.yaml"
[worktree]
include = [".env*"]
setup = [["npm", "ci"], ["make", "db"]]
teardown = ["docker", "compose", "down"]
milestones = "plans/<feature>/<milestone>.md"
`)
    assert.deepStrictEqual(warnings, [])
    assert.deepStrictEqual(config, {
      project: { name: "khealth", prefix: "kh" },
      sandbox: {
        composeFile: "docker/compose.yml",
        composeMode: "env",
        portStride: 10,
        ports: { API_PORT: 8080, DB_PORT: 5432 },
        health: { endpoint: "/api/v1/health", portVariable: "API_PORT", timeout: 60 },
        services: ["api"],
        profiles: ["dev"],
        mounts: {
          code: [
            { source: "src", target: "/app/src", readOnly: false },
            { source: "tests", target: "/app/tests", readOnly: false },
            { source: "config", target: "/app/config", readOnly: true }
          ],
          codeTargets: ["api"],
          shared: [{ source: "data", target: "/data", readOnly: false }],
          sharedTargets: ["api"]
        },
        otel: { endpointVariable: "TRACES", namespaceVariable: "OTEL_RESOURCE_ATTRIBUTES" },
        networks: ["backend"],
        env: { VERSION: "1.0", DEBUG: "true", GREETING: "a # b $c" },
        secrets: { TOKEN: "$HOST_TOKEN", BRACED: "$HOST_TOKEN", KEY: "op://vault/item/field" },
        files: { "config/local.yaml": "config/local.example.yaml" }
      },
      worktree: {
        include: [".env*"],
        setup: [["npm", "ci"], ["make", "db"]],
        teardown: [["docker", "compose", "down"]],
        milestones: "plans/<feature>/<milestone>.md"
      },
      lifecycle: defaultLifecyclePolicy
    })
  })

  it("decodes a project of many ports and mounts without targets in the container", () => {
    const { config } = decoded(`
[project]
name = "ktrdr"
prefix = "ktrdr"

[sandbox]
compose_file = "docker-compose.sandbox.yml"

[sandbox.health]
endpoint = "/api/v1/health"
port_var = "KTRDR_API_PORT"
timeout = 120

[sandbox.ports]
KTRDR_API_PORT = 8000
KTRDR_DB_PORT = 5432
KTRDR_WORKER_PORT_1 = 5003
KTRDR_WORKER_PORT_2 = 5004
KTRDR_WORKER_PORT_3 = 5005
KTRDR_WORKER_PORT_4 = 5006

[sandbox.mounts]
code = ["ktrdr/", "research_agents/", "tests/", "config/:ro"]
code_targets = ["backend", "backtest-worker", "training-worker"]
shared = ["data/", "models/", "strategies/"]
shared_targets = ["backend", "backtest-worker", "training-worker"]
`)
    assert.deepStrictEqual(config.sandbox?.mounts.code[3], { source: "config", target: "/app/config", readOnly: true })
    assert.deepStrictEqual(config.sandbox?.mounts.shared[0], { source: "data", target: "/app/data", readOnly: false })
    assert.strictEqual(config.sandbox?.health?.timeout, 120)
    assert.strictEqual(Object.keys(config.sandbox?.ports ?? {}).length, 6)
  })

  it("decodes the annotated reference file", () => {
    const { config, warnings } = decoded(`# === Required ===

[project]
name = "khealth"                    # project name
prefix = "khealth"                  # worktree prefix (optional, defaults to name)

[sandbox]
compose_file = "docker-compose.yml" # path relative to project root

[sandbox.health]
endpoint = "/api/v1/health"         # HTTP GET path
port_var = "KHEALTH_API_PORT"       # which port env var to use for health check
timeout = 60                        # seconds (optional, default 60)

[sandbox.ports]                     # env_var = base_port
KHEALTH_API_PORT = 8080

[sandbox.mounts]                    # Docker-style host:container[:ro]
code = ["src/:/app/src", "tests/:/app/tests"]
code_targets = ["wellness-agent"]   # compose services receiving code mounts
shared = []                         # dirs from main repo (optional)
shared_targets = []                 # compose services receiving shared mounts (optional)

[sandbox.otel]                      # optional
endpoint_var = "OTEL_EXPORTER_OTLP_ENDPOINT"  # default
namespace_var = "OTEL_RESOURCE_ATTRIBUTES"      # default

[sandbox.networks]                  # optional
include = []                        # custom networks to preserve in override
`)
    assert.deepStrictEqual(warnings, [])
    assert.deepStrictEqual(config.sandbox?.ports, { KHEALTH_API_PORT: 8080 })
  })

  it("tells all faults at once, with lines, in the order of the file", () =>
    assert.deepStrictEqual(
      faults(`[project]
name = "a/b"

[sandbox]
compose_file = "../compose.yml"
[sandbox.ports]
API_PORT = "eighty"
DB_PORT = 0
COMPOSE_PROJECT_NAME = 80
[sandbox.health]
endpoint = "health"
port_var = "WEB_PORT"
[sandbox.mounts]
code = [
  "src",
  "/etc:/etc",
]
[worktree]
setup = "npm ci"
`),
      [
        "infra.toml:2: project.name: expected a name of 1 to 63 characters without /, \\ or control characters, "
        + "not beginning with - or ., found \"a/b\"",
        "infra.toml:5: sandbox.compose_file: expected a path below the checkout, relative and with /, found "
        + "\"../compose.yml\"",
        "infra.toml:7: sandbox.ports.API_PORT: expected a port from 1 to 65535, found \"eighty\"",
        "infra.toml:8: sandbox.ports.DB_PORT: expected a port from 1 to 65535, found 0",
        "infra.toml:9: sandbox.ports.COMPOSE_PROJECT_NAME: expected another variable, as each sandbox has its own "
        + "project name, found COMPOSE_PROJECT_NAME",
        "infra.toml:11: sandbox.health.endpoint: expected a path that begins with /, found \"health\"",
        "infra.toml:12: sandbox.health.port_var: expected a variable of [sandbox.ports]: API_PORT, DB_PORT, "
        + "COMPOSE_PROJECT_NAME, found \"WEB_PORT\"",
        "infra.toml:16: sandbox.mounts.code[1]: expected a source below the checkout, relative and with /, found "
        + "\"/etc:/etc\"",
        "infra.toml:19: worktree.setup: expected a list of commands, each an argument list such as [\"npm\", \"ci\"], "
        + "or one such argument list, found \"npm ci\""
      ]
    ))

  it("tells several places that are not TOML beside other faults, and nothing that only follows from them", () =>
    assert.deepStrictEqual(
      faults(`[project
name = "a"
[sandbox]
compose_file = compose.yml
port_stride = 0
[sandbox.ports]
A = 80 81
[sandbox.health]
endpoint = "/"
port_var = "A"
`).map((line) => line.replace(/expected TOML, found .*/u, "not TOML")),
      [
        "infra.toml:1: not TOML",
        "infra.toml:4: not TOML",
        "infra.toml:5: sandbox.port_stride: expected a whole number from 1 to 1000, found 0",
        "infra.toml:7: not TOML"
      ]
    ))

  it("names what is missing", () => {
    assert.deepStrictEqual(faults("# nothing"), [
      "infra.toml: project: expected a table with the project's name, but it is missing"
    ])
    assert.deepStrictEqual(faults("[project]\nname = \"a\"\n\n[sandbox]\n"), [
      "infra.toml:4: sandbox.compose_file: expected the path of a compose file, but it is missing"
    ])
  })

  it("never shows the values of secrets and variables", () => {
    const messages = faults(`${minimal}[sandbox.secrets]
TOKEN = "hunter2"
OTHER = 4711
[sandbox.env]
A = ["hunter2"]
"bad name" = "hunter2"
B = "hunter2
`).join("\n")
    assert.notMatch(messages, /hunter2|4711/u)
    assert.match(messages, /infra\.toml:6: sandbox\.secrets\.TOKEN: expected \$NAME .*, found a string/u)
    assert.match(messages, /infra\.toml:10: sandbox\.env\."bad name": expected a variable name/u)
  })

  it.each([
    ["[sandbox.ports]\nA = 80\nB = 80", /:7: sandbox\.ports\.B: expected a base port of its own, found 80, the base/u],
    ["[sandbox.ports]\nA = 80\n[sandbox.env]\nA = \"x\"", /:8: sandbox\.env\.A: expected each variable once/u],
    ["[sandbox.ports]\n\"a-b\" = 80", /sandbox\.ports\.a-b: expected a variable name/u],
    ["[sandbox.files]\n\"../x\" = \"y\"", /sandbox\.files\."\.\.\/x": expected the destination as a path below/u],
    ["[sandbox.files]\nx = \"/etc/passwd\"", /sandbox\.files\.x: expected the source as a path below/u],
    ["[sandbox.mounts]\ncode = [\"src:app\"]", /code\[0\]: expected source:target\[:ro\], with an absolute target/u],
    ["[worktree]\nsetup = [[\"npm\"], \"ci\"]", /setup\[1\]: expected a list of commands/u],
    ["[worktree]\nsetup = [\"npm ci\"]", /setup: expected an argument list such as \["npm", "ci"\]/u],
    ["[worktree]\nsetup = [[]]", /setup\[0\]: expected a program and its arguments/u],
    ["[worktree]\nmilestones = \"a.md\"", /milestones: expected a pattern below the checkout with <milestone>/u],
    ["health = 3", /:5: sandbox\.health: expected a table, found 3/u],
    ["compose_mode = \"x\"", /expected one of "auto", "override", "env", found "x"/u]
  ])("refuses %s", (text, message) => assert.match(faults(`${minimal}${text}`).join("\n"), message))

  it("keeps what it does not know, with a warning and what may have been meant", () => {
    const { warnings } = decoded(`${minimal}composefile = "x"\n[agents]\nkind = "any"\n[sandbox.health]
endpoint = "/"\nport_var = "A"\n[sandbox.ports]\nA = 1\n[sandbox.mounts]\ncode = ["src"]`)
    assert.deepStrictEqual(warnings, [
      "infra.toml:5: unknown key sandbox.composefile is left alone; did you mean compose_file?",
      "infra.toml:6: unknown key agents is left alone",
      "infra.toml:14: sandbox.mounts.code is mounted nowhere: code_targets names no service"
    ])
  })

  it("tells what it does not know beside the faults, as it may be their cause", () => {
    assert.deepStrictEqual(faults("[project]\nname = \"a\"\n[sandbox]\ncompsoe_file = \"x\"\n[sandbox.ports]\nA = 0"), [
      "infra.toml:3: sandbox.compose_file: expected the path of a compose file, but it is missing",
      "infra.toml:6: sandbox.ports.A: expected a port from 1 to 65535, found 0",
      "infra.toml:4: unknown key sandbox.compsoe_file is left alone; did you mean compose_file?"
    ])
  })

  it("never throws, whatever the text", () => {
    for (
      const text of [
        "\0",
        "[",
        "[[project]]\nname = 1",
        "project = 1",
        "a = \"\"\"",
        "__proto__ = 1",
        "\uFEFF[project]"
      ]
    ) {
      assert.isTrue(Result.isFailure(decodeInfraFile(text)), text)
    }
  })
})

describe("infraJsonSchema", () => {
  it("describes every key", () => {
    const undescribed = (node: unknown, path: string): ReadonlyArray<string> => {
      if (typeof node !== "object" || node === null) return []
      const own = "properties" in node && typeof node.properties === "object" && node.properties !== null
        ? Object.entries(node.properties)
        : []
      const items = "items" in node ? undescribed(node.items, `${path.slice(0, -1)}[].`) : []
      return [
        ...items,
        ...own.flatMap(([key, value]) => [
          ...(typeof value === "object" && value !== null && "description" in value ? [] : [`${path}${key}`]),
          ...undescribed(value, `${path}${key}.`)
        ])
      ]
    }
    const schema = infraJsonSchema()
    assert.deepStrictEqual(undescribed(schema, ""), [])
    assert.include(JSON.stringify(schema), "compose_file")
    assert.notInclude(JSON.stringify(schema), "\"Infinity\"")
  })
})
