import { isAlias, isCollection, isPair, parseAllDocuments } from "yaml"
import { hasManyAliases } from "./Aliases.ts"

/** How many values a YAML file may have once its aliases are followed: more make no model that Slipway reads. */
const mostExpandedValues = 1_000_000

/**
 * Whether the aliases of a YAML text repeat each other until nobody can read it: a program would try to, with all the time
 * and memory of the machine. A text that is no YAML is none.
 *
 * @example
 * isAliasBomb("a: &a [1]\nb: *a") // false
 */
export const isAliasBomb = (text: string): boolean => {
  if (!hasManyAliases(text)) return false
  const sizes = new Map<string, number>()
  const sizeOf = (node: unknown): number => {
    if (isAlias(node)) return sizes.get(node.source) ?? 1
    if (isPair(node)) return sizeOf(node.key) + sizeOf(node.value)
    if (!isCollection(node)) return 1
    const size = node.items.reduce<number>((sum, item) => sum + sizeOf(item), 1)
    // An alias stands after its anchor, so that the size is known by then.
    if (node.anchor !== undefined) sizes.set(node.anchor, size)
    return size
  }
  const documents = parseAllDocuments(text, { logLevel: "silent" })
  return Array.isArray(documents) && documents.some((document) => sizeOf(document.contents) > mostExpandedValues)
}
