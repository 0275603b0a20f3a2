import { Result } from "effect"
import { closestWord } from "../../project/ClosestWord.ts"
import type { BatchResource, ReadResource } from "../kinds/Kinds.ts"
import { fieldPathOf } from "./BatchFaults.ts"
import type { BatchFault } from "./BatchProblem.ts"
import type { TextMark } from "./YamlDocuments.ts"

/** A resource of one kind, and where it was read. */
export interface ReadOf<Kind extends BatchResource["kind"]> extends ReadResource {
  readonly resource: Extract<BatchResource, { readonly kind: Kind }>
}

/** The resources of one kind. */
export const ofKind = <Kind extends BatchResource["kind"]>(
  resources: ReadonlyArray<ReadResource>,
  kind: Kind
): ReadonlyArray<ReadOf<Kind>> => resources.filter((read): read is ReadOf<Kind> => read.resource.kind === kind)

/** How messages call a resource: `Batch/update-dependencies`. */
export const resourceLabel = ({ kind, metadata }: BatchResource): string =>
  `${kind}/${metadata.name ?? metadata.generateName ?? ""}`

/** Where a resource was read: `batch.yaml:12`. */
export const resourcePlace = ({ line, source }: ReadResource): string => `${source}:${line}`

/** A fault of a field of a resource, or of a mark in its text. */
export const faultAt = (read: ReadResource, path: string, message: string, mark?: TextMark): BatchFault => ({
  source: read.source,
  line: read.lineOf(fieldPathOf(path), mark),
  resource: resourceLabel(read.resource),
  path,
  message
})

/** A fault of a flag, or of all files together. */
export const faultOfFlag = (path: string, message: string): BatchFault => ({
  source: "",
  line: null,
  resource: "",
  path,
  message
})

/**
 * The resource of a kind and a name in a namespace; one that names no namespace is in the run's. Fails with what to say:
 * that there is none, with what was meant, or that there are several.
 */
export const findResource = <Kind extends BatchResource["kind"]>(
  resources: ReadonlyArray<ReadResource>,
  kind: Kind,
  name: string,
  namespace: string
): Result.Result<ReadOf<Kind>, string> => {
  const all = ofKind(resources, kind)
  const near = all.filter(({ resource }) => (resource.metadata.namespace ?? namespace) === namespace)
  const [found, ...others] = near.filter(({ resource }) => resource.metadata.name === name)
  if (found !== undefined) {
    return others.length === 0
      ? Result.succeed(found)
      : Result.fail(
        `${kind} ${JSON.stringify(name)} is there more than once: ${[found, ...others].map(resourcePlace).join(", ")}`
      )
  }
  const elsewhere = all.find(({ resource }) => resource.metadata.name === name)
  const meant = closestWord(name, namesOf(near))
  return Result.fail(
    notFound(kind, name, namespace) + (elsewhere !== undefined
      ? `; there is one in namespace ${JSON.stringify(elsewhere.resource.metadata.namespace)}`
      : meant === null
      ? ""
      : `; did you mean ${meant}?`)
  )
}

/** @example WorkspaceConfig "x" not found in namespace "y" */
export const notFound = (kind: string, name: string, namespace: string): string =>
  `${kind} ${JSON.stringify(name)} not found in namespace ${JSON.stringify(namespace)}`

const namesOf = (resources: ReadonlyArray<ReadResource>): ReadonlyArray<string> =>
  resources.flatMap(({ resource: { metadata } }) => metadata.name === undefined ? [] : [metadata.name])
