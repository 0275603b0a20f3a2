import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Result, Schema } from "effect"
import { parseEnvFile, renderEnvFile, ValueUnwritable } from "./EnvFile.ts"

const rendered = (variables: Readonly<Record<string, string>>): string => Result.getOrThrow(renderEnvFile(variables))

/** Texts of the characters that env files are bad at, mixed with ordinary ones. */
const nasty = Arbitrary.map(
  Arbitrary.array(
    Arbitrary.schema(Schema.Union([
      Schema.Literals(["'", "\"", "\\", "$", "#", " ", "\n", "\r", "\t", "`", "=", "{", "}", "é", "🛠", "a", "export "]),
      Schema.String
    ])),
    { maxLength: 12 }
  ),
  (parts) => parts.join("")
)

describe("env files", () => {
  it("keeps the seed's format: plain lines in the given order", () => {
    assert.strictEqual(
      rendered({ COMPOSE_PROJECT_NAME: "khealth-slot-1", KHEALTH_API_PORT: "8081" }),
      "COMPOSE_PROJECT_NAME=khealth-slot-1\nKHEALTH_API_PORT=8081\n"
    )
    assert.strictEqual(rendered({}), "")
    assert.strictEqual(rendered({ EMPTY: "" }), "EMPTY=\n")
    assert.strictEqual(rendered({ URL: "http://localhost:8081/a=b" }), "URL=http://localhost:8081/a=b\n")
  })

  it("quotes what is not plain, singly where it can be", () => {
    assert.strictEqual(rendered({ A: "pa$$ #1" }), "A='pa$$ #1'\n")
    assert.strictEqual(rendered({ A: "two\nlines" }), "A='two\nlines'\n")
    assert.strictEqual(rendered({ A: "it's $5" }), "A=\"it's \\$5\"\n")
    assert.strictEqual(rendered({ A: "C:\\dir\\" }), "A=\"C:\\\\dir\\\\\"\n")
    assert.strictEqual(rendered({ A: "a\r\nb" }), "A=\"a\\r\nb\"\n")
  })

  it("refuses by name, never by value", () => {
    for (
      const [variable, value] of [["TOKEN", "hush\0hush"], ["TOKEN", "hush\ud800"], ["A B", "hush"], ["1A", "hush"]]
    ) {
      const refused = Result.getOrThrow(Result.flip(renderEnvFile({ GOOD: "1", [variable ?? ""]: value ?? "" })))
      assert.instanceOf(refused, ValueUnwritable)
      assert.strictEqual(refused.variable, variable)
      assert.strictEqual(refused.code, "value-unwritable")
      assert.notInclude(`${refused.message} ${refused.hint} ${JSON.stringify(refused)}`, "hush")
    }
  })

  it("reads files written by hand", () => {
    const text = [
      "\uFEFF# ports of the sandbox",
      "",
      "API_PORT=8081",
      "  export WEB_PORT = 3001   # the web front",
      "HASH=a#b",
      "NOTHING=",
      "ONLY_COMMENT= # none",
      "SINGLE='$HOME # \"kept\"' # gone",
      "DOUBLE=\"tab\\there \\$HOME $$1 \\\"q\\\" \\x\"",
      "LINES=\"one",
      "two\"",
      "yaml: style",
      "not an assignment",
      "API_PORT=8082\r"
    ].join("\n")
    assert.deepStrictEqual(parseEnvFile(text), {
      API_PORT: "8082",
      WEB_PORT: "3001",
      HASH: "a#b",
      NOTHING: "",
      ONLY_COMMENT: "",
      SINGLE: "$HOME # \"kept\"",
      DOUBLE: "tab\there $HOME $1 \"q\" \\x",
      LINES: "one\ntwo",
      yaml: "style"
    })
  })

  it.effect.prop(
    "reads back what it wrote",
    { first: nasty, second: nasty, last: nasty },
    (values) =>
      Effect.sync(() => {
        const written = renderEnvFile(values)
        if (Result.isFailure(written)) {
          assert.isTrue(Object.values(values).some((value) => value.includes("\0") || !value.isWellFormed()))
        } else {
          assert.deepStrictEqual(parseEnvFile(written.success), values)
        }
      }),
    { arbitrary: { runs: 1000 } }
  )
})
