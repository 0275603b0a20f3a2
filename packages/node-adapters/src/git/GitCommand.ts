import {
  type DefaultBranch,
  Git,
  GitFailed,
  type GitWorktree,
  NotARepository,
  type Repository
} from "@slipway/core"
import { Effect, Layer, Schedule } from "effect"
import * as fs from "node:fs/promises"
import { dirname, resolve } from "node:path"
import { Subprocess, type SubprocessResult } from "../process/Subprocess.ts"
import { inspectWorktree } from "./GitInspection.ts"
import {
  excludeLine,
  gitWords,
  isLockConflict,
  parseCounts,
  parseStatus,
  parseWorktrees
} from "./GitOutput.ts"
import { removeWorktreeFolder, worktreeGitDirectory } from "./WorktreeFolder.ts"

/** What a fetch may take before Slipway goes on with what is here. */
const fetchTimeout = "30 seconds"

/** Variables of the caller that would make git look elsewhere than where it is told to. */
const isForeign = (name: string): boolean =>
  name.startsWith("GIT_") &&
  !/^GIT_(?:SSH|SSH_COMMAND|ASKPASS|AUTHOR_\w+|COMMITTER_\w+|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM)|EXEC_PATH|SSL_\w+)$/u
    .test(name)

/** Runs git in a folder; fails when it does. */
export type RunGit = (
  directory: string,
  args: ReadonlyArray<string>,
  options?: { readonly stdin?: string; readonly timeout?: typeof fetchTimeout }
) => Effect.Effect<string, GitFailed>

