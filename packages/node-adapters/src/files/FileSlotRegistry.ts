import {
  decodeRegistryFile,
  emptyRegistryFile,
  encodeRegistryFile,
  type FileUnavailable,
  Host,
  rebuildSlots,
  RegistryCorrupt,
  type RegistryError,
  type RegistryFile,
  type RegistryRecovery,
  type RegistrySnapshot,
  RegistryUnavailable,
  type Slot,
  SlotRegistry
} from "@slipway/core"
import { DateTime, type Duration, Effect, Layer, Result } from "effect"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { removeAbandonedWrites, writeFileAtomically } from "./AtomicFile.ts"
import { withFileLock } from "./FileLock.ts"
import { readSlotFolders } from "./SlotFolders.ts"
import { isAbsent, systemCode, systemWords } from "./SystemWords.ts"

/** How the registry's lock is waited for. */
export interface FileSlotRegistryOptions {
  /** 30 seconds when absent. */
  readonly lockWait?: Duration.Input
}

/**
 * The registry as files of the home: `registry.json`, its backup `registry.json.bak` and, while it is changed,
 * `registry.lock`.
 *
 * The backup holds the same claims as the registry and is written first, so that a registry which is damaged later
 * loses none. A damaged or missing registry is recovered from the backup, else from the slot folders.
 * Reading recovers without writing anything; the next change puts the files right and keeps the bad one as
 * `registry.json.corrupt-<time>`.
 */
export const fileSlotRegistryLayerWith = (
  options: FileSlotRegistryOptions
): Layer.Layer<SlotRegistry, never, Host> =>
  Layer.effect(
    SlotRegistry,
    Effect.gen(function*() {
      const host = yield* Host
      const paths = registryPaths(host.home)
      const locked = withFileLock(paths.lock, { wait: options.lockWait ?? "30 seconds" })

      const read = Effect.map(load(paths), ({ snapshot }) => snapshot)

      const modify = Effect.fn("SlotRegistry.modify")(function*<A, E, R>(
        decide: (snapshot: RegistrySnapshot) => Effect.Effect<readonly [result: A, slots: ReadonlyArray<Slot>], E, R>
      ) {
        yield* attempt(paths.home, () => fs.mkdir(paths.home, { recursive: true, mode: 0o700 }))
        const outcome = yield* locked(Effect.result(changeRegistry(paths, decide))).pipe(
          Effect.mapError((error) => error._tag === "FileUnavailable" ? asUnavailable(error) : error),
          Effect.provideService(Host, host)
        )
        return yield* Effect.fromResult(outcome)
      })

      return SlotRegistry.of({ read, modify })
    })
  )

/** {@link fileSlotRegistryLayerWith} the usual wait for the lock. */
export const fileSlotRegistryLayer: Layer.Layer<SlotRegistry, never, Host> = fileSlotRegistryLayerWith({})

interface RegistryPaths {
  readonly home: string
  readonly registry: string
  readonly backup: string
  readonly lock: string
  readonly slots: string
}

const registryPaths = (home: string): RegistryPaths => ({
  home,
  registry: join(home, "registry.json"),
  backup: join(home, "registry.json.bak"),
  lock: join(home, "registry.lock"),
  slots: join(home, "slots")
})

const changeRegistry = Effect.fnUntraced(function*<A, E, R>(
  paths: RegistryPaths,
  decide: (snapshot: RegistrySnapshot) => Effect.Effect<readonly [result: A, slots: ReadonlyArray<Slot>], E, R>
) {
  const { file, isNew, snapshot } = yield* load(paths)
  const recovery = yield* nameBadFile(paths, snapshot.recovery)
  const [result, slots] = yield* decide({ ...snapshot, recovery })
  if (slots !== snapshot.slots || recovery !== null) {
    // Half of this is a registry that differs from its backup: it is not left there.
    yield* Effect.uninterruptible(persist(paths, encodeRegistryFile(file, slots), { isNew, recovery }))
  }
  return result
})

const persist = Effect.fnUntraced(function*(
  paths: RegistryPaths,
  text: string,
  { isNew, recovery }: { readonly isNew: boolean; readonly recovery: RegistryRecovery | null }
) {
  yield* removeAbandonedWrites(paths.registry)
  yield* removeAbandonedWrites(paths.backup)
  // A backup alone would look like a registry that was lost.
  if (isNew) yield* write(paths.registry, encodeRegistryFile(emptyRegistryFile, []))
  if (recovery?.keptAt) yield* keepBadFile(paths.registry, recovery.keptAt)
  yield* write(paths.backup, text, { durable: false })
  yield* write(paths.registry, text)
})

