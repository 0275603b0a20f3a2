import type { ChangedFile, GitWorktree } from "@slipway/core"

/**
 * Reading git's machine formats. All of them are NUL-separated: names are bytes, and may hold spaces, quotes and line
 * ends.
 */

const fields = (text: string): ReadonlyArray<string> => text.split("\0").filter((field) => field !== "")

/** What `worktree list --porcelain -z` says of one worktree. */
export type ListedWorktree = Omit<GitWorktree, "gitDirectory" | "missing">

/** Reads `git worktree list --porcelain -z`. The first one is the main checkout; a bare repository has none. */
export const parseWorktrees = (text: string): ReadonlyArray<ListedWorktree> =>
  text.split("\0\0").filter((record) => record !== "").flatMap((record, index) => {
    const attributes = new Map(
      record.split("\0").map((line) => {
        const space = line.indexOf(" ")
        return space === -1 ? [line, ""] as const : [line.slice(0, space), line.slice(space + 1)] as const
      })
    )
    const path = attributes.get("worktree")
    if (path === undefined || attributes.has("bare")) return []
    return [{
      path,
      branch: attributes.get("branch")?.replace(/^refs\/heads\//u, "") ?? null,
      head: attributes.get("HEAD") ?? "",
      isMain: index === 0,
      locked: attributes.get("locked") ?? null
    }]
  })

/** What `status --porcelain=v2 --branch -z` says. */
export interface ParsedStatus {
  readonly branch: string | null
  readonly head: string
  readonly changes: ReadonlyArray<ChangedFile>
  /** Ignored paths; folders end with `/`. */
  readonly ignored: ReadonlyArray<string>
  readonly submodules: ReadonlyArray<{ readonly path: string; readonly dirty: boolean }>
}

/** Reads `git status --porcelain=v2 --branch -z`. */
export const parseStatus = (text: string): ParsedStatus => {
  const lines = text.split("\0")
  const changes: Array<ChangedFile> = []
  const ignored: Array<string> = []
  const submodules: Array<{ readonly path: string; readonly dirty: boolean }> = []
  let branch: string | null = null
  let head = ""
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? ""
    const rest = line.slice(2)
    switch (line[0]) {
      case "#":
        if (rest.startsWith("branch.oid ")) head = rest.slice("branch.oid ".length)
        if (rest.startsWith("branch.head ")) {
          const name = rest.slice("branch.head ".length)
          branch = name === "(detached)" ? null : name
        }
        break
      case "1":
      case "2": {
        const [codes = "..", submodule = "N..."] = rest.split(" ")
        const path = rest.split(" ").slice(line.startsWith("2") ? 8 : 7).join(" ")
        // A rename is followed by the path that it came from.
        if (line.startsWith("2")) index++
        if (submodule.startsWith("S")) submodules.push({ path, dirty: submodule !== "S..." || codes !== ".." })
        changes.push({ path, kind: kindOf(codes) })
        break
      }
      case "u":
        changes.push({ path: rest.split(" ").slice(9).join(" "), kind: "conflicted" })
        break
      case "?":
        changes.push({ path: rest, kind: "untracked" })
        break
      case "!":
        ignored.push(rest)
        break
    }
  }
  return { branch, head, changes, ignored, submodules }
}

const kindOf = (codes: string): ChangedFile["kind"] => {
  const [staged, unstaged] = codes
  if (staged === "D" || unstaged === "D") return "deleted"
  return unstaged !== "." ? "modified" : "staged"
}

/** Reads `git rev-list --left-right --count A...B`. */
export const parseCounts = (text: string): { readonly left: number; readonly right: number } | null => {
  const found = /^(\d+)\s+(\d+)/u.exec(text)
  return found === null ? null : { left: Number(found[1]), right: Number(found[2]) }
}

/** One stash entry: its name, the commit that it was made on, and its message. */
export interface ParsedStash {
  readonly ref: string
  readonly parent: string
  readonly message: string
}

/** Reads `git stash list -z --format=%gd%x00%P%x00%gs`. */
export const parseStashes = (text: string): ReadonlyArray<ParsedStash> => {
  const parts = text.split("\0")
  return Array.from({ length: Math.floor(parts.length / 3) }, (_, index) => {
    const [ref = "", parents = "", message = ""] = parts.slice(index * 3, index * 3 + 3)
    return { ref, parent: parents.split(" ")[0] ?? "", message }
  })
}

/**
 * Whether a stash was made on a branch or, for a worktree without one, on its commit. Stashes belong to the repository;
 * only their message tells the branch.
 */
export const isStashOf = (stash: ParsedStash, branch: string | null, head: string): boolean =>
  branch === null ? stash.parent === head : /^(?:WIP on|On) (.+?): /u.exec(stash.message)?.[1] === branch

/** Reads `git log -z --format=%H%x09%s`. */
export const parseCommits = (text: string): ReadonlyArray<{ readonly id: string; readonly subject: string }> =>
  fields(text).map((record) => {
    const tab = record.indexOf("\t")
    return { id: record.slice(0, tab).trim(), subject: record.slice(tab + 1) }
  })

/** A path of a work tree as a line of gitignore syntax that matches nothing else. */
export const excludeLine = (path: string): string =>
  `/${path.replaceAll(/[\\*?[\]!#]/gu, (character) => `\\${character}`).replace(/ $/u, "\\ ")}`

/** git's own words, without what is the same in each of them. */
export const gitWords = (stderr: string): string =>
  [...new Set(stderr.split("\n").map((line) => line.replace(/^(?:fatal|error|warning): /u, "").trim()))]
    .filter((line) => line !== "" && !line.startsWith("Preparing worktree"))
    .join("\n")

/** Whether git failed only because another git was at work at that moment. */
export const isLockConflict = (stderr: string): boolean =>
  /could not lock|cannot lock ref|\.lock': File exists|Unable to create '.*\.lock'|index\.lock|unable to create worktree dir/u
    .test(stderr)
