import * as fs from "node:fs"
import { join } from "node:path"
import { systemCode } from "../files/SystemWords.ts"

/** A value of a git configuration file. */
export type GitSetting = readonly [section: string, name: string, value: string]

/** How names of objects are made in a repository. */
export type ObjectFormat = "sha1" | "sha256"

/** The object format that an object's id is of. */
export const objectFormatOf = (id: string): ObjectFormat => id.length === 64 ? "sha256" : "sha1"

/** Settings that every git folder begins with. */
export const firstSettings = (format: ObjectFormat, bare: boolean): ReadonlyArray<GitSetting> => [
  ["core", "repositoryformatversion", format === "sha1" ? "0" : "1"],
  ["core", "filemode", "true"],
  ["core", "bare", String(bare)],
  ...(process.platform === "darwin"
    ? [["core", "ignorecase", "true"], ["core", "precomposeunicode", "true"]] as const
    : []),
  ...(format === "sha1" ? [] : [["extensions", "objectformat", format] as const])
]

/** The folders that `git init` makes; those above another one come first. */
export const usualFolders = ["objects", "objects/info", "objects/pack", "refs", "refs/heads", "refs/tags", "info"]

/** The folders without which git takes none for a repository. */
export const neededFolders = ["objects", "objects/info", "refs", "info"]

/** What makes a git folder. */
export interface GitFolderContent {
  readonly folders: ReadonlyArray<string>
  /** A commit's id, or `ref: refs/heads/main`. */
  readonly head: string
  readonly settings: ReadonlyArray<GitSetting>
  /** Absolute paths of folders of objects that it borrows from. */
  readonly alternates: ReadonlyArray<string>
  /** Further files, relative to it. */
  readonly files: Readonly<Record<string, string>>
}

/**
 * Writes a git folder, as `git init` would, without a process: what is there is written over. It has no hooks, and no
 * template of the user's.
 */
export const writeGitFolder = (
  folder: string,
  { alternates, files, folders, head, settings }: GitFolderContent
): void => {
  fs.mkdirSync(folder, { recursive: true })
  for (const name of folders) makeFolder(join(folder, name))
  const all = {
    ...(alternates.length === 0 ? {} : { "objects/info/alternates": `${alternates.map(alternateLine).join("\n")}\n` }),
    ...files,
    config: settings.map(settingText).join(""),
    // Last: without it, the folder is no repository.
    HEAD: `${head}\n`
  }
  for (const [name, text] of Object.entries(all)) fs.writeFileSync(join(folder, name), text)
}

const makeFolder = (path: string): void => {
  try {
    fs.mkdirSync(path)
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error
  }
}

const settingText = ([section, name, value]: GitSetting): string => `[${section}]\n\t${name} = ${quotedValue(value)}\n`

const quotedValue = (value: string): string =>
  /^[\w./:@+-]+$/u.test(value)
    ? value
    : `"${value.replaceAll(/["\\]/gu, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t")}"`

/** The name of a section's subsection, such as `remote "origin"`. */
export const subsection = (section: string, name: string): string =>
  `${section} "${name.replaceAll(/["\\]/gu, "\\$&")}"`

const alternateLine = (path: string): string =>
  /^["#]|[\n\r]/u.test(path)
    ? `"${path.replaceAll(/["\\]/gu, "\\$&").replaceAll("\n", "\\n").replaceAll("\r", "\\r")}"`
    : path
