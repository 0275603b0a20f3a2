import { assert, describe, it } from "@effect/vitest"
import { TaskWorkspaces } from "@slipway/core"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import { join } from "node:path"
import type { SubprocessRequest } from "../process/Subprocess.ts"
import { runGit, writeText } from "../testing/GitRepository.ts"
import { givenWorkspaces, realTaskWorkspacesLayer, type WatchedPrograms } from "../testing/WorkspaceScenario.ts"
import { nodeTaskWorkspacesLayer } from "./TaskWorkspaces.ts"

type Real = Effect.Services<typeof givenWorkspaces> | Layer.Success<ReturnType<typeof realTaskWorkspacesLayer>>

const test = (title: string, body: Effect.Effect<void, unknown, Real>, watched?: WatchedPrograms) =>
  it.live(title, () => Effect.provide(body, realTaskWorkspacesLayer(watched)))

const isFetch = ({ command }: SubprocessRequest): boolean => command[1] === "fetch"

/** Counts fetches. */
const countFetches = () => {
  const counted = { fetches: 0 }
  const before = (request: SubprocessRequest) =>
    Effect.sync(() => {
      if (isFetch(request)) counted.fetches += 1
    })
  return { counted, before }
}

/** Looks again and again: nobody announces what another program writes. */
const until = (holds: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => holds() ? Effect.void : Effect.andThen(Effect.yieldNow, until(holds)))

const mirrorsOf = (root: string) =>
  fs.readdirSync(`${root}/home/batch/mirrors`).map((name) => join(root, "home/batch/mirrors", name))

