/** Paints text, or leaves it alone. */
export interface Style {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
  readonly cyan: (text: string) => string
}

const paint = (on: number, off: number) => (text: string): string =>
  text === "" ? "" : `\u001b[${on}m${text}\u001b[${off}m`
const same = (text: string): string => text

/** ANSI colours. */
export const colourStyle: Style = {
  bold: paint(1, 22),
  dim: paint(2, 22),
  red: paint(31, 39),
  green: paint(32, 39),
  yellow: paint(33, 39),
  cyan: paint(36, 39)
}

/** No colours. */
export const plainStyle: Style = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same }

/**
 * Whether a stream gets colours: never with `NO_COLOR` (any value but the empty one), always with `CLICOLOR_FORCE`
 * (any value but `0`), else on a terminal that is not `dumb`, unless `CLICOLOR` is `0`.
 */
export const wantsColour = (variables: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean => {
  const { CLICOLOR, CLICOLOR_FORCE, NO_COLOR, TERM } = variables
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false
  if (CLICOLOR_FORCE !== undefined && CLICOLOR_FORCE !== "" && CLICOLOR_FORCE !== "0") return true
  return isTerminal && TERM !== "dumb" && CLICOLOR !== "0"
}

/** The style of a stream. */
export const styleFor = (variables: Readonly<Record<string, string | undefined>>, isTerminal: boolean): Style =>
  wantsColour(variables, isTerminal) ? colourStyle : plainStyle

// oxlint-disable-next-line no-control-regex -- the escape character is what it looks for
const ansiSequence = /\u001b\[[0-9;]*m/gu

/** A text without its colours. */
export const withoutColour = (text: string): string => text.replaceAll(ansiSequence, "")