const runGitWith = (subprocess: Subprocess["Service"]) => {
  const attempt = (
    directory: string,
    args: ReadonlyArray<string>,
    options: { readonly stdin?: string; readonly timeout?: typeof fetchTimeout } = {}
  ): Effect.Effect<SubprocessResult, GitFailed> =>
    subprocess.run({
      command: ["git", ...args],
      directory,
      unset: isForeign,
      // A question would be asked of nobody, and translated words could not be read.
      variables: { GIT_TERMINAL_PROMPT: "0", LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0" },
      ...options
    }).pipe(
      Effect.mapError((error) => new GitFailed({ command: args, directory, exitCode: 127, stderr: error.message }))
    )
  const run: RunGit = (directory, args, options) =>
    attempt(directory, args, options).pipe(
      Effect.flatMap((result) =>
        result.exitCode === 0 ? Effect.succeed(result.stdout) : Effect.fail(
          new GitFailed({ command: args, directory, exitCode: result.exitCode, stderr: gitWords(result.stderr) })
        )
      )
    )
  return { attempt, run }
}

/** git, by its command. */
export const gitCommandLayer: Layer.Layer<Git, never, Subprocess> = Layer.effect(
  Git,
  Effect.map(Subprocess, (subprocess) => {
    const { attempt, run } = runGitWith(subprocess)

    const repository = Effect.fn("Git.repository")(function*(directory: string) {
      const args = ["rev-parse", "--path-format=absolute", "--show-toplevel", "--git-common-dir"]
      if (!(yield* isDirectory(directory))) return yield* new NotARepository({ directory })
      const result = yield* attempt(directory, args)
      if (result.exitCode !== 0) return yield* new NotARepository({ directory })
      const [current = "", commonDirectory = ""] = result.stdout.split("\n")
      const common = yield* realPath(commonDirectory)
      const main = common.endsWith("/.git") ? dirname(common) : yield* firstWorktree(directory)
      return { main, commonDirectory: common, current: yield* realPath(current) }
    })

    /** For a repository whose git folder does not lie in its main checkout. */
    const firstWorktree = Effect.fnUntraced(function*(directory: string) {
      const [first] = parseWorktrees(yield* run(directory, ["worktree", "list", "--porcelain", "-z"]))
      return first?.isMain === true ? first.path : yield* new NotARepository({ directory })
    })

    const worktrees = Effect.fn("Git.worktrees")(function*(repository: Repository) {
      const listed = parseWorktrees(yield* run(repository.main, ["worktree", "list", "--porcelain", "-z"]))
      return yield* Effect.forEach(listed, (worktree) =>
        Effect.gen(function*() {
          const known: GitWorktree = {
            ...worktree,
            missing: !(yield* isDirectory(worktree.path)),
            gitDirectory: worktree.isMain
              ? repository.commonDirectory
              : yield* worktreeGitDirectory(repository, worktree.path)
          }
          return known
        }))
    })

    const defaultBranch = Effect.fn("Git.defaultBranch")(function*(repository: Repository) {
      const format = "--format=%(refname)%00%(symref)%00%(HEAD)"
      const text = yield* run(repository.main, ["for-each-ref", format, "refs/remotes", "refs/heads"])
      const refs = text.split("\n").filter((line) => line !== "").map((line) => {
        const [name = "", symref = "", head = ""] = line.split("\0")
        return { name, symref, isHead: head === "*" }
      })
      const found = remoteDefault(refs) ?? localDefault(refs)
      if (found !== null) return found
      return yield* new GitFailed({
        command: ["rev-parse", "HEAD"],
        directory: repository.main,
        exitCode: 128,
        stderr: "the repository has no commit yet"
      })
    })

    const fetch = Effect.fn("Git.fetch")(function*(repository: Repository, branch: DefaultBranch) {
      if (branch.remote === null) return
      const refspec = `+refs/heads/${branch.name}:refs/remotes/${branch.remote}/${branch.name}`
      yield* retryLocked(
        run(repository.main, ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", branch.remote, refspec], {
          timeout: fetchTimeout
        })
      )
    })

    const branchHead = Effect.fn("Git.branchHead")(function*(repository: Repository, branch: string) {
      const text = yield* run(repository.main, [
        "for-each-ref",
        "--format=%(refname) %(objectname)",
        `refs/heads/${branch}`
      ])
      const line = text.split("\n").find((candidate) => candidate.startsWith(`refs/heads/${branch} `))
      return line === undefined ? null : line.slice(line.lastIndexOf(" ") + 1)
    })

    const addWorktree = Effect.fn("Git.addWorktree")(function*(options: {
      readonly repository: Repository
      readonly path: string
      readonly branch: string
      readonly from?: string
    }) {
      const { branch, from, path, repository } = options
      // --no-track: writing the upstream would make parallel calls lose the race for the configuration's lock.
      const args = from === undefined
        ? ["worktree", "add", "--quiet", path, branch]
        : ["worktree", "add", "--quiet", "--no-track", "-b", branch, path, from]
      const start = from === undefined ? null : yield* run(repository.main, ["rev-parse", "--verify", `${from}^{commit}`])
      yield* retryLocked(
        run(repository.main, args).pipe(
          Effect.tapError(() => 
            start === null ? Effect.void : Effect.ignore(takeBackBranch(repository, path, branch, start.trim())))
        )
      )
    })

    /** A branch that a failed `worktree add` left behind would block the next try. */
    const takeBackBranch = Effect.fnUntraced(function*(
      repository: Repository,
      path: string,
      branch: string,
      start: string
    ): Effect.fn.Return<void, GitFailed> {
      const taken = (yield* worktrees(repository)).some((worktree) =>
        worktree.branch === branch && worktree.path !== path
      )
      if (taken || (yield* branchHead(repository, branch)) !== start) return
      if (yield* isDirectory(path)) yield* removeWorktree(repository, path)
      yield* deleteBranch(repository, branch, start)
    })

    const summary = Effect.fn("Git.summary")(function*(worktree: string, base: string | null) {
      const status = parseStatus(
        yield* run(worktree, ["status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal"])
      )
      const counts = base === null ? null : yield* run(worktree, [
        "rev-list",
        "--left-right",
        "--count",
        `${base}...HEAD`,
        "--"
      ]).pipe(Effect.map(parseCounts), Effect.orElseSucceed(() => null))
      return {
        branch: status.branch,
        head: status.head,
        ahead: counts?.right ?? null,
        behind: counts?.left ?? null,
        changes: status.changes
      }
    })

    const inspect = Effect.fn("Git.inspect")((worktree: string, base: string | null) =>
      inspectWorktree(run, worktree, base)
    )

    const removeWorktree = Effect.fn("Git.removeWorktree")((repository: Repository, path: string) =>
      removeWorktreeFolder(run, repository, path)
    )

    const isMergedOrPushed = Effect.fn("Git.isMergedOrPushed")(
      function*(repository: Repository, branch: string, base: string | null) {
        const safe = base === null ? ["--remotes"] : ["--remotes", base]
        const left = yield* run(repository.main, [
          "rev-list",
          "--max-count=1",
          `refs/heads/${branch}`,
          "--not",
          ...safe,
          "--"
        ])
        return left.trim() === ""
      }
    )

    const deleteBranch = Effect.fn("Git.deleteBranch")(
      function*(repository: Repository, branch: string, head: string) {
        yield* retryLocked(run(repository.main, ["update-ref", "-d", `refs/heads/${branch}`, head]))
      }
    )

    const ignoredMatching = Effect.fn("Git.ignoredMatching")(
      function*(checkout: string, patterns: ReadonlyArray<string>) {
        if (patterns.length === 0) return []
        // The patterns alone decide what is looked at, so that a huge ignored folder is not walked for `.env`.
        const listed = yield* run(checkout, [
          "ls-files",
          "-z",
          "--others",
          "--ignored",
          ...patterns.map((pattern) => `--exclude=${pattern}`)
        ])
        const matching = listed.split("\0").filter((path) => path !== "" && !path.endsWith("/"))
        if (matching.length === 0) return []
        const args = ["check-ignore", "-z", "--stdin"]
        const checked = yield* attempt(checkout, args, { stdin: matching.join("\0") })
        if (checked.exitCode > 1) {
          return yield* new GitFailed({
            command: args,
            directory: checkout,
            exitCode: checked.exitCode,
            stderr: gitWords(checked.stderr)
          })
        }
        return checked.stdout.split("\0").filter((path) => path !== "")
      }
    )

    const exclude = Effect.fn("Git.exclude")(function*(repository: Repository, paths: ReadonlyArray<string>) {
      const file = resolve(repository.commonDirectory, "info/exclude")
      yield* Effect.tryPromise({
        try: () => appendMissing(file, paths.map(excludeLine)),
        catch: (cause) =>
          new GitFailed({ command: ["exclude"], directory: repository.main, exitCode: 1, stderr: String(cause) })
      })
    })

    return Git.of({
      repository,
      worktrees,
      defaultBranch,
      fetch,
      branchHead,
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

interface Ref {
  readonly name: string
  readonly symref: string
  readonly isHead: boolean
}

/** Where nobody said which branch is the default, one of these is. */
const usualNames = ["main", "master", "trunk", "develop"]

const remoteDefault = (refs: ReadonlyArray<Ref>): DefaultBranch | null => {
  const remoteRefs = refs.filter((ref) => ref.name.startsWith("refs/remotes/"))
  const remotes = [...new Set(remoteRefs.map((ref) => ref.name.split("/")[2] ?? ""))]
  const remote = remotes.includes("origin") ? "origin" : remotes.length === 1 ? remotes[0] : undefined
  if (remote === undefined) return null
  const prefix = `refs/remotes/${remote}/`
  const names = remoteRefs.map((ref) => ref.name)
  const head = remoteRefs.find((ref) => ref.name === `${prefix}HEAD`)?.symref
  const current = refs.find((ref) => ref.isHead)?.name.replace("refs/heads/", prefix)
  const ref = [head, ...usualNames.map((name) => prefix + name), current]
    .find((candidate) => candidate !== undefined && names.includes(candidate))
  return ref === undefined ? null : { name: ref.slice(prefix.length), remote, ref }
}

const localDefault = (refs: ReadonlyArray<Ref>): DefaultBranch | null => {
  const names = refs.map((ref) => ref.name)
  const ref = [...usualNames.map((name) => `refs/heads/${name}`), refs.find((one) => one.isHead)?.name]
    .find((candidate) => candidate !== undefined && names.includes(candidate))
  return ref === undefined ? null : { name: ref.slice("refs/heads/".length), remote: null, ref }
}

/** Another git at work holds a lock for milliseconds. */
const retryLocked = <A>(effect: Effect.Effect<A, GitFailed>): Effect.Effect<A, GitFailed> =>
  Effect.retry(effect, {
    while: (error) => isLockConflict(error.stderr),
    schedule: Schedule.exponential("20 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 8 }))
  })

const isDirectory = (path: string): Effect.Effect<boolean> =>
  Effect.promise(() => fs.stat(path).then((found) => found.isDirectory(), () => false))

const realPath = (path: string): Effect.Effect<string> =>
  Effect.promise(() => fs.realpath(path).catch(() => path))

/** Appends lines that a file does not have yet, in one write, so that many processes can do it at once. */
const appendMissing = async (file: string, lines: ReadonlyArray<string>): Promise<void> => {
  const text = await fs.readFile(file, "utf8").catch(() => "")
  const present = new Set(text.split("\n"))
  const missing = lines.filter((line) => !present.has(line))
  if (missing.length === 0) return
  await fs.mkdir(dirname(file), { recursive: true })
  const separator = text === "" || text.endsWith("\n") ? "" : "\n"
  await fs.appendFile(file, `${separator}${missing.join("\n")}\n`)
}
