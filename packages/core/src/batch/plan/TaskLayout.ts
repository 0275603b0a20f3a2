import { repositoryPath } from "../kinds/TaskContext.ts"
import type { TextMark } from "../source/YamlDocuments.ts"
import { describeTasks, type PlacedContext, placedContexts, type TaskSource } from "./TaskSource.ts"

/** What is wrong with a field. */
export interface PathFault {
  readonly path: string
  readonly message: string
  /** Where in the field's text it is; the whole field when absent. */
  readonly mark?: TextMark
}

/** Where the contexts of all tasks come to stand, and what does not go together. */
export interface LayoutFindings {
  readonly faults: ReadonlyArray<PathFault>
  /** Files that a later one of the same name takes the place of. */
  readonly warnings: ReadonlyArray<string>
}

/** A relative path without what adds nothing: `./docs//a.md` is `docs/a.md`; the folder itself is `.`. */
export const plainPath = (path: string): string =>
  path.split("/").filter((part) => part !== "" && part !== ".").join("/") || "."

/**
 * Looks at where files and repositories of each task stand in its workspace. Two repositories at one path, a file at the
 * place of a folder, and a file in a `.git` cannot be; of two files with one name the later wins, which is a warning.
 */
export const layoutFindings = (source: TaskSource): LayoutFindings => {
  const findings: Findings = { faults: [], twice: new Map() }
  const common = newLayer(null)
  const variable = source.variableContexts.map(() => newLayer(common))
  for (const placed of placedContexts(source)) {
    place(placed, placed.task === null ? common : variable[placed.task] ?? common, findings)
  }
  return { faults: findings.faults, warnings: warningsOf(findings.twice, source.variableContexts.length) }
}

/** What stands at which path, over what stands there in all tasks. */
interface Layer {
  readonly below: Layer | null
  readonly taken: Map<string, "file" | "repository">
  /** Folders that have something in them. */
  readonly folders: Set<string>
}

interface Findings {
  readonly faults: Array<PathFault>
  /** Files given twice, with the tasks; null for all. */
  readonly twice: Map<string, Set<number | null>>
}

const newLayer = (below: Layer | null): Layer => ({ below, taken: new Map(), folders: new Set() })

const takenAt = (layer: Layer | null, path: string): "file" | "repository" | undefined =>
  layer === null ? undefined : layer.taken.get(path) ?? takenAt(layer.below, path)

const isFolder = (layer: Layer | null, path: string): boolean =>
  layer !== null && (layer.folders.has(path) || isFolder(layer.below, path))

const place = ({ context, path: field, task }: PlacedContext, layer: Layer, { faults, twice }: Findings): void => {
  const kind = context.type === "File" ? "file" : "repository"
  const path = context.type === "File" ? plainPath(context.file.name) : plainPath(repositoryPath(context))
  const at = context.type === "File"
    ? `${field}.file.name`
    : `${field}.repository.${context.repository.path === undefined ? "repo" : "path"}`
  const parents = foldersOf(path)
  const message = conflict({ kind, path, parents, layer })
  if (message !== null) {
    faults.push({ path: at, message })
    return
  }
  if (kind === "file" && takenAt(layer, path) === "file") {
    twice.set(path, (twice.get(path) ?? new Set()).add(task))
  }
  layer.taken.set(path, kind)
  for (const folder of parents) layer.folders.add(folder)
}

const conflict = ({ kind, layer, parents, path }: {
  readonly kind: "file" | "repository"
  readonly layer: Layer
  readonly parents: ReadonlyArray<string>
  readonly path: string
}): string | null => {
  const quoted = JSON.stringify(path)
  const present = takenAt(layer, path)
  const parent = parents.find((folder) => takenAt(layer, folder) === "file")
  if (path.split("/").some((part) => part.toLowerCase() === ".git")) {
    return `must not lie in a .git folder, found ${quoted}`
  }
  if (parent !== undefined) return `${quoted} cannot be: ${JSON.stringify(parent)} is a file of the same task`
  if (kind === "repository") {
    if (present === "repository") {
      return `another repository of the same task stands at ${quoted}; give one of them a path`
    }
    return present === "file" ? `a file of the same task stands at ${quoted}` : null
  }
  if (present === "repository") return `a repository of the same task stands at ${quoted}`
  return isFolder(layer, path) ? `${quoted} is a folder with other contexts of the same task` : null
}

/** The folders above a path: `a` and `a/b` for `a/b/c`. */
const foldersOf = (path: string): ReadonlyArray<string> => {
  const parts = path.split("/")
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"))
}

const warningsOf = (twice: Findings["twice"], total: number): ReadonlyArray<string> =>
  [...twice].map(([path, tasks]) => {
    const own = [...tasks].filter((task) => task !== null)
    const where = tasks.has(null) || own.length === total ? "every task" : describeTasks(own)
    return `${path} is given twice in ${where}; the later one is used`
  })
