import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Result, Schema } from "effect"
import { sha256 } from "../operation/Sha256.ts"
import { parseChecklist } from "../project/Checklist.ts"
import type { SubmittedText } from "./FeatureCommand.ts"
import type { ListedTask } from "./FeatureEvent.ts"
import type { FeatureTask } from "./FeatureState.ts"
import { foldFeature } from "./FoldFeature.ts"
import { planItems, qaResults } from "./QaText.ts"
import { listedTasks } from "./SubmittedText.ts"

const handedIn = (text: string): SubmittedText => ({
  path: ".ai/projects/user-auth/tasks.md",
  sha256: sha256(text),
  length: text.length,
  isBlank: text.trim() === "",
  checklist: parseChecklist(text)
})

const noTasks: ReadonlyMap<string, FeatureTask> = new Map()

/** The tasks of a feature to which these were handed in. */
const known = (...submitted: ReadonlyArray<ReadonlyArray<ListedTask>>): ReadonlyMap<string, FeatureTask> =>
  foldFeature(submitted.map((tasks, index) => ({
    seq: index + 1,
    at: "2026-11-01T00:00:00.000Z",
    actor: { kind: "human", id: "x" },
    event: {
      _tag: "ArtifactSubmitted",
      artifact: "tasks",
      path: "tasks.md",
      sha256: String(index).repeat(64),
      commit: null,
      tasks
    }
  }))).tasks

const brief = (tasks: ReadonlyArray<ListedTask>) =>
  tasks.map(({ label, task, title }) => `${task} ${label ?? "-"} ${title}`)

const first = "- [ ] 1. Parse\n- [ ] 2. Check\n- [ ] 3. Render\n"

describe("listedTasks", () => {
  const before = known(listedTasks(handedIn(first), noTasks))

  it("numbers new tasks from one on", () => {
    assert.deepStrictEqual(brief(listedTasks(handedIn(first), noTasks)), [
      "task-001 1 Parse",
      "task-002 2 Check",
      "task-003 3 Render"
    ])
  })

  const changes: ReadonlyArray<readonly [what: string, text: string, tasks: ReadonlyArray<string>]> = [
    ["nothing changed", first, ["task-001 1 Parse", "task-002 2 Check", "task-003 3 Render"]],
    ["boxes were ticked", first.replaceAll("[ ]", "[x]"), [
      "task-001 1 Parse",
      "task-002 2 Check",
      "task-003 3 Render"
    ]],
    [
      "a task is put in between",
      "- [ ] 1. Parse\n- [ ] 2. Log\n- [ ] 3. Check\n- [ ] 4. Render\n",
      ["task-001 1 Parse", "task-004 2 Log", "task-002 3 Check", "task-003 4 Render"]
    ],
    [
      "a task is put first",
      "- [ ] 1. Log\n- [ ] 2. Parse\n- [ ] 3. Check\n- [ ] 4. Render\n",
      ["task-004 1 Log", "task-001 2 Parse", "task-002 3 Check", "task-003 4 Render"]
    ],
    [
      "a task is put better",
      "- [ ] 1. Parse\n- [ ] 2. Check each line\n- [ ] 3. Render\n",
      ["task-001 1 Parse", "task-002 2 Check each line", "task-003 3 Render"]
    ],
    [
      "tasks change places",
      "- [ ] 1. Render\n- [ ] 2. Check\n- [ ] 3. Parse\n",
      ["task-003 1 Render", "task-002 2 Check", "task-001 3 Parse"]
    ],
    ["tasks are left out", "- [ ] 1. Check\n", ["task-002 1 Check"]],
    [
      "one is nested: what gathers others is no task, what is optional neither",
      "- [ ] 1. Parse\n  - [ ] 1.1 Check\n  - [ ]* 1.2 Test\n",
      ["task-002 1.1 Check"]
    ]
  ]
  for (const [what, text, tasks] of changes) {
    it(`keeps the ids when ${what}`, () => {
      assert.deepStrictEqual(brief(listedTasks(handedIn(text), before)), tasks)
    })
  }

  it("never gives an id anew, whatever was left out", () => {
    const fewer = listedTasks(handedIn("- [ ] 1. Parse\n"), before)
    const after = known(listedTasks(handedIn(first), noTasks), fewer)
    assert.deepStrictEqual(brief(listedTasks(handedIn("- [ ] Write\n"), after)), ["task-004 - Write"])
  })

  const Titles = Schema.Array(Schema.Literals(["Parse", "Check", "Render", "Log", "Parse the text"])).check(
    Schema.isMaxLength(6)
  )
  const text = (titles: ReadonlyArray<string>) => titles.map((title, at) => `- [ ] ${at + 1}. ${title}\n`).join("")

  it.effect.prop("gives each line a task of its own, and never one that another line had", {
    lists: Arbitrary.array(Arbitrary.schema(Titles), { minLength: 1, maxLength: 4 })
  }, ({ lists }) =>
    Effect.sync(() => {
      const submitted: Array<ReadonlyArray<ListedTask>> = []
      for (const titles of lists) {
        const tasks = known(...submitted)
        const listed = listedTasks(handedIn(text(titles)), tasks)
        assert.deepStrictEqual(listed.map(({ title }) => title), [...titles])
        assert.strictEqual(new Set(listed.map(({ task }) => task)).size, listed.length)
        const fresh = listed.map(({ task }) => task).filter((id) => !tasks.has(id))
        assert.isTrue(fresh.every((id) => ![...tasks.keys()].some((old) => old >= id)))
        // Handed in again, it is the same.
        assert.deepStrictEqual(listedTasks(handedIn(text(titles)), known(...submitted, listed)), listed)
        submitted.push(listed)
      }
    }))
})

