import { parse } from "smol-toml"
import { projectNameFrom } from "./ProjectName.ts"
import { projectPageName } from "./ProjectPage.ts"

/** Texts of files that tell a project's name; null for those that there are not. */
export interface NameSources {
  readonly packageJson: string | null
  readonly pyproject: string | null
  readonly goModule: string | null
  readonly projectPage: string | null
  /** Absolute path of the main checkout. */
  readonly checkout: string
}

/** A project's name and where it comes from. */
export interface DetectedName {
  /** As it is written, such as `@acme/My.App`. */
  readonly written: string
  /** Fit for folders, such as `My.App`. */
  readonly name: string
  readonly source: "package.json" | "pyproject.toml" | "go.mod" | ".devops-ai/project.md" | "folder"
}

/**
 * Detects a project's name: that of `package.json`, else of `pyproject.toml`, `go.mod`, `.devops-ai/project.md`, else of
 * the main checkout's folder. Files that cannot be read count as absent.
 */
export const detectName = (sources: NameSources): DetectedName => {
  const found: ReadonlyArray<readonly [string | null, DetectedName["source"]]> = [
    [sources.packageJson === null ? null : packageName(sources.packageJson), "package.json"],
    [sources.pyproject === null ? null : pyprojectName(sources.pyproject), "pyproject.toml"],
    [sources.goModule === null ? null : goModuleName(sources.goModule), "go.mod"],
    [sources.projectPage === null ? null : projectPageName(sources.projectPage), ".devops-ai/project.md"]
  ]
  for (const [written, source] of found) {
    if (written !== null && /[A-Za-z0-9]/u.test(written)) return { written, name: projectNameFrom(written), source }
  }
  const name = projectNameFrom(sources.checkout)
  return { written: name, name, source: "folder" }
}

const packageName = (text: string): string | null => nameIn(readOrNull(() => JSON.parse(text)))

const pyprojectName = (text: string): string | null => {
  const root = readOrNull(() => parse(text))
  return nameIn(fieldOf(root, "project")) ?? nameIn(fieldOf(fieldOf(root, "tool"), "poetry"))
}

/** The last part of the module's path that is no version. */
const goModuleName = (text: string): string | null =>
  /^\s*module\s+"?([^\s"]+)"?/mu.exec(text)?.[1]?.split("/").findLast((part) => !/^v\d+$/u.test(part)) ?? null

const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined

const nameIn = (value: unknown): string | null => {
  const name = fieldOf(value, "name")
  return typeof name === "string" ? name : null
}

const readOrNull = (read: () => unknown): unknown => {
  try {
    return read()
  } catch {
    return null
  }
}

/** Names of compose files in the order in which Compose itself takes them. */
const defaultComposeFiles = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"]

/**
 * The compose files among some paths, the one that Compose would take first; then other variants by name. Override
 * files are not among them, as they change another file.
 *
 * @example
 * composeFilesAmong(["docker-compose.dev.yml", "docker-compose.yml"]) // ["docker-compose.yml", "docker-compose.dev.yml"]
 */
export const composeFilesAmong = (paths: ReadonlyArray<string>): ReadonlyArray<string> => {
  const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1)
  const rank = (path: string) => {
    const index = defaultComposeFiles.indexOf(nameOf(path))
    return path.split("/").length * 10 + (index === -1 ? defaultComposeFiles.length : index)
  }
  return paths
    .filter((path) => /^(?:docker-)?compose(?:[._-][\w.-]+)?\.ya?ml$/u.test(nameOf(path)) && !isOverrideFile(path))
    .toSorted((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1))
}

/** Whether Compose would merge a file into the default one by itself. */
export const isOverrideFile = (path: string): boolean => /(?:^|\/)(?:docker-)?compose\.override\.ya?ml$/u.test(path)
