import { Result } from "effect"
import type { PublishMode } from "../kinds/Kinds.ts"
import { dataKeyFault, defaultNamespace, dnsLabelPattern, longestLabel } from "../kinds/ObjectMeta.ts"
import type { BatchFault } from "../source/BatchProblem.ts"
import type { FolderValue } from "../source/BatchSources.ts"
import { faultOfFlag } from "../source/FindResource.ts"
import type { BatchRequest } from "./BatchRequest.ts"
import { defaultHost, hostTemplate } from "./HostProfile.ts"
import { runNameFault } from "./RunName.ts"
import { runPolicy } from "./RunPolicyOf.ts"

/** What is wrong with the flags of a request, whatever the files hold. */
export const flagFaults = (request: BatchRequest): ReadonlyArray<BatchFault> => {
  const policy = runPolicy({ spec: null, workspace: null, request, total: 1 })
  const name = request.name === undefined ? null : runNameFault(request.name)
  const host = hostTemplate(request.host ?? defaultHost)
  const publish = publishFault(request.publish ?? "never")
  const { command } = request
  return [
    ...(Result.isFailure(policy) ? policy.failure.map(({ message, path }) => faultOfFlag(path, message)) : []),
    ...(name === null ? [] : [faultOfFlag("--name", name)]),
    ...(Result.isFailure(host) ? [faultOfFlag("--host", host.failure)] : []),
    ...(command !== undefined && (command.length === 0 || command[0] === "")
      ? [faultOfFlag("--command", "must name a program")]
      : []),
    ...(publish === null ? [] : [faultOfFlag("--publish", publish)]),
    ...namespaceFaults(request)
  ]
}

/** What is wrong with the keys of the values in folders: on a cluster no object can have such ones. */
export const folderFaults = (values: ReadonlyArray<FolderValue>): ReadonlyArray<BatchFault> =>
  values.flatMap(({ key, kind, name }) => {
    const message = dataKeyFault(key)
    const folder = kind === "any" ? "" : `${kind.toLowerCase()}s/`
    return message === null
      ? []
      : [faultOfFlag("--from-dir", `${JSON.stringify(`${folder}${name}/${key}`)} cannot be a value: ${message}`)]
  })

/** Why changes cannot be published in a way; null when they can. */
export const publishFault = (publish: PublishMode): string | null =>
  publish === "never" || publish === "branch"
    ? null
    : `${publish} opens pull requests, which is not possible yet; branch pushes the branches alone`

const namespaceFaults = ({ namespace = defaultNamespace }: BatchRequest): ReadonlyArray<BatchFault> =>
  namespace.length <= longestLabel && dnsLabelPattern.test(namespace) ? [] : [
    faultOfFlag(
      "--namespace",
      `must be at most ${longestLabel} lower-case letters, digits and hyphens and begin and end with a letter or digit, found ${
        JSON.stringify(namespace)
      }`
    )
  ]
