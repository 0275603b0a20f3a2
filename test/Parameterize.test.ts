import { assert, describe, it } from "@effect/vitest"
import { parameterizeCompose, proposePortVariables, readComposeText } from "@slipway/core"
import { Effect, Result } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { realComposeVersion, resolveCompose, temporaryFolder } from "./RealCompose.ts"

const files: Readonly<Record<string, string>> = {
  "short forms of every kind": `services:
  web:
    image: web
    ports:
      - "80:80"
      - "8080:80"
      - '127.0.0.1:8081:81'
      - "[::1]:8082:82"
      - 8083:83
      - "53:53/udp"
      - "53:53/tcp"
      - "9000"
      - 9001
      - "127.0.0.1::9002"
      - "9100-9103:9100-9103"
      - "9200-9205:92"
      - 127.0.0.1:9300-9301:93-94/udp
      - 9400-9402
`,
  "the long form": `services:
  web:
    image: web
    ports:
      - target: 80
        published: 8080
        protocol: tcp
        mode: host
      - target: 81
        published: "8081"
        host_ip: 127.0.0.1
      - { target: 82, published: 8082-8085, app_protocol: http, name: admin }
      - target: 83
`,
  "variables already there": `services:
  web:
    image: web:\${TAG:-latest}
    ports:
      - "\${WEB_PORT:-8080}:80"
      - "\${HOST_ADDRESS:-127.0.0.1}:8081:81"
      - "\${OTHER-8082}:\${INNER:-82}"
      - "\${RANGE:-8090-8095}:83"
      - 8083:83
`,
  "anchors, aliases, merge keys and extension fields": `x-logging: &logging
  driver: json-file
x-app: &app
  image: app
  restart: unless-stopped
  depends_on: [db, jaeger]
  ports: &app-ports
    - &http "8080:80"
    - "8443:443" # secure
services:
  one:
    <<: *app
    logging: *logging
  two:
    <<: [*app]
    profiles: ["two"]
    ports: *app-ports
  three:
    image: three
    profiles: [three]
    ports: [*http]
  db:
    image: postgres
    ports: ["5432:5432"]
  jaeger:
    image: jaegertracing/all-in-one:1.60
    ports: ["16686:16686", "14317:4317"]
`,
  "observability of every kind": `services:
  api:
    build: .
    ports: ["8080:80"]
    depends_on:
      db:
        condition: service_healthy
      prom:   # metrics
        condition: service_started
        required: false
    links: ["db", "tracing:t"]
  worker:
    build: .
    depends_on:
    - tracing
    - grafana
  db:
    image: postgres
    healthcheck: { test: ["CMD", "true"] }
  # traces
  tracing:
    image: "quay.io/jaegertracing/jaeger:2"
    # with a comment
    command: >-
      --a
        --b

      --c
    ports: ["16686:16686"]

  prom:
    image: prom/prometheus
    depends_on: [tracing]
    volumes:
      - prom:/prometheus
  grafana: { image: grafana/grafana-oss, ports: ["3000:3000"] }
  # the end
  last:
    image: last
volumes:
  prom: {}
`,
  "a network of an observability service": `services:
  web:
    image: web
    network_mode: "service:jaeger"
  jaeger:
    image: jaegertracing/jaeger
    ports: ["8080:80"]
`,
  "JSON": `{"services": {"web": {"image": "web", "ports": ["8080:80", {"target": 81, "published": 8081}],
  "depends_on": ["jaeger"]}, "jaeger": {"image": "jaegertracing/jaeger"}}}
`,
  "Windows line ends, wide indentation, no final line end":
    "services:\r\n    web:\r\n        image: web\r\n        ports:\r\n        -   \"8080-8081:80-81\"\r\n        -   9000:90\r\n"
    + "    jaeger:\r\n        image: jaegertracing/jaeger\r\n        ports: ['16686:16686']",
  "a marker, a comment above, and other sections first": `# ours
---
name: shop
networks:
  back: { driver: bridge }
services:
  web:
    image: web
    networks: [back]
    environment:
      - "URL=http://localhost:8080"
      - PRICE=$$5
    ports: [
      "8080:80", # web
      8081:81
    ]
    command: ["sh", "-c", "echo 8080:80"]
`,
  "extends in the same file": `services:
  base:
    image: base
    ports: ["8080:80"]
  derived:
    extends: { service: base }
    profiles: [x]
    ports: ["8081:81"]
`,
  "names that no shell accepts": `services:
  "3.web-app":
    image: web
    ports: ["8080:80", "8081:81"]
  3-web.app:
    image: web
    ports: ["8082:80"]
`
}

