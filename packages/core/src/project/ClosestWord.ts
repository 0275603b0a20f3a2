/** The word that is one or two slips away from a text, in steps of one letter or of two swapped; null when none is near. */
export const closestWord = (text: string, words: ReadonlyArray<string>): string | null => {
  const near = words
    .map((word) => ({ word, distance: editDistance(text.toLowerCase(), word.toLowerCase()) }))
    .filter(({ distance, word }) => distance <= Math.max(1, Math.floor(Math.min(word.length, text.length) / 3)))
    .toSorted((one, other) => one.distance - other.distance)
  return near[0]?.word ?? null
}

const editDistance = (one: string, other: string): number => {
  const letters = [...one]
  let beforePrevious: ReadonlyArray<number> = []
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [row, letter] of letters.entries()) {
    const current = [row + 1]
    for (let column = 0; column < other.length; column += 1) {
      const isSwap = column > 0 && other[column - 1] === letter && other[column] === letters[row - 1]
      current.push(Math.min(
        (previous[column + 1] ?? 0) + 1,
        (current[column] ?? 0) + 1,
        (previous[column] ?? 0) + (other[column] === letter ? 0 : 1),
        isSwap ? (beforePrevious[column - 1] ?? 0) + 1 : Infinity
      ))
    }
    beforePrevious = previous
    previous = current
  }
  return previous[other.length] ?? 0
}
