/**
 * The operating system's own words of a failed file operation, such as `no space left on device (ENOSPC)`, without
 * the call and the path that Node adds.
 */
export const systemWords = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const parts = /^(E[A-Z0-9]+): ([^,]+)/u.exec(error.message)
  return parts === null ? error.message : `${parts[2]} (${parts[1]})`
}

/** The system's code of a failed operation, such as `ENOENT`, or null. */
export const systemCode = (error: unknown): string | null =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null

/** Whether a path leads to nothing: it, or a folder on the way, does not exist. */
export const isAbsent = (error: unknown): boolean => {
  const code = systemCode(error)
  return code === "ENOENT" || code === "ENOTDIR"
}
