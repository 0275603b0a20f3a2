import { type EngineObject, labels } from "./Containers.ts"
import type { EngineRemains } from "./Teardown.ts"

/**
 * Volumes that somebody kept with `done --keep-volumes`: made by Slipway, and no container is left beside them. Nobody
 * but a person removes them.
 */
export const keptVolumes = (left: Pick<EngineRemains, "containers" | "volumes">): ReadonlyArray<EngineObject> =>
  left.containers.length > 0 ? [] : left.volumes.filter((volume) => volume.labels[labels.home] !== undefined)

/** The command that gives kept volumes up. */
export const removalOf = (volumes: ReadonlyArray<EngineObject>): string =>
  `\`docker volume rm ${volumes.map(({ name }) => name).join(" ")}\``

/**
 * Why a slot that no claim holds must not be emptied for the next feature; null when it may. `owner` is another worktree
 * that stands and to which its containers belong.
 */
export const whyOccupied = (
  composeProject: string,
  left: EngineRemains,
  home: string,
  owner: string | null
): string | null => {
  const other = [...left.containers, ...left.volumes].map((object) => object.labels[labels.home]).find((found) =>
    found !== undefined && found !== home
  )
  if (other !== undefined) return `${composeProject} belongs to the Slipway of ${other}`
  if (owner !== null) return `${composeProject} is the sandbox of ${owner}, whose claim is lost; see \`slipway doctor\``
  const kept = keptVolumes(left)
  return kept.length === 0 ? null : `its volumes were kept; ${removalOf(kept)} frees it`
}
