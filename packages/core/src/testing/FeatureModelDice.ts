/** Choices that depend on one number alone: the same number, the same choices. */
export interface Dice {
  /** A number from 0 to below `sides`. */
  readonly roll: (sides: number) => number
  /** One of some, of which there is at least one. */
  readonly pick: <A>(some: readonly [A, ...ReadonlyArray<A>]) => A
  /** One of some, or something else when there are none. */
  readonly pickOr: <A>(some: ReadonlyArray<A>, otherwise: A) => A
  /** Whether something with a chance of one in `sides` comes about. */
  readonly happens: (sides: number) => boolean
}

/** Choices from a number: 0 always chooses the first, so that a counterexample shrinks towards what is usual. */
export const diceOf = (number: number): Dice => {
  let state = number >>> 0
  const roll = (sides: number): number => {
    if (number === 0) return 0
    // The generator mulberry32.
    state = (state + 0x6d_2b_79_f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides
  }
  return {
    roll,
    pick: (some) => some[roll(some.length)] ?? some[0],
    pickOr: (some, otherwise) => some.length === 0 ? otherwise : some[roll(some.length)] ?? otherwise,
    happens: (sides) => roll(sides) === sides - 1
  }
}

/** Numbers for {@link diceOf}, the same for the same seed. */
export const diceNumbers = (seed: number, count: number): ReadonlyArray<number> => {
  const dice = diceOf(seed + 1)
  return Array.from({ length: count }, () => dice.roll(highestDiceNumber))
}

/** The highest number that {@link diceNumbers} give. */
export const highestDiceNumber = 1_000_000
