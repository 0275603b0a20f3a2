import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { decodeSpecMetadata, encodeSpecMetadata, titleFromName, titleOfText } from "./SpecMetadata.ts"

/** The example of the contract. */
const example = {
  name: "simple-xml-response",
  displayName: "Simple XML Response Adapter",
  created: "2026-01-26T10:30:00Z",
  updated: "2026-01-26T15:45:00Z",
  format: "codev",
  artifacts: ["spec.md", "plan.md", "review.md"],
  status: "complete",
  codevNumber: "0001",
  tags: ["gateway", "adapter", "xml"],
  repository: "domain-apis",
  description: "Adapter to transform XML backend responses to JSON"
}

const decoded = (value: unknown) => Result.getOrThrow(decodeSpecMetadata("auth", JSON.stringify(value)))

describe("decodeSpecMetadata", () => {
  it("reads the contract's example and writes it back in the same order", () => {
    const { document, ...fields } = decoded(example)
    assert.deepStrictEqual<unknown>(fields, example)
    assert.strictEqual(encodeSpecMetadata(fields, document), `${JSON.stringify(example, null, 2)}\n`)
  })

  it("reads what the contract's helper script writes, and brings its entry up to date", () => {
    const written = {
      name: "auth",
      created: "2026-01-26T10:30:00Z",
      updated: "2026-01-26T10:30:00Z",
      tools: { kiro: { enabled: true, artifacts: ["tasks.md"], status: "new", note: 1 }, other: { enabled: true } }
    }
    const metadata = decoded(written)
    assert.deepInclude(metadata, { format: "kiro", artifacts: ["tasks.md"], status: "new", displayName: "Auth" })
    const again = JSON.parse(encodeSpecMetadata({ ...metadata, status: "complete" }, metadata.document))
    assert.deepStrictEqual(again.tools, {
      kiro: { enabled: true, artifacts: ["tasks.md"], status: "complete", note: 1 },
      other: { enabled: true }
    })
    assert.deepInclude(again, { format: "kiro", status: "complete" })
  })

  it("takes the tool that is not switched off", () => {
    const tools = { codev: { enabled: false }, kiro: {} }
    assert.deepInclude(decoded({ tools }), { format: "kiro", artifacts: [], status: "new" })
    assert.isNull(decoded({ tools: { cursor: { enabled: true } } }).format)
  })

  it("knows what is missing from the folder's name", () => {
    assert.deepInclude(decoded({}), { name: "auth", displayName: "Auth", format: null, status: "new", created: "" })
  })

  it.each(["", "{", "[]", "null", "7", "{\"format\":\"cursor\"}", "{\"codevNumber\":\"1\"}", "{\"tags\":\"x\"}"])(
    "tells why %j cannot be read",
    (text) => {
      const result = decodeSpecMetadata("auth", text)
      assert.isTrue(Result.isFailure(result))
    }
  )

  it("keeps a field that looks like a prototype", () => {
    const text = "{\"name\":\"auth\",\"__proto__\":{\"status\":\"x\"}}"
    const metadata = Result.getOrThrow(decodeSpecMetadata("auth", text))
    assert.strictEqual(metadata.status, "new")
    assert.include(encodeSpecMetadata(metadata, metadata.document), "\"__proto__\": {\n    \"status\": \"x\"\n  }")
  })

  it("reads a text with a byte order mark", () => {
    assert.strictEqual(Result.getOrThrow(decodeSpecMetadata("a", "\uFEFF{\"name\":\"b\"}")).name, "b")
  })

  const Document = Schema.Struct({
    name: Schema.optionalKey(Schema.String),
    status: Schema.optionalKey(Schema.String),
    format: Schema.optionalKey(Schema.Literals(["kiro", "codev"])),
    tags: Schema.optionalKey(Schema.Array(Schema.String)),
    own: Schema.optionalKey(Schema.Record(Schema.String, Schema.String))
  })

  it.effect.prop(
    "keeps every unknown field, and reads back what it wrote",
    { document: Document },
    ({ document }) =>
      Effect.sync(() => {
        const metadata = decoded(document)
        const text = encodeSpecMetadata(metadata, document)
        const again = Result.getOrThrow(decodeSpecMetadata("other", text))
        assert.deepStrictEqual({ ...again, document: {} }, { ...metadata, document: {} })
        assert.deepStrictEqual(again.document["own"], document.own)
        assert.strictEqual(encodeSpecMetadata(again, again.document), text)
      })
  )

  it.effect.prop(
    "never throws",
    { text: Schema.String },
    ({ text }) => Effect.sync(() => assert.isBoolean(Result.isSuccess(decodeSpecMetadata("x", text))))
  )
})

describe("titles", () => {
  it.each([
    ["simple-xml_response", "Simple Xml Response"],
    ["auth", "Auth"],
    ["a.b--c", "A B C"]
  ])("make %j readable", (name, title) => assert.strictEqual(titleFromName(name), title))

  it.each<[string, string | null]>([
    ["# Requirements Document\n\n## Introduction", null],
    ["# Requirements Document: Rate limits\r\n", "Rate limits"],
    ["\uFEFF# Specification - XML   adapter \n", "XML adapter"],
    ["text\n# Spec 0004: Token refresh", "Token refresh"],
    ["# 0007: Orders", "Orders"],
    ["# Planning poker", "Planning poker"],
    ["## Second level", null],
    ["#hashtag", null],
    ["", null],
    ["# \n# Later", null]
  ])("of %j", (text, title) => assert.strictEqual(titleOfText(text), title))
})
