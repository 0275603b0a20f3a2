import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { interpolate, variableReferences } from "./Interpolation.ts"
import { isObservabilityImage } from "./ObservabilityImage.ts"
import { parsePortText, type PublishedText } from "./PortText.ts"

const port = (number: number): PublishedText => ({ _tag: "Port", port: number })
const ephemeral: PublishedText = { _tag: "Ephemeral" }

describe("parsePortText", () => {
  it.each<[string, string, PublishedText, string, string, string]>([
    ["80", "", ephemeral, "80", "80", "tcp"],
    ["8080:80", "", port(8080), ":80", "80", "tcp"],
    ["127.0.0.1:8080:80/udp", "127.0.0.1:", port(8080), ":80/udp", "80", "udp"],
    ["[::1]:8080:80", "[::1]:", port(8080), ":80", "80", "tcp"],
    ["::1:8080:80", "::1:", port(8080), ":80", "80", "tcp"],
    ["127.0.0.1::80", "127.0.0.1:", ephemeral, ":80", "80", "tcp"],
    ["0:80", "", ephemeral, ":80", "80", "tcp"],
    ["3000-3005:3000-3005", "", { _tag: "Range", first: 3000, last: 3005 }, ":3000-3005", "3000-3005", "tcp"],
    ["${X:-8080}:80", "", { _tag: "Variable", variable: "X", base: 8080 }, ":80", "80", "tcp"],
    ["${X:-${Y:-8080}}:80", "", { _tag: "Variable", variable: "X", base: 8080 }, ":80", "80", "tcp"],
    ["$X:80", "", { _tag: "Variable", variable: "X", base: null }, ":80", "80", "tcp"],
    ["${H:-::1}:8080:${T:-80}", "${H:-::1}:", port(8080), ":${T:-80}", "${T:-80}", "tcp"],
    ["80${X}:80", "", { _tag: "Unclear" }, ":80", "80", "tcp"],
    ["9-1:80", "", { _tag: "Unclear" }, ":80", "80", "tcp"],
    ["99999:80", "", { _tag: "Unclear" }, ":80", "80", "tcp"]
  ])("takes %s apart", (text, before, published, after, target, protocol) => {
    assert.deepStrictEqual(parsePortText(text), {
      before,
      publishedText: text.slice(before.length, text.length - after.length),
      published,
      after,
      target,
      protocol
    })
  })

  it.effect.prop("loses nothing of any text", { text: Schema.String }, ({ text }) =>
    Effect.sync(() => {
      const { after, before, publishedText } = parsePortText(text)
      assert.strictEqual(before + publishedText + after, text)
    }))
})

describe("interpolate", () => {
  it.each([
    ["a$$b", "a$b"],
    ["$A-${A}", "1-1"],
    ["${B:-x}${B-y}${C-z}${C:-z}", "xzz"],
    ["${C:-${A:-2}}", "1"],
    ["${C:?must}${C?must}", ""],
    ["$", "$"],
    ["${", "${"],
    ["${1}", "${1}"]
  ])("reads %s as %s", (text, expected) => assert.strictEqual(interpolate(text, { A: "1", B: "" }), expected))

  it("knows which variables must be set", () =>
    assert.deepStrictEqual(
      variableReferences("$A ${B} ${C:-$D} ${E:?x} ${F:+y} $$G").map(({ isOptional, name }) => [name, isOptional]),
      [["A", false], ["B", false], ["C", true], ["D", false], ["E", false], ["F", true]]
    ))
})

describe("isObservabilityImage", () => {
  it.each([
    ["jaegertracing/all-in-one", true],
    ["jaegertracing/jaeger:latest", true],
    ["quay.io/jaegertracing/jaeger:2@sha256:00", true],
    ["localhost:5000/mirror/prom/prometheus", true],
    ["prom/prometheus:v3", true],
    ["docker.io/grafana/grafana-oss", true],
    ["grafana/loki", false],
    ["jaegertracing/example-hotrod", false],
    ["acme/prometheus", false],
    ["postgres:17", false],
    ["", false]
  ])("of %s is %s", (image, expected) => assert.strictEqual(isObservabilityImage(image), expected))
})
