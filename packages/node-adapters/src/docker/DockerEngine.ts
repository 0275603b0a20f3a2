import {
  type Container,
  type ContainerEvent,
  Containers,
  type EngineFilter,
  type EngineObject,
  EngineUnavailable,
  Host,
  labels,
  type LogLine
} from "@slipway/core"
import type Docker from "dockerode"
import { Cause, Effect, Layer, Queue, Stream } from "effect"
import type { Readable } from "node:stream"
import { makeLogReader } from "./ContainerLogs.ts"
import { describeEngine, findEngine } from "./EngineAddress.ts"

/** How long the engine gets to answer a ping: a remote one that is gone does not say so. */
const pingTimeout = "10 seconds"

interface Engine {
  readonly docker: Docker
  readonly address: string
}

/**
 * The Docker Engine API. The library is loaded at the first call: it is large, and many commands need no engine.
 */
export const dockerEngineLayer: Layer.Layer<Containers, never, Host> = Layer.effect(
  Containers,
  Effect.gen(function*() {
    const host = yield* Host

    const engine = yield* Effect.cached(Effect.tryPromise({
      try: async (): Promise<Engine> => {
        const address = await findEngine(host.variables)
        const { default: Client } = await import("dockerode")
        return { docker: new Client({ ...address }), address: describeEngine(address) }
      },
      catch: (cause) => new EngineUnavailable({ reason: words(cause, "its address") })
    }))

    const ask = <A>(request: (docker: Docker) => Promise<A>): Effect.Effect<A, EngineUnavailable> =>
      Effect.flatMap(engine, ({ address, docker }) =>
        Effect.tryPromise({
          try: () => request(docker),
          catch: (cause) => new EngineUnavailable({ reason: words(cause, address) })
        }))

    /** Removals that find nothing to remove, or another removal at work, are done. */
    const removal = (request: (docker: Docker) => Promise<unknown>): Effect.Effect<void, EngineUnavailable> =>
      ask(async (docker) => {
        try {
          await request(docker)
        } catch (error) {
          if (!isSettled(error)) throw error
        }
      })

    const ping = ask((docker) => docker.version()).pipe(
      Effect.map((version) => version.Version),
      Effect.timeoutOrElse({
        duration: pingTimeout,
        orElse: () => Effect.fail(new EngineUnavailable({ reason: `no answer within ${pingTimeout}` }))
      }),
      Effect.withSpan("Containers.ping")
    )

    const list = Effect.fn("Containers.list")((filter: EngineFilter) =>
      Effect.map(
        ask((docker) => docker.listContainers({ all: true, filters: filtersOf(filter) })),
        (found) => found.map(containerOf)
      )
    )

    const inspect = Effect.fn("Containers.inspect")((id: string) =>
      ask(async (docker): Promise<Container | null> => {
        try {
          return inspectedContainer(await docker.getContainer(id).inspect())
        } catch (error) {
          if (statusOf(error) === 404) return null
          throw error
        }
      })
    )

    const remove = Effect.fn("Containers.remove")((id: string, graceSeconds: number) =>
      Effect.andThen(
        removal((docker) => docker.getContainer(id).stop({ t: graceSeconds })),
        removal((docker) => docker.getContainer(id).remove({ force: true, v: true }))
      )
    )

    const networks = Effect.fn("Containers.networks")((filter: EngineFilter) =>
      Effect.map(
        ask((docker) => docker.listNetworks({ filters: filtersOf(filter) })),
        (found) => found.map((network): EngineObject => ({ id: network.Id, name: network.Name, labels: network.Labels ?? {} }))
      )
    )

    const networkIds = (docker: Docker, name: string) =>
      docker.listNetworks({ filters: { name: [name] } }).then((found) =>
        found.filter((network) => network.Name === name).map((network) => network.Id).toSorted()
      )

    /**
     * The engine lets two networks of one name be made at the same moment, and then neither can be used by its name.
     * Everybody who makes one looks again, and takes its own away unless it is the first.
     */
    const ensureNetwork = Effect.fn("Containers.ensureNetwork")((name: string) =>
      ask(async (docker) => {
        if ((await networkIds(docker, name)).length > 0) return false
        let made: string
        try {
          made = (await docker.createNetwork({ Name: name, CheckDuplicate: true, Driver: "bridge" })).id
        } catch (error) {
          if (statusOf(error) === 409) return false
          throw error
        }
        const ids = await networkIds(docker, name)
        if (ids[0] === undefined || ids[0] === made) return true
        await docker.getNetwork(made).remove()
        return false
      })
    )

    const removeNetwork = Effect.fn("Containers.removeNetwork")((id: string) =>
      removal((docker) => docker.getNetwork(id).remove())
    )

    const volumes = Effect.fn("Containers.volumes")((filter: EngineFilter) =>
      Effect.map(
        ask((docker) => docker.listVolumes({ filters: JSON.stringify(filtersOf(filter)) })),
        ({ Volumes }) =>
          (Volumes ?? []).map((volume): EngineObject => ({ id: volume.Name, name: volume.Name, labels: volume.Labels ?? {} }))
      )
    )

    const removeVolume = Effect.fn("Containers.removeVolume")((id: string) =>
      removal((docker) => docker.getVolume(id).remove())
    )

    const images = Effect.fn("Containers.images")((filter: EngineFilter) =>
      Effect.map(
        ask((docker) => docker.listImages({ filters: JSON.stringify(filtersOf(filter)) })),
        (found) =>
          found.map((image): EngineObject => ({
            id: image.Id,
            name: image.RepoTags?.[0] ?? image.Id,
            labels: image.Labels ?? {}
          }))
      )
    )

    const removeImage = Effect.fn("Containers.removeImage")((id: string) =>
      removal((docker) => docker.getImage(id).remove({ force: true }))
    )

    const logs = (
      container: Pick<Container, "id" | "service">,
      options: { readonly tail?: number; readonly follow: boolean }
    ): Stream.Stream<LogLine, EngineUnavailable> =>
      Stream.callback<LogLine, EngineUnavailable>((queue) =>
        Effect.gen(function*() {
          const opened = yield* ask(async (docker) => {
            const target = docker.getContainer(container.id)
            const terminal = (await target.inspect()).Config.Tty
            const common = { stdout: true, stderr: true, ...(options.tail === undefined ? {} : { tail: options.tail }) }
            return options.follow
              ? { terminal, stream: await target.logs({ ...common, follow: true }), whole: null }
              : { terminal, stream: null, whole: await target.logs({ ...common, follow: false }) }
          })
          const reader = makeLogReader(container.service, opened.terminal)
          const tell = (lines: ReadonlyArray<LogLine>) => {
            for (const line of lines) Queue.offerUnsafe(queue, line)
          }
          if (opened.whole !== null) {
            tell(reader.push(opened.whole))
            tell(reader.end())
            return Queue.endUnsafe(queue)
          }
          yield* readAll(opened.stream as Readable, (chunk) => tell(reader.push(chunk)))
          tell(reader.end())
          return Queue.endUnsafe(queue)
        }).pipe(Effect.catch((error) => Queue.fail(queue, error)))
      )

    const events = (project: string): Stream.Stream<ContainerEvent, EngineUnavailable> =>
      Stream.callback<ContainerEvent, EngineUnavailable>((queue) =>
        Effect.gen(function*() {
          const stream = yield* ask((docker) =>
            docker.getEvents({ filters: { type: ["container"], label: [`${labels.composeProject}=${project}`] } })
          )
          let partial = ""
          yield* readAll(stream as Readable, (chunk) => {
            const lines = (partial + chunk.toString("utf8")).split("\n")
            partial = lines.pop() ?? ""
            for (const line of lines) {
              const event = eventOf(line)
              if (event !== null) Queue.offerUnsafe(queue, event)
            }
          })
          return Queue.endUnsafe(queue)
        }).pipe(Effect.catch((error) => Queue.fail(queue, error)))
      )

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

/** Reads a stream to its end; closes it when interrupted. */
const readAll = (stream: Readable, onChunk: (chunk: Buffer) => void): Effect.Effect<void, EngineUnavailable> =>
  Effect.callback<void, EngineUnavailable>((resume) => {
    stream.on("data", onChunk)
    stream.on("end", () => resume(Effect.void))
    stream.on("close", () => resume(Effect.void))
    stream.on("error", (cause: Error) => resume(Effect.fail(new EngineUnavailable({ reason: cause.message }))))
    return Effect.sync(() => stream.destroy())
  })

const filtersOf = ({ project }: EngineFilter) => ({
  label: [project === undefined ? labels.composeProject : `${labels.composeProject}=${project}`]
})

const containerStates = ["created", "running", "paused", "restarting", "removing", "exited", "dead"] as const

const stateOf = (text: string): Container["state"] => containerStates.find((state) => state === text) ?? "dead"

const containerOf = (info: Docker.ContainerInfo): Container => ({
  id: info.Id,
  name: (info.Names[0] ?? info.Id).replace(/^\//u, ""),
  service: info.Labels[labels.composeService] ?? "",
  project: info.Labels[labels.composeProject] ?? "",
  image: info.Image,
  state: stateOf(info.State),
  health: healthOf(/\((?:health: )?(starting|healthy|unhealthy)\)/u.exec(info.Status)?.[1]),
  exitCode: exitCodeIn(info.Status),
  ports: uniquePorts(
    info.Ports.flatMap((port) =>
      port.PublicPort === undefined
        ? []
        : [{ host: port.PublicPort, container: port.PrivatePort, protocol: port.Type }]
    )
  ),
  labels: info.Labels
})

/** `Exited (137) 3 seconds ago`. */
const exitCodeIn = (status: string): number | null => {
  const code = /^Exited \((\d+)\)/u.exec(status)?.[1]
  return code === undefined ? null : Number(code)
}

const inspectedContainer = (info: Docker.ContainerInspectInfo): Container => ({
  id: info.Id,
  name: info.Name.replace(/^\//u, ""),
  service: info.Config.Labels[labels.composeService] ?? "",
  project: info.Config.Labels[labels.composeProject] ?? "",
  image: info.Config.Image,
  state: stateOf(info.State.Status),
  health: healthOf(info.State.Health?.Status),
  exitCode: info.State.Running ? null : info.State.ExitCode,
  ports: uniquePorts(
    Object.entries(info.NetworkSettings.Ports).flatMap(([key, bindings]) =>
      (bindings ?? []).map((binding) => {
        const [container = "0", protocol = "tcp"] = key.split("/")
        return { host: Number(binding.HostPort), container: Number(container), protocol }
      })
    )
  ),
  labels: info.Config.Labels
})

const healthOf = (text: string | undefined): Container["health"] =>
  text === "starting" || text === "healthy" || text === "unhealthy" ? text : null

/** One port is told once for IPv4 and once for IPv6. */
const uniquePorts = (ports: Container["ports"]): Container["ports"] => [
  ...new Map(ports.map((port) => [`${port.host}:${port.container}/${port.protocol}`, port])).values()
]

const eventOf = (line: string): ContainerEvent | null => {
  if (line.trim() === "") return null
  const event: {
    readonly Action?: string
    readonly Actor?: { readonly ID?: string; readonly Attributes?: Readonly<Record<string, string>> }
  } = JSON.parse(line)
  const { Action: action, Actor: actor } = event
  if (action === undefined || actor?.ID === undefined) return null
  return { id: actor.ID, service: actor.Attributes?.[labels.composeService] ?? "", action }
}

const statusOf = (error: unknown): number | null =>
  typeof error === "object" && error !== null && "statusCode" in error && typeof error.statusCode === "number"
    ? error.statusCode
    : null

const isSettled = (error: unknown): boolean => {
  const status = statusOf(error)
  return status === 404 || status === 304 || (status === 409 && /already in progress/u.test(String(error)))
}

/** The system's words, with what a person can do about the usual ones. */
const words = (cause: unknown, address: string): string => {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined
  switch (code) {
    case "ENOENT":
      return `${address} does not exist`
    case "ECONNREFUSED":
      return `nothing answers at ${address}`
    case "EACCES":
      return `permission denied for ${address}; is your user in the docker group?`
    default:
      return cause instanceof Error ? cause.message : Cause.pretty(Cause.fail(cause))
  }
}