describe("planItems", () => {
  it("are what is to be tested, each once, with their numbers", () => {
    const plan = handedIn(
      "# QA\n- [ ] 1. A user logs in\n- [ ] 2. Passwords\n  - [ ] 2.1 A wrong one is refused\n- [ ] Logs\n- [ ] Logs\n"
    )
    assert.deepStrictEqual(planItems(plan), ["1 A user logs in", "2.1 A wrong one is refused", "Logs"])
  })
})

describe("qaResults", () => {
  const plan = ["1 A user logs in", "2 Logs", "Speed"]
  const read = (text: string, items: ReadonlyArray<string> = plan) => {
    const results = qaResults(handedIn(text), items)
    return Result.isSuccess(results)
      ? results.success.map(({ evidence, item, passed }) => `${passed ? "+" : "-"} ${item} | ${evidence}`)
      : results.failure
  }

  const formats: ReadonlyArray<readonly [what: string, text: string]> = [
    ["behind a colon", "- [x] 1. A user logs in: seen\n- [ ] 2. Logs: empty\n- [x] Speed: 3 ms\n"],
    ["behind a dash", "- [x] 1. A user logs in – seen\n- [ ] 2. Logs - empty\n- [x] Speed — 3 ms\n"],
    ["below", "- [x] 1. A user logs in\n  - seen\n- [ ] 2. Logs\n  empty\n- [x] Speed\n  - 3 ms\n"],
    ["in any order", "- [x] Speed: 3 ms\n- [ ] 2. Logs: empty\n- [x] 1. A user logs in: seen\n"],
    ["behind other words of the same number", "- [x] 1. Login: seen\n- [ ] 2. Log files: empty\n- [x] Speed: 3 ms\n"],
    ["beside more", "- [x] 9. More: seen\n- [x] 1. A user logs in: seen\n- [ ] 2. Logs: empty\n- [x] Speed: 3 ms\n"]
  ]
  for (const [what, text] of formats) {
    it(`are read with their evidence ${what}`, () => {
      assert.deepStrictEqual(read(text), ["+ 1 A user logs in | seen", "- 2 Logs | empty", "+ Speed | 3 ms"])
    })
  }

  it("are refused where an item has two, or what failed is in no plan", () => {
    assert.strictEqual(
      read("- [x] Speed: 3 ms\n- [ ] Speed: 9 s on a phone\n", ["Speed"]),
      "it has more than one result for: Speed"
    )
    assert.include(String(read("- [x] Speed: 3 ms\n- [ ] Logout: 500\n", ["Speed"])), "Logout")
  })

  it("are of the item whose words they begin with, and of no other", () => {
    const items = ["Login", "Login fails"]
    assert.deepStrictEqual(read("- [x] Login fails: seen\n- [ ] Login: broken\n", items), [
      "- Login | broken",
      "+ Login fails | seen"
    ])
    assert.deepStrictEqual(read("- [x] Login: seen\n- [x] 2. Login fails: seen\n", ["1 Login", "2 Login fails"]), [
      "+ 1 Login | seen",
      "+ 2 Login fails | seen"
    ])
  })

  it("of items with the same words are told by their groups", () => {
    const browsers = handedIn("- [ ] Chrome\n  - [ ] works\n- [ ] Firefox\n  - [ ] works\n")
    assert.deepStrictEqual(planItems(browsers), ["Chrome › works", "Firefox › works"])
    assert.deepStrictEqual(
      read("- [ ] Firefox\n  - [ ] works: crashes\n- [x] Chrome\n  - [x] works: seen\n", planItems(browsers)),
      ["+ Chrome › works | seen", "- Firefox › works | crashes"]
    )
  })

  it("take evidence of several lines", () => {
    assert.deepStrictEqual(read("- [x] Speed: 3 ms\n  - 4 ms\n", ["Speed"]), ["+ Speed | 3 ms\n4 ms"])
  })

  it("are refused without a result for each item", () => {
    assert.strictEqual(read("- [x] 1. A user logs in: seen\n- [x] Speed: 3 ms\n"), "it has no result for: 2 Logs")
    assert.strictEqual(read("", ["Speed"]), "it has no result for: Speed")
    assert.strictEqual(read("- [x] 12. Logs: seen\n", ["1 Logs"]), "it has no result for: 1 Logs")
  })

  it("are refused without evidence", () => {
    assert.strictEqual(read("- [x] Speed\n", ["Speed"]), "it has no evidence for: Speed")
    assert.strictEqual(read("- [x] Speed:  \n", ["Speed"]), "it has no evidence for: Speed")
    assert.strictEqual(
      read("- [x] 1. A user logs in\n", ["1 A user logs in"]),
      "it has no evidence for: 1 A user logs in"
    )
  })

  it("are items of their own without a plan", () => {
    assert.deepStrictEqual(read("- [x] 1. Login: seen\n- [ ] Logs: empty\n", []), [
      "+ 1 Login | seen",
      "- Logs | empty"
    ])
    assert.strictEqual(read("nothing\n", []), "it has no result")
  })
})
