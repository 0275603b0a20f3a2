import { existsSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, describe, it } from "vitest"
import { commandLineOf } from "./fixtures/CommandLine.ts"
import {
  type FeatureProject,
  type FeatureWalk,
  makeFeatureProject,
  type Standing,
  unmarked
} from "./fixtures/FeatureProject.ts"
import { git } from "./fixtures/SampleProject.ts"

const everything = `waivable = ["spec", "design", "tasks", "qa-plan", "review", "audit", "qa-results"]`
const light = `[lifecycle]\nprofile = "light"\n`
const quick = `${light}${everything}\n`

describe("what a project says about the lives of its features", () => {
  let project: FeatureProject
  afterEach(() => project.remove())

  const worktreeOf = (name: string): string => join(project.folder, `${project.name}-impl-${name}`)
  const headOf = (directory: string): string => git(directory, "rev-parse", "HEAD").trim()
  const refused = async (...words: ReadonlyArray<string>) => {
    const { code, exit, hint, message } = await project.refusal("feature", ...words)
    return { how: [exit, code], message, hint }
  }
  const statusOf = async (name: string): Promise<Readonly<Record<string, string>>> =>
    Object.fromEntries(
      (await project.data("feature", "show", name)).artifacts.map((one: Record<string, string>) => [
        one["artifact"],
        one["status"]
      ])
    )

  /** A feature of a project where everything can be waived, with a commit on its branch. */
  const begun = async (name: string, files: Readonly<Record<string, string>>, standing: Standing) => {
    const walk = project.feature(name)
    const { features, impl } = await project.client()
    await features.create(name)
    for (const artifact of ["spec", "review", "qa-results"] as const) await features.waive(name, artifact, "a trifle")
    await impl(name, { offline: true })
    const worktree = worktreeOf(name)
    project.commit(worktree, files, `Work on ${name}`)
    await walk.stands(standing, 5)
    return { walk, worktree }
  }
  const toMerge = ["merge", "to-merge", "merge"] as const
  const nothingCommitted = ["implement-task", "nothing-committed", "implementation"] as const
  const toReview = ["create-review", "review-to-write", "review"] as const

  it("light waives by policy what a small change does not need, and each waiver can be taken back", async () => {
    project = await makeFeatureProject({ toml: light })
    const small = project.feature("small")
    const { entry } = await small.step(["create"], ["create-spec", "spec-to-write", "draft"])
    assert.deepStrictEqual(
      [entry.event.profile, ...entry.event.waived.map(({ artifact }: Record<string, string>) => artifact)],
      ["light", "design", "tasks", "qa-plan", "audit"]
    )
    const { artifacts } = await project.data("feature", "show", "small")
    for (const artifact of ["design", "tasks", "qa-plan", "audit"]) {
      assert.deepInclude(artifacts.find((one: Record<string, string>) => one["artifact"] === artifact), {
        status: "waived",
        decidedBy: { kind: "system", id: "slipway" },
        reason: "the project's profile is light"
      })
    }
    project.write("small/spec.md", "# Spec\n\nA button.\n")
    await small.step(["submit", "spec"], ["approve-spec", "spec-to-approve", "specified"])
    const approved = await small.step(["approve", "spec"], nothingCommitted)
    assert.isTrue(approved.entry.event.selfApproved)
    await project.data("impl", "small", "--offline")
    await small.stands(nothingCommitted, 1)
    project.commit(worktreeOf("small"), { "button.txt": "a button\n" }, "A button")
    await small.stands(toReview)

    // Back to where it is missing, and forward again at once, as nothing else was undone.
    await small.step(["waive", "design", "--revoke", "--reason", "it grew"], [
      "create-design",
      "design-to-write",
      "planned"
    ])
    await small.settle("design", "# Design\n\nA round button.\n", toReview)
    assert.deepStrictEqual((await refused("waive", "small", "design", "--revoke", "--reason", "again")).how, [
      5,
      "feature-conflict"
    ])
    await small.step(["waive", "tasks", "--revoke", "--reason", "it grew"], [
      "create-tasks",
      "tasks-to-write",
      "ready"
    ])
    await small.step(["waive", "tasks", "--reason", "it did not"], toReview)
    const review = await refused("waive", "small", "review", "--reason", "trust me")
    assert.deepStrictEqual(review.how, [4, "waiver-refused"])
    assert.include(review.hint, "audit can")

    // The features that were there keep what was waived for them.
    project.configure(`[lifecycle]\nprofile = "standard"\n`)
    await small.stands(toReview)
    await project.data("feature", "create", "large")
    assert.deepInclude(await statusOf("large"), { design: "missing", audit: "missing" })
  })

  it("approvers are of the kinds that it names, and without self-approval nobody is their own judge", async () => {
    project = await makeFeatureProject({
      toml: `[lifecycle]
self_approval = false
waivable = ["design"]
[lifecycle.approvers]
design = ["human"]
tasks = ["agent"]
`
    })
    const auth = project.feature("auth")
    await auth.step(["create"])
    project.write("auth/spec.md", "# Spec\n")
    await auth.step(["submit", "spec", "--as", "human:ada"])
    const own = await refused("approve", "auth", "spec", "--as", "human:ada")
    assert.deepStrictEqual(own.how, [4, "approval-refused"])
    assert.include(own.message, "human:ada wrote it")
    assert.include(own.hint, "an agent or a human, but not human:ada, who wrote it")
    const designing = ["create-design", "design-to-write", "planned"] as const
    await auth.step(["approve", "spec", "--as", "agent:critic"], designing)

    project.write("auth/design.md", "# Design\n")
    const { next } = await auth.step(["submit", "design", "--as", "agent:coder"], [
      "approve-design",
      "design-to-approve",
      "planned"
    ])
    assert.strictEqual(next.actor, "human")
    for (const words of [["approve"], ["reject", "--reason", "no"], ["waive", "--reason", "no"]]) {
      const [verb = "", ...rest] = words
      const kind = await refused(verb, "auth", "design", ...rest, "--as", "agent:critic")
      assert.deepStrictEqual(kind.how, [4, "approval-refused"], verb)
      assert.include(kind.message, "the project leaves that to a human")
    }
    await auth.step(["approve", "design", "--as", "human:ada"], ["create-tasks", "tasks-to-write", "ready"])
    project.write("auth/tasks.md", "- [ ] 1. Log in\n")
    await auth.step(["submit", "tasks", "--as", "agent:coder"])
    const tasks = await refused("approve", "auth", "tasks", "--as", "human:ada")
    assert.include(tasks.hint, "it can be done by an agent, but not agent:coder, who wrote it")
    await auth.step(["approve", "tasks", "--as", "agent:critic"], ["create-qa-plan", "qa-plan-to-write", "ready"])
    const plan = await refused("waive", "auth", "qa-plan", "--reason", "obvious", "--as", "human:ada")
    assert.deepStrictEqual(plan.how, [4, "waiver-refused"])
    const { json } = commandLineOf(project)
    const marked = (...words: ReadonlyArray<string>) =>
      json(["feature", "comment", "auth", "hello", ...words], { variables: { ...unmarked, CLAUDECODE: "1" } })
    const claim = await marked("--as", "human:ada")
    assert.deepStrictEqual([claim.code, claim.envelope.error?.code], [4, "actor-refused"])
    const { envelope } = await marked()
    assert.deepStrictEqual(envelope.data.entry.actor, { kind: "agent", id: "claude-code" })
    const nobody = await refused("approve", "auth", "spec", "--as", "system:slipway")
    assert.deepStrictEqual(nobody.how, [2, "actor-invalid"])
  })

  it("gates can guard any phase with a commit", async () => {
    const phases = ["review", "audit", "qa", "merge"]
    const tables = phases.map((phase) =>
      `[[lifecycle.gates]]\nname = "${phase}-gate"\nphase = "${phase}"
command = ["sh", "gate.sh", "${phase}"]\n`
    )
    project = await makeFeatureProject({ toml: `${quick}${tables.join("")}` })
    const script = "echo $SLIPWAY_FEATURE $SLIPWAY_GATE $SLIPWAY_COMMIT $1\n"
    const { walk, worktree } = await begun("auth", { "gate.sh": script }, ["run-gates", "review-gates", "review"])
    for (const [index, phase] of phases.entries()) {
      const ran = await project.data("feature", "gates", "auth", "--gate", `${phase}-gate`)
      assert.deepStrictEqual(ran.results.map(({ gate, passed }: Record<string, unknown>) => [gate, passed]), [
        [`${phase}-gate`, true]
      ])
      assert.strictEqual(
        project.read(ran.results[0].output.slice(".ai/projects/".length)),
        `auth ${phase}-gate ${headOf(worktree)} ${phase}\n`
      )
      const following = phases[index + 1]
      await walk.stands(
        following === undefined ? toMerge : ["run-gates", `${following}-gates`, following] as const,
        1
      )
    }
    // Another command is another gate.
    project.configure(`${quick}${tables.join("").replace(`"gate.sh", "qa"`, `"gate.sh", "more"`)}`)
    assert.deepStrictEqual((await walk.stands(["run-gates", "qa-gates", "qa"])).gates, ["qa-gate"])
    const unknown = await refused("gates", "auth", "--gate", "lint")
    assert.deepStrictEqual(unknown.how, [3, "gate-missing"])
    assert.include(unknown.hint, "qa-gate")
  })

  it("merges are made as it says, or not at all", async () => {
    project = await makeFeatureProject({ toml: quick })
    const first = await begun("first", { "first.txt": "1\n" }, toMerge)
    const second = await begun("second", { "second.txt": "2\n" }, toMerge)
    const third = await begun("third", { "third.txt": "3\n" }, toMerge)
    const how = async (name: string) => (await project.data("feature", "merge", name)).how
    const deploying = ["deploy", "to-deploy", "released"] as const
    assert.strictEqual(await how("first"), "fast-forward")
    assert.strictEqual(headOf(project.root), headOf(first.worktree))
    await first.walk.stands(deploying, 1)
    assert.strictEqual(await how("second"), "merge-commit")
    await second.walk.stands(deploying, 1)

    project.configure(`${quick}merge = "fast-forward-only"\n`)
    const before = headOf(project.root)
    for (const dry of [[], ["--dry-run"]]) {
      const diverged = await refused("merge", "third", ...dry)
      assert.deepStrictEqual(diverged.how, [1, "git-failed"])
      assert.include(diverged.message, "main and impl/third have diverged")
      assert.include(diverged.hint, "rebase")
    }
    assert.strictEqual(headOf(project.root), before)
    await third.walk.stands(toMerge)
    git(third.worktree, "rebase", "--quiet", "main")
    await third.walk.stands(toMerge)
    assert.strictEqual(await how("third"), "fast-forward")
    await third.walk.stands(deploying, 1)
    // The branch goes on after it was merged: what was merged is not all.
    project.commit(third.worktree, { "third.txt": "3 and more\n" }, "More")
    await third.walk.stands(toMerge)
    git(third.worktree, "reset", "--quiet", "--hard", "HEAD~")
    await third.walk.stands(deploying)

    const unknown = await refused("deploy", "third")
    assert.deepStrictEqual(unknown.how, [3, "deployment-unconfigured"])
    const early = await refused("deploy", "third", "--record", "https://ci.example.org/1", "--commit", "main~1")
    assert.deepStrictEqual(early.how, [4, "evidence-refused"])
    const record = await project.data("feature", "deploy", "third", "--record", "https://ci.example.org/1")
    assert.deepInclude(record, { succeeded: true, reference: "https://ci.example.org/1", commit: headOf(project.root) })
    await third.walk.stands(["done", "released", "released"], 1)
  })

  it("features wait for one another, never in a circle, and an archived one rests", async () => {
    project = await makeFeatureProject({ toml: quick })
    const { features } = await project.client()
    const trifle = async (name: string): Promise<FeatureWalk> => {
      const walk = project.feature(name)
      await features.create(name)
      await features.waive(name, "spec", "a trifle")
      await walk.stands(nothingCommitted, 2)
      return walk
    }
    const [base, middle, top] = [await trifle("base"), await trifle("middle"), await trifle("top")]
    const waiting = ["wait-for-dependency", "dependency-open", "ready"] as const
    const { next } = await middle.step(["depend", "base"], waiting)
    assert.deepStrictEqual([next.blocked_by, next.actor], [["base"], "nobody"])
    await top.step(["depend", "middle"], waiting)
    const circle = await refused("depend", "base", "top")
    assert.deepStrictEqual(circle.how, [5, "dependency-cycle"])
    assert.include(circle.message, "base → top → middle → base")
    assert.include((await refused("depend", "base", "base")).message, "base → base")
    const typo = await refused("depend", "base", "midle")
    assert.deepStrictEqual(typo.how, [3, "feature-missing"])
    assert.include(typo.hint, "did you mean middle?")

    for (const artifact of ["review", "qa-results"] as const) await features.waive("base", artifact, "a trifle")
    await project.data("impl", "base", "--offline")
    project.commit(worktreeOf("base"), { "base.txt": "base\n" }, "Base")
    await project.data("feature", "merge", "base")
    await middle.stands(waiting)
    await project.data("feature", "deploy", "base", "--record", "https://ci.example.org/1")
    await base.stands(["done", "released", "released"], 5)
    await middle.stands(nothingCommitted)
    await top.stands(waiting)
    await top.step(["depend", "middle", "--remove"], nothingCommitted)

    const listed = async (...flags: ReadonlyArray<string>): Promise<ReadonlyArray<string>> =>
      (await project.data("feature", "list", ...flags)).features.map(({ action, feature, phase }: Record<
        string,
        string
      >) => `${feature} ${phase} ${action}`).toSorted()
    await top.step(["archive", "--reason", "bought instead"])
    const here = ["base released done", "middle implementation implement-task"]
    assert.deepStrictEqual(await listed(), here)
    assert.deepStrictEqual(await listed("--archived"), [...here, "top implementation done"])
    const resting = await refused("comment", "top", "hello")
    assert.deepStrictEqual(resting.how, [5, "feature-conflict"])
    assert.include(resting.message, "bought instead")
    await top.stands(["done", "archived", "implementation"])
    await top.step(["restore", "--reason", "the vendor is gone"], nothingCommitted)
    assert.isFalse(existsSync(worktreeOf("top")))
  })
})
