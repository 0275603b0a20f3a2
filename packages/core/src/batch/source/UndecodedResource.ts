import type { BatchKind } from "../kinds/Kinds.ts"

/** What is known of a resource that is there and cannot be read; null stands for anything. */
export interface UndecodedResource {
  readonly kind: BatchKind | null
  readonly name: string | null
  /** Null when it names none, too. */
  readonly namespace: string | null
  /** The Batch that a BatchRun refers to. */
  readonly batchRef: string | null
}

/** What may be anything: a text that cannot be read at all. */
export const unknownResource: UndecodedResource = { kind: null, name: null, namespace: null, batchRef: null }

/** Whether a resource is among those that cannot be read: that it is not found says nothing then. */
export const mayBeUndecoded = (
  undecoded: ReadonlyArray<UndecodedResource>,
  kind: BatchKind,
  name: string
): boolean =>
  undecoded.some((one) => (one.kind === null || one.kind === kind) && (one.name === null || one.name === name))
