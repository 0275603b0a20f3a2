import { Result } from "effect"
import type { CommandKey } from "./FeatureEvent.ts"
import { KeyReused, RevisionConflict } from "./FeatureProblem.ts"
import type { FeatureState } from "./FeatureState.ts"

/**
 * The revision that came of the same request before, under its key; null for a new request. Refused are another request
 * under that key, and a new one whose caller saw another revision.
 */
export const earlierRevision = (
  feature: string,
  state: Pick<FeatureState, "keys" | "revision">,
  { expected, key }: { readonly key?: CommandKey | undefined; readonly expected?: number | undefined }
): Result.Result<number | null, KeyReused | RevisionConflict> => {
  const used = key === undefined ? undefined : state.keys.get(key.id)
  if (key !== undefined && used !== undefined) {
    return used.request === key.request
      ? Result.succeed(used.revision)
      : Result.fail(new KeyReused({ feature, key: key.id, revision: used.revision }))
  }
  return expected === undefined || expected === state.revision
    ? Result.succeed(null)
    : Result.fail(new RevisionConflict({ feature, expected, actual: state.revision }))
}
