import { FileUnavailable, Host, LockBusy, type ProcessIdentity } from "@slipway/core"
import { Clock, Duration, Effect, Random, type Scope } from "effect"
import * as fs from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { isAbsent, systemCode, systemWords } from "./SystemWords.ts"

/** How a lock is waited for. */
export interface FileLockOptions {
  /** 30 seconds when absent. */
  readonly wait?: Duration.Input
}

/**
 * Runs an effect while holding the lock of a path: no other process of this machine, and no other fiber of this one,
 * runs one of the same path meanwhile. The lock goes when the effect ends, fails or is interrupted; that of a process
 * that was killed is taken over at once. Waiting can be interrupted.
 *
 * The lock is a symbolic link that leads nowhere: its text names the process that holds it. A link is made with its
 * text in one step, so that no half-written lock exists, and no two can make it. Libraries for lock files tell a dead
 * holder by a time that the living must keep renewing, which fails when a process or the whole machine was asleep;
 * here it is told by the process itself, its id and start time.
 *
 * Taking over a dead holder's lock is the delicate part: between looking and removing, another process may have done
 * both, and one would remove a living lock. So the right to remove the lock of one dead holder is itself a lock, named
 * after that very holding, and the lock is looked at again under it. As a holding never comes back, it is removed by
 * one process alone; and if that one dies on the way, the same rule holds for its lock.
 *
 * @example
 * yield* withFileLock("/home/ada/.devops-ai/registry.lock")(changeTheRegistry)
 */
export const withFileLock =
  (path: string, options: FileLockOptions = {}) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | LockBusy | FileUnavailable, R | Host> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function*() {
        const host = yield* Host
        const own = yield* newHolding(host.self)
        yield* waitFor(path, own, host, Duration.fromInputUnsafe(options.wait ?? "30 seconds"), restore)
        return yield* Effect.ensuring(restore(effect), removeHolding(path, own))
      })
    )

/**
 * Holds the lock of a path until the scope closes, by the rules of {@link withFileLock}, but does not wait for a living
 * holder: fails with `LockBusy`, which names it.
 *
 * @example
 * yield* holdFileLock("/home/ada/.devops-ai/batch/runs/fix-ab12c/lock")
 */
export const holdFileLock = (
  path: string
): Effect.Effect<void, LockBusy | FileUnavailable, Host | Scope.Scope> =>
  Effect.asVoid(Effect.acquireRelease(
    Effect.gen(function*() {
      const host = yield* Host
      const own = yield* newHolding(host.self)
      yield* takeAtOnce(path, own, host)
      return own
    }),
    (own) => removeHolding(path, own)
  ))

/** The living process that holds the lock of a path, or null. */
export const lockHolder = (path: string): Effect.Effect<ProcessIdentity | null, FileUnavailable, Host> =>
  Effect.gen(function*() {
    const host = yield* Host
    const present = yield* findHolding(path)
    const holder = present === null ? null : holderOf(present)
    return holder !== null && (yield* host.isAlive(holder)) ? holder : null
  })

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
type HostService = Host["Service"]

/** One holding of a lock, never the same twice: `<pid> <start time> <random>`. */
const newHolding = (self: ProcessIdentity): Effect.Effect<string> =>
  Effect.map(
    Effect.all([Random.nextIntBetween(0, 2 ** 32), Random.nextIntBetween(0, 2 ** 32)]),
    ([one, other]) => `${self.pid} ${self.startedAt} ${one.toString(36)}${other.toString(36)}`
  )

const holderOf = (holding: string): ProcessIdentity | null => {
  const parts = /^([1-9][0-9]*) (.*) [a-z0-9]+$/u.exec(holding)
  return parts === null ? null : { pid: Number(parts[1]), startedAt: parts[2] ?? "" }
}

/**
 * A quarter of what was waited so far, between 4 and 100 ms: a short wait ends promptly, and a crowd leaves the
 * processor to the holder. Random, so that those who wait do not try in step.
 */
const pauseAfter = (waitedMilliseconds: number): Effect.Effect<void> => {
  const longest = Math.min(100, Math.max(4, waitedMilliseconds / 4))
  return Effect.flatMap(Random.nextBetween(longest / 2, longest), (milliseconds) => Effect.sleep(milliseconds))
}

