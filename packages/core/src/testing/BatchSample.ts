/** A text of one resource, and what becomes of it. */
export interface BatchSample {
  readonly name: string
  readonly yaml: string
  readonly accepted: boolean
  /** The field that is told of when it is refused; the empty string for the whole. */
  readonly path: string
  /** A part of what is told. */
  readonly message: string
  /**
   * Whether a server without CEL rules takes it; one drops unknown fields. Null: servers differ, as some take an empty
   * text for none.
   */
  readonly serverAccepts: boolean | null
}

/** A resource of `kubetask.io`. */
export const resource = (kind: string, spec: string, metadata = "{name: sample}"): string =>
  `apiVersion: kubetask.io/v1alpha1\nkind: ${kind}\nmetadata: ${metadata}\nspec: ${spec}\n`

/** A resource of Kubernetes' own. */
export const core = (kind: string, fields: string, metadata = "{name: sample}"): string =>
  `apiVersion: v1\nkind: ${kind}\nmetadata: ${metadata}\n${fields}\n`

/** A Task of one context. */
export const taskWith = (context: string): string => resource("Task", `{contexts: [${context}]}`)

/** A Task with a file. */
export const file = (name: string, source = "{inline: text}"): string =>
  taskWith(`{type: File, file: {name: ${name}, source: ${source}}}`)

/** A Task with a repository that has further fields. */
export const repository = (fields: string): string =>
  taskWith(`{type: Repository, repository: {org: org, repo: repo, branch: main, ${fields}}}`)

/** A Task with a repository. */
export const place = (org: string, repo: string, branch: string): string =>
  taskWith(`{type: Repository, repository: {org: ${org}, repo: ${repo}, branch: ${branch}}}`)

/** A BatchRun with further fields. */
export const run = (fields: string): string => resource("BatchRun", `{batchRef: sample, ${fields}}`)

/** A WorkspaceConfig with fields. */
export const config = (fields: string): string => resource("WorkspaceConfig", `{${fields}}`)

/** A WorkspaceConfig with a variable. */
export const variable = (fields: string): string => config(`env: [{${fields}}]`)

/** A resource with metadata. */
export const named = (kind: string, metadata: string): string =>
  resource(kind, kind === "BatchRun" ? "{batchRef: sample}" : "{contexts: []}", metadata)

/** A Batch of so many tasks. */
export const tasks = (count: number): string =>
  resource("Batch", `{commonContext: [], variableContexts: [${Array.from({ length: count }, () => "[]").join(", ")}]}`)

/** A sample that is taken. */
export const good = (name: string, yaml: string): BatchSample => ({
  name,
  yaml,
  accepted: true,
  path: "",
  message: "",
  serverAccepts: true
})

/** A sample that is refused. */
export const bad = (name: string, yaml: string, path: string, message: string): BatchSample => ({
  name,
  yaml,
  accepted: false,
  path,
  message,
  serverAccepts: false
})

/** A sample with an empty text, which some servers take for none. */
export const blank = (name: string, yaml: string): BatchSample => ({ ...good(name, yaml), serverAccepts: null })

/** What a schema of a server cannot say: names of fields, keys of maps, the type of a text or list. */
export const lenient = (name: string, yaml: string, path: string, message: string): BatchSample => ({
  ...bad(name, yaml, path, message),
  serverAccepts: true
})
