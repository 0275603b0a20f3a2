import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { commandLineOf } from "./fixtures/CommandLine.ts"
import {
  type FeatureProject,
  type FeatureWalk,
  makeFeatureProject,
  qaPlan,
  qaResults,
  unmarked
} from "./fixtures/FeatureProject.ts"
import { git } from "./fixtures/SampleProject.ts"

const toml = `[[lifecycle.gates]]
name = "test"
command = ["sh", "ci/test.sh"]

[[lifecycle.gates]]
name = "smoke"
command = ["sh", "ci/smoke.sh"]
timeout = 3

[lifecycle.deploy]
command = ["sh", "ci/deploy.sh"]
`

const tasks = `# Implementation Plan

- [ ] 1. Session store
  - [ ] 1.1 Write the table
    - one row a session
    - _Requirements: 1.1_
  - [ ] 1.2 Read it back
    - _Requirements: 1.2_
- [ ] 2. Login page
  - _Requirements: 2.1_
- [ ]* 3. Nicer colours
`

/** Which character a text has other than another one of the same length; null when it is not exactly one. */
const onlyChange = (before: string, after: string): readonly [line: string, from: string, to: string] | null => {
  const at = [...before].flatMap((character, index) => character === after[index] ? [] : [index])
  const [first] = at
  if (first === undefined || at.length !== 1 || before.length !== after.length) return null
  const line = after.slice(after.lastIndexOf("\n", first) + 1, after.indexOf("\n", first)).trim()
  return [line, before.charAt(first), after.charAt(first)]
}

