import {
  Containers,
  type EngineFilter,
  type EngineObject,
  EngineUnavailable,
  Host,
  labels,
  type LogLine
} from "@slipway/core"
import type Docker from "dockerode"
import { Duration, Effect, Layer, Semaphore, Stream } from "effect"
import { Readable } from "node:stream"
import { makeLineReader, makeLogReader } from "./ContainerLogs.ts"
import { connectEngine, dial, type EngineConnection } from "./EngineConnection.ts"
import { containerEvent, engineImage, inspectedContainer, labelsOf, listedContainer } from "./EngineContainer.ts"
import { isInProgress, isSettled, statusOf } from "./EngineFailure.ts"

/** How long the engine gets to answer a ping: a remote one that is gone does not say so. */
const pingLimit = "10 seconds"

/** What stopping and removing one container may take beside its grace period. */
const stopLimit = Duration.minutes(2)

/**
 * The Docker Engine API, at the address that the docker command would take. The client is loaded at the first call: it
 * is large, and many commands need no engine.
 */
export const dockerEngineLayer: Layer.Layer<Containers, never, Host> = Layer.effect(
  Containers,
  Effect.gen(function*() {
    const host = yield* Host
    const engine = yield* connectEngine(host.variables)

    const ping = engine.ask((docker, signal) => dial(docker, signal, "/version", {}, false), pingLimit).pipe(
      Effect.flatMap((answer) =>
        typeof answer === "object" && answer !== null && "Version" in answer && typeof answer.Version === "string"
          ? Effect.succeed(answer.Version)
          : Effect.fail(new EngineUnavailable({ reason: "what answers there is no container engine" }))
      ),
      Effect.withSpan("Containers.ping")
    )

    const list = Effect.fn("Containers.list")(function*(filter: EngineFilter) {
      const found = yield* engine.ask((docker, abortSignal) =>
        docker.listContainers({ all: true, filters: filtersOf(filter), abortSignal })
      )
      return found.map(listedContainer)
    })

    const inspect = Effect.fn("Containers.inspect")((id: string) =>
      engine.ask(async (docker, abortSignal) => {
        try {
          return inspectedContainer(await docker.getContainer(id).inspect({ abortSignal }))
        } catch (cause) {
          if (statusOf(cause) === 404) return null
          throw cause
        }
      })
    )

    const remove = Effect.fn("Containers.remove")((id: string, graceSeconds: number) =>
      engine.ask(
        (docker, signal) => removeContainer(docker.getContainer(id), graceSeconds, signal),
        Duration.sum(Duration.seconds(graceSeconds), stopLimit)
      )
    )

    const networks = Effect.fn("Containers.networks")(function*(filter: EngineFilter) {
      const found = yield* engine.ask((docker, abortSignal) =>
        docker.listNetworks({ filters: filtersOf(filter), abortSignal })
      )
      return found.map((one): EngineObject => ({ id: one.Id, name: one.Name, labels: labelsOf(one.Labels) }))
    })

    // One at a time: engines before 23 let two calls at once make two networks of one name, and both look like the first.
    const oneNetworkAtOnce = yield* Semaphore.make(1)
    const ensureNetwork = Effect.fn("Containers.ensureNetwork")((name: string) =>
      oneNetworkAtOnce.withPermit(engine.ask((docker, signal) => makeNetworkOnce(docker, name, signal)))
    )

    const removeNetwork = Effect.fn("Containers.removeNetwork")((id: string) =>
      engine.remove((docker, abortSignal) => docker.getNetwork(id).remove({ abortSignal }))
    )

    const volumes = Effect.fn("Containers.volumes")(function*(filter: EngineFilter) {
      const { Volumes } = yield* engine.ask((docker, abortSignal) =>
        docker.listVolumes({ filters: filtersOf(filter), abortSignal })
      )
      return (Volumes ?? []).map((one): EngineObject => ({
        id: one.Name,
        name: one.Name,
        labels: labelsOf(one.Labels)
      }))
    })

    const removeVolume = Effect.fn("Containers.removeVolume")((id: string) =>
      engine.remove((docker, abortSignal) => docker.getVolume(id).remove({ abortSignal }))
    )

    const images = Effect.fn("Containers.images")(function*(filter: EngineFilter) {
      const found = yield* engine.ask((docker, abortSignal) =>
        docker.listImages({ filters: JSON.stringify(filtersOf(filter)), abortSignal })
      )
      return found.map(engineImage)
    })

    const removeImage = Effect.fn("Containers.removeImage")((id: string) =>
      engine.remove((docker, abortSignal) => docker.getImage(id).remove({ force: true, abortSignal }))
    )

    const logs: Containers["Service"]["logs"] = (container, options) =>
      Stream.unwrap(Effect.map(hasTerminal(engine, container.id), (terminal) => {
        if (terminal === null) return Stream.empty
        const reader = makeLogReader(container.service, terminal)
        const query = {
          stdout: true,
          stderr: true,
          follow: options.follow,
          ...(options.tail === undefined ? {} : { tail: options.tail })
        }
        return engine.stream((docker, signal) =>
          dial(docker, signal, `/containers/${container.id}/logs`, query, true).then(asReadable)
        ).pipe(
          Stream.flatMap((chunk) => Stream.fromIterable(reader.push(chunk))),
          Stream.concat(Stream.suspend(() => Stream.fromIterable<LogLine>(reader.end())))
        )
      }))

    const events: Containers["Service"]["events"] = (project) =>
      Stream.suspend(() => {
        const reader = makeLineReader()
        return engine.stream((docker, abortSignal) =>
          docker.getEvents({
            filters: { type: ["container"], label: [`${labels.composeProject}=${project}`] },
            abortSignal
          }).then(asReadable)
        ).pipe(
          Stream.flatMap((chunk) => Stream.fromIterable(reader.push(chunk))),
          Stream.map(containerEvent),
          Stream.filter((event) => event !== null),
          // An engine in good health never ends them.
          Stream.concat(Stream.fail(new EngineUnavailable({ reason: "the engine went away" })))
        )
      })

    return Containers.of({
      ping,
      list,
      inspect,
      remove,
      networks,
      ensureNetwork,
      removeNetwork,
      volumes,
      removeVolume,
      images,
      removeImage,
      logs,
      events
    })
  })
)

