import { assert, describe, it } from "@effect/vitest"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { Effect, type Layer } from "effect"
import {
  type PreparedWorkspace,
  TaskWorkspaces,
  type WorkspaceRepository,
  type WorkspaceRequest
} from "../batch/attempt/TaskWorkspaces.ts"
import { WorkspaceArrangement } from "./WorkspaceArrangement.ts"

type Contract = TaskWorkspaces | WorkspaceArrangement

/** What every implementation of {@link TaskWorkspaces} does. The layer is built for each test. */
export const taskWorkspacesContract = (name: string, layer: Layer.Layer<Contract>): void => {
  const test = (title: string, body: Effect.Effect<void, unknown, Contract>) =>
    it.live(title, () => Effect.provide(body, layer))

  describe(`${name}: TaskWorkspaces`, () => {
    test(
      "makes a workspace of files and repositories, each on the task's branch at the head of its own",
      Effect.gen(function*() {
        const { arrange, prepare, url } = yield* given
        const other = yield* arrange.create("web", "trunk", { "index.html": "<html>" })
        const workspace = yield* prepare({
          files: [file("task.md", "Do it\r\nnow"), file("notes/ü deep/a.md", ""), file("token", "s3cret", true)],
          repositories: [repositoryAt(url), repositoryAt(other, { branch: "trunk", path: "sites/web" })]
        })
        const [first, second] = workspace.repositories
        assert.strictEqual(yield* arrange.read(`${workspace.path}/task.md`), "Do it\r\nnow")
        assert.strictEqual(yield* arrange.read(`${workspace.path}/notes/ü deep/a.md`), "")
        assert.strictEqual(yield* arrange.read(`${workspace.path}/token`), "s3cret")
        assert.strictEqual(yield* arrange.read(`${workspace.path}/khealth/src/file`), "one\n")
        assert.strictEqual(yield* arrange.read(`${workspace.path}/sites/web/index.html`), "<html>")
        assert.strictEqual(first?.path, `${workspace.path}/khealth`)
        assert.strictEqual(first?.base, yield* arrange.head(url, "main"))
        assert.strictEqual(second?.base, yield* arrange.head(other, "trunk"))
        assert.deepStrictEqual([first?.branch, second?.branch], ["slipway/run-task-0", "slipway/run-task-0"])
        assert.isNull(yield* arrange.head(url, "slipway/run-task-0"))
      })
    )

    test(
      "fetches each repository once a session, whoever asks and however many at once",
      Effect.gen(function*() {
        const { arrange, prepare, url } = yield* given
        const before = yield* arrange.head(url, "main")
        yield* Effect.forEach([1, 2, 3, 4], (index) => prepare({ index }), { concurrency: "unbounded" })
        const after = yield* arrange.commit(url, "main", { "src/file": "two\n" })
        const same = yield* prepare({ index: 5 })
        const another = yield* prepare({ index: 6, session: "second" })
        assert.notStrictEqual(before, after)
        assert.strictEqual(same.repositories[0]?.base, before)
        assert.strictEqual(another.repositories[0]?.base, after)
        assert.strictEqual(yield* arrange.read(`${another.path}/khealth/src/file`), "two\n")
      })
    )

    test(
      "begins at the commit that is asked for",
      Effect.gen(function*() {
        const { arrange, prepare, url } = yield* given
        const before = yield* arrange.head(url, "main")
        yield* arrange.commit(url, "main", { "src/file": "two\n" })
        const workspace = yield* prepare({ repositories: [repositoryAt(url, { commit: before })] })
        assert.strictEqual(workspace.repositories[0]?.base, before)
        assert.strictEqual(yield* arrange.read(`${workspace.path}/khealth/src/file`), "one\n")
        const commit = "f".repeat(40)
        const failure = yield* Effect.flip(prepare({ repositories: [repositoryAt(url, { commit })] }))
        assert.deepStrictEqual([failure.reason, failure.transient], ["CommitMissing", false])
      })
    )

    test(
      "says which branch, repository or commit is not there, and that it will not be",
      Effect.gen(function*() {
        const { arrange, prepare, url } = yield* given
        const empty = yield* arrange.create("empty", "main", {})
        const failures = yield* Effect.forEach([
          repositoryAt(url, { branch: "mian" }),
          repositoryAt(url, { branch: "../../x" }),
          repositoryAt(`${url}-absent`),
          repositoryAt(empty)
        ], (repository) => Effect.flip(prepare({ repositories: [repository] })))
        assert.deepStrictEqual(failures.map(({ reason }) => reason), [
          "BranchMissing",
          "BranchMissing",
          "RepositoryUnavailable",
          "RepositoryEmpty"
        ])
        assert.isFalse(failures.some(({ transient }) => transient))
        assert.include(failures[0]?.message, "did you mean main?")
        assert.include(failures[2]?.message, `${url}-absent`)
        // What failed once can go well later, in the same session too.
        yield* arrange.create("khealth-absent", "main", { a: "a" })
        yield* prepare({ repositories: [repositoryAt(`${url}-absent`)] })
      })
    )

    test(
      "takes away what stood at the place of an attempt",
      Effect.gen(function*() {
        const { arrange, prepare } = yield* given
        const first = yield* prepare({ files: [file("a", "a")] })
        yield* arrange.write(`${first.path}/khealth/left`, "over")
        const second = yield* prepare({ files: [file("b", "b")] })
        assert.strictEqual(second.path, first.path)
        assert.isNull(yield* arrange.read(`${second.path}/a`))
        assert.isNull(yield* arrange.read(`${second.path}/khealth/left`))
        const other = yield* prepare({ attempt: 2 })
        assert.notStrictEqual(other.path, first.path)
        assert.strictEqual(yield* arrange.read(`${second.path}/b`), "b")
      })
    )

    test(
      "refuses files that would lie outside, in a git folder, or where a file or folder stands",
      Effect.gen(function*() {
        const { prepare } = yield* given
        for (
          const path of [
            "../x",
            "/x",
            "a/../../x",
            "khealth/.git/hooks/pre-push",
            "khealth/src",
            "khealth/src/file/x",
            ""
          ]
        ) {
          const failure = yield* Effect.flip(prepare({ files: [file(path, "x")] }))
          assert.deepStrictEqual([failure.reason, failure.transient], ["FileUnwritable", false], path)
        }
      })
    )

    test(
      "finds no change where none was made, and none in the files of the workspace",
      Effect.gen(function*() {
        const { arrange, inspect, prepare, workspaces } = yield* given
        const workspace = yield* prepare({
          files: [file("khealth/task.md", "text"), file("khealth/src/file", "replaced")]
        })
        yield* arrange.write(`${workspace.path}/scratch`, "text")
        const outcome = yield* inspect(workspace)
        const base = workspace.repositories[0]?.base ?? ""
        assert.deepStrictEqual(outcome, {
          repositories: [{
            path: "khealth",
            url: workspace.repositories[0]?.repository.url ?? "",
            base,
            head: base,
            commits: 0,
            filesChanged: 0,
            insertions: 0,
            deletions: 0,
            published: null
          }],
          diff: "",
          result: undefined,
          resultFault: null
        })
        // What the files of a workspace replaced is not committed either.
        yield* arrange.write(`${workspace.path}/khealth/new`, "1\n")
        const head = yield* arrange.commitAll(`${workspace.path}/khealth`)
        const [committed] = (yield* inspect(workspace)).repositories
        assert.deepStrictEqual([committed?.head, committed?.commits, committed?.filesChanged], [head, 1, 1])
        const { repositories } = yield* workspaces.publish(workspace, yield* inspect(workspace), rules())
        const url = repositories[0]?.url ?? ""
        assert.isNull(yield* arrange.file(url, "slipway/run-task-0", "task.md"))
        assert.strictEqual(yield* arrange.file(url, "slipway/run-task-0", "src/file"), "one\n")
        assert.strictEqual(yield* arrange.file(url, "slipway/run-task-0", "new"), "1\n")
      })
    )

    test(
      "counts what was changed, committed or not",
      Effect.gen(function*() {
        const { arrange, inspect, prepare } = yield* given
        const workspace = yield* prepare({})
        const checkout = `${workspace.path}/khealth`
        yield* arrange.write(`${checkout}/src/file`, "one\ntwo\n")
        const head = yield* arrange.commitAll(checkout)
        yield* arrange.write(`${checkout}/new/ü`, "1\n2\n3\n")
        yield* arrange.remove(`${checkout}/README.md`)
        const outcome = yield* inspect(workspace)
        const [found] = outcome.repositories
        assert.deepStrictEqual(
          [found?.head, found?.commits, found?.filesChanged, found?.insertions, found?.deletions],
          [head, 1, 3, 4, 1]
        )
        for (const part of ["+two", "+3", "-# khealth", "a/README.md"]) assert.include(outcome.diff, part)
      })
    )

    test(
      "takes commits that change nothing for no change",
      Effect.gen(function*() {
        const { arrange, inspect, prepare } = yield* given
        const workspace = yield* prepare({})
        const checkout = `${workspace.path}/khealth`
        yield* arrange.write(`${checkout}/src/file`, "two\n")
        yield* arrange.commitAll(checkout)
        yield* arrange.write(`${checkout}/src/file`, "one\n")
        yield* arrange.commitAll(checkout)
        const outcome = yield* inspect(workspace)
        assert.deepStrictEqual([outcome.repositories[0]?.commits, outcome.repositories[0]?.filesChanged], [2, 0])
        assert.strictEqual(outcome.diff, "")
      })
    )

    test(
      "reads result.json, and says what is wrong with it",
      Effect.gen(function*() {
        const { arrange, inspect, prepare, url } = yield* given
        const workspace = yield* prepare({ repositories: [repositoryAt(url, { path: "." })] })
        yield* arrange.write(`${workspace.path}/result.json`, "{\"summary\":\"done\",\"n\":[1]}")
        const outcome = yield* inspect(workspace)
        assert.deepStrictEqual([outcome.result, outcome.resultFault], [{ summary: "done", n: [1] }, null])
        assert.strictEqual(outcome.repositories[0]?.filesChanged, 0)
        yield* arrange.write(`${workspace.path}/result.json`, "{")
        const broken = yield* inspect(workspace)
        assert.deepStrictEqual([broken.result, broken.resultFault], [undefined, "result.json is no JSON"])
      })
    )

    test(
      "tells when the agent took a repository away",
      Effect.gen(function*() {
        const { arrange, inspect, prepare } = yield* given
        const workspace = yield* prepare({})
        yield* arrange.remove(`${workspace.path}/khealth`)
        const failure = yield* Effect.flip(inspect(workspace))
        assert.deepStrictEqual([failure.reason, failure.transient], ["RepositoryGone", false])
      })
    )

    test(
      "keeps repositories apart that lie in each other",
      Effect.gen(function*() {
        const { arrange, inspect, prepare, url, workspaces } = yield* given
        const inner = yield* arrange.create("inner", "main", { a: "a\n" })
        const workspace = yield* prepare({
          repositories: [repositoryAt(inner, { path: "lib/inner" }), repositoryAt(url, { path: "." })]
        })
        yield* arrange.write(`${workspace.path}/lib/inner/b`, "b\n")
        const outcome = yield* inspect(workspace)
        assert.deepStrictEqual(outcome.repositories.map(({ filesChanged, path }) => [path, filesChanged]), [
          ["lib/inner", 1],
          [".", 0]
        ])
        assert.include(outcome.diff, "b/lib/inner/b")
        const published = yield* workspaces.publish(workspace, outcome, rules())
        assert.deepStrictEqual(published.repositories.map((each) => each.published), ["slipway/run-task-0", null])
        assert.isNull(yield* arrange.head(url, "slipway/run-task-0"))
      })
    )

    test(
      "pushes a branch with all changes, having said so, and does so once",
      Effect.gen(function*() {
        const { arrange, inspect, prepare, url, workspaces } = yield* given
        const workspace = yield* prepare({})
        yield* arrange.write(`${workspace.path}/khealth/src/file`, "two\n")
        yield* arrange.commitAll(`${workspace.path}/khealth`)
        yield* arrange.write(`${workspace.path}/khealth/new`, "1\n")
        const outcome = yield* inspect(workspace)
        const said: Array<unknown> = []
        const publish = workspaces.publish(workspace, outcome, {
          ...rules(),
          intend: (...intended) =>
            Effect.map(arrange.head(url, "slipway/run-task-0"), (before) => {
              said.push([...intended, before])
            })
        })
        const published = yield* publish
        const head = yield* arrange.head(url, "slipway/run-task-0")
        assert.deepStrictEqual(
          [published.repositories[0]?.published, published.repositories[0]?.head],
          ["slipway/run-task-0", head]
        )
        assert.deepStrictEqual(said, [[url, "slipway/run-task-0", head, null]])
        assert.strictEqual(yield* arrange.file(url, "slipway/run-task-0", "new"), "1\n")
        assert.strictEqual(yield* arrange.file(url, "slipway/run-task-0", "src/file"), "two\n")
        assert.strictEqual(yield* arrange.file(url, "main", "src/file"), "one\n")
        assert.deepStrictEqual({ ...outcome, repositories: published.repositories }, published)
      })
    )

    test(
      "pushes what stands there already once, and nothing that failed to be written down",
      Effect.gen(function*() {
        const { arrange, inspect, prepare, url, workspaces } = yield* given
        const workspace = yield* prepare({})
        yield* arrange.write(`${workspace.path}/khealth/new`, "1\n")
        const commit = yield* arrange.commitAll(`${workspace.path}/khealth`)
        const outcome = yield* inspect(workspace)
        const failed = workspaces.publish(workspace, outcome, { ...rules(), intend: () => Effect.fail("full disk") })
        assert.strictEqual(yield* Effect.flip(failed), "full disk")
        assert.isNull(yield* arrange.head(url, "slipway/run-task-0"))
        const first = yield* workspaces.publish(workspace, outcome, rules())
        const second = yield* workspaces.publish(workspace, outcome, rules())
        assert.strictEqual(first.repositories[0]?.head, commit)
        assert.deepStrictEqual(second, first)
        assert.strictEqual(yield* arrange.head(url, "slipway/run-task-0"), commit)
      })
    )

    test(
      "moves a branch that is the run's own, and no other one",
      Effect.gen(function*() {
        const { arrange, inspect, prepare, url, workspaces } = yield* given
        const strange = yield* arrange.commit(url, "slipway/run-task-0", { theirs: "t" })
        const workspace = yield* prepare({})
        yield* arrange.write(`${workspace.path}/khealth/new`, "1\n")
        const outcome = yield* inspect(workspace)
        const failure = yield* Effect.flip(workspaces.publish(workspace, outcome, rules(["0".repeat(40)])))
        assert.deepStrictEqual([failure.reason, failure.transient], ["BranchNotOurs", false])
        for (const part of [strange, "slipway/run-task-0"]) assert.include(failure.message, part)
        assert.strictEqual(yield* arrange.head(url, "slipway/run-task-0"), strange)
        const published = yield* workspaces.publish(workspace, outcome, rules([strange]))
        assert.strictEqual(yield* arrange.head(url, "slipway/run-task-0"), published.repositories[0]?.head)
        assert.isNull(yield* arrange.file(url, "slipway/run-task-0", "theirs"))
      })
    )

    test(
      "takes the workspace of an attempt away, and those of a run",
      Effect.gen(function*() {
        const { arrange, prepare, workspaces } = yield* given
        const all = yield* Effect.forEach([0, 1, 2], (index) => prepare({ index, files: [file("a", "a")] }))
        const present = Effect.forEach(
          all,
          ({ path }) => Effect.map(arrange.read(`${path}/a`), (text) => text !== null)
        )
        const remove = workspaces.remove({ uid: "uid", run: "run", index: 1, attempt: 1 })
        yield* Effect.andThen(remove, remove)
        assert.deepStrictEqual(yield* present, [true, false, true])
        yield* workspaces.remove({ uid: "another" })
        assert.deepStrictEqual(yield* present, [true, false, true])
        yield* Effect.andThen(workspaces.remove({ uid: "uid" }), workspaces.remove({ uid: "uid" }))
        assert.deepStrictEqual(yield* present, [false, false, false])
      })
    )
  })
}

