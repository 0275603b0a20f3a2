import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { renderTemplate, templateFaults, type TemplateValues, templateVariables, variablesOf } from "./Template.ts"

const values: TemplateValues = {
  "repository.org": "myorg",
  "repository.repo": "service-a",
  "repository.branch": "main",
  "run.name": "run-1",
  "task.index": "3"
}

describe("renderTemplate", () => {
  it.each([
    ["${{ repository.org }}/${{ repository.repo }}@${{ repository.branch }}", "myorg/service-a@main"],
    ["${{run.name}}-${{  task.index\t}}", "run-1-3"],
    ["$${{ run.name }}", "${{ run.name }}"],
    ["$$${{ run.name }}", "$${{ run.name }}"],
    ["a $${{ and ${{ run.name }}", "a ${{ and run-1"],
    ["${ run.name } {{ run.name }} $HOME $$ }}", "${ run.name } {{ run.name }} $HOME $$ }}"],
    ["größe\r\n${{ task.index }}\r\n\ttab, no end", "größe\r\n3\r\n\ttab, no end"],
    ["", ""]
  ])("makes %j %j", (text, rendered) => {
    assert.deepStrictEqual(templateFaults(text), [])
    assert.strictEqual(renderTemplate(text, values), rendered)
  })

  it("looks at no value again", () => {
    const odd = { ...values, "run.name": "${{ task.index }} $& $1 $${{" }
    assert.strictEqual(renderTemplate("<${{ run.name }}>", odd), "<${{ task.index }} $& $1 $${{>")
  })

  it.effect.prop(
    "leaves a text without braces as it is",
    { text: Schema.String },
    ({ text }) =>
      Effect.sync(() => {
        const plain = text.replaceAll("{", "(")
        assert.strictEqual(renderTemplate(plain, values), plain)
        assert.deepStrictEqual(templateFaults(plain), [])
      })
  )

  it.effect.prop(
    "gives back what was made literal",
    { parts: Schema.Array(Schema.Literals(["${{", "}}", " run.name ", "$", "\n", "{", "x"])) },
    ({ parts }) =>
      Effect.sync(() => {
        const text = parts.join("")
        const escaped = text.replaceAll("${{", () => "$${{")
        assert.deepStrictEqual(templateFaults(escaped), [])
        assert.strictEqual(renderTemplate(escaped, values), text)
      })
  )
})

describe("templateFaults", () => {
  it.each([
    ["${{ repository.rep }}", "unknown variable ${{ repository.rep }}; did you mean repository.repo?"],
    [
      "a\r\nb\n${{ github.token }}",
      `unknown variable \${{ github.token }}; known are ${templateVariables.join(", ")}; $\${{ gives a literal \${{`
    ],
    ["${{ run.name }", "${{ has no }}; $${{ gives a literal ${{"],
    ["${{ run.name\n}}", "${{ has no }}; $${{ gives a literal ${{"]
  ])("refuses %j", (text, message) => assert.deepStrictEqual(templateFaults(text).map((one) => one.message), [message]))

  it("refuses an empty one, and shortens a long one", () => {
    assert.include(templateFaults("${{}}")[0]?.message, "unknown variable")
    assert.include(templateFaults(`\${{ ${"a".repeat(500)} }}`)[0]?.message, `${"a".repeat(60)}… }}`)
  })

  it("tells of each, with the sign that it is at", () =>
    assert.deepStrictEqual(templateFaults("${{ a }}\n$${{ ${{ run.name }}\n${{ b }}").map(({ mark }) => mark), [
      { sign: "${{", before: 0 },
      { sign: "${{", before: 3 }
    ]))
})

describe("variablesOf", () => {
  it("names each once, none that is literal or unknown", () =>
    assert.deepStrictEqual([...variablesOf("${{ run.name }}${{run.name}}$${{ task.index }}${{ x }}")], ["run.name"]))
})
