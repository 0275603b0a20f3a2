/** The first Compose whose merging knows both `!override` and `!reset`. */
export const firstComposeWithOverride = "2.24.0"

/**
 * Whether a Compose knows `!override` and `!reset`. A version that cannot be read is taken for an old one.
 *
 * @example
 * knowsOverride("v2.26.1-desktop.1") // true
 */
export const knowsOverride = (version: string): boolean => {
  const found = /^v?(\d+)\.(\d+)/u.exec(version.trim())
  if (found === null) return false
  const [major, minor] = [Number(found[1]), Number(found[2])]
  return major > 2 || major === 2 && minor >= 24
}