/** The model as Compose resolves it with no variable set and all profiles. */
const resolve = Effect.fnUntraced(function*(text: string) {
  const directory = yield* temporaryFolder
  const file = join(directory, "compose.yaml")
  writeFileSync(file, text)
  const call = { project: "slipway-parameterize", directory, files: [file], profiles: ["*"] }
  const { json } = yield* resolveCompose(call)
  const model: Model = JSON.parse(json.replaceAll(directory, "/checkout"))
  return model
})

interface Model {
  [section: string]: unknown
  services: Record<string, { depends_on?: Record<string, unknown>; links?: Array<string> }>
  volumes?: Record<string, unknown>
}

/** The model without some services, and without what is said of them elsewhere. */
const without = (model: Model, names: ReadonlyArray<string>): Model => {
  for (const name of names) delete model.services[name]
  for (const service of Object.values(model.services)) {
    for (const name of names) delete service.depends_on?.[name]
    if (service.depends_on !== undefined && Object.keys(service.depends_on).length === 0) delete service.depends_on
    service.links = service.links?.filter((link) => !names.includes(link.split(":")[0] ?? "")) ?? []
    if (service.links.length === 0) delete service.links
  }
  // Extension fields mean nothing by themselves; volumes that no service uses are left out by newer versions.
  for (const key of Object.keys(model)) if (key.startsWith("x-")) delete model[key]
  const used = JSON.stringify(model.services)
  model.volumes = Object.fromEntries(
    Object.entries(model.volumes ?? {}).filter(([name]) => used.includes(`"source":"${name}"`))
  )
  return model
}

const rewrite = (text: string) => {
  const { services } = Result.getOrThrow(readComposeText(text))
  const { commentedOut } = parameterizeCompose(text, { ports: {}, observability: true })
  const ports = proposePortVariables({
    project: "@acme/My.App",
    services: services.filter(({ name }) => !commentedOut.includes(name)),
    present: {},
    environment: {},
    taken: []
  })
  return { ports, ...parameterizeCompose(text, { ports, observability: true }) }
}

describe.skipIf(realComposeVersion === null)("a rewritten compose file", () => {
  it.effect.each(Object.keys(files))("resolves to the same model: %s", (title) =>
    Effect.gen(function*() {
      const text = files[title] ?? ""
      const { commentedOut, ports, text: after } = rewrite(text)
      assert.notStrictEqual(after, text, "nothing was rewritten")
      assert.deepStrictEqual(without(yield* resolve(after), []), without(yield* resolve(text), commentedOut), after)
      assert.strictEqual(parameterizeCompose(after, { ports, observability: true }).text, after, "not idempotent")
    }))

  it.effect("publishes on other ports when its variables are set", () =>
    Effect.gen(function*() {
      const { ports, text } = rewrite(files["short forms of every kind"] ?? "")
      const bases = new Set(Object.values(ports))
      const shifted = text.replaceAll(/:-(\d+)(?:-\d+)?\}/gu, (_, port: string) => `:-${Number(port) + 1}}`)
      const before = publishedPorts(yield* resolve(text)).map((port) => Number.parseInt(port, 10))
      assert.sameMembers(before.filter((port) => !bases.has(port)), [])
      assert.sameMembers(publishedPorts(yield* resolve(shifted)).map(Number), before.map((port) => port + 1))
      assert.strictEqual(Object.keys(ports).length, bases.size)
    }))
})

const publishedPorts = (model: Model): ReadonlyArray<string> =>
  [...JSON.stringify(model.services).matchAll(/"published":"([^"]+)"/gu)].map(([, port]) => port ?? "")
