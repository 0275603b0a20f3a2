import { Effect, Layer, PubSub, Stream } from "effect"
import {
  type Container,
  type ContainerEvent,
  Containers,
  type EngineFilter,
  type EngineObject,
  EngineUnavailable,
  labels,
  type LogLine
} from "../sandbox/Containers.ts"
import {
  eventOf,
  type MemoryContainer,
  MemoryEngine,
  type MemoryEngineNews,
  type MemoryEngineState
} from "./MemoryEngine.ts"

const notRunning = new EngineUnavailable({ reason: "the engine in memory is stopped" })

/** The containers of a {@link MemoryEngine}. */
export const memoryContainersLayer: Layer.Layer<Containers, never, MemoryEngine> = Layer.effect(
  Containers,
  Effect.map(MemoryEngine, (engine) => {
    const observe = Effect.flatMap(
      engine.state,
      (state) => state.answers ? Effect.succeed(state) : Effect.fail(notRunning)
    )

    const change = <A>(changed: (state: MemoryEngineState) => readonly [A, MemoryEngineState]) =>
      Effect.flatMap(observe, () => engine.modify(changed))

    const objects = (kind: "networks" | "volumes" | "images") => (filter: EngineFilter) =>
      Effect.map(observe, (state) => state[kind].filter(belongsTo(filter)))

    /** Takes away one object, which no container may be using. */
    const removal = (kind: "networks" | "volumes" | "images") =>
      Effect.fnUntraced(function*(id: string) {
        const state = yield* observe
        const found = state[kind].find((object) => object.id === id)
        if (found === undefined) return
        const user = state.containers.find((container) => isUser(container, kind, found.name))
        if (user !== undefined) {
          return yield* new EngineUnavailable({ reason: `${found.name} is in use by ${user.name}`, refused: true })
        }
        yield* change((now) => [undefined, { ...now, [kind]: now[kind].filter((object) => object.id !== id) }])
      })

    /** What is followed from now on, until the engine goes away. */
    const following = (then: (news: Stream.Stream<MemoryEngineNews>) => Stream.Stream<LogLine, EngineUnavailable>) =>
      Stream.unwrap(
        Effect.map(PubSub.subscribe(engine.news), (subscription) => then(Stream.fromSubscription(subscription)))
      )

    return Containers.of({
      ping: Effect.as(observe, "memory"),
      list: Effect.fn("Containers.list")((filter: EngineFilter) =>
        Effect.map(observe, (state) => state.containers.filter(belongsTo(filter)).map(plain))
      ),
      inspect: Effect.fn("Containers.inspect")((id: string) =>
        Effect.map(observe, (state) => {
          const found = state.containers.find((container) => container.id === id)
          return found === undefined ? null : plain(found)
        })
      ),
      remove: Effect.fn("Containers.remove")(function*(id: string) {
        const removed = yield* change((state) => [
          state.containers.filter((container) => container.id === id),
          { ...state, containers: state.containers.filter((container) => container.id !== id) }
        ])
        yield* PubSub.publishAll(
          engine.news,
          removed.flatMap((container) => [
            ...(container.state === "running" ? [eventOf(container, "die")] : []),
            eventOf(container, "destroy")
          ])
        )
      }),
      networks: Effect.fn("Containers.networks")(objects("networks")),
      ensureNetwork: Effect.fn("Containers.ensureNetwork")((name: string) =>
        change((state) =>
          state.networks.some((network) => network.name === name) ? [false, state] : [true, {
            ...state,
            made: state.made + 1,
            networks: [...state.networks, { id: `network-${state.made}`, name, labels: {} }]
          }]
        )
      ),
      removeNetwork: Effect.fn("Containers.removeNetwork")(removal("networks")),
      volumes: Effect.fn("Containers.volumes")(objects("volumes")),
      removeVolume: Effect.fn("Containers.removeVolume")(removal("volumes")),
      images: Effect.fn("Containers.images")(objects("images")),
      removeImage: Effect.fn("Containers.removeImage")(removal("images")),
      logs: ({ id }, { follow, tail }) =>
        following((news) =>
          Stream.unwrap(Effect.map(observe, (state) => {
            const found = state.containers.find((container) => container.id === id)
            if (found === undefined) return Stream.empty
            const past = Stream.fromIterable(tail === undefined ? found.output : lastOf(found.output, tail))
            if (!follow || found.state !== "running") return past
            const hasEnded = (one: MemoryEngineNews) =>
              one._tag === "Event" && one.event.id === id && one.event.action === "die"
            const coming = untilGone(news).pipe(
              Stream.takeWhile((one) => !hasEnded(one)),
              Stream.flatMap((one) => one._tag === "Line" && one.id === id ? Stream.succeed(one.line) : Stream.empty)
            )
            return Stream.concat(past, coming)
          }))
        ),
      events: (project) =>
        Stream.unwrap(Effect.gen(function*() {
          const subscription = yield* PubSub.subscribe(engine.news)
          yield* observe
          return untilGone(Stream.fromSubscription(subscription)).pipe(
            Stream.flatMap((one): Stream.Stream<ContainerEvent> =>
              one._tag === "Event" && one.project === project ? Stream.succeed(one.event) : Stream.empty
            )
          )
        }))
    })
  })
)

const untilGone = (news: Stream.Stream<MemoryEngineNews>): Stream.Stream<MemoryEngineNews, EngineUnavailable> =>
  Stream.mapEffect(news, (one) => one._tag === "Gone" ? Effect.fail(notRunning) : Effect.succeed(one))

const plain = ({ networks: _networks, output: _output, volumes: _volumes, ...container }: MemoryContainer): Container =>
  container

const belongsTo = ({ project }: EngineFilter) => (object: Pick<EngineObject, "labels">): boolean => {
  const owner = object.labels[labels.composeProject]
  return owner !== undefined && (project === undefined || owner === project)
}

const isUser = (container: MemoryContainer, kind: "networks" | "volumes" | "images", name: string): boolean => {
  switch (kind) {
    case "networks":
      return container.state === "running" && container.networks.includes(name)
    case "volumes":
      return container.volumes.includes(name)
    case "images":
      return container.state === "running" && container.image === name
  }
}

const lastOf = <A>(items: ReadonlyArray<A>, count: number): ReadonlyArray<A> => count === 0 ? [] : items.slice(-count)
