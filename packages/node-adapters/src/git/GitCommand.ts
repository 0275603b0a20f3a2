import {
  type BranchMerge,
  type DefaultBranch,
  Git,
  GitFailed,
  type GitWorktree,
  NotARepository,
  type Repository
} from "@slipway/core"
import { Effect, Layer } from "effect"
import * as fs from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { Subprocess } from "../process/Subprocess.ts"
import { commitOf, containedCommits, localHeads } from "./Containment.ts"
import { guessedDefaultBranch, namedDefaultBranch, parseRefs, refFormat } from "./DefaultBranch.ts"
import { appendMissingLines, excludeLine } from "./ExcludeFile.ts"
import { inspectWorktree, summarizeWorktree } from "./GitInspection.ts"
import { isOutsideRepository, isRefMoved, parsePaths, parseRepository, parseSettings } from "./GitOutput.ts"
import { mergeBranch } from "./Merge.ts"
import { gitFailure, gitRefusal, gitRunner, listWorktrees, retryLocked } from "./RunGit.ts"
import { usualRepository } from "./UsualRepository.ts"
import { addWorktreeFolder, type WorktreeAddition } from "./WorktreeAddition.ts"
import { isDirectory, mayBeCheckedOut, realPath, worktreeRecords } from "./WorktreeRecords.ts"
import { removeWorktreeFolder } from "./WorktreeRemoval.ts"

/** What a fetch may take before Slipway goes on with what is here. */
const fetchTimeout = "30 seconds"

/**
 * git, by its command (2.36 or newer; merges need 2.38). Looking never takes a lock, and adding, fetching and deleting wait a moment for
 * one that another git holds.
 */
