import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { composeMeaning } from "./ComposeMeaning.ts"
import { parameterizeCompose } from "./Parameterize.ts"

const rewritten = (text: string, ports: Readonly<Record<string, number>>, observability = true) => {
  const result = parameterizeCompose(text, { ports, observability })
  const header = result.text.startsWith("# ====") ? result.text.indexOf("\n\n") + 2 : 0
  return { ...result, text: result.text.slice(header) }
}

describe("parameterizeCompose", () => {
  it("does what the seed shows", () => {
    const result = parameterizeCompose(
      `services:
  wellness-agent:
    build: .
    ports:
      - "8080:8080"
    depends_on:
      - jaeger

  jaeger:
    image: jaegertracing/jaeger:latest
    ports:
      - "16686:16686"
      - "4317:4317"
    environment:
      - COLLECTOR_OTLP_ENABLED=true
`,
      { ports: { KHEALTH_API_PORT: 8080 }, observability: true }
    )
    assert.deepStrictEqual(result.commentedOut, ["jaeger"])
    assert.deepStrictEqual(result.warnings, [])
    assert.strictEqual(
      result.text,
      `# =============================================================================
# slipway-managed compose file
# =============================================================================
# Host ports are variables, so that sandboxes run side by side: the port of a slot
# is the default (after :-) plus the slot's number. Without slipway the defaults
# hold. See .devops-ai/infra.toml for the configuration.
#
# To run without slipway: docker compose up -d
# To run in a sandbox:    slipway impl <feature/milestone>
# =============================================================================

services:
  wellness-agent:
    build: .
    ports:
      - "\${KHEALTH_API_PORT:-8080}:8080"
    # depends_on:
    #   - jaeger

  # -------------------------------------------------------------------------
  # Observability services below are commented out because slipway provides a
  # shared observability stack, which sandboxes join by themselves. To use them
  # without slipway, uncomment them and what depends on them.
  # -------------------------------------------------------------------------
  # jaeger:
  #   image: jaegertracing/jaeger:latest
  #   ports:
  #     - "16686:16686"
  #     - "4317:4317"
  #   environment:
  #     - COLLECTOR_OTLP_ENABLED=true
`
    )
  })

  it.each([
    [
      "short forms beside each other",
      "- \"80:80\"\n      - \"8080:80\"",
      "- \"${P80:-80}:80\"\n      - \"${P8080:-8080}:80\""
    ],
    ["single quotes", "- '8080:80' # web", "- '${P8080:-8080}:80' # web"],
    ["no quotes", "-   8080:80", "-   \"${P8080:-8080}:80\""],
    ["a host address", "- 127.0.0.1:8080:80", "- \"127.0.0.1:${P8080:-8080}:80\""],
    ["an IPv6 address", "- \"[::1]:8080:80\"", "- \"[::1]:${P8080:-8080}:80\""],
    ["a protocol", "- \"8080:80/udp\"", "- \"${P8080:-8080}:80/udp\""],
    ["a variable address", "- \"${HOST:-0.0.0.0}:8080:80\"", "- \"${HOST:-0.0.0.0}:${P8080:-8080}:80\""],
    [
      "a range",
      "- \"3000-3001:3000-3001/tcp\" # two",
      "- \"${P3000:-3000}:3000/tcp\"\n      - \"${P3001:-3001}:3001/tcp\" # two"
    ],
    ["a range for one port", "- \"8080-8089:80\"", "- \"${P8080:-8080-8089}:80\""],
    ["the long form", "- target: 80\n        published: 8080", "- target: 80\n        published: \"${P8080:-8080}\""],
    ["the long form in one line", "- {target: 80, published: '8080'}", "- {target: 80, published: '${P8080:-8080}'}"],
    ["ephemeral ports", "- \"80\"\n      - 443\n      - 127.0.0.1::80", "- \"80\"\n      - 443\n      - 127.0.0.1::80"],
    ["variables", "- \"${X:-8080}:80\"\n      - $Y:81", "- \"${X:-8080}:80\"\n      - $Y:81"],
    ["ports without a variable", "- \"9999:80\"", "- \"9999:80\""]
  ])("rewrites %s", (_, before, after) => {
    const text = (ports: string) => `services:\n  web:\n    image: web\n    ports:\n      ${ports}\n`
    const ports = { P80: 80, P8080: 8080, P3000: 3000, P3001: 3001 }
    assert.strictEqual(rewritten(text(before), ports).text, text(after))
  })

  it("rewrites lists in one line, anchors, merges and extension fields in place", () => {
    const text = `x-web: &web
  image: web
  ports: &ports [ 80:80, "443:443" ]
x-port: &admin '9000:9000'
services:
  one:
    <<: *web
  two:
    image: two
    profiles: [other]
    ports: *ports
  three: { image: three, ports: [*admin] }
`
    assert.strictEqual(
      rewritten(text, { A: 80, B: 443, C: 9000 }).text,
      text.replace("80:80", "\"${A:-80}:80\"").replace("443:443", "${B:-443}:443").replace("9000:", "${C:-9000}:")
    )
  })

  it("keeps Windows line ends, comments, order and the byte order mark", () => {
    const text =
      "\uFEFF# top\r\nservices:\r\n    web: # the web\r\n        ports: # all\r\n        - 80-81:80-81\r\n        image: web\r\n# end"
    const result = parameterizeCompose(text, { ports: { A: 80, B: 81 }, observability: true })
    assert.isTrue(result.text.startsWith("\uFEFF# ==="))
    assert.notMatch(result.text, /[^\r]\n/u)
    assert.isTrue(
      result.text.endsWith(
        "\r\n# top\r\nservices:\r\n    web: # the web\r\n        ports: # all\r\n"
          + "        - \"${A:-80}:80\"\r\n        - \"${B:-81}:81\"\r\n        image: web\r\n# end"
      )
    )
  })

  it("takes single dependencies away, in every style", () => {
    const obs = "  jaeger:\n    image: quay.io/jaegertracing/all-in-one\n  prom:\n    image: prom/prometheus@sha256:0\n"
    const text = `services:
  db: { image: db }
  a:
    image: a
    depends_on: [jaeger, db, prom]
  b:
    image: b
    depends_on: # all
      jaeger:
        condition: service_started
      db:
        condition: service_healthy
    links:
    - "jaeger:tracing"
    - db
  c: { image: c, depends_on: { prom: { condition: service_started } } }
  d: { image: d, depends_on: [db, jaeger, prom] }
${obs}`
    const result = rewritten(text, {})
    assert.deepStrictEqual(result.warnings, [])
    assert.deepStrictEqual(result.commentedOut, ["jaeger", "prom"])
    assert.include(result.text, "    depends_on: [db]\n")
    assert.include(
      result.text,
      "    depends_on: # all\n      # jaeger:\n      #   condition: service_started\n      db:\n"
    )
    assert.include(result.text, "    links:\n    # - \"jaeger:tracing\"\n    - db\n")
    assert.include(result.text, "  c: { image: c, depends_on: {} }\n  d: { image: d, depends_on: [db] }\n")
    assert.strictEqual(composeMeaning(result.text), composeMeaning(text, ["jaeger", "prom"]))
  })

  it.each([
    ["needed as a network", "  web:\n    image: web\n    network_mode: service:jaeger\n", "web needs it"],
    ["extended", "  web:\n    extends: jaeger\n", "web needs it"],
    ["repeated", "  web:\n    image: web\n    environment: *env\n", "other parts of the file repeat parts of it"],
    ["alone", "", "the file has no other services"]
  ])("keeps an observability service that is %s", (_, others, reason) => {
    const text = `services:\n  jaeger:\n    image: jaegertracing/jaeger\n    environment: &env {A: b}\n${others}`
    const result = rewritten(text, {})
    assert.deepStrictEqual(result.warnings, [`jaeger is not commented out: ${reason}`])
    assert.strictEqual(result.text, text)
  })

  it("leaves alone what it cannot read or change safely, and says so", () => {
    for (const text of ["a: [", "services:\n  a: 1\n  a: 2\n", "", "x: 1", "services: [a]"]) {
      const result = rewritten(text, { A: 80 })
      assert.strictEqual(result.text, text)
      assert.include(result.warnings[0], "the compose file stays as it is")
    }
    const block = "services:\n  a:\n    ports:\n      - |-\n        80:80\n      - a${B:-80}:80\n"
    assert.deepStrictEqual(rewritten(block, { A: 80 }).warnings, [
      "a: port 80:80 stays as it is: it is a block of text",
      "a: port a${B:-80}:80 stays as it is: its host port is not a number"
    ])
  })

  const Entry = Schema.Struct({
    form: Schema.Literals(["plain", "single", "double", "long", "flowLong", "range", "bare", "udp", "address"]),
    host: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 60_000 })),
    target: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 60_000 }))
  })
  const File = Schema.Struct({
    indent: Schema.Literals(["  ", "    "]),
    end: Schema.Literals(["\n", "\r\n"]),
    isFlow: Schema.Boolean,
    services: Schema.Array(Schema.Struct({
      image: Schema.Literals(["app", "grafana/grafana:11", "docker.io/prom/prometheus"]),
      ports: Schema.Array(Entry).check(Schema.isMaxLength(4)),
      dependsOn: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 })))
    })).check(Schema.isMinLength(1), Schema.isMaxLength(4))
  })

  const publishedBy = (entries: ReadonlyArray<typeof Entry.Type>): ReadonlyArray<number> =>
    entries.flatMap(({ form, host }) => form === "bare" ? [] : form === "range" ? [host, host + 1, host + 2] : [host])

  const render = (file: typeof File.Type): string => {
    const { indent } = file
    const entry = ({ form, host, target }: typeof Entry.Type): string => {
      const text = `${host}:${target}`
      switch (form) {
        case "single":
          return `'${text}' # ${text}`
        case "double":
          return `"${text}"`
        case "long":
          return file.isFlow
            ? `{ target: ${target}, published: ${host} }`
            : `target: ${target}\n${indent.repeat(4)}  published: ${host}`
        case "flowLong":
          return `{ published: "${host}", target: ${target} }`
        case "range":
          return `${host}-${host + 2}:${target}-${target + 2}`
        case "bare":
          return `"${target}"`
        case "udp":
          return `${text}/udp`
        case "address":
          return `"127.0.0.1:${text}"`
        default:
          return text
      }
    }
    const services = file.services.map(({ dependsOn, image, ports }, index) => {
      const needs = [...new Set(dependsOn)].filter((other) => other < file.services.length && other !== index)
      return [
        `${indent}s${index}:`,
        `${indent.repeat(2)}image: ${image}`,
        ...(ports.length === 0 ? [] : file.isFlow
          ? [`${indent.repeat(2)}ports: [ ${ports.map((port) => entry(port).replace(/ #.*/u, "")).join(", ")} ]`]
          : [`${indent.repeat(2)}ports:`, ...ports.map((port) => `${indent.repeat(4)}- ${entry(port)}`)]),
        ...(needs.length === 0
          ? []
          : [`${indent.repeat(2)}depends_on: [${needs.map((other) => `s${other}`).join(", ")}]`]),
        ""
      ].join("\n")
    })
    return `# file\nservices:\n${services.join("\n")}`.replaceAll("\n", file.end)
  }

  it.effect.prop("means the same as before, and a second run changes nothing", { file: File, some: Schema.Boolean }, ({
    file,
    some
  }) =>
    Effect.sync(() => {
      const text = render(file)
      const numbers = file.services.flatMap((service) => publishedBy(service.ports))
      const ports = Object.fromEntries(
        [...new Set(numbers)].filter((port) => some || port % 2 === 0).map((port) => [`P_${port}`, port])
      )
      const once = parameterizeCompose(text, { ports, observability: true })
      assert.strictEqual(composeMeaning(once.text), composeMeaning(text, once.commentedOut), once.text)
      assert.notStrictEqual(composeMeaning(text), null)
      const twice = parameterizeCompose(once.text, { ports, observability: true })
      assert.strictEqual(twice.text, once.text)
      const published = new Set(
        file.services.filter(({ image }) => image === "app").flatMap((service) => publishedBy(service.ports))
      )
      for (const [variable, port] of Object.entries(ports)) {
        if (published.has(port)) assert.include(once.text, `\${${variable}:-`)
      }
    }))
})
