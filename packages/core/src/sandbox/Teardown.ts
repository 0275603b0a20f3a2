import { Context, Effect, Layer } from "effect"
import { type FileUnavailable, ProjectFiles } from "../project/ProjectFiles.ts"
import { composeProjectOf, type Slot } from "../slot/Slot.ts"
import { Compose } from "./Compose.ts"
import { type Container, Containers, type EngineObject, type EngineUnavailable } from "./Containers.ts"

/** What the engine still holds of one Compose project. */
export interface EngineRemains {
  readonly containers: ReadonlyArray<Container>
  readonly networks: ReadonlyArray<EngineObject>
  readonly volumes: ReadonlyArray<EngineObject>
  readonly images: ReadonlyArray<EngineObject>
}

/** Names of the files in a slot folder. */
export const slotFiles = {
  env: ".env.sandbox",
  compose: "docker-compose.yml",
  override: "docker-compose.override.yml",
  /** The slot's claim, kept so that a lost registry can be rebuilt. */
  claim: "slot.json"
} as const

/** How many seconds a container gets to end by itself, as with Compose. */
const stopGrace = 10

/**
 * Takes the engine's part of a slot away: with Compose and the slot folder's own copies where they exist, so that
 * services stop in order, then by label whatever is left. Works without the worktree and without the slot folder.
 */
export class Teardown extends Context.Service<Teardown, {
  /** What there is of a Compose project, by label. */
  readonly observe: (composeProject: string) => Effect.Effect<EngineRemains, EngineUnavailable>
  /** Containers, networks and built images; volumes unless they are kept. */
  readonly takeDown: (
    slot: Slot,
    options: { readonly keepVolumes: boolean }
  ) => Effect.Effect<{ readonly composeError: string | null }, EngineUnavailable | FileUnavailable>
  /** The same by label alone, for what no slot claims. */
  readonly sweep: (
    composeProject: string,
    options: { readonly keepVolumes: boolean }
  ) => Effect.Effect<void, EngineUnavailable>
}>()("@slipway/core/sandbox/Teardown") {
  static readonly layer: Layer.Layer<Teardown, never, Compose | Containers | ProjectFiles> = Layer.effect(
    Teardown,
    Effect.gen(function*() {
      const compose = yield* Compose
      const containers = yield* Containers
      const files = yield* ProjectFiles

      const observe = Effect.fn("Teardown.observe")((composeProject: string) => {
        const filter = { project: composeProject }
        return Effect.all({
          containers: containers.list(filter),
          networks: containers.networks(filter),
          volumes: containers.volumes(filter),
          images: containers.images(filter)
        }, { concurrency: "unbounded" })
      })

      const sweep = Effect.fn("Teardown.sweep")(function*(
        composeProject: string,
        options: { readonly keepVolumes: boolean }
      ) {
        const remains = yield* observe(composeProject)
        yield* Effect.forEach(remains.containers, (container) => containers.remove(container.id, stopGrace), {
          concurrency: "unbounded",
          discard: true
        })
        yield* Effect.forEach(remains.networks, (network) => containers.removeNetwork(network.id), { discard: true })
        if (!options.keepVolumes) {
          yield* Effect.forEach(remains.volumes, (volume) => containers.removeVolume(volume.id), { discard: true })
        }
        yield* Effect.forEach(remains.images, (image) => containers.removeImage(image.id), { discard: true })
      })

      const takeDown = Effect.fn("Teardown.takeDown")(function*(
        slot: Slot,
        options: { readonly keepVolumes: boolean }
      ) {
        yield* containers.ping
        const project = composeProjectOf(slot)
        const present = yield* presentFiles(slot)
        const composeError = present.compose === null ? null : yield* compose.down({
          name: project,
          directory: slot.slot_dir,
          files: present.override === null ? [present.compose] : [present.compose, present.override],
          envFiles: present.env === null ? [] : [present.env],
          variables: portVariables(slot),
          profiles: ["*"]
        }, { volumes: !options.keepVolumes, images: true }).pipe(
          Effect.as(null),
          Effect.catch((error) => Effect.succeed(error.message))
        )
        yield* sweep(project, options)
        return { composeError }
      })

      const presentFiles = Effect.fnUntraced(function*(slot: Slot) {
        const present = Effect.fnUntraced(function*(path: string) {
          return (yield* files.kind(path)) === "file" ? path : null
        })
        return yield* Effect.all({
          compose: present(composeCopyOf(slot)),
          // Slipway's own copy is the whole model; the seed's tool kept the override apart.
          override: slot.labelled === true ? Effect.succeed(null) : present(`${slot.slot_dir}/${slotFiles.override}`),
          env: slot.labelled === true ? Effect.succeed(null) : present(`${slot.slot_dir}/${slotFiles.env}`)
        })
      })

      return Teardown.of({ observe, takeDown, sweep })
    })
  )
}

/** Where Slipway keeps a slot's own copy of the compose model. */
export const ownComposeCopy = (slot: Slot): string => `${slot.slot_dir}/${slotFiles.compose}`

/** The slot's copy of the compose file. The seed's tool may have named it after the original. */
export const composeCopyOf = (slot: Slot): string =>
  slot.labelled !== true && slot.compose_file_copy?.startsWith("/") === true
    ? slot.compose_file_copy
    : ownComposeCopy(slot)

/** The variables of a slot as Compose gets them. */
export const portVariables = (slot: Slot): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(Object.entries(slot.ports).map(([name, port]) => [name, String(port)])),
  COMPOSE_PROJECT_NAME: composeProjectOf(slot)
})

/** Whether nothing is left. */
export const isGone = (remains: EngineRemains, options: { readonly keepVolumes: boolean }): boolean =>
  remains.containers.length === 0 && remains.networks.length === 0 && remains.images.length === 0 &&
  (options.keepVolumes || remains.volumes.length === 0)