describe("one feature, from idea to released", () => {
  let project: FeatureProject
  let auth: FeatureWalk
  let worktree: string
  beforeAll(async () => {
    project = await makeFeatureProject()
    project.commit(
      project.root,
      { "ci/deploy.sh": "test -f live && echo live || { echo no server; exit 9; }\n" },
      "Begin"
    )
    project.configure(toml)
    auth = project.feature("auth", { asksAgain: true })
    worktree = join(project.folder, `${project.name}-impl-auth`)
  })
  afterAll(() => project.remove())

  const commit = (files: Readonly<Record<string, string>>, message: string) => project.commit(worktree, files, message)
  const headOf = (directory: string): string => git(directory, "rev-parse", "HEAD").trim()
  const asAgent = ["--as", "agent:coder"]
  const asHuman = ["--as", "human:grace"]
  const gates = async (...names: ReadonlyArray<string>) => {
    const run = await project.slipway("feature", "gates", "auth", ...names.flatMap((name) => ["--gate", name]))
    return { exit: run.code, ...run.envelope.data }
  }
  const gatesRefused = async () => {
    const { code, exit, message } = await project.refusal("feature", "gates", "auth", "--gate", "test")
    assert.deepStrictEqual([exit, code], [4, "evidence-refused"])
    return message
  }

  it("gets a spec that is rejected, rewritten and approved, and a design", async () => {
    await auth.step(["create", "--title", "Users can log in", ...asAgent], ["create-spec", "spec-to-write", "draft"])
    const absent = await project.refusal("feature", "submit", "auth", "spec")
    assert.deepStrictEqual([absent.exit, absent.code], [3, "artifact-missing"])
    assert.include(absent.hint, ".ai/projects/auth/spec.md")

    project.write("auth/spec.md", "# Spec\n\nSessions never expire.\n")
    const toApprove = ["approve-spec", "spec-to-approve", "specified"] as const
    await auth.step(["submit", "spec", ...asAgent], toApprove)
    const own = await project.refusal("feature", "approve", "auth", "spec", ...asAgent)
    assert.deepStrictEqual([own.exit, own.code], [4, "approval-refused"])
    assert.include(own.hint, "but not agent:coder, who wrote it")
    await auth.step(["reject", "spec", "--reason", "sessions must expire", ...asHuman], [
      "create-spec",
      "spec-rejected",
      "specified"
    ])
    const same = await project.refusal("feature", "submit", "auth", "spec", ...asAgent)
    assert.deepStrictEqual([same.exit, same.code], [5, "feature-conflict"])
    assert.include(same.message, "sessions must expire")

    project.write("auth/spec.md", "# Spec\n\nSessions expire after a day.\n")
    await auth.stands(["create-spec", "spec-to-write", "draft"])
    await auth.step(["submit", "spec", ...asAgent], toApprove)
    await auth.step(["approve", "spec", ...asHuman], ["create-design", "design-to-write", "planned"])
    const approved = project.read("auth/spec.md")
    project.write("auth/spec.md", `${approved}Or two.\n`)
    await auth.stands(["create-spec", "spec-to-write", "draft"])
    project.write("auth/spec.md", approved)
    await auth.settle("design", "# Design\n\nA table of sessions.\n", ["create-tasks", "tasks-to-write", "ready"])
  })

  it("gets tasks from a nested checklist and a QA plan, while questions and blockers hold it up", async () => {
    project.write("auth/tasks.md", tasks)
    const submitted = await auth.step(["submit", "tasks", ...asAgent], ["approve-tasks", "tasks-to-approve", "ready"])
    assert.deepStrictEqual(submitted.entry.event.tasks, [
      { task: "task-001", label: "1.1", title: "Write the table" },
      { task: "task-002", label: "1.2", title: "Read it back" },
      { task: "task-003", label: "2", title: "Login page" }
    ])
    const toPlan = ["create-qa-plan", "qa-plan-to-write", "ready"] as const
    await auth.step(["approve", "tasks", ...asHuman], toPlan)
    const ask = ["comment", "which hash?", "--kind", "question", ...asAgent]
    await auth.step(ask, ["answer-question", "question-open", "ready"])
    await auth.step(["resolve", "comment-001", "--answer", "argon2id", ...asHuman], toPlan)
    await auth.step(["comment", "the page is frozen", "--kind", "blocker"], ["unblock", "blocker-open", "ready"])
    await auth.settle("qa-plan", qaPlan, ["unblock", "blocker-open", "ready"])
    const next = await auth.stands(["unblock", "blocker-open", "ready"])
    assert.deepStrictEqual(next.blocked_by, ["comment-002"])
    await auth.step(["resolve", "comment-002", "--answer", "it is free again"], [
      "implement-task",
      "task-available",
      "implementation"
    ])
  })

  it("is worked on in a worktree, task by task, by commits that are on its branch", async () => {
    const toDo = ["implement-task", "task-available", "implementation"] as const
    const started = ["implement-task", "task-in-progress", "implementation"] as const
    const nowhere = await auth.stands(toDo)
    assert.deepInclude(nowhere, { task_id: "task-001" })
    assert.isUndefined(nowhere.worktree)
    await project.data("impl", "auth")
    assert.isTrue(existsSync(worktree))
    const somewhere = await auth.stands(toDo, 1)
    assert.deepStrictEqual(somewhere.worktree, { branch: "impl/auth", worktree, milestone: null, slot: null })
    const inside = await commandLineOf(project).json(["feature", "next", "auth"], { cwd: join(worktree, "ci") })
    assert.deepStrictEqual(inside.envelope.data, somewhere)

    await auth.step(["task", "start", "task-001", ...asAgent], started)
    const empty = await project.refusal("feature", "task", "complete", "auth", "task-001", ...asAgent)
    assert.deepStrictEqual([empty.exit, empty.code], [4, "evidence-refused"])
    assert.include(empty.message, "nothing has been committed on its branch")
    project.git("branch", "elsewhere")
    const elsewhere = join(project.folder, "elsewhere")
    project.git("worktree", "add", "--quiet", elsewhere, "elsewhere")
    const foreign = project.commit(elsewhere, { "other.txt": "other\n" }, "Elsewhere")
    project.git("worktree", "remove", "--force", elsewhere)
    for (const [given, told] of [[foreign, foreign], ["0123456", "there is no commit 0123456"]] as const) {
      const refused = await project.refusal("feature", "task", "complete", "auth", "task-001", "--commit", given)
      assert.deepStrictEqual([refused.exit, refused.code], [4, "evidence-refused"])
      assert.include(refused.message, told)
    }

    const complete = async (task: string, line: string, standing: Parameters<FeatureWalk["step"]>[1]) => {
      const before = project.read("auth/tasks.md")
      const head = commit({ [`src/${task}.txt`]: `${task}\n` }, task)
      const done = await auth.step(["task", "complete", task, "--commit", head.slice(0, 10), ...asAgent], standing)
      assert.deepStrictEqual(done.entry.event.commits, [head])
      assert.deepStrictEqual(onlyChange(before, project.read("auth/tasks.md")), [line, " ", "x"])
    }
    commit({ "ci/test.sh": "echo 3 tests failed\nexit 3\n", "ci/smoke.sh": "exit 0\n" }, "Tests")
    await complete("task-001", "- [x] 1.1 Write the table", toDo)
    await auth.step(["task", "start", "task-002", ...asAgent], started)
    const blocked = await auth.step(["task", "block", "task-002", "--reason", "waits for the vendor", ...asAgent], toDo)
    assert.strictEqual(blocked.next.task_id, "task-003")
    await auth.step(["task", "start", "task-003", ...asAgent], started)
    await complete("task-003", "- [x] 2. Login page", ["unblock-task", "tasks-blocked", "implementation"])
    await auth.step(["task", "unblock", "task-002", "--reason", "the vendor answered"], toDo)
    await auth.step(["task", "start", "task-002", ...asAgent], started)
    await complete("task-002", "- [x] 1.2 Read it back", ["run-gates", "implementation-gates", "implementation"])
  })

  it("passes its gates, none of which can be talked round", async () => {
    const red = ["run-gates", "implementation-gates", "implementation"] as const
    const failed = await gates()
    assert.deepStrictEqual([failed.exit, failed.passed], [1, false])
    assert.deepStrictEqual(
      failed.results.map((one: { gate: string; passed: boolean; exitCode: number }) => [one.gate, one.exitCode]),
      [["test", 3], ["smoke", 0]]
    )
    assert.strictEqual(readFileSync(join(project.root, failed.results[0].output), "utf8"), "3 tests failed\n")
    const next = await auth.stands(red, 2)
    assert.deepStrictEqual([next.gates, next.blocked_by], [["test"], ["test"]])

    commit({ "ci/test.sh": "echo all well\n", "ci/smoke.sh": "sleep 60\n" }, "Mend the tests")
    for (const file of ["notes.txt", "README.md"]) {
      writeFileSync(join(worktree, file), "in no commit\n")
      assert.include(await gatesRefused(), file)
      git(worktree, "checkout", "--quiet", "--", ".")
      git(worktree, "clean", "--quiet", "--force")
    }

    const late = await gates()
    assert.deepStrictEqual([late.exit, late.results[0].passed, late.results[1].exitCode], [1, true, null])
    assert.deepStrictEqual((await auth.stands(red, 2)).gates, ["smoke"])
    commit({ "ci/smoke.sh": "echo built >> README.md\n" }, "Smoke")
    const changing = await project.slipway("feature", "gates", "auth", "--gate", "smoke")
    assert.deepStrictEqual([changing.code, changing.envelope.error?.code], [4, "evidence-refused"])
    assert.include(changing.envelope.error?.message, "the gate smoke changed files while it ran: README.md")
    git(worktree, "checkout", "--quiet", "--", ".")
    await auth.stands(red)

    commit({ "ci/smoke.sh": "exit 0\n" }, "Smoke again")
    const green = await gates()
    assert.deepStrictEqual([green.exit, green.passed, green.commit], [0, true, headOf(worktree)])
    await auth.stands(["create-review", "review-to-write", "review"], 2)
    const again = await gates()
    assert.deepStrictEqual([again.exit, again.results], [0, []])
  })

  /** Reviews the head; the audit is waived. */
  const review = async (round: string, standing: Parameters<FeatureWalk["step"]>[1]) => {
    project.write("auth/review.md", `# Review, ${round}\n\nGood.\n`)
    await auth.step(["submit", "review", "--as", "agent:reviewer"], ["approve-review", "review-to-approve", "review"])
    await auth.step(["approve", "review", ...asHuman], standing)
  }
  const toReview = ["create-review", "review-to-write", "review"] as const

  /** The gates, once the head has moved. */
  const gatesAgain = async () => {
    await auth.stands(["run-gates", "implementation-gates", "implementation"])
    assert.strictEqual((await gates()).exit, 0)
    await auth.stands(toReview, 2)
  }

  it("is reviewed by who did not write it, and tested until it works", async () => {
    project.write("auth/review.md", "# Review\n\nI like it.\n")
    await auth.step(["submit", "review", "--as", "agent:reviewer"], ["approve-review", "review-to-approve", "review"])
    for (const [who, why] of [["agent:coder", "wrote the code"], ["agent:reviewer", "wrote it"]] as const) {
      const refused = await project.refusal("feature", "approve", "auth", "review", "--as", who)
      assert.deepStrictEqual([refused.exit, refused.code], [4, "approval-refused"])
      assert.include(refused.message, `${who} ${why}`)
      assert.include(refused.hint, "a human")
      assert.include(refused.hint, "agent:coder, who wrote the code")
    }
    await auth.step(["approve", "review", ...asHuman], ["create-audit", "audit-to-write", "audit"])
    await auth.step(["waive", "audit", "--reason", "no new dependency", ...asHuman], ["run-qa", "qa-to-run", "qa"])

    project.write("auth/qa-results.md", "# QA results\n\n- [x] 1. Login works: seen\n")
    const partial = await project.refusal("feature", "submit", "auth", "qa-results")
    assert.deepStrictEqual([partial.exit, partial.code], [2, "artifact-invalid"])
    assert.include(partial.message, "2 Logout works")
    project.write("auth/qa-results.md", qaResults(false, "first"))
    await auth.step(["submit", "qa-results"], ["fix-qa-issues", "qa-failed", "qa"])
    const failed = await project.refusal("feature", "approve", "auth", "qa-results", ...asHuman)
    assert.deepStrictEqual([failed.exit, failed.code], [5, "feature-conflict"])
    assert.include(failed.message, "2 Logout works")

    commit({ "src/logout.txt": "logout\n" }, "Mend logout")
    await gatesAgain()
    const shown = await project.data("feature", "show", "auth")
    assert.deepStrictEqual(
      shown.artifacts.map(({ artifact, status }: Record<string, string>) => [artifact, status]).slice(4),
      [["review", "stale"], ["audit", "waived"], ["qa-results", "stale"]]
    )
    await review("second", ["run-qa", "qa-to-run", "qa"])
    await auth.settle("qa-results", qaResults(true, "second"), ["merge", "to-merge", "merge"])
  })

  it("is merged once the conflict is resolved, and never half", async () => {
    project.commit(project.root, { "src/logout.txt": "main's own\n", "other.txt": "else\n" }, "Main goes on")
    const before = [headOf(project.root), headOf(worktree)]
    const asked = await project.data("feature", "merge", "auth", "--dry-run")
    assert.deepStrictEqual(asked.conflicts, ["src/logout.txt"])
    const conflict = await project.slipway("feature", "merge", "auth")
    assert.deepStrictEqual([conflict.code, conflict.envelope.error?.code], [5, "merge-conflict"])
    assert.include(conflict.envelope.error?.message, "src/logout.txt")
    assert.notInclude(conflict.envelope.error?.message, "other.txt")
    assert.deepStrictEqual([headOf(project.root), headOf(worktree)], before)
    for (const directory of [project.root, worktree]) {
      assert.strictEqual(git(directory, "status", "--porcelain"), "")
    }
    assert.isFalse(existsSync(join(project.root, ".git/MERGE_HEAD")))
    const next = await auth.stands(["resolve-conflict", "merge-conflict", "merge"], 1)
    assert.deepStrictEqual(next.files, ["src/logout.txt"])

    assert.throws(() => git(worktree, "merge", "--quiet", "main"))
    commit({ "src/logout.txt": "both\n" }, "Merge main")
    await gatesAgain()
    const early = await project.refusal("feature", "merge", "auth")
    assert.deepStrictEqual([early.exit, early.code], [5, "feature-conflict"])
    assert.include(early.message, "create-review")
    await review("third", ["run-qa", "qa-to-run", "qa"])
    await auth.settle("qa-results", qaResults(true, "third"), ["merge", "to-merge", "merge"])

    project.configure(`${toml}\n[lifecycle]\nmerge = "merge-commit"\n`)
    const head = headOf(worktree)
    const merged = await project.data("feature", "merge", "auth", "--message", "Users can log in")
    assert.deepInclude(merged, { how: "merge-commit", head, into: "main", commit: headOf(project.root) })
    assert.strictEqual(project.git("rev-parse", "HEAD^2").trim(), head)
    assert.strictEqual(project.git("log", "-1", "--format=%s").trim(), "Users can log in")
    await auth.stands(["deploy", "to-deploy", "released"], 1)
  })

  it("is deployed at the second attempt, and stays released when its worktree is taken down", async () => {
    project.git("push", "--quiet")
    const failed = await project.slipway("feature", "deploy", "auth")
    assert.deepStrictEqual([failed.code, failed.envelope.data.exitCode], [1, 9])
    assert.strictEqual(readFileSync(join(project.root, failed.envelope.data.output), "utf8"), "no server\n")
    await auth.stands(["deploy", "to-deploy", "released"], 1)
    project.commit(project.root, { live: "" }, "Raise the server")
    const deployed = await project.data("feature", "deploy", "auth")
    assert.deepInclude(deployed, { succeeded: true, exitCode: 0, commit: headOf(project.root) })
    const released = ["done", "released", "released"] as const
    await auth.stands(released, 1)

    await project.data("done", "auth")
    assert.isFalse(existsSync(worktree))
    assert.strictEqual(project.git("branch", "--list", "impl/*").trim(), "")
    await auth.stands(released)
    const metadata = JSON.parse(project.read("auth/metadata.json"))
    assert.strictEqual(metadata.status, "complete")
  })

  it("has a log that reads like the story, and is sound; the audit shows what was run", async () => {
    const { run } = commandLineOf(project)
    const { stdout } = await run(["feature", "log", "auth"], { variables: unmarked })
    const phrases = [
      "agent:coder  auth began: Users can log in",
      "agent:coder  auth got its spec",
      "human:grace  auth had its spec rejected: sessions must expire",
      "auth had its spec approved",
      "auth had its design approved",
      "auth got its tasks, with 3 tasks",
      "auth got a question, comment-001: which hash?",
      "auth had comment-001 resolved: argon2id",
      "auth got a blocker, comment-002",
      "auth got its qa-plan, with 2 items",
      "auth had comment-002 resolved: it is free again",
      `auth is worked on in ${worktree} on impl/auth`,
      "auth completed task-001 by ",
      "auth cannot go on with task-002: waits for the vendor",
      "auth can go on with task-002: the vendor answered",
      "auth failed the gate test at ",
      "auth failed the gate smoke at ",
      "auth passed the gate smoke at ",
      "auth got its review for ",
      "auth does without audit: no new dependency",
      "failed: 2 Logout works",
      "auth had its qa-results approved at ",
      "auth could not be merged into main: src/logout.txt",
      "everything passed",
      "auth was merged: impl/auth into main",
      "auth could not be deployed at ",
      "auth was deployed at "
    ]
    let from = 0
    for (const phrase of phrases) {
      const at = stdout.indexOf(phrase, from)
      assert.isAtLeast(at, 0, `${phrase}, after\n${stdout.slice(0, from)}`)
      from = at
    }
    assert.strictEqual(stdout.trimEnd().split("\n").length, (await project.data("feature", "verify", "auth")).lines)
    const { operations } = await project.data("audit", "--feature", "auth", "--limit", "50")
    type Operation = Readonly<{ type: string; status: string; steps: ReadonlyArray<{ name: string; status: string }> }>
    const told = operations.map(({ status, steps, type }: Operation) =>
      [type, status, ...steps.map((step) => `${step.name} ${step.status}`)].join(", ")
    )
    const ran = [
      "feature-create, succeeded, establish-folder completed, begin-log completed",
      "impl, succeeded, fetch completed, add-worktree completed, record-worktree completed",
      "feature-gates, failed, gate-test failed, gate-smoke completed",
      "feature-gates, failed, gate-smoke failed",
      "feature-gates, succeeded, gate-test completed, gate-smoke completed",
      "feature-merge, failed, merge failed",
      "feature-merge, succeeded, merge completed",
      "feature-deploy, failed, deploy failed",
      "feature-deploy, succeeded, deploy completed",
      "done, succeeded, remove-worktree completed, delete-branch completed"
    ]
    let operation = -1
    for (const line of ran) {
      const at = told.findIndex((one: string, index: number) => index > operation && one.startsWith(line))
      assert.isAbove(at, operation, `${line}, in\n${told.join("\n")}`)
      operation = at
    }
  })
})
