import { type ProgressEvent, type Slipway, SlipwayError } from "@slipway/node-adapters"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { type FeatureProject, makeFeatureProject, qaPlan, qaResults } from "./fixtures/FeatureProject.ts"
import { git } from "./fixtures/SampleProject.ts"

const toml = `[lifecycle]
merge = "merge-commit"

[[lifecycle.gates]]
name = "test"
command = ["sh", "test.sh"]

[lifecycle.deploy]
command = ["sh", "deploy.sh"]
`

/** Code and exit code of a call that must be refused, with what it says. */
const refusalOf = async (call: Promise<unknown>) => {
  const error = await call.then(() => null, (reason: unknown) => reason)
  if (!(error instanceof SlipwayError)) throw new Error("the call should have been refused", { cause: error })
  const { code, exitCode, hint, message } = error
  return { how: [code, exitCode], message, hint }
}

describe("one feature, from idea to released, by a program", () => {
  let project: FeatureProject
  let client: Slipway
  let worktree: string
  beforeAll(async () => {
    project = await makeFeatureProject()
    project.commit(
      project.root,
      { "deploy.sh": "test -f live || { echo no server; exit 9; }; echo deployed $SLIPWAY_FEATURE\n" },
      "Begin"
    )
    project.configure(toml)
    client = await project.client()
    worktree = join(project.folder, `${project.name}-impl-auth`)
  })
  afterAll(() => project.remove())

  const coder = { as: "agent:coder" }
  const grace = { as: "human:grace" }
  const nextIs = async (...expected: readonly [action: string, rule: string, phase: string]) => {
    const next = await client.features.next("auth")
    assert.deepStrictEqual([next.action, next.rule, next.phase], expected)
    return next
  }
  const settle = async (artifact: Parameters<Slipway["features"]["submit"]>[1], text: string) => {
    project.write(`auth/${artifact}.md`, text)
    await client.features.submit("auth", artifact, coder)
    return client.features.approve("auth", artifact, grace)
  }
  /** What happened in one call, as `type step`, its notes left out, and these. */
  const watched = async <A>(call: (onProgress: (event: ProgressEvent) => void) => Promise<A>) => {
    const events: Array<ProgressEvent> = []
    const result = await call((event) => events.push(event))
    return {
      result,
      told: events.flatMap(({ kind, step, type }) => type === "note" ? [] : [`${kind} ${type} ${step ?? "-"}`]),
      notes: events.flatMap(({ step, text, type }) => type === "note" ? [`${step ?? "-"}: ${text}`] : [])
    }
  }

  it("is planned, with errors that a program can tell apart", async () => {
    const { features } = client
    assert.deepStrictEqual((await refusalOf(features.next("auth"))).how, ["feature-missing", 3])
    const { entry, next } = await features.create("auth", { ...coder, title: "Users can log in" })
    assert.deepStrictEqual([entry.seq, entry.event._tag, next.action], [1, "FeatureCreated", "create-spec"])
    assert.deepStrictEqual((await refusalOf(features.create("auth"))).how, ["feature-exists", 5])
    assert.deepStrictEqual((await refusalOf(features.create("../auth"))).how, ["name-invalid", 2])
    assert.deepStrictEqual((await refusalOf(features.submit("auth", "spec"))).how, ["artifact-missing", 3])
    assert.deepStrictEqual((await refusalOf(features.waive("auth", "review", "no"))).how, ["waiver-refused", 4])
    assert.deepStrictEqual((await refusalOf(features.comment("auth", "note", " "))).how, ["text-invalid", 2])
    assert.deepStrictEqual((await refusalOf(features.submit("auth", "spec", { as: "ada" }))).how, ["actor-invalid", 2])

    project.write("auth/spec.md", "# Spec\n")
    await features.submit("auth", "spec", coder)
    const own = await refusalOf(features.approve("auth", "spec", coder))
    assert.deepStrictEqual(own.how, ["approval-refused", 4])
    assert.include(own.hint, "agent:coder, who wrote it")
    const read = await refusalOf(features.approve("auth", "spec", { ...grace, sha256: "0".repeat(64) }))
    assert.deepStrictEqual(read.how, ["feature-conflict", 5])
    const { inputs, revision } = await nextIs("approve-spec", "spec-to-approve", "specified")
    const [input] = inputs
    const approval = { ...grace, ...(input === undefined ? {} : { sha256: input.sha256 }), key: "approval-1" }
    const stale = await refusalOf(features.approve("auth", "spec", { ...approval, expected: revision - 1 }))
    assert.deepStrictEqual(stale.how, ["revision-conflict", 5])
    const [one, other] = await Promise.all([1, 2].map(() => features.approve("auth", "spec", approval)))
    assert.deepStrictEqual(one?.entry, other?.entry)
    assert.sameMembers([one?.isReplay, other?.isReplay], [true, false])
    const reused = await refusalOf(features.reject("auth", "spec", "no", { ...grace, key: "approval-1" }))
    assert.deepStrictEqual(reused.how, ["key-reused", 5])

    await settle("design", "# Design\n")
    await settle("tasks", "- [ ] 1. Log in\n- [ ] 2. Log out\n")
    await settle("qa-plan", qaPlan)
    await nextIs("implement-task", "task-available", "implementation")
    assert.deepStrictEqual((await refusalOf(features.completeTask("auth", "task-009"))).how, ["task-missing", 3])
    assert.deepStrictEqual((await refusalOf(features.completeTask("auth", "task-001"))).how, ["branch-missing", 3])
    assert.deepStrictEqual((await refusalOf(features.gates("auth"))).how, ["branch-missing", 3])
  })

  it("is worked on, and its gates tell what they do", async () => {
    const { features } = client
    const made = await client.impl("auth", { offline: true })
    assert.strictEqual(made.worktree, worktree)
    const { worktree: told } = await nextIs("implement-task", "task-available", "implementation")
    assert.deepStrictEqual(told, { branch: "impl/auth", worktree, milestone: null, slot: null })
    for (const task of ["task-001", "task-002"]) {
      await features.startTask("auth", task, coder)
      const head = project.commit(worktree, { [task]: "done\n", "test.sh": "echo 3 tests failed; exit 3\n" }, task)
      await features.completeTask("auth", task, { ...coder, commits: [head] })
    }
    assert.strictEqual(project.read("auth/tasks.md"), "- [x] 1. Log in\n- [x] 2. Log out\n")

    const red = await watched((onProgress) => features.gates("auth", { onProgress }))
    assert.deepInclude(red.result.results[0], { gate: "test", passed: false, exitCode: 3 })
    assert.deepStrictEqual(red.told, [
      "feature-gates operation-started -",
      "feature-gates step-started gate-test",
      "feature-gates step-failed gate-test",
      "feature-gates operation-finished -"
    ])
    assert.include(red.notes.join("\n"), "3 tests failed")
    await nextIs("run-gates", "implementation-gates", "implementation")
    project.commit(worktree, { "test.sh": "git status > status.txt; git add .; git commit -qm moved\n" }, "Worse")
    const moving = await refusalOf(features.gates("auth"))
    assert.deepStrictEqual(moving.how, ["evidence-refused", 4])
    assert.include(moving.message, "the branch moved while the gate test ran")
    project.commit(worktree, { "test.sh": "exit 0\n" }, "Mend")
    assert.isTrue((await features.gates("auth")).results.every(({ passed }) => passed))
    await nextIs("create-review", "review-to-write", "review")
  })

  it("can be stopped while a gate runs, and then nothing is recorded", async () => {
    const { features } = client
    project.commit(worktree, { "test.sh": "echo begun $$\nexec sleep 600\n" }, "Slow")
    const { revision } = await features.next("auth")
    const controller = new AbortController()
    let sleeping = 0
    const { how } = await refusalOf(features.gates("auth", {
      signal: controller.signal,
      onProgress: ({ text, type }) => {
        const [, pid] = /^begun (\d+)$/u.exec(text) ?? []
        if (type !== "note" || pid === undefined) return
        sleeping = Number(pid)
        controller.abort()
      }
    }))
    assert.deepStrictEqual(how, ["interrupted", 130])
    assert.isAbove(sleeping, 0)
    assert.throws(() => process.kill(sleeping, 0), "ESRCH")
    assert.strictEqual((await features.next("auth")).revision, revision)
    git(worktree, "reset", "--quiet", "--hard", "HEAD~")
    await nextIs("create-review", "review-to-write", "review")
  })

  it("is reviewed, tested, merged at the second attempt, deployed at the second attempt", async () => {
    const { features } = client
    const judge = async (round: string) => {
      await settle("review", `# Review, ${round}\n`)
      if (round === "first") await features.waive("auth", "audit", "no new dependency", grace)
      await settle("qa-results", qaResults(true, round))
      await nextIs("merge", "to-merge", "merge")
    }
    project.write("auth/review.md", "# Review\n")
    await features.submit("auth", "review", { as: "agent:reviewer" })
    const own = await refusalOf(features.approve("auth", "review", coder))
    assert.deepStrictEqual(own.how, ["approval-refused", 4])
    assert.include(own.message, "agent:coder wrote the code")
    await judge("first")

    const main = project.commit(project.root, { "task-001": "main's own\n" }, "Main goes on")
    const events: Array<string> = []
    const conflict = await refusalOf(features.merge("auth", {
      onProgress: ({ kind, step, type }) => events.push(`${kind} ${type} ${step ?? "-"}`)
    }))
    assert.deepStrictEqual(conflict.how, ["merge-conflict", 5])
    assert.include(conflict.message, "task-001")
    assert.include(events, "feature-merge step-failed merge")
    assert.deepStrictEqual([project.git("rev-parse", "HEAD").trim(), project.git("status", "--porcelain")], [main, ""])
    assert.deepStrictEqual((await nextIs("resolve-conflict", "merge-conflict", "merge")).files, ["task-001"])
    assert.throws(() => git(worktree, "merge", "--quiet", "main"))
    project.commit(worktree, { "task-001": "both\n" }, "Merge main")
    await nextIs("run-gates", "implementation-gates", "implementation")
    await features.gates("auth")
    await judge("second")
    assert.deepStrictEqual((await refusalOf(features.deploy("auth"))).how, ["feature-conflict", 5])

    const merged = await watched((onProgress) => features.merge("auth", { onProgress, message: "Users can log in" }))
    assert.deepInclude(merged.result, {
      how: "merge-commit",
      into: "main",
      commit: project.git("rev-parse", "HEAD").trim()
    })
    assert.deepStrictEqual(merged.told, [
      "feature-merge operation-started -",
      "feature-merge step-started merge",
      "feature-merge step-succeeded merge",
      "feature-merge operation-finished -"
    ])
    const failed = await watched((onProgress) => features.deploy("auth", { onProgress }))
    assert.deepInclude(failed.result, { succeeded: false, exitCode: 9 })
    assert.include(failed.notes.join("\n"), "no server")
    assert.strictEqual(failed.result.next.rule, "to-deploy")
    project.commit(project.root, { live: "" }, "Raise the server")
    const deployed = await watched((onProgress) => features.deploy("auth", { onProgress }))
    assert.isTrue(deployed.result.succeeded)
    assert.include(deployed.notes.join("\n"), "deployed auth")
    assert.include(deployed.told, "feature-deploy step-succeeded deploy")

    project.git("push", "--quiet")
    const removed = await client.done("auth")
    assert.deepStrictEqual([removed.branchKept, existsSync(worktree)], [null, false])
    await nextIs("done", "released", "released")
  })

  it("shows all that it is, and how it came about", async () => {
    const { features } = client
    const { entries, torn } = await features.log("auth")
    const { lines } = await features.verify("auth")
    const standing = await features.show("auth")
    assert.deepStrictEqual([entries.length, torn, standing.revision, standing.phase], [lines, 0, lines, "released"])
    const { features: listed, unreadable } = await features.list()
    assert.deepStrictEqual(listed.map(({ feature, next, phase }) => [feature, phase, next.action]), [
      ["auth", "released", "done"]
    ])
    assert.deepStrictEqual(unreadable, [])
    const { rules } = await features.explain("auth")
    assert.deepStrictEqual(rules.filter(({ holds }) => holds).map(({ rule }) => rule), ["released"])
    const { entries: operations } = await client.audit({ feature: "auth" })
    assert.includeMembers(operations.map(({ type }) => type), [
      "feature-create",
      "feature-gates",
      "feature-merge",
      "feature-deploy",
      "done"
    ])
    const log = join(project.root, ".ai/projects/auth/events.jsonl")
    assert.strictEqual(readFileSync(log, "utf8").trimEnd().split("\n").length, lines)
  })
})
