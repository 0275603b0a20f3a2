import {
  branchMissing,
  commitMissing,
  type GitCredentials,
  type GitFailed,
  Host,
  repositoryEmpty,
  WorkspaceFailed,
  type WorkspaceRepository
} from "@slipway/core"
import { Effect, Semaphore } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { withFileLock } from "../files/FileLock.ts"
import { systemWords } from "../files/SystemWords.ts"
import type { SubprocessResult } from "../process/Subprocess.ts"
import { firstSettings, type ObjectFormat, usualFolders, writeGitFolder } from "./GitFolder.ts"
import { isLockConflict } from "./GitOutput.ts"
import { sweepMirror } from "./MirrorLeftovers.ts"
import { withRemoteAccess } from "./RemoteAccess.ts"
import { remoteFailure } from "./RemoteFailure.ts"
import { remoteUrl } from "./RemoteUrl.ts"
import { gitFailure, type GitRunner, retryLocked } from "./RunGit.ts"
import { shallowBoundary } from "./ShallowBoundary.ts"

/** What a fetch may take. */
const fetchTimeout = "10 minutes"

/** How long another process may fetch the same mirror. */
const lockWait = "11 minutes"

/** How many sessions are remembered; one that begins again fetches again. */
const sessionsKept = 32

/** Where a task begins. */
export interface StartingPoint {
  /** Absolute path of the mirror. */
  readonly mirror: string
  /** Without credentials. */
  readonly url: string
  readonly credentials: GitCredentials | null
  readonly secret: string | null
  readonly base: string
  /** What `packed-refs` of a checkout holds: the remote's branches and tags. */
  readonly packedRefs: string
  /** Where the history is cut off; empty when it is whole. */
  readonly shallow: ReadonlyArray<string>
}

/** A mirror as a session knows it. */
interface FetchedMirror {
  readonly path: string
  readonly url: string
  readonly credentials: GitCredentials | null
  readonly secret: string | null
  readonly branches: ReadonlyMap<string, string>
  readonly packedRefs: string
  readonly format: ObjectFormat
}

/** Bare mirrors of repositories, one per URL, which checkouts borrow objects from. */
export interface RepositoryMirrors {
  /** Fetches the mirror, unless the session has done so, and tells where a task of it begins. */
  readonly startingPoint: (
    session: string,
    repository: WorkspaceRepository
  ) => Effect.Effect<StartingPoint, WorkspaceFailed>
}

/**
 * Makes one value for all who ask for it, one at a time. Who waited for a try that failed gets that failure; who asks
 * later tries again. When the one that tries is interrupted, the next one goes on.
 */
const shared = <A>(make: Effect.Effect<A, WorkspaceFailed>): Effect.Effect<A, WorkspaceFailed> => {
  const turn = Semaphore.makeUnsafe(1)
  let made: { readonly value: A } | null = null
  let failed: { readonly tries: number; readonly failure: WorkspaceFailed | null } = { tries: 0, failure: null }
  return Effect.suspend(() => {
    if (made !== null) return Effect.succeed(made.value)
    const seen = failed.tries
    return turn.withPermits(1)(Effect.suspend(() => {
      if (made !== null) return Effect.succeed(made.value)
      if (failed.failure !== null && failed.tries > seen) return Effect.fail(failed.failure)
      return Effect.tapError(
        Effect.tap(make, (value) =>
          Effect.sync(() => {
            made = { value }
          })),
        (failure) =>
          Effect.sync(() => {
            failed = { tries: failed.tries + 1, failure }
          })
      )
    }))
  })
}

type Shared<A> = Map<string, Effect.Effect<A, WorkspaceFailed>>

/** What a session knows, or is finding out. */
interface Session {
  readonly mirrors: Shared<FetchedMirror>
  /** Commits that were asked for by name. */
  readonly commits: Shared<string>
  readonly boundaries: Shared<ReadonlyArray<string>>
}

const once = <A>(known: Shared<A>, key: string, make: Effect.Effect<A, WorkspaceFailed>) => {
  const found = known.get(key) ?? shared(make)
  known.set(key, found)
  return found
}

