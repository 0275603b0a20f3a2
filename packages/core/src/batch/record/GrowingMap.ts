import { HashMap, Option } from "effect"

/** A map that never changes; with one entry more it is another map that shares all the others with it. */
export interface GrowingMap<K, V> extends ReadonlyMap<K, V> {
  /** The map with this entry: in logarithmic time, whatever its size. */
  readonly with: (key: K, value: V) => GrowingMap<K, V>
}

/** A {@link GrowingMap} without entries. Its order is that of hashes, the same for the same entries. */
export const emptyGrowingMap = <K, V>(): GrowingMap<K, V> => growingMapOf(HashMap.empty<K, V>())

const growingMapOf = <K, V>(entries: HashMap.HashMap<K, V>): GrowingMap<K, V> => {
  const map: GrowingMap<K, V> = {
    get: (key) => Option.getOrUndefined(HashMap.get(entries, key)),
    has: (key) => HashMap.has(entries, key),
    get size() {
      return HashMap.size(entries)
    },
    keys: () => new Map(entries).keys(),
    values: () => new Map(entries).values(),
    entries: () => new Map(entries).entries(),
    [Symbol.iterator]: () => map.entries(),
    forEach: (visit) => {
      for (const [key, value] of HashMap.entries(entries)) visit(value, key, map)
    },
    with: (key, value) => growingMapOf(HashMap.set(entries, key, value))
  }
  return map
}
