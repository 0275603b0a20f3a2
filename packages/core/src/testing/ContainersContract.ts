import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, type Layer, Queue, type Scope, Stream } from "effect"
import { Compose } from "../sandbox/Compose.ts"
import { type Container, type ContainerEvent, Containers, labels } from "../sandbox/Containers.ts"
import { ComposeSamples, type SampleProgram } from "./ComposeSamples.ts"

const oneService = `
services:
  web:
    __PROGRAM__
    ports: ["\${WEB_PORT}:8080"]
    volumes: ["data:/data"]
    labels: { dev.slipway.slot: "7" }
volumes:
  data:
`

/** What every implementation of {@link Containers} does, beside a {@link Compose} of the same engine. */
export const containersContract = <E>(
  name: string,
  layer: Layer.Layer<Compose | Containers | ComposeSamples, E>,
  options: { readonly timeout?: number; readonly skip?: boolean } = {}
): void => {
  const { skip = false, timeout = 60_000 } = options

  /** A running project of one service. */
  const given = Effect.fnUntraced(function*(program: SampleProgram = {}, text = oneService) {
    const sample = yield* (yield* ComposeSamples).make(text, { web: program })
    const port = yield* sample.freePort
    const project = { ...sample.project, variables: { WEB_PORT: String(port) } }
    const containers = yield* Containers
    yield* (yield* Compose).up(project, { services: [] })
    const [container] = yield* containers.list({ project: project.name })
    return container === undefined
      ? yield* Effect.die("no container was made")
      : { containers, sample, project, filter: { project: project.name }, port, container }
  })

  const test = (
    title: string,
    body: () => Effect.Effect<void, unknown, Compose | Containers | ComposeSamples | Scope.Scope>
  ) => it.live(title, () => body().pipe(Effect.scoped, Effect.provide(layer)), timeout)

  const untilGone = (id: string) =>
    Effect.flatMap(
      Containers,
      (containers) => containers.inspect(id).pipe(Effect.repeat({ until: (found) => found?.state !== "running" }))
    )

  describe.skipIf(skip)(`${name}: Containers`, () => {
    test("answers", () =>
      Effect.gen(function*() {
        assert.isNotEmpty(yield* (yield* Containers).ping)
      }))

    test("tells of a running container all that there is to tell", () =>
      Effect.gen(function*() {
        const { container, containers, port, project } = yield* given()
        const expected: Partial<Container> = {
          service: "web",
          project: project.name,
          state: "running",
          health: null,
          exitCode: null,
          ports: [{ host: port, container: 8080, protocol: "tcp" }]
        }
        assert.deepInclude(container, expected)
        assert.strictEqual(container.labels["dev.slipway.slot"], "7")
        assert.strictEqual(container.labels[labels.composeProject], project.name)
        const inspected = yield* containers.inspect(container.id)
        assert.isNotNull(inspected)
        assert.deepInclude(inspected, { ...expected, id: container.id, name: container.name, image: container.image })
        const all = yield* containers.list({})
        assert.include(all.map(({ id }) => id), container.id)
      }))

    test("tells the exit code of a container that has ended", () =>
      Effect.gen(function*() {
        const { container, containers, filter } = yield* given({ exitCode: 3 })
        yield* untilGone(container.id)
        const [listed] = yield* containers.list(filter)
        assert.strictEqual(listed?.state, "exited")
        assert.deepInclude(yield* containers.inspect(container.id), { state: "exited", exitCode: 3, ports: [] })
      }))

    test("finds nothing of a project that nobody has", () =>
      Effect.gen(function*() {
        const containers = yield* Containers
        const filter = { project: yield* (yield* ComposeSamples).freshName }
        assert.deepStrictEqual(yield* containers.list(filter), [])
        assert.deepStrictEqual(yield* containers.networks(filter), [])
        assert.deepStrictEqual(yield* containers.volumes(filter), [])
        assert.deepStrictEqual(yield* containers.images(filter), [])
        assert.isNull(yield* containers.inspect("0123456789ab"))
      }))

    test("removes everything of a project, and does not mind what is gone", () =>
      Effect.gen(function*() {
        const { container, containers, filter } = yield* given()
        const [networks, volumes, images] = [
          yield* containers.networks(filter),
          yield* containers.volumes(filter),
          yield* containers.images(filter)
        ]
        assert.deepStrictEqual(networks.map((one) => one.name), [`${filter.project}_default`])
        assert.deepStrictEqual(volumes.map((one) => [one.id, one.name]), [
          [`${filter.project}_data`, `${filter.project}_data`]
        ])
        assert.lengthOf(images, 1)
        for (let times = 0; times < 2; times++) {
          yield* containers.remove(container.id, 0)
          yield* Effect.forEach(networks, ({ id }) => containers.removeNetwork(id))
          yield* Effect.forEach(volumes, ({ id }) => containers.removeVolume(id))
          yield* Effect.forEach(images, ({ id }) => containers.removeImage(id))
        }
        assert.isNull(yield* containers.inspect(container.id))
        assert.deepStrictEqual(yield* containers.networks(filter), [])
        assert.deepStrictEqual(yield* containers.volumes(filter), [])
        assert.deepStrictEqual(yield* containers.images(filter), [])
      }))

    test("one container may be removed by many at once", () =>
      Effect.gen(function*() {
        const { container, containers } = yield* given()
        yield* Effect.forEach([1, 2, 3, 4], () => containers.remove(container.id, 0), { concurrency: "unbounded" })
        assert.isNull(yield* containers.inspect(container.id))
      }))

    test("a volume in use is not removed, and the engine's reason is told", () =>
      Effect.gen(function*() {
        const { containers, filter } = yield* given()
        const failure = yield* Effect.flip(containers.removeVolume(`${filter.project}_data`))
        assert.isTrue(failure.refused)
        assert.match(failure.message, /in use/u)
        assert.lengthOf(yield* containers.volumes(filter), 1)
      }))

    test("makes a network once, however many ask at once", () =>
      Effect.gen(function*() {
        const containers = yield* Containers
        const network = yield* (yield* ComposeSamples).freshName
        const made = yield* Effect.forEach(Array.from({ length: 12 }), () => containers.ensureNetwork(network), {
          concurrency: "unbounded"
        })
        assert.lengthOf(made.filter((own) => own), 1)
        assert.isFalse(yield* containers.ensureNetwork(network))
      }))

    test("reads what was printed, line by line, in both streams", () =>
      Effect.gen(function*() {
        const output = [
          { stream: "stdout", text: "one" },
          { stream: "stderr", text: "two" },
          { stream: "stdout", text: "" },
          { stream: "stdout", text: `ünïcödé 🛠 ${"é".repeat(4000)}` }
        ] as const
        const { container, containers } = yield* given({ output, exitCode: 0 })
        yield* untilGone(container.id)
        const lines = yield* Stream.runCollect(containers.logs(container, { follow: false }))
        for (const stream of ["stdout", "stderr"] as const) {
          assert.deepStrictEqual(
            lines.filter((line) => line.stream === stream).map(({ text }) => text),
            output.filter((line) => line.stream === stream).map(({ text }) => text)
          )
        }
        assert.isTrue(lines.every(({ service }) => service === "web"))
        const tail = yield* Stream.runCollect(containers.logs(container, { follow: false, tail: 1 }))
        assert.lengthOf(tail, 1)
        assert.deepStrictEqual(yield* Stream.runCollect(containers.logs(container, { follow: false, tail: 0 })), [])
      }))

    test("a container that is gone has printed nothing", () =>
      Effect.gen(function*() {
        const containers = yield* Containers
        for (const follow of [true, false]) {
          const lines = yield* Stream.runCollect(containers.logs({ id: "0123456789ab", service: "web" }, { follow }))
          assert.deepStrictEqual(lines, [])
        }
      }))

    test("follows what is printed, until the container ends", () =>
      Effect.gen(function*() {
        const { container, containers, sample } = yield* given({ output: [{ stream: "stdout", text: "first" }] })
        const seen = yield* Queue.unbounded<string>()
        const following = yield* containers.logs(container, { follow: true }).pipe(
          Stream.runForEach((line) => Queue.offer(seen, line.text)),
          Effect.forkChild
        )
        assert.strictEqual(yield* Queue.take(seen), "first")
        yield* sample.print("web", "second")
        assert.strictEqual(yield* Queue.take(seen), "second")
        yield* containers.remove(container.id, 0)
        yield* Fiber.join(following)
      }))

    test("following can be left at any time", () =>
      Effect.gen(function*() {
        const { container, containers } = yield* given({ output: [{ stream: "stdout", text: "first" }] })
        const lines = yield* containers.logs(container, { follow: true }).pipe(Stream.take(1), Stream.runCollect)
        assert.deepStrictEqual(lines.map(({ text }) => text), ["first"])
        const fiber = yield* Effect.forkChild(Stream.runDrain(containers.logs(container, { follow: true })))
        yield* Effect.yieldNow
        yield* Fiber.interrupt(fiber)
      }))

    test("tells what happens to a project's containers, and to no others", () =>
      Effect.gen(function*() {
        const { container, containers, filter, project } = yield* given()
        const other = yield* given()
        const seen = yield* Queue.unbounded<ContainerEvent>()
        const following = yield* containers.events(filter.project).pipe(
          Stream.runForEach((event) => Queue.offer(seen, event)),
          Effect.forkChild
        )
        // When the events begin cannot be seen from outside: it is restarted until that is told.
        const restarting = yield* (yield* Compose).control(project, "restart", []).pipe(
          Effect.forever,
          Effect.forkChild
        )
        const first = yield* Queue.take(seen)
        yield* Fiber.interrupt(restarting)
        assert.deepInclude(first, { id: container.id, service: "web" })

        yield* containers.remove(other.container.id, 0)
        yield* containers.remove(container.id, 0)
        const until = (action: string) =>
          Queue.take(seen).pipe(Effect.repeat({ until: (event) => event.action === action }))
        const last = yield* until("destroy")
        assert.strictEqual(last.id, container.id)
        yield* Fiber.interrupt(following)
        assert.isFalse((yield* Queue.clear(seen)).some(({ id }) => id === other.container.id))
      }))
  })
}