export const gitCommandLayer: Layer.Layer<Git, never, Subprocess> = Layer.effect(
  Git,
  Effect.map(Subprocess, (subprocess) => {
    const git = gitRunner(subprocess)

    const findRepository = Effect.fn("Git.repository")(function*(directory: string) {
      return (yield* usualRepository(directory)) ?? (yield* askedRepository(directory))
    })

    const askedRepository = Effect.fnUntraced(function*(directory: string) {
      // Paths can hold line ends: a word that is always the same stands between them.
      const between = "--is-inside-work-tree"
      const paths = ["--show-toplevel", between, "--git-dir", between, "--git-common-dir"]
      const args = ["rev-parse", "--path-format=absolute", ...paths]
      if (!(yield* isDirectory(directory))) return yield* new NotARepository({ directory })
      const result = yield* git.attempt(directory, args)
      if (result.exitCode !== 0) {
        return yield* isOutsideRepository(result.stderr)
          ? new NotARepository({ directory })
          : gitFailure(directory, args, result)
      }
      const found = parseRepository(result.stdout)
      const current = yield* realPath(found.current)
      const commonDirectory = yield* realPath(found.commonDirectory)
      const isMain = (yield* realPath(found.gitDirectory)) === commonDirectory
      const main = isMain ? current : yield* mainCheckout(directory, commonDirectory)
      return { main, commonDirectory, current }
    })

    /** The main checkout, as a linked worktree knows it; a bare repository has none. */
    const mainCheckout = Effect.fnUntraced(function*(directory: string, commonDirectory: string) {
      const names = ["config", "-z", "--get-regexp", "^core\\.(bare|worktree)$"]
      const config = parseSettings((yield* git.attempt(directory, [`--git-dir=${commonDirectory}`, ...names])).stdout)
      if (config.get("core.bare") === "true") return yield* new NotARepository({ directory })
      // A submodule's git folder lies elsewhere and names its work tree. Only git knows where, for others.
      const worktree = config.get("core.worktree")
      if (worktree !== undefined) return yield* realPath(resolve(commonDirectory, worktree))
      if (commonDirectory.endsWith("/.git")) return dirname(commonDirectory)
      const [first] = yield* listWorktrees(git, directory)
      return first?.isMain === true && first.path !== commonDirectory
        ? first.path
        : yield* new NotARepository({ directory })
    })

    const worktrees = Effect.fn("Git.worktrees")(function*(repository: Repository) {
      const [all, records] = yield* Effect.all([
        listWorktrees(git, repository.main),
        worktreeRecords(repository)
      ], { concurrency: "unbounded" })
      return yield* Effect.forEach(all, (listed) => {
        const path = listed.isMain ? repository.main : listed.path
        const gitDirectory = listed.isMain ? repository.commonDirectory : records.get(path) ?? join(path, ".git")
        return Effect.map(
          isDirectory(path),
          (present): GitWorktree => ({ ...listed, path, missing: !present, gitDirectory })
        )
      })
    })

    const configuredName = (repository: Repository) =>
      Effect.map(
        git.attempt(repository.main, ["config", "init.defaultBranch"]),
        ({ exitCode, stdout }) => exitCode === 0 ? stdout.trim() : null
      )

    const defaultBranch = Effect.fn("Git.defaultBranch")(function*(repository: Repository) {
      const args = ["for-each-ref", refFormat, "refs/remotes", "refs/heads"]
      const refs = parseRefs(yield* git.run(repository.main, args))
      const chosen = namedDefaultBranch(refs) ?? guessedDefaultBranch(refs, yield* configuredName(repository))
      if (chosen !== null) return chosen
      return yield* refs.some((ref) => ref.name.startsWith("refs/heads/"))
        ? gitRefusal(
          repository.main,
          ["branch"],
          `no branch is checked out in ${repository.main}, and none is main or master`
        )
        : gitRefusal(
          repository.main,
          ["rev-parse", "HEAD"],
          "the repository has no commit yet",
          "worktrees start from a commit: make the first one with `git commit`"
        )
    })

    const fetch = Effect.fn("Git.fetch")(function*(repository: Repository, branch: DefaultBranch) {
      if (branch.remote === null) return
      const refspec = `+refs/heads/${branch.name}:refs/remotes/${branch.remote}/${branch.name}`
      const options = ["--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-gc"]
      yield* retryLocked(
        git.run(repository.main, ["fetch", ...options, "--", branch.remote, refspec], { timeout: fetchTimeout }),
        // Another fetch of the branch brings the same.
        isRefMoved
      )
    })

    /** Where a branch stands, and in which worktree it is checked out, if in any. */
    const branchState = Effect.fnUntraced(function*(repository: Repository, branch: string) {
      const name = `refs/heads/${branch}`
      const format = "--format=%(refname)%00%(objectname)%00%(worktreepath)"
      const text = yield* git.run(repository.main, ["for-each-ref", format, name])
      // Asked for `a`, git would also list `a/b`.
      const [, head, worktree] = /^([0-9a-f]+)\0([\s\S]*)\n$/u.exec(
        text.startsWith(`${name}\0`) ? text.slice(name.length + 1) : ""
      ) ?? []
      return head === undefined || worktree === undefined ? null : { head, worktree }
    })

    const branchHead = Effect.fn("Git.branchHead")((repository: Repository, branch: string) =>
      Effect.map(branchState(repository, branch), (state) => state?.head ?? null)
    )

    const identity = Effect.fn("Git.identity")(function*(repository: Repository) {
      const args = ["config", "-z", "--get-regexp", "^user\\.(email|name)$"]
      const settings = parseSettings((yield* git.attempt(repository.current, args)).stdout)
      return settings.get("user.email") ?? settings.get("user.name") ?? null
    })

    const branchHeads = Effect.fn("Git.branchHeads")((repository: Repository) => localHeads(git, repository))

    const commit = Effect.fn("Git.commit")((repository: Repository, revision: string) =>
      commitOf(git, repository, revision)
    )

    const contained = Effect.fn("Git.contained")(
      (repository: Repository, commits: ReadonlyArray<string>, head: string) =>
        containedCommits(git, repository, commits, head)
    )

    const merge = Effect.fn("Git.merge")((asked: BranchMerge) =>
      mergeBranch(git, asked, defaultBranch(asked.repository))
    )

    const addWorktree = Effect.fn("Git.addWorktree")((addition: WorktreeAddition) => addWorktreeFolder(git, addition))

    const summary = Effect.fn("Git.summary")((worktree: string, base: string | null) =>
      summarizeWorktree(git, worktree, base)
    )

    const inspect = Effect.fn("Git.inspect")((worktree: string, base: string | null) =>
      inspectWorktree(git, worktree, base)
    )

    const removeWorktree = Effect.fn("Git.removeWorktree")((repository: Repository, path: string) =>
      removeWorktreeFolder(git, repository, path)
    )

    const isMergedOrPushed = Effect.fn("Git.isMergedOrPushed")(
      function*(repository: Repository, branch: string, base: string | null) {
        const range = [`refs/heads/${branch}`, ...(base === null ? [] : [`^${base}`])]
        const args = ["rev-list", "--max-count=1", "--not", "--remotes", "--not", "--end-of-options", ...range, "--"]
        return (yield* git.run(repository.main, args)) === ""
      }
    )

    const deleteBranch = Effect.fn("Git.deleteBranch")(
      function*(repository: Repository, branch: string, head: string) {
        const args = ["update-ref", "-d", `refs/heads/${branch}`, head]
        const state = (yield* mayBeCheckedOut(repository, branch)) ? yield* branchState(repository, branch) : null
        if (state !== null && state.worktree !== "") {
          return yield* gitRefusal(repository.main, args, `branch ${branch} is checked out at ${state.worktree}`)
        }
        yield* retryLocked(git.run(repository.main, args))
        // Only where there is something: the removal takes the configuration's lock.
        const config = yield* Effect.promise(() =>
          fs.readFile(join(repository.commonDirectory, "config"), "utf8").catch(() => "")
        )
        if (!config.includes(`[branch "${branch.replaceAll("\"", "\\\"")}"]`)) return
        yield* retryLocked(git.run(repository.main, ["config", "--local", "--remove-section", `branch.${branch}`]))
      }
    )

    const ignoredMatching = Effect.fn("Git.ignoredMatching")(
      function*(checkout: string, patterns: ReadonlyArray<string>) {
        if (patterns.length === 0) return []
        // The patterns, not the checkout's own rules, choose: what is ignored can be a hundred thousand files.
        const chosen = patterns.map((pattern) => `--exclude=${pattern}`)
        const listed = yield* git.run(checkout, ["ls-files", "-z", "--others", "--ignored", ...chosen])
        const matching = parsePaths(listed).filter((path) => !path.endsWith("/"))
        if (matching.length === 0) return []
        // Begun with `./`, a name such as `:file` is nothing special.
        const args = ["check-ignore", "-z", "--stdin"]
        const checked = yield* git.attempt(checkout, args, { stdin: matching.map((path) => `./${path}`).join("\0") })
        // 1: none of them is ignored.
        return checked.exitCode <= 1
          ? parsePaths(checked.stdout).map((path) => path.slice(2))
          : yield* gitFailure(checkout, args, checked)
      }
    )

    const exclude = Effect.fn("Git.exclude")(function*(repository: Repository, paths: ReadonlyArray<string>) {
      const file = join(repository.commonDirectory, "info/exclude")
      yield* Effect.tryPromise({
        try: () => appendMissingLines(file, paths.map(excludeLine)),
        catch: (cause) =>
          new GitFailed({
            command: ["rev-parse", "--git-path", "info/exclude"],
            directory: repository.main,
            exitCode: 1,
            stderr: cause instanceof Error ? cause.message : String(cause)
          })
      })
    })

    return Git.of({
      repository: findRepository,
      worktrees,
      defaultBranch,
      fetch,
      identity,
      branchHead,
      branchHeads,
      commit,
      contained,
      merge,
      addWorktree,
      summary,
      inspect,
      removeWorktree,
      isMergedOrPushed,
      deleteBranch,
      ignoredMatching,
      exclude
    })
  })
)
