import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { parse, stringify } from "smol-toml"
import { editToml, type TomlChange, tomlText } from "./TomlEdit.ts"

describe("editToml", () => {
  it.each<[string, TomlChange, string]>([
    ["[a]\nb = 1 # one\nc = 2\n", { path: ["a", "b"], value: 2 }, "[a]\nb = 2 # one\nc = 2\n"],
    ["[a]\r\nb = [ # x\r\n 1,\r\n]\r\n", { path: ["a", "b"], value: ["z"] }, "[a]\r\nb = [\"z\"]\r\n"],
    [
      "[a]\n  b = 1 # one\n\n# end\n[c]\n",
      { path: ["a", "d"], value: "x" },
      "[a]\n  b = 1 # one\n  d = \"x\"\n\n# end\n[c]\n"
    ],
    ["[a]", { path: ["a", "b"], value: true }, "[a]\nb = true\n"],
    ["a = { b = 1 }", { path: ["a", "c"], value: 2 }, "a = { b = 1, c = 2 }"],
    ["a = {}", { path: ["a", "c", "d"], value: 2 }, "a = { c.d = 2 }"],
    ["a.b.c = 1 # x\n[z]\n", { path: ["a", "b", "d"], value: 2 }, "a.b.c = 1 # x\na.b.d = 2\n[z]\n"],
    ["[a]\nb.c = 1\n[z]\n", { path: ["a", "b", "d"], value: 2 }, "[a]\nb.c = 1\nb.d = 2\n[z]\n"],
    ["[a.b]\nc = 1\n[z]\n", { path: ["a", "d"], value: 2 }, "[a.b]\nc = 1\n\n[a]\nd = 2\n[z]\n"],
    ["", { path: ["a", "b c"], value: 2 }, "[a]\n\"b c\" = 2\n"],
    ["[z]\n", { path: ["a"], value: 2 }, "a = 2\n\n[z]\n"],
    ["x = 1\n[z]\n", { path: ["a", "b"], value: 2 }, "x = 1\n[z]\n\n[a]\nb = 2\n"],
    ["[a]\nb = 1\nc = 2 # two\nd = 3\n", { path: ["a", "c"], value: undefined }, "[a]\nb = 1\nd = 3\n"],
    ["[a]\nb = 1\n[a.c]\nd = 3\n[z]\n", { path: ["a"], value: undefined }, "[z]\n"],
    ["a = { b = 1, c = 2 }", { path: ["a", "c"], value: undefined }, "a = { b = 1 }"],
    ["a = { b = 1, c = 2 }", { path: ["a", "b"], value: undefined }, "a = { c = 2 }"],
    ["a = { b = 1 }\nz = 1", { path: ["a"], value: undefined }, "z = 1"]
  ])("changes %j by %j", (text, change, expected) => {
    assert.strictEqual(editToml(text, [change]), expected)
    parse(expected)
  })

  it("writes every string so that it is read back", () => {
    for (const text of ["", "\"", "\\", "\n\t\u0000\u001F\u007F", "é ☃ 𝄞", "'''", "$x # y"]) {
      assert.strictEqual(parse(`v = ${tomlText(text)}`)["v"], text)
    }
  })

  const Leaf = Schema.Union([Schema.Int, Schema.String, Schema.Array(Schema.Int)])
  const Inner = Schema.Record(Schema.String.check(Schema.isMaxLength(3)), Leaf)
  const Tree = Schema.Record(Schema.Literals(["a", "b", "c"]), Schema.Record(Schema.Literals(["x", "y", "z"]), Inner))
  const Change = Schema.Struct({
    path: Schema.Tuple([
      Schema.Literals(["a", "b", "d"]),
      Schema.Literals(["x", "y", "w"]),
      Schema.String.check(Schema.isMaxLength(2))
    ]),
    value: Schema.Union([Leaf, Schema.Undefined])
  })

  /** The same tree as sections, inline tables, or dotted keys. */
  const styles: ReadonlyArray<(tree: object) => string> = [
    (tree) => stringify(tree),
    (tree) =>
      Object.entries(tree).map(([key, value]) =>
        `${key} = { ${
          Object.entries(value).map(([inner, record]) => `${inner} = { ${pairs(record).join(", ")} }`).join(", ")
        } } # ${key}\n`
      ).join("\n"),
    (tree) =>
      Object.entries(tree).map(([key, value]) =>
        `[${key}]\n${
          Object.entries(value).flatMap(([inner, record]) =>
            pairs(record).map((pair) => `  ${inner}.${pair} # ${inner}\n`)
          ).join("")
        }`
      ).join("\n")
  ]
  const pairs = (record: unknown): ReadonlyArray<string> =>
    typeof record === "object" && record !== null
      ? Object.entries(record).map(([key, value]) => `${tomlText(key)} = ${tomlText(value)}`)
      : []

  it.effect.prop(
    "makes just the changes, in every style of table",
    {
      tree: Arbitrary.filter(Arbitrary.schema(Tree), (tree) => hasNoLoneSurrogates(tree)),
      changes: Arbitrary.filter(
        Arbitrary.schema(Schema.Array(Change).check(Schema.isMaxLength(4))),
        hasNoLoneSurrogates
      )
    },
    ({ changes, tree }) =>
      Effect.sync(() => {
        for (const style of styles) {
          const before = style(tree)
          const after = editToml(before, changes)
          const wanted = plain(parse(before))
          for (const { path: [one, two, three], value } of changes) {
            if (value !== undefined) ((wanted[one] ??= {})[two] ??= {})[three] = value
            else delete wanted[one]?.[two]?.[three]
          }
          assert.deepStrictEqual(withoutEmpty(plain(parse(after))), withoutEmpty(wanted), `${before}\n=>\n${after}`)
        }
      })
  )
})

type Plain = Record<string, Record<string, Record<string, unknown>>>

const plain = (value: unknown): Plain => JSON.parse(JSON.stringify(value))

const withoutEmpty = (tree: Plain): unknown =>
  Object.entries(tree).flatMap(([one, inner]) =>
    Object.entries(inner).flatMap(([two, record]) =>
      Object.entries(record).map(([three, value]) => JSON.stringify([one, two, three, value]))
    )
  ).toSorted()

const hasNoLoneSurrogates = (value: unknown): boolean => !JSON.stringify(value).includes("\\ud")
