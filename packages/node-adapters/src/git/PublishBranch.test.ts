import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fs from "node:fs"
import { runGit, writeText } from "../testing/GitRepository.ts"
import { givenWorkspaces, realTaskWorkspacesLayer } from "../testing/WorkspaceScenario.ts"

type Real = Effect.Services<typeof givenWorkspaces>

const test = (
  title: string,
  body: Effect.Effect<void, unknown, Real>,
  variables: Readonly<Record<string, string>> = {}
) => it.live(title, () => Effect.provide(body, realTaskWorkspacesLayer({ variables })))

const givenChange = Effect.gen(function*() {
  const given = yield* givenWorkspaces
  const workspace = yield* given.prepare()
  const checkout = `${workspace.path}/khealth`
  writeText(`${checkout}/new`, "1\n")
  const publish = Effect.flatMap(
    given.workspaces.inspect(workspace),
    (outcome) => given.workspaces.publish(workspace, outcome, given.rules)
  )
  return { ...given, checkout, publish, workspace }
})

describe("git: publishing a branch", () => {
  test(
    "commits in the user's name, with the message that is given",
    Effect.gen(function*() {
      const { publish, url, workspace } = yield* givenChange
      yield* publish
      const base = workspace.repositories[0]?.base ?? ""
      assert.strictEqual(
        runGit(url, "log", "-1", "--format=%an|%ce|%P|%B", "slipway/run-task-0").trim(),
        `Ada|ada@example.org|${base}|What the agent did`
      )
    })
  )

  test(
    "commits in Slipway's name where git knows no user",
    Effect.gen(function*() {
      const { publish, url } = yield* givenChange
      yield* publish
      assert.strictEqual(runGit(url, "log", "-1", "--format=%an", "slipway/run-task-0").trim(), "Slipway")
    }),
    { GIT_AUTHOR_NAME: "", GIT_AUTHOR_EMAIL: "", GIT_COMMITTER_NAME: "", GIT_COMMITTER_EMAIL: "" }
  )

  test(
    "tells what the other side says when it does not take it",
    Effect.gen(function*() {
      const { arrange, publish, url } = yield* givenChange
      writeText(`${url}/hooks/pre-receive`, "#!/bin/sh\necho 'branches are protected here' >&2\nexit 1\n")
      fs.chmodSync(`${url}/hooks/pre-receive`, 0o755)
      const failure = yield* Effect.flip(publish)
      assert.deepStrictEqual([failure.reason, failure.transient], ["PublishRejected", false])
      assert.include(failure.message, "branches are protected here")
      assert.include(failure.message, url)
      fs.rmSync(`${url}/hooks/pre-receive`)
      runGit(url, "branch", "slipway", "main")
      const clash = yield* Effect.flip(publish)
      assert.strictEqual(clash.reason, "PublishRejected")
      assert.isNull(yield* arrange.head(url, "slipway/run-task-0"))
    })
  )

  test(
    "fails when the repository is gone",
    Effect.gen(function*() {
      const { publish, url } = yield* givenChange
      fs.renameSync(url, `${url}-moved`)
      const failure = yield* Effect.flip(publish)
      assert.deepStrictEqual([failure.reason, failure.transient], ["RepositoryUnavailable", false])
    })
  )

  test(
    "leaves what is in the midst of a merge alone",
    Effect.gen(function*() {
      const { arrange, checkout, publish, url } = yield* givenChange
      writeText(`${checkout}/.git/MERGE_HEAD`, "x")
      const failure = yield* Effect.flip(publish)
      assert.strictEqual(failure.reason, "OperationInProgress")
      assert.include(failure.message, "a merge")
      assert.isNull(yield* arrange.head(url, "slipway/run-task-0"))
    })
  )

  test(
    "pushes what was inspected, no tag, and no other branch of the agent",
    Effect.gen(function*() {
      const { checkout, rules, url, workspace, workspaces } = yield* givenChange
      const outcome = yield* workspaces.inspect(workspace)
      runGit(checkout, "tag", "-a", "-m", "t", "agent-tag")
      runGit(checkout, "branch", "agent-branch")
      runGit(checkout, "config", "push.followTags", "true")
      writeText(`${checkout}/late`, "came later")
      yield* workspaces.publish(workspace, outcome, rules)
      assert.strictEqual(
        runGit(url, "for-each-ref", "--format=%(refname)"),
        "refs/heads/main\nrefs/heads/slipway/run-task-0\n"
      )
      assert.strictEqual(
        runGit(url, "ls-tree", "-r", "--name-only", "slipway/run-task-0"),
        "README.md\nnew\nsrc/file\n"
      )
    })
  )
})