const waitFor = Effect.fnUntraced(function*(
  path: string,
  own: string,
  host: HostService,
  wait: Duration.Duration,
  restore: Restore
) {
  const start = yield* Clock.monotonicTimeNanos
  while (true) {
    const present = yield* takeOrFind(path, own, host)
    if (present === own) return yield* removeAbandoned(path, host)
    const waited = Number((yield* Clock.monotonicTimeNanos) - start) / 1e9
    if (waited >= Duration.toSeconds(wait)) {
      const holder = present === null ? null : holderOf(present)
      return yield* new LockBusy({ path, waited: Math.round(waited), holder: holder?.pid ?? null })
    }
    yield* restore(pauseAfter(waited * 1000))
  }
})

/** How often a lock that is changing hands is looked at again by who does not wait. */
const looksAtOnce = 100

/** Those who take over a dead holder's lock together need some milliseconds until one of them has it. */
const takeAtOnce = Effect.fnUntraced(function*(path: string, own: string, host: HostService) {
  for (let looks = 0; looks < looksAtOnce; looks++) {
    const present = yield* takeOrFind(path, own, host)
    if (present === own) return yield* removeAbandoned(path, host)
    if (present !== null) return yield* new LockBusy({ path, waited: 0, holder: holderOf(present)?.pid ?? null })
    yield* pauseAfter(0)
  }
  return yield* new LockBusy({ path, waited: 0, holder: null })
})

/**
 * Takes the lock if it is free or its holder is dead. Gives whose it is then: `own`, or that of a living holder, or
 * null when it is changing hands.
 */
const takeOrFind = (
  path: string,
  own: string,
  host: HostService
): Effect.Effect<string | null, FileUnavailable> =>
  Effect.gen(function*() {
    if (yield* makeHolding(path, own)) return own
    const present = yield* findHolding(path)
    if (present === null) return null
    const holder = holderOf(present)
    if (holder !== null && (yield* host.isAlive(holder))) return present
    const removal = removalLock(path, present)
    if ((yield* takeOrFind(removal, own, host)) !== own) return null
    yield* Effect.ensuring(removeDead(path, present), removeHolding(removal, own))
    return (yield* makeHolding(path, own)) ? own : null
  })

const removeDead = (path: string, dead: string) =>
  Effect.flatMap(findHolding(path), (present) => present === dead ? removeFile(path) : Effect.void)

/** The lock under which the lock of one dead holding is removed. */
const removalLock = (path: string, holding: string): string => {
  const parts = holding.split(" ")
  return `${path}.${parts[0]}-${parts.at(-1)}`
}

/**
 * Removes the removal locks of processes that died on the way. Only while holding the lock: all of them are then about
 * holdings that are gone, and so give no right any more.
 */
const removeAbandoned = Effect.fnUntraced(function*(path: string, host: HostService) {
  const folder = dirname(path)
  const names = yield* attempt(folder, () => fs.readdir(folder))
  for (const name of names.filter((candidate) => candidate.startsWith(`${basename(path)}.`))) {
    const holding = yield* findHolding(join(folder, name))
    const holder = holding === null ? null : holderOf(holding)
    if (holder !== null && !(yield* host.isAlive(holder))) yield* removeFile(join(folder, name))
  }
}, (effect) => Effect.ignore(effect))

const attempt = <A>(path: string, run: () => Promise<A>): Effect.Effect<A, FileUnavailable> =>
  Effect.tryPromise({
    try: run,
    catch: (error) => new FileUnavailable({ path, action: "write", reason: systemWords(error) })
  })

/** Whether the lock was made, or is there already. */
const makeHolding = (path: string, holding: string) =>
  attempt(path, async () => {
    try {
      await fs.symlink(holding, path)
      return true
    } catch (error) {
      if (systemCode(error) === "EEXIST") return false
      throw error
    }
  })

/** The holding that stands at a path, or null. What is no link is no lock of a living process. */
const findHolding = (path: string) =>
  attempt(path, async () => {
    try {
      return await fs.readlink(path)
    } catch (error) {
      if (isAbsent(error)) return null
      if (systemCode(error) !== "EINVAL") throw error
      return await describeStranger(path)
    }
  })

const describeStranger = async (path: string): Promise<string | null> => {
  try {
    const found = await fs.lstat(path)
    return `stranger ${found.ino}-${Math.trunc(found.ctimeMs)}`
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

const removeFile = (path: string) =>
  attempt(path, async () => {
    try {
      await fs.unlink(path)
    } catch (error) {
      if (!isAbsent(error)) throw error
    }
  })

/** Gives a lock back. One that cannot be removed is taken over once this process has ended. */
const removeHolding = (path: string, own: string): Effect.Effect<void> =>
  findHolding(path).pipe(
    Effect.flatMap((present) => present === own ? removeFile(path) : Effect.void),
    Effect.ignore
  )
