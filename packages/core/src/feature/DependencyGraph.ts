/**
 * The cycle that a new dependency would close, the first again at the end, or null.
 *
 * @example
 * dependencyCycle("a", "b", (name) => new Set(name === "b" ? ["a"] : [])) // ["a", "b", "a"]
 */
export const dependencyCycle = (
  from: string,
  dependsOn: string,
  dependenciesOf: (name: string) => Iterable<string>
): ReadonlyArray<string> | null => {
  if (from === dependsOn) return [from, from]
  /** By what each was found first: the shortest way back. */
  const foundBy = new Map<string, string>([[dependsOn, from]])
  const waiting = [dependsOn]
  for (const name of waiting) {
    for (const next of dependenciesOf(name)) {
      if (next === from) return [from, ...wayTo(name, foundBy, from), from]
      if (!foundBy.has(next)) {
        foundBy.set(next, name)
        waiting.push(next)
      }
    }
  }
  return null
}

const wayTo = (name: string, foundBy: ReadonlyMap<string, string>, from: string): ReadonlyArray<string> => {
  const way: Array<string> = []
  let at: string | undefined = name
  while (at !== undefined && at !== from) {
    way.unshift(at)
    at = foundBy.get(at)
  }
  return way
}
