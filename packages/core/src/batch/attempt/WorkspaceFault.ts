import { closestWord } from "../../project/ClosestWord.ts"
import { WorkspaceFailed } from "./TaskWorkspaces.ts"

/**
 * What can be wrong with a workspace, in the same words for every implementation. None of it passes when tried again.
 */
const lasting = (reason: string, message: string): WorkspaceFailed =>
  new WorkspaceFailed({ reason, message, transient: false })

/** A repository has no such branch. */
export const branchMissing = (url: string, branch: string, branches: ReadonlyArray<string>): WorkspaceFailed => {
  const meant = closestWord(branch, branches)
  const others = branches.slice(0, 5).join(", ")
  const hint = meant === null
    ? `it has ${others}${branches.length > 5 ? ` and ${branches.length - 5} more` : ""}`
    : `did you mean ${meant}?`
  return lasting("BranchMissing", `${url} has no branch ${branch}; ${hint}`)
}

/** A repository has no such commit, or does not give it away. */
export const commitMissing = (url: string, commit: string): WorkspaceFailed =>
  lasting("CommitMissing", `${url} has no commit ${commit}`)

/** A repository has no commit at all. */
export const repositoryEmpty = (url: string): WorkspaceFailed =>
  lasting("RepositoryEmpty", `${url} is empty: it has no branch to begin at`)

/** A branch to be published stands at a commit that the run did not put there. */
export const branchNotOurs = (url: string, branch: string, commit: string): WorkspaceFailed =>
  lasting(
    "BranchNotOurs",
    `${url} has a branch ${branch} already, at ${commit}, which this run did not push: it was left alone; delete or rename it there, then retry the task`
  )

/** A file cannot be written where it is to be. */
export const fileUnwritable = (path: string, why: string): WorkspaceFailed =>
  lasting("FileUnwritable", `cannot write ${path} into the workspace: ${why}`)

/** The agent took away the repository that it was given. */
export const repositoryGone = (path: string, why: string): WorkspaceFailed =>
  lasting("RepositoryGone", `the repository at ${path} of the workspace is gone: ${why}`)

/**
 * Why a path cannot be one of a workspace; null when it can: it is relative, uses `/`, and neither leaves the workspace
 * nor leads into a git folder.
 *
 * @example
 * workspacePathFault("../guide.md") // "it has a part .."
 */
export const workspacePathFault = (path: string): string | null => {
  if (path === "") return "it has no name"
  if (path.startsWith("/")) return "its path is absolute"
  if (path.includes("\0")) return "its name has a character NUL"
  const parts = path.split("/")
  if (parts.includes("..")) return "it has a part .."
  if (parts.some((part) => part === "" || part === ".")) return "it has an empty part"
  if (parts.some((part) => part.toLowerCase() === ".git")) return "it lies in a git folder"
  return null
}
