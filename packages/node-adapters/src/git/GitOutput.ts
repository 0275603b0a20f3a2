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
  /** Empty before the first commit. */
  readonly head: string
  readonly changes: ReadonlyArray<ChangedFile>
  /** Ignored paths; folders end with `/`. */
  readonly ignored: ReadonlyArray<string>
  /** Submodules that hold changes, or stand at another commit than the one recorded. */
  readonly dirtySubmodules: ReadonlyArray<string>
  /** Whether the repository has stashes; only told when asked for with `--show-stash`. */
  readonly hasStashes: boolean
}

/** Reads `git status --porcelain=v2 --branch -z`. */
export const parseStatus = (text: string): ParsedStatus => {
  const lines = text.split("\0")
  const changes: Array<ChangedFile> = []
  const ignored: Array<string> = []
  const dirtySubmodules: Array<string> = []
  let branch: string | null = null
  let head = ""
  let hasStashes = false
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? ""
    const rest = line.slice(2)
    switch (line[0]) {
      case "#":
        if (rest.startsWith("stash ")) hasStashes = true
        if (rest.startsWith("branch.oid ")) head = rest.slice("branch.oid ".length).replace("(initial)", "")
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
        if (submodule.startsWith("S")) dirtySubmodules.push(path)
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
  return { branch, head, changes, ignored, dirtySubmodules, hasStashes }
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

/** Reads `git stash list -z --format=%P%x00%gs`. Entries are named by their place: `%gd` can show dates instead. */
export const parseStashes = (text: string): ReadonlyArray<ParsedStash> => {
  const parts = text.split("\0")
  return Array.from({ length: Math.floor(parts.length / 2) }, (_, index) => {
    const [parents = "", message = ""] = parts.slice(index * 2, index * 2 + 2)
    return { ref: `stash@{${index}}`, parent: parents.split(" ")[0] ?? "", message }
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

/** git's own words, without what is the same in each of them. */
export const gitWords = (stderr: string): string =>
  [...new Set(stderr.split("\n").map((line) => line.replace(/^(?:fatal|error|warning): /u, "").trim()))]
    .filter((line) => line !== "" && !line.startsWith("Preparing worktree"))
    .join("\n")

/** Whether git failed only because another git was at work at that moment. */
export const isLockConflict = (stderr: string): boolean =>
  /could not lock|cannot lock ref|unable to lock|File exists|unable to create '[^']*\.lock'/iu.test(stderr) &&
  !/already exists|but expected|exists; cannot create|unable to resolve reference/u.test(stderr)

/** Whether a ref is no longer where git found it at first: another git moved it meanwhile. */
export const isRefMoved = (stderr: string): boolean =>
  /cannot lock ref [^\n]*(?:but expected|already exists)/u.test(stderr)

/** A file as the index has it. */
export interface IndexEntry {
  readonly path: string
  /** Of its content. */
  readonly id: string
}

/** What `ls-files --stage -v -z` says that `status` does not. */
export interface ParsedIndex {
  /** Paths of submodules, checked out or not. */
  readonly submodules: ReadonlyArray<string>
  /** Files that git was told not to compare: assumed to be unchanged, or left out of the work tree. */
  readonly hidden: ReadonlyArray<IndexEntry>
}

/** Reads `git ls-files --stage -v -z`. */
export const parseIndex = (text: string): ParsedIndex => {
  const entries = fields(text).map((entry) => {
    const tab = entry.indexOf("\t")
    const [tag = "", mode = "", id = ""] = entry.slice(0, tab).split(" ")
    return { tag, mode, id, path: entry.slice(tab + 1) }
  })
  return {
    submodules: [...new Set(entries.filter(({ mode }) => mode === "160000").map(({ path }) => path))],
    hidden: entries.filter(({ mode, tag }) => mode.startsWith("100") && /^[a-zS]$/u.test(tag))
      .map(({ id, path }) => ({ id, path }))
  }
}

/** A path as git reads it off a line of its input. */
export const quotedPath = (path: string): string =>
  /^"|\n/u.test(path) ? `"${path.replaceAll(/["\\]/gu, "\\$&").replaceAll("\n", "\\n")}"` : path

/** Reads `git config -z --get-regexp`: of each name, the last value. */
export const parseSettings = (text: string): ReadonlyMap<string, string> =>
  new Map(
    fields(text).map((setting) => {
      const end = setting.indexOf("\n")
      // A name without `=` is a yes.
      return end === -1 ? [setting, "true"] : [setting.slice(0, end), setting.slice(end + 1)]
    })
  )

/** What `merge-tree --write-tree --name-only -z` says. */
export interface ParsedMerge {
  /** Id of the merged tree; with conflict markers where there are conflicts. */
  readonly tree: string
  /** Paths in conflict, each once; sorted. Which ones is known even where no file by itself is in conflict. */
  readonly conflicts: ReadonlyArray<string>
}

/**
 * Reads `git merge-tree --write-tree --name-only -z`: the tree, the files in conflict, an empty field, and messages, of
 * which each begins with the number of paths that it is about. A folder that was split in two can be a conflict without
 * such a file.
 */
export const parseMerge = (text: string): ParsedMerge => {
  const [tree = "", ...rest] = text.split("\0")
  const end = rest.indexOf("")
  const files = end === -1 ? rest : rest.slice(0, end)
  const messages = end === -1 ? [] : rest.slice(end + 1)
  const told: Array<string> = []
  for (let at = 0; at < messages.length;) {
    const count = /^\d+$/u.test(messages[at] ?? "") ? Number(messages[at]) : messages.length
    if (messages[at + 1 + count]?.startsWith("CONFLICT") === true) {
      told.push(...messages.slice(at + 1, at + 1 + count))
    }
    at += count + 3
  }
  return { tree, conflicts: [...new Set(files.length > 0 ? files : told)].sort() }
}

/** Reads a NUL-separated list of paths. */
export const parsePaths = (text: string): ReadonlyArray<string> => fields(text)

/** What `rev-parse` prints when asked for three paths with `--is-inside-work-tree` between them. */
export const parseRepository = (
  text: string
): { readonly current: string; readonly gitDirectory: string; readonly commonDirectory: string } => {
  const [current = "", gitDirectory = "", commonDirectory = ""] = text.replace(/\n$/u, "").split("\ntrue\n")
  return { current, gitDirectory, commonDirectory }
}

/** Whether git failed because there is no repository with a work tree, and not for another reason. */
export const isOutsideRepository = (stderr: string): boolean =>
  /not a git repository|must be run in a work tree|does not have a work tree/iu.test(stderr)

/** Whether git stumbled over a worktree that another git is just adding or removing: then it has done nothing yet. */
export const isHalfMadeRecord = (stderr: string): boolean => /failed to read \S*worktrees\/\S+: /u.test(stderr)
