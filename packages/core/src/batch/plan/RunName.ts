import { Result } from "effect"
import type { Batch, BatchRun, Task } from "../kinds/Kinds.ts"
import { dnsLabelPattern, longestRunName } from "../kinds/ObjectMeta.ts"
import type { BatchRequest } from "./BatchRequest.ts"

/** A name that cannot be a run's. */
export interface RunNameFault {
  readonly from: "flag" | "resource"
  readonly path: string
  readonly message: string
}

/**
 * The name of a run: what `--name` says, else the name of the BatchRun or the Task, else their `generateName`, or the
 * name of the Batch and a hyphen, with a suffix of random letters and digits. What is generated is cut so that it fits.
 *
 * @example
 * runName(batch("update-dependencies"), {}, "x7k2p") // "update-dependencies-x7k2p"
 */
export const runName = (
  { kind, metadata }: Pick<Batch | BatchRun | Task, "kind" | "metadata">,
  request: Pick<BatchRequest, "name">,
  suffix: string
): Result.Result<string, RunNameFault> => {
  if (request.name !== undefined) return checked(request.name, "flag", "--name")
  if (kind !== "Batch" && metadata.name !== undefined) return checked(metadata.name, "resource", "metadata.name")
  if (metadata.generateName !== undefined) {
    const base = metadata.generateName.slice(0, longestRunName - suffix.length)
    return checked(`${base}${suffix}`, "resource", "metadata.generateName")
  }
  if (metadata.name === undefined) {
    return Result.fail({ from: "resource", path: "metadata", message: "must have a name" })
  }
  const base = metadata.name.slice(0, longestRunName - suffix.length - 1).replace(/-+$/u, "")
  return checked(`${base}-${suffix}`, "resource", "metadata.name")
}

const checked = (
  name: string,
  from: RunNameFault["from"],
  path: string
): Result.Result<string, RunNameFault> => {
  const message = runNameFault(name)
  return message === null ? Result.succeed(name) : Result.fail({ from, path, message })
}

/** Why a name cannot be a run's; null when it can. */
export const runNameFault = (name: string): string | null => {
  if (name.length > longestRunName) {
    return `must have at most ${longestRunName} characters to name a run, found ${name.length}`
  }
  return dnsLabelPattern.test(name)
    ? null
    : `must be of lower-case letters, digits and hyphens and begin and end with a letter or digit to name a run, found ${
      JSON.stringify(name)
    }`
}
