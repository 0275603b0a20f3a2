import { closestWord } from "../../project/ClosestWord.ts"
import { type BatchKind, batchKinds } from "./Kinds.ts"
import { batchApiVersion, longestLabel, longestSubdomain } from "./ObjectMeta.ts"

/** What a resource is, by its `apiVersion` and `kind`. */
export type KindVerdict =
  | { readonly _tag: "Known"; readonly kind: BatchKind }
  /** Another program's, which the same file is applied for. */
  | { readonly _tag: "Foreign"; readonly kind: string }
  /** `meant` is the kind it is nearly; null when nobody can tell. */
  | { readonly _tag: "Faulty"; readonly field: string; readonly message: string; readonly meant: BatchKind | null }

/** The names of all kinds that a batch is made of. */
export const kindNames: ReadonlyArray<string> = Object.keys(batchKinds)

/**
 * Tells a batch's kinds from those of other programs, which a file for a cluster may hold as well. What is nearly one of
 * a batch's is a fault: passed over, it would be missed in silence.
 *
 * @example
 * kindVerdict({ apiVersion: "apps/v1", kind: "Deployment" }) // { _tag: "Foreign", kind: "Deployment" }
 * kindVerdict({ apiVersion: "kubetask.io/v1alpha1", kind: "Bach" }) // Faulty: … did you mean Batch?
 */
export const kindVerdict = ({ apiVersion, kind }: Readonly<Record<string, unknown>>): KindVerdict => {
  const all = kindNames.join(", ")
  if (kind === undefined || kind === null) return faulty("kind", `is missing: one of ${all}`, null)
  if (typeof kind !== "string") return faulty("kind", `must be one of ${all}, found ${typeName(kind)}`, null)
  const meant = isKind(kind) ? kind : nearest(kind)
  const expected = meant !== null && coreKinds.has(meant) ? "v1" : batchApiVersion
  const unknownKind = (): KindVerdict =>
    faulty(
      "kind",
      `must be one of ${all}, found ${JSON.stringify(shortName(kind))}${
        meant === null ? "" : `; did you mean ${meant}?`
      }`,
      meant
    )
  if (apiVersion === undefined || apiVersion === null) {
    if (meant !== null && meant !== kind) return unknownKind()
    return faulty("apiVersion", meant === null ? "is missing" : `is missing: ${expected}`, meant)
  }
  if (typeof apiVersion !== "string") {
    return faulty("apiVersion", `must be ${expected}, found ${typeName(apiVersion)}`, meant)
  }
  if (isKind(kind) && apiVersion === expected) return { _tag: "Known", kind }
  const [group = ""] = apiVersion.split("/")
  const found = JSON.stringify(shortName(apiVersion))
  if (group === olderGroup) {
    const advice = "`slipway batch migrate` brings it over"
    return faulty("apiVersion", `must be ${expected}, found ${found}, which is CodeSweep's; ${advice}`, meant)
  }
  if (group === ownGroup) {
    // Of its own group everything else is a slip: of the kind, else of the version.
    return isKind(kind)
      ? faulty("apiVersion", `must be ${expected}, found ${found}`, meant)
      : unknownKind()
  }
  if (closestWord(group, [ownGroup]) !== null) {
    return faulty("apiVersion", `must be ${expected}, found ${found}; did you mean ${expected}?`, meant)
  }
  // Another program's kinds may be called as these; Kubernetes' own never are.
  const isOthers = group.includes(".") && !group.endsWith(".k8s.io")
  if (meant === null || isOthers) return { _tag: "Foreign", kind }
  return meant === kind ? faulty("apiVersion", `must be ${expected}, found ${found}`, meant) : unknownKind()
}

const [ownGroup = ""] = batchApiVersion.split("/")

/** The group of CodeSweep, which the kinds had before. */
const olderGroup = "codesweep.io"

const coreKinds: ReadonlySet<string> = new Set<BatchKind>(["ConfigMap", "Secret"])

const isKind = (kind: string): kind is BatchKind => kindNames.includes(kind)

const nearest = (kind: string): BatchKind | null => {
  const word = closestWord(kind, kindNames)
  return word !== null && isKind(word) ? word : null
}

const faulty = (field: string, message: string, meant: BatchKind | null): KindVerdict => ({
  _tag: "Faulty",
  field,
  message,
  meant
})

/** A name in a message: one that is much too long is told in part. */
export const shortName = (name: string): string =>
  name.length > longestSubdomain ? `${name.slice(0, longestLabel)}…` : name

/** What a value is, in a message: `a list`, `a map`, `nothing`, `a text`, `a number`. */
export const typeName = (value: unknown): string =>
  Array.isArray(value)
    ? "a list"
    : value === null
    ? "nothing"
    : typeof value === "object"
    ? "a map"
    : typeof value === "string"
    ? "a text"
    : `a ${typeof value}`
