import { appendFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { commitFile, type FeatureRuns, featuresOf, makeLifecycleProject } from "./fixtures/FeatureRuns.ts"
import type { Refusal } from "./fixtures/Refusals.ts"
import { git, type SampleProject } from "./fixtures/SampleProject.ts"

const refusal = (exit: number, code: string, says: string, hint: string): Refusal => ({
  exit,
  code,
  says: [says],
  hint
})
const conflict = (says: string, hint: string) => refusal(5, "feature-conflict", says, hint)

type Case = readonly [args: string, expected: Refusal]

/** Words of a command, as a shell takes them apart: what is between ' is one. */
const words = (line: string): ReadonlyArray<string> =>
  [...line.matchAll(/'([^']*)'|(\S+)/gu)].map(([, quoted, plain]) => quoted ?? plain ?? "")

describe("what a feature refuses", () => {
  let project: SampleProject
  let features: FeatureRuns
  beforeAll(async () => {
    project = await makeLifecycleProject()
    features = featuresOf(project)
  })
  afterAll(() => project.remove())

  const allRefused = async (cases: ReadonlyArray<Case>): Promise<void> => {
    for (const [line, expected] of cases) await features.refused(words(line), expected)
  }

  it("features that are not there, and such that are", async () => {
    await features.ok(["create", "alpha", "--title", "Alpha"])
    const missing = (name: string, hint: string) => refusal(3, "feature-missing", `there is no feature ${name}`, hint)
    for (const command of ["next", "show", "log", "verify", "gates", "merge", "deploy"]) {
      await features.refused([command, "billing"], missing("billing", "`slipway feature create billing` begins it"))
    }
    await allRefused([
      ["next alhpa", missing("alhpa", "did you mean alpha?")],
      ["submit alhpa spec", missing("alhpa", "did you mean alpha?")],
      ["comment billing hello", missing("billing", "`slipway feature list` shows all")],
      ["depend alpha billing", missing("billing", "`slipway feature list` shows all")],
      ["create alpha", refusal(5, "feature-exists", "there is a feature alpha already", "slipway feature show alpha")]
    ])
    // A dry run is refused as the command is.
    await allRefused([
      ["create alpha --dry-run", refusal(5, "feature-exists", "already", "take another name")],
      ["submit alpha spec --dry-run", refusal(3, "artifact-missing", "there is no spec of alpha", "write")]
    ])
    assert.strictEqual((await features.sound("alpha")).length, 1)
  })

  it("texts that are not there, and decisions about them", async () => {
    const submit = "slipway feature submit alpha"
    await allRefused([
      [
        "submit alpha spec",
        refusal(3, "artifact-missing", ".ai/projects/alpha/spec.md does not exist", `\`${submit} spec\``)
      ],
      ["approve alpha spec", conflict("alpha: no spec has been submitted", `${submit} spec`)],
      ["reject alpha design --reason no", conflict("no design has been submitted", `${submit} design`)],
      ["waive alpha spec --revoke --reason no", conflict("the spec is not waived", "slipway feature show alpha")],
      ["submit alpha plan", refusal(2, "usage-error", "ARTIFACT cannot be \"plan\"", "slipway feature submit --help")],
      [
        "waive alpha review --reason 'no time'",
        refusal(
          4,
          "waiver-refused",
          "the review cannot be waived in this project",
          "spec, design, tasks, qa-plan, audit can"
        )
      ],
      ["merge alpha", conflict("the next step is create-spec, not merge", "--explain")],
      ["deploy alpha", conflict("the next step is create-spec, not deploy", "--explain")],
      ["gates alpha", conflict("the project has no gates", "[[lifecycle.gates]]")],
      ["gates alpha --gate lint", conflict("the project has no gates", "[[lifecycle.gates]]")]
    ])

    features.write("alpha", "spec.md", "# Alpha\n")
    await features.ok(["submit", "alpha", "spec"])
    await allRefused([
      ["submit alpha spec", conflict("the spec is submitted as it stands", "slipway feature next alpha")],
      [
        `approve alpha spec --sha256 ${"0".repeat(64)}`,
        conflict(`not ${"0".repeat(64)}`, "read .ai/projects/alpha/spec.md again")
      ]
    ])
    features.write("alpha", "spec.md", "# Alpha, edited\n")
    await allRefused([["approve alpha spec", conflict("The spec was edited since", `${submit} spec`)]])
    await features.ok(["submit", "alpha", "spec"])
    await features.ok(["reject", "alpha", "spec", "--reason", "too short", "--as", "human:bob"])
    await allRefused([
      ["approve alpha spec", conflict("the spec was rejected by human:bob: too short", "submit it again")],
      ["reject alpha spec --reason again", conflict("the spec is rejected already", "says why")],
      ["submit alpha spec", conflict("the spec was rejected as it stands: too short", "change it")]
    ])
    await features.settle("alpha", "spec", "# Alpha at length\n")
    await allRefused([
      ["approve alpha spec", conflict("the spec is approved already", "slipway feature next alpha")],
      ["submit alpha spec", conflict("the spec is approved as it stands", "slipway feature next alpha")]
    ])
    await features.ok(["waive", "alpha", "design", "--reason", "small"])
    await allRefused([
      ["waive alpha design --reason small", conflict("the design is waived already", "slipway feature show alpha")]
    ])
    assert.strictEqual((await features.sound("alpha")).length, 7)
  })

  it("tasks, comments and dependencies that are not there, are done, or would go in a circle", async () => {
    const missing = (says: string, hint: string) => refusal(3, "task-missing", says, hint)
    await allRefused([
      ["task start alpha task-001", missing("alpha has no task task-001", "slipway feature submit alpha tasks")],
      [
        "resolve alpha comment-001 --answer yes",
        refusal(3, "comment-missing", "no comment comment-001", "no open comment")
      ]
    ])
    await features.ok(["task", "add", "alpha", "First"])
    await features.ok(["task", "add", "alpha", "Second", "--depends-on", "task-001"])
    await features.ok(["comment", "alpha", "which one?", "--kind", "question"])
    await features.ok(["comment", "alpha", "done with"])
    await features.ok(["resolve", "alpha", "comment-002", "--answer", "so it is"])
    const known = "its tasks are task-001, task-002"
    const listed = "slipway feature show alpha"
    await allRefused([
      ["task start alpha task-9", missing("alpha has no task task-9", known)],
      ["task complete alpha task-9", missing("alpha has no task task-9", known)],
      ["task block alpha task-9 --reason no", missing("alpha has no task task-9", known)],
      ["task add alpha Third --depends-on task-9", missing("alpha has no task task-9", known)],
      ["task depend alpha task-001 task-9", missing("alpha has no task task-9", known)],
      ["task unblock alpha task-001 --reason no", conflict("task-001 is pending and cannot be unblocked", listed)],
      ["task start alpha task-002", conflict("task-002 waits for task-001", listed)],
      ["task depend alpha task-002 task-001", conflict("task-002 depends on task-001 already", listed)],
      ["task depend alpha task-001 task-002 --remove", conflict("task-001 does not depend on task-002", listed)],
      [
        "task depend alpha task-001 task-002",
        refusal(5, "dependency-cycle", "a cycle: task-001 → task-002 → task-001", "--remove")
      ],
      ["task depend alpha task-001 task-001", refusal(5, "dependency-cycle", "task-001 → task-001", "--remove")],
      [
        "resolve alpha comment-7 --answer yes",
        refusal(3, "comment-missing", "alpha has no comment comment-7", "its open comments are comment-001")
      ],
      [
        "resolve alpha comment-002 --answer no",
        conflict("was resolved by human:sample@example.org: so it is", "comment again")
      ]
    ])

    await features.ok(["create", "beta"])
    await features.ok(["create", "gamma"])
    await features.ok(["depend", "alpha", "beta"])
    await features.ok(["depend", "beta", "gamma"])
    await allRefused([
      ["depend gamma alpha", refusal(5, "dependency-cycle", "a cycle: gamma → alpha → beta → gamma", "--remove")],
      ["depend gamma gamma", refusal(5, "dependency-cycle", "gamma → gamma", "--remove")],
      ["depend alpha beta", conflict("it depends on beta already", listed)],
      ["depend gamma beta --remove", conflict("it does not depend on beta", "slipway feature show gamma")]
    ])
    await features.ok(["archive", "gamma", "--reason", "not wanted"])
    const archived = conflict(
      "it was archived by human:sample@example.org: not wanted",
      "slipway feature restore gamma"
    )
    await allRefused([
      ["comment gamma hello", archived],
      ["submit gamma spec", archived],
      ["archive gamma --reason again", archived],
      ["restore beta --reason no", conflict("it is not archived", "slipway feature next beta")],
      ["merge gamma", conflict("the next step is done", "--explain")]
    ])
    assert.isNotEmpty(await features.sound("gamma"))
  })

  it("an old revision, and a key that was used for something else", async () => {
    const revision = features.lines("alpha").length
    await features.ok(["comment", "alpha", "once", "--idempotency-key", "k1"])
    await allRefused([
      [
        `comment alpha late --expect-revision ${revision}`,
        refusal(5, "revision-conflict", `alpha is at revision ${revision + 1}, not ${revision}`, "slipway feature next")
      ],
      ["comment alpha early --expect-revision 999", refusal(5, "revision-conflict", "not 999", "slipway feature next")],
      [
        "comment alpha other --idempotency-key k1",
        refusal(5, "key-reused", `"k1" was used for another command of alpha, event ${revision + 1}`, "take a new key")
      ],
      ["comment alpha x --expect-revision -1", refusal(2, "usage-error", "--expect-revision cannot be", "--help")],
      ["comment alpha x --expect-revision many", refusal(2, "usage-error", "--expect-revision cannot be", "--help")]
    ])
    const replayed = await features.ok(["comment", "alpha", "once", "--idempotency-key", "k1"])
    assert.deepStrictEqual([replayed.replayed, replayed.entry.seq], [true, revision + 1])
    assert.strictEqual(features.lines("alpha").length, revision + 1)
  })

  it("what is no evidence: no branch, no commit, commits of others, what is not committed", async () => {
    await features.begin("delta")
    const none = refusal(3, "branch-missing", "delta has no branch yet", "slipway impl delta")
    await allRefused([
      ["submit delta review", refusal(3, "artifact-missing", "there is no review of delta", "review.md")],
      ["task complete delta task-001", none]
    ])
    features.write("delta", "review.md", "Good.\n")
    await allRefused([["submit delta review", none]])

    const worktree = join(project.folder, "work-delta")
    project.git("worktree", "add", "--quiet", "-b", "impl/delta", worktree)
    const evidence = (says: string, hint: string) =>
      refusal(4, "evidence-refused", `that is no evidence for delta: ${says}`, hint)
    await allRefused([
      ["task complete delta task-001", evidence("nothing has been committed on its branch", "--commit")],
      ["task complete delta task-001 --commit 0123456", evidence("there is no commit 0123456", "git log")],
      ["task complete delta task-001 --commit --all", evidence("there is no commit --all", "git log")],
      ["task complete delta task-001 --commit main:README.md", evidence("there is no commit main:README.md", "git log")]
    ])
    project.git("checkout", "--quiet", "-b", "other")
    const foreign = commitFile(project.root, "other.txt", "other\n")
    project.git("checkout", "--quiet", "main")
    await features.refused(
      ["task", "complete", "delta", "task-001", "--commit", "other"],
      evidence(`no commit that was made on its branch: ${foreign}`, "commit on")
    )

    appendFileSync(
      join(project.root, ".devops-ai/infra.toml"),
      `\n[[lifecycle.gates]]\nname = "test"\ncommand = ["true"]\n`
    )
    commitFile(project.root, "unrelated.txt", "so that the checkout is clean\n")
    await allRefused([["gates delta --gate lint", {
      exit: 3,
      code: "gate-missing",
      says: ["the project has no gate lint"],
      hint: "the gates are test"
    }]])
    writeFileSync(join(worktree, "left.txt"), "left\n")
    await allRefused([["gates delta", evidence(`${worktree} holds what is in no commit: left.txt`, "commit it")]])
    git(worktree, "clean", "--quiet", "--force")
    project.git("worktree", "remove", worktree)
    await allRefused([
      ["gates delta", evidence("its branch impl/delta is checked out nowhere", "slipway impl delta --reuse")]
    ])
    project.git("branch", "-D", "impl/delta")
    assert.isNotEmpty(await features.sound("delta"))
  })

  it("a merge that conflicts, told and recorded, and a deployment of what is not there", async () => {
    await features.implement("foxtrot")
    await features.ok(["gates", "foxtrot"])
    await features.approve("foxtrot")
    commitFile(project.root, "foxtrot.txt", "the other side\n")
    const before = features.lines("foxtrot").length
    const ended = await features.feature(["merge", "foxtrot"])
    assert.deepStrictEqual([ended.code, ended.envelope.error?.code], [5, "merge-conflict"], ended.stdout)
    assert.include(ended.envelope.error?.message ?? "", "conflict, nothing was merged:\n  foxtrot.txt")
    assert.include(ended.envelope.error?.hint ?? "", "run `git merge main`")
    assert.deepStrictEqual(features.lines("foxtrot").slice(before).map(({ event }) => event._tag), ["MergeConflicted"])
    assert.strictEqual(project.git("status", "--porcelain").trim(), "")
    await allRefused([["deploy foxtrot", conflict("the next step is resolve-conflict, not deploy", "--explain")]])

    await features.implement("golf")
    await features.ok(["gates", "golf"])
    await features.approve("golf")
    await features.ok(["merge", "golf"])
    await allRefused([
      ["deploy golf", refusal(3, "deployment-unconfigured", "no command that deploys it", "--record URL")],
      [
        "deploy golf --record https://ci.example.org/1 --commit 0123456",
        refusal(4, "evidence-refused", "there is no commit 0123456", "name the commit that was deployed")
      ],
      [
        "deploy golf --record https://ci.example.org/1 --commit other",
        refusal(4, "evidence-refused", "does not contain its merge", "check main out")
      ]
    ])
    assert.isNotEmpty(await features.sound("golf"))
  })
})
