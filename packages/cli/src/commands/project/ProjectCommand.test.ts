import { assert, describe, it } from "@effect/vitest"
import type { SpecDoctorReport, SpecMigration, SpecProject } from "@slipway/core"
import { SpecProjectMissing } from "@slipway/core"
import { Effect } from "effect"
import { dataOf, errorOf } from "../../testing/Envelopes.ts"
import { type FakeServices, here, runCommandLine } from "../../testing/RunCommandLine.ts"

const project: SpecProject = {
  name: "auth",
  displayName: "Log in",
  path: "/code/shop/.ai/projects/auth",
  created: "2026-11-21T05:00:00Z",
  updated: "",
  format: "codev",
  artifacts: ["spec.md", "tasks.md"],
  status: "in-progress",
  codevNumber: "0001",
  tags: ["gateway"],
  repository: "shop",
  description: "Who is there",
  tasks: { done: 1, total: 2, optionalDone: 0, optionalTotal: 1 },
  problem: null
}

/** A project of which little is known. */
const broken: SpecProject = {
  ...project,
  name: "broken",
  created: "",
  format: null,
  codevNumber: null,
  repository: null,
  description: null,
  tasks: null,
  problem: "its metadata.json cannot be read: it is not JSON"
}

const item = {
  line: 3,
  depth: 0,
  label: "1",
  title: "Form",
  isChecked: true,
  isOptional: false,
  isGroup: false,
  requirements: ["1.1"],
  details: ["Fields"]
}

const step = { step: "1-make-folder", title: "make .ai/projects/auth/" }

const services = (specProjects: FakeServices["specProjects"]): FakeServices =>
  specProjects === undefined ? {} : { specProjects }

describe("project create", () => {
  it.effect("passes on what was given, and makes nothing in a dry run", () =>
    Effect.gen(function*() {
      const asked: Array<unknown> = []
      const created = { project, steps: [step] }
      const fake = services({
        create: (request) => Effect.sync(() => (asked.push(request), created)),
        planCreate: (request) => Effect.sync(() => (asked.push({ dryRun: request.name }), created))
      })
      const args = ["project", "create", "auth", "--format", "codev"]
      const run = yield* runCommandLine([...args, "--title", "Log in", "--tag", "a", "--tag", "b", "--json"], {
        services: fake
      })
      const planned = yield* runCommandLine([...args, "--dry-run"], { services: fake })
      assert.deepStrictEqual(asked, [
        { name: "auth", format: "codev", tags: ["a", "b"], displayName: "Log in", directory: here },
        { dryRun: "auth" }
      ])
      assert.deepInclude(dataOf(run, "project-create"), { dryRun: false, steps: [step] })
      assert.include(planned.stdout, "nothing was changed")
    }))

  it.effect("asks for a format that there is", () =>
    Effect.gen(function*() {
      for (const args of [["x"], ["x", "--format", "cursor"], ["--format", "kiro"]]) {
        const run = yield* runCommandLine(["project", "create", ...args])
        assert.strictEqual(run.exitCode, 2, args.join(" "))
      }
    }))
})

describe("project list and show", () => {
  it.effect("show what is known, and what is wrong", () =>
    Effect.gen(function*() {
      const fake = services({ list: () => Effect.succeed({ projects: [project, broken] }) })
      const data = dataOf(yield* runCommandLine(["project", "list", "--json"], { services: fake }), "project-list")
      assert.lengthOf(data["projects"] as ReadonlyArray<unknown>, 2)
      const table = yield* runCommandLine(["project", "list"], { services: fake, isTerminal: true })
      assert.include(table.stdout, "1/2")
      assert.include(table.stdout, "it is not JSON")
    }))

  it.effect("show the checklist", () =>
    Effect.gen(function*() {
      const details = { ...project, tasksFile: `${project.path}/tasks.md`, items: [item, { ...item, label: null }] }
      const fake = services({ show: () => Effect.succeed(details) })
      const data = dataOf(
        yield* runCommandLine(["project", "show", "auth", "--json"], { services: fake }),
        "project-show"
      )
      assert.lengthOf(data["items"] as ReadonlyArray<unknown>, 2)
      assert.isNull(data["updated"])
      const text = yield* runCommandLine(["project", "show", "auth"], { services: fake })
      assert.include(text.stdout, "✓ 1 Form")
      assert.include(text.stdout, "1 of 2 done, and 0 of 1 optional ones")
    }))

  it.effect("say which projects there are when one is missing", () =>
    Effect.gen(function*() {
      const fake = services({ show: () => Effect.fail(new SpecProjectMissing({ name: "x", known: ["auth"] })) })
      const run = yield* runCommandLine(["project", "show", "x", "--json"], { services: fake })
      assert.strictEqual(run.exitCode, 3)
      assert.include(errorOf(run).hint, "auth")
    }))
})

describe("project migrate", () => {
  const migration: SpecMigration = {
    projects: [{ name: "auth", format: "kiro", from: [".kiro/specs/auth"] }],
    left: [{ path: "codev/specs/README.md", reason: "its name is not NNNN-name.md" }],
    steps: [step],
    failures: []
  }

  it.effect("tells what moved, what stays, and what failed", () =>
    Effect.gen(function*() {
      const failed = { ...migration, failures: [{ name: "auth", message: "the disk is full" }] }
      const fake = services({
        migrate: () => Effect.succeed(failed),
        planMigration: () => Effect.succeed(migration)
      })
      const planned = yield* runCommandLine(["project", "migrate", "--dry-run"], { services: fake })
      assert.strictEqual(planned.exitCode, 0)
      assert.include(planned.stdout, "README.md stays")
      const run = yield* runCommandLine(["project", "migrate", "--json"], { services: fake })
      assert.strictEqual(run.exitCode, 1)
      assert.deepInclude(dataOf(run, "project-migrate"), { dryRun: false, failures: failed.failures })
      const text = yield* runCommandLine(["project", "migrate"], { services: fake })
      assert.include(text.stdout, "✗ auth: the disk is full")
    }))
})

describe("project doctor", () => {
  const report: SpecDoctorReport = {
    findings: [
      {
        kind: "metadata-missing",
        subject: "auth",
        evidence: ".ai/projects/auth has no metadata.json",
        actions: [{ _tag: "MakeFolder", path: ".ai/projects/auth" }],
        hint: null
      },
      { kind: "number-twice", subject: "0001", evidence: "it is twice", actions: [], hint: "change one" }
    ],
    steps: [step],
    fixed: false,
    failures: []
  }

  it.effect("fixes only when told to, and not in a dry run", () =>
    Effect.gen(function*() {
      const asked: Array<boolean> = []
      const fake = services({ doctor: ({ fix }) => Effect.sync(() => (asked.push(fix), { ...report, fixed: fix })) })
      const found = yield* runCommandLine(["project", "doctor"], { services: fake })
      assert.include(found.stdout, "--fix")
      assert.include(found.stdout, "↳ change one")
      const fixed = yield* runCommandLine(["project", "doctor", "--fix", "--json"], { services: fake })
      assert.deepInclude(dataOf(fixed, "project-doctor"), { fixed: true })
      yield* runCommandLine(["project", "doctor", "--fix", "--dry-run"], { services: fake })
      assert.deepStrictEqual(asked, [false, true, false])
    }))
})
