import { Effect, Layer, PubSub, Result, Schema } from "effect"
import { parseEnvFile } from "../project/EnvFile.ts"
import { ProjectFiles } from "../project/ProjectFiles.ts"
import { Compose, ComposeFailed, ComposeInvalid, type ComposeProject } from "../sandbox/Compose.ts"
import { ComposeDocument, type ComposeModel, type ComposeService } from "../sandbox/ComposeModel.ts"
import { labels, type PublishedPort } from "../sandbox/Containers.ts"
import { resolveMemoryModel } from "./MemoryComposeModel.ts"
import {
  eventOf,
  idleProgram,
  type MemoryContainer,
  MemoryEngine,
  type MemoryEngineNews,
  type MemoryEngineState,
  memoryLabels
} from "./MemoryEngine.ts"

const decodeDocument = Schema.decodeUnknownEffect(Schema.fromJsonString(ComposeDocument))

/**
 * Compose on a {@link MemoryEngine}: it reads real compose files, `!override` and `!reset` with them, and makes what
 * they say in memory. `exec` gives the exit code that its command names: `["exit", "3"]` gives 3.
 */
export const memoryComposeLayer = (
  version = "2.26.1"
): Layer.Layer<Compose, never, MemoryEngine | ProjectFiles> =>
  Layer.effect(
    Compose,
    Effect.gen(function*() {
      const engine = yield* MemoryEngine
      const files = yield* ProjectFiles

      const read = (path: string, missing: string) =>
        files.read(path).pipe(
          Effect.mapError((error) => error.message),
          Effect.flatMap((text) => text === null ? Effect.fail(missing) : Effect.succeed({ path, text }))
        )

      const load = Effect.fnUntraced(function*(project: ComposeProject) {
        const texts = yield* Effect.forEach(project.files, (path) =>
          read(path, `open ${path}: no such file or directory`))
        const environments = yield* Effect.forEach(project.envFiles, (path) =>
          read(path, `Couldn't find env file: ${path}`))
        const resolved = resolveMemoryModel({
          name: project.name,
          directory: project.directory,
          files: texts,
          variables: {
            COMPOSE_PROJECT_NAME: project.name,
            PWD: project.directory,
            ...Object.assign(
              {},
              ...environments.map(({ text }) =>
                parseEnvFile(text)
              )
            ),
            ...project.variables
          },
          profiles: project.profiles
        })
        if (Result.isFailure(resolved)) {
          return yield* Effect.fail(resolved.failure)
        }
        const { json, warnings } = resolved.success
        const document = yield* Effect.mapError(decodeDocument(json), (error) =>
          error.message)
        const model: ComposeModel = { document, json, warnings }
        return model
      })

      const failed = (action: string, project: ComposeProject) => (stderr: string) =>
        new ComposeFailed({ action, project: project.name, exitCode: 1, stderr })

      const running = (action: string, project: ComposeProject) =>
        Effect.flatMap(engine.state, (state) =>
          state.answers
            ? Effect.void
            : Effect.fail(
              failed(action, project)("Cannot connect to the Docker daemon. Is the docker daemon running?")
            ))

      const tell = (news: ReadonlyArray<MemoryEngineNews>) => PubSub.publishAll(engine.news, news)

      const up: Compose["Service"]["up"] = Effect.fn("Compose.up")(function*(project, { onLine, services }) {
        const fail = failed("up", project)
        const { document, json } = yield* Effect.mapError(load(project), fail)
        yield* running("up", project)
        const labelled = yield* Effect.orDie(decodeLabels(json))
        const unknown = services.find((service) => document.services[service] === undefined)
        if (unknown !== undefined) return yield* fail(`no such service: ${unknown}`)
        const planned = yield* engine.modify((state): readonly [Started | string, MemoryEngineState] => {
          const [refusal, ...later] = state.upFailures
          if (refusal !== undefined) return [refusal, { ...state, upFailures: later }]
          const started = startServices(state, { project, document, labelled }, services)
          return [started, started.state]
        })
        if (typeof planned === "string") return yield* fail(planned)
        yield* Effect.forEach(planned.lines, (line) => onLine?.(line) ?? Effect.void, { discard: true })
        yield* tell(planned.news)
        if (planned.failure !== null) return yield* fail(planned.failure)
      })

      const control: Compose["Service"]["control"] = Effect.fn("Compose.control")(function*(project, action, services) {
        yield* running(action, project)
        const news = yield* engine.modify((state) => {
          const isMeant = (container: MemoryContainer) =>
            container.project === project.name && (services.length === 0 || services.includes(container.service))
          const changed = state.containers.map((container) =>
            !isMeant(container) ? container : action === "stop"
              ? { ...container, state: "exited" as const, exitCode: 137, ports: [] }
              : { ...container, state: "running" as const, exitCode: null, ports: portsOf(container) }
          )
          const told = state.containers.filter(isMeant).flatMap((container) => [
            ...(action !== "start" && container.state === "running" ? [eventOf(container, "die")] : []),
            ...(action === "stop" ? [] : [eventOf(container, "start")])
          ])
          return [told, { ...state, containers: changed }]
        })
        yield* tell(news)
      })

      const down: Compose["Service"]["down"] = Effect.fn("Compose.down")(function*(project, options) {
        yield* Effect.mapError(load(project), failed("down", project))
        yield* running("down", project)
        const news = yield* engine.modify((state) => {
          const isMine = (object: { readonly labels: Readonly<Record<string, string>> }) =>
            object.labels[labels.composeProject] === project.name
          const gone = state.containers.filter(isMine)
          return [
            gone.flatMap((container) => [eventOf(container, "die"), eventOf(container, "destroy")]),
            {
              ...state,
              containers: state.containers.filter((one) => !isMine(one)),
              networks: state.networks.filter((one) => !isMine(one)),
              volumes: options.volumes ? state.volumes.filter((one) => !isMine(one)) : state.volumes,
              images: options.images ? state.images.filter((one) => !isMine(one)) : state.images
            }
          ]
        })
        yield* tell(news)
      })

      return Compose.of({
        version: Effect.succeed(version),
        resolve: Effect.fn("Compose.resolve")((project: ComposeProject) =>
          Effect.mapError(load(project), (stderr) => new ComposeInvalid({ files: project.files, stderr }))
        ),
        up,
        control,
        down,
        exec: Effect.fn("Compose.exec")(function*(project, service, [program, argument]) {
          yield* running("exec", project)
          const { containers } = yield* engine.state
          const isRunning = containers.some((one) =>
            one.project === project.name && one.service === service && one.state === "running"
          )
          if (!isRunning) return 1
          return program === "exit" ? Number(argument ?? 0) : 0
        })
      })
    })
  )

