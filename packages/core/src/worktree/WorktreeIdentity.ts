/** What a worktree is for, read off its branch and folder. */
export interface WorktreeIdentity {
  /** `other` for a worktree that Slipway did not make. */
  readonly kind: "spec" | "impl" | "other"
  /** `feature` or `feature-milestone`; the folder's name for others. */
  readonly name: string
}

/** The last part of a path. */
export const folderName = (path: string): string => path.replace(/\/+$/u, "").split("/").at(-1) ?? path

/**
 * Reads what a worktree is for off its branch, `spec/<name>` or `impl/<name>`, or, where it has another one, off its
 * folder, `<prefix>-spec-<name>` or `<prefix>-impl-<name>`.
 */
export const identifyWorktree = (
  worktree: { readonly path: string; readonly branch: string | null },
  prefix: string
): WorktreeIdentity => {
  const folder = folderName(worktree.path)
  const [, ofBranch, branchName] = /^(spec|impl)\/([^/]+)$/u.exec(worktree.branch ?? "") ?? []
  if (isKind(ofBranch) && branchName !== undefined) return { kind: ofBranch, name: branchName }
  const rest = folder.startsWith(`${prefix}-`) ? folder.slice(prefix.length + 1) : ""
  const [, ofFolder, folderRest] = /^(spec|impl)-(.+)$/u.exec(rest) ?? []
  if (isKind(ofFolder) && folderRest !== undefined) return { kind: ofFolder, name: folderRest }
  return { kind: "other", name: folder }
}

const isKind = (text: string | undefined): text is "spec" | "impl" => text === "spec" || text === "impl"
