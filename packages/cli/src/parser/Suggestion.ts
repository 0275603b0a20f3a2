/** Changes of one letter (also two swapped ones) that turn one word into the other. */
const distance = (a: string, b: string): number => {
  const rows: Array<Array<number>> = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const at = (r: number, c: number): number => (r === i ? row : rows[r])?.[c] ?? 0
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
        swapped ? at(i - 2, j - 2) + 1 : Infinity
      ))
    }
    rows.push(row)
  }
  return rows[a.length]?.[b.length] ?? 0
}

/**
 * The words that a mistyped one may have meant, best first: those it begins, and those that a change of at most a third
 * of its letters (at least one, at most three) gives.
 */
export const didYouMean = (typed: string, words: ReadonlyArray<string>): ReadonlyArray<string> => {
  const word = typed.toLowerCase()
  const allowed = Math.min(3, Math.max(1, Math.round(word.length / 3)))
  return [...new Set(words)]
    .map((candidate) => ({
      candidate,
      cost: word.length > 1 && candidate.startsWith(word) ? 0.5 : distance(word, candidate)
    }))
    .filter(({ candidate, cost }) => cost <= allowed && cost < candidate.length)
    .toSorted((a, b) => a.cost - b.cost)
    .map(({ candidate }) => candidate)
}