interface Started {
  readonly state: MemoryEngineState
  readonly news: ReadonlyArray<MemoryEngineNews>
  readonly lines: ReadonlyArray<string>
  /** Why it did not come to its end; what was made before stays, as with Compose. */
  readonly failure: string | null
}

const LabelledServices = Schema.Struct({
  services: Schema.Record(
    Schema.String,
    Schema.Struct({ labels: Schema.optionalKey(Schema.NullOr(Schema.Record(Schema.String, Schema.String))) })
  )
})

const decodeLabels = Schema.decodeUnknownEffect(Schema.fromJsonString(LabelledServices))

interface Wanted {
  readonly project: ComposeProject
  readonly document: ComposeDocument
  readonly labelled: typeof LabelledServices.Type
}

const startServices = (
  before: MemoryEngineState,
  model: Wanted,
  services: ReadonlyArray<string>
): Started => {
  const { document, project } = model
  const wanted = services.length === 0 ? Object.keys(document.services) : withDependencies(document, services)
  const orphans = before.containers.filter((one) => one.project === project.name && !(one.service in document.services))
  let state: MemoryEngineState = {
    ...before,
    containers: before.containers.filter((one) => !orphans.includes(one)),
    networks: withObjects(before.networks, "network", document.networks, project.name),
    volumes: withObjects(before.volumes, "", document.volumes, project.name)
  }
  const news: Array<MemoryEngineNews> = orphans.map((one) => eventOf(one, "destroy"))
  const lines: Array<string> = []
  for (const service of wanted) {
    const definition = document.services[service]
    if (definition === undefined) continue
    const started = startService(state, makeContainer(state, model, service, definition), definition)
    state = started.state
    news.push(...started.news)
    lines.push(...started.lines)
    if (started.failure !== null) return { state, news, lines, failure: started.failure }
  }
  return { state, news, lines, failure: null }
}

