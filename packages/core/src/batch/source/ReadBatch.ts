import type { ReadResource } from "../kinds/Kinds.ts"
import { type BatchText, duplicateFaults, readBatchText } from "./BatchFile.ts"
import type { BatchSource } from "./BatchSources.ts"
import type { UndecodedResource } from "./UndecodedResource.ts"

/**
 * Reads several texts as one. Those that `files` names must hold something of a batch each; the others are found in
 * folders, where some may hold nothing but what is another program's. Of resources that are given twice the first stays.
 */
export const readBatch = (texts: ReadonlyArray<BatchSource>, files: ReadonlyArray<string>): BatchText => {
  const read = texts.map((text) => readBatchText(text, files.includes(text.source) ? "named" : "found"))
  const all = read.flatMap(({ resources }) => resources)
  const duplicates = duplicateFaults(all)
  const repeated = new Set(duplicates.map(({ read: one }) => one))
  return {
    resources: all.filter((one) => !repeated.has(one)),
    passedOver: read.flatMap(({ passedOver }) => passedOver),
    // Which one of two is meant cannot be known, nor what follows from either.
    undecoded: [...read.flatMap(({ undecoded }) => undecoded), ...[...repeated].map(asUndecoded)],
    faults: [...read.flatMap(({ faults }) => faults), ...duplicates.map(({ fault }) => fault)]
  }
}

const asUndecoded = ({ resource }: ReadResource): UndecodedResource => ({
  kind: resource.kind,
  name: resource.metadata.name ?? null,
  namespace: resource.metadata.namespace ?? null,
  batchRef: resource.kind === "BatchRun" ? resource.spec.batchRef ?? null : null
})
