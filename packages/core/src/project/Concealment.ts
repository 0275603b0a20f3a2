/** The shortest part of a secret that is looked for: a shorter one stands in every other text. */
const shortest = 4

/**
 * Takes secrets out of what another program says, a build or a setup command: in the place of a value, and of each of
 * its lines, stands the name of its variable. Values of less than four characters are left.
 *
 * @example
 * concealing({ TOKEN: "hush-1" })("invalid hostPort: hush-1") // "invalid hostPort: <TOKEN>"
 */
export const concealing = (secrets: Readonly<Record<string, string>>): (text: string) => string => {
  const parts = Object.entries(secrets)
    .flatMap(([name, value]) =>
      [value, ...value.split(/\r?\n|\r/u)]
        .flatMap((part) => [part, part.trim()])
        // Programs quote what they do not understand.
        .flatMap((part) => [part, JSON.stringify(part).slice(1, -1)])
        .map((part) => ({ part, name: `<${name}>` }))
    )
    .filter(({ part }) => part.trim().length >= shortest)
    .toSorted((one, other) => other.part.length - one.part.length)
  return (text) => parts.reduce((rest, { name, part }) => rest.replaceAll(part, () => name), text)
}