const file = (path: string, text: string, secret = false) => ({ path, bytes: utf8ToBytes(text), secret })

const repositoryAt = (url: string, options: Partial<WorkspaceRepository> = {}): WorkspaceRepository => ({
  url,
  branch: "main",
  commit: null,
  path: "khealth",
  depth: null,
  credentials: null,
  ...options
})

const rules = (own: ReadonlyArray<string> = []) => ({
  message: "What the agent did",
  own: () => own,
  intend: () => Effect.void
})

interface Asked extends Partial<Pick<WorkspaceRequest, "files" | "repositories">> {
  readonly session?: string
  readonly index?: number
  readonly attempt?: number
}

const given = Effect.gen(function*() {
  const arrange = yield* WorkspaceArrangement
  const workspaces = yield* TaskWorkspaces
  const url = yield* arrange.create("khealth", "main", { "src/file": "one\n", "README.md": "# khealth\n" })
  const prepare = (
    { attempt = 1, files = [], index = 0, repositories = [repositoryAt(url)], session = "first" }: Asked
  ) =>
    workspaces.prepare(session, {
      key: { uid: "uid", run: "run", index, attempt },
      task: `run-task-${index}`,
      files,
      repositories
    })
  const inspect = (workspace: PreparedWorkspace) => workspaces.inspect(workspace)
  return { arrange, inspect, prepare, url, workspaces }
})