interface LoadedRegistry {
  readonly file: RegistryFile
  readonly snapshot: RegistrySnapshot
  /** Whether there is neither a registry yet nor anything that tells of one. */
  readonly isNew: boolean
}

const load = Effect.fnUntraced(function*(paths: RegistryPaths): Effect.fn.Return<LoadedRegistry, RegistryError> {
  const text = yield* readText(paths.registry)
  if (text !== null) return yield* decode(paths, text)
  const isLost = (yield* readText(paths.backup)) !== null || (yield* readSlots(paths)).length > 0
  if (!isLost) return loaded(emptyRegistryFile, null, true)
  // It may be the very first registry, made between the looks.
  const made = yield* readText(paths.registry)
  return yield* made === null ? recover(paths, null) : decode(paths, made)
})

const loaded = (file: RegistryFile, recovery: RegistryRecovery | null, isNew = false): LoadedRegistry => ({
  file,
  snapshot: {
    slots: file.slots,
    unreadable: file.unreadable,
    recovery,
    mayLack: isNew || recovery?.from === "slot-folders"
  },
  isNew
})

const decode = (paths: RegistryPaths, text: string): Effect.Effect<LoadedRegistry, RegistryError> => {
  const decoded = decodeRegistryFile(text)
  if (Result.isSuccess(decoded)) return Effect.succeed(loaded(decoded.success, null))
  const { kind, reason } = decoded.failure
  return kind === "newer"
    ? Effect.fail(new RegistryCorrupt({ path: paths.registry, reason }))
    : recover(paths, paths.registry)
}

const recover = Effect.fnUntraced(function*(
  paths: RegistryPaths,
  badFile: string | null
): Effect.fn.Return<LoadedRegistry, RegistryError> {
  const text = yield* readText(paths.backup)
  const backup = text === null ? null : decodeRegistryFile(text)
  if (backup !== null && Result.isSuccess(backup)) {
    return loaded(backup.success, { from: "backup", keptAt: badFile })
  }
  if (backup !== null && backup.failure.kind === "newer") {
    return yield* new RegistryCorrupt({ path: paths.backup, reason: backup.failure.reason })
  }
  const slots = yield* readSlots(paths)
  return loaded({ ...emptyRegistryFile, slots }, { from: "slot-folders", keptAt: badFile })
})

/** The claims that the slot folders tell. */
const readSlots = (paths: RegistryPaths) =>
  attempt(paths.slots, async () => rebuildSlots(await readSlotFolders(paths.slots)).slots)

const asUnavailable = ({ path, reason }: FileUnavailable) => new RegistryUnavailable({ path, reason })

const attempt = <A>(path: string, run: () => Promise<A>): Effect.Effect<A, RegistryUnavailable> =>
  Effect.tryPromise({
    try: run,
    catch: (error) => new RegistryUnavailable({ path, reason: systemWords(error) })
  })

const write = (path: string, text: string, options: { readonly durable?: boolean } = {}) =>
  Effect.mapError(writeFileAtomically(path, text, { mode: 0o600, ...options }), asUnavailable)

/** Null when there is no such file. What is not UTF-8 is no registry, and so as good as nothing. */
const readText = (path: string) =>
  attempt(path, async () => {
    try {
      return decodeUtf8(await fs.readFile(path))
    } catch (error) {
      if (isAbsent(error)) return null
      throw error
    }
  })

const decodeUtf8 = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    return ""
  }
}

/** Where the bad file will be kept, once there is something to put in its place. */
const nameBadFile = Effect.fnUntraced(function*(paths: RegistryPaths, recovery: RegistryRecovery | null) {
  if (recovery === null || recovery.keptAt === null) return recovery
  const time = DateTime.formatIso(yield* DateTime.now).replaceAll(/[-:.]/gu, "")
  const keptAt = yield* attempt(paths.home, () => freeName(`${paths.registry}.corrupt-${time}`))
  return { ...recovery, keptAt }
})

const freeName = async (name: string, attempts = 1): Promise<string> => {
  const candidate = attempts === 1 ? name : `${name}-${attempts}`
  try {
    await fs.lstat(candidate)
  } catch (error) {
    if (isAbsent(error)) return candidate
    throw error
  }
  return freeName(name, attempts + 1)
}

/** The bad file gets a second name, so that there is a registry at every moment. */
const keepBadFile = (registry: string, keptAt: string) =>
  attempt(keptAt, async () => {
    try {
      await fs.link(await fs.realpath(registry), keptAt)
    } catch (error) {
      // Some file systems have no second names, and a linked registry may stand on another one.
      if (systemCode(error) === "EEXIST") throw error
      await fs.copyFile(registry, keptAt, fs.constants.COPYFILE_EXCL)
    }
  })
