import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Schema } from "effect"
import { type ChecklistItem, parseChecklist, tickItem, untickAll } from "./Checklist.ts"

/** The shape in which Kiro writes its tasks. */
const kiroTasks = `# Implementation Plan

- [x] 1. Set up the project structure and core interfaces
  - Create the folders for models, services and the API
  - Define interfaces that mark the system's boundaries
  - _Requirements: 1.1_

- [-] 2. Implement data models and validation
- [X] 2.1 Create the model interfaces
  - Write TypeScript interfaces for all models
  - _Requirements: 2.1, 3.3, 1.2_
- [ ]* 2.2 Write unit tests for the models
    - _Requirements: 2.1_

- [ ] 3. Create the storage
  - [ ] 3.1 Implement the connection
     - Write the pool

    - [ ] 3.1.1 Retry
  - [ ] 3.2 Implement the repository pattern
`

const brief = (item: ChecklistItem) =>
  `${item.line}|${item.depth}|${item.label ?? "-"}|${item.title}|${item.isChecked ? "x" : " "}${
    item.isOptional ? "*" : ""
  }${item.isGroup ? "g" : ""}`
const briefs = (text: string) => parseChecklist(text).map(brief)
const titles = (text: string) => parseChecklist(text).map(({ title }) => title)

describe("parseChecklist", () => {
  it("reads Kiro's tasks: flat and nested numbers, progress marks, optional tests, requirements and details", () => {
    assert.deepStrictEqual(briefs(kiroTasks), [
      "3|0|1|Set up the project structure and core interfaces|x",
      "8|0|2|Implement data models and validation| g",
      "9|1|2.1|Create the model interfaces|x",
      "12|1|2.2|Write unit tests for the models| *",
      "15|0|3|Create the storage| g",
      "16|1|3.1|Implement the connection| g",
      "19|2|3.1.1|Retry| ",
      "20|1|3.2|Implement the repository pattern| "
    ])
    const [first, , second, third, , connection] = parseChecklist(kiroTasks)
    assert.deepStrictEqual(first?.details, [
      "Create the folders for models, services and the API",
      "Define interfaces that mark the system's boundaries"
    ])
    assert.deepStrictEqual(second?.requirements, ["2.1", "3.3", "1.2"])
    assert.deepStrictEqual(third?.requirements, ["2.1"])
    assert.deepStrictEqual(third?.details, [])
    assert.deepStrictEqual(connection?.details, ["Write the pool"])
  })

  it.each<[string, ReadonlyArray<string>]>([
    ["* [ ] 1.2. A title", ["1|0|1.2|A title| "]],
    ["+ [x] A title", ["1|0|-|A title|x"]],
    ["1. [ ] First\n2) [X] Second", ["1|0|-|First| ", "2|0|-|Second|x"]],
    ["-\t[ ]\tTabs\n\t- [ ] below\n\t\t- [~] deep", ["1|0|-|Tabs| g", "2|1|-|below| g", "3|2|-|deep| "]],
    ["\uFEFF- [ ] 1. After a mark\r\n- [x] 2. Next\r- [ ] 3. Last", [
      "1|0|1|After a mark| ",
      "2|0|2|Next|x",
      "3|0|3|Last| "
    ]],
    ["- [ ]\\* 4.1 Optional", ["1|0|4.1|Optional| *"]],
    ["- [ ] 3 retries are enough", ["1|0|-|3 retries are enough| "]],
    ["- [ ] 1) One", ["1|0|1|One| "]],
    ["- [ ] a\n - [ ] b\n   - [ ] c\n    - [ ] d\n- [ ] e", [
      "1|0|-|a| ",
      "2|0|-|b| g",
      "3|1|-|c| ",
      "4|1|-|d| ",
      "5|0|-|e| "
    ]],
    ["- [ ] 2. Two\n- [ ] 20.1 Other", ["1|0|2|Two| ", "2|0|20.1|Other| "]],
    ["- [ ] 1. One\n- [ ] 1.1 Deep\n- [ ] 1.1.1 Deeper\n- [ ] 1.2 Next", [
      "1|0|1|One| g",
      "2|1|1.1|Deep| g",
      "3|2|1.1.1|Deeper| ",
      "4|1|1.2|Next| "
    ]]
  ])("reads %j", (text, expected) => {
    assert.deepStrictEqual(briefs(text), expected)
  })

  it.each([
    "- [ ]",
    "- [ ]   ",
    "- [](x)",
    "- [ ](https://example.com) a link",
    "- [x][reference]",
    "- [y] other letter",
    "-[ ] no space",
    "[ ] no bullet",
    "> - [ ] quoted",
    "```\n- [ ] code\n```",
    "~~~~md\n- [ ] code\n~~~\n- [x] code\n~~~~",
    "- ```\n  - [ ] code",
    "<!--\n- [ ] hidden\n-->",
    "<!-- - [ ] hidden -->",
    "```\n- [ ] never closed"
  ])("finds no item in %j", (text) => assert.deepStrictEqual(titles(text), []))

  it.each<[string, ReadonlyArray<string>]>([
    ["- [ ] a\n  ```sh\n  - [ ] code\n  ```\n- [ ] b", ["a", "b"]],
    ["- [ ] a\n  ```\n  - [ ] code, never closed\n- [ ] b", ["a", "b"]],
    ["- [ ] a\n  ```\n\n  - [ ] code after a blank line\n  ```\n- [ ] b", ["a", "b"]],
    ["`` ``` `` inline\n- [ ] a", ["a"]],
    ["```not a fence``` after\n- [ ] a", ["a"]],
    ["<!-- one line --> \n- [ ] a", ["a"]],
    ["- [ ] `code` and <!-- note -->", ["`code` and <!-- note -->"]]
  ])("tells code and comments from items in %j", (text, expected) => assert.deepStrictEqual(titles(text), expected))

  it("keeps to an item what is below it, and not what follows the list", () => {
    const text = "- [ ] a\nlazy\n\n  still a\n\nelsewhere\n\n- [ ] b\n## Heading\n  indented\n- [ ] c\n  * d\n  2. e\n"
    assert.deepStrictEqual(parseChecklist(text).map(({ details }) => details), [["lazy", "still a"], [], ["d", "e"]])
  })

  it.each<[string, ReadonlyArray<string>]>([
    ["_Requirements: 1.1, 2.3_", ["1.1", "2.3"]],
    ["_Requirement: 4_", ["4"]],
    ["**Requirements:** 1.1 , All", ["1.1", "All"]],
    ["Requirements: US-1,,US_2", ["US-1", "US_2"]]
  ])("reads %j as requirements", (line, expected) => {
    const [item] = parseChecklist(`- [ ] a\n  - ${line}`)
    assert.deepStrictEqual(item?.requirements, expected)
    assert.deepStrictEqual(item?.details, [])
  })

  const Pieces = Schema.Array(
    Schema.Union([
      Schema.Literals([
        "- [ ] 1. a\n",
        "  - [x] 1.1 b\r\n",
        "\t* [-] c\n",
        "```\n",
        "  ~~~\n",
        "<!--",
        "-->\n",
        "\r",
        "\n",
        "# h\n",
        "- [ ]* 2.2 d\n",
        "\uFEFF",
        "- [X] e",
        "    ",
        "_Requirements: 1.1_\n",
        "[",
        "]",
        "*",
        "`"
      ]),
      Schema.String.check(Schema.isMaxLength(5))
    ])
  )

  it.effect.prop(
    "reads any text, in order, with every item where it says",
    { pieces: Pieces },
    ({ pieces }) =>
      Effect.sync(() => {
        const text = pieces.join("")
        const lines = text.split(/\r\n|\n|\r/u)
        let last = 0
        for (const item of parseChecklist(text)) {
          assert.isAbove(item.line, last)
          last = item.line
          assert.include(lines[item.line - 1], item.title)
          assert.isNotEmpty(item.title)
        }
      })
  )

  it.effect.prop(
    "ticking changes the one character in the box; taking it back gives the text again",
    { pieces: Pieces },
    ({ pieces }) =>
      Effect.sync(() => {
        const text = pieces.join("")
        for (const item of parseChecklist(text)) {
          const turned = tickItem(text, item.line, !item.isChecked)
          assert.strictEqual(turned.length, text.length)
          const changed = Array.from({ length: text.length }, (_, at) => at).filter((at) => turned[at] !== text[at])
          assert.lengthOf(changed, 1)
          const [at = -1] = changed
          assert.strictEqual(`${text[at - 1]}${text[at + 1]}`, "[]")
          assert.strictEqual(turned[at], item.isChecked ? " " : "x")
          assert.strictEqual(tickItem(text, item.line, item.isChecked), text)
          if (text[at] === " " || text[at] === "x") {
            assert.strictEqual(tickItem(turned, item.line, item.isChecked), text)
          }
          assert.deepStrictEqual(
            parseChecklist(turned),
            parseChecklist(text).map((each) => each.line === item.line ? { ...each, isChecked: !item.isChecked } : each)
          )
        }
      })
  )

  it.effect.prop(
    "a text without its ticks is the same whatever was ticked",
    { pieces: Pieces },
    ({ pieces }) =>
      Effect.sync(() => {
        const text = pieces.join("")
        const bare = untickAll(text)
        assert.strictEqual(bare.length, text.length)
        assert.strictEqual(untickAll(bare), bare)
        const allTicked = parseChecklist(text).reduce((ticked, { line }) => tickItem(ticked, line, true), text)
        assert.strictEqual(untickAll(allTicked), bare)
        assert.deepStrictEqual(
          parseChecklist(bare),
          parseChecklist(text).map((item) => ({ ...item, isChecked: false }))
        )
      })
  )

  it.effect.prop(
    "a line without a box is left alone",
    { pieces: Pieces, line: Schema.Int },
    ({ line, pieces }) =>
      Effect.sync(() => {
        const text = pieces.join("")
        if (parseChecklist(text).some((item) => item.line === line)) return
        assert.strictEqual(tickItem(text, line, true), text)
      })
  )

  it.live.each([
    { what: "a plan", piece: kiroTasks },
    { what: "one line of boxes", piece: "- [ ] " },
    { what: "one line of blanks", piece: " " },
    { what: "stars", piece: "*" },
    { what: "numbers", piece: "1." },
    { what: "fences", piece: "`" },
    { what: "labels", piece: "- [ ] 1.1" },
    { what: "carriage returns", piece: "\r" },
    { what: "comments", piece: "<!--\n" }
  ])("reads 10 MB of $what in a time that grows with the length", ({ piece }) =>
    Effect.gen(function*() {
      const text = piece.repeat(Math.ceil(10_000_000 / piece.length))
      const began = yield* Clock.monotonicTimeNanos
      untickAll(text)
      parseChecklist(`- [ ] ${text}`)
      // Far above what it takes, far below what a square would.
      assert.isBelow(Number((yield* Clock.monotonicTimeNanos) - began) / 1e9, 20)
    }))
})
