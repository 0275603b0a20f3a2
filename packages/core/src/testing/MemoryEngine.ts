import { Context, Effect, Layer, PubSub, Ref } from "effect"
import { type Container, type ContainerEvent, type EngineObject, labels, type LogLine } from "../sandbox/Containers.ts"

/** What the container of a service does in memory: what it prints, and how it ends. */
export interface MemoryServiceProgram {
  readonly output: ReadonlyArray<Pick<LogLine, "stream" | "text">>
  /** Null while it runs. */
  readonly exitCode: number | null
  readonly health: Container["health"]
}

/** A container in memory, with what it has printed and what it is attached to. */
export interface MemoryContainer extends Container {
  readonly output: ReadonlyArray<LogLine>
  /** Names. */
  readonly networks: ReadonlyArray<string>
  /** Names. */
  readonly volumes: ReadonlyArray<string>
}

/** All that an engine in memory holds. */
export interface MemoryEngineState {
  /** False for an engine that is not running. */
  readonly answers: boolean
  readonly containers: ReadonlyArray<MemoryContainer>
  readonly networks: ReadonlyArray<EngineObject>
  readonly volumes: ReadonlyArray<EngineObject>
  readonly images: ReadonlyArray<EngineObject>
  /** Host ports that something else uses. */
  readonly takenPorts: ReadonlySet<number>
  /** With these texts the next calls of `up` fail. */
  readonly upFailures: ReadonlyArray<string>
  /** By Compose service. */
  readonly programs: ReadonlyMap<string, MemoryServiceProgram>
  /** How many things were made; ids are made of it. */
  readonly made: number
}

/** Something that whoever follows the engine is told. */
export type MemoryEngineNews =
  | { readonly _tag: "Event"; readonly project: string; readonly event: ContainerEvent }
  | { readonly _tag: "Line"; readonly id: string; readonly line: LogLine }
  | { readonly _tag: "Gone" }

/** Runs, prints nothing, has no health check. */
export const idleProgram: MemoryServiceProgram = { output: [], exitCode: null, health: null }

/**
 * An engine in memory, which `memoryContainersLayer` and `memoryComposeLayer` share: for a test to arrange, to break and
 * to look at.
 *
 * @example
 * const engine = yield* MemoryEngine
 * yield* engine.takePorts([8081])
 * yield* engine.failNextUp("failed to solve: no space left on device")
 */
export class MemoryEngine extends Context.Service<MemoryEngine, {
  readonly state: Effect.Effect<MemoryEngineState>
  readonly update: (change: (state: MemoryEngineState) => MemoryEngineState) => Effect.Effect<void>
  readonly modify: <A>(
    change: (state: MemoryEngineState) => readonly [A, MemoryEngineState]
  ) => Effect.Effect<A>
  /** Whoever follows is told what happens from now on. */
  readonly news: PubSub.PubSub<MemoryEngineNews>
  /** Starts or stops the engine; who follows something is cut off. */
  readonly setAnswering: (answers: boolean) => Effect.Effect<void>
  readonly failNextUp: (text: string) => Effect.Effect<void>
  readonly takePorts: (ports: ReadonlyArray<number>) => Effect.Effect<void>
  /** What containers of a service do that are started from now on. */
  readonly setProgram: (service: string, program: Partial<MemoryServiceProgram>) => Effect.Effect<void>
  /** A running container prints a line. */
  readonly print: (id: string, line: Pick<LogLine, "stream" | "text">) => Effect.Effect<void>
  /** A running container ends. */
  readonly exit: (id: string, exitCode: number) => Effect.Effect<void>
}>()("@slipway/core/testing/MemoryEngine") {}

const emptyState: MemoryEngineState = {
  answers: true,
  containers: [],
  networks: [],
  volumes: [],
  images: [],
  takenPorts: new Set(),
  upFailures: [],
  programs: new Map(),
  made: 0
}

/** An engine that holds nothing, or what is given. */
export const memoryEngineLayer = (initial: Partial<MemoryEngineState> = {}): Layer.Layer<MemoryEngine> =>
  Layer.effect(
    MemoryEngine,
    Effect.gen(function*() {
      const ref = yield* Ref.make<MemoryEngineState>({ ...emptyState, ...initial })
      const news = yield* PubSub.unbounded<MemoryEngineNews>()
      const update = (change: (state: MemoryEngineState) => MemoryEngineState) => Ref.update(ref, change)
      const tell = (...told: ReadonlyArray<MemoryEngineNews>) => Effect.asVoid(PubSub.publishAll(news, told))

      const change = (id: string, changed: (container: MemoryContainer) => MemoryContainer) =>
        update((state) => ({
          ...state,
          containers: state.containers.map((container) => container.id === id ? changed(container) : container)
        }))

      return MemoryEngine.of({
        state: Ref.get(ref),
        update,
        modify: (modified) => Ref.modify(ref, modified),
        news,
        setAnswering: (answers) =>
          Effect.andThen(
            update((state) => ({ ...state, answers })),
            answers ? Effect.void : tell({ _tag: "Gone" })
          ),
        failNextUp: (text) => update((state) => ({ ...state, upFailures: [...state.upFailures, text] })),
        takePorts: (ports) => update((state) => ({ ...state, takenPorts: new Set([...state.takenPorts, ...ports]) })),
        setProgram: (service, program) =>
          update((state) => ({
            ...state,
            programs: new Map(state.programs).set(service, { ...idleProgram, ...program })
          })),
        print: Effect.fnUntraced(function*(id, { stream, text }) {
          const found = (yield* Ref.get(ref)).containers.find((container) => container.id === id)
          if (found === undefined) return
          const line: LogLine = { service: found.service, stream, text }
          yield* change(id, (container) => ({ ...container, output: [...container.output, line] }))
          yield* tell({ _tag: "Line", id, line })
        }),
        exit: Effect.fnUntraced(function*(id, exitCode) {
          const found = (yield* Ref.get(ref)).containers.find((container) => container.id === id)
          if (found === undefined || found.state !== "running") return
          yield* change(id, (container) => ({ ...container, state: "exited", health: null, exitCode, ports: [] }))
          yield* tell(eventOf(found, "die"))
        })
      })
    })
  )

/** What is told of a container. */
export const eventOf = (
  { id, project, service }: Pick<Container, "id" | "project" | "service">,
  action: string
): MemoryEngineNews => ({ _tag: "Event", project, event: { id, service, action } })

/** The labels that Compose gives to what it makes. */
export const memoryLabels = (project: string, service?: string): Readonly<Record<string, string>> => ({
  [labels.composeProject]: project,
  ...(service === undefined ? {} : { [labels.composeService]: service })
})
