import { Result } from "effect"
import { closestWord } from "../../project/ClosestWord.ts"
import type { ConfigMap, ReadResource, Secret } from "../kinds/Kinds.ts"
import type { KeyedValues } from "../record/RunSnapshot.ts"
import type { FolderValue } from "../source/BatchSources.ts"
import { findResource, notFound, ofKind } from "../source/FindResource.ts"
import { mayBeUndecoded, type UndecodedResource } from "../source/UndecodedResource.ts"
import { base64OfBytes, base64OfText, bytesOfBase64 } from "./Base64Text.ts"

/** What holds values. */
export type ValueKind = "ConfigMap" | "Secret"

/** Why a value is not there, and which field of the reference is at fault. No value is ever in the message. */
interface ValueFault {
  readonly field: "name" | "key"
  readonly message: string
  /** Whether the object cannot be read, so that its own faults tell what is wrong. */
  readonly isUndecoded: boolean
}

type PlainFault = Omit<ValueFault, "isUndecoded">

/** The ConfigMaps and Secrets of a namespace. */
export interface ValueSource {
  /** A value, in base64. */
  readonly value: (kind: ValueKind, name: string, key: string) => Result.Result<string, ValueFault>
  /** The keys of an object. */
  readonly keys: (kind: ValueKind, name: string) => Result.Result<ReadonlyArray<string>, ValueFault>
}

/**
 * The ConfigMaps and Secrets that a run in a namespace can refer to: those of its files, and those of folders given with
 * `--from-dir`, which go first. In a Secret, `stringData` goes before `data`, as in Kubernetes. What is among the
 * undecoded ones cannot be known.
 */
export const valueSource = (
  resources: ReadonlyArray<ReadResource>,
  folderValues: ReadonlyArray<FolderValue>,
  namespace: string,
  undecoded: ReadonlyArray<UndecodedResource> = []
): ValueSource => {
  const known = new Map<string, Result.Result<Keyed, PlainFault>>()
  const marked = <A>(kind: ValueKind, name: string, found: Result.Result<A, PlainFault>) =>
    Result.mapError(found, (fault): ValueFault => ({ ...fault, isUndecoded: mayBeUndecoded(undecoded, kind, name) }))
  const object = (kind: ValueKind, name: string): Result.Result<Keyed, PlainFault> => {
    const present = known.get(`${kind}/${name}`)
    if (present !== undefined) return present
    const found = keyedValues(resources, folderValues, { kind, name, namespace })
    known.set(`${kind}/${name}`, found)
    return found
  }
  return {
    keys: (kind, name) => marked(kind, name, Result.map(object(kind, name), (keyed) => [...keyed.keys()])),
    value: (kind, name, key) =>
      marked(
        kind,
        name,
        Result.flatMap(object(kind, name), (keyed): Result.Result<string, PlainFault> => {
          const encode = keyed.get(key)
          if (encode === undefined) {
            return Result.fail({ field: "key", message: keyMissing(kind, name, key, [...keyed.keys()]) })
          }
          const value = encode()
          return value === null
            ? Result.fail({
              field: "key",
              message: `${kind} ${JSON.stringify(name)} has no base64 at ${JSON.stringify(key)}`
            })
            : Result.succeed(value)
        })
      )
  }
}

/** Keys, each with what gives its value in base64. */
type Keyed = ReadonlyMap<string, () => string | null>

const keyedValues = (
  resources: ReadonlyArray<ReadResource>,
  folderValues: ReadonlyArray<FolderValue>,
  wanted: { readonly kind: ValueKind; readonly name: string; readonly namespace: string }
): Result.Result<Keyed, PlainFault> => {
  const { kind, name, namespace } = wanted
  const fromFolders = folderValues.filter((value) =>
    value.name === name && (value.kind === kind || value.kind === "any")
  )
  const found = findResource(resources, kind, name, namespace)
  const isThere = ofKind(resources, kind).some(({ resource: { metadata } }) =>
    metadata.name === name && (metadata.namespace ?? namespace) === namespace
  )
  if (Result.isFailure(found) && (isThere || fromFolders.length === 0)) {
    const meant = closestWord(
      name,
      folderValues.filter((value) => value.kind !== other[kind]).map((value) => value.name)
    )
    const message = isThere || meant === null || found.failure.includes("; ")
      ? found.failure
      : `${notFound(kind, name, namespace)}; did you mean ${meant}?`
    return Result.fail({ field: "name", message })
  }
  return Result.succeed(
    new Map([
      ...(Result.isSuccess(found) ? entriesOf(found.success.resource) : []),
      ...fromFolders.map(({ bytes, key }) => [key, () => base64OfBytes(bytes)] as const)
    ])
  )
}

const other = { ConfigMap: "Secret", Secret: "ConfigMap" } as const

type Entry = readonly [key: string, encode: () => string | null]

const entriesOf = (object: ConfigMap | Secret): ReadonlyArray<Entry> =>
  object.kind === "ConfigMap"
    ? [...Object.entries(object.data ?? {}).map(textEntry), ...Object.entries(object.binaryData ?? {}).map(bytesEntry)]
    : [...Object.entries(object.data ?? {}).map(bytesEntry), ...Object.entries(object.stringData ?? {}).map(textEntry)]

const textEntry = ([key, text]: readonly [string, string]): Entry => [
  key,
  () => base64OfText(text)
]

/** Read and written again, so that it is one line of what is known to be base64. */
const bytesEntry = ([key, text]: readonly [string, string]): Entry => [
  key,
  () => {
    const bytes = bytesOfBase64(text)
    return bytes === null ? null : base64OfBytes(bytes)
  }
]

const mostNamed = 10

const keyMissing = (kind: ValueKind, name: string, key: string, keys: ReadonlyArray<string>): string => {
  const meant = closestWord(key, keys)
  const advice = meant !== null
    ? `did you mean ${meant}?`
    : keys.length === 0
    ? "it has none"
    : `it has ${keys.slice(0, mostNamed).join(", ")}${
      keys.length > mostNamed ? ` and ${keys.length - mostNamed} more` : ""
    }`
  return `${kind} ${JSON.stringify(name)} has no key ${JSON.stringify(key)}; ${advice}`
}

/** A value that a run refers to. */
export interface CollectedValue {
  readonly kind: ValueKind
  readonly name: string
  readonly key: string
  /** In base64. */
  readonly value: string
}

/** Values of one kind by object and key, as a run keeps them; each is there once. */
export const keyedByName = (values: ReadonlyArray<CollectedValue>, kind: ValueKind): KeyedValues => {
  const objects = new Map<string, Map<string, string>>()
  for (const value of values.filter((one) => one.kind === kind)) {
    objects.set(value.name, (objects.get(value.name) ?? new Map<string, string>()).set(value.key, value.value))
  }
  return Object.fromEntries([...objects].map(([name, keys]) => [name, Object.fromEntries(keys)]))
}
