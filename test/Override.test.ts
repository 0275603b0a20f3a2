import { assert, describe, it } from "@effect/vitest"
import { verifyOverride } from "@slipway/core"
import { Effect, Result } from "effect"
import { join } from "node:path"
import { realComposeVersion } from "./RealCompose.ts"
import { published, resolveSandbox, serviceOf, untouchedComposeFile } from "./SandboxFixture.ts"

describe.skipIf(realComposeVersion === null)("the override as Compose reads it", () => {
  it.live("an untouched compose file gets the slot's ports and names", () =>
    Effect.gen(function*() {
      const { document, plan, worktree } = yield* resolveSandbox({
        files: { "docker-compose.yml": untouchedComposeFile, ".env.own": "OWN=1\n" },
        config: { ports: { API_PORT: 8080, DB_PORT: 5432 }, env: { LOG_LEVEL: "de$bug #1" } },
        secrets: { TOKEN: "s3cr$t 'quoted'" },
        slot: 3
      })
      assert.deepStrictEqual(verifyOverride(document, plan), Result.void)
      assert.deepStrictEqual(published(document), {
        "api 80/tcp": "8083",
        "api 127.0.0.1:9229/tcp": null,
        "db 5432/tcp": "5435"
      })
      assert.deepStrictEqual(plan.warnings, [
        "api publishes 127.0.0.1:9229:9229/tcp on a port that Docker chooses: no variable of [sandbox.ports] stands for it"
      ])
      const api = serviceOf(document, "api")
      assert.strictEqual(api.image, "khealth-slot-3-api")
      assert.strictEqual(serviceOf(document, "worker").image, "khealth-slot-3-api")
      assert.strictEqual(serviceOf(document, "db").image, "postgres:16")
      assert.deepInclude(api.environment, {
        OWN: "1",
        PRICE: "5$$",
        LOG_LEVEL: "de$$bug #1",
        TOKEN: "s3cr$$t 'quoted'",
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://devops-ai-jaeger:4317",
        OTEL_RESOURCE_ATTRIBUTES: "service.name=api,service.namespace=khealth-slot-3"
      })
      assert.notInclude(plan.text, "s3cr")
      assert.sameMembers(Object.keys(api.networks ?? {}), ["default", "devops-ai-observability"])
      assert.deepStrictEqual(serviceOf(document, "db").networks?.["default"], { aliases: ["fixed-db"] })
      assert.strictEqual(document.volumes?.["data"]?.name, "khealth-slot-3_shared-data")
      assert.strictEqual(document.volumes?.["pg"]?.name, "khealth-slot-3_pg")
      assert.deepInclude(api.volumes ?? [], { type: "bind", source: join(worktree, "src"), target: "/app/src" })
    }).pipe(Effect.scoped))

  it.live("every port form: ranges, UDP, host addresses, the long form", () =>
    Effect.gen(function*() {
      const { document, plan } = yield* resolveSandbox({
        files: {
          "docker-compose.yml": `
services:
  dns:
    image: dns
    ports:
      - "5353:53"
      - "5353:53/udp"
      - "[::1]:5353:54"
      - "127.0.0.1:7000-7002:7000-7002"
      - "6000-6010:60"
      - "80"
      - { target: 443, published: "8443", host_ip: 127.0.0.1, mode: host, name: tls, app_protocol: https }
`
        },
        config: { ports: { DNS: 5353, MIDDLE: 7001, RANGE: 6000, TLS: 8443 }, portStride: 10 },
        slot: 2
      })
      assert.deepStrictEqual(verifyOverride(document, plan), Result.void)
      assert.deepStrictEqual(published(document), {
        "dns 53/tcp": "5373",
        "dns 53/udp": "5373",
        "dns ::1:54/tcp": "5373",
        "dns 127.0.0.1:7000/tcp": null,
        "dns 127.0.0.1:7001/tcp": "7021",
        "dns 127.0.0.1:7002/tcp": null,
        "dns 60/tcp": "6020",
        "dns 80/tcp": null,
        "dns 127.0.0.1:443/tcp": "8463"
      })
      const tls = serviceOf(document, "dns").ports?.find((port) => port.target === 443)
      assert.deepInclude(tls, { mode: "host", name: "tls", app_protocol: "https" })
      assert.lengthOf(plan.warnings, 2)
    }).pipe(Effect.scoped))

  it.live("bases in a row stay apart, in a file with and in one without variables", () =>
    Effect.gen(function*() {
      const ports = { A: 5003, B: 5004, C: 5005, D: 5006 }
      const file = (port: (name: keyof typeof ports) => string) =>
        `services:\n${
          (["A", "B", "C", "D"] as const).map((name) =>
            `  ${name.toLowerCase()}: { image: x, ports: ["${port(name)}:80"] }\n`
          ).join("")
        }`
      for (
        const text of [
          file((name) => String(ports[name])),
          file((name) => `\${${name}:-${ports[name]}}`),
          file((name) => name < "C" ? `\${${name}:-${ports[name]}}` : String(ports[name]))
        ]
      ) {
        const { document, plan } = yield* resolveSandbox({ files: { "docker-compose.yml": text }, config: { ports } })
        assert.deepStrictEqual(verifyOverride(document, plan), Result.void)
        assert.deepStrictEqual(plan.warnings, [])
        assert.deepStrictEqual(published(document), {
          "a 80/tcp": "5004",
          "b 80/tcp": "5005",
          "c 80/tcp": "5006",
          "d 80/tcp": "5007"
        })
      }
    }).pipe(Effect.scoped))

  it.live("networks are kept, external ones and host networking left alone, observability images do not join", () =>
    Effect.gen(function*() {
      const { document, json, plan } = yield* resolveSandbox({
        files: {
          "docker-compose.yml": `
services:
  front: { image: x, networks: [front], labels: ["a=b"] }
  api:
    image: x
    container_name: acme-api
    networks: { front: { aliases: [backend] }, back: { ipv4_address: 172.30.9.4 }, corp: {} }
  db: { image: x, networks: [back], external_links: ["elsewhere:elsewhere"] }
  agent: { image: x, network_mode: host, ports: ["8125:8125"] }
  side: { image: x, network_mode: "service:api" }
  lonely: { image: x, network_mode: none }
  tail: { image: x, network_mode: "container:the-named" }
  named: { image: x, container_name: the-named }
  jaeger: { image: jaegertracing/all-in-one:1.57, ports: ["16686:16686"] }
networks:
  front: {}
  back: { name: acme-back, ipam: { config: [{ subnet: 172.30.9.0/24 }] } }
  corp: { external: true, name: corp-net }
  default: { name: acme-default }
`
        }
      })
      assert.deepStrictEqual(verifyOverride(document, plan), Result.void)
      const networks = (name: string) => serviceOf(document, name).networks ?? {}
      assert.deepStrictEqual(networks("front"), { front: null, "devops-ai-observability": null })
      assert.deepStrictEqual(networks("api"), {
        front: { aliases: ["backend", "acme-api"] },
        back: { aliases: ["acme-api"] },
        corp: {},
        "devops-ai-observability": null
      })
      assert.deepStrictEqual(networks("jaeger"), { default: null })
      assert.deepStrictEqual(networks("named"), {
        default: { aliases: ["the-named"] },
        "devops-ai-observability": null
      })
      const model: { readonly services: Record<string, { readonly external_links?: ReadonlyArray<string> }> } = JSON
        .parse(json)
      const neighbours = ["api", "db", "front", "named"].map((name) => `khealth-slot-1-${name}-1:${name}`)
      assert.sameMembers([...model.services["db"]?.external_links ?? []], ["elsewhere:elsewhere", ...neighbours])
      for (const name of ["agent", "side", "lonely", "tail"]) assert.deepStrictEqual(networks(name), {})
      assert.strictEqual(serviceOf(document, "tail").network_mode, "service:named")
      const traced = Object.entries(document.services)
        .filter(([, { environment }]) => environment?.["OTEL_EXPORTER_OTLP_ENDPOINT"] !== undefined)
        .map(([name]) => name)
      assert.sameMembers(traced, ["front", "api", "db", "named", "side"])
      assert.deepStrictEqual(document.networks?.["back"]?.name, "khealth-slot-1_acme-back")
      assert.deepStrictEqual(document.networks?.["back"]?.ipam, {})
      assert.deepStrictEqual(document.networks?.["default"]?.name, "khealth-slot-1_acme-default")
      assert.deepStrictEqual(document.networks?.["corp"]?.name, "corp-net")
      assert.deepStrictEqual(document.networks?.["devops-ai-observability"]?.external, true)
      assert.includeMembers([...plan.warnings], ["agent uses the host's network: its ports are the same in every slot"])
      assert.isTrue(plan.warnings.some((warning) => warning.startsWith("network back has a fixed address range")))
    }).pipe(Effect.scoped))

  it.live("mounts reach their targets alone, over what the compose file mounts there", () =>
    Effect.gen(function*() {
      const { document, main, worktree } = yield* resolveSandbox({
        files: {
          "docker-compose.yml": `
services:
  api: { image: x, volumes: ["./old:/app/src:ro", "data:/app/data"] }
  web: { image: x, volumes: [".:/web"] }
  db: { image: x }
volumes: { data: {} }
`
        },
        config: {
          mounts: {
            code: [
              { source: "src", target: "/app/src/", readOnly: false },
              { source: ".", target: "/all", readOnly: true }
            ],
            codeTargets: ["api"],
            shared: [{ source: "data", target: "/app/data", readOnly: false }],
            sharedTargets: ["api", "db"]
          }
        },
        folder: "it's #1: a \"$HOME\" ünïcödé, {wörktree}"
      })
      const mounts = (name: string) =>
        (serviceOf(document, name).volumes ?? []).map(({ source, target, type }) => `${type} ${source} ${target}`)
      const literal = (path: string) => path.replaceAll("$", "$$$$")
      const git = `bind ${join(main, ".git")} ${join(main, ".git")}`
      assert.sameMembers(mounts("api"), [
        `bind ${literal(join(worktree, "src"))} /app/src`,
        `bind ${literal(worktree)} /all`,
        `bind ${join(main, "data")} /app/data`,
        git
      ])
      assert.sameMembers(mounts("web"), [`bind ${literal(worktree)} /web`, git])
      assert.sameMembers(mounts("db"), [`bind ${join(main, "data")} /app/data`])
    }).pipe(Effect.scoped))

  it.live("labels are on everything that is made, and on nothing else", () =>
    Effect.gen(function*() {
      const { json, root, worktree } = yield* resolveSandbox({
        files: {
          "docker-compose.yml": `
services:
  api: { image: x, labels: { own: "1" }, networks: [default, corp], volumes: ["data:/d", "theirs:/t"] }
  jaeger: { image: jaegertracing/all-in-one }
volumes: { data: { labels: ["own=1"] }, theirs: { external: true } }
networks: { corp: { external: true } }
`
        }
      })
      const model: Record<string, Record<string, { readonly labels?: unknown }>> = JSON.parse(json)
      const slipway = {
        "dev.slipway.project": "khealth",
        "dev.slipway.slot": "1",
        "dev.slipway.worktree": worktree,
        "dev.slipway.home": join(root, "home")
      }
      const labelsOf = (kind: string, name: string) => model[kind]?.[name]?.labels
      assert.deepStrictEqual(labelsOf("services", "api"), { own: "1", ...slipway })
      assert.deepStrictEqual(labelsOf("services", "jaeger"), slipway)
      assert.deepStrictEqual(labelsOf("volumes", "data"), { own: "1", ...slipway })
      assert.deepStrictEqual(labelsOf("networks", "default"), slipway)
      assert.isUndefined(labelsOf("volumes", "theirs"))
      assert.isUndefined(labelsOf("networks", "corp"))
      assert.isUndefined(labelsOf("networks", "devops-ai-observability"))
    }).pipe(Effect.scoped))

  it.live("files of several parts: include, extends, anchors, profiles, replicas, build tags", () =>
    Effect.gen(function*() {
      const { document, plan } = yield* resolveSandbox({
        files: {
          "docker-compose.yml": `
include: [infra/compose.yml]
x-web: &web { image: x, ports: ["3000:3000"], container_name: web }
services:
  web: *web
  api: { extends: { file: common.yml, service: base }, ports: ["\${API_PORT:-8080}:80"], deploy: { replicas: 2 } }
  tools: { image: x, profiles: [tools], ports: ["9999:9999"], container_name: tools }
  built: { build: { context: ., tags: ["acme/built:dev"] } }
`,
          "infra/compose.yml": "services: { redis: { image: redis, ports: [\"6379:6379\"], container_name: redis } }",
          "common.yml": "services: { base: { image: x } }"
        },
        config: { ports: { WEB_PORT: 3000, API_PORT: 8080, REDIS_PORT: 6379, GONE_PORT: 4000 }, profiles: [] }
      })
      assert.deepStrictEqual(verifyOverride(document, plan), Result.void)
      assert.deepStrictEqual(published(document), {
        "web 3000/tcp": "3001",
        "api 80/tcp": "8081",
        "redis 6379/tcp": "6380",
        "tools 9999/tcp": null
      })
      assert.sameMembers([...plan.warnings], [
        "GONE_PORT: no service publishes its base port 4000, so nothing answers on 4001",
        "api has 2 replicas, of which only one can publish port 8081 (API_PORT)"
      ])
      assert.notInclude(JSON.stringify(serviceOf(document, "built").build), "acme/built")
    }).pipe(Effect.scoped))
})
