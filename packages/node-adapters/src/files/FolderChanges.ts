import { type Duration, Effect, Queue, type Scope } from "effect"
import { type FSWatcher, watch } from "node:fs"

/**
 * Watches a folder until the scope closes. The effect that it gives ends when something in the folder has changed since
 * it ended before, and in any case after `atMost`: systems lose notices, have no more watches to give, and file systems
 * of a network send none. A folder that cannot be watched is looked at that often.
 */
export const folderChanges = (
  path: string,
  atMost: Duration.Input
): Effect.Effect<Effect.Effect<void>, never, Scope.Scope> =>
  Effect.gen(function*() {
    const changes = yield* Queue.sliding<void>(1)
    yield* Effect.acquireRelease(
      Effect.sync(() => startWatching(path, () => Queue.offerUnsafe(changes, undefined))),
      (watcher) => Effect.sync(() => watcher?.close())
    )
    return Effect.raceFirst(Queue.take(changes), Effect.sleep(atMost))
  })

/** Null where the system watches nothing there. */
const startWatching = (path: string, onChange: () => void): FSWatcher | null => {
  try {
    const watcher = watch(path, { persistent: false }, onChange)
    watcher.on("error", () => watcher.close())
    return watcher
  } catch {
    return null
  }
}
