import { utf8ToBytes } from "@noble/hashes/utils.js"
import { Result } from "effect"
import {
  type FileContext,
  type KeyRef,
  type RepositoryContext,
  repositoryPath,
  type TaskContext
} from "../kinds/TaskContext.ts"
import { bytesOfBase64, textOfBase64 } from "../plan/Base64Text.ts"
import { chooseCredentials } from "../plan/GitSecret.ts"
import { repositoryUrl } from "../plan/HostProfile.ts"
import { plainPath } from "../plan/TaskLayout.ts"
import { renderTemplate, type TemplateValues } from "../plan/Template.ts"
import { taskContexts, taskName } from "../record/Expand.ts"
import type { KeyedValues, RunSnapshot, RunValues } from "../record/RunSnapshot.ts"
import type { RedactedSecret } from "./Redaction.ts"
import type { GitCredentials, WorkspaceFile, WorkspaceRepository, WorkspaceRequest } from "./TaskWorkspaces.ts"

/** What the workspace of a task holds, whichever attempt it is. */
export type TaskMaterials = Omit<WorkspaceRequest, "key">

/**
 * The files and repositories of a task. Inline texts have their variables' values and are in UTF-8, other bytes are exact;
 * of files with the same name the last is there, at the place of the first.
 *
 * `values` must be those that were made with the snapshot: throws when one that is referred to is not in them.
 */
export const taskMaterials = (snapshot: RunSnapshot, values: RunValues, index: number): TaskMaterials => {
  const contexts = taskContexts(snapshot, index)
  const variables = templateValues(snapshot, contexts, index)
  const files = new Map(
    contexts.filter((context) => context.type === "File").map((context) => {
      const path = plainPath(context.file.name)
      return [path, { path, ...fileContent(context, values, variables) }] as const
    })
  )
  return {
    task: taskName(snapshot, index),
    files: [...files.values()],
    repositories: contexts.filter((context) => context.type === "Repository")
      .map((context) => workspaceRepository(context, snapshot.hostTemplate, values.secrets))
  }
}

/** What the variables in a task's inline texts stand for: `repository` is the task's first. */
export const templateValues = (
  { name }: Pick<RunSnapshot, "name">,
  contexts: ReadonlyArray<TaskContext>,
  index: number
): TemplateValues => {
  const first = contexts.find((context) => context.type === "Repository")?.repository
  return {
    "repository.org": first?.org ?? null,
    "repository.repo": first?.repo ?? null,
    "repository.branch": first?.branch ?? null,
    "run.name": name,
    "task.index": String(index)
  }
}

const fileContent = (
  { file: { source } }: FileContext,
  values: RunValues,
  variables: TemplateValues
): Omit<WorkspaceFile, "path"> => {
  if ("inline" in source) return { bytes: utf8ToBytes(renderTemplate(source.inline, variables)), secret: false }
  return "secretKeyRef" in source
    ? { bytes: valueBytes(values.secrets, source.secretKeyRef), secret: true }
    : { bytes: valueBytes(values.configMaps, source.configMapKeyRef), secret: false }
}

/** No base64. */
const missingValue = "="

const valueBytes = (values: KeyedValues, { key, name }: KeyRef): Uint8Array => {
  const bytes = bytesOfBase64(values[name]?.[key] ?? missingValue)
  if (bytes === null) throw new Error(`the value ${name}/${key} is not among those that were kept with the run`)
  return bytes
}

const workspaceRepository = (
  context: RepositoryContext,
  template: string,
  secrets: KeyedValues
): WorkspaceRepository => {
  const { branch, commit, depth, secretRef } = context.repository
  const url = repositoryUrl(context.repository, template)
  return {
    url,
    branch,
    commit: commit ?? null,
    path: plainPath(repositoryPath(context)),
    depth: depth ?? null,
    ...(secretRef === undefined
      ? { credentials: null }
      : { credentials: credentialsOf(secretRef.name, url, secrets), secret: secretRef.name })
  }
}

const credentialsOf = (name: string, url: string, secrets: KeyedValues): GitCredentials => {
  const choice = Result.getOrThrowWith(
    chooseCredentials(url, Object.keys(secrets[name] ?? {})),
    (reason) => new Error(`the Secret ${name} ${reason}`)
  )
  const text = (key: string): string => (textOfBase64(secrets[name]?.[key] ?? "") ?? "").replace(/[\r\n]+$/u, "")
  switch (choice) {
    case "ssh-privatekey":
      // OpenSSH reads no key whose last line has no end.
      return { _tag: "SshKey", privateKey: `${text("ssh-privatekey")}\n` }
    case "token":
      return { _tag: "Basic", username: text("username") || "x-access-token", password: text("token") }
    case "password":
      return { _tag: "Basic", username: text("username"), password: text("password") }
  }
}

/** Every secret value that the tasks of a run refer to, as `<Secret>/<key>`: files, variables, credentials. */
export const secretValues = (values: RunValues): ReadonlyArray<RedactedSecret> =>
  Object.entries(values.secrets).flatMap(([name, keys]) =>
    Object.entries(keys).map(([key, text]) => ({
      name: `${name}/${key}`,
      bytes: bytesOfBase64(text) ?? new Uint8Array()
    }))
  ).filter(({ bytes }) => bytes.length > 0)
