import { Context, Effect, Layer, Ref, Result, Semaphore } from "effect"
import { type FeatureAddress, FeatureLog, type ListedFeature, type NewEntry } from "../feature/FeatureLog.ts"
import { appendToHistory, decodeLog, emptyHistory, type FeatureHistory, type LogFault } from "../feature/LogLines.ts"

/** The text of logs in memory, by their path: there to look at it and to damage it. */
export class MemoryFeatureLogs extends Context.Service<MemoryFeatureLogs, Ref.Ref<ReadonlyMap<string, string>>>()(
  "@slipway/core/testing/MemoryFeatureLogs"
) {}

/**
 * Logs that are forgotten when the layer goes. They are texts, as the files would be: `logs` are those that are there at
 * first, by their path.
 *
 * @example
 * memoryFeatureLogLayer({ "/code/shop/.ai/projects/auth/events.jsonl": text })
 */
export const memoryFeatureLogLayer = (
  logs: Readonly<Record<string, string>> = {}
): Layer.Layer<FeatureLog | MemoryFeatureLogs> =>
  Layer.effectContext(Effect.gen(function*() {
    const stored = yield* Ref.make<ReadonlyMap<string, string>>(new Map(Object.entries(logs)))
    const lock = yield* Semaphore.make(1)

    const read = (address: FeatureAddress): Effect.Effect<FeatureHistory | null, LogFault> => {
      const path = pathOf(address)
      return Effect.flatMap(Ref.get(stored), (texts) => Effect.fromResult(decode(texts.get(path) ?? "", path)))
    }

    const listedIn = (main: string, texts: ReadonlyMap<string, string>): ReadonlyArray<ListedFeature> =>
      [...texts].flatMap(([path, text]): ReadonlyArray<ListedFeature> => {
        const feature = featureAt(main, path)
        if (feature === null) return []
        const history = decode(text, path)
        if (Result.isFailure(history)) return [{ feature, history: Result.fail(history.failure) }]
        return history.success === null ? [] : [{ feature, history: Result.succeed(history.success) }]
      }).toSorted((one, other) => one.feature < other.feature ? -1 : 1)

    const names = (main: string) =>
      Effect.map(Ref.get(stored), (texts) => listedIn(main, texts).map(({ feature }) => feature))

    const readAll = <A>(main: string, keep: (listed: ListedFeature) => A) =>
      Effect.map(Ref.get(stored), (texts) => listedIn(main, texts).map((listed) => keep(listed)))

    const append = <E, R>(
      address: FeatureAddress,
      decide: (history: FeatureHistory | null) => Effect.Effect<NewEntry | null, E, R>
    ) =>
      lock.withPermit(Effect.gen(function*() {
        const before = yield* read(address)
        const entry = yield* decide(before)
        if (entry === null) return before ?? emptyHistory
        const { history, line } = appendToHistory(before, entry)
        yield* Ref.update(stored, (texts) => {
          const path = pathOf(address)
          const text = texts.get(path) ?? ""
          return new Map([...texts, [path, `${text.slice(0, text.lastIndexOf("\n") + 1)}${line}\n`]])
        })
        return history
      }))

    return Context.make(MemoryFeatureLogs, stored).pipe(
      Context.add(FeatureLog, FeatureLog.of({ read, names, readAll, append }))
    )
  }))

const pathOf = ({ feature, main }: FeatureAddress): string => `${main}/.ai/projects/${feature}/events.jsonl`

/** The feature whose log a path is in a repository; null for other paths. */
const featureAt = (main: string, path: string): string | null => {
  const projects = `${main}/.ai/projects/`
  if (!path.startsWith(projects)) return null
  const [feature = "", file, ...rest] = path.slice(projects.length).split("/")
  return file === "events.jsonl" && rest.length === 0 ? feature : null
}

/** Null without a whole line: such a log was never begun. */
const decode = (text: string, path: string): Result.Result<FeatureHistory | null, LogFault> =>
  Result.map(decodeLog(text, path), (history) => history.entries.length === 0 ? null : history)
