import { Result } from "effect"
import type { EnvironmentVariable } from "../kinds/Kinds.ts"
import type { FileSource, KeyRef, RepositoryContext } from "../kinds/TaskContext.ts"
import { base64OfText, textOfBase64 } from "./Base64Text.ts"
import { chooseCredentials, credentialKeys } from "./GitSecret.ts"
import { repositoryUrl } from "./HostProfile.ts"
import type { CollectedValue, ValueKind, ValueSource } from "./ReferencedValues.ts"
import type { PathFault } from "./TaskLayout.ts"
import type { PlacedContext } from "./TaskSource.ts"

/** The values that something refers to, and what of it is not there. */
export interface References {
  readonly values: ReadonlyArray<CollectedValue>
  readonly faults: ReadonlyArray<PathFault>
}

/** Several references as one. */
export const joinReferences = (all: ReadonlyArray<References>): References => ({
  values: all.flatMap(({ values }) => values),
  faults: all.flatMap(({ faults }) => faults)
})

/**
 * The values that contexts refer to: those of files, and the credentials of repositories. Which credentials those need that
 * are on a host is not looked at without its template.
 */
export const contextReferences = (
  placed: ReadonlyArray<PlacedContext>,
  source: ValueSource,
  hostTemplate: string | null
): References =>
  joinReferences(placed.map(({ context, path }) =>
    context.type === "File"
      ? fileReferences(context.file.source, source, `${path}.file.source`)
      : repositoryReferences(context, source, `${path}.repository`, hostTemplate)
  ))

/** The values that variables of the agent's environment refer to. */
export const variableReferences = (
  variables: ReadonlyArray<EnvironmentVariable>,
  source: ValueSource
): References =>
  joinReferences(
    variables.map(({ valueFrom }, position) => {
      if (valueFrom === undefined) return none
      const path = `spec.env[${position}].valueFrom`
      const { faults, values } = fileReferences(valueFrom, source, path)
      return values.every(({ value }) => isVariableText(value)) ? { faults, values } : {
        values: [],
        faults: [{ path, message: "must refer to UTF-8 text without NUL: nothing else can be a variable's value" }]
      }
    })
  )

const isVariableText = (value: string): boolean => {
  const text = textOfBase64(value)
  return text !== null && !text.includes("\0") && base64OfText(text) === value
}

const none: References = { values: [], faults: [] }

const fileReferences = (from: FileSource, source: ValueSource, path: string): References => {
  if ("inline" in from) return none
  return "secretKeyRef" in from
    ? reference("Secret", from.secretKeyRef, source, `${path}.secretKeyRef`)
    : reference("ConfigMap", from.configMapKeyRef, source, `${path}.configMapKeyRef`)
}

const reference = (kind: ValueKind, { key, name }: KeyRef, source: ValueSource, path: string): References =>
  Result.match(source.value(kind, name, key), {
    onFailure: ({ field, isUndecoded, message }) =>
      isUndecoded ? none : { values: [], faults: [{ path: `${path}.${field}`, message }] },
    onSuccess: (value) => ({ values: [{ kind, name, key, value }], faults: [] })
  })

const repositoryReferences = (
  { repository }: RepositoryContext,
  source: ValueSource,
  path: string,
  hostTemplate: string | null
): References => {
  const { secretRef } = repository
  if (secretRef === undefined) return none
  const at = `${path}.secretRef.name`
  const keys = source.keys("Secret", secretRef.name)
  if (Result.isFailure(keys)) {
    return keys.failure.isUndecoded ? none : { values: [], faults: [{ path: at, message: keys.failure.message }] }
  }
  if (hostTemplate === null && repository.url === undefined) return none
  const choice = chooseCredentials(repositoryUrl(repository, hostTemplate ?? ""), keys.success)
  if (Result.isFailure(choice)) {
    const message = `Secret ${JSON.stringify(secretRef.name)} ${choice.failure}`
    return { values: [], faults: [{ path: at, message }] }
  }
  const { values, faults } = joinReferences(
    credentialKeys.filter((key) => keys.success.includes(key))
      .map((key) => reference("Secret", { name: secretRef.name, key }, source, ""))
  )
  return { values, faults: faults.map(({ message }) => ({ path: at, message })) }
}