const filtersOf = ({ project }: EngineFilter): { readonly label: Array<string> } => ({
  label: [project === undefined ? labels.composeProject : `${labels.composeProject}=${project}`]
})

const asReadable = (answer: unknown): Readable => {
  if (answer instanceof Readable) return answer
  throw new EngineUnavailable({ reason: "what answers there is no container engine" })
}

/** Whether a container's output comes from a terminal, and so in one stream; null when it is gone. */
const hasTerminal = (engine: EngineConnection, id: string): Effect.Effect<boolean | null, EngineUnavailable> =>
  engine.ask(async (docker, abortSignal) => {
    try {
      return (await docker.getContainer(id).inspect({ abortSignal })).Config.Tty
    } catch (cause) {
      if (statusOf(cause) === 404) return null
      throw cause
    }
  })

/** Asks it to stop, then takes it away whatever came of that. */
const removeContainer = async (container: Docker.Container, graceSeconds: number, abortSignal: AbortSignal) => {
  try {
    await container.stop({ t: graceSeconds, abortSignal })
  } catch (cause) {
    if (statusOf(cause) === null) throw cause
  }
  try {
    await container.remove({ force: true, v: true, abortSignal })
  } catch (cause) {
    if (!isSettled(cause)) throw cause
    if (isInProgress(cause)) await untilRemoved(container, abortSignal)
  }
}

/** Another removal is at work: what it takes is not yet free. */
const untilRemoved = async (container: Docker.Container, abortSignal: AbortSignal) => {
  try {
    await container.wait({ condition: "removed", abortSignal })
  } catch (cause) {
    if (!isSettled(cause)) throw cause
  }
}

/**
 * Makes a network unless there is one. The engine lets two of one name be made at the same moment, and then neither can
 * be used by its name: everybody who makes one looks again, and leaves only the one that all of them prefer.
 */
const makeNetworkOnce = async (docker: Docker, name: string, abortSignal: AbortSignal): Promise<boolean> => {
  const present = await leaveOneNetwork(docker, name, abortSignal)
  if (present !== null) return false
  try {
    const made = await docker.createNetwork({ Name: name, CheckDuplicate: true, Driver: "bridge", abortSignal })
    const kept = await leaveOneNetwork(docker, name, abortSignal)
    return kept === null || kept === made.id
  } catch (cause) {
    // Refused because there is one by now; or all addresses are given away, for a moment, to those of the others.
    if (statusOf(cause) !== null && await leaveOneNetwork(docker, name, abortSignal) !== null) return false
    throw cause
  }
}

/** Takes unused networks of one name away until one is left: one in use, else the oldest. Gives its id. */
const leaveOneNetwork = async (docker: Docker, name: string, abortSignal: AbortSignal): Promise<string | null> => {
  const found = await docker.listNetworks({ filters: { name: [name] }, abortSignal })
  const same = found.filter((network) => network.Name === name)
  const [first] = same
  if (first === undefined) return null
  if (same.length === 1) return first.Id
  const inspected = await Promise.all(same.map(async ({ Created, Id }) => {
    try {
      const info = await docker.getNetwork(Id).inspect()
      return { id: Id, created: Created, isUsed: Object.keys(info.Containers ?? {}).length > 0 }
    } catch (cause) {
      if (statusOf(cause) === 404) return null
      throw cause
    }
  }))
  const [kept, ...others] = inspected.filter((network) => network !== null).toSorted((one, other) =>
    Number(other.isUsed) - Number(one.isUsed) || compareTexts(one.created, other.created) ||
    compareTexts(one.id, other.id)
  )
  for (const { id, isUsed } of others) {
    if (isUsed) continue
    try {
      await docker.getNetwork(id).remove({ abortSignal })
    } catch (cause) {
      // Gone by now, or in use by now: both are the other's doing.
      if (statusOf(cause) === null) throw cause
    }
  }
  return kept?.id ?? null
}

const compareTexts = (one: string, other: string): number => one < other ? -1 : one > other ? 1 : 0
