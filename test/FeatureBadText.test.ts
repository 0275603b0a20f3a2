import { connect } from "@slipway/node-adapters"
import { mkdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it, onTestFinished } from "vitest"
import { unmarked } from "./fixtures/FeatureProject.ts"
import { type FeatureRuns, featuresOf, makeLifecycleProject } from "./fixtures/FeatureRuns.ts"
import type { Refusal } from "./fixtures/Refusals.ts"
import { cleanVariables, type SampleProject } from "./fixtures/SampleProject.ts"

const invalid = (says: string, hint: string): Refusal => ({ exit: 2, code: "artifact-invalid", says: [says], hint })

describe("texts that a feature is given", () => {
  let project: SampleProject
  let features: FeatureRuns
  beforeAll(async () => {
    project = await makeLifecycleProject()
    features = featuresOf(project)
    await features.ok(["create", "auth"])
    await features.ok(["create", "other"])
  })
  afterAll(() => project.remove())

  it("refuses a name that is no name, for every kind of command", async () => {
    const names: ReadonlyArray<readonly [name: string, says: string]> = [
      ["", "it is empty"],
      ["../x", "it has / in it"],
      ["..", "it has .. in it"],
      ["a/b", "it has / in it"],
      ["/etc", "it has / in it"],
      ["x".repeat(300), "it has 300 characters"],
      ["größe", "it has ö in it"],
      [".git", "it begins with ."],
      [".lock", "it begins with ."],
      ["a\\b", "it has \\ in it"],
      ["a\nb", "it has a control character in it"]
    ]
    const refused = (says: string): Refusal => ({ exit: 2, code: "name-invalid", says: [says], hint: "use letters" })
    for (const [name, says] of names) {
      await features.refused(["create", name], refused(says))
      await features.refused(["comment", name, "x"], refused(says))
    }
    await features.refused(["next", "../auth"], refused("it has / in it"))
    await features.refused(["depend", "auth", "../other"], refused("it has / in it"))
    // A name that only Windows cannot have.
    const con = await features.feature(["create", "con"])
    assert.include([0, 2], con.code)
  })

  it("refuses a spec that nobody can read: empty, too long, no text, no file", async () => {
    const write = (content: string | Uint8Array) => features.write("auth", "spec.md", content)
    for (const blank of ["", "\n", " \t\r\n\n", "\uFEFF\n"]) {
      write(blank)
      await features.refused(
        ["submit", "auth", "spec"],
        invalid("spec.md cannot be taken as spec: it is empty", "write")
      )
    }
    write("x".repeat(10 * 2 ** 20))
    const began = performance.now()
    await features.refused(
      ["submit", "auth", "spec"],
      invalid("it has 10485760 characters, at most 1000000 are allowed", "put appendices into files of their own")
    )
    assert.isBelow(performance.now() - began, 10_000)

    const unavailable = (says: string): Refusal => ({
      exit: 1,
      code: "file-unavailable",
      says: [join(features.projects, "auth/spec.md"), says],
      hint: ""
    })
    write(Buffer.from([0xff, 0xfe, 0x41, 0x00]))
    await features.refused(["submit", "auth", "spec"], unavailable("it is not UTF-8 text"))
    rmSync(join(features.projects, "auth/spec.md"))
    mkdirSync(join(features.projects, "auth/spec.md"))
    await features.refused(["submit", "auth", "spec"], unavailable("EISDIR"))
    rmSync(join(features.projects, "auth/spec.md"), { recursive: true })
  })

  it("lists the other features when a text of one, that was handed in, cannot be read any more", async () => {
    features.write("other", "spec.md", "# Other\n")
    await features.ok(["submit", "other", "spec"])
    features.write("other", "spec.md", Buffer.from([0xff, 0xfe, 0x41, 0x00]))
    const listed = await features.ok(["list"])
    assert.deepStrictEqual(
      listed.unreadable.map((one: { readonly feature: string; readonly code: string }) => [one.feature, one.code]),
      [["other", "file-unavailable"]]
    )
    assert.include(listed.features.map((row: { readonly feature: string }) => row.feature), "auth")
    features.write("other", "spec.md", "# Other\n")
    assert.deepStrictEqual((await features.ok(["list"])).unreadable, [])
  })

  it("takes what other systems write: line ends, a mark at the beginning, text of any script", async () => {
    await features.ok(["create", "crlf"])
    features.write("crlf", "spec.md", "\uFEFF# Größe 🚀\r\n\r\nText\r\n")
    await features.ok(["submit", "crlf", "spec"])
    await features.ok(["approve", "crlf", "spec"])
    for (const artifact of ["design", "audit"]) await features.ok(["waive", "crlf", artifact, "--reason", "small"])
    const tasks = "\uFEFF# Tasks\r\n\r\n- [ ] 1. Größe messen\r\n  - _Requirements: 1.1_\r\n- [ ] 2. Ship\tit 🚀\r\n"
    await features.settle("crlf", "tasks", tasks)
    await features.settle("crlf", "qa-plan", "- [ ] 1. It works\r\n- [ ] 2. It is quick\r\n")
    features.branch("crlf")
    const change = await features.ok(["task", "complete", "crlf", "task-002"])
    assert.strictEqual(change.next.task_id, "task-001")
    assert.strictEqual(
      readFileSync(join(features.projects, "crlf/tasks.md"), "utf8"),
      tasks.replace("- [ ] 2", "- [x] 2")
    )
    await features.ok(["task", "complete", "crlf", "task-001"])
    await features.settle("crlf", "review", "Good.\r\n")
    await features.settle("crlf", "qa-results", "\uFEFF- [x] 1. It works: seen\r\n- [x] 2. It is quick\r\n  - 3 ms\r\n")
    assert.strictEqual((await features.ok(["next", "crlf"])).action, "merge")
  })

  it("refuses checklists that say nothing, and QA results that do not answer the plan", async () => {
    await features.ok(["create", "qa"])
    for (
      const text of ["# Tasks\n", "- no box\n", "```\n- [ ] 1. In code\n```\n", "- [ ]* 1. Only if there is time\n"]
    ) {
      features.write("qa", "tasks.md", text)
      await features.refused(["submit", "qa", "tasks"], invalid("it has no task", "- [ ] 1. Title"))
      features.write("qa", "qa-plan.md", text)
      await features.refused(["submit", "qa", "qa-plan"], invalid("it has nothing to test", "What is to be seen"))
    }
    rmSync(join(features.projects, "qa/tasks.md"))
    rmSync(join(features.projects, "qa/qa-plan.md"))
    for (const artifact of ["spec", "design", "audit"]) {
      await features.ok(["waive", "qa", artifact, "--reason", "small"])
    }
    await features.settle("qa", "tasks", "- [ ] 1. Write it\n")
    await features.settle("qa", "qa-plan", "- [ ] 1. It works\n- [ ] 2. It is quick\n")
    features.branch("qa")
    await features.ok(["task", "complete", "qa", "task-001"])
    await features.settle("qa", "review", "Good.\n")
    const cases: ReadonlyArray<readonly [text: string, says: string]> = [
      ["- [x] 1. It works: seen\n", "it has no result for: 2 It is quick"],
      ["- [x] 2. It is quick: 3 ms\n", "it has no result for: 1 It works"],
      ["- [x] 1. It works\n- [x] 2. It is quick: 3 ms\n", "it has no evidence for: 1 It works"],
      ["- [x] 1. It works:\n- [x] 2. It is quick: \n", "it has no evidence for: 1 It works"],
      ["- [x] 7. Something else: seen\n- [x] 8. More: seen\n", "it has no result for: 1 It works"],
      ["everything works\n", "it has no result for: 1 It works"]
    ]
    for (const [text, says] of cases) {
      features.write("qa", "qa-results.md", text)
      await features.refused(["submit", "qa", "qa-results"], invalid(says, "for what passed"))
    }
    features.write("qa", "qa-results.md", "- [x] 1. It works: seen\n- [ ] 2. It is quick: took a minute\n")
    await features.ok(["submit", "qa", "qa-results"])
    await features.refused(["approve", "qa", "qa-results", "--as", "human:bob"], {
      exit: 5,
      code: "feature-conflict",
      says: ["QA did not pass: 2 It is quick"],
      hint: "run QA again"
    })
    assert.isNotEmpty(await features.sound("qa"))
  })

  it("reads tasks of the same number or the same words each as its own, and twenty thousand in bearable time", async () => {
    await features.ok(["create", "many"])
    features.write("many", "tasks.md", "- [ ] 1. Same\n- [ ] 1. Same\n- [ ] Same\n- [ ] 2. Same\n- [ ] 2. Other\n")
    await features.ok(["submit", "many", "tasks"])
    const shown = await features.ok(["show", "many"])
    assert.strictEqual(shown.tasks.length, 5)
    await features.ok(["create", "huge"])
    const item = (index: number) => `- [ ] ${index + 1}. Do the thing of number ${index + 1}\n`
    const huge = Array.from({ length: 20_000 }, (_, index) => item(index)).join("")
    features.write("huge", "tasks.md", huge)
    const began = performance.now()
    assert.strictEqual((await features.ok(["submit", "huge", "tasks"])).entry.event.tasks.length, 20_000)
    // One more before all others: each is told again as what it was.
    features.write("huge", "tasks.md", `- [ ] 0. Begin\n${huge}`)
    const again = await features.ok(["submit", "huge", "tasks"])
    assert.deepStrictEqual(
      again.entry.event.tasks.slice(0, 2).map((task: { readonly task: string }) => task.task),
      ["task-20001", "task-001"]
    )
    await features.ok(["next", "huge"])
    assert.isBelow(performance.now() - began, 30_000)
  })

  it("keeps a reason as it was given, or refuses it: empty, too long", async () => {
    const invalidText = (says: string): Refusal => ({ exit: 2, code: "text-invalid", says: [says], hint: "say it in" })
    const reasons: ReadonlyArray<readonly [args: ReadonlyArray<string>, what: string]> = [
      [["waive", "auth", "design", "--reason"], "reason"],
      [["reject", "auth", "spec", "--reason"], "reason"],
      [["archive", "auth", "--reason"], "reason"],
      [["comment", "auth"], "text"],
      [["task", "add", "auth"], "title"],
      [["resolve", "auth", "comment-001", "--answer"], "answer"]
    ]
    const long = "x".repeat(100_000)
    for (const [args, what] of reasons) {
      await features.refused([...args, " \n\t"], invalidText(`the ${what} is empty`))
      await features.refused([...args, long], invalidText(`the ${what} has 100000 characters, at most 20000`))
    }
    await features.refused(["waive", "auth", "design"], invalidText("the reason is empty"))

    const slipway = await connect({
      cwd: project.root,
      home: project.home,
      env: { ...cleanVariables(), ...unmarked }
    })
    onTestFinished(() => slipway.close())
    const megabyte = await slipway.features.comment("auth", "note", "x".repeat(2 ** 20)).then(
      () => assert.fail("it was not refused"),
      (error: unknown) => error
    )
    assert.include(String(megabyte), "has 1048576 characters, at most 20000 are allowed")
    const odd =
      "two\nlines, \ttab, \u0007bell, \u001B[31mred, \u2028separator, größe 日本 🚀, \uFEFFmark, \"quoted\" \\n"
    await features.ok(["comment", "auth", odd])
    assert.strictEqual(features.lines("auth").at(-1)?.event["text"], odd)
    // Half of a character, which no command line can hold, from a program.
    await slipway.features.comment("auth", "note", "half \uD83D of a rocket")
    assert.strictEqual(features.lines("auth").at(-1)?.event["text"], "half \uFFFD of a rocket")
    await features.sound("auth")
    // A terminal is not coloured or rung by a text of others.
    const story = await features.run(["log", "auth"])
    assert.strictEqual(story.code, 0)
    for (const character of ["\u001B", "\u0007"]) assert.notInclude(story.stdout, character)
  })
})
