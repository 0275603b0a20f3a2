import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { commitAll, gitVariables, runGit, writeText } from "../testing/GitRepository.ts"
import { gitInScratchLayer, given } from "../testing/GitScenario.ts"

const program = fileURLToPath(new URL("../testing/MergingProcess.ts", import.meta.url))

/** A merging process, stopped before each run of git. */
const startMerging = (main: string, branch: string, head: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, [program, main, branch, head], {
        stdio: ["pipe", "pipe", "inherit"],
        env: { PATH: gitVariables.PATH }
      })
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      const ended = once(child, "exit")
      /** The next run of git, or null when it has ended. */
      const next = async () => {
        const { done, value } = await lines.next()
        return done === true ? null : value
      }
      return { next, go: () => child.stdin.write("go\n"), kill: () => killed(child, ended) }
    }),
    ({ kill }) => Effect.promise(kill)
  )

const killed = async (child: ChildProcess, ended: Promise<unknown>): Promise<void> => {
  child.kill("SIGKILL")
  await ended
}

/** Until a file is there. */
const appeared = async (path: string): Promise<void> => {
  while (!fs.existsSync(path)) await new Promise((resolve) => setImmediate(resolve))
}

/** Branches that have diverged; `main` is checked out. */
const diverged = Effect.gen(function*() {
  const arranged = yield* given
  const { add, main } = arranged
  const path = yield* add("a")
  writeText(`${path}/theirs`, "t")
  writeText(`${path}/z last`, "t")
  const theirs = commitAll(path, "Theirs")
  writeText(`${main}/ours`, "o")
  const ours = commitAll(main, "Ours")
  const look = () => ({
    head: runGit(main, "rev-parse", "main").trim(),
    status: runGit(main, "status", "--porcelain"),
    locks: fs.readdirSync(`${main}/.git`, { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".lock")
    )
  })
  return { ...arranged, look, ours, theirs }
})

describe("git: a merge that is killed", () => {
  it.live(
    "between any two of its steps leaves all as it was, or all done, and works when asked again",
    () =>
      Effect.gen(function*() {
        const { git, look, main, ours, repository, theirs } = yield* diverged
        const before = { head: ours, status: "", locks: [] }
        const killBefore = Effect.fnUntraced(function*(step: number) {
          const { go, kill, next } = yield* startMerging(main, "impl/a", theirs)
          const run = yield* Effect.promise(async () => {
            let said = await next()
            for (let done = 0; done < step && said !== null; done++) {
              go()
              said = await next()
            }
            await kill()
            return said
          })
          return run
        }, Effect.scoped)
        const runs: Array<string> = []
        for (let step = 0;; step++) {
          const run = yield* killBefore(step)
          // What comes after the merge only looks at it.
          if (run === null || runs.at(-1)?.startsWith("git merge --ff-only") === true) break
          runs.push(run)
          assert.deepStrictEqual(look(), before, run)
        }
        assert.isTrue(runs.some((run) => run.includes("commit-tree")))
        assert.match(runs.at(-1) ?? "", /^git merge --ff-only/u)
        const { head, status } = look()
        assert.deepStrictEqual([status, runGit(main, "rev-list", "--parents", "-n1", head).trim()], [
          "",
          `${head} ${ours} ${theirs}`
        ])
        const again = yield* git.merge({
          repository,
          branch: "impl/a",
          head: theirs,
          into: "main",
          message: "Merge",
          strategy: "fast-forward-or-commit"
        })
        assert.deepStrictEqual(again, { _tag: "Merged", commit: head, head: theirs, base: head, how: "already-merged" })
      }).pipe(Effect.provide(gitInScratchLayer)),
    60_000
  )

  it.live("while files are written lets them be written to the end", () =>
    Effect.scoped(Effect.gen(function*() {
      const { look, main, root, theirs } = yield* diverged
      // The last file waits until it is told to go on.
      fs.mkdirSync(`${root}/signals`)
      const script = `touch "${root}/signals/begun"; until [ -e "${root}/signals/go" ]; do sleep 0.01; done; cat`
      runGit(main, "config", "filter.slow.smudge", script)
      writeText(`${main}/.git/info/attributes`, "z* filter=slow\n")
      writeText(`${main}/.git/hooks/post-merge`, `#!/bin/sh\ntouch "${root}/signals/done"\n`)
      fs.chmodSync(`${main}/.git/hooks/post-merge`, 0o755)
      const { go, kill, next } = yield* startMerging(main, "impl/a", theirs)
      yield* Effect.promise(async () => {
        for (let run = await next(); run?.startsWith("git merge --ff-only") === false; run = await next()) go()
        go()
        await appeared(`${root}/signals/begun`)
        await kill()
        fs.writeFileSync(`${root}/signals/go`, "")
        await appeared(`${root}/signals/done`)
      })
      assert.strictEqual(runGit(main, "rev-parse", "main^2").trim(), theirs)
      assert.strictEqual(look().status, "")
    })).pipe(Effect.provide(gitInScratchLayer)), 60_000)
})
