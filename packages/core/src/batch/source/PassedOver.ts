/** A resource of another program, which a file for a cluster may hold beside those of a batch. */
export interface PassedOver {
  /** The file's name as the user gave it; `-` for standard input. */
  readonly source: string
  /** Line of the resource in it, from 1. */
  readonly line: number
  readonly kind: string
  /** The empty string when it has none. */
  readonly name: string
}

/** @example Deployment/web */
export const passedOverLabel = ({ kind, name }: PassedOver): string => name === "" ? kind : `${kind}/${name}`

/** @example Deployment/web (batch.yaml:12) is no part of a batch and is passed over */
export const describePassedOver = (resource: PassedOver): string =>
  `${passedOverLabel(resource)} (${resource.source}:${resource.line}) is no part of a batch and is passed over`
