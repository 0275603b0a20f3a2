import type { Compose, Containers, Host } from "@slipway/core"
import { Layer } from "effect"
import { composeCommandLayer } from "../docker/ComposeCommand.ts"
import { dockerEngineLayer } from "../docker/DockerEngine.ts"
import { nodeHostLayer } from "../process/NodeHost.ts"
import { Subprocess } from "../process/Subprocess.ts"

/** Docker's adapters with what a test wants to stand in the caller's shell. */
export const realDockerLayer = (
  variables: Readonly<Record<string, string>> = {}
): Layer.Layer<Compose | Containers | Host | Subprocess> =>
  Layer.merge(composeCommandLayer, dockerEngineLayer).pipe(
    Layer.provideMerge(Subprocess.layer),
    Layer.provideMerge(nodeHostLayer({ variables: { ...ownVariables(), ...variables } }))
  )

const ownVariables = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || name.startsWith("COMPOSE_") ? [] : [[name, value]]
    )
  )
