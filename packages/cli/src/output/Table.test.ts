import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { colourStyle } from "./Style.ts"
import { type Column, cutTo, displayWidth, layoutTable, tabSeparated } from "./Table.ts"

type Row = Readonly<Record<"name" | "branch" | "urls", string>>

const columns: ReadonlyArray<Column<Row>> = [
  { title: "NAME", cell: ({ name }) => name, hideOrder: 0 },
  { title: "BRANCH", cell: ({ branch }) => colourStyle.green(branch), hideOrder: 1 },
  { title: "URLS", cell: ({ urls }) => urls, hideOrder: 2 }
]
const rows: ReadonlyArray<Row> = [
  { name: "auth-M1", branch: "impl/auth-M1", urls: "http://localhost:8081" },
  { name: "x", branch: "b", urls: "" }
]

describe("Table", () => {
  it("aligns columns under their titles, colours or not", () => {
    const { heading, hidden, rows: [first, second] } = layoutTable(columns, rows, 80)
    assert.strictEqual(heading, "NAME     BRANCH        URLS")
    assert.strictEqual(first?.indexOf("http"), `auth-M1  ${colourStyle.green("impl/auth-M1")}  `.length)
    assert.strictEqual(second, `x        ${colourStyle.green("b")}`)
    assert.deepStrictEqual(hidden, [])
  })

  it("hides what is needed least, and tells", () => {
    assert.deepStrictEqual(layoutTable(columns, rows, 30).hidden, ["URLS"])
    assert.deepStrictEqual(layoutTable(columns, rows, 10).hidden, ["BRANCH", "URLS"])
    assert.strictEqual(layoutTable(columns, rows, 10).rows[0], "auth-M1")
  })

  it.effect.prop(
    "is never wider than the terminal while a column can be hidden",
    { width: Arbitrary.schema(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: 120 })))) },
    ({ width }) =>
      Effect.sync(() => {
        const { heading, hidden, rows: laidOut } = layoutTable(columns, rows, width)
        const widest = Math.max(...[heading, ...laidOut].map(displayWidth))
        assert.isTrue(widest <= width || hidden.length === 2)
      })
  )

  it("gives programs every column without colours, one row a line", () => {
    assert.strictEqual(
      tabSeparated(columns, [{ name: "a\tb", branch: "c\nd", urls: "" }]),
      "NAME\tBRANCH\tURLS\na b\tc d\t"
    )
  })

  it("counts columns, not code units", () => {
    assert.strictEqual(displayWidth("żółw"), 4)
    assert.strictEqual(displayWidth("日本"), 4)
    assert.strictEqual(displayWidth("✓ done"), 6)
    assert.strictEqual(cutTo("日本語", 5), "日本…")
    assert.strictEqual(cutTo("slot", 4), "slot")
    assert.strictEqual(cutTo("slots", 4), "slo…")
  })
})
