import { assert, describe, it } from "@effect/vitest"
import { isolationViolations } from "@slipway/core"
import { Arbitrary, Effect, Schema } from "effect"
import { join } from "node:path"
import { realComposeVersion } from "./RealCompose.ts"
import { resolveSandbox, serviceOf } from "./SandboxFixture.ts"

const anyText = Arbitrary.map(
  Arbitrary.schema(Schema.Union([
    Schema.String,
    Schema.Literals([
      "",
      " # no",
      "a: b",
      "- x",
      "'",
      "\"",
      "$HOME",
      "${X}",
      "$$",
      "{a}",
      "[b]",
      "*c",
      "&d",
      "!e",
      "|",
      ">"
    ]),
    Schema.Literals([
      "é 🛠",
      "\u0007",
      "\u007f",
      "\u0085",
      "\u00a0",
      "\u2028",
      "\ufeff",
      "\uffff",
      "a\nb",
      "a\r\nb\n",
      "\t"
    ]),
    Schema.Literals([
      "yes",
      "null",
      "~",
      "1:30",
      "0x1f",
      "1e3",
      "=",
      "<<",
      "...",
      "---",
      "%",
      "@",
      "`",
      "\\",
      "x\\",
      "a\\nb"
    ])
  ])),
  (text) => text.replaceAll("\0", "").toWellFormed()
)

const HostPort = Schema.Int.check(Schema.isBetween({ minimum: 8000, maximum: 8008 }))

const AnyService = Schema.Struct({
  kind: Schema.Literals(["image", "build", "both", "observing"]),
  containerName: Schema.Boolean,
  networks: Schema.Array(Schema.Literals(["default", "front", "back"])),
  volume: Schema.Boolean,
  ports: Schema.Array(Schema.Struct({
    host: HostPort,
    protocol: Schema.Literals(["tcp", "udp"]),
    address: Schema.Literals(["", "127.0.0.1:", "[::1]:"]),
    parameterized: Schema.Boolean
  }))
})

/** A compose file as people write them, in which ports may or may not come from variables. */
const composeFileOf = (
  services: Readonly<Record<string, typeof AnyService.Type>>,
  fixed: { readonly data: boolean; readonly back: boolean },
  ports: Readonly<Record<string, number>>
) => ({
  services: Object.fromEntries(
    Object.entries(services).map(([name, service]) => [name, {
      ...(service.kind === "build" ? {} : { image: service.kind === "observing" ? "grafana/grafana" : "acme/shared" }),
      ...(service.kind === "build" || service.kind === "both" ? { build: "." } : {}),
      ...(service.containerName ? { container_name: `fixed-${name}` } : {}),
      ...(service.networks.length === 0 ? {} : { networks: [...new Set(service.networks)] }),
      ...(service.volume ? { volumes: ["data:/data"] } : {}),
      ports: [
        ...new Set(service.ports.map(({ address, host, parameterized, protocol }, index) => {
          const variable = Object.keys(ports).find((candidate) => ports[candidate] === host)
          const text = parameterized && variable !== undefined ? `\${${variable}:-${host}}` : String(host)
          return `${address}${text}:${80 + index}/${protocol}`
        }))
      ]
    }])
  ),
  volumes: { data: fixed.data ? { name: "fixed-data" } : {} },
  networks: { front: {}, back: fixed.back ? { name: "fixed-back" } : {} }
})

describe.skipIf(realComposeVersion === null)("the override as Compose reads it, whatever it is made of", () => {
  it.live.prop(
    "values and paths reach Compose as they are",
    { texts: Arbitrary.array(anyText, { minLength: 1, maxLength: 40 }) },
    ({ texts }) =>
      Effect.gen(function*() {
        // Compose cleans paths, which is not what is looked at here.
        const names = texts.map((text, index) => `${index}${text.replaceAll(/[/.]/gu, "_")}`)
        const { document, main } = yield* resolveSandbox({
          files: { "docker-compose.yml": "services: { api: { image: x } }" },
          config: {
            env: Object.fromEntries(texts.map((text, index) => [`V${index}`, text])),
            mounts: {
              code: [],
              codeTargets: [],
              shared: names.map((name, index) => ({ source: name, target: `/t${index}`, readOnly: true })),
              sharedTargets: ["api"]
            }
          }
        })
        const { environment, volumes } = serviceOf(document, "api")
        const literal = (text: string | null | undefined) => text?.replaceAll("$$", "$")
        assert.deepStrictEqual(texts.map((_, index) => literal(environment?.[`V${index}`])), texts)
        assert.deepStrictEqual(
          names.map((_, index) => literal(volumes?.find(({ target }) => target === `/t${index}`)?.source)),
          names.map((name) => join(main, name))
        )
      }).pipe(Effect.scoped),
    { arbitrary: { runs: 15 } }
  )

  it.live.prop(
    "whatever the compose file, the sandbox is isolated",
    {
      services: Schema.Record(Schema.Literals(["api", "web", "db", "Job_1.x"]), AnyService),
      fixed: Schema.Struct({ data: Schema.Boolean, back: Schema.Boolean }),
      bases: Schema.Array(HostPort),
      slot: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3 }))
    },
    ({ bases, fixed, services, slot }) =>
      Effect.gen(function*() {
        const ports = Object.fromEntries([...new Set(bases)].map((base, index) => [`PORT_${index}`, base]))
        const { document, plan } = yield* resolveSandbox({
          files: { "docker-compose.yml": JSON.stringify(composeFileOf(services, fixed, ports)) },
          config: { ports },
          slot
        })
        assert.deepStrictEqual(isolationViolations(document, plan.expected), [])
        const allowed = Object.values(ports).map((base) => String(base + slot))
        const seen = Object.values(document.services).flatMap((service) =>
          (service.ports ?? []).flatMap((port) => port.published ?? [])
        )
        for (const published of seen) assert.include(allowed, published)
        for (const [name, { kind, networks }] of Object.entries(services)) {
          const joined = Object.keys(document.services[name]?.networks ?? {})
          assert.sameMembers(
            joined,
            kind === "observing"
              ? networks.length === 0 ? ["default"] : [...new Set(networks)]
              : ["devops-ai-observability", ...(networks.length === 0 ? ["default"] : [...new Set(networks)])]
          )
        }
      }).pipe(Effect.scoped),
    { arbitrary: { runs: 40 } }
  )
})
