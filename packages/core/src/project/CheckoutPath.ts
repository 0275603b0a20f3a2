/**
 * Brings a path that is relative to a checkout into one form: `/` between parts, no `.` parts, no `/` at the end; `.`
 * for the checkout itself. Null when the path is empty, absolute, or leads out of the checkout.
 *
 * @example
 * checkoutPath("./src/") // "src"
 * checkoutPath("../secrets") // null
 */
export const checkoutPath = (path: string): string | null => {
  if (path === "" || /^(?:\/|~|[A-Za-z]:)|[\\\0]/u.test(path)) return null
  const parts: Array<string> = []
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue
    if (part !== "..") parts.push(part)
    else if (parts.pop() === undefined) return null
  }
  return parts.length === 0 ? "." : parts.join("/")
}

/** The last part of a path in the form of {@link checkoutPath}; the empty string for the checkout itself. */
export const lastPathPart = (path: string): string => path === "." ? "" : path.slice(path.lastIndexOf("/") + 1)

/** The folder of a path in the form of {@link checkoutPath}; `.` for the checkout itself. */
export const folderBelowCheckout = (path: string): string =>
  path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "."