const startService = (before: MemoryEngineState, made: MemoryContainer, definition: ComposeService): Started => {
  const others = before.containers.filter((one) => one.id !== made.id)
  const state = { ...before, made: before.made + 1, images: withImage(before, made, definition) }
  const lines = [`Container ${made.name}  Starting`]
  const namesake = others.find((one) => one.name === made.name)
  if (namesake !== undefined) {
    const failure = `Conflict. The container name "/${made.name}" is already in use by container "${namesake.id}".`
    return { state, news: [], lines, failure }
  }
  const conflict = made.ports.find(({ host }) =>
    state.takenPorts.has(host) ||
    others.some((one) => one.state === "running" && one.ports.some((port) => port.host === host))
  )
  if (conflict !== undefined) {
    const created: MemoryContainer = { ...made, state: "created", exitCode: null, ports: [], output: [] }
    const failure = `Bind for 0.0.0.0:${conflict.host} failed: port is already allocated`
    return { state: { ...state, containers: [...others, created] }, news: [], lines, failure }
  }
  const news = [eventOf(made, "start"), ...(made.state === "running" ? [] : [eventOf(made, "die")])]
  return { state: { ...state, containers: [...others, made] }, news, lines, failure: null }
}

const withDependencies = (document: ComposeDocument, services: ReadonlyArray<string>): ReadonlyArray<string> => {
  const all = new Set<string>()
  const add = (service: string): void => {
    if (all.has(service)) return
    all.add(service)
    Object.keys(document.services[service]?.depends_on ?? {}).forEach(add)
  }
  services.forEach(add)
  return [...all]
}

const withObjects = (
  present: MemoryEngineState["networks"],
  prefix: string,
  wanted: Readonly<Record<string, { readonly name?: string; readonly external?: unknown } | null>> | undefined,
  project: string
): MemoryEngineState["networks"] => {
  const names = Object.entries(wanted ?? {}).filter(([, one]) => one?.external !== true)
    .map(([key, one]) => one?.name ?? `${project}_${key}`)
    .filter((name) => !present.some((object) => object.name === name))
  return [
    ...present,
    ...names.map((name) => ({
      id: prefix === "" ? name : `${prefix}-of-${name}`,
      name,
      labels: memoryLabels(project)
    }))
  ]
}

const withImage = (
  state: MemoryEngineState,
  { image: name, project, service }: MemoryContainer,
  definition: ComposeService
): MemoryEngineState["images"] =>
  definition.build === undefined || state.images.some((image) => image.name === name)
    ? state.images
    : [...state.images, { id: `image-of-${name}`, name, labels: memoryLabels(project, service) }]

const imageOf = (project: string, service: string, { image }: ComposeService): string =>
  image ?? `${project}-${service}`

/** Ports that a container publishes whenever it runs, kept where an engine keeps them too. */
const portsLabel = "memory.ports"

const portsOf = (container: MemoryContainer): ReadonlyArray<PublishedPort> =>
  (container.labels[portsLabel] ?? "").split(",").filter((text) => text !== "").map((text) => {
    const [host, target, protocol = "tcp"] = text.split("/")
    return { host: Number(host), container: Number(target), protocol }
  })

const makeContainer = (
  state: MemoryEngineState,
  { document, labelled, project }: Wanted,
  service: string,
  definition: ComposeService
): MemoryContainer => {
  const previous = state.containers.find((one) => one.project === project.name && one.service === service)
  const program = state.programs.get(service) ?? idleProgram
  const ports = (definition.ports ?? []).map((port, index): PublishedPort => ({
    host: port.published === undefined ? 49_152 + state.made * 8 + index : Number(port.published.split("-")[0]),
    container: port.target,
    protocol: port.protocol ?? "tcp"
  }))
  const nameOf = (kind: "networks" | "volumes", key: string) => document[kind]?.[key]?.name ?? `${project.name}_${key}`
  return {
    id: previous?.id ?? `container-${state.made}`,
    name: definition.container_name ?? `${project.name}-${service}-1`,
    service,
    project: project.name,
    image: imageOf(project.name, service, definition),
    state: program.exitCode === null ? "running" : "exited",
    health: program.exitCode === null ? program.health : null,
    exitCode: program.exitCode,
    ports: program.exitCode === null ? ports : [],
    labels: {
      ...labelled.services[service]?.labels,
      ...memoryLabels(project.name, service),
      [labels.composeWorkingDirectory]: project.directory,
      [portsLabel]: ports.map(({ container, host, protocol }) => `${host}/${container}/${protocol}`).join(",")
    },
    output: program.output.map(({ stream, text }) => ({ service, stream, text })),
    networks: Object.keys(definition.networks ?? {}).map((key) => nameOf("networks", key)),
    volumes: (definition.volumes ?? []).flatMap(({ source, type }) =>
      type === "volume" && source !== undefined ? [nameOf("volumes", source)] : []
    )
  }
}
