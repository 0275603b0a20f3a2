import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { parse, stringify } from "smol-toml"
import { locateToml, positionOf, scanToml, type TomlPath } from "./TomlLocation.ts"

const lineOf = (text: string, path: TomlPath): number | null => {
  const entry = locateToml(scanToml(text), path)
  return entry === null ? null : positionOf(text, entry.key.start).line
}

describe("scanToml", () => {
  const text = [
    "# comment with a = 1",
    "title = \"a # b\" # [not.a.table]",
    "",
    "[a.\"b.c\"] # header",
    "dotted . key = 1",
    "list = [ # first",
    "  \"x\", 'y', # ]",
    "  [1, 2],",
    "]",
    "text = \"\"\"",
    "[fake]",
    "fake = 1 \\\"\"\"\"\"\"",
    "literal = '''",
    "k = 2''''",
    "inline = { one = 1, two = { three = [3] } }",
    "[[many]]",
    "id = 1",
    "[[many]]",
    "id = 2",
    "[many.sub]",
    "x = 1979-05-27T07:32:00Z"
  ].join("\r\n")

  it.each<[number, TomlPath]>([
    [2, ["title"]],
    [4, ["a", "b.c"]],
    [5, ["a", "b.c", "dotted", "key"]],
    [6, ["a", "b.c", "list"]],
    [7, ["a", "b.c", "list", 1]],
    [8, ["a", "b.c", "list", 2, 1]],
    [10, ["a", "b.c", "text"]],
    [13, ["a", "b.c", "literal"]],
    [15, ["a", "b.c", "inline", "two", "three", 0]],
    [17, ["many", 0, "id"]],
    [19, ["many", 1, "id"]],
    [21, ["many", 1, "sub", "x"]],
    [4, ["a", "b.c", "absent"]]
  ])("finds line %i of %j", (line, path) => assert.strictEqual(lineOf(text, path), line))

  it("gives null for what is nowhere", () => assert.isNull(lineOf(text, ["absent"])))

  it("passes over what is not TOML", () => {
    for (const broken of ["a", "= 1", "[", "[a", "a = [", "a = {b", "a = \"", "a = [1 2]", "\u0000", "a = {x = }"]) {
      assert.isArray(scanToml(`${broken}\nb = 1`))
    }
  })

  const Tree = Schema.Record(
    Schema.String.check(Schema.isMaxLength(6)),
    Schema.Union([
      Schema.Int,
      Schema.String,
      Schema.Array(Schema.Union([Schema.String, Schema.Array(Schema.Int)])),
      Schema.Record(Schema.String, Schema.Union([Schema.Boolean, Schema.Record(Schema.String, Schema.String)]))
    ])
  )

  it.effect.prop(
    "finds every value of a written document, and its text means that value",
    { tree: Arbitrary.filter(Arbitrary.schema(Tree), (tree) => !JSON.stringify(tree).includes("\\ud")) },
    ({ tree }) =>
      Effect.sync(() => {
        const written = stringify(tree)
        const document = parse(written)
        const entries = scanToml(written)
        const seen = entries.filter((entry) => entry.kind !== "header")
        for (const entry of seen) {
          const value = parse(`v = ${written.slice(entry.value.start, entry.value.end)}`)["v"]
          assert.deepStrictEqual(JSON.stringify(value), JSON.stringify(valueAt(document, entry.path)))
        }
        const paths = new Set(seen.map((entry) => JSON.stringify(entry.path)))
        for (const path of leaves(document, [])) assert.isTrue(paths.has(JSON.stringify(path)), JSON.stringify(path))
      })
  )
})

const valueAt = (value: unknown, path: TomlPath): unknown =>
  path.reduce<unknown>(
    (inner, part) => typeof inner === "object" && inner !== null ? Reflect.get(inner, part) : undefined,
    value
  )

const leaves = (value: unknown, path: TomlPath): ReadonlyArray<TomlPath> => {
  if (Array.isArray(value)) return [path, ...value.flatMap((item, index) => leaves(item, [...path, index]))]
  if (typeof value !== "object" || value === null) return [path]
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]))
}