describe("git: mirrors", () => {
  const { before, counted } = countFetches()
  test(
    "are fetched once by a hundred tasks of a session",
    Effect.gen(function*() {
      const { prepare, root } = yield* givenWorkspaces
      const indices = Array.from({ length: 100 }, (_, index) => index)
      yield* Effect.forEach(indices, (index) => prepare({ index }), { concurrency: 8 })
      assert.strictEqual(counted.fetches, 1)
      assert.lengthOf(mirrorsOf(root), 1)
    }),
    { before }
  )

  const failing = countFetches()
  test(
    "fail once for all who wait, and are tried again for who comes later",
    Effect.gen(function*() {
      const { arrange, prepare, repository, url } = yield* givenWorkspaces
      const asked = { repositories: [repository({ url: `${url}-absent` })] }
      const results = yield* Effect.forEach([1, 2, 3, 4], (index) => Effect.result(prepare({ ...asked, index })), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(results.map(({ _tag }) => _tag), ["Failure", "Failure", "Failure", "Failure"])
      assert.strictEqual(failing.counted.fetches, 1)
      yield* arrange.create("khealth-absent", "main", { a: "a" })
      yield* prepare(asked)
      assert.strictEqual(failing.counted.fetches, 2)
    }),
    { before: failing.before }
  )

  const begun = Deferred.makeUnsafe<void>()
  let isFirst = true
  test(
    "are fetched by the next task when the one that fetches is interrupted",
    Effect.gen(function*() {
      const { prepare } = yield* givenWorkspaces
      const first = yield* Effect.forkChild(prepare({ index: 1 }), { startImmediately: true })
      yield* Deferred.await(begun)
      const second = yield* Effect.forkChild(prepare({ index: 2 }), { startImmediately: true })
      yield* Fiber.interrupt(first)
      assert.strictEqual((yield* Fiber.join(second)).repositories.length, 1)
    }),
    {
      before: (request) => {
        if (!isFetch(request) || !isFirst) return Effect.void
        isFirst = false
        return Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
      }
    }
  )

  test(
    "follow their repositories: branches moved, rewritten, removed, and folders made of them",
    Effect.gen(function*() {
      const { arrange, prepare, repository, url } = yield* givenWorkspaces
      const work = `${url}-work`
      yield* arrange.commit(url, "topic", { a: "1" })
      yield* prepare({ repositories: [repository({ branch: "topic" })] })
      runGit(work, "push", "--quiet", "--delete", "origin", "topic")
      yield* arrange.commit(url, "topic2", { a: "2" })
      runGit(work, "push", "--quiet", "origin", "topic2:topic/a")
      runGit(work, "checkout", "--quiet", "main")
      runGit(work, "commit", "--quiet", "--amend", "-m", "Rewritten")
      runGit(work, "push", "--quiet", "--force", "origin", "main")
      const workspace = yield* prepare({ repositories: [repository({ branch: "topic/a" })], session: "second" })
      assert.strictEqual(yield* arrange.read(`${workspace.path}/khealth/a`), "2")
      const rewritten = yield* prepare({ session: "second", index: 1 })
      assert.strictEqual(rewritten.repositories[0]?.base, yield* arrange.head(url, "main"))
      const gone = yield* Effect.flip(
        prepare({ repositories: [repository({ branch: "topic" })], session: "second", index: 2 })
      )
      assert.strictEqual(gone.reason, "BranchMissing")
    })
  )

  test(
    "are usable after a git in them was killed",
    Effect.gen(function*() {
      const { arrange, prepare, root, url } = yield* givenWorkspaces
      yield* prepare()
      yield* arrange.commit(url, "main", { a: "1" })
      const [mirror = ""] = mirrorsOf(root)
      const left = [
        "packed-refs.lock",
        "refs/heads/main.lock",
        "objects/pack/tmp_pack_x",
        "objects/tmp_objdir-incoming-x/y"
      ]
      for (const path of left) writeText(`${mirror}/${path}`, "")
      yield* prepare({ session: "second" })
      assert.deepStrictEqual(left.filter((path) => fs.existsSync(`${mirror}/${path}`)), [])
      // Killed while it was made: without a HEAD, it is no repository.
      fs.rmSync(`${mirror}/HEAD`)
      fs.rmSync(`${mirror}/refs`, { recursive: true })
      const workspace = yield* prepare({ session: "third" })
      assert.strictEqual(yield* arrange.read(`${workspace.path}/khealth/a`), "1")
    })
  )

  test(
    "are usable after fetches that were killed half-way",
    Effect.gen(function*() {
      const { arrange, prepare, root, url } = yield* givenWorkspaces
      yield* prepare()
      const [mirror = ""] = mirrorsOf(root)
      const bytes = new Uint8Array(4_000_000).map((_, index) => (index * 2_654_435_761) >>> 24)
      for (const round of ["a", "b", "c"]) {
        fs.writeFileSync(`${url}-work/${round}.bin`, bytes.map((byte) => byte ^ round.charCodeAt(0)))
        yield* arrange.commit(url, "main", { round })
        const fetch = spawn("git", ["fetch", "--quiet", `file://${url}`, "+refs/heads/*:refs/heads/*"], {
          cwd: mirror,
          detached: true,
          stdio: "ignore"
        })
        yield* until(() =>
          fetch.exitCode !== null ||
          fs.readdirSync(`${mirror}/objects/pack`).some((name) => name.startsWith("tmp_"))
        )
        const ended = Effect.promise(() => fetch.exitCode === null ? once(fetch, "close") : Promise.resolve([]))
        if (fetch.pid !== undefined && fetch.exitCode === null) process.kill(-fetch.pid, "SIGKILL")
        yield* ended
        const workspace = yield* prepare({ session: round })
        assert.strictEqual(yield* arrange.read(`${workspace.path}/khealth/round`), round)
        runGit(mirror, "fsck", "--connectivity-only")
        assert.deepStrictEqual(fs.readdirSync(`${mirror}/objects/pack`).filter((name) => name.startsWith("tmp_")), [])
      }
    })
  )

  test(
    "are left as they are while a git is at work in them",
    Effect.gen(function*() {
      const { prepare, root } = yield* givenWorkspaces
      yield* prepare()
      const [mirror = ""] = mirrorsOf(root)
      writeText(`${mirror}/objects/pack/tmp_pack_x`, "")
      const other = spawn("cat", { cwd: mirror, stdio: ["pipe", "pipe", "ignore"] })
      yield* Effect.promise(() => once(other, "spawn"))
      yield* prepare({ session: "second" })
      assert.isTrue(fs.existsSync(`${mirror}/objects/pack/tmp_pack_x`))
      other.stdin.end()
      yield* Effect.promise(() => once(other, "close"))
      yield* prepare({ session: "third" })
      assert.isFalse(fs.existsSync(`${mirror}/objects/pack/tmp_pack_x`))
    })
  )

  test(
    "are shared by processes",
    Effect.gen(function*() {
      const { prepare, repository, root } = yield* givenWorkspaces
      const another = Effect.provide(
        TaskWorkspaces.use((others) =>
          others.prepare("other", {
            key: { uid: "other", run: "run", index: 0, attempt: 1 },
            task: "t",
            files: [],
            repositories: [repository()]
          })
        ),
        Layer.fresh(nodeTaskWorkspacesLayer)
      )
      const all = yield* Effect.all([prepare({ index: 6 }), another], { concurrency: "unbounded" })
      assert.deepStrictEqual(all.map(({ repositories }) => repositories.length), [1, 1])
      assert.lengthOf(mirrorsOf(root), 1)
    })
  )
})
