import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, describe, it } from "vitest"
import { commandLineOf, skipsEngine } from "./fixtures/CommandLine.ts"
import { startFakeEngine } from "./fixtures/FakeEngine.ts"
import { type FeatureProject, makeFeatureProject, qaPlan, qaResults, unmarked } from "./fixtures/FeatureProject.ts"
import { kiroSpecs, writeFiles } from "./fixtures/KiroSpecs.ts"
import { neverAnswered } from "./fixtures/PublishedSchema.ts"
import { git } from "./fixtures/SampleProject.ts"

const light =
  `[lifecycle]\nprofile = "light"\nwaivable = ["design", "tasks", "qa-plan", "review", "audit", "qa-results"]\n`

describe("calls that change features", () => {
  let project: FeatureProject
  afterEach(() => project.remove())

  const worktreeOf = (name: string): string => join(project.folder, `${project.name}-impl-${name}`)
  const refsOf = (): string => project.git("for-each-ref")
  const journal = (): ReadonlyArray<string> => {
    const folder = join(project.home, "journal")
    return existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted() : []
  }

  /** Rehearses a command, which must not change a byte, then does it: what was said is what happens. */
  const rehearsed = async (command: string, ...words: ReadonlyArray<string>) => {
    const parts = [...command.split(" "), "auth", ...words]
    const before = [project.snapshot(), refsOf(), journal()]
    const dry = await project.data("feature", ...parts, "--dry-run")
    assert.deepStrictEqual([project.snapshot(), refsOf(), journal()], before, parts.join(" "))
    assert.isTrue(dry.dryRun)
    const done = await project.data("feature", ...parts)
    assert.isFalse(done.dryRun)
    assert.notDeepEqual(project.snapshot(), before[0], parts.join(" "))
    if (dry.event !== undefined) {
      assert.deepStrictEqual([dry.event, dry.actor], [done.entry.event, done.entry.actor], parts.join(" "))
    }
    return { dry, done }
  }

  it("can be rehearsed, each and every one, without changing a byte", async () => {
    project = await makeFeatureProject({
      toml: `[lifecycle.deploy]\ncommand = ["true"]\n[[lifecycle.gates]]\nname = "test"\ncommand = ["true"]\n`
    })
    await project.data("feature", "create", "base")
    project.commit(project.root, {}, "Ignore what features write")
    await rehearsed("create", "--title", "Users can log in", "--format", "codev")
    project.write("auth/spec.md", "# Spec\n")
    await rehearsed("submit", "spec")
    await rehearsed("reject", "spec", "--reason", "too short")
    project.write("auth/spec.md", "# Spec\n\nLonger.\n")
    await rehearsed("submit", "spec")
    await rehearsed("approve", "spec")
    await rehearsed("waive", "design", "--reason", "small")
    await rehearsed("waive", "design", "--revoke", "--reason", "not small")
    await rehearsed("waive", "design", "--reason", "small after all")
    await rehearsed("waive", "tasks", "--reason", "by hand")
    await rehearsed("waive", "audit", "--reason", "no new dependency")
    await rehearsed("comment", "frozen", "--kind", "blocker")
    await rehearsed("resolve", "comment-001", "--answer", "free")
    await rehearsed("depend", "base")
    await rehearsed("depend", "base", "--remove")
    for (const title of ["Store", "Page", "Colours"]) await rehearsed("task add", title)
    await rehearsed("task depend", "task-002", "task-001")
    await rehearsed("task depend", "task-002", "task-001", "--remove")
    await rehearsed("task cancel", "task-003", "--reason", "not wanted")
    await rehearsed("task block", "task-002", "--reason", "vendor")
    await rehearsed("task unblock", "task-002", "--reason", "answered")
    await rehearsed("archive", "--reason", "bought")
    await rehearsed("restore", "--reason", "not bought")
    const { features, impl } = await project.client()
    const settle = async (artifact: "qa-plan" | "qa-results" | "review", text: string) => {
      project.write(`auth/${artifact}.md`, text)
      await features.submit("auth", artifact)
      await features.approve("auth", artifact)
    }
    await settle("qa-plan", qaPlan)
    await impl("auth", { offline: true })
    const head = project.commit(worktreeOf("auth"), { "store.txt": "store\n" }, "Store")
    await rehearsed("task start", "task-001")
    await rehearsed("task complete", "task-001")
    await features.completeTask("auth", "task-002")
    const { dry: gates } = await rehearsed("gates")
    assert.deepInclude(gates, { commit: head, worktree: worktreeOf("auth") })
    await settle("review", "# Review\n")
    await settle("qa-results", qaResults(true, "once"))
    const { done: merged, dry: merge } = await rehearsed("merge")
    assert.deepStrictEqual([merge.how, merge.head, merge.conflicts], [merged.how, merged.head, []])
    const { done: deployed, dry: deploy } = await rehearsed("deploy")
    assert.strictEqual(deploy.commit, deployed.commit)
    assert.strictEqual(deployed.next.action, "done")

    // What only looks changes nothing either, and says it all.
    const before = [project.snapshot(), refsOf(), journal()]
    const { rules } = await project.data("feature", "next", "auth", "--explain")
    assert.deepStrictEqual(rules.filter(({ holds }: { holds: boolean }) => holds).length, 1)
    const { entries } = await project.data("feature", "log", "auth")
    const { lines } = await project.data("feature", "verify", "auth")
    const shown = await project.data("feature", "show", "auth")
    const { features: listed } = await project.data("feature", "list")
    assert.deepStrictEqual([entries.length, shown.revision, listed.length], [lines, lines, 2])
    assert.deepStrictEqual([project.snapshot(), refsOf(), journal()], before)
    assert.deepStrictEqual(neverAnswered("feature-"), [])
  })

  it("have the first one's result when they are repeated under their key, also all at once", async () => {
    project = await makeFeatureProject()
    await project.data("feature", "create", "auth")
    const once = (text: string) =>
      project.slipway("feature", "comment", "auth", text, "--idempotency-key", "remark-1", "--as", "agent:coder")
    const runs = await Promise.all(Array.from({ length: 5 }, () => once("only once")))
    assert.deepStrictEqual(runs.map(({ code, envelope }) => [code, envelope.data?.revision]), runs.map(() => [0, 2]))
    assert.strictEqual(runs.filter(({ envelope }) => envelope.data.replayed === false).length, 1)
    const later = await once("only once")
    assert.deepStrictEqual([later.envelope.data.replayed, later.envelope.data.entry.seq], [true, 2])
    const other = await once("something else")
    assert.deepStrictEqual([other.code, other.envelope.error?.code], [5, "key-reused"])
    const keyed = ["--idempotency-key", "remark-1", "--as", "agent:coder", "--dry-run"]
    const dry = await project.refusal("feature", "comment", "auth", "something else", ...keyed)
    assert.deepStrictEqual([dry.exit, dry.code], [5, "key-reused"])
    const again = await project.data("feature", "comment", "auth", "only once", ...keyed)
    assert.deepStrictEqual(again.event, later.envelope.data.entry.event)
    assert.strictEqual((await project.data("feature", "verify", "auth")).lines, 2)
  })

  it("are refused when somebody was faster than what the caller saw", async () => {
    project = await makeFeatureProject()
    const { revision } = await project.data("feature", "create", "auth")
    const seen = ["--expect-revision", String(revision)]
    const runs = await Promise.all(
      ["one", "two", "three"].map((text) => project.slipway("feature", "comment", "auth", text, ...seen))
    )
    assert.deepStrictEqual(runs.map(({ code }) => code).toSorted(), [0, 5, 5])
    for (const { code, envelope } of runs) if (code === 5) assert.strictEqual(envelope.error?.code, "revision-conflict")
    const late = await project.refusal("feature", "comment", "auth", "late", ...seen)
    assert.deepStrictEqual([late.exit, late.code], [5, "revision-conflict"])
    assert.include(late.message, "2")
    const dry = await project.refusal("feature", "comment", "auth", "late", ...seen, "--dry-run")
    assert.deepStrictEqual([dry.exit, dry.code], [5, "revision-conflict"])
  })

  it("record each milestone's worktree, and ask for the work of one that the next does not have", async () => {
    project = await makeFeatureProject({ toml: light })
    const auth = project.feature("auth")
    await auth.step(["create"])
    await auth.settle("spec", "# Spec\n")
    for (const title of ["Log in", "Log out"]) await auth.step(["task", "add", title])
    const open = ["implement-task", "task-available", "implementation"] as const
    await project.data("impl", "auth/M1", "--offline")
    const one = await auth.stands(open, 1)
    const milestones = async () =>
      (await project.data("feature", "show", "auth")).worktrees.map(({ milestone }: Record<string, string>) =>
        milestone
      )
    const [first, second] = [worktreeOf("auth-M1"), worktreeOf("auth-M2")]
    assert.deepStrictEqual(one.worktree, { branch: "impl/auth-M1", worktree: first, milestone: "M1", slot: null })
    project.commit(first, { "login.txt": "login\n" }, "Log in")
    await auth.step(["task", "complete", "task-001"], open)

    await project.data("impl", "auth/M2", "--offline")
    // A fresh branch takes nothing over; one with work on it must have all of it.
    const fresh = await auth.stands(open, 1)
    assert.deepStrictEqual([fresh.task_id, fresh.worktree.branch], ["task-002", "impl/auth-M1"])
    project.commit(second, { "notes.txt": "begun\n" }, "Begin")
    const two = await auth.stands(["implement-task", "task-without-commits", "implementation"])
    assert.strictEqual(two.task_id, "task-001")
    assert.deepStrictEqual(two.worktree, { branch: "impl/auth-M2", worktree: second, milestone: "M2", slot: null })
    assert.deepStrictEqual(await milestones(), ["M1", "M2"])
    project.git("merge", "--quiet", "impl/auth-M1")
    project.git("push", "--quiet")
    await project.data("done", "auth-M1")
    assert.deepStrictEqual(await milestones(), ["M2"])
    git(second, "merge", "--quiet", "--no-edit", "main")
    assert.strictEqual((await auth.stands(open)).task_id, "task-002")
    project.commit(second, { "logout.txt": "logout\n" }, "Log out")
    await auth.step(["task", "complete", "task-002"], ["create-review", "review-to-write", "review"])
    // What nobody began is no feature, and gets a worktree as ever.
    await project.data("impl", "other/M1", "--offline")
    const missing = await project.refusal("feature", "next", "other")
    assert.deepStrictEqual([missing.exit, missing.code], [3, "feature-missing"])
  })

  it.skipIf(skipsEngine)("record the slot of a worktree with a sandbox", async () => {
    project = await makeFeatureProject({ docker: true, toml: light })
    const engine = await startFakeEngine(project.folder)
    try {
      await project.data("feature", "create", "auth")
      const { json } = commandLineOf(project)
      const variables = { ...unmarked, ...engine.variables }
      const made = await json(["impl", "auth", "--offline"], { variables })
      assert.strictEqual(made.code, 0, made.stdout + made.stderr)
      const next = await project.data("feature", "next", "auth")
      assert.isNumber(next.worktree.slot)
      assert.deepStrictEqual(next.worktree.slot, made.envelope.data.slot.number)
      const { worktrees } = await project.data("feature", "show", "auth")
      assert.deepStrictEqual(worktrees.map(({ slot }: { slot: number }) => slot), [next.worktree.slot])
      const done = await json(["done", "auth"], { variables })
      assert.strictEqual(done.code, 0, done.stdout + done.stderr)
      assert.isUndefined((await project.data("feature", "next", "auth")).worktree)
    } finally {
      await engine.close()
    }
  })

  it("make a feature of a Kiro project that was migrated, without moving a word", async () => {
    project = await makeFeatureProject()
    writeFiles(join(project.root, ".kiro/specs"), kiroSpecs)
    await project.data("project", "migrate")
    const texts = Object.entries(kiroSpecs).filter(([path]) => path.startsWith("order-history/"))
    const assertAsWritten = (changed: Readonly<Record<string, string>> = {}) => {
      for (const [path, text] of texts) {
        assert.strictEqual(project.read(path), changed[path] ?? text, path)
        assert.strictEqual(readFileSync(join(project.root, ".kiro/specs", path), "utf8"), changed[path] ?? text, path)
      }
    }
    assertAsWritten()
    const orders = project.feature("order-history")
    const created = await orders.step(["create"], ["create-spec", "spec-to-write", "draft"])
    assert.strictEqual(created.next.path, ".ai/projects/order-history/requirements.md")
    await orders.step(["submit", "spec", "--as", "agent:kiro"], ["approve-spec", "spec-to-approve", "specified"])
    await orders.step(["approve", "spec"])
    await orders.step(["submit", "design", "--as", "agent:kiro"])
    await orders.step(["approve", "design"])
    const { entry } = await orders.step(["submit", "tasks", "--as", "agent:kiro"])
    assert.deepStrictEqual(
      entry.event.tasks.map(({ label, title }: Record<string, string>) => `${label} ${title}`),
      [
        "1 Set up the endpoint",
        "2.1 Build the list component",
        "2.2 Show the empty state",
        "3.1 Add the button",
        "3.2 Fill the cart"
      ]
    )
    await orders.step(["approve", "tasks"], ["create-qa-plan", "qa-plan-to-write", "ready"])
    await orders.step(["waive", "qa-plan", "--reason", "a page"], [
      "implement-task",
      "task-available",
      "implementation"
    ])
    assertAsWritten()

    await project.data("impl", "order-history", "--offline")
    project.commit(worktreeOf("order-history"), { "empty.txt": "none\n" }, "Show the empty state")
    await orders.stands(["implement-task", "task-available", "implementation"], 1)
    await orders.step(["task", "complete", "task-003"])
    const path = "order-history/tasks.md"
    assertAsWritten({ [path]: kiroSpecs[path]?.replace("- [-] 2.2", "- [x] 2.2") ?? "" })
    assert.isFalse(existsSync(join(project.root, ".kiro/specs/order-history/spec.md")))
    const { format } = JSON.parse(project.read("order-history/metadata.json"))
    assert.strictEqual(format, "kiro")
  })
})
