import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { nextCodevNumber, parseCodevFileName, parseNumberRecord, pointerPath, renderPointer } from "./SpecPointer.ts"

describe("renderPointer", () => {
  it("writes the contract's example, line by line", () => {
    const project = {
      name: "simple-xml-response",
      displayName: "Simple XML Response Adapter",
      status: "complete",
      repository: "domain-apis"
    }
    assert.strictEqual(
      renderPointer("specs", "0001", project),
      `<!-- codev/specs/0001-simple-xml-response.link.md -->
# 0001: Simple XML Response Adapter Implementation
> **Note**: This is a pointer file. The actual project artifacts are located at:
> \`.ai/projects/simple-xml-response/\`
## Quick Links
- [Spec](../../.ai/projects/simple-xml-response/spec.md)
- [Plan](../../.ai/projects/simple-xml-response/plan.md)
- [Review](../../.ai/projects/simple-xml-response/review.md)
## Metadata
- **Project**: simple-xml-response
- **Format**: Codev
- **Codev Number**: 0001
- **Status**: Complete
- **Repository**: domain-apis
---
*This file is auto-generated. Do not edit manually.*
`
    )
  })

  it.effect.prop(
    "keeps every fact on its line, whatever it is",
    { displayName: Schema.String, status: Schema.String, repository: Schema.NullOr(Schema.String) },
    (facts) =>
      Effect.sync(() => {
        const lines = renderPointer("plans", "0012", { name: "auth", ...facts }).split("\n")
        assert.lengthOf(lines, facts.repository === null ? 16 : 17)
        assert.strictEqual(lines[0], "<!-- codev/plans/0012-auth.link.md -->")
      })
  )
})

describe("numbers", () => {
  it.each([
    ["0001-auth.md", { number: "0001", name: "auth", isPointer: false }],
    ["0001-auth.link.md", { number: "0001", name: "auth", isPointer: true }],
    ["12345-a-b.md", { number: "12345", name: "a-b", isPointer: false }],
    ["0001-.link.md", { number: "0001", name: ".link", isPointer: false }],
    ["1-auth.md", null],
    ["00012-auth.md", null],
    ["0001-auth.txt", null],
    ["0001auth.md", null],
    ["README.md", null]
  ])("of the file %s", (file, expected) => assert.deepStrictEqual(parseCodevFileName(file), expected))

  it("go on above the highest that is or ever was", () => {
    assert.strictEqual(nextCodevNumber([], null), "0001")
    assert.strictEqual(nextCodevNumber(["0001", "0007"], null), "0008")
    assert.strictEqual(nextCodevNumber(["0001"], 9), "0010")
    assert.strictEqual(nextCodevNumber(["9999"], null), "10000")
    assert.strictEqual(parseCodevFileName("10000-auth.link.md")?.number, "10000")
  })

  it.each<[string | null, number | null]>([
    [null, null],
    ["", null],
    ["0007\n", 7],
    [" 12 \r\n", 12],
    ["seven", null],
    ["-1", null],
    ["99999999999", null]
  ])("are recorded as %j", (text, expected) => assert.strictEqual(parseNumberRecord(text), expected))

  it("stand in the names of pointer files", () => {
    assert.strictEqual(pointerPath("reviews", "0003", "auth"), "codev/reviews/0003-auth.link.md")
  })
})