/** The mirrors under a host's home. */
export const repositoryMirrors = (
  git: GitRunner,
  host: Host["Service"],
  digest: (text: string) => string
): RepositoryMirrors => {
  const sessions = new Map<string, Session>()
  const folder = join(host.home, "batch/mirrors")

  const sessionOf = (name: string): Session => {
    const session = sessions.get(name) ?? { mirrors: new Map(), commits: new Map(), boundaries: new Map() }
    sessions.delete(name)
    sessions.set(name, session)
    for (const oldest of sessions.keys()) {
      if (sessions.size <= sessionsKept) break
      sessions.delete(oldest)
    }
    return session
  }

  const pathOf = (url: string) => join(folder, `${digest(url).slice(0, 32)}.git`)

  const locked = <A>(path: string, effect: Effect.Effect<A, WorkspaceFailed | GitFailed>) =>
    withFileLock(`${path}.lock`, { wait: lockWait })(effect).pipe(
      Effect.provideService(Host, host),
      Effect.catchTag("LockBusy", ({ message }) => mirrorFailure(message, true)),
      Effect.catchTag("FileUnavailable", ({ message }) => mirrorFailure(message, false)),
      Effect.catchTag("GitFailed", ({ stderr }) => mirrorFailure(stderr, isLockConflict(stderr)))
    )

  const fetched = Effect.fnUntraced(function*(
    url: string,
    credentials: GitCredentials | null,
    secret: string | null
  ) {
    const path = pathOf(url)
    yield* writing(folder, () => {
      fs.mkdirSync(join(host.home, "batch"), { recursive: true, mode: 0o700 })
      fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
    })
    return yield* locked(
      path,
      Effect.gen(function*() {
        yield* Effect.tryPromise({ try: () => sweepMirror(path), catch: (error) => unwritable(path, error) })
        const format = yield* writing(path, () => makeMirror(path))
        const refspecs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
        let result = yield* fetchInto(path, url, credentials, refspecs)
        let used = format
        if (/mismatched algorithms/u.test(result.stderr)) {
          used = "sha256"
          yield* writing(path, () => makeMirror(path, "sha256"))
          result = yield* fetchInto(path, url, credentials, refspecs)
        }
        if (result.exitCode !== 0) {
          return yield* remoteFailure(url, result, { hasCredentials: credentials !== null, secret })
        }
        const refs = yield* git.run(path, ["for-each-ref", "--format=%(objectname) %(refname)"])
        return { path, url, credentials, secret, format: used, ...refsOf(refs) }
      })
    )
  })

  /** Runs `git fetch`, whatever comes of it; only for who holds the mirror's lock. */
  const fetchInto = (
    path: string,
    url: string,
    credentials: GitCredentials | null,
    refspecs: ReadonlyArray<string>
  ): Effect.Effect<SubprocessResult, WorkspaceFailed | GitFailed> => {
    const options = [
      "--quiet",
      "--prune",
      "--no-tags",
      "--no-write-fetch-head",
      "--no-auto-gc",
      "--no-recurse-submodules"
    ]
    const args = ["fetch", ...options, "--end-of-options", url, ...refspecs]
    // A git that outlived its Slipway may still be fetching here.
    return withRemoteAccess(host, url, credentials, (variables) =>
      retryLocked(Effect.flatMap(
        git.attempt(path, args, { timeout: fetchTimeout, variables: { GIT_DIR: path, ...variables } }),
        (result) =>
          result.exitCode !== 0 && isLockConflict(result.stderr)
            ? Effect.fail(gitFailure(path, args, result))
            : Effect.succeed(result)
      )))
  }

  const baseOf = Effect.fnUntraced(function*(mirror: FetchedMirror, { branch, commit }: WorkspaceRepository) {
    if (commit === null) {
      const head = mirror.branches.get(branch)
      if (head !== undefined) return head
      return yield* mirror.branches.size === 0
        ? repositoryEmpty(mirror.url)
        : branchMissing(mirror.url, branch, [...mirror.branches.keys()])
    }
    const known = yield* commitIn(mirror.path, commit)
    if (known !== null) return known
    // Only a whole id can be asked for.
    if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u.test(commit)) return yield* commitMissing(mirror.url, commit)
    const result = yield* locked(mirror.path, fetchInto(mirror.path, mirror.url, mirror.credentials, [commit]))
    if (result.exitCode !== 0 && !/not our ref|unadvertised object|couldn't find remote ref/iu.test(result.stderr)) {
      const entry = { hasCredentials: mirror.credentials !== null, secret: mirror.secret }
      return yield* remoteFailure(mirror.url, result, entry)
    }
    return (yield* commitIn(mirror.path, commit)) ?? (yield* commitMissing(mirror.url, commit))
  })

  const commitIn = (path: string, commit: string): Effect.Effect<string | null, WorkspaceFailed> =>
    git.attempt(path, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${commit}^{commit}`], {
      variables: { GIT_DIR: path }
    }).pipe(
      Effect.map(({ exitCode, stdout }) => exitCode === 0 ? stdout.trim() : null),
      Effect.catchTag("GitFailed", ({ stderr }) => mirrorFailure(stderr, false))
    )

  const startingPoint = Effect.fn("RepositoryMirrors.startingPoint")(function*(
    session: string,
    repository: WorkspaceRepository
  ) {
    const asked = remoteUrl(repository.url)
    const credentials = repository.credentials ?? asked.credentials
    const secret = repository.secret ?? null
    const known = sessionOf(session)
    // One whose credentials are wrong must not fail those whose are right.
    const access = `${asked.url} ${digest(JSON.stringify(credentials))}`
    const mirror = yield* once(known.mirrors, access, fetched(asked.url, credentials, secret))
    const base = repository.commit === null
      ? yield* baseOf(mirror, repository)
      : yield* once(known.commits, `${repository.commit} ${access}`, baseOf(mirror, repository))
    const { depth } = repository
    if (depth === null) {
      return {
        mirror: mirror.path,
        url: asked.url,
        credentials,
        secret,
        base,
        packedRefs: mirror.packedRefs,
        shallow: []
      }
    }
    const shallow = yield* once(
      known.boundaries,
      `${depth} ${base} ${asked.url}`,
      Effect.catchTag(
        shallowBoundary(git, mirror.path, base, depth),
        "GitFailed",
        ({ stderr }) => mirrorFailure(stderr, false)
      )
    )
    // Another branch's history would not be cut off.
    const isHead = mirror.branches.get(repository.branch) === base
    const packedRefs = isHead ? `${base} refs/remotes/origin/${repository.branch}\n` : ""
    return { mirror: mirror.path, url: asked.url, credentials, secret, base, packedRefs, shallow }
  })

  return { startingPoint }
}

/** The format that the mirror has, made anew as far as something is missing. */
const makeMirror = (path: string, wanted?: ObjectFormat): ObjectFormat => {
  const config = join(path, "config")
  const present = fs.existsSync(config) ? fs.readFileSync(config, "utf8") : ""
  const format = wanted ?? (/objectformat = sha256/u.test(present) ? "sha256" : "sha1")
  const isWhole = fs.existsSync(join(path, "HEAD")) && wanted === undefined
  if (!isWhole) {
    writeGitFolder(path, {
      folders: usualFolders,
      head: "ref: refs/heads/slipway-mirror",
      // What a checkout borrows must never go.
      settings: [...firstSettings(format, true), ["gc", "auto", "0"], ["maintenance", "auto", "false"]],
      alternates: [],
      files: {}
    })
  }
  return format
}

/** Reads `for-each-ref`, for looking up branches, and as a checkout has them. */
const refsOf = (text: string): Pick<FetchedMirror, "branches" | "packedRefs"> => {
  const refs = text.split("\n").filter((line) => line !== "").map((line) => {
    const space = line.indexOf(" ")
    return { id: line.slice(0, space), name: line.slice(space + 1) }
  })
  const heads = "refs/heads/"
  const tags = "refs/tags/"
  return {
    branches: new Map(
      refs.filter(({ name }) => name.startsWith(heads)).map(({ id, name }) => [name.slice(heads.length), id])
    ),
    packedRefs: refs.flatMap(({ id, name }) =>
      name.startsWith(heads)
        ? [`${id} refs/remotes/origin/${name.slice(heads.length)}\n`]
        : name.startsWith(tags)
        ? [`${id} ${name}\n`]
        : []
    ).join("")
  }
}

const mirrorFailure = (message: string, transient: boolean) =>
  Effect.fail(new WorkspaceFailed({ reason: "MirrorUnusable", message, transient }))

const unwritable = (path: string, error: unknown) =>
  new WorkspaceFailed({
    reason: "MirrorUnusable",
    message: `cannot write ${path}: ${systemWords(error)}`,
    transient: false
  })

const writing = <A>(path: string, run: () => A): Effect.Effect<A, WorkspaceFailed> =>
  Effect.try({ try: run, catch: (error) => unwritable(path, error) })
